//! `daepyo verdict`: from runs to a word, and back from the word to the runs.
#![expect(clippy::unwrap_used, reason = "a helper of tests that fails fails the test")]

use std::sync::OnceLock;

use serde_json::Value;

use crate::house::{copy, path, repository};
use crate::measured::{Place, endpoint};

/// A rulebook whose frontier rule counts these tasks, each with its metric and filter.
pub(crate) fn rulebook(place: &Place, tasks: &[(&str, &str, &str)]) -> String {
    let call = std::fs::read_to_string(repository("programmes/kr-2025-call.toml")).unwrap();
    let (before, _) = call.split_once("[frontier]").unwrap();
    let mut text = before.to_owned();
    text.push_str(
        "[frontier]\nwindow_months = 6\nof = \"maximum\"\nscale = \"raw\"\nmargin = 0.95\nalpha = 0.05\n\
         missing = \"wrong\"\npass_line = false\n\n\
         [frontier.verdict]\ngate = \"composite\"\nlooks = 1\ntruncation_tolerance = 0.05\nextraction_tolerance = 0.05\n",
    );
    for (task, metric, filter) in tasks {
        text.push_str(&format!(
            "\n[[frontier.task]]\ntask = \"{task}\"\nmetric = \"{metric}\"\nfilter = \"{filter}\"\nweight = 1\n\
             cluster = \"none\"\nleast_items = 10\n"
        ));
    }
    place.write("rulebook.toml", &text);
    "rulebook.toml".to_owned()
}

/// A list of two models that were run, and one that was not.
pub(crate) fn list(place: &Place, models: &[(&str, &str)]) {
    let mut text = "name = \"test frontier\"\nfrozen-on = 2026-11-01\n".to_owned();
    for (name, run) in models {
        text.push_str(&format!(
            "\n[[model]]\nname = \"{name}\"\ndeveloper = \"{name} Lab\"\nreleased-on = 2026-08-15\n\
             release-source = \"https://example.org/{name}\"\nrelease-evidence = \"announcement\"\nrun = \"{run}\"\n\
             protocol = {{ endpoint = \"local\", model-id = \"{name}\", collected-on = \"2026-10-01\", \
             token-budget = \"as the task says\", reasoning-effort = \"not told\" }}\n"
        ));
    }
    place.write("list.toml", &text);
}

const FREEZE: &[&str] = &["verdict", "freeze", "list.toml", "--rule", "rulebook.toml", "--out", "frontier.json"];

const TASKS: &str = "daepyo_arithmetic_en,daepyo_arithmetic_ko,daepyo_knowledge_en,daepyo_korea_ko";

/// Runs of models of several accuracies over shipped tasks that the endpoint knows, each in a folder of its own, with the
/// rulebook for them. They are made once; every test gets a copy.
fn runs() -> Place {
    static RUNS: OnceLock<Place> = OnceLock::new();
    let runs = RUNS.get_or_init(|| {
        let place = Place::new();
        for (folder, accuracy) in [("best", 800), ("second", 700), ("strong", 920), ("near", 760), ("weak", 400)] {
            let server = endpoint(accuracy);
            let ended = place.eval(&server.url(), folder, TASKS, &[]);
            assert_eq!(ended.code, Some(0), "{ended:?}");
        }
        let names: Vec<_> = TASKS.split(',').map(|task| (task, "exact_match", "answer-line")).collect();
        rulebook(&place, &names);
        place
    });
    let place = Place::new();
    copy(&runs.path("."), &place.path("."));
    place
}

fn verdict(place: &Place, run: &str, more: &[&str]) -> crate::house::Ended {
    let words = ["verdict", "--candidate", run, "--frontier", "frontier.json", "--rule", "rulebook.toml"];
    place.run(&[&words[..], more].concat())
}

#[test]
fn three_candidates_get_three_words_in_two_languages() {
    let place = runs();
    list(&place, &[("Best", "best"), ("Second", "second")]);
    let frozen = place.run(FREEZE);
    assert_eq!(frozen.code, Some(0), "{frozen:?}");
    assert!(frozen.out.contains("2 models, SHA-256 "), "{}", frozen.out);
    let twice = place.run(FREEZE);
    assert!(twice.code == Some(2) && twice.err.contains("not written over"), "{twice:?}");

    let words = [
        ("strong", 0, "reached", ": 달성"),
        ("near", 1, "not-shown", ": 확인되지 않음"),
        ("weak", 1, "not-reached", ": 미달"),
    ];
    for (run, code, word, korean) in words {
        let json = verdict(&place, run, &["--json"]);
        assert_eq!(json.code, Some(code), "{run}: {json:?}");
        let told: Value = serde_json::from_str(&json.out).unwrap();
        assert_eq!(told["word"], word, "{run}");
        let english = verdict(&place, run, &[]);
        assert!(english.out.to_lowercase().contains(&word.replace('-', " ")), "{}", english.out);
        assert!(english.out.lines().all(|line| unicode_width::UnicodeWidthStr::width(line) <= 80), "{}", english.out);
        let text = verdict(&place, run, &["--lang", "ko"]);
        assert!(text.out.contains(korean), "{run}: {korean} in {}", text.out);
    }
}

#[test]
fn a_verdict_is_recomputed_to_the_byte_from_runs_that_were_scored_anew() {
    let place = runs();
    list(&place, &[("Best", "best")]);
    assert_eq!(place.run(FREEZE).code, Some(0));
    let given = verdict(&place, "strong", &["--out", "verdict.json"]);
    assert_eq!(given.code, Some(0), "{given:?}");
    let check =
        || place.run(&["verdict", "check", "verdict.json", "--candidate", "strong", "--frontier", "frontier.json"]);
    let sound = check();
    assert_eq!(sound.code, Some(0), "{sound:?}");
    assert!(sound.out.contains("to the byte"), "{}", sound.out);

    let bytes = std::fs::read(place.path("verdict.json")).unwrap();
    let url = place.summary("strong")["run"]["endpoints"][0].as_str().unwrap().to_owned();
    std::fs::remove_dir_all(place.path("strong/mock")).unwrap();
    let gone = check();
    assert!(gone.code == Some(2) && gone.err.contains("strong"), "{gone:?}");
    assert_eq!(place.eval(&url, "strong", TASKS, &["--rescore"]).code, Some(0));
    assert_eq!(check().code, Some(0), "scored anew it is the same run");
    assert_eq!(verdict(&place, "strong", &["--out", "verdict.json"]).code, Some(0));
    assert_eq!(std::fs::read(place.path("verdict.json")).unwrap(), bytes);

    let files = crate::house::files(&place.path("strong/mock"));
    let named = |file: &&std::path::PathBuf| path(file).contains("samples_daepyo_korea_ko");
    let samples = files.iter().find(named).unwrap();
    let text = std::fs::read_to_string(samples).unwrap();
    std::fs::write(samples, text.replacen("\"exact_match\":0.0", "\"exact_match\":1.0", 1)).unwrap();
    let changed = check();
    assert_eq!(changed.code, Some(1), "{changed:?}");
    assert!(changed.out.contains("SHA-256"), "{}", changed.out);
}

#[test]
fn a_plan_says_how_many_items_it_takes() {
    let place = Place::new();
    rulebook(&place, &[("daepyo_korea_ko", "exact_match", "answer-line")]);
    let plan = |candidate: &str| {
        place.run(&["verdict", "plan", "--rule", "rulebook.toml", "--frontier", "0.8", "--candidate", candidate])
    };
    let (even, ahead) = (plan("0.8"), plan("0.85"));
    assert_eq!((even.code, ahead.code), (Some(0), Some(0)), "{even:?} {ahead:?}");
    assert!(even.out.starts_with("daepyo_korea_ko: expected ratio 1.000; "), "{}", even.out);
    assert!(items(&ahead.out) < items(&even.out) && items(&ahead.out) > 10, "{} {}", ahead.out, even.out);
    let hopeless = plan("0.76");
    assert!(hopeless.out.contains("no number of items will do"), "{}", hopeless.out);
    let needed = items(&even.out).to_string();
    let words = ["verdict", "plan", "--rule", "rulebook.toml", "--frontier", "0.8", "--items", &needed];
    let enough = place.run(&words);
    // Lines are broken where they would be too wide.
    let told = enough.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains(&format!("{needed} items give 80 % power; {needed} items give 80 %")), "{told}");
}

#[test]
fn a_plan_knows_that_items_of_one_passage_say_less() {
    let place = Place::new();
    rulebook(&place, &[("daepyo_korea_ko", "exact_match", "answer-line")]);
    let text = std::fs::read_to_string(place.path("rulebook.toml")).unwrap();
    let plan = |more: &[&str]| {
        place.run(&[&["verdict", "plan", "--rule", "rulebook.toml", "--frontier", "0.8"], more].concat())
    };
    let alone = items(&plan(&[]).out);
    assert!(text.contains("cluster = \"none\""), "{text}");
    place.write("rulebook.toml", &text.replace("cluster = \"none\"", "cluster = { column = \"passage\" }"));
    let unknown = plan(&[]);
    assert_eq!(unknown.code, Some(2), "{unknown:?}");
    assert!(unknown.err.contains("together by `passage`") && unknown.err.contains("--snapshot"), "{}", unknown.err);
    let said = plan(&["--cluster-size", "5", "--within-cluster", "0.25"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(items(&said.out).abs_diff(2 * alone) <= 1, "{} is not twice {alone}", said.out);
    // Two models: in one the items of a passage are all alike, in the other not at all.
    let item = |number: usize, score: usize| {
        serde_json::json!({"key": format!("{number}"), "score": score, "class": "scored", "repeats": 1,
            "cluster": format!("{}", number / 2), "prompt-hash": "p"})
    };
    let model = |name: &str, score: fn(usize) -> usize| {
        let items: Vec<_> = (0..8).map(|number| item(number, score(number))).collect();
        serde_json::json!({"name": name, "developer": name, "released-on": "2026-01-01", "release-source": "x",
            "release-evidence": "x", "tasks": {"daepyo_korea_ko":
                {"metric": "exact_match", "filter": "answer-line", "items": items}}})
    };
    let models = [model("alike", |number| number / 2 % 2), model("unlike", |number| number % 2)];
    let snapshot = serde_json::json!({"name": "x", "frozen-on": "2026-02-01", "models": models});
    place.write("frontier.json", &snapshot.to_string());
    let seen = plan(&["--snapshot", "frontier.json"]);
    assert_eq!(seen.code, Some(0), "{seen:?}");
    assert!(items(&seen.out).abs_diff(2 * alone) <= 1, "{} is not twice {alone}", seen.out);
}

/// The number before the word "items".
fn items(text: &str) -> u64 {
    let words: Vec<&str> = text.split_whitespace().collect();
    let place = words.iter().position(|word| *word == "items").unwrap();
    words[place - 1].replace(',', "").parse().unwrap()
}

#[test]
fn what_a_verdict_lacks_is_named() {
    let place = runs();
    list(&place, &[("Best", "best")]);
    let text = std::fs::read_to_string(place.path("rulebook.toml")).unwrap();
    let freeze = |rule: &str| place.run(&["verdict", "freeze", "list.toml", "--rule", rule, "--out", "frontier.json"]);
    let call = repository("programmes/kr-2025-call.toml");
    place.write("metric.toml", &text.replace("\"exact_match\"", "\"exact\""));
    place.write("task.toml", &text.replace("\"daepyo_korea_ko\"", "\"kmmlu\""));
    place.write("cluster.toml", &text.replace("cluster = \"none\"", "cluster = { column = \"passage\" }"));
    let cases: &[(&str, &[&str])] = &[
        (path(&call), &["[frontier.verdict]", "gate", "looks"]),
        ("metric.toml", &["`exact,answer-line`", "exact_match,answer-line"]),
        ("task.toml", &["no task `kmmlu`", "daepyo_korea_ko"]),
        ("cluster.toml", &["no column `passage`"]),
        ("nowhere.toml", &["nowhere.toml"]),
    ];
    for (rule, parts) in cases {
        let ended = freeze(rule);
        assert_eq!(ended.code, Some(2), "{rule}: {ended:?}");
        for part in *parts {
            assert!(ended.err.contains(part), "{rule}: {part} in {}", ended.err);
        }
    }
    let no_run = verdict(&place, "nowhere", &[]);
    assert!(no_run.code == Some(2) && no_run.err.contains("`nowhere` is no folder"), "{no_run:?}");
}
