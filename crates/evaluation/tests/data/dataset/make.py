"""Writes cases.json: small data files, and what `datasets` 5.2.0 (pandas 3.1, pyarrow 26) reads from them.

    python make.py > cases.json

Every case has its files (text, or base64 behind "base64:"), what a task would say (`path`, `name`, `kwargs`), and the
rows of every split, or null where `datasets` refuses. Dates, times and decimals stand as str(), bytes as base64.
"""
import base64, bz2, datetime, decimal, gzip, io, json, os, sys, tempfile

os.environ["HF_DATASETS_OFFLINE"] = os.environ["HF_HUB_OFFLINE"] = "1"
home = tempfile.mkdtemp()
os.environ["HF_HOME"] = home
import datasets
import pyarrow as pa
import pyarrow.parquet as pq

datasets.disable_progress_bars()
datasets.logging.set_verbosity(50)
cases = []


def plain(value):
    if isinstance(value, (datetime.date, datetime.datetime, datetime.time, decimal.Decimal)):
        return str(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    return value


def case(title, files, path=None, name=None, **kwargs):
    with tempfile.TemporaryDirectory() as root:
        for file, data in files.items():
            file = os.path.join(root, file)
            os.makedirs(os.path.dirname(file), exist_ok=True)
            with open(file, "wb") as out:
                out.write(data if isinstance(data, bytes) else data.encode())
        here = os.getcwd()
        os.chdir(root)
        try:
            found = datasets.load_dataset(path or root, name, **kwargs)
            rows = {str(split): [plain(row) for row in found[split]] for split in found}
        except Exception:
            rows = None
        os.chdir(here)
    packed = {
        file: "base64:" + base64.b64encode(data).decode() if isinstance(data, bytes) else data
        for file, data in files.items()
    }
    cases.append({"title": title, "files": packed, "path": path, "name": name, "kwargs": kwargs, "rows": rows})


def lines(title, *rows, **kwargs):
    case(title, {"a.jsonl": "\n".join(rows) + "\n"}, "json", data_files="a.jsonl", **kwargs)


def whole(title, text, **kwargs):
    case(title, {"a.json": text}, "json", data_files="a.json", **kwargs)


def table(title, text, **kwargs):
    case(title, {"a.csv": text}, "csv", data_files="a.csv", **kwargs)


def two(title, end, first, second):
    files = {f"1.{end}": first, f"2.{end}": second}
    reader = {"jsonl": "json", "csv": "csv"}[end]
    case(title, files, reader, data_files={"train": f"1.{end}", "test": f"2.{end}"})


# JSON
lines("columns are joined, one float makes floats", '{"q":"x","a":1}', '{"q":"y","b":2.5}', '{"a":null,"b":3}')
lines("objects of other keys stay as they are", '{"s":{"x":1}}', '{"s":{"y":"k","x":2.5}}', '{"s":null}', "{}")
lines("objects of the same keys are columns", '{"s":{"x":1,"z":null}}', '{"s":{"z":"q","x":2.5}}', '{"s":null}')
lines("lists of objects", '{"l":[{"x":1},{"y":2}]}', '{"l":[]}', '{"l":null}')
lines("lists of numbers", '{"l":[1,2.5,null]}', '{"l":[]}', '{"l":[3]}')
lines("nested lists", '{"a":[[1],[2,3]],"b":[[],["x"]]}')
lines("times", '{"t":"2020-01-01 10:11:12"}', '{"t":"2021-02-03T00:00:00Z"}')
lines("times within", '{"s":[{"t":"2020-01-01"}]}', '{"s":[{"t":"2020-01-02"}]}')
lines("not all times", '{"t":"2020-01-01"}', '{"t":"hello"}')
lines("kinds that disagree", '{"m":1}', '{"m":"x"}', '{"m":[1]}', '{"m":"7"}', '{"m":"{}"}', '{"m":"\\"q\\""}')
lines("kinds that disagree within", '{"m":[1,"a"],"s":{"x":1}}', '{"m":[],"s":{"x":"q"}}')
lines("truth and number", '{"m":true}', '{"m":1}')
lines("the largest numbers", '{"n":9223372036854775807,"x":0.1}', '{"n":-9223372036854775808,"x":1e-7}')
lines("beyond 64 bits", '{"n":9223372036854775808}', '{"n":1}')
lines("not finite", '{"n":NaN,"m":Infinity}', '{"n":1,"m":-Infinity}')
lines("a key twice", '{"a":1,"a":2}')
lines("empty objects", '{"s":{},"t":{}}', '{"s":{"x":1},"t":{}}')
lines("objects in objects", '{"s":{"x":{"a":1}}}', '{"s":{"x":{"b":1}}}')
case("blank lines", {"a.jsonl": '\n{"a":1}\n\n  {"a":2}  \n\n'}, "json", data_files="a.jsonl")
case("a mark and \\r\\n", {"a.jsonl": '\ufeff{"a":"é\\ud83d\\ude00"}\r\n{"a":"정답"}\r\n'}, "json", data_files="a.jsonl")
case("several on a line", {"a.jsonl": '{"a":1}{"a":2}\n{"a":3}'}, "json", data_files="a.jsonl")
whole("a list", '[{"a":1,"b":"x"},{"a":2.5}]')
whole("a list over lines", json.dumps([{"a": 1, "b": {"c": 1}}, {"a": None, "b": {"d": [1]}}], indent=2))
whole("one object", json.dumps({"examples": [{"input": "a", "target": "b"}], "canary": "z"}, indent=1))
whole("a field", json.dumps({"version": {"x": [1]}, "data": [{"a": 1}, {"a": 2}], "z": 0}), field="data")
whole("a field's kinds", json.dumps({"data": [
    {"t": "2020-01-01", "s": {"x": 1}, "l": [{"x": 1.0}, {"y": "q"}], "n": 1.0, "f": 1, "e": {}},
    {"t": "2020-01-02", "s": {"y": "k"}, "l": [], "n": None, "f": 2.5, "e": {"x": True}, "z": "007"},
]}), field="data")
whole("a list of texts", json.dumps(["a", "b"]))
whole("cut off", '[{"a":1},{"a":')
two("a column less", "jsonl", '{"a":1,"b":"x"}\n', '{"a":2}\n')
two("a column more", "jsonl", '{"a":1}\n', '{"a":2,"b":3}\n')
two("whole numbers among floats", "jsonl", '{"a":1.5}\n', '{"a":2}\n')
two("floats that are whole", "jsonl", '{"a":1}\n', '{"a":2.0}\n')
two("floats among whole numbers", "jsonl", '{"a":1}\n', '{"a":2.5}\n')
two("numbers among texts", "jsonl", '{"a":"x"}\n', '{"a":2.5}\n{"a":1e20}\n{"a":2.0}\n{"a":1e-7}\n')
two("truth among texts", "jsonl", '{"a":"x"}\n', '{"a":true}\n')
two("a field less within", "jsonl", '{"s":{"x":1,"y":2}}\n', '{"s":{"y":2}}\n')

# CSV
table("kinds", "a,b,c,d\n1,2.5,true,x\n2,,False,\n")
table("missing makes floats", "a,b\n1,True\n,\n3,False\n")
table("quotes", 'a,b\n"x, ""q""\nz",1\ny,007\nx"y,2\n"x"y,3\n')
table("more fields than names", "a,b\n1,2,3\n4,5,6\n")
table("a ragged row", "a,b\n1,2\n3,4,5\n")
table("short rows", "a,b,c\n1,2\n3\n")
table("names twice", "a,a,,b,a.1\n1,2,3,4,5\n")
table("words for missing", "a,b,c\nNA,null,x\nNone,nan,n/a\n#N/A,-NaN,none\n")
table("a mark and \\r\\n", "\ufeffa,b\r\n 1, x\r\n\r\n2,y \r\n")
table("only \\r", "a,b\r1,2\r3,4\r")
table("numbers of all sorts", "a,b,c,d,e\n1e5,inf,-.5e-3,+1,0x10\n2,1,1.,2,1\n")
table("truth of all sorts", "a,b,c\nTrue,TRUE,tRue\nfalse,FALSE,False\n")
table("truth and number", "a,b\nTRUE,true\n1,NA\n")
table("dates stay texts", "a,b\n2020-01-01,1.0\n2020-01-02,3\n")
table("blank rows", "a,b\n x,1\n   \n\n\ty,2\n")
table("64 bits", "a,b\n-0,00\n5,-9223372036854775808\n9223372036854775807,1\n")
table("open quotes", 'a,b\n1,"unclosed\n2,3\n')
table("a separator", "a;b\n1;2\n", sep=";")
table("names given", "1,2\n3,4\n", column_names=["x", "y"])
table("names given in place of others", "q,w\n1,2\n3,4\n", column_names=["x", "y"], skiprows=1)
table("no words for missing", "a,b\nNA,x\n1,None\n", keep_default_na=False)
table("an empty file", "")
case("TSV", {"test.tsv": 'a\tb\n1\t"x\ty"\n'})
two("CSV: numbers among texts", "csv", "a,b\nx,y\n", "a,b\n007,2.0\n2,2.50\n")
two("CSV: a column less", "csv", "a,b\n1,x\n", "a\n2\n")

# text
text = "one\n\n two \r\nthree\u2028x\rfour\n\n\n\nfive\n"
for by in ["line", "paragraph", "document"]:
    case(f"text by {by}", {"a.txt": text}, "text", data_files="a.txt", sample_by=by)
case("text with line breaks", {"a.txt": "one\ntwo\n"}, "text", data_files="a.txt", keep_linebreaks=True)

# packed
rows = '{"a":1}\n{"a":2}\n'
case("gzip", {"test.jsonl.gz": gzip.compress(rows.encode(), mtime=0)})
case("bzip2", {"test.csv.bz2": bz2.compress(b"a,b\n1,x\n")})


def parquet(title, table, **kwargs):
    out = io.BytesIO()
    pq.write_table(table, out, **kwargs)
    case(title, {"data/test-00000-of-00001.parquet": out.getvalue()})


parquet("Parquet of all sorts", pa.table({
    "i8": pa.array([1, None, -3], pa.int8()), "u64": pa.array([1, 2, 2**63 - 1], pa.uint64()),
    "f32": pa.array([0.1, None, 2.5], pa.float32()), "f16": pa.array([0.5, 1, 2], pa.float16()),
    "text": ["질문", "", None], "truth": [True, False, None],
    "list": [[1, 2], [], None], "lists": [[["a"], []], [], [None, ["b", None]]],
    "struct": [{"x": 1, "y": [1.5]}, None, {"x": None, "y": None}],
    "structs": [[{"k": "a", "v": 1}], [], [{"k": None, "v": 2}, {"k": "b", "v": None}]],
    "date": pa.array([datetime.date(2020, 1, 31), datetime.date(1969, 12, 31), None]),
    "ms": pa.array([datetime.datetime(2020, 1, 1, 10, 11, 12), None, datetime.datetime(1960, 1, 1)], pa.timestamp("ms")),
    "us": pa.array([datetime.datetime(2020, 1, 1, 10, 11, 12, 345), None, datetime.datetime(1960, 1, 1)], pa.timestamp("us")),
    "ns": pa.array([1577873472000345000, None, -315619200000000000], pa.timestamp("ns")),
    "bytes": pa.array([b"ab", None, b"\xff"]), "large": pa.array(["a", "b", "c"], pa.large_string()),
    "null": pa.nulls(3), "word": pa.array(["a", "b", "a"]).dictionary_encode(),
}), row_group_size=2)
for codec in ["zstd", "gzip", "brotli", "lz4", "none"]:
    parquet(f"Parquet packed with {codec}", pa.table({"a": list(range(5)), "b": ["x"] * 5}), compression=codec)
features = datasets.Features({
    "label": datasets.ClassLabel(names=["no", "yes"]),
    "seq": datasets.Sequence({"text": datasets.Value("string"), "start": datasets.Value("int32")}),
    "list": [{"a": datasets.Value("int32")}],
    "mixed": datasets.Json(),
})
made = datasets.Dataset.from_list([
    {"label": 1, "seq": {"text": ["a", "b"], "start": [1, 2]}, "list": [{"a": 1}], "mixed": {"x": [1, "2"]}},
    {"label": 0, "seq": {"text": [], "start": []}, "list": [], "mixed": None},
], features=features)
out = io.BytesIO()
made.to_parquet(out)
case("Parquet that datasets wrote", {"data/train-00000-of-00001.parquet": out.getvalue()})

# layouts
row = lambda number: '{"a":%d}\n' % number
case("names of splits", {"train.jsonl": row(1), "test.jsonl": row(2), "dev.jsonl": row(3)})
case("one split of two folders", {"x/test.jsonl": row(1), "y/test.jsonl": row(2)})
case("data_dir", {"x/test.jsonl": row(1), "y/test.jsonl": row(2)}, data_dir="x")
case("shards", {"data/train-00000-of-00002.jsonl": row(1), "data/train-00001-of-00002.jsonl": row(2),
                "data/odd-00000-of-00001.jsonl": row(3), "other.jsonl": row(9)})
case("no names of splits", {"a.jsonl": row(1), "b.json": row(2), "c.csv": "a\n5\n"})
case("folders of splits", {"train/a.jsonl": row(1), "train/b.jsonl": row(2), "test/a.jsonl": row(3),
                           ".hid/test.jsonl": row(4), "__pycache__/test.jsonl": row(5)})
case("folders before names", {"train/test.jsonl": row(1), "validation.jsonl": row(2)})
case("words within names", {"my-test-1.jsonl": row(1), "mytest.jsonl": row(2), "TEST.jsonl": row(3),
                            "testing.jsonl": row(4), "contest.jsonl": row(5), "test2.jsonl": row(6)})
case("formats that disagree", {"train.csv": "a\n1\n", "test.jsonl": row(2)})
case("other files beside", {"train.jsonl": row(1), "train.txt": "x\n", "notes.txt": "q"})
card = "---\nlicense: mit\nconfigs:\n- config_name: x\n  data_files:\n  - split: test\n    path: x/*.jsonl\n- config_name: y\n  data_files: y.jsonl\n%s---\nhello"
files = {"README.md": card % "  default: true\n", "x/t1.jsonl": row(1), "x/t0.jsonl": row(0), "y.jsonl": row(7)}
case("a card: a name", files, name="x")
case("a card: the default", files)
case("a card: no such name", files, name="z")
case("a card: no default", {**files, "README.md": card % ""})
case("a card: a folder", {"README.md": "---\nconfigs:\n- config_name: x\n  data_dir: q\n---\n", "q/test.jsonl": row(1),
                          "train.jsonl": row(2)}, name="x")
case("a card: options", {"README.md": '---\nconfigs:\n- config_name: default\n  sep: ";"\n  data_files: a.csv\n---\n',
                         "a.csv": "a;b\n1;2\n"})
case("globs", {"d/a1.jsonl": row(1), "d/a2.jsonl": row(2), "d/e/a3.jsonl": row(3), "d/b.jsonl": row(4)}, "json",
     data_files={"test": ["d/a*.jsonl", "d/**/a3.jsonl"], "validation": "d/[b-c].jsonl"})
case("a list of files", {"b.jsonl": row(1), "a.jsonl": row(2)}, "json", data_files=["b.jsonl", "a.jsonl"])
case("a file that is missing", {"b.jsonl": row(1)}, "json", data_files="c.jsonl")

for one in cases:
    sys.stdout.write(("[" if one is cases[0] else ",") + json.dumps(one, ensure_ascii=False) + "\n")
sys.stdout.write("]\n")
