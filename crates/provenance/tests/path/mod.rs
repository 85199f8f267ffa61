//! Checkpoints of trainings that took place, and of some that did not.

mod training;

use std::sync::OnceLock;

use provenance::evidence::path::{Course, Stage, hold};
use provenance::fingerprint::Fingerprint;

use training::{Chance, Plan, Weights, print, random};

type Kept = Vec<(u64, Weights)>;

fn honest() -> &'static Kept {
    static KEPT: OnceLock<Kept> = OnceLock::new();
    KEPT.get_or_init(|| Plan::of(1).train())
}

fn other() -> &'static Kept {
    static KEPT: OnceLock<Kept> = OnceLock::new();
    KEPT.get_or_init(|| Plan::of(2).train())
}

fn course_with(kept: &[(u64, Weights)], rates: &[(u64, f64)]) -> Course {
    let prints: Vec<(u64, Fingerprint)> = kept.iter().map(|(step, weights)| (*step, print(weights))).collect();
    let stages: Vec<Stage<'_>> = prints.iter().map(|(step, fingerprint)| Stage { step: *step, fingerprint }).collect();
    hold(&stages, rates).unwrap()
}

fn told(kept: &[(u64, Weights)]) -> String {
    course_with(kept, &[]).findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

fn exchanged(one: usize, two: usize) -> Kept {
    let mut kept = honest().clone();
    let weights = kept[one].1.clone();
    kept[one].1 = std::mem::replace(&mut kept[two].1, weights);
    kept
}

#[test]
fn honest_trainings_have_no_findings() {
    let plan = Plan::of(3);
    let plans = [
        Plan::of(1),
        Plan { rate: 1e-2, ..plan },
        Plan { rate: 3e-4, ..Plan::of(4) },
        Plan { decay: 0.5, ..Plan::of(5) },
        Plan { every: 32, ..Plan::of(6) },
        Plan { every: 3, ..Plan::of(7) },
        Plan { steps: 6, every: 1, ..Plan::of(8) },
        Plan { steps: 300, every: 50, rate: 4e-3, ..Plan::of(9) },
    ];
    for (place, plan) in plans.into_iter().enumerate() {
        let kept = plan.train();
        let rates: Vec<(u64, f64)> = (1..=plan.steps).map(|step| (step, f64::from(plan.rate_of(step)))).collect();
        for rates in [&rates[..], &[]] {
            let course = course_with(&kept, rates);
            assert_eq!(course.findings, [], "plan {place}: {course:?}");
            assert_eq!((course.omitted.len(), course.start.as_ref().unwrap().unlike.len()), (0, 0));
        }
    }
}

#[test]
fn checkpoints_at_odd_steps_are_honest_too() {
    let kept: Kept = [0, 1, 2, 5, 8].map(|place| honest()[place].clone()).to_vec();
    assert_eq!(told(&kept), "");
    let course = course_with(&kept, &[]);
    assert!(course.from_start.windows(2).all(|two| two[0] < two[1]), "{course:?}");
}

#[test]
fn exchanged_checkpoints_are_found() {
    for (one, two) in [(1, 3), (2, 5), (1, 8), (3, 7)] {
        let told = told(&exchanged(one, two));
        assert!(told.contains("out of order"), "{one} and {two}: {told}");
    }
}

#[test]
fn a_path_told_backwards_is_found() {
    let mut kept = honest().clone();
    let steps: Vec<u64> = kept.iter().map(|(step, _)| *step).collect();
    kept.reverse();
    kept.iter_mut().zip(steps).for_each(|(kept, step)| kept.0 = step);
    let told = told(&kept);
    assert!(told.contains("step 0 does not look like random numbers"), "{told}");
}

#[test]
fn a_foreign_model_in_the_middle_is_found() {
    let mut kept = honest().clone();
    kept[4].1 = other()[4].1.clone();
    let found = told(&kept);
    assert!(found.contains("step 48 does not depend on that of step 36"), "{found}");
    assert!(found.contains("step 60 does not depend on that of step 48"), "{found}");
    // From there on to the end, as if the training had gone on.
    let mut kept = honest()[..4].to_vec();
    kept.extend_from_slice(&other()[4..]);
    assert!(told(&kept).contains("step 48 does not depend on that of step 36"));
}

#[test]
fn one_foreign_block_is_found_and_named() {
    let mut kept = honest().clone();
    kept[5..].iter_mut().zip(&other()[5..]).for_each(|(kept, other)| kept.1[1] = other.1[1].clone());
    let told = told(&kept);
    assert!(told.contains("step 60 does not depend on that of step 48 in: block 1; other"), "{told}");
}

#[test]
fn a_start_that_was_trained_is_found() {
    let kept: Kept = honest()[3..].iter().map(|(step, weights)| (step - 36, weights.clone())).collect();
    let told = told(&kept);
    assert!(told.contains("the checkpoint of step 0 does not look like random numbers in"), "{told}");
}

#[test]
fn a_blend_from_random_numbers_to_a_foreign_model_is_found() {
    let (from, to) = (random(9), &other()[8].1);
    let blend = |share: f32| -> Weights {
        let layers = from.iter().zip(to);
        layers.map(|(from, to)| from.iter().zip(to).map(|(one, two)| one + share * (two - one)).collect()).collect()
    };
    let kept: Kept = (0..=8).map(|place| (place * 12, blend(place as f32 / 8.0))).collect();
    let told = told(&kept);
    assert!(told.contains("straight line"), "{told}");
}

#[test]
fn a_stretch_out_of_proportion_is_found() {
    let mut kept = honest().clone();
    let mut chance = Chance::new(5);
    // The training goes on from weights that somebody has moved.
    let moved: Weights = kept[0].1.iter().map(|layer| layer.iter().map(|_| 0.3 * chance.normal()).collect()).collect();
    for (_, weights) in &mut kept[5..] {
        weights.iter_mut().flatten().zip(moved.iter().flatten()).for_each(|(weight, by)| *weight += by);
    }
    let told = told(&kept);
    assert!(told.contains("from step 48 to step 60 the weights moved"), "{told}");
}

#[test]
fn what_cannot_be_seen_is_said() {
    let course = course_with(&honest()[2..], &[]);
    assert_eq!(course.findings, []);
    assert_eq!(course.start, None);
    assert!(course.omitted[0].starts_with("no checkpoint of step 0 is there"), "{:?}", course.omitted);
    let course = course_with(&honest()[..2], &[]);
    assert!(course.omitted[0].starts_with("2 checkpoints are there"), "{:?}", course.omitted);
    assert_eq!(course_with(&[], &[]).legs, []);
}

#[test]
fn another_anatomy_is_a_finding() {
    let mut kept = honest().clone();
    kept[3].1.pop();
    assert!(told(&kept).contains("step 36 has other parts"));
}
