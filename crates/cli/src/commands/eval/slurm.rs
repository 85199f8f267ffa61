//! A run as a job array on a Slurm cluster: every job asks its own part of the documents and keeps its own journal; then
//! the journals are joined and scored here.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use crate::args::eval::RunArgs;

/// Flags that the jobs do not get, and whether a value follows.
const NOT_FOR_JOBS: &[(&str, bool)] = &[
    ("--slurm", true),
    ("--sbatch_args", true),
    ("--sbatch-args", true),
    ("--output_path", true),
    ("--output-path", true),
    ("-o", true),
    ("--json", false),
    // A key does not belong into a file; sbatch hands the environment on.
    ("--api_key", true),
    ("--api-key", true),
    ("--judge_api_key", true),
    ("--judge-api-key", true),
];

/// Runs `jobs` jobs with this command's own arguments and waits for them; the folders in which they worked.
pub(super) fn run(jobs: usize, asked: &RunArgs) -> Result<Vec<PathBuf>> {
    let output = &asked.output.output_path;
    ensure!((1..=10_000).contains(&jobs), "--slurm takes between 1 and 10,000 jobs, not {jobs}");
    let limits = &asked.limits;
    ensure!(
        limits.max_requests.is_none() && limits.max_tokens.is_none() && limits.max_cost.is_none(),
        "every job of --slurm would spend the whole of --max_requests, --max_tokens or --max_cost; run the parts one by \
         one with --shard, each with a limit of its own"
    );
    let shards = std::path::absolute(output)?.join("shards");
    std::fs::create_dir_all(&shards).with_context(|| format!("`{}` cannot be made", shards.display()))?;
    let script = shards.join("job.sh");
    let binary = std::env::current_exe().context("this program does not know where it is")?;
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    std::fs::write(&script, job(&binary, &for_jobs(&arguments), &shards, jobs))
        .with_context(|| format!("`{}` cannot be written", script.display()))?;
    let folders: Vec<PathBuf> = (1..=jobs).map(|part| shards.join(part.to_string())).collect();
    // A job that never starts must not be taken for one that an earlier run left done.
    for folder in &folders {
        let mark = folder.join("done");
        if mark.exists() {
            std::fs::remove_file(&mark).with_context(|| format!("`{}` cannot be removed", mark.display()))?;
        }
    }
    submit(&script, asked)?;
    let missing: Vec<String> = folders
        .iter()
        .filter(|folder| !folder.join("done").exists())
        .map(|folder| folder.display().to_string())
        .collect();
    ensure!(
        missing.is_empty(),
        "{} of {jobs} jobs did not end well; see the logs in `{}`, then run again: what was answered is kept ({})",
        missing.len(),
        shards.display(),
        missing.join(", ")
    );
    Ok(folders)
}

/// This command's arguments without those that are not for jobs.
fn for_jobs(arguments: &[OsString]) -> Vec<OsString> {
    let mut kept = Vec::new();
    let mut given = arguments.iter();
    while let Some(argument) = given.next() {
        let text = argument.to_string_lossy();
        let (name, has_value) = text.split_once('=').map_or((text.as_ref(), false), |(name, _)| (name, true));
        match NOT_FOR_JOBS.iter().find(|(flag, _)| *flag == name) {
            Some((_, true)) if !has_value => _ = given.next(),
            Some(_) => {}
            None => kept.push(argument.clone()),
        }
    }
    kept
}

/// The script of the array: one job a part.
fn job(binary: &Path, arguments: &[OsString], shards: &Path, jobs: usize) -> String {
    let command: Vec<String> =
        [binary.as_os_str()].into_iter().chain(arguments.iter().map(OsString::as_os_str)).map(quoted).collect();
    let (folder, command) = (quoted(shards.as_os_str()), command.join(" "));
    format!(
        "#!/bin/sh\n\
         #SBATCH --job-name=daepyo-eval\n\
         #SBATCH --array=1-{jobs}\n\
         #SBATCH --output={}/job-%a.log\n\
         set -eu\n\
         part=\"$SLURM_ARRAY_TASK_ID\"\n\
         rm -f {folder}/\"$part\"/done\n\
         mkdir -p {folder}/\"$part\"\n\
         {command} --shard \"$part/{jobs}\" --output_path {folder}/\"$part\"\n\
         touch {folder}/\"$part\"/done\n",
        shards.display()
    )
}

/// A word that a shell takes as it stands.
fn quoted(word: &OsStr) -> String {
    format!("'{}'", word.to_string_lossy().replace('\'', "'\\''"))
}

fn submit(script: &Path, asked: &RunArgs) -> Result<()> {
    let mut command = Command::new("sbatch");
    let more = asked.slurm.sbatch_args.as_deref().unwrap_or_default();
    command.arg("--wait").args(more.split_whitespace()).arg(script);
    command.envs(asked.model.api_key.as_ref().map(|key| ("OPENAI_API_KEY", key)));
    command.envs(asked.judge.judge_api_key.as_ref().map(|key| ("DAEPYO_JUDGE_API_KEY", key)));
    let output = match command.output() {
        Ok(output) => output,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            bail!("`sbatch` is not on the path: --slurm needs a machine that may submit to a Slurm cluster")
        }
        Err(error) => return Err(error).context("`sbatch` cannot be run"),
    };
    // With --wait, sbatch's own exit code is that of the worst job; the jobs' own marks tell more.
    let told = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success() || !output.stdout.is_empty(), "sbatch refused the job array: {}", told.trim());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_get_the_arguments_without_those_of_the_array() {
        let given = [
            "eval",
            "--tasks",
            "a,b",
            "--slurm",
            "4",
            "-o",
            "out dir",
            "--json",
            "--limit=3",
            "--sbatch_args=-p x",
            "--api_key",
            "s",
        ];
        let kept = for_jobs(&given.map(OsString::from));
        assert_eq!(kept, ["eval", "--tasks", "a,b", "--limit=3"]);
    }

    #[test]
    fn a_word_with_quotes_and_blanks_stays_one_word() {
        let script = job(Path::new("/bin/daepyo"), &[OsString::from("it's here")], Path::new("/tmp/s"), 2);
        assert!(script.contains("'/bin/daepyo' 'it'\\''s here' --shard \"$part/2\""), "{script}");
    }
}
