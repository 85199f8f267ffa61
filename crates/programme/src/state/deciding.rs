//! Deciding: from what is known of a stage to facts, from facts to a decision that two officers make.

use jiff::{Timestamp, civil::Date};
use rulebook::StageKind;

use super::{
    Context, Inconsistent, State,
    rules::{just_before, window},
};
use crate::{By, CutLine, Decision, Event, Facts, PersonId, SeedPurpose, StageKey, cut_line, decide, tally};

/// A decision that waits for its second officer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Who proposed it.
    pub by: PersonId,
    /// The decision.
    pub decision: Decision,
    /// How near the line was.
    pub cut_line: Option<CutLine>,
}

/// A decision that two officers made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// The decision.
    pub decision: Decision,
    /// How near the line was.
    pub cut_line: Option<CutLine>,
    /// Who made it.
    pub by: [PersonId; 2],
    /// When.
    pub at: Timestamp,
}

impl State {
    /// What a stage is decided from, as far as it is known.
    pub fn facts(&self, key: &StageKey) -> Result<Facts, Inconsistent> {
        let stage = self.stage(key)?;
        let withdrew = |team: &crate::TeamId| self.teams.get(team).is_some_and(|team| team.withdrew.is_some());
        let mut facts = Facts {
            stage: key.stage.clone(),
            window: key.window.clone(),
            candidates: stage.candidates.clone(),
            withdrawn: stage.candidates.iter().filter(|team| withdrew(team)).cloned().collect(),
            applications: Default::default(),
            as_of: None,
            panels: stage.seats.clone(),
            recusals: stage.recusals.keys().cloned().collect(),
            sheets: self.counted_sheets(key)?,
            measurements: stage.measurements.clone(),
            findings: stage.findings.clone(),
            seed: stage.seeds.get(&SeedPurpose::Ties).cloned(),
        };
        if self.stage_rule(key)?.kind == StageKind::Eligibility {
            facts.as_of = Some(self.last_day(key)?);
            let standing = self.teams.iter().filter(|(team, _)| stage.candidates.contains(*team));
            facts.applications = standing.map(|(id, team)| (id.clone(), self.application_facts(team))).collect();
        }
        Ok(facts)
    }

    /// The opened sheets that count: a recusal after the sheet was sealed takes it out.
    fn counted_sheets(&self, key: &StageKey) -> Result<Vec<crate::Sheet>, Inconsistent> {
        let stage = self.stage(key)?;
        let counted = stage.sheets.iter().flatten().filter(|sheet| !stage.is_recused(&sheet.evaluator, &sheet.team));
        Ok(counted.cloned().collect())
    }

    /// The last day of the window whose teams stand in the stage.
    fn last_day(&self, key: &StageKey) -> Result<Date, Inconsistent> {
        let rules = self.rules_of(key)?;
        let opened = self.stage(key)?.opened;
        let closes = window(rules, &key.window, opened)?.map_or(opened, |window| window.closes);
        Ok(rules.calendar.date(just_before(closes)?)?.0)
    }

    /// The decision that the rules make of what is known now, and the report on the line where there is one.
    pub fn decision(&self, key: &StageKey) -> Result<(Decision, Option<CutLine>), Inconsistent> {
        let (rules, rule, facts) = (self.rules_of(key)?, self.stage_rule(key)?, self.facts(key)?);
        let decision = decide(rules, &facts)?;
        let ranked = rule.kind == StageKind::Scored && rule.score.is_some();
        let tally = ranked.then(|| tally(rule, &facts).ok()).flatten();
        let line = tally.map(|tally| cut_line(rule, &tally, &decision));
        Ok((decision, line))
    }

    pub(super) fn apply_deciding(&mut self, context: Context<'_>, event: &Event) -> Result<(), Inconsistent> {
        match event {
            Event::DecisionProposed { key, decision, cut_line } => self.propose(context, key, decision, cut_line),
            Event::DecisionConfirmed { key } => self.confirm(context, key),
            Event::NoticeGiven { key } => self.give_notice(context, key),
            Event::DecisionPublished { key } => self.publish(context, key),
            _ => Ok(()),
        }
    }

    /// Once: a second notice would start the objection clocks anew.
    fn give_notice(&mut self, context: Context<'_>, key: &StageKey) -> Result<(), Inconsistent> {
        self.decided(key)?;
        match self.stage_mut(key)?.noticed.replace(context.at) {
            Some(_) => Err(Inconsistent::StageIs { stage: key.stage.clone(), is: "has given notice already" }),
            None => Ok(()),
        }
    }

    /// Once, and after the notice: a team learns its result before everybody does.
    fn publish(&mut self, context: Context<'_>, key: &StageKey) -> Result<(), Inconsistent> {
        self.decided(key)?;
        let is = |is| Inconsistent::StageIs { stage: key.stage.clone(), is };
        let stage = self.stage_mut(key)?;
        stage.noticed.ok_or_else(|| is("has given no notice"))?;
        match stage.published.replace(context.at) {
            Some(_) => Err(is("is published already")),
            None => Ok(()),
        }
    }

    /// The decision that stands.
    pub fn decided(&self, key: &StageKey) -> Result<&Decided, Inconsistent> {
        let decided = self.stage(key)?.decided.as_ref();
        decided.ok_or_else(|| Inconsistent::StageIs { stage: key.stage.clone(), is: "is not decided" })
    }

    fn propose(
        &mut self,
        context: Context<'_>,
        key: &StageKey,
        decision: &Decision,
        cut_line: &Option<CutLine>,
    ) -> Result<(), Inconsistent> {
        let By::Officer(by) = context.by else {
            return Err(Inconsistent::NotTheirs { who: "only an officer".to_owned() });
        };
        self.undecided_mut(key)?;
        let (recomputed, line) = self.decision(key)?;
        if recomputed != *decision {
            return Err(Inconsistent::WrongDecision);
        }
        if line != *cut_line {
            return Err(Inconsistent::WrongCutLine);
        }
        self.may_be_decided(context, key, decision)?;
        let proposal = Proposal { by: by.clone(), decision: recomputed, cut_line: line };
        self.stage_mut(key)?.proposal = Some(proposal);
        Ok(())
    }

    /// No objection is open that may change the facts, and nobody goes out who still has time to mend a gap.
    fn may_be_decided(&self, context: Context<'_>, key: &StageKey, decision: &Decision) -> Result<(), Inconsistent> {
        if self.is_contested(key) {
            let is = "has an objection that is not decided";
            return Err(Inconsistent::StageIs { stage: key.stage.clone(), is });
        }
        if self.stage_rule(key)?.kind != StageKind::Eligibility {
            return Ok(());
        }
        let out = decision.teams.keys().filter(|team| !decision.kept.contains(*team));
        let mending = |team: &&crate::TeamId| {
            let known = self.teams.get(*team).filter(|team| team.stands());
            known.and_then(|team| team.supplement).is_some_and(|until| context.at < until)
        };
        match out.into_iter().find(mending) {
            Some(team) => Err(Inconsistent::TeamIs { team: team.clone(), is: "still has time to mend its gap" }),
            None => Ok(()),
        }
    }

    fn confirm(&mut self, context: Context<'_>, key: &StageKey) -> Result<(), Inconsistent> {
        let By::Officer(second) = context.by else {
            return Err(Inconsistent::NotTheirs { who: "only an officer".to_owned() });
        };
        let is = |is| Inconsistent::StageIs { stage: key.stage.clone(), is };
        let proposal = self
            .stage_mut(key)?
            .proposal
            .take()
            .ok_or_else(|| is("has no decision that waits for a second officer"))?;
        if proposal.by == *second {
            return Err(Inconsistent::OneOfficer(second.clone()));
        }
        // Facts of teams and organisations come in beside the stage: a withdrawal, a document, a certificate.
        if self.decision(key)?.0 != proposal.decision {
            return Err(is("has a proposal that later facts made stale; propose anew"));
        }
        self.may_be_decided(context, key, &proposal.decision)?;
        self.stage_mut(key)?.decided = Some(Decided {
            decision: proposal.decision,
            cut_line: proposal.cut_line,
            by: [proposal.by, second.clone()],
            at: context.at,
        });
        Ok(())
    }
}
