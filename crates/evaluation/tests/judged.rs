//! Models judge a model's answers: judges that agree, that contradict and that talk nonsense, against the server of the
//! tests.

use std::borrow::Borrow;
use std::path::Path;

use evaluation::dataset::DatasetOptions;
use evaluation::endpoint::Model;
use evaluation::judge::{Scale, alpha};
use evaluation::measure::{
    self, JudgedWalk, Judges, JudgesFault, Manner, Measured, Prepared, RunInfo, Selected, Sink, Walk,
};
use evaluation::output::html::Words;
use evaluation::prompt::PromptOptions;
use evaluation::run::{Budget, Journal, JournalOptions, Limits};
use evaluation::{Class, Item};
use serde_json::{Value as Json, json};
use tempfile::TempDir;

use crate::info::info;
use crate::run::Trial;
use crate::server::{Config, Server};

const SUMS: &str = r#"
task: sums
dataset_path: json
dataset_kwargs: {data_files: {test: sums.jsonl}}
output_type: generate_until
test_split: test
doc_to_text: "{{q}}"
doc_to_target: "{{target}}"
generation_kwargs: {until: []}
filter_list:
  - name: number
    filter: [{function: regex, regex_pattern: "(\\d+)"}, {function: take_first}]
metric_list: [{metric: exact_match, aggregation: mean, higher_is_better: true}]
"#;

/// Every sum twice.
const TWICE: &str = "include: sums.yaml\ntask: twice\nrepeats: 2\n";

const BOTH: &str = "
group: both
task: [sums, twice]
aggregate_metric_list: [{metric: exact_match, filter_list: [number], weight_by_size: false}]
";

const WEIGHED: &str = r#"
task: weighed
dataset_path: json
dataset_kwargs: {data_files: {test: sums.jsonl}}
output_type: multiple_choice
test_split: test
doc_to_text: "{{q}}"
doc_to_choice: ["yes", "no"]
doc_to_target: 0
"#;

/// Says "correct" where the answer has the reference in it, in the language of the question.
fn honest(question: &str) -> String {
    let between = |open: &str, close: &str| {
        question.split_once(open).and_then(|(_, rest)| rest.split_once(close)).map(|(text, _)| text.trim().to_owned())
    };
    let korean = between("<기준_답안>", "</기준_답안>").zip(between("<답변>", "</답변>"));
    let english = between("<reference>", "</reference>").zip(between("<answer>", "</answer>"));
    match (korean, english) {
        (Some((right, answer)), _) => {
            format!("판정합니다. [[{}]]", if answer.contains(&right) { "정답" } else { "오답" })
        }
        (_, Some((right, answer))) if answer.contains(&right) => "The same. [[CORRECT]]".into(),
        (_, Some(_)) => "Another number. [[INCORRECT]]".into(),
        _ => panic!("not asked as a judge: {question}"),
    }
}

fn contrary(_: &str) -> String {
    "Verdict: incorrect".into()
}

fn nonsense(_: &str) -> String {
    "I like both, and turtles most of all.".into()
}

/// Eight sums, English and Korean; one question without a number in its answer; one answer that is cut; one document
/// without a target.
fn documents() -> Vec<Json> {
    let english = (0..5).map(|n| json!({"q": format!("What is {n} + 2 ?"), "target": format!("{}", n + 2)}));
    let korean = (5..8).map(|n| json!({"q": format!("{n} + 2 는 얼마입니까 ?"), "target": format!("{}", n + 2)}));
    let others = [
        json!({"q": "Which letter is it?", "target": "The answer is"}),
        json!({"q": "What is 1 + 1 ? [[fault:length]]", "target": "2"}),
        json!({"q": "What is 40 + 2 ?", "target": " "}),
    ];
    english.chain(korean).chain(others).collect()
}

/// A judge's name and what it makes of a prompt.
type Writer = (&'static str, fn(&str) -> String);

/// A folder with tasks, a journal and results, a model, and its judges.
struct Court {
    folder: TempDir,
    prepared: Prepared,
    candidate: Server,
    judges: Vec<(&'static str, Server)>,
}

impl Court {
    fn new(writes: &[Writer]) -> Self {
        Self::over(&documents(), writes)
    }

    fn over(documents: &[Json], writes: &[Writer]) -> Self {
        let folder = TempDir::new().unwrap();
        let lines: Vec<String> = documents.iter().map(Json::to_string).collect();
        std::fs::write(folder.path().join("sums.jsonl"), lines.join("\n") + "\n").unwrap();
        std::fs::write(folder.path().join("sums.yaml"), SUMS).unwrap();
        for (name, text) in [("weighed", WEIGHED), ("twice", TWICE), ("both", BOTH)] {
            std::fs::write(folder.path().join(format!("{name}.yaml")), text).unwrap();
        }
        // Half of its sums are wrong.
        let candidate = Server::start(Config { accuracy: 500, keeps_log: true, ..Config::default() });
        let start = |writes| Server::start(Config { writes: Some(writes), keeps_log: true, ..Config::default() });
        let judges = writes.iter().map(|(name, writes)| (*name, start(*writes))).collect();
        let prepared = prepare(folder.path(), "sums");
        Self { folder, prepared, candidate, judges }
    }

    fn model(&self) -> Model {
        crate::run::chat(&self.candidate.url())
    }

    fn judge_models(&self) -> Vec<Model> {
        let judge =
            |(name, server): &(&'static str, Server)| Model { name: (*name).into(), ..crate::run::chat(&server.url()) };
        self.judges.iter().map(judge).collect()
    }

    fn bench(&self) -> Judges {
        Judges::new(self.judge_models(), "mock", &self.prepared).unwrap()
    }

    fn journal(&self) -> Journal {
        Journal::open(&self.folder.path().join("journal"), JournalOptions::default()).unwrap()
    }

    fn ask(&self) {
        let items = Walk::new(&self.prepared.tasks, None);
        let items = items.map(|walked| Borrow::<Item>::borrow(&walked.unwrap()).clone()).collect();
        Trial::new(self.model()).run_all(&self.journal(), items);
    }

    fn questions(&self, judges: &Judges, journal: &Journal) -> Vec<Item> {
        let model = self.model();
        let walk = JudgedWalk::new(judges, &self.prepared, (&model, journal), None).unwrap();
        walk.map(Result::unwrap).collect()
    }

    fn judge(&self, budget: Limits) {
        let (judges, journal) = (self.bench(), self.journal());
        for model in judges.models() {
            let trial = Trial { budget: Budget::new(budget), ..Trial::new(model.clone()) };
            trial.run_all(&journal, self.questions(&judges, &journal));
        }
    }

    /// Scores, and gives back `run.json` too.
    fn score(&self, judges: Option<&Judges>) -> (Measured, Json) {
        score(self.folder.path(), &self.prepared, &self.model(), judges)
    }

    fn requests(&self) -> Vec<u64> {
        self.judges.iter().map(|(_, server)| server.requests()).collect()
    }
}

fn prepare(folder: &Path, task: &str) -> Prepared {
    let selected = Selected { tasks: vec![task.into()], roots: vec![folder.to_owned()], runs_code: false };
    let data = DatasetOptions { cache: folder.join("cache"), offline: true, ..DatasetOptions::default() };
    let prompts = PromptOptions { apply_chat_template: true, ..PromptOptions::default() };
    measure::prepare(measure::select(&selected).unwrap(), data, &Manner { prompts, ..Manner::default() }).unwrap()
}

fn score(folder: &Path, prepared: &Prepared, model: &Model, judges: Option<&Judges>) -> (Measured, Json) {
    let results = folder.join("results");
    let info = RunInfo { prices: Some([1.0, 2.0]), judge_prices: Some([10.0, 20.0]), ..info() };
    let journal = Journal::read(&folder.join("journal")).unwrap();
    let sink = |task| Sink::create(&results, &info, task);
    let measured = measure::score(prepared, model, &journal, judges, sink).unwrap();
    let summary = measure::write(&results, &info, prepared, &measured, Words::En).unwrap();
    (measured, summary)
}

fn classes(measured: &Measured) -> Vec<(Class, usize)> {
    let counts = &measured.tasks[0].result.classes;
    counts.iter().filter(|(_, count)| **count > 0).map(|(class, count)| (*class, *count)).collect()
}

/// What the honest judge must say of the nine answers that are judged, in the order of the documents.
fn truth(court: &Court) -> Vec<f64> {
    let config = Config { accuracy: 500, ..Config::default() };
    let documents = documents();
    let judged = documents.iter().take(9).map(|document| {
        let answer = crate::server::model::write(&config, document["q"].as_str().unwrap());
        f64::from(u8::from(answer.contains(document["target"].as_str().unwrap())))
    });
    let truth: Vec<f64> = judged.collect();
    assert!(truth.contains(&0.0) && truth.contains(&1.0), "{truth:?}");
    assert_eq!(court.questions(&court.bench(), &court.journal()).len(), truth.len());
    truth
}

#[test]
fn verdicts_become_a_metric_and_nonsense_is_unavailable_and_not_zero() {
    let court = Court::new(&[("org/honest", honest), ("contrary", contrary), ("nonsense", nonsense)]);
    court.ask();
    let (plain, _) = court.score(None);
    court.judge(Limits::default());
    let (measured, summary) = court.score(Some(&court.bench()));
    let truth = truth(&court);

    // The mean over the two judges whose verdicts hold; the third does not pull it down.
    let wanted = truth.iter().map(|right| f64::midpoint(*right, 0.0)).sum::<f64>() / 9.0;
    let task = &measured.tasks[0];
    let metric = task.result.metric("judge", "none").unwrap();
    assert_eq!((metric.n, metric.value, metric.higher_is_better), (9, Some(wanted), Some(true)));
    let bounds = metric.bounds.unwrap();
    assert!((bounds.lower - wanted * 9.0 / 11.0).abs() < 1e-12 && bounds.upper > wanted);

    let judged = task.judges.as_ref().unwrap();
    let reports: Vec<_> = judged.panel.judges.iter().map(|report| (report.judge.name.as_str(), report.valid)).collect();
    assert_eq!(reports, [("org/honest", 9), ("contrary", 9), ("nonsense", 0)]);
    assert_eq!((judged.panel.judges[2].coverage, judged.panel.judges[2].mean), (Some(0.0), None));
    let units: Vec<_> = truth.iter().map(|right| vec![Some(*right), Some(0.0), None]).collect();
    assert_eq!(judged.panel.alpha, alpha(&units, Scale::Nominal));
    assert!(judged.panel.alpha.unwrap() < 0.5);
    assert_eq!((judged.without_reference, judged.unasked, measured.unjudged), (1, 0, 0));

    // The task's own score and the classes are what they were.
    let own = |measured: &Measured| measured.tasks[0].result.metric("exact_match", "number").unwrap().clone();
    assert_eq!(own(&measured), own(&plain));
    assert_eq!(classes(&measured), [(Class::Scored, 9), (Class::Truncated, 1), (Class::ExtractorFailed, 1)]);
    assert_eq!(classes(&measured), classes(&plain));
    assert_eq!(task.hash, plain.tasks[0].hash);
    written(&court, &summary);
}

#[test]
fn every_repeat_is_judged_and_groups_and_costs_have_it() {
    let mut court = Court::new(&[("org/honest", honest)]);
    court.prepared = prepare(court.folder.path(), "both");
    court.ask();
    assert_eq!(
        court.questions(&court.bench(), &court.journal()).len(),
        18,
        "the same answer again is asked about once"
    );
    assert_eq!(court.bench().items(&court.prepared, None), 11 + 22);
    court.judge(Limits::default());
    let (measured, summary) = court.score(Some(&court.bench()));
    let judged = |task: usize| measured.tasks[task].result.metric("judge", "none").unwrap().value.unwrap();
    let cases = |task: usize| measured.tasks[task].judges.as_ref().unwrap().panel.cases;
    assert_eq!((cases(0), cases(1)), (9, 18));
    assert!((judged(0) - judged(1)).abs() < 1e-12 && judged(0) > 0.0 && judged(0) < 1.0);
    let group = &measured.groups[0];
    let of_group: Vec<_> = group.metrics.iter().map(|metric| (&*metric.metric, metric.weight_by_size)).collect();
    assert_eq!(of_group, [("exact_match", false), ("judge", false)]);
    assert!((group.metrics[1].value.unwrap() - judged(0)).abs() < 1e-12);

    let number = |place: &Json| place.as_f64().unwrap();
    let taken = |usage: &Json, [read, written]: [f64; 2]| {
        (number(&usage["prompt"]) * read + number(&usage["completion"]) * written) / 1e6
    };
    let (model, judges) = (taken(&summary["usage"], [1.0, 2.0]), taken(&summary["judge_usage"], [10.0, 20.0]));
    assert!(judges > 0.0 && (number(&summary["costs"]["judges"]) - judges).abs() < 1e-12, "{}", summary["costs"]);
    assert!((number(&summary["cost"]) - model - judges).abs() < 1e-12, "{}", summary["costs"]);
}

/// What the files say.
fn written(court: &Court, summary: &Json) {
    let judges = &summary["tasks"][0]["judges"];
    assert_eq!((&judges["judges"][0]["coverage"], &judges["judges"][2]["mean"]), (&json!(1.0), &Json::Null));
    assert_eq!(judges["cases"], 9);
    assert!(judges["alpha"].is_number() && judges["usage"]["org/honest"]["prompt"].as_u64() > Some(0));
    assert_eq!(summary["judges"]["judges"][0]["family"], "org");
    assert_eq!(summary["judges"]["questions"][1], "judge/correctness-ko-1/judge-reader-1");
    let results = court.folder.path().join("results");
    let report = std::fs::read_to_string(results.join("report.html")).unwrap();
    assert!(report.contains("nonsense gave 0 verdicts of 9") && report.contains("Krippendorff"));
    let run = evaluation::output::lm_eval::read_run(&results, None).unwrap();
    let valued = run[0].items.iter().filter(|item| item.scores.contains_key("judge,none")).count();
    assert_eq!(valued, 9);
}

#[test]
fn judges_are_asked_in_the_items_language_and_about_the_question_alone() {
    let court = Court::new(&[("honest", honest)]);
    court.ask();
    court.judge(Limits::default());
    let log = court.judges[0].1.log();
    let user = |body: &Json| body["messages"][1]["content"].as_str().unwrap().to_owned();
    let users: Vec<String> = log.iter().map(user).collect();
    assert_eq!(users.iter().filter(|text| text.contains("<기준_답안>")).count(), 3);
    assert!(users.iter().any(|text| text.contains("<question>\nWhat is 0 + 2 ?\n</question>")), "{users:?}");
    assert!(log.iter().all(|body| body["temperature"] == 0.0 && body["model"] == "honest"));
}

#[test]
fn an_item_without_any_verdict_is_judge_invalid_and_keeps_what_it_earned() {
    let mut documents = documents();
    // The fault stands in the target, so that only a judge's request has it.
    documents[0]["target"] = "[[fault:http400]]".into();
    for (judge, invalid) in [(nonsense as fn(&str) -> String, 8), (honest, 1)] {
        let court = Court::over(&documents, &[("only", judge)]);
        court.ask();
        let (plain, _) = court.score(None);
        court.judge(Limits::default());
        let (measured, _) = court.score(Some(&court.bench()));
        let count = |class| measured.tasks[0].result.classes[&class];
        assert_eq!((count(Class::JudgeInvalid), count(Class::Scored)), (invalid, 9 - invalid));
        assert_eq!((count(Class::ExtractorFailed), count(Class::Truncated)), (1, 1));
        let own = |measured: &Measured| measured.tasks[0].result.metric("exact_match", "number").unwrap().clone();
        assert_eq!(own(&measured), own(&plain));
        let judged = measured.tasks[0].result.metric("judge", "none").map(|metric| metric.n);
        assert_eq!(judged, (invalid == 1).then_some(8));
    }
}

#[test]
fn a_judging_goes_on_where_it_ended_asks_nothing_twice_and_scores_without_a_judge() {
    let court = Court::new(&[("honest", honest), ("contrary", contrary)]);
    court.ask();
    court.judge(Limits { requests: Some(4), ..Limits::default() });
    assert_eq!(court.requests(), [4, 4]);
    let (partly, _) = court.score(Some(&court.bench()));
    assert_eq!(partly.unjudged, 5);
    assert_eq!(partly.tasks[0].result.metric("judge", "none").unwrap().n, 4);
    assert_eq!(partly.tasks[0].result.classes[&Class::JudgeInvalid], 0);

    court.judge(Limits::default());
    assert_eq!(court.requests(), [9, 9]);
    let (whole, first) = court.score(Some(&court.bench()));
    assert_eq!(whole.unjudged, 0);
    court.ask();
    court.judge(Limits::default());
    assert_eq!((court.requests(), court.candidate.requests()), (vec![9, 9], 11));

    let (judges, model) = (court.bench(), court.model());
    let Court { folder, prepared, candidate, judges: servers } = court;
    drop((candidate, servers));
    let (again, second) = score(folder.path(), &prepared, &model, Some(&judges));
    assert_eq!(first, second);
    assert_eq!(again.tasks[0].judges, whole.tasks[0].judges);
}

#[test]
fn a_judge_never_judges_its_own_family_and_must_have_something_to_read() {
    let court = Court::new(&[]);
    let judge = |name: &str| Model { name: name.into(), ..court.model() };
    let judges =
        |names: &[&str], judged| Judges::new(names.iter().map(|name| judge(name)).collect(), judged, &court.prepared);
    for (names, judged, left) in [
        (["org/big", "other/x"], "Org/small", vec!["other/x"]),
        (["plain", "other/x"], "plain", vec!["other/x"]),
        (["org/big", "other/x"], "third", vec!["org/big", "other/x"]),
    ] {
        let judges = judges(&names, judged).unwrap();
        let models: Vec<_> = judges.models().iter().map(|model| model.name.as_str()).collect();
        assert_eq!(models, left, "{judged}");
        assert_eq!(judges.excluded().len(), 2 - left.len());
    }
    let none = judges(&["org/big"], "org/small").unwrap_err();
    assert!(matches!(none, JudgesFault::Panel(_)), "{none}");
    let weighed = prepare_weighed(court.folder.path());
    let told = Judges::new(vec![judge("other")], "mock", &weighed).unwrap_err().to_string();
    assert!(told.contains("weighed") && told.contains("log-probabilities"), "{told}");
}

fn prepare_weighed(folder: &Path) -> Prepared {
    let selected = Selected { tasks: vec!["weighed".into()], roots: vec![folder.to_owned()], runs_code: false };
    let data = DatasetOptions { cache: folder.join("cache"), offline: true, ..DatasetOptions::default() };
    measure::prepare(measure::select(&selected).unwrap(), data, &Manner::default()).unwrap()
}
