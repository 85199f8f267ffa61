//! A run for another engine: its files, its package, its job.

mod engine;
mod job;

use std::fs;
use std::path::{Path, PathBuf};

use model::cluster::{Job, Machines, Parity, Start, write};
use model::folder::Model;
use model::network::{Batch, Network, initialise};
use model::tokenizer::{TrainOptions, train};
use model::{Recipe, Shape};

/// A run of a small recipe, written.
struct Run {
    folder: tempfile::TempDir,
    recipe: Recipe,
}

impl Run {
    fn new() -> Self {
        let mut recipe = Recipe::for_depth(2).expect("a recipe");
        recipe.shape = Shape { context: 64, ..recipe.shape };
        let folder = tempfile::tempdir().expect("a folder");
        let model = model(&recipe);
        let parity = parity(&model);
        let documents = documents(folder.path());
        let job = Job {
            name: "sample-2",
            recipe: &recipe,
            model: &model,
            start: Start::FromWeights,
            train: &documents,
            validation: &documents,
            parity: Some(&parity),
            machines: Machines { nodes: 2, gpus: 2, minutes: 120 },
        };
        write(&folder.path().join("run"), &job).expect("a run");
        Self { folder, recipe }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("run")
    }

    fn text(&self, file: &str) -> String {
        fs::read_to_string(self.path().join(file)).expect(file)
    }
}

fn model(recipe: &Recipe) -> Model {
    let text = "새벽 항구는 새벽에 열린다. The harbour opens at dawn. 3 + 4 = 7.\n".repeat(20);
    let tokenizer = train([text.as_str()], &TrainOptions::new(300)).expect("a tokenizer");
    let weights = initialise(&recipe.shape, 7);
    // Larger than first weights are, so that a wrong angle or norm moves the losses.
    let weights = weights.into_iter().map(|weight| 3.0 * weight).collect();
    Model { shape: recipe.shape.clone(), weights, tokenizer, chat_template: None }
}

fn parity(model: &Model) -> Parity {
    let ids: Vec<u32> = (0..49).map(|place| place * 37 % 290).collect();
    let mut losses = vec![0.0; ids.len() - 1];
    let (inputs, targets) = (&ids[..ids.len() - 1], &ids[1..]);
    let batch = Batch { inputs, targets, weights: None, rows: 1, length: inputs.len() };
    Network::new(&model.shape, 1, inputs.len()).token_losses(&model.weights, &batch, &mut losses);
    Parity { ids, losses }
}

fn documents(folder: &Path) -> PathBuf {
    let line = |number: usize| {
        let text = format!("{number}: 새벽 항구는 새벽에 열린다. <|endoftext|> is text.");
        format!("{}\n", serde_json::json!({"text": text, "source": "sample", "language": "ko"}))
    };
    let path = folder.join("documents.jsonl");
    fs::write(&path, (0..41).map(line).collect::<String>() + "\n{\"text\": \"\"}\n").expect("documents");
    path
}

#[test]
fn a_run_has_all_its_files_and_every_document_once() {
    let run = Run::new();
    let mut shards: Vec<String> = fs::read_dir(run.path().join("data"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
        .collect();
    shards.sort();
    let wanted = ["train-00000-of-00004.jsonl", "train-00001-of-00004.jsonl", "train-00002-of-00004.jsonl"];
    assert_eq!(shards[..3], wanted);
    assert_eq!(shards[4], "validation-00000-of-00001.jsonl");
    let mut lines: Vec<String> = Vec::new();
    for shard in &shards[..4] {
        let text = run.text(&format!("data/{shard}"));
        assert!((10..=11).contains(&text.lines().count()), "{shard}");
        lines.extend(text.lines().map(str::to_owned));
    }
    lines.sort();
    lines.dedup();
    assert_eq!(lines.len(), 41);
    assert_eq!(Recipe::parse(&run.text("recipe.toml")).expect("a recipe").digest(), run.recipe.digest());
    let plan: serde_json::Value = serde_json::from_str(&run.text("plan.json")).expect("JSON");
    assert_eq!(plan["recipe"], run.recipe.digest());
    assert_eq!(plan["shape"]["context"], 64);
    assert!(run.text("requirements.txt").contains(model::cluster::TORCHTITAN));
    let readme = run.text("README.md");
    assert!(
        readme.contains("2 machines of 2 accelerators") && !readme.contains("{{") && !readme.contains("{%"),
        "{readme}"
    );
    let script = run.text("job.sbatch");
    for asked in ["--nodes=2", "--gpus-per-node=2", "--time=120", "--signal=B:USR2@600", "--no-requeue"] {
        assert!(script.contains(&format!("#SBATCH {asked}\n")), "{asked}");
    }
    let (shape, weights) = model::folder::load_weights(&run.path().join("hf_assets")).expect("the weights");
    assert!(shape == run.recipe.shape && weights == model(&run.recipe).weights);
}

#[test]
fn what_makes_no_run_is_refused() {
    let run = Run::new();
    let model = model(&run.recipe);
    let documents = documents(run.folder.path());
    let good = Parity { ids: vec![1, 2], losses: vec![0.5] };
    let bad = Parity { ids: vec![1], losses: vec![0.5] };
    let job = |name: &'static str, minutes: u64| Job {
        name,
        recipe: &run.recipe,
        model: &model,
        start: Start::Fresh,
        train: &documents,
        validation: &documents,
        parity: Some(&good),
        machines: Machines { nodes: 1, gpus: 1, minutes },
    };
    let path = run.folder.path().join("other");
    let fault = |job: &Job<'_>| write(&path, job).expect_err("no run").to_string();
    assert!(fault(&job("a b; rm", 120)).contains("letters, digits"));
    assert!(fault(&job("run", 10)).contains("too short"));
    assert!(fault(&Job { parity: Some(&bad), ..job("run", 120) }).contains("1 losses for 1 tokens"));
    let other = Recipe::for_depth(3).expect("a recipe");
    assert!(fault(&Job { recipe: &other, ..job("run", 120) }).contains("recipe's shape"));
    assert!(!path.exists());
    let broken = run.folder.path().join("broken.jsonl");
    fs::write(&broken, "{\"text\": \"a\"}\n{\"body\": 1}\n").expect("documents");
    let said = fault(&Job { train: &broken, ..job("run", 120) });
    assert!(said.contains("broken.jsonl:2") && said.contains("`text`"), "{said}");
    fs::write(&broken, "\n").expect("documents");
    assert!(fault(&Job { train: &broken, ..job("run", 120) }).contains("0 documents for 1 shards"));
}
