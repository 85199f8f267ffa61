//! What training and encoding cost on one thread: CPU seconds and memory.
//!
//! `benches/tokenizer.py` calls it beside Hugging Face `tokenizers` over the same documents:
//!
//! - `tokenizer train DOCUMENTS VOCAB_SIZE OUT` writes a `tokenizer.json`;
//! - `tokenizer encode TOKENIZER_JSON DOCUMENTS OUT` writes ids, for each document how many and then they.
//!
//! DOCUMENTS holds one JSON string a line. Both print one line of JSON: bytes of text, CPU seconds (as the scheduler of Linux
//! counts them) without reading and writing, tokens, and by how many KiB the work raised the peak of memory. Without
//! arguments it measures itself on generated text.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a bench talks to the terminal and may stop")]

use std::path::Path;

use model::Tokenizer;
use model::tokenizer::{TrainOptions, train};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["train", documents, size, out] => {
            let (tokenizer, report) = trained(&read(documents), size.parse().unwrap());
            std::fs::write(out, tokenizer.to_json()).unwrap();
            println!("{report}");
        }
        ["encode", tokenizer, documents, out] => {
            let (ids, report) = encoded(&Tokenizer::load(Path::new(tokenizer)).unwrap(), &read(documents));
            std::fs::write(out, ids.iter().flat_map(|id| id.to_le_bytes()).collect::<Vec<u8>>()).unwrap();
            println!("{report}");
        }
        _ => {
            let documents = generated();
            let (tokenizer, report) = trained(&documents, 4096);
            println!("train  {report}");
            println!("encode {}", encoded(&tokenizer, &documents).1);
        }
    }
}

fn read(path: &str) -> Vec<String> {
    std::fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn trained(documents: &[String], vocab_size: usize) -> (Tokenizer, serde_json::Value) {
    let clock = Clock::start();
    let tokenizer = train(documents, &TrainOptions::new(vocab_size)).unwrap();
    let report = clock.report(documents, tokenizer.vocab_size());
    (tokenizer, report)
}

fn encoded(tokenizer: &Tokenizer, documents: &[String]) -> (Vec<u32>, serde_json::Value) {
    let mut ids = Vec::new();
    let clock = Clock::start();
    for text in documents {
        let count = ids.len();
        ids.push(0);
        tokenizer.encode_into(text, &mut ids);
        ids[count] = (ids.len() - count - 1) as u32;
    }
    let report = clock.report(documents, ids.len() - documents.len());
    (ids, report)
}

struct Clock {
    cpu: u64,
    memory: u64,
}

impl Clock {
    fn start() -> Self {
        Self { cpu: cpu_nanoseconds(), memory: memory("VmRSS:") }
    }

    fn report(&self, documents: &[String], tokens: usize) -> serde_json::Value {
        let bytes: usize = documents.iter().map(String::len).sum();
        let seconds = (cpu_nanoseconds() - self.cpu) as f64 / 1e9;
        let memory = memory("VmHWM:").saturating_sub(self.memory);
        serde_json::json!({"bytes": bytes, "cpu_seconds": seconds, "tokens": tokens, "memory_kib": memory})
    }
}

fn cpu_nanoseconds() -> u64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap();
    text.split_whitespace().next().unwrap().parse().unwrap()
}

fn memory(field: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(field)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// About 8 MB of words whose frequencies fall as those of a language do.
fn generated() -> Vec<String> {
    let mut state = 1_u64;
    let mut next = |bound: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % bound
    };
    let mut word = || {
        let rank = next(20_000) * next(20_000) / 20_000;
        let syllable = |at: u64| char::from_u32(0xAC00 + ((rank * 7919 + at * 104_729) % 1500) as u32 * 7);
        let stem: String = (0..=rank % 4).filter_map(syllable).collect();
        if rank % 3 == 0 { format!(" word{}", stem.len() * rank as usize % 97) } else { format!(" {stem}는") }
    };
    (0..2000).map(|_| (0..400).map(|_| word()).collect()).collect()
}
