//! Chat templates against what `transformers` 5.24.0 made of them: `data/prompt/chat.py` asked it.

use evaluation::prompt::{ChatTemplate, ChatTemplateFault};
use evaluation::{Dict, Message, Role, Value};

fn message(message: &Value) -> Message {
    let role = match message.get("role").and_then(Value::as_str).unwrap() {
        "system" => Role::System,
        "user" => Role::User,
        _ => Role::Assistant,
    };
    Message { role, content: message.get("content").and_then(Value::as_str).unwrap().into() }
}

#[test]
fn conversations_become_the_texts_that_transformers_makes() {
    let golden: Value = serde_json::from_str(include_str!("data/prompt/chat.json")).unwrap();
    let now = golden.get("now").and_then(Value::as_str).unwrap().parse().unwrap();
    let tokens = golden.get("tokens").and_then(Value::as_dict).unwrap();
    let rendered = golden.get("rendered").and_then(Value::as_list).unwrap();
    assert!(rendered.len() > 20);
    for case in rendered {
        let name = case.get("template").and_then(Value::as_str).unwrap();
        let source = golden.get("templates").unwrap().get(name).and_then(Value::as_str).unwrap();
        let template = ChatTemplate::new(source, tokens.clone(), Some(now)).unwrap();
        let messages: Vec<Message> =
            case.get("messages").and_then(Value::as_list).unwrap().iter().map(message).collect();
        let made = template.render(&messages, case.get("add_generation_prompt") == Some(&Value::Bool(true)));
        match case.get("text").and_then(Value::as_str) {
            Some(text) => assert_eq!(made.as_deref(), Ok(text), "{name}: {messages:?}"),
            None => assert!(made.is_err(), "{name}: {messages:?}"),
        }
    }
}

#[test]
fn templates_are_found_where_models_keep_them() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let ask = |path: &std::path::Path| {
        let messages = [Message { role: Role::User, content: "Hi".into() }];
        ChatTemplate::load(path, None).and_then(|template| template.render(&messages, true))
    };
    assert!(matches!(ask(folder.path()), Err(ChatTemplateFault::Missing(_))));
    write(
        "tokenizer_config.json",
        r#"{"bos_token": {"content": "<s>"}, "eos_token": null, "add_bos_token": true,
            "chat_template": [{"name": "tool", "template": "x"}, {"name": "default", "template": "{{bos_token}}{{messages[0].content}}"}]}"#,
    );
    assert_eq!(ask(folder.path()).as_deref(), Ok("<s>Hi"));
    assert_eq!(ask(&folder.path().join("tokenizer_config.json")).as_deref(), Ok("<s>Hi"));
    write("chat_template.jinja", "{{bos_token}}[{{messages[0].role}}]");
    assert_eq!(ask(folder.path()).as_deref(), Ok("<s>[user]"));
    write("mine.jinja", "{{strftime_now('%Y')}}");
    let fault = ask(&folder.path().join("mine.jinja")).unwrap_err();
    assert!(fault.to_string().contains("it asks for today's date, and none was given"), "{fault}");
}

#[test]
fn an_answer_that_the_template_loses_is_a_fault() {
    let template = ChatTemplate::new("{{messages[0].content | upper}}", Dict::new(), None).unwrap();
    let begun = [Message { role: Role::Assistant, content: "So".into() }];
    assert_eq!(template.render(&begun, false), Err(ChatTemplateFault::Lost("So".into())));
    assert!(matches!(ChatTemplate::new("{{", Dict::new(), None), Err(ChatTemplateFault::Source(_))));
}
