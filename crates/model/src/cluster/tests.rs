//! Figures of a recipe for more or fewer accelerators.

use super::*;
use crate::{Recipe, Shape};

fn machines(nodes: usize, gpus: usize) -> Machines {
    Machines { nodes, gpus, minutes: 720 }
}

fn plan(depth: usize, nodes: usize, gpus: usize) -> Plan {
    let recipe = Recipe::for_depth(depth).expect("a recipe");
    Plan::new("run", &recipe, &machines(nodes, gpus)).expect("a plan")
}

#[test]
fn a_step_is_whole_windows_on_every_accelerator() {
    for (depth, nodes, gpus) in [(12, 1, 8), (20, 8, 8), (20, 64, 8), (24, 64, 8), (32, 128, 4), (20, 3, 7)] {
        let plan = plan(depth, nodes, gpus);
        let (batch, accelerators) = (&plan.batch, nodes * gpus);
        assert_eq!(batch.replicas * batch.shards, accelerators);
        assert_eq!(batch.tokens % (accelerators * plan.shape.context), 0);
        // The engine's own condition: a step is whole microbatches on every accelerator.
        assert_eq!(batch.tokens % (accelerators * batch.tokens_per_microbatch), 0);
        assert!(
            batch.tokens_per_microbatch.is_multiple_of(plan.shape.context) && batch.tokens_per_microbatch <= 16_384
        );
    }
}

#[test]
fn tokens_stay_the_recipes_and_rates_follow_the_batch() {
    for (nodes, gpus) in [(1, 1), (1, 8), (64, 8)] {
        let recipe = Recipe::for_depth(20).expect("a recipe");
        let plan = plan(20, nodes, gpus);
        assert!((plan.tokens as f64 / recipe.tokens() as f64 - 1.0).abs() < 1e-3);
        let ratio = plan.batch.tokens as f64 / recipe.schedule.batch_tokens as f64;
        let warmup = recipe.schedule.warmup_steps as f64 / recipe.schedule.steps as f64;
        assert!((plan.schedule.warmup_steps as f64 / plan.schedule.steps as f64 - warmup).abs() < 1e-2);
        let wanted = if (1.0 / 1.125..=1.125).contains(&ratio) { 1.0 } else { ratio.sqrt() };
        assert_eq!(plan.rate_factor, wanted);
        assert_eq!(plan.optimiser.learning_rate, recipe.optimiser.learning_rate * wanted);
        assert_eq!(plan.optimiser.weight_decay, recipe.optimiser.weight_decay);
    }
    let fault = |depth, nodes| {
        let recipe = Recipe::for_depth(depth).expect("a recipe");
        Plan::new("run", &recipe, &machines(nodes, 8)).expect_err("no plan").to_string()
    };
    let said = fault(2, 64);
    assert!(said.contains("64 machines") && said.contains("at most"), "{said}");
    assert!(fault(2, 0).contains("no accelerators"));
    let most: usize = said
        .split("at most ")
        .nth(1)
        .and_then(|rest| rest.split(' ').next())
        .and_then(|n| n.parse().ok())
        .expect("a number");
    plan(2, most, 8);
}

#[test]
fn what_the_engine_has_not_is_refused() {
    let mut recipe = Recipe::for_depth(4).expect("a recipe");
    recipe.shape = Shape { head_norms: false, ..recipe.shape };
    let fault = Plan::new("run", &recipe, &machines(1, 1)).expect_err("no plan").to_string();
    assert!(fault.contains("not Qwen3's"), "{fault}");
}
