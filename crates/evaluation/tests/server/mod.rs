//! A small endpoint that speaks the OpenAI protocol, for tests, benches and the tools that both are compared with.
//!
//! Its model is a pure function of what it is asked, so that every client must get the same numbers. A text in the request
//! such as `[[fault:http500]]` makes it fail in that way, `[[fault:http500x2]]` only the first two times (see [`fault`]).
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "shared by several test programs; a test stops where it fails"
)]

pub mod fault;
pub mod model;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// How the server behaves.
#[derive(Clone, Debug)]
pub struct Config {
    /// The address, port 0 for any.
    pub listen: String,
    /// The name of the model.
    pub model: String,
    /// How many questions of a thousand it answers rightly.
    pub accuracy: u64,
    /// Questions whose answers it knows, by a text that is in the question.
    pub known: Vec<(String, String)>,
    /// How long it thinks.
    pub delay: Duration,
    /// More in flight than this are refused with 429.
    pub capacity: Option<u64>,
    /// Whether the echoed prompt begins with a token that was not sent.
    pub adds_bos: bool,
    /// Whether `echo` is ignored.
    pub ignores_echo: bool,
    /// Whether every log-probability is the same.
    pub flat: bool,
    /// What it writes after the last message of the user, in place of its own answer.
    pub writes: Option<fn(&str) -> String>,
    /// Whether the bodies of all requests are kept for [`Server::log`].
    pub keeps_log: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:0".into(),
            model: "mock".into(),
            accuracy: 1000,
            known: Vec::new(),
            delay: Duration::ZERO,
            capacity: None,
            adds_bos: false,
            ignores_echo: false,
            flat: false,
            writes: None,
            keeps_log: false,
        }
    }
}

/// What the server has seen.
#[derive(Default)]
pub struct Seen {
    pub requests: AtomicU64,
    pub connections: AtomicU64,
    pub in_flight: AtomicU64,
    pub max_in_flight: AtomicU64,
    pub refused: AtomicU64,
    log: Mutex<Vec<Value>>,
    faults: Mutex<BTreeMap<String, u64>>,
}

/// What all connections share.
pub struct State {
    pub config: Config,
    pub seen: Seen,
}

impl State {
    /// Whether the fault in this body is to happen once more.
    fn fault(&self, body: &str) -> Option<fault::Fault> {
        let (fault, times) = fault::find(body)?;
        let Some(times) = times else { return Some(fault) };
        let mut faults = self.seen.faults.lock().unwrap();
        let count = faults.entry(body.to_owned()).or_default();
        *count += 1;
        (*count <= times).then_some(fault)
    }

    fn stats(&self) -> Value {
        let seen = &self.seen;
        json!({
            "requests": seen.requests.load(Ordering::SeqCst),
            "connections": seen.connections.load(Ordering::SeqCst),
            "max_in_flight": seen.max_in_flight.load(Ordering::SeqCst),
            "refused": seen.refused.load(Ordering::SeqCst),
        })
    }
}

/// A running server; it ends when this is dropped.
pub struct Server {
    address: SocketAddr,
    state: Arc<State>,
    over: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Server {
    /// Starts it on a thread of its own.
    pub fn start(config: Config) -> Self {
        let listener = std::net::TcpListener::bind(&config.listen).expect("the address is free");
        let address = listener.local_addr().unwrap();
        listener.set_nonblocking(true).unwrap();
        let state = Arc::new(State { config, seen: Seen::default() });
        let over = Arc::new(AtomicBool::new(false));
        let (shared, ended) = (Arc::clone(&state), Arc::clone(&over));
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async { serve(TcpListener::from_std(listener).unwrap(), shared, ended).await });
        });
        Self { address, state, over, thread: Some(thread) }
    }

    /// Where it listens, as a base URL.
    pub fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// What it has seen.
    pub fn seen(&self) -> &Seen {
        &self.state.seen
    }

    /// Requests so far, those for `/stats` not counted.
    pub fn requests(&self) -> u64 {
        self.state.seen.requests.load(Ordering::SeqCst)
    }

    /// The bodies of all requests so far.
    pub fn log(&self) -> Vec<Value> {
        self.log_from(0)
    }

    /// The bodies of all requests but the first ones.
    pub fn log_from(&self, start: usize) -> Vec<Value> {
        self.state.seen.log.lock().unwrap()[start..].to_vec()
    }

    /// Waits for ever.
    pub fn join(mut self) {
        self.thread.take().map(std::thread::JoinHandle::join);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        self.thread.take().map(std::thread::JoinHandle::join);
    }
}

async fn serve(listener: TcpListener, state: Arc<State>, over: Arc<AtomicBool>) {
    while !over.load(Ordering::SeqCst) {
        let Ok(Ok((stream, _))) = tokio::time::timeout(Duration::from_millis(20), listener.accept()).await else {
            continue;
        };
        state.seen.connections.fetch_add(1, Ordering::SeqCst);
        stream.set_nodelay(true).ok();
        tokio::spawn(converse(stream, Arc::clone(&state)));
    }
}

/// One request, read.
pub struct Asked {
    pub path: String,
    pub body: Vec<u8>,
}

/// Reads one request off the stream; what comes after it stays in `buffer`.
async fn read(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Asked> {
    let mut chunk = vec![0; 64 << 10];
    loop {
        if let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().unwrap())
            });
            let whole = end + 4 + length.unwrap_or(0);
            while buffer.len() < whole {
                match stream.read(&mut chunk).await {
                    Ok(read) if read > 0 => buffer.extend_from_slice(&chunk[..read]),
                    _ => return None,
                }
            }
            let path = head.split(' ').nth(1)?.to_owned();
            let body = buffer[end + 4..whole].to_vec();
            buffer.drain(..whole);
            return Some(Asked { path, body });
        }
        match stream.read(&mut chunk).await {
            Ok(read) if read > 0 => buffer.extend_from_slice(&chunk[..read]),
            _ => return None,
        }
    }
}

async fn converse(mut stream: TcpStream, state: Arc<State>) {
    let mut buffer = Vec::new();
    while let Some(asked) = read(&mut stream, &mut buffer).await {
        if asked.path == "/stats" {
            if write(&mut stream, 200, "", &state.stats().to_string()).await.is_err() {
                return;
            }
            continue;
        }
        let seen = &state.seen;
        seen.requests.fetch_add(1, Ordering::SeqCst);
        let busy = seen.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        seen.max_in_flight.fetch_max(busy, Ordering::SeqCst);
        let done = answer(&mut stream, &state, &asked, busy).await;
        seen.in_flight.fetch_sub(1, Ordering::SeqCst);
        if done.is_err() {
            return;
        }
    }
}

/// Answers one request; an error closes the connection.
async fn answer(stream: &mut TcpStream, state: &State, asked: &Asked, busy: u64) -> std::io::Result<()> {
    let text = String::from_utf8_lossy(&asked.body);
    let body: Value = serde_json::from_str(&text).unwrap_or_default();
    if state.config.keeps_log && asked.path.ends_with("completions") {
        state.seen.log.lock().unwrap().push(body.clone());
    }
    if state.config.capacity.is_some_and(|capacity| busy > capacity) {
        state.seen.refused.fetch_add(1, Ordering::SeqCst);
        return write(stream, 429, "", r#"{"error":{"message":"too many requests"}}"#).await;
    }
    if !state.config.delay.is_zero() {
        tokio::time::sleep(state.config.delay).await;
    }
    if let Some(fault) = state.fault(&text) {
        return fault::commit(fault, stream, &model::reply(&state.config, &asked.path, &body)).await;
    }
    match model::reply(&state.config, &asked.path, &body) {
        None => write(stream, 404, "", r#"{"error":{"message":"no such path"}}"#).await,
        Some(reply) if body["stream"] == true => write_stream(stream, &reply).await,
        Some(reply) => write(stream, 200, "", &reply.to_string()).await,
    }
}

/// Writes one answer; `headers` are lines that each end in CR LF.
pub async fn write(stream: &mut TcpStream, status: u16, headers: &str, body: &str) -> std::io::Result<()> {
    let length = body.len();
    let answer = format!(
        "HTTP/1.1 {status} x\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
    );
    stream.write_all(answer.as_bytes()).await
}

/// Writes an answer as server-sent events, a few characters each.
async fn write_stream(stream: &mut TcpStream, reply: &Value) -> std::io::Result<()> {
    let choice = &reply["choices"][0];
    let is_chat = choice.get("message").is_some();
    let text = if is_chat { &choice["message"]["content"] } else { &choice["text"] }.as_str().unwrap_or("").to_owned();
    let letters: Vec<char> = text.chars().collect();
    let mut events = String::new();
    let mut event = |choice: Value| {
        let chunk = json!({"id": reply["id"], "model": reply["model"], "choices": [choice]});
        events.push_str(&format!("data: {chunk}\n\n"));
    };
    for piece in letters.chunks(4) {
        let piece: String = piece.iter().collect();
        event(if is_chat {
            json!({"index": 0, "delta": {"content": piece}})
        } else {
            json!({"index": 0, "text": piece})
        });
    }
    event(json!({"index": 0, "delta": {}, "text": "", "finish_reason": "stop"}));
    events.push_str("data: [DONE]\n\n");
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    let whole = format!("{head}{:x}\r\n{events}\r\n0\r\n\r\n", events.len());
    stream.write_all(whole.as_bytes()).await
}
