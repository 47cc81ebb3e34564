//! Standard output and standard error, colours, and how the tool's own failures are told.

use std::io::{IsTerminal as _, Write as _};
use std::path::Path;
use std::process::ExitCode;

use graphwhy::check::InputError;
use graphwhy::knowledge::{Catalogue, RulesError};
use graphwhy::report::{human, json, wrapped};
use graphwhy::source::{masked, masked_json, sanitise};

use super::{Color, Common, Format, Target};

/// A failure of the tool itself.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Exit code 3: what is wrong, where, and the way out.
    #[error("{message}")]
    Tool { message: String, help: String, place: Option<String> },
    /// Exit code 2: the arguments do not go together.
    #[error("{message}")]
    Usage { message: String, help: String },
    /// The reader of our output went away.
    #[error("broken pipe")]
    Pipe,
}

impl Failure {
    pub(crate) fn tool(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Tool { message: message.into(), help: help.into(), place: None }
    }

    /// As an entry of `errors` in a document.
    pub(crate) fn value(&self) -> serde_json::Value {
        let (help, place) = match self {
            Self::Tool { help, place, .. } => (help.as_str(), place.as_deref()),
            Self::Usage { help, .. } => (help.as_str(), None),
            Self::Pipe => ("", None),
        };
        serde_json::json!({ "message": masked(&self.to_string()), "help": masked(help), "place": place.map(masked) })
    }

    pub(crate) fn usage(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), help: help.into() }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            return Self::Pipe;
        }
        Self::tool(format!("could not write the report: {error}"), "check that the disk or pipe takes more data")
    }
}

/// Writes data to standard output.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}

/// A line for people, beside the data. Whatever it quotes, secrets are masked.
pub(crate) fn note(text: &str) {
    let out = std::io::stderr().lock();
    match terminal_size::terminal_size_of(&out).filter(|_| out.is_terminal()) {
        Some((width, _)) => whole(out, &fitted(text, usize::from(width.0).max(40))),
        None => whole(out, text),
    }
}

/// The same, whole however wide the terminal is: what is copied from there must run.
pub(crate) fn note_command(text: &str) {
    whole(std::io::stderr().lock(), text);
}

fn whole(mut out: impl std::io::Write, text: &str) {
    let text = sanitise::visible(&masked(text));
    // Standard error may be closed; the data matters more.
    let _ = writeln!(out, "{text}");
}

/// The lines of a text, each with its continuations below its own words.
fn fitted(text: &str, width: usize) -> String {
    let mut lines = Vec::new();
    for line in text.lines() {
        if line.chars().count() <= width {
            lines.push(line.to_owned());
            continue;
        }
        let indent: String = line.chars().take_while(|c| *c == ' ').collect();
        let parts = wrapped::wrap_whole(line, width.saturating_sub(indent.len() + 2));
        lines.extend(parts.iter().enumerate().map(|(index, part)| match index {
            0 => format!("{indent}{part}"),
            _ => format!("{indent}  {part}"),
        }));
    }
    lines.join("\n")
}

/// Writes a report where it was asked for. Reports tell of tenants, so that only their owner may read the file.
pub(crate) fn deliver(target: &Target, text: &str) -> Result<(), Failure> {
    let text = match target.format {
        Format::Human => masked(text),
        Format::Json | Format::Ndjson => masked_json(sanitise::json_safe(text.to_owned())),
    };
    let Some(path) = &target.file else { return print(&text) };
    write_private(path, text.as_bytes()).map_err(|error| {
        Failure::tool(format!("could not write `{}`: {error}", shown(path)), "check the folder and your rights to it")
    })
}

/// A file that is there whole or not at all.
fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    // A device or a pipe is written as it is.
    if std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir()) {
        return std::fs::write(path, bytes);
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(name);
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&part).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    let moved = written.and_then(|()| std::fs::rename(&part, path));
    if moved.is_err() {
        // What is left of it is of no use; the first error is the one to tell.
        let _ = std::fs::remove_file(&part);
    }
    moved
}

/// Tells a failure to people, and to the programs that read the results; gives its exit code.
pub(crate) fn report_failure(failure: &Failure, targets: &[Target]) -> ExitCode {
    let (code, help, place) = match failure {
        Failure::Tool { help, place, .. } => (3, help.as_str(), place.as_deref()),
        Failure::Usage { help, .. } => (2, help.as_str(), None),
        Failure::Pipe => (0, "", None),
    };
    let place_words = place.map_or(String::new(), |place| format!("\n  at: {place}"));
    note(&format!("error: {failure}{place_words}\n  help: {help}"));
    if code == 3 {
        for target in targets.iter().filter(|target| target.format != Format::Human) {
            let place = place.map(masked);
            let document = json::failure(&masked(&failure.to_string()), &masked(help), place.as_deref());
            // The exit code says it too.
            let _ = deliver(target, &format!("{document}\n"));
        }
    }
    ExitCode::from(code)
}

/// Whether colours may be used, by `--color`, `NO_COLOR`, `FORCE_COLOR`, `CLICOLOR_FORCE` and `TERM`.
pub(crate) fn colored(color: Color) -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let forced =
        || ["FORCE_COLOR", "CLICOLOR_FORCE"].iter().any(|name| set(name) && std::env::var_os(name) != Some("0".into()));
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto if set("NO_COLOR") => false,
        Color::Auto => forced() || std::io::stdout().is_terminal() && std::env::var_os("TERM") != Some("dumb".into()),
    }
}

/// How wide a text for people may be: as `COLUMNS` says, else as wide as the terminal, if there is one.
pub(crate) fn columns() -> Option<usize> {
    let asked =
        std::env::var("COLUMNS").ok().and_then(|value| value.trim().parse().ok()).filter(|columns| *columns > 0);
    asked.or_else(|| terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)))
}

/// How reports are drawn in a file, or in what they are piped into.
pub(crate) fn look_of(common: &Common, target: &Target) -> human::Look {
    match target.file {
        None => look(common),
        Some(_) => human::Look { width: 100, color: common.color == Color::Always, verbose: common.verbose },
    }
}

/// How reports are drawn here.
pub(crate) fn look(common: &Common) -> human::Look {
    human::Look {
        width: columns().unwrap_or(100).clamp(40, 120),
        color: colored(common.color),
        verbose: common.verbose,
    }
}

/// The catalogue, with the entries of `--rules DIR`.
pub(crate) fn catalogue(common: &Common) -> Result<Catalogue, Failure> {
    let Some(dir) = &common.rules else { return Ok(Catalogue::builtin()) };
    let files = rule_files(dir)?;
    Catalogue::builtin().extend(&files).map_err(|error| not_valid(dir, &error))
}

/// A rule of an organisation that cannot be used.
pub(crate) fn not_valid(dir: &Path, error: &RulesError) -> Failure {
    Failure::Tool {
        message: format!("a rule of `{}` is not valid: {error}", shown(dir)),
        help: "mend the file at that line".into(),
        place: Some(format!("{}:{}", error.file, error.line)),
    }
}

/// The rule files of a folder, by name.
pub(crate) fn rule_files(dir: &Path) -> Result<Vec<(String, String)>, Failure> {
    let mut files = Vec::new();
    read_rules(dir, Path::new("symptoms.toml"), &mut files)?;
    let causes = dir.join("causes");
    if causes.is_dir() {
        let entries = std::fs::read_dir(&causes).map_err(|error| unreadable(&causes, &error))?;
        let mut names: Vec<_> = entries.filter_map(Result::ok).map(|entry| entry.file_name()).collect();
        names.sort();
        for name in names {
            if Path::new(&name).extension().is_some_and(|extension| extension == "md") {
                read_rules(dir, &Path::new("causes").join(name), &mut files)?;
            }
        }
    }
    if files.is_empty() {
        return Err(Failure::tool(
            format!("`{}` holds no rules", shown(dir)),
            "put a `symptoms.toml` or `causes/<slug>.md` there; rules/README.md of the project shows both",
        ));
    }
    Ok(files)
}

fn read_rules(dir: &Path, name: &Path, files: &mut Vec<(String, String)>) -> Result<(), Failure> {
    let path = dir.join(name);
    if !dir.is_dir() {
        return Err(Failure::tool(format!("`{}` is no folder", shown(dir)), "give `--rules` a folder"));
    }
    if path.exists() {
        let metadata = std::fs::metadata(&path).map_err(|error| unreadable(&path, &error))?;
        if !metadata.is_file() || metadata.len() > 1 << 20 {
            return Err(Failure::tool(
                format!("`{}` is no rule file: it is no plain file, or larger than 1 MiB", shown(&path)),
                "give `--rules` a folder with `symptoms.toml` and `causes/*.md`",
            ));
        }
        let text = std::fs::read_to_string(&path).map_err(|error| unreadable(&path, &error))?;
        files.push((name.to_string_lossy().replace('\\', "/"), text));
    }
    Ok(())
}

/// A path within a sentence: its name may have line ends, and forge a line of its own.
pub(crate) fn shown(path: &Path) -> String {
    sanitise::one_line(&path.display().to_string())
}

/// A file that could not be read.
pub(crate) fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::tool(
        format!("could not read `{}`: {error}", shown(path)),
        "check the path and your rights to it; `-` reads standard input",
    )
}

/// Input that has no reading is a failure of the run: nothing is printed.
pub(super) fn refused(error: InputError) -> Failure {
    let place = error.place();
    Failure::Tool { message: error.to_string(), help: error.help, place: Some(place) }
}
