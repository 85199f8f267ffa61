//! What was typed, as the room takes it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use evaluation::dataset::{DatasetOptions, HubOptions};
use evaluation::endpoint::{Dialect, Endpoint, Kind, Model, Prompts};
use evaluation::measure::{Limit, Prepared, PreparedTask, Shard};
use evaluation::prompt::{ChatTemplate, Draw, PromptOptions};
use evaluation::run::Limits;
use evaluation::task::OutputType;
use evaluation::{Dict, Value};
use serde_json::json;

use super::tree;
use crate::args::eval::{Api, DataArgs, JudgeArgs, LimitArgs, ModelArgs, PromptArgs, RunArgs, Shots, TaskArgs, Tokens};

pub(crate) fn datasets(asked: &TaskArgs) -> DatasetOptions {
    let hub =
        asked.hub.as_ref().map(|url| HubOptions { token: std::env::var("HF_TOKEN").ok(), ..HubOptions::new(url) });
    DatasetOptions { hub, offline: asked.offline, ..local(&asked.data) }
}

/// What is on this machine.
pub(super) fn local(asked: &DataArgs) -> DatasetOptions {
    let hub_home = std::env::var_os("HF_HOME").map(std::path::PathBuf::from);
    let hub_home = hub_home.or_else(|| Some(Path::new(&std::env::var_os("HOME")?).join(".cache/huggingface")));
    DatasetOptions {
        folders: asked.datasets.clone(),
        hub_cache: hub_home.map(|home| home.join("hub")),
        hub: None,
        cache: tree::cache().join("datasets"),
        offline: true,
    }
}

pub(super) fn limit(limit: Option<f64>) -> Result<Limit> {
    match limit {
        None => Ok(Limit::All),
        Some(share) if share > 0.0 && share < 1.0 => Ok(Limit::Share(share)),
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole and positive")]
        Some(count) if count >= 1.0 && count.fract() == 0.0 => Ok(Limit::Count(count as usize)),
        Some(other) => bail!("--limit takes a count such as 100, or a share between 0 and 1 such as 0.1, not {other}"),
    }
}

pub(super) fn shard(text: Option<&str>) -> Result<Option<Shard>> {
    let Some(text) = text else { return Ok(None) };
    let parts = text.split_once('/').and_then(|(part, parts)| Some((part.parse().ok()?, parts.parse().ok()?)));
    match parts {
        Some((part, parts)) if (1..=parts).contains(&part) => Ok(Some(Shard { part, parts })),
        _ => bail!("--shard takes PART/PARTS such as 2/8, not `{text}`"),
    }
}

pub(super) fn prompts(asked: &PromptArgs, kind: Kind, now: jiff::civil::DateTime) -> Result<PromptOptions> {
    let template = match asked.apply_chat_template.as_deref() {
        None | Some("") => None,
        Some(path) => Some(Arc::new(ChatTemplate::load(Path::new(path), Some(now))?)),
    };
    ensure!(
        kind == Kind::Chat || asked.apply_chat_template.is_none() || template.is_some(),
        "a completions endpoint takes texts: name the file or model folder of the chat template \
         (--apply_chat_template FILE), or ask the chat endpoint (--api chat)"
    );
    Ok(PromptOptions {
        num_fewshot: asked.num_fewshot,
        seed: i64::try_from(asked.seed).context("--seed is too large")?,
        draw: match asked.shots {
            Shots::Stream => Draw::Stream,
            Shots::Document => Draw::PerDocument,
        },
        apply_chat_template: asked.apply_chat_template.is_some() || kind == Kind::Chat,
        chat_template: template,
        fewshot_as_multiturn: asked.fewshot_as_multiturn,
        system_instruction: asked.system_instruction.clone(),
        gen_kwargs: gen_kwargs(asked.gen_kwargs.as_deref().unwrap_or_default())?,
    })
}

/// `key=value,…`, or a JSON object; values are numbers, truth values or texts, as lm-eval reads them.
fn gen_kwargs(text: &str) -> Result<Dict> {
    if text.trim_start().starts_with('{') {
        return serde_json::from_str(text).context("--gen_kwargs begins with `{` but is no JSON object");
    }
    let pairs = text.split(',').filter(|pair| !pair.trim().is_empty());
    let entries = pairs.map(|pair| {
        let (key, value) = pair.split_once('=').with_context(|| {
            format!("--gen_kwargs takes key=value such as temperature=0.6, or a JSON object, not `{pair}`")
        })?;
        Ok((key.trim().into(), argument(value.trim())))
    });
    entries.collect()
}

fn argument(text: &str) -> Value {
    match text {
        "True" | "true" => Value::Bool(true),
        "False" | "false" => Value::Bool(false),
        "None" | "none" => Value::None,
        _ => match (text.parse::<i64>(), text.parse::<f64>()) {
            (Ok(number), _) => Value::Int(number),
            (_, Ok(number)) => Value::Float(number),
            _ => Value::from(text),
        },
    }
}

/// The kind of endpoint: chat where the endpoint's own chat template is to be applied or choices are asked as letters.
pub(super) fn kind(asked: &RunArgs) -> Kind {
    match asked.model.api {
        Some(Api::Completions) => Kind::Completions,
        Some(Api::Chat) => Kind::Chat,
        None if asked.prompts.apply_chat_template.as_deref() == Some("") || asked.prompts.choice_letter => Kind::Chat,
        None => Kind::Completions,
    }
}

pub(super) fn model(asked: &ModelArgs, limits: &LimitArgs, name: &str, kind: Kind) -> Model {
    let endpoint = |url: &String| {
        let mut endpoint = Endpoint::new(url);
        endpoint.api_key.clone_from(&asked.api_key);
        endpoint.timeouts.answer = Duration::from_secs(limits.timeout);
        endpoint
    };
    let endpoints: Vec<Endpoint> = asked.model.iter().map(endpoint).collect();
    let prompts = if asked.tokens == Tokens::Ids { Prompts::Ids } else { Prompts::Text };
    Model {
        endpoints,
        dialect: Dialect { prompts, max_length: asked.max_length, ..Dialect::default() },
        ..Model::new(name, kind, Endpoint::new(""))
    }
}

/// The judges, each with all the endpoints that were given for its name.
pub(super) fn judges(asked: &JudgeArgs, limits: &LimitArgs) -> Result<Vec<Model>> {
    ensure!(
        asked.judge.is_empty() || limits.max_cost.is_none() || asked.judge_price.is_some(),
        "--max_cost covers the judges as well: say what they cost with --judge_price READ,WRITTEN (0,0 if nothing)"
    );
    let mut models: Vec<Model> = Vec::new();
    for judge in &asked.judge {
        let (name, url) = judge.split_once('=').unwrap_or_default();
        ensure!(!name.is_empty() && !url.is_empty(), "--judge takes NAME=URL, not `{judge}`");
        let mut endpoint = Endpoint::new(url);
        endpoint.api_key.clone_from(&asked.judge_api_key);
        endpoint.timeouts.answer = Duration::from_secs(limits.timeout);
        endpoint.identity()?;
        match models.iter_mut().find(|model| model.name == name) {
            Some(model) => model.endpoints.push(endpoint),
            None => models.push(Model::new(name, Kind::Chat, endpoint)),
        }
    }
    Ok(models)
}

pub(super) fn budget(asked: &LimitArgs) -> Limits {
    Limits { requests: asked.max_requests, tokens: asked.max_tokens, cost: asked.max_cost }
}

/// Refuses tasks that a chat endpoint cannot be asked, and says what can be done.
pub(super) fn fits(asked: &RunArgs, kind: Kind, prepared: &Prepared) -> Result<()> {
    let needs = |task: &&PreparedTask| task.letters.is_none() && task.config.output_type != OutputType::GenerateUntil;
    let unfit: Vec<&PreparedTask> = prepared.tasks.iter().filter(needs).collect();
    if kind == Kind::Completions || unfit.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = unfit.iter().map(|task| task.config.task.as_str()).collect();
    let has_choices = unfit.iter().all(|task| task.config.output_type == OutputType::MultipleChoice);
    let letters = if has_choices && !asked.prompts.choice_letter {
        ", or ask for the letter of a choice (--choice_letter)"
    } else {
        ""
    };
    bail!(
        "these tasks need log-probabilities, which a chat endpoint does not give: {}; ask a completions endpoint \
         (--api completions){letters}",
        names.join(", ")
    )
}

/// What was asked for, by flag, for the files that a run leaves behind; no key is among it.
pub(super) fn options(asked: &RunArgs) -> serde_json::Value {
    json!({
        "tasks": asked.tasks.tasks.join(","),
        "limit": asked.tasks.limit,
        "num_fewshot": asked.prompts.num_fewshot,
        "apply_chat_template": asked.prompts.apply_chat_template,
        "fewshot_as_multiturn": asked.prompts.fewshot_as_multiturn,
        "system_instruction": asked.prompts.system_instruction,
        "gen_kwargs": gen_kwargs(asked.prompts.gen_kwargs.as_deref().unwrap_or_default()).ok(),
        "seed": asked.prompts.seed,
        "shots": format!("{:?}", asked.prompts.shots).to_lowercase(),
        "choice_letter": asked.prompts.choice_letter,
        "api": match kind(asked) { Kind::Chat => "chat", Kind::Completions => "completions" },
        "tokens": format!("{:?}", asked.model.tokens).to_lowercase(),
        "max_length": asked.model.max_length,
        "num_concurrent": asked.limits.num_concurrent,
        "judge": (!asked.judge.judge.is_empty()).then(|| asked.judge.judge.join(",")),
    })
}

#[cfg(test)]
mod tests {
    use evaluation::run::Prices;

    use super::*;

    #[test]
    fn generation_arguments_are_read_as_lm_eval_reads_them() {
        let read = gen_kwargs("temperature=0.6,do_sample=True,max_gen_toks=32,stop=a b").expect("arguments");
        let values: Vec<_> = read.values().cloned().collect();
        assert_eq!(values, [Value::Float(0.6), Value::Bool(true), Value::Int(32), Value::from("a b")]);
        assert_eq!(gen_kwargs(r#"{"until": ["\n"]}"#).expect("JSON").len(), 1);
        assert!(gen_kwargs("temperature").is_err());
    }

    #[test]
    fn endpoints_of_one_judge_are_put_together() {
        let given = |named: &[&str], price: Option<Prices>, cost| {
            let judge = named.iter().map(ToString::to_string).collect();
            let args = JudgeArgs { judge, judge_api_key: Some("j".into()), judge_price: price };
            let limits = LimitArgs {
                num_concurrent: 1,
                max_retries: 0,
                timeout: 1,
                patience: 1,
                max_requests: None,
                max_tokens: None,
                max_cost: cost,
                price: None,
                ask_again: false,
            };
            super::judges(&args, &limits)
        };
        let read = given(&["a=http://h:1/v1", "b=http://h:2/v1?k=v", "a=http://h:3/v1"], None, None).expect("judges");
        let counts: Vec<_> = read.iter().map(|model| (model.name.as_str(), model.endpoints.len())).collect();
        assert_eq!(counts, [("a", 2), ("b", 1)]);
        assert_eq!(read[1].endpoints[0].base_url, "http://h:2/v1?k=v");
        for wrong in ["a", "=http://h/v1", "a=", "a=ftp://h"] {
            assert!(given(&[wrong], None, None).is_err(), "{wrong}");
        }
        assert!(given(&["a=http://h/v1"], None, Some(1.0)).is_err());
        assert!(given(&["a=http://h/v1"], Some(Prices::default()), Some(1.0)).is_ok());
    }

    #[test]
    fn shards_and_limits_say_what_they_take() {
        assert_eq!(shard(Some("2/8")).expect("a shard"), Some(Shard { part: 2, parts: 8 }));
        for wrong in ["0/2", "3/2", "2", "a/b"] {
            assert!(shard(Some(wrong)).is_err(), "{wrong}");
        }
        assert_eq!(limit(Some(0.25)).expect("a share"), Limit::Share(0.25));
        assert!(limit(Some(1.5)).is_err() && limit(Some(0.0)).is_err());
    }
}
