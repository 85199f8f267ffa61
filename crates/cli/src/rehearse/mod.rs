//! The rehearsal: a whole selection, modelled on the Korean call of 2025, played through the office.
//!
//! Everything that happens is asked of the office as it would be in a real programme; nothing is written around it.

mod agreeing;
mod applying;
mod cast;
mod checking;
mod deciding;
mod marks;
mod models;
mod narrator;
mod objecting;
mod phase;
mod play;
mod scoring;
mod seating;
mod summary;

use std::{
    cell::RefCell,
    path::{Path, PathBuf},
    rc::Rc,
};

use anyhow::{Context as _, Result, bail};
use office::{Command, Entropy, Founder, Office, Refusal};
use programme::{Inconsistent, StageKey};
use record::LogKey;
use rulebook::Rulebook;
use sha2::{Digest as _, Sha256};

use crate::{args::rehearse::RehearseArgs, folder, say};

use self::{
    narrator::{Aloud, Narrator, Quietly},
    play::Play,
    scoring::Incidents,
};

/// The rulebook that is rehearsed.
const RULEBOOK: &str = include_str!("../../../../programmes/kr-2025-call.toml");

/// Plays the rehearsal into `out` and returns what it left there.
pub(crate) fn run(args: RehearseArgs) -> Result<()> {
    let RehearseArgs { out, seed, json, models } = args;
    let rulebook = rulebook()?;
    let models = models::read(&models, seed, &rulebook)?;
    let dir = match out {
        Some(out) => {
            // A rehearsal never writes over anything.
            folder::ensure_free(&out)?;
            out
        }
        None => free_folder()?,
    };
    let narrator: Rc<RefCell<dyn Narrator>> =
        if json { Rc::new(RefCell::new(Quietly::default())) } else { Rc::new(RefCell::new(Aloud)) };
    let mut play = found(&dir, rulebook, seed, narrator)?;
    perform(&mut play)?;
    let models = match models {
        Some(asked) => Some(models::act(&mut play, &asked, &dir)?),
        None => phase::act(&mut play).map(|()| None)?,
    };
    let summary = summary::write(&play, models, &dir)?;
    let ending = summary.ending(&dir);
    let Play { office, .. } = play;
    office.close().context("the folder could not be sealed")?;
    if json {
        say::json(&summary)
    } else {
        Aloud.heading("The record");
        Aloud.block(&ending);
        Ok(())
    }
}

/// The first of `rehearsal`, `rehearsal-2`, … that is free: a rehearsal never writes over another.
fn free_folder() -> Result<PathBuf> {
    let names = std::iter::once("rehearsal".to_owned()).chain((2..10_000).map(|number| format!("rehearsal-{number}")));
    let mut free = names.map(PathBuf::from).filter(|path| !path.exists());
    free.next().context("every folder from `rehearsal` to `rehearsal-9999` exists; name another with `--out`")
}

fn rulebook() -> Result<Rulebook> {
    match Rulebook::parse(RULEBOOK) {
        Ok(read) => Ok(read.rulebook),
        Err(findings) => bail!("the shipped rulebook is broken:\n{findings}"),
    }
}

fn found(dir: &Path, rulebook: Rulebook, seed: u64, narrator: Rc<RefCell<dyn Narrator>>) -> Result<Play> {
    let founders = ["First officer", "Second officer"].map(|name| Founder {
        name: name.to_owned(),
        contact: "nobody@rehearsal.invalid".to_owned(),
        identity: "appointed by the ministry".to_owned(),
    });
    let at = rulebook.calendar.instant(rulebook::LocalDateTime("2025-06-16T09:00:00".parse()?))?;
    let key = LogKey::from_seed(Sha256::digest(format!("daepyo rehearsal {seed}")).into());
    let origin = format!("rehearsal.invalid/{}", rulebook.programme.id);
    let (office, officers) = Office::found(dir, &origin, key, Entropy::rehearsal(seed), at, &founders)
        .with_context(|| format!("`{}` cannot hold a rehearsal; name an empty or new folder", dir.display()))?;
    Play::new(office, officers, rulebook, seed, narrator)
}

fn perform(play: &mut Play) -> Result<()> {
    play.heading("The promise");
    play.officers_ask(Command::AdoptRulebook { text: RULEBOOK.to_owned() })?;
    play.tell(format!("two officers adopt the rulebook, SHA-256 {}", rulebook::hash(RULEBOOK)))?;
    applying::act(play)?;
    checking::act(play)?;

    let written = play.key("written");
    play.heading("Written evaluation");
    play.at("2025-07-22T09:00:00")?;
    play.officer_asks(Command::OpenStage { key: written.clone() })?;
    let seated = seating::seat_all(play, &written, "2025-07-22T18:00:00")?;
    amend(play)?;
    scoring::score(
        play,
        &written,
        &seated,
        &Incidents { recusal: true, missing: true, tie: true, ..Incidents::default() },
    )?;
    play.at("2025-07-25T14:00:00")?;
    let decision = deciding::decide(play, &written)?;
    objecting::act(play, &written, &decision, &seated)?;

    let presentation = play.key("presentation");
    play.heading("Presentations");
    play.at("2025-07-30T14:00:00")?;
    play.officer_asks(Command::OpenStage { key: presentation.clone() })?;
    let seated = seating::seat_all(play, &presentation, "2025-07-31T18:00:00")?;
    play.at("2025-08-04T09:00:00")?;
    scoring::score(play, &presentation, &seated, &Incidents::default())?;
    play.at("2025-08-04T16:00:00")?;
    deciding::decide(play, &presentation)?;
    agreeing::act(play, &presentation)
}

/// The rulebook once presentations have more time.
pub(crate) fn amended() -> String {
    RULEBOOK.replacen("presentation = { minutes = 20", "presentation = { minutes = 25", 1)
}

/// Rules change for what has not opened, with a reason, and for nothing else.
fn amend(play: &mut Play) -> Result<()> {
    play.at("2025-07-23T09:00:00")?;
    let reason = "the teams asked for it at the briefing";
    let late = RULEBOOK.replacen("cut = { keep = 10 }", "cut = { keep = 9 }", 1);
    let late = Command::AmendRulebook { text: late, reason: reason.to_owned() };
    match play.office.execute_with(play.now, &play.officer(), &play.second(), late) {
        Err(Refusal::Rules(refused @ Inconsistent::AmendsWhatOpened { .. })) => {
            play.tell(format!("an amendment to keep nine in writing is refused: {refused}"))?;
        }
        other => bail!("the written evaluation has opened and its rules were changed: {other:?}"),
    }
    play.officers_ask(Command::AmendRulebook { text: amended(), reason: reason.to_owned() })?;
    play.tell("an amendment gives presentations 25 minutes, not 20: they have not opened")
}

/// The stages that the summary tells of.
fn stages(play: &Play) -> Vec<StageKey> {
    play.rulebook.stages.iter().map(|stage| play.key(stage.id.as_str())).collect()
}
