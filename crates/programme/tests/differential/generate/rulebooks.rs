//! Random rulebooks that are valid: panels, score trees, gates, cuts, ladders and eligibility rules of every kind.

use std::sync::LazyLock;

use rulebook::{
    Aggregator, Among, Country, Cut, DocumentKind, EligibilityRule, Exact, Format, Gate, GateTest, Id, Measured,
    MeasuredItem, MemberRole, Node, OrganisationCondition, OrganisationKind, Panel, Rulebook, Rung, Scored, Stage,
    StageKind, TeamCondition, Text, Transform, VoteBar,
};

use crate::random::Random;

static BASE: LazyLock<Rulebook> = LazyLock::new(|| {
    toml::from_str(
        "stage = []
        [programme]
        id = 'p'
        name = {}
        operator = {}
        languages = []
        [calendar]
        timezone = 'Asia/Seoul'
        [intake.single]
        opens = 2025-06-20T09:00:00
        closes = 2025-07-21T16:00:00",
    )
    .unwrap()
});

pub(crate) const COUNTRIES: [&str; 3] = ["KR", "US", "JP"];
pub(crate) const KINDS: [OrganisationKind; 6] = [
    OrganisationKind::LargeFirm,
    OrganisationKind::MidFirm,
    OrganisationKind::SmallFirm,
    OrganisationKind::University,
    OrganisationKind::ResearchInstitute,
    OrganisationKind::Other,
];
pub(crate) const FORMATS: [Format; 3] = [Format::Pdf, Format::Hwpx, Format::Text];

pub(crate) fn rulebook(random: &mut Random) -> Rulebook {
    let mut rulebook = BASE.clone();
    let stage = if random.percent(25) {
        rulebook.eligibility = (0..random.between(1, 3))
            .map(|number| EligibilityRule {
                id: Id::new(format!("rule-{number}")),
                text: Text::default(),
                require: team_condition(random, 2),
            })
            .collect();
        rulebook.application.documents = (0..random.between(0, 2)).map(|number| document(random, number)).collect();
        Stage { kind: StageKind::Eligibility, score: None, gates: vec![], cut: None, ties: vec![], ..stage(random) }
    } else {
        stage(random)
    };
    rulebook.stages = vec![stage];
    rulebook
}

// ------------------------------------------------------------------ scored stages

fn stage(random: &mut Random) -> Stage {
    let panels: Vec<Panel> = (0..random.between(1, 2)).map(|number| panel(random, number)).collect();
    let score =
        random.maybe(88, |random| Tree { coarse: random.percent(40), random, panels: &panels, count: 0 }.root());
    let gates =
        (0..random.pick(&[0, 0, 1, 1, 2])).map(|number| gate(random, number, &panels, score.as_ref())).collect();
    let cut = cut(random, &panels, score.as_ref());
    let ties = ladder(random, score.as_ref(), cut.keep.is_some());
    Stage {
        id: "written".into(),
        name: Text::default(),
        kind: StageKind::Scored,
        panels,
        score,
        gates,
        cut: Some(cut),
        ties,
        review: None,
        presentation: None,
    }
}

fn panel(random: &mut Random, number: u32) -> Panel {
    let seats = random.pick(&[1, 2, 3, 3, 4, 5]);
    Panel {
        id: Id::new(format!("panel-{number}")),
        name: Text::default(),
        seats: Some(seats),
        quorum: random.maybe(70, |random| random.between(1, seats)),
        appointment: Default::default(),
        pool_per_seat: None,
        per_organisation: None,
        fields: vec![],
    }
}

/// A score tree in the making.
struct Tree<'a> {
    random: &'a mut Random,
    panels: &'a [Panel],
    count: u32,
    /// Every part is worth all or nothing, so that totals are equal and their parts are not.
    coarse: bool,
}

impl Tree<'_> {
    fn root(mut self) -> Node {
        match self.random.between(1, 10) {
            1 => self.aggregated_leaf(),
            2 => self.aggregated_branch(),
            _ => self.sum(2),
        }
    }

    fn node(&mut self) -> Node {
        self.count += 1;
        Node {
            id: Id::new(format!("node-{}", self.count)),
            name: Text::default(),
            points: Exact::from(if self.coarse { 2 } else { self.random.pick(&[1, 2, 2, 4]) }),
            scored: None,
            measured: None,
            parts: vec![],
            aggregate: None,
            transform: None,
        }
    }

    fn sum(&mut self, depth: u32) -> Node {
        let mut node = self.node();
        let parts = if self.coarse { 3 } else { self.random.pick(&[1, 2, 2, 2, 3]) };
        node.parts = (0..parts).map(|_| self.part(depth - 1)).collect();
        node.transform = self.team_transform();
        node
    }

    fn part(&mut self, depth: u32) -> Node {
        match self.random.between(1, 10) {
            1..=6 if self.coarse => self.measured_leaf(),
            1..=3 => self.measured_leaf(),
            4..=6 => self.aggregated_leaf(),
            7..=8 => self.aggregated_branch(),
            _ if depth > 0 => self.sum(depth),
            _ => self.aggregated_leaf(),
        }
    }

    fn measured_leaf(&mut self) -> Node {
        let mut node = self.node();
        let items = self.random.pick(&[0, 0, 1, 2]);
        node.measured = Some(Measured {
            by: Text::default(),
            items: (0..items)
                .map(|number| MeasuredItem {
                    id: Id::new(format!("item-{number}")),
                    weight: Exact::from(self.random.between(1, 2)),
                })
                .collect(),
            max: Exact::from(4),
        });
        node.transform = if !self.coarse && self.random.percent(35) {
            Some(Transform::Ratio { cap: self.random.pick(&[Exact::one(), Exact::one(), Exact::ratio(3, 2)]) })
        } else {
            self.team_transform()
        };
        node
    }

    fn scored_leaf(&mut self, panel: &Id) -> Node {
        let mut node = self.node();
        node.scored = Some(Scored {
            panel: panel.clone(),
            min: Exact::from(self.random.pick(&[0, 0, 1])),
            max: self.random.maybe(60, |random| Exact::from(random.between(1, 3))),
            step: self.random.pick(&[Exact::one(), Exact::one(), Exact::ratio(1, 2)]),
            rubric: None,
        });
        node
    }

    fn aggregated_leaf(&mut self) -> Node {
        let panel = self.random.pick(self.panels);
        let mut node = self.scored_leaf(&panel.id);
        node.aggregate = Some(self.aggregator(&panel));
        node.transform = self.team_transform();
        node
    }

    fn aggregated_branch(&mut self) -> Node {
        let panel = self.random.pick(self.panels);
        let mut node = self.node();
        let parts = self.random.between(1, 2);
        node.parts = (0..parts).map(|_| self.evaluators_part(&panel.id, 1)).collect();
        node.aggregate = Some(self.aggregator(&panel));
        node.transform = self.team_transform();
        node
    }

    fn evaluators_part(&mut self, panel: &Id, depth: u32) -> Node {
        let mut node = if depth > 0 && self.random.percent(20) {
            let mut branch = self.node();
            branch.parts = (0..2).map(|_| self.evaluators_part(panel, depth - 1)).collect();
            branch
        } else {
            self.scored_leaf(panel)
        };
        node.transform = self.random.maybe(40, absolute);
        node
    }

    fn aggregator(&mut self, panel: &Panel) -> Aggregator {
        match self.random.between(1, 5) {
            _ if self.coarse => Aggregator::Majority,
            1 => Aggregator::Mean,
            2 => Aggregator::Median,
            3 => Aggregator::Majority,
            _ if panel.seats.is_some_and(|seats| seats < 3) => Aggregator::TrimmedMean { drop: 0 },
            _ => Aggregator::TrimmedMean { drop: 1 },
        }
    }

    fn team_transform(&mut self) -> Option<Transform> {
        match self.random.between(1, 5) {
            _ if self.coarse => None,
            1..=2 => None,
            3..=4 => Some(absolute(self.random)),
            _ => Some(Transform::RescaleToBest),
        }
    }
}

fn absolute(random: &mut Random) -> Transform {
    Transform::Absolute { of: Exact::from(random.pick(&[1, 2, 2, 4])) }
}

fn gate(random: &mut Random, number: u32, panels: &[Panel], score: Option<&Node>) -> Gate {
    let share = random.pick(&[Exact::zero(), Exact::ratio(1, 3), Exact::ratio(1, 2), Exact::ratio(2, 3)]);
    let bar = match random.between(1, 4) {
        1 => VoteBar::FailsAt(random.between(1, 3)),
        2 => VoteBar::FailsAbove(share),
        3 => VoteBar::PassesAt(random.between(1, 3)),
        _ => VoteBar::PassesAbove(share),
    };
    let test = match (random.between(1, 6), score) {
        (1, _) => GateTest::Finding,
        (2 | 3, Some(root)) => GateTest::AtLeast { node: team_node(random, root), points: points(random) },
        _ => GateTest::Votes { panel: random.pick(panels).id, bar },
    };
    Gate { id: Id::new(format!("gate-{number}")), name: Text::default(), requires: Text::default(), test: Some(test) }
}

fn points(random: &mut Random) -> Exact {
    random.pick(&[Exact::one(), Exact::from(2), Exact::from(3), Exact::from(5), Exact::ratio(1, 2), Exact::ratio(3, 2)])
}

fn cut(random: &mut Random, panels: &[Panel], score: Option<&Node>) -> Cut {
    Cut {
        keep: score.and_then(|_| random.maybe(80, |random| random.pick(&[0, 1, 1, 1, 2, 2, 2, 3, 3, 4]))),
        at_least: score.and_then(|_| random.maybe(20, points)),
        majority_of: random.maybe(20, |random| random.pick(panels).id),
        nobody: random.percent(60),
        among: random.pick(&[Among::Passing, Among::All]),
    }
}

fn ladder(random: &mut Random, score: Option<&Node>, must_end: bool) -> Vec<Rung> {
    let mut rungs: Vec<Rung> = Vec::new();
    if let Some(root) = score {
        // The total itself separates nobody whose totals are equal; its parts may.
        let parts: Vec<&Node> = if root.aggregate.is_none() { root.parts.iter().collect() } else { vec![root] };
        for _ in 0..random.between(0, 3) {
            let aggregated: Vec<Id> =
                root.walk().filter(|node| node.aggregate.is_some()).map(|node| node.id.clone()).collect();
            rungs.push(match random.between(1, 3) {
                1 if !aggregated.is_empty() => Rung::MedianAt(random.pick(&aggregated)),
                2 if !aggregated.is_empty() => Rung::PreferredAt(random.pick(&aggregated)),
                _ => {
                    let part = random.pick(&parts);
                    Rung::Higher(team_node(random, part))
                }
            });
        }
    }
    if must_end {
        rungs.push(Rung::Seed);
    }
    rungs
}

/// A node that has one value per team.
fn team_node(random: &mut Random, root: &Node) -> Id {
    fn list(node: &Node, into: &mut Vec<Id>) {
        into.push(node.id.clone());
        if node.aggregate.is_none() {
            node.parts.iter().for_each(|part| list(part, into));
        }
    }
    let mut nodes = Vec::new();
    list(root, &mut nodes);
    random.pick(&nodes)
}

// ------------------------------------------------------------------ eligibility

fn document(random: &mut Random, number: u32) -> DocumentKind {
    DocumentKind {
        id: Id::new(format!("document-{number}")),
        name: Text::default(),
        required: random.percent(80),
        formats: random.pick(&[vec![Format::Pdf], vec![Format::Pdf, Format::Hwpx]]),
        max_pages: random.maybe(60, |random| random.between(1, 3)),
    }
}

fn team_condition(random: &mut Random, depth: u32) -> TeamCondition {
    let highest = if depth > 0 { 9 } else { 6 };
    match random.between(1, highest) {
        1 => TeamCondition::Lead(organisation_condition(random, 1)),
        2 => TeamCondition::EveryMember(organisation_condition(random, 1)),
        3 => TeamCondition::AnyMember(organisation_condition(random, 1)),
        4 => TeamCondition::Members {
            at_least: random.maybe(60, |random| random.between(1, 3)),
            at_most: random.maybe(60, |random| random.between(1, 3)),
        },
        5 => TeamCondition::CompleteDocuments,
        6 => TeamCondition::OneTeamPer(random.pick(&[MemberRole::Lead, MemberRole::Any])),
        7 => TeamCondition::AllOf((0..random.between(0, 3)).map(|_| team_condition(random, depth - 1)).collect()),
        8 => TeamCondition::AnyOf((0..random.between(0, 3)).map(|_| team_condition(random, depth - 1)).collect()),
        _ => TeamCondition::Not(Box::new(team_condition(random, depth - 1))),
    }
}

fn organisation_condition(random: &mut Random, depth: u32) -> OrganisationCondition {
    let countries =
        |random: &mut Random| (0..random.between(1, 2)).map(|_| Country::new(random.pick(&COUNTRIES))).collect();
    let parts = |random: &mut Random| {
        (0..random.between(1, 3)).map(|_| organisation_condition(random, depth.saturating_sub(1))).collect()
    };
    match random.between(1, if depth > 0 { 10 } else { 7 }) {
        1 => OrganisationCondition::EstablishedIn(countries(random)),
        2 => OrganisationCondition::ControlledFrom(countries(random)),
        3 => OrganisationCondition::Kind((0..random.between(1, 4)).map(|_| random.pick(&KINDS)).collect()),
        4 => OrganisationCondition::TrainedParametersBillion(random.between(1, 3)),
        5 => OrganisationCondition::StudentsTakePart,
        6 => OrganisationCondition::Certificate(random.pick(&["cert-0", "cert-1"]).into()),
        7 => OrganisationCondition::NotBarred,
        8 => OrganisationCondition::AllOf(parts(random)),
        9 => OrganisationCondition::AnyOf(parts(random)),
        _ => OrganisationCondition::Not(Box::new(organisation_condition(random, depth - 1))),
    }
}
