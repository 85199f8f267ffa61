//! What was typed, and whether the endpoints that were named can be used. All of it is known before anything is trained.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use evaluation::endpoint::{self, Client, Endpoint, Kind, Model};
use model::Recipe;
use model::world::WorldOptions;
use rulebook::Rulebook;

use super::teams;
use crate::args::rehearse::ModelsArgs;
use crate::read;

/// The recipe of the frontier's model, where none is given.
const RECIPE: &str = include_str!("recipe.toml");

/// People of the world, where nobody says how many.
const PEOPLE: usize = 32;

/// How often everything is told: as often as the shipped recipe reads on. A longer training begins the text again.
const TELLINGS: usize = 120;

/// Whose model an endpoint stands in for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Seat {
    /// The frontier's.
    Frontier,
    /// A team's, counted from 1.
    Team(usize),
}

/// A model that answers at an endpoint.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Guest {
    /// The model, as the evaluation room asks it.
    pub(crate) model: Model,
    /// Where it answers, as files name it.
    pub(crate) place: String,
}

/// What is trained, on what, and who answers from elsewhere.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) recipe: Recipe,
    pub(crate) world: WorldOptions,
    pub(crate) guests: BTreeMap<Seat, Guest>,
}

/// Reads what was typed and tries every endpoint; none where no models are wanted.
pub(crate) fn read(args: &ModelsArgs, seed: u64, rulebook: &Rulebook) -> Result<Option<Asked>> {
    if !args.models {
        return Ok(None);
    }
    let recipe = match &args.recipe {
        Some(path) => {
            Recipe::parse(&read::text(path)?).with_context(|| format!("`{}` is no recipe", path.display()))?
        }
        None => Recipe::parse(RECIPE)?,
    };
    let people = args.people.unwrap_or(PEOPLE);
    let world = WorldOptions { seed, people, towns: 8, operands: 12, tellings: TELLINGS, ..WorldOptions::default() };
    let teams = teams::count(rulebook)?;
    let mut guests = BTreeMap::new();
    for given in &args.model {
        let (seat, name, url) = parsed(given, teams)?;
        ensure!(!guests.contains_key(&seat), "--model {given}: another endpoint stands in for the same model already");
        let guest =
            tried(name, url, args.api_key.as_deref()).with_context(|| format!("--model {given} cannot be used"))?;
        guests.insert(seat, guest);
    }
    Ok(Some(Asked { recipe, world, guests }))
}

/// `TEAM=[NAME@]URL`.
fn parsed(given: &str, teams: usize) -> Result<(Seat, Option<&str>, &str)> {
    let form = || anyhow!("--model takes TEAM=URL such as 2=http://127.0.0.1:8000/v1, not `{given}`");
    let (who, rest) = given.split_once('=').ok_or_else(form)?;
    let seat = match (who, who.parse::<usize>()) {
        ("frontier", _) => Seat::Frontier,
        (_, Ok(number)) if (1..=teams).contains(&number) => Seat::Team(number),
        _ => bail!("--model {given}: there is no team `{who}`; write a number from 1 to {teams}, or `frontier`"),
    };
    let scheme = rest.find("://").ok_or_else(form)?;
    let (name, url) = match rest.get(..scheme).and_then(|before| before.rfind('@')) {
        Some(at) => (rest.get(..at), rest.get(at + 1..).unwrap_or_default()),
        None => (None, rest),
    };
    ensure!(name != Some("") && url.split("://").all(|part| !part.is_empty()), form());
    Ok((seat, name, url))
}

/// The model that an endpoint serves, once its log-probabilities have passed the test of the evaluation room.
fn tried(name: Option<&str>, url: &str, key: Option<&str>) -> Result<Guest> {
    let mut endpoint = Endpoint::new(url);
    endpoint.api_key = key.map(str::to_owned);
    let place = endpoint.identity()?;
    let mut model = Model::new(name.unwrap_or_default(), Kind::Completions, endpoint.clone());
    endpoint::wait(async {
        let client = Client::new(&model, &endpoint)?;
        if name.is_none() {
            model.name = only_model(&client).await?;
        }
        client.probe(&model).await?;
        Ok(Guest { model, place })
    })?
}

/// The name of the one model that an endpoint serves.
async fn only_model(client: &Client) -> Result<String> {
    let names = client.models().await.map_err(|fault| anyhow!(fault.failure.reason))?;
    match names.as_slice() {
        [name] => Ok(name.clone()),
        [] => bail!("it serves no model; say which one to ask for: TEAM=NAME@URL"),
        several => bail!("it serves {}; say which one to ask for: TEAM=NAME@URL", several.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_recipe_is_one() {
        Recipe::parse(RECIPE).expect("a recipe");
    }

    #[test]
    fn an_endpoint_stands_in_for_a_team_or_for_the_frontier() {
        let read = |given| parsed(given, 5).expect("an endpoint");
        assert_eq!(read("2=http://h:1/v1"), (Seat::Team(2), None, "http://h:1/v1"));
        assert_eq!(read("frontier=a/b@https://h/v1"), (Seat::Frontier, Some("a/b"), "https://h/v1"));
        for (wrong, told) in [
            ("0=http://h", "from 1 to 5"),
            ("6=http://h", "from 1 to 5"),
            ("owl=http://h", "no team `owl`"),
            ("2", "TEAM=URL"),
            ("2=h:1/v1", "TEAM=URL"),
            ("2=@http://h", "TEAM=URL"),
            ("2=http://", "TEAM=URL"),
        ] {
            let fault = parsed(wrong, 5).expect_err(wrong).to_string();
            assert!(fault.contains(told), "{wrong}: {fault}");
        }
    }
}
