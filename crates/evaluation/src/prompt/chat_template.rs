//! Hugging Face's chat templates: a conversation becomes the text that a model was trained on.
//!
//! The rules are those of `apply_chat_template` of `transformers`: blocks are trimmed, `tojson` keeps letters as they are,
//! and a conversation that ends in the beginning of an answer is cut after it, so that the model goes on from there.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use jiff::civil::DateTime;
use minijinja::value::{Kwargs, Value as Rendered};
use minijinja::{Environment, Error, ErrorKind};

use super::template::{self, Template, Templates};
use super::{hash, view};
use crate::python::{json, text};
use crate::{Dict, Message, Role, Value};

/// Why a chat template cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChatTemplateFault {
    /// A file cannot be read.
    #[error("{path}: {reason}")]
    File {
        /// The file.
        path: String,
        /// What is wrong.
        reason: String,
    },
    /// There is no template.
    #[error(
        "{0}: there is no chat template; give a Jinja file, or a folder with a `chat_template.jinja` or a \
        `tokenizer_config.json` that has one"
    )]
    Missing(String),
    /// It is no template.
    #[error("the chat template cannot be read: {0}")]
    Source(String),
    /// It does not work on a conversation.
    #[error("the chat template refuses the conversation: {0}")]
    Render(String),
    /// The beginning of the answer is not in the text.
    #[error(
        "the chat template changed or left out the beginning of the answer, {0:?}, so there is no place to go on from"
    )]
    Lost(String),
}

/// A chat template with its special tokens.
pub struct ChatTemplate {
    templates: Templates,
    template: Template,
    source: Arc<str>,
    tokens: Dict,
}

impl fmt::Debug for ChatTemplate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ChatTemplate").field("source", &self.source).field("tokens", &self.tokens).finish()
    }
}

impl ChatTemplate {
    /// Of the template `source`, with the special `tokens` by name (`bos_token`, `eos_token`, …). `now` is what a template
    /// that shows the date is told; without one, it is refused.
    pub fn new(source: &str, tokens: Dict, now: Option<DateTime>) -> Result<Self, ChatTemplateFault> {
        let mut templates = Templates::new(environment(now));
        // Blocks that mark what the model wrote, for training; they change nothing in the text.
        let marks = regex::Regex::new(r"\{%(-?)\s*(end)?generation\s*(-?)%\}");
        let marks = marks.map_err(|fault| ChatTemplateFault::Source(fault.to_string()))?;
        let plain = marks.replace_all(source, |found: &regex::Captures<'_>| {
            let word = if found.get(2).is_some() { "endif" } else { "if true" };
            format!("{{%{} {word} {}%}}", &found[1], &found[3])
        });
        let template = templates.add(&plain).map_err(ChatTemplateFault::Source)?;
        Ok(Self { templates, template, source: source.into(), tokens })
    }

    /// Of a Jinja file, a `tokenizer_config.json`, or a folder that has one of them.
    pub fn load(path: &Path, now: Option<DateTime>) -> Result<Self, ChatTemplateFault> {
        let folder = if path.is_dir() { path } else { path.parent().unwrap_or(Path::new("")) };
        let config = if path.extension().is_some_and(|ending| ending == "json") {
            Some(read_json(path)?)
        } else {
            let config = folder.join("tokenizer_config.json");
            if config.is_file() { Some(read_json(&config)?) } else { None }
        };
        let jinja = if path.is_dir() { path.join("chat_template.jinja") } else { path.to_owned() };
        let in_config = || config.as_ref().and_then(|config| template_of(config.get("chat_template")?));
        let source = if jinja.is_file() && jinja.extension().is_none_or(|ending| ending != "json") {
            read(&jinja)?
        } else {
            in_config().ok_or_else(|| ChatTemplateFault::Missing(path.display().to_string()))?
        };
        Self::new(&source, config.as_ref().map(tokens_of).unwrap_or_default(), now)
    }

    /// The template as it was given, for a record of the run.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The text of a conversation. With `add_generation_prompt` it ends where an answer begins; without, the last message is
    /// the beginning of an answer, and the text ends with it. A template that refuses a system message gets the conversation
    /// without it.
    pub fn render(&self, messages: &[Message], add_generation_prompt: bool) -> Result<String, ChatTemplateFault> {
        match self.render_all(messages, add_generation_prompt) {
            Err(ChatTemplateFault::Render(_)) if messages.iter().any(|message| message.role == Role::System) => {
                let rest: Vec<_> = messages.iter().filter(|message| message.role != Role::System).cloned().collect();
                self.render_all(&rest, add_generation_prompt)
            }
            other => other,
        }
    }

    fn render_all(&self, messages: &[Message], add_generation_prompt: bool) -> Result<String, ChatTemplateFault> {
        let last = if add_generation_prompt { None } else { messages.last() };
        let message = |(place, message): (usize, &Message)| {
            let mut content = message.content.clone();
            if last.is_some() && place + 1 == messages.len() {
                content.push_str(MARK);
            }
            let entries = [("role", Value::from(hash::role(message.role))), ("content", Value::from(content))];
            Value::Dict(entries.into_iter().map(|(key, value)| (key.into(), value)).collect())
        };
        let mut variables = self.tokens.clone();
        variables.insert("messages".into(), Value::List(messages.iter().enumerate().map(message).collect()));
        variables.insert("tools".into(), Value::None);
        variables.insert("documents".into(), Value::None);
        variables.insert("add_generation_prompt".into(), Value::Bool(add_generation_prompt));
        let made = self.templates.render(&self.template, &Arc::new(variables)).map_err(ChatTemplateFault::Render)?;
        match last {
            Some(last) => cut_after(made, &last.content),
            None => Ok(made),
        }
    }
}

/// What `continue_final_message` of `transformers` puts after the last message, to find its end again.
const MARK: &str = "CONTINUE_FINAL_MESSAGE_TAG ";

/// Cuts `made` after the last message; where the template took the space off its end, so is it here.
fn cut_after(mut made: String, last: &str) -> Result<String, ChatTemplateFault> {
    let mark = MARK.trim_end();
    let at = made.rfind(mark).filter(|_| made.contains(text::strip(last, None)));
    let at = at.ok_or_else(|| ChatTemplateFault::Lost(last.into()))?;
    let kept = if made[at..].starts_with(MARK) { at } else { text::rstrip(&made[..at], None).len() };
    made.truncate(kept);
    Ok(made)
}

fn environment(now: Option<DateTime>) -> Environment<'static> {
    let mut environment = template::python_environment();
    let mut syntax = minijinja::syntax::SyntaxConfig::builder();
    if let Ok(syntax) = syntax.trim_blocks(true).lstrip_blocks(true).build() {
        environment.set_syntax(syntax);
    }
    environment.add_filter("tojson", tojson);
    environment.add_function("raise_exception", |message: &Rendered| -> Result<Rendered, Error> {
        Err(Error::new(ErrorKind::InvalidOperation, view::text(message)?))
    });
    environment.add_function("strftime_now", move |format: &str| -> Result<String, Error> {
        let fault = |reason: String| Error::new(ErrorKind::InvalidOperation, reason);
        let now = now.ok_or_else(|| fault("it asks for today's date, and none was given".into()))?;
        jiff::fmt::strtime::format(format, now).map_err(|reason| fault(reason.to_string()))
    });
    environment
}

/// `json.dumps` with letters as they are.
fn tojson(value: &Rendered, kwargs: Kwargs) -> Result<String, Error> {
    let style = json::Style {
        indent: kwargs.get("indent")?,
        ensure_ascii: kwargs.get::<Option<bool>>("ensure_ascii")?.unwrap_or(false),
        sort_keys: kwargs.get::<Option<bool>>("sort_keys")?.unwrap_or(false),
    };
    kwargs.assert_all_used()?;
    Ok(json::dumps(&view::to_value(value)?, &style))
}

fn read(path: &Path) -> Result<String, ChatTemplateFault> {
    let fault =
        |fault: std::io::Error| ChatTemplateFault::File { path: path.display().to_string(), reason: fault.to_string() };
    std::fs::read_to_string(path).map_err(fault)
}

fn read_json(path: &Path) -> Result<Value, ChatTemplateFault> {
    let fault = |fault: serde_json::Error| ChatTemplateFault::File {
        path: path.display().to_string(),
        reason: fault.to_string(),
    };
    serde_json::from_str(&read(path)?).map_err(fault)
}

/// The template of a `tokenizer_config.json`: a text, or the one called `default` among several.
fn template_of(field: &Value) -> Option<String> {
    match field {
        Value::Str(source) => Some(source.to_string()),
        Value::List(named) => {
            let named = named.iter().find(|named| named.get("name").and_then(Value::as_str) == Some("default"))?;
            named.get("template")?.as_str().map(str::to_owned)
        }
        _ => None,
    }
}

/// The special tokens of a `tokenizer_config.json`: texts, or dictionaries with the text as `content`.
fn tokens_of(config: &Value) -> Dict {
    let entries = config.as_dict().into_iter().flatten();
    let token = |value: &Value| match value {
        Value::Str(_) => Some(value.clone()),
        Value::Dict(dict) => dict.get("content").filter(|content| content.as_str().is_some()).cloned(),
        _ => None,
    };
    entries
        .filter(|(key, _)| key.ends_with("_token"))
        .filter_map(|(key, value)| Some((key.clone(), token(value)?)))
        .collect()
}
