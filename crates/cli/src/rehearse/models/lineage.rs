//! Every team's weights held against the frontier's and against those of all other teams.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result};
use provenance::Language;
use provenance::fingerprint::{Fingerprint, PassOptions};
use provenance::lineage::explain::Summary;
use provenance::lineage::{AuditOptions, Report, audit_with_weights, html};
use provenance::weights::Checkpoint;

use super::teams::{Roster, Source};

/// Audits every team whose weights are here, by [`Entrant::slug`](super::teams::Entrant), and leaves a page and the JSON of
/// each under `lineage`.
pub(crate) fn act(roster: &Roster, dir: &Path) -> Result<BTreeMap<String, Report>> {
    let mut prints = BTreeMap::<&str, Fingerprint>::new();
    for entrant in roster.all().filter(|entrant| !matches!(entrant.source, Source::Guest(_))) {
        let checkpoint = Checkpoint::open(&entrant.folder(dir))?;
        prints.insert(&entrant.slug, Fingerprint::of(&checkpoint, &PassOptions::default())?);
    }
    let folder = dir.join("lineage");
    std::fs::create_dir_all(&folder).with_context(|| format!("`{}` cannot be made", folder.display()))?;
    let mut reports = BTreeMap::new();
    for (_, entrant) in &roster.teams {
        let Some(candidate) = prints.get(entrant.slug.as_str()) else { continue };
        let others = prints.iter().filter(|(slug, _)| **slug != entrant.slug);
        let library: Vec<_> = others.map(|(_, print)| print.into()).collect();
        if library.is_empty() {
            continue;
        }
        let report = audit_with_weights(candidate.into(), &library, &AuditOptions::default())?;
        let file = |ending: &str| folder.join(format!("{}.{ending}", entrant.slug));
        for (file, text) in [
            (file("json"), serde_json::to_string(&report)? + "\n"),
            (file("html"), html::render(&report, Language::En)),
        ] {
            std::fs::write(&file, text).with_context(|| format!("`{}` cannot be written", file.display()))?;
        }
        reports.insert(entrant.slug.clone(), report);
    }
    Ok(reports)
}

/// With whose weights a team's have something in common, if with anybody's.
pub(crate) fn shared(report: &Report) -> Vec<String> {
    Summary::of(report).shared.into_iter().map(|shared| shared.model).collect()
}
