//! `daepyo eval`: a model is measured, again, elsewhere, and after a crash.

use std::collections::BTreeSet;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use unicode_width::UnicodeWidthStr as _;

use crate::house::files;
use crate::measured::{Place, count, endpoint, items, known, samples, scores};
use crate::server::{Config, Server};

#[test]
fn a_run_leaves_everything_and_asks_nothing_twice() {
    let (place, server) = (Place::new(), endpoint(900));
    let url = server.url();
    let first = place.eval(&url, "out", "daepyo_core", &[]);
    assert_eq!(first.code, Some(0), "{first:?}");
    for part in ["mock\n", " daepyo_knowledge_ko ", "\n\n329 items: ", "report: out/mock/report.html"] {
        assert!(first.out.contains(part), "{part:?} in {}", first.out);
    }
    assert!(first.out.lines().all(|line| line.width() <= 80), "{}", first.out);

    let kinds: BTreeSet<String> = files(&place.path("out/mock"))
        .iter()
        .map(|file| file.file_name().unwrap().to_str().unwrap().to_owned())
        .map(|name| name.split_once("_2").map_or(name.clone(), |(kind, _)| kind.to_owned()))
        .collect();
    for wanted in ["run.json", "report.html", "results", "samples_daepyo_arithmetic_ko", "daepyo_arithmetic_ko"] {
        assert!(kinds.contains(wanted), "{wanted} in {kinds:?}");
    }
    assert_eq!(kinds.len(), 3 + 2 * 10, "{kinds:?}");

    let summary = place.summary("out");
    assert_eq!((items(&summary), summary["unasked"].as_u64()), (329, Some(0)));
    for task in summary["tasks"].as_array().unwrap() {
        let classes = task["classes"].as_object().unwrap();
        assert_eq!(classes.len(), 6, "every class is counted: {classes:?}");
    }
    let right = scores(&summary)["daepyo_arithmetic_plain exact_match answer-line"].unwrap();
    assert!((0.6..1.0).contains(&right), "{right}");

    let asked = server.requests();
    assert_eq!(asked, 329);
    let again = place.eval(&url, "out", "daepyo_core", &["--json"]);
    assert_eq!(again.code, Some(0), "{again:?}");
    assert_eq!(server.requests(), asked, "nothing is asked twice");
    assert_eq!(again.out.lines().count(), 1, "{}", again.out);
    let told: Value = serde_json::from_str(&again.out).unwrap();
    assert_eq!(scores(&told), scores(&summary));
    assert_eq!(told, place.summary("out"));
}

#[test]
fn what_was_asked_is_scored_anew_to_the_byte_when_the_model_is_gone() {
    let (place, server) = (Place::new(), endpoint(700));
    let tasks = "daepyo_arithmetic,daepyo_knowledge_ko,daepyo_instruction_ko";
    let url = server.url();
    assert_eq!(place.eval(&url, "out", tasks, &[]).code, Some(0));
    let (before, summary) = (samples(&place.path("out/mock")), place.summary("out"));
    drop(server);
    std::fs::remove_dir_all(place.path("out/mock")).unwrap();
    let again = place.eval(&url, "out", tasks, &["--rescore"]);
    assert_eq!(again.code, Some(0), "{again:?}");
    assert_eq!(samples(&place.path("out/mock")), before);
    assert_eq!(place.summary("out")["tasks"], summary["tasks"]);
}

#[test]
fn log_probabilities_come_from_an_endpoint_that_passes_the_echo_and_from_no_other() {
    let place = Place::new();
    let eval = |server: &Server, out: &str| {
        let url = server.url();
        let words =
            ["eval", "--tasks", "daepyo_choice_ll", "--limit", "6", "--name", "mock", "--model", &url, "-o", out];
        place.run(&words)
    };
    let sound = Server::start(Config::default());
    let ended = eval(&sound, "sound");
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let summary = place.summary("sound");
    assert_eq!((items(&summary), count(&summary, "scored")), (30, 30));
    assert!(scores(&summary).contains_key("daepyo_korea_ko_ll acc none"), "{summary}");
    assert!(summary["tasks"][0]["cut"] == serde_json::json!({"items": 0, "tokens": 0}), "{summary}");
    assert!(!ended.out.contains("--max_length"), "{}", ended.out);

    let faulty = [
        (Config { adds_bos: true, ..Config::default() }, "BOS token"),
        (Config { ignores_echo: true, ..Config::default() }, "`echo` is ignored"),
        (Config { flat: true, ..Config::default() }, "log-probabilit"),
    ];
    for (config, reason) in faulty {
        let server = Server::start(config.clone());
        let ended = eval(&server, "faulty");
        assert_eq!(ended.code, Some(2), "{config:?}: {ended:?}");
        assert!(ended.err.contains(&server.url()) && ended.err.contains(reason), "{reason}: {}", ended.err);
        assert!(!place.path("faulty/mock").exists(), "no score is written for an endpoint that cannot be trusted");
    }
}

#[test]
fn tokens_that_were_cut_off_contexts_are_told() {
    let (place, server) = (Place::new(), Server::start(Config::default()));
    let url = server.url();
    let task = "daepyo_knowledge_en_ll";
    let words = ["eval", "--tasks", task, "--limit", "6", "--name", "mock", "--model", &url, "-o", "out"];
    let ended = place.run(&[&words[..], &["--tokens", "ids", "--max_length", "24"]].concat());
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let cut = &place.summary("out")["tasks"][0]["cut"];
    let (items, tokens) = (cut["items"].as_u64().unwrap(), cut["tokens"].as_u64().unwrap());
    assert!((1..=6).contains(&items) && tokens >= items, "{cut}");
    let told = format!("{task}: {items} items lost {tokens} tokens at the beginning of their contexts");
    let out = ended.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(out.contains(&told) && out.contains("a larger --max_length keeps them"), "{told} in {}", ended.out);
}

#[test]
fn a_chat_model_is_asked_for_letters_under_a_name_of_their_own_or_not_at_all() {
    let (place, server) = (Place::new(), endpoint(1000));
    let refused = place.eval(&server.url(), "out", "daepyo_choice_ll", &[]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    for part in ["daepyo_korea_ko_ll", "log-probabilities", "--api completions", "--choice_letter"] {
        assert!(refused.err.contains(part), "{part} in {}", refused.err);
    }
    assert_eq!(server.requests(), 0);
    let letters = place.eval(&server.url(), "out", "daepyo_choice_ll", &["--choice_letter"]);
    assert_eq!(letters.code, Some(0), "{letters:?}");
    let scores = scores(&place.summary("out"));
    assert!(scores.keys().all(|name| name.ends_with("choice-letter@1")), "{scores:?}");
    assert!(letters.out.contains("acc (choice-letter@1)"), "{}", letters.out);
}

#[test]
fn a_run_that_was_killed_goes_on_where_it_was() {
    let place = Place::new();
    let config = Config { accuracy: 800, known: known(), delay: Duration::from_millis(30), ..Config::default() };
    let server = Server::start(config);
    let (url, tasks, at_once) = (server.url(), "daepyo_arithmetic,daepyo_knowledge_en", 4);
    let words = ["eval", "--tasks", tasks, "--model", &url, "--name", "mock", "--api", "chat", "--num_concurrent", "4"];
    let with = |out: &'static str| [&words[..], &["-o", out]].concat();
    for kill_at in [20, 70] {
        let mut child = place.command(&with("killed")).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        while server.requests() < kill_at {
            assert_eq!(child.try_wait().unwrap(), None, "it ended before it could be killed");
            std::thread::sleep(Duration::from_millis(5));
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let left = |name: &str| {
        let mut names = std::fs::read_dir(place.path("killed/mock")).unwrap().map(|entry| entry.unwrap().file_name());
        names.any(|left| left.to_str().unwrap().ends_with(name))
    };
    assert!(!left("run.json"), "it was killed before the end");
    std::fs::write(place.path("killed/mock/sums_2026.eval.partial"), "PK").unwrap();
    let ended = place.run(&with("killed"));
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(left("run.json") && !left(".partial"), "what was left unfinished is swept away");
    // Only what was on its way when the program died may be asked again.
    assert!((138..=138 + 2 * at_once).contains(&server.requests()), "{}", server.requests());
    assert_eq!(place.run(&with("undisturbed")).code, Some(0));
    assert_eq!(samples(&place.path("killed/mock")), samples(&place.path("undisturbed/mock")));
    let task = |out: &str| scores(&place.summary(out));
    assert_eq!(task("killed"), task("undisturbed"));
}

#[test]
fn shards_that_are_merged_are_the_whole() {
    let (place, server) = (Place::new(), endpoint(600));
    let (url, tasks) = (server.url(), "daepyo_arithmetic,daepyo_instruction_en");
    assert_eq!(place.eval(&url, "whole", tasks, &[]).code, Some(0));
    let asked = server.requests();
    for part in ["1/3", "2/3", "3/3"] {
        let ended = place.eval(&url, &part[..1], tasks, &["--shard", part]);
        assert_eq!((ended.code, ended.out.as_str()), (Some(0), ""), "{ended:?}");
    }
    assert_eq!(server.requests(), 2 * asked);
    let merged = place.run(&["eval", "merge", "1", "2", "3", "--into", "merged"]);
    assert!(merged.out.starts_with(&format!("{asked} answers in ")), "{merged:?}");
    assert_eq!(place.eval(&url, "merged", tasks, &["--rescore"]).code, Some(0));
    assert_eq!(samples(&place.path("merged/mock")), samples(&place.path("whole/mock")));
}

#[test]
fn help_fits_into_eighty_columns_and_names_every_flag_of_lm_eval_that_is_taken() {
    let ended = Place::new().run(&["eval", "--help"]);
    assert!(ended.out.lines().all(|line| line.width() <= 80), "{}", ended.out);
    for flag in [
        "--tasks",
        "--include_path",
        "--num_fewshot",
        "--limit",
        "--num_concurrent",
        "--gen_kwargs",
        "--apply_chat_template",
        "--output_path",
        "--system_instruction",
        "--seed",
        "--confirm_run_unsafe_code",
    ] {
        assert!(ended.out.contains(&format!("{flag} ")) || ended.out.contains(&format!("{flag}\n")), "{flag}");
    }
}
