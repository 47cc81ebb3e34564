//! `graphwhy plan`: the smallest fixes, or what somebody's script would do.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use graphwhy::diagnose::Verdict;
use graphwhy::fix::{self, Ask, Fix, Plan, Who};
use graphwhy::knowledge::{Catalogue, Operation, operation_for, operation_named};
use graphwhy::report::{json, plan as report};
use graphwhy::source::Source;
use graphwhy::tenant::{Snapshot, View};
use jiff::Timestamp;
use uuid::Uuid;

use super::explain::{read_snapshots, read_source};
use super::output::{Failure, catalogue, look, note, print, unreadable};
use super::{Common, Format};

/// Arguments of `plan`.
#[derive(Debug, clap::Args)]
pub(crate) struct PlanArgs {
    /// Scripts and runbooks to simulate instead
    #[arg(value_name = "SCRIPT", conflicts_with_all = ["app", "user", "users", "group", "operation", "script", "for_admin"], help_heading = "Input")]
    scripts: Vec<PathBuf>,
    /// The app: client id, or its name in the snapshot
    #[arg(long, value_name = "APP", required_unless_present = "scripts", help_heading = "Input")]
    app: Option<String>,
    /// A user: object id, or user principal name in the snapshot; repeat it for several
    #[arg(long, value_name = "USER", help_heading = "Input")]
    user: Vec<String>,
    /// A file with one user a line; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "user", help_heading = "Input")]
    users: Option<PathBuf>,
    /// A group: object id, or its name in the snapshot
    #[arg(long, value_name = "GROUP", conflicts_with_all = ["user", "users"], help_heading = "Input")]
    group: Option<String>,
    /// The operation: a short name, or `METHOD /path`
    #[arg(long, value_name = "OPERATION", default_value = "read-meeting", help_heading = "Input")]
    operation: String,
    /// When it is to be done, RFC 3339; without it now
    #[arg(long, value_name = "TIME", value_parser = graphwhy::input::parse_time, help_heading = "Input")]
    at: Option<i64>,
    /// Snapshot of the tenant's policy state
    #[arg(long, value_name = "FILE", required = true, help_heading = "State")]
    state: PathBuf,
    /// Which fix to write, 1 is the smallest
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..), help_heading = "Output")]
    fix: u32,
    /// The name of a policy that has to be created
    #[arg(long, value_name = "NAME", help_heading = "Output")]
    policy_name: Option<String>,
    /// Write the fix as a PowerShell script to review; the undo goes beside it, to `FILE.undo.ps1`
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    script: Option<PathBuf>,
    /// Print the text that somebody without rights sends to the administrator
    #[arg(long, help_heading = "Output")]
    for_admin: bool,
    /// How to print
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT", help_heading = "Output")]
    pub(crate) format: Format,
}

impl PlanArgs {
    pub(crate) fn run(self, common: &Common) -> Result<ExitCode, Failure> {
        let catalogue = catalogue(common)?;
        let snapshots = read_snapshots(std::slice::from_ref(&self.state))?;
        let Some(snapshot) = snapshots.first() else {
            return Err(Failure::usage("no snapshot was given", "name one with `--state`"));
        };
        let at = match self.at {
            Some(at) => Timestamp::from_second(at).ok(),
            None => Some(Timestamp::now()),
        };
        if self.scripts.is_empty() {
            self.plan(common, &catalogue, snapshot, at)
        } else {
            self.simulate(common, snapshot, &catalogue, at)
        }
    }

    fn plan(
        &self,
        common: &Common,
        catalogue: &Catalogue,
        snapshot: &Snapshot,
        at: Option<Timestamp>,
    ) -> Result<ExitCode, Failure> {
        let operation = operation(&self.operation)?;
        let app_id = app(self.app.as_deref().unwrap_or_default(), snapshot)?;
        let who = self.who(snapshot)?;
        let ask = Ask { app_id, who, operation, at, policy_name: self.policy_name.as_deref(), snapshot, catalogue };
        let plan = fix::plan(&ask);
        let index = usize::try_from(self.fix).unwrap_or(usize::MAX).saturating_sub(1);
        let chosen = plan.fixes.get(index);
        if chosen.is_none() && (self.fix > 1 || self.script.is_some() && !plan.fixes.is_empty()) {
            return Err(Failure::usage(
                format!("there is no fix {}", self.fix),
                format!("this plan has {}; see them without `--fix`", plan.fixes.len()),
            ));
        }
        let text = if self.for_admin {
            report::for_admin(&plan, &ask, chosen)
        } else {
            match self.format {
                Format::Human => report::human(&plan, &ask, look(common)),
                Format::Json => format!("{:#}\n", json::document(vec![report::value(&plan, &ask)])),
                Format::Ndjson => format!("{}\n", report::value(&plan, &ask)),
            }
        };
        if let Some(path) = &self.script {
            write_scripts(path, &plan, chosen, snapshot)?;
        }
        if !common.quiet {
            print(&text)?;
        }
        Ok(ExitCode::from(match plan.verdict {
            Verdict::Allowed => 0,
            Verdict::Denied => 1,
            Verdict::Unknown => 4,
        }))
    }

    fn who(&self, snapshot: &Snapshot) -> Result<Who, Failure> {
        if let Some(group) = &self.group {
            return group_id(group, snapshot).map(Who::Group);
        }
        let view = View::indexed(snapshot);
        let mut users = Vec::new();
        let mut add = |text: &str, place: Option<String>| -> Result<(), Failure> {
            let id = user(text, &view, place)?;
            if users.contains(&id) {
                note(&format!("warning: user {id} is named twice"));
            } else {
                users.push(id);
            }
            Ok(())
        };
        for text in &self.user {
            add(text, None)?;
        }
        if let Some(path) = &self.users {
            let text = read_list(path)?;
            for (index, line) in text.lines().enumerate() {
                let line = line.trim();
                if !line.is_empty() && !line.starts_with('#') {
                    add(line, Some(format!("{}:{}:1", path.display(), index + 1)))?;
                }
            }
        }
        Ok(if users.is_empty() { Who::Nobody } else { Who::Users(users) })
    }

    fn simulate(
        &self,
        common: &Common,
        snapshot: &Snapshot,
        catalogue: &Catalogue,
        at: Option<Timestamp>,
    ) -> Result<ExitCode, Failure> {
        let sources: Vec<Source> = self.scripts.iter().map(|path| read_source(path)).collect::<Result<_, _>>()?;
        let run = graphwhy::report::what_if::WhatIf::of(&sources, snapshot, at);
        let text = match self.format {
            Format::Human => run.human(&sources, catalogue, look(common)),
            Format::Json => format!("{:#}\n", json::document(vec![run.value(&sources, snapshot)])),
            Format::Ndjson => format!("{}\n", run.value(&sources, snapshot)),
        };
        if !common.quiet {
            print(&text)?;
        }
        Ok(ExitCode::from(u8::from(run.takes())))
    }
}

fn read_list(path: &Path) -> Result<String, Failure> {
    if path.as_os_str() == "-" {
        return std::io::read_to_string(std::io::stdin().lock())
            .map_err(|error| Failure::tool(format!("could not read standard input: {error}"), "pipe a list into it"));
    }
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
    Ok(text.strip_prefix('\u{FEFF}').map_or(text.clone(), str::to_owned))
}

/// An operation by short name, or by method and path.
pub(crate) fn operation(text: &str) -> Result<&'static Operation, Failure> {
    let known = match text.trim().split_once(char::is_whitespace) {
        Some((method, path)) => operation_for(&method.to_ascii_uppercase(), path.trim()),
        None => operation_named(&text.trim().to_ascii_lowercase()),
    };
    known.ok_or_else(|| {
        Failure::usage(
            format!("no operation is called `{text}`"),
            "use a short name such as `read-meeting`, or `METHOD /path` such as \"GET /users/{id}/onlineMeetings/{meeting}\"",
        )
    })
}

fn app(text: &str, snapshot: &Snapshot) -> Result<Uuid, Failure> {
    if let Ok(id) = Uuid::try_parse(text.trim()) {
        return Ok(id);
    }
    let wanted = text.trim().to_lowercase();
    let apps: Vec<Uuid> = snapshot
        .apps
        .known()
        .iter()
        .filter(|app| app.name.as_ref().is_some_and(|name| name.trim().to_lowercase() == wanted))
        .map(|app| app.app_id)
        .collect();
    match apps.as_slice() {
        [one] => Ok(*one),
        [] => Err(Failure::usage(format!("the snapshot knows no app called `{text}`"), "give its client id")),
        _ => Err(Failure::usage(
            format!("{} apps are called `{text}`", apps.len()),
            "give the client id of the one that calls (`appid` or `azp` in its token)",
        )),
    }
}

fn user(text: &str, view: &View<'_>, place: Option<String>) -> Result<Uuid, Failure> {
    if let Ok(id) = Uuid::try_parse(text.trim()) {
        return Ok(id);
    }
    if let Some(user) = view.user_named(text) {
        return Ok(user.id);
    }
    let message = format!("the snapshot knows no user `{text}`");
    let help = "give the object id: a name that nobody has read is not guessed";
    Err(match place {
        Some(place) => Failure::Tool { message, help: help.into(), place: Some(place) },
        None => Failure::usage(message, help),
    })
}

fn group_id(text: &str, snapshot: &Snapshot) -> Result<Uuid, Failure> {
    if let Ok(id) = Uuid::try_parse(text.trim()) {
        return Ok(id);
    }
    let wanted = text.trim().to_lowercase();
    let known = snapshot.groups.known().iter();
    let groups: Vec<Uuid> = known
        .filter(|group| group.name.as_ref().is_some_and(|name| name.trim().to_lowercase() == wanted))
        .map(|group| group.group_id)
        .collect();
    match groups.as_slice() {
        [one] => Ok(*one),
        [] => Err(Failure::usage(format!("the snapshot knows no group called `{text}`"), "give its object id")),
        _ => Err(Failure::usage(format!("{} groups are called `{text}`", groups.len()), "give the object id")),
    }
}

fn write_scripts(path: &Path, plan: &Plan, fix: Option<&Fix>, snapshot: &Snapshot) -> Result<(), Failure> {
    let scripts = fix.and_then(|fix| fix::script::scripts(fix, snapshot));
    let Some(scripts) = scripts else {
        let help = match plan.verdict {
            Verdict::Allowed => "nothing has to be changed",
            Verdict::Denied | Verdict::Unknown => "see the report; a page that somebody opens is no script",
        };
        return Err(Failure::usage("there is no fix to write as a script", help));
    };
    write_private(path, scripts.run.as_bytes())?;
    note(&format!("wrote {}", path.display()));
    match scripts.undo {
        Some(undo) => {
            let back = path.with_extension("undo.ps1");
            write_private(&back, undo.as_bytes())?;
            note(&format!("wrote {} (the undo)", back.display()));
        }
        None => note("no undo was written: the state before is not known"),
    }
    Ok(())
}

/// Writes a file with tenant data: whole or not at all, for its owner alone.
fn write_private(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        Failure::tool(
            format!("could not write `{}`: {error}", path.display()),
            "check the folder and your rights to it",
        )
    };
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let part = path.with_file_name(format!(".{name}.{}.part", std::process::id()));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&part).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.and_then(|()| std::fs::rename(&part, path)).map_err(|error| {
        // What could be written of it is of no use.
        let _ = std::fs::remove_file(&part);
        failed(error)
    })
}
