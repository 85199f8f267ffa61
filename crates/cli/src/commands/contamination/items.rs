//! Benchmarks as they are looked for: from task files, by the evaluation room, or from JSON Lines.

use std::borrow::Borrow as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use evaluation::measure::{self, Limit, Manner, PrepareFault, PreparedTask, Selected, Walk};
use evaluation::prompt::PromptOptions;
use evaluation::{Dict, Request, Value};
use provenance::contamination::{Benchmark, Item};

use crate::args::contamination::WantedArgs;
use crate::args::eval::TaskArgs;
use crate::commands::eval::{datasets, roots};
use crate::say;

/// Fields that hold what is asked, the first that is there.
const QUESTION: [&str; 10] =
    ["question", "query", "problem", "question_stem", "prompt", "instruction", "input", "sentence", "ctx", "goal"];
/// Fields that hold what it is about.
const PASSAGE: [&str; 6] = ["passage", "context", "article", "paragraph", "document", "story"];
/// Fields that hold what may be chosen from.
const OPTIONS: [&str; 5] = ["choices", "options", "endings", "answers", "mc1_targets"];
/// Fields that hold the answer in words.
const ANSWER: [&str; 6] = ["answer", "target", "solution", "canonical_solution", "answers", "output"];

/// All benchmarks that were named, in that order: files first.
pub(super) fn benchmarks(wanted: &WantedArgs) -> Result<Vec<Benchmark>> {
    let is_file = |name: &&String| Path::new(name).extension().is_some_and(|ending| ending == "jsonl");
    let (files, names): (Vec<&String>, Vec<&String>) = wanted.tasks.iter().partition(is_file);
    let mut all = Vec::new();
    for file in files {
        all.push(Benchmark::read(Path::new(file))?);
    }
    if !names.is_empty() {
        all.extend(of_tasks(names.into_iter().cloned().collect(), wanted)?);
    }
    Ok(all)
}

fn of_tasks(tasks: Vec<String>, wanted: &WantedArgs) -> Result<Vec<Benchmark>> {
    let selected = Selected { tasks: tasks.clone(), roots: roots(&wanted.files.include_path)?, runs_code: true };
    let selection = measure::select(&selected).map_err(|fault| {
        let is_name = matches!(fault, PrepareFault::Select(_));
        let fault = anyhow::Error::from(fault);
        if is_name { anyhow::anyhow!("{fault:#}; `daepyo eval list` names what there is") } else { fault }
    })?;
    let asked = TaskArgs {
        tasks,
        files: wanted.files.clone(),
        data: wanted.data.clone(),
        hub: wanted.hub.clone(),
        offline: wanted.offline,
        limit: None,
        confirm_run_unsafe_code: true,
    };
    // The question alone is looked for, so no examples are drawn.
    let prompts = PromptOptions { num_fewshot: Some(0), ..PromptOptions::default() };
    let manner = Manner { prompts, limit: Limit::All, letters: None };
    let prepared = measure::prepare(selection, datasets(&asked), &manner)?;
    prepared.warnings.iter().for_each(|warning| say::note(warning));
    prepared.tasks.iter().map(of_task).collect()
}

fn of_task(task: &PreparedTask) -> Result<Benchmark> {
    let name = task.config.task.clone();
    let mut items = Vec::new();
    for walked in Walk::new(std::slice::from_ref(task), None) {
        let walked = walked.with_context(|| format!("a document of {name} cannot be read"))?;
        items.push(item(walked.borrow()));
    }
    Ok(Benchmark { name, items })
}

/// What is looked for of one item: fields of its document where they have the usual names, else what is asked.
fn item(asked: &evaluation::Item) -> Item {
    let doc = &asked.doc;
    let options = options(doc, asked.choices.as_deref());
    let passage = first_text(doc, &PASSAGE);
    let question = first_text(doc, &QUESTION).or_else(|| asked.requests.first().map(prompt)).unwrap_or_default();
    let answer = answer(asked, &options);
    Item { id: asked.doc_id.to_string(), question, answer, options, passage }
}

fn first_text(doc: &Dict, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| doc.get(*name)?.as_str().filter(|text| !text.trim().is_empty()).map(str::to_owned))
}

/// What a model is asked, where the document has no field of a usual name.
fn prompt(request: &Request) -> String {
    use evaluation::Prompt;
    let text = |prompt: &Prompt| match prompt {
        Prompt::Text(text) => text.clone(),
        Prompt::Chat(messages) => {
            messages.iter().map(|message| message.content.as_str()).collect::<Vec<_>>().join("\n")
        }
    };
    match request {
        Request::Generate { prompt, .. } => text(prompt),
        Request::LogLikelihood { context, .. } => text(context),
        Request::Rolling { text } => text.clone(),
    }
}

/// The options in words: as the task makes them, or, where it makes letters, as the document has them.
fn options(doc: &Dict, choices: Option<&[String]>) -> Vec<String> {
    let is_letter = |text: &String| text.trim_matches(['(', ')', '.', ' ']).chars().count() <= 1;
    match choices {
        Some(choices) if !choices.iter().all(is_letter) => choices.to_vec(),
        _ => OPTIONS.iter().find_map(|name| texts(doc.get(*name)?)).or_else(|| lettered(doc)).unwrap_or_default(),
    }
}

/// A list of texts, or a dictionary that holds one as `text` or `choices`.
fn texts(value: &Value) -> Option<Vec<String>> {
    let list = match value {
        Value::Dict(inner) => inner.get("text").or_else(|| inner.get("choices"))?.as_list()?,
        _ => value.as_list()?,
    };
    let all: Vec<String> = list.iter().filter_map(|one| one.as_str().map(str::to_owned)).collect();
    (all.len() > 1 && all.len() == list.len()).then_some(all)
}

/// Options in fields of their own, `A`, `B` and so on.
fn lettered(doc: &Dict) -> Option<Vec<String>> {
    let all: Vec<String> =
        ('A'..='J').map_while(|letter| doc.get(letter.to_string().as_str())?.as_str().map(str::to_owned)).collect();
    (all.len() > 1).then_some(all)
}

/// The answer in words: the option that the target points to, or the target, or a field of the document.
fn answer(asked: &evaluation::Item, options: &[String]) -> Option<String> {
    let place = match &asked.target {
        Value::Int(place) => usize::try_from(*place).ok(),
        Value::Str(text) => {
            let letter = text.trim().trim_matches(['(', ')', '.']);
            let by_letter = letter.chars().next().filter(|_| letter.chars().count() == 1);
            let by_letter =
                by_letter.and_then(|letter| u32::from(letter.to_ascii_uppercase()).checked_sub(u32::from('A')));
            let by_choice =
                asked.choices.as_ref().and_then(|choices| choices.iter().position(|one| one.trim() == text.trim()));
            by_choice.or(by_letter.map(|place| place as usize))
        }
        _ => None,
    };
    if let Some(option) = place.and_then(|place| options.get(place)) {
        return Some(option.clone());
    }
    let target = asked.target.as_str().filter(|text| !text.trim().is_empty() && options.is_empty());
    target.map(str::to_owned).or_else(|| first_text(&asked.doc, &ANSWER).filter(|_| options.is_empty()))
}
