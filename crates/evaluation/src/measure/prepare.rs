//! Everything is read and checked before the first question is asked.

use std::path::PathBuf;
use std::sync::Arc;

use crate::Item;
use crate::dataset::{DatasetFault, DatasetOptions, Datasets};
use crate::extract::adapter::{AdaptFault, Adapted, AdapterOptions, adapt};
use crate::hook::{Hooks, Program};
use crate::prompt::{PromptOptions, RenderFault, Renderer};
use crate::sandbox::grade::{Problem, Verdict, grade};
use crate::sandbox::{Limits, Sandbox, SandboxFault};
use crate::score::{RunPrograms, Scorer, ScorerFault};
use crate::task::{Field, GroupConfig, OutputType, ScanFault, SelectFault, TaskTree};
use crate::{Splits, TaskConfig, Value};

/// What is to be measured, by name.
#[derive(Clone, Debug)]
pub struct Selected {
    /// Tasks, groups, tags, patterns or files.
    pub tasks: Vec<String>,
    /// Folders of task files; of several tasks of one name, that of the last folder counts.
    pub roots: Vec<PathBuf>,
    /// Whether code that a model wrote may be run.
    pub runs_code: bool,
}

/// How many documents of a task are asked about.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Limit {
    /// All of them.
    #[default]
    All,
    /// So many, the first ones.
    Count(usize),
    /// This share, rounded up, as lm-eval does with a limit below 1.
    Share(f64),
}

/// The part of every task that is asked about here: documents `part - 1`, `part - 1 + parts`, …
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Which part, from 1.
    pub part: usize,
    /// How many parts there are.
    pub parts: usize,
}

/// Tasks with their documents, ready to be asked about.
pub struct Prepared {
    /// The tasks, in the order in which they were asked for.
    pub tasks: Vec<PreparedTask>,
    /// The groups, an outer one before those in it, each with the tasks in it and in its subgroups, as lm-eval sums them
    /// up.
    pub groups: Vec<(GroupConfig, Vec<String>)>,
    /// What is hardly meant.
    pub warnings: Vec<String>,
}

/// A task with its documents.
pub struct PreparedTask {
    /// The task file, resolved.
    pub config: TaskConfig,
    /// How prompts are made.
    pub prompts: PromptOptions,
    /// How many documents there are.
    pub original: usize,
    /// How many of them are asked about.
    pub asked: usize,
    /// How multiple choice is asked of a model that only chats; none asks for log-probabilities.
    pub letters: Option<AdapterOptions>,
    splits: Splits,
    hooks: Hooks,
}

/// How documents are asked about.
#[derive(Clone, Debug, Default)]
pub struct Manner {
    /// What a run decides about prompts.
    pub prompts: PromptOptions,
    /// How many documents of a task.
    pub limit: Limit,
    /// Multiple choice as a question with lettered options.
    pub letters: Option<AdapterOptions>,
}

/// An item as it is asked.
pub(super) enum Asked {
    /// As its task says.
    Plain(Item),
    /// As a question with lettered options.
    Letters(Box<Adapted>),
    /// Not at all: it has no requests, for this reason.
    Not(Item, ItemFault),
}

/// Why an item cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum ItemFault {
    /// Its prompt cannot be made.
    #[error(transparent)]
    Render(#[from] RenderFault),
    /// It cannot be asked with lettered options.
    #[error(transparent)]
    Adapt(#[from] AdaptFault),
}

/// Why nothing is asked.
#[derive(Debug, thiserror::Error)]
pub enum PrepareFault {
    /// A folder of task files cannot be read.
    #[error(transparent)]
    Scan(#[from] ScanFault),
    /// A name stands for nothing, or for something that cannot be understood.
    #[error(transparent)]
    Select(#[from] SelectFault),
    /// Some tasks cannot run here; all of them are named.
    #[error("{} cannot run:\n{}", plural(.0.len()), .0.iter().map(|refused| format!("  {refused}")).collect::<Vec<_>>().join("\n"))]
    Refused(Vec<Refused>),
}

/// Why one task cannot run.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// Its documents are not to be had.
    #[error("{task}: {fault}")]
    Dataset {
        /// The task.
        task: String,
        /// Why.
        fault: DatasetFault,
    },
    /// Its documents cannot be made into prompts.
    #[error(transparent)]
    Item(#[from] ItemFault),
    /// Its answers cannot be scored.
    #[error(transparent)]
    Scorer(Box<ScorerFault>),
    /// It runs code that a model wrote, and nobody said that this may be.
    #[error("{task}: it runs code that the model wrote; say --confirm_run_unsafe_code to let it, in a sandbox")]
    UnsafeCode {
        /// The task.
        task: String,
    },
    /// It runs code, and there is no sandbox here.
    #[error("{task}: it runs code that the model wrote, and there is no sandbox here: {fault}")]
    Sandbox {
        /// The task.
        task: String,
        /// What is missing, and how to mend it.
        fault: &'static SandboxFault,
    },
    /// It wants pictures or sound.
    #[error("{task}: `{field}` asks for pictures or sound, which are not supported")]
    Media {
        /// The task.
        task: String,
        /// The field.
        field: &'static str,
    },
}

/// Runs programs and their tests in the sandbox, apart from each other.
fn programs() -> RunPrograms {
    Arc::new(|programs| {
        let sandbox = Sandbox::shared().map_err(ToString::to_string)?;
        let passed = programs.iter().map(|Program { code, test }| {
            let problem = Problem { code, prelude: "", tests: test, entry_point: "", limits: Limits::default() };
            match grade(sandbox, &problem).map_err(|fault| fault.to_string())? {
                Verdict::Unsupported { reason } => Err(reason),
                verdict => Ok(verdict == Verdict::Passed),
            }
        });
        passed.collect()
    })
}

fn plural(count: usize) -> String {
    if count == 1 { "a task".to_owned() } else { format!("{count} tasks") }
}

/// Finds the tasks that were asked for.
pub fn select(asked: &Selected) -> Result<Prepared, PrepareFault> {
    let tree = TaskTree::scan(&asked.roots)?;
    let selection = tree.select(&asked.tasks)?;
    let refused: Vec<Refused> = selection.tasks.iter().filter_map(|config| refusal(config, asked)).collect();
    if !refused.is_empty() {
        return Err(PrepareFault::Refused(refused));
    }
    let leaves = |group: &GroupConfig| selection.leaves(&group.name).into_iter().map(str::to_owned).collect();
    let groups = selection.groups.iter().map(|group| (group.clone(), leaves(group))).collect();
    let hooks = Hooks::default();
    let tasks = selection.tasks.into_iter().map(|config| PreparedTask::without_documents(config, &hooks));
    Ok(Prepared { tasks: tasks.collect(), groups, warnings: selection.warnings })
}

/// Opens the documents of every task and tries prompts and scorers out.
pub fn prepare(mut prepared: Prepared, data: DatasetOptions, manner: &Manner) -> Result<Prepared, PrepareFault> {
    let datasets = Datasets::new(data);
    let refused: Vec<Refused> =
        prepared.tasks.iter_mut().filter_map(|task| task.open(&datasets, manner).err()).collect();
    if refused.is_empty() { Ok(prepared) } else { Err(PrepareFault::Refused(refused)) }
}

fn refusal(config: &TaskConfig, asked: &Selected) -> Option<Refused> {
    let task = || config.task.clone();
    if let Some(field) = config.media {
        return Some(Refused::Media { task: task(), field });
    }
    match config.unsafe_code {
        false => None,
        true if !asked.runs_code => Some(Refused::UnsafeCode { task: task() }),
        true => Sandbox::shared().err().map(|fault| Refused::Sandbox { task: task(), fault }),
    }
}

impl PreparedTask {
    fn without_documents(config: TaskConfig, hooks: &Hooks) -> Self {
        let (prompts, splits, hooks) = (PromptOptions::default(), Splits::new(), hooks.clone());
        Self { config, prompts, original: 0, asked: 0, letters: None, splits, hooks }
    }

    fn open(&mut self, datasets: &Datasets, manner: &Manner) -> Result<(), Refused> {
        let base = self.config.file.parent().unwrap_or(&self.config.file).to_owned();
        let opened = datasets.open(&self.config.data, &base);
        self.splits = opened.map_err(|fault| Refused::Dataset { task: self.config.task.clone(), fault })?;
        self.prompts = manner.prompts.clone();
        self.letters = manner.letters.clone().filter(|_| self.config.output_type == OutputType::MultipleChoice);
        let renderer = self.renderer().map_err(ItemFault::from)?;
        self.scorer().map_err(Refused::Scorer)?;
        // What is told of the task is what is done: lm-eval, too, writes the number that was asked for.
        self.config.num_fewshot = Some(renderer.num_fewshot());
        self.original = renderer.len();
        self.asked = manner.limit.of(self.original);
        // A prompt that cannot be made is better known now than after an hour.
        if self.asked > 0 {
            let first = self.renderer().and_then(|mut renderer| renderer.item(0)).map_err(ItemFault::from)?;
            self.ask(first)?;
        }
        Ok(())
    }

    /// The prompts, from the first document on.
    pub fn renderer(&self) -> Result<Renderer, RenderFault> {
        Renderer::new(&self.config, &self.splits, self.hooks.clone(), &self.prompts)
    }

    /// The scorer.
    pub fn scorer(&self) -> Result<Scorer, Box<ScorerFault>> {
        let scorer = Scorer::new(&self.config, self.hooks.clone()).map_err(Box::new)?;
        Ok(if self.config.unsafe_code { scorer.with_programs(&programs()) } else { scorer })
    }

    /// Whether models can judge its answers: the model writes them, they are no programs, which are judged by running
    /// them, and there is a target to hold them against. A number that is the same for all documents stands for none, as
    /// where a program checks instructions.
    pub fn is_judged(&self) -> bool {
        let has_target = match &self.config.doc_to_target {
            Some(Field::Value(target)) => {
                target.as_str().is_some_and(|text| !text.is_empty()) || target.as_list().is_some()
            }
            Some(_) => true,
            None => false,
        };
        self.config.output_type == OutputType::GenerateUntil && !self.config.unsafe_code && has_target
    }

    /// The column by which items belong together, where the task file's `metadata.cluster` names one.
    pub(super) fn cluster(&self) -> Option<String> {
        self.config.metadata.get("cluster")?.as_str().map(str::to_owned)
    }

    /// The document at `doc_id` as it is asked about. One that cannot be costs itself alone.
    pub(super) fn asked(&self, renderer: &mut Renderer, doc_id: usize) -> Asked {
        let asked = renderer.item(doc_id).map_err(ItemFault::from).and_then(|item| self.ask(item));
        asked.unwrap_or_else(|fault| {
            let (task, doc) = (self.config.task.as_str().into(), renderer.document(doc_id).unwrap_or_default());
            let (target, choices, requests) = (Value::None, None, Vec::new());
            Asked::Not(Item { task, doc_id, doc, target, choices, requests, repeats: 1 }, fault)
        })
    }

    fn ask(&self, item: Item) -> Result<Asked, ItemFault> {
        match &self.letters {
            None => Ok(Asked::Plain(item)),
            Some(options) => Ok(Asked::Letters(Box::new(adapt(&item, options)?))),
        }
    }
}

impl Prepared {
    /// How many items are asked about in this part.
    pub fn items(&self, shard: Option<Shard>) -> usize {
        self.tasks.iter().map(|task| shard.map_or(task.asked, |shard| shard.of(task.asked))).sum()
    }
}

impl Asked {
    /// What is asked.
    pub(super) fn item(&self) -> &Item {
        match self {
            Self::Plain(item) | Self::Not(item, _) => item,
            Self::Letters(adapted) => &adapted.item,
        }
    }
}

impl Limit {
    fn of(self, documents: usize) -> usize {
        match self {
            Self::All => documents,
            Self::Count(count) => count.min(documents),
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                clippy::cast_precision_loss,
                reason = "a share of a count is a count"
            )]
            Self::Share(share) => ((documents as f64 * share).ceil() as usize).min(documents),
        }
    }
}

impl Shard {
    /// Whether a document is in this part.
    pub fn holds(self, doc_id: usize) -> bool {
        doc_id % self.parts == self.part - 1
    }

    /// How many of so many documents are in this part.
    pub(super) fn of(self, documents: usize) -> usize {
        (documents + self.parts - self.part) / self.parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_document_is_in_one_part() {
        for documents in 0..20 {
            for parts in 1..6 {
                let counts = (1..=parts).map(|part| Shard { part, parts });
                let held = |shard: Shard| (0..documents).filter(|doc_id| shard.holds(*doc_id)).count();
                let all: usize = counts.clone().map(held).sum();
                assert_eq!(all, documents);
                assert!(counts.clone().all(|shard| shard.of(documents) == held(shard)), "{documents} in {parts}");
            }
        }
    }

    #[test]
    fn a_limit_below_one_is_a_share_rounded_up() {
        assert_eq!(
            [Limit::All.of(7), Limit::Count(9).of(7), Limit::Count(2).of(7), Limit::Share(0.5).of(7)],
            [7, 7, 2, 4]
        );
    }
}
