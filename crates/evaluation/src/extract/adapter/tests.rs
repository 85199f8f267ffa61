//! Items asked in a chat, and what their answers are read as.

use std::sync::Arc;

use super::{AdaptFault, Adapted, AdapterOptions, Language, adapt};
use crate::extract::choice::Agreement;
use crate::{
    Answer, Class, Document, Finish, Generated, Item, LogLikelihood, Message, Prompt, Request, Role, Usage, Value,
};

fn item(context: &str, choices: &[&str], target: Value) -> Item {
    let request = |choice: &&str| Request::LogLikelihood {
        context: Prompt::Text(context.into()),
        continuation: format!(" {choice}"),
    };
    Item {
        task: "t".into(),
        doc_id: 7,
        doc: Arc::new(Document::new()),
        target,
        choices: Some(choices.iter().map(|choice| String::from(*choice)).collect()),
        requests: choices.iter().map(request).collect(),
        repeats: 1,
    }
}

fn capital() -> Item {
    item("질문: 대한민국의 수도는?\n정답:", &["부산", "서울", "대구"], Value::Int(1))
}

fn written(text: &str, finish: Finish) -> Answer {
    Answer::Generated(Generated { text: text.into(), reasoning: None, finish, usage: Usage::default() })
}

fn asked(adapted: &Adapted) -> &[Message] {
    let [Request::Generate { prompt: Prompt::Chat(messages), .. }] = &adapted.item.requests[..] else {
        panic!("one chat request is made")
    };
    messages
}

#[test]
fn a_korean_item_is_asked_in_korean_and_its_cue_is_dropped() {
    let adapted = adapt(&capital(), &AdapterOptions::default()).unwrap();
    let wanted = "질문: 대한민국의 수도는?\n\n보기:\nA. 부산\nB. 서울\nC. 대구\n\n위 글에 대한 답으로";
    assert!(asked(&adapted)[0].content.starts_with(wanted), "{}", asked(&adapted)[0].content);
    assert_eq!(adapted.shown, [0, 1, 2]);
    assert_eq!(adapted.gold, [1]);
    let english = AdapterOptions { language: Some(Language::English), ..AdapterOptions::default() };
    let adapted = adapt(&capital(), &english).unwrap();
    assert!(asked(&adapted)[0].content.contains("Choose the one option"));
}

#[test]
fn the_shuffle_is_undone_and_depends_on_seed_and_document() {
    let mut item = item("Q: Which?", &["one", "two", "three", "four", "five"], Value::from("three"));
    let mut orders = std::collections::BTreeSet::new();
    for seed in 0..20 {
        item.doc_id = usize::try_from(seed % 2).unwrap();
        let options = AdapterOptions { seed: Some(seed), ..AdapterOptions::default() };
        let adapted = adapt(&item, &options).unwrap();
        assert_eq!(adapted, adapt(&item, &options).unwrap());
        let place = adapted.shown.iter().position(|&choice| choice == 2).unwrap();
        let letter = ["A", "B", "C", "D", "E"][place];
        assert!(asked(&adapted)[0].content.contains(&format!("\n{letter}. three\n")));
        let choice = adapted.read(&written(&format!("Answer: {letter}"), Finish::Stop)).unwrap();
        assert_eq!((choice.index, choice.agreement), (2, Agreement::Both));
        assert_eq!(adapted.marks(choice)[0].value, Value::Float(1.0));
        // The text of an option is the option, wherever it is shown.
        assert_eq!(adapted.read(&written("five", Finish::Stop)).unwrap().index, 4);
        orders.insert(adapted.shown);
    }
    assert!(orders.len() > 15, "{orders:?}");
}

/// Over many documents every choice stands at every place about equally often.
#[test]
fn the_shuffle_is_even() {
    let mut counts = [[0_u32; 4]; 4];
    let options = AdapterOptions { seed: Some(1), ..AdapterOptions::default() };
    for doc_id in 0..2_000 {
        let item = Item { doc_id, ..item("Q?", &["w", "x", "y", "z"], Value::Int(0)) };
        for (place, choice) in adapt(&item, &options).unwrap().shown.into_iter().enumerate() {
            counts[place][choice] += 1;
        }
    }
    // 500 expected; five standard deviations are 97.
    assert!(counts.iter().flatten().all(|&count| count.abs_diff(500) < 97), "{counts:?}");
}

#[test]
fn what_it_earns_bears_the_extractors_name() {
    let adapted = adapt(&capital(), &AdapterOptions::default()).unwrap();
    let right = adapted.read(&written("정답은 ②입니다", Finish::Stop)).unwrap();
    let wrong = adapted.read(&written("두루 살펴보면 A만 한 것이 없습니다.", Finish::Unknown)).unwrap();
    for (choice, acc, agree) in [(right, 1.0, 1.0), (wrong, 0.0, 0.0)] {
        let marks = adapted.marks(choice);
        assert!(marks.iter().all(|mark| &*mark.filter == "choice-letter@1"));
        let values: Vec<_> = marks.iter().map(|mark| (&*mark.metric, mark.value.clone())).collect();
        assert_eq!(values, [("acc", Value::Float(acc)), ("extractors_agree", Value::Float(agree))]);
    }
}

#[test]
fn what_is_no_choice_is_classed() {
    let adapted = adapt(&capital(), &AdapterOptions::default()).unwrap();
    let loglikelihood = LogLikelihood { sum: -1.0, is_greedy: true, tokens: 1, usage: Usage::default() };
    for (answer, class) in [
        (written("잘 모르겠습니다.", Finish::Stop), Class::ExtractorFailed),
        (written("정답은 A 또는 B입니다.", Finish::Stop), Class::ExtractorFailed),
        (written("정답: B", Finish::Length), Class::Truncated),
        (written("", Finish::ContentFilter), Class::Refused),
        (Answer::LogLikelihood(loglikelihood), Class::ExtractorFailed),
    ] {
        assert_eq!(adapted.read(&answer).unwrap_err().class, class, "{answer:?}");
    }
    let conflict = adapted.read(&written("정답은 A입니다.\n\n다시 보면\n\nB", Finish::Stop)).unwrap_err();
    assert_eq!(conflict.reason, "choice-pattern@1 reads A, and choice-structure@1 reads B");
}

#[test]
fn labels_that_the_question_shows_are_not_listed_again_or_shuffled() {
    let context = "Which is a fruit?\n1. stone\n2. apple\n3. river\nAnswer:";
    let seeded = AdapterOptions { seed: Some(3), ..AdapterOptions::default() };
    let adapted = adapt(&item(context, &["1", "2", "3"], Value::Int(1)), &seeded).unwrap();
    assert_eq!(adapted.shown, [0, 1, 2]);
    assert!(!asked(&adapted)[0].content.contains("Options:"));
    assert!(asked(&adapted)[0].content.contains("(1 to 3)"));
    assert_eq!(adapted.read(&written("Answer: 2", Finish::Stop)).unwrap().index, 1);
    let adapted = adapt(&item(context, &["A", "B", "C"], Value::from("C")), &seeded).unwrap();
    assert_eq!((adapted.shown.clone(), adapted.gold.clone()), (vec![0, 1, 2], vec![2]));
    assert_eq!(adapted.read(&written("(C)", Finish::Stop)).unwrap().index, 2);
}

#[test]
fn ways_to_fill_a_gap_are_shown_whole() {
    let fill = |word: &str| Request::LogLikelihood {
        context: Prompt::Text(format!("The cup fell because the {word}")),
        continuation: " was slippery.".into(),
    };
    let mut gap = item("", &["hand", "moon"], Value::Int(0));
    gap.requests = vec![fill("hand"), fill("moon")];
    let adapted = adapt(&gap, &AdapterOptions::default()).unwrap();
    let text = &asked(&adapted)[0].content;
    assert!(text.starts_with("Options:\nA. The cup fell because the hand was slippery.\nB. "), "{text}");
    assert_eq!(adapted.read(&written("A", Finish::Stop)).unwrap().index, 0);
}

#[test]
fn a_conversation_keeps_what_came_before_and_loses_the_prefix() {
    let message = |role, content: &str| Message { role, content: content.into() };
    let talk = vec![
        message(Role::System, "Be brief."),
        message(Role::User, "Q: 1+1?"),
        message(Role::Assistant, "two"),
        message(Role::User, "Q: 2+2?\nAnswer:"),
        message(Role::Assistant, "The answer is"),
    ];
    let mut chat = item("", &["four", "five"], Value::Int(0));
    for request in &mut chat.requests {
        *request = Request::LogLikelihood { context: Prompt::Chat(talk.clone()), continuation: " x".into() };
    }
    let adapted = adapt(&chat, &AdapterOptions::default()).unwrap();
    let asked = asked(&adapted);
    assert_eq!(asked[..3], talk[..3]);
    assert_eq!(asked.len(), 4);
    assert!(asked[3].content.starts_with("Q: 2+2?\n\nOptions:\nA. four\n"), "{}", asked[3].content);
}

#[test]
fn unconditional_requests_are_left_out() {
    let mut mutual = capital();
    for choice in ["부산", "서울", "대구"] {
        mutual
            .requests
            .push(Request::LogLikelihood { context: Prompt::Text(String::new()), continuation: choice.into() });
    }
    assert_eq!(adapt(&mutual, &AdapterOptions::default()).unwrap().shown.len(), 3);
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let options = AdapterOptions::default();
    let mut plain = capital();
    plain.choices = None;
    assert_eq!(adapt(&plain, &options), Err(AdaptFault::NotChoice("t".into())));
    let one = item("Q", &["x"], Value::Int(0));
    assert_eq!(adapt(&one, &options), Err(AdaptFault::Options { task: "t".into(), doc_id: 7, options: 1 }));
    let many: Vec<String> = (0..27).map(|n| format!("x{n}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert!(matches!(adapt(&item("Q", &many, Value::Int(0)), &options), Err(AdaptFault::Options { options: 27, .. })));
    for target in [Value::Int(3), Value::Int(-1), Value::from("인천"), Value::None] {
        let lost = Item { target, ..capital() };
        assert_eq!(adapt(&lost, &options), Err(AdaptFault::Target { task: "t".into(), doc_id: 7 }));
    }
    let several = Item { target: Value::List(vec![Value::Int(0), Value::Int(2)]), ..capital() };
    assert_eq!(adapt(&several, &options).unwrap().gold, [0, 2]);
}
