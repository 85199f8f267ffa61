//! Objections: on stated grounds, in time, heard by others than the panel.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rulebook::{Id, Objections};

use super::{Context, Inconsistent, State};
use crate::{By, Event, ObjectionId, PersonId, Role, Sealed, StageKey, TeamId};

/// An objection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Objection {
    /// Against which decision.
    pub key: StageKey,
    /// Whose.
    pub team: TeamId,
    /// On what ground.
    pub ground: Id,
    /// Its words, sealed.
    pub text: Sealed,
    /// When it was filed.
    pub filed: Timestamp,
    /// By when it must be decided.
    pub decide_by: Timestamp,
    /// Who hears it.
    pub reviewers: BTreeSet<PersonId>,
    /// What the reviewers said.
    pub opinions: BTreeMap<PersonId, Opinion>,
    /// Whether it was upheld, why, and when that was decided.
    pub decided: Option<(Opinion, Timestamp)>,
}

/// What somebody made of an objection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opinion {
    /// Whether it is right.
    pub upheld: bool,
    /// Why.
    pub because: String,
}

impl Objection {
    /// Whether more than half of its reviewers find it right.
    pub fn is_upheld_by_most(&self) -> bool {
        let for_it = self.opinions.values().filter(|opinion| opinion.upheld).count();
        for_it * 2 > self.reviewers.len()
    }
}

impl State {
    /// The objection called this.
    pub fn objection(&self, objection: &ObjectionId) -> Result<&Objection, Inconsistent> {
        self.objections.get(objection).ok_or_else(|| Inconsistent::unknown("objection", objection))
    }

    fn objection_mut(&mut self, objection: &ObjectionId) -> Result<&mut Objection, Inconsistent> {
        let found = self.objections.get_mut(objection);
        found.ok_or_else(|| Inconsistent::unknown("objection", objection))
    }

    /// Until when a decision can be contested.
    pub fn objections_until(&self, key: &StageKey) -> Result<Timestamp, Inconsistent> {
        let (rules, rule) = (self.rules_of(key)?, self.objection_rule(key)?);
        let noticed = self.stage(key)?.noticed;
        let is = |is| Inconsistent::StageIs { stage: key.stage.clone(), is };
        Ok(rules.calendar.deadline(&rule.file, noticed.ok_or_else(|| is("has given no notice"))?)?)
    }

    /// Whether an objection against a decision of the stage waits to be decided.
    pub(super) fn is_contested(&self, key: &StageKey) -> bool {
        self.objections.values().any(|known| known.key == *key && known.decided.is_none())
    }

    fn objection_rule(&self, key: &StageKey) -> Result<&Objections, Inconsistent> {
        let rule = self.rules_of(key)?.objections.as_ref();
        rule.ok_or_else(|| Inconsistent::StageIs { stage: key.stage.clone(), is: "cannot be contested" })
    }

    pub(super) fn apply_objection(&mut self, context: Context<'_>, event: &Event) -> Result<(), Inconsistent> {
        match event {
            Event::ObjectionFiled { objection, key, team, ground, text } => {
                let filed = self.filed(context, key, team, ground, text)?;
                match self.objections.insert(objection.clone(), filed) {
                    Some(_) => Err(Inconsistent::twice("objection", objection)),
                    None => Ok(()),
                }
            }
            Event::ReviewersAppointed { objection, reviewers } => self.appoint(objection, reviewers),
            Event::ObjectionReviewed { objection, upheld, because } => {
                self.review(context, objection, Opinion { upheld: *upheld, because: because.clone() })
            }
            Event::ObjectionDecided { objection, upheld, because } => {
                self.settle(context, objection, Opinion { upheld: *upheld, because: because.clone() })
            }
            _ => Ok(()),
        }
    }

    fn filed(
        &self,
        context: Context<'_>,
        key: &StageKey,
        team: &TeamId,
        ground: &Id,
        text: &Sealed,
    ) -> Result<Objection, Inconsistent> {
        let refuse = |is| Err(Inconsistent::TeamIs { team: team.clone(), is });
        let (rules, rule, stage) = (self.rules_of(key)?, self.objection_rule(key)?, self.stage(key)?);
        if !rule.grounds.iter().any(|known| known.id == *ground) {
            return Err(Inconsistent::unknown("ground", ground));
        }
        if !stage.candidates.contains(team) {
            return refuse("does not stand in this stage");
        }
        if !self.team(team)?.stands() {
            return refuse("has withdrawn");
        }
        if context.at >= self.objections_until(key)? {
            return refuse("objects after the clock has run out");
        }
        // A second result cannot be contested, and each decision only so often.
        let earlier = self.objections.values().filter(|known| known.key == *key && known.team == *team).count();
        if !stage.set_aside.is_empty() || earlier >= rule.per_decision as usize {
            return refuse("has used its objections against this decision");
        }
        Ok(Objection {
            key: key.clone(),
            team: team.clone(),
            ground: ground.clone(),
            text: text.clone(),
            filed: context.at,
            decide_by: rules.calendar.deadline(&rule.decide, context.at)?,
            reviewers: BTreeSet::new(),
            opinions: BTreeMap::new(),
            decided: None,
        })
    }

    /// Reviewers hold the role; that none of them sat on the panel is for the office to see, who alone knows names.
    fn appoint(&mut self, objection: &ObjectionId, reviewers: &BTreeSet<PersonId>) -> Result<(), Inconsistent> {
        let rule = self.objection_rule(&self.objection(objection)?.key)?;
        let is = |is| Inconsistent::ObjectionIs { objection: objection.clone(), is };
        if reviewers.len() != rule.reviewers as usize {
            return Err(is("needs another number of reviewers"));
        }
        for reviewer in reviewers {
            let person = self.person(reviewer)?;
            if !person.roles.contains(&Role::Reviewer) || person.identity.is_none() {
                return Err(Inconsistent::NotTheirs { who: reviewer.to_string() });
            }
        }
        let known = self.objection_mut(objection)?;
        if known.decided.is_some() {
            return Err(is("is decided already"));
        }
        // Whoever has spoken stays: reviewers are not exchanged for what they said.
        if !known.opinions.keys().all(|spoken| reviewers.contains(spoken)) {
            return Err(is("would lose a reviewer who has given an opinion"));
        }
        known.reviewers.clone_from(reviewers);
        Ok(())
    }

    fn review(&mut self, context: Context<'_>, objection: &ObjectionId, opinion: Opinion) -> Result<(), Inconsistent> {
        let known = self.objection_mut(objection)?;
        if known.decided.is_some() {
            return Err(Inconsistent::ObjectionIs { objection: objection.clone(), is: "is decided already" });
        }
        match context.by {
            By::Reviewer(reviewer) if known.reviewers.contains(reviewer) => {
                known.opinions.insert(reviewer.clone(), opinion);
                Ok(())
            }
            _ => Err(Inconsistent::NotTheirs { who: "only a reviewer of this objection".to_owned() }),
        }
    }

    fn settle(&mut self, context: Context<'_>, objection: &ObjectionId, opinion: Opinion) -> Result<(), Inconsistent> {
        let known = self.objection_mut(objection)?;
        let is = |is| Err(Inconsistent::ObjectionIs { objection: objection.clone(), is });
        if known.decided.is_some() {
            return is("is decided already");
        }
        if known.reviewers.is_empty() || known.opinions.len() < known.reviewers.len() {
            return is("still waits for its reviewers");
        }
        if known.is_upheld_by_most() != opinion.upheld {
            return is("is not decided as most of its reviewers advise");
        }
        let upheld = opinion.upheld;
        known.decided = Some((opinion, context.at));
        let key = known.key.clone();
        if upheld { self.set_aside(&key) } else { Ok(()) }
    }

    /// Sets a decision aside, so that the stage is decided anew from mended facts. What already followed from it
    /// cannot be undone by an event: a decision on which a later stage or an agreement rests stands, and beside it stands that the
    /// objection was right. A remedy is then for the officers to find, in the open.
    fn set_aside(&mut self, key: &StageKey) -> Result<(), Inconsistent> {
        let later = self.rules()?.stages.iter().skip_while(|stage| stage.id != key.stage).skip(1);
        let later: BTreeSet<_> = later.map(|stage| stage.id.clone()).collect();
        if self.stages.keys().any(|other| other.window == key.window && later.contains(&other.stage)) {
            return Ok(());
        }
        let signs = |team: &TeamId| self.agreement_stage(team).is_ok_and(|after| after == *key);
        if self.agreements.keys().any(signs) {
            return Ok(());
        }
        let stage = self.stage_mut(key)?;
        stage.set_aside.extend(stage.decided.take());
        (stage.noticed, stage.published) = (None, None);
        Ok(())
    }
}
