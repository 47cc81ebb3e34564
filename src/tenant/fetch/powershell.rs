//! Teams policies from the script that `import --script` prints, run by PowerShell where the MicrosoftTeams module is.
//!
//! The script writes into a folder that only its owner can read, and what it wrote counts even where it did not come to
//! its end: every part is partial then. The child does not outlive this process's wait for it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};
use tempfile::TempDir;
use uuid::Uuid;

use super::{End, FetchError, Secret, TeamsRead, answer, bounded, client, stop};
use crate::tenant::import::{self, SCRIPT};
use crate::tenant::{Part, Reason, Snapshot, Status};

/// Signs in and runs the script.
const RUN: &str = include_str!("run.ps1");

/// How [`RUN`] ends when the module is not there.
const NO_MODULE: i32 = 10;
/// How it ends when it is not signed in.
const NO_SESSION: i32 = 11;

/// How often the child is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// What a child may say on standard error before its rest is not read.
const MOST_WORDS: u64 = 64 << 10;

/// A larger export is not read: it is none.
const MOST_EXPORT: u64 = 2 << 30;

const INSTALL: &str = "Install-Module MicrosoftTeams -Scope CurrentUser";

/// What to run, and for how long.
#[derive(Debug)]
pub struct PowerShell {
    /// Programs to try, in this order; empty = `pwsh`, and on Windows then `powershell`.
    pub programs: Vec<OsString>,
    /// Name of the cloud.
    pub cloud: String,
    /// The tenant to sign in to.
    pub tenant: Option<Uuid>,
    /// Ready tokens for Microsoft Graph and for Teams, in this order.
    pub tokens: Option<(Secret, Secret)>,
    /// Whether somebody is there who can sign in.
    pub ask: bool,
    /// Users whose effective policy is read one by one.
    pub users: Vec<Uuid>,
    /// The longest time.
    pub limit: Duration,
    /// Stop at Ctrl-C.
    pub stop_at_ctrl_c: bool,
}

/// What the script has written so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Running {
    /// The part that it reads.
    pub part: String,
    /// Objects of all parts.
    pub items: usize,
}

/// How a program ended.
enum Ended {
    /// By itself.
    With(ExitStatus),
    /// Its time was over.
    Late,
    /// Ctrl-C.
    Interrupted,
}

impl PowerShell {
    /// Runs the script and imports what it wrote.
    ///
    /// # Errors
    ///
    /// [`FetchError::Teams`] when there is no PowerShell, no module or no session; [`FetchError::Start`] when the
    /// machine cannot run it. A script that ends too early is no error: its parts say so.
    pub fn read(self, progress: &mut dyn FnMut(&Running)) -> Result<TeamsRead, FetchError> {
        let started = Instant::now();
        let environment = self.environment()?;
        let folder = private_folder()?;
        let programs = if self.programs.is_empty() { default_programs() } else { self.programs.clone() };
        let mut no_module: Option<String> = None;
        for program in &programs {
            let shown = program.to_string_lossy().into_owned();
            let Some(child) = self.start(program, folder.path(), environment)? else { continue };
            let ended = self.wait(child, folder.path(), progress)?;
            let words = said(&folder.path().join("stderr"));
            let left = self.limit.saturating_sub(started.elapsed());
            match self.judge(&ended, &words, folder.path())? {
                Outcome::NoModule if !left.is_zero() => no_module = Some(shown),
                Outcome::NoModule => return Err(missing_module(&shown)),
                Outcome::NoSession(why) => return Err(no_session(&why)),
                Outcome::Read(snapshot, notes) => {
                    let interrupted = matches!(ended, Ended::Interrupted);
                    return Ok(TeamsRead::offline(*snapshot, notes, started.elapsed(), interrupted));
                }
            }
        }
        Err(match no_module {
            Some(shown) => missing_module(&shown),
            None => FetchError::Teams {
                message: format!(
                    "there is no PowerShell: {} is not on PATH",
                    programs.iter().map(|it| format!("`{}`", it.to_string_lossy())).collect::<Vec<_>>().join(" or ")
                ),
                help: format!(
                    "install PowerShell 7 and in it `{INSTALL}`; or run the script of `graphwhy import --script` where \
                     they are, and give its file as `--teams export=FILE`"
                ),
            },
        })
    }

    /// The name by which Connect-MicrosoftTeams is told the cloud (learn.microsoft.com/microsoftteams/teams-powershell-install).
    fn environment(&self) -> Result<Option<&'static str>, FetchError> {
        match self.cloud.as_str() {
            "global" | "custom" => Ok(None),
            "usgov-l4" => Ok(Some("TeamsGCCH")),
            "usgov-dod" => Ok(Some("TeamsDOD")),
            other => Err(FetchError::Teams {
                message: format!("how Connect-MicrosoftTeams is told cloud `{other}` is not known here"),
                help: "sign in by hand, run the script of `graphwhy import --script`, and give its file as \
                       `--teams export=FILE`"
                    .to_owned(),
            }),
        }
    }

    /// The child; `None` = there is no such program.
    fn start(&self, program: &OsString, folder: &Path, environment: Option<&str>) -> Result<Option<Child>, FetchError> {
        let failed = |error: &std::io::Error| FetchError::Start { message: format!("PowerShell: {error}") };
        let file = |name: &str| File::create(folder.join(name)).map_err(|error| failed(&error));
        fs::write(folder.join("run.ps1"), RUN).map_err(|error| failed(&error))?;
        fs::write(folder.join("export.ps1"), SCRIPT).map_err(|error| failed(&error))?;
        let mut command = Command::new(program);
        command.args(["-NoLogo", "-NoProfile"]);
        if !self.ask {
            command.arg("-NonInteractive");
        }
        if cfg!(windows) {
            // Both scripts are this program's own.
            command.args(["-ExecutionPolicy", "Bypass"]);
        }
        command.arg("-File").arg(folder.join("run.ps1")).arg(folder.join(EXPORT));
        command.env("NO_COLOR", "1").env_remove("GRAPHWHY_RUN_ASK");
        let users: Vec<String> = self.users.iter().map(Uuid::to_string).collect();
        let tokens = self.tokens.as_ref();
        for (name, value) in [
            ("GRAPHWHY_RUN_TENANT", self.tenant.map(|it| it.to_string())),
            ("GRAPHWHY_RUN_ENVIRONMENT", environment.map(str::to_owned)),
            ("GRAPHWHY_RUN_GRAPH_TOKEN", tokens.map(|(graph, _)| graph.expose().to_owned())),
            ("GRAPHWHY_RUN_TEAMS_TOKEN", tokens.map(|(_, teams)| teams.expose().to_owned())),
            ("GRAPHWHY_RUN_ASK", self.ask.then(|| "1".to_owned())),
            ("GRAPHWHY_RUN_USERS", (!users.is_empty()).then(|| users.join(","))),
        ] {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command.stderr(file("stderr")?);
        if self.ask {
            // Where somebody signs in, the code to type is shown; data never comes this way.
            command.stdin(Stdio::inherit()).stdout(std::io::stderr());
        } else {
            command.stdin(Stdio::null()).stdout(file("stdout")?);
        }
        match command.spawn() {
            Ok(child) => Ok(Some(child)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(&error)),
        }
    }

    fn wait(&self, child: Child, folder: &Path, progress: &mut dyn FnMut(&Running)) -> Result<Ended, FetchError> {
        let failed = |message: String| FetchError::Start { message: format!("PowerShell: {message}") };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| failed(error.to_string()))?;
        let mut child = Reaped(child);
        let mut watch = Watch::new(folder);
        let mut status = None;
        let end = {
            let run = async {
                loop {
                    if let Some(ended) = child.0.try_wait().transpose() {
                        status = Some(ended);
                        return;
                    }
                    if watch.look() {
                        progress(&watch.running);
                    }
                    tokio::time::sleep(LOOK).await;
                }
            };
            runtime.block_on(bounded(run, stop(self.stop_at_ctrl_c), self.limit))
        };
        match (end, status) {
            (End::Done, Some(Ok(status))) => Ok(Ended::With(status)),
            (End::Done, Some(Err(error))) => Err(failed(error.to_string())),
            (End::Interrupted, _) => Ok(Ended::Interrupted),
            (End::Over | End::Done, _) => Ok(Ended::Late),
        }
    }

    fn judge(&self, ended: &Ended, words: &str, folder: &Path) -> Result<Outcome, FetchError> {
        let why = match ended {
            Ended::With(status) if status.success() => String::new(),
            Ended::With(status) => match (status.code(), last_line(words)) {
                (Some(NO_MODULE), _) => return Ok(Outcome::NoModule),
                (Some(NO_SESSION), line) => return Ok(Outcome::NoSession(line.unwrap_or_default())),
                _ if lacks_module(words) => return Ok(Outcome::NoModule),
                (_, Some(line)) if lacks_session(words) => return Ok(Outcome::NoSession(line)),
                (_, Some(line)) => line,
                (_, None) => format!("it ended with {status}"),
            },
            Ended::Late => format!("it did not end within {}", client::words(self.limit)),
            Ended::Interrupted => "it was interrupted".to_owned(),
        };
        let export = folder.join(EXPORT);
        if why.is_empty() && export.is_file() {
            let text = read_export(&export)?;
            let (snapshot, notes) = import(&text)?;
            return Ok(Outcome::Read(Box::new(snapshot), notes));
        }
        let why = if why.is_empty() { "it wrote no export".to_owned() } else { why };
        let written = [export, folder.join(UNFINISHED)].into_iter().find(|path| path.is_file());
        let torn = match written {
            Some(path) => torn(&read_export(&path)?, &why),
            None => None,
        };
        let (mut snapshot, notes) = match torn {
            Some(text) => import(&text)?,
            None => (Snapshot::default(), Vec::new()),
        };
        blame(&mut snapshot, &why);
        Ok(Outcome::Read(Box::new(snapshot), notes))
    }
}

/// What came of a run.
enum Outcome {
    NoModule,
    NoSession(String),
    Read(Box<Snapshot>, Vec<String>),
}

const EXPORT: &str = "export.json";
/// The script's own name for what it has not finished.
const UNFINISHED: &str = "export.json.unfinished";

/// A child that is killed where nobody waits for it any longer.
struct Reaped(Child);

impl Drop for Reaped {
    fn drop(&mut self) {
        // It may have ended already, which is as well.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn default_programs() -> Vec<OsString> {
    // The module also runs in Windows PowerShell 5.1, as the script does; elsewhere there is none.
    if cfg!(windows) { vec!["pwsh.exe".into(), "powershell.exe".into()] } else { vec!["pwsh".into()] }
}

fn private_folder() -> Result<TempDir, FetchError> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("graphwhy-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    builder.tempdir().map_err(|error| FetchError::Start { message: format!("no private folder: {error}") })
}

fn missing_module(program: &str) -> FetchError {
    FetchError::Teams {
        message: format!("the module MicrosoftTeams is not installed for `{program}`"),
        help: format!("run `{INSTALL}` in it, then this again"),
    }
}

fn no_session(why: &str) -> FetchError {
    let why = if why.is_empty() { String::new() } else { format!(": {why}") };
    FetchError::Teams {
        message: format!("PowerShell is not signed in to Teams{why}"),
        help: format!(
            "run it at a terminal, where Connect-MicrosoftTeams can ask; or set GRAPHWHY_TEAMS_TOKEN (for `{}`) beside \
             GRAPHWHY_GRAPH_TOKEN, which are handed to it",
            super::signin::TEAMS_ADMIN
        ),
    }
}

/// What PowerShell says where a command of the module, or the module itself, is not there.
fn lacks_module(words: &str) -> bool {
    let words = words.to_ascii_lowercase();
    words.contains("scriptrequiresmissingmodules")
        || words.contains("microsoftteams")
            && ["is not recognized", "no valid module file", "was not loaded", "missing modules", "not installed"]
                .iter()
                .any(|text| words.contains(text))
}

fn lacks_session(words: &str) -> bool {
    words.to_ascii_lowercase().contains("must call the connect-microsoftteams cmdlet")
}

/// The beginning of what a child said.
fn said(path: &Path) -> String {
    let mut bytes = Vec::new();
    if let Ok(file) = File::open(path) {
        // What cannot be read is only not told.
        let _ = file.take(MOST_WORDS).read_to_end(&mut bytes);
    }
    crate::source::decode(&bytes)
}

/// The last line that says something, fit to be shown.
fn last_line(words: &str) -> Option<String> {
    let line = words.lines().map(without_colours).rfind(|line| !line.trim().is_empty())?;
    Some(answer::harmless(line.trim()))
}

/// A line without the sequences that colour it.
fn without_colours(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        if c != '\u{1b}' {
            out.push(c);
        } else if chars.next() == Some('[') {
            for c in chars.by_ref() {
                if c.is_ascii_alphabetic() {
                    break;
                }
            }
        }
    }
    out
}

fn read_export(path: &Path) -> Result<String, FetchError> {
    let failed = |message: String| FetchError::Teams {
        message: format!("what PowerShell wrote cannot be read: {message}"),
        help: "run the script of `graphwhy import --script` by itself, and give its file as `--teams export=FILE`"
            .to_owned(),
    };
    let size = fs::metadata(path).map_err(|error| failed(error.to_string()))?.len();
    if size > MOST_EXPORT {
        return Err(failed("it is larger than 2 GiB".to_owned()));
    }
    let bytes = fs::read(path).map_err(|error| failed(error.to_string()))?;
    Ok(crate::source::decode(&bytes))
}

fn import(text: &str) -> Result<(Snapshot, Vec<String>), FetchError> {
    let file = import::File { name: "the export of PowerShell", text };
    let imported = import::import(&[file], &import::Options::default()).map_err(|error| FetchError::Teams {
        message: format!("what PowerShell wrote cannot be read: {error}"),
        help: error.help().to_owned(),
    })?;
    let notes = imported.notes.iter().map(|note| format!("{}: {}", note.place, note.text)).collect();
    Ok((imported.snapshot, notes))
}

/// An export that has no end, with one that says so: whole lines count, and every part of it is partial.
fn torn(text: &str, why: &str) -> Option<String> {
    let mut entries: Vec<&str> = Vec::new();
    let mut counts: BTreeMap<(String, Option<(String, String)>), usize> = BTreeMap::new();
    for line in text.lines() {
        let line = line.trim().trim_end_matches(',');
        if line.is_empty() || line == "[" || line == "]" {
            continue;
        }
        let Ok(entry) = serde_json::from_str::<Map<String, Value>>(line) else { break };
        if entry.contains_key("graphwhy_manifest") {
            break;
        }
        entries.push(line);
        if let Some(part) = entry.get("part").and_then(Value::as_str) {
            let owner = ["group_id", "user_id", "service_principal_id"]
                .iter()
                .find_map(|name| Some(((*name).to_owned(), entry.get(*name)?.as_str()?.to_owned())));
            let count = counts.entry((part.to_owned(), owner)).or_default();
            *count = count.saturating_add(1);
        }
    }
    // Not even the line that begins an export.
    entries.first()?;
    let parts: Vec<Value> = counts
        .into_iter()
        .map(|((part, owner), count)| {
            let mut entry = json!({"part": part, "status": "partial", "count": count, "reason": {"kind": "failed",
                "needs": null, "detail": format!("the export broke off: {why}")}});
            if let (Some((name, id)), Some(entry)) = (owner, entry.as_object_mut()) {
                entry.insert(name, Value::String(id));
            }
            entry
        })
        .collect();
    let end = json!({"graphwhy_manifest": 1, "parts": parts}).to_string();
    Some(format!("[\n{},\n{end}\n]\n", entries.join(",\n")))
}

/// What is missing says why, instead of that nobody asked.
fn blame(snapshot: &mut Snapshot, why: &str) {
    let reason = Reason {
        kind: "failed".to_owned(),
        needs: None,
        detail: Some(format!("the export broke off before this part: {why}")),
    };
    fn missing<T>(part: &mut Part<T>, reason: &Reason) {
        if part.status == Status::Missing {
            part.reason = Some(reason.clone());
        }
    }
    missing(&mut snapshot.policies, &reason);
    missing(&mut snapshot.direct, &reason);
    missing(&mut snapshot.groups, &reason);
    let settings = &mut snapshot.settings;
    if settings.graph_transcript_access.is_none() && settings.attributed_transcripts.is_none() {
        settings.reason = Some(reason);
    }
}

/// Looks at what the script has written so far.
struct Watch<'f> {
    folder: &'f Path,
    read: u64,
    tail: Vec<u8>,
    running: Running,
}

impl<'f> Watch<'f> {
    fn new(folder: &'f Path) -> Self {
        Self { folder, read: 0, tail: Vec::new(), running: Running::default() }
    }

    /// Whether there is something new.
    fn look(&mut self) -> bool {
        let Ok(mut file) = File::open(self.folder.join(UNFINISHED)) else { return false };
        let mut new = Vec::new();
        let more = file.seek(SeekFrom::Start(self.read)).and_then(|_| file.take(8 << 20).read_to_end(&mut new));
        if !more.is_ok_and(|more| more > 0) {
            return false;
        }
        self.read = self.read.saturating_add(new.len() as u64);
        self.tail.extend_from_slice(&new);
        let mut changed = false;
        while let Some(end) = memchr::memchr(b'\n', &self.tail) {
            let line: Vec<u8> = self.tail.drain(..=end).collect();
            if let Some(part) = part_of(&line) {
                self.running.part = part;
                self.running.items = self.running.items.saturating_add(1);
                changed = true;
            }
        }
        changed
    }
}

/// The part that a line of an export begins with.
fn part_of(line: &[u8]) -> Option<String> {
    let rest = std::str::from_utf8(line).ok()?.trim_start().strip_prefix("{\"part\":\"")?;
    let (part, _) = rest.split_once('"')?;
    (part.len() <= 20 && part.bytes().all(|byte| byte.is_ascii_alphanumeric())).then(|| part.to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    #[test]
    fn an_export_without_an_end_is_partial() {
        let text = "[\n{\"graphwhy_export\":1,\"tenant_id\":\"d0000000-0000-4000-8000-000000000001\"},\n\
            {\"part\":\"policies\",\"item\":{\"Identity\":\"Global\",\"AppIds\":[]}},\n\
            {\"part\":\"policies\",\"item\":{\"Identity\":\"Tag:A\",\"AppIds\":[\"748d2cbb-3b55-40ed-8c34-2eae5932b22a\"]}},\n\
            {\"part\":\"groups\",\"item\":{\"Gro";
        let (mut snapshot, _) = import(&torn(text, "it was late").unwrap()).unwrap();
        blame(&mut snapshot, "it was late");
        assert_eq!((snapshot.policies.status, snapshot.policies.items.len()), (Status::Partial, 2));
        assert!(snapshot.policies.reason.unwrap().detail.unwrap().contains("broke off: it was late"));
        let groups = snapshot.groups;
        assert_eq!((groups.status, groups.reason.unwrap().kind.as_str()), (Status::Missing, "failed"));
        assert_eq!(torn("", "x"), None);
        assert_eq!(torn("{\"graphwhy_ex", "x"), None);
    }

    #[test]
    fn what_powershell_says_is_understood() {
        assert!(lacks_module(
            "run.ps1: The script 'export.ps1' cannot be run because the following modules ... missing: MicrosoftTeams (ScriptRequiresMissingModules)"
        ));
        assert!(lacks_module("The term 'Connect-MicrosoftTeams' is not recognized as a name of a cmdlet"));
        assert!(!lacks_module("Access denied"));
        assert!(lacks_session("You must call the Connect-MicrosoftTeams cmdlet before calling any other cmdlets."));
        assert_eq!(last_line("a\n\u{1b}[31;1mbad\u{1b}[0m\n \n").as_deref(), Some("bad"));
        assert_eq!(part_of(b"{\"part\":\"direct\",\"item\":{}},\n").as_deref(), Some("direct"));
        assert_eq!(part_of(b"{\"graphwhy_export\":1}\n"), None);
    }

    #[test]
    fn both_scripts_are_plain_ascii() {
        // Windows PowerShell reads a file without a mark in the machine's own code page.
        assert!(RUN.is_ascii() && SCRIPT.is_ascii());
    }
}
