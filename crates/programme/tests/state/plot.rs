//! A plot: what happens in a small programme. Playing it gives the history that the record would hold.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use programme::{
    By, EvaluatorId, Event, Mark, OpenedSheet, OrganisationFacts, OrganisationId, PersonId, Pool, PoolEntry, Recorded,
    Role, Sealed, Seed, SeedAnnouncement, SeedPurpose, SeedSource, Sheet, StageKey, State, TeamId, sealed_as,
};
use proptest::prelude::*;
use rulebook::Exact;

pub(crate) const RULEBOOK: &str = include_str!("rulebook.toml");

/// What happens besides what always does.
#[derive(Clone, Debug)]
pub(crate) struct Plot {
    /// The marks of three evaluators, for each team.
    pub(crate) marks: Vec<[i64; 3]>,
    /// A team that withdraws when the panel sits.
    pub(crate) withdraws: Option<usize>,
    /// Whether the first who is drawn declines.
    pub(crate) declines: bool,
    /// An evaluator who steps aside for a team.
    pub(crate) recusal: Option<(usize, usize)>,
    /// Whether somebody objects, and whether it is upheld.
    pub(crate) objection: Option<bool>,
    /// What the dice show.
    pub(crate) thrown: u64,
}

impl Plot {
    /// Everything happens.
    pub(crate) fn full() -> Self {
        let marks = vec![[9, 9, 8], [8, 7, 9], [6, 7, 7], [5, 5, 6], [2, 3, 2]];
        Self { marks, withdraws: Some(4), declines: true, recusal: Some((1, 3)), objection: Some(true), thrown: 7 }
    }

    /// Anything happens.
    pub(crate) fn any() -> impl Strategy<Value = Self> {
        let marks = proptest::collection::vec([0..=10_i64, 0..=10_i64, 0..=10_i64], 3..7);
        let some = proptest::option::of(0..3_usize);
        let recusal = proptest::option::of((0..3_usize, 0..3_usize));
        let objection = proptest::option::of(any::<bool>());
        (marks, some, any::<bool>(), recusal, objection, any::<u64>()).prop_map(
            |(marks, withdraws, declines, recusal, objection, thrown)| Self {
                marks,
                withdraws,
                declines,
                recusal,
                objection,
                thrown,
            },
        )
    }

    /// Plays it.
    pub(crate) fn play(&self) -> Play {
        let mut play = Play::found();
        play.apply_all(self.marks.len());
        play.check();
        play.seat(self);
        if let Some(team) = self.withdraws {
            play.does(applicant(team), Event::TeamWithdrew { team: self::team(team) });
        }
        play.score(self);
        play.decide(&key("written"));
        if let Some(upheld) = self.objection {
            play.object(self.marks.len(), upheld);
        }
        play
    }
}

/// A history, and the state that it made as it happened.
pub(crate) struct Play {
    pub(crate) history: Vec<Recorded>,
    pub(crate) state: State,
    now: Timestamp,
}

pub(crate) fn key(stage: &str) -> StageKey {
    StageKey { window: "call".into(), stage: stage.into() }
}

pub(crate) fn team(n: usize) -> TeamId {
    TeamId::new(format!("t-{n}"))
}

pub(crate) fn lead(n: usize) -> OrganisationId {
    OrganisationId::new(format!("o-{n}"))
}

pub(crate) fn officer(n: usize) -> By {
    By::Officer(PersonId::new(format!("p-officer-{n}")))
}

pub(crate) fn applicant(n: usize) -> By {
    By::Applicant(PersonId::new(format!("p-applicant-{n}")))
}

pub(crate) fn reviewer() -> PersonId {
    "p-reviewer".into()
}

pub(crate) fn sealed(what: &str) -> Sealed {
    sealed_as(&what, "00").unwrap()
}

pub(crate) fn evaluator(n: usize) -> EvaluatorId {
    EvaluatorId::new(format!("e-{n}"))
}

impl Play {
    /// Two founders and their rulebook.
    pub(crate) fn found() -> Self {
        let now = "2025-06-20T00:00:00Z".parse().unwrap();
        let mut play = Self { history: Vec::new(), state: State::default(), now };
        for n in 1..=2 {
            let By::Officer(person) = officer(n) else { panic!() };
            play.person(&officer(n), &person);
            play.does(officer(n), Event::RoleGranted { person, role: Role::Officer, second: None });
        }
        let (hash, By::Officer(second)) = (rulebook::hash(RULEBOOK), officer(2)) else { panic!() };
        play.does(officer(1), Event::RulebookAdopted { hash, text: RULEBOOK.to_owned(), second });
        play
    }

    /// Something happens, a minute after what happened before.
    pub(crate) fn does(&mut self, by: By, event: Event) {
        self.now += SignedDuration::from_mins(1);
        let recorded = Recorded { at: self.now, by, event };
        self.state.apply(&recorded).unwrap_or_else(|refused| panic!("{recorded:?}: {refused}"));
        self.history.push(recorded);
    }

    fn at(&mut self, moment: &str) {
        self.now = moment.parse().unwrap();
    }

    pub(crate) fn person(&mut self, by: &By, person: &PersonId) {
        let profile = sealed(person.as_str());
        self.does(by.clone(), Event::PersonRegistered { person: person.clone(), profile });
        let method = "face to face".to_owned();
        self.does(by.clone(), Event::IdentityResolved { person: person.clone(), method });
    }

    pub(crate) fn grant(&mut self, person: &PersonId, role: Role) {
        self.does(officer(1), Event::RoleGranted { person: person.clone(), role, second: None });
    }

    /// An organisation that is not barred, and somebody who acts for it.
    pub(crate) fn organisation(&mut self, organisation: &OrganisationId, person: &PersonId) {
        let (name, evidence) = (organisation.to_string(), "register".to_owned());
        self.does(officer(1), Event::OrganisationRegistered { organisation: organisation.clone(), name });
        let facts = OrganisationFacts { barred: Some(false), ..OrganisationFacts::default() };
        self.does(officer(1), Event::FactsEstablished { organisation: organisation.clone(), facts, evidence });
        self.person(&officer(1), person);
        self.grant(person, Role::Applicant { organisation: organisation.clone() });
    }

    pub(crate) fn apply_all(&mut self, teams: usize) {
        for n in 0..teams {
            let (By::Applicant(person), team) = (applicant(n), team(n)) else { panic!() };
            self.organisation(&lead(n), &person);
            let member = OrganisationId::new(format!("o-member-{n}"));
            let dean = PersonId::new(format!("p-dean-{n}"));
            self.organisation(&member, &dean);
            let (window, name) = ("call".into(), format!("Team {n}"));
            let started = Event::ApplicationStarted { team: team.clone(), window, name, lead: lead(n) };
            self.does(applicant(n), started);
            let invited = Event::MemberInvited { team: team.clone(), organisation: member.clone() };
            self.does(applicant(n), invited);
            let consented = Event::MemberConsented { team: team.clone(), organisation: member };
            self.does(By::Applicant(dean), consented);
            self.does(applicant(n), Event::ApplicationSubmitted { team });
        }
    }

    fn open(&mut self, stage: &str) {
        let key = key(stage);
        let rulebook = self.state.adopted().unwrap().hash.clone();
        let candidates = self.state.candidates_of(&key).unwrap();
        self.does(officer(1), Event::StageOpened { key, rulebook, candidates });
    }

    fn check(&mut self) {
        self.at("2025-07-21T07:30:00Z");
        self.open("check");
        self.decide(&key("check"));
    }

    pub(crate) fn decide(&mut self, key: &StageKey) {
        let (decision, cut_line) = self.state.decision(key).unwrap();
        self.does(officer(1), Event::DecisionProposed { key: key.clone(), decision, cut_line });
        self.does(officer(2), Event::DecisionConfirmed { key: key.clone() });
        self.does(officer(1), Event::NoticeGiven { key: key.clone() });
        self.does(officer(1), Event::DecisionPublished { key: key.clone() });
    }

    fn seat(&mut self, plot: &Plot) {
        self.at("2025-07-22T00:00:00Z");
        self.open("written");
        let (key, panel) = (key("written"), "experts".into());
        let known_from: Timestamp = "2025-07-22T09:00:00Z".parse().unwrap();
        let seed = SeedAnnouncement { sources: vec!["dice".to_owned()], known_from };
        let pool = Pool { entries: (0..6).map(entry).collect(), seed: seed.clone() };
        self.does(officer(1), Event::PoolCommitted { key: key.clone(), panel, pool });
        self.does(officer(1), Event::SeedAnnounced { key: key.clone(), announcement: seed });
        self.now = known_from;
        for purpose in [SeedPurpose::Panel("experts".into()), SeedPurpose::Ties] {
            let value = plot.thrown.to_string();
            let seed = Seed(vec![SeedSource { source: "dice".to_owned(), value }]);
            self.does(officer(1), Event::SeedFixed { key: key.clone(), purpose, seed });
        }
        self.draw();
        if plot.declines {
            let evaluator = self.state.drawn(&key, &"experts".into()).unwrap().seated[0].clone();
            let (by, panel, because) = (By::Evaluator(evaluator.clone()), "experts".into(), "abroad".to_owned());
            self.does(by, Event::SeatDeclined { key: key.clone(), panel, evaluator, because });
            self.draw();
        }
        for evaluator in self.seats() {
            self.does(By::Evaluator(evaluator), Event::PledgeSigned { key: key.clone() });
        }
    }

    fn draw(&mut self) {
        let (key, panel) = (key("written"), rulebook::Id::from("experts"));
        let draw = self.state.drawn(&key, &panel).unwrap();
        self.does(officer(1), Event::PanelSeated { key, panel, draw });
    }

    /// Who sits.
    pub(crate) fn seats(&self) -> Vec<EvaluatorId> {
        self.state.stages[&key("written")].seats["experts"].iter().cloned().collect()
    }

    fn score(&mut self, plot: &Plot) {
        let (key, seats) = (key("written"), self.seats());
        if let Some((n, of)) = plot.recusal {
            let (evaluator, because) = (seats[n].clone(), "a former student".to_owned());
            let recused =
                Event::EvaluatorRecused { key: key.clone(), evaluator: evaluator.clone(), team: team(of), because };
            self.does(By::Evaluator(evaluator), recused);
        }
        let (late, of) = self.state.missing_sheets(&key).unwrap().pop_first().unwrap();
        let chased = Event::SheetsChased { key: key.clone(), evaluator: late, teams: [of].into() };
        self.does(officer(1), chased);
        let mut sheets = Vec::new();
        for (evaluator, team) in self.state.missing_sheets(&key).unwrap() {
            let place: usize = team.as_str()[2..].parse().unwrap();
            let n = seats.iter().position(|seat| *seat == evaluator).unwrap();
            let mark = Mark::Given(Exact::from(plot.marks[place][n]));
            let marks = [("total".into(), mark)].into();
            let sheet = Sheet { evaluator, team, marks, votes: Default::default(), keep: None };
            let salt = format!("{:064x}", sheets.len());
            let (by, sealed) = (By::Evaluator(sheet.evaluator.clone()), sealed_as(&sheet, &salt).unwrap());
            self.does(by, Event::SheetSealed { key: key.clone(), team: sheet.team.clone(), sheet: sealed });
            sheets.push(OpenedSheet { sheet, salt });
        }
        self.does(officer(1), Event::SheetsRevealed { key, sheets });
    }

    /// A team that was not kept objects, and one reviewer hears it.
    fn object(&mut self, teams: usize, upheld: bool) {
        let key = key("written");
        let kept = self.state.decided(&key).unwrap().decision.kept.clone();
        let stands = |n: &usize| !kept.contains(&team(*n)) && self.state.teams[&team(*n)].stands();
        let Some(n) = (0..teams).find(stands) else { return };
        let (team, ground, text) = (team(n), "misreading".into(), sealed("page 12"));
        let objection = programme::ObjectionId::from("j-1");
        let filed = Event::ObjectionFiled { objection: objection.clone(), key: key.clone(), team, ground, text };
        self.does(applicant(n), filed);
        self.person(&officer(1), &reviewer());
        self.grant(&reviewer(), Role::Reviewer);
        let reviewers = BTreeSet::from([reviewer()]);
        self.does(officer(1), Event::ReviewersAppointed { objection: objection.clone(), reviewers });
        let because = "page 12 was misread".to_owned();
        let reviewed = Event::ObjectionReviewed { objection: objection.clone(), upheld, because: because.clone() };
        self.does(By::Reviewer(reviewer()), reviewed);
        self.does(officer(1), Event::ObjectionDecided { objection, upheld, because });
        if upheld {
            self.decide(&key);
        }
    }
}

/// A candidate evaluator.
pub(crate) fn entry(n: usize) -> PoolEntry {
    PoolEntry {
        evaluator: evaluator(n),
        person: sealed(&format!("person {n}")),
        field: None,
        organisation: format!("l-{n}"),
        conflicts: Default::default(),
    }
}
