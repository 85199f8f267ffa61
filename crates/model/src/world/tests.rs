//! What the world promises about its texts and questions.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{Fact, Table, Treatment};
use super::phrases::fill;
use super::*;
use crate::corpus::Language;

fn small() -> World {
    World::new(&WorldOptions { seed: 3, people: 60, towns: 16, tellings: 12, rare_every: 4, operands: 12 })
}

/// Whether a text tells a fact in any of its forms.
fn tells(texts: &str, table: &Table, fact: &Fact, language: Language) -> bool {
    let forms = fact.attribute.phrases(language).statements.iter();
    forms.into_iter().any(|form| texts.contains(&fill(form, table.entity(fact), table.value(fact), language)))
}

#[test]
fn the_same_options_make_the_same_world() {
    let documents = |world: &World| world.documents().collect::<Vec<_>>();
    assert_eq!(documents(&small()), documents(&small()));
    assert_eq!(small().conversations(), small().conversations());
    let other = World::new(&WorldOptions { seed: 4, ..small().options().clone() });
    assert_ne!(documents(&small()), documents(&other));
}

#[test]
fn what_is_told_is_in_the_texts_and_what_is_untold_is_not() {
    let world = small();
    let texts = LANGUAGES.map(|language| {
        let documents = world.documents().filter(|document| document.language == language);
        documents.map(|document| document.text + "\n").collect::<String>()
    });
    let mut counts: BTreeMap<Treatment, usize> = BTreeMap::new();
    for table in world.facts.tables() {
        for fact in &table.facts {
            *counts.entry(fact.treatment).or_default() += 1;
            let is_told = [0, 1].map(|at| tells(&texts[at], table, fact, LANGUAGES[at]));
            assert_eq!(is_told, [fact.treatment != Treatment::Untold; 2], "{fact:?}");
        }
    }
    assert!(counts.len() == 4 && counts.values().all(|count| *count >= 50), "{counts:?}");
}

#[test]
fn no_held_out_question_is_in_the_texts_or_conversations() {
    let world = small();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for document in world.documents() {
        seen.extend(
            document
                .text
                .lines()
                .map(|line| line.trim_start_matches("질문: ").trim_start_matches("Question: ").to_owned()),
        );
    }
    for conversation in world.conversations() {
        seen.extend(conversation.messages.iter().flat_map(|message| message.content.lines().map(str::to_owned)));
    }
    let asked = seen.iter().filter(|line| line.ends_with('?')).count();
    assert!(asked > 500, "{asked}");
    for question in Kind::ALL.into_iter().flat_map(|kind| world.questions(kind)) {
        assert!(!seen.contains(&question.question), "{}", question.question);
    }
}

#[test]
fn questions_have_four_options_of_one_sort_and_the_right_one_anywhere() {
    let world = small();
    for kind in Kind::ALL {
        let questions = world.questions(kind);
        assert!(questions.len() >= 30, "{kind:?}: {}", questions.len());
        let mut places = [0_usize; 4];
        for question in &questions {
            let options: BTreeSet<&String> = question.choices.iter().collect();
            assert_eq!(options.len(), 4, "{question:?}");
            assert_eq!(question.choices[question.answer], question.target);
            places[question.answer] += 1;
        }
        let (least, most) = (places.iter().min(), places.iter().max());
        assert!(most.zip(least).is_some_and(|(most, least)| most - least <= 2), "{kind:?}: {places:?}");
        let ids: BTreeSet<&String> = questions.iter().map(|question| &question.id).collect();
        assert_eq!(ids.len(), questions.len());
    }
}

#[test]
fn a_world_of_a_few_people_has_questions_of_every_kind() {
    for seed in 0..20 {
        let world = World::new(&WorldOptions { seed, people: 10, operands: 6, ..WorldOptions::default() });
        for kind in Kind::ALL {
            let questions = world.questions(kind);
            for language in LANGUAGES {
                assert!(questions.iter().any(|question| question.language == language), "{seed} {kind:?}");
            }
        }
    }
}

#[test]
fn every_value_is_told_of_as_many_people_as_any_other() {
    for table in &small().facts.people {
        let mut counts = vec![0_usize; table.values.len()];
        let told = table.facts.iter().filter(|fact| fact.treatment != Treatment::Untold);
        told.for_each(|fact| counts[fact.value] += 1);
        let (least, most) = (counts.iter().min(), counts.iter().max());
        assert!(most.zip(least).is_some_and(|(most, least)| most - least <= 1), "{counts:?}");
    }
}

#[test]
fn frequency_alone_answers_nothing() {
    // Who always takes the option that the texts name most often is right about once in four times.
    let world = World::new(&WorldOptions { tellings: 4, ..WorldOptions::default() });
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for document in world.documents() {
        for word in document.text.split(|sign: char| !sign.is_alphanumeric()) {
            *counts.entry(word.to_owned()).or_default() += 1;
        }
    }
    for kind in [Kind::Told, Kind::Untold] {
        let english = world.questions(kind).into_iter().filter(|question| question.language == Language::English);
        let questions: Vec<Question> = english.collect();
        let is_right = |question: &&Question| {
            let best = (0..4).max_by_key(|at| counts.get(&question.choices[*at]).copied().unwrap_or(0));
            best == Some(question.answer)
        };
        let share = questions.iter().filter(is_right).count() as f64 / questions.len() as f64;
        // Four standard deviations of a share of a quarter.
        let allowed = 4.0 * (0.1875 / questions.len() as f64).sqrt();
        assert!((share - 0.25).abs() < allowed, "{kind:?}: {share}, allowed {allowed}");
    }
}

#[test]
fn a_sum_that_is_kept_back_is_told_in_neither_order() {
    let (told, kept_back) = arithmetic::sums(12, 1);
    assert_eq!(told.len() + kept_back.len(), 144);
    assert!(kept_back.len() >= 15);
    for sum in &kept_back {
        let turned = arithmetic::Sum { left: sum.right, right: sum.left };
        assert!(!told.contains(sum) && !told.contains(&turned) && kept_back.contains(&turned));
    }
}

#[test]
fn conversations_take_turns_and_pairs_differ() {
    let world = small();
    for conversation in world.conversations() {
        for (at, message) in conversation.messages.iter().enumerate() {
            assert_eq!(message.role, ["user", "assistant"][at % 2]);
            assert!(!message.content.is_empty());
        }
        assert_eq!(conversation.messages.len() % 2, 0);
    }
    let pairs = world.preferences();
    assert!(pairs.len() > 200 && pairs.iter().all(|pair| pair.chosen != pair.rejected));
}

#[test]
fn tasks_are_written_with_their_documents() {
    let folder = tempfile::tempdir().expect("a folder");
    let world = small();
    let names = world.write_tasks(folder.path()).expect("writes");
    assert_eq!(names.len(), 20);
    for name in &names {
        let text = std::fs::read_to_string(folder.path().join(format!("{name}.yaml"))).expect("reads");
        assert!(text.starts_with(&format!("task: {name}\n")), "{text}");
    }
    let data = std::fs::read_to_string(folder.path().join("data/world_told_ko.jsonl")).expect("reads");
    let questions: Vec<Question> = data.lines().map(|line| serde_json::from_str(line).expect("a question")).collect();
    let all = world.questions(Kind::Told);
    assert_eq!(questions.len(), all.iter().filter(|question| question.language == Language::Korean).count());
}
