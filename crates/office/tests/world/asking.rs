//! Asking the office, as somebody.

use std::collections::BTreeMap;

use office::{Actor, Command, Done, Refusal};
use programme::{Mark, TeamId};
use rulebook::{Exact, Format, Id};

use super::{World, key};

/// The marks of a sheet: so much for technology, so much for the ecosystem.
pub(crate) fn marks(technology: i64, ecosystem: i64) -> BTreeMap<Id, Mark> {
    let given = |mark: i64| Mark::Given(Exact::from(mark));
    [("technology".into(), given(technology)), ("ecosystem".into(), given(ecosystem))].into()
}

impl World {
    /// Asks, and sees to it that a refusal changed nothing. A late application is noted, and only then.
    pub(crate) fn ask(&self, actor: &Actor, command: Command) -> Result<Done, Refusal> {
        self.see_nothing_changed_if_refused(|| self.office.execute(self.now, actor, command))
    }

    /// Asks as two together.
    pub(crate) fn ask_with(&self, first: &Actor, second: &Actor, command: Command) -> Result<Done, Refusal> {
        self.see_nothing_changed_if_refused(|| self.office.execute_with(self.now, first, second, command))
    }

    fn see_nothing_changed_if_refused(&self, ask: impl FnOnce() -> Result<Done, Refusal>) -> Result<Done, Refusal> {
        let before = (self.office.record().size(), self.state());
        let answer = ask();
        if answer.as_ref().is_err_and(|refusal| !matches!(refusal, Refusal::Late { .. })) {
            assert!(before == (self.office.record().size(), self.state()), "a refusal changed something: {answer:?}");
        }
        answer
    }

    pub(crate) fn officer(&self) -> Actor {
        Actor::Officer(self.officers[0].clone())
    }

    pub(crate) fn second(&self) -> Actor {
        Actor::Officer(self.officers[1].clone())
    }

    pub(crate) fn applicant(&self, team: usize) -> Actor {
        Actor::Applicant(self.teams[team].applicant.clone())
    }

    /// Whoever acts for the member of a team.
    pub(crate) fn dean(&self, team: usize) -> Actor {
        Actor::Applicant(self.teams[team].dean.clone())
    }

    pub(crate) fn evaluator(&self, n: usize) -> Actor {
        Actor::Evaluator(self.panel[n].clone())
    }

    pub(crate) fn as_officer(&self, command: Command) -> Result<Done, Refusal> {
        self.ask(&self.officer(), command)
    }

    pub(crate) fn as_second(&self, command: Command) -> Result<Done, Refusal> {
        self.ask(&self.second(), command)
    }

    /// As both officers together.
    pub(crate) fn as_officers(&self, command: Command) -> Result<Done, Refusal> {
        self.ask_with(&self.officer(), &self.second(), command)
    }

    pub(crate) fn as_applicant(&self, team: usize, command: Command) -> Result<Done, Refusal> {
        self.ask(&self.applicant(team), command)
    }

    pub(crate) fn as_evaluator(&self, n: usize, command: Command) -> Result<Done, Refusal> {
        self.ask(&self.evaluator(n), command)
    }

    pub(crate) fn as_reviewer(&self, n: usize, command: Command) -> Result<Done, Refusal> {
        self.ask(&Actor::Reviewer(self.reviewers[n].clone()), command)
    }

    /// A sheet of the written stage.
    pub(crate) fn sheet(&self, team: &TeamId, marks: BTreeMap<Id, Mark>) -> Command {
        Command::SealSheet { key: key("written"), team: team.clone(), marks, votes: BTreeMap::new(), keep: None }
    }

    /// The `n`th evaluator's sheet for a team that applied as the `team`th: earlier teams are better.
    pub(crate) fn usual_sheet(&self, team: usize) -> Command {
        let step = i64::try_from(team).unwrap();
        self.sheet(&self.team(team), marks(55 - 5 * step, 35 - 5 * step))
    }

    /// A plan, as a document of the `team`th team.
    pub(crate) fn plan(&self, team: usize) -> Command {
        Command::AddDocument {
            team: self.team(team),
            kind: "plan".into(),
            format: Format::Pdf,
            pages: Some(8),
            content: format!("the plan of team {team}").into_bytes(),
        }
    }
}
