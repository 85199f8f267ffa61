//! What each number can and cannot show.

use anyhow::{Result, bail};
use provenance::lineage::explain;

use crate::args::Lang;
use crate::text::wrapped;
use crate::{Verdict, say};

/// Prints the explanations, or those with a text in their name.
pub(crate) fn explain(containing: Option<&str>, lang: Option<Lang>, json: bool) -> Result<Verdict> {
    let language = lang.map_or(provenance::Language::En, Into::into);
    let wanted = containing.unwrap_or_default().to_lowercase();
    let is_wanted = |text: &str| text.to_lowercase().contains(&wanted);
    let entries: Vec<_> = explain::all()
        .filter(|entry| is_wanted(entry.key) || is_wanted(&entry.name.en) || is_wanted(&entry.name.ko))
        .collect();
    if entries.is_empty() {
        let keys: Vec<&str> = explain::all().map(|entry| entry.key).collect();
        bail!("nothing is called `{wanted}`; there are {}", keys.join(", "));
    }
    if json {
        say::json(&entries)?;
        return Ok(Verdict::Sound);
    }
    for (place, entry) in entries.iter().enumerate() {
        let gap = if place == 0 { "" } else { "\n" };
        say::line(&format!(
            "{gap}{}\n{}\n{}",
            entry.name.of(language),
            wrapped("  + ", entry.shows.of(language)),
            wrapped("  - ", entry.limits.of(language))
        ))?;
    }
    Ok(Verdict::Sound)
}
