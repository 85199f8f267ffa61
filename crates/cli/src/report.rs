//! Reports: a decision and how near its line was, for an officer to read.

use std::collections::BTreeSet;

use programme::{CutLine, Decision, Figure, Outcome, Reason, Reliability, Resampled, TeamId, Turn, WithoutEvaluator};
use rulebook::Exact;

use crate::text::{table, wrapped};

/// What people call a team.
pub(crate) trait Names {
    /// What people call this team.
    fn name(&self, team: &TeamId) -> String;

    /// What people call these teams, one after the other.
    fn names(&self, teams: &BTreeSet<TeamId>) -> String {
        teams.iter().map(|team| self.name(team)).collect::<Vec<_>>().join(", ")
    }
}

impl<F: Fn(&TeamId) -> String> Names for F {
    fn name(&self, team: &TeamId) -> String {
        self(team)
    }
}

/// The table of a decision: every team, its total, what became of it, why, and by which clauses.
pub(crate) fn standings(decision: &Decision, names: impl Names) -> String {
    let mut teams: Vec<&TeamId> = decision.order.iter().flatten().collect();
    let unranked: Vec<_> = decision.teams.keys().filter(|team| !teams.contains(team)).collect();
    teams.extend(unranked);
    let rows = teams.iter().filter_map(|team| {
        let outcome = decision.teams.get(*team)?;
        let fate = if decision.kept.contains(*team) { "goes on".to_owned() } else { reasons(outcome) };
        Some(vec![place(outcome), names.name(team), total(outcome), fate])
    });
    let mut text = table(&["place", "team", "total", "outcome"], &[0, 2], rows.collect());
    for tie in &decision.ties {
        let order: Vec<_> = tie.order.iter().map(|group| names.names(group)).collect();
        text.push_str(&paragraph(&format!("equal at the line; {} says: {}", tie.clause, order.join(" before "))));
    }
    let clauses: Vec<_> = decision.steps.iter().map(|step| &*step.clause).collect();
    text.push_str(&paragraph(&format!("clauses used: {}", clauses.join(", "))));
    text
}

fn paragraph(text: &str) -> String {
    format!("\n{}", wrapped("", text))
}

fn place(outcome: &Outcome) -> String {
    outcome.place.map(|place| place.to_string()).unwrap_or_default()
}

fn total(outcome: &Outcome) -> String {
    outcome.total.as_ref().map(|total| total.rounded(2)).unwrap_or_default()
}

fn reasons(outcome: &Outcome) -> String {
    outcome.reasons.iter().map(reason).collect::<Vec<_>>().join("; ")
}

fn reason(reason: &Reason) -> String {
    match reason {
        Reason::Withdrawn => "withdrew".to_owned(),
        Reason::NotEligible { because, .. } => format!("not eligible: {because}"),
        Reason::GateFailed { gate, .. } => format!("fails gate {gate}"),
        Reason::NoTotal { .. } => "has no total".to_owned(),
        Reason::BelowThreshold { at_least, .. } => format!("below {at_least} points"),
        Reason::NoMajority { votes, .. } => {
            format!("no majority: {} of {}", votes.met, votes.met + votes.not_met)
        }
        Reason::BelowLine { place, keep, .. } => format!("out: place {place}, the line is at {keep}"),
    }
}

/// How near the line was.
pub(crate) fn cut_line(line: &CutLine, names: impl Names) -> String {
    let mut text = "How near the line was".to_owned();
    if let Some(line) = &line.line {
        let (kept, out) = (names.name(&line.last_kept.team), names.name(&line.first_out.team));
        let gap = if line.exact_tie { "an exact tie".to_owned() } else { format!("{} points", shown(&line.gap)) };
        text.push_str(&item(&format!("{kept} is the last in and {out} the first out: {gap}")));
    }
    for resampled in &line.resampled {
        text.push_str(&item(&resampling(line, resampled)));
    }
    text.push_str(&item(&leaving_out(&line.without_evaluator)));
    if let Some(compared) = &line.aggregators {
        let verdict = if compared.agree { "keep the same teams" } else { "do not keep the same teams" };
        text.push_str(&item(&format!("mean, trimmed mean and median {verdict}")));
    }
    for reliability in &line.reliability {
        text.push_str(&item(&agreement(reliability)));
        text.push_str(&severities(reliability));
    }
    text.push_str(&weights(line));
    text.push_str(&resampled_table(line, &names));
    text
}

fn item(text: &str) -> String {
    format!("\n{}", wrapped("  - ", text))
}

fn shown(number: &Exact) -> String {
    number.rounded(2)
}

fn percent(share: &Exact) -> String {
    format!("{} %", (share * &Exact::from(100)).rounded(1))
}

fn resampling(line: &CutLine, resampled: &Resampled) -> String {
    let (panel, number, panels) = (&resampled.panel, resampled.evaluators, &resampled.multisets);
    let Some(outcome) = &resampled.outcome else {
        return format!("panel {panel}: {panels} panels could be drawn from its {number}, too many to go through");
    };
    let all = format!("of all {panels} panels that can be drawn from the {number} of panel {panel}");
    match (&outcome.line, &line.line) {
        (Some(swap), Some(_)) => format!(
            "{all}, {} turn the two at the line round and {} leave them equal",
            percent(&swap.swapped),
            percent(&swap.equal),
        ),
        _ => format!("{all}, none has two teams at the line"),
    }
}

fn leaving_out(without: &[WithoutEvaluator]) -> String {
    let changes = |one: &&WithoutEvaluator| {
        one.list.as_ref().is_some_and(|list| !list.enter.is_empty() || !list.leave.is_empty() || !list.tied.is_empty())
    };
    let changed = without.iter().filter(changes).count();
    format!("leaving one evaluator out changes the list for {changed} of {}", without.len())
}

fn agreement(reliability: &Reliability) -> String {
    let mut parts = vec![format!("agreement of panel {} at {}", reliability.panel, reliability.at)];
    if let Some(icc) = &reliability.icc {
        let figures =
            |of: &programme::IccInterval| format!("{} [{}, {}]", short(&of.value), short(&of.low), short(&of.high));
        parts.push(format!("ICC(A,1) {}", figures(&icc.agreement_single)));
        parts.push(format!("ICC(C,k) {}", figures(&icc.consistency_mean)));
    }
    if let Some(alpha) = &reliability.alpha {
        parts.push(format!("Krippendorff's alpha {}", short(alpha)));
    }
    if reliability.missing > 0 {
        let missing = reliability.missing;
        let (values, are) = if missing == 1 { ("value", "is") } else { ("values", "are") };
        parts.push(format!("{missing} {values} {are} missing, so there is no ICC"));
    }
    parts.join("; ")
}

/// Two decimals are enough for people.
fn short(figure: &Figure) -> String {
    figure.as_str().parse::<Exact>().map(|value| value.rounded(2)).unwrap_or_else(|_| figure.as_str().to_owned())
}

/// The most lenient and the most severe evaluator.
fn severities(reliability: &Reliability) -> String {
    let by_severity = || reliability.evaluator.iter().map(|one| &one.severity);
    let (Some(least), Some(most)) = (by_severity().min(), by_severity().max()) else { return String::new() };
    item(&format!("the harshest evaluator lies {} from the panel's mean, the mildest {}", shown(least), shown(most)))
}

/// What every part weighs on paper and in fact.
fn weights(line: &CutLine) -> String {
    if line.weights.is_empty() {
        return String::new();
    }
    let rows = line.weights.iter().map(|weight| {
        let turns = match &weight.turns {
            Some(Turn::At { points, .. }) => format!("at {} points", shown(points)),
            Some(Turn::Never) => "never".to_owned(),
            None => String::new(),
        };
        let share = weight.share.as_ref().map(percent).unwrap_or_default();
        vec![weight.node.to_string(), shown(&weight.points), shown(&weight.range), share, turns]
    });
    let head = ["part", "points", "range", "separates", "turns the line"];
    format!("\n\n{}", table(&head, &[1, 2, 3], rows.collect()))
}

/// For the teams whose fate hangs on who sat: how often they would be kept.
fn resampled_table(line: &CutLine, names: &impl Names) -> String {
    let outcomes = line.resampled.iter().filter_map(|resampled| resampled.outcome.as_ref());
    let (never, always) = (Exact::zero(), Exact::one());
    let mut teams: Vec<_> = outcomes
        .flat_map(|outcome| &outcome.teams)
        .filter(|(_, team)| team.kept != never && team.kept != always)
        .collect();
    if teams.is_empty() {
        return String::new();
    }
    teams.sort_by(|(_, a), (_, b)| b.kept.cmp(&a.kept));
    let rows = teams.into_iter().map(|(team, resampled)| {
        let place = resampled.place.as_ref().map(|place| place.rounded(1)).unwrap_or_default();
        vec![names.name(team), percent(&resampled.kept), place]
    });
    format!("\n\n{}", table(&["hangs on who sits", "kept", "expected place"], &[1, 2], rows.collect()))
}
