//! Applications: begun, filled, submitted in time, mended, withdrawn.

use jiff::Timestamp;
use programme::{Document, Event, Inconsistent, OrganisationId, Team, TeamId};
use rulebook::{Format, Id, Window};

use crate::{
    Command, Made, Refusal,
    desk::{Desk, Plan},
};

pub(crate) fn plan(desk: &mut Desk<'_>, command: Command) -> Result<Plan, Refusal> {
    match command {
        Command::StartApplication { name, lead } => start(desk, name, lead),
        Command::InviteMember { team, organisation } => {
            desk.leads(&team)?;
            in_window(desk, &team)?;
            desk.event(Event::MemberInvited { team, organisation })
        }
        Command::Consent { team, organisation } => {
            desk.acts_for(&team, &organisation)?;
            desk.event(Event::MemberConsented { team, organisation })
        }
        Command::AddDocument { team, kind, format, pages, content } => {
            let document = Arriving { kind, format, pages };
            add_document(desk, team, document, &content)
        }
        Command::Submit { team } => submit(desk, team),
        Command::Withdraw { team } => {
            desk.leads(&team)?;
            desk.event(Event::TeamWithdrew { team })
        }
        Command::AskSupplement { team, what } => ask_supplement(desk, team, what),
        _ => desk.blank(),
    }
}

/// A document as it arrives.
struct Arriving {
    kind: Id,
    format: Format,
    pages: Option<u32>,
}

fn start(desk: &mut Desk<'_>, name: String, lead: OrganisationId) -> Result<Plan, Refusal> {
    let team = TeamId::new(desk.name("t")?);
    desk.acts_for(&team, &lead)?;
    let window = open_window(desk)?.id;
    let mut plan = desk.event(Event::ApplicationStarted { team: team.clone(), window, name, lead })?;
    plan.made = Some(Made::Team(team));
    Ok(plan)
}

/// The window that is open now.
fn open_window(desk: &Desk<'_>) -> Result<Window, Refusal> {
    let rules = desk.state.rules()?;
    let window = rules.intake.latest_window(&rules.calendar, desk.at).map_err(Inconsistent::Clock)?;
    match window {
        Some(window) if desk.at < window.closes => Ok(window),
        Some(window) => Err(Refusal::NoWindow(closed_since(desk, window.closes)?)),
        None => Err(Refusal::NoWindow("none has opened yet".to_owned())),
    }
}

/// The clock's reason: when the window closed, and how long ago that is.
fn closed_since(desk: &Desk<'_>, closes: Timestamp) -> Result<String, Refusal> {
    let late = desk.at.duration_since(closes);
    let (hours, minutes, seconds) = (late.as_hours(), late.as_mins() % 60, late.as_secs() % 60);
    Ok(format!("the window closed at {}, {hours}:{minutes:02}:{seconds:02} before this", desk.shown(closes)?))
}

/// The team's own window, if it is still open.
fn in_window(desk: &Desk<'_>, team: &TeamId) -> Result<Window, Refusal> {
    let own = &desk.state.team(team)?.window;
    let window = open_window(desk)?;
    if window.id == *own { Ok(window) } else { Err(Refusal::NoWindow(format!("window `{own}` is over"))) }
}

fn add_document(desk: &mut Desk<'_>, team: TeamId, arriving: Arriving, content: &[u8]) -> Result<Plan, Refusal> {
    let known = desk.leads(&team)?;
    let mending = known.supplement.is_some_and(|until| desk.at < until);
    if !mending {
        in_window(desk, &team)?;
    }
    let Arriving { kind, format, pages } = arriving;
    let rule = desk.state.rules()?.application.documents.iter().find(|rule| rule.id == kind);
    let rule = rule.ok_or_else(|| Refusal::BadDocument(format!("an application holds no document `{kind}`")))?;
    if !rule.formats.contains(&format) {
        return Err(Refusal::BadDocument(format!("`{kind}` is taken as {:?}, not as {format:?}", rule.formats)));
    }
    if content.is_empty() {
        return Err(Refusal::BadDocument(format!("`{kind}` is empty")));
    }
    let mut plan = desk.blank()?;
    let size = u64::try_from(content.len()).unwrap_or(u64::MAX);
    let content = plan.seal(desk.entropy, content)?;
    let document = Document { kind, format, pages, size, content };
    plan.events.push(Event::DocumentAdded { team, document });
    Ok(plan)
}

/// A submission that comes too late is noted, so that nobody can say it was never made, and refused.
fn submit(desk: &Desk<'_>, team: TeamId) -> Result<Plan, Refusal> {
    let known = desk.leads(&team)?;
    // What is noted is an application that never came in; one that did, or that was withdrawn, is only refused.
    let never_came = known.submitted.is_none() && known.withdrew.is_none();
    if let Err(refusal) = in_window(desk, &team) {
        let Refusal::NoWindow(because) = refusal else { return Err(refusal) };
        if !never_came {
            return Err(Refusal::NoWindow(because));
        }
        let mut plan = desk.event(Event::ApplicationRefused { team, because: because.clone() })?;
        plan.refusal = Some(Refusal::Late { because });
        return Ok(plan);
    }
    let missing = missing(desk, known)?;
    if missing.is_empty() {
        desk.event(Event::ApplicationSubmitted { team })
    } else {
        Err(Refusal::Incomplete { missing })
    }
}

/// What an application still lacks before it can be submitted.
///
/// A required document that is missing is a formal gap, which the check of eligibility finds and the team may mend; a
/// member's consent is nobody's to give but the member's own, so without it nothing is submitted.
fn missing(desk: &Desk<'_>, team: &Team) -> Result<Vec<String>, Refusal> {
    if !desk.state.rules()?.application.members_consent {
        return Ok(Vec::new());
    }
    let silent = team.members.iter().filter(|(_, consented)| !**consented);
    Ok(silent.map(|(member, _)| format!("member `{member}` has not consented")).collect())
}

fn ask_supplement(desk: &Desk<'_>, team: TeamId, what: String) -> Result<Plan, Refusal> {
    let rules = desk.state.rules()?;
    let Some(clock) = &rules.application.supplement else {
        return Err(Refusal::BadDocument("the rulebook lets no gap be mended".to_owned()));
    };
    let until = rules.calendar.deadline(clock, desk.at).map_err(Inconsistent::Clock)?;
    desk.event(Event::SupplementAsked { team, what, until })
}
