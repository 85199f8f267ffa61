//! Which path is answered by whom.

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::routing::{get, post};
use futures_util::StreamExt as _;
use serde_json::{Value, json};

use super::desk::Desk;
use super::fault::{ApiFault, json_response};
use super::fields::Fields;
use super::{chat, completion, tokens};

type Shared = State<Arc<Desk>>;

/// All paths.
pub(crate) fn router(desk: Arc<Desk>) -> Router {
    Router::new()
        .route("/v1/models", get(models))
        .route("/v1/models/{*name}", get(model))
        .route("/v1/completions", post(completions))
        .route("/v1/chat/completions", post(chat_completions))
        .route("/tokenize", post(tokenize))
        .route("/detokenize", post(detokenize))
        .route("/tokenizer_info", get(async |State(desk): Shared| tokens::info(&desk)))
        .route("/health", get(health))
        .route("/metrics", get(metrics))
        .fallback(async || {
            let message = "there is nothing at this path; try /v1/models, /v1/completions, /v1/chat/completions, \
                           /tokenize, /detokenize, /tokenizer_info, /health or /metrics";
            ApiFault::new(StatusCode::NOT_FOUND, message).response()
        })
        .method_not_allowed_fallback(async || {
            let message = "this path is asked in another way: /v1/completions, /v1/chat/completions, /tokenize and \
                           /detokenize with POST, all others with GET";
            ApiFault::new(StatusCode::METHOD_NOT_ALLOWED, message).response()
        })
        .with_state(desk)
}

/// The whole body, unless it is too long or too slow.
async fn read(desk: &Desk, request: Request) -> Result<Fields, ApiFault> {
    let most = desk.options.most_body;
    let too_long = || {
        let message = format!("the body is longer than {most} bytes: send fewer prompts at a time");
        ApiFault::new(StatusCode::PAYLOAD_TOO_LARGE, message)
    };
    let all = async {
        let mut stream = request.into_body().into_data_stream();
        let mut body = Vec::new();
        while let Some(part) = stream.next().await {
            let broken = |_| ApiFault::new(StatusCode::BAD_REQUEST, "the body broke off before its end");
            let part = part.map_err(broken)?;
            if body.len() + part.len() > most {
                return Err(too_long());
            }
            body.extend_from_slice(&part);
        }
        Ok(body)
    };
    let slow = |_| {
        let message = format!("the body did not arrive within {} s", desk.options.body_time.as_secs());
        ApiFault::new(StatusCode::REQUEST_TIMEOUT, message)
    };
    let body = tokio::time::timeout(desk.options.body_time, all).await.map_err(slow)??;
    Fields::parse(&body)
}

/// Writes down what became of a request.
fn note(desk: &Desk, route: &'static str, start: Instant, result: Result<Response<Body>, ApiFault>) -> Response<Body> {
    let response = result.unwrap_or_else(|fault| fault.response());
    desk.metrics.answered(route, response.status().as_u16(), start.elapsed());
    response
}

async fn completions(State(desk): Shared, request: Request) -> Response<Body> {
    let start = Instant::now();
    let result = match read(&desk, request).await {
        Ok(fields) => completion::answer(&desk, fields).await,
        Err(fault) => Err(fault),
    };
    note(&desk, "/v1/completions", start, result)
}

async fn chat_completions(State(desk): Shared, request: Request) -> Response<Body> {
    let start = Instant::now();
    let result = match read(&desk, request).await {
        Ok(fields) => chat::answer(&desk, fields).await,
        Err(fault) => Err(fault),
    };
    note(&desk, "/v1/chat/completions", start, result)
}

async fn tokenize(State(desk): Shared, request: Request) -> Response<Body> {
    let start = Instant::now();
    let result = read(&desk, request).await.and_then(|fields| tokens::tokenize(&desk, fields));
    note(&desk, "/tokenize", start, result)
}

async fn detokenize(State(desk): Shared, request: Request) -> Response<Body> {
    let start = Instant::now();
    let result = read(&desk, request).await.and_then(|fields| tokens::detokenize(&desk, fields));
    note(&desk, "/detokenize", start, result)
}

fn card(desk: &Desk) -> Value {
    json!({
        "id": desk.options.name,
        "object": "model",
        "created": desk.started,
        "owned_by": "daepyo",
        "root": desk.options.name,
        "parent": null,
        "max_model_len": desk.limit,
        "permission": [],
    })
}

async fn models(State(desk): Shared) -> Response<Body> {
    json_response(StatusCode::OK, &json!({ "object": "list", "data": [card(&desk)] }))
}

async fn model(State(desk): Shared, Path(name): Path<String>) -> Response<Body> {
    if name == desk.options.name {
        return json_response(StatusCode::OK, &card(&desk));
    }
    desk.unknown_model(&name).response()
}

async fn health(State(desk): Shared) -> Response<Body> {
    if desk.queue.is_whole(desk.options.workers) {
        return json_response(StatusCode::OK, &json!({ "status": "ok" }));
    }
    let fault = ApiFault { status: StatusCode::SERVICE_UNAVAILABLE, ..ApiFault::worker_stopped() };
    fault.response()
}

async fn metrics(State(desk): Shared) -> Response<Body> {
    let mut response = Response::new(Body::from(desk.metrics.text(desk.queue.waiting())));
    let kind = HeaderValue::from_static("text/plain; version=0.0.4");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}
