//! One HTTP exchange, tried until it succeeds, cannot succeed, or the time is over.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::error::Error as _;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, DATE, HeaderMap, LOCATION, RETRY_AFTER};
use reqwest::{Method, StatusCode, Url, redirect};
use serde_json::value::RawValue;

use super::answer::{self, Verdict};
use super::error::ReadError;
use super::roots::Base;
use super::secret::Secret;
use super::signin::{Audience, SignInError, Source};
use super::{FetchError, Limits};

/// Larger answers are no page of Graph.
const MAX_BODY: usize = 128 << 20;

/// A clock that differs by less is a clock that is right.
const SKEW: SignedDuration = SignedDuration::from_secs(5);

/// Redirects on one origin that are followed.
const MAX_HOPS: usize = 5;

/// What the exchanges cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// HTTP requests that were sent; a `$batch` is one.
    pub requests: u64,
    /// Answers that asked for patience; a throttled part of a `$batch` is one.
    pub throttled: u64,
    /// Requests, and parts of a `$batch`, that were sent again.
    pub repeated: u64,
}

/// Talks to one origin.
pub(super) struct Client {
    http: reqwest::Client,
    base: Base,
    bearer: Bearer,
    headers: HeaderMap,
    pub(super) limits: Limits,
    deadline: Instant,
    random: RefCell<fastrand::Rng>,
    pub(super) traffic: Cell<Traffic>,
    /// No request leaves before this moment, since the service asked for patience.
    pause: Cell<Option<Instant>>,
    /// How far the service's clock is ahead of this machine's.
    skew: Cell<Option<SignedDuration>>,
    /// Why the token was refused: nothing more is asked then.
    refused: RefCell<Option<String>>,
    answered: Cell<bool>,
}

/// Where the token of each request comes from.
pub(super) enum Bearer {
    /// A token that is good or not.
    Ready(Secret),
    /// A sign-in that renews it.
    SignIn(Source, Audience),
}

impl From<Secret> for Bearer {
    fn from(token: Secret) -> Self {
        Self::Ready(token)
    }
}

impl Bearer {
    async fn token(&self) -> Result<Secret, ReadError> {
        match self {
            Self::Ready(token) => Ok(token.clone()),
            Self::SignIn(source, audience) => {
                source.token(*audience).await.map_err(|error| ReadError::Refused(renewal(&error)))
            }
        }
    }

    /// Gets another token after a refusal; the refusal where there is none.
    async fn another(&self, refused: &Secret, refusal: ReadError) -> Result<(), ReadError> {
        match self {
            Self::Ready(_) => Err(refusal),
            Self::SignIn(source, audience) => match source.renew(*audience, refused).await {
                Ok(true) => Ok(()),
                Ok(false) => Err(refusal),
                Err(error) => Err(ReadError::Refused(renewal(&error))),
            },
        }
    }
}

fn renewal(error: &SignInError) -> String {
    format!("the access token could not be renewed: {error}")
}

/// What one attempt gave.
enum Attempt {
    Body(String),
    Again { after: Option<Duration>, throttled: bool, why: String },
    Never(ReadError),
}

impl Client {
    pub(super) fn new(
        base: Base,
        bearer: impl Into<Bearer>,
        headers: HeaderMap,
        limits: Limits,
    ) -> Result<Self, FetchError> {
        let http = http_client(base.is_plain(), limits.request).map_err(|message| FetchError::Start { message })?;
        let now = Instant::now();
        Ok(Self {
            http,
            base,
            bearer: bearer.into(),
            headers,
            limits,
            deadline: now.checked_add(limits.budget).unwrap_or(now),
            random: RefCell::new(fastrand::Rng::new()),
            traffic: Cell::default(),
            pause: Cell::new(None),
            skew: Cell::new(None),
            refused: RefCell::new(None),
            answered: Cell::new(false),
        })
    }

    /// What every later request carries, beside the token.
    pub(super) fn set_headers(&mut self, headers: HeaderMap) {
        self.headers = headers;
    }

    /// Whether anything ever answered.
    pub(super) fn answered(&self) -> bool {
        self.answered.get()
    }

    /// Why the token was refused, if it was.
    pub(super) fn refused(&self) -> Option<String> {
        self.refused.borrow().clone()
    }

    /// By how much the service's clock is ahead of this machine's, where that is more than a few seconds.
    pub(super) fn skew(&self) -> Option<SignedDuration> {
        self.skew.get().filter(|skew| skew.abs() > SKEW)
    }

    /// What the service's clock shows now, as far as any answer told.
    pub(super) fn service_time(&self) -> Option<Timestamp> {
        Timestamp::now().checked_add(self.skew.get()?).ok()
    }

    /// Time that is left of the budget.
    pub(super) fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    pub(super) fn budget_over(&self) -> ReadError {
        ReadError::Stopped(format!("the time budget of {} was used up", words(self.limits.budget)))
    }

    pub(super) fn count(&self, change: impl FnOnce(&mut Traffic)) {
        let mut traffic = self.traffic.get();
        change(&mut traffic);
        self.traffic.set(traffic);
    }

    /// GET of a path below the base, or of an absolute address of the same origin: the JSON text. `eventual`:
    /// with the header that advanced queries take (learn.microsoft.com/graph/aad-advanced-queries).
    pub(super) async fn get(&self, target: &str, eventual: bool) -> Result<String, ReadError> {
        self.exchange(&Method::GET, target, None, eventual).await
    }

    /// The token that the next request carries.
    pub(super) async fn token(&self) -> Result<Secret, ReadError> {
        self.bearer.token().await.inspect_err(|error| self.note(error))
    }

    /// Gets another token than the one that was refused; the refusal where there is none.
    pub(super) async fn renew(&self, refused: &Secret, refusal: ReadError) -> Result<(), ReadError> {
        self.bearer.another(refused, refusal).await.inspect_err(|error| self.note(error))
    }

    /// A token that one part of a `$batch` refused is refused for all.
    pub(super) fn note(&self, error: &ReadError) {
        if let ReadError::Refused(why) = error {
            *self.refused.borrow_mut() = Some(why.clone());
        }
    }

    /// POST of JSON: the JSON text.
    pub(super) async fn post(&self, target: &str, body: String) -> Result<String, ReadError> {
        self.exchange(&Method::POST, target, Some(body), false).await
    }

    async fn exchange(
        &self,
        method: &Method,
        target: &str,
        body: Option<String>,
        eventual: bool,
    ) -> Result<String, ReadError> {
        let url = self.base.url(target).map_err(ReadError::Failed)?;
        let mut tries = Tries::default();
        let mut renewed = false;
        loop {
            self.patience().await?;
            let token = self.token().await?;
            match self.attempt(method, url.clone(), body.clone(), eventual, &token).await {
                Attempt::Body(text) => return Ok(text),
                // Once: a token that was revoked early, or a clock that is off.
                Attempt::Never(error @ ReadError::Refused(_)) if !renewed => {
                    renewed = true;
                    self.renew(&token, error).await?;
                }
                Attempt::Never(error) => {
                    self.note(&error);
                    return Err(error);
                }
                Attempt::Again { after, throttled, why } => {
                    let wait = self.wait(&mut tries, after, throttled, &why)?;
                    if let Some(after) = after.filter(|_| throttled) {
                        // The limit is the tenant's and the app's, not this request's.
                        let until = Instant::now().checked_add(after);
                        self.pause.set(self.pause.get().max(until));
                    }
                    self.count(|traffic| traffic.repeated = traffic.repeated.saturating_add(1));
                    tokio::time::sleep(wait).await;
                }
            }
        }
    }

    /// How long to wait before the next attempt; an error when there is none.
    pub(super) fn wait(
        &self,
        tries: &mut Tries,
        after: Option<Duration>,
        throttled: bool,
        why: &str,
    ) -> Result<Duration, ReadError> {
        if throttled {
            self.count(|traffic| traffic.throttled = traffic.throttled.saturating_add(1));
            tries.throttled = tries.throttled.saturating_add(1);
        } else {
            tries.failed = tries.failed.saturating_add(1);
        }
        // What never answered at all is no service in trouble: a name or an address may be wrong.
        let most = if self.answered.get() { self.limits.attempts } else { self.limits.attempts.min(3) };
        if tries.failed >= most || tries.throttled >= self.limits.attempts.saturating_mul(8) {
            return Err(ReadError::Failed(format!("{why} (after {} attempts)", tries.all())));
        }
        let doubled = self.limits.backoff.saturating_mul(1_u32 << tries.all().saturating_sub(1).min(6));
        let jitter = self.random.borrow_mut().f64();
        let wait = match after {
            // Never earlier than asked, and not all at once.
            Some(after) => after.saturating_add(self.limits.backoff.mul_f64(jitter * 0.2)),
            None => doubled.min(Duration::from_secs(60)).mul_f64(0.5 + jitter),
        };
        let wait = wait.max(Duration::from_millis(20));
        if wait >= self.left() {
            return Err(ReadError::Stopped(format!(
                "{why}; waiting {} more would exceed the time budget of {}",
                words(wait),
                words(self.limits.budget)
            )));
        }
        Ok(wait)
    }

    /// Waits while the service asked for patience.
    async fn patience(&self) -> Result<(), ReadError> {
        loop {
            if let Some(why) = self.refused() {
                return Err(ReadError::Refused(why));
            }
            if self.left().is_zero() {
                return Err(self.budget_over());
            }
            match self.pause.get().map(|until| until.saturating_duration_since(Instant::now())) {
                Some(rest) if !rest.is_zero() => tokio::time::sleep(rest.min(self.left())).await,
                _ => return Ok(()),
            }
        }
    }

    async fn attempt(
        &self,
        method: &Method,
        url: Url,
        body: Option<String>,
        eventual: bool,
        token: &Secret,
    ) -> Attempt {
        let hops = self.hops(method, url, body, eventual, token);
        match tokio::time::timeout(self.limits.request.min(self.left()), hops).await {
            Ok(attempt) => attempt,
            Err(_) if self.left().is_zero() => Attempt::Never(self.budget_over()),
            Err(_) => Attempt::Again {
                after: None,
                throttled: false,
                why: format!("no whole answer within {}", words(self.limits.request)),
            },
        }
    }

    /// The request, and what redirects on the same origin lead to.
    async fn hops(
        &self,
        method: &Method,
        mut url: Url,
        body: Option<String>,
        eventual: bool,
        token: &Secret,
    ) -> Attempt {
        for _ in 0..=MAX_HOPS {
            let Some(bearer) = token.bearer() else {
                return Attempt::Never(ReadError::Failed("the token is no header value".to_owned()));
            };
            let mut request = self
                .http
                .request(method.clone(), url.clone())
                .header(AUTHORIZATION, bearer)
                .header(ACCEPT, "application/json")
                .headers(self.headers.clone());
            if eventual {
                request = request.header("ConsistencyLevel", "eventual");
            }
            if let Some(body) = &body {
                request = request.header(CONTENT_TYPE, "application/json").body(body.clone());
            }
            self.count(|traffic| traffic.requests = traffic.requests.saturating_add(1));
            let answer = match request.send().await {
                Ok(answer) => answer,
                Err(error) => return again(chain(&error)),
            };
            self.answered.set(true);
            let date = text(answer.headers(), DATE.as_str()).and_then(answer::http_date);
            self.compare_clocks(date);
            if answer.status().is_redirection() && answer.status() != StatusCode::NOT_MODIFIED {
                let target = text(answer.headers(), LOCATION.as_str()).and_then(|to| url.join(to).ok());
                match self.redirected(method, target) {
                    Ok(next) => {
                        url = next;
                        continue;
                    }
                    Err(message) => return Attempt::Never(ReadError::Failed(token.hidden_in(&message).into_owned())),
                }
            }
            return self.read(method, answer, date, token).await;
        }
        Attempt::Never(ReadError::Failed(format!("more than {MAX_HOPS} redirects")))
    }

    fn redirected(&self, method: &Method, target: Option<Url>) -> Result<Url, String> {
        let target = target.ok_or("a redirect without an address")?;
        self.base.check(&target).map_err(|message| format!("a redirect was not followed: {message}"))?;
        if *method != Method::GET {
            return Err("a redirect of a POST was not followed".to_owned());
        }
        Ok(target)
    }

    async fn read(
        &self,
        method: &Method,
        mut answer: reqwest::Response,
        date: Option<Timestamp>,
        token: &Secret,
    ) -> Attempt {
        let status = answer.status().as_u16();
        let after = text(answer.headers(), RETRY_AFTER.as_str()).and_then(|value| answer::retry_after(value, date));
        let kind = text(answer.headers(), CONTENT_TYPE.as_str()).map(str::to_owned);
        let mut body = Vec::new();
        loop {
            match answer.chunk().await {
                Ok(Some(chunk)) if body.len().saturating_add(chunk.len()) > MAX_BODY => {
                    return Attempt::Never(ReadError::Failed(format!("an answer of more than {MAX_BODY} bytes")));
                }
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => break,
                Err(error) => return again(format!("the answer broke off: {}", chain(&error))),
            }
        }
        let body = String::from_utf8_lossy(&body);
        let body = body.strip_prefix('\u{feff}').unwrap_or(&body);
        // An error may show the token that was sent, which has no form to know it by; those of a `$batch` are in a good
        // answer.
        let told = if answer::is_good(status) && (*method == Method::GET || !token.is_long()) {
            Cow::Borrowed(body)
        } else {
            token.hidden_in(body)
        };
        let body = told.as_ref();
        match answer::judge(status, after, body, kind.as_deref()) {
            Verdict::Done => match serde_json::from_str::<&RawValue>(body) {
                Ok(_) => Attempt::Body(body.to_owned()),
                Err(error) => {
                    again(format!("{status} without whole JSON ({}): {error}", answer::kind_words(kind.as_deref())))
                }
            },
            Verdict::Again { after, throttled, why } => Attempt::Again { after, throttled, why },
            Verdict::Never(error) => Attempt::Never(error),
        }
    }

    /// The first date of the service tells how far this machine's clock is off.
    fn compare_clocks(&self, date: Option<Timestamp>) {
        if let (Some(date), None) = (date, self.skew.get()) {
            self.skew.set(Some(date.duration_since(Timestamp::now())));
        }
    }
}

/// Attempts of one request.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tries {
    failed: u32,
    throttled: u32,
}

impl Tries {
    fn all(self) -> u32 {
        self.failed.saturating_add(self.throttled)
    }
}

fn again(why: String) -> Attempt {
    Attempt::Again { after: None, throttled: false, why }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// The client of every exchange: certificates are verified, and no redirect is followed by itself. `plain`: `http`
/// to this machine or the one that it runs on.
pub(super) fn http_client(plain: bool, connect: Duration) -> Result<reqwest::Client, String> {
    // Somebody else's provider does as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("graphwhy/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .connect_timeout(connect.min(Duration::from_secs(20)));
    builder = if plain {
        // A proxy would get the token in the clear.
        builder.no_proxy().tls_certs_only([])
    } else {
        builder.https_only(true)
    };
    builder.build().map_err(|error| chain(&error))
}

/// An error with its causes: the outermost says little.
pub(super) fn chain(error: &reqwest::Error) -> String {
    let mut words = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !words.iter().any(|word| word.contains(&text)) {
            words.push(text);
        }
        cause = error.source();
    }
    answer::harmless(&words.join(": "))
}

/// A duration for people.
pub(super) fn words(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 10.0 && duration.subsec_millis() != 0 { format!("{seconds:.1} s") } else { format!("{seconds:.0} s") }
}
