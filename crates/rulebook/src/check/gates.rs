//! A gate can be passed and can be failed.

use super::{panels, ties, walk};
use crate::{Exact, GateTest, Id, Panel, Rulebook, Stage, VoteBar, place::Place, problem::Problems};

pub(super) fn check(book: &Rulebook, problems: &mut Problems) {
    for (place, stage) in walk::stages(book) {
        for (at, gate) in walk::gates(&place, stage) {
            match &gate.test {
                Some(GateTest::Votes { panel, bar }) => {
                    votes(&at.key("test").key("votes"), panel, bar, stage, problems)
                }
                Some(GateTest::AtLeast { node, points }) => {
                    at_least(&at.key("test").key("at-least"), node, points, stage, problems);
                }
                Some(GateTest::Finding) | None => {}
            }
        }
    }
}

fn votes(at: &Place, panel: &Id, bar: &VoteBar, stage: &Stage, problems: &mut Problems) {
    let Some(found) = stage.panel(panel) else {
        return panels::unknown(at.key("panel"), panel, stage, problems);
    };
    let bar_at = at.key("bar");
    match bar {
        VoteBar::FailsAt(count) => votes_within(bar_at.key("fails-at"), *count, found, problems),
        VoteBar::PassesAt(count) => votes_within(bar_at.key("passes-at"), *count, found, problems),
        VoteBar::FailsAbove(share) => share_within(bar_at.key("fails-above"), share, problems),
        VoteBar::PassesAbove(share) => share_within(bar_at.key("passes-above"), share, problems),
    }
}

fn votes_within(at: Place, count: u32, panel: &Panel, problems: &mut Problems) {
    if count == 0 {
        problems.error(at, "no vote at all would decide", "write 1 or more");
    } else if let Some(seats) = panel.seats.filter(|seats| count > *seats) {
        let wrong = format!("panel `{}` has {seats} seats, so {count} votes never come in", panel.id);
        problems.error(at, wrong, format!("write {seats} or less"));
    }
}

fn share_within(at: Place, share: &Exact, problems: &mut Problems) {
    if share.is_negative() || *share >= Exact::one() {
        let wrong = format!("more than {share} of the votes is not a bar that some votes reach and some do not");
        problems.error(at, wrong, "write a share from 0 to below 1, for example \"1/2\"");
    }
}

fn at_least(at: &Place, id: &Id, points: &Exact, stage: &Stage, problems: &mut Problems) {
    let Some(node) = stage.score.as_ref().and_then(|root| root.find(id)) else {
        return ties::unknown_node(at.key("node"), id, stage, problems);
    };
    ties::has_team_points(at.key("node"), node, stage, problems);
    if *points > node.points || points.is_zero() || points.is_negative() {
        let wrong = format!("{points} of the {} points of `{id}` is no bar", node.points);
        problems.error(at.key("points"), wrong, format!("write more than 0 and at most {}", node.points));
    }
}
