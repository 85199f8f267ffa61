//! Requests to a hub: tried again when that helps, followed where they lead, taken up where they broke off.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Incoming;
use hyper::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONTENT_LENGTH, ETAG, HeaderMap, LOCATION, RANGE, RETRY_AFTER, USER_AGENT,
};
use hyper::{Method, Request, Response, StatusCode, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use sha2::{Digest as _, Sha256};

use super::{HubFault, HubOptions, is_name};

type Inner = hyper_util::client::legacy::Client<HttpsConnector<HttpConnector>, Empty<Bytes>>;

/// An answer that is text may have so many bytes.
const LARGEST: usize = 64 << 20;
/// No longer than this is waited, whatever the hub asks for.
const LONGEST: Duration = Duration::from_secs(120);

/// Why a try failed, and whether another may help.
enum Trouble {
    /// Perhaps it passes, after so long.
    Passing(String, Option<Duration>),
    Lasting(HubFault),
}

impl From<HubFault> for Trouble {
    fn from(fault: HubFault) -> Self {
        Self::Lasting(fault)
    }
}

pub(super) struct Client {
    options: HubOptions,
    home: Uri,
}

impl Client {
    pub(super) fn new(options: &HubOptions) -> Result<Self, HubFault> {
        let address = || HubFault::Address(options.endpoint.clone());
        let home: Uri = options.endpoint.trim_end_matches('/').parse().map_err(|_| address())?;
        if home.host().is_none() || !matches!(home.scheme_str(), Some("http" | "https")) {
            return Err(address());
        }
        Ok(Self { options: options.clone(), home })
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.options.endpoint.trim_end_matches('/'))
    }

    /// A small answer.
    pub(super) fn text(&self, url: &str) -> Result<Vec<u8>, HubFault> {
        self.again(url, async |inner: &Inner| {
            let (response, _) = self.follow(inner, Method::GET, parse(url)?, 0).await?;
            let mut body = response.into_body();
            let mut bytes = Vec::new();
            while let Some(piece) = self.piece(&mut body).await? {
                bytes.extend_from_slice(&piece);
                if bytes.len() > LARGEST {
                    return Err(HubFault::Protocol { url: url.into(), reason: "an answer beyond 64 MiB".into() }.into());
                }
            }
            Ok(bytes)
        })
    }

    /// The file at `url` as one in `blobs`, named by its `ETag`.
    pub(super) fn file(&self, url: &str, blobs: &Path) -> Result<PathBuf, HubFault> {
        let etag = self.again(url, async |inner: &Inner| self.etag(inner, url).await)?;
        let blob = blobs.join(&etag);
        if blob.is_file() {
            return Ok(blob);
        }
        // Another process may be fetching the same file; it is done when the lock is ours.
        let _lock = lock(blobs, &etag)?;
        if blob.is_file() {
            return Ok(blob);
        }
        let part = blobs.join(format!("{etag}.incomplete"));
        self.again(url, async |inner: &Inner| self.download(inner, parse(url)?, &part).await)?;
        if is_digest(&etag) {
            let found = digest(&part)?;
            if found != etag {
                drop(std::fs::remove_file(&part));
                return Err(HubFault::Digest { url: url.into(), found, expected: etag });
            }
        }
        std::fs::rename(&part, &blob).map_err(HubFault::disk(&blob))?;
        Ok(blob)
    }

    /// Runs `work` until it succeeds or there is no hope, on a thread of its own: the caller may be in a runtime.
    fn again<T: Send>(
        &self,
        url: &str,
        work: impl AsyncFn(&Inner) -> Result<T, Trouble> + Sync,
    ) -> Result<T, HubFault> {
        let failed = |reason: String, tries| HubFault::Failed { url: url.into(), reason, tries };
        let run = || {
            let mut runtime = tokio::runtime::Builder::new_current_thread();
            let runtime = runtime.enable_all().build().map_err(|fault| failed(fault.to_string(), 0))?;
            runtime.block_on(async {
                let inner = connector();
                let (mut wait, mut tries) = (self.options.wait, 0);
                loop {
                    tries += 1;
                    match work(&inner).await {
                        Ok(done) => return Ok(done),
                        Err(Trouble::Lasting(fault)) => return Err(fault),
                        Err(Trouble::Passing(reason, _)) if tries >= self.options.tries => {
                            return Err(failed(reason, tries));
                        }
                        Err(Trouble::Passing(_, asked)) => tokio::time::sleep(asked.unwrap_or(wait).min(LONGEST)).await,
                    }
                    wait *= 2;
                }
            })
        };
        std::thread::scope(|scope| scope.spawn(run).join())
            .unwrap_or_else(|_| Err(failed("the client broke down".into(), 1)))
    }

    /// Asks without taking the bytes: a file in large-file storage says its digest before it redirects.
    async fn etag(&self, inner: &Inner, url: &str) -> Result<String, Trouble> {
        let (response, way) = self.follow(inner, Method::HEAD, parse(url)?, 0).await?;
        let way = way.iter().chain([response.headers()]);
        let find = |name: &str| way.clone().find_map(|headers| text(headers, name));
        let etag = find("x-linked-etag").or_else(|| find(ETAG.as_str()));
        let etag = etag.map(|etag| etag.trim_start_matches("W/").trim_matches('"').to_owned());
        match etag.filter(|etag| is_name(etag)) {
            Some(etag) => Ok(etag),
            None => Err(HubFault::Protocol { url: url.into(), reason: "the file has no ETag".into() }.into()),
        }
    }

    /// Appends what is missing to `part`.
    async fn download(&self, inner: &Inner, url: Uri, part: &Path) -> Result<(), Trouble> {
        let mut file = OpenOptions::new().create(true).append(true).open(part).map_err(HubFault::disk(part))?;
        let have = file.metadata().map_err(HubFault::disk(part))?.len();
        let (response, _) = self.follow(inner, Method::GET, url, have).await?;
        if response.status() == StatusCode::RANGE_NOT_SATISFIABLE {
            // All of it is here; if not, the digest will say so.
            return Ok(());
        }
        if response.status() != StatusCode::PARTIAL_CONTENT && have > 0 {
            file.set_len(0).map_err(HubFault::disk(part))?;
        }
        let length = text(response.headers(), CONTENT_LENGTH.as_str()).and_then(|length| length.parse::<u64>().ok());
        let (mut body, mut came) = (response.into_body(), 0);
        while let Some(piece) = self.piece(&mut body).await? {
            file.write_all(&piece).map_err(HubFault::disk(part))?;
            came += piece.len() as u64;
        }
        file.sync_all().map_err(HubFault::disk(part))?;
        match length {
            Some(length) if came < length => {
                Err(Trouble::Passing(format!("cut off after {came} of {length} bytes"), None))
            }
            _ => Ok(()),
        }
    }

    async fn piece(&self, body: &mut Incoming) -> Result<Option<Bytes>, Trouble> {
        loop {
            let Some(frame) = self.in_time(body.frame()).await? else { return Ok(None) };
            let frame = frame.map_err(|fault| Trouble::Passing(format!("cut off: {fault}"), None))?;
            if let Ok(bytes) = frame.into_data() {
                return Ok(Some(bytes));
            }
        }
    }

    async fn in_time<T>(&self, work: impl Future<Output = T>) -> Result<T, Trouble> {
        let silent = |_| Trouble::Passing("the hub is silent".into(), None);
        tokio::time::timeout(self.options.patience, work).await.map_err(silent)
    }

    /// Sends and follows redirections; gives the last answer and the headers on the way. A `HEAD` stays with the hub:
    /// where it redirects to often signs addresses for `GET` alone.
    async fn follow(
        &self,
        inner: &Inner,
        method: Method,
        mut url: Uri,
        from: u64,
    ) -> Result<(Response<Incoming>, Vec<HeaderMap>), Trouble> {
        let mut way = Vec::new();
        for _ in 0..10 {
            let request = self.request(&method, &url, from)?;
            let sent = self.in_time(inner.request(request)).await?;
            let response = sent.map_err(|fault| Trouble::Passing(why(&fault), None))?;
            if !response.status().is_redirection() || response.status() == StatusCode::NOT_MODIFIED {
                return check(response, &url).map(|response| (response, way));
            }
            let location = text(response.headers(), LOCATION.as_str());
            let next = location.and_then(|location| resolved(&url, &location));
            let next = next
                .ok_or_else(|| HubFault::Protocol { url: url.to_string(), reason: "redirected to nowhere".into() })?;
            if method == Method::HEAD && next.authority() != self.home.authority() {
                return Ok((response, way));
            }
            way.push(response.headers().clone());
            url = next;
        }
        Err(HubFault::Protocol { url: url.to_string(), reason: "redirected more than ten times".into() }.into())
    }

    fn request(&self, method: &Method, url: &Uri, from: u64) -> Result<Request<Empty<Bytes>>, HubFault> {
        let mut request = Request::builder().method(method).uri(url);
        request = request.header(USER_AGENT, concat!("daepyo/", env!("CARGO_PKG_VERSION")));
        request = request.header(ACCEPT_ENCODING, "identity");
        // The token is for the hub and not for whom it redirects to.
        let same = url.authority() == self.home.authority() && url.scheme() == self.home.scheme();
        if let Some(token) = self.options.token.as_ref().filter(|_| same) {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        if from > 0 {
            request = request.header(RANGE, format!("bytes={from}-"));
        }
        request
            .body(Empty::new())
            .map_err(|fault| HubFault::Protocol { url: url.to_string(), reason: fault.to_string() })
    }
}

/// The lock that `huggingface_hub` takes too: `.locks/datasets--org--name/{etag}.lock` beside the set's folder.
fn lock(blobs: &Path, etag: &str) -> Result<File, HubFault> {
    let home = blobs.parent().unwrap_or(blobs);
    let folder = home.parent().unwrap_or(home).join(".locks").join(home.file_name().unwrap_or_default());
    std::fs::create_dir_all(&folder).map_err(HubFault::disk(&folder))?;
    let path = folder.join(format!("{etag}.lock"));
    let file = OpenOptions::new().create(true).append(true).open(&path).map_err(HubFault::disk(&path))?;
    file.lock().map_err(HubFault::disk(&path))?;
    Ok(file)
}

fn connector() -> Inner {
    let mut http = HttpConnector::new();
    http.enforce_http(false);
    let tls = HttpsConnectorBuilder::new().with_webpki_roots().https_or_http().enable_http1().wrap_connector(http);
    hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build(tls)
}

fn parse(url: &str) -> Result<Uri, HubFault> {
    url.parse().map_err(|_| HubFault::Address(url.into()))
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

fn why(fault: &dyn std::error::Error) -> String {
    let mut text = fault.to_string();
    let mut inner = fault.source();
    while let Some(next) = inner {
        text.push_str(&format!(": {next}"));
        inner = next.source();
    }
    text
}

/// The address that `location` means, seen from `url`.
fn resolved(url: &Uri, location: &str) -> Option<Uri> {
    if location.contains("://") {
        let next: Uri = location.parse().ok()?;
        // From an encrypted address to a plain one is a step that a stranger may have put there.
        return (url.scheme_str() != Some("https") || next.scheme_str() == Some("https")).then_some(next);
    }
    let mut parts = url.clone().into_parts();
    parts.path_and_query = Some(location.parse().ok()?);
    Uri::from_parts(parts).ok()
}

fn check(response: Response<Incoming>, url: &Uri) -> Result<Response<Incoming>, Trouble> {
    let (status, url) = (response.status(), url.to_string());
    match status.as_u16() {
        200..=299 | 416 => Ok(response),
        401 | 403 => Err(HubFault::Denied { url, status: status.as_u16() }.into()),
        404 => Err(HubFault::NotThere { url }.into()),
        408 | 425 | 429 | 500..=599 => {
            let asked = text(response.headers(), RETRY_AFTER.as_str()).and_then(|seconds| seconds.trim().parse().ok());
            Err(Trouble::Passing(format!("status {status}"), asked.map(Duration::from_secs)))
        }
        _ => Err(HubFault::Protocol { url, reason: format!("status {status}") }.into()),
    }
}

fn is_digest(etag: &str) -> bool {
    etag.len() == 64 && etag.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn digest(path: &Path) -> Result<String, HubFault> {
    let mut file = File::open(path).map_err(HubFault::disk(path))?;
    let (mut hasher, mut buffer) = (Sha256::new(), vec![0; 1 << 16]);
    loop {
        let taken = file.read(&mut buffer).map_err(HubFault::disk(path))?;
        if taken == 0 {
            return Ok(hex::encode(hasher.finalize()));
        }
        hasher.update(&buffer[..taken]);
    }
}
