//! The dependency graph, as `cargo metadata` tells it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// A crate of the graph.
#[derive(Clone, Debug)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) license: Option<String>,
    pub(crate) is_member: bool,
    /// Whether a registry may take it: `publish` is not an empty list.
    pub(crate) may_be_published: bool,
}

/// An arrow from one crate to another.
#[derive(Clone, Debug)]
struct Arrow {
    to: String,
    is_normal: bool,
}

/// Crates by identifier, and the arrows between them.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    packages: BTreeMap<String, Package>,
    arrows: BTreeMap<String, Vec<Arrow>>,
}

impl Graph {
    /// The graph of the workspace.
    pub(crate) fn of_workspace(root: &Path) -> Self {
        let output = metadata(root, &[]);
        if output.status.success() {
            return Self::from_json(&output.stdout);
        }
        // Not every crate for other systems need be here; those for this one are, or this test would not run.
        let host = host();
        let output = metadata(root, &["--filter-platform", &host]);
        assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
        println!("only the crates for {host} were looked at: run `cargo fetch --locked` to look at all");
        Self::from_json(&output.stdout)
    }

    /// Reads what `cargo metadata --format-version 1` prints.
    pub(crate) fn from_json(json: &[u8]) -> Self {
        let value: Value = serde_json::from_slice(json).expect("cargo metadata prints JSON");
        let members: BTreeSet<&str> = list(&value["workspace_members"]).iter().filter_map(Value::as_str).collect();
        let mut graph = Graph::default();
        for package in list(&value["packages"]) {
            let id = text(&package["id"]);
            graph.packages.insert(id.to_owned(), read_package(package, members.contains(id)));
        }
        for node in list(&value["resolve"]["nodes"]) {
            let arrows = list(&node["deps"]).iter().map(read_arrow).collect();
            graph.arrows.insert(text(&node["id"]).to_owned(), arrows);
        }
        graph
    }

    /// The crates of the workspace.
    pub(crate) fn members(&self) -> impl Iterator<Item = &Package> {
        self.packages.values().filter(|package| package.is_member)
    }

    /// The crates from elsewhere.
    pub(crate) fn outsiders(&self) -> impl Iterator<Item = &Package> {
        self.packages.values().filter(|package| !package.is_member)
    }

    /// The members that a member has an arrow to, of whatever kind.
    pub(crate) fn rooms_known_to(&self, member: &str) -> BTreeSet<&str> {
        let arrows = self.arrows_of(self.id_of(member)).iter();
        let known = arrows.filter_map(|arrow| self.packages.get(&arrow.to)).filter(|package| package.is_member);
        known.map(|package| package.name.as_str()).collect()
    }

    /// The outside crates a member stands on by its own normal dependencies, not by those of another room.
    pub(crate) fn ground_of(&self, member: &str) -> BTreeSet<&str> {
        let mut seen = BTreeSet::new();
        let mut left = vec![self.id_of(member)];
        while let Some(id) = left.pop() {
            for arrow in self.arrows_of(id).iter().filter(|arrow| arrow.is_normal) {
                let is_outside = self.packages.get(&arrow.to).is_some_and(|package| !package.is_member);
                if is_outside && seen.insert(arrow.to.as_str()) {
                    left.push(&arrow.to);
                }
            }
        }
        seen.iter().filter_map(|id| self.packages.get(*id)).map(|package| package.name.as_str()).collect()
    }

    fn id_of(&self, member: &str) -> &str {
        let found = self.packages.iter().find(|(_, package)| package.is_member && package.name == member);
        found.map_or("", |(id, _)| id)
    }

    fn arrows_of(&self, id: &str) -> &[Arrow] {
        self.arrows.get(id).map_or(&[], Vec::as_slice)
    }
}

/// Runs the cargo that runs this test.
pub(crate) fn cargo(root: &Path, args: &[&str]) -> Output {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    Command::new(cargo).args(args).current_dir(root).output().expect("cargo runs")
}

fn metadata(root: &Path, more: &[&str]) -> Output {
    let mut args = vec!["metadata", "--format-version", "1", "--offline", "--locked"];
    args.extend(more);
    cargo(root, &args)
}

/// The system this machine is, as rustc names it.
fn host() -> String {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("-vV").output().expect("rustc runs");
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    told.lines().find_map(|line| line.strip_prefix("host: ")).expect("rustc names its host").to_owned()
}

fn read_package(package: &Value, is_member: bool) -> Package {
    Package {
        name: text(&package["name"]).to_owned(),
        version: text(&package["version"]).to_owned(),
        license: package["license"].as_str().map(str::to_owned),
        is_member,
        may_be_published: package["publish"].as_array().is_none_or(|registries| !registries.is_empty()),
    }
}

fn read_arrow(dep: &Value) -> Arrow {
    // A normal dependency has the kind `null`.
    let is_normal = list(&dep["dep_kinds"]).iter().any(|kind| kind["kind"].is_null());
    Arrow { to: text(&dep["pkg"]).to_owned(), is_normal }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
