//! What went wrong with a request, in the shape that OpenAI's clients read.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use serde_json::json;

/// Why a request is not answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiFault {
    pub(crate) status: StatusCode,
    pub(crate) message: String,
    /// The field that is wrong.
    pub(crate) field: Option<String>,
    pub(crate) code: Option<&'static str>,
    /// Seconds after which another try makes sense.
    pub(crate) retry_after: Option<u64>,
}

impl ApiFault {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), field: None, code: None, retry_after: None }
    }

    /// A field holds what it may not hold.
    pub(crate) fn field(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: Some(field.into()), ..Self::new(StatusCode::BAD_REQUEST, message) }
    }

    pub(crate) fn with_code(self, code: &'static str) -> Self {
        Self { code: Some(code), ..self }
    }

    /// The server's own failure.
    pub(crate) fn worker_stopped() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the thread that computes the answer has stopped; restart the server",
        )
    }

    pub(crate) fn overloaded(retry_after: u64) -> Self {
        let message = format!("the server is working on as many requests as it takes; try again in {retry_after} s");
        let fault = Self::new(StatusCode::TOO_MANY_REQUESTS, message).with_code("rate_limit_exceeded");
        Self { retry_after: Some(retry_after), ..fault }
    }

    /// The body of the answer.
    pub(crate) fn body(&self) -> serde_json::Value {
        let kind = match self.status.as_u16() {
            429 => "rate_limit_error",
            500.. => "server_error",
            _ => "invalid_request_error",
        };
        json!({ "error": { "message": self.message, "type": kind, "param": self.field, "code": self.code } })
    }

    pub(crate) fn response(&self) -> Response<Body> {
        let mut response = json_response(self.status, &self.body());
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// An answer of JSON.
pub(crate) fn json_response(status: StatusCode, body: &impl serde::Serialize) -> Response<Body> {
    let (status, bytes) = match serde_json::to_vec(body) {
        Ok(bytes) => (status, bytes),
        // No type of ours fails; a float that is none would be written as null.
        Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, Vec::new()),
    };
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
