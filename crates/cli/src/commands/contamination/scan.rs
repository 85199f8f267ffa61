//! A corpus is read, and what was found in it is told.

use anyhow::{Result, bail};
use provenance::contamination::{Cut, Index, Options, Report, Shard, clean, scan_for, self_test};

use super::progress::Counter;
use super::{items, tell};
use crate::args::contamination::{CutArg, ScanArgs};
use crate::{Verdict, say};

/// The seed and the documents of each kind of the self-test.
const SELF_TEST: (u64, usize) = (1, 100);

/// Reads the corpus.
pub(crate) fn scan(args: &ScanArgs) -> Result<Verdict> {
    let benchmarks = items::benchmarks(&args.wanted)?;
    let index = Index::new(&benchmarks);
    let options = options(args)?;
    let counter = Counter::new(args.told.json);
    let report = scan_for(&index, &args.corpus, &options, &counter);
    counter.finish();
    let mut report = report?;
    if args.self_test {
        report.self_test = Some(self_test(SELF_TEST.0, SELF_TEST.1));
    }
    cleaned(args, (&index, &options), &report)?;
    if options.shard.is_some() && args.told.out.is_none() && !args.told.json {
        bail!("the report of a shard is for merging: name a file for it (--out FILE)");
    }
    tell::tell(&report, &args.told)
}

/// Writes the copy without what was found, if one is wanted.
fn cleaned(args: &ScanArgs, (index, options): (&Index, &Options), report: &Report) -> Result<()> {
    let Some(folder) = &args.clean else { return Ok(()) };
    let cut = match args.cut {
        CutArg::Documents => Cut::Documents,
        CutArg::Passages => Cut::Passages,
    };
    let cleaned = clean(index, &args.corpus, report, (options, cut), folder)?;
    say::note(&format!(
        "{}: {} files; of {} documents {} were taken out, and {} passages",
        folder.display(),
        cleaned.files.len(),
        cleaned.documents,
        cleaned.removed,
        cleaned.passages
    ));
    if cleaned.unread > 0 {
        say::note(&format!("{} records without a text were copied as they stand", cleaned.unread));
    }
    Ok(())
}

fn options(args: &ScanArgs) -> Result<Options> {
    let reading = &args.reading;
    Ok(Options {
        text_field: reading.text_field.clone(),
        threads: reading.threads.map_or(0, Into::into),
        most_evidence: reading.most_evidence,
        common_documents: reading.common_documents,
        shard: shard(args.parts.shard.as_deref())?,
        strict: reading.strict,
        ..Options::default()
    })
}

fn shard(text: Option<&str>) -> Result<Option<Shard>> {
    let Some(text) = text else { return Ok(None) };
    let parts = text.split_once('/').and_then(|(part, parts)| Some((part.parse().ok()?, parts.parse().ok()?)));
    match parts {
        Some((number, of)) if (1..=of).contains(&number) => Ok(Some(Shard { number, of })),
        _ => bail!("--shard takes PART/PARTS such as 2/8, not `{text}`"),
    }
}
