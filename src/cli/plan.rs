//! `graphwhy plan`: the smallest fixes, or what somebody's script would do.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use graphwhy::check::expect::{self, Expectation};
use graphwhy::check::kept::Expected;
use graphwhy::check::operation;
use graphwhy::check::request::{Request, request};
use graphwhy::check::told::Report;
use graphwhy::diagnose::Verdict;
use graphwhy::fix::{self, Ask, Fix, Plan, Who};
use graphwhy::knowledge::{Catalogue, PolicyRule, PolicySubject};
use graphwhy::report::junit::Unknowns;
use graphwhy::report::what_if::WhatIf;
use graphwhy::report::{age, json, lists, plan as report};
use graphwhy::script::is_placeholder;
use graphwhy::source::Source;
use graphwhy::tenant::subject::{Names, Resolved, Subject, near_words};
use graphwhy::tenant::{Snapshot, View, name};
use jiff::Timestamp;
use uuid::Uuid;

use super::Common;
use super::explain::{read_source, read_stdin};
use super::files::{PrivateFile, is_no_file, keep_apart, keep_inputs, named, no_script, read_text};
use super::formats::{self, Kind, Target};
use super::offered::operation_parser;
use super::output::{Failure, catalogue, note, print, refused, shown};
use super::state::{STATE_HELP, read_states};

const EXIT: &str = "Exit codes: 0 it is allowed already, or the scripts take nothing; 1 it is denied, the app is disabled, or the scripts take access, fail or break an expectation; 2 usage, also where the snapshot does not know who is named; 3 the tool failed, also for a line of `--users` that names nobody; 4 unknown.";

/// Arguments of `plan`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXIT)]
#[command(
    override_usage = "graphwhy plan --state FILE --app APP [OPTIONS]\n                     [--user USER | --users FILE | --group GROUP]\n       graphwhy plan --state FILE SCRIPT... [OPTIONS]"
)]
pub(crate) struct PlanArgs {
    /// Scripts and runbooks to simulate instead; `-` is standard input
    #[arg(value_name = "SCRIPT", conflicts_with_all = ["app", "user", "users", "group", "operation", "script", "for_admin"], help_heading = "Input")]
    scripts: Vec<PathBuf>,
    /// The app: client id, or its name in the snapshot
    #[arg(long, value_name = "APP", value_hint = clap::ValueHint::Other, required_unless_present = "scripts", help_heading = "Input")]
    app: Option<String>,
    /// A user: object id, or user principal name in the snapshot; repeat it for several
    #[arg(long, value_name = "USER", value_hint = clap::ValueHint::Other, help_heading = "Input")]
    user: Vec<String>,
    /// A file with one user a line; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "user", help_heading = "Input")]
    users: Option<PathBuf>,
    /// A group: object id, or its name in the snapshot
    #[arg(long, value_name = "GROUP", value_hint = clap::ValueHint::Other, conflicts_with_all = ["user", "users"], help_heading = "Input")]
    group: Option<String>,
    /// The operation: a short name (`graphwhy rules --operations` lists them), or `METHOD /path`
    #[arg(long, value_name = "OPERATION", value_parser = operation_parser(), hide_possible_values = true, default_value = "read-meeting", help_heading = "Input")]
    operation: String,
    /// When it is to be done, RFC 3339; without it now
    #[arg(long, value_name = "TIME", value_hint = clap::ValueHint::Other, value_parser = graphwhy::input::parse_time, help_heading = "Input")]
    at: Option<i64>,
    #[arg(long, help = STATE_HELP, value_name = "FILE", required = true, help_heading = "State")]
    state: Vec<PathBuf>,
    /// What must be so, TOML with `[[expect]]` entries: tells what a script or a fix would break
    #[arg(long, value_name = "FILE", help_heading = "State")]
    expect: Option<PathBuf>,
    /// Which fix to print and to write, 1 is the smallest
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..), help_heading = "Output")]
    fix: u32,
    /// The name of a policy that has to be created
    #[arg(long, value_name = "NAME", value_hint = clap::ValueHint::Other, value_parser = policy_name, help_heading = "Output")]
    policy_name: Option<String>,
    /// Write the fix as a PowerShell script to review, and its undo beside it (`fix.ps1` and `fix.undo.ps1`); `-` prints
    /// the script in place of the report, without an undo
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    script: Option<PathBuf>,
    /// Print the text that somebody without rights sends to the administrator
    #[arg(long, help_heading = "Output")]
    for_admin: bool,
    #[arg(long, help = formats::HELP, value_name = "FORMAT[=FILE]", value_hint = clap::ValueHint::Other, value_parser = Target::parser(), hide_possible_values = true, default_value = "human", help_heading = "Output")]
    pub(crate) format: Vec<Target>,
}

impl PlanArgs {
    pub(crate) fn run(self, common: &Common) -> Result<ExitCode, Failure> {
        self.check_streams()?;
        self.check_files()?;
        let catalogue = catalogue(common)?;
        let snapshots = read_states(&self.state, common)?;
        let [snapshot] = snapshots.as_slice() else {
            return Err(Failure::usage(
                format!("`plan` takes one snapshot, and `--state` names {}", snapshots.len()),
                "name one snapshot, or the raw exports of one tenant",
            ));
        };
        let expected = self.expected(snapshot)?;
        let at = match self.at {
            Some(at) => Timestamp::from_second(at)
                .map_err(|_| Failure::usage("`--at` is too far away", "give a time of this century"))?,
            None => Timestamp::now(),
        };
        if self.scripts.is_empty() {
            self.plan(common, &catalogue, snapshot, at, expected.as_ref())
        } else {
            self.simulate(common, snapshot, &catalogue, at, expected.as_ref())
        }
    }

    /// The files of the state, as reports name them.
    fn state_name(&self) -> String {
        let names: Vec<String> = self.state.iter().map(|path| path.display().to_string()).collect();
        names.join(", ")
    }

    /// What is written is none of what is read.
    fn check_files(&self) -> Result<(), Failure> {
        let undo = self.script.as_deref().filter(|path| path.as_os_str() != "-").map(undo_path);
        let outputs = || {
            named("--script", &self.script)
                .chain(undo.iter().map(|path| ("the undo of `--script`", path.as_path())))
                .chain(formats::files(&self.format))
        };
        let inputs = named("--state", &self.state)
            .chain(named("--expect", &self.expect))
            .chain(named("--users", &self.users))
            .chain(named(if self.scripts.len() == 1 { "the script" } else { "the scripts" }, &self.scripts));
        keep_inputs(outputs(), inputs)?;
        keep_apart(outputs())
    }

    /// Standard input and standard output serve one purpose each.
    fn check_streams(&self) -> Result<(), Failure> {
        let inputs = self.scripts.iter().chain(&self.users).chain(&self.expect).chain(&self.state);
        if inputs.filter(|path| path.as_os_str() == "-").count() > 1 {
            return Err(Failure::usage("standard input can be read once", "name `-` only once"));
        }
        let prints = self.script.as_ref().is_some_and(|path| path.as_os_str() == "-");
        let reports = |target: &&Target| target.is_stdout() && (target.kind != Kind::Human || self.format.len() > 1);
        if prints && (self.for_admin || self.format.iter().any(|target| reports(&target))) {
            return Err(Failure::usage(
                "the script and a report cannot share standard output",
                "write one of them to a file: `--script FILE` or `--format json=FILE`",
            ));
        }
        if self.for_admin && self.format.iter().any(|target| target.kind != Kind::Human) {
            return Err(Failure::usage("`--for-admin` is a text, and has no other format", "leave `--format` away"));
        }
        formats::check(&self.format)
    }

    /// What must be so, of this tenant; with the name of its file.
    fn expected(&self, snapshot: &Snapshot) -> Result<Option<(String, Vec<Expectation>)>, Failure> {
        let Some(path) = &self.expect else { return Ok(None) };
        let (name, text) = read_text(path)?;
        let default =
            operation("read-meeting").map_err(|message| Failure::usage(message, graphwhy::check::OPERATION_HELP))?;
        let mut all = expect::parse(&text, &name, default).map_err(refused)?;
        let count = all.len();
        all.retain(|it| it.tenant.is_none() || snapshot.tenant_id.is_none() || it.tenant == snapshot.tenant_id);
        for one in &mut all {
            one.tenant = None;
        }
        if let Some(one) = all.iter().find(|one| one.forbids_default_only()) {
            note(&format!(
                "note: {name}:{}: it forbids access and names no `operation`, so that only read-meeting is asked",
                one.place.line
            ));
        }
        if all.len() < count {
            note(&format!("note: {} expectations of `{name}` are of other tenants", count - all.len()));
        }
        Ok(Some((name, all)))
    }

    fn plan(
        &self,
        common: &Common,
        catalogue: &Catalogue,
        snapshot: &Snapshot,
        at: Timestamp,
        expected: Option<&(String, Vec<Expectation>)>,
    ) -> Result<ExitCode, Failure> {
        let request =
            request(&self.operation).map_err(|message| Failure::usage(message, graphwhy::check::OPERATION_HELP))?;
        let operation = request.operation;
        let view = View::indexed(snapshot);
        let names = Names::new(&view);
        let app_id = app(self.app.as_deref().unwrap_or_default(), &names, snapshot)?;
        let who = self.who_of(&request, &names, snapshot)?;
        let about_users = operation.subject != PolicySubject::Nobody && operation.policy != PolicyRule::FiltersResults;
        if who == Who::Nobody && about_users {
            return Err(Failure::usage(
                format!("`{}` is about a user, and none is named", self.operation),
                "name whom the app is to act for: `--user`, `--users FILE` or `--group` (for virtual events their creator)",
            ));
        }
        let when = Some(at);
        let ask =
            Ask { app_id, who, operation, at: when, policy_name: self.policy_name.as_deref(), snapshot, catalogue };
        let mut plan = fix::plan(&ask);
        if let Some((source, all)) = expected {
            fix::expecting(&mut plan, &ask, Expected { source, all }, at);
        }
        let index = usize::try_from(self.fix).unwrap_or(usize::MAX).saturating_sub(1);
        let chosen = plan.fixes.get(index);
        if chosen.is_none() && (self.fix > 1 || self.script.is_some() && !plan.fixes.is_empty()) {
            return Err(Failure::usage(
                format!("there is no fix {}", self.fix),
                format!("this plan has {}; see them without `--fix`", plan.fixes.len()),
            ));
        }
        if let Some(name) = &self.policy_name
            && let created = created(&plan)
            && !created.iter().any(|it| graphwhy::tenant::name::same(it, name))
        {
            note(&if created.is_empty() {
                format!("note: `--policy-name {name}` has no effect: no fix of this plan creates a policy")
            } else {
                let verb = if created.len() == 1 { "is" } else { "are" };
                let created: Vec<String> = created.iter().map(|it| format!("`{it}`")).collect();
                format!("note: `{name}` is taken, {} {verb} used", fix::listed(&created))
            });
        }
        let printed = match &self.script {
            // Whoever plans again after the change finds nothing wrong.
            Some(_) if plan.verdict == Verdict::Allowed && plan.fixes.is_empty() => {
                if !common.quiet {
                    note(if plan.is_allowed_in_vain() {
                        "no script was written: no change of roles or policies mends it"
                    } else {
                        "no script was written: it is allowed already, and nothing has to be changed"
                    });
                }
                None
            }
            Some(path) => write_scripts(path, &plan, chosen, snapshot, common.quiet)?,
            None => None,
        };
        if let Some(script) = printed {
            let files: Vec<Target> = self.format.iter().filter(|target| !target.is_stdout()).cloned().collect();
            self.deliver(&files, common, &plan, &ask, index)?;
            if !common.quiet {
                print(&script)?;
            }
        } else {
            self.deliver(&self.format, common, &plan, &ask, index)?;
        }
        Ok(ExitCode::from(match plan.verdict {
            Verdict::Allowed => u8::from(plan.is_allowed_in_vain()),
            Verdict::Denied => 1,
            Verdict::Unknown => 4,
        }))
    }

    fn deliver(
        &self,
        targets: &[Target],
        common: &Common,
        plan: &Plan,
        ask: &Ask<'_>,
        index: usize,
    ) -> Result<(), Failure> {
        let (catalogue, chosen) = (ask.catalogue, plan.fixes.get(index));
        let file = self.state_name();
        let ages = ask.at.map(|at| age::state(&file, ask.snapshot, at)).into_iter().collect::<Vec<_>>();
        formats::deliver(targets, common, &mut |kind, look| {
            Ok(match kind {
                Kind::Human if self.for_admin => report::for_admin(plan, ask, chosen),
                Kind::Human => report::human(plan, ask, index, look) + &lines(&ages),
                Kind::Json => format!("{:#}\n", json::document(vec![report::value(plan, ask, index)])),
                Kind::Ndjson => format!("{}\n", report::value(plan, ask, index)),
                kind => {
                    let told = lists::plan(plan, ask, &file, index);
                    let fixes = plan.fixes.len();
                    let summary = format!("{fixes} fix{}", if fixes == 1 { "" } else { "es" });
                    let below = report::markdown(plan, index);
                    let report = Report {
                        command: "plan",
                        told: &told,
                        summary: &summary,
                        columns: &lists::PLAN,
                        beside: &[],
                        below: &below,
                        states: &ages,
                        catalogue,
                    };
                    formats::machine(kind, &report, Unknowns::Error)?
                }
            })
        })
    }

    /// For whom: who is named, or stands in the path of the operation.
    fn who_of(&self, request: &Request, names: &Names<'_, '_>, snapshot: &Snapshot) -> Result<Who, Failure> {
        if let Some(creator) = created_by(request, snapshot) {
            return match self.who(names)? {
                Who::Users(users) if users != [creator] => Err(of_another(creator)),
                Who::Group(_) => Err(of_another(creator)),
                Who::Nobody | Who::Users(_) => {
                    note(&format!("note: `{creator}` created the event; a plan is for all events of its creator"));
                    Ok(Who::Users(vec![creator]))
                }
            };
        }
        if request.meeting.is_some() {
            note("note: a plan is for all meetings of the user; `graphwhy check` judges the one in the path");
        }
        let who = self.who(names)?;
        let Some(path) = &request.user else { return Ok(who) };
        let id = user(&path.to_string(), names, None)?;
        match who {
            Who::Nobody => Ok(Who::Users(vec![id])),
            Who::Users(users) if users == [id] => Ok(Who::Users(users)),
            Who::Users(_) | Who::Group(_) => Err(Failure::usage(
                format!("`--operation` names the user `{path}`, and the plan is for others"),
                "write `{id}` in the path, or name the user there alone",
            )),
        }
    }

    fn who(&self, names: &Names<'_, '_>) -> Result<Who, Failure> {
        if let Some(group) = &self.group {
            return group_id(group, names).map(Who::Group);
        }
        let mut users = Vec::new();
        let mut seen = std::collections::HashSet::new();
        let mut add_one = |text: &str, place: Option<String>| -> Result<(), Failure> {
            let id = user(text, names, place)?;
            if !seen.insert(id) {
                note(&format!("warning: user {id} is named twice"));
            } else {
                users.push(id);
            }
            Ok(())
        };
        // A name may have a comma in it; ids and addresses with commas between are several.
        let mut add = |text: &str, place: &dyn Fn(usize) -> Option<String>| -> Result<(), Failure> {
            if text.contains(',') && names.user(&Subject::of(text)) == Resolved::Unlisted && all_ids(text) {
                let mut at = 0;
                for part in text.split(',') {
                    let blanks = part.chars().take_while(|character| character.is_whitespace()).count();
                    if !part.trim().is_empty() {
                        add_one(part.trim(), place(at + blanks))?;
                    }
                    at += part.chars().count() + 1;
                }
                return Ok(());
            }
            add_one(text, place(0))
        };
        for text in &self.user {
            add(text, &|_| None)?;
        }
        if let Some(path) = &self.users {
            let (name, text) = read_text(path)?;
            let text = text.strip_prefix('\u{FEFF}').unwrap_or(&text);
            for (index, line) in text.lines().enumerate() {
                let column = line.chars().take_while(|character| character.is_whitespace()).count() + 1;
                let line = line.trim();
                if !line.is_empty() && !line.starts_with('#') {
                    add(line, &|at| Some(format!("{name}:{}:{}", index + 1, column + at)))?;
                }
            }
            if users.is_empty() {
                return Err(Failure::Tool {
                    message: format!("`{name}` names no user"),
                    help: "write one object id, user principal name or name a line".into(),
                    place: Some(format!("{name}:1:1")),
                });
            }
        }
        Ok(if users.is_empty() { Who::Nobody } else { Who::Users(users) })
    }

    fn simulate(
        &self,
        common: &Common,
        snapshot: &Snapshot,
        catalogue: &Catalogue,
        at: Timestamp,
        expected: Option<&(String, Vec<Expectation>)>,
    ) -> Result<ExitCode, Failure> {
        if self.policy_name.is_some() {
            note("note: `--policy-name` has no effect: a script names its own policies");
        }
        let sources: Vec<Source> = self
            .scripts
            .iter()
            .map(|path| if path.as_os_str() == "-" { read_stdin(common) } else { read_source(path) })
            .collect::<Result<_, _>>()?;
        if let Some(failure) = sources.iter().find_map(no_script) {
            return Err(failure);
        }
        let mut run = WhatIf::of(&sources, snapshot, Some(at));
        if let Some((source, all)) = expected {
            run.expecting(Expected { source, all }, snapshot, catalogue, at);
        }
        let ages = [age::state(&self.state_name(), snapshot, at)];
        formats::deliver(&self.format, common, &mut |kind, look| {
            Ok(match kind {
                Kind::Human => run.human(&sources, snapshot, catalogue, look) + &lines(&ages),
                Kind::Json => format!("{:#}\n", json::document(vec![run.value(&sources, snapshot)])),
                Kind::Ndjson => format!("{}\n", run.value(&sources, snapshot)),
                kind => {
                    let told = lists::what_if(&run, &sources, snapshot);
                    let mut beside = lists::beside(&run.effects);
                    beside.extend(run.notes_words(&sources));
                    let summary = run.summary();
                    let report = Report {
                        command: "plan",
                        told: &told,
                        summary: &summary,
                        columns: &lists::WHAT_IF,
                        beside: &beside,
                        below: "",
                        states: &ages,
                        catalogue,
                    };
                    formats::machine(kind, &report, Unknowns::Error)?
                }
            })
        })?;
        let code = if run.takes() || run.breaks() {
            1
        } else if run.may_break() || run.is_open() {
            4
        } else {
            0
        };
        Ok(ExitCode::from(code))
    }
}

/// Who created the virtual event that is named, where the operation goes by its creator's policy and the event was read.
fn created_by(request: &Request, snapshot: &Snapshot) -> Option<Uuid> {
    let named = request.meeting.as_deref().filter(|_| request.operation.subject == PolicySubject::EventCreator)?;
    snapshot.event(&named.text)?.created_by
}

fn of_another(creator: Uuid) -> Failure {
    Failure::usage(
        format!("`--operation` names an event that `{creator}` created, and the plan is for others"),
        "the policy of its creator is asked: leave `--user`, `--users` and `--group` out",
    )
}

/// The policies that the fixes create, by name.
fn created(plan: &Plan) -> Vec<&str> {
    let commands = plan.fixes.iter().filter_map(|fix| fix.proof.as_ref()).flat_map(|proof| &proof.commands);
    let mut names: Vec<&str> = commands
        .filter_map(|command| match command {
            fix::Command::NewPolicy { name, .. } => Some(name.as_str()),
            _ => None,
        })
        .collect();
    let mut seen = std::collections::HashSet::new();
    names.retain(|name| seen.insert(*name));
    names
}

/// The snapshots with their ages, below a report for people.
fn lines(ages: &[String]) -> String {
    ages.iter().map(|line| format!("\n{line}\n")).collect()
}

/// Whether what stands between commas are all ids or addresses.
fn all_ids(text: &str) -> bool {
    let mut parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts.all(|part| Uuid::try_parse(part).is_ok() || part.contains('@') && !part.contains(char::is_whitespace))
}

fn app(text: &str, names: &Names<'_, '_>, snapshot: &Snapshot) -> Result<Uuid, Failure> {
    match names.app(&Subject::of(text)) {
        Resolved::Id(id) => Ok(id),
        Resolved::Unlisted => {
            let near = near_words(snapshot, true, &Subject::of(text));
            Err(Failure::usage(format!("the snapshot knows no app called `{text}`{near}"), "give its client id"))
        }
        Resolved::Several(count) => Err(Failure::usage(
            format!("{count} apps are called `{text}`"),
            "give the client id of the one that calls (`appid` or `azp` in its token)",
        )),
    }
}

fn user(text: &str, names: &Names<'_, '_>, place: Option<String>) -> Result<Uuid, Failure> {
    let (message, help) = match names.user(&Subject::of(text)) {
        Resolved::Id(id) => return Ok(id),
        Resolved::Unlisted => (
            format!("the snapshot knows no user `{text}`"),
            "give the object id: a name that nobody has read is not guessed",
        ),
        Resolved::Several(count) => {
            (format!("{count} users are called `{text}`"), "give the user principal name or the object id")
        }
    };
    Err(match place {
        Some(place) => Failure::Tool { message, help: help.into(), place: Some(place) },
        None => Failure::usage(message, help),
    })
}

fn group_id(text: &str, names: &Names<'_, '_>) -> Result<Uuid, Failure> {
    match Subject::of(text) {
        Subject::Id(id) => Ok(id),
        subject => names.group(&subject).map(|(_, group)| group.group_id).ok_or_else(|| {
            Failure::usage(format!("the snapshot knows no group called `{text}`, or several"), "give its object id")
        }),
    }
}

/// A name that is meant: a hole of an example, or what no console shows, would be created as it is.
fn policy_name(text: &str) -> Result<String, String> {
    let name = text.trim();
    if name::bare(name).is_empty() {
        return Err("a policy has a name".to_owned());
    }
    if is_placeholder(name) {
        return Err(format!("`{name}` is a placeholder; name the policy"));
    }
    if name.chars().any(char::is_control) {
        return Err("the name has a control character or a line break; leave it out".to_owned());
    }
    Ok(name.to_owned())
}

/// Where the undo of a script goes: `fix.undo.ps1` for `fix.ps1`.
fn undo_path(path: &Path) -> PathBuf {
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("ps1")) {
        return path.with_extension("undo.ps1");
    }
    let mut name = path.as_os_str().to_owned();
    name.push(".undo.ps1");
    PathBuf::from(name)
}

/// Writes the fix and its undo, both or none; gives the script if it is to be printed.
fn write_scripts(
    path: &Path,
    plan: &Plan,
    fix: Option<&Fix>,
    snapshot: &Snapshot,
    quiet: bool,
) -> Result<Option<String>, Failure> {
    let Some(scripts) = fix.and_then(|fix| fix::script::scripts(fix, snapshot)) else {
        let help = match plan.verdict {
            Verdict::Allowed => "nothing has to be changed",
            Verdict::Denied | Verdict::Unknown => {
                "see the report without `--script`; a page that somebody opens is no script"
            }
        };
        return Err(Failure::usage("there is no fix to write as a script", help));
    };
    if path.as_os_str() == "-" {
        if !quiet {
            note("the undo is not printed; `--script FILE` writes both");
        }
        return Ok(Some(scripts.run));
    }
    // The undo stands beside the script; beside a pipe or a device nothing can.
    if is_no_file(path) {
        return Err(Failure::usage(
            format!("`{}` is no file, and the undo is a second one beside it", shown(path)),
            "name a file; `--script -` prints the script alone",
        ));
    }
    let back = undo_path(path);
    let mut files = Vec::new();
    for (path, text, what) in [(path, Some(&scripts.run), ""), (&back, scripts.undo.as_ref(), " (the undo)")] {
        let Some(text) = text else { continue };
        // What somebody else wrote there is not lost.
        let there = std::fs::read(path).unwrap_or_default();
        if !fix::script::is_own(&String::from_utf8_lossy(&there)) {
            return Err(Failure::usage(
                format!("`{}` exists already, and is no script of `graphwhy plan`", shown(path)),
                "name another file, or move that one away",
            ));
        }
        let mut file = PrivateFile::create(path)?;
        file.write(text)?;
        files.push((file, format!("wrote {}{what}", shown(path))));
    }
    for (file, words) in files {
        file.finish()?;
        if !quiet {
            note(&words);
        }
    }
    if scripts.undo.is_none() {
        // An earlier one takes back what this script does not do.
        let stale =
            std::fs::read_to_string(&back).is_ok_and(|text| !text.trim().is_empty() && fix::script::is_own(&text));
        let removed = stale && std::fs::remove_file(&back).is_ok();
        if !quiet {
            note("no undo was written: no command is known to take it back");
        }
        if removed {
            note(&format!("removed {}, the undo of an earlier script", back.display()));
        }
    }
    Ok(None)
}
