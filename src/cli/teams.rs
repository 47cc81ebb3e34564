//! Where `fetch` gets the Teams policies, which Microsoft Graph does not tell.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::time::Duration;

use graphwhy::tenant::fetch::signin::{Audience, Source as SignIn};
use graphwhy::tenant::fetch::{self, AdminApi, Limits, PowerShell, Progress, Roots, Running, TeamsRead};
use graphwhy::tenant::{Reason, Snapshot, Status};
use indicatif::{ProgressBar, ProgressDrawTarget};
use jiff::Timestamp;
use uuid::Uuid;

use super::Common;
use super::output::{Failure, note};
use super::sign_in::failure;
use super::state::read_one;

/// What `--teams` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// What `import` takes or writes.
    Export(PathBuf),
    /// The export script, run here.
    PowerShell,
    /// The endpoints of the module, which no document describes.
    AdminApi,
}

impl std::str::FromStr for Source {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match (text, text.split_once('=')) {
            ("powershell", _) => Ok(Self::PowerShell),
            ("admin-api", _) => Ok(Self::AdminApi),
            (_, Some(("export", file))) if !file.is_empty() => Ok(Self::Export(file.into())),
            _ => Err("it is no source of Teams policies; write `export=FILE` with what `graphwhy import` takes or \
                      writes, `powershell` or `admin-api`"
                .to_owned()),
        }
    }
}

/// What reading them takes.
pub(crate) struct Ask<'a> {
    pub(crate) roots: &'a Roots,
    pub(crate) tenant: Option<Uuid>,
    /// Users whose effective policy is read one by one.
    pub(crate) users: Vec<Uuid>,
    pub(crate) sign_in: &'a SignIn,
    pub(crate) limits: Limits,
    /// The earlier snapshot, and the age up to which its parts are not read again.
    pub(crate) earlier: Option<(&'a Snapshot, Duration)>,
}

/// The policies; `None` = those of the earlier snapshot are new enough.
pub(crate) fn read(
    source: &Source,
    ask: Ask<'_>,
    bar: &ProgressBar,
    common: &Common,
) -> Result<Option<TeamsRead>, Failure> {
    if !matches!(source, Source::Export(_)) && ask.earlier.is_some_and(|(snapshot, age)| is_fresh(snapshot, age)) {
        return Ok(None);
    }
    let read = match source {
        Source::Export(file) => TeamsRead {
            snapshot: dated(read_one(file, common)?),
            notes: Vec::new(),
            traffic: graphwhy::tenant::fetch::Traffic::default(),
            elapsed: Duration::ZERO,
            interrupted: false,
        },
        Source::PowerShell => {
            bar.set_message("Teams policies from PowerShell");
            // Nobody but the module itself can sign in a person for it.
            let tokens = if ask.sign_in.is_ready(Audience::TeamsAdmin) || ask.sign_in.is_app() {
                let get = |audience| fetch::token(ask.sign_in, audience, ask.limits.budget, true);
                let get = |audience| get(audience).map_err(|error| failure(&error));
                Some((get(Audience::Graph)?, get(Audience::TeamsAdmin)?))
            } else {
                None
            };
            let shell = PowerShell {
                programs: Vec::new(),
                cloud: ask.roots.name.clone(),
                tenant: ask.tenant,
                ask: tokens.is_none() && std::io::stdin().is_terminal() && std::io::stderr().is_terminal(),
                tokens,
                users: ask.users,
                // Graph is read afterwards, and needs some of the time.
                limit: ask.limits.budget.mul_f64(0.75),
                stop_at_ctrl_c: true,
            };
            let asks = shell.ask && !common.quiet;
            if asks {
                // A bar would be drawn over what PowerShell asks.
                bar.set_draw_target(ProgressDrawTarget::hidden());
                note("signing in to Teams: PowerShell asks below");
            }
            let mut begun = false;
            let read = shell.read(&mut |running: &Running| {
                if asks && !std::mem::replace(&mut begun, true) {
                    bar.set_draw_target(ProgressDrawTarget::stderr());
                }
                bar.set_message(format!(
                    "Teams policies from PowerShell: {} ({} objects)",
                    running.part, running.items
                ));
            });
            read.map_err(|error| failure(&error))?
        }
        Source::AdminApi => {
            if !common.quiet {
                note(
                    "note: `--teams admin-api` asks endpoints that no document describes: they may change or refuse, \
                     and what they tell is marked so",
                );
            }
            bar.set_message("Teams policies from the Teams admin API (undocumented)");
            let api = AdminApi {
                roots: ask.roots.clone(),
                sign_in: ask.sign_in.clone(),
                limits: ask.limits,
                stop_at_ctrl_c: true,
            };
            let read = api.read(&mut |step: Progress| {
                bar.set_length(step.done.saturating_add(step.left) as u64);
                bar.set_position(step.done as u64);
            });
            read.map_err(|error| failure(&error))?
        }
    };
    bar.set_message("");
    if !common.quiet {
        read.notes.iter().for_each(|text| note(&format!("note: {text}")));
    }
    Ok(Some(read))
}

/// Every part with its own date, since the snapshot that it goes into has another one.
fn dated(mut snapshot: Snapshot) -> Snapshot {
    let taken = snapshot.taken_at;
    let parts = snapshot.read_times();
    if parts.iter().all(|read_at| read_at.is_none()) {
        parts.into_iter().for_each(|read_at| *read_at = taken);
    }
    snapshot
}

/// Whether what Graph does not tell was read, whole, and not long ago.
fn is_fresh(snapshot: &Snapshot, age: Duration) -> bool {
    let now = Timestamp::now();
    let young = |read_at: Option<Timestamp>| {
        read_at.is_some_and(|at| now.duration_since(at).abs().unsigned_abs() < age) && !age.is_zero()
    };
    snapshot.policies.is_complete()
        && snapshot.direct.is_complete()
        && snapshot.groups.is_complete()
        && young(snapshot.policies.read_at)
        && young(snapshot.direct.read_at)
        && young(snapshot.groups.read_at)
}

/// Whether a part that was asked for here could not be read.
pub(crate) fn failed(read: &TeamsRead) -> bool {
    let snapshot = &read.snapshot;
    // A reading that came to its end has policies; a file may well hold other things only.
    let none = snapshot.policies.status == Status::Missing && read.elapsed > Duration::ZERO;
    let bad = |reason: &Option<Reason>| {
        reason.as_ref().is_some_and(|reason| matches!(reason.kind.as_str(), "failed" | "forbidden"))
    };
    none || bad(&snapshot.policies.reason)
        || bad(&snapshot.direct.reason)
        || bad(&snapshot.groups.reason)
        || bad(&snapshot.settings.reason)
}
