//! `graphwhy fetch`: the tenant's state from Microsoft Graph, into one file.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use graphwhy::source::sanitise;
use graphwhy::tenant::fetch::signin::Audience;
use graphwhy::tenant::fetch::{self, Apps, Fetched, Limits, Options, Progress, Roots, Secret, TeamsRead, Users};
use graphwhy::tenant::{self, Snapshot, Status};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use uuid::Uuid;

use super::Common;
use super::files::{PrivateFile, keep_inputs, named, read_text};
use super::output::{Failure, note, print, shown};
use super::sign_in::{self, SignIn, failure, token};
use super::state::tenant_id;
use super::teams;

/// Arguments of `fetch`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Sign-in: a ready access token in GRAPHWHY_GRAPH_TOKEN, else what the AZURE_ variables make complete, else `az`; see --sign-in.\nExit codes: 0 read as asked; 2 usage; 3 nothing could be read, or interrupted; 4 written, but a part that was asked for could not be read."
)]
pub(crate) struct Fetch {
    /// The snapshot to write (whole or not at all, readable by you only); `-` is standard output
    #[arg(short, long, value_name = "FILE", required_unless_present = "explain_rights", help_heading = "Output")]
    output: Option<PathBuf>,
    /// Print which right each part takes, and read nothing
    #[arg(long, help_heading = "Output")]
    explain_rights: bool,
    /// `all`, `group:ID` (its direct members), `@FILE` (one a line), or object ids and user principal names
    #[arg(long, value_name = "all|group:ID|@FILE|ID,…", default_value = "all", help_heading = "What to read")]
    users: String,
    /// `all`, or client ids; without it every app that a policy lists
    #[arg(long, value_name = "all|ID,…", help_heading = "What to read")]
    apps: Option<String>,
    /// Where policies, assignments and switches come from, which Graph does not tell: `export=FILE` (what `import`
    /// takes or writes), `powershell` (runs the script of `import --script`; takes the MicrosoftTeams module), or
    /// `admin-api` (undocumented endpoints that the module calls; takes a token for Teams)
    #[arg(long, value_name = "export=FILE|powershell|admin-api", help_heading = "What to read")]
    teams: Option<teams::Source>,
    /// A cloud (global, usgov-l4, usgov-dod, china, bleu, delos, govsg) or a TOML file with its roots
    #[arg(long, value_name = "NAME|FILE", default_value = "global", help_heading = "Sign-in")]
    cloud: String,
    /// The tenant to sign in to, and the one that it has to be
    #[arg(long, value_name = "ID", value_parser = tenant_id, help_heading = "Sign-in")]
    tenant: Option<Uuid>,
    #[command(flatten)]
    sign_in: SignIn,
    /// File with a ready access token for Teams (48ac35b8-9aa8-4d74-927d-1f4a14a0b239), instead of GRAPHWHY_TEAMS_TOKEN
    #[arg(long, value_name = "FILE", requires = "teams", help_heading = "Sign-in")]
    teams_token_file: Option<PathBuf>,
    /// Go on from the snapshot that `--output` holds, and carry its history
    #[arg(long, help_heading = "Earlier snapshot")]
    resume: bool,
    /// With `--resume`: read again only what is older (30s, 10m, 24h, 7d)
    #[arg(long, value_name = "AGE", value_parser = duration, default_value = "10m", requires = "resume", help_heading = "Earlier snapshot")]
    max_age: Duration,
    /// Stop trying after this time
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "30m", help_heading = "Manners")]
    budget: Duration,
    /// Time for one answer
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "100s", help_heading = "Manners")]
    timeout: Duration,
    /// Requests at once
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=16), default_value = "4", help_heading = "Manners")]
    concurrency: u8,
}

impl Fetch {
    pub(crate) fn run(self, common: &Common) -> Result<ExitCode, Failure> {
        if self.explain_rights {
            print(&format!("{}\n{SIGN_IN}\n\n{}", rights_table(), sign_in::ways()))?;
            return Ok(ExitCode::SUCCESS);
        }
        let output = self.output.clone().unwrap_or_else(|| "-".into());
        if self.resume && output.as_os_str() == "-" {
            return Err(Failure::usage(
                "`--resume` continues from a file, and `--output -` is not one",
                "name the file with the earlier snapshot",
            ));
        }
        if !self.resume {
            let export = match &self.teams {
                Some(teams::Source::Export(path)) => Some(path),
                _ => None,
            };
            let listed = self.users.strip_prefix('@').map(PathBuf::from);
            let inputs = named("--teams", export).chain(named("--users", &listed));
            keep_inputs(
                named("--output", [&output]),
                inputs.chain(named("--teams-token-file", &self.teams_token_file)),
            )?;
        }
        writable(&output)?;
        let roots = roots(&self.cloud)?;
        let sign_in = self.sign_in.source(&roots, self.tenant, self.ready_for_teams()?)?;
        let mut options = Options {
            roots,
            users: users(&self.users)?,
            apps: apps(self.apps.as_deref())?,
            teams: None,
            previous: if self.resume { earlier(&output)? } else { None },
            sign_in,
            tenant: self.tenant,
            max_age: self.max_age,
            limits: Limits {
                concurrency: usize::from(self.concurrency),
                request: self.timeout,
                budget: self.budget,
                ..Limits::default()
            },
            stop_at_ctrl_c: true,
        };
        if let Some(who) = options.sign_in.title().filter(|_| !common.quiet) {
            note(&format!("signing in: {who}"));
        }
        let bar = bar(common.quiet);
        let teams = match &self.teams {
            Some(source) => {
                let read = self.read_teams(source, &options, &bar, common);
                if read.is_err() {
                    bar.finish_and_clear();
                }
                read?
            }
            None => None,
        };
        if let Some(read) = &teams {
            if read.interrupted {
                bar.finish_and_clear();
                return Err(interrupted(&output));
            }
            options.limits.budget = options.limits.budget.saturating_sub(read.elapsed);
            options.teams = Some(read.snapshot.clone());
        }
        let mut ticking = false;
        let result = fetch::fetch(options, &mut |step: Progress| {
            // Not before: a bar that moves would hide the code that has to be entered.
            if !bar.is_hidden() && !std::mem::replace(&mut ticking, true) {
                bar.enable_steady_tick(Duration::from_millis(200));
            }
            bar.set_length(step.done.saturating_add(step.left) as u64);
            bar.set_position(step.done as u64);
        });
        bar.finish_and_clear();
        let mut fetched = result.map_err(|error| failure(&error))?;
        if let Some(read) = &teams {
            fetched.add(read.traffic, read.elapsed);
        }
        let keep = fetched.interrupted && !self.resume && output.as_os_str() != "-" && output.exists();
        if !keep {
            write(&output, &tenant::write(&fetched.snapshot))?;
        }
        if !common.quiet {
            tell(&fetched, &output, keep);
        }
        let failed = !fetched.unknown.is_empty()
            || fetched.parts.iter().any(|part| part.failed)
            || teams.as_ref().is_some_and(teams::failed);
        Ok(ExitCode::from(if fetched.interrupted {
            3
        } else if failed {
            4
        } else {
            0
        }))
    }
}

impl Fetch {
    /// A ready token for Teams, where one is of use.
    fn ready_for_teams(&self) -> Result<BTreeMap<Audience, Secret>, Failure> {
        let asked = self.teams.as_ref().is_some_and(|source| !matches!(source, teams::Source::Export(_)));
        let ready = if asked { token("GRAPHWHY_TEAMS_TOKEN", self.teams_token_file.as_deref())? } else { None };
        Ok(ready.map(|token| (Audience::TeamsAdmin, token)).into_iter().collect())
    }

    /// Policies, assignments and switches from where Graph does not tell them.
    fn read_teams(
        &self,
        source: &teams::Source,
        options: &Options,
        bar: &ProgressBar,
        common: &Common,
    ) -> Result<Option<TeamsRead>, Failure> {
        let ask = teams::Ask {
            roots: &options.roots,
            tenant: options.tenant,
            users: match &options.users {
                // One call each: of many, the lists tell as much and sooner.
                Users::Named(names) if names.len() <= 100 => {
                    names.iter().filter_map(|name| Uuid::try_parse(name).ok()).collect()
                }
                _ => Vec::new(),
            },
            sign_in: &options.sign_in,
            limits: options.limits,
            earlier: options.previous.as_ref().map(|previous| (previous, self.max_age)),
        };
        teams::read(source, ask, bar, common)
    }
}

fn interrupted(output: &Path) -> Failure {
    Failure::tool(
        format!("interrupted while the Teams policies were read: `{}` is as it was", shown(output)),
        "run it again",
    )
}

/// A duration such as `90s`, `10m`, `24h` or `7d`.
fn duration(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    let at = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(at).unwrap_or((text, ""));
    let factor = match unit {
        "s" | "" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        "d" => 86_400.0,
        _ => return Err(format!("`{unit}` is no unit; write 30s, 10m, 24h or 7d")),
    };
    let number: f64 =
        number.parse().map_err(|_| "it does not start with a number; write 30s, 10m, 24h or 7d".to_owned())?;
    Duration::try_from_secs_f64(number * factor).map_err(|error| error.to_string())
}

fn roots(cloud: &str) -> Result<Roots, Failure> {
    if let Some(roots) = Roots::named(cloud) {
        return Ok(roots);
    }
    let path = Path::new(cloud);
    if !path.is_file() {
        let names: Vec<&str> = graphwhy::knowledge::clouds().iter().map(|cloud| cloud.name).collect();
        return Err(Failure::usage(
            format!("`{cloud}` is no cloud and no file"),
            format!("use one of {}, or a TOML file with `graph`, `login` and `teams`", names.join(", ")),
        ));
    }
    Roots::from_toml(&read_text(path)?.1, cloud).map_err(|error| failure(&error))
}

fn users(text: &str) -> Result<Users, Failure> {
    let wrong = |text: &str| {
        Failure::usage(
            format!("`{text}` is no user"),
            "give `all`, `group:ID`, `@FILE`, or object ids and user principal names with commas between",
        )
    };
    if text == "all" {
        return Ok(Users::All);
    }
    if let Some(group) = text.strip_prefix("group:") {
        if group.contains(',') {
            return Err(Failure::usage(
                format!("`{text}` names several, and `--users` reads the members of one group, or users"),
                "give one `group:ID`, or the users of all in a file: `--users @FILE`",
            ));
        }
        let group = Uuid::try_parse(group.trim());
        return group.map(Users::Group).map_err(|_| {
            Failure::usage(format!("`{text}` names no group"), "give the object id of the group: `group:ID`")
        });
    }
    let list = match text.strip_prefix('@') {
        Some(file) => read_text(Path::new(file))?.1,
        None => text.to_owned(),
    };
    let mut names: Vec<String> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for line in list
        .trim_start_matches('\u{feff}')
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .flat_map(|line| line.split(','))
        .map(str::trim)
        .filter(|word| !word.is_empty())
    {
        let name = match Uuid::try_parse(line) {
            Ok(id) => id.to_string(),
            Err(_) if line.contains('@') && !line.contains(char::is_whitespace) => line.to_owned(),
            Err(_) if line.starts_with("group:") => {
                return Err(Failure::usage(
                    format!("`{line}` stands among users, and `--users` reads the members of one group, or users"),
                    "give `group:ID` alone, or the users of all in a file: `--users @FILE`",
                ));
            }
            Err(_) => return Err(wrong(line)),
        };
        if seen.insert(name.to_lowercase()) {
            names.push(name);
        }
    }
    if names.is_empty() { Err(wrong(text)) } else { Ok(Users::Named(names)) }
}

fn apps(text: Option<&str>) -> Result<Apps, Failure> {
    let Some(text) = text else { return Ok(Apps::OfPolicies) };
    if text == "all" {
        return Ok(Apps::All);
    }
    let mut ids = Vec::new();
    for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
        let id = Uuid::try_parse(word).map_err(|_| {
            Failure::usage(format!("`{word}` is no client id"), "give `all`, or client ids with commas between")
        })?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    if ids.is_empty() {
        return Err(Failure::usage("`--apps` names no app", "give `all`, or client ids with commas between"));
    }
    Ok(Apps::Named(ids))
}

/// What a file with policies says.
fn policies(text: &str, name: &str) -> Result<Snapshot, Failure> {
    tenant::parse(text, name).map_err(|error| Failure::Tool {
        message: error.to_string(),
        help: error.help().to_owned(),
        place: Some(error.place()),
    })
}

/// The snapshot to go on from; none where there is none yet.
fn earlier(output: &Path) -> Result<Option<Snapshot>, Failure> {
    if output.as_os_str() == "-" || !output.exists() {
        return Ok(None);
    }
    let (name, text) = read_text(output)?;
    policies(&text, &name).map(Some)
}

/// A bar on a terminal, and nothing elsewhere.
fn bar(quiet: bool) -> ProgressBar {
    let shown = !quiet && std::io::stderr().is_terminal();
    let target = if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(Some(0), target);
    if let Ok(style) = ProgressStyle::with_template("{elapsed_precise} {wide_bar} {pos}/{len} reads {msg}") {
        bar.set_style(style);
    }
    bar
}

/// Whole or not at all, and readable by its owner only: it holds the tenant's people and permissions.
fn write(output: &Path, text: &str) -> Result<(), Failure> {
    if output.as_os_str() == "-" {
        return print(text);
    }
    let mut file = PrivateFile::create(output)?;
    file.write(text)?;
    file.finish()
}

/// Whether the file can be written: better said before the tenant is read for minutes.
fn writable(output: &Path) -> Result<(), Failure> {
    if output.as_os_str() == "-" {
        return Ok(());
    }
    // What is not finished is removed again.
    PrivateFile::create(output).map(drop)
}

fn tell(fetched: &Fetched, output: &Path, kept: bool) {
    for part in &fetched.parts {
        let status = match part.status {
            Status::Complete => "complete",
            Status::Partial => "partial",
            Status::Missing => "missing",
        };
        let reason = part.reason.as_ref().map_or(String::new(), |reason| {
            let detail = reason.detail.as_deref().unwrap_or(&reason.kind);
            let needs = reason.needs.as_deref().map_or(String::new(), |needs| format!(" (needs {needs})"));
            format!("  {detail}{needs}")
        });
        let line = format!("  {:15}{status:9}{:>8}{reason}", part.part, part.items);
        note(&sanitise::shortened(&line, 400));
    }
    for unknown in &fetched.unknown {
        note(&format!("the tenant has no {unknown}: check that it is spelled correctly and is of this tenant"));
    }
    if let Some(skew) = fetched.skew {
        let (seconds, word) = (skew.abs().as_secs(), if skew.is_negative() { "ahead of" } else { "behind" });
        note(&format!("this machine's clock is {seconds} s {word} Graph's: the times in the snapshot are Graph's"));
    }
    let traffic = fetched.traffic;
    let cost = format!(
        "{} requests, {} throttled, {} repeated, {:.1} s",
        traffic.requests,
        traffic.throttled,
        traffic.repeated,
        fetched.elapsed.as_secs_f64()
    );
    let place = shown(output);
    match (fetched.interrupted, kept) {
        (true, true) => {
            note(&format!("interrupted: `{place}` is as it was ({cost}); `--resume` would have added to it"))
        }
        (true, false) => note(&format!("interrupted: `{place}` holds what was read ({cost}); go on with `--resume`")),
        (false, _) => note(&format!("wrote `{place}`: {cost}")),
    }
}

/// Between the rights and the ways to get a token that holds them.
const SIGN_IN: &str = "An app's token holds the application permissions that were consented to, a person's token the delegated ones and the\nperson's directory roles. Each of these gets one (`--sign-in`):";

fn rights_table() -> String {
    let mut table = String::new();
    let rights = fetch::rights();
    let width = |text: fn(&fetch::Right) -> &str| rights.iter().map(|it| text(it).chars().count()).max().unwrap_or(0);
    let (part, read) = (width(|it| it.part), width(|it| &it.read));
    for right in &rights {
        table.push_str(&format!("{:part$}  {:read$}  {}\n", right.part, right.read, right.right));
    }
    table
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    #[test]
    fn durations() {
        assert_eq!(duration("90s").unwrap(), Duration::from_secs(90));
        assert_eq!(duration("1.5h").unwrap(), Duration::from_secs(5400));
        assert_eq!(duration("7d").unwrap(), Duration::from_secs(604_800));
        for bad in ["", "m", "10 weeks", "-1s", "1e999s", "NaN"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn selections() {
        let id = "748d2cbb-3b55-40ed-8c34-2eae5932b22a";
        assert_eq!(users("all").unwrap(), Users::All);
        assert_eq!(users(&format!("group:{id}")).unwrap(), Users::Group(Uuid::parse_str(id).unwrap()));
        let both = users(&format!("{}, Adele@contoso.com,{id}", id.to_uppercase())).unwrap();
        assert_eq!(both, Users::Named(vec![id.to_owned(), "Adele@contoso.com".to_owned()]));
        for bad in ["", "bob", "group:x", ","] {
            assert!(users(bad).is_err(), "{bad}");
        }
        for several in [format!("group:{id},{id}"), format!("group:{id},group:{id}"), format!("{id},group:{id}")] {
            let words = users(&several).map_err(|failure| failure.to_string()).unwrap_err();
            assert!(words.contains("one group"), "{several}: {words}");
        }
        let file = tempfile::NamedTempFile::new().unwrap();
        for lines in ["ID\r\nadele@contoso.com\r\n", "# both, on one line\nID, adele@contoso.com,\n"] {
            std::fs::write(file.path(), format!("\u{feff}{}", lines.replace("ID", id))).unwrap();
            let both = users(&format!("@{}", file.path().display())).unwrap();
            assert_eq!(both, Users::Named(vec![id.to_owned(), "adele@contoso.com".to_owned()]), "{lines}");
        }
        assert_eq!(apps(None).unwrap(), Apps::OfPolicies);
        assert!(apps(Some("x")).is_err());
        assert!(apps(Some("")).is_err());
        assert_eq!(apps(Some(id)).unwrap(), Apps::Named(vec![Uuid::parse_str(id).unwrap()]));
    }
}
