//! "As good as the frontier" can be measured.

use std::collections::BTreeSet;

use crate::{Exact, Frontier, FrontierCluster, FrontierTask, Rulebook, ScoreScale, place::Place, problem::Problems};

pub(super) fn check(book: &Rulebook, problems: &mut Problems) {
    let Some(frontier) = &book.frontier else { return };
    let at = Place::root().key("frontier");
    if frontier.window_months == 0 {
        problems.error(at.key("window_months"), "no model is ever the frontier", "write 1 month or more");
    }
    if frontier.margin <= Exact::zero() || frontier.margin > Exact::one() {
        let right = "write a share above 0 and at most 1, as 0.95";
        problems.error(at.key("margin"), format!("{} is no share of the frontier", frontier.margin), right);
    }
    level(&at, &frontier.alpha, problems);
    verdict(&at, frontier, problems);
    tasks(&at.key("task"), frontier, problems);
}

fn level(at: &Place, alpha: &Exact, problems: &mut Problems) {
    if *alpha <= Exact::zero() || *alpha >= Exact::ratio(1, 2) {
        let right = "write a chance above 0 and below 0.5, as 0.05";
        problems.error(at.key("alpha"), format!("{alpha} is no chance of error"), right);
    } else if *alpha > Exact::ratio(1, 4) {
        let right = "write a smaller chance, as 0.05";
        problems.warning(at.key("alpha"), "\"reached\" would often be said wrongly", right);
    }
}

/// Both halves of what a verdict is computed from, or neither.
fn verdict(at: &Place, frontier: &Frontier, problems: &mut Problems) {
    match (&frontier.verdict, frontier.tasks.is_empty()) {
        (Some(_), true) => {
            let right = "list what is measured as [[frontier.task]], or strike [frontier.verdict]";
            problems.key_error(at.clone(), "verdict", "a verdict is computed from tasks, and none is listed", right);
        }
        (None, false) => {
            let right = "add [frontier.verdict] with gate, looks, truncation_tolerance and extraction_tolerance";
            problems.key_error(at.clone(), "task", "nothing says how a verdict is computed from the tasks", right);
        }
        _ => {}
    }
    let Some(verdict) = &frontier.verdict else { return };
    let at = at.key("verdict");
    if verdict.looks == 0 {
        problems.error(at.key("looks"), "the question may never be asked", "write 1, or how often it may be asked");
    }
    let tolerances = [
        ("truncation_tolerance", &verdict.truncation_tolerance),
        ("extraction_tolerance", &verdict.extraction_tolerance),
    ];
    for (key, tolerance) in tolerances {
        if tolerance.is_negative() || *tolerance > Exact::one() {
            let right = "write a share from 0 to 1, as 0.01";
            problems.error(at.key(key), format!("{tolerance} is no difference of two shares"), right);
        }
    }
}

fn tasks(list: &Place, frontier: &Frontier, problems: &mut Problems) {
    let mut seen = BTreeSet::new();
    for (index, task) in frontier.tasks.iter().enumerate() {
        let at = list.index(index);
        if !seen.insert(&task.task) {
            let wrong = format!("task `{}` is listed twice", task.task);
            problems.error(at.key("task"), wrong, "list a task once, with the metric that counts");
        }
        numbers(&at, task, problems);
        chance(&at, task, frontier.scale, problems);
        words(&at, task, problems);
    }
}

fn numbers(at: &Place, task: &FrontierTask, problems: &mut Problems) {
    if task.weight <= Exact::zero() {
        let wrong = format!("`{}` counts {}", task.task, task.weight);
        problems.error(at.key("weight"), wrong, "write more than 0, or strike the task");
    }
    if task.least_items < 2 {
        let right = "write 2 or more; 1,000 pairs and more are needed to show much";
        problems.error(at.key("least_items"), "one item has no spread, so nothing can be shown by it", right);
    }
}

fn chance(at: &Place, task: &FrontierTask, scale: ScoreScale, problems: &mut Problems) {
    match &task.chance {
        Some(chance) if chance.is_negative() || *chance >= Exact::one() => {
            let right = "write a share from 0 to below 1, as 0.25 with four options";
            problems.error(at.key("chance"), format!("{chance} is not what guessing earns"), right);
        }
        None if scale == ScoreScale::ChanceCorrected => {
            let wrong = format!("what guessing earns is taken off, but nobody says what it earns on `{}`", task.task);
            problems.error(at.clone(), wrong, "add `chance`: 0.25 with four options, 0 for free answers");
        }
        _ => {}
    }
}

fn words(at: &Place, task: &FrontierTask, problems: &mut Problems) {
    for (key, word) in [("task", &task.task), ("metric", &task.metric), ("filter", &task.filter)] {
        if word.trim().is_empty() {
            problems.error(at.key(key), format!("`{key}` is empty"), "write the name that the task file uses");
        }
    }
    if let FrontierCluster::Column(column) = &task.cluster
        && column.trim().is_empty()
    {
        let right = "name the column, or write `cluster = \"none\"`";
        problems.error(at.key("cluster"), "no column is named", right);
    }
}
