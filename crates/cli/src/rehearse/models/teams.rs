//! Who brings which model. Which team comes to its model how is drawn by chance.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use model::Recipe;
use programme::TeamId;
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};
use sha2::{Digest as _, Sha256};

use super::given::{Asked, Guest, Seat};
use crate::rehearse::play::Play;

/// How a team comes to its model, where nothing stands in for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// By a training of its own, of so many thousandths of the frontier's steps.
    Trains(u64),
    /// By another's weights, tuned a little and called its own.
    Copies,
}

/// The ways of five teams. Were there more, they would come again.
const WAYS: [Way; 5] = [Way::Trains(1000), Way::Trains(850), Way::Trains(250), Way::Trains(100), Way::Copies];

/// Where a model comes from.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// It is trained from first weights.
    Trained(Recipe),
    /// It is tuned from the weights of the model called so.
    Copied(Recipe, String),
    /// It answers somewhere else.
    Guest(Guest),
}

/// A model that is measured, and whose it is.
#[derive(Clone, Debug)]
pub(crate) struct Entrant {
    /// What people call whoever brings it.
    pub(crate) name: String,
    /// Its name in files and requests.
    pub(crate) slug: String,
    /// Where it comes from.
    pub(crate) source: Source,
}

impl Entrant {
    /// The folder of its weights.
    pub(crate) fn folder(&self, dir: &Path) -> PathBuf {
        dir.join("models").join(&self.slug)
    }
}

/// All models.
#[derive(Clone, Debug)]
pub(crate) struct Roster {
    /// What the others are held against.
    pub(crate) frontier: Entrant,
    /// The teams' own, in the order of the teams.
    pub(crate) teams: Vec<(TeamId, Entrant)>,
}

impl Roster {
    /// The models of the teams that presentations kept.
    pub(crate) fn draw(play: &Play, asked: &Asked) -> Result<Self> {
        let kept = play.state().decided(&play.key("presentation"))?.decision.kept.iter().cloned().collect::<Vec<_>>();
        let ways = ways(play.seed, kept.len());
        let frontier = Entrant {
            name: "the frontier".to_owned(),
            slug: "frontier".to_owned(),
            source: match asked.guests.get(&Seat::Frontier) {
                Some(guest) => Source::Guest(guest.clone()),
                None => Source::Trained(recipe(asked, play.seed, "frontier", 1000)),
            },
        };
        let mut teams = Vec::with_capacity(kept.len());
        for (place, (team, way)) in kept.into_iter().zip(&ways).enumerate() {
            let character = play.troupe(&team)?.character;
            let slug = character.en.to_lowercase().replace(' ', "-");
            let source = match (asked.guests.get(&Seat::Team(place + 1)), way) {
                (Some(guest), _) => Source::Guest(guest.clone()),
                (None, Way::Trains(share)) => Source::Trained(recipe(asked, play.seed, &slug, *share)),
                // Whose weights they are is known when all others are.
                (None, Way::Copies) => Source::Copied(recipe(asked, play.seed, &slug, 1000), String::new()),
            };
            teams.push((team, Entrant { name: character.name(), slug, source }));
        }
        let mut roster = Self { frontier, teams };
        roster.copy_from_somebody();
        Ok(roster)
    }

    /// Every model, the frontier first.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Entrant> {
        std::iter::once(&self.frontier).chain(self.teams.iter().map(|(_, entrant)| entrant))
    }

    /// Copies are of the frontier; where that answers elsewhere, of the model that is trained longest here; where nothing
    /// is trained here, there is nothing to copy and the team trains after all.
    fn copy_from_somebody(&mut self) {
        let trained = self.all().filter_map(|entrant| match &entrant.source {
            Source::Trained(recipe) => Some((recipe.schedule.steps, entrant.slug.clone())),
            _ => None,
        });
        let all: Vec<(u64, String)> = trained.collect();
        let longest = all.iter().map(|(steps, _)| *steps).max();
        // The frontier stands first.
        let original = all.into_iter().find(|(steps, _)| Some(*steps) == longest).map(|(_, slug)| slug);
        for (_, entrant) in &mut self.teams {
            if let Source::Copied(recipe, _) = &entrant.source {
                entrant.source = match &original {
                    Some(original) => Source::Copied(recipe.clone(), original.clone()),
                    None => Source::Trained(recipe.clone()),
                };
            }
        }
    }
}

/// The ways of so many teams, in an order drawn from the seed.
fn ways(seed: u64, teams: usize) -> Vec<Way> {
    let mut chance = ChaCha8Rng::from_seed(drawn(seed, "how teams come to their models"));
    let mut ways: Vec<Way> = WAYS.into_iter().cycle().take(teams).collect();
    for last in (1..ways.len()).rev() {
        let other = chance.next_u64() % (last as u64 + 1);
        ways.swap(last, usize::try_from(other).unwrap_or(last));
    }
    ways
}

/// The recipe of one model: the one that was given, with a seed of its own and so many thousandths of its steps.
fn recipe(asked: &Asked, seed: u64, slug: &str, thousandths: u64) -> Recipe {
    let mut recipe = asked.recipe.clone();
    let [.., a, b, c, d, e, f, g, h] = drawn(seed, &format!("the model {slug}"));
    // A recipe's seed is one that TOML can write.
    recipe.seed = u64::from_be_bytes([a, b, c, d, e, f, g, h]) >> 1;
    let (steps, checks) = (recipe.schedule.steps, recipe.schedule.validate_every);
    if thousandths != 1000 {
        recipe.schedule.set_steps(steps * thousandths / 1000);
        recipe.schedule.validate_every = checks;
    }
    recipe
}

/// 32 bytes for a purpose.
fn drawn(seed: u64, purpose: &str) -> [u8; 32] {
    Sha256::digest(format!("daepyo rehearsal {seed}, {purpose}")).into()
}

/// How many teams the phase evaluation will have, by the rules that are rehearsed.
pub(crate) fn count(rulebook: &rulebook::Rulebook) -> Result<usize> {
    let stage = rulebook.stages.iter().find(|stage| stage.id.as_str() == "presentation");
    let keep = stage.and_then(|stage| stage.cut.as_ref()?.keep).context("presentations keep a number of teams")?;
    Ok(keep as usize)
}
