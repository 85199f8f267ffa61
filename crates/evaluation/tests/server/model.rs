//! The model: what it answers is a pure function of what it is asked.
//!
//! A token is a character, or a space together with the character after it. `<s>` and `</s>` are tokens too.

use serde_json::{Value, json};

use super::Config;

/// The token that begins a text.
pub const BOS: u64 = 1;
/// The token that ends a text.
pub const EOS: u64 = 2;
const FIRST: u64 = 10;
const WITH_SPACE: u64 = 0x11_0000;

/// The tokens of a text.
pub fn encode(text: &str) -> Vec<u64> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let special = [("<s>", BOS), ("</s>", EOS)].into_iter().find(|(name, _)| rest.starts_with(name));
        if let Some((name, id)) = special {
            tokens.push(id);
            rest = &rest[name.len()..];
            continue;
        }
        rest = &rest[letter.len_utf8()..];
        let joined = rest.chars().next().filter(|next| letter == ' ' && !next.is_whitespace() && *next != '<');
        if let Some(next) = joined {
            tokens.push(FIRST + WITH_SPACE + u64::from(next));
            rest = &rest[next.len_utf8()..];
        } else {
            tokens.push(FIRST + u64::from(letter));
        }
    }
    tokens
}

/// The text of one token.
pub fn decode(token: u64) -> String {
    let letter = |code: u64| u32::try_from(code).ok().and_then(char::from_u32).unwrap_or('\u{fffd}');
    match token {
        BOS => "<s>".into(),
        EOS => "</s>".into(),
        0..FIRST => String::new(),
        _ if token - FIRST >= WITH_SPACE => format!(" {}", letter(token - FIRST - WITH_SPACE)),
        _ => letter(token - FIRST).into(),
    }
}

/// FNV-1a, one step.
fn mix(state: u64, token: u64) -> u64 {
    let mixed = (state ^ token).wrapping_mul(0x0100_0000_01b3);
    mixed ^ (mixed >> 29)
}

/// Of a text.
pub fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |state, byte| mix(state, u64::from(byte)))
}

/// The log-probability of every token after those before it (none for the first), and of the likeliest one there.
pub fn log_probabilities(tokens: &[u64]) -> Vec<Option<(f64, f64)>> {
    let mut state = 0xcbf2_9ce4_8422_2325;
    let mut all = Vec::with_capacity(tokens.len());
    for (place, token) in tokens.iter().enumerate() {
        state = mix(state, *token);
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let own = -(((state >> 7) % 4000) as f64) / 512.0 - 0.25;
        let best = if state % 3 == 0 { own / 2.0 } else { own };
        all.push((place > 0).then_some((own, best)));
    }
    all
}

/// The answer to a request, if the path is known.
pub fn reply(config: &Config, path: &str, body: &Value) -> Option<Value> {
    match path {
        "/v1/models" => Some(json!({"object": "list", "data": [{"id": config.model, "max_model_len": 4096}]})),
        "/tokenizer_info" => {
            Some(json!({"tokenizer_class": "Mock", "bos_token": "<s>", "eos_token": "</s>", "chat_template": TEMPLATE}))
        }
        "/tokenize" => {
            let tokens = encode(body["prompt"].as_str().unwrap_or(""));
            Some(json!({"count": tokens.len(), "max_model_len": 4096, "tokens": tokens}))
        }
        "/detokenize" => {
            let tokens = body["tokens"].as_array().map(Vec::as_slice).unwrap_or_default();
            Some(json!({"prompt": tokens.iter().filter_map(Value::as_u64).map(decode).collect::<String>()}))
        }
        "/v1/chat/completions" => Some(chat(config, body)),
        "/v1/completions" => Some(completions(config, body)),
        _ => None,
    }
}

const TEMPLATE: &str = "{% for m in messages %}<|{{ m['role'] }}|>{{ m['content'] }}\n{% endfor %}\
                        {% if add_generation_prompt %}<|assistant|>{% endif %}";

fn chat(config: &Config, body: &Value) -> Value {
    let messages = body["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let last = messages.iter().rev().find(|message| message["role"] == "user");
    let question = last.and_then(|message| message["content"].as_str()).unwrap_or("");
    let prompt: usize = messages.iter().filter_map(|message| message["content"].as_str()).map(str::len).sum();
    let (text, finish) = cut(&write(config, question), body);
    json!({
        "id": format!("chat-{:x}", hash(question)),
        "object": "chat.completion",
        "model": config.model,
        "choices": [{
            "index": 0,
            "message": {"role": "assistant", "content": text},
            "finish_reason": finish,
        }],
        "usage": usage(prompt / 4, text.len() / 4 + 1),
    })
}

fn usage(prompt: usize, completion: usize) -> Value {
    json!({"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion})
}

/// What is written, cut at a stop text and at the limit of tokens (one a character).
fn cut(text: &str, body: &Value) -> (String, &'static str) {
    let stops = match &body["stop"] {
        Value::String(stop) => vec![stop.as_str()],
        Value::Array(stops) => stops.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let first = stops.iter().filter(|stop| !stop.is_empty()).filter_map(|stop| text.find(stop)).min();
    let text = &text[..first.unwrap_or(text.len())];
    let most = body["max_tokens"].as_u64().or_else(|| body["max_completion_tokens"].as_u64()).unwrap_or(u64::MAX);
    match text.char_indices().nth(usize::try_from(most).unwrap_or(usize::MAX)) {
        Some((end, _)) => (text[..end].to_owned(), "length"),
        None => (text.to_owned(), "stop"),
    }
}

/// Solves the last sum it finds, else picks a letter, if it is not told what to write.
pub fn write(config: &Config, question: &str) -> String {
    if let Some(writes) = config.writes {
        return writes(question);
    }
    let is_right = hash(question) % 1000 < config.accuracy;
    if let Some((_, answer)) = config.known.iter().find(|(known, _)| question.contains(known)) {
        let wrong = if answer == "A" { "B" } else { "A" };
        let wrong = answer.parse().map_or_else(|_| wrong.to_owned(), |number: i64| (number + 1).to_string());
        return format!("The answer is {}.", if is_right { answer } else { &wrong });
    }
    if let Some(result) = sum(question) {
        return format!("The answer is {}.", if is_right { result } else { result + 1 });
    }
    let letter = ["A", "B", "C", "D"][usize::try_from(hash(question) % 4).unwrap_or(0)];
    format!("The answer is {letter}.")
}

/// The last `a + b`, `a - b` or `a * b` in a text.
fn sum(text: &str) -> Option<i64> {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.windows(3).rev().find_map(|three| {
        let number = |word: &str| word.trim_matches(|letter: char| !letter.is_ascii_digit()).parse::<i64>().ok();
        let (one, two) = (number(three[0])?, number(three[2])?);
        match three[1] {
            "+" => one.checked_add(two),
            "-" => one.checked_sub(two),
            "*" | "×" => one.checked_mul(two),
            _ => None,
        }
    })
}

fn completions(config: &Config, body: &Value) -> Value {
    let prompts: Vec<Vec<u64>> = match &body["prompt"] {
        Value::String(text) => vec![encode(text)],
        Value::Array(items) if items.iter().all(Value::is_u64) => {
            vec![items.iter().filter_map(Value::as_u64).collect()]
        }
        Value::Array(items) => items.iter().map(ids).collect(),
        _ => Vec::new(),
    };
    let choices =
        prompts.iter().enumerate().map(|(index, prompt)| choice(config, body, index, prompt)).collect::<Vec<_>>();
    let read = prompts.iter().map(Vec::len).sum();
    json!({
        "id": format!("cmpl-{}", prompts.len()),
        "object": "text_completion",
        "model": config.model,
        "choices": choices,
        "usage": usage(read, prompts.len()),
    })
}

fn ids(prompt: &Value) -> Vec<u64> {
    match prompt {
        Value::String(text) => encode(text),
        _ => prompt.as_array().map(|ids| ids.iter().filter_map(Value::as_u64).collect()).unwrap_or_default(),
    }
}

fn choice(config: &Config, body: &Value, index: usize, prompt: &[u64]) -> Value {
    let asked: String = prompt.iter().copied().map(decode).collect();
    let most = body["max_tokens"].as_u64().unwrap_or(16);
    let (written, finish) = cut(&write(config, &asked), body);
    let echoes = body["echo"] == true && !config.ignores_echo;
    let mut tokens = Vec::new();
    if echoes {
        tokens.extend(config.adds_bos.then_some(BOS));
        tokens.extend(prompt);
    }
    let before = tokens.len();
    tokens.extend(encode(&written).into_iter().take(usize::try_from(most).unwrap_or(usize::MAX)));
    let texts: Vec<String> = tokens.iter().copied().map(decode).collect();
    let echoed: String = texts[..before].concat();
    let text = if body["echo"] == true && echoes {
        if most <= 1 { texts.concat() } else { format!("{echoed}{written}") }
    } else {
        written
    };
    let logprobs = if body["logprobs"].is_null() { Value::Null } else { log_object(config, &tokens, &texts) };
    json!({"index": index, "text": text, "logprobs": logprobs, "finish_reason": finish})
}

fn log_object(config: &Config, tokens: &[u64], texts: &[String]) -> Value {
    let all = log_probabilities(tokens);
    let flat = config.flat;
    let own: Vec<Value> =
        all.iter().map(|each| each.map_or(Value::Null, |(own, _)| json!(if flat { -1.0 } else { own }))).collect();
    let top: Vec<Value> = all
        .iter()
        .zip(texts)
        .map(|(each, text)| {
            each.map_or(Value::Null, |(own, best)| {
                if flat {
                    json!({text: -1.0})
                } else if own < best {
                    json!({text: own, "other": best})
                } else {
                    json!({text: own})
                }
            })
        })
        .collect();
    let mut place = 0;
    let offsets: Vec<usize> = texts
        .iter()
        .map(|text| {
            let at = place;
            place += text.chars().count();
            at
        })
        .collect();
    json!({"tokens": texts, "token_logprobs": own, "top_logprobs": top, "text_offset": offsets})
}
