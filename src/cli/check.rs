//! `graphwhy check`: verdicts for app/user pairs, expectations and whole tenants.

use std::path::PathBuf;
use std::process::ExitCode;

use graphwhy::check::accept::{self, Suppression};
use graphwhy::check::answer::{Ask, Terms};
use graphwhy::check::request::{Request, differ, request};
use graphwhy::check::row::{Accepted, Counted, Row};
use graphwhy::check::run::Checker;
use graphwhy::check::state::{Age, Asked, State, forget_old_at, renewal, twice};
use graphwhy::check::{OPERATION_HELP, Place, expect, needs_no_user, operation_label, pairs};
use graphwhy::diagnose::Verdict;
use graphwhy::input::{Moment, parse_time};
use graphwhy::knowledge::{Gate, Operation, PolicySubject, Severity};
use graphwhy::report::every_pair;
use graphwhy::tenant::View;
use graphwhy::tenant::subject::{Names, Subject};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::accepted::{self, Baseline};
use super::check_output::{Outputs, Settings};
use super::check_pairs::{check_apps, check_paths};
use super::files::{keep_apart, keep_inputs, named, read_text};
use super::formats::{self, Target, Unknown};
use super::offered::{offered, operation_parser};
use super::output::{Failure, catalogue, note, refused};
use super::state::{STATE_HELP, read_named_states, tenant_id};
use super::{Common, FailOn};

/// What is asked where no operation is named.
const DEFAULT_OPERATION: &str = "read-meeting";
/// Questions from which on look-ups are prepared, which takes as long as walking the lists for so many.
const MANY: usize = 32;
/// Repeated pairs that are named one by one.
const NAMED: usize = 10;

const EXIT: &str = "Exit codes: 0 every pair is allowed, every expectation is met; 1 a pair is denied, an expectation is broken, or a finding of at least --fail-on; 2 usage; 3 the tool failed; 4 something is unknown (see --unknown). A wrong result goes before an unknown one.\n\nOf each gate: ✓ passes, ✗ fails, ? not known, – not asked.";

/// Arguments of `check`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXIT)]
#[command(
    override_usage = "graphwhy check --state FILE --app APP [--user USER] [OPTIONS]\n       graphwhy check --state FILE --pairs FILE [OPTIONS]\n       graphwhy check --state FILE --expect FILE [OPTIONS]"
)]
#[command(group = clap::ArgGroup::new("questions").required(true).args(["app", "pairs", "expect"]).multiple(false))]
pub(crate) struct Check {
    /// The app: client id, or its name in the snapshot; repeat it for several
    #[arg(long, value_name = "APP", value_hint = clap::ValueHint::Other, help_heading = "Questions")]
    app: Vec<String>,
    /// The user: object id, user principal name, or name in the snapshot; repeat it for several
    #[arg(long, value_name = "USER", value_hint = clap::ValueHint::Other, requires = "app", help_heading = "Questions")]
    user: Vec<String>,
    /// All users of the snapshot
    #[arg(long, requires = "app", conflicts_with = "user", help_heading = "Questions")]
    all_users: bool,
    /// Which users each app reaches, and through which policy
    #[arg(long, requires = "app", conflicts_with_all = ["user", "all_users"], help_heading = "Questions")]
    reach: bool,
    /// The operation: a short name (`graphwhy rules --operations` lists them), or `METHOD /path`
    #[arg(long, value_name = "OPERATION", value_parser = operation_parser(), hide_possible_values = true, default_value = DEFAULT_OPERATION, help_heading = "Questions")]
    operation: String,
    /// CSV with the header `app_id,user_id,operation`, or one JSON object a line; `-` is standard input
    #[arg(long, value_name = "FILE", help_heading = "Questions")]
    pairs: Option<PathBuf>,
    /// What must be so: TOML with `[[expect]]` entries
    #[arg(long, value_name = "FILE", help_heading = "Questions")]
    expect: Option<PathBuf>,
    /// The tenant that is asked, where several snapshots are given
    #[arg(long, value_name = "ID", value_hint = clap::ValueHint::Other, value_parser = tenant_id, help_heading = "Questions")]
    tenant: Option<Uuid>,
    /// Ask only these gates
    #[arg(long, value_name = "GATE,…", value_hint = clap::ValueHint::Other, value_delimiter = ',', value_parser = offered(gate, gate_names), hide_possible_values = true, help_heading = "Questions")]
    gates: Vec<Gate>,
    /// The time of the call, RFC 3339; without it, now
    #[arg(long, value_name = "TIME", value_hint = clap::ValueHint::Other, value_parser = parse_time, help_heading = "Questions")]
    at: Option<i64>,
    #[arg(long, help = STATE_HELP, value_name = "FILE", required = true, help_heading = "State")]
    state: Vec<PathBuf>,
    /// Parts of the snapshot that are older are not known: `30m`, `24h`, `7d`
    #[arg(long, value_name = "AGE", value_hint = clap::ValueHint::Other, value_parser = age, help_heading = "State")]
    max_state_age: Option<SignedDuration>,
    #[arg(long, help = formats::HELP, value_name = "FORMAT[=FILE]", value_hint = clap::ValueHint::Other, value_parser = Target::parser(), hide_possible_values = true, default_value = "human", help_heading = "Output")]
    format: Vec<Target>,
    /// Exit with 1 for findings of this severity or above, also where access is allowed
    #[arg(long, value_enum, default_value = "error", value_name = "SEVERITY", help_heading = "Output")]
    fail_on: FailOn,
    /// What an unknown result is: `undetermined` exits with 4, `fail` with 1, the others with 0
    #[arg(long, value_enum, default_value = "undetermined", value_name = "HOW", help_heading = "Output")]
    unknown: Unknown,
    /// Known results, TOML with `[[suppress]]` entries, each with a reason and a last day; repeatable
    #[arg(long, visible_alias = "baseline", value_name = "FILE", help_heading = "Output")]
    suppress: Vec<PathBuf>,
    /// Write what is wrong now as a file of suppressions; what is unknown is not accepted. Of such a file that is there
    /// already stays what still holds
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    write_baseline: Option<PathBuf>,
}

fn gate_names() -> Vec<&'static str> {
    Gate::CALL.iter().map(|gate| gate.name()).collect()
}

fn gate(text: &str) -> Result<Gate, String> {
    let text = text.trim();
    Gate::CALL.into_iter().find(|gate| gate.name() == text).ok_or_else(|| {
        let names: Vec<&str> = Gate::CALL.iter().map(|gate| gate.name()).collect();
        format!("no gate is called `{text}`; the gates are {}", names.join(", "))
    })
}

fn age(text: &str) -> Result<SignedDuration, String> {
    let wrong = || format!("`{text}` is no age; write it like 30m, 24h or 7d");
    let text = text.trim();
    let unit = text.chars().last().ok_or_else(wrong)?;
    let count: i64 = text.strip_suffix(unit).and_then(|count| count.parse().ok()).ok_or_else(wrong)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        _ => return Err(wrong()),
    };
    count.checked_mul(seconds).filter(|_| count >= 0).map(SignedDuration::from_secs).ok_or_else(wrong)
}

/// What is asked.
enum Questions {
    Pairs(Vec<Ask>),
    Expectations(Vec<expect::Expectation>),
    Everybody(Vec<Subject>),
}

/// The name of the file that the questions stand in, the questions, and the users whom paths of pairs name in another
/// form than the pair.
type Questioned = (Option<String>, Questions, Vec<(usize, Subject)>);

impl Check {
    /// Where a failure is told.
    pub(crate) fn targets(&self) -> Vec<super::Target> {
        formats::failure_targets(&self.format)
    }

    pub(crate) fn run(self, common: &Common) -> Result<ExitCode, Failure> {
        self.check_streams()?;
        self.check_files()?;
        let catalogue = catalogue(common)?;
        let baseline = self.write_baseline.as_deref();
        let baseline = baseline.map(|path| Baseline::read(path, accepted::Of::Apps, &catalogue)).transpose()?;
        let request = request(&self.operation).map_err(|message| Failure::usage(message, OPERATION_HELP))?;
        let default = request.operation;
        self.check_request(&request)?;
        let now = Timestamp::now();
        let at = match self.at {
            Some(at) => Timestamp::from_second(at)
                .map_err(|_| Failure::usage("`--at` is too far away", "give a time of this century"))?,
            None => now,
        };
        let (source, questions, in_paths) = self.questions(&request)?;
        let suppressions = accepted::read(&self.suppress, &catalogue)?;
        let states = self.states(at, common)?;
        for state in &states {
            if let Some(taken) = state.snapshot.taken_at.filter(|taken| *taken > at && self.at.is_some()) {
                note(&format!(
                    "note: `{}` was taken at {taken}, after the time that is asked about: what changed between is known only as far as its history tells",
                    state.name
                ));
            }
        }
        let views: Vec<View<'_>> = states
            .iter()
            .map(|state| {
                let few = match &questions {
                    Questions::Pairs(asks) => asks.len() <= MANY,
                    Questions::Expectations(all) => all.iter().map(expect::Expectation::named).sum::<usize>() <= MANY,
                    Questions::Everybody(_) => false,
                };
                // For whole tenants the matrix has look-ups of its own.
                let whole = matches!(&questions, Questions::Everybody(_))
                    && !(common.verbose && self.format.iter().any(Target::is_each_pair));
                if few || whole { View::new(&state.snapshot) } else { View::indexed(&state.snapshot) }
            })
            .collect();
        let asked: Vec<Asked<'_, '_>> = states
            .iter()
            .zip(&views)
            .map(|(state, view)| Asked { name: &state.name, view, names: Names::new(view) })
            .collect();
        self.check_user(&request, &asked)?;
        if let (Questions::Pairs(asks), Some(source)) = (&questions, &source) {
            check_apps(asks, &asked, source)?;
            check_paths(asks, &in_paths, &asked, source)?;
        }
        let gates = (!self.gates.is_empty()).then_some(self.gates.as_slice());
        let moment = Moment { earliest: at.as_second(), latest: at.as_second() };
        let terms = Terms { catalogue: &catalogue, gates, at: moment };
        let checker = Checker::new(&asked, terms, source.as_deref());
        // The list of them is for people.
        let named = common.verbose && self.format.iter().any(|target| target.kind == formats::Kind::Human);
        let checker = if named { checker.naming_all() } else { checker };
        let rows: Vec<Row<'_>> = match &questions {
            Questions::Expectations(all) => all.iter().flat_map(|one| checker.expectation(one, at)).collect(),
            Questions::Pairs(_) | Questions::Everybody(_) => Vec::new(),
        };
        let settings = Settings {
            common,
            catalogue: &catalogue,
            gates,
            fail_on: self.fail_on.severity(),
            unknown: self.unknown,
            total: match &questions {
                Questions::Pairs(asks) => asks.len(),
                Questions::Expectations(_) => rows.len(),
                Questions::Everybody(apps) => apps.len(),
            },
            states: &states,
            state_arguments: self.state.iter().map(|path| format!(" --state {}", path.display())).collect(),
            now: at,
        };
        let mut run = Run {
            outputs: Outputs::open(&self.format, settings)?,
            suppressions,
            used: Vec::new(),
            now: at,
            fail_on: self.fail_on.severity(),
            wrong: false,
            open: false,
            baseline,
            beside: states.iter().filter_map(renewal).collect(),
            verbose: common.verbose,
        };
        run.used = vec![false; run.suppressions.len()];
        match &questions {
            Questions::Pairs(asks) => run.pairs(&checker, asks, source.as_deref())?,
            Questions::Expectations(all) => {
                for expectation in all {
                    if let Some(until) = expectation.until.filter(|_| expectation.expired(at)) {
                        let place = format!("{}:{}", source.as_deref().unwrap_or_default(), expectation.place.line);
                        run.beside.push(format!("{place}: the expectation's last day was {until}; look at it again"));
                    }
                }
                if self.operation == DEFAULT_OPERATION {
                    run.default_only(all, source.as_deref());
                }
                run.repeated_expectations(&rows, source.as_deref());
                for row in rows {
                    run.take(row)?;
                }
            }
            Questions::Everybody(apps) => self.everybody(&checker, apps, default, &mut run)?,
        }
        self.finish(run, common)
    }

    /// What is written is none of what is read, but for suppressions that are written anew.
    fn check_files(&self) -> Result<(), Failure> {
        let inputs = || {
            named("--state", &self.state).chain(named("--expect", &self.expect)).chain(named("--pairs", &self.pairs))
        };
        keep_inputs(formats::files(&self.format), inputs().chain(named("--suppress", &self.suppress)))?;
        keep_inputs(named("--write-baseline", &self.write_baseline), inputs())?;
        keep_apart(named("--write-baseline", &self.write_baseline).chain(formats::files(&self.format)))
    }

    /// Standard input and standard output serve one purpose each.
    fn check_streams(&self) -> Result<(), Failure> {
        let inputs = self.state.iter().chain(&self.pairs).chain(&self.expect).chain(&self.suppress);
        if inputs.filter(|path| path.as_os_str() == "-").count() > 1 {
            return Err(Failure::usage("standard input can be read once", "name `-` only once"));
        }
        formats::check(&self.format)
    }

    /// Who is named in the path of `--operation` is the user; nobody else may be asked about then.
    fn check_request(&self, request: &Request) -> Result<(), Failure> {
        let whole = self.all_users || self.reach;
        if request.meeting.is_some() && (whole || self.pairs.is_some() || self.expect.is_some()) {
            return Err(Failure::usage(
                "`--operation` names a meeting, and many users are asked about",
                "write `{meeting}` in the path, or ask about the user of this meeting alone",
            ));
        }
        let Some(user) = &request.user else { return Ok(()) };
        let message = if self.pairs.is_some() || self.expect.is_some() {
            format!("`--operation` names the user `{user}`, and the file asks about its own")
        } else if whole {
            format!("`--operation` names the user `{user}`, and all users are asked about")
        } else if let Some(other) = self.user.iter().find(|other| differ(&Subject::of(other), user)) {
            format!("`--user` is `{other}`, and `--operation` names the user `{user}`")
        } else {
            return Ok(());
        };
        Err(Failure::usage(message, "write `{id}` in the path, or name the user there alone"))
    }

    /// A user by name and another by id in the path are the same where the snapshot says so.
    fn check_user(&self, request: &Request, asked: &[Asked<'_, '_>]) -> Result<(), Failure> {
        let Some(path) = &request.user else { return Ok(()) };
        for written in &self.user {
            let user = Subject::of(written);
            let same = |one: &Asked<'_, '_>| {
                let id = one.names.user(&user).id();
                id.is_some() && id == one.names.user(path).id()
            };
            if matches!((&user, path), (Subject::Id(_), Subject::Id(_)) | (Subject::Name(_), Subject::Name(_)))
                || asked.iter().any(same)
            {
                continue;
            }
            return Err(Failure::usage(
                format!(
                    "`--user` is `{written}`, and `--operation` names `{path}`: no snapshot says that they are one"
                ),
                "write `{id}` in the path, or name the user there alone",
            ));
        }
        Ok(())
    }

    fn questions(&self, request: &Request) -> Result<Questioned, Failure> {
        let default = request.operation;
        if let Some(path) = &self.pairs {
            let (name, text) = read_text(path)?;
            let mut pairs = pairs::parse(&text, &name, default).map_err(refused)?;
            let named = pairs.iter_mut().enumerate();
            let in_paths = named.filter_map(|(index, pair)| Some((index, pair.in_path.take()?))).collect();
            let asks: Vec<Ask> = pairs
                .into_iter()
                .map(|pair| Ask {
                    tenant: pair.tenant.or(self.tenant),
                    app: pair.app,
                    user: pair.user,
                    operation: pair.operation,
                    meeting: pair.meeting,
                    place: Some(pair.place),
                })
                .collect();
            return Ok((Some(name), Questions::Pairs(asks), in_paths));
        }
        if let Some(path) = &self.expect {
            let (name, text) = read_text(path)?;
            let mut all = expect::parse(&text, &name, default).map_err(refused)?;
            for expectation in &mut all {
                expectation.tenant = expectation.tenant.or(self.tenant);
            }
            return Ok((Some(name), Questions::Expectations(all), Vec::new()));
        }
        let apps: Vec<Subject> = self.app.iter().map(|app| Subject::of(app)).collect();
        if (self.all_users || self.reach) && needs_no_user(default) {
            note(&format!("note: `{}` concerns no user; it is asked once for each app", operation_label(default)));
        } else if self.all_users || self.reach {
            return Ok((None, Questions::Everybody(apps), Vec::new()));
        }
        // Of an event that is named, the state may know the creator.
        let of_event = request.meeting.is_some() && default.subject == PolicySubject::EventCreator;
        if self.user.is_empty() && request.user.is_none() && !needs_no_user(default) && !of_event {
            return Err(Failure::usage(
                "no user is named",
                "add `--user USER`, `--all-users`, or `--reach` for the users that the app reaches",
            ));
        }
        let users: Vec<Option<Subject>> = if self.user.is_empty() {
            vec![request.user.clone()]
        } else {
            self.user.iter().map(|user| Some(Subject::of(user))).collect()
        };
        let mut asks = Vec::new();
        for user in &users {
            for app in &apps {
                let (app, user) = (app.clone(), user.clone());
                let meeting = request.meeting.clone();
                asks.push(Ask { tenant: self.tenant, app, user, operation: default, meeting, place: None });
            }
        }
        Ok((None, Questions::Pairs(asks), Vec::new()))
    }

    fn states(&self, at: Timestamp, common: &Common) -> Result<Vec<State>, Failure> {
        let mut states = read_named_states(&self.state, common)?;
        if let Some(limit) = self.max_state_age {
            let age = Age { limit, at, now: Timestamp::now() };
            states.iter_mut().for_each(|state| forget_old_at(&mut state.snapshot, age));
        }
        if let Some((first, second)) = twice(&states) {
            let name = |index: usize| states.get(index).map_or("", |state| state.name.as_str());
            return Err(Failure::usage(
                format!("`{}` and `{}` are of one tenant", name(first), name(second)),
                "give the newer one, or compare them with `graphwhy diff`",
            ));
        }
        Ok(states)
    }

    fn everybody(
        &self,
        checker: &Checker<'_, '_>,
        apps: &[Subject],
        operation: &'static Operation,
        run: &mut Run<'_>,
    ) -> Result<(), Failure> {
        let Some((one, _)) = checker.matrix(self.tenant) else {
            let named: Vec<String> = checker
                .asked()
                .iter()
                .filter_map(|one| one.view.snapshot().tenant_id)
                .map(|id| id.to_string())
                .collect();
            let help = if named.is_empty() {
                "no snapshot says of which tenant it is: leave `--tenant` out, or import its files again with \
                 `graphwhy import --tenant ID`"
                    .to_owned()
            } else {
                format!("name the tenant of one of the snapshots with `--tenant`: {}", named.join(", "))
            };
            return Err(Failure::usage("no snapshot covers the tenant", help));
        };
        if !one.view.snapshot().users.is_complete() {
            note(&format!(
                "warning: the list of users in `{}` is not complete; who is not listed is not counted",
                one.name
            ));
        }
        run.outputs.whole_tenant();
        let mut findings = Vec::with_capacity(apps.len());
        for row in checker.everybody(self.tenant, apps, operation, self.reach) {
            findings.push(row.findings().to_vec());
            run.take(row)?;
        }
        if run.outputs.wants_each_pair() && !run.verbose {
            let Some((one, matrix)) = checker.matrix(self.tenant) else { return Ok(()) };
            let apps: Vec<_> = apps.iter().map(|app| (app.clone(), one.names.app(app).id())).collect();
            let asked = every_pair::Asked {
                apps: &apps,
                operation,
                terms: checker.terms(),
                findings: &findings,
                reach: self.reach,
            };
            every_pair::every_pair(matrix, asked, |lines| run.outputs.lines(lines))?;
        } else if run.outputs.wants_each_pair() {
            let users = checker.matrix(self.tenant).map(|(_, matrix)| matrix.users().to_vec()).unwrap_or_default();
            for user in users {
                for app in apps {
                    let ask = Ask {
                        tenant: self.tenant,
                        app: app.clone(),
                        user: Some(Subject::Id(user)),
                        operation,
                        meeting: None,
                        place: None,
                    };
                    let row = checker.one(&ask);
                    if !self.reach || row.verdict() != Verdict::Denied {
                        run.outputs.each_pair(&row)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn finish(&self, mut run: Run<'_>, common: &Common) -> Result<ExitCode, Failure> {
        let unused = accepted::unused(&run.suppressions, &run.used, run.now, accepted::Of::Apps);
        let stale = !unused.is_empty();
        let lines: Vec<String> = unused.iter().map(accepted::Unused::line).collect();
        if let Some(baseline) = &run.baseline {
            baseline.write(true, run.now, common.quiet)?;
        }
        let open = run.open;
        if !common.quiet {
            for line in run.beside.iter().chain(&lines) {
                note(&format!("warning: {line}"));
            }
            if open && self.unknown == Unknown::Warn {
                note("warning: not everything is known; the results say what to read");
            }
        }
        let wrong = run.wrong
            || (open && self.unknown == Unknown::Fail)
            || (stale && self.fail_on.severity() <= Severity::Warning);
        let beside = std::mem::take(&mut run.beside);
        run.outputs.close(&beside, &unused)?;
        Ok(if wrong {
            ExitCode::from(1)
        } else if open && self.unknown == Unknown::Undetermined {
            ExitCode::from(4)
        } else {
            ExitCode::SUCCESS
        })
    }
}

/// What a run has found so far.
struct Run<'a> {
    outputs: Outputs<'a>,
    suppressions: Vec<Suppression>,
    used: Vec<bool>,
    now: Timestamp,
    fail_on: Severity,
    wrong: bool,
    open: bool,
    baseline: Option<Baseline>,
    /// What is to be said about the run itself.
    beside: Vec<String>,
    verbose: bool,
}

impl Run<'_> {
    fn pairs(&mut self, checker: &Checker<'_, '_>, asks: &[Ask], source: Option<&str>) -> Result<(), Failure> {
        if asks.is_empty() {
            self.beside.push(format!("`{}` has no pairs, so nothing was asked", source.unwrap_or("the file")));
            // Nothing that was asked is allowed: a pipeline that passes on an empty file proves nothing.
            self.open = true;
        }
        let mut seen = std::collections::HashMap::with_capacity(asks.len());
        let mut repeated = 0;
        for (index, ask) in asks.iter().enumerate() {
            let row = checker.one(ask);
            let key = || (identity(&row), ask.meeting.as_ref().map(|meeting| meeting.text.clone()));
            if let Some(first) = seen.insert(key(), index) {
                // The first one is what later ones repeat.
                seen.insert(key(), first);
                repeated += 1;
                if repeated <= NAMED {
                    let line = |at: usize| asks.get(at).and_then(|ask| ask.place).map_or(at + 1, |place| place.line);
                    self.beside.push(format!(
                        "{}:{} asks the same as line {}; it is answered again",
                        source.unwrap_or("arguments"),
                        line(index),
                        line(first)
                    ));
                }
            }
            self.take(row)?;
        }
        if repeated > NAMED {
            self.beside.push(format!("{} more pairs are asked more than once", repeated - NAMED));
        }
        Ok(())
    }

    /// Names expectations that forbid access and ask one operation only, as they name none.
    fn default_only(&mut self, all: &[expect::Expectation], source: Option<&str>) {
        for one in all.iter().filter(|one| one.forbids_default_only()).take(NAMED) {
            self.beside.push(format!(
                "{}:{}: it forbids access and names no `operation`, so that only {DEFAULT_OPERATION} is asked; name the `operation`",
                source.unwrap_or_default(),
                one.place.line
            ));
        }
    }

    /// Names the same user more than once, in one spelling or in several, or expects the opposite of an earlier entry:
    /// each at its own place, with that of the first.
    fn repeated_expectations(&mut self, rows: &[Row<'_>], source: Option<&str>) {
        use graphwhy::check::row::What;
        let source = source.unwrap_or_default();
        let mut seen: std::collections::HashMap<_, (Place, expect::Access, String)> = std::collections::HashMap::new();
        let mut lines = Vec::new();
        for row in rows {
            let (What::One(answer), Some(expected)) = (&row.what, &row.expected) else { continue };
            let written = answer.user.as_ref().map_or_else(|| "nobody".to_owned(), ToString::to_string);
            let Place { line, column } = expected.user_place.unwrap_or(expected.place);
            if let Some((first, access, other)) = seen.get(&identity(row)) {
                let words = if *access == expected.access { "the same" } else { "the opposite" };
                let spelled = if *other == written { String::new() } else { format!(", there written `{other}`") };
                lines.push(format!(
                    "{source}:{line}:{column} expects {words} of {} for {written} as line {}, column {}{spelled}",
                    answer.app, first.line, first.column
                ));
            } else {
                seen.insert(identity(row), (Place { line, column }, expected.access, written));
            }
        }
        let more = lines.len().saturating_sub(NAMED);
        self.beside.extend(lines.into_iter().take(NAMED));
        if more > 0 {
            self.beside.push(format!("{more} more users are expected something of more than once"));
        }
    }

    /// Whether what is not known of some of many users is accepted for itself, by an entry that says so.
    fn accepts_unknown(&self, row: &Row<'_>) -> bool {
        let who = row.who();
        row.unknown_part(who.as_ref())
            .is_some_and(|part| !accept::covering(&self.suppressions, &part, self.now).is_empty())
    }

    fn take(&mut self, mut row: Row<'_>) -> Result<(), Failure> {
        let counted = row.counted(self.fail_on);
        if let Some(baseline) = &mut self.baseline {
            baseline.see(&row);
        }
        if counted != Counted::Fine {
            let accepted = {
                let causes = row.wrong_causes(self.fail_on);
                let who = row.who();
                let wrong = row.wrong(&causes, who.as_ref());
                let covering = accept::covering(&self.suppressions, &wrong, self.now);
                // Of what is not known nobody can say that it need not be accepted any more.
                // Nor of single users where all that was found is about many.
                let many = matches!(row.what, graphwhy::check::row::What::Many(_));
                let kept = if row.verdict() == Verdict::Unknown {
                    accept::naming(&self.suppressions, &wrong, many)
                } else {
                    Vec::new()
                };
                let beyond =
                    if covering.is_empty() { accept::beyond(&self.suppressions, &wrong, self.now) } else { Vec::new() };
                for one in &beyond {
                    if let Some(own) = self.suppressions.get(one.index) {
                        let (file, line) = (&own.source_name, own.place.line);
                        self.beside
                            .push(format!("{file}:{line}: the suppression does not cover a result: {}", one.words));
                    }
                }
                // It is not to be removed for that.
                let grown = beyond.iter().filter(|one| one.grown).map(|one| &one.index);
                for index in covering.iter().chain(&kept).chain(grown) {
                    if let Some(used) = self.used.get_mut(*index) {
                        *used = true;
                    }
                }
                if let Some(baseline) = &mut self.baseline {
                    baseline.add(&row, self.fail_on, self.now);
                }
                covering.first().and_then(|index| self.suppressions.get(*index)).map(|one| Accepted {
                    reason: one.reason.clone(),
                    until: one.until,
                    place: format!("{}:{}", one.source_name, one.place.line),
                    leaves: row.unknown_beside().filter(|_| !self.accepts_unknown(&row)),
                })
            };
            row.accepted = accepted;
            if !row.is_accepted() {
                let counted = row.counted(self.fail_on);
                self.wrong |= counted == Counted::Wrong;
                self.open |= counted == Counted::Open;
            }
        }
        self.outputs.add(&row)
    }
}

/// What makes two questions one: the ids where they are known, else what was written.
fn identity(row: &Row<'_>) -> (Option<Uuid>, Subject, Option<Subject>, &'static str, &'static str) {
    use graphwhy::check::row::What;
    let operation = row.operation();
    match &row.what {
        What::One(answer) => {
            let app = answer.app_resolved.id().map_or_else(|| answer.app.clone(), Subject::Id);
            let user = answer.user_resolved.and_then(|user| user.id()).map(Subject::Id).or_else(|| answer.user.clone());
            (answer.tenant, app, user, operation.method, operation.path)
        }
        What::Many(many) => (many.tenant, many.app.clone(), None, operation.method, operation.path),
    }
}
