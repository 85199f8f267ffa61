//! The programs that fetch.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::{FetchFault, GitFolder, SingleFile};

/// Gets one commit without what was before it, and writes out one folder of it.
pub(super) fn git_folder(git: &GitFolder, folder: &Path) -> Result<(), FetchFault> {
    run(in_folder(folder).args(["init", "--quiet"]), "git")?;
    let get = |url: &String| {
        let mut command = in_folder(folder);
        command.args(["fetch", "--quiet", "--depth", "1", "--no-tags", "--", url, &git.commit]);
        run(&mut command, "git")
    };
    first(&git.urls, "git", get)?;
    // Bytes as they were committed, whatever this machine's habits of line endings are.
    let mut command = in_folder(folder);
    command.args(["checkout", "--quiet", "--force", &git.commit, "--", &git.folder]);
    run(&mut command, "git")
}

fn in_folder(folder: &Path) -> Command {
    let mut command = Command::new("git");
    // Never a question on a terminal that nobody sees, and none of this machine's settings.
    command.env("GIT_TERMINAL_PROMPT", "0").env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_ATTR_NOSYSTEM", "1");
    command.arg("-C").arg(folder).args(["-c", "core.autocrlf=false", "-c", "core.hooksPath=/dev/null"]);
    command
}

/// Gets one file; it has its name only when it is whole.
pub(super) fn single_file(file: &SingleFile, folder: &Path) -> Result<(), FetchFault> {
    let path = folder.join(&file.path);
    let fault = |fault| FetchFault::File { path: path.clone(), fault };
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(fault)?;
    }
    let partial = folder.join(format!("{}.partial", file.path));
    let get = |url: &String| {
        let mut command = Command::new("curl");
        command.args(["--fail", "--location", "--silent", "--show-error", "--retry", "3"]);
        command.args(["--proto", "=https,file", "--proto-redir", "=https", "--output"]).arg(&partial).args(["--", url]);
        run(&mut command, "curl")
    };
    first(&file.urls, "curl", get)?;
    fs::rename(&partial, &path).map_err(fault)
}

/// Tries each address in turn; the fault is the last one's.
fn first(
    urls: &[String],
    program: &'static str,
    get: impl Fn(&String) -> Result<(), FetchFault>,
) -> Result<(), FetchFault> {
    let none = FetchFault::Failed { program, said: "the recipe gives no address".to_owned() };
    let mut last = Err(none);
    for url in urls {
        last = get(url);
        if last.is_ok() {
            break;
        }
    }
    last
}

fn run(command: &mut Command, program: &'static str) -> Result<(), FetchFault> {
    let ran: io::Result<Output> = command.stdin(Stdio::null()).output();
    let output = ran.map_err(|fault| FetchFault::Program { program, fault })?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.trim().lines().next_back().unwrap_or("it said nothing").to_owned();
    Err(FetchFault::Failed { program, said })
}
