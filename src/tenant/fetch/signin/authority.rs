//! Talking to the sign-in authority of the cloud, and to what gives a pipeline its token: one POST or GET, tried a few
//! times, that goes to one origin and follows nothing elsewhere.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, DATE, HeaderMap, HeaderName, RETRY_AFTER};
use reqwest::{Method, Url};
use serde::Deserialize;
use serde_json::Value;

use super::super::answer;
use super::super::client::{chain, http_client, words};
use super::super::roots::Roots;
use super::super::secret::Secret;
use super::SignInError;

/// Answers of an authority are small.
const MAX_BODY: usize = 1 << 20;
const ATTEMPTS: u32 = 4;
const REQUEST: Duration = Duration::from_secs(30);
/// Longer waits are for the caller to take.
const MAX_WAIT: Duration = Duration::from_secs(60);
/// A clock that is off by less has no part in a refusal.
const SKEW: SignedDuration = SignedDuration::from_secs(60);

const UNREACHABLE: &str = "check the network, the proxy settings (HTTPS_PROXY) and `--cloud`";

/// An access token and how long it is good for.
#[derive(Clone, Debug)]
pub(super) struct Grant {
    pub(super) token: Secret,
    pub(super) lifetime: Duration,
    /// For another token without asking again.
    pub(super) refresh: Option<Secret>,
}

/// No token, by the authority's own words.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    /// `invalid_client`, `authorization_pending` …
    pub(super) kind: String,
    pub(super) code: Option<u32>,
    pub(super) said: String,
}

/// What an authority does not give.
#[derive(Debug)]
pub(super) enum Failure {
    Refused(Refusal),
    Other(SignInError),
}

impl Failure {
    /// With help for what the numbers do not explain.
    pub(super) fn explained(self, otherwise: &str) -> SignInError {
        match self {
            Self::Refused(refusal) => SignInError::refused(&refusal.said, refusal.code, otherwise),
            Self::Other(error) => error,
        }
    }
}

/// The authority of a cloud, for one tenant.
pub(super) struct Authority {
    http: reqwest::Client,
    base: String,
}

#[derive(Deserialize)]
struct RawRefusal {
    error: String,
    error_description: Option<String>,
    error_codes: Option<Vec<u32>>,
}

#[derive(Deserialize)]
struct RawGrant {
    access_token: String,
    expires_in: Option<Value>,
    refresh_token: Option<String>,
}

/// A time in seconds: some endpoints write it as a text.
pub(super) fn seconds(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

impl Authority {
    pub(super) fn new(roots: &Roots, tenant: &str) -> Result<Self, SignInError> {
        let Some(login) = roots.login() else {
            return Err(no_answer(format!("cloud `{}` names no authority", roots.name)));
        };
        let base = format!("{}/{tenant}/oauth2/v2.0", login.as_str().trim_end_matches('/'));
        Ok(Self { http: http(login)?, base })
    }

    /// The address of the token endpoint.
    pub(super) fn token_address(&self) -> String {
        format!("{}/token", self.base)
    }

    /// A token for a form.
    pub(super) async fn token(&self, form: &[(&str, &str)]) -> Result<Grant, Failure> {
        let body = self.post("token", form).await?;
        let raw: RawGrant = serde_json::from_str(&body).map_err(|_| {
            // The error would repeat a part of the answer.
            Failure::Other(no_answer("the authority's answer holds no access token".to_owned()))
        })?;
        let token = Secret::token(&raw.access_token, "the authority's answer")
            .map_err(|error| Failure::Other(no_answer(error.to_string())))?;
        let seconds = raw.expires_in.as_ref().and_then(seconds);
        // Without a word about it, as long as Microsoft's tokens are good for at least.
        let lifetime = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        let refresh = raw.refresh_token.filter(|text| !text.is_empty()).map(Secret::new);
        Ok(Grant { token, lifetime: lifetime.unwrap_or(Duration::from_secs(3600)), refresh })
    }

    /// The JSON that answers a form.
    pub(super) async fn post(&self, endpoint: &str, form: &[(&str, &str)]) -> Result<String, Failure> {
        let url = Url::parse(&format!("{}/{endpoint}", self.base))
            .map_err(|error| Failure::Other(no_answer(format!("the authority has no address: {error}"))))?;
        let request = || self.http.post(url.clone()).header(ACCEPT, "application/json").form(form);
        let answer = exchange(request, "the authority").await.map_err(Failure::Other)?;
        if (200..300).contains(&answer.status) {
            return Ok(answer.body);
        }
        let Ok(raw) = serde_json::from_str::<RawRefusal>(&answer.body) else {
            return Err(Failure::Other(no_answer(format!(
                "the authority answered {} without its error object ({}): a proxy may have answered, or `--cloud` is another",
                answer.status,
                answer::kind_words(answer.kind.as_deref())
            ))));
        };
        let mut said = raw.error_description.filter(|text| !text.is_empty()).unwrap_or_else(|| raw.error.clone());
        // The service has no reason to repeat them; should it do so, nobody sees them.
        let hidden = ["client_secret", "client_assertion", "device_code", "refresh_token"];
        for (name, value) in form {
            if hidden.contains(name) && !value.is_empty() {
                said = said.replace(value, "***");
            }
        }
        let skew = answer.date.map(|date| date.duration_since(Timestamp::now()));
        if let Some(skew) = skew.filter(|skew| skew.abs() > SKEW) {
            let way = if skew.is_negative() { "ahead of" } else { "behind" };
            said = format!("this machine's clock is {} s {way} the authority's; {said}", skew.abs().as_secs());
        }
        let code = raw.error_codes.and_then(|codes| codes.first().copied());
        Err(Failure::Refused(Refusal { kind: raw.error, code, said }))
    }
}

/// A request of a pipeline's service for its token: the JSON that answers it.
pub(super) async fn ask(
    method: Method,
    url: &Url,
    token: &Secret,
    headers: HeaderMap,
    who: &str,
    help: &str,
) -> Result<Value, SignInError> {
    let http = http(url)?;
    let bearer = token.bearer().ok_or_else(|| no_answer(format!("the token for {who} is no header value")))?;
    let request = || {
        let mut request = http
            .request(method.clone(), url.clone())
            .header(AUTHORIZATION, bearer.clone())
            .header(ACCEPT, "application/json")
            .headers(headers.clone());
        if method == Method::POST {
            request = request.header(CONTENT_TYPE, "application/json").body("");
        }
        request
    };
    let answer = exchange(request, who).await?;
    if !(200..300).contains(&answer.status) {
        let said = answer::harmless(&answer.body.replace(token.expose(), "***"));
        return Err(SignInError::Refused {
            code: None,
            message: format!("{who} gave no token: {} {said}", answer.status),
            help: help.to_owned(),
        });
    }
    serde_json::from_str(&answer.body).map_err(|_| SignInError::NoAnswer {
        message: format!("the answer of {who} is no JSON ({})", answer::kind_words(answer.kind.as_deref())),
        help: help.to_owned(),
    })
}

fn http(origin: &Url) -> Result<reqwest::Client, SignInError> {
    http_client(origin.scheme() == "http", REQUEST).map_err(no_answer)
}

fn no_answer(message: String) -> SignInError {
    SignInError::NoAnswer { message, help: UNREACHABLE.to_owned() }
}

struct Answer {
    status: u16,
    kind: Option<String>,
    date: Option<Timestamp>,
    body: String,
}

/// Sends until something answers that is no passing fault.
async fn exchange(request: impl Fn() -> reqwest::RequestBuilder, who: &str) -> Result<Answer, SignInError> {
    let mut wait = Duration::from_millis(300);
    let mut tried = 0_u32;
    loop {
        tried = tried.saturating_add(1);
        let (why, after) = match tokio::time::timeout(REQUEST, once(request())).await {
            Ok(Ok((answer, after))) if matches!(answer.status, 408 | 429 | 500 | 502 | 503 | 504) => {
                // An authority in trouble may still say something; the last word is for the caller.
                if tried >= ATTEMPTS || after.is_some_and(|after| after > MAX_WAIT) {
                    return Ok(answer);
                }
                (String::new(), after)
            }
            Ok(Ok((answer, _))) if (300..400).contains(&answer.status) => {
                return Err(no_answer(format!(
                    "{who} answered {} with a redirect, which is not followed",
                    answer.status
                )));
            }
            Ok(Ok((answer, _))) => return Ok(answer),
            Ok(Err(why)) => (why, None),
            Err(_) => (format!("no whole answer within {}", words(REQUEST)), None),
        };
        if tried >= ATTEMPTS {
            return Err(no_answer(format!("{who} could not be asked: {why} (after {tried} attempts)")));
        }
        tokio::time::sleep(after.unwrap_or(wait)).await;
        wait = wait.saturating_mul(2);
    }
}

async fn once(request: reqwest::RequestBuilder) -> Result<(Answer, Option<Duration>), String> {
    // Without the address: a pipeline's has ids in it.
    let mut answer = request.send().await.map_err(|error| chain(&error.without_url()))?;
    let header = |name: HeaderName| answer.headers().get(name).and_then(|value| value.to_str().ok());
    let date = header(DATE).and_then(answer::http_date);
    let after = header(RETRY_AFTER).and_then(|value| answer::retry_after(value, date));
    let kind = header(CONTENT_TYPE).map(str::to_owned);
    let status = answer.status().as_u16();
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| chain(&error.without_url()))? {
        if body.len().saturating_add(chunk.len()) > MAX_BODY {
            return Err(format!("an answer of more than {MAX_BODY} bytes"));
        }
        body.extend_from_slice(&chunk);
    }
    let body = String::from_utf8_lossy(&body);
    let body = body.strip_prefix('\u{feff}').unwrap_or(&body).to_owned();
    Ok((Answer { status, kind, date, body }, after))
}
