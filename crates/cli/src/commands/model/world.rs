//! The closed world, written out.

use anyhow::Result;
use model::world::{World, WorldOptions};

use crate::args::model::WorldArgs;
use crate::{Verdict, say};

/// Writes texts, conversations and questions.
pub(crate) fn world(args: &WorldArgs) -> Result<Verdict> {
    let usual = WorldOptions::default();
    let world = World::new(&WorldOptions {
        seed: args.seed.unwrap_or(usual.seed),
        people: args.people.unwrap_or(usual.people),
        tellings: args.tellings.unwrap_or(usual.tellings),
        ..usual
    });
    world.write(&args.out)?;
    let tasks = args.out.join("tasks");
    let names = world.write_tasks(&tasks)?;
    let names: Vec<String> = names.into_iter().filter(|name| !name.ends_with("_generate")).collect();
    say::line(&format!(
        "{}: documents.jsonl, conversations.jsonl, preferences.jsonl\n{}: {}\n\n  daepyo model build --depth 2\n  \
         daepyo eval --include_path {} --tasks {}",
        args.out.display(),
        tasks.display(),
        names.join(", "),
        tasks.display(),
        names.first().map_or("", String::as_str)
    ))?;
    Ok(Verdict::Sound)
}
