//! Prompts and hashes against those that lm-evaluation-harness 0.4.13 made: `data/prompt/generate.py` asked it.

use std::path::PathBuf;
use std::sync::Arc;

use evaluation::hook::Hooks;
use evaluation::prompt::{Draw, PromptOptions, RenderFault, Renderer, hash};
use evaluation::python::{self, json};
use evaluation::task::{DataConfig, FewshotConfig, Field, MetricConfig, OutputType};
use evaluation::{Dict, Document, Generation, Item, Prompt, Request, Splits, TaskConfig, Value};

fn golden() -> Value {
    let packed: &[u8] = include_bytes!("data/prompt/golden.json.gz");
    serde_json::from_reader(flate2::read::GzDecoder::new(packed)).unwrap()
}

fn text(dict: &Value, key: &str) -> Option<String> {
    dict.get(key).and_then(Value::as_str).map(str::to_owned)
}

fn field(dict: &Value, key: &str) -> Option<Field> {
    dict.get(key).filter(|value| !value.is_none()).cloned().map(Field::Value)
}

fn number(dict: &Value, key: &str) -> Option<usize> {
    dict.get(key).and_then(Value::as_int).and_then(|number| usize::try_from(number).ok())
}

/// The task that a case describes, with what lm-eval fills in filled in.
fn config(name: &str, task: &Value) -> TaskConfig {
    let empty = Value::Dict(Dict::new());
    let shots = task.get("fewshot_config").unwrap_or(&empty);
    let or = |key: &str| field(shots, key).or_else(|| field(task, key));
    let target_delimiter = text(task, "target_delimiter").unwrap_or_else(|| " ".into());
    let fewshot_delimiter = text(task, "fewshot_delimiter").unwrap_or_else(|| "\n\n".into());
    let fewshot_split = text(task, "fewshot_split");
    let metrics = task.get("metric_list").and_then(Value::as_list).unwrap_or_default();
    TaskConfig {
        task: name.into(),
        alias: None,
        tags: Vec::new(),
        file: PathBuf::new(),
        data: DataConfig {
            training_split: text(task, "training_split"),
            validation_split: text(task, "validation_split"),
            test_split: text(task, "test_split"),
            fewshot_split: fewshot_split.clone(),
            ..DataConfig::default()
        },
        process_docs: None,
        doc_to_text: field(task, "doc_to_text"),
        doc_to_target: field(task, "doc_to_target"),
        doc_to_choice: field(task, "doc_to_choice"),
        media: None,
        unsafe_code: false,
        process_results: None,
        use_prompt: None,
        description: field(task, "description"),
        fewshot: FewshotConfig {
            sampler: text(shots, "sampler").unwrap_or_else(|| "default".into()),
            split: text(shots, "split").or(fewshot_split),
            process_docs: None,
            indices: None,
            samples: field(shots, "samples"),
            doc_to_text: or("doc_to_text"),
            doc_to_choice: or("doc_to_choice"),
            doc_to_target: or("doc_to_target"),
            gen_prefix: text(shots, "gen_prefix").or_else(|| text(task, "gen_prefix")),
            fewshot_delimiter: text(shots, "fewshot_delimiter").unwrap_or_else(|| fewshot_delimiter.clone()),
            target_delimiter: text(shots, "target_delimiter").unwrap_or_else(|| target_delimiter.clone()),
        },
        target_delimiter,
        fewshot_delimiter,
        gen_prefix: text(task, "gen_prefix"),
        num_fewshot: number(task, "num_fewshot"),
        metrics: metrics.iter().map(metric).collect(),
        output_type: match text(task, "output_type").as_deref() {
            Some("multiple_choice") => OutputType::MultipleChoice,
            Some("loglikelihood") => OutputType::LogLikelihood,
            Some("loglikelihood_rolling") => OutputType::Rolling,
            _ => OutputType::GenerateUntil,
        },
        generation: Generation { until: vec!["\n\n".into()], ..Generation::default() },
        repeats: number(task, "repeats").unwrap_or(1),
        filters: Vec::new(),
        should_decontaminate: false,
        doc_to_decontamination_query: None,
        metadata: Dict::new(),
    }
}

fn metric(metric: &Value) -> MetricConfig {
    MetricConfig {
        metric: field(metric, "metric").unwrap(),
        aggregation: None,
        higher_is_better: None,
        kwargs: indexmap::IndexMap::new(),
    }
}

fn splits(data: &Value) -> Splits {
    let rows = |rows: &Value| -> Vec<Document> {
        rows.as_list().unwrap().iter().map(|row| row.as_dict().unwrap().clone()).collect()
    };
    let split = |(name, given): (&Arc<str>, &Value)| -> (String, Arc<dyn evaluation::Rows>) {
        (name.to_string(), Arc::new(rows(given)))
    };
    data.as_dict().unwrap().iter().map(split).collect()
}

fn options(options: &Value) -> PromptOptions {
    let truth = |key: &str| options.get(key).map(|value| *value == Value::Bool(true));
    PromptOptions {
        num_fewshot: number(options, "num_fewshot"),
        seed: options.get("seed").and_then(Value::as_int).unwrap_or(1234),
        apply_chat_template: truth("apply_chat_template").unwrap_or(false),
        fewshot_as_multiturn: truth("fewshot_as_multiturn"),
        system_instruction: text(options, "system_instruction"),
        ..PromptOptions::default()
    }
}

fn prompt(prompt: &Prompt) -> Value {
    match prompt {
        Prompt::Text(text) => Value::from(text.as_str()),
        Prompt::Chat(messages) => Value::from(hash::chat_json(messages)),
    }
}

/// A request as lm-eval's `arguments`; what a model is to keep to while it writes is left out.
fn arguments(request: &Request) -> Vec<Value> {
    match request {
        Request::Generate { prompt: given, .. } => vec![prompt(given)],
        Request::LogLikelihood { context, continuation } => vec![prompt(context), Value::from(continuation.as_str())],
        Request::Rolling { text } => vec![Value::from(text.as_str())],
    }
}

fn check(name: &str, item: &Item, expected: &Value) {
    let id = item.doc_id;
    if let Some(requests) = expected.get("requests").and_then(Value::as_list) {
        assert_eq!(item.requests.len(), requests.len(), "{name} {id}");
        for (request, expected) in item.requests.iter().zip(requests) {
            let arguments = arguments(request);
            assert_eq!(arguments, expected.as_list().unwrap()[..arguments.len()], "{name} {id}");
        }
    }
    let generates = matches!(item.requests[0], Request::Generate { .. });
    let list = item.requests.iter().map(|request| Value::List(arguments(request))).collect();
    let style = json::Style { ensure_ascii: false, ..json::Style::default() };
    let hash = hash::text_hash(&json::dumps(&Value::List(list), &style));
    assert!(generates || Some(hash) == text(expected, "requests_hash"), "{name} {id}: the requests differ");
    assert_eq!(Some(hash::prompt_hash(&item.requests[0])), text(expected, "prompt_hash"), "{name} {id}");
    assert_eq!(Some(hash::doc_hash(&item.doc)), text(expected, "doc_hash"), "{name} {id}");
    assert_eq!(Some(python::str(&item.target)), text(expected, "target"), "{name} {id}");
    assert_eq!(Some(hash::target_hash(&item.target)), text(expected, "target_hash"), "{name} {id}");
}

fn case<'golden>(golden: &'golden Value, name: &str) -> (&'golden Value, Splits) {
    let cases = golden.get("cases").and_then(Value::as_list).unwrap();
    let case = cases.iter().find(|case| text(case, "name").as_deref() == Some(name)).unwrap();
    (case, splits(&golden.get("data").unwrap().as_list().unwrap()[number(case, "data").unwrap()]))
}

fn renderer(case: &Value, splits: &Splits, options: &PromptOptions) -> Renderer {
    let name = text(case, "name").unwrap();
    Renderer::new(&config(&name, case.get("config").unwrap()), splits, Hooks::default(), options).unwrap()
}

/// Checks every item of every case, and says how many there were.
fn check_all(golden: &Value) -> usize {
    let mut items = 0;
    for given in golden.get("cases").and_then(Value::as_list).unwrap() {
        let name = text(given, "name").unwrap();
        let splits = splits(&golden.get("data").unwrap().as_list().unwrap()[number(given, "data").unwrap()]);
        let mut renderer = renderer(given, &splits, &options(given.get("options").unwrap()));
        assert_eq!(Some(&Value::Bool(renderer.has_multiple_inputs())), given.get("multiple_inputs"), "{name}");
        assert_eq!(Some(&Value::Bool(renderer.has_multiple_targets())), given.get("multiple_targets"), "{name}");
        for expected in given.get("items").and_then(Value::as_list).unwrap() {
            let item =
                renderer.item(number(expected, "doc_id").unwrap()).unwrap_or_else(|fault| panic!("{name}: {fault}"));
            check(&name, &item, expected);
            items += 1;
        }
    }
    items
}

#[test]
fn every_prompt_and_hash_is_lm_evals() {
    let items = check_all(&golden());
    assert!(items > 400, "{items}");
}

/// The tasks of lm-eval's own tree, or of any other, over made-up rows: `data/prompt/tree.py` writes the file.
#[test]
fn every_prompt_of_a_tree_is_lm_evals() {
    let Some(path) = std::env::var_os("DAEPYO_TREE_GOLDEN") else {
        println!("skipped: DAEPYO_TREE_GOLDEN names no file that tests/data/prompt/tree.py wrote");
        return;
    };
    let items = check_all(&serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap());
    assert!(items > 0);
    println!("{items} items of the tree are lm-eval's");
}

#[test]
fn skipped_documents_leave_the_stream_where_lm_eval_has_it() {
    let golden = golden();
    for name in ["generate", "generate_large_pool", "twins", "first_n_same_split"] {
        let (given, splits) = case(&golden, name);
        let mut renderer = renderer(given, &splits, &options(given.get("options").unwrap()));
        for expected in given.get("items").and_then(Value::as_list).unwrap() {
            let doc_id = number(expected, "doc_id").unwrap();
            if doc_id % 3 == 2 {
                check(name, &renderer.item(doc_id).unwrap(), expected);
            } else {
                renderer.skip(doc_id).unwrap();
            }
        }
    }
}

#[test]
fn a_stream_a_document_gives_the_same_prompts_in_any_order() {
    let golden = golden();
    let (given, splits) = case(&golden, "generate_large_pool");
    let options = PromptOptions { draw: Draw::PerDocument, ..PromptOptions::default() };
    let mut forwards = renderer(given, &splits, &options);
    let mut backwards = renderer(given, &splits, &options);
    let mut items: Vec<_> = (0..forwards.len()).rev().map(|doc_id| backwards.item(doc_id).unwrap()).collect();
    items.reverse();
    for (doc_id, item) in items.iter().enumerate() {
        assert_eq!(forwards.item(doc_id).unwrap(), *item);
    }
    let other = PromptOptions { seed: 7, ..options };
    assert_ne!(renderer(given, &splits, &other).item(0).unwrap().requests, items[0].requests);
}

#[test]
fn what_cannot_be_rendered_says_why() {
    let golden = golden();
    let (given, splits) = case(&golden, "generate");
    let task = given.get("config").unwrap();
    let fault = |change: &dyn Fn(&mut TaskConfig)| {
        let mut config = config("broken", task);
        change(&mut config);
        let made = Renderer::new(&config, &splits, Hooks::default(), &PromptOptions::default());
        made.and_then(|mut renderer| renderer.item(0)).unwrap_err()
    };
    let template = |source: &str| Some(Field::Value(Value::from(source)));
    let shown = [
        (
            fault(&|task| task.data.test_split = None),
            "broken: it names neither a `test_split` nor a `validation_split`",
        ),
        (
            fault(&|task| task.data.test_split = Some("dev".into())),
            "broken: the data set has no split \"dev\"; it has test, train, validation",
        ),
        (
            fault(&|task| task.doc_to_text = template("{{missing}}")),
            "broken, document 0: doc_to_text: undefined value (line 1)",
        ),
        (fault(&|task| task.media = Some("doc_to_image")), "broken: `doc_to_image` is not supported"),
        (
            fault(&|task| task.num_fewshot = Some(99)),
            "broken: 99 examples are asked for, but there are 9 to choose from; ask for fewer shots",
        ),
        (fault(&|task| task.fewshot.sampler = "balanced".into()), "broken: the sampler \"balanced\" is not supported"),
        (
            fault(&|task| task.doc_to_target = None),
            "broken, document 0: doc_to_target: the task does not have it, and needs it",
        ),
    ];
    for (fault, expected) in shown {
        assert_eq!(fault.to_string(), expected);
    }
    let hook = evaluation::task::Function { file: "nowhere/utils.py".into(), name: "prompt".into() };
    let refused = fault(&|task| task.doc_to_text = Some(Field::Function(hook.clone())));
    assert!(matches!(refused, RenderFault::Hook { .. }), "{refused}");
}
