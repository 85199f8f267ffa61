//! A log is checked, and the path of its checkpoints.

use std::path::Path;

use anyhow::Result;
use provenance::evidence::path::{Course, MOST, Stage, hold};
use provenance::evidence::{Finding, Report, check, verify};
use provenance::lineage::explain::{EVIDENCE, component};
use serde::Serialize;

use super::weights::{self, Held};
use crate::args::lineage::PassArgs;
use crate::text::{table, wrapped};
use crate::{Verdict, say};

/// What is printed as JSON.
#[derive(Serialize)]
struct Checked<'a> {
    log: &'a Report,
    path: Option<&'a Course>,
}

/// Checks a log, and the checkpoints that are there.
pub(crate) fn verify_log(
    file: &Path,
    (checkpoints, head): (Option<&Path>, Option<&str>),
    pass: &PassArgs,
    json: bool,
) -> Result<Verdict> {
    let mut log = match checkpoints {
        Some(folder) => verify(file, folder)?,
        None => check(file)?,
    };
    if let Some(head) = head.filter(|head| !head.eq_ignore_ascii_case(&log.head)) {
        let what = format!("the log ends at {}, not at the head {head} that was published", log.head);
        log.findings.push(Finding { line: None, what });
    }
    let course = checkpoints.map(|folder| course(folder, &log, pass)).transpose()?;
    let findings = || log.findings.iter().chain(course.iter().flat_map(|course| &course.findings));
    if json {
        say::json(&Checked { log: &log, path: course.as_ref() })?;
    } else {
        for finding in findings() {
            say::line(&wrapped("wrong: ", &finding.to_string()))?;
        }
        tell(&log, course.as_ref())?;
    }
    Ok(if findings().next().is_none() { Verdict::Sound } else { Verdict::Unsound })
}

/// Holds the checkpoints that are there against each other.
fn course(folder: &Path, log: &Report, pass: &PassArgs) -> Result<Course> {
    let options = weights::options(pass)?;
    let (mut omitted, mut held): (Vec<String>, Vec<(u64, Held)>) = (Vec::new(), Vec::new());
    let there: Vec<&(u64, String)> = log.named.iter().filter(|(_, name)| folder.join(name).exists()).collect();
    if there.len() < log.named.len() {
        omitted.push(format!(
            "{} of {} checkpoints are not there any more",
            log.named.len() - there.len(),
            log.named.len()
        ));
    }
    let all = there.len();
    let picked: Vec<_> = if all <= MOST {
        there
    } else {
        omitted
            .push(format!("{} of {all} checkpoints were not read: {MOST} at even distances stand for all", all - MOST));
        (0..MOST).map(|place| there[place * (all - 1) / (MOST - 1)]).collect()
    };
    for (step, name) in picked {
        match weights::held(&folder.join(name), &options) {
            Ok(one) => held.push((*step, one)),
            Err(fault) => omitted.push(format!("the weights of {name} cannot be read: {fault:#}")),
        }
    }
    let stages: Vec<Stage<'_>> =
        held.iter().map(|(step, held)| Stage { step: *step, fingerprint: &held.fingerprint }).collect();
    let mut course = hold(&stages, &log.rates)?;
    course.omitted.extend(omitted);
    Ok(course)
}

fn tell(log: &Report, course: Option<&Course>) -> Result<()> {
    say::line(&format!(
        "{} lines, {} steps, taken up again {} times, {} checkpoints held against the log\nhead: {}",
        log.lines, log.steps, log.resumed, log.checkpoints, log.head
    ))?;
    if let Some(course) = course {
        if !course.legs.is_empty() {
            say::line(&format!("\n{}", legs(course)))?;
        }
        if let Some(start) = course.start.as_ref().filter(|start| start.unlike.is_empty()) {
            say::line(&format!("\nstep 0 looks like random numbers in all of {} matrices", start.parts))?;
        }
        for omitted in &course.omitted {
            say::line(&wrapped("not seen: ", omitted))?;
        }
    }
    for entry in EVIDENCE.iter().filter(|entry| course.is_some() || entry.key == "chain") {
        say::line("")?;
        say::line(&wrapped("shows: ", &entry.shows.en))?;
        say::line(&wrapped("does not show: ", &entry.limits.en))?;
    }
    Ok(())
}

/// Each checkpoint beside the one before.
fn legs(course: &Course) -> String {
    let rows = course.legs.iter().zip(course.from_start.iter().skip(1)).map(|(leg, from_start)| {
        let least = leg.least.as_ref();
        vec![
            format!("{} to {}", leg.from, leg.to),
            format!("{:.4}", leg.distance),
            format!("{from_start:.4}"),
            format!("{:.2}", leg.pace),
            least.map_or_else(|| "–".to_owned(), |tie| format!("{:.4}", tie.cosine)),
            least.map_or_else(|| "–".to_owned(), |tie| component(&tie.component).en.into_owned()),
        ]
    });
    let head = ["steps", "moved", "from the first", "pace", "least kept (cosine)", "in"];
    table(&head, &[1, 2, 3, 4], rows.collect())
}
