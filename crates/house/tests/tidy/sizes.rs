//! How long files are.

use super::{percentile, room_code};
use crate::fault::{Fault, assert_none, places};
use crate::source::Source;

/// Without the tests inside the file.
const MOST_LINES: usize = 1500;
const MOST_LINES_OF_90_PERCENT: usize = 700;

fn lines(source: &Source) -> usize {
    source.text.lines().count()
}

fn too_long(source: &Source) -> Option<Fault> {
    let own = lines(source).saturating_sub(source.test_lines);
    let wrong = format!("{own} lines without its tests; the most is {MOST_LINES}");
    (own > MOST_LINES).then(|| Fault::new(&source.file, wrong, "split it by what it is about, a noun a file"))
}

fn tail(sources: &[Source]) -> Option<Fault> {
    let tenth = percentile(sources.iter().map(lines).collect(), 90);
    let longest = sources.iter().max_by_key(|source| lines(source)).map_or("", |source| source.file.as_str());
    let wrong = format!("90 % of the files should have at most {MOST_LINES_OF_90_PERCENT} lines; it takes {tenth}");
    let mend = format!("split the longest first: {longest}");
    (tenth > MOST_LINES_OF_90_PERCENT).then(|| Fault::new("crates/*/src", wrong, mend))
}

#[test]
fn files_are_of_a_size_to_read() {
    let sources = room_code();
    let mut faults: Vec<Fault> = sources.iter().filter_map(too_long).collect();
    faults.extend(tail(&sources));
    assert_none(faults);
}

#[test]
fn control_a_long_file_is_found() {
    let long = Source::parse("long.rs", &"const A: u8 = 1;\n".repeat(MOST_LINES + 1));
    let tests = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", "const A: u8 = 1;\n".repeat(MOST_LINES));
    let tested = Source::parse("tested.rs", &tests);
    let sources = [long, tested];
    let faults: Vec<Fault> = sources.iter().filter_map(too_long).collect();
    assert_eq!(places(&faults), ["long.rs"]);
    assert!(tail(&sources).is_some());
}
