//! A verdict from scores, a snapshot and a rule, through the front door.

mod world;

use evaluation::Class;
use evaluation::verdict::{
    Belonging, Chance, ClusterBy, Gate, Language, Missing, Of, Plan, PlanFault, Reason, RecomputeFault, Rule,
    RuleFault, Scale, Score, ScoresFault, SnapshotFault, Verdict, VerdictFault, Word,
};
use world::{Kind, items, rule, scores, snapshot};

fn judged(candidate: &[Kind], frontier: &[Kind], rule: &Rule) -> Verdict {
    Verdict::compute(&scores("candidate", candidate), &snapshot(&[("best", frontier)]), rule, 1).unwrap()
}

/// `n` items of each kind of pair: both right, only the candidate, only the frontier, neither.
fn table(both: usize, own: usize, other: usize, neither: usize) -> (Vec<Kind>, Vec<Kind>) {
    let kinds = [(both, 1.0, 1.0), (own, 1.0, 0.0), (other, 0.0, 1.0), (neither, 0.0, 0.0)];
    let side = |first: bool| {
        let kinds = kinds.iter().flat_map(|(n, own, other)| vec![if first { *own } else { *other }; *n]);
        kinds.map(Kind::Scored).collect()
    };
    (side(true), side(false))
}

#[test]
fn the_three_words() {
    for (cells, word) in [
        ((700, 60, 55, 185), Word::Reached),
        ((600, 20, 180, 200), Word::NotReached),
        ((700, 40, 75, 185), Word::NotShown),
    ] {
        let (candidate, frontier) = table(cells.0, cells.1, cells.2, cells.3);
        let verdict = judged(&candidate, &frontier, &rule());
        assert_eq!(verdict.word, word, "{:?}", verdict.comparisons[0].units);
        let figures = verdict.comparisons[0].units[0].figures.as_ref().unwrap();
        let (low, high) = (figures.interval.low.unwrap(), figures.interval.high.unwrap());
        match word {
            Word::Reached => assert!(low >= 0.95),
            Word::NotReached => assert!(high <= 0.95),
            Word::NotShown => assert!(low < 0.95 && high > 0.95),
        }
        assert!(low < figures.ratio.unwrap() && figures.ratio.unwrap() < high);
    }
}

#[test]
fn a_point_estimate_above_the_line_is_not_enough() {
    let (candidate, frontier) = table(60, 10, 12, 18);
    let verdict = judged(&candidate, &frontier, &rule());
    let figures = verdict.comparisons[0].units[0].figures.clone().unwrap();
    assert!(figures.ratio.unwrap() > 0.95);
    assert_eq!(verdict.word, Word::NotShown);
    let [Reason::Undecided { more_items: Some(more), .. }] = verdict.comparisons[0].units[0].reasons.as_slice() else {
        panic!("{:?}", verdict.comparisons[0].units[0].reasons);
    };
    assert!(*more > 100, "{more}");
}

#[test]
fn the_same_inputs_give_the_same_bytes_in_any_order() {
    let (candidate, frontier) = table(700, 60, 55, 185);
    let (mut own, world) = (scores("candidate", &candidate), snapshot(&[("best", &frontier)]));
    let verdict = Verdict::compute(&own, &world, &rule(), 1).unwrap();
    let bytes = verdict.canonical().unwrap();
    own.tasks.get_mut("questions").unwrap().items.reverse();
    assert_eq!(Verdict::compute(&own, &world, &rule(), 1).unwrap().canonical().unwrap(), bytes);
    let read: Verdict = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(read.canonical().unwrap(), bytes, "figures survive being written and read");
    read.recompute(&own, &world).unwrap();
}

#[test]
fn a_forged_verdict_is_found_out() {
    let (candidate, frontier) = table(700, 40, 75, 185);
    let (own, world) = (scores("candidate", &candidate), snapshot(&[("best", &frontier)]));
    let mut verdict = Verdict::compute(&own, &world, &rule(), 1).unwrap();
    verdict.word = Word::Reached;
    let fault = verdict.recompute(&own, &world).unwrap_err();
    assert!(matches!(&fault, RecomputeFault::OtherVerdict { field } if field == "word"), "{fault}");
    let (better, _) = table(760, 40, 15, 185);
    let fault = verdict.recompute(&scores("candidate", &better), &world).unwrap_err();
    assert!(matches!(fault, RecomputeFault::OtherInput { what: "candidate", .. }));
    verdict.rule.margin = 0.5;
    let fault = verdict.recompute(&own, &world).unwrap_err();
    assert!(matches!(fault, RecomputeFault::OtherInput { what: "rule", .. }));
}

#[test]
fn the_best_of_several_must_each_be_reached() {
    let (candidate, equal) = table(700, 60, 55, 185);
    let strong = vec![Kind::Scored(1.0); 1_000];
    let world = snapshot(&[("equal", &equal), ("strong", &strong)]);
    let own = scores("candidate", &candidate);
    let verdict = Verdict::compute(&own, &world, &rule(), 1).unwrap();
    let words: Vec<Word> = verdict.comparisons.iter().map(|comparison| comparison.word).collect();
    assert_eq!((words.as_slice(), verdict.word), ([Word::Reached, Word::NotReached].as_slice(), Word::NotReached));
    let named = Rule { of: Of::Model("equal".into()), ..rule() };
    assert_eq!(Verdict::compute(&own, &world, &named, 1).unwrap().word, Word::Reached);
    let mean = Verdict::compute(&own, &world, &Rule { of: Of::Mean, ..rule() }, 1).unwrap();
    assert_eq!(mean.comparisons.len(), 1);
    assert_eq!(mean.comparisons[0].against, ["equal", "strong"]);
    let figures = mean.comparisons[0].units[0].figures.as_ref().unwrap();
    assert!((figures.frontier - (0.755 + 1.0) / 2.0).abs() < 1e-12);
}

#[test]
fn a_model_that_was_not_run_keeps_reached_from_being_said() {
    let (candidate, frontier) = table(700, 60, 55, 185);
    let mut world = snapshot(&[("best", &frontier), ("unknown", &[])]);
    world.models[1].protocol = None;
    world.models[1].tasks.clear();
    let own = scores("candidate", &candidate);
    let verdict = Verdict::compute(&own, &world, &rule(), 1).unwrap();
    assert_eq!(verdict.word, Word::NotShown);
    assert_eq!(verdict.reasons, [Reason::NotRun { model: "unknown".into() }]);
    let (poor, _) = table(300, 20, 455, 225);
    let verdict = Verdict::compute(&scores("candidate", &poor), &world, &rule(), 1).unwrap();
    assert_eq!(verdict.word, Word::NotReached, "one model out of reach is enough");
}

#[test]
fn the_window_ends_with_the_snapshot() {
    let mut world = snapshot(&[("inside", &[]), ("old", &[]), ("new", &[]), ("edge", &[])]);
    world.frozen_on = "2026-08-31".parse().unwrap();
    for (model, day) in world.models.iter_mut().zip(["2026-05-01", "2026-02-27", "2026-09-01", "2026-02-28"]) {
        model.released_on = day.parse().unwrap();
    }
    let window = world.window(6).unwrap();
    assert_eq!(window.from.to_string(), "2026-02-28", "February has no 31st");
    assert_eq!(window.inside, ["edge", "inside"]);
    let outside: Vec<&str> = window.outside.iter().map(|outside| outside.model.as_str()).collect();
    assert_eq!(outside, ["new", "old"]);
    assert!(matches!(world.window(u32::MAX), Err(SnapshotFault::Window { .. })));
}

#[test]
fn missing_answers_must_not_turn_it() {
    let (mut candidate, mut frontier) = table(700, 60, 55, 185);
    let left_out = Rule { missing: Missing::LeftOut, ..rule() };
    // Leaving out 40 wrong answers of the candidate's own would be a free way up.
    for kind in candidate.iter_mut().skip(760).take(40) {
        *kind = Kind::Missing(Class::TransportError);
    }
    let verdict = judged(&candidate, &frontier, &left_out);
    let unit = &verdict.comparisons[0].units[0];
    assert!(unit.figures.as_ref().unwrap().p_reached <= 0.05);
    assert_eq!(unit.bounds.unwrap().worst.ratio.unwrap(), 760.0 / 755.0);
    assert_eq!(verdict.word, Word::Reached, "it reaches even if all of them were wrong");
    for kind in frontier.iter_mut().skip(815).take(60) {
        *kind = Kind::Missing(Class::Refused);
    }
    let verdict = judged(&candidate, &frontier, &left_out);
    assert_eq!(verdict.word, Word::NotShown);
    assert_eq!(verdict.comparisons[0].units[0].reasons, [Reason::TurnsWithinBounds { unit: "questions".into() }]);
    let verdict = judged(&candidate, &frontier, &Rule { missing: Missing::NotShown, ..rule() });
    assert!(
        verdict.comparisons[0].units[0]
            .reasons
            .contains(&Reason::MissingItems { task: "questions".into(), items: 100 })
    );
}

#[test]
fn items_that_only_one_was_asked_are_listed_and_count_as_missing() {
    let (mut candidate, frontier) = table(700, 60, 55, 185);
    candidate[3] = Kind::NotAsked;
    let verdict = judged(&candidate, &frontier, &Rule { missing: Missing::Wrong, ..rule() });
    let pairing = &verdict.comparisons[0].tasks[0].pairing;
    assert_eq!(pairing.frontier_only, ["doc-00003"]);
    assert_eq!((pairing.items, pairing.complete), (1_000, 999));
    assert_eq!(verdict.comparisons[0].units[0].figures.as_ref().unwrap().pairs, 1_000);
}

#[test]
fn another_protocol_is_no_comparison() {
    let (candidate, frontier) = table(700, 60, 55, 185);
    let world = snapshot(&[("best", &frontier)]);
    let reasons = |change: &dyn Fn(&mut evaluation::verdict::Scores)| {
        let mut own = scores("candidate", &candidate);
        change(&mut own);
        let verdict = Verdict::compute(&own, &world, &rule(), 1).unwrap();
        assert_eq!(verdict.word, Word::NotShown);
        verdict.comparisons[0].units[0].reasons.clone()
    };
    let task = || "questions".to_owned();
    let items = |scores: &mut evaluation::verdict::Scores, change: &dyn Fn(&mut evaluation::verdict::ItemScore)| {
        scores.tasks.get_mut("questions").unwrap().items.iter_mut().take(20).for_each(change);
    };
    let found = reasons(&|own| items(own, &|item| item.prompt_hash = "another".into()));
    assert_eq!(found, [Reason::PromptsDiffer { task: task(), items: 20 }]);
    let found = reasons(&|own| own.protocol.token_budget = "less".into());
    assert_eq!(found, [Reason::BudgetsDiffer { model: "best".into() }]);
    let found = reasons(&|own| own.protocol.reasoning_effort.clear());
    assert_eq!(found, [Reason::EffortUnknown { model: "candidate".into() }]);
    let found = reasons(&|own| own.tasks.get_mut("questions").unwrap().filter = "strict".into());
    assert!(matches!(&found[0], Reason::OtherMetric { found, .. } if found == "exact_match,strict"));
    let found = reasons(&|own| {
        items(own, &|item| {
            item.class = Class::Truncated;
            item.score = None;
        });
    });
    assert!(found.contains(&Reason::TruncationDiffers { task: task(), candidate: 0.02, frontier: 0.0 }), "{found:?}");
}

#[test]
fn a_second_look_is_not_planned_for() {
    let (candidate, frontier) = table(700, 60, 55, 185);
    let (own, world) = (scores("candidate", &candidate), snapshot(&[("best", &frontier)]));
    let verdict = Verdict::compute(&own, &world, &rule(), 2).unwrap();
    assert_eq!((verdict.word, verdict.reasons), (Word::NotShown, vec![Reason::TooManyLooks { look: 2, planned: 1 }]));
    let planned = Verdict::compute(&own, &world, &Rule { looks: 2, ..rule() }, 2).unwrap();
    assert_eq!(planned.word, Word::Reached);
    let confidence = planned.comparisons[0].units[0].figures.as_ref().unwrap().interval.confidence;
    assert!((confidence - 0.95).abs() < 1e-12, "each look has half the level");
    assert!(matches!(Verdict::compute(&own, &world, &rule(), 0), Err(VerdictFault::NoLook)));
}

#[test]
fn taking_guessing_off_asks_for_more() {
    // 0.772 against 0.8: 0.965 as it stands, 0.949 with a floor of a quarter.
    let (candidate, frontier) = table(1_520, 24, 80, 376);
    let mut rule = rule();
    rule.tasks[0].chance = Chance::Level(0.25);
    assert_eq!(judged(&candidate, &frontier, &rule).word, Word::Reached);
    rule.scale = Scale::ChanceCorrected;
    let verdict = judged(&candidate, &frontier, &rule);
    assert_eq!(verdict.word, Word::NotShown);
    let figures = verdict.comparisons[0].units[0].figures.as_ref().unwrap();
    assert!((figures.ratio.unwrap() - (0.772 - 0.25) / (0.8 - 0.25)).abs() < 1e-12);
    let beside = &verdict.comparisons[0].tasks[0].beside;
    assert!((beside.raw_ratio.unwrap() - 0.965).abs() < 1e-12);
    assert!((beside.error_ratio.unwrap() - 0.228 / 0.2).abs() < 1e-9);
}

#[test]
fn clusters_make_it_less_sure() {
    let (candidate, frontier) = table(700, 60, 55, 185);
    let mut rule = rule();
    let apart = judged(&candidate, &frontier, &rule);
    rule.tasks[0].cluster = ClusterBy::Column("passage".into());
    let together = judged(&candidate, &frontier, &rule);
    let error = |verdict: &Verdict| {
        let interval = verdict.comparisons[0].units[0].figures.as_ref().unwrap().interval_95;
        interval.high.unwrap() - interval.low.unwrap()
    };
    // The world puts runs of 20 alike items into a passage.
    assert!(error(&together) > 2.0 * error(&apart), "{} {}", error(&together), error(&apart));
    assert_eq!(together.comparisons[0].units[0].figures.as_ref().unwrap().clusters, 50);
}

#[test]
fn benchmarks_count_together_or_each_for_itself() {
    let (good, frontier) = table(700, 60, 20, 220);
    let (poor, _) = table(640, 0, 80, 280);
    let both = |own: &[Kind], other: &[Kind], name: &str| {
        let mut scores = scores(name, own);
        scores.tasks.insert("second".into(), items(other));
        scores
    };
    let own = both(&good, &poor, "candidate");
    let mut world = snapshot(&[("best", &frontier)]);
    world.models[0].tasks.insert("second".into(), items(&frontier));
    let mut rule = rule();
    let second = evaluation::verdict::RuleTask { task: "second".into(), weight: 1.0, ..rule.tasks[0].clone() };
    rule.tasks.push(second);
    let composite = Verdict::compute(&own, &world, &rule, 1).unwrap();
    assert_eq!(composite.comparisons[0].units.len(), 1);
    assert_eq!(composite.comparisons[0].units[0].name, "composite");
    assert_eq!(composite.word, Word::Reached, "{:?}", composite.comparisons[0].units[0]);
    rule.gate = Gate::EveryTask;
    let each = Verdict::compute(&own, &world, &rule, 1).unwrap();
    let words: Vec<Word> = each.comparisons[0].units.iter().map(|unit| unit.word).collect();
    assert_eq!((words[0], each.word), (Word::Reached, Word::NotReached));
}

#[test]
fn what_nothing_can_be_computed_from_is_refused() {
    let (candidate, frontier) = table(7, 6, 5, 18);
    let (own, world) = (scores("candidate", &candidate), snapshot(&[("best", &frontier)]));
    let fault = |rule: Rule| Verdict::compute(&own, &world, &rule, 1).unwrap_err().to_string();
    assert!(fault(Rule { margin: 0.0, ..rule() }).contains("`margin` is 0; write a number above 0 and at most 1"));
    assert!(fault(Rule { tasks: Vec::new(), ..rule() }).contains("names no task"));
    let no_chance = Rule { scale: Scale::ChanceCorrected, ..rule() };
    assert_eq!(no_chance.check(), Err(RuleFault::NoChance("questions".into())));
    let mut twice = own.clone();
    let items = &mut twice.tasks.get_mut("questions").unwrap().items;
    items.push(items[0].clone());
    let found = Verdict::compute(&twice, &world, &rule(), 1).unwrap_err();
    assert!(matches!(found, VerdictFault::Candidate(ScoresFault::Duplicate { .. })));
    let mut high = own.clone();
    high.tasks.get_mut("questions").unwrap().items[0].score = Some(Score::Number(1.5));
    assert!(matches!(high.check(), Err(ScoresFault::Item { .. })));
    let mut unsourced = world.clone();
    unsourced.models[0].release_source.clear();
    assert!(matches!(unsourced.check(), Err(SnapshotFault::NoSource { field: "release-source", .. })));
}

#[test]
fn scores_are_numbers_or_fractions() {
    let read = |text: &str| serde_json::from_str::<Score>(text);
    assert_eq!(read("\"2/3\"").unwrap(), Score::Fraction(2, 3));
    assert_eq!(read("1").unwrap(), Score::Number(1.0));
    assert_eq!(serde_json::to_string(&Score::Fraction(2, 3)).unwrap(), "\"2/3\"");
    assert!(read("\"2/0\"").is_err() && read("\"half\"").is_err());
}

#[test]
fn a_plan_says_what_it_will_take() {
    let plan = Plan {
        candidate: 0.8,
        frontier: 0.8,
        correlation: 0.5,
        margin: 0.95,
        chance: 0.0,
        alpha: 0.05,
        power: 0.8,
        clusters: Belonging::ALONE,
    };
    let planned = plan.items().unwrap();
    let pairs = planned.pairs.unwrap();
    // By hand: the models differ on 0.16 of the items, so (1.645 + 0.842)² · 0.154 / 0.04² is about 590.
    assert!((500..700).contains(&pairs), "{pairs}");
    assert!((planned.differing - 0.16).abs() < 1e-12);
    let power = plan.power_with(u32::try_from(pairs).unwrap()).unwrap();
    assert!((0.8..0.805).contains(&power), "{power}");
    let clustered = Plan { clusters: Belonging { size: 5.0, within: 0.25 }, ..plan }.items().unwrap();
    assert!(clustered.pairs.unwrap().abs_diff(2 * pairs) <= 2);
    assert_eq!(Plan { candidate: 0.76, ..plan }.items().unwrap().pairs.map(|pairs| pairs > 1_000_000), None);
    let unlike = Plan { candidate: 0.5, frontier: 0.9, correlation: 0.9, ..plan }.items();
    assert!(matches!(unlike, Err(PlanFault::Correlation { .. })));
}

#[test]
fn it_is_told_in_lines_of_eighty_columns() {
    let (mut candidate, frontier) = table(700, 40, 75, 185);
    candidate[3] = Kind::NotAsked;
    let verdict = judged(&candidate, &frontier, &Rule { missing: Missing::Wrong, ..rule() });
    let (korean, english) = (verdict.text(Language::Ko), verdict.text(Language::En));
    for line in korean.lines().chain(english.lines()) {
        assert!(unicode_width::UnicodeWidthStr::width(line) <= 80, "{line}");
    }
    assert!(english.starts_with("candidate: not shown\n====================\n"));
    assert!(korean.starts_with("candidate: 확인되지 않음\n"));
    for words in ["What this does not show", "more items would settle", "doc-00003"] {
        assert!(english.split_whitespace().collect::<Vec<_>>().join(" ").contains(words), "{words}\n{english}");
    }
    insta::assert_snapshot!("verdict_english", english);
    insta::assert_snapshot!("verdict_korean", korean);
}

#[test]
fn an_empty_window_shows_nothing() {
    let (candidate, frontier) = table(7, 6, 5, 18);
    let mut world = snapshot(&[("best", &frontier)]);
    world.models[0].released_on = "2020-01-01".parse().unwrap();
    let verdict = Verdict::compute(&scores("candidate", &candidate), &world, &rule(), 1).unwrap();
    assert_eq!((verdict.word, verdict.reasons), (Word::NotShown, vec![Reason::EmptyWindow]));
    assert_eq!(verdict.comparisons, Vec::new());
}
