//! `generation_kwargs`, with what a run sets over what a task says.

use crate::{Dict, Generation, Value, python};

/// Overrides `generation` with `kwargs`, key by key, as lm-eval's `--gen_kwargs` does.
pub(super) fn override_with(mut generation: Generation, kwargs: &Dict) -> Result<Generation, String> {
    for (key, value) in kwargs {
        match &**key {
            "until" => generation.until = texts(value),
            "max_gen_toks" | "max_new_tokens" | "max_tokens" | "max_completion_tokens" => {
                let count = whole(value).and_then(|count| u32::try_from(count).ok());
                generation.max_tokens = Some(count.ok_or_else(|| wrong(key, value, "a whole number"))?);
            }
            "do_sample" => {
                let Value::Bool(truth) = value else { return Err(wrong(key, value, "true or false")) };
                generation.do_sample = Some(*truth);
            }
            "temperature" => {
                let number = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok());
                generation.temperature = Some(number.ok_or_else(|| wrong(key, value, "a number"))?);
            }
            _ => {
                generation.more.insert(key.clone(), value.clone());
            }
        }
    }
    Ok(generation)
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::None => Vec::new(),
        Value::List(list) => list.iter().map(python::str).collect(),
        one => vec![python::str(one)],
    }
}

fn whole(value: &Value) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "only whole numbers that fit are cast")]
    match value {
        Value::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => Some(*number as i64),
        other => other.as_int(),
    }
}

fn wrong(key: &str, value: &Value, wanted: &str) -> String {
    format!("{key} is {}, but has to be {wanted}", python::repr(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::literal;

    #[test]
    fn a_run_overrides_a_task_key_by_key() {
        let task = Generation {
            until: vec!["\n".into()],
            max_tokens: Some(256),
            temperature: Some(0.0),
            ..Generation::default()
        };
        let kwargs =
            literal::parse("{'temperature': 1, 'until': 'Q:', 'max_new_tokens': 8, 'top_p': 0.9, 'do_sample': True}");
        let made = override_with(task, kwargs.unwrap().as_dict().unwrap()).unwrap();
        assert_eq!((made.until, made.max_tokens, made.do_sample), (vec!["Q:".to_owned()], Some(8), Some(true)));
        assert_eq!((made.temperature, made.more.get("top_p")), (Some(1.0), Some(&Value::Float(0.9))));
        let wrong = literal::parse("{'max_gen_toks': -1}").unwrap();
        let fault = override_with(Generation::default(), wrong.as_dict().unwrap());
        assert_eq!(fault, Err("max_gen_toks is -1, but has to be a whole number".into()));
    }
}
