//! Reading the tenant from Microsoft Graph: the only code that talks to a network, and the only asynchronous code.
//!
//! | file | what happens there |
//! |---|---|
//! | `roots` | the hosts of a cloud; a token is sent to nothing else |
//! | `secret` | tokens, in a type that does not print them |
//! | `signin` | access tokens: which sign-in is meant, getting them, renewing them |
//! | `plan` | what is asked, what is known, the first reads |
//! | `reads` | every path, what it is for, the least right that it takes |
//! | `engine` | many reads at once: `$batch`, pages, bounded concurrency |
//! | `client` | one exchange, tried until it succeeds, cannot succeed, or the time is over |
//! | `answer` | what a status and a body mean |
//! | `gather` | what each answer says, and what to read next |
//! | `members` | members of groups, and the groups inside |
//! | `apps` | apps as they were read, over what was known of them |
//! | `shown` | what the service shows of users, and what it does not |
//! | `finish` | the parts of the snapshot, with what is missing and why |
//! | `powershell` | Teams policies from the export script, run where PowerShell and its module are |
//! | `admin_api` | Teams policies from undocumented endpoints |

mod admin_api;
mod answer;
mod apps;
mod client;
mod engine;
mod error;
mod finish;
mod gather;
mod members;
mod plan;
mod powershell;
mod reads;
mod roots;
mod secret;
mod shown;
pub mod signin;

use std::future::Future;
use std::pin::pin;
use std::time::{Duration, Instant};

use futures_util::future::{Either, select};
use jiff::{SignedDuration, Timestamp};
use reqwest::header::HeaderMap;
use uuid::Uuid;

use self::client::{Bearer, Client};
use self::error::ReadError;
use self::finish::Times;
use self::gather::Gather;
use self::plan::Plan;
use super::{Part, Reason, Snapshot, Status};
use crate::source;

pub use self::admin_api::AdminApi;
pub use self::client::Traffic;
pub use self::error::FetchError;
pub use self::plan::{Apps, Users};
pub use self::powershell::{PowerShell, Running};
pub use self::reads::{Right, rights};
pub use self::roots::Roots;
pub use self::secret::Secret;
use self::signin::{Audience, SignInError, Source};
pub use super::history::changes;

/// The age up to which `--resume` does not read a part again.
pub const MAX_AGE: Duration = plan::MAX_AGE;

/// How hard and how long to try.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Exchanges in the air at once.
    pub concurrency: usize,
    /// Time for one exchange.
    pub request: Duration,
    /// Time for the whole run.
    pub budget: Duration,
    /// The first wait after a failure; it doubles, with jitter.
    pub backoff: Duration,
    /// Attempts of one request, throttling apart.
    pub attempts: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            concurrency: 4,
            request: Duration::from_secs(100),
            budget: Duration::from_secs(1800),
            backoff: Duration::from_millis(500),
            attempts: 7,
        }
    }
}

/// What to read, from where, over what is known.
#[derive(Debug)]
pub struct Options {
    /// The cloud.
    pub roots: Roots,
    /// Where access tokens come from.
    pub sign_in: Source,
    /// The tenant that it has to be.
    pub tenant: Option<Uuid>,
    /// Which users.
    pub users: Users,
    /// Which apps.
    pub apps: Apps,
    /// Policies, assignments and switches as somebody else read them: Graph does not tell them.
    pub teams: Option<Snapshot>,
    /// An earlier snapshot to go on from.
    pub previous: Option<Snapshot>,
    /// Parts of it that are younger are not read again.
    pub max_age: Duration,
    /// How hard to try.
    pub limits: Limits,
    /// Stop at Ctrl-C, and give what was read until then.
    pub stop_at_ctrl_c: bool,
}

/// A step of the run, for a progress bar.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Reads that are done.
    pub done: usize,
    /// Reads that are known to be left.
    pub left: usize,
}

/// How a part came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartSummary {
    /// Name of the part.
    pub part: &'static str,
    /// How much is known.
    pub status: Status,
    /// Items that are known.
    pub items: usize,
    /// Why it is not complete.
    pub reason: Option<Reason>,
    /// A read that was asked for failed.
    pub failed: bool,
}

/// A snapshot, and what it cost.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// The state.
    pub snapshot: Snapshot,
    /// Each part.
    pub parts: Vec<PartSummary>,
    /// What was sent.
    pub traffic: Traffic,
    /// How long it took.
    pub elapsed: Duration,
    /// Users and groups that were named and are not in the tenant.
    pub unknown: Vec<String>,
    /// Ctrl-C came before the end.
    pub interrupted: bool,
    /// How far the service's clock is ahead of this machine's, where that is more than a few seconds. The times in
    /// the snapshot are the service's.
    pub skew: Option<SignedDuration>,
}

impl Fetched {
    /// Counts what was sent and waited for before.
    pub fn add(&mut self, traffic: Traffic, elapsed: Duration) {
        self.traffic.requests = self.traffic.requests.saturating_add(traffic.requests);
        self.traffic.throttled = self.traffic.throttled.saturating_add(traffic.throttled);
        self.traffic.repeated = self.traffic.repeated.saturating_add(traffic.repeated);
        self.elapsed = self.elapsed.saturating_add(elapsed);
    }
}

/// Teams policies, assignments and switches, as far as they could be read.
#[derive(Clone, Debug)]
pub struct TeamsRead {
    /// The state: a part that could not be read has its reason.
    pub snapshot: Snapshot,
    /// What else a person should know.
    pub notes: Vec<String>,
    /// What was sent.
    pub traffic: Traffic,
    /// How long it took.
    pub elapsed: Duration,
    /// Ctrl-C came before the end.
    pub interrupted: bool,
}

/// Reads the tenant. A read that fails is a part with a reason, never the end of the others.
///
/// # Errors
///
/// [`FetchError`] when there is nothing to give: the token was refused before anything was read, nothing answered,
/// two sources are of two tenants, or the machine cannot start.
pub fn fetch(options: Options, progress: &mut dyn FnMut(Progress)) -> Result<Fetched, FetchError> {
    runtime()?.block_on(read(options, progress))
}

fn runtime() -> Result<tokio::runtime::Runtime, FetchError> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| FetchError::Start { message: error.to_string() })
}

async fn read(options: Options, progress: &mut dyn FnMut(Progress)) -> Result<Fetched, FetchError> {
    let started = Instant::now();
    let token = first_token(&options.sign_in, Audience::Graph, options.limits.budget, options.stop_at_ctrl_c).await?;
    let claims = source::token_claims(token.expose());
    // A person may have taken a while.
    let start = Timestamp::now();
    let tenant = claims.as_ref().and_then(|claims| claims.tenant);
    let plan = plan::plan(&options, tenant.or_else(|| options.sign_in.tenant(Audience::Graph)), start)?;
    let base = options.roots.graph_base();
    let bearer = Bearer::SignIn(options.sign_in.clone(), Audience::Graph);
    let client = Client::new(base.clone(), bearer, HeaderMap::new(), options.limits)?;
    let mut report = |done, left| progress(Progress { done, left });
    let named = options.users != Users::All && plan.read_effective;
    let mut gather = Gather::new(base, options.roots.name == "global", named, options.apps == Apps::All, &mut report);
    gather.settled.clone_from(&plan.settled);
    let jobs = plan.first.iter().cloned().filter_map(|what| gather.job(what)).collect();
    let end = {
        let run = engine::run(&client, jobs, &mut gather);
        let stop = stop(options.stop_at_ctrl_c);
        bounded(run, stop, options.limits.budget).await
    };
    match end {
        End::Done => {}
        End::Interrupted => gather.stop(&ReadError::Stopped("it was interrupted".to_owned())),
        End::Over => gather.stop(&client.budget_over()),
    }
    gather.weigh();
    let interrupted = end == End::Interrupted;
    let alone = options.previous.is_none() && options.teams.is_none();
    if let Some(error) = useless(&client, &gather, claims.as_ref(), interrupted, alone) {
        return Err(error);
    }
    let shift = |time: Timestamp| client.skew().and_then(|skew| time.checked_add(skew).ok()).unwrap_or(time);
    let times = Times { start: shift(start), end: shift(Timestamp::now()) };
    let found = gather.tenant;
    if let (Some(found), Some(before)) = (found, plan.base.tenant_id.or(plan.tenant))
        && found != before
    {
        return Err(FetchError::Tenant {
            first: "the token".to_owned(),
            first_tenant: found,
            second: "what was given".to_owned(),
            second_tenant: before,
        });
    }
    let mut snapshot = finish::finish(&gather, &plan, times);
    if undated(&snapshot) {
        // Its date would count for what was read at a time that nobody knows.
        snapshot.taken_at = None;
    }
    let unknown = unknown(&gather, &options);
    Ok(Fetched {
        parts: summary(&snapshot, &gather, &plan, &options),
        unknown,
        snapshot,
        traffic: client.traffic.get(),
        elapsed: started.elapsed(),
        interrupted,
        skew: client.skew(),
    })
}

/// What was named and is not there. A user of the earlier snapshot who is gone is a change, which its history tells.
fn unknown(gather: &Gather<'_>, options: &Options) -> Vec<String> {
    let earlier =
        |name: &str| {
            let id = Uuid::try_parse(name).ok();
            options.previous.iter().flat_map(|previous| previous.users.known()).any(|user| {
                Some(user.id) == id || user.upn.as_deref().is_some_and(|upn| upn.eq_ignore_ascii_case(name))
            })
        };
    let missing = gather.faults.iter().filter(|(_, error)| matches!(error, ReadError::NotFound(_)));
    missing
        .filter_map(|(what, _)| match (what, &options.users) {
            (reads::What::User(name), Users::Named(names)) if names.contains(name) && !earlier(name) => {
                Some(format!("user `{}`", answer::harmless(name)))
            }
            (reads::What::UsersOf(group) | reads::What::UserIdsOf(group), Users::Group(_)) => {
                Some(format!("group `{group}`"))
            }
            _ => None,
        })
        .collect()
}

/// A token for this audience, for what asks Microsoft itself.
///
/// # Errors
///
/// [`FetchError`] when nobody could sign in within the budget, or the machine cannot start.
pub fn token(
    source: &Source,
    audience: Audience,
    budget: Duration,
    stop_at_ctrl_c: bool,
) -> Result<Secret, FetchError> {
    runtime()?.block_on(first_token(source, audience, budget, stop_at_ctrl_c))
}

/// The first token, within the time that there is; Ctrl-C ends the waiting.
async fn first_token(
    source: &Source,
    audience: Audience,
    budget: Duration,
    stop_at_ctrl_c: bool,
) -> Result<Secret, FetchError> {
    let token = pin!(tokio::time::timeout(budget, source.token(audience)));
    match select(token, pin!(stop(stop_at_ctrl_c))).await {
        Either::Left((Ok(token), _)) => Ok(token?),
        Either::Left((Err(_), _)) => Err(FetchError::SignIn(SignInError::NoAnswer {
            message: format!("it did not finish within the time budget of {}", client::words(budget)),
            help: "give it more time with `--budget`".to_owned(),
        })),
        Either::Right(_) => Err(FetchError::SignIn(SignInError::NoAnswer {
            message: "it was interrupted".to_owned(),
            help: "run the command again; nothing was read".to_owned(),
        })),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Done,
    Interrupted,
    Over,
}

/// The run, until it ends, is stopped, or its time is over. What it gathered stays.
async fn bounded(run: impl Future<Output = ()>, stop: impl Future<Output = ()>, budget: Duration) -> End {
    let (run, stop) = (pin!(tokio::time::timeout(budget, run)), pin!(stop));
    match select(run, stop).await {
        Either::Left((Ok(()), _)) => End::Done,
        Either::Left((Err(_), _)) => End::Over,
        Either::Right(_) => End::Interrupted,
    }
}

async fn stop(at_ctrl_c: bool) {
    if !at_ctrl_c || tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Whether something is known that was read nobody knows when; what is read here has its date.
fn undated(snapshot: &Snapshot) -> bool {
    fn is<T>(part: &Part<T>) -> bool {
        part.status != Status::Missing && part.read_at.is_none()
    }
    let settings = &snapshot.settings;
    is(&snapshot.policies)
        || is(&snapshot.direct)
        || is(&snapshot.groups)
        || is(&snapshot.users)
        || is(&snapshot.apps)
        || (is(&snapshot.effective) && snapshot.effective.items.iter().any(|read| read.read_at.is_none()))
        || (settings.read_at.is_none()
            && (settings.graph_transcript_access.is_some() || settings.attributed_transcripts.is_some()))
}

/// Why there is nothing to give, where that is so; `alone`: nothing was given that would be kept.
fn useless(
    client: &Client,
    gather: &Gather<'_>,
    claims: Option<&crate::input::Token>,
    interrupted: bool,
    alone: bool,
) -> Option<FetchError> {
    if gather.asked.is_empty() || !gather.finished.is_empty() {
        return None;
    }
    if let Some(message) = client.refused() {
        return Some(FetchError::Refused { message: format!("{message}{}", shown(claims, client.skew())) });
    }
    let first = gather.faults.first().map(|(what, error)| format!("{}: {}", what.words(), error.text()));
    let stopped = gather.faults.iter().any(|(_, error)| matches!(error, ReadError::Stopped(_)));
    let nothing = !client.answered() || (alone && !stopped && !gather.faults.is_empty());
    (nothing && !interrupted).then(|| FetchError::Unreachable { message: first.unwrap_or_default() })
}

/// What the claims of a refused token show; they are read, not verified.
fn shown(claims: Option<&crate::input::Token>, skew: Option<SignedDuration>) -> String {
    let Some(claims) = claims else { return String::new() };
    let now = Timestamp::now().checked_add(skew.unwrap_or_default()).unwrap_or_default();
    let mut words = Vec::new();
    if let Some(expired) = claims.expires_at.and_then(|at| Timestamp::from_second(at).ok()).filter(|at| *at < now) {
        words.push(format!("it expired at {expired}"));
    }
    if let Some(audience) = &claims.audience {
        words.push(format!("its audience is `{}`", answer::harmless(audience)));
    }
    if let Some(tenant) = claims.tenant {
        words.push(format!("it is of tenant `{tenant}`"));
    }
    if words.is_empty() { String::new() } else { format!(" ({})", words.join(", ")) }
}

/// Whose state it is, where nobody could tell: the token does not, and Graph did not.
fn tenant_part(gather: &Gather<'_>, plan: &Plan, options: &Options) -> Option<PartSummary> {
    let (what, error) = gather.faults.iter().find(|(what, _)| what.part() == reads::For::Tenant)?;
    if gather.tenant.is_some() || plan.tenant.is_some() {
        return None;
    }
    let mut reason = error.reason(&what.right(), &what.words());
    let given = options.teams.as_ref().and_then(|it| it.tenant_id).map(|tenant| ("the given Teams policies", tenant));
    let before = options.previous.as_ref().and_then(|it| it.tenant_id).map(|tenant| ("the earlier snapshot", tenant));
    let detail = reason.detail.get_or_insert_default();
    detail.push_str(&match given.or(before) {
        Some((whose, tenant)) => {
            format!("; that the token is of tenant `{tenant}`, which {whose} name, could not be verified")
        }
        None => "; the snapshot does not say whose it is".to_owned(),
    });
    let (status, items) = match given.or(before) {
        Some(_) => (Status::Partial, 1),
        None => (Status::Missing, 0),
    };
    Some(PartSummary { part: "tenant", status, items, reason: Some(reason), failed: true })
}

/// The members of some groups, as one part; none where there are no groups.
fn members(part: &'static str, groups: &[(Uuid, &Part<Uuid>)], gather: &Gather<'_>) -> Option<PartSummary> {
    let all = |wanted| groups.iter().all(|(_, members)| members.status == wanted);
    let status = match (all(Status::Complete), all(Status::Missing)) {
        (true, _) => Status::Complete,
        (_, true) => Status::Missing,
        _ => Status::Partial,
    };
    let failed = gather.faults.iter().any(|(what, error)| {
        let own = what.group().is_some_and(|id| groups.iter().any(|(group, _)| *group == id));
        own && !matches!(error, ReadError::NotFound(_))
    });
    (!groups.is_empty()).then(|| PartSummary {
        part,
        status,
        items: groups.iter().map(|(_, members)| members.items.len()).sum(),
        reason: groups.iter().find_map(|(_, members)| members.reason.clone()),
        failed,
    })
}

fn summary(snapshot: &Snapshot, gather: &Gather<'_>, plan: &Plan, options: &Options) -> Vec<PartSummary> {
    let failed = |part: reads::For| {
        gather.faults.iter().any(|(what, error)| what.part() == part && !matches!(error, ReadError::NotFound(_)))
    };
    let of = |part, status, items, reason: &Option<Reason>, failed| PartSummary {
        part,
        status,
        items,
        reason: reason.clone(),
        failed,
    };
    let settings = &snapshot.settings;
    let switches = [settings.graph_transcript_access, settings.attributed_transcripts];
    let known = switches.iter().flatten().count();
    let settings_status = match known {
        0 => Status::Missing,
        1 => Status::Partial,
        _ => Status::Complete,
    };
    let groups = &snapshot.groups;
    let mut parts = vec![
        of("policies", snapshot.policies.status, snapshot.policies.items.len(), &snapshot.policies.reason, false),
        of("direct", snapshot.direct.status, snapshot.direct.items.len(), &snapshot.direct.reason, false),
        of("groups", groups.status, groups.items.len(), &groups.reason, false),
    ];
    let outer: Vec<(Uuid, &Part<Uuid>)> = groups.items.iter().map(|it| (it.group_id, &it.members)).collect();
    let inner: Vec<_> = snapshot.nested_groups.iter().map(|it| (it.group_id, &it.members)).collect();
    parts.extend(members("groups.members", &outer, gather));
    parts.extend(members("groups.nested", &inner, gather));
    parts.extend([
        of(
            "effective",
            snapshot.effective.status,
            snapshot.effective.items.len(),
            &snapshot.effective.reason,
            failed(reads::For::Effective),
        ),
        of(
            "users",
            snapshot.users.status,
            snapshot.users.items.len(),
            &snapshot.users.reason,
            failed(reads::For::Users),
        ),
        of("apps", snapshot.apps.status, snapshot.apps.items.len(), &snapshot.apps.reason, failed(reads::For::Apps)),
        of("settings", settings_status, known, &settings.reason, false),
    ]);
    parts.extend(tenant_part(gather, plan, options));
    parts
}
