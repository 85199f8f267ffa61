//! `daepyo eval` where something is wrong: with one item, with the endpoint, with what was typed, with task files.

use serde_json::Value;

use crate::house::path;
use crate::measured::{Place, count, endpoint, items, peers, scores};

const SUMS: &str = "\
task: sums
dataset_path: json
dataset_kwargs:
  data_files:
    test: sums.jsonl
test_split: test
output_type: generate_until
doc_to_text: '{{question}}'
doc_to_target: 'The answer is {{answer}}.'
generation_kwargs:
  until: []
metric_list:
  - metric: exact_match
    aggregation: mean
    higher_is_better: true
";

/// A task of sums; a document at `bad` has a prompt that the endpoint refuses.
fn sums(place: &Place, rows: usize, bad: Option<usize>) {
    let row = |number: usize| {
        let fault = if bad == Some(number) { " [[fault:http400]]" } else { "" };
        format!("{{\"question\":\"What is {number} + 5 ?{fault}\",\"answer\":{}}}\n", number + 5)
    };
    place.write("tasks/sums.yaml", SUMS);
    place.write("tasks/sums.jsonl", &(0..rows).map(row).collect::<String>());
}

#[test]
fn one_prompt_that_the_endpoint_refuses_costs_that_item() {
    let (place, server) = (Place::new(), endpoint(1000));
    sums(&place, 40, Some(17));
    let ended = place.eval(&server.url(), "out", "sums", &["--include_path", "tasks"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.out.contains("40 items: 39 scored, 1 transport_error"), "{}", ended.out);
    assert!(ended.err.contains("this prompt cannot be taken"), "{}", ended.err);
    let summary = place.summary("out");
    assert_eq!((count(&summary, "scored"), count(&summary, "transport_error"), items(&summary)), (39, 1, 40));
    assert_eq!(scores(&summary)["sums exact_match none"], Some(1.0));
    let asked = server.requests();
    assert_eq!(place.eval(&server.url(), "out", "sums", &["--include_path", "tasks"]).code, Some(0));
    assert_eq!(server.requests(), asked, "what was refused for good is not asked again");
    let again = place.eval(&server.url(), "out", "sums", &["--include_path", "tasks", "--ask_again"]);
    assert_eq!((again.code, server.requests()), (Some(0), asked + 1), "{again:?}");
}

#[test]
fn what_was_never_asked_is_not_scored_anew() {
    let (place, server) = (Place::new(), endpoint(1000));
    sums(&place, 40, None);
    let eval = |url: &str, out: &str, more: &[&str]| {
        place.eval(url, out, "sums", &[&["--include_path", "tasks"], more].concat())
    };
    let url = server.url();
    assert_eq!(eval(&url, "out", &[]).code, Some(0));
    let before = std::fs::read(place.path("out/mock/run.json")).unwrap();
    let held = format!("40 of `mock` at {url}");
    for (url, out, more, parts) in [
        ("http://127.0.0.1:1/v1", "out", &["--rescore"][..], &[&*held, "--name, --model and --api have to be"][..]),
        (&url, "out", &["--rescore", "--system_instruction", "x"], &[&*held, "--tasks and what changes a question"]),
        (&url, "elsewhere", &["--rescore"], &["`elsewhere` holds no journal", "of an earlier run"]),
    ] {
        let ended = eval(url, out, more);
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(ended.err.contains("nothing to score") && !ended.err.contains("run again"), "{}", ended.err);
        parts.iter().for_each(|part| assert!(ended.err.contains(part), "{part} in {}", ended.err));
    }
    assert_eq!(std::fs::read(place.path("out/mock/run.json")).unwrap(), before, "what was scored stays");
}

#[test]
fn damaged_lines_of_the_journal_are_told_and_asked_again() {
    let (place, server) = (Place::new(), endpoint(1000));
    sums(&place, 40, None);
    let eval = |more: &[&str]| place.eval(&server.url(), "out", "sums", &[&["--include_path", "tasks"], more].concat());
    assert_eq!(eval(&[]).code, Some(0));
    let (file, asked) = (place.path("out/journal/answers-000001.jsonl"), server.requests());
    let mut journal = std::fs::read(&file).unwrap();
    let ends: Vec<usize> = (0..journal.len()).filter(|place| journal[*place] == b'\n').collect();
    // One line does not begin like a record; of another a byte is changed that its checksum covers.
    journal[0] ^= 1;
    journal[ends[5] - 20] ^= 1;
    std::fs::write(&file, journal).unwrap();
    let scored = eval(&["--rescore"]);
    assert_eq!(scored.code, Some(1), "{scored:?}");
    let told = "2 damaged lines in `out/journal/answers-000001.jsonl`: what stood there";
    assert!(scored.err.contains(&format!("{told} counts as not asked; run again without --rescore")), "{}", scored.err);
    assert!(scored.out.contains("2 items were not asked yet: run again without --rescore to go on"), "{}", scored.out);
    let again = eval(&[]);
    assert_eq!((again.code, server.requests()), (Some(0), asked + 2), "{again:?}");
    assert!(again.err.contains(&format!("{told} is asked again")), "{}", again.err);
}

#[test]
fn a_budget_stops_the_run_and_the_next_one_completes_it() {
    let (place, server) = (Place::new(), endpoint(1000));
    sums(&place, 40, None);
    let eval = |more: &[&str]| place.eval(&server.url(), "out", "sums", &[&["--include_path", "tasks"], more].concat());
    let stopped = eval(&["--max_requests", "15"]);
    assert_eq!((stopped.code, server.requests()), (Some(1), 15), "{stopped:?}");
    assert!(stopped.out.contains("25 items were not asked yet: run again to go on"), "{}", stopped.out);
    assert!(stopped.err.contains("budget"), "{}", stopped.err);
    assert_eq!(place.summary("out")["unasked"], 25);
    let ended = eval(&["--max_cost", "5", "--price", "0.25,1.25"]);
    assert_eq!((ended.code, server.requests()), (Some(0), 40), "{ended:?}");
    let summary = place.summary("out");
    assert_eq!((summary["unasked"].as_u64(), count(&summary, "scored")), (Some(0), 40));
    assert!(summary["cost"].as_f64().is_some_and(|cost| cost > 0.0), "{}", summary["cost"]);
}

#[test]
fn an_endpoint_that_is_not_there_or_knows_no_such_path_is_said_and_what_to_look_at() {
    let (place, server) = (Place::new(), endpoint(1000));
    sums(&place, 3, None);
    let eval = |url: &str| place.eval(url, "out", "sums", &["--include_path", "tasks", "--patience", "1"]);
    let gone = eval("http://127.0.0.1:9/v1");
    assert_eq!(gone.code, Some(1), "{gone:?}");
    for part in ["http://127.0.0.1:9/v1", "did not answer within 1 s", "Connection refused", "--model", "run again"] {
        assert!(gone.err.contains(part), "{part} in {}", gone.err);
    }
    let elsewhere = eval(server.url().trim_end_matches("/v1"));
    assert_eq!(elsewhere.code, Some(1), "{elsewhere:?}");
    for part in ["takes no request", "404", "ends in /v1"] {
        assert!(elsewhere.err.contains(part), "{part} in {}", elsewhere.err);
    }
}

#[test]
fn what_cannot_be_run_is_refused_before_anything_is_asked() {
    let (place, server) = (Place::new(), endpoint(1000));
    sums(&place, 3, None);
    place.write("lost/lost.yaml", &SUMS.replace("sums.jsonl", "nowhere.jsonl").replace("task: sums", "task: lost"));
    let hub = "dataset_path: some_org/some_set\n";
    let from_hub = SUMS.replace("dataset_path: json\n", hub).replace("task: sums", "task: far");
    let from_hub = from_hub.replace("dataset_kwargs:\n  data_files:\n    test: sums.jsonl\n", "");
    place.write("lost/far.yaml", &from_hub);
    let cases: &[(&str, &[&str], &[&str])] = &[
        ("daepyo_cor", &[], &["`daepyo_cor`", "did you mean `daepyo_core`?", "`daepyo eval list`"]),
        ("lost", &["--include_path", "lost"], &["lost: ", "nowhere.jsonl"]),
        ("far", &["--include_path", "lost"], &["far: data set some_org/some_set", "--hub", "--datasets DIR"]),
        ("sums", &["--include_path", "nodir"], &["nodir", "give a folder of task files"]),
        ("daepyo_coding", &[], &["daepyo_code_ko", "daepyo_code_en", "--confirm_run_unsafe_code"]),
        ("sums", &["--limit", "1.5"], &["--limit", "not 1.5", "such as 100"]),
        ("sums", &["--limit", "many"], &["--limit", "many"]),
        ("sums", &["--shard", "9/8"], &["--shard", "such as 2/8", "9/8"]),
        ("sums", &["--gen_kwargs", "hot"], &["--gen_kwargs", "such as temperature=0.6", "`hot`"]),
        ("sums", &["--gen_kwargs", "{\"a\":"], &["--gen_kwargs", "no JSON object", "column"]),
        ("sums", &["--price", "3"], &["--price", "such as 0.25,1.25"]),
        ("sums", &["--max_cost", "3"], &["--price"]),
        ("sums", &["--sbatch_args", "-p x"], &["--slurm"]),
    ];
    for (tasks, more, parts) in cases {
        let more = if more.first() == Some(&"--include_path") {
            more.to_vec()
        } else {
            [more, &["--include_path", "tasks"][..]].concat()
        };
        let ended = place.eval(&server.url(), "out", tasks, &more);
        assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""), "{more:?}: {ended:?}");
        for part in *parts {
            assert!(ended.err.contains(part), "{more:?}: {part} in {}", ended.err);
        }
    }
    let no_url = place.eval("127.0.0.1:8000", "out", "sums", &["--include_path", "tasks"]);
    assert!(no_url.code == Some(2) && no_url.err.contains("such as http://127.0.0.1:8000/v1"), "{no_url:?}");
    assert_eq!(server.requests(), 0);
}

#[test]
fn lint_and_coverage_say_what_is_wrong_in_a_tree() {
    let place = Place::new();
    let bad = SUMS.replace("    higher_is_better: true\n", "    higher_is_better: true\n    ignorecase: true\n");
    place.write("tree/sums.yaml", &(bad + "output_type: generate_until\n"));
    place.write("tree/sums.jsonl", "{\"question\":\"1 + 1\",\"answer\":2}\n");
    place.write("tree/group.yaml", "group: sums_group\ntask:\n  - sums\n");
    place.write("tree/hook.yaml", "include: sums.yaml\ntask: hooked\nprocess_docs: !function utils.change\n");
    place.write("tree/utils.py", "def change(dataset):\n    return dataset.map(lambda row: row)\n");
    let lint = place.run(&["eval", "lint", "tree"]);
    assert_eq!(lint.code, Some(1), "{lint:?}");
    for part in
        ["duplicate-key: `output_type`", "dead-metric-argument: `ignorecase`", "aggregate_metric_list", "sums.yaml:"]
    {
        assert!(lint.out.contains(part), "{part} in {}", lint.out);
    }
    let json: Value = serde_json::from_str(&place.run(&["eval", "lint", "--json", "tree"]).out).unwrap();
    assert_eq!(json["findings"].as_array().map(Vec::len), Some(lint.out.lines().count()));
    let sound = place.path("cache/daepyo");
    assert_eq!(place.run(&["eval", "list", "arithmetic"]).code, Some(0));
    let shipped = place.run(&["eval", "lint", path(&sound)]);
    assert_eq!(shipped.code, Some(0), "the shipped tasks are sound: {}", shipped.out);
    assert_eq!(shipped.err, "0 findings\n", "all their documents are looked at");

    let coverage = place.run(&["eval", "coverage", "tree"]);
    assert_eq!(coverage.code, Some(0), "{coverage:?}");
    for part in ["1 of 2 tasks run (50.0 %)", "change in utils.py"] {
        assert!(coverage.out.contains(part), "{part} in {}", coverage.out);
    }
}

#[test]
fn lint_looks_at_the_prompts_of_documents_and_says_where_it_cannot() {
    let place = Place::new();
    let tree = concat!(env!("CARGO_MANIFEST_DIR"), "/../evaluation/tests/data/lint");
    let lint = place.run(&["eval", "lint", tree]);
    assert_eq!((lint.code, lint.out.lines().count()), (Some(1), 2), "{lint:?}");
    assert!(lint.out.contains("four_of_five.yaml:9: options-not-shown: in 3 of 5 documents"), "{}", lint.out);
    for part in [
        "whether the prompts of a multiple-choice task show the options is not known:\n",
        "  elsewhere: data set nobody/questions is not here",
        "with --datasets DIR\n2 findings\n",
    ] {
        assert!(lint.err.contains(part), "{part} in {}", lint.err);
    }
    // Where the documents are told of, they are looked at.
    let questions = std::fs::read_to_string(format!("{tree}/questions.jsonl")).unwrap();
    place.write("sets/nobody/questions/test.jsonl", &questions);
    let json = place.run(&["eval", "lint", "--json", "--datasets", "sets", &format!("{tree}/elsewhere.yaml")]);
    let told: Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(told["findings"][0]["names"], serde_json::json!(["elsewhere"]));
    assert_eq!((json.code, &told["unseen"]), (Some(1), &serde_json::json!([])));
}

#[test]
fn at_least_eight_thousand_tasks_of_lm_eval_run() {
    let Some(python) = peers("the coverage of lm-eval's own tasks") else { return };
    let lib = python.parent().and_then(std::path::Path::parent).unwrap().join("lib");
    let version = std::fs::read_dir(lib).unwrap().next().unwrap().unwrap().path();
    let tasks = version.join("site-packages/lm_eval/tasks");
    let ended = Place::new().run(&["eval", "coverage", "--json", path(&tasks)]);
    let told: Value = serde_json::from_str(&ended.out).unwrap();
    let runs = told["runs"].as_u64().unwrap();
    println!("{runs} of {} tasks run", told["tasks"]);
    assert!(runs >= 8000, "{runs}");
}
