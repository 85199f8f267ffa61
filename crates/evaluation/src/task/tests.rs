//! Every rule by which files become tasks and groups, on small trees.

mod oracle;

use std::path::{Path, PathBuf};

use super::*;
use crate::Value;

/// A folder of task files from `(path, text)`.
pub(crate) fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

fn scan(folder: &tempfile::TempDir) -> TaskTree {
    TaskTree::scan(&[folder.path().to_owned()]).unwrap()
}

fn select(tree: &TaskTree, wanted: &str) -> Selection {
    tree.select(&[wanted.to_owned()]).unwrap_or_else(|fault| panic!("{wanted}: {fault}"))
}

fn names(selection: &Selection) -> Vec<&str> {
    selection.tasks.iter().map(|task| task.task.as_str()).collect()
}

fn fault(tree: &TaskTree, wanted: &str) -> String {
    tree.select(&[wanted.to_owned()]).unwrap_err().to_string()
}

const BASE: &str = "dataset_path: d\ntest_split: test\ndoc_to_text: '{{q}}'\ndoc_to_target: '{{a}}'\n";

#[test]
fn a_later_include_wins_and_the_file_itself_wins_over_all() {
    let folder = folder(&[
        ("a/one", "dataset_path: one\ntest_split: one\ndoc_to_text: one\ntask_list: [x]\n"),
        ("a/two", "dataset_path: two\ntest_split: two\nprocess_docs: !function utils.two\n"),
        (
            "a/deep/t.yaml",
            "include: [../one, ./../two]\ntask: t\ndataset_path: own\nprocess_results: !function utils.own\n",
        ),
    ]);
    let tree = scan(&folder);
    let task = tree.task("t").unwrap().unwrap();
    assert_eq!(task.data.path.as_deref(), Some("own"));
    assert_eq!(task.data.test_split.as_deref(), Some("two"));
    assert_eq!(task.doc_to_text, Some(Field::Value("one".into())));
    let root = folder.path().canonicalize().unwrap();
    let function = |path: &str, name: &str| Some(Function { file: root.join(path), name: name.to_owned() });
    assert_eq!(task.process_docs, function("a/utils.py", "two"), "relative to the file it is written in");
    assert_eq!(task.process_results, function("a/deep/utils.py", "own"));
}

#[test]
fn an_include_may_be_absolute_or_met_twice_but_not_its_own() {
    let base = folder(&[("base", BASE)]);
    let absolute = format!("include: {}\ntask: t\n", base.path().join("base").display());
    let folder = folder(&[
        ("t.yaml", &absolute),
        ("left", "include: base\nrepeats: 2\n"),
        ("right", "include: base\nnum_fewshot: 3\n"),
        ("base", BASE),
        ("diamond.yaml", "include: [left, right]\ntask: diamond\n"),
        ("x.yaml", "include: y\ntask: x\n"),
        ("y", "include: z\n"),
        ("z", "include: y\n"),
        ("gone.yaml", "\n\ninclude: nowhere\ntask: gone\n"),
    ]);
    let tree = scan(&folder);
    assert_eq!(tree.task("t").unwrap().unwrap().data.path.as_deref(), Some("d"));
    let diamond = tree.task("diamond").unwrap().unwrap();
    assert_eq!((diamond.repeats, diamond.num_fewshot), (2, Some(3)));
    let why: Vec<_> = tree.unusable().iter().map(|unusable| unusable.why.as_str()).collect();
    assert_eq!(why.len(), 2);
    assert!(why[0].contains("gone.yaml:3: included here: ") && why[0].contains("nowhere"), "{}", why[0]);
    assert!(why[1].contains("y includes itself, by way of ") && why[1].contains("z; take one"), "{}", why[1]);
    assert!(fault(&tree, "gone").contains("its file is no task"), "{}", fault(&tree, "gone"));
}

#[test]
fn the_index_knows_what_a_file_is() {
    let folder = folder(&[
        ("1.yaml", "task: first\ntag: [tag_b, tag_a]\ndataset_path: one\n"),
        ("2.yaml", "task: first\ndataset_path: two\n"),
        ("3.yaml", "class: !function c.C\ngroup: g\ntask: py\ntag: tag_a\n"),
        ("4.yaml", "group: grp\ntask: [first]\ntag: tag_c\n"),
        ("5.yaml", "task: [a, b]\n"),
        ("6.yaml", "dataset_path: base\n"),
        ("7.yaml", "class: !function c.D\n"),
        ("8.yaml", "group: tag_a\ntask: []\n"),
        ("9.yaml", "just text\n"),
        ("__pycache__/x.yaml", "task: cached\n"),
        ("sub/.hidden/y.yaml", "task: hidden\ntag: tag_b\n"),
        ("z.yml", "task: other_ending\n"),
    ]);
    let tree = scan(&folder);
    let of = |kind| tree.names(kind).collect::<Vec<_>>();
    assert_eq!(of(Kind::Task), ["first", "hidden"]);
    assert_eq!(of(Kind::Class), ["py"]);
    assert_eq!(of(Kind::Group), ["grp"], "a tag that comes first keeps its name");
    assert_eq!(of(Kind::Tag), ["tag_a", "tag_b"], "the tags of a group are none");
    assert_eq!(tree.task("first").unwrap().unwrap().data.path.as_deref(), Some("one"));
    assert_eq!(names(&select(&tree, "tag_b")), ["first", "hidden"]);
    assert_eq!(tree.unusable().len(), 4, "{:?}", tree.unusable());
    assert_eq!(tree.shadowed().len(), 2, "{:?}", tree.shadowed());
    assert!(fault(&tree, "py").contains("`py` is a Python class"), "{}", fault(&tree, "py"));
}

#[test]
fn names_of_a_later_folder_come_first() {
    let one = folder(&[("t.yaml", "task: t\ntag: x\ndataset_path: one\n"), ("u.yaml", "task: u\ntag: x\n")]);
    let two = folder(&[("t.yaml", "task: t\ntag: x\ndataset_path: two\n")]);
    let tree = TaskTree::scan(&[one.path().to_owned(), two.path().to_owned()]).unwrap();
    assert_eq!(tree.task("t").unwrap().unwrap().data.path.as_deref(), Some("two"));
    assert_eq!(names(&select(&tree, "x")), ["t"], "its tags too");
    assert_eq!(tree.shadowed().len(), 1, "{:?}", tree.shadowed());
    assert!(TaskTree::scan(&[PathBuf::from("/no/such/folder")]).is_err());
}

fn groups() -> tempfile::TempDir {
    folder(&[
        ("base", BASE),
        ("a.yaml", "include: base\ntask: a\ntag: [pair, all]\n"),
        ("b.yaml", "include: base\ntask: b\ntag: pair\nnum_fewshot: 1\n"),
        ("c.yaml", "include: base\ntask: c\n"),
        (
            "outer.yaml",
            "group: outer\ngroup_alias: The outer one\nnum_fewshot: 5\nrepeats: 7\n\
             task:\n  - pair\n  - task: c\n    num_fewshot: 2\n    task_alias: see\n  - group: inner\n    num_fewshot: 9\n\
             \x20 - group: here\n    task: [c2, {task: own, dataset_path: own}]\n    repeats: 3\n\
             aggregate_metric_list:\n  - metric: acc\n    weight_by_size: false\n    filter_list: strict\n\
             metadata: {version: 2}\n",
        ),
        ("c2.yaml", "include: base\ntask: c2\n"),
        ("d.yaml", "include: base\ntask: d\n"),
        ("inner.yaml", "group: inner\ntask: [d]\nnum_fewshot: 4\noutput_type: multiple_choice\n"),
        ("by_task.yaml", "group: by_task\ntask:\n  - task: inner\n    num_fewshot: 1\n  - {task: all, repeats: 2}\n"),
        ("loop.yaml", "group: loop\ntask: [loop2]\n"),
        ("loop2.yaml", "group: loop2\ntask: [c, loop]\n"),
        ("bad.yaml", "group: bad\ntask: [c, {dataset_path: x}]\n"),
        ("unknown.yaml", "group: unknown\ntask: [c, nothing]\n"),
        ("single.yaml", "group: single\ntask: c\n"),
        ("agg.yaml", "group: agg\ntask: [c]\naggregate_metric_list: {metric: acc, aggregation: median}\n"),
    ])
}

#[test]
fn a_group_finds_its_members_and_hands_down_its_overrides() {
    let folder = groups();
    let tree = scan(&folder);
    let selection = select(&tree, "outer");
    let told: Vec<_> =
        selection.tasks.iter().map(|task| (task.task.as_str(), task.num_fewshot, task.repeats)).collect();
    assert_eq!(
        told,
        [
            ("a", Some(5), 7),
            ("b", Some(5), 7),
            ("c", Some(2), 7),
            // What the outer group says comes before what the inner one says; the member's own override before both.
            ("d", Some(9), 7),
            ("c2", Some(5), 7),
            ("outer::here::own", Some(5), 7),
        ]
    );
    assert_eq!(selection.tasks[2].alias.as_deref(), Some("see"));
    assert_eq!(selection.tasks[3].output_type, OutputType::MultipleChoice);
    let told: Vec<_> = selection.groups.iter().map(|group| (group.name.as_str(), group.members.join(" "))).collect();
    assert_eq!(
        told,
        [
            ("outer", "a b c inner outer::here".to_owned()),
            ("inner", "d".to_owned()),
            ("outer::here", "c2 outer::here::own".to_owned()),
        ]
    );
    let outer = &selection.groups[0];
    assert_eq!(outer.alias.as_deref(), Some("The outer one"));
    assert_eq!(outer.metadata.get("version"), Some(&Value::Int(2)));
    let expected = AggregateMetric {
        metric: "acc".to_owned(),
        filters: Some(vec!["strict".to_owned()]),
        aggregation: Field::Value("mean".into()),
        weight_by_size: false,
    };
    assert_eq!(outer.aggregate_metrics, [expected]);
    assert_eq!(selection.leaves("outer"), ["a", "b", "c", "d", "c2", "outer::here::own"]);
}

#[test]
fn a_member_by_task_may_be_a_group_or_a_tag_and_keeps_the_names_in_it() {
    let folder = groups();
    let selection = select(&scan(&folder), "by_task");
    let told: Vec<_> =
        selection.tasks.iter().map(|task| (task.task.as_str(), task.num_fewshot, task.repeats)).collect();
    assert_eq!(told, [("d", Some(1), 1), ("a", None, 2)]);
    assert_eq!(selection.groups[0].members, ["inner", "a"]);
}

#[test]
fn a_group_that_cannot_be_built_says_why() {
    let folder = groups();
    let tree = scan(&folder);
    for (group, says) in [
        ("loop", "group `loop` contains itself"),
        ("bad", "its member 2 is neither a name nor a dictionary"),
        ("unknown", "lists `nothing`, which there is no task, group or tag of"),
        ("agg", "`aggregate_metric_list` takes `mean` or a function as `aggregation`"),
    ] {
        let fault = fault(&tree, group);
        assert!(fault.contains(says), "{group}: {fault}");
    }
    assert!(select(&tree, "single").tasks.is_empty(), "a member that is no list is none, as in lm-eval");
}

#[test]
fn names_patterns_files_and_folders_are_found() {
    let folder = groups();
    let tree = scan(&folder);
    let path = folder.path().display();
    assert_eq!(names(&select(&tree, "c, a,,a")), ["c", "a"]);
    assert_eq!(names(&select(&tree, "c*")), ["c", "c2"]);
    assert_eq!(names(&select(&tree, "[ab]")), ["a", "b"]);
    assert_eq!(names(&select(&tree, &format!("{path}/c.yaml"))), ["c"]);
    assert_eq!(names(&select(&tree, &format!("{path}/c*.yaml"))), ["c", "c2"]);
    assert_eq!(select(&tree, &format!("{path}/inner.yaml")).groups[0].name, "inner");
    let other = self::folder(&[("x.yaml", "task: x\n"), ("y.yaml", "task: y\n"), ("base", "task: no\n")]);
    assert_eq!(names(&select(&tree, &other.path().display().to_string())), ["x", "y"]);
    assert_eq!(
        tree.select(&["outr".into(), "nothing_like_it".into()]).unwrap_err().to_string(),
        "not found: `outr` (did you mean `outer`?), `nothing_like_it`"
    );
    assert_eq!(tree.select(&[" ,".into()]), Err(SelectFault::Nothing));
}

#[test]
fn one_name_in_two_forms_is_a_fault_and_in_one_form_a_warning() {
    let folder = groups();
    let tree = scan(&folder);
    let twice = select(&tree, "pair,a");
    assert_eq!(names(&twice), ["a", "b"]);
    assert_eq!(twice.warnings, ["`a`: asked for more than once; each runs once"]);
    assert_eq!(
        fault(&tree, "c,outer"),
        "`c` is asked for twice, in two forms: c and outer; run them one after the other"
    );
}

fn task(text: &str) -> Result<TaskConfig, String> {
    let folder = folder(&[("t.yaml", &format!("task: t\n{text}"))]);
    scan(&folder).task("t").unwrap().map_err(|fault| {
        fault.to_string().replace(&format!("{}/", folder.path().canonicalize().unwrap().display()), "")
    })
}

#[test]
fn what_a_task_leaves_out_is_what_lm_eval_takes() {
    let bare = task("").unwrap();
    assert_eq!((bare.target_delimiter.as_str(), bare.fewshot_delimiter.as_str()), (" ", "\n\n"));
    assert_eq!((bare.output_type, bare.repeats, bare.num_fewshot), (OutputType::GenerateUntil, 1, None));
    let generation = &bare.generation;
    assert_eq!((&generation.until[..], generation.max_tokens), (&["\n\n".to_owned()][..], Some(256)));
    assert_eq!((generation.temperature, generation.do_sample), (Some(0.0), Some(false)));
    assert_eq!(bare.fewshot.sampler, "default");

    let choice = task("output_type: multiple_choice\n").unwrap();
    assert_eq!(choice.generation, crate::Generation::default());

    let told = task(
        "fewshot_delimiter: '|'\ngeneration_kwargs:\n  temperature: '0.5'\n  max_new_tokens: 7\n  max_gen_toks: 9\n  \
         top_p: 0.9\nmetadata: 3\n",
    )
    .unwrap();
    assert_eq!(told.generation.until, ["|"]);
    assert_eq!((told.generation.temperature, told.generation.max_tokens), (Some(0.5), Some(9)));
    assert_eq!(told.generation.more.keys().map(AsRef::as_ref).collect::<Vec<&str>>(), ["top_p"]);
    assert_eq!(told.metadata.get("_metadata"), Some(&Value::Int(3)));
}

#[test]
fn examples_are_written_as_the_task_is_unless_they_say_otherwise() {
    let config = task(
        "fewshot_split: train\nprocess_docs: !function u.p\ndoc_to_text: '{{q}}'\ndoc_to_target: 3\ngen_prefix: 'A:'\n\
         target_delimiter: ''\nfewshot_config:\n  sampler: first_n\n  process_docs: null\n  doc_to_target: '{{x}}'\n  \
         gen_prefix: null\n  fewshot_indices: [0, 2]\n  fewshot_delimiter: '#'\n",
    )
    .unwrap();
    let fewshot = &config.fewshot;
    assert_eq!((fewshot.sampler.as_str(), fewshot.split.as_deref()), ("first_n", Some("train")));
    assert_eq!((&fewshot.process_docs, &fewshot.gen_prefix), (&None, &None), "null says nothing is wanted");
    assert_eq!(fewshot.doc_to_text, config.doc_to_text);
    assert_eq!(fewshot.doc_to_target, Some(Field::Value("{{x}}".into())));
    assert_eq!(fewshot.indices, Some(vec![0, 2]));
    assert_eq!((fewshot.fewshot_delimiter.as_str(), fewshot.target_delimiter.as_str()), ("#", ""));
}

#[test]
fn what_is_wrong_in_a_task_is_said_with_its_line() {
    for (text, says) in [
        ("num_fewshots: 3\n", "t.yaml:2: `t`: there is no key `num_fewshots`; did you mean `num_fewshot`?"),
        ("quite_other: 3\n", "t.yaml:2: `t`: there is no key `quite_other`; take it out"),
        ("\nrepeats: -1\n", "t.yaml:3: `t`: `repeats` is -1, which is less than 0"),
        ("process_docs: x\n", "t.yaml:2: `t`: `process_docs` takes a function (`!function module.name`), not a str"),
        (
            "metric_list: [{aggregation: mean}]\n",
            "t.yaml:2: `t`: `metric_list` has an entry without `metric`; name the metric",
        ),
        (
            "fewshot_config: {smples: []}\n",
            "t.yaml:2: `t`: there is no key `fewshot_config.smples`; did you mean `samples`?",
        ),
        (
            "fewshot_config: {samples: 3}\n",
            "t.yaml:2: `t`: `fewshot_config.samples` takes a list of documents or a function that makes one",
        ),
        (
            "filter_list: [{name: x, filter: [{}]}]\n",
            "t.yaml:2: `t`: `filter_list` has a step without `function` in `x`; name the filter",
        ),
        (
            "output_type: greedy_until\n",
            "t.yaml:2: `t`: `output_type` is `greedy_until`; write `generate_until`, `multiple_choice`, `loglikelihood` or `loglikelihood_rolling`",
        ),
    ] {
        assert_eq!(task(text).unwrap_err(), says);
    }
}

#[test]
fn metrics_and_filters_keep_what_they_are_given() {
    let config = task(
        "metric_list:\n  - metric: exact_match\n    aggregation: !function u.agg\n    higher_is_better: true\n    \
         ignore_case: true\n  - metric: !function u.m\n\
         filter_list:\n  - name: strict\n    filter:\n      - function: regex\n        regex_pattern: '(\\d+)'\n      \
         - function: take_first\n",
    )
    .unwrap();
    let [exact, own] = &config.metrics[..] else { panic!("{:?}", config.metrics) };
    assert_eq!(exact.metric, Field::Value("exact_match".into()));
    assert!(matches!(&exact.aggregation, Some(Field::Function(function)) if function.name == "agg"));
    assert_eq!(exact.higher_is_better, Some(true));
    assert_eq!(exact.kwargs.keys().collect::<Vec<_>>(), ["ignore_case"]);
    assert!(matches!(&own.metric, Field::Function(function) if function.file.ends_with(Path::new("u.py"))));
    assert_eq!(config.filters[0].name, "strict");
    assert_eq!(config.filters[0].steps[0].kwargs["regex_pattern"], Field::Value("(\\d+)".into()));
    assert_eq!(config.filters[0].steps[1].function, Field::Value("take_first".into()));
}

#[test]
fn keys_given_twice_are_told_once_for_all_that_include_them() {
    let folder = folder(&[
        ("base", "repeats: 1\nrepeats: 2\n"),
        ("a.yaml", "include: base\ntask: a\ntag: x\n"),
        ("b.yaml", "include: base\ntask: b\ntag: x\n"),
    ]);
    let selection = select(&scan(&folder), "x");
    assert_eq!(selection.tasks.iter().map(|task| task.repeats).collect::<Vec<_>>(), [2, 2]);
    let [warning] = &selection.warnings[..] else { panic!("{:?}", selection.warnings) };
    assert!(warning.ends_with("base:2:1: `repeats` is given twice, first on line 1; the last counts, so remove one"));
}
