//! A server on a thread of its own, and a client that knows no more of HTTP than it must.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::thread::JoinHandle;
use std::time::Duration;

use model::folder::Model;
use model::serve::{Options, ServeFault, serve};
use serde_json::Value;
use tokio::sync::oneshot;

pub(crate) const NAME: &str = "tiny";

pub(crate) fn options() -> Options {
    Options { workers: 2, ..Options::new(NAME, || 1_790_000_000) }
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<Result<(), ServeFault>>>,
}

impl Server {
    pub(crate) fn start(model: Model, options: Options) -> Self {
        let (stop, stopped) = oneshot::channel();
        let (tell, told) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
                tell.send(listener.local_addr().expect("an address")).expect("the test waits");
                serve(model, options, listener, async { _ = stopped.await }).await
            })
        });
        let address = told.recv().expect("the server starts");
        Self { address, stop: Some(stop), thread: Some(thread) }
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, body.to_string().as_bytes())
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.send("GET", path, b"")
    }

    pub(crate) fn send(&self, method: &str, path: &str, body: &[u8]) -> Answer {
        let mut stream = self.open(method, path, body);
        let mut all = Vec::new();
        stream.read_to_end(&mut all).expect("an answer");
        Answer::parse(&all)
    }

    /// Sends a request and leaves the answer to the caller.
    pub(crate) fn open(&self, method: &str, path: &str, body: &[u8]) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).expect("the server listens");
        stream.set_read_timeout(Some(Duration::from_secs(120))).expect("a timeout");
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).expect("the head is sent");
        // A server that has heard enough may hang up before the end.
        let _ = stream.write_all(body);
        stream
    }

    /// Tells the server to stop, without waiting.
    pub(crate) fn tell_to_stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }

    /// Waits for the server to end.
    pub(crate) fn end(mut self) -> Result<(), ServeFault> {
        self.tell_to_stop();
        self.thread.take().expect("it ends once").join().expect("no panic")
    }
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: String,
    pub(crate) body: String,
}

impl Answer {
    fn parse(all: &[u8]) -> Self {
        let border = all.windows(4).position(|window| window == b"\r\n\r\n").expect("a head");
        let headers = String::from_utf8_lossy(&all[..border]).to_lowercase();
        let status = headers.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        let body = &all[border + 4..];
        let body = if headers.contains("transfer-encoding: chunked") { joined(body) } else { body.to_vec() };
        Self { status, headers, body: String::from_utf8(body).expect("text") }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|fault| panic!("{fault}: {}", self.body))
    }

    /// The answer to a request that must succeed.
    pub(crate) fn good(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        self.json()
    }

    /// The data of server-sent events.
    pub(crate) fn events(&self) -> Vec<Value> {
        assert_eq!(self.status, 200, "{}", self.body);
        let mut data: Vec<&str> = self.body.split("\n\n").filter_map(|event| event.strip_prefix("data: ")).collect();
        assert_eq!(data.pop(), Some("[DONE]"));
        data.into_iter().map(|data| serde_json::from_str(data).expect("JSON")).collect()
    }
}

/// The body behind the chunks.
fn joined(mut chunks: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let line = chunks.windows(2).position(|window| window == b"\r\n").expect("a length");
        let length = usize::from_str_radix(std::str::from_utf8(&chunks[..line]).expect("hex"), 16).expect("hex");
        if length == 0 {
            return body;
        }
        body.extend_from_slice(&chunks[line + 2..line + 2 + length]);
        chunks = &chunks[line + 4 + length..];
    }
}
