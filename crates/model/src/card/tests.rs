//! Fits whose answer is known, and cards that say what they were told.

use std::collections::BTreeMap;

use super::scaling::{SPREAD, backtest, predict};
use super::*;
use crate::Recipe;

/// Runs on a known curve: the constants are of the size of Hoffmann et al., arXiv 2203.15556, table A3.
fn runs(sizes: &[f64], floor: f64, scale: f64, exponent: f64) -> Vec<Run> {
    let run = |(depth, size): (usize, &f64)| Run {
        depth: 2 * (depth + 1),
        parameters: *size,
        tokens: 12.0 * size,
        loss: floor + scale * size.powf(-exponent),
    };
    sizes.iter().enumerate().map(run).collect()
}

const SIZES: [f64; 5] = [3.9e5, 1.6e6, 5.1e6, 1.2e7, 4.4e7];

#[test]
fn a_curve_is_found_again() {
    for (floor, scale, exponent) in [(1.69, 406.4, 0.34), (0.7, 30.0, 0.21), (1.1, 9000.0, 0.6)] {
        for count in 3..=5 {
            let found = fit(&runs(&SIZES[..count], floor, scale, exponent)).expect("a fit");
            assert!((found.floor / floor - 1.0).abs() < 2e-3, "{count} {found:?}");
            assert!((found.exponent / exponent - 1.0).abs() < 2e-3, "{count} {found:?}");
            let wanted = floor + scale * 1e9_f64.powf(-exponent);
            assert!((found.at(1e9) / wanted - 1.0).abs() < 1e-3, "{count} {found:?}");
        }
    }
}

#[test]
fn three_sizes_in_equal_steps_have_an_answer_in_closed_form() {
    // With sizes N, rN, r²N: (L1 - L2) / (L2 - L3) = r^α and E = (L1·L3 - L2²) / (L1 + L3 - 2·L2).
    let losses = [2.31, 1.87, 1.62];
    let run = |place: usize| Run {
        depth: place,
        parameters: 4e5 * 8f64.powi(place as i32),
        tokens: 1.0,
        loss: losses[place],
    };
    let found = fit(&[run(0), run(1), run(2)]).expect("a fit");
    let exponent = ((losses[0] - losses[1]) / (losses[1] - losses[2])).ln() / 8f64.ln();
    let floor = (losses[0] * losses[2] - losses[1] * losses[1]) / (losses[0] + losses[2] - 2.0 * losses[1]);
    assert!(
        (found.exponent - exponent).abs() < 1e-5 && (found.floor - floor).abs() < 1e-4,
        "{found:?} {exponent} {floor}"
    );
    assert!(found.error < 1e-6);
}

#[test]
fn one_bad_run_does_not_bend_the_curve() {
    let mut bent = runs(&SIZES, 0.9, 60.0, 0.27);
    bent[2].loss *= 1.25;
    let wanted = 0.9 + 60.0 * 2e8_f64.powf(-0.27);
    // Least squares would be a twentieth off here; the Huber loss follows the other four.
    assert!((fit(&bent).expect("a fit").at(2e8) / wanted - 1.0).abs() < 0.01);
}

#[test]
fn a_promise_comes_with_an_interval_that_holds_it() {
    let runs = runs(&SIZES[..4], 0.9, 60.0, 0.27);
    let one = predict(&runs, 10, 4.4e7, (SPREAD, 7)).expect("a prediction");
    let wanted = 0.9 + 60.0 * 4.4e7_f64.powf(-0.27);
    assert!((one.loss / wanted - 1.0).abs() < 1e-3 && one.low < wanted && wanted < one.high, "{one:?}");
    assert_eq!(predict(&runs, 10, 4.4e7, (SPREAD, 7)).expect("a prediction"), one);
    let wider = predict(&runs, 10, 4.4e7, (0.05, 7)).expect("a prediction");
    assert!(wider.high - wider.low > 3.0 * (one.high - one.low), "{one:?} {wider:?}");
    let farther = predict(&runs, 20, 4.4e9, (SPREAD, 7)).expect("a prediction");
    assert!((farther.high - farther.low) / farther.loss > (one.high - one.low) / one.loss, "{one:?} {farther:?}");
    assert!(backtest(&runs).expect("runs").expect("four sizes").abs() < 1e-3);
    assert_eq!(backtest(&runs[..3]).expect("runs"), None);
}

#[test]
fn a_fit_needs_three_sizes_and_losses_that_are_some() {
    let all = runs(&SIZES, 0.9, 60.0, 0.27);
    assert_eq!(fit(&all[..2]), Err(FitFault::TooFew { found: 2 }));
    assert_eq!(fit(&[all[0], all[0], all[0], all[1]]), Err(FitFault::TooFew { found: 2 }));
    let broken = Run { loss: f64::NAN, ..all[0] };
    assert!(matches!(fit(&[all[1], all[2], broken]), Err(FitFault::NoRun { depth: 2, .. })));
    assert_eq!(predict(&all, 12, 1e8, (0.0, 1)), Err(FitFault::Spread(0.0)));
}

#[test]
fn weights_are_counted_once() {
    let shape = Recipe::for_depth(2).expect("a recipe").shape;
    let counted = Parameters::of(&shape);
    assert_eq!(counted.embedding, (shape.vocab * shape.width) as u64);
    assert_eq!(counted.head, 0);
    assert_eq!(counted.embedding + counted.other, counted.total);
    let untied = Parameters::of(&crate::Shape { tied: false, ..shape });
    assert_eq!((untied.head, untied.other), (untied.embedding, counted.other));
}

#[test]
fn a_compressor_is_a_baseline() {
    let text = "가나다라 마바사 0123 ".repeat(400);
    let found = baseline(text.as_bytes()).expect("zstd").expect("bits");
    assert!(found > 0.0 && found < 0.2, "{found}");
    // The bytes of a good hash have eight bits each.
    let noise: Vec<u8> =
        (0..400_u32).flat_map(|seed| <sha2::Sha256 as sha2::Digest>::digest(seed.to_le_bytes())).collect();
    assert!((baseline(&noise).expect("zstd").expect("bits") - 8.0).abs() < 0.1);
    assert_eq!(baseline(b"").expect("nothing"), None);
}

fn digest(name: &str) -> String {
    hex::encode(<sha2::Sha256 as sha2::Digest>::digest(name))
}

fn training() -> Training {
    let point = |step: u64| CurvePoint {
        step: step * 50,
        tokens: step * 50 * 16_384,
        loss: Some(3.0 + 5.0 / (1.0 + step as f64)),
        bits_per_byte: BTreeMap::from([
            ("en".to_owned(), 1.4 + 4.0 / (1.0 + step as f64)),
            ("ko".to_owned(), 1.1 + 3.0 / (1.0 + step as f64)),
        ]),
    };
    Training {
        steps: 2000,
        tokens: 32_768_000,
        flops: 3.1e15,
        wall_seconds: 4213.0,
        cpu_seconds: 8120.4,
        threads: 2,
        speed: Speed { tokens_per_second: 7811.0, flops_per_second: 1.02e11, peak_flops_per_second: 1.61e11 },
        curve: (0..=40).map(point).collect(),
    }
}

fn fertility(language: &str, tokens_per_word: f64, characters_per_token: f64, bytes_per_token: f64) -> Fertility {
    Fertility { language: language.to_owned(), tokens_per_word, characters_per_token, bytes_per_token }
}

fn bits(language: &str, model: f64, baseline: f64) -> Bits {
    let baseline_name = BASELINE.to_owned();
    Bits { language: language.to_owned(), bytes: 412_331, model, baseline, baseline_name }
}

fn evaluation(name: &str, language: &str, score: f64) -> Evaluation {
    Evaluation { name: name.to_owned(), language: language.to_owned(), questions: 400, score, chance: 0.25 }
}

fn scaling() -> Scaling {
    let runs = runs(&SIZES[..4], 0.9, 60.0, 0.27);
    let prediction = predict(&runs, 10, 4.4e7, (SPREAD, 7)).expect("a prediction");
    Scaling { fit: fit(&runs).expect("a fit"), runs, prediction: Some(prediction), reached: None }
}

fn facts() -> Facts {
    let shape = Recipe::for_depth(6).expect("a recipe").shape;
    Facts {
        schema: SCHEMA.to_owned(),
        name: "saebyeok-6".to_owned(),
        parameters: Parameters::of(&shape),
        shape,
        data: vec![Source {
            name: "world | <b>sample</b>".to_owned(),
            licence: "Apache-2.0".to_owned(),
            language: "ko, en".to_owned(),
            documents: 12_480,
            bytes: 9_812_004,
            digest: digest("data"),
        }],
        fertility: vec![fertility("ko", 1.94, 2.05, 4.6), fertility("en", 1.51, 3.02, 3.1)],
        training: training(),
        bits_per_byte: vec![bits("ko", 1.173, 1.421), bits("en", 1.498, 2.113)],
        scaling: Some(scaling()),
        evaluations: vec![
            evaluation("world: facts", "ko", 0.94),
            evaluation("world: facts", "en", 0.92),
            evaluation("world: never told", "ko", 0.26),
        ],
        samples: vec![Sample {
            language: "ko".to_owned(),
            prompt: "새벽 항구는".to_owned(),
            text: " 매일 아침 여섯 시에 문을 열고,\n<script>alert(1)</script> 배가 드나든다.".to_owned(),
            temperature: 0.7,
            seed: 3,
        }],
        digests: Digests {
            recipe: digest("recipe"),
            data: digest("manifest"),
            tokenizer: digest("tokenizer"),
            weights: digest("weights"),
            source: digest("source"),
            evidence: digest("evidence"),
        },
    }
}

#[test]
fn the_facts_come_back_from_their_file() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), &facts()).expect("a card");
    let text = std::fs::read_to_string(folder.path().join("card.json")).expect("the file");
    assert_eq!(serde_json::from_str::<Facts>(&text).expect("facts"), facts());
    assert_eq!(
        std::fs::read_to_string(folder.path().join("card.html")).expect("the file"),
        html(&facts()).expect("a page")
    );
}

#[test]
fn a_card_can_be_looked_at() {
    let Ok(folder) = std::env::var("DAEPYO_KEEP") else {
        eprintln!("skipped: DAEPYO_KEEP names no folder for a card to be looked at");
        return;
    };
    write(std::path::Path::new(&folder), &facts()).expect("a card");
}

#[test]
fn what_was_not_measured_is_not_said() {
    let mut facts = facts();
    facts.training.speed.tokens_per_second = f64::NAN;
    let fault = html(&facts).expect_err("no card").to_string();
    assert!(fault.contains("`training.speed.tokens_per_second`"), "{fault}");
    facts.training.speed.tokens_per_second = 1.0;
    facts.data[0].documents = 0;
    facts.evaluations[1].score = f64::INFINITY;
    assert!(json(&facts).expect_err("no card").to_string().contains("`evaluations[1].score`"));
}

#[test]
fn a_page_needs_no_other_file_and_runs_nothing() {
    let page = html(&facts()).expect("a page");
    assert!(page.trim_start().starts_with("<!doctype html>"));
    for foreign in ["<script", "http:", "https:", "src=", "@import", "url("] {
        assert!(!page.contains(foreign), "{foreign}");
    }
    assert!(page.contains("&lt;script&gt;") && page.contains("&lt;b&gt;sample&lt;"));
    // Every text stands in both languages.
    assert_eq!(page.matches("class=\"en\"").count(), page.matches("class=\"ko\"").count());
    assert!(page.matches("<svg").count() == 2 && page.contains("63.4 %") && page.contains("1.173"));
}

#[test]
fn a_table_keeps_its_columns() {
    let text = markdown(&facts()).expect("a card");
    assert!(
        text.contains("world \\| <b>sample</b>") && text.contains("| Steps, tokens · 단계, 토큰 | 2,000, 32,768,000 |")
    );
    let columns = |line: &str| line.replace("\\|", "").matches('|').count();
    let lines: Vec<&str> = text.lines().collect();
    for pair in lines.windows(2).filter(|pair| pair[0].starts_with('|') && pair[1].starts_with('|')) {
        assert_eq!(columns(pair[0]), columns(pair[1]), "{pair:?}");
    }
    let rows = lines.iter().filter(|line| line.starts_with('|')).count();
    assert!(rows > 40, "{text}");
}
