//! The client against a server that speaks the hub's protocol, and that misbehaves as hubs and networks do.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};

use sha2::{Digest as _, Sha256};

use super::*;
use crate::dataset::{DatasetOptions, Datasets};
use crate::task::DataConfig;

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// What one request said: `GET /path` and the headers that matter.
#[derive(Clone, Debug)]
struct Seen {
    line: String,
    range: Option<String>,
    token: Option<String>,
}

#[derive(Clone, Default)]
struct Hub {
    /// `data/test.jsonl` is in large-file storage, on another host.
    data: Vec<u8>,
    digest: Option<String>,
    /// The first download is cut off after so many bytes.
    cut: usize,
    /// So many 429 and 503 come first.
    busy: usize,
    status: Option<u16>,
    paths: Vec<&'static str>,
}

struct Server {
    address: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    fn start(hub: Hub) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (log, hub) = (seen.clone(), Arc::new(Mutex::new(hub)));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (log, hub) = (log.clone(), hub.clone());
                std::thread::spawn(move || serve(stream.unwrap(), &log, &hub));
            }
        });
        Self { address, seen }
    }

    fn lines(&self) -> Vec<String> {
        self.seen.lock().unwrap().iter().map(|seen| seen.line.clone()).collect()
    }
}

fn serve(mut stream: TcpStream, log: &Mutex<Vec<Seen>>, hub: &Mutex<Hub>) {
    let port = stream.local_addr().unwrap().port();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    loop {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            if line.trim_end().is_empty() {
                break;
            }
            lines.push(line.trim_end().to_owned());
        }
        let header = |name: &str| {
            let find = |line: &String| {
                line.split_once(": ")
                    .filter(|(key, _)| key.eq_ignore_ascii_case(name))
                    .map(|(_, value)| value.to_owned())
            };
            lines.iter().find_map(find)
        };
        let line = lines[0].trim_end_matches(" HTTP/1.1").to_owned();
        log.lock().unwrap().push(Seen { line: line.clone(), range: header("range"), token: header("authorization") });
        let (answer, close) = reply(&mut hub.lock().unwrap(), &line, header("range").as_deref(), port);
        if stream.write_all(&answer).is_err() || close {
            return;
        }
    }
}

/// An answer, and whether the connection ends with it.
fn reply(hub: &mut Hub, line: &str, range: Option<&str>, port: u16) -> (Vec<u8>, bool) {
    let head = |status: &str, headers: &str, length: usize| {
        format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\n\r\n").into_bytes()
    };
    if hub.busy > 0 {
        hub.busy -= 1;
        let status = if hub.busy.is_multiple_of(2) { "503 Busy" } else { "429 Too Many" };
        return (head(status, "retry-after: 0\r\n", 0), false);
    }
    if let Some(status) = hub.status {
        return (head(&format!("{status} No"), "", 0), false);
    }
    let digest = hub.digest.clone().unwrap_or_else(|| hex::encode(Sha256::digest(&hub.data)));
    let (method, path) = line.split_once(' ').unwrap();
    let resolve = format!("/datasets/org/name/resolve/{COMMIT}/");
    if path == "/api/datasets/org/name/revision/main" {
        let files: Vec<String> = hub.paths.iter().map(|path| format!("{{\"rfilename\":\"{path}\"}}")).collect();
        let body = format!("{{\"id\":\"org/name\",\"sha\":\"{COMMIT}\",\"siblings\":[{}]}}", files.join(","));
        return ([head("200 OK", "", body.len()), body.into_bytes()].concat(), false);
    }
    match path.strip_prefix(&resolve) {
        Some("README.md") => {
            let body = if method == "HEAD" { "" } else { "# no card\n" };
            ([head("200 OK", "etag: W/\"a0b1\"\r\n", 10), body.into()].concat(), false)
        }
        Some("data/test.jsonl") => {
            // Another name for the same machine is another host.
            let headers =
                format!("etag: \"x\"\r\nx-linked-etag: \"{digest}\"\r\nlocation: http://localhost:{port}/store\r\n");
            (head("302 Found", &headers, 0), false)
        }
        _ if path == "/store" => {
            let from =
                range.map_or(0, |range| range.trim_start_matches("bytes=").trim_end_matches('-').parse().unwrap());
            let rest = hub.data.get(from..).unwrap_or_default().to_vec();
            let status = if range.is_some() { "206 Partial Content" } else { "200 OK" };
            let cut = std::mem::take(&mut hub.cut);
            let sent = if cut > 0 { &rest[..cut] } else { &rest[..] };
            ([head(status, "", rest.len()), sent.to_vec()].concat(), cut > 0)
        }
        _ => (head("404 Not Found", "", 0), false),
    }
}

fn hub() -> Hub {
    let data = (0..500).map(|number| format!("{{\"a\":{number}}}\n")).collect::<String>().into_bytes();
    Hub { data, paths: vec!["README.md", "data/test.jsonl", ".gitattributes"], ..Hub::default() }
}

fn options(server: &Server) -> HubOptions {
    HubOptions { token: Some("secret".into()), wait: Duration::from_millis(1), ..HubOptions::new(&server.address) }
}

fn open(options: Option<HubOptions>, cache: &Path, offline: bool) -> Result<BTreeMap<String, usize>, String> {
    let options = DatasetOptions {
        hub: options,
        hub_cache: Some(cache.join("hub")),
        cache: cache.join("own"),
        offline,
        ..DatasetOptions::default()
    };
    let config = DataConfig { path: Some("org/name".into()), ..DataConfig::default() };
    let splits = Datasets::new(options).open(&config, cache).map_err(|fault| fault.to_string())?;
    Ok(splits.iter().map(|(split, rows)| (split.clone(), rows.len())).collect())
}

#[test]
fn a_set_is_fetched_once_into_the_shared_cache() {
    let (server, cache) = (Server::start(hub()), tempfile::tempdir().unwrap());
    let expected = BTreeMap::from([("test".to_owned(), 500)]);
    assert_eq!(open(Some(options(&server)), cache.path(), false), Ok(expected.clone()));
    let home = cache.path().join("hub/datasets--org--name");
    assert_eq!(std::fs::read_to_string(home.join("refs/main")).unwrap(), COMMIT);
    let digest = hex::encode(Sha256::digest(hub().data));
    assert!(home.join("blobs").join(&digest).is_file());
    assert!(home.join("blobs/a0b1").is_file());
    let link = home.join("snapshots").join(COMMIT).join("data/test.jsonl");
    assert_eq!(std::fs::read_link(&link).unwrap(), Path::new("../../../blobs").join(&digest));
    let first = server.lines();
    let file = format!("/datasets/org/name/resolve/{COMMIT}");
    let expected_lines = [
        "GET /api/datasets/org/name/revision/main".to_owned(),
        format!("HEAD {file}/README.md"),
        format!("GET {file}/README.md"),
        format!("HEAD {file}/data/test.jsonl"),
        format!("GET {file}/data/test.jsonl"),
        "GET /store".to_owned(),
    ];
    assert_eq!(first, expected_lines);
    // Only the hub itself gets the token.
    let store = server
        .seen
        .lock()
        .unwrap()
        .iter()
        .map(|seen| (seen.line == "GET /store", seen.token.clone()))
        .collect::<Vec<_>>();
    assert!(store.iter().all(|(store, token)| *store == token.is_none()), "{store:?}");
    // Again: one question, no file. Offline: not even that. Without a hub: the same.
    assert_eq!(open(Some(options(&server)), cache.path(), false), Ok(expected.clone()));
    assert_eq!(server.lines().len(), first.len() + 1);
    assert_eq!(open(Some(options(&server)), cache.path(), true), Ok(expected.clone()));
    assert_eq!(open(None, cache.path(), false), Ok(expected));
    assert_eq!(server.lines().len(), first.len() + 1);
}

#[test]
fn a_cut_stream_is_taken_up_where_it_broke_off() {
    let (server, cache) = (Server::start(Hub { cut: 1234, ..hub() }), tempfile::tempdir().unwrap());
    assert_eq!(open(Some(options(&server)), cache.path(), false).unwrap()["test"], 500);
    let ranges: Vec<_> = server
        .seen
        .lock()
        .unwrap()
        .iter()
        .filter(|seen| seen.line == "GET /store")
        .map(|seen| seen.range.clone())
        .collect();
    assert_eq!(ranges, [None, Some("bytes=1234-".to_owned())]);
    let blobs = std::fs::read_dir(cache.path().join("hub/datasets--org--name/blobs")).unwrap();
    assert!(blobs.map(|blob| blob.unwrap().file_name()).all(|name| !name.to_string_lossy().ends_with("incomplete")));
}

#[test]
fn a_busy_hub_is_asked_again_and_a_hopeless_one_is_not() {
    let (server, cache) = (Server::start(Hub { busy: 4, ..hub() }), tempfile::tempdir().unwrap());
    assert_eq!(open(Some(options(&server)), cache.path(), false).unwrap()["test"], 500);
    assert_eq!(server.lines()[..5], vec!["GET /api/datasets/org/name/revision/main"; 5]);
    let table = [
        (Hub { busy: 5, ..hub() }, "status 503 Service Unavailable (tried 5 times)", 5),
        (Hub { status: Some(401), ..hub() }, "the set asks for a token", 1),
        (Hub { status: Some(404), ..hub() }, "not on this hub, or not public", 1),
        (Hub { status: Some(418), ..hub() }, "status 418", 1),
    ];
    for (hub, message, asked) in table {
        let (server, cache) = (Server::start(hub), tempfile::tempdir().unwrap());
        let fault = open(Some(options(&server)), cache.path(), false).unwrap_err();
        assert!(fault.contains(message), "{fault}");
        assert_eq!(server.lines().len(), asked);
    }
}

#[test]
fn a_file_with_another_digest_is_thrown_away() {
    let wrong = "5".repeat(64);
    let (server, cache) = (Server::start(Hub { digest: Some(wrong.clone()), ..hub() }), tempfile::tempdir().unwrap());
    let fault = open(Some(options(&server)), cache.path(), false).unwrap_err();
    assert!(fault.contains(&format!("and the hub says {wrong}")), "{fault}");
    let home = cache.path().join("hub/datasets--org--name");
    let blobs: Vec<_> = std::fs::read_dir(home.join("blobs")).unwrap().map(|blob| blob.unwrap().file_name()).collect();
    assert_eq!(blobs, ["a0b1"]);
    assert!(!home.join("snapshots").join(COMMIT).join("data/test.jsonl").exists());
}

#[test]
fn names_that_lead_out_of_the_cache_are_refused() {
    for path in ["../x.jsonl", "/etc/x.jsonl", "a//b.jsonl", "a/./b.jsonl"] {
        let (server, cache) = (Server::start(Hub { paths: vec![path], ..hub() }), tempfile::tempdir().unwrap());
        let fault = open(Some(options(&server)), cache.path(), false).unwrap_err();
        assert!(fault.contains("leads out of the set"), "{path}: {fault}");
    }
    let (server, cache) =
        (Server::start(Hub { digest: Some("../../x".into()), ..hub() }), tempfile::tempdir().unwrap());
    assert!(open(Some(options(&server)), cache.path(), false).unwrap_err().contains("has no ETag"));
}

#[test]
fn without_a_hub_or_offline_nothing_is_asked() {
    let (server, cache) = (Server::start(hub()), tempfile::tempdir().unwrap());
    let offline = open(Some(options(&server)), cache.path(), true).unwrap_err();
    assert!(offline.contains("not fetched, as this run is offline"), "{offline}");
    assert!(open(None, cache.path(), false).unwrap_err().contains("no hub is given (--hub URL or HF_ENDPOINT)"));
    assert!(server.lines().is_empty());
    for address in ["hub.example", "ftp://hub.example", ""] {
        assert!(open(Some(HubOptions::new(address)), cache.path(), false).unwrap_err().contains("is not an address"));
    }
    assert!(!format!("{:?}", options(&server)).contains("secret"));
}
