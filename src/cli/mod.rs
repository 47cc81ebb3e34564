//! The command line: clap types, one file per subcommand, thin.

mod accepted;
mod audit;
mod check;
mod check_output;
mod check_pairs;
mod diff;
mod explain;
#[cfg(feature = "online")]
mod fetch;
mod files;
mod formats;
mod import;
mod lint;
mod lint_config;
mod lint_files;
mod lint_output;
mod offered;
mod output;
mod plan;
mod rules;
#[cfg(feature = "online")]
mod sign_in;
mod state;
#[cfg(feature = "online")]
mod teams;
mod texts;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

use self::output::Failure;

/// Explains why Microsoft Graph refuses an app's online-meeting calls, and what exactly changes that.
#[derive(Debug, Parser)]
#[command(name = "graphwhy", version, max_term_width = 100, disable_help_subcommand = true)]
#[command(
    after_help = "Exit codes: 0 nothing wrong; 1 findings; 2 usage; 3 the tool failed; 4 undetermined.\nInput is never sent anywhere; tokens in it are masked at once."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Common {
    /// Colours in the report
    #[arg(long, value_enum, default_value_t, global = true, value_name = "WHEN", help_heading = "Output")]
    pub(crate) color: Color,
    /// Print nothing but errors; the exit code tells
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = "Output")]
    pub(crate) quiet: bool,
    /// Reasons, evidence and every fix
    #[arg(short, long, global = true, help_heading = "Output")]
    pub(crate) verbose: bool,
    /// A folder with your own `symptoms.toml` and `causes/*.md`, beside the built-in rules
    #[arg(long, global = true, value_name = "DIR", help_heading = "Rules")]
    pub(crate) rules: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    Always,
    Never,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Human,
    /// One JSON document (schema 1)
    Json,
    /// One JSON result a line
    Ndjson,
}

/// The severity from which on the exit code is 1.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum FailOn {
    Info,
    Warning,
    Error,
}

impl FailOn {
    pub(crate) const fn severity(self) -> graphwhy::knowledge::Severity {
        match self {
            Self::Info => graphwhy::knowledge::Severity::Info,
            Self::Warning => graphwhy::knowledge::Severity::Warning,
            Self::Error => graphwhy::knowledge::Severity::Error,
        }
    }
}

/// A format and where it goes: `json`, `json=report.json`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) format: Format,
    /// `None` = standard output.
    pub(crate) file: Option<PathBuf>,
}

impl std::str::FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, file) = text.split_once('=').map_or((text, None), |(name, file)| (name, Some(file)));
        let format = Format::from_str(name, false).map_err(|_| "use human, json or ndjson".to_owned())?;
        if file == Some("") {
            return Err(format!("name the file after `{name}=`"));
        }
        Ok(Self { format, file: file.map(PathBuf::from) })
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Explain failures in pasted text: JSON, logs, HTTP dumps, exception texts
    Explain(Box<explain::Explain>),
    /// Judge scripts, runbooks and CI files before anyone runs them
    Lint(Box<lint::Lint>),
    /// Read the tenant's state from Microsoft Graph into a snapshot
    #[cfg(feature = "online")]
    Fetch(Box<fetch::Fetch>),
    /// Not in this build
    #[cfg(not(feature = "online"))]
    #[command(hide = true, disable_help_flag = true)]
    Fetch {
        /// Whatever it was asked for
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
        _rest: Vec<OsString>,
    },
    /// Find the smallest change that lets an app act for users, or tell what a script would change
    Plan(Box<plan::PlanArgs>),
    /// Tell what is odd in a tenant's policies
    Audit(audit::Audit),
    /// Tell what changed between two snapshots, and who gained or lost access
    Diff(diff::Diff),
    /// Ask whether apps may act for users, and whether what must be so is so
    Check(Box<check::Check>),
    /// Turn the output of PowerShell cmdlets and Graph answers into a snapshot
    Import(Box<import::Import>),
    /// List the catalogue of causes, or print the long text of one
    Rules(rules::Rules),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page (roff)
    Man,
}

/// The same command line with nothing but `explain`, which people wait for: building the arguments of all the others
/// takes as long as explaining.
#[derive(Debug, Parser)]
#[command(name = "graphwhy", disable_help_subcommand = true)]
struct ExplainAlone {
    #[command(subcommand)]
    command: OnlyExplain,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Subcommand)]
enum OnlyExplain {
    Explain(Box<explain::Explain>),
}

/// Help and errors are those of the whole command line.
fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Cli, clap::Error> {
    let mut args: Vec<OsString> = args.into_iter().collect();
    // `help` and `help plan` are what people type first.
    if args.get(1).is_some_and(|word| word == "help") {
        args.remove(1);
        args.push("--help".into());
    }
    if args.get(1).is_some_and(|word| word == "explain")
        && let Ok(ExplainAlone { command: OnlyExplain::Explain(explain), common }) = ExplainAlone::try_parse_from(&args)
    {
        return Ok(Cli { command: Command::Explain(explain), common });
    }
    Cli::try_parse_from(args)
}

/// What asks for a network where there is none.
#[cfg(not(feature = "online"))]
fn offline() -> Failure {
    Failure::usage(
        "`fetch` is not in this build, which has no network (it was built without the feature `online`)",
        "install the default build with `cargo install --path .` in its repository; or read the tenant with the script that \
         `graphwhy import --script` prints, and give its output to `graphwhy import`",
    )
}

/// Parses the arguments, runs the command and returns the exit code.
#[must_use]
pub(crate) fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match parse(args) {
        Ok(cli) => cli,
        Err(error) => {
            if error.use_stderr() {
                // The message repeats the argument, which may be a token in the wrong place; a note masks it.
                output::note(error.render().to_string().trim_end());
                return ExitCode::from(2);
            }
            // Nothing can be said when the terminal itself is gone.
            let _ = error.print();
            return ExitCode::SUCCESS;
        }
    };
    let targets = match &cli.command {
        Command::Explain(explain) => explain.targets(),
        Command::Lint(lint) => lint.targets(),
        Command::Plan(plan) => formats::failure_targets(&plan.format),
        Command::Audit(audit) => formats::failure_targets(&audit.format),
        Command::Diff(diff) => formats::failure_targets(&diff.format),
        Command::Check(check) => check.targets(),
        Command::Rules(rules) => vec![Target { format: rules.format, file: None }],
        #[cfg(feature = "online")]
        Command::Fetch(_) => Vec::new(),
        #[cfg(not(feature = "online"))]
        Command::Fetch { .. } => Vec::new(),
        Command::Import(_) | Command::Completions { .. } | Command::Man => Vec::new(),
    };
    let result = match cli.command {
        Command::Explain(explain) => explain.run(&cli.common),
        Command::Lint(lint) => lint.run(&cli.common),
        #[cfg(feature = "online")]
        Command::Fetch(fetch) => fetch.run(&cli.common),
        #[cfg(not(feature = "online"))]
        Command::Fetch { .. } => Err(offline()),
        Command::Plan(plan) => plan.run(&cli.common),
        Command::Audit(audit) => audit.run(&cli.common),
        Command::Diff(diff) => diff.run(&cli.common),
        Command::Check(check) => check.run(&cli.common),
        Command::Import(import) => import.run(&cli.common),
        Command::Rules(rules) => rules.run(&cli.common),
        Command::Completions { shell } => texts::completions(shell),
        Command::Man => texts::man(),
    };
    match result {
        Ok(code) => code,
        Err(Failure::Pipe) => ExitCode::SUCCESS,
        Err(failure) => output::report_failure(&failure, &targets),
    }
}
