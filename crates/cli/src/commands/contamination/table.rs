//! A report as text for terminals.

use provenance::contamination::{BenchmarkReport, Comparison, Recall, Report, SelfTest, Tier};

use crate::text::{table, wrapped};

/// So many items of a benchmark are shown.
const MOST: usize = 5;

/// What was read, a line for each benchmark, some of the finds, and what belongs to them.
pub(super) fn told(report: &Report, scores: &[Comparison]) -> String {
    let corpus = &report.corpus;
    let mut lines = vec![format!(
        "{} documents in {} files, {:.1} MB of text\n",
        corpus.documents,
        corpus.files,
        corpus.bytes as f64 / 1e6
    )];
    let head = ["benchmark", "items", "looked for", "verbatim", "near", "common words", "share"];
    lines.push(table(&head, &[1, 2, 3, 4, 5, 6], report.benchmarks.iter().map(row).collect()));
    report.benchmarks.iter().for_each(|one| lines.extend(finds(one)));
    lines.extend(scores.iter().map(score));
    lines.extend(report.self_test.iter().map(tested));
    lines.push(String::new());
    lines.extend(
        report
            .corpus
            .faults
            .iter()
            .map(|fault| wrapped("not read to its end: ", &format!("{}: {}", fault.file, fault.why))),
    );
    for (why, skipped) in &corpus.skipped {
        let why = serde_json::to_string(why).unwrap_or_default().trim_matches('"').replace('_', " ");
        let told = format!("{} records ({why}), the first {}:{}", skipped.count, skipped.file, skipped.record);
        lines.push(wrapped("passed over: ", &told));
    }
    lines.push(wrapped("cannot see: ", &report.blind_spots.join("; ")));
    lines.join("\n")
}

fn row(one: &BenchmarkReport) -> Vec<String> {
    let counts = [one.items, one.checked, one.verbatim, one.near, one.boilerplate].map(|count| count.to_string());
    let share = if one.checked == 0 { "–".to_owned() } else { format!("{:.1} %", 100.0 * one.share) };
    [one.name.clone()].into_iter().chain(counts).chain([share]).collect()
}

/// The first finds of a benchmark, each with its place and what stands there.
fn finds(one: &BenchmarkReport) -> Vec<String> {
    let counted: Vec<_> = one.found.iter().filter(|item| item.tier != Tier::Boilerplate).collect();
    let mut lines = Vec::new();
    for item in counted.iter().take(MOST) {
        let Some(best) = item.evidence.first() else { continue };
        let tier = if item.tier == Tier::Verbatim { "verbatim" } else { "near" };
        let answer = match best.answer {
            Some(share) if share > 0.0 => format!(", answer {:.0} %", 100.0 * share),
            Some(_) => ", no answer".to_owned(),
            None => String::new(),
        };
        let documents = if item.documents == 1 { "document" } else { "documents" };
        lines.push(format!(
            "\n{} {} ({tier}; question {:.0} %{answer}; {} {documents})",
            one.name,
            item.id,
            100.0 * best.question,
            item.documents
        ));
        lines.push(wrapped("  ", &format!("{}:{} bytes {}–{}", best.file, best.record, best.start, best.end)));
        lines.push(wrapped("  ", &format!("“{}”", cut(&best.excerpt))));
    }
    if counted.len() > MOST {
        lines.push(format!("  and {} more items of {}", counted.len() - MOST, one.name));
    }
    lines
}

/// The first words of a text.
fn cut(text: &str) -> String {
    let flat: Vec<&str> = text.split_whitespace().collect();
    let flat = flat.join(" ");
    match flat.char_indices().nth(160) {
        Some((end, _)) => format!("{}…", &flat[..end]),
        None => flat,
    }
}

fn score(one: &Comparison) -> String {
    let mean = |mean: provenance::contamination::Mean| format!("{:.4} ({} items)", mean.mean, mean.items);
    let difference = match (one.difference, one.interval) {
        (Some(difference), Some((low, high))) => format!("; dirty − clean {difference:+.4} [{low:+.4}, {high:+.4}]"),
        (Some(difference), None) => format!("; dirty − clean {difference:+.4}"),
        _ => String::new(),
    };
    wrapped(
        &format!("\nscores on {}: ", one.benchmark),
        &format!(
            "all {}, clean {}, dirty {}{difference} ({})",
            mean(one.all),
            mean(one.clean),
            mean(one.dirty),
            one.method
        ),
    )
}

fn tested(test: &SelfTest) -> String {
    let row = |wanted: &'static str| {
        move |one: &Recall| {
            let kind = serde_json::to_string(&one.kind).unwrap_or_default().trim_matches('"').replace('_', " ");
            let language = serde_json::to_string(&one.language).unwrap_or_default().trim_matches('"').to_owned();
            vec![kind, language, one.documents.to_string(), one.found.to_string(), wanted.to_owned()]
        }
    };
    let rows = test.planted.iter().map(row("all")).chain(test.alike.iter().map(row("none"))).collect();
    let head = ["planted", "language", "documents", "found", "to be found"];
    format!(
        "\nself-test, seed {}: {} items; {} of {} documents with nothing in them were flagged\n\n{}",
        test.seed,
        test.items,
        test.clean_found,
        test.clean_documents,
        table(&head, &[2, 3], rows)
    )
}
