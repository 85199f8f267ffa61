//! Which room may know which, and which outside crates a room may stand on.

use crate::fault::{Fault, assert_none, places};
use crate::graph::{Graph, cargo};
use crate::tree;

/// A room and the rooms it may know. Arrows only point down this list.
struct Room {
    name: &'static str,
    may_know: &'static [&'static str],
}

const ROOMS: &[Room] = &[
    Room {
        name: "cli",
        may_know: &[
            "web",
            "office",
            "release",
            "compute",
            "provenance",
            "evaluation",
            "model",
            "programme",
            "rulebook",
            "record",
        ],
    },
    Room { name: "web", may_know: &["office", "programme", "rulebook"] },
    Room { name: "office", may_know: &["record", "programme", "rulebook"] },
    Room { name: "release", may_know: &["programme", "rulebook"] },
    Room { name: "compute", may_know: &["programme", "rulebook"] },
    Room { name: "evaluation", may_know: &[] },
    // No room: models whose lineage is known, to hold the audit against.
    Room { name: "zoo", may_know: &["model", "provenance"] },
    Room { name: "model", may_know: &["provenance"] },
    Room { name: "provenance", may_know: &[] },
    Room { name: "programme", may_know: &["rulebook"] },
    Room { name: "rulebook", may_know: &[] },
    Room { name: "record", may_know: &[] },
    // No room: it looks at all of them from outside.
    Room { name: "house", may_know: &[] },
];

/// Outside crates that only some rooms may stand on.
struct Ban {
    crates: &'static [&'static str],
    only: &'static [&'static str],
    why: &'static str,
}

const BANS: &[Ban] = &[
    Ban {
        crates: &["tokio", "async-std", "smol"],
        only: &["web", "evaluation", "model"],
        why: "only a site, a runner of requests and a model's server wait on many things",
    },
    Ban { crates: &["axum"], only: &["web", "model"], why: "serving HTTP is the site's work, and a model server's" },
    Ban {
        crates: &["hyper"],
        only: &["web", "evaluation", "model"],
        why: "only a site, a runner of requests and a model's server speak HTTP",
    },
    // The columnar format counts its dates in it; nothing of ours names it.
    Ban { crates: &["chrono"], only: &["provenance", "evaluation", "model"], why: "times are `jiff`'s" },
    Ban { crates: &["clap", "indicatif", "comfy-table"], only: &["cli"], why: "the terminal is the front door's" },
    Ban { crates: &["rusqlite", "libsqlite3-sys"], only: &["record"], why: "SQL stays behind the record" },
];

/// Outside crates that nothing here may stand on, tests included, and what stands in their place.
const NOWHERE: &[(&str, &str)] = &[
    ("reqwest", "`hyper` is here already"),
    ("time", "times are `jiff`'s"),
    ("openssl-sys", "a build needs no library of the machine's"),
    ("aws-lc-sys", "a build needs no C tool but a compiler"),
];

/// Every arrow that is not in the list, and every crate the list does not know.
fn forbidden_arrows(graph: &Graph) -> Vec<Fault> {
    let mut faults = Vec::new();
    for member in graph.members() {
        let Some(room) = ROOMS.iter().find(|room| room.name == member.name) else {
            faults.push(unknown_room(&member.name));
            continue;
        };
        let known = graph.rooms_known_to(&member.name).into_iter().filter(|known| *known != member.name);
        faults.extend(known.filter(|known| !room.may_know.contains(known)).map(|known| {
            Fault::new(
                format!("crates/{}/Cargo.toml", member.name),
                format!("`{}` may not know `{known}`", member.name),
                "pass what is needed as plain values, or move it to a room that both may know; \
                 a new arrow is a change of the design: argue it in ARCHITECTURE.md, then add it to ROOMS",
            )
        }));
    }
    faults
}

fn unknown_room(name: &str) -> Fault {
    Fault::new(
        format!("crates/{name}"),
        format!("`{name}` is not a room the house knows"),
        "put it in an existing room; if it truly is a new one, give it a line in the map of ARCHITECTURE.md \
         and an entry in ROOMS (crates/house/tests/edges.rs) with the rooms it may know",
    )
}

/// Every outside crate under a room that it may not stand on.
fn forbidden_ground(graph: &Graph) -> Vec<Fault> {
    let mut faults = Vec::new();
    for member in graph.members() {
        let ground = graph.ground_of(&member.name);
        for ban in BANS.iter().filter(|ban| !ban.only.contains(&member.name.as_str())) {
            faults.extend(ban.crates.iter().filter(|name| ground.contains(*name)).map(|name| {
                Fault::new(
                    format!("crates/{}/Cargo.toml", member.name),
                    format!("`{}` stands on `{name}`; only {} may: {}", member.name, ban.only.join(", "), ban.why),
                    format!("drop the dependency that brings `{name}` (`cargo tree -p {} -i {name}`)", member.name),
                )
            }));
        }
    }
    faults
}

/// Every outside crate that may be nowhere.
fn banished(graph: &Graph) -> Vec<Fault> {
    let banished = |name: &str| NOWHERE.iter().find(|(banished, _)| *banished == name);
    let found = graph.outsiders().filter_map(|package| Some((package, banished(&package.name)?)));
    let faults = found.map(|(package, (name, why))| {
        let wrong = format!("`{name}` {} is in the graph: {why}", package.version);
        Fault::new("Cargo.lock", wrong, format!("drop what brings it (`cargo tree --workspace -i {name}`)"))
    });
    faults.collect()
}

/// Every crate folder that the map does not name as `` `name` ``.
fn missing_from_map(map: &str, crates: &[String]) -> Vec<Fault> {
    let missing = crates.iter().filter(|name| !map.contains(&format!("`{name}`")));
    let faults = missing.map(|name| {
        let wrong = format!("the map does not name the crate `{name}`");
        Fault::new("ARCHITECTURE.md", wrong, format!("add a line on `{name}`: what it knows and what it does not"))
    });
    faults.collect()
}

#[test]
fn arrows_point_down() {
    assert_none(forbidden_arrows(&Graph::of_workspace(&tree::root())));
}

#[test]
fn rooms_stand_on_no_forbidden_crate() {
    assert_none(forbidden_ground(&Graph::of_workspace(&tree::root())));
}

#[test]
fn banished_crates_are_nowhere() {
    assert_none(banished(&Graph::of_workspace(&tree::root())));
}

#[test]
fn every_crate_is_on_the_map() {
    let root = tree::root();
    let map = tree::read(&root, "ARCHITECTURE.md").unwrap_or_default();
    assert_none(missing_from_map(&map, &tree::crates(&root)));
}

/// The whole graph joins the features that any crate asks for; `cargo tree -p` tells what the room alone would build.
#[test]
fn pure_rooms_build_without_the_machines_randomness() {
    for room in ["rulebook", "programme"] {
        let args = ["tree", "-p", room, "-e", "normal", "--prefix", "none", "--offline", "--locked"];
        let output = cargo(&tree::root(), &args);
        assert!(output.status.success(), "cargo tree: {}", String::from_utf8_lossy(&output.stderr));
        let told = String::from_utf8_lossy(&output.stdout);
        assert!(told.starts_with(room), "cargo tree told of something else: {told}");
        let brought = told.lines().find(|line| line.starts_with("getrandom "));
        assert_eq!(brought, None, "`{room}` brings it: see `cargo tree -p {room} -e normal -i getrandom`");
    }
}

/// A workspace in which `rulebook` knows `record`, `programme` reaches `tokio` by way of a third crate, `parlour` is no
/// room and `time` came along for a test.
fn planted() -> Graph {
    let package = |id: &str| serde_json::json!({ "id": id, "name": id, "version": "1.0.0" });
    let dep = |id: &str, kind: Option<&str>| serde_json::json!({ "pkg": id, "dep_kinds": [{ "kind": kind }] });
    let names = ["rulebook", "record", "programme", "parlour", "middle", "tokio", "time", "rusqlite"];
    let planted = serde_json::json!({
        "workspace_members": ["rulebook", "record", "programme", "parlour"],
        "packages": names.map(package),
        "resolve": { "nodes": [
            { "id": "rulebook", "deps": [dep("record", None), dep("time", Some("dev"))] },
            { "id": "record", "deps": [dep("rusqlite", None)] },
            { "id": "programme", "deps": [dep("rulebook", None), dep("middle", None)] },
            { "id": "middle", "deps": [dep("tokio", None)] },
        ] },
    });
    Graph::from_json(planted.to_string().as_bytes())
}

#[test]
fn control_a_forbidden_arrow_and_an_unknown_room_are_found() {
    let faults = forbidden_arrows(&planted());
    assert_eq!(places(&faults), ["crates/parlour", "crates/rulebook/Cargo.toml"]);
}

#[test]
fn control_a_forbidden_crate_is_found_behind_another() {
    let faults = forbidden_ground(&planted());
    assert_eq!(places(&faults), ["crates/programme/Cargo.toml"], "and `rulebook` is not blamed for what `record` uses");
    assert!(faults.iter().all(|fault| fault.wrong.contains("tokio")));
}

#[test]
fn control_a_banished_crate_is_found() {
    assert_eq!(places(&banished(&planted())), ["Cargo.lock"]);
}

#[test]
fn control_a_crate_off_the_map_is_found() {
    let crates = ["record".to_owned(), "office".to_owned()];
    let faults = missing_from_map("| `record` | the log, for the office |", &crates);
    assert_eq!(faults.len(), 1);
    assert!(faults.iter().all(|fault| fault.wrong.contains("office")));
}

#[test]
fn arrows_in_the_list_point_down_it() {
    for (place, room) in ROOMS.iter().enumerate() {
        for known in room.may_know {
            let below = ROOMS.iter().skip(place + 1).any(|room| room.name == *known);
            assert!(below, "`{}` may know `{known}`, which is not below it", room.name);
        }
    }
}
