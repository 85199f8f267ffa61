//! The rulebooks under `programmes/`: each is read without a complaint and says what makes it what it is.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a rulebook that cannot be read should fail loudly")]

use std::collections::BTreeMap;

use rulebook::{
    Aggregator, Among, Checked, Component, Cut, Exact, GateTest, Id, Intake, Item, LateTeams, Measured, Moment, Node,
    OrganisationCondition, Permission, Reader, Rulebook, Rung, Stage, StageKind, TeamCondition, Transform, VoteBar,
};

const SHIPPED: [&str; 7] = [
    "kr-2025-call",
    "kr-2026-01-phase",
    "kr-2026-02-additional",
    "kr-2026-08-phase",
    "eu-frontier-2026",
    "in-2025-rolling",
    "sg-declared-lineage",
];

fn text(name: &str) -> String {
    std::fs::read_to_string(format!("{}/../../programmes/{name}.toml", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn shipped(name: &str) -> Rulebook {
    let Checked { rulebook, .. } = Rulebook::parse(&text(name)).unwrap_or_else(|findings| panic!("{findings}"));
    rulebook
}

fn stage<'b>(book: &'b Rulebook, id: &str) -> &'b Stage {
    book.stage(&Id::from(id)).unwrap()
}

fn node<'b>(stage: &'b Stage, id: &str) -> &'b Node {
    stage.score.as_ref().unwrap().find(&Id::from(id)).unwrap()
}

/// The points of each node, as the file gives them.
fn points(stage: &Stage) -> Vec<String> {
    let nodes = stage.score.as_ref().unwrap().walk();
    nodes.map(|node| format!("{} {}", node.id, node.points)).collect()
}

fn measured(node: &Node) -> &Measured {
    node.measured.as_ref().unwrap()
}

#[test]
fn every_file_is_read_without_a_complaint_and_can_open() {
    for name in SHIPPED {
        let checked = Rulebook::parse(&text(name)).unwrap_or_else(|findings| panic!("{findings}"));
        assert!(checked.warnings.is_empty(), "{}", checked.warnings.in_file(name));
        assert_eq!(checked.rulebook.programme.id.as_str(), name);
        assert!(!checked.rulebook.programme.sources.is_empty(), "{name} names no source");
        assert!(!checked.rulebook.choices.is_empty(), "{name} states no choice");
        assert!(checked.rulebook.stages.iter().all(|stage| stage.unset().is_empty()), "{name}");
    }
}

#[test]
fn every_file_names_the_schema_first() {
    for name in SHIPPED {
        assert!(text(name).starts_with("#:schema rulebook.schema.json\n#\n# "), "{name}");
    }
}

#[test]
fn no_file_in_the_folder_is_left_out() {
    let folder = std::fs::read_dir(format!("{}/../../programmes", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let files = folder.map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut found: Vec<_> = files.filter_map(|file| file.strip_suffix(".toml").map(str::to_owned)).collect();
    let mut listed = SHIPPED.map(str::to_owned);
    found.sort();
    listed.sort();
    assert_eq!(found, listed);
}

#[test]
fn the_hash_is_that_of_the_bytes() {
    let checked = Rulebook::parse(&text("kr-2025-call")).unwrap();
    assert_eq!(checked.hash, rulebook::hash(&text("kr-2025-call")));
    assert_ne!(checked.hash, rulebook::hash(&(text("kr-2025-call") + "\n")));
}

#[test]
fn the_2025_call_goes_from_fifteen_to_ten_to_five() {
    let book = shipped("kr-2025-call");
    let kept: Vec<_> = book.stages.iter().map(|stage| stage.cut.as_ref().and_then(|cut| cut.keep)).collect();
    assert_eq!(kept, [None, Some(10), Some(5)]);
    assert_eq!(book.stages[0].kind, StageKind::Eligibility);
    for id in ["written", "presentation"] {
        let stage = stage(&book, id);
        assert_eq!(points(stage), ["total 100", "technology 40", "strategy 30", "ecosystem 30"]);
        assert_eq!(node(stage, "total").aggregate, Some(Aggregator::TrimmedMean { drop: 1 }));
        assert_eq!(stage.ties.last(), Some(&Rung::Seed));
    }
    let seats = |id| stage(&book, id).panels[0].seats;
    assert_eq!((seats("written"), seats("presentation")), (Some(7), Some(9)));
}

#[test]
fn what_the_2025_call_never_published_is_a_choice() {
    let book = shipped("kr-2025-call");
    let about: Vec<_> = book.choices.iter().map(|choice| choice.about.as_str()).collect();
    for rule in ["stage.written.panel.experts.seats", "stage.presentation.panel.experts.seats", "stage.written.ties"] {
        assert!(about.contains(&rule), "{rule}");
    }
}

#[test]
fn the_2025_call_grants_two_ways_that_are_worth_the_same() {
    let compute = shipped("kr-2025-call").compute.unwrap();
    let worth: Vec<_> = compute.grants[0].choices.iter().map(|way| compute.worth(way)).collect();
    assert_eq!(worth, [Some(Exact::from(512)), Some(Exact::from(512))]);
}

#[test]
fn the_2025_goal_is_a_goal_and_no_pass_line() {
    let frontier = shipped("kr-2025-call").frontier.unwrap();
    assert_eq!(frontier.margin, Exact::ratio(19, 20));
    assert_eq!(frontier.window_months, 6);
    assert!(!frontier.pass_line);
    assert_eq!(frontier.wanting().len(), 2, "no benchmark of the verdict was ever published");
}

#[test]
fn a_scale_that_nobody_published_is_a_choice() {
    for name in ["kr-2025-call", "kr-2026-01-phase", "kr-2026-08-phase"] {
        let book = shipped(name);
        assert!(book.choices.iter().any(|choice| choice.about == "frontier.scale"), "{name}");
    }
}

#[test]
fn january_2026_has_forty_thirty_five_twenty_five() {
    let book = shipped("kr-2026-01-phase");
    let evaluation = stage(&book, "evaluation");
    let expected = [
        "total 100",
        "benchmark 40",
        "nia 10",
        "common 20",
        "individual 10",
        "experts 35",
        "strategy 10",
        "results 15",
        "effect 10",
        "users 25",
    ];
    assert_eq!(points(evaluation), expected);
    assert_eq!(measured(node(evaluation, "common")).items.len(), 13);
    assert_eq!(measured(node(evaluation, "individual")).items.len(), 5);
    assert_eq!(node(evaluation, "individual").transform, Some(Transform::Ratio { cap: Exact::one() }));
    assert_eq!(node(evaluation, "experts").aggregate, Some(Aggregator::TrimmedMean { drop: 1 }));
    assert_eq!(node(evaluation, "users").aggregate, Some(Aggregator::Mean));
    assert_eq!(node(evaluation, "users").transform, Some(Transform::RescaleToBest));
}

#[test]
fn january_2026_leaves_the_place_of_a_barred_team_empty() {
    let book = shipped("kr-2026-01-phase");
    let evaluation = stage(&book, "evaluation");
    let cut = evaluation.cut.as_ref().unwrap();
    assert_eq!((cut.keep, cut.among), (Some(4), Among::All));
    let Some(GateTest::Votes { panel, bar }) = &evaluation.gates[0].test else { panic!("the gate is no vote") };
    assert_eq!((panel.as_str(), bar), ("experts", &VoteBar::FailsAbove(Exact::ratio(1, 2))));
}

#[test]
fn january_2026_publishes_the_best_and_the_mean_but_no_total() {
    let disclosure = shipped("kr-2026-01-phase").disclosure;
    assert_eq!(disclosure.moment(Item::NodeSummary, Reader::Public), Moment::Published);
    assert_eq!(disclosure.moment(Item::Totals, Reader::Public), Moment::Never);
}

#[test]
fn the_additional_call_may_choose_nobody() {
    let book = shipped("kr-2026-02-additional");
    let cut = stage(&book, "selection").cut.clone().unwrap();
    let expected = Cut { keep: Some(1), majority_of: Some(Id::from("experts")), nobody: true, ..Cut::default() };
    assert_eq!(cut, expected);
    assert!(matches!(book.intake, Intake::Single { max_teams: None, .. }), "a lone applicant is enough");
}

#[test]
fn the_additional_call_gives_a_late_team_equal_time_and_equal_compute() {
    let book = shipped("kr-2026-02-additional");
    assert_eq!(book.development.unwrap().late_teams, LateTeams::EqualLength);
    let compute = book.compute.unwrap();
    let mixed = BTreeMap::from([("B200".to_owned(), Exact::from(512)), ("H100".to_owned(), Exact::from(512))]);
    assert_eq!(compute.worth(&mixed), Some(Exact::from(768)));
}

#[test]
fn august_2026_rescales_nothing_to_the_best() {
    let book = shipped("kr-2026-08-phase");
    let evaluation = stage(&book, "evaluation");
    let expected = [
        "total 100",
        "aaii 25",
        "nia 15",
        "experts 35",
        "strategy 10",
        "results 10",
        "effect 15",
        "expert-users 15",
        "citizens 10",
    ];
    assert_eq!(points(evaluation), expected);
    let of = |id| match &node(evaluation, id).transform {
        Some(Transform::Absolute { of }) => of.to_string(),
        other => panic!("{id} has {other:?}"),
    };
    assert_eq!(
        (of("aaii"), of("nia"), of("expert-users"), of("citizens")),
        ("100".into(), "100".into(), "5".into(), "5".into())
    );
    assert!(measured(node(evaluation, "aaii")).items.is_empty(), "the index is one number");
}

#[test]
fn august_2026_seats_experts_by_field_and_keeps_three() {
    let book = shipped("kr-2026-08-phase");
    let evaluation = stage(&book, "evaluation");
    let fields: Vec<_> = evaluation.panels[0].fields.iter().map(|field| field.seats).collect();
    assert_eq!(fields, [3, 5, 2]);
    assert_eq!(evaluation.cut.as_ref().unwrap().keep, Some(3));
    assert!(evaluation.gate(&Id::from("independence")).unwrap().test.is_some());
}

#[test]
fn europe_asks_for_ownership_and_control() {
    let book = shipped("eu-frontier-2026");
    let countries = |rule: &str| {
        let rule = book.eligibility.iter().find(|found| found.id.as_str() == rule).unwrap();
        match &rule.require {
            TeamCondition::EveryMember(OrganisationCondition::EstablishedIn(countries)) => ("established", countries),
            TeamCondition::EveryMember(OrganisationCondition::ControlledFrom(countries)) => ("controlled", countries),
            other => panic!("{other:?}"),
        }
    };
    let (owned, controlled) = (countries("establishment"), countries("control"));
    assert_eq!((owned.0, controlled.0), ("established", "controlled"));
    assert_eq!(owned.1, controlled.1);
    assert_eq!(owned.1.len(), 27);
    assert_eq!(stage(&book, "evaluation").cut.as_ref().unwrap().keep, Some(1));
}

#[test]
fn india_opens_a_window_a_month_and_keeps_by_majority() {
    let book = shipped("in-2025-rolling");
    let at = |now: &str| {
        let window = book.intake.window_at(&book.calendar, now.parse().unwrap()).unwrap();
        window.map(|window| window.id.to_string())
    };
    assert_eq!(at("2025-02-15T18:29:59Z").as_deref(), Some("2025-01"));
    assert_eq!(at("2025-02-15T18:30:00Z").as_deref(), Some("2025-02"));
    assert_eq!(at("2026-02-01T00:00:00Z"), None);
    let selection = stage(&book, "selection");
    assert!(selection.score.is_none() && selection.cut.as_ref().unwrap().nobody);
}

#[test]
fn singapore_allows_what_is_declared() {
    let book = shipped("sg-declared-lineage");
    let lineage = book.lineage.as_ref().unwrap();
    assert_eq!(lineage.origin(Component::Blocks).outside, Permission::IfDeclared);
    assert_eq!(lineage.origin(Component::Tokenizer).outside, Permission::Allowed);
    let document = book.application.documents.iter().find(|document| document.id.as_str() == "lineage-declaration");
    assert!(document.unwrap().required);
    let gate = stage(&book, "evaluation").gate(&Id::from("declared")).unwrap();
    assert_eq!(gate.test, Some(GateTest::Finding));
}
