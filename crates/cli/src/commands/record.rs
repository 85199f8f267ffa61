//! `daepyo record checkpoint | receipt | event | facts | export`.

use std::{fs, path::Path};

use anyhow::{Context as _, Result, ensure};
use programme::{Event, Recorded, StageKey};
use record::{Reader, Record};
use rulebook::Id;

use crate::{Verdict, read, say};

fn open(dir: &Path) -> Result<Reader> {
    Record::read(dir).with_context(|| format!("`{}` holds no record that can be read", dir.display()))
}

pub(crate) fn checkpoint(dir: &Path) -> Result<Verdict> {
    say::out(open(dir)?.checkpoint().text())?;
    Ok(Verdict::Sound)
}

pub(crate) fn receipt(dir: &Path, index: u64) -> Result<Verdict> {
    say::out(open(dir)?.receipt(index)?.text())?;
    Ok(Verdict::Sound)
}

pub(crate) fn check_receipt(receipt: &Path, event: &Path, vkey: &str) -> Result<Verdict> {
    let event = fs::read(event).with_context(|| format!("`{}` cannot be read", event.display()))?;
    // A file of one line ends in a newline that is no part of the event.
    let event = event.strip_suffix(b"\n").unwrap_or(&event);
    match record::verify_receipt(&read::text(receipt)?, &read::vkey(vkey)?, event) {
        Ok(proven) => {
            let (index, size) = (proven.index, proven.checkpoint.size());
            say::line(&format!("the event stands at place {index} of a record of {size} events"))?;
            Ok(Verdict::Sound)
        }
        Err(refused) => {
            say::line(&format!("NOT PROVEN  {refused}"))?;
            Ok(Verdict::Unsound)
        }
    }
}

pub(crate) fn events(dir: &Path, index: Option<u64>) -> Result<Verdict> {
    let reader = open(dir)?;
    let range = index.map_or(0..reader.size(), |index| index..index.saturating_add(1));
    ensure!(range.end <= reader.size(), "there is no event {}; there are {}", range.start, reader.size());
    for entry in reader.entries(range)? {
        say::out([entry.event.as_bytes(), b"\n"].concat())?;
    }
    Ok(Verdict::Sound)
}

/// The text of a rulebook that was adopted or amended: the one under which a stage opened, or the one in force.
pub(crate) fn rulebook(dir: &Path, stage: Option<&str>, window: &str) -> Result<Verdict> {
    let reader = open(dir)?;
    let entries = reader.entries(0..reader.size())?;
    let state = office::replay(&entries)?;
    let hash = match stage {
        Some(stage) => state.stage(&StageKey { window: Id::from(window), stage: Id::from(stage) })?.rulebook.clone(),
        None => state.adopted()?.hash.clone(),
    };
    let texts = entries.iter().filter_map(|entry| match entry.event.parse::<Recorded>().ok()?.event {
        Event::RulebookAdopted { hash, text, .. } | Event::RulebookAmended { hash, text, .. } => Some((hash, text)),
        _ => None,
    });
    let text = texts.into_iter().find(|(known, _)| *known == hash).map(|(_, text)| text);
    say::out(text.context("the record holds no rulebook of this hash")?)?;
    Ok(Verdict::Sound)
}

pub(crate) fn facts(dir: &Path, stage: &str, window: &str) -> Result<Verdict> {
    let reader = open(dir)?;
    let state = office::replay(&reader.entries(0..reader.size())?)?;
    let key = StageKey { window: Id::from(window), stage: Id::from(stage) };
    say::line(&serde_json::to_string_pretty(&state.facts(&key)?)?)?;
    Ok(Verdict::Sound)
}

pub(crate) fn export(dir: &Path, out: &Path) -> Result<Verdict> {
    let exported = record::export(dir, out)?;
    say::line(&format!("{} events are in `{}`", exported.size, out.display()))?;
    if exported.left_out > 0 {
        say::line(&format!("{} events after the latest checkpoint were left out", exported.left_out))?;
    }
    Ok(Verdict::Sound)
}
