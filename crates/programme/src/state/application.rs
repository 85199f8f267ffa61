//! Teams and what they apply with.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rulebook::{Id, Intake};

use super::{Context, Inconsistent, State};
use crate::{ApplicationFacts, Document, DocumentFacts, Event, OrganisationId, StageKey, TeamId};

/// A team and its application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    /// What people call it.
    pub name: String,
    /// The window in which it applies.
    pub window: Id,
    /// The lead organisation.
    pub lead: OrganisationId,
    /// The organisations, the lead included, and whether each has consented.
    pub members: BTreeMap<OrganisationId, bool>,
    /// The documents.
    pub documents: BTreeMap<Id, Document>,
    /// When it was submitted, last.
    pub submitted: Option<Timestamp>,
    /// When, and why, it was refused.
    pub refused: Option<(Timestamp, String)>,
    /// When it withdrew.
    pub withdrew: Option<Timestamp>,
    /// Until when it may mend a formal gap.
    pub supplement: Option<Timestamp>,
}

impl Team {
    /// Whether it stands in the first stage of its window.
    pub fn stands(&self) -> bool {
        self.submitted.is_some() && self.withdrew.is_none()
    }
}

impl State {
    /// The team called this.
    pub fn team(&self, team: &TeamId) -> Result<&Team, Inconsistent> {
        self.teams.get(team).ok_or_else(|| Inconsistent::unknown("team", team))
    }

    fn team_mut(&mut self, team: &TeamId) -> Result<&mut Team, Inconsistent> {
        self.teams.get_mut(team).ok_or_else(|| Inconsistent::unknown("team", team))
    }

    pub(super) fn apply_application(&mut self, context: Context<'_>, event: &Event) -> Result<(), Inconsistent> {
        match event {
            Event::ApplicationStarted { team, window, name, lead } => {
                self.is_open(context, window)?;
                self.start(team, window, name, lead)
            }
            Event::MemberInvited { team, organisation } => self.invite(context, team, organisation),
            Event::MemberConsented { team, organisation } => {
                let consent = self.team_mut(team)?.members.get_mut(organisation);
                *consent.ok_or_else(|| Inconsistent::unknown("member", organisation))? = true;
                Ok(())
            }
            Event::DocumentAdded { team, document } => self.add_document(context, team, document),
            Event::ApplicationSubmitted { team } => self.submit(context, team),
            Event::ApplicationRefused { team, because } => self.refuse(context, team, because),
            Event::TeamWithdrew { team } => self.withdraw(context, team),
            Event::SupplementAsked { team, until, .. } => self.ask_supplement(context, team, *until),
            _ => Ok(()),
        }
    }

    /// The window is the one that is open now.
    fn is_open(&self, context: Context<'_>, window: &Id) -> Result<(), Inconsistent> {
        let rules = self.rules()?;
        let open = rules.intake.window_at(&rules.calendar, context.at)?;
        match open {
            Some(open) if open.id == *window => Ok(()),
            _ => Err(Inconsistent::unknown("open window", window)),
        }
    }

    /// The team has not withdrawn, and its window is open.
    fn may_still_apply(&self, context: Context<'_>, team: &TeamId) -> Result<&Team, Inconsistent> {
        let known = self.team(team)?;
        let is = |is| Inconsistent::TeamIs { team: team.clone(), is };
        if known.withdrew.is_some() {
            return Err(is("has withdrawn"));
        }
        self.is_open(context, &known.window).map_err(|_| is("comes outside of its window"))?;
        Ok(known)
    }

    fn start(&mut self, team: &TeamId, window: &Id, name: &str, lead: &OrganisationId) -> Result<(), Inconsistent> {
        self.organisation(lead)?;
        self.is_invited(team, name)?;
        let new = Team {
            name: name.to_owned(),
            window: window.clone(),
            lead: lead.clone(),
            // Whoever starts the application speaks for the lead.
            members: [(lead.clone(), true)].into(),
            documents: BTreeMap::new(),
            submitted: None,
            refused: None,
            withdrew: None,
            supplement: None,
        };
        match self.teams.insert(team.clone(), new) {
            Some(_) => Err(Inconsistent::twice("team", team)),
            None => Ok(()),
        }
    }

    /// Where only some may apply, a team applies under the id by which it is invited, once.
    fn is_invited(&self, team: &TeamId, name: &str) -> Result<(), Inconsistent> {
        let Intake::Invited { teams, .. } = &self.rules()?.intake else { return Ok(()) };
        if !teams.iter().any(|invited| invited.as_str() == name) {
            return Err(Inconsistent::TeamIs {
                team: team.clone(),
                is: "is not invited; it applies under the id that the rulebook names",
            });
        }
        let applies = |known: &Team| known.name == name && known.withdrew.is_none();
        if self.teams.values().any(applies) { Err(Inconsistent::twice("application of", name)) } else { Ok(()) }
    }

    fn invite(
        &mut self,
        context: Context<'_>,
        team: &TeamId,
        organisation: &OrganisationId,
    ) -> Result<(), Inconsistent> {
        self.organisation(organisation)?;
        // A member who joins later has consented to nothing that was submitted.
        if self.may_still_apply(context, team)?.submitted.is_some() {
            return Err(Inconsistent::TeamIs { team: team.clone(), is: "has submitted and takes no more members" });
        }
        let members = &mut self.team_mut(team)?.members;
        match members.insert(organisation.clone(), false) {
            Some(_) => Err(Inconsistent::twice("member", organisation)),
            None => Ok(()),
        }
    }

    /// When the window has closed a document can only come in to mend a gap, in time.
    fn add_document(&mut self, context: Context<'_>, team: &TeamId, document: &Document) -> Result<(), Inconsistent> {
        let supplement = self.team(team)?.supplement;
        let mending = supplement.is_some_and(|until| context.at < until) && self.in_check(team).is_ok();
        if !mending {
            self.may_still_apply(context, team)?;
        }
        self.team_mut(team)?.documents.insert(document.kind.clone(), document.clone());
        Ok(())
    }

    fn submit(&mut self, context: Context<'_>, team: &TeamId) -> Result<(), Inconsistent> {
        let refuse = |is| Err(Inconsistent::TeamIs { team: team.clone(), is });
        let known = self.may_still_apply(context, team)?;
        let rules = self.rules()?;
        if rules.application.members_consent && known.members.values().any(|consented| !consented) {
            return refuse("submits without the consent of every member");
        }
        let rivals = self.teams.iter().filter(|(id, rival)| *id != team && rival.window == known.window);
        if let Intake::Single { max_teams: Some(most), .. } = &rules.intake
            && rivals.filter(|(_, rival)| rival.stands()).count() >= *most as usize
        {
            return refuse("comes after as many as may apply");
        }
        self.team_mut(team)?.submitted = Some(context.at);
        Ok(())
    }

    /// Only what came too late is refused: a team that stands, or whose window is open, is not.
    fn refuse(&mut self, context: Context<'_>, team: &TeamId, because: &str) -> Result<(), Inconsistent> {
        let known = self.team(team)?;
        if known.submitted.is_some() || known.withdrew.is_some() || self.is_open(context, &known.window).is_ok() {
            return Err(Inconsistent::TeamIs { team: team.clone(), is: "is not too late" });
        }
        self.team_mut(team)?.refused = Some((context.at, because.to_owned()));
        Ok(())
    }

    fn ask_supplement(&mut self, context: Context<'_>, team: &TeamId, until: Timestamp) -> Result<(), Inconsistent> {
        self.in_check(team)?;
        let rules = self.rules()?;
        let clock = rules.application.supplement.as_ref();
        let clock = clock.ok_or_else(|| Inconsistent::unknown("supplement in the rulebook", team))?;
        if rules.calendar.deadline(clock, context.at)? != until {
            let is = "has another time to mend its gap than the rulebook gives";
            return Err(Inconsistent::TeamIs { team: team.clone(), is });
        }
        self.team_mut(team)?.supplement = Some(until);
        Ok(())
    }

    /// The team stands in the first stage of its window, which is open and not decided.
    fn in_check(&self, team: &TeamId) -> Result<(), Inconsistent> {
        let known = self.team(team)?;
        let first = self.rules()?.stages.first().map(|stage| stage.id.clone());
        let key = first.map(|stage| StageKey { window: known.window.clone(), stage });
        let stage = key.and_then(|key| self.stages.get(&key));
        if known.stands() && stage.is_some_and(|stage| stage.candidates.contains(team) && stage.decided.is_none()) {
            return Ok(());
        }
        Err(Inconsistent::TeamIs { team: team.clone(), is: "is not being checked" })
    }

    fn withdraw(&mut self, context: Context<'_>, team: &TeamId) -> Result<(), Inconsistent> {
        let known = self.team_mut(team)?;
        if known.withdrew.replace(context.at).is_some() {
            return Err(Inconsistent::TeamIs { team: team.clone(), is: "has withdrawn already" });
        }
        Ok(())
    }

    /// What the rules look at when they check whether a team is eligible.
    pub(super) fn application_facts(&self, team: &Team) -> ApplicationFacts {
        let facts = |organisation: &OrganisationId| {
            self.organisations.get(organisation).map(|known| known.facts.clone()).unwrap_or_default()
        };
        let members = team.members.keys().map(|member| (member.clone(), facts(member))).collect();
        let documents = team.documents.values().map(|document| DocumentFacts {
            kind: document.kind.clone(),
            format: document.format,
            pages: document.pages,
        });
        ApplicationFacts { lead: team.lead.clone(), members, documents: documents.collect() }
    }
}
