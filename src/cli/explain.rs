//! `graphwhy explain`: failures in pasted text.

use std::io::{IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use graphwhy::diagnose::{Context, Diagnosis, Given, IncidentVerdict, explain_now, told_by_name, without_consequences};
use graphwhy::input::{self, ConflictOf, Facts, Origin};
use graphwhy::knowledge::Catalogue;
use graphwhy::report::again::Again;
use graphwhy::report::redact::Redactor;
use graphwhy::report::repeats::{self, Repeated};
use graphwhy::report::{age, human, json};
use graphwhy::source::Source;
use graphwhy::tenant::Snapshot;
use graphwhy::tenant::subject::Subject;

use super::files::{keep_inputs, named, read_text};
use super::offered::target_parser;
use super::output::{Failure, catalogue, deliver, look_of, note, shown, unreadable};
use super::state::{STATE_HELP, read_told_states};
use super::{Common, FailOn, Format, Target};

/// More than this is no paste.
const MAX_SOURCE: u64 = 64 << 20;

/// What `--example` explains.
const EXAMPLE: &str = include_str!("example.txt");

const EXIT: &str = "Exit codes: 0 failures were found, and --fail-on passes them; 1 a failure with a cause of at least --fail-on; 2 usage; 3 the tool failed; 4 a failure that the catalogue does not know, or no failure of Graph in the input.\n\nOf each gate: ✓ passes, ✗ fails, ? not known, – not asked.";

/// Arguments of `explain`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXIT)]
pub(crate) struct Explain {
    /// Files to read; `-` is standard input (the default)
    #[arg(value_name = "FILE", help_heading = "Input")]
    files: Vec<PathBuf>,
    /// Explain a built-in sample
    #[arg(long, help_heading = "Input")]
    example: bool,
    /// The request that failed: `GET https://graph.microsoft.com/v1.0/users/...`, or a path
    #[arg(long, value_name = "REQUEST", help_heading = "Input")]
    request: Option<String>,
    /// The calling app: its client id, or its name where `--state` knows it
    #[arg(long, value_name = "APP", value_hint = clap::ValueHint::Other, help_heading = "Input")]
    app: Option<String>,
    /// The user that the app acts for: object id or user principal name
    #[arg(long, value_name = "USER", value_hint = clap::ValueHint::Other, help_heading = "Input")]
    user: Option<String>,
    /// A file with the caller's access token (decoded here, never sent or printed); or GRAPHWHY_TOKEN
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    token_file: Option<PathBuf>,
    /// When it failed, RFC 3339; without it the HTTP `Date` or the error's own date
    #[arg(long, value_name = "TIME", value_hint = clap::ValueHint::Other, value_parser = input::parse_time, help_heading = "Input")]
    at: Option<i64>,
    #[arg(long, help = STATE_HELP, value_name = "FILE", help_heading = "State")]
    state: Vec<PathBuf>,
    /// human, json or ndjson; with a file as `json=report.json`; repeat it for several
    #[arg(long = "format", value_name = "FORMAT[=FILE]", value_hint = clap::ValueHint::Other, value_parser = target_parser(), hide_possible_values = true, help_heading = "Output")]
    formats: Vec<Target>,
    /// Pseudonyms instead of ids, names and addresses, the same ones for the same input
    #[arg(long, help_heading = "Output")]
    redact: bool,
    /// Exit with 1 only for findings of this severity or above
    #[arg(long, value_enum, default_value = "info", value_name = "SEVERITY", help_heading = "Output")]
    fail_on: FailOn,
}

impl Explain {
    /// Where the report goes; people read it on standard output if nothing else is said.
    pub(crate) fn targets(&self) -> Vec<Target> {
        if self.formats.is_empty() { vec![Target { format: Format::Human, file: None }] } else { self.formats.clone() }
    }

    pub(crate) fn run(self, common: &Common) -> Result<ExitCode, Failure> {
        let targets = self.targets();
        if targets.iter().filter(|target| target.file.is_none()).count() > 1 {
            return Err(Failure::usage(
                "standard output takes one format",
                "give the others a file, as in `--format human --format json=report.json`",
            ));
        }
        if self.example && !self.files.is_empty() {
            return Err(Failure::usage(
                "`--example` explains a text of its own, and files are named as well",
                "leave `--example` out, or name no file",
            ));
        }
        let outputs = targets.iter().filter_map(|target| Some(("--format", target.file.as_deref()?)));
        let inputs = named("the command", &self.files).chain(named("--state", &self.state));
        keep_inputs(outputs, inputs.chain(named("--token-file", &self.token_file)))?;
        let catalogue = catalogue(common)?;
        let mut notes = Vec::new();
        let states = read_told_states(&self.state, common, &mut |text| {
            if self.redact { notes.push(text.to_owned()) } else { note(text) }
        })?;
        let now = jiff::Timestamp::now();
        let mut ages: Vec<String> = states.iter().map(|state| age::state(&state.name, &state.snapshot, now)).collect();
        let snapshots: Vec<Snapshot> = states.into_iter().map(|state| state.snapshot).collect();
        let given = self.given(common)?;
        let sources = self.sources(common)?;
        if !common.quiet {
            self.tell_output(&sources);
        }
        let mut redactor = self.redact.then(Redactor::default);
        if let Some(redactor) = &mut redactor {
            snapshots.iter().for_each(|snapshot| redactor.learn_snapshot(snapshot));
            notes.iter().for_each(|text| note(&redactor.text(&self.without_names(text))));
            ages.iter_mut().for_each(|age| *age = self.without_names(age));
        }
        let mut tally = Tally::default();
        let mut warnings = Vec::new();
        let mut pages: Vec<Page> = targets
            .iter()
            .map(|target| Page { target, text: String::new(), results: json::Printed::default() })
            .collect();
        for (index, source) in sources.iter().enumerate() {
            let mut diagnoses = Vec::new();
            let found = input::find(source, &catalogue);
            let is_read = found.read == source.text().len();
            if found.left_out > 0 || !is_read {
                let mut words = if found.left_out > 0 {
                    format!(
                        "only the first {} failures of `{}` are explained, at least {} more are not; cut the source to see the others",
                        found.incidents.len(),
                        source.name(),
                        found.left_out
                    )
                } else {
                    format!(
                        "`{}` tells the same failures again and again, and was read up to its line {} only; cut the source to see what is below",
                        source.name(),
                        source.position(found.read).line
                    )
                };
                if self.redact {
                    words = self.without_names(&words);
                }
                note(&words);
                warnings.push(words);
            }
            let mut incidents = found.incidents;
            if incidents.is_empty()
                && let Some(request) = &given.request
            {
                incidents.extend(input::find_asked(source, request, &catalogue));
            }
            for mut incident in without_consequences(incidents) {
                if incident.facts.tenant_id.is_none() {
                    // It tells which snapshot is meant.
                    incident.facts.tenant_id = given.tenant();
                }
                incident.facts.told = incident.facts.told.or_else(|| told_by_name(source.name()));
                let snapshot = choose(&snapshots, &incident.facts);
                let told = given.add_to(&mut incident.facts, snapshot);
                let conflicts = incident.facts.conflicts().iter().map(|it| {
                    let meant = if it.of == ConflictOf::Token {
                        "one of them is of another call"
                    } else {
                        "the question is that of the options"
                    };
                    format!("{}: {meant}, and nothing about it is called certain", it.words)
                });
                let several = snapshots.len() > 1 && incident.facts.tenant_id.is_none();
                let unused = several.then(|| unused(&snapshots));
                for mut words in conflicts.chain(told).chain(unused) {
                    if let Some(redactor) = redactor.as_mut() {
                        redactor.learn_facts(&incident.facts);
                        words = redactor.text(&words);
                    }
                    if !warnings.contains(&words) {
                        if !common.quiet {
                            note(&words);
                        }
                        warnings.push(words);
                    }
                }
                let context = Context { catalogue: &catalogue, snapshot, text: source.text() };
                let diagnosis = explain_now(&incident, context, now);
                tally.add(&diagnosis, self.fail_on);
                diagnoses.push(diagnosis);
            }
            let shown = redactor.as_mut().filter(|_| !diagnoses.is_empty()).map(|redactor| {
                diagnoses.iter().for_each(|diagnosis| redactor.learn_facts(&diagnosis.facts));
                diagnoses.iter_mut().for_each(|diagnosis| *diagnosis = redactor.diagnosis(diagnosis));
                redactor.excerpt(source, &mut diagnoses)
            });
            let same = repeats::repeated(&diagnoses);
            let again = self.again(index, common, redactor.as_mut());
            for page in &mut pages {
                page.add_all(&diagnoses, &same, shown.as_ref().unwrap_or(source), &catalogue, &again, common);
            }
            // The program ends soon and gives all back at once; thousands of texts take their time one by one.
            std::mem::forget(diagnoses);
        }
        for page in pages.into_iter().filter(|page| !common.quiet || page.target.file.is_some()) {
            page.deliver(&warnings)?;
        }
        if !common.quiet {
            self.tell(common, &tally, &sources);
            ages.iter().filter(|_| self.is_for_people() && tally.results > 0).for_each(|age| note(age));
        }
        Ok(tally.code())
    }

    /// A note under `--redact`: files are called by their place on the command line, as a report calls them.
    fn without_names(&self, text: &str) -> String {
        let of = |files: &[PathBuf], kind: &str| -> Vec<(String, String)> {
            let named = files.iter().filter(|file| file.as_os_str() != "-").enumerate();
            named.map(|(index, file)| (file.display().to_string(), format!("{kind}-{}", index + 1))).collect()
        };
        let mut names = of(&self.state, "state");
        names.extend(of(&self.files, "input"));
        // A name may be a part of another.
        names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        names.iter().fold(text.to_owned(), |text, (name, shown)| text.replace(name.as_str(), shown))
    }

    /// The command that asks the same about one of the sources, with what it names as the report shows it.
    fn again(&self, index: usize, common: &Common, mut redactor: Option<&mut Redactor>) -> Again {
        let mut shown = |value: &str| match redactor.as_mut() {
            Some(redactor) => redactor.text(&self.without_names(value)),
            None => value.to_owned(),
        };
        let text = self.files.get(index).map_or_else(|| PathBuf::from("-"), Clone::clone);
        let text = if self.example { "--example".to_owned() } else { shown(&text.display().to_string()) };
        let mut again = Again::of(&text);
        for state in &self.state {
            again = again.with("--state", &shown(&state.display().to_string()));
        }
        for (option, file) in [("--rules", &common.rules), ("--token-file", &self.token_file)] {
            if let Some(file) = file {
                let name = if self.redact { option.trim_start_matches('-').into() } else { file.display().to_string() };
                again = again.with(option, &name);
            }
        }
        for (option, value) in [("--request", &self.request), ("--app", &self.app), ("--user", &self.user)] {
            if let Some(value) = value {
                // Options come from shell histories and tickets too: what is secret in them is not repeated.
                again = again.with(option, &shown(&graphwhy::source::masked(value)));
            }
        }
        match self.at.and_then(|at| jiff::Timestamp::from_second(at).ok()) {
            Some(at) => again.with("--at", &at.to_string()),
            None => again,
        }
    }

    fn is_for_people(&self) -> bool {
        self.targets().contains(&Target { format: Format::Human, file: None })
    }

    fn tell(&self, common: &Common, tally: &Tally, sources: &[Source]) {
        if tally.results == 0 {
            note("no Graph failure found");
            if self.is_for_people() {
                note(
                    "  help: paste the whole answer of Graph with its status line, the exception text or the log lines around it; an \
                      error of another service is not read: `--rules DIR` teaches its messages",
                );
            }
        } else if self.is_for_people() && tally.results > 1 {
            note(&format!(
                "\n{} failures: {} explained, {} narrowed, {} not in the catalogue",
                tally.results, tally.explained, tally.narrowed, tally.unrecognised
            ));
        }
        let masked: usize = sources.iter().map(Source::masked).sum();
        if masked > 0 && self.is_for_people() {
            let words =
                if masked == 1 { "1 secret was masked".to_owned() } else { format!("{masked} secrets were masked") };
            note(&format!("{words}; if the text was pasted anywhere else, revoke it there"));
        }
        if common.verbose && self.example {
            note("this was the built-in sample; `graphwhy explain -` reads yours");
        }
    }

    /// Output of reads that stands in a text beside its failure is a state, and no part of the failure.
    fn tell_output(&self, sources: &[Source]) {
        let named = |source: &&Source| !self.state.iter().any(|path| path.as_os_str() == source.name());
        for source in sources.iter().filter(named) {
            let Some(reads) = super::state::output_in(source.name(), source.text()) else { continue };
            let file = if self.redact || source.name() == "stdin" { "FILE" } else { source.name() };
            note(&format!(
                "the text holds output of {reads} too, which is not judged with the failure: `--state {file}`, with it in a file, takes it in"
            ));
        }
    }

    fn sources(&self, common: &Common) -> Result<Vec<Source>, Failure> {
        if self.example {
            return Ok(vec![Source::from_text("example", EXAMPLE.to_owned())]);
        }
        if self.files.is_empty() {
            return Ok(vec![read_stdin(common)?]);
        }
        let dashes = self.files.iter().filter(|file| file.as_os_str() == "-").count();
        if dashes > 1 {
            return Err(Failure::usage("standard input can be read once", "name `-` only once"));
        }
        self.files
            .iter()
            .map(|file| if file.as_os_str() == "-" { read_stdin(common) } else { read_source(file) })
            .collect()
    }

    /// A client id; a name where there is a snapshot that may know it.
    fn app(&self) -> Result<Option<Subject>, Failure> {
        let Some(app) = self.app.as_deref().map(|app| graphwhy::source::masked(app.trim())) else { return Ok(None) };
        match Subject::of(&app) {
            Subject::Id(id) if id.is_nil() => Err(Failure::usage(
                format!("`--app {app}` is a placeholder, no client id"),
                "write the application (client) id; the token's `appid` or `azp` names it",
            )),
            Subject::Name(_) if app.is_empty() || self.state.is_empty() => Err(Failure::usage(
                format!("`--app {app}` is no client id"),
                "write the application (client) id, a GUID like 9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20; the token's `appid` or `azp` names it. a name needs `--state` with a snapshot that lists the app",
            )),
            subject => Ok(Some(subject)),
        }
    }

    fn user(&self) -> Result<Option<Subject>, Failure> {
        let Some(user) = self.user.as_deref().map(|user| graphwhy::source::masked(user.trim())) else {
            return Ok(None);
        };
        let subject = Subject::of(&user);
        if matches!(subject, Subject::Id(id) if id.is_nil()) {
            return Err(Failure::usage(
                format!("`--user {user}` is a placeholder, no object id"),
                "write the id of the user in the request's path, or a name like lena@contoso.com",
            ));
        }
        if subject.name().is_some_and(|name| !is_principal_name(name)) {
            return Err(Failure::usage(
                format!("`--user {user}` is neither an object id nor a user principal name"),
                "write the id of the user in the request's path, or a name like lena@contoso.com",
            ));
        }
        Ok(Some(subject))
    }

    /// What options say of the call.
    fn given(&self, common: &Common) -> Result<Given, Failure> {
        // Options come from shell histories and tickets too: what is secret in them is not repeated.
        let request = self.request.as_deref().map(graphwhy::source::masked);
        let request = match &request {
            Some(request) => {
                let mut facts = Facts::default();
                input::request_line(request, &mut facts).ok_or_else(|| {
                    Failure::usage(
                        format!("`--request {request}` names no Graph path"),
                        "write it like \"GET https://graph.microsoft.com/v1.0/users/<user>/onlineMeetings/<meeting>\"",
                    )
                })?;
                Some(facts)
            }
            None => None,
        };
        let (user, app) = (self.user()?, self.app()?);
        let token = match &self.token_file {
            Some(path) => Some((read_text(path)?.1, "--token-file")),
            None => {
                std::env::var("GRAPHWHY_TOKEN").ok().filter(|token| !token.is_empty()).map(|it| (it, "GRAPHWHY_TOKEN"))
            }
        };
        let token = match token {
            Some((text, from)) => {
                let text = text.trim();
                let decoded = graphwhy::source::token_claims(text.strip_prefix("Bearer ").unwrap_or(text));
                if decoded.is_none() && !common.quiet {
                    note(&format!(
                        "`{from}` holds no JSON Web Token with readable claims; it tells nothing about the call"
                    ));
                }
                decoded
            }
            None => None,
        };
        Ok(Given { request, app, user, token, at: self.at })
    }
}

/// One format of the report while it grows.
struct Page<'t> {
    target: &'t Target,
    text: String,
    results: json::Printed,
}

impl Page<'_> {
    /// People read equal failures once; programs get each.
    fn add_all(
        &mut self,
        diagnoses: &[Diagnosis],
        same: &[Repeated],
        source: &Source,
        catalogue: &Catalogue,
        again: &Again,
        common: &Common,
    ) {
        if self.target.format != Format::Human {
            diagnoses.iter().for_each(|diagnosis| self.add(diagnosis, source, catalogue, again, common));
            return;
        }
        for repeated in same {
            if let Some(first) = diagnoses.get(repeated.first) {
                self.add(first, source, catalogue, again, common);
            }
            if let Some(words) = repeats::told_once(repeated, diagnoses, source) {
                self.text.push_str(&human::remark(&words, look_of(common, self.target)));
            }
        }
    }

    fn add(&mut self, diagnosis: &Diagnosis, source: &Source, catalogue: &Catalogue, again: &Again, common: &Common) {
        match self.target.format {
            Format::Human => {
                if !self.text.is_empty() {
                    self.text.push('\n');
                }
                let look = look_of(common, self.target);
                self.text.push_str(&human::incident(diagnosis, source, catalogue, again, look));
            }
            Format::Json => self.results.add(&json::incident(diagnosis, source, catalogue)),
            Format::Ndjson => {
                self.text.push_str(&json::incident(diagnosis, source, catalogue).to_string());
                self.text.push('\n');
            }
        }
    }

    fn deliver(mut self, warnings: &[String]) -> Result<(), Failure> {
        if self.target.format == Format::Json {
            self.text = self.results.document(warnings);
        }
        deliver(self.target, &self.text)
    }
}

/// One `@` with a name before it and a domain behind it, and nothing that no such name has.
fn is_principal_name(user: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && !part.contains(|c: char| c.is_whitespace() || c.is_control() || "<>{}()[]?*/\\\",;:@$".contains(c))
    };
    user.split_once('@').is_some_and(|(name, domain)| part(name) && part(domain))
}

#[derive(Default)]
struct Tally {
    results: usize,
    explained: usize,
    narrowed: usize,
    unrecognised: usize,
    failing: bool,
}

impl Tally {
    fn add(&mut self, diagnosis: &Diagnosis, fail_on: FailOn) {
        self.results += 1;
        match diagnosis.verdict {
            IncidentVerdict::Explained => self.explained += 1,
            IncidentVerdict::Narrowed => self.narrowed += 1,
            IncidentVerdict::Unrecognised => self.unrecognised += 1,
        }
        let floor = fail_on.severity();
        self.failing |= diagnosis.findings.iter().any(|finding| finding.severity >= floor);
    }

    fn code(&self) -> ExitCode {
        if self.failing {
            ExitCode::from(1)
        } else if self.results == 0 || self.unrecognised > 0 {
            ExitCode::from(4)
        } else {
            ExitCode::SUCCESS
        }
    }
}

/// Lengths at which terminals cut a line that is typed or pasted, without its line feed: Linux, then macOS and the BSDs.
const CUT: &[usize] = if cfg!(target_os = "linux") {
    &[4095]
} else if cfg!(windows) {
    &[]
} else {
    &[1023, 1024]
};

pub(super) fn read_stdin(common: &Common) -> Result<Source, Failure> {
    let stdin = std::io::stdin();
    let terminal = stdin.is_terminal();
    if terminal && !common.quiet {
        let end = if cfg!(windows) { "Ctrl-Z and Enter" } else { "Ctrl-D" };
        note(&format!(
            "waiting for a paste: paste the failure, then end with {end} on a line of its own (Ctrl-C gives up)"
        ));
    }
    let mut bytes = Vec::new();
    stdin
        .lock()
        .take(MAX_SOURCE + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::tool(format!("could not read standard input: {error}"), "pipe a file into it"))?;
    check_size(&bytes, "standard input")?;
    if terminal && bytes.split(|byte| *byte == b'\n').any(|line| CUT.contains(&line.len())) {
        note(
            "note: a line of the paste is as long as a terminal lets a line be, so that its end may be missing: save the \
             text in a file, or copy it and pipe the clipboard into `graphwhy explain -`",
        );
    }
    Ok(Source::from_vec(if terminal { "pasted" } else { "stdin" }, bytes))
}

pub(super) fn read_source(path: &Path) -> Result<Source, Failure> {
    let metadata = std::fs::metadata(path).map_err(|error| unreadable(path, &error))?;
    if metadata.is_dir() {
        return Err(Failure::tool(format!("`{}` is a folder", shown(path)), "name the files in it"));
    }
    // One byte more, so that the end is seen without growing.
    let size = usize::try_from(metadata.len().min(MAX_SOURCE)).unwrap_or_default();
    let mut bytes = Vec::with_capacity(size + 1);
    std::fs::File::open(path)
        .and_then(|file| file.take(MAX_SOURCE + 1).read_to_end(&mut bytes))
        .map_err(|error| unreadable(path, &error))?;
    check_size(&bytes, &path.display().to_string())?;
    Ok(Source::from_vec(path.display().to_string(), bytes))
}

fn check_size(bytes: &[u8], name: &str) -> Result<(), Failure> {
    if bytes.len() as u64 > MAX_SOURCE {
        return Err(Failure::tool(
            format!("`{name}` is larger than 64 MiB"),
            "cut out the part around the failure, for example with `grep -C 20 onlineMeetings`, or split the file",
        ));
    }
    Ok(())
}

/// Why none of several snapshots is used beside a failure that nothing sure tells the tenant of.
fn unused(snapshots: &[Snapshot]) -> String {
    let of_one =
        snapshots.windows(2).all(|pair| matches!(pair, [a, b] if a.tenant_id.is_some() && a.tenant_id == b.tenant_id));
    if of_one {
        return "no snapshot is used: several are of one tenant, and which of them is meant is not said; give one"
            .to_owned();
    }
    "no snapshot is used where nothing sure tells the tenant of a failure (one in the text may be that of another call): give \
     the caller's token (`--token-file`), or the snapshot of that tenant alone"
        .to_owned()
}

/// The snapshot of the incident's tenant; without a tenant in the text, the only one there is. A token's
/// tenant chooses among several, but a single snapshot shows that a token is of another tenant.
fn choose<'s>(snapshots: &'s [Snapshot], facts: &Facts) -> Option<&'s Snapshot> {
    let Some(tenant) = &facts.tenant_id else {
        return if let [only] = snapshots { Some(only) } else { None };
    };
    let of_tenant = snapshots.iter().find(|snapshot| snapshot.tenant_id == Some(tenant.value));
    let from_token = tenant.origin == Origin::Token;
    of_tenant.or_else(|| match snapshots {
        [only] if from_token || only.tenant_id.is_none() => Some(only),
        _ => None,
    })
}
