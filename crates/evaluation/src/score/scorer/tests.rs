//! Classes, both scores, and what is refused.

use indexmap::IndexMap;

use super::*;
use crate::score::{Bounds, Tally, TallyOptions, TaskResult};
use crate::task::{DataConfig, FewshotConfig, FilterConfig, FilterStep, Function, MetricConfig};
use crate::{Document, Generated, Generation, LogLikelihood, Prompt, Usage};

fn config(output_type: OutputType, filters: &[(&str, &[(&str, &str)])]) -> TaskConfig {
    let step = |(function, pattern): &(&str, &str)| {
        let pattern = (!pattern.is_empty()).then(|| ("regex_pattern".to_owned(), Field::Value((*pattern).into())));
        FilterStep { function: Field::Value((*function).into()), kwargs: pattern.into_iter().collect() }
    };
    let filters = filters
        .iter()
        .map(|(name, steps)| FilterConfig { name: (*name).into(), steps: steps.iter().map(step).collect() });
    TaskConfig {
        task: "t".into(),
        alias: None,
        tags: Vec::new(),
        file: "t.yaml".into(),
        data: DataConfig::default(),
        process_docs: None,
        doc_to_text: None,
        doc_to_target: None,
        doc_to_choice: (output_type == OutputType::MultipleChoice).then(|| Field::Value("options".into())),
        media: None,
        unsafe_code: false,
        process_results: None,
        use_prompt: None,
        description: None,
        target_delimiter: " ".into(),
        fewshot_delimiter: "\n\n".into(),
        gen_prefix: None,
        fewshot: FewshotConfig::default(),
        num_fewshot: Some(2),
        metrics: Vec::new(),
        output_type,
        generation: Generation::default(),
        repeats: 1,
        filters: filters.collect(),
        should_decontaminate: false,
        doc_to_decontamination_query: None,
        metadata: std::iter::once(("version".into(), Value::Float(2.0))).collect(),
    }
}

/// `strict` wants `#### 7`, `loose` any number.
fn numbers() -> TaskConfig {
    let take = ("take_first", "");
    config(
        OutputType::GenerateUntil,
        &[("strict", &[("regex", "#### (\\d+)"), take]), ("loose", &[("regex", "(\\d+)"), take])],
    )
}

fn item(doc_id: usize, max_tokens: u32) -> Item {
    let generation = Generation { max_tokens: Some(max_tokens), ..Generation::default() };
    let mut doc = Document::new();
    doc.insert("passage".into(), Value::Int(i64::try_from(doc_id / 2).unwrap()));
    Item {
        task: "t".into(),
        doc_id,
        doc: Arc::new(doc),
        target: "7".into(),
        choices: None,
        requests: vec![Request::Generate { prompt: Prompt::Text("q".into()), generation }],
        repeats: 1,
    }
}

fn said(text: &str, finish: Finish) -> Answers {
    let generated = Generated { text: text.into(), reasoning: None, finish, usage: Usage::default() };
    vec![vec![Ok(Answer::Generated(generated))]]
}

fn failed(class: Class) -> Answers {
    vec![vec![Err(Failure { class, reason: "as it happened".into(), status: None })]]
}

#[test]
fn every_item_ends_in_one_class() {
    let scorer = Scorer::new(&numbers(), Hooks::default()).unwrap();
    let table = [
        (said("#### 7", Finish::Stop), 256, Class::Scored, 2),
        (said("it is 8", Finish::Stop), 256, Class::Scored, 2),
        (said("I do not know", Finish::Stop), 256, Class::ExtractorFailed, 2),
        (said("", Finish::Stop), 256, Class::ExtractorFailed, 2),
        (said("so far #### 7", Finish::Length), 256, Class::Truncated, 2),
        (said("7 is", Finish::Length), SHORT_ANSWER, Class::Scored, 2),
        (said("#### 7", Finish::ContentFilter), 256, Class::Refused, 2),
        (said("#### 7", Finish::Unknown), 256, Class::Scored, 2),
        (failed(Class::Truncated), 256, Class::Truncated, 2),
        (failed(Class::Refused), 256, Class::Refused, 2),
        (failed(Class::TransportError), 256, Class::TransportError, 0),
        (Vec::new(), 256, Class::TransportError, 0),
        (vec![Vec::new()], 256, Class::TransportError, 0),
    ];
    for (answers, max_tokens, class, metrics) in table {
        let sample = scorer.score(&item(0, max_tokens), answers.clone());
        assert_eq!((sample.class, sample.metrics.len()), (class, metrics), "{answers:?}");
        assert_eq!(sample.reason.is_none(), class == Class::Scored);
    }
}

#[test]
fn an_answer_of_the_wrong_kind_costs_its_item_only() {
    let scorer = Scorer::new(&config(OutputType::MultipleChoice, &[]), Hooks::default()).unwrap();
    let asked = Item { choices: Some(vec!["a".into()]), target: Value::Int(0), ..item(0, 8) };
    let sample = scorer.score(&asked, said("a", Finish::Stop));
    assert_eq!((sample.class, sample.metrics.len()), (Class::ExtractorFailed, 0));
    assert!(sample.reason.unwrap().contains("log-likelihood"));
}

fn tally(answers: Vec<Answers>) -> TaskResult {
    let scorer = Arc::new(Scorer::new(&numbers(), Hooks::default()).unwrap());
    let options = TallyOptions { cluster: Some("passage".into()), original: Some(99), ..TallyOptions::default() };
    let mut tally = Tally::new(Arc::clone(&scorer), options);
    for (doc_id, answers) in answers.into_iter().enumerate() {
        tally.add(&scorer.score(&item(doc_id, 256), answers));
    }
    tally.finish()
}

#[test]
fn both_scores_and_the_bounds() {
    let result = tally(vec![
        said("#### 7", Finish::Stop),
        said("7", Finish::Stop),
        said("8", Finish::Stop),
        said("none", Finish::Stop),
        said("#### 7", Finish::Length),
        failed(Class::TransportError),
    ]);
    let count = |class| result.classes[&class];
    assert_eq!(Class::ALL.map(count), [3, 1, 0, 1, 1, 0]);
    assert_eq!((result.items.original, result.items.effective, result.items.asked), (99, 5, 6));
    let loose = result.metric("exact_match", "loose").unwrap();
    assert_eq!((loose.n, loose.value), (3, Some(2.0 / 3.0)));
    assert_eq!((loose.lm_eval.n, loose.lm_eval.value), (5, Some(0.6)));
    assert_eq!(loose.bounds, Some(Bounds { lower: 2.0 / 6.0, upper: 5.0 / 6.0 }));
    assert_eq!(loose.clustered.map(|clustered| clustered.clusters), Some(2));
    assert_eq!((&result.version, result.num_fewshot), (&Value::Float(2.0), 2));
    let strict = result.metric("exact_match", "strict").unwrap();
    assert_eq!((strict.value, strict.lm_eval.value), (Some(1.0 / 3.0), Some(0.4)));
}

#[test]
fn a_task_without_any_scored_item_has_no_value() {
    let result = tally(vec![said("none", Finish::Stop), failed(Class::TransportError)]);
    let strict = result.metric("exact_match", "strict").unwrap();
    assert_eq!((strict.n, strict.value, strict.lm_eval.value), (0, None, Some(0.0)));
    assert_eq!(strict.bounds, Some(Bounds { lower: 0.0, upper: 1.0 }));
    let nothing = tally(vec![failed(Class::TransportError)]);
    assert_eq!((nothing.metrics.len(), nothing.classes[&Class::TransportError]), (0, 1));
}

/// Winogrande's form: the choices are in the questions, and the question says which is right.
#[test]
fn the_right_choice_may_stand_in_the_question() {
    let mut task = config(OutputType::MultipleChoice, &[]);
    task.doc_to_text = Some(Field::Value("{{number}}".into()));
    let likelihood = |sum| {
        vec![Ok(Answer::LogLikelihood(LogLikelihood { sum, is_greedy: false, tokens: 1, usage: Usage::default() }))]
    };
    let request = Request::LogLikelihood { context: Prompt::Text("q".into()), continuation: " x".into() };
    let asked = Item {
        choices: Some(vec!["one".into(), "other".into()]),
        target: "x".into(),
        requests: vec![request.clone(), request],
        ..item(0, 8)
    };
    let answers = vec![likelihood(-2.0), likelihood(-1.0)];
    let earned = |scorer: &Scorer| scorer.score(&asked, answers.clone()).metrics[0].value.clone();
    assert_eq!(earned(&Scorer::new(&task, Hooks::default()).unwrap()), Value::Float(0.0));
    let told = Scorer::new(&task, Hooks::default()).unwrap().with_gold(Arc::new(|_| Some(1)));
    assert_eq!(earned(&told), Value::Float(1.0));
}

#[test]
fn what_cannot_be_scored_is_refused_with_the_task() {
    let mut task = numbers();
    task.filters[0].steps[0].function = Field::Value("argmax".into());
    let fault = Scorer::new(&task, Hooks::default()).err().unwrap().to_string();
    assert!(fault.contains("task t") && fault.contains("strict") && fault.contains("argmax"), "{fault}");
    let mut task = numbers();
    task.process_results = Some(Function { file: "utils.py".into(), name: "score".into() });
    assert!(matches!(Scorer::new(&task, Hooks::default()), Err(ScorerFault::Results { .. })));
    let mut task = numbers();
    let metric = Field::Value("rouge".into());
    task.metrics = vec![MetricConfig { metric, aggregation: None, higher_is_better: None, kwargs: IndexMap::new() }];
    assert!(matches!(Scorer::new(&task, Hooks::default()), Err(ScorerFault::Metric { .. })));
}

/// A metric that lm-eval fails to aggregate has no value and says why.
#[test]
fn a_metric_that_cannot_be_aggregated_has_a_fault() {
    let mut task = numbers();
    let metric = Field::Value("acc".into());
    task.metrics = vec![MetricConfig { metric, aggregation: None, higher_is_better: None, kwargs: IndexMap::new() }];
    let scorer = Arc::new(Scorer::new(&task, Hooks::default()).unwrap());
    let mut tally = Tally::new(Arc::clone(&scorer), TallyOptions::default());
    tally.add(&scorer.score(&item(4, 256), said("7", Finish::Stop)));
    let result = tally.finish();
    let metric = result.metric("acc", "loose").unwrap();
    assert_eq!((metric.value, metric.lm_eval.value), (None, None));
    assert!(metric.fault.as_deref().unwrap().contains("document 4"));
}
