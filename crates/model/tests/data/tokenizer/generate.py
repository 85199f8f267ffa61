"""Writes the fixtures `qwen2.json`, `llama3.json`, `gpt2.json`, `o200k.json`, `digits.json` beside it: small tokenizers of each
family, trained and applied by Hugging Face `tokenizers`, with the ids they give.

usage: generate.py      (tokenizers 0.23.3)
"""

import json
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

HERE = Path(__file__).parent
FOLDED = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
REST = r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN2 = FOLDED + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|" + REST
LLAMA3 = FOLDED + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|" + REST
O200K = "|".join([
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
    r"\p{N}{1,3}",
    r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
    r"\s*[\r\n]+",
    r"\s+(?!\S)",
    r"\s+",
])

# Written for this file.
TEXT = """
서울에서 부산까지는 기차로 두 시간 반이 걸립니다. 아침에 출발하면 점심은 바다를 보며 먹을 수 있습니다.
제1조(목적) 이 규칙은 도서관의 이용에 필요한 사항을 정함을 목적으로 한다. 제2조(정의) 이 규칙에서 사용하는 용어의 뜻은 다음과 같다.
학생들은 도서관에서 책을 읽고, 선생님은 학생들에게 책을 읽어 줍니다. 도서관은 학교에서 가깝고 조용합니다.
The train from Seoul to Busan takes two and a half hours. If you leave in the morning, you'll have lunch by the sea.
It's quiet in the library, and that's why the students like it; they're reading while the teacher isn't there.
def add(left, right):\n    return left + right\n\n\nassert add(2, 40) == 42
2026-11-24 09:30, 1,234,567원, 3.14159, 010-1234-5678
"""

DOCUMENTS = [
    "", " ", "  ", "\n", "\r\n", " \n", "\n ", "  \n  \n  x", "x  ", "x \t y", "\t\tx", "a\u00a0b", "a\u3000\u3000b",
    "서울에서 부산까지", "책을 읽는 학생들이 도서관에서 나왔다.", "제12조의3(적용 범위) 제1항제2호", "ㄱㄴㄷ ㅏㅑㅓ", "한글\u1112\u1161\u11ab조합형",
    "각\u0301 가\u0300", "Cafe\u0301 café", "don't DON'T I'll we'Ve they'RE 'tis 'Sup it'\u017f 's'", "'", "''", "'s", "x's",
    "1234567890 12 345 6789", "\u0663\u0664 ½ Ⅷ 五 ²", "a1b22c333", "3.14 -5 +7", "!!!\n\n??\r\n", " !? ", "...\n...", "///\n/x",
    "<|endoftext|>", "말<|im_start|>user\n안녕<|im_end|>", "<|im_start|", "<tool_call>{}</tool_call>", "a<tool_call><|im_end|>",
    "<|begin_of_text|>text", "emoji 👍🏽👩‍👩‍👧 🇰🇷!", "zero\u200bwidth\u200d\ufeffjoin", "नमस्ते दुनिया", "สวัสดีชาวโลก", "مرحبا بالعالم", "日本語とかな", "\U00020000\U0001f600",
    "\u0000\u0001\u007f\u0085\u2028\u2029", "ᄀ\uffff\ue000", "CamelCaseWords HTTPServer iPhone", "snake_case __init__", "    return left + right\n",
    "-" * 70, "가" * 40, "ab" * 60, "   " * 20 + "x", "\n" * 9, "the library " * 30, "\u1c89\ua7cb\U000105c0 \U00010d40\U00010d41",
    "ﬁ ﬀ ŉ ẞ ß İ ı", "ǅ ʰ ˈ ƻ", "#include <stdio.h>\nint main(void) { return 0; }\n", "http://example.kr/?q=%EA%B0%80&x=1",
]


def trained(pattern, size, least=1, **model):
    tokenizer = Tokenizer(models.BPE(**model))
    tokenizer.pre_tokenizer = pattern
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size, min_frequency=least, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    tokenizer.train_from_iterator(TEXT.splitlines(keepends=True), trainer)
    return tokenizer


def isolated(*patterns):
    cuts = [pre_tokenizers.Split(Regex(pattern), "isolated") for pattern in patterns]
    return pre_tokenizers.Sequence([*cuts, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])


def special(*texts):
    return [AddedToken(text, special=True, normalized=False) for text in texts]


def write(name, tokenizer, merges_as_strings=False):
    documents = []
    for text in DOCUMENTS:
        row = {"text": text}
        for key, ordinary in (("ordinary", True), ("special", False)):
            tokenizer.encode_special_tokens = ordinary
            row[key] = tokenizer.encode(text, add_special_tokens=False).ids
        row["decoded"] = tokenizer.decode(row["special"], skip_special_tokens=False)
        documents.append(row)
    tokenizer.encode_special_tokens = False
    file = json.loads(tokenizer.to_str())
    if merges_as_strings:
        file["model"]["merges"] = [" ".join(pair) for pair in file["model"]["merges"]]
    out = {"beginning": tokenizer.encode("").ids, "training": TEXT, "tokenizer": file, "documents": documents}
    (HERE / f"{name}.json").write_text(json.dumps(out, ensure_ascii=False, separators=(",", ":")) + "\n")


qwen2 = trained(isolated(QWEN2), 700, least=2)  # as our trainer: a pair that occurs once is worth no id
qwen2.normalizer = normalizers.NFC()
qwen2.post_processor = processors.ByteLevel(trim_offsets=False)
qwen2.add_special_tokens(special("<|endoftext|>", "<|im_start|>", "<|im_end|>"))
qwen2.add_tokens([AddedToken("<tool_call>", normalized=False), AddedToken("각\u0301", normalized=True)])
write("qwen2", qwen2)

llama3 = trained(isolated(LLAMA3), 600, ignore_merges=True)
llama3.add_special_tokens(special("<|begin_of_text|>", "<|end_of_text|>", "<|im_end|>"))
begin = [("<|begin_of_text|>", llama3.token_to_id("<|begin_of_text|>"))]
template = processors.TemplateProcessing(
    single="<|begin_of_text|> $A", pair="<|begin_of_text|> $A <|begin_of_text|>:1 $B:1", special_tokens=begin
)
llama3.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=False), template])
write("llama3", llama3)

gpt2 = trained(pre_tokenizers.ByteLevel(add_prefix_space=False), 500)
gpt2.add_special_tokens(special("<|endoftext|>"))
write("gpt2", gpt2, merges_as_strings=True)

o200k = trained(isolated(O200K), 500)
o200k.add_special_tokens(special("<|endoftext|>", "<|im_end|>"))
write("o200k", o200k)

digits = trained(
    pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]), 500
)
write("digits", digits)
