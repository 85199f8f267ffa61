//! What counts in the source of a function, and what does not.

use super::*;
use crate::task::Function;

fn write(folder: &Path, file: &str, text: &str) -> PathBuf {
    let path = folder.join(file);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, text).unwrap();
    path
}

fn source(file: &Path, name: &str) -> Result<Source, String> {
    Source::find(&Library::default(), &Function { file: file.to_owned(), name: name.to_owned() })
}

fn hash(folder: &Path, text: &str, name: &str) -> String {
    let file = write(folder, "utils.py", text);
    source(&file, name).unwrap().hash()
}

const PLAIN: &str = "import re\nimport os\nfrom functools import partial, reduce\n\nLABELS = ['a', 'b']\nUNUSED = 1\n\n\
                     def helper(x):\n    return re.sub('a', 'b', x)\n\ndef f(doc):\n    return helper(doc['t']) + LABELS[0]\n";

#[test]
fn layout_comments_docstrings_and_unused_neighbours_do_not_count() {
    let folder = tempfile::tempdir().unwrap();
    let plain = hash(folder.path(), PLAIN, "f");
    for (from, to) in [
        ("import os\n", ""),
        ("UNUSED = 1", "UNUSED = 2 # two"),
        ("def f(doc):\n", "def f(doc):\n    '''Says what it does.'''\n    # so\n"),
        ("['a', 'b']", "[\n    'a', 'b'\n]"),
        ("\n", "\r\n"),
        ("    return", "\treturn"),
    ] {
        assert_eq!(hash(folder.path(), &PLAIN.replace(from, to), "f"), plain, "{from:?}");
    }
    assert_eq!(hash(folder.path(), &PLAIN.replace("def f(", "def g("), "g"), plain, "its own name does not count");
}

#[test]
fn whatever_it_uses_counts() {
    let folder = tempfile::tempdir().unwrap();
    let plain = hash(folder.path(), PLAIN, "f");
    for (from, to) in [
        ("'b']", "'c']"),
        ("sub('a', 'b'", "sub('a', 'c'"),
        ("doc['t']", "doc['u']"),
        ("import re\n", "import regex as re\n"),
        ("def helper(x):\n    return", "def helper(x):\n    x = x\n    return"),
        ("UNUSED = 1\n", "LABELS.append('c')\n"),
        ("UNUSED = 1\n", "try:\n    import re\nexcept ImportError:\n    re = None\n"),
    ] {
        assert_ne!(hash(folder.path(), &PLAIN.replace(from, to), "f"), plain, "{from:?}");
    }
}

#[test]
fn imports_within_the_tree_are_followed_and_others_are_lines() {
    let folder = tempfile::tempdir().unwrap();
    let tree = folder.path().join("lm_eval/tasks");
    let alone = hash(&tree.join("a"), PLAIN, "f");
    let beside = write(&tree, "b/other.py", "from ..a.utils import f as g\nfrom .other2 import *\n");
    write(&tree, "b/other2.py", "from lm_eval.tasks.a.utils import f\n");
    assert_eq!(source(&beside, "g").unwrap().hash(), alone);
    assert_eq!(source(&beside, "f").unwrap().hash(), alone);
    let within = write(&tree, "c/u.py", "def h(doc):\n    from lm_eval.tasks.a.utils import f\n    return f(doc)\n");
    let before = source(&within, "h").unwrap().hash();
    write(&tree, "a/utils.py", &PLAIN.replace("'b']", "'c']"));
    assert_ne!(source(&within, "h").unwrap().hash(), before, "an import inside a function counts too");
    let outside = write(&tree, "d/u.py", "from lm_eval.api.metrics import mean\nfrom .gone import x\n");
    assert_ne!(source(&outside, "mean").unwrap().hash(), source(&outside, "x").unwrap().hash());
}

#[test]
fn a_partial_gives_its_literals_away() {
    let folder = tempfile::tempdir().unwrap();
    let text = "from functools import partial\ndef f(d, s):\n    return s\na = partial(f, s='x')\nb = partial(f, s='y',)\n\
                c = partial(f, t='x')\n";
    assert_eq!(hash(folder.path(), text, "a"), hash(folder.path(), text, "a"));
    let a = source(&folder.path().join("utils.py"), "a").unwrap();
    assert_eq!(a.bound("s").unwrap().as_str(), Some("x"));
    assert!(a.bound("t").is_err());
    assert_ne!(hash(folder.path(), text, "a"), hash(folder.path(), text, "c"));
}

#[test]
fn constants_literals_and_templates_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let text =
        "S = ['a', 'b']\ndef f(d):\n    '''doc'''\n    t = 'one' 'two'\n    return d[S[0]] + t + f'{d} is {S[1]}!'\n";
    let file = write(folder.path(), "utils.py", text);
    let found = source(&file, "f").unwrap();
    assert_eq!(found.texts("S").unwrap().len(), 2);
    assert_eq!(&*found.text("f", 0).unwrap(), "onetwo");
    let template = found.template("f", 0).unwrap();
    assert_eq!((template.texts.join("|"), template.fields.join("|")), ("| is |!".into(), "d|S[1]".into()));
    assert_eq!(template.fill(|field| Ok::<_, ()>(field.to_uppercase())).unwrap(), "D is S[1]!");
    assert!(found.texts("T").is_err());
    assert!(found.text("f", 7).is_err());
    assert_eq!(found.number("f", 1), Ok(0));
}

#[test]
fn functions_made_when_the_file_is_run() {
    let folder = tempfile::tempdir().unwrap();
    let text = "S = ['a']\nUNUSED = 1\ndef f(d):\n    return d\nglobals().update({f'process_{s}': f for s in S})\n";
    let file = write(folder.path(), "utils.py", text);
    let found = source(&file, "process_a").unwrap();
    assert_eq!(found.function().name, "process_a");
    assert_eq!(&*found.texts("S").unwrap()[0], "a");
    let plain = found.hash();
    assert_eq!(hash(folder.path(), &text.replace("UNUSED = 1", ""), "process_z"), plain);
    assert_ne!(hash(folder.path(), &text.replace("return d", "return 1"), "process_a"), plain);
}

#[test]
fn what_cannot_be_found_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "utils.py", "def f(x):\n    return x\n");
    assert_eq!(source(&file, "g").unwrap_err(), "nothing at top level is called g");
    assert!(source(&folder.path().join("none.py"), "g").unwrap_err().starts_with("the file cannot be read"));
    let odd = write(folder.path(), "odd.py", "def f(x:\n");
    assert!(source(&odd, "f").unwrap_err().contains("a bracket is not closed"));
}

proptest::proptest! {
    #[test]
    fn no_source_makes_it_panic(text in "(?s)(def f\\(x\\):|[ \n\t\"'{}\\[\\](),.=#@:;\\\\]|f\"|import|from|partial|globals|é|x|1|f)*") {
        if let Ok(module) = Module::parse("a.py".into(), &text) {
            let names: Vec<String> = module.names.keys().cloned().collect();
            let folder = tempfile::tempdir().unwrap();
            let file = write(folder.path(), "u.py", &text);
            for name in names.iter().map(String::as_str).chain(["f"]).take(8) {
                if let Ok(found) = source(&file, name) {
                    let _ = (found.hash(), found.texts("x"), found.text("f", 0), found.bound("x"), found.template("f", 0));
                }
            }
        }
    }
}
