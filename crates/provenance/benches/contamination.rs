//! Speed of the search for benchmark items: MB of text per CPU second and the most memory held, on corpora made up from
//! a seed (English and Korean) or on files that are named, `cargo bench -p provenance --bench contamination -- FILE…`.
//! `ITEMS=FILE` looks for other items. `plain.py` beside it is a search by a set of 13 words, to be run on the same files.
//!
//! CPU time is that of the process from `/proc/self/stat`, so figures are told on Linux only. Corpora of one and four
//! sizes show whether memory stays flat.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

use provenance::contamination::fold::fold;
use provenance::contamination::selftest::{Language, made_benchmark, made_document};
use provenance::contamination::{Benchmark, Index, Options, scan_for};

fn main() {
    let named: Vec<PathBuf> =
        std::env::args().skip(1).filter(|word| !word.starts_with("--")).map(PathBuf::from).collect();
    let folder = std::env::temp_dir().join(format!("daepyo-contamination-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let items = std::env::var_os("ITEMS").map(|path| Benchmark::read(Path::new(&path)).expect("items"));
    let start = cpu_seconds();
    let index = Index::new(&[items.unwrap_or_else(|| made_benchmark(1, 4_000))]);
    println!("index made in {:.1} CPU seconds", cpu_seconds() - start);
    println!("looking for {} items by {} windows", index.items(), index.windows());
    stages(&index);
    let corpora = [
        ("English, 64 MB", Language::English, 64),
        ("English, 256 MB", Language::English, 256),
        ("Korean, 64 MB", Language::Korean, 64),
        ("Korean, 256 MB", Language::Korean, 256),
    ];
    for (name, language, size) in corpora.into_iter().filter(|_| named.is_empty()) {
        let path = folder.join("corpus.jsonl");
        write(&path, language, size << 20);
        measure(name, &index, &path);
    }
    std::fs::remove_dir_all(&folder).expect("is removed");
    for path in named {
        measure(&path.display().to_string(), &index, &path);
    }
}

/// Documents of about 4,000 bytes, 2,000 different ones in turn: words of syllables drawn by Zipf's law, and in one of
/// fifty the sentences that items are made of.
fn write(path: &Path, language: Language, size: u64) {
    let mut lots = ChaCha8Rng::from_seed([language as u8; 32]);
    let words: Vec<String> = (0..20_000).map(|_| word(language, &mut lots)).collect();
    let lines: Vec<String> = (0..2000)
        .map(|number| {
            let text = if number % 50 == 0 { made_document(2, number, language, 30) } else { prose(&words, &mut lots) };
            format!("{}\n", serde_json::json!({ "id": number, "text": text }))
        })
        .collect();
    let mut file = std::io::BufWriter::new(std::fs::File::create(path).expect("a file"));
    let mut written = 0;
    for line in lines.iter().cycle() {
        file.write_all(line.as_bytes()).expect("writes");
        written += line.len() as u64;
        if written > size {
            break;
        }
    }
    file.flush().expect("writes");
}

fn word(language: Language, lots: &mut ChaCha8Rng) -> String {
    let syllables = ["ba", "ten", "ri", "so", "lu", "ing", "er", "mo", "st", "al", "de", "con", "pe", "th", "or", "a"];
    let syllable = |lots: &mut ChaCha8Rng| match language {
        Language::English => syllables[lots.next_u32() as usize % syllables.len()].to_owned(),
        Language::Korean => char::from_u32(0xAC00 + lots.next_u32() % 11_172).unwrap_or('가').to_string(),
    };
    (0..1 + lots.next_u32() % 4).map(|_| syllable(lots)).collect()
}

/// Lines of some twelve words.
fn prose(words: &[String], lots: &mut ChaCha8Rng) -> String {
    let mut text = String::new();
    while text.len() < 4000 {
        let share = f64::from(lots.next_u32()) / f64::from(u32::MAX);
        let rank = (words.len() as f64).powf(share) as usize;
        text.push_str(&words[rank.min(words.len() - 1)]);
        text.push_str(match lots.next_u32() % 24 {
            0 => ".\n",
            1 | 2 => ", ",
            _ => " ",
        });
    }
    text
}

/// Folding alone and folding with the look into the table, on texts in memory: what of the time goes where.
fn stages(index: &Index) {
    for language in [Language::English, Language::Korean] {
        let mut lots = ChaCha8Rng::from_seed([language as u8; 32]);
        let words: Vec<String> = (0..20_000).map(|_| word(language, &mut lots)).collect();
        let texts: Vec<String> = (0..1000).map(|_| prose(&words, &mut lots)).collect();
        let size = texts.iter().map(String::len).sum::<usize>() as f64 * 5.0 / 1e6;
        let mut units = Vec::new();
        let rate = |work: &mut dyn FnMut(&str)| {
            let cpu = cpu_seconds();
            (0..5).for_each(|_| texts.iter().for_each(|text| work(text)));
            size / (cpu_seconds() - cpu)
        };
        let folding = rate(&mut |text| fold(text, &mut units));
        let looking = rate(&mut |text| assert!(index.check(text).is_empty()));
        println!("{language:?}: folding {folding:.0}, checking {looking:.0} MB per CPU second");
    }
}

fn measure(name: &str, index: &Index, path: &Path) {
    for threads in [1, 2] {
        let options = Options { threads, common_documents: Some(u64::MAX), ..Options::default() };
        let (start, cpu) = (Instant::now(), cpu_seconds());
        let report = scan_for(index, &[path.to_owned()], &options, &()).expect("scans");
        let (wall, cpu) = (start.elapsed().as_secs_f64(), cpu_seconds() - cpu);
        let size = report.corpus.bytes as f64 / 1e6;
        let found: u64 = report.benchmarks.iter().map(|benchmark| benchmark.verbatim + benchmark.near).sum();
        println!(
            "{name}, {threads} threads: {size:.0} MB of text in {wall:.2} s, {:.0} MB per CPU second, {} MB held at most, {found} items found",
            size / cpu,
            most_memory() / 1000
        );
    }
}

fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

/// In kB.
fn most_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|size| size.parse().ok()).unwrap_or(0)
}
