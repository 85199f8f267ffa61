//! A panel, its judges and what they are asked.

use super::*;
use crate::judge::{Case, CaseFault, Kind, Language, Opinion, Questions, Template};
use crate::{Answer, Failure, Finish, Generated, Item, Prompt, Request, Usage};

fn judge(name: &str, family: &str) -> Judge {
    Judge { name: name.into(), family: family.into() }
}

#[test]
fn a_judges_own_family_is_not_judged_by_it() {
    let judges = vec![judge("one-l", "One"), judge("two-m", "Two"), judge("three-s", "Three")];
    let panel = Panel::new(judges.clone(), &["two"], 2, Scale::Nominal).unwrap();
    assert_eq!(panel.judges(), [judges[0].clone(), judges[2].clone()]);
    assert_eq!(panel.finish().excluded, [judges[1].clone()]);
    let none = Panel::new(judges.clone(), &["one", "two", "three"], 1, Scale::Nominal);
    assert!(matches!(none, Err(PanelFault::NoneLeft(_))));
    let few = Panel::new(judges, &["two"], 3, Scale::Nominal);
    assert_eq!(few.unwrap_err(), PanelFault::Quorum { quorum: 3, judges: 2 });
}

#[test]
fn a_case_without_enough_verdicts_is_undecided_and_not_zero() {
    let judges = vec![judge("a", "A"), judge("b", "B"), judge("c", "C")];
    let mut panel = Panel::new(judges, &[], 2, Scale::Interval).unwrap();
    assert_eq!(panel.add(&[Some(8.0), Some(6.0), None]), Some(7.0));
    assert_eq!(panel.add(&[None, Some(3.0), None]), None);
    assert_eq!(panel.add(&[Some(9.0), Some(9.0), Some(9.0)]), Some(9.0));
    let result = panel.finish();
    assert_eq!((result.cases, result.decided, result.mean), (3, 2, Some(8.0)));
    assert_eq!(result.judges.iter().map(|judge| judge.valid).collect::<Vec<_>>(), [2, 3, 1]);
    assert!(result.alpha.is_some_and(|alpha| alpha > 0.0 && alpha < 1.0));
}

fn sample() -> Sample {
    Sample {
        doc_id: 0,
        doc: Arc::default(),
        target: Value::None,
        requests: Vec::new(),
        responses: Vec::new(),
        filtered: Vec::new(),
        metrics: Vec::new(),
        class: Class::Scored,
        reason: None,
    }
}

#[test]
fn an_undecided_item_is_judge_invalid() {
    let (mut decided, mut undecided, mut cut) = (sample(), sample(), sample());
    settle(&mut decided, "rating", Some(7.0));
    settle(&mut undecided, "rating", None);
    cut.class = Class::Truncated;
    settle(&mut cut, "rating", None);
    assert_eq!((decided.class, &decided.metrics[0].value), (Class::Scored, &Value::Float(7.0)));
    assert_eq!((undecided.class, undecided.metrics.len()), (Class::JudgeInvalid, 0));
    assert_eq!(cut.class, Class::Truncated);
}

/// A model that always prefers what stands first, whatever it is.
fn place_judge(request: &Request) -> Result<Answer, Failure> {
    let Request::Generate { prompt: Prompt::Chat(messages), .. } = request else { panic!("{request:?}") };
    assert!(messages[1].content.contains("<answer_a>"));
    Ok(said("The first one is better. [[A]]", Finish::Stop))
}

/// A model that prefers the longer answer.
fn length_judge(request: &Request) -> Result<Answer, Failure> {
    let Request::Generate { prompt: Prompt::Chat(messages), .. } = request else { panic!("{request:?}") };
    let part = |tag: &str| messages[1].content.split(tag).nth(1).map_or(0, str::len);
    let verdict = if part("answer_a>") > part("answer_b>") { "[[A]]" } else { "[[B]]" };
    Ok(said(verdict, Finish::Stop))
}

fn said(text: &str, finish: Finish) -> Answer {
    Answer::Generated(Generated { text: text.into(), reasoning: None, finish, usage: Usage::default() })
}

fn ask(item: &Item, judge: fn(&Request) -> Result<Answer, Failure>) -> crate::score::Answers {
    item.requests.iter().map(|request| vec![judge(request)]).collect()
}

#[test]
fn a_judge_of_places_is_neutralised_and_a_judge_of_answers_is_heard() {
    let questions = Questions::new(Template::shipped(Kind::Pair, Language::English));
    let case = Case {
        question: "Why?".into(),
        answers: vec!["Because of the long reason given here.".into(), "So.".into()],
        reference: None,
    };
    let item = questions.item(3, &case).unwrap();
    assert_eq!((item.doc_id, item.requests.len()), (3, 2));
    assert_eq!(questions.read(&ask(&item, place_judge)).score(), Some(0.5));
    assert_eq!(questions.read(&ask(&item, length_judge)).score(), Some(1.0));
    let turned = Case { answers: case.answers.iter().rev().cloned().collect(), ..case };
    let item = questions.item(3, &turned).unwrap();
    assert_eq!(questions.read(&ask(&item, length_judge)).score(), Some(0.0));
}

#[test]
fn a_verdict_that_was_cut_off_or_never_came_is_unavailable() {
    let questions = Questions::new(Template::shipped(Kind::Rating, Language::Korean));
    let read = |answer| questions.read(&vec![vec![answer]]);
    let failure = Failure { class: Class::TransportError, reason: "no answer".into(), status: None };
    assert_eq!(read(Ok(said("점수: [[7]]", Finish::Stop))).score(), Some(7.0));
    assert_eq!(read(Ok(said("점수: [[7]]", Finish::Length))), Opinion::One(None));
    assert_eq!(read(Err(failure)), Opinion::One(None));
    assert_eq!(questions.read(&Vec::new()), Opinion::One(None));
}

#[test]
fn a_case_must_fit_its_template() {
    let correctness = Questions::new(Template::shipped(Kind::Correctness, Language::English));
    let case = Case { question: "2 + 2?".into(), answers: vec!["4".into()], reference: None };
    assert_eq!(correctness.item(0, &case), Err(CaseFault::Reference));
    let pair = Questions::new(Template::shipped(Kind::Pair, Language::English));
    assert_eq!(pair.item(0, &case), Err(CaseFault::Answers { wanted: 2, found: 1 }));
    let case = Case { reference: Some("four".into()), ..case };
    let item = correctness.item(0, &case).unwrap();
    assert_eq!(correctness.read(&vec![vec![Ok(said("[[correct]]", Finish::Stop))]]).score(), Some(1.0));
    assert!(item.task.contains("correctness-en-1") && item.task.contains("judge-reader-1"));
}
