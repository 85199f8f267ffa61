//! Ids of 100,000 documents and the merges learned from some of them, beside Hugging Face `tokenizers`. Skipped where
//! `DAEPYO_PEERS` names no virtual environment that has it.

use std::path::{Path, PathBuf};
use std::process::Command;

use model::Tokenizer;
use model::tokenizer::{TrainOptions, train};

const DOCUMENTS: usize = 100_000;

/// The peer's Python, or why there is none.
fn python() -> Result<PathBuf, String> {
    let venv = std::env::var_os("DAEPYO_PEERS").ok_or("DAEPYO_PEERS is not set (scripts/peers.sh says to what)")?;
    let python = PathBuf::from(venv).join("bin/python");
    let asked = Command::new(&python).args(["-c", "import tokenizers"]).output();
    match asked {
        Ok(answer) if answer.status.success() => Ok(python),
        _ => Err("the virtual environment of DAEPYO_PEERS has no tokenizers".into()),
    }
}

/// Sebastiano Vigna's splitmix64: noise that is the same in every run.
struct Noise(u64);

impl Noise {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ mixed >> 31) % bound as u64) as usize
    }

    /// Small numbers far more often than large ones, as words of a language are.
    fn skewed(&mut self, bound: usize) -> usize {
        let bound = 1 + self.below(bound);
        self.below(bound)
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    fn character(&mut self, first: u32, last: u32) -> char {
        let code = first + self.below((last - first) as usize + 1) as u32;
        char::from_u32(code).unwrap_or('\u{FFFD}')
    }

    fn word(&mut self) -> String {
        const PARTICLES: [&str; 12] = ["은", "는", "이", "가", "을", "를", "에서", "으로", "의", "까지", "입니다", ""];
        const ENDINGS: [&str; 10] = ["", "s", "ed", "ing", "'s", "'ll", "'T", "n't", "ly", "'Re"];
        const MARKS: [&str; 16] = [
            ", ",
            ".\n",
            "\n\n",
            "?!",
            " (",
            ")",
            "\t",
            "    ",
            "\r\n",
            "…",
            "’",
            " \n ",
            "<|endoftext|>",
            "<|im_start|>",
            "\u{3000}",
            "'",
        ];
        let count = 1 + self.skewed(4);
        match self.below(20) {
            0..8 => {
                let stem: String =
                    (0..count).map(|_| 0xAC00 + self.skewed(11_172) as u32).filter_map(char::from_u32).collect();
                stem + self.pick(&PARTICLES)
            }
            8..14 => {
                let stem: String = (0..count * 2).map(|_| (b'a' + self.skewed(26) as u8) as char).collect();
                stem + self.pick(&ENDINGS)
            }
            14 => self.below(1_000_000).to_string(),
            15 | 16 => self.pick(&MARKS).repeat(count.min(2)),
            17 => (0..count).map(|_| self.character(0, 0x7F)).collect(),
            18 => (0..count).map(|_| self.character(0x80, 0x33FF)).collect(),
            _ => (0..count).map(|_| self.character(0x3400, 0x1_FFFF)).collect(),
        }
    }

    fn document(&mut self) -> String {
        let words = 1 + self.skewed(24);
        (0..words).map(|_| if self.below(5) == 0 { self.word() } else { format!(" {}", self.word()) }).collect()
    }
}

fn peer(python: &Path, arguments: &[&std::ffi::OsStr]) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tokenizer/peer.py");
    let done =
        Command::new(python).arg(script).args(arguments).env("TOKENIZERS_PARALLELISM", "false").output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

fn write_lines(path: &Path, documents: &[String]) {
    let lines: Vec<String> = documents.iter().map(|text| serde_json::to_string(text).unwrap() + "\n").collect();
    std::fs::write(path, lines.concat()).unwrap();
}

#[test]
fn ids_and_merges_are_those_of_hugging_face() {
    let python = match python() {
        Ok(python) => python,
        Err(why) => return println!("skipped: {why}"),
    };
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let mut noise = Noise(2026);
    let documents: Vec<String> = (0..DOCUMENTS).map(|_| noise.document()).collect();
    write_lines(&file("documents"), &documents);
    // Without prose that spells special tokens: Hugging Face's trainer has no way to keep it ordinary.
    let training: Vec<String> = documents.iter().take(20_000).map(|text| text.replace("<|", "<")).collect();
    write_lines(&file("training"), &training);

    let ours = train(&training, &TrainOptions::new(3000)).unwrap();
    std::fs::write(file("ours.json"), ours.to_json()).unwrap();
    peer(&python, &["train".as_ref(), file("training").as_os_str(), "3000".as_ref(), file("theirs.json").as_os_str()]);
    let theirs = Tokenizer::load(&file("theirs.json")).unwrap();
    let model = |text: String| serde_json::from_str::<serde_json::Value>(&text).unwrap()["model"].clone();
    assert!(model(ours.to_json()) == model(theirs.to_json()), "the trained models differ");

    for (way, ordinary) in [("encode", true), ("encode-special", false)] {
        let out = file("ids");
        let (tokenizer, texts) = (file("ours.json"), file("documents"));
        peer(&python, &[way.as_ref(), tokenizer.as_os_str(), texts.as_os_str(), out.as_os_str()]);
        let bytes = std::fs::read(out).unwrap();
        let mut ids = bytes.as_chunks::<4>().0.iter().map(|four| u32::from_le_bytes(*four));
        for text in &documents {
            let count = ids.next().unwrap() as usize;
            let expected: Vec<u32> = ids.by_ref().take(count).collect();
            let found = if ordinary { ours.encode(text) } else { ours.encode_with_special(text) };
            assert_eq!(found, expected, "{way}: {text:?}");
        }
        assert_eq!(ids.next(), None);
    }
}
