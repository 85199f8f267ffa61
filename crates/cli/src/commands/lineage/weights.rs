//! Models and their fingerprints, as a command names them.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use provenance::anatomy::Families;
use provenance::fingerprint::{Fingerprint, PassOptions};
use provenance::weights::Checkpoint;

use crate::args::lineage::PassArgs;
use crate::{Verdict, say};

/// A fingerprint of more weights is kept in a file while it is used: 280 bytes for each of some thousands of weights.
const MOST_BYTES: u64 = 32 << 30;

/// Writes the fingerprint of a model.
pub(crate) fn fingerprint(model: &Path, out: &Path, pass: &PassArgs) -> Result<Verdict> {
    let options = options(pass)?;
    let checkpoint = Checkpoint::open(model)?;
    say::note(&format!("reading {} ({})", checkpoint.name(), amount(&checkpoint)));
    Fingerprint::write(&checkpoint, &options, out)?;
    let written = Fingerprint::open(out)?;
    written.remarks().iter().for_each(|remark| say::note(remark));
    let (facts, size) = (written.facts(), std::fs::metadata(out).map_or(0, |file| file.len()));
    say::line(&format!(
        "{}: {} weights in {} parts, {:.1} MB in {}\nweights: {}",
        facts.name,
        facts.parameters,
        written.parts().len(),
        size as f64 / 1e6,
        out.display(),
        facts.digest
    ))?;
    Ok(Verdict::Sound)
}

/// How weights are read.
pub(super) fn options(args: &PassArgs) -> Result<PassOptions> {
    let own = PassOptions::default();
    Ok(PassOptions {
        seed: args.sketch_seed,
        threads: args.threads.unwrap_or(own.threads),
        direct: args.direct,
        families: Families::with_maps(&args.maps)?,
    })
}

/// A fingerprint that may stand in a file of its own as long as it is used.
pub(super) struct Held {
    pub(super) fingerprint: Fingerprint,
    draft: Option<PathBuf>,
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(draft) = &self.draft {
            // Where it cannot be removed, the system's own sweeping of temporary files does it.
            let _ = std::fs::remove_file(draft);
        }
    }
}

/// The fingerprint of a model, or of a fingerprint's file.
pub(super) fn held(path: &Path, options: &PassOptions) -> Result<Held> {
    if path.extension().is_some_and(|ending| ending == "fingerprint") {
        return Ok(Held { fingerprint: Fingerprint::open(path)?, draft: None });
    }
    let checkpoint = Checkpoint::open(path)?;
    say::note(&format!("reading {} ({})", checkpoint.name(), amount(&checkpoint)));
    if bytes(&checkpoint) <= MOST_BYTES {
        return Ok(Held { fingerprint: Fingerprint::of(&checkpoint, options)?, draft: None });
    }
    let name = format!("daepyo-{}-{}.fingerprint", std::process::id(), checkpoint.name());
    let draft = std::env::temp_dir().join(name);
    Fingerprint::write(&checkpoint, options, &draft)
        .with_context(|| format!("the fingerprint does not fit into `{}`", std::env::temp_dir().display()))?;
    Ok(Held { fingerprint: Fingerprint::open(&draft)?, draft: Some(draft) })
}

fn bytes(checkpoint: &Checkpoint) -> u64 {
    checkpoint.tensors().iter().map(|tensor| tensor.bytes).sum()
}

/// How much there is to read.
pub(super) fn amount(checkpoint: &Checkpoint) -> String {
    let bytes = bytes(checkpoint) as f64;
    if bytes < 1e9 { format!("{:.1} MB", bytes / 1e6) } else { format!("{:.1} GB", bytes / 1e9) }
}
