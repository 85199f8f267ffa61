//! Connections to one endpoint, kept open and used again.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{
    AUTHORIZATION, CONTENT_TYPE, DATE, HOST, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER, USER_AGENT,
};
use hyper::service::Service;
use hyper::{Method, Request, Response, Uri};
use hyper_rustls::{ConfigBuilderExt, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::service::TowerToHyperService;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::address::Address;
use super::fault::{Course, Fault, retry_after};
use super::unusable::ClientFault;
use super::{Endpoint, Timeouts};

type Connection = SendRequest<Full<Bytes>>;

/// Connections to one endpoint.
///
/// As many are opened as there are requests at the same time; each is used again, the last one first, so that the others may
/// grow old and be closed.
pub(crate) struct Http {
    pub(crate) address: Address,
    origin: Uri,
    connector: TowerToHyperService<HttpsConnector<HttpConnector>>,
    headers: HeaderMap,
    timeouts: Timeouts,
    idle: Mutex<Vec<Connection>>,
}

impl Http {
    pub(crate) fn new(endpoint: &Endpoint) -> Result<Self, ClientFault> {
        let address = Address::parse(&endpoint.base_url)?;
        let origin =
            address.origin().map_err(|fault| ClientFault::Header { name: "host".into(), reason: fault.to_string() })?;
        let headers = headers(endpoint, &address)?;
        let mut plain = HttpConnector::new();
        plain.enforce_http(false);
        plain.set_nodelay(true);
        plain.set_connect_timeout(Some(endpoint.timeouts.connect));
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(trust(endpoint, &address)?)
            .https_or_http()
            .enable_http1()
            .wrap_connector(plain);
        let connector = TowerToHyperService::new(connector);
        Ok(Self { address, origin, connector, headers, timeouts: endpoint.timeouts, idle: Mutex::default() })
    }

    /// Sends a body and reads the whole answer; any status but 200 is a fault.
    pub(crate) async fn post(&self, path: &str, body: Bytes) -> Result<Bytes, Fault> {
        self.within(Method::POST, path, body).await
    }

    /// Reads what stands at a path.
    pub(crate) async fn get(&self, path: &str) -> Result<Bytes, Fault> {
        self.within(Method::GET, path, Bytes::new()).await
    }

    async fn within(&self, method: Method, path: &str, body: Bytes) -> Result<Bytes, Fault> {
        let limit = self.timeouts.answer;
        let exchange = self.exchange(method, path, body);
        tokio::time::timeout(limit, exchange).await.unwrap_or_else(|_| {
            let reason = format!("no whole answer came within {} s", limit.as_secs_f64());
            Err(Fault::transport(Course::SlowDown, reason).costly())
        })
    }

    async fn exchange(&self, method: Method, path: &str, body: Bytes) -> Result<Bytes, Fault> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = method;
        *request.headers_mut() = self.headers.clone();
        *request.uri_mut() = path.parse().map_err(|fault: hyper::http::uri::InvalidUri| {
            Fault::transport(Course::Hopeless, format!("`{path}` is no path: {fault}"))
        })?;
        let (response, connection) = self.send(request).await?;
        let (parts, body) = response.into_parts();
        let bytes = read(body, self.timeouts.most_bytes).await?;
        self.keep(connection);
        if parts.status == 200 {
            return Ok(bytes);
        }
        let header = |name: HeaderName| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let wait = retry_after(header(RETRY_AFTER), header(DATE));
        Err(Fault::of_status(parts.status.as_u16(), wait, &bytes))
    }

    /// Sends over an open connection if there is one, else over a new one. A connection may have been closed by the other side
    /// while it lay idle; what was not sent over it is sent over the next.
    async fn send(&self, mut request: Request<Full<Bytes>>) -> Result<(Response<Incoming>, Connection), Fault> {
        loop {
            let kept = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let is_new = kept.is_none();
            let mut connection = match kept {
                Some(connection) => connection,
                None => self.connect().await?,
            };
            let sent = match connection.ready().await {
                Ok(()) => connection.try_send_request(request).await,
                Err(_) if !is_new => continue,
                Err(fault) => return Err(unreachable(&fault)),
            };
            match sent {
                Ok(response) => return Ok((response, connection)),
                Err(mut fault) => match fault.take_message() {
                    Some(unsent) if !is_new => request = unsent,
                    Some(_) => return Err(unreachable(fault.error())),
                    None => return Err(broken(fault.error()).costly()),
                },
            }
        }
    }

    async fn connect(&self) -> Result<Connection, Fault> {
        let connect = async {
            let stream = self.connector.call(self.origin.clone()).await.map_err(|fault| unreachable(&*fault))?;
            handshake(stream).await.map_err(|fault| unreachable(&fault))
        };
        let limit = self.timeouts.connect;
        let made = tokio::time::timeout(limit, connect).await.unwrap_or_else(|_| {
            Err(Fault::transport(Course::Unreachable, format!("no connection within {} s", limit.as_secs_f64())))
        });
        let (connection, driver) = made?;
        tokio::spawn(driver);
        Ok(connection)
    }

    fn keep(&self, connection: Connection) {
        if !connection.is_closed() {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
    }
}

/// Reads a body to its end.
async fn read(mut body: Incoming, most: usize) -> Result<Bytes, Fault> {
    let mut first: Option<Bytes> = None;
    let mut rest = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|fault| broken(&fault).costly())?;
        let Ok(data) = frame.into_data() else { continue };
        if first.as_ref().map_or(0, Bytes::len) + rest.len() + data.len() > most {
            return Err(Fault::transport(Course::Permanent, format!("the answer is longer than {most} bytes")).costly());
        }
        match first {
            None => first = Some(data),
            Some(_) => rest.extend_from_slice(&data),
        }
    }
    let first = first.unwrap_or_default();
    if rest.is_empty() {
        return Ok(first);
    }
    let mut whole = BytesMut::with_capacity(first.len() + rest.len());
    whole.extend_from_slice(&first);
    whole.extend_from_slice(&rest);
    Ok(whole.freeze())
}

/// No connection; where TLS itself refuses, as for a certificate, there will never be one.
fn unreachable(fault: &(dyn std::error::Error + 'static)) -> Fault {
    let course = if is_of_tls(fault) { Course::Hopeless } else { Course::Unreachable };
    Fault::transport(course, format!("no connection: {}", chain(fault)))
}

fn is_of_tls(fault: &(dyn std::error::Error + 'static)) -> bool {
    let inner = fault.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    fault.is::<rustls::Error>() || inner.is_some_and(|inner| is_of_tls(inner)) || fault.source().is_some_and(is_of_tls)
}

fn broken(fault: &hyper::Error) -> Fault {
    let what = if fault.is_parse() { "the answer is no HTTP" } else { "the connection ended before the answer did" };
    Fault::transport(Course::Unreachable, format!("{what}: {}", chain(fault)))
}

/// An error with all that caused it.
fn chain(fault: &(dyn std::error::Error + 'static)) -> String {
    let mut told = fault.to_string();
    let mut cause = fault.source();
    while let Some(fault) = cause {
        let more = fault.to_string();
        if !told.contains(&more) {
            told = format!("{told}: {more}");
        }
        cause = fault.source();
    }
    told
}

fn headers(endpoint: &Endpoint, address: &Address) -> Result<HeaderMap, ClientFault> {
    let mut headers = HeaderMap::new();
    let text = |name: &str, text: &str| {
        let fault = |fault: hyper::header::InvalidHeaderValue| ClientFault::Header {
            name: name.into(),
            reason: fault.to_string(),
        };
        HeaderValue::from_str(text).map_err(fault)
    };
    headers.insert(HOST, text("host", address.authority())?);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(USER_AGENT, HeaderValue::from_static(concat!("daepyo/", env!("CARGO_PKG_VERSION"))));
    if let Some(key) = &endpoint.api_key {
        let mut value = text("authorization", &format!("Bearer {key}"))?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    for (name, value) in &endpoint.headers {
        let fault = |fault: hyper::header::InvalidHeaderName| ClientFault::Header {
            name: name.clone(),
            reason: fault.to_string(),
        };
        headers.insert(HeaderName::from_bytes(name.as_bytes()).map_err(fault)?, text(name, value)?);
    }
    Ok(headers)
}

/// What certificates are trusted: the public roots, or those of a file. Without TLS there is nothing to trust.
fn trust(endpoint: &Endpoint, address: &Address) -> Result<rustls::ClientConfig, ClientFault> {
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|fault| ClientFault::Tls { reason: fault.to_string() })?;
    let builder = match &endpoint.ca_cert {
        _ if !address.is_tls() => builder.with_root_certificates(rustls::RootCertStore::empty()),
        None => builder.with_webpki_roots(),
        Some(path) => builder.with_root_certificates(read_roots(path)?),
    };
    Ok(builder.with_no_client_auth())
}

fn read_roots(path: &Path) -> Result<rustls::RootCertStore, ClientFault> {
    let unread = |reason: String| ClientFault::Certificate { path: path.to_owned(), reason };
    let mut roots = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|fault| unread(fault.to_string()))? {
        let certificate = certificate.map_err(|fault| unread(fault.to_string()))?;
        roots.add(certificate).map_err(|fault| unread(fault.to_string()))?;
    }
    if roots.is_empty() {
        return Err(unread("there is no certificate in it".into()));
    }
    Ok(roots)
}
