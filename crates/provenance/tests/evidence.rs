//! The evidence log: whatever is done to it afterwards is found.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use provenance::evidence::{Entry, EvidenceFault, Log, Repair, Report, verify};
use tempfile::TempDir;

/// A run of 40 steps, a checkpoint every 20.
fn entries() -> Vec<Entry> {
    let text = str::to_owned;
    let checkpoint = |step: u64| Entry::Checkpoint {
        step,
        file: format!("step-{step}.checkpoint"),
        digest: sha256(format!("file {step}").as_bytes()),
        weights: format!("weights {step}"),
    };
    let loss = |step: u64| Entry::Loss { step, loss: 7.0 / (1.0 + step as f64), rate: None };
    let start = Entry::Start {
        source: text("source"),
        recipe: text("recipe"),
        data: text("data"),
        tokenizer: text("tokenizer"),
        weights: text("weights 0"),
    };
    let mut entries = vec![start, checkpoint(0)];
    for step in (10..=40).step_by(10) {
        entries.push(loss(step));
        entries.extend(step.is_multiple_of(20).then(|| checkpoint(step)));
    }
    entries.push(Entry::End { step: 40, weights: text("weights 40") });
    entries
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest;
    hex::encode(sha2::Sha256::digest(bytes))
}

struct Kept {
    folder: TempDir,
}

impl Kept {
    /// A log of these entries, and the last two checkpoints of the run.
    fn of(entries: Vec<Entry>) -> Self {
        let kept = Self { folder: tempfile::tempdir().unwrap() };
        let (mut log, _) = Log::open(&kept.log()).unwrap();
        entries.into_iter().for_each(|entry| log.append(entry).unwrap());
        fs::create_dir(kept.checkpoints()).unwrap();
        for step in [20, 40] {
            let path = kept.checkpoints().join(format!("step-{step}.checkpoint"));
            fs::write(path, format!("file {step}")).unwrap();
        }
        kept
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("evidence.jsonl")
    }

    fn checkpoints(&self) -> PathBuf {
        self.folder.path().join("checkpoints")
    }

    fn lines(&self) -> Vec<String> {
        fs::read_to_string(self.log()).unwrap().lines().map(str::to_owned).collect()
    }

    fn write(&self, lines: &[String]) {
        fs::write(self.log(), lines.iter().map(|line| format!("{line}\n")).collect::<String>()).unwrap();
    }

    fn report(&self) -> Report {
        verify(&self.log(), &self.checkpoints()).unwrap()
    }

    fn told(&self) -> String {
        self.report().findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    }
}

#[test]
fn a_whole_log_has_no_findings() {
    let kept = Kept::of(entries());
    let report = kept.report();
    assert_eq!(report.findings, []);
    assert_eq!((report.steps, report.resumed, report.checkpoints, report.lines), (40, 0, 2, entries().len()));
    assert_eq!(report.head, sha256(kept.lines().last().unwrap().as_bytes()));
    let first: serde_json::Value = serde_json::from_str(&kept.lines()[0]).unwrap();
    assert_eq!(first["before"], "0".repeat(64));
    let second: serde_json::Value = serde_json::from_str(&kept.lines()[1]).unwrap();
    assert_eq!(second["before"], sha256(kept.lines()[0].as_bytes()), "as others would check it");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn any_changed_byte_is_found(place: prop::sample::Index, bit in 0..8_u8) {
        let kept = Kept::of(entries());
        let mut bytes = fs::read(kept.log()).unwrap();
        let at = place.index(bytes.len());
        bytes[at] ^= 1 << bit;
        fs::write(kept.log(), &bytes).unwrap();
        prop_assert!(!kept.report().findings.is_empty(), "byte {at}, bit {bit}");
    }

    #[test]
    fn any_cut_is_found(place: prop::sample::Index) {
        let kept = Kept::of(entries());
        let bytes = fs::read(kept.log()).unwrap();
        fs::write(kept.log(), &bytes[..place.index(bytes.len())]).unwrap();
        prop_assert!(!kept.report().findings.is_empty());
    }
}

#[test]
fn any_line_that_is_gone_twice_or_elsewhere_is_found() {
    let kept = Kept::of(entries());
    let lines = kept.lines();
    for place in 0..lines.len() {
        let mut fewer = lines.clone();
        fewer.remove(place);
        kept.write(&fewer);
        assert_ne!(kept.told(), "", "line {place} was taken out");
        let mut more = lines.clone();
        more.insert(place, lines[place].clone());
        kept.write(&more);
        assert_ne!(kept.told(), "", "line {place} was doubled");
        for other in 0..place {
            let mut swapped = lines.clone();
            swapped.swap(place, other);
            kept.write(&swapped);
            assert_ne!(kept.told(), "", "lines {place} and {other} were swapped");
        }
    }
}

#[test]
fn a_log_written_anew_has_another_head() {
    let kept = Kept::of(entries());
    let head = kept.report().head;
    let mut other = entries();
    other[2] = Entry::Loss { step: 10, loss: 0.1, rate: None };
    let anew = Kept::of(other);
    assert_eq!(anew.report().findings, [], "a chain that was made whole holds; only its head tells");
    assert_ne!(anew.report().head, head);
}

#[test]
fn checkpoints_are_held_against_the_log() {
    let kept = Kept::of(entries());
    fs::write(kept.checkpoints().join("step-40.checkpoint"), "changed").unwrap();
    assert_eq!(kept.told(), "step-40.checkpoint is not the file that the log names");
    fs::remove_file(kept.checkpoints().join("step-40.checkpoint")).unwrap();
    assert_eq!(kept.told(), "", "an old checkpoint may be deleted");
    fs::write(kept.checkpoints().join("step-30.checkpoint"), "planted").unwrap();
    assert_eq!(kept.told(), "step-30.checkpoint is there, but the log does not name it");
}

/// The entries as they are after a kill at step 30 and a second go from step 20.
fn taken_up(loss_of_30: f64, digest: &str) -> Vec<Entry> {
    let whole = entries();
    let mut told = whole[..6].to_vec();
    assert_eq!(told.last(), whole.get(5));
    told.push(Entry::Resumed { step: 20, digest: digest.to_owned() });
    told.push(Entry::Loss { step: 30, loss: loss_of_30, rate: None });
    told.extend_from_slice(&whole[6..]);
    told
}

#[test]
fn what_is_done_again_must_come_out_the_same() {
    let (good, known) = (7.0 / 31.0, sha256(b"file 20"));
    let kept = Kept::of(taken_up(good, &known));
    assert_eq!((kept.told(), kept.report().resumed), (String::new(), 1));
    let told = Kept::of(taken_up(0.2, &known)).told();
    assert!(told.contains("gives step 30 another loss"), "{told}");
    let told = Kept::of(taken_up(good, "unknown")).told();
    assert!(told.contains("goes on from a checkpoint of step 20 that was not written down"), "{told}");
}

#[test]
fn a_story_that_makes_no_sense_is_found() {
    type Change = fn(&mut Vec<Entry>);
    let cases: [(&str, Change); 5] = [
        ("starts a second time", |told| told.insert(2, told[0].clone())),
        ("comes before the start", |told| told.swap(0, 1)),
        ("is of step 10, after step 20", |told| told.swap(2, 3)),
        ("comes after the end", |told| told.push(Entry::Loss { step: 50, loss: 1.0, rate: None })),
        ("begins with other weights", |told| {
            if let Entry::Start { weights, .. } = &mut told[0] {
                weights.push('x');
            }
        }),
    ];
    for (expected, change) in cases {
        let mut told = entries();
        change(&mut told);
        let findings = Kept::of(told).told();
        assert!(findings.contains(expected), "{expected}: {findings}");
    }
}

fn tuned(data: &str, from: &str, weights: &str) -> Entry {
    let text = str::to_owned;
    Entry::Tuned { recipe: text("recipe"), data: text(data), from: text(from), weights: text(weights) }
}

#[test]
fn a_tuning_follows_the_end_and_begins_from_its_weights() {
    let with = |more: &[Entry]| Kept::of(entries().into_iter().chain(more.iter().cloned()).collect());
    assert_eq!(with(&[]).report().weights, ["weights 40"]);
    let twice = [tuned("a", "weights 40", "one"), tuned("b", "weights 40", "two")];
    let kept = with(&twice);
    assert_eq!((kept.told(), kept.report().weights.join(", ")), (String::new(), "weights 40, one, two".to_owned()));
    let told = with(&[tuned("a", "weights 20", "one")]).told();
    assert!(told.contains("tunes other weights than those of the end"), "{told}");
    let told = with(&[tuned("a", "weights 40", "one"), tuned("a", "weights 40", "two")]).told();
    assert!(told.contains("gives the same tuning other weights"), "{told}");
    let mut early = entries();
    early.insert(5, tuned("a", "weights 40", "one"));
    let told = Kept::of(early).told();
    assert!(told.contains("tunes before the training has come to its end"), "{told}");
    let told = with(&[tuned("a", "weights 40", "one"), Entry::Loss { step: 50, loss: 1.0, rate: None }]).told();
    assert!(told.contains("comes after the end"), "{told}");
}

#[test]
fn a_log_is_continued_where_it_was_left() {
    let all = entries();
    let kept = Kept::of(all[..4].to_vec());
    let (mut log, repair) = Log::open(&kept.log()).unwrap();
    assert_eq!((log.entries(), repair), (&all[..4], None));
    all[4..].iter().for_each(|entry| log.append(entry.clone()).unwrap());
    assert_eq!(log.head(), Kept::of(all).report().head, "as if it had never been left");
    assert_eq!(kept.told(), "");
}

#[test]
fn a_torn_last_line_is_mended_and_told() {
    let whole = Kept::of(entries());
    let last = whole.lines().last().unwrap().len();
    for left in [1, last / 2, last] {
        let kept = Kept::of(entries());
        let bytes = fs::read(kept.log()).unwrap();
        fs::write(kept.log(), &bytes[..bytes.len() - 1 - last + left]).unwrap();
        let (mut log, repair) = Log::open(&kept.log()).unwrap();
        assert_eq!(repair, Some(Repair { line: entries().len(), bytes: left }));
        log.append(entries().pop().unwrap()).unwrap();
        assert_eq!(kept.told(), "");
    }
}

#[test]
fn a_changed_log_is_not_continued() {
    let kept = Kept::of(entries());
    let mut lines = kept.lines();
    lines[2] = lines[2].replace("\"step\":10", "\"step\":11");
    kept.write(&lines);
    let fault = Log::open(&kept.log()).expect_err("a line was changed");
    assert!(matches!(fault, EvidenceFault::Broken { line: 3, .. }), "{fault}");
    let missing = verify(Path::new("/nowhere/evidence.jsonl"), &kept.checkpoints());
    assert!(matches!(missing, Err(EvidenceFault::File { .. })));
}

#[test]
fn a_loss_that_is_no_number_is_refused() {
    let kept = Kept::of(entries()[..2].to_vec());
    let (mut log, _) = Log::open(&kept.log()).unwrap();
    let fault = log.append(Entry::Loss { step: 10, loss: f64::NAN, rate: None }).expect_err("a loss or rate of NaN");
    assert!(fault.to_string().contains("a loss or rate of NaN"), "{fault}");
    assert_eq!(log.entries().len(), 2);
}
