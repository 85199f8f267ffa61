//! What is known of a team's weights before the experts vote on its independence.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use model::Recipe;

use model::network::initialise;
use model::train::Run;
use programme::TeamId;
use provenance::evidence::{digest_of_floats, verify};

use super::teams::{Entrant, Roster, Source};
use super::{Findings, lineage};
use crate::rehearse::play::Play;

/// What a look at a team's weights and papers shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Evidence {
    /// A log of the training that holds, from first weights that follow from the recipe's seed to the last step.
    Fresh {
        /// Steps that the log accounts for.
        steps: u64,
    },
    /// Nothing shows that the weights started afresh, and why not.
    NotShown(String),
    /// The weights are not here to be looked at.
    Elsewhere,
}

impl Evidence {
    /// Whether experts who go by it find that the gate is not passed: the rules ask that weights started afresh, and a
    /// team that has its weights here has to show it.
    pub(crate) fn speaks_against(&self) -> bool {
        matches!(self, Self::NotShown(_))
    }

    /// The same once the weights were held against those of others. Who shares them with the frontier, whose weights were
    /// there before, has not begun afresh; between two teams their logs say who came first.
    fn beside(self, shared: &[String], frontier: &str) -> Self {
        let with = format!("it shares weights or initialisation with {}", shared.join(", "));
        match self {
            Self::NotShown(why) if !shared.is_empty() => Self::NotShown(format!("{why}, and {with}")),
            Self::Fresh { .. } if shared.iter().any(|model| model == frontier) => Self::NotShown(with),
            other => other,
        }
    }

    /// In words.
    pub(crate) fn told(&self) -> String {
        match self {
            Self::Fresh { steps } => format!("its training log holds, from fresh weights over {steps} steps"),
            Self::NotShown(why) => format!("nothing shows that its weights started afresh: {why}"),
            Self::Elsewhere => "its model answers elsewhere, so its weights cannot be looked at".to_owned(),
        }
    }
}

/// Looks at every team's weights and tells the experts.
pub(crate) fn act(play: &Play, roster: &Roster, dir: &Path) -> Result<Findings> {
    let mut all = BTreeMap::<TeamId, Evidence>::new();
    let audits = lineage::act(roster, dir)?;
    for (team, entrant) in &roster.teams {
        let shared = audits.get(&entrant.slug).map(lineage::shared).unwrap_or_default();
        let evidence = of(entrant, &entrant.folder(dir))?.beside(&shared, &roster.frontier.slug);
        play.tell(format!("{}: {}", entrant.name, evidence.told()))?;
        all.insert(team.clone(), evidence);
    }
    Ok(all)
}

/// The evidence for one team: what its folder shows, whatever the team says. How the roster says that it came to its model
/// is not looked at.
pub(crate) fn of(entrant: &Entrant, folder: &Path) -> Result<Evidence> {
    if matches!(entrant.source, Source::Guest(_)) {
        return Ok(Evidence::Elsewhere);
    }
    let training = folder.join("work").join("training");
    let log = Run::evidence(&training);
    if !log.is_file() {
        return Ok(Evidence::NotShown("there is no training log".to_owned()));
    }
    let report = verify(&log, &Run::checkpoints(&training))?;
    if let Some(finding) = report.findings.first() {
        return Ok(Evidence::NotShown(format!("its training log does not hold: {finding}")));
    }
    let recipe = Recipe::parse(&crate::read::text(&folder.join("recipe.toml"))?)?;
    let fresh = digest_of_floats(&initialise(&recipe.shape, recipe.seed));
    Ok(match crate::read::text(&log)?.lines().next().is_some_and(|start| start.contains(&fresh)) {
        true => Evidence::Fresh { steps: report.steps },
        false => Evidence::NotShown("its training log begins with weights that its seed does not give".to_owned()),
    })
}
