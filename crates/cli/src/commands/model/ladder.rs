//! Models of several depths: what the deepest will reach is said before it is trained.

use anyhow::{Result, ensure};
use model::build::rung;
use model::card::scaling::{Prediction, Run, SPREAD, fit, predict};
use model::card::{self, Facts, Parameters, Scaling};

use super::build::{built, dialled, stop_on_interrupt};
use crate::args::model::LadderArgs;
use crate::{Verdict, say};

/// Builds all depths, foretelling the last.
pub(crate) fn ladder(args: &LadderArgs) -> Result<Verdict> {
    let mut depths = args.depths.clone();
    depths.sort_unstable();
    depths.dedup();
    ensure!(depths.len() >= 4, "three depths are needed to foretell a fourth; name four with `--depths 1,2,3,4`");
    stop_on_interrupt();
    let Some((last, before)) = depths.split_last() else { return Ok(Verdict::Unsound) };
    let mut runs = Vec::new();
    for depth in before {
        match one(args, *depth)? {
            Some(facts) => runs.push(rung(&facts)),
            None => return Ok(Verdict::Unsound),
        }
    }
    let recipe = dialled(*last, &args.made)?;
    let parameters = Parameters::of(&recipe.shape);
    let size = (parameters.total - parameters.embedding) as f64;
    let promised = predict(&runs, *last, size, (SPREAD, recipe.seed))?;
    if !args.made.json {
        say::line(&foretold(&promised))?;
    }
    let Some(mut facts) = one(args, *last)? else { return Ok(Verdict::Unsound) };
    let reached = rung(&facts);
    facts.scaling = Some(Scaling { fit: fit(&runs)?, runs, prediction: Some(promised), reached: Some(reached.loss) });
    card::write(&args.out.join(format!("depth-{last}")), &facts)?;
    tell(args, &promised, &reached, &facts)?;
    Ok(Verdict::Sound)
}

fn one(args: &LadderArgs, depth: usize) -> Result<Option<Facts>> {
    if !args.made.json {
        say::note(&format!("\ndepth {depth}"));
    }
    built(&args.made, dialled(depth, &args.made)?, &args.out.join(format!("depth-{depth}")))
}

fn foretold(promised: &Prediction) -> String {
    format!(
        "depth {} is expected at {:.3} bits a byte, in nineteen of twenty cases between {:.3} and {:.3}",
        promised.depth, promised.loss, promised.low, promised.high
    )
}

fn tell(args: &LadderArgs, promised: &Prediction, reached: &Run, facts: &Facts) -> Result<()> {
    if args.made.json {
        return say::json(facts);
    }
    let held = (promised.low..=promised.high).contains(&reached.loss);
    say::line(&format!(
        "depth {} reached {:.3} bits a byte: {} what was foretold\ncard: {}",
        reached.depth,
        reached.loss,
        if held { "within" } else { "outside of" },
        args.out.join(format!("depth-{}", reached.depth)).join("card.html").display()
    ))
}
