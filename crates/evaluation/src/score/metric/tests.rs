//! Metrics on one pair, and those that are refused.

use super::*;

fn field(value: impl Into<Value>) -> Field {
    Field::Value(value.into())
}

fn metric(name: &str, kwargs: &[(&str, Field)]) -> Result<Metric, MetricFault> {
    let kwargs = kwargs.iter().map(|(key, field)| ((*key).to_owned(), field.clone())).collect();
    let config = MetricConfig { metric: field(name), aggregation: Some(field("mean")), higher_is_better: None, kwargs };
    Metric::new(&config, true, &Hooks::default())
}

fn call(metric: &Metric, reference: impl Into<Value>, prediction: impl Into<Value>) -> Result<Value, PortFault> {
    metric.function.call(&metric.name, &[reference.into()], &[prediction.into()])
}

/// scikit-learn's values for one pair, and word error rates worked out by hand.
#[test]
fn metrics_of_the_evaluate_library() {
    let library = || ("hf_evaluate", field(true));
    let score = |metric: &Metric, reference: Value, prediction: Value| {
        let given = call(metric, reference, prediction).unwrap();
        given.get(&metric.name).and_then(Value::as_f64).unwrap()
    };
    let micro = metric("f1", &[library(), ("average", field("micro"))]).unwrap();
    assert_eq!((score(&micro, Value::Int(2), Value::Int(2)), score(&micro, Value::Int(2), Value::Int(1))), (1.0, 0.0));
    let binary = metric("f1", &[library()]).unwrap();
    assert_eq!(
        (score(&binary, Value::Int(1), Value::Int(1)), score(&binary, Value::Int(0), Value::Int(0))),
        (1.0, 0.0)
    );
    let accuracy = metric("accuracy", &[library()]).unwrap();
    assert_eq!(score(&accuracy, "3".into(), Value::Int(3)), 1.0);
    assert!(call(&accuracy, "yes", "yes").is_err());
    let words = metric("wer", &[]).unwrap();
    assert_eq!(score(&words, "a b c d".into(), "a x c".into()), 0.5);
    assert_eq!(score(&words, "가 나".into(), "가 나 다 라 마".into()), 1.5);
    assert!(call(&words, "", "a").is_err());
}

/// `exact_match` of lm-eval on the same arguments.
#[test]
fn exact_match_simplifies_in_order() {
    let all = [("ignore_case", field(true)), ("ignore_punctuation", field(true)), ("ignore_numbers", field(true))];
    let strict = metric("exact_match", &[]).unwrap();
    let loose = metric("exact_match", &all).unwrap();
    // The space before the number stays.
    assert_eq!(call(&loose, "The answer", "The Answer 42!"), Ok(Value::Float(0.0)));
    assert_eq!(call(&loose, "The answer", "The Answer42!"), Ok(Value::Float(1.0)));
    assert_eq!(call(&strict, 3_i64, 3_i64), Ok(Value::Float(1.0)));
    assert!(call(&loose, 3_i64, 3_i64).is_err());
    let prefix = Value::List(vec!["The ".into(), "\\d+$".into()]);
    let patterns =
        metric("exact_match", &[("regexes_to_ignore", field(prefix)), ("ignore_case", field(true))]).unwrap();
    assert_eq!(call(&patterns, "answer 42", "The answer 7"), Ok(Value::Float(1.0)));
}

#[test]
fn what_is_not_here_is_refused_by_name() {
    assert_eq!(metric("rouge", &[]).err(), Some(MetricFault::Unknown("rouge".into())));
    let open = metric("exact_match", &[("regexes_to_ignore", field(Value::List(vec!["(".into()])))]);
    assert!(matches!(open, Err(MetricFault::Pattern(_))));
    let config = |metric: &str, aggregation: Option<&str>| MetricConfig {
        metric: field(metric),
        aggregation: aggregation.map(field),
        higher_is_better: None,
        kwargs: IndexMap::new(),
    };
    let silent = Metric::new(&config("wer", None), true, &Hooks::default());
    assert_eq!(silent.err(), Some(MetricFault::NoAggregation("wer".into())));
    let odd = Metric::new(&config("acc", Some("average")), true, &Hooks::default());
    assert!(odd.err().unwrap().to_string().contains("there is no aggregation \"average\""));
    let unused = Metric::new(&config("rouge", Some("mean")), false, &Hooks::default());
    assert!(unused.is_ok(), "what is never called need not be here");
    assert!(METRICS.iter().all(|name| knows_metric(name) && registered(name).is_some()));
    assert!(!knows_metric("rouge"));
}
