//! The frontier is frozen: a list of models becomes one dated file with everything that was run of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use evaluation::verdict::{Protocol, Published, Rule, Snapshot, SnapshotModel};
use serde::Deserialize;

use super::{rule, run};
use crate::{Verdict, read, say};

/// The list, as people write it.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct List {
    name: String,
    frozen_on: toml::value::Datetime,
    #[serde(rename = "model")]
    models: Vec<Listed>,
}

/// One model of the list.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Listed {
    name: String,
    developer: String,
    released_on: toml::value::Datetime,
    release_source: String,
    release_evidence: String,
    /// The folder of its run, from the list's own folder; none where it was not run.
    run: Option<PathBuf>,
    /// How it was asked, where the run itself does not say.
    protocol: Option<Protocol>,
    #[serde(default)]
    published: Vec<Published>,
}

pub(crate) fn freeze(list: &Path, rulebook: &Path, out: &Path) -> Result<Verdict> {
    ensure!(
        !out.exists(),
        "`{}` is there already; a snapshot is not written over, another day is another file",
        out.display()
    );
    let rule = rule::of_rulebook(rulebook)?;
    let parsed: List =
        toml::from_str(&read::text(list)?).with_context(|| format!("`{}` is no such list", list.display()))?;
    let base = list.parent().unwrap_or(Path::new(""));
    let models = parsed.models.into_iter().map(|model| frozen(model, base, &rule)).collect::<Result<Vec<_>>>()?;
    let snapshot = Snapshot { name: parsed.name, frozen_on: date(&parsed.frozen_on)?, models };
    snapshot.check()?;
    std::fs::write(out, snapshot.canonical()?).with_context(|| format!("`{}` cannot be written", out.display()))?;
    say::line(&format!("{}: {} models, SHA-256 {}", out.display(), snapshot.models.len(), snapshot.digest()?))?;
    Ok(Verdict::Sound)
}

fn frozen(listed: Listed, base: &Path, rule: &Rule) -> Result<SnapshotModel> {
    let scores = listed.run.as_ref().map(|run| run::read((&base.join(run), None), rule)).transpose()?;
    let (protocol, tasks) = scores.map_or((None, BTreeMap::new()), |scores| (Some(scores.protocol), scores.tasks));
    Ok(SnapshotModel {
        released_on: date(&listed.released_on).with_context(|| format!("model `{}`", listed.name))?,
        name: listed.name,
        developer: listed.developer,
        release_source: listed.release_source,
        release_evidence: listed.release_evidence,
        protocol: match protocol {
            Some(of_run) => Some(run::filled(of_run, listed.protocol)),
            None => listed.protocol,
        },
        tasks,
        published: listed.published,
    })
}

fn date(given: &toml::value::Datetime) -> Result<jiff::civil::Date> {
    given.to_string().parse().with_context(|| format!("`{given}` is no date such as 2026-08-01"))
}
