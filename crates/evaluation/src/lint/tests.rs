//! Each defect is found on its line, and what is sound is left alone.

use std::path::PathBuf;

use super::*;
use crate::dataset::DatasetOptions;
use crate::hook::Hooks;

const OPTIONS: LintOptions<'static> = LintOptions { known: HARNESS, documents: None, groups_must_aggregate: true };

fn scan(files: &[(&str, &str)]) -> (tempfile::TempDir, TaskTree) {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        std::fs::write(folder.path().join(path), text).unwrap();
    }
    let tree = TaskTree::scan(&[folder.path().to_owned()]).unwrap();
    (folder, tree)
}

/// The harness's own tree, where it is installed.
fn harness() -> Option<PathBuf> {
    let Some(venv) = std::env::var_os("DAEPYO_PEERS").map(PathBuf::from) else {
        println!("skipped: DAEPYO_PEERS names no virtual environment with lm-eval");
        return None;
    };
    let lib = std::fs::read_dir(venv.join("lib")).unwrap().next().unwrap().unwrap().path();
    Some(lib.join("site-packages/lm_eval/tasks"))
}

/// The findings as `file:line defect`.
fn told(findings: &[Finding]) -> Vec<String> {
    let one = |finding: &Finding| {
        let file = finding.file.file_name().unwrap().to_str().unwrap();
        format!("{file}:{} {}", finding.line.unwrap_or(0), finding.defect)
    };
    findings.iter().map(one).collect()
}

/// A sound task; each case below adds one defect to it.
const SOUND: &str = "task: t\ndataset_path: d\ntest_split: test\nfewshot_split: train\ndoc_to_text: '{{q}}'\n\
                     doc_to_target: '{{a}}'\n";

#[test]
fn each_defect_of_a_task_is_found_on_its_line() {
    for (more, expected) in [
        ("", ""),
        ("repeats: 1\nrepeats: 2\n", "t.yaml:8 duplicate-key"),
        ("num_fewshots: 3\n", "t.yaml:7 unknown-key"),
        ("repeats: x\n", "t.yaml:7 unusable"),
        ("metric_list: [{metric: exact_macht}]\n", "t.yaml:7 unknown-metric"),
        ("metric_list: [{metric: rouge, hf_evaluate: true}]\n", "t.yaml:7 unknown-metric"),
        ("process_results: !function u.p\nmetric_list: [{metric: own, aggregation: mean}]\n", ""),
        ("metric_list: [{metric: exact_match, aggregation: means}]\n", "t.yaml:7 unknown-aggregation"),
        ("metric_list: [{metric: exact_match, ignore_case: true, hf_evaluate: true}]\n", ""),
        ("metric_list: [{metric: exact_match, ignore_cases: true}]\n", "t.yaml:7 dead-metric-argument"),
        (
            "process_results: !function u.p\nmetric_list: [{metric: exact_match, ignore_case: true}]\n",
            "t.yaml:8 dead-metric-argument",
        ),
        (
            "output_type: multiple_choice\ndoc_to_choice: [a, b]\nmetric_list: [{metric: f1, average: macro}]\n",
            "t.yaml:9 dead-metric-argument",
        ),
        (
            "output_type: multiple_choice\ndoc_to_choice: [a, b]\nmetric_list: [{metric: bleu}]\n",
            "t.yaml:9 dead-metric",
        ),
        ("filter_list: [{name: x, filter: [{function: regexp}]}]\n", "t.yaml:7 unknown-filter"),
        ("output_type: loglikelihood\ngeneration_kwargs: {until: [x]}\n", "t.yaml:8 generation-unused"),
        ("generation_kwargs: {until: [a, b, c, d, e]}\n", "t.yaml:7 too-many-stops"),
        ("generation_kwargs: {until: ['.']}\n", "t.yaml:7 narrow-extraction"),
        (
            "generation_kwargs: {until: ['.']}\nfilter_list: [{name: x, filter: [{function: regex, regex_pattern: '([A-D])'}]}]\n",
            "",
        ),
        (
            "filter_list: [{name: x, filter: [{function: regex, regex_pattern: 'The answer is (.*)'}]}]\n",
            "t.yaml:7 narrow-extraction",
        ),
        (
            "filter_list:\n- {name: x, filter: [{function: regex, regex_pattern: 'The answer is (.*)'}]}\n\
             - {name: y, filter: [{function: regex, regex_pattern: '([A-D])'}]}\n",
            "",
        ),
        ("fewshot_config: {split: test}\n", "t.yaml:4 fewshot-from-evaluated"),
        ("output_type: multiple_choice\n", "t.yaml:6 index-without-choices"),
        ("output_type: multiple_choice\nprocess_results: !function u.p\n", ""),
        ("dataset_kwargs: {trust_remote_code: true}\n", "t.yaml:7 dataset-script"),
    ] {
        let (_folder, tree) = scan(&[("t.yaml", &format!("{SOUND}{more}"))]);
        assert_eq!(told(&lint(&tree, &OPTIONS).findings).join(" "), expected, "{more}");
    }
}

#[test]
fn options_that_the_text_does_not_show_are_found() {
    let task = |text: &str, choices: &str| {
        format!(
            "task: t\noutput_type: multiple_choice\ndoc_to_target: 0\ndoc_to_choice: {choices}\ndoc_to_text: \"{text}\"\n"
        )
    };
    let four = "{{q}}\\nA. {{a}}\\nB. {{b}}\\nC. {{c}}\\nD. {{d}}\\nAnswer:";
    for (text, choices, expected) in [
        (four, "[A, B, C, D, E]", "t.yaml:5 options-not-shown"),
        (four, "[A, B, C, D]", ""),
        ("{% for o in options %}A. {{o}}{% endfor %} B. C.", "[A, B, C, D]", ""),
        ("{{q}}", "[A, B, C, D]", ""),
        ("(1) {{x}} (2) {{y}}", "['1', '2', '3']", "t.yaml:5 options-not-shown"),
    ] {
        let (_folder, tree) = scan(&[("t.yaml", &task(text, choices))]);
        assert_eq!(told(&lint(&tree, &OPTIONS).findings).join(" "), expected, "{text} {choices}");
    }
}

/// Tasks of our own making, over one file of questions with four or five options.
#[test]
fn options_that_the_prompts_of_documents_do_not_show_are_found() {
    let tree = TaskTree::scan(&[Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/lint")]).unwrap();
    let unasked = lint(&tree, &OPTIONS);
    assert_eq!((unasked.findings.len(), unasked.unseen.len()), (0, 0), "no documents are asked for");
    let documents = Datasets::new(DatasetOptions::default());
    let told = lint(&tree, &LintOptions { documents: Some(&documents), ..OPTIONS });
    let found: Vec<_> = told.findings.iter().map(|finding| (finding.names.join(" "), &*finding.message)).collect();
    assert_eq!(
        found,
        [
            (
                "four_of_five".to_owned(),
                "in 3 of 5 documents the prompt leaves out choices, in 1 the right one (first document 1: `E`)"
            ),
            (
                "none_of_five".to_owned(),
                "in all of 5 documents the prompt shows none of the choices `A`, `B`, `C`, `D`"
            ),
        ]
    );
    assert!(told.findings.iter().all(|finding| finding.defect == Defect::OptionsNotShown && finding.line.is_some()));
    assert_eq!(told.unseen.len(), 1);
    assert_eq!(told.unseen[0].names, ["elsewhere"]);
    let said = told.unseen[0].to_string();
    assert!(said.starts_with("elsewhere: data set nobody/questions is not here"), "{said}");
}

/// The defect of CLIcK, in the harness's own task files over documents in the form of theirs.
#[test]
fn the_fifth_option_of_click_is_found() {
    let Some(tasks) = harness() else { return };
    let data = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(data.path().join("EunsuKim/CLIcK")).unwrap();
    let row = |number: usize, options: usize| {
        let choices: Vec<_> = (0..options).map(|option| format!("{option}번")).collect();
        serde_json::json!({
            "id": format!("CSAT_korean_22_{number}"), "paragraph": "", "question": "무엇?",
            "answer": choices[options - 1], "choices": choices,
        })
    };
    let rows: String = (0..6).map(|number| format!("{}\n", row(number, 4 + number % 2))).collect();
    std::fs::write(data.path().join("EunsuKim/CLIcK/train.jsonl"), rows).unwrap();
    let folders = vec![data.path().to_owned()];
    let documents = Datasets::new(DatasetOptions { folders, ..DatasetOptions::default() });
    let tree = TaskTree::scan(&[tasks.join("click")]).unwrap();
    let told = lint(&tree, &LintOptions { documents: Some(&documents), ..OPTIONS });
    let text = told
        .findings
        .iter()
        .find(|finding| finding.names == ["click_lang_text"] && finding.defect == Defect::OptionsNotShown);
    // All identifiers speak of CSAT, where the harness always weighs five letters.
    assert_eq!(
        text.unwrap().message,
        "in 6 of 6 documents the prompt leaves out choices, in 3 the right one (first document 0: `E`)"
    );
}

#[test]
fn a_target_beyond_the_choices_is_found() {
    for (more, expected) in [
        ("doc_to_target: 2\ndoc_to_choice: [a, b]\n", "t.yaml:3 index-without-choices"),
        ("doc_to_target: 1\ndoc_to_choice: [a, b]\n", ""),
        ("doc_to_target: 1\n", "t.yaml:3 index-without-choices"),
    ] {
        let (_folder, tree) = scan(&[("t.yaml", &format!("task: t\ndoc_to_text: x\n{more}"))]);
        assert_eq!(told(&lint(&tree, &OPTIONS).findings).join(" "), expected, "{more}");
    }
}

#[test]
fn each_defect_of_a_group_is_found() {
    for (more, expected) in [
        ("", "g.yaml:1 group-without-aggregate"),
        ("metric_list: [{metric: exact_match}]\n", "g.yaml:3 group-metric-list"),
        ("aggregate_metric_list: [{metric: exact_match, filter_list: [none]}]\n", ""),
        ("aggregate_metric_list: [{metric: acc}]\n", "g.yaml:3 group-aggregates-nothing"),
        (
            "aggregate_metric_list: [{metric: exact_match, filter_list: [strict]}]\n",
            "g.yaml:3 group-aggregates-nothing",
        ),
        ("aggregate_metric_list: [{metric: exact_match, weight_by_size: truez}]\n", "g.yaml:3 wrong-type"),
        ("aggregate_metric_list: [{metric: exact_match, aggregation: sum}]\n", "g.yaml:3 unusable"),
    ] {
        let (_folder, tree) = scan(&[("t.yaml", SOUND), ("g.yaml", &format!("group: g\ntask: [t]\n{more}"))]);
        assert_eq!(told(&lint(&tree, &OPTIONS).findings).join(" "), expected, "{more}");
    }
    let (_folder, tree) = scan(&[("t.yaml", SOUND), ("g.yaml", "group: g\ntask: [t]\n")]);
    assert!(lint(&tree, &LintOptions { groups_must_aggregate: false, ..OPTIONS }).findings.is_empty());
}

#[test]
fn what_an_included_file_does_is_told_once_with_all_its_tasks() {
    let (folder, tree) = scan(&[
        ("base", "dataset_kwargs: {trust_remote_code: true}\n"),
        ("a.yaml", "include: base\ntask: a\n"),
        ("b.yaml", "include: base\ntask: b\n"),
        ("c.yaml", "task: b\n"),
        ("d.yaml", "a: {{b}}\n"),
    ]);
    let findings = lint(&tree, &OPTIONS).findings;
    assert_eq!(told(&findings), ["base:1 dataset-script", "c.yaml:0 name-twice", "d.yaml:0 unusable"]);
    assert_eq!(findings[0].names, ["a", "b"]);
    assert!(findings[0].to_string().ends_with("and take it out (2 tasks)"), "{}", findings[0]);
    let one = lint_files(&tree, &[folder.path().join("a.yaml")], &OPTIONS).findings;
    assert_eq!((one.len(), &one[0].names[..]), (1, &["a".to_owned()][..]));
}

#[test]
fn coverage_counts_what_each_reason_stands_in_the_way_of() {
    let (_folder, tree) = scan(&[
        ("a.yaml", SOUND),
        ("b.yaml", "task: b\nprocess_docs: !function u.docs\n"),
        ("c.yaml", "task: c\nprocess_docs: !function u.docs\ndoc_to_image: x\n"),
        ("d.yaml", "task: d\nclass: !function u.D\n"),
        ("e.yaml", "task: e\nfilter_list: [{name: x, filter: [{function: own}]}]\nmetric_list: [{metric: m}]\n"),
        ("f.yaml", "task: f\nuse_prompt: promptsource:x\n"),
        ("g.yaml", "task: g\nwhat: 3\n"),
        ("h.yaml", "group: h\ntask: [a]\n"),
        ("i.yaml", "task: i\nprocess_docs: !function one.f\nprocess_results: !function two.f\n"),
        ("one.py", "def f(): pass"),
        ("two.py", "def f(): pass"),
    ]);
    let coverage = coverage(&tree, &Hooks::default(), &HARNESS);
    assert_eq!((coverage.tasks, coverage.runs), (8, 1));
    let told: Vec<_> = coverage.refused.iter().map(|r| (r.reason.to_string(), r.unlocks, r.tasks)).collect();
    assert_eq!(told[0], ("needs a port of docs in u.py".to_owned(), 1, 2));
    assert!(told.contains(&("is a Python class".to_owned(), 1, 1)));
    assert!(told.contains(&("takes its prompt from promptsource".to_owned(), 1, 1)));
    assert!(told.contains(&("needs the filter own".to_owned(), 0, 1)));
    assert!(told.contains(&("asks for pictures or sound".to_owned(), 0, 1)));
    assert!(told.contains(&("needs a port of f in one.py and 1 files like it".to_owned(), 1, 1)));
    assert_eq!(coverage.by_task["e"].len(), 2);
    let text = coverage.to_string();
    assert!(text.starts_with("1 of 8 tasks run (12.5 %)\n"), "{text}");
    let json = serde_json::to_value(&coverage).unwrap();
    assert_eq!(json["refused"][0]["reason"], "function");
    assert_eq!(json["refused"][0]["file"], "u.py");
}

/// Defects that are known of the harness's own tree.
#[test]
fn known_defects_of_an_installed_harness_are_found() {
    let Some(tasks) = harness() else { return };
    let tree = TaskTree::scan(&[tasks]).unwrap();
    let findings = lint(&tree, &LintOptions { groups_must_aggregate: false, ..OPTIONS }).findings;
    let mut counts: BTreeMap<Defect, (usize, BTreeSet<&str>)> = BTreeMap::new();
    for finding in &findings {
        let (count, names) = counts.entry(finding.defect).or_default();
        *count += 1;
        names.extend(finding.names.iter().map(String::as_str));
    }
    for (defect, (count, names)) in &counts {
        println!("{defect:<26} {count:>6} places {:>6} names", names.len());
    }
    for (defect, name) in [
        (Defect::GroupMetricList, "hrm8k"),
        (Defect::DuplicateKey, "kmmlu_cot_hard_law"),
        (Defect::NarrowExtraction, "kmmlu_direct_law"),
        (Defect::NarrowExtraction, "kmmlu_cot_hard_law"),
        (Defect::FewshotFromEvaluated, "click_lang_text"),
        (Defect::FewshotFromEvaluated, "haerae_history"),
        (Defect::DeadMetricArgument, "kobest_boolq"),
    ] {
        let has = findings.iter().any(|f| f.defect == defect && f.names.iter().any(|own| own == name));
        assert!(has, "{defect} of {name} is not found");
    }
    let coverage = coverage(&tree, &Hooks::default(), &HARNESS);
    println!("{}", coverage.to_string().lines().take(30).collect::<Vec<_>>().join("\n"));
    assert!(coverage.tasks > 10_000 && coverage.runs > 4_000, "{} of {}", coverage.runs, coverage.tasks);
    if let Some(out) = std::env::var_os("DAEPYO_LINT_OUT") {
        std::fs::write(out, findings.iter().map(|finding| format!("{finding}\n")).collect::<String>()).unwrap();
    }
}
