//! Agreements with the teams that were kept.

use jiff::Timestamp;

use super::{Context, Inconsistent, State};
use crate::{Event, Sealed, StageKey, TeamId};

/// An agreement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreed {
    /// Its words, sealed.
    pub agreement: Sealed,
    /// When the team signed.
    pub signed: Timestamp,
    /// When the programme signed.
    pub countersigned: Option<Timestamp>,
}

impl State {
    /// The stage whose kept teams sign, for the window of `team`.
    pub fn agreement_stage(&self, team: &TeamId) -> Result<StageKey, Inconsistent> {
        let rule = self.rules()?.agreement.as_ref();
        let rule = rule.ok_or_else(|| Inconsistent::unknown("agreement in the rulebook", team))?;
        Ok(StageKey { window: self.team(team)?.window.clone(), stage: rule.after.clone() })
    }

    /// Until when a kept team can sign.
    pub fn agreement_until(&self, team: &TeamId) -> Result<Timestamp, Inconsistent> {
        let key = self.agreement_stage(team)?;
        let is = |is| Inconsistent::StageIs { stage: key.stage.clone(), is };
        let noticed = self.stage(&key)?.noticed.ok_or_else(|| is("has given no notice"))?;
        // The clock is the one that was promised when the stage opened, whatever was amended since.
        let rules = self.rules_of(&key)?;
        let rule = rules.agreement.as_ref().ok_or_else(|| Inconsistent::unknown("agreement in the rulebook", team))?;
        Ok(rules.calendar.deadline(&rule.sign, noticed)?)
    }

    pub(super) fn apply_agreement(&mut self, context: Context<'_>, event: &Event) -> Result<(), Inconsistent> {
        match event {
            Event::AgreementSigned { team, agreement } => self.sign(context, team, agreement),
            Event::AgreementCountersigned { team } => {
                let agreed = self.agreements.get_mut(team).ok_or_else(|| Inconsistent::unknown("agreement", team))?;
                match agreed.countersigned.replace(context.at) {
                    Some(_) => Err(Inconsistent::twice("countersignature for team", team)),
                    None => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    fn sign(&mut self, context: Context<'_>, team: &TeamId, agreement: &Sealed) -> Result<(), Inconsistent> {
        let refuse = |is| Err(Inconsistent::TeamIs { team: team.clone(), is });
        let key = self.agreement_stage(team)?;
        if !self.decided(&key)?.decision.kept.contains(team) {
            return refuse("was not kept and has nothing to sign");
        }
        if !self.team(team)?.stands() {
            return refuse("has withdrawn");
        }
        if context.at >= self.agreement_until(team)? {
            return refuse("signs after the clock has run out");
        }
        let agreed = Agreed { agreement: agreement.clone(), signed: context.at, countersigned: None };
        match self.agreements.insert(team.clone(), agreed) {
            Some(_) => Err(Inconsistent::twice("agreement", team)),
            None => Ok(()),
        }
    }
}
