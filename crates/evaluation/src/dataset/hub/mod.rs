//! Sets from a hub: the protocol and the cache of `huggingface_hub`, so that what either has fetched the other finds.
//!
//! `GET {endpoint}/api/datasets/{set}/revision/{revision}` names the files and the commit;
//! `{endpoint}/datasets/{set}/resolve/{commit}/{path}` gives a file, mostly by redirection, with its `ETag`. Files are
//! kept as `datasets--org--name/blobs/{etag}` and linked from `snapshots/{commit}/{path}`; `refs/{revision}` names the
//! commit. A file in large-file storage has its SHA-256 as `ETag` and is checked against it.
//!
//! There is no endpoint by default: the caller gives one.

mod client;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::time::Duration;

use self::client::Client;
use super::json;
use crate::Value;

/// How to speak to a hub.
#[derive(Clone)]
pub struct HubOptions {
    /// The address, such as `https://hub.example`; a mirror or a server of one's own will do.
    pub endpoint: String,
    /// Goes with every request to the endpoint itself, and to no other host.
    pub token: Option<String>,
    /// How often a request is tried that fails for a passing reason.
    pub tries: u32,
    /// How long to wait before the second try; doubles with every further one. `Retry-After` goes before it.
    pub wait: Duration,
    /// How long the hub may be silent.
    pub patience: Duration,
}

impl HubOptions {
    /// Five tries, half a second before the second, a minute of patience, no token.
    pub fn new(endpoint: impl Into<String>) -> Self {
        Self {
            endpoint: endpoint.into(),
            token: None,
            tries: 5,
            wait: Duration::from_millis(500),
            patience: Duration::from_secs(60),
        }
    }
}

impl std::fmt::Debug for HubOptions {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let token = self.token.as_ref().map(|_| "…");
        formatter
            .debug_struct("HubOptions")
            .field("endpoint", &self.endpoint)
            .field("token", &token)
            .finish_non_exhaustive()
    }
}

/// What a hub, or the way to it, refuses.
#[derive(Debug, thiserror::Error)]
pub enum HubFault {
    /// An address that is none.
    #[error("{0} is not an address; give the hub as https://HOST (--hub URL or HF_ENDPOINT)")]
    Address(String),
    /// A set that the hub does not have, or does not show.
    #[error("{url}: not on this hub, or not public; check the name, or give a token that may read it")]
    NotThere {
        /// What was asked for.
        url: String,
    },
    /// A set that asks for consent or a token.
    #[error("{url}: status {status}; the set asks for a token that may read it (HF_TOKEN)")]
    Denied {
        /// What was asked for.
        url: String,
        /// The HTTP status.
        status: u16,
    },
    /// No use in trying again.
    #[error("{url}: {reason} (tried {tries} times)")]
    Failed {
        /// What was asked for.
        url: String,
        /// What went wrong the last time.
        reason: String,
        /// How often it was tried.
        tries: u32,
    },
    /// An answer that is not in the protocol.
    #[error("{url}: {reason}")]
    Protocol {
        /// What was asked for.
        url: String,
        /// What is wrong.
        reason: String,
    },
    /// A file that is not what its digest says.
    #[error("{url}: SHA-256 is {found}, and the hub says {expected}; the file was thrown away, fetch it again")]
    Digest {
        /// The file.
        url: String,
        /// What came.
        found: String,
        /// What should have come.
        expected: String,
    },
    /// The disk says no.
    #[error("{}: {source}", path.display())]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

impl HubFault {
    fn disk(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Disk { path, source }
    }
}

/// A set on a hub at one commit.
pub(super) struct Remote {
    client: Client,
    name: String,
    commit: String,
    paths: Vec<String>,
    home: PathBuf,
}

impl Remote {
    /// Asks the hub for the set's files, and notes the commit in the cache.
    pub(super) fn open(options: &HubOptions, cache: &Path, name: &str, revision: &str) -> Result<Self, HubFault> {
        let client = Client::new(options)?;
        let url = client.url(&format!("/api/datasets/{}/revision/{}", escaped(name, true), escaped(revision, false)));
        let wrong = |reason: &str| HubFault::Protocol { url: url.clone(), reason: reason.into() };
        let answer = json::whole(&client.text(&url)?).map_err(|fault| wrong(fault.reason))?;
        let commit =
            answer.get("sha").and_then(Value::as_str).filter(|sha| is_name(sha)).ok_or_else(|| wrong("no `sha`"))?;
        let siblings = answer.get("siblings").and_then(Value::as_list).ok_or_else(|| wrong("no `siblings`"))?;
        let name_of = |sibling: &Value| sibling.get("rfilename").and_then(Value::as_str).map(str::to_owned);
        let paths: Vec<String> = siblings.iter().filter_map(name_of).collect();
        if let Some(bad) = paths.iter().find(|path| !is_path(path)) {
            return Err(wrong(&format!("a file is named {bad:?}, which leads out of the set")));
        }
        let home = home(cache, name);
        let note = home.join("refs").join(revision);
        if commit != revision && is_path(revision) {
            write(&note, commit.as_bytes())?;
        }
        Ok(Self { client, name: name.into(), commit: commit.into(), paths, home })
    }

    pub(super) fn paths(&self) -> Vec<String> {
        self.paths.clone()
    }

    pub(super) fn place(&self) -> String {
        format!("{}@{}", self.name, self.commit.get(..8).unwrap_or(&self.commit))
    }

    /// The file in the cache, fetched if it is not there.
    pub(super) fn fetch(&self, path: &str) -> Result<PathBuf, HubFault> {
        let link = self.home.join("snapshots").join(&self.commit).join(path);
        if link.is_file() {
            return Ok(link);
        }
        let file = format!("/datasets/{}/resolve/{}/{}", escaped(&self.name, true), self.commit, escaped(path, true));
        let blobs = self.home.join("blobs");
        std::fs::create_dir_all(&blobs).map_err(HubFault::disk(&blobs))?;
        let blob = self.client.file(&self.client.url(&file), &blobs)?;
        place(&blob, &link, path)?;
        Ok(link)
    }
}

/// The folder of a set in the cache as another client left it: the snapshot that `revision` names.
pub(super) fn cached(cache: &Path, name: &str, revision: &str) -> Option<PathBuf> {
    let home = home(cache, name);
    let noted = is_path(revision).then(|| std::fs::read_to_string(home.join("refs").join(revision)).ok()).flatten();
    let commit = noted.as_deref().map_or(revision, str::trim);
    let folder = home.join("snapshots").join(commit);
    (is_name(commit) && folder.is_dir()).then_some(folder)
}

fn home(cache: &Path, name: &str) -> PathBuf {
    cache.join(format!("datasets--{}", name.replace('/', "--")))
}

/// A name that stays in its folder.
fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !name.is_empty() && name.len() <= 128 && !name.starts_with('.') && name.bytes().all(plain)
}

/// A path that stays in its folder.
fn is_path(path: &str) -> bool {
    let fine = |part: &str| !part.is_empty() && part != "." && part != ".." && !part.contains(['\\', '\0']);
    path.split('/').all(fine)
}

fn escaped(text: &str, slash: bool) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            b'/' if slash => out.push('/'),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), HubFault> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(HubFault::disk(folder))?;
    }
    std::fs::write(path, bytes).map_err(HubFault::disk(path))
}

/// Links the blob from the snapshot, by a relative path so that the cache may be moved; copies where links are not had.
fn place(blob: &Path, link: &Path, path: &str) -> Result<(), HubFault> {
    if let Some(folder) = link.parent() {
        std::fs::create_dir_all(folder).map_err(HubFault::disk(folder))?;
    }
    let up = "../".repeat(path.split('/').count() + 1);
    let target = PathBuf::from(up).join("blobs").join(blob.file_name().unwrap_or_default());
    // A dangling link from an earlier time is in the way.
    drop(std::fs::remove_file(link));
    linked(&target, blob, link).map_err(HubFault::disk(link))
}

#[cfg(unix)]
fn linked(target: &Path, _: &Path, link: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(target, link)
}

#[cfg(not(unix))]
fn linked(_: &Path, blob: &Path, link: &Path) -> std::io::Result<()> {
    std::fs::copy(blob, link).map(drop)
}
