//! The items of one task.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::context::{self, Exchange, Form, Turn};
use super::fewshot::{DrawFault, Drawer, Pool, Sampler, Shots};
use super::field::{self, CompileFault, Compiled, Compiler, Scene, Wrong};
use super::template::Templates;
use super::{ChatTemplate, PromptOptions, RenderFault, generation};
use crate::hook::{Hooks, Port};
use crate::task::{Field, Function, OutputType, TaskConfig};
use crate::{Document, Generation, Item, Prompt, Request, Rows, Splits, Value, python};

/// Makes the items of one task, byte for byte as lm-eval asks them.
///
/// Items are asked for in the order of documents, each at most once: few-shot examples come from one stream. For a document
/// that is not asked anew (a resumed run), [`skip`](Self::skip) takes its share of the stream. A document that lm-eval would
/// not see at all (`--limit`, `--samples`) is neither asked for nor skipped.
pub struct Renderer {
    task: Arc<str>,
    documents: Arc<dyn Rows>,
    templates: Templates,
    fields: Fields,
    drawer: Option<Drawer>,
    shots: Shots<Vec<Turn>>,
    manner: Manner,
    generation: Generation,
    multiple_inputs: bool,
    multiple_targets: bool,
}

/// The fields of a task, made ready: those of the evaluated document and those of examples.
struct Fields {
    description: Option<Compiled>,
    question: Option<Compiled>,
    target: Option<Compiled>,
    choices: Option<Compiled>,
    prefix: Option<Compiled>,
    shot_question: Option<Compiled>,
    shot_target: Option<Compiled>,
    shot_choices: Option<Compiled>,
    shot_prefix: Option<Compiled>,
}

/// What holds for all items.
struct Manner {
    output_type: OutputType,
    form: Form,
    chat_template: Option<Arc<ChatTemplate>>,
    system_instruction: String,
    num_fewshot: usize,
    repeats: usize,
    target_delimiter: String,
    /// What stands between the context and a choice.
    choice_delimiter: String,
    fewshot_delimiter: String,
    shot_target_delimiter: String,
    shot_fewshot_delimiter: String,
    mutual_information: bool,
}

/// What is worked out on an evaluated document.
struct Worked {
    question: Value,
    choices: Option<Vec<Value>>,
    target: Value,
}

impl Renderer {
    /// Makes the task ready: finds its splits, compiles its templates, and looks at its first document, which decides
    /// whether there are several inputs or targets.
    pub fn new(
        config: &TaskConfig,
        splits: &Splits,
        hooks: Hooks,
        options: &PromptOptions,
    ) -> Result<Self, RenderFault> {
        let maker = Maker { config, splits, hooks };
        maker.check_support()?;
        let documents = maker.evaluated()?;
        let first = if documents.is_empty() {
            None
        } else {
            Some(Arc::new(documents.row(0).map_err(|fault| maker.rows(fault))?))
        };
        let columns = first.iter().flat_map(|document| document.keys().cloned()).collect();
        let mut templates = Templates::of_tasks();
        let fields = maker.fields(&mut templates, &columns)?;
        let manner = maker.manner(options);
        let drawer =
            if manner.num_fewshot == 0 { None } else { Some(Drawer::new(maker.pool()?, options.draw, options.seed)) };
        let generation = generation::override_with(config.generation.clone(), &options.gen_kwargs)
            .map_err(|reason| maker.wrong(Wrong { field: "gen_kwargs", reason }))?;
        let mut renderer = Self {
            task: config.task.as_str().into(),
            documents,
            templates,
            fields,
            drawer,
            shots: Shots::new(),
            manner,
            generation,
            multiple_inputs: false,
            multiple_targets: false,
        };
        if let Some(first) = first {
            let worked = renderer.work(&first).map_err(|wrong| renderer.at(0, wrong))?;
            let has_choices = worked.choices.is_some_and(|choices| !choices.is_empty());
            renderer.multiple_inputs = has_choices && field::is_int(&worked.question);
            renderer.multiple_targets = matches!(worked.target, Value::List(_));
        }
        Ok(renderer)
    }

    /// How many documents there are.
    pub fn len(&self) -> usize {
        self.documents.len()
    }

    /// Whether there is no document.
    pub fn is_empty(&self) -> bool {
        self.documents.is_empty()
    }

    /// How many examples stand before a question.
    pub fn num_fewshot(&self) -> usize {
        self.manner.num_fewshot
    }

    /// Whether the choices are contexts and the target is what follows them (Winogrande). Then the right choice is what
    /// [`gold`](Self::gold) says, not the item's target.
    pub fn has_multiple_inputs(&self) -> bool {
        self.multiple_inputs
    }

    /// Whether several targets are right; the first document decides for all.
    pub fn has_multiple_targets(&self) -> bool {
        self.multiple_targets
    }

    /// The document at `doc_id`, after `process_docs`.
    pub fn document(&self, doc_id: usize) -> Result<Arc<Document>, RenderFault> {
        let row = self.documents.row(doc_id);
        row.map(Arc::new).map_err(|fault| RenderFault::Rows { task: self.task.to_string(), fault })
    }

    /// What a choice is compared with: the question, an index, where there are several inputs; else the target.
    pub fn gold(&self, doc_id: usize, document: &Arc<Document>) -> Result<Value, RenderFault> {
        let worked = self.work(document).map_err(|wrong| self.at(doc_id, wrong))?;
        Ok(if self.multiple_inputs { worked.question } else { worked.target })
    }

    /// What is asked about a document, as `doc_to_text` has it: without examples and instructions.
    pub fn question(&self, doc_id: usize, document: &Arc<Document>) -> Result<String, RenderFault> {
        let worked = self.work(document).map_err(|wrong| self.at(doc_id, wrong))?;
        Ok(python::str(&worked.question))
    }

    /// The item of the document at `doc_id`.
    pub fn item(&mut self, doc_id: usize) -> Result<Item, RenderFault> {
        let document = self.document(doc_id)?;
        let shots = self.draw(&document)?;
        self.item_of(doc_id, &document, &shots)
    }

    /// Takes the share of the document at `doc_id` out of the stream of examples, and makes nothing of it.
    pub fn skip(&mut self, doc_id: usize) -> Result<(), RenderFault> {
        if self.drawer.is_none() {
            return Ok(());
        }
        let document = self.document(doc_id)?;
        self.places(&document).map(|_| ())
    }

    fn places(&mut self, document: &Document) -> Result<Vec<usize>, RenderFault> {
        let (task, wanted) = (Arc::clone(&self.task), self.manner.num_fewshot);
        let Some(drawer) = self.drawer.as_mut() else { return Ok(Vec::new()) };
        drawer.draw(&task, wanted, document).map_err(|fault| match fault {
            DrawFault::TooFew(available) => RenderFault::Examples { task: task.to_string(), wanted, available },
            DrawFault::Rows(fault) => RenderFault::Rows { task: task.to_string(), fault },
        })
    }

    fn draw(&mut self, document: &Document) -> Result<Vec<Arc<Vec<Turn>>>, RenderFault> {
        let places = self.places(document)?;
        let mut drawn = Vec::with_capacity(places.len());
        for place in places {
            let Some(drawer) = self.drawer.as_mut() else { break };
            let (templates, fields, manner) = (&self.templates, &self.fields, &self.manner);
            let (task, multiple_inputs) = (&self.task, self.multiple_inputs);
            let shot = self.shots.get(place, || {
                let example = drawer.document(place);
                let example = example.map_err(|fault| RenderFault::Rows { task: task.to_string(), fault })?;
                let scene = Scene { templates, document: &example, has_choices: fields.choices.is_some() };
                fields.shot(scene, manner, multiple_inputs).map_err(|wrong| RenderFault::Field {
                    task: task.to_string(),
                    field: wrong.field,
                    reason: format!("in example {place}: {}", wrong.reason),
                })
            })?;
            drawn.push(shot);
        }
        Ok(drawn)
    }

    fn at(&self, doc_id: usize, wrong: Wrong) -> RenderFault {
        RenderFault::Document { task: self.task.to_string(), doc_id, field: wrong.field, reason: wrong.reason }
    }

    fn scene<'run>(&'run self, document: &'run Arc<Document>) -> Scene<'run> {
        Scene { templates: &self.templates, document, has_choices: self.fields.choices.is_some() }
    }

    fn work(&self, document: &Arc<Document>) -> Result<Worked, Wrong> {
        let scene = self.scene(document);
        let rolling = self.manner.output_type == OutputType::Rolling;
        let question = match &self.fields.question {
            Some(question) => question.question(scene)?,
            None if rolling => Value::from(""),
            None => return Err(missing("doc_to_text")),
        };
        let choices = self.fields.choices.as_ref().map(|choices| choices.choices(scene)).transpose()?;
        let target = self.fields.target.as_ref().ok_or_else(|| missing("doc_to_target"))?.target(scene)?;
        Ok(Worked { question, choices, target })
    }

    fn item_of(&self, doc_id: usize, document: &Arc<Document>, shots: &[Arc<Vec<Turn>>]) -> Result<Item, RenderFault> {
        let wrong = |wrong| self.at(doc_id, wrong);
        let worked = self.work(document).map_err(wrong)?;
        let contexts = self.contexts(document, &worked, shots).map_err(wrong)?;
        let requests = self.requests(contexts, &worked).map_err(wrong)?;
        Ok(Item {
            task: Arc::clone(&self.task),
            doc_id,
            doc: Arc::clone(document),
            target: worked.target,
            choices: worked.choices.map(|choices| choices.iter().map(python::str).collect()),
            requests,
            repeats: self.manner.repeats,
        })
    }

    /// The contexts: one, or one a choice where the choices are contexts.
    fn contexts(
        &self,
        document: &Arc<Document>,
        worked: &Worked,
        shots: &[Arc<Vec<Turn>>],
    ) -> Result<Vec<Prompt>, Wrong> {
        let (scene, manner) = (self.scene(document), &self.manner);
        let description = match &self.fields.description {
            Some(description) => description.some_text(scene)?.unwrap_or_default(),
            None => String::new(),
        };
        let system = context::delimit(&manner.system_instruction, &description, &manner.fewshot_delimiter);
        let prefix = self.fields.prefix.as_ref().map(|prefix| prefix.some_text(scene)).transpose()?.flatten();
        let (questions, target_delimiter) = if self.multiple_inputs {
            (worked.choices.as_deref().unwrap_or_default(), "")
        } else {
            (std::slice::from_ref(&worked.question), manner.target_delimiter.as_str())
        };
        let mut contexts = Vec::with_capacity(questions.len());
        for question in questions {
            let Some(question) = question.as_str() else {
                let reason = format!("the question is {}, but has to be a text", question.type_name());
                return Err(Wrong { field: "doc_to_text", reason });
            };
            let exchange = Exchange {
                question,
                choices: None,
                answer: None,
                prefix: prefix.as_deref(),
                target_delimiter,
                fewshot_delimiter: "",
            };
            let last = exchange.turns().map_err(|reason| Wrong { field: "doc_to_text", reason })?;
            let turns = shots.iter().flat_map(|shot| shot.iter());
            let prompt = context::assemble(manner.form, &system, turns, &last);
            contexts.push(manner.through_template(prompt, prefix.is_none())?);
        }
        Ok(contexts)
    }

    fn requests(&self, mut contexts: Vec<Prompt>, worked: &Worked) -> Result<Vec<Request>, Wrong> {
        let target = || match &worked.target {
            Value::Str(text) => Ok(text.to_string()),
            other => {
                let reason = format!("it is {}, but has to be a text", other.type_name());
                Err(Wrong { field: "doc_to_target", reason })
            }
        };
        let Some(context) = contexts.pop() else { return Err(missing("doc_to_choice")) };
        Ok(match self.manner.output_type {
            OutputType::GenerateUntil => {
                vec![Request::Generate { prompt: context, generation: self.generation.clone() }]
            }
            OutputType::LogLikelihood => vec![Request::LogLikelihood { context, continuation: target()? }],
            OutputType::Rolling => vec![Request::Rolling { text: target()? }],
            OutputType::MultipleChoice => {
                contexts.push(context);
                self.choice_requests(contexts, worked)?
            }
        })
    }

    fn choice_requests(&self, contexts: Vec<Prompt>, worked: &Worked) -> Result<Vec<Request>, Wrong> {
        let choices = worked.choices.as_deref().ok_or_else(|| missing("doc_to_choice"))?;
        let continuation = |value: &Value| {
            let mut text = self.manner.choice_delimiter.clone();
            python::str_into(&mut text, value);
            text
        };
        let mut requests: Vec<Request> = if self.multiple_inputs {
            let continuation = continuation(&worked.target);
            let ask = |context| Request::LogLikelihood { context, continuation: continuation.clone() };
            contexts.into_iter().map(ask).collect()
        } else {
            let ask = |(context, choice)| Request::LogLikelihood { context, continuation: continuation(choice) };
            let contexts = contexts.into_iter().flat_map(|context| std::iter::repeat_n(context, choices.len()));
            contexts.zip(choices).map(ask).collect()
        };
        if self.manner.mutual_information {
            requests.extend(choices.iter().map(|choice| Request::LogLikelihood {
                context: Prompt::Text(String::new()),
                continuation: continuation(choice),
            }));
        }
        Ok(requests)
    }
}

impl Manner {
    /// A conversation as a text, where there is a chat template.
    fn through_template(&self, prompt: Prompt, add_generation_prompt: bool) -> Result<Prompt, Wrong> {
        match (prompt, &self.chat_template) {
            (Prompt::Chat(messages), Some(template)) => template
                .render(&messages, add_generation_prompt)
                .map(Prompt::Text)
                .map_err(|fault| Wrong { field: "chat_template", reason: fault.to_string() }),
            (prompt, _) => Ok(prompt),
        }
    }
}

impl Fields {
    /// An example, written.
    fn shot(&self, scene: Scene<'_>, manner: &Manner, multiple_inputs: bool) -> Result<Vec<Turn>, Wrong> {
        let question = self.shot_question.as_ref().ok_or_else(|| missing("doc_to_text"))?.question(scene)?;
        let choices = self.shot_choices.as_ref().map(|choices| choices.choices(scene)).transpose()?;
        let target = self.shot_target.as_ref().ok_or_else(|| missing("doc_to_target"))?.target(scene)?;
        let prefix = self.shot_prefix.as_ref().map(|prefix| prefix.some_text(scene)).transpose()?.flatten();
        let (question, choices) = if multiple_inputs {
            let chosen = field::at_index(choices.as_deref().unwrap_or_default(), &question);
            (chosen.cloned().unwrap_or(Value::None), None)
        } else {
            (question, choices)
        };
        let Some(question) = question.as_str() else {
            let reason = format!("the question is {}, but has to be a text", question.type_name());
            return Err(Wrong { field: "doc_to_text", reason });
        };
        let exchange = Exchange {
            question,
            choices: choices.as_deref(),
            answer: Some(&target),
            prefix: prefix.as_deref(),
            target_delimiter: &manner.shot_target_delimiter,
            fewshot_delimiter: &manner.shot_fewshot_delimiter,
        };
        exchange.turns().map_err(|reason| Wrong { field: "doc_to_target", reason })
    }
}

fn missing(field: &'static str) -> Wrong {
    Wrong { field, reason: "the task does not have it, and needs it".into() }
}

/// What a renderer is made from.
struct Maker<'run> {
    config: &'run TaskConfig,
    splits: &'run Splits,
    hooks: Hooks,
}

impl Maker<'_> {
    fn task(&self) -> String {
        self.config.task.clone()
    }

    fn rows(&self, fault: crate::RowsFault) -> RenderFault {
        RenderFault::Rows { task: self.task(), fault }
    }

    fn wrong(&self, wrong: Wrong) -> RenderFault {
        RenderFault::Field { task: self.task(), field: wrong.field, reason: wrong.reason }
    }

    fn compile_fault(&self, fault: CompileFault) -> RenderFault {
        match fault {
            CompileFault::Refusal(refusal) => RenderFault::Hook { task: self.task(), refusal },
            CompileFault::Wrong(wrong) => self.wrong(wrong),
        }
    }

    fn check_support(&self) -> Result<(), RenderFault> {
        let what = match (self.config.media, &self.config.use_prompt) {
            (Some(field), _) => format!("`{field}`"),
            (None, Some(prompt)) => format!("`use_prompt: {prompt}`, a template of promptsource,"),
            (None, None) => return Ok(()),
        };
        Err(RenderFault::Unsupported { task: self.task(), what })
    }

    fn split(&self, name: &str, process: Option<&Function>) -> Result<Arc<dyn Rows>, RenderFault> {
        let missing = || RenderFault::MissingSplit {
            task: self.task(),
            split: name.into(),
            available: self.splits.keys().cloned().collect(),
        };
        let rows = Arc::clone(self.splits.get(name).ok_or_else(missing)?);
        let Some(function) = process else { return Ok(rows) };
        match self.hooks.find(function).map_err(|refusal| self.compile_fault(CompileFault::Refusal(refusal)))? {
            Port::Docs(port) => port(rows).map_err(|fault| self.rows(fault)),
            _ => Err(self.wrong(field::wrong_port("process_docs", function))),
        }
    }

    /// The documents that are evaluated: the test split, else the validation split.
    fn evaluated(&self) -> Result<Arc<dyn Rows>, RenderFault> {
        let data = &self.config.data;
        let split = data.test_split.as_deref().or(data.validation_split.as_deref());
        let split = split.ok_or_else(|| RenderFault::NoSplit { task: self.task() })?;
        self.split(split, self.config.process_docs.as_ref())
    }

    fn pool(&self) -> Result<Pool, RenderFault> {
        let (shots, data) = (&self.config.fewshot, &self.config.data);
        let named = shots.split.as_deref().or(data.fewshot_split.as_deref());
        let rows = match (named, &shots.samples) {
            (Some(split), _) => self.split(split, shots.process_docs.as_ref())?,
            (None, Some(samples)) => self.samples(samples)?,
            (None, None) => {
                let split = data.training_split.as_deref().or(data.validation_split.as_deref());
                let split = split.or(data.test_split.as_deref());
                let split = split.ok_or_else(|| RenderFault::NoSplit { task: self.task() })?;
                self.split(split, self.config.process_docs.as_ref())?
            }
        };
        let sampler = match shots.sampler.as_str() {
            "" | "default" => Sampler::Default,
            "first_n" => Sampler::FirstN,
            other => {
                return Err(RenderFault::Unsupported { task: self.task(), what: format!("the sampler {other:?}") });
            }
        };
        // lm-eval compares the names of the splits, and two that are not named are alike.
        let leaves_out = named == data.test_split.as_deref();
        Ok(Pool { rows, indices: shots.indices.clone(), sampler, leaves_out })
    }

    fn samples(&self, samples: &Field) -> Result<Arc<dyn Rows>, RenderFault> {
        let wrong = |reason: &str| self.wrong(Wrong { field: "samples", reason: reason.into() });
        match samples {
            Field::Value(Value::List(list)) => {
                let documents: Option<Vec<Document>> = list.iter().map(|sample| sample.as_dict().cloned()).collect();
                Ok(Arc::new(documents.ok_or_else(|| wrong("every sample has to be a dictionary"))?))
            }
            Field::Function(function) => {
                let found = self.hooks.find(function);
                match found.map_err(|refusal| self.compile_fault(CompileFault::Refusal(refusal)))? {
                    Port::Samples(port) => Ok(Arc::new(port())),
                    _ => Err(self.wrong(field::wrong_port("samples", function))),
                }
            }
            _ => Err(wrong("it has to be a list of dictionaries, or a function that makes one")),
        }
    }

    fn fields(&self, templates: &mut Templates, columns: &BTreeSet<Arc<str>>) -> Result<Fields, RenderFault> {
        let (config, shots) = (self.config, &self.config.fewshot);
        let compiler = &mut Compiler { templates, hooks: self.hooks.clone(), columns };
        let question = self.field(compiler, "doc_to_text", config.doc_to_text.as_ref())?;
        let target = self.field(compiler, "doc_to_target", config.doc_to_target.as_ref())?;
        let choices = self.field(compiler, "doc_to_choice", config.doc_to_choice.as_ref())?;
        let prefix = config.gen_prefix.as_ref().map(|prefix| Field::Value(Value::from(prefix.as_str())));
        let shot_question = self.field(compiler, "doc_to_text of examples", shots.doc_to_text.as_ref())?;
        let shot_target = self.field(compiler, "doc_to_target of examples", shots.doc_to_target.as_ref())?;
        let shot_choices = self.field(compiler, "doc_to_choice of examples", shots.doc_to_choice.as_ref())?;
        Ok(Fields {
            description: match &config.description {
                Some(Field::Value(Value::Str(source))) => self.either(compiler, "description", Some(&**source))?,
                other => self.field(compiler, "description", other.as_ref())?,
            },
            prefix: self.field(compiler, "gen_prefix", prefix.as_ref())?,
            shot_question: shot_question.or_else(|| question.clone()),
            shot_target: shot_target.or_else(|| target.clone()),
            shot_choices: shot_choices.or_else(|| choices.clone()),
            shot_prefix: self.either(compiler, "gen_prefix of examples", shots.gen_prefix.as_deref())?,
            question,
            target,
            choices,
        })
    }

    fn field(
        &self,
        compiler: &mut Compiler<'_>,
        name: &'static str,
        field: Option<&Field>,
    ) -> Result<Option<Compiled>, RenderFault> {
        let field = field.filter(|field| !matches!(field, Field::Value(Value::None)));
        let made = field.map(|field| compiler.field(name, field)).transpose();
        made.map_err(|fault| self.compile_fault(fault))
    }

    fn either(
        &self,
        compiler: &mut Compiler<'_>,
        name: &'static str,
        source: Option<&str>,
    ) -> Result<Option<Compiled>, RenderFault> {
        let source = source.filter(|source| !source.is_empty());
        let made = source.map(|source| compiler.either(name, source)).transpose();
        made.map_err(|fault| self.compile_fault(fault))
    }

    fn manner(&self, options: &PromptOptions) -> Manner {
        let config = self.config;
        let form = match (options.apply_chat_template, options.fewshot_as_multiturn.unwrap_or(true)) {
            (false, _) => Form::Text,
            (true, true) => Form::Turns,
            (true, false) => Form::OneTurn,
        };
        let open_prefix =
            config.gen_prefix.as_deref().is_some_and(|prefix| !prefix.is_empty() && !context::ends_with_space(prefix));
        let delimited = !options.apply_chat_template || open_prefix;
        let is_mutual = |field: &Field| matches!(field, Field::Value(Value::Str(name)) if &**name == "acc_mutual_info");
        Manner {
            output_type: config.output_type,
            form,
            chat_template: options.chat_template.clone(),
            system_instruction: options.system_instruction.clone().unwrap_or_default(),
            num_fewshot: match (options.num_fewshot, config.num_fewshot) {
                (Some(_), Some(0)) | (None, None) => 0,
                (Some(count), _) | (None, Some(count)) => count,
            },
            repeats: config.repeats,
            target_delimiter: config.target_delimiter.clone(),
            choice_delimiter: if delimited { config.target_delimiter.clone() } else { String::new() },
            fewshot_delimiter: config.fewshot_delimiter.clone(),
            shot_target_delimiter: config.fewshot.target_delimiter.clone(),
            shot_fewshot_delimiter: config.fewshot.fewshot_delimiter.clone(),
            mutual_information: config.metrics.iter().any(|metric| is_mutual(&metric.metric)),
        }
    }
}
