//! The endpoint of the tests as a program of its own: `mock_endpoint [--listen ADDRESS] [--model NAME] [--accuracy 0..1000]
//! [--delay-ms N] [--capacity N] [--adds-bos] [--ignores-echo]`. It prints its base URL and serves until it is killed.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a tool for tests speaks plainly and stops"
)]

#[path = "../tests/server/mod.rs"]
mod server;

use std::time::Duration;

fn main() {
    let mut config = server::Config::default();
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().unwrap_or_else(|| panic!("{word} needs a value"));
        let mut number = || value().parse::<u64>().expect("a whole number");
        match word.as_str() {
            "--accuracy" => config.accuracy = number(),
            "--delay-ms" => config.delay = Duration::from_millis(number()),
            "--capacity" => config.capacity = Some(number()),
            "--listen" => config.listen = value(),
            "--model" => config.model = value(),
            "--adds-bos" => config.adds_bos = true,
            "--ignores-echo" => config.ignores_echo = true,
            other => panic!("`{other}` is not known"),
        }
    }
    let server = server::Server::start(config);
    println!("{}", server.url());
    server.join();
}
