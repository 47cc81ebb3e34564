//! Many reads at once: small ones share a `$batch`, long lists go by themselves, all bounded.

use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::pin::Pin;
use std::time::{Duration, Instant};

use futures_util::future::{Either, select};
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use super::answer::{self, Verdict};
use super::client::{Client, Tries};
use super::error::ReadError;
use super::secret::Secret;

/// What Graph takes in one `$batch` (learn.microsoft.com/graph/json-batching).
pub(super) const BATCH: usize = 20;

/// One read: what it is for, and where it goes.
#[derive(Clone, Debug)]
pub(super) struct Job<T> {
    /// What the answer is for.
    pub(super) what: T,
    /// A path below the version, or an absolute address of the same origin.
    pub(super) target: String,
    /// Goes by itself: the answer is large, or the address is absolute.
    alone: bool,
    /// Header of advanced queries.
    pub(super) eventual: bool,
    /// It was refused once, and the token was renewed since.
    renewed: bool,
    tries: Tries,
    ready: Option<Instant>,
}

impl<T> Job<T> {
    /// A small read, which may share a `$batch`.
    pub(super) fn small(what: T, target: impl Into<String>) -> Self {
        Self {
            what,
            target: target.into(),
            alone: false,
            eventual: false,
            renewed: false,
            tries: Tries::default(),
            ready: None,
        }
    }

    /// A page of a long list, which goes by itself.
    pub(super) fn page(what: T, target: impl Into<String>) -> Self {
        Self { alone: true, ..Self::small(what, target) }
    }

    /// A query that is answered from an index (`ConsistencyLevel: eventual`).
    pub(super) fn eventual(self) -> Self {
        Self { eventual: true, ..self }
    }

    /// The next page of the same list.
    pub(super) fn next(&self, what: T, target: String) -> Self {
        let alone = self.alone || !target.starts_with('/');
        Self { what, target, alone, eventual: self.eventual, renewed: false, tries: Tries::default(), ready: None }
    }
}

/// Takes answers as they come and says what to read next.
pub(super) trait Taker<T> {
    /// The answer to a job: JSON text, or why there is none.
    fn take(&mut self, job: &Job<T>, answer: Result<&str, ReadError>) -> Vec<Job<T>>;
    /// How many reads are done and how many are known to be left.
    fn progress(&mut self, done: usize, left: usize);
}

type Flight<'c, T> = Pin<Box<dyn Future<Output = Landed<T>> + 'c>>;

/// What came back of one exchange.
struct Landed<T> {
    batch: bool,
    done: Vec<(Job<T>, Result<String, ReadError>)>,
    again: Vec<Job<T>>,
}

/// Runs jobs and those that follow from them until none is left. At most `limits.concurrency` exchanges are
/// in the air; a `$batch` that is not full leaves only when no other is in the air that may fill it.
pub(super) async fn run<T: 'static>(client: &Client, jobs: Vec<Job<T>>, taker: &mut dyn Taker<T>) {
    let mut queue = jobs;
    let mut flying: FuturesUnordered<Flight<'_, T>> = FuturesUnordered::new();
    let mut batches = 0_usize;
    let mut in_air = 0_usize;
    let mut done = 0_usize;
    loop {
        while flying.len() < client.limits.concurrency.max(1) {
            let Some((jobs, batch)) = next_load(&mut queue, batches) else { break };
            in_air = in_air.saturating_add(jobs.len());
            if batch {
                batches = batches.saturating_add(1);
            }
            flying.push(if batch {
                Box::pin(send_batch(client, jobs))
            } else {
                Box::pin(send_each(client, jobs, false))
            });
        }
        taker.progress(done, queue.len().saturating_add(in_air));
        let wake = queue.iter().filter_map(|job| job.ready).min();
        let landed = match (flying.is_empty(), wake) {
            (true, None) => return,
            (true, Some(at)) => {
                tokio::time::sleep_until(at.into()).await;
                continue;
            }
            (false, None) => flying.next().await,
            (false, Some(at)) => {
                let nap = std::pin::pin!(tokio::time::sleep_until(at.into()));
                match select(flying.next(), nap).await {
                    Either::Left((landed, _)) => landed,
                    Either::Right(_) => {
                        release(&mut queue);
                        continue;
                    }
                }
            }
        };
        let Some(landed) = landed else { continue };
        if landed.batch {
            batches = batches.saturating_sub(1);
        }
        in_air = in_air.saturating_sub(landed.done.len().saturating_add(landed.again.len()));
        done = done.saturating_add(landed.done.len());
        queue.extend(landed.again);
        for (job, answer) in landed.done {
            let more = taker.take(&job, answer.as_deref().map_err(Clone::clone));
            queue.extend(more);
        }
        release(&mut queue);
    }
}

/// Jobs whose time of waiting is over are as good as new ones.
fn release<T>(queue: &mut [Job<T>]) {
    let now = Instant::now();
    for job in queue {
        if job.ready.is_some_and(|ready| ready <= now) {
            job.ready = None;
        }
    }
}

/// What leaves next: a page by itself, a full batch, or what there is when no batch is in the air.
fn next_load<T>(queue: &mut Vec<Job<T>>, batches: usize) -> Option<(Vec<Job<T>>, bool)> {
    release(queue);
    if let Some(at) = queue.iter().position(|job| job.alone && job.ready.is_none()) {
        return Some((vec![queue.remove(at)], false));
    }
    let ready: Vec<usize> = queue
        .iter()
        .enumerate()
        .filter(|(_, job)| !job.alone && job.ready.is_none())
        .map(|(at, _)| at)
        .take(BATCH)
        .collect();
    if ready.is_empty() || (ready.len() < BATCH && batches > 0) {
        return None;
    }
    let mut jobs: Vec<Job<T>> = ready.iter().rev().map(|at| queue.remove(*at)).collect();
    jobs.reverse();
    // One alone needs no envelope, but counts as a batch: what follows from it may fill the next.
    Some((jobs, true))
}

#[derive(Serialize)]
struct BatchRequest<'a> {
    requests: Vec<BatchItem<'a>>,
}

#[derive(Serialize)]
struct BatchItem<'a> {
    id: String,
    method: &'static str,
    url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    headers: Option<HashMap<&'static str, &'static str>>,
}

#[derive(Deserialize)]
struct BatchAnswer {
    responses: Vec<ItemAnswer>,
}

#[derive(Deserialize)]
struct ItemAnswer {
    id: Value,
    status: u16,
    headers: Option<HashMap<String, Value>>,
    body: Option<Box<RawValue>>,
}

impl ItemAnswer {
    fn header(&self, name: &str) -> Option<String> {
        let headers = self.headers.as_ref()?;
        let (_, value) = headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }
}

async fn send_each<T>(client: &Client, jobs: Vec<Job<T>>, batch: bool) -> Landed<T> {
    let mut done = Vec::with_capacity(jobs.len());
    for job in jobs {
        let answer = client.get(&job.target, job.eventual).await;
        done.push((job, answer));
    }
    Landed { batch, done, again: Vec::new() }
}

async fn send_batch<T>(client: &Client, jobs: Vec<Job<T>>) -> Landed<T> {
    if jobs.len() == 1 {
        return send_each(client, jobs, true).await;
    }
    let requests = jobs
        .iter()
        .enumerate()
        .map(|(at, job)| BatchItem {
            id: at.to_string(),
            method: "GET",
            url: &job.target,
            headers: job.eventual.then(|| HashMap::from([("ConsistencyLevel", "eventual")])),
        })
        .collect();
    let body = match serde_json::to_string(&BatchRequest { requests }) {
        Ok(body) => body,
        Err(error) => return all_failed(jobs, &ReadError::Failed(error.to_string())),
    };
    let token = match client.token().await {
        Ok(token) => token,
        Err(error) => return all_failed(jobs, &error),
    };
    let text = match client.post("/$batch", body).await {
        Ok(text) => text,
        // A service without `$batch`, or one that dislikes this envelope, may still answer one by one.
        Err(ReadError::Unsupported(_) | ReadError::NotFound(_)) => {
            return send_each(client, jobs, true).await;
        }
        Err(error) => return all_failed(jobs, &error),
    };
    match serde_json::from_str::<BatchAnswer>(&text) {
        Ok(answer) => {
            let (mut landed, refused) = sort(client, jobs, answer);
            renew(client, &token, refused, &mut landed).await;
            landed
        }
        Err(error) => all_failed(jobs, &ReadError::Failed(format!("the answer is no `$batch`: {error}"))),
    }
}

fn all_failed<T>(jobs: Vec<Job<T>>, error: &ReadError) -> Landed<T> {
    Landed { batch: true, done: jobs.into_iter().map(|job| (job, Err(error.clone()))).collect(), again: Vec::new() }
}

/// Asks again, with another token, for what `token` was refused for inside a `$batch` that was itself answered.
async fn renew<T>(client: &Client, token: &Secret, refused: Refused<T>, landed: &mut Landed<T>) {
    let Some((_, first)) = refused.first() else { return };
    match client.renew(token, first.clone()).await {
        Ok(()) => {
            for (mut job, _) in refused {
                client.count(|traffic| traffic.repeated = traffic.repeated.saturating_add(1));
                job.renewed = true;
                landed.again.push(job);
            }
        }
        Err(error) => landed.done.extend(refused.into_iter().map(|(job, _)| (job, Err(error.clone())))),
    }
}

/// Jobs that were refused for their token, with what was said.
type Refused<T> = Vec<(Job<T>, ReadError)>;

/// Each job with its own answer, whatever the order; a job without one is asked again.
fn sort<T>(client: &Client, jobs: Vec<Job<T>>, answer: BatchAnswer) -> (Landed<T>, Refused<T>) {
    let mut refused = Vec::new();
    let mut answers: HashMap<String, ItemAnswer> = HashMap::with_capacity(answer.responses.len());
    for item in answer.responses {
        let id = match &item.id {
            Value::String(id) => id.clone(),
            other => other.to_string(),
        };
        answers.entry(id).or_insert(item);
    }
    let mut landed = Landed { batch: true, done: Vec::with_capacity(jobs.len()), again: Vec::new() };
    let mut wait_until: Option<Instant> = None;
    for (at, mut job) in jobs.into_iter().enumerate() {
        let item = answers.remove(&at.to_string());
        let (after, throttled, why) = match item.as_ref().map(|item| (item, judged(client, item))) {
            Some((item, Verdict::Done)) => match item.body.as_deref().map(RawValue::get) {
                Some(body) if body.starts_with('{') => {
                    landed.done.push((job, Ok(body.to_owned())));
                    continue;
                }
                _ => (None, false, format!("{} without an object as its body", item.status)),
            },
            // Once: a token that was revoked early.
            Some((_, Verdict::Never(error @ ReadError::Refused(_)))) if !job.renewed => {
                refused.push((job, error));
                continue;
            }
            Some((_, Verdict::Never(error))) => {
                client.note(&error);
                landed.done.push((job, Err(error)));
                continue;
            }
            Some((_, Verdict::Again { after, throttled, why })) => (after, throttled, why),
            None => (None, false, "no answer in the `$batch`".to_owned()),
        };
        match client.wait(&mut job.tries, after, throttled, &why) {
            Ok(wait) => {
                client.count(|traffic| traffic.repeated = traffic.repeated.saturating_add(1));
                wait_until = wait_until.max(Instant::now().checked_add(wait));
                landed.again.push(job);
            }
            Err(error) => landed.done.push((job, Err(error))),
        }
    }
    // Together again, when the most patient of them is due: one batch instead of many.
    let soon = Instant::now().checked_add(Duration::from_millis(1));
    for job in &mut landed.again {
        job.ready = wait_until.or(soon);
    }
    (landed, refused)
}

fn judged(client: &Client, item: &ItemAnswer) -> Verdict {
    // A part has no date of its own: it was answered now, by the service's clock.
    let date = item.header("Date").as_deref().and_then(answer::http_date).or_else(|| client.service_time());
    let after = item.header("Retry-After").and_then(|value| answer::retry_after(&value, date));
    let kind = item.header("Content-Type");
    answer::judge(item.status, after, item.body.as_deref().map_or("", RawValue::get), kind.as_deref())
}

/// Graph may send an empty page before a full one; so many after each other are no list.
const EMPTY_PAGES: u32 = 50;

/// The pages of a list: each address once.
#[derive(Debug, Default)]
pub(super) struct Pages {
    seen: HashSet<String>,
    /// Hashes of the items.
    items: HashSet<u64>,
    empty: u32,
}

impl Pages {
    /// Whether this address is new; a list that leads back to itself never ends.
    pub(super) fn turn(&mut self, target: &str) -> Result<(), ReadError> {
        if self.seen.insert(target.to_owned()) {
            return Ok(());
        }
        Err(ReadError::Failed("the list leads back to a page that was read already".to_owned()))
    }

    /// Whether a page held something new; a list of empty pages, or of one page under many addresses, never ends.
    pub(super) fn filled<'a>(&mut self, items: impl IntoIterator<Item = &'a str>) -> Result<(), ReadError> {
        let (mut filled, mut new) = (false, false);
        for item in items {
            let mut hasher = DefaultHasher::new();
            item.hash(&mut hasher);
            filled = true;
            new |= self.items.insert(hasher.finish());
        }
        if filled && !new {
            return Err(ReadError::Failed("the list repeats what it listed already".to_owned()));
        }
        self.empty = if filled { 0 } else { self.empty.saturating_add(1) };
        if self.empty < EMPTY_PAGES {
            return Ok(());
        }
        Err(ReadError::Failed(format!("{EMPTY_PAGES} pages after each other were empty")))
    }
}
