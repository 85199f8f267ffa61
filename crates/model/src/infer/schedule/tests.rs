//! Texts written side by side are those written alone.

use super::*;
use crate::infer::{Precision, Sampling, small};

fn prompt(count: usize, seed: usize) -> Vec<u32> {
    (0..count).map(|at| ((at * 41 + seed * 17 + at * at * 3) % 256 + 3) as u32).collect()
}

/// A mixed load: scoring, greedy and sampled writing of many lengths.
fn load() -> Vec<Ask> {
    let ask = |at: usize| Ask {
        prompt: prompt(1 + (at * 13) % 90, at),
        most: [0, 1, 12, 30][at % 4],
        sampling: Sampling { temperature: [0.0, 0.8][at % 2], seed: at as u64, ..Sampling::default() },
        prompt_scores: (at % 4 < 2).then_some(at % 5),
        scores: at.is_multiple_of(3).then_some(2),
        ends: vec![0],
        ..Ask::default()
    };
    (0..24).map(ask).collect()
}

fn run(asks: Vec<Ask>, side_by_side: usize) -> Vec<Completion> {
    complete(&small::weights(&small::shape(), Precision::Float), &small::tokenizer(), asks, side_by_side)
}

#[test]
fn answers_are_the_same_alone_and_in_company() {
    let alone = run(load(), 1);
    assert!(alone.iter().all(|completion| completion.finish.is_some()));
    assert_eq!(run(load(), 24), alone);
    assert_eq!(run(load(), 5), alone);
}

#[test]
fn answers_do_not_depend_on_the_rows_of_a_pass() {
    let ask = Ask { prompt: prompt(70, 3), most: 20, prompt_scores: Some(3), scores: Some(1), ..Ask::default() };
    let expected = run(vec![ask.clone()], 1).remove(0);
    for rows in [1, 7, 500] {
        let weights = small::weights(&small::shape(), Precision::Float);
        let mut scheduler = Scheduler::new(weights, small::tokenizer()).with_rows(rows);
        let (sender, receiver) = mpsc::channel();
        scheduler.add(ask.clone(), (0, sender));
        while scheduler.running() > 0 {
            scheduler.step();
        }
        let mut completion = Completion::default();
        receiver.try_iter().for_each(|(_, event)| completion.take(event));
        assert_eq!(completion, expected, "{rows} rows");
    }
}

#[test]
fn what_was_written_scores_the_same_when_it_is_read() {
    let written = Ask { prompt: prompt(15, 1), most: 25, scores: Some(1), ..Ask::default() };
    let written = run(vec![written], 1).remove(0);
    let whole = [prompt(15, 1), written.ids.clone()].concat();
    let read = run(vec![Ask { prompt: whole, prompt_scores: Some(1), ..Ask::default() }], 1).remove(0);
    assert_eq!(read.prompt.len(), 40);
    assert!(read.prompt[0].is_none());
    for (written, read) in written.scores.iter().zip(&read.prompt[15..]) {
        assert_eq!(Some(written), read.as_ref(), "greedy text is the likeliest, to the bit");
        assert_eq!(written.own, written.top[0]);
    }
    assert!(read.ids.is_empty() && read.finish == Some(Finish::Length));
}

#[test]
fn no_more_is_written_than_asked() {
    for most in [0, 1, 2, 9] {
        let completion = run(vec![Ask { prompt: prompt(4, 2), most, ..Ask::default() }], 1).remove(0);
        assert_eq!((completion.ids.len(), completion.finish), (most, Some(Finish::Length)));
    }
    let all = 160 - 4;
    assert_eq!(run(vec![Ask { prompt: prompt(4, 2), most: all, ..Ask::default() }], 1)[0].ids.len(), all);
}

#[test]
fn end_tokens_and_stop_ids_end_the_text() {
    let free = run(vec![Ask { prompt: prompt(9, 5), most: 20, ..Ask::default() }], 1).remove(0);
    let last = free.ids[6];
    let until = free.ids.iter().position(|id| *id == last).unwrap_or(6) + 1;
    let base = Ask { prompt: prompt(9, 5), most: 20, ..Ask::default() };
    let ended = run(vec![Ask { ends: vec![last], ..base.clone() }], 1).remove(0);
    assert_eq!((ended.finish, &ended.ids[..]), (Some(Finish::End), &free.ids[..until]));
    let stopped = run(vec![Ask { stop_ids: vec![last], ..base.clone() }], 1).remove(0);
    assert_eq!(stopped.finish, Some(Finish::StopId(last)));
    let later = run(vec![Ask { ends: vec![last], least: 15, ..base }], 1).remove(0);
    assert!(later.ids.len() >= 15 && !later.ids[..15].contains(&last), "an end is not chosen before the least");
}

#[test]
fn a_stop_text_across_tokens_ends_the_text() {
    let base = Ask { prompt: prompt(9, 6), most: 40, ..Ask::default() };
    let free = run(vec![base.clone()], 1).remove(0);
    // Tokens are single bytes here, so that any two characters cross a border.
    let tokenizer = small::tokenizer();
    let shown = free.ids.iter().filter(|id| !tokenizer.is_special(**id));
    let bytes: Vec<u8> = shown.flat_map(|id| tokenizer.bytes(*id).to_vec()).collect();
    let place = bytes.windows(2).position(|pair| pair.is_ascii()).expect("two plain characters in a row");
    let stop = String::from_utf8_lossy(&bytes[place..place + 2]).into_owned();
    let stopped = run(vec![Ask { stops: vec![stop.clone()], ..base.clone() }], 1).remove(0);
    assert_eq!(stopped.finish, Some(Finish::StopText(stop.clone())));
    assert_eq!(stopped.text, String::from_utf8_lossy(&bytes[..place]));
    let kept = run(vec![Ask { stops: vec![stop.clone()], keeps_stop: true, ..base }], 1).remove(0);
    assert_eq!(kept.text, format!("{}{stop}", stopped.text));
}

/// Hears three tokens and hangs up.
struct HangsUp(usize);

impl Hearer for HangsUp {
    fn hear(&mut self, _event: Event) {
        self.0 += 1;
    }

    fn is_gone(&self) -> bool {
        self.0 >= 3
    }
}

#[test]
fn who_hangs_up_frees_the_place() {
    let mut scheduler = Scheduler::new(small::weights(&small::shape(), Precision::Float), small::tokenizer());
    scheduler.add(Ask { prompt: prompt(5, 1), most: 100, ..Ask::default() }, HangsUp(0));
    for _ in 0..4 {
        scheduler.step();
    }
    assert_eq!(scheduler.running(), 0);
}

#[test]
fn a_prompt_gets_on_while_others_write() {
    let mut scheduler =
        Scheduler::new(small::weights(&small::shape(), Precision::Float), small::tokenizer()).with_rows(1);
    let (sender, receiver) = mpsc::channel();
    scheduler.add(Ask { prompt: prompt(1, 1), most: 60, ..Ask::default() }, (0, sender.clone()));
    scheduler.step();
    scheduler.add(Ask { prompt: prompt(10, 1), most: 1, ..Ask::default() }, (1, sender));
    for _ in 0..10 {
        scheduler.step();
    }
    assert!(receiver.try_iter().any(|(number, event)| number == 1 && event == Event::End(Finish::Length)));
}
