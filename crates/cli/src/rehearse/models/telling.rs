//! What came of the models, for people and for machines.

use anyhow::{Context as _, Result};
use programme::Decision;
use serde::Serialize;

use super::leaves::{Knows, Share};
use super::teams::{Roster, Source};
use super::verdicts::{self, Verdicts};
use super::{Findings, Runs, run_of};
use crate::text::{table, wrapped};

/// What came of the models.
#[derive(Debug, Serialize)]
pub(crate) struct ModelsSummary {
    frontier: Known,
    teams: Vec<TeamSummary>,
}

/// What a model knows: right answers and questions.
#[derive(Debug, Serialize)]
struct Known {
    told: [u64; 2],
    two_step: [u64; 2],
    untold: [u64; 2],
}

/// One team.
#[derive(Debug, Serialize)]
struct TeamSummary {
    number: usize,
    team: String,
    name: String,
    /// Its model's name in files.
    model: String,
    /// How it came to its model: `trained`, `copied`, or the endpoint that stood in.
    source: String,
    known: Known,
    /// Its verdict: `reached`, `not reached` or `not shown`.
    verdict: &'static str,
    /// Of the frontier's score.
    ratio: String,
    /// Its points for benchmarks, of those that there are.
    benchmark: Option<String>,
    evidence: String,
    kept: bool,
}

impl Known {
    fn new(knows: &Knows) -> Self {
        let pair = |share: Share| [share.right, share.asked];
        Self { told: pair(knows.told), two_step: pair(knows.two_step), untold: pair(knows.untold) }
    }

    /// Of what was told, and of what nobody was told.
    fn percents(&self) -> [String; 2] {
        [self.told, self.untold].map(|[right, asked]| Share { right, asked }.percent())
    }
}

impl ModelsSummary {
    pub(crate) fn new(
        roster: &Roster,
        runs: &Runs,
        verdicts: &Verdicts,
        (findings, decision): (&Findings, &Decision),
    ) -> Result<Self> {
        let known = |entrant| anyhow::Ok(Known::new(&Knows::of(run_of(runs, entrant)?)?));
        let mut teams = Vec::with_capacity(roster.teams.len());
        for (place, (team, entrant)) in roster.teams.iter().enumerate() {
            let verdict = verdicts.get(&entrant.slug).context("every model has a verdict")?;
            let outcome = decision.teams.get(team).context("every team is decided on")?;
            let benchmark = outcome.points.iter().find(|(node, _)| node.as_str() == "benchmark");
            teams.push(TeamSummary {
                number: place + 1,
                team: team.to_string(),
                name: entrant.name.clone(),
                model: entrant.slug.clone(),
                source: match &entrant.source {
                    Source::Trained(_) => "trained".to_owned(),
                    Source::Copied(..) => "copied".to_owned(),
                    Source::Guest(guest) => guest.place.clone(),
                },
                known: known(entrant)?,
                verdict: verdicts::word(verdict.word),
                ratio: verdicts::ratio(verdict),
                benchmark: benchmark.map(|(_, points)| points.rounded(2)),
                evidence: findings.get(team).context("every team was looked at")?.told(),
                kept: decision.kept.contains(team),
            });
        }
        Ok(Self { frontier: known(&roster.frontier)?, teams })
    }

    /// Every model beside the others.
    pub(crate) fn table(&self) -> String {
        let [told, untold] = self.frontier.percents();
        let none = String::new;
        let frontier = vec!["the frontier".to_owned(), told, untold, none(), none(), none()];
        let rows = self.teams.iter().map(|team| {
            let [told, untold] = team.known.percents();
            let points = team.benchmark.clone().unwrap_or_default();
            vec![team.name.clone(), told, untold, points, team.ratio.clone(), team.verdict.to_owned()]
        });
        let rows = std::iter::once(frontier).chain(rows).collect();
        table(&["model", "told", "untold", "points", "ratio", "frontier"], &[1, 2, 3, 4], rows)
    }

    /// What the table says, and what it does not.
    pub(crate) fn sentence(&self) -> String {
        let of = |word: &str| self.teams.iter().filter(|team| team.verdict == word).count();
        let kept = self.teams.iter().filter(|team| team.kept).count();
        let told = format!(
            "{} of {} teams go on. 95 % of the frontier is reached by {}, not reached by {}, and not shown for {}; these \
             rules report it, and nobody goes out for it. Points are those for benchmarks, of 40. What was never told \
             nobody can know: guessing is right once in four times.",
            kept,
            self.teams.len(),
            of("reached"),
            of("not reached"),
            of("not shown"),
        );
        wrapped("", &told)
    }
}
