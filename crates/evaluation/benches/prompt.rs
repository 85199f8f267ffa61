//! What it takes to make a document what a model is asked: five examples out of 7,000, and its hashes.
#![expect(clippy::expect_used, reason = "a benchmark that cannot begin has nothing to measure")]

use std::hint::black_box;
use std::path::PathBuf;
use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use evaluation::hook::Hooks;
use evaluation::prompt::{PromptOptions, Renderer, hash};
use evaluation::task::{DataConfig, FewshotConfig, Field, OutputType};
use evaluation::{Dict, Document, Generation, Rows, Splits, TaskConfig, Value};

fn documents(count: usize) -> Arc<dyn Rows> {
    let word = |place: usize| ["강", "산", "river", "stone", "구름", "별"][place % 6];
    let document = |number: usize| -> Document {
        let question: Vec<&str> = (0..60).map(|place| word(number * 7 + place * place)).collect();
        let answer = format!("{} steps\n#### {}", number % 9, number % 97);
        let options = (0..4).map(|place| Value::from(word(number + place))).collect::<Vec<_>>();
        [
            ("question", Value::from(question.join(" "))),
            ("answer", Value::from(answer)),
            ("options", Value::from(options)),
            ("gold", Value::Int(i64::try_from(number % 4).unwrap_or(0))),
        ]
        .into_iter()
        .map(|(key, value)| (key.into(), value))
        .collect()
    };
    Arc::new((0..count).map(document).collect::<Vec<_>>())
}

fn task(output_type: OutputType) -> TaskConfig {
    let field = |source: &str| Some(Field::Value(Value::from(source)));
    let choice = output_type == OutputType::MultipleChoice;
    let doc_to_text = field("Question: {{question}}\nAnswer:");
    let doc_to_target = field(if choice { "gold" } else { "{{answer.split('####')[-1].strip()}}" });
    let doc_to_choice = if choice { field("options") } else { None };
    TaskConfig {
        task: "bench".into(),
        alias: None,
        tags: Vec::new(),
        file: PathBuf::new(),
        data: DataConfig {
            training_split: Some("train".into()),
            test_split: Some("test".into()),
            ..DataConfig::default()
        },
        process_docs: None,
        fewshot: FewshotConfig {
            doc_to_text: doc_to_text.clone(),
            doc_to_target: doc_to_target.clone(),
            doc_to_choice: doc_to_choice.clone(),
            fewshot_delimiter: "\n\n".into(),
            target_delimiter: " ".into(),
            ..FewshotConfig::default()
        },
        doc_to_text,
        doc_to_target,
        doc_to_choice,
        media: None,
        unsafe_code: false,
        process_results: None,
        use_prompt: None,
        description: None,
        target_delimiter: " ".into(),
        fewshot_delimiter: "\n\n".into(),
        gen_prefix: None,
        num_fewshot: Some(5),
        metrics: Vec::new(),
        output_type,
        generation: Generation { until: vec!["\n\n".into()], ..Generation::default() },
        repeats: 1,
        filters: Vec::new(),
        should_decontaminate: false,
        doc_to_decontamination_query: None,
        metadata: Dict::new(),
    }
}

fn prompt(criterion: &mut Criterion) {
    let splits: Splits = [("train".into(), documents(7000)), ("test".into(), documents(1300))].into_iter().collect();
    for (name, output_type) in [("generate", OutputType::GenerateUntil), ("choice", OutputType::MultipleChoice)] {
        let ready = Renderer::new(&task(output_type), &splits, Hooks::default(), &PromptOptions::default());
        let mut renderer = ready.expect("the task is well made");
        let mut doc_id = 0;
        criterion.bench_function(&format!("{name}: one document, five examples"), |bencher| {
            bencher.iter(|| {
                doc_id = (doc_id + 1) % renderer.len();
                black_box(renderer.item(doc_id).expect("the document is well made"))
            });
        });
        let item = renderer.item(0).expect("the document is well made");
        criterion.bench_function(&format!("{name}: the three hashes"), |bencher| {
            bencher.iter(|| {
                let hashes =
                    (hash::doc_hash(&item.doc), hash::prompt_hash(&item.requests[0]), hash::target_hash(&item.target));
                black_box(hashes)
            });
        });
    }
}

criterion_group!(benches, prompt);
criterion_main!(benches);
