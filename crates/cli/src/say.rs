//! What is said, and where: answers on standard output, everything else on standard error.

use std::io::{self, Write as _};

use anyhow::Result;
use serde::Serialize;

/// Says `text` on standard output.
pub(crate) fn out(text: impl AsRef<[u8]>) -> Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_ref())?;
    out.flush()?;
    Ok(())
}

/// Says a line on standard output.
pub(crate) fn line(text: &str) -> Result<()> {
    out(format!("{text}\n"))
}

/// Says one JSON object on standard output.
pub(crate) fn json(value: &impl Serialize) -> Result<()> {
    line(&serde_json::to_string(value)?)
}

/// Says a line on standard error, beside the answer.
pub(crate) fn note(text: &str) {
    // Where it cannot be said, the answer still can.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Says on standard error what went wrong and what led to it.
pub(crate) fn complain(error: &anyhow::Error) {
    let mut text = format!("error: {error}\n");
    let mut said = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        // Some faults name their cause themselves.
        if !said.contains(&cause) {
            text.push_str(&format!("  because: {cause}\n"));
        }
        said = cause;
    }
    // Where even this cannot be said, the exit code still can.
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Whether an error is that nobody reads any more.
pub(crate) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .any(|cause| cause.downcast_ref::<io::Error>().is_some_and(|cause| cause.kind() == io::ErrorKind::BrokenPipe))
}
