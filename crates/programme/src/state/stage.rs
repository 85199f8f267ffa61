//! A stage that has opened: its candidates, its sheets and what was measured.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rulebook::{GateTest, Id, Node, Rulebook, Stage};

use super::{Context, Decided, Inconsistent, Proposal, State, rules::window};
use crate::{
    By, EvaluatorId, Event, Finding, Measurement, OpenedSheet, PoolEntry, Recusal, Sealed, Seed, SeedAnnouncement,
    SeedPurpose, Sheet, StageKey, TeamId, Undecided, check_sheet, sealed_as,
};

/// A stage that has opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageState {
    /// The hash of the rulebook under which it opened; amendments do not reach it.
    pub rulebook: String,
    /// When it opened.
    pub opened: Timestamp,
    /// The teams that stood in it when it opened.
    pub candidates: BTreeSet<TeamId>,
    /// The pools, by panel.
    pub pools: BTreeMap<Id, Vec<PoolEntry>>,
    /// What seeds were announced for what.
    pub announced: BTreeMap<SeedPurpose, SeedAnnouncement>,
    /// The seeds that are known.
    pub seeds: BTreeMap<SeedPurpose, Seed>,
    /// Who was drawn and does not sit, by panel.
    pub declined: BTreeMap<Id, BTreeSet<EvaluatorId>>,
    /// Who sits, by panel.
    pub seats: BTreeMap<Id, BTreeSet<EvaluatorId>>,
    /// Who signed the pledge.
    pub pledged: BTreeSet<EvaluatorId>,
    /// Who does not judge whom, and why.
    pub recusals: BTreeMap<Recusal, String>,
    /// Until when sheets are taken; without end where the rulebook sets no clock.
    pub review_until: Option<Timestamp>,
    /// The sealed sheets.
    pub sealed: BTreeMap<(EvaluatorId, TeamId), Sealed>,
    /// The sheets, once they are opened.
    pub sheets: Option<Vec<Sheet>>,
    /// What was measured.
    pub measurements: BTreeMap<TeamId, BTreeMap<Id, Measurement>>,
    /// What was found.
    pub findings: BTreeMap<TeamId, BTreeMap<Id, Finding>>,
    /// A decision that waits for its second officer.
    pub proposal: Option<Proposal>,
    /// The decision that stands.
    pub decided: Option<Decided>,
    /// Decisions that an objection set aside.
    pub set_aside: Vec<Decided>,
    /// When the teams had notice.
    pub noticed: Option<Timestamp>,
    /// When the decision was published.
    pub published: Option<Timestamp>,
}

impl StageState {
    fn opened_with(rulebook: &str, context: Context<'_>, candidates: BTreeSet<TeamId>) -> Self {
        Self {
            rulebook: rulebook.to_owned(),
            opened: context.at,
            candidates,
            pools: BTreeMap::new(),
            announced: BTreeMap::new(),
            seeds: BTreeMap::new(),
            declined: BTreeMap::new(),
            seats: BTreeMap::new(),
            pledged: BTreeSet::new(),
            recusals: BTreeMap::new(),
            review_until: None,
            sealed: BTreeMap::new(),
            sheets: None,
            measurements: BTreeMap::new(),
            findings: BTreeMap::new(),
            proposal: None,
            decided: None,
            set_aside: Vec::new(),
            noticed: None,
            published: None,
        }
    }

    /// The panel on which an evaluator sits.
    pub fn panel_of(&self, evaluator: &EvaluatorId) -> Option<&Id> {
        self.seats.iter().find(|(_, seats)| seats.contains(evaluator)).map(|(panel, _)| panel)
    }

    /// Whether the evaluator does not judge the team.
    pub fn is_recused(&self, evaluator: &EvaluatorId, team: &TeamId) -> bool {
        self.recusals.contains_key(&Recusal { evaluator: evaluator.clone(), team: team.clone() })
    }
}

impl State {
    /// The stage, if it has opened.
    pub fn stage(&self, key: &StageKey) -> Result<&StageState, Inconsistent> {
        self.stages.get(key).ok_or_else(|| Inconsistent::unknown("open stage", &key.stage))
    }

    pub(super) fn stage_mut(&mut self, key: &StageKey) -> Result<&mut StageState, Inconsistent> {
        self.stages.get_mut(key).ok_or_else(|| Inconsistent::unknown("open stage", &key.stage))
    }

    /// A stage in which facts may still come in: open and not decided.
    pub(super) fn undecided_mut(&mut self, key: &StageKey) -> Result<&mut StageState, Inconsistent> {
        let stage = self.stage_mut(key)?;
        if stage.decided.is_some() {
            return Err(Inconsistent::StageIs { stage: key.stage.clone(), is: "is decided" });
        }
        // New facts make a waiting proposal stale.
        stage.proposal = None;
        Ok(stage)
    }

    /// The rules under which a stage opened.
    pub fn rules_of(&self, key: &StageKey) -> Result<&Rulebook, Inconsistent> {
        self.rulebook_of(&self.stage(key)?.rulebook)
    }

    /// The rule of a stage that has opened.
    pub fn stage_rule(&self, key: &StageKey) -> Result<&Stage, Inconsistent> {
        let found = self.rules_of(key)?.stage(&key.stage);
        found.ok_or_else(|| Inconsistent::unknown("stage", &key.stage))
    }

    /// The teams that stand in a stage when it opens: all that applied, or those that the stage before it kept.
    pub fn candidates_of(&self, key: &StageKey) -> Result<BTreeSet<TeamId>, Inconsistent> {
        let rules = self.rules()?;
        if rules.stage(&key.stage).is_none() {
            return Err(Inconsistent::unknown("stage", &key.stage));
        }
        let Some(before) = rules.stage_before(&key.stage) else {
            let standing = self.teams.iter().filter(|(_, team)| team.window == key.window && team.stands());
            return Ok(standing.map(|(id, _)| id.clone()).collect());
        };
        let before = StageKey { window: key.window.clone(), stage: before.id.clone() };
        let stage = self.stage(&before)?;
        let unready = |is| Inconsistent::StageIs { stage: before.stage.clone(), is };
        let decided = stage.decided.as_ref().ok_or_else(|| unready("is not decided"))?;
        stage.noticed.ok_or_else(|| unready("has given no notice"))?;
        if self.is_contested(&before) {
            return Err(unready("has an objection that is not decided"));
        }
        let stands = |team: &&TeamId| self.teams.get(*team).is_some_and(super::Team::stands);
        Ok(decided.decision.kept.iter().filter(stands).cloned().collect())
    }

    pub(super) fn open_stage(
        &mut self,
        context: Context<'_>,
        key: &StageKey,
        rulebook: &str,
        candidates: &BTreeSet<TeamId>,
    ) -> Result<(), Inconsistent> {
        if self.stages.contains_key(key) {
            return Err(Inconsistent::twice("open stage", &key.stage));
        }
        if self.adopted()?.hash != rulebook {
            return Err(Inconsistent::WrongHash);
        }
        let rules = self.rules()?;
        let rule = rules.stage(&key.stage).ok_or_else(|| Inconsistent::unknown("stage", &key.stage))?;
        let unset: Vec<_> = rule.unset().into_iter().map(|unset| unset.path).collect();
        if !unset.is_empty() {
            return Err(Inconsistent::Unset { stage: key.stage.clone(), unset });
        }
        match rules.stage_before(&key.stage) {
            None => self.window_is_closed(context, key)?,
            Some(before) => self.is_past_objections(context, key, &before.id)?,
        }
        if self.candidates_of(key)? != *candidates {
            return Err(Inconsistent::WrongCandidates { stage: key.stage.clone() });
        }
        let mut stage = StageState::opened_with(rulebook, context, candidates.clone());
        let review = rule.review.as_ref().map(|clock| rules.calendar.deadline(clock, context.at));
        stage.review_until = review.transpose()?;
        self.stages.insert(key.clone(), stage);
        Ok(())
    }

    /// The first stage opens when its window has closed: one that never opened has not.
    fn window_is_closed(&self, context: Context<'_>, key: &StageKey) -> Result<(), Inconsistent> {
        match window(self.rules()?, &key.window, context.at)? {
            Some(window) if window.closes <= context.at => Ok(()),
            _ => Err(Inconsistent::StageIs { stage: key.stage.clone(), is: "cannot open before the window closes" }),
        }
    }

    pub(super) fn apply_stage(&mut self, context: Context<'_>, event: &Event) -> Result<(), Inconsistent> {
        match event {
            Event::SheetSealed { key, team, sheet } => self.seal(context, key, team, sheet),
            Event::SheetsChased { key, evaluator, teams } => self.chase(key, evaluator, teams),
            Event::ReviewExtended { key, until, because, .. } => self.extend_review(context, key, *until, because),
            Event::SheetsRevealed { key, sheets } => self.reveal(key, sheets),
            Event::Measured { key, team, leaf, measurement, .. } => {
                self.stands_in(key, team)?;
                self.is_measured(key, leaf)?;
                let measured = self.undecided_mut(key)?.measurements.entry(team.clone()).or_default();
                measured.insert(leaf.clone(), measurement.clone());
                Ok(())
            }
            Event::FindingEntered { key, team, gate, finding, .. } => {
                if finding.because.trim().is_empty() {
                    return Err(Inconsistent::NoReason);
                }
                self.stands_in(key, team)?;
                self.is_found(key, gate)?;
                let found = self.undecided_mut(key)?.findings.entry(team.clone()).or_default();
                found.insert(gate.clone(), finding.clone());
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The leaf is one that is measured.
    fn is_measured(&self, key: &StageKey, leaf: &Id) -> Result<(), Inconsistent> {
        let mut nodes = self.stage_rule(key)?.score.iter().flat_map(Node::walk);
        let found = nodes.any(|node| node.id == *leaf && node.measured.is_some());
        if found { Ok(()) } else { Err(Inconsistent::unknown("measured leaf", leaf)) }
    }

    /// The gate is one that officers find.
    fn is_found(&self, key: &StageKey, gate: &Id) -> Result<(), Inconsistent> {
        let known = self.stage_rule(key)?.gate(gate);
        let found = known.is_some_and(|gate| matches!(gate.test, Some(GateTest::Finding)));
        if found { Ok(()) } else { Err(Inconsistent::unknown("gate that officers find", gate)) }
    }

    pub(super) fn stands_in(&self, key: &StageKey, team: &TeamId) -> Result<(), Inconsistent> {
        if self.stage(key)?.candidates.contains(team) {
            Ok(())
        } else {
            Err(Inconsistent::TeamIs { team: team.clone(), is: "does not stand in this stage" })
        }
    }

    /// The panel on which the evaluator sits.
    pub(super) fn is_seated(&self, key: &StageKey, evaluator: &EvaluatorId) -> Result<&Id, Inconsistent> {
        let seat = self.stage(key)?.panel_of(evaluator);
        seat.ok_or_else(|| Inconsistent::EvaluatorIs { evaluator: evaluator.clone(), is: "does not sit here" })
    }

    fn seal(
        &mut self,
        context: Context<'_>,
        key: &StageKey,
        team: &TeamId,
        sheet: &Sealed,
    ) -> Result<(), Inconsistent> {
        let By::Evaluator(evaluator) = context.by else {
            return Err(Inconsistent::NotTheirs { who: "only an evaluator".to_owned() });
        };
        self.stands_in(key, team)?;
        let stage = self.undecided_mut(key)?;
        let refuse = |is| Err(Inconsistent::EvaluatorIs { evaluator: evaluator.clone(), is });
        if !stage.pledged.contains(evaluator) {
            return refuse("has not signed the pledge");
        }
        if stage.is_recused(evaluator, team) {
            return refuse("does not judge this team");
        }
        if stage.sheets.is_some() {
            return refuse("comes after the sheets were opened");
        }
        if stage.review_until.is_some_and(|until| context.at >= until) {
            return refuse("comes after the review ended");
        }
        stage.sealed.insert((evaluator.clone(), team.clone()), sheet.clone());
        Ok(())
    }

    /// Where the rulebook has the next stage wait, no objection against the stage before it can be filed any more.
    fn is_past_objections(&self, context: Context<'_>, key: &StageKey, before: &Id) -> Result<(), Inconsistent> {
        let before = StageKey { window: key.window.clone(), stage: before.clone() };
        let waits = self.rules_of(&before)?.objections.as_ref().is_some_and(|rule| rule.next_stage_waits);
        if waits && context.at < self.objections_until(&before)? {
            return Err(Inconsistent::StageIs { stage: before.stage, is: "can still be contested" });
        }
        Ok(())
    }

    /// Reminds of sheets that are missing, and of no others.
    fn chase(&mut self, key: &StageKey, evaluator: &EvaluatorId, teams: &BTreeSet<TeamId>) -> Result<(), Inconsistent> {
        let missing = self.missing_sheets(key)?;
        let wanted = |team: &TeamId| missing.contains(&(evaluator.clone(), team.clone()));
        if self.stage(key)?.sheets.is_none() && !teams.is_empty() && teams.iter().all(wanted) {
            return Ok(());
        }
        Err(Inconsistent::EvaluatorIs {
            evaluator: evaluator.clone(),
            is: "is reminded of a sheet that is not missing",
        })
    }

    /// Every panel that is asked something sits, to the last seat.
    fn panels_sit(&self, key: &StageKey) -> Result<(), Inconsistent> {
        let (stage, rule) = (self.stage(key)?, self.stage_rule(key)?);
        let asked = rule.asked_panels();
        let mut panels = rule.panels.iter().filter(|panel| asked.contains(&panel.id));
        let sits = |panel: &&rulebook::Panel| {
            let seats = stage.seats.get(&panel.id).map_or(0, BTreeSet::len);
            panel.seats == u32::try_from(seats).ok()
        };
        match panels.find(|panel| !sits(panel)) {
            Some(panel) => Err(Inconsistent::PanelIs { panel: panel.id.clone(), is: "does not sit yet" }),
            None => Ok(()),
        }
    }

    fn extend_review(
        &mut self,
        context: Context<'_>,
        key: &StageKey,
        until: Timestamp,
        because: &str,
    ) -> Result<(), Inconsistent> {
        if because.trim().is_empty() {
            return Err(Inconsistent::NoReason);
        }
        let stage = self.undecided_mut(key)?;
        if stage.sheets.is_some() || until <= context.at || stage.review_until.is_none_or(|now| until <= now) {
            return Err(Inconsistent::StageIs { stage: key.stage.clone(), is: "has no review to make longer" });
        }
        stage.review_until = Some(until);
        Ok(())
    }

    fn reveal(&mut self, key: &StageKey, opened: &[OpenedSheet]) -> Result<(), Inconsistent> {
        self.panels_sit(key)?;
        // Opened early, a sheet could be read by those who have not sealed theirs; and what is not sealed when the sheets
        // are opened never comes. Whoever does not answer is excused before.
        let missing = self.missing_sheets(key)?.len();
        if missing > 0 {
            return Err(Inconsistent::SheetsMissing { missing });
        }
        let stage = self.undecided_mut(key)?;
        if stage.sheets.is_some() {
            return Err(Inconsistent::StageIs { stage: key.stage.clone(), is: "has its sheets opened already" });
        }
        for OpenedSheet { sheet, salt } in opened {
            let place = (sheet.evaluator.clone(), sheet.team.clone());
            if stage.sealed.get(&place) != sealed_as(sheet, salt).as_ref() {
                let (evaluator, team) = place;
                return Err(Inconsistent::WrongSheet { evaluator, team });
            }
        }
        let named: BTreeSet<_> = opened.iter().map(|opened| (&opened.sheet.evaluator, &opened.sheet.team)).collect();
        if named.len() != opened.len() || named.len() != stage.sealed.len() {
            return Err(Inconsistent::SheetsLeftSealed);
        }
        stage.sheets = Some(opened.iter().map(|opened| opened.sheet.clone()).collect());
        Ok(())
    }
}

impl State {
    /// Whether a sheet holds what the rules ask of its evaluator's panel, no more and no less.
    pub fn check_sheet(&self, key: &StageKey, sheet: &Sheet) -> Result<(), Inconsistent> {
        let panel = self.is_seated(key, &sheet.evaluator)?;
        let gaps = check_sheet(self.stage_rule(key)?, panel, sheet);
        if gaps.is_empty() { Ok(()) } else { Err(Undecided { gaps }.into()) }
    }

    /// The sheets that are wanted and not sealed: every evaluator for every team that still stands, unless recused.
    pub fn missing_sheets(&self, key: &StageKey) -> Result<BTreeSet<(EvaluatorId, TeamId)>, Inconsistent> {
        let (stage, rule) = (self.stage(key)?, self.stage_rule(key)?);
        let stands = |team: &&TeamId| self.teams.get(*team).is_some_and(super::Team::stands);
        let teams: Vec<_> = stage.candidates.iter().filter(stands).collect();
        let asked = rule.asked_panels();
        let wanted = stage
            .seats
            .iter()
            .filter(|(panel, _)| asked.contains(panel))
            .flat_map(|(_, seats)| seats)
            .flat_map(|evaluator| teams.iter().map(|team| (evaluator.clone(), (*team).clone())));
        let missing =
            |place: &(EvaluatorId, TeamId)| !stage.sealed.contains_key(place) && !stage.is_recused(&place.0, &place.1);
        Ok(wanted.filter(missing).collect())
    }
}
