//! A log that a trainer keeps.

use std::io::BufRead as _;

use anyhow::{Context as _, Result, ensure};
use provenance::evidence::{Log, Told};

use crate::args::lineage::{LogArgs, What};
use crate::{Verdict, say};

/// The longest line of standard input, in bytes.
const LONGEST: usize = 1 << 20;

/// Adds what is told, and prints the head of the log.
pub(crate) fn log(args: &LogArgs) -> Result<Verdict> {
    let (mut log, repair) = Log::open(&args.file)?;
    if let Some(repair) = repair {
        say::note(&format!("line {} was torn after {} bytes and was taken out", repair.line, repair.bytes));
    }
    if let Some(what) = &args.what {
        log.tell(&told(what))?;
        say::line(log.head())?;
        return Ok(Verdict::Sound);
    }
    ensure!(args.stdin, "say what happened (start, loss, checkpoint, resume, end), or take entries from --stdin");
    listen(&mut log)
}

/// Takes entries until the input ends. A line that cannot be taken is told, and the next one is heard: a training is not
/// to end over its log.
fn listen(log: &mut Log) -> Result<Verdict> {
    let mut verdict = Verdict::Sound;
    let mut input = std::io::stdin().lock();
    let mut line = Vec::new();
    for number in 1_u64.. {
        line.clear();
        let read = input.read_until(b'\n', &mut line).context("standard input cannot be read")?;
        if read == 0 {
            break;
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        let heard = if line.len() > LONGEST {
            Err(anyhow::anyhow!("it is {} bytes long", line.len()))
        } else {
            serde_json::from_slice::<Told>(&line)
                .context("it is no entry; one is {\"kind\":\"loss\",\"step\":10,\"loss\":7.1}")
                .and_then(|told| Ok(log.tell(&told)?))
        };
        match heard {
            Ok(()) => say::line(log.head())?,
            Err(fault) => {
                say::note(&format!("line {number} was not written: {fault:#}"));
                verdict = Verdict::Unsound;
            }
        }
    }
    Ok(verdict)
}

fn told(what: &What) -> Told {
    match what {
        What::Start { config, data_manifest, checkpoint, source, tokenizer } => Told::Start {
            config: config.clone(),
            data_manifest: data_manifest.clone(),
            checkpoint: checkpoint.clone(),
            source: source.clone(),
            tokenizer: tokenizer.clone(),
        },
        What::Loss { step, loss, rate } => Told::Loss { step: *step, loss: *loss, rate: *rate },
        What::Checkpoint { step, checkpoint } => Told::Checkpoint { step: *step, checkpoint: checkpoint.clone() },
        What::Resume { step, checkpoint } => Told::Resume { step: *step, checkpoint: checkpoint.clone() },
        What::End { step, checkpoint } => Told::End { step: *step, checkpoint: checkpoint.clone() },
    }
}
