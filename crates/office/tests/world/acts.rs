//! The acts of a programme: each plays everything before it.

use std::collections::BTreeMap;

use office::{Command, Made};
use programme::{
    Finding, Mark, Measured, Measurement, ObjectionId, Role, Seed, SeedAnnouncement, SeedPurpose, SeedSource, StageKey,
    Vote,
};
use rulebook::{Exact, Id};

use super::{RULEBOOK, World, key, seoul};

/// The teams that apply.
const TEAMS: [&str; 5] = ["Otter", "Owl", "Crane", "Goral", "Oriole"];

/// What will make the seed of the written panel.
pub(crate) fn announced(known_from: &str) -> SeedAnnouncement {
    let sources = ["first throw", "second throw"].map(str::to_owned).to_vec();
    SeedAnnouncement { sources, known_from: seoul(known_from) }
}

/// What it turned out to be.
pub(crate) fn thrown() -> Seed {
    let source = |source: &str, value: &str| SeedSource { source: source.to_owned(), value: value.to_owned() };
    Seed(vec![source("first throw", "3 5 1"), source("second throw", "6 6 2")])
}

impl World {
    /// The rulebook is adopted and the window is open.
    pub(crate) fn opened() -> Self {
        Self::opened_under(RULEBOOK)
    }

    fn opened_under(rulebook: &str) -> Self {
        let mut world = Self::empty();
        world.as_officers(Command::AdoptRulebook { text: rulebook.to_owned() }).unwrap();
        world.at("2025-06-20T09:00:00");
        world
    }

    /// Five teams have submitted.
    pub(crate) fn applied() -> Self {
        Self::applied_under(RULEBOOK)
    }

    /// Five teams have submitted under another rulebook than usual.
    pub(crate) fn applied_under(rulebook: &str) -> Self {
        let mut world = Self::opened_under(rulebook);
        for name in TEAMS {
            let team = world.complete(name);
            world.as_applicant(team, Command::Submit { team: world.team(team) }).unwrap();
        }
        world
    }

    /// The window is closed and the check is open.
    pub(crate) fn checking() -> Self {
        let mut world = Self::applied();
        world.at("2025-07-21T16:30:00");
        world.as_officer(Command::OpenStage { key: key("check") }).unwrap();
        world
    }

    /// All five teams passed the check, and the written stage is open.
    pub(crate) fn reviewing() -> Self {
        let mut world = Self::checking();
        world.at("2025-07-21T19:00:00");
        world.decide(&key("check"));
        world.give_notice(&key("check"));
        world.at("2025-07-22T09:00:00");
        world.as_officer(Command::OpenStage { key: key("written") }).unwrap();
        world.pool = (0..6).map(|n| world.candidate(&format!("Expert {n}"), Vec::new())).collect();
        world
    }

    /// A pool of six is committed; its seed and the seed for ties are thrown at six.
    pub(crate) fn pooled() -> Self {
        let world = Self::reviewing();
        world.commit_pool("2025-07-22T18:00:00").unwrap();
        let seed = announced("2025-07-22T18:00:00");
        world.as_officer(Command::AnnounceSeed { key: key("written"), seed }).unwrap();
        world
    }

    pub(crate) fn commit_pool(&self, known_from: &str) -> Result<office::Done, office::Refusal> {
        let (candidates, seed) = (self.pool.clone(), announced(known_from));
        self.as_officer(Command::CommitPool { key: key("written"), panel: "experts".into(), candidates, seed })
    }

    /// The seeds are known.
    pub(crate) fn thrown() -> Self {
        let mut world = Self::pooled();
        world.at("2025-07-22T18:00:00");
        for purpose in [SeedPurpose::Panel("experts".into()), SeedPurpose::Ties] {
            world.as_officer(Command::FixSeed { key: key("written"), purpose, seed: thrown() }).unwrap();
        }
        world
    }

    /// The panel is drawn and has signed the pledge.
    pub(crate) fn seated() -> Self {
        let mut world = Self::thrown();
        world.seat_panel();
        for n in 0..3 {
            world.as_evaluator(n, Command::SignPledge { key: key("written") }).unwrap();
        }
        world
    }

    /// Draws the panel and finds out who sits.
    pub(crate) fn seat_panel(&mut self) {
        self.as_officer(Command::SeatPanel { key: key("written"), panel: "experts".into() }).unwrap();
        self.panel = self.who_sits(&key("written"));
    }

    /// Who sits, in the order of their pseudonyms.
    pub(crate) fn who_sits(&self, key: &StageKey) -> Vec<programme::PersonId> {
        let state = self.state();
        let people = state.people.keys();
        let seats: BTreeMap<_, _> =
            people.filter_map(|person| Some((self.office.seat_of(key, person)?, person.clone()))).collect();
        seats.into_values().collect()
    }

    /// Every sheet is sealed.
    pub(crate) fn sealed() -> Self {
        let mut world = Self::seated();
        world.at("2025-07-23T10:00:00");
        for n in 0..3 {
            for team in 0..5 {
                world.as_evaluator(n, world.usual_sheet(team)).unwrap();
            }
        }
        world
    }

    /// The sheets are opened.
    pub(crate) fn revealed() -> Self {
        let mut world = Self::sealed();
        world.at("2025-07-24T10:00:00");
        world.as_officer(Command::RevealSheets { key: key("written") }).unwrap();
        world
    }

    /// The first three teams are kept, and every team has notice: a Friday, 25 July, at two.
    pub(crate) fn noticed() -> Self {
        let mut world = Self::revealed();
        world.at("2025-07-25T14:00:00");
        world.decide(&key("written"));
        world.give_notice(&key("written"));
        world
    }

    pub(crate) fn decide(&self, key: &StageKey) {
        self.as_officer(Command::ProposeDecision { key: key.clone() }).unwrap();
        self.as_second(Command::ConfirmDecision { key: key.clone() }).unwrap();
    }

    pub(crate) fn give_notice(&self, key: &StageKey) {
        self.as_officer(Command::GiveNotice { key: key.clone() }).unwrap();
        self.as_officer(Command::PublishDecision { key: key.clone() }).unwrap();
    }

    /// The fourth team, first below the line, has objected and is heard by three.
    pub(crate) fn objected() -> (Self, ObjectionId) {
        let mut world = Self::noticed();
        world.at("2025-07-28T10:00:00");
        let objection = world.object(3);
        world.reviewers = (0..3).map(|n| world.reviewer(&format!("Reviewer {n}"))).collect();
        world.appoint(&objection);
        (world, objection)
    }

    pub(crate) fn object(&self, team: usize) -> ObjectionId {
        match self.as_applicant(team, self.objection(team)).unwrap().made {
            Some(Made::Objection(objection)) => objection,
            made => panic!("no objection was made: {made:?}"),
        }
    }

    pub(crate) fn objection(&self, team: usize) -> Command {
        let text = "page 12 was misread".to_owned();
        Command::FileObjection { key: key("written"), team: self.team(team), ground: "misreading".into(), text }
    }

    pub(crate) fn reviewer(&self, name: &str) -> programme::PersonId {
        let person = self.person_with(name, Vec::new());
        self.grant(&person, Role::Reviewer);
        person
    }

    pub(crate) fn appoint(&self, objection: &ObjectionId) {
        let reviewers = self.reviewers.iter().cloned().collect();
        self.as_officer(Command::AppointReviewers { objection: objection.clone(), reviewers }).unwrap();
    }

    /// All three reviewers say the same, and an officer decides as they advise.
    pub(crate) fn settle(&self, objection: &ObjectionId, upheld: bool) {
        for n in 0..3 {
            let because = "page 12 was read again".to_owned();
            self.as_reviewer(n, Command::ReviewObjection { objection: objection.clone(), upheld, because }).unwrap();
        }
        let because = "as the reviewers advise".to_owned();
        self.as_officer(Command::DecideObjection { objection: objection.clone(), because }).unwrap();
    }

    /// The last stage is open, and its jury named and pledged.
    pub(crate) fn juried() -> (Self, Vec<programme::PersonId>) {
        let mut world = Self::noticed();
        world.at("2025-07-30T09:00:00");
        world.as_officer(Command::OpenStage { key: key("final") }).unwrap();
        let evaluators = (0..3).map(|n| world.candidate(&format!("Juror {n}"), Vec::new())).collect();
        world.as_officers(Command::NamePanel { key: key("final"), panel: "jury".into(), evaluators }).unwrap();
        let jury = world.who_sits(&key("final"));
        for juror in &jury {
            let actor = office::Actor::Evaluator(juror.clone());
            world.ask(&actor, Command::SignPledge { key: key("final") }).unwrap();
        }
        (world, jury)
    }

    /// The last stage is decided and noticed: the first two teams are kept.
    pub(crate) fn finished() -> Self {
        let (mut world, jury) = Self::juried();
        let final_ = key("final");
        for juror in &jury {
            for team in 0..3 {
                let actor = office::Actor::Evaluator(juror.clone());
                world.ask(&actor, world.jury_sheet(team)).unwrap();
            }
        }
        for team in 0..3 {
            world.as_officer(world.measurement(team)).unwrap();
            world.as_officers(world.finding(team)).unwrap();
        }
        world.at("2025-08-04T10:00:00");
        world.as_officer(Command::RevealSheets { key: final_.clone() }).unwrap();
        world.decide(&final_);
        world.give_notice(&final_);
        world
    }

    pub(crate) fn jury_sheet(&self, team: usize) -> Command {
        let talk = 50 - 5 * i64::try_from(team).unwrap();
        let marks: BTreeMap<Id, Mark> = [("talk".into(), Mark::Given(Exact::from(talk)))].into();
        let votes = [("promise".into(), Vote::Met)].into();
        Command::SealSheet { key: key("final"), team: self.team(team), marks, votes, keep: None }
    }

    pub(crate) fn measurement(&self, team: usize) -> Command {
        let value = Measured { value: Exact::from(70), target: None };
        let measurement = Measurement::Values([("benchmark".into(), value)].into());
        let source = "run 1".to_owned();
        Command::EnterMeasurement {
            key: key("final"),
            team: self.team(team),
            leaf: "benchmark".into(),
            measurement,
            source,
        }
    }

    pub(crate) fn finding(&self, team: usize) -> Command {
        let finding = Finding { met: true, because: "the training log shows it".to_owned() };
        Command::EnterFinding { key: key("final"), team: self.team(team), gate: "origin".into(), finding }
    }
}
