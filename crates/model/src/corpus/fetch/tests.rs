//! Fetching from a repository and a file on this machine, and what is said of what is not right.

use std::process::Command;

use sha2::{Digest, Sha256};

use super::*;

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args([
        "-c",
        "user.name=a",
        "-c",
        "user.email=a@b.example",
        "-c",
        "commit.gpgsign=false",
    ]);
    let output = command.args(arguments).output().expect("git is there");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

const LAW: &str = "# 법률\r\n\n제1조\n";
const RULE: &str = "# 규칙\n";

/// A repository with two files in `kr` and one beside it, and the recipe of `kr` with a file behind an address.
fn recipe(origin: &Path) -> CorpusRecipe {
    fs::create_dir_all(origin.join("kr/가나")).expect("makes folders");
    fs::write(origin.join("kr/가나/법률.md"), LAW).expect("writes");
    fs::write(origin.join("kr/rule.md"), RULE).expect("writes");
    fs::write(origin.join("other.md"), "other").expect("writes");
    git(origin, &["init", "--quiet"]);
    git(origin, &["add", "."]);
    git(origin, &["commit", "--quiet", "-m", "one"]);
    let commit = git(origin, &["rev-parse", "HEAD"]);
    let file = origin.join("file.txt");
    fs::write(&file, "a file").expect("writes");
    let lines = format!("{}  kr/rule.md\n{}  kr/가나/법률.md\n", sha256(RULE.as_bytes()), sha256(LAW.as_bytes()));
    let origin = origin.display();
    let text = format!(
        "name = \"laws\"\nabout = \"laws\"\nlicence = \"CC0-1.0\"\n[git]\nurls = [\"file://{origin}/nowhere\", \
         \"file://{origin}\"]\ncommit = \"{commit}\"\nfolder = \"kr\"\nfiles = 2\nbytes = {}\nsha256 = \"{}\"\n\
         [[file]]\npath = \"more/file.txt\"\nurls = [\"file://{}\"]\nbytes = 6\nsha256 = \"{}\"\n",
        LAW.len() + RULE.len(),
        sha256(lines.as_bytes()),
        file.display(),
        sha256(b"a file"),
    );
    CorpusRecipe::parse(&text).expect("the recipe is of the form")
}

#[test]
fn a_corpus_is_fetched_and_verified_and_a_changed_one_is_refused() {
    let (origin, here) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let recipe = recipe(origin.path());
    let folder = here.path().join("laws");
    assert!(matches!(verify(&recipe, &folder), Err(VerifyFault::File { .. })));
    let verified = fetch(&recipe, &folder).expect("fetches");
    assert_eq!((verified.files, verified.bytes), (3, (LAW.len() + RULE.len() + 6) as u64));
    assert_eq!(fs::read_to_string(folder.join("kr/가나/법률.md")).expect("is there"), LAW);
    assert!(!folder.join("other.md").exists());
    let sources = fs::read_to_string(folder.join("sources.toml")).expect("is there");
    assert!(sources.contains("[laws]") && sources.contains("licence = \"CC0-1.0\""), "{sources}");
    fs::write(folder.join("kr/new.md"), "new").expect("writes");
    let told = verify(&recipe, &folder).expect_err("a file more").to_string();
    assert!(told.contains("3 files") && told.contains("not 2 files"), "{told}");
    fs::remove_file(folder.join("kr/new.md")).expect("deletes");
    fs::write(folder.join("more/file.txt"), "b file").expect("writes");
    let told = verify(&recipe, &folder).expect_err("another file").to_string();
    assert!(told.contains("file.txt") && told.contains(&sha256(b"a file")), "{told}");
    // What is wrong is fetched again.
    fetch(&recipe, &folder).expect("fetches");
    verify(&recipe, &folder).expect("is right again");
}

#[test]
fn what_cannot_be_had_is_told() {
    let (origin, here) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let mut recipe = recipe(origin.path());
    recipe.files[0].urls = vec![format!("file://{}/nothing.txt", origin.path().display())];
    let told = fetch(&recipe, &here.path().join("a")).expect_err("there is nothing").to_string();
    assert!(told.contains("`curl` failed"), "{told}");
    if let Some(git) = &mut recipe.git {
        git.commit = "0".repeat(40);
    }
    let told = fetch(&recipe, &here.path().join("b")).expect_err("there is no such commit").to_string();
    assert!(told.contains("`git` failed"), "{told}");
}

#[test]
fn the_recipes_of_this_project_are_of_the_form() {
    assert_eq!(CorpusRecipe::names().count(), 2);
    for name in CorpusRecipe::names() {
        let recipe = CorpusRecipe::shipped(name).expect("is there").expect("is of the form");
        assert_eq!(recipe.name, name);
        assert!(recipe.git.is_some_and(|git| git.urls.iter().all(|url| url.starts_with("https://"))));
    }
    assert!(CorpusRecipe::shipped("nothing").is_none());
}

#[test]
fn a_recipe_cannot_reach_out_of_its_folder_or_give_options() {
    let file = |path: &str, url: &str, sha256: &str| {
        format!(
            "name = \"a\"\nabout = \"a\"\nlicence = \"MIT\"\n[[file]]\npath = \"{path}\"\nurls = [\"{url}\"]\nbytes = 1\n\
             sha256 = \"{sha256}\"\n"
        )
    };
    let digest = "a".repeat(64);
    let parse = |path: &str, url: &str, sha256: &str| CorpusRecipe::parse(&file(path, url, sha256));
    assert!(parse("a/b.txt", "https://a.example/b", &digest).is_ok());
    for path in ["../b", "/b", "-b", ""] {
        assert!(matches!(parse(path, "https://a.example/b", &digest), Err(RecipeFault::Path { .. })), "{path}");
    }
    for url in ["--output=b", "http://a.example/b", "ext::sh -c x"] {
        assert!(matches!(parse("b", url, &digest), Err(RecipeFault::Address { .. })), "{url}");
    }
    assert!(matches!(parse("b", "https://a.example/b", "ABC"), Err(RecipeFault::Digest { .. })));
}
