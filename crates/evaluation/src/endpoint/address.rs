//! Base URLs.

use std::fmt;

use hyper::Uri;
use hyper::http::uri::{Authority, Scheme};

/// Why a base URL cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressFault {
    /// It is no URL.
    #[error("`{url}` is no URL: {reason}; give one such as http://127.0.0.1:8000/v1")]
    Malformed {
        /// What was given.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// It is neither `http` nor `https`.
    #[error("`{url}` is neither http nor https; give a URL such as http://127.0.0.1:8000/v1")]
    Scheme {
        /// What was given.
        url: String,
    },
}

/// A base URL, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    scheme: Scheme,
    authority: Authority,
    /// Without a last slash; empty at the root.
    path: String,
    /// With its question mark; sent with every request, and no part of the identity, as some put keys there.
    query: String,
}

impl Address {
    pub(crate) fn parse(url: &str) -> Result<Self, AddressFault> {
        let malformed = |reason: String| AddressFault::Malformed { url: url.into(), reason };
        let uri: Uri =
            url.trim().parse().map_err(|fault: hyper::http::uri::InvalidUri| malformed(fault.to_string()))?;
        let parts = uri.into_parts();
        let (Some(scheme), Some(authority)) = (parts.scheme, parts.authority) else {
            return Err(malformed("it has no scheme or no host".into()));
        };
        if scheme != Scheme::HTTP && scheme != Scheme::HTTPS {
            return Err(AddressFault::Scheme { url: url.into() });
        }
        if authority.as_str().contains('@') {
            let url = format!("{scheme}://…@…");
            let reason = "it holds a user name, and addresses end up in files; give keys apart from it".into();
            return Err(AddressFault::Malformed { url, reason });
        }
        let query = parts.path_and_query.as_ref().and_then(|path| path.query());
        let query = query.map_or_else(String::new, |query| format!("?{query}"));
        let path = parts.path_and_query.as_ref().map_or("", |path| path.path()).trim_end_matches('/');
        let path =
            ["/chat/completions", "/completions"].into_iter().find_map(|end| path.strip_suffix(end)).unwrap_or(path);
        let plain = authority.as_str().to_ascii_lowercase();
        let default_port = if scheme == Scheme::HTTP { ":80" } else { ":443" };
        let plain = plain.strip_suffix(default_port).unwrap_or(&plain);
        let authority = plain.parse().map_err(|fault: hyper::http::uri::InvalidUri| malformed(fault.to_string()))?;
        Ok(Self { scheme, authority, path: path.trim_end_matches('/').to_owned(), query })
    }

    /// What a connection is made to.
    pub(crate) fn origin(&self) -> Result<Uri, hyper::http::Error> {
        Uri::builder().scheme(self.scheme.clone()).authority(self.authority.clone()).path_and_query("/").build()
    }

    pub(crate) fn is_tls(&self) -> bool {
        self.scheme == Scheme::HTTPS
    }

    pub(crate) fn authority(&self) -> &str {
        self.authority.as_str()
    }

    /// A path of the protocol, such as `/completions`.
    pub(crate) fn under_base(&self, path: &str) -> String {
        format!("{}{path}{}", self.path, self.query)
    }

    /// A path beside the protocol, such as `/tokenize`: vLLM has it next to `/v1`, not in it.
    pub(crate) fn under_root(&self, path: &str) -> String {
        format!("{}{path}{}", self.path.strip_suffix("/v1").unwrap_or(&self.path), self.query)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}://{}{}", self.scheme, self.authority, self.path)
    }
}
