//! Real clients: lm-eval and the `openai` package, from the virtual environment that `DAEPYO_PEERS` names.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::server::{Server, options};
use super::tiny;

/// Runs a script beside the data against a server; its assertions are the test.
fn run(script: &str, context: usize) {
    let Some(python) = std::env::var_os("DAEPYO_PEERS").map(|venv| PathBuf::from(venv).join("bin/python")) else {
        println!("skipped: DAEPYO_PEERS names no virtual environment with lm-eval and openai");
        return;
    };
    let server = Server::start(tiny::model(context), options());
    let folder = tempfile::tempdir().expect("a folder");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/serve").join(script);
    let told = Command::new(python)
        .arg(script)
        .arg(format!("http://{}", server.address))
        .arg(folder.path())
        .env("HF_HOME", folder.path())
        .env("HF_DATASETS_OFFLINE", "1")
        .env("HF_HUB_OFFLINE", "1")
        .env("OMP_NUM_THREADS", "1")
        .env("NO_PROXY", "127.0.0.1")
        .output()
        .expect("python runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(told.status.success(), "{}\n{}", text(&told.stdout), text(&told.stderr));
    println!("{}", text(&told.stdout));
    server.end().expect("it ends well");
}

#[test]
fn lm_eval_measures_the_model() {
    run("lm_eval_client.py", 200);
}

#[test]
fn the_openai_package_talks_to_the_model() {
    run("openai_client.py", 256);
}
