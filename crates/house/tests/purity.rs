//! The rooms that decide read no clock, no file, no network and no chance.

use crate::fault::{Fault, assert_none, places};
use crate::source::{self, Source};
use crate::tree;

const PURE: &[&str] = &["crates/programme/src/", "crates/rulebook/src/"];

/// Names that are never innocent.
const NAMES: &[&str] = &[
    "SystemTime",
    "Instant",
    "TcpListener",
    "TcpStream",
    "UdpSocket",
    "OsRng",
    "SysRng",
    "thread_rng",
    "from_os_rng",
    "from_entropy",
    "getrandom",
];

/// Modules of `std` that reach out of the program.
const MODULES: &[&str] = &["env", "fs", "io", "net", "os", "process", "thread", "time"];

/// Functions that read the machine's clock or its time zone, whatever type they belong to.
const CALLS: &[&str] = &["now", "system"];

const MEND: &str = "let the office or the front door read it and hand it in as a value";

fn reaches_out(source: &Source) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (place, token) in source.tokens.iter().enumerate() {
        let mut tell = |what: String| {
            faults.push(Fault::at(&source.file, token.line, format!("{what} reaches out of the program"), MEND));
        };
        match source.window::<4>(place) {
            [name, ..] if NAMES.contains(&name) => tell(format!("`{name}`")),
            ["std", ":", ":", "{"] => {
                modules_in(source, place + 3).iter().for_each(|name| tell(format!("`std::{name}`")))
            }
            ["std", ":", ":", name] if MODULES.contains(&name) => tell(format!("`std::{name}`")),
            [":", ":", name, "("] if CALLS.contains(&name) => tell(format!("`{name}()`")),
            _ => {}
        }
    }
    faults
}

/// The modules that a `std::{…}` names, at whatever depth.
fn modules_in(source: &Source, open: usize) -> Vec<&str> {
    let inside = source.tokens.iter().skip(open).take_while(|token| token.text != ";");
    inside.map(|token| token.text.as_str()).filter(|name| MODULES.contains(name)).collect()
}

#[test]
fn deciding_rooms_are_pure() {
    let is_pure = |file: &str| source::is_room_code(file) && PURE.iter().any(|room| file.starts_with(room));
    let sources = source::select(&tree::root(), is_pure);
    assert!(sources.len() > PURE.len(), "the pure rooms were not found");
    assert_none(sources.iter().flat_map(reaches_out).collect());
}

#[test]
fn control_reaching_out_is_found() {
    let planted = "use std::fs;\nuse std::{fmt, env};\nfn a() { let t = SystemTime::x(); }\nfn b() { Timestamp::now() }\n\
                   fn c() { let now = 1; std::fmt::format(now) }\n";
    let faults = reaches_out(&Source::parse("p.rs", planted));
    assert_eq!(places(&faults), ["p.rs:1", "p.rs:2", "p.rs:3", "p.rs:4"]);
}
