//! Our logs in inspect, and runs of inspect and lm-eval in ours. Skipped where `DAEPYO_PEERS` names no virtual
//! environment that has them.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::house::path;
use crate::measured::{Place, ended, endpoint, peers, samples, scores};
use crate::verdict::{list, rulebook};

const READ: &str = "
import json, sys
from inspect_ai.log import read_eval_log
log = read_eval_log(sys.argv[1])
scores = {name: sum(s.scores[name].value for s in log.samples) for name in log.samples[0].scores}
print(json.dumps({'status': log.status, 'samples': len(log.samples), 'model': log.eval.model, 'scores': scores,
                  'results': len(log.results.scores)}))
";

const WRITE: &str = "
import sys
from inspect_ai import Task, eval
from inspect_ai.dataset import Sample
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from inspect_ai.scorer import match
right = lambda n: (n * 7919) % 1000 < int(sys.argv[2])
samples = [Sample(id=n, input=f'What is {n} + 5 ?', target=str(n + 5)) for n in range(200)]
def output(n):
    said = ModelOutput.from_content('mockllm/model', f'The answer is {n + 5 if right(n) else 1}.')
    # Without a count of its own, inspect would fetch a tokeniser.
    said.usage = ModelUsage(input_tokens=8, output_tokens=5, total_tokens=13)
    return said
model = get_model('mockllm/model', custom_outputs=[output(n) for n in range(200)])
task = Task(dataset=samples, scorer=match(), name='inspect_sums')
logs = eval(task, model=model, log_dir=sys.argv[1], display='none', max_samples=1, max_connections=1)
assert logs[0].status == 'success', logs[0].error
";

/// How the candidates were asked, which neither tool writes down.
const HOW: &str = "endpoint = 'local'\nmodel-id = 'candidate'\ncollected-on = '2026-10-01'\n\
                   token-budget = 'as the task says'\nreasoning-effort = 'not told'\n";

fn python(program: &Path, words: &[&str]) -> crate::house::Ended {
    let mut command = Command::new(program);
    command.args(words).env("HF_HUB_OFFLINE", "1").env("HF_DATASETS_OFFLINE", "1");
    ended(&mut command)
}

#[test]
fn inspect_opens_our_logs() {
    let Some(program) = peers("our logs in inspect") else { return };
    let (place, server) = (Place::new(), endpoint(800));
    assert_eq!(place.eval(&server.url(), "out", "daepyo_arithmetic_ko", &[]).code, Some(0));
    let files = crate::house::files(&place.path("out/mock"));
    let log = files.iter().find(|file| file.extension().is_some_and(|end| end == "eval")).unwrap();
    let read = python(&program, &["-c", READ, path(log)]);
    assert_eq!(read.code, Some(0), "{read:?}");
    let told: Value = serde_json::from_str(read.out.lines().last().unwrap()).unwrap();
    assert_eq!((&told["status"], &told["samples"]), (&"success".into(), &30.into()), "{told}");
    let ours = scores(&place.summary("out"))["daepyo_arithmetic_ko exact_match answer-line"].unwrap();
    let theirs = told["scores"]["exact_match,answer-line"].as_f64().unwrap() / 30.0;
    assert!((ours - theirs).abs() < 1e-12, "{ours} {theirs}");
}

#[test]
fn a_verdict_comes_from_runs_of_inspect() {
    let Some(program) = peers("a verdict from runs of inspect") else { return };
    let place = Place::new();
    for (folder, accuracy) in [("best", "800"), ("weak", "300"), ("strong", "950")] {
        let written = python(&program, &["-c", WRITE, path(&place.path(folder)), accuracy]);
        assert_eq!(written.code, Some(0), "{written:?}");
    }
    place.write("how.toml", HOW);
    rulebook(&place, &[("inspect_sums", "match", "none")]);
    list(&place, &[("Best", "best")]);
    let frozen = place.run(&["verdict", "freeze", "list.toml", "--rule", "rulebook.toml", "--out", "frontier.json"]);
    assert_eq!(frozen.code, Some(0), "{frozen:?}");
    for (run, word) in [("strong", "reached"), ("weak", "not-reached")] {
        let words = [
            "verdict",
            "--candidate",
            run,
            "--frontier",
            "frontier.json",
            "--rule",
            "rulebook.toml",
            "--json",
            "--protocol",
            "how.toml",
        ];
        let ended = place.run(&words);
        let told: Value = serde_json::from_str(&ended.out).unwrap_or_else(|_| panic!("{ended:?}"));
        assert_eq!(told["word"], word, "{run}");
    }
}

#[test]
fn a_verdict_comes_from_a_run_of_lm_eval_beside_one_of_ours() {
    let Some(program) = peers("a verdict from a run of lm-eval") else { return };
    let place = Place::new();
    let task = "\
task: sums
dataset_path: json
dataset_kwargs: {data_files: {test: sums.jsonl}}
test_split: test
output_type: generate_until
doc_to_text: '{{question}}'
doc_to_target: 'The answer is {{answer}}.'
generation_kwargs: {until: ['\\n\\n'], max_gen_toks: 64}
metric_list: [{metric: exact_match, aggregation: mean, higher_is_better: true}]
";
    place.write("tasks/sums.yaml", task);
    let row = |number: usize| format!("{{\"question\":\"What is {number} + 5 ?\",\"answer\":{}}}\n", number + 5);
    place.write("tasks/sums.jsonl", &(0..120).map(row).collect::<String>());
    let frontier = endpoint(500);
    assert_eq!(place.eval(&frontier.url(), "best", "sums", &["--include_path", "tasks"]).code, Some(0));

    let candidate = endpoint(950);
    let args = format!("model=mock,base_url={}/chat/completions,num_concurrent=4", candidate.url());
    let mut command = Command::new(&program);
    command.current_dir(place.path("tasks")).env("HOME", place.path("home"));
    command.env("HF_HUB_OFFLINE", "1").env("HF_DATASETS_OFFLINE", "1").env("OPENAI_API_KEY", "none");
    command.args(["-m", "lm_eval", "--model", "local-chat-completions", "--model_args", &args, "--tasks", "sums"]);
    command.args(["--include_path", ".", "--apply_chat_template", "--log_samples", "--output_path", "../theirs"]);
    let theirs = ended(&mut command);
    assert_eq!(theirs.code, Some(0), "{theirs:?}");
    assert_eq!(place.eval(&candidate.url(), "ours", "sums", &["--include_path", "tasks"]).code, Some(0));

    place.write("how.toml", HOW);
    rulebook(&place, &[("sums", "exact_match", "none")]);
    list(&place, &[("Best", "best")]);
    let frozen = place.run(&["verdict", "freeze", "list.toml", "--rule", "rulebook.toml", "--out", "frontier.json"]);
    assert_eq!(frozen.code, Some(0), "{frozen:?}");
    let verdict = |run: &str| -> Value {
        let words = [
            "verdict",
            "--candidate",
            run,
            "--frontier",
            "frontier.json",
            "--rule",
            "rulebook.toml",
            "--json",
            "--protocol",
            "how.toml",
        ];
        let ended = place.run(&words);
        serde_json::from_str(&ended.out).unwrap_or_else(|_| panic!("{ended:?}"))
    };
    let (from_theirs, from_ours) = (verdict("theirs"), verdict("ours"));
    assert_eq!(from_theirs["word"], "reached", "{from_theirs}");
    let ratio = |verdict: &Value| verdict["comparisons"][0]["units"][0]["figures"]["ratio"].clone();
    assert!(ratio(&from_theirs).is_f64());
    assert_eq!(ratio(&from_theirs), ratio(&from_ours));
    let differing = from_theirs["comparisons"][0]["tasks"][0]["pairing"]["prompts-differ"].as_array();
    assert_eq!(differing.map(Vec::len), Some(0), "lm-eval and this program ask with the same prompts");
    assert_eq!(samples(&place.path("ours/mock")).len(), 1);
}
