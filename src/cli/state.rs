//! Files with a tenant's state: reading them, as snapshots or as what `import` reads, and writing them.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use graphwhy::check::state::State;
use graphwhy::source;
use graphwhy::tenant::import::{self, File, ImportError, Imported, Options};
use graphwhy::tenant::{self, Snapshot, Status};

use super::Common;
use super::files::load_snapshot;
use super::output::{Failure, note, unreadable};

/// A file of this size is no export of one tenant.
const MAX_STATE: u64 = 2 << 30;

/// Entries that are no client id, as many as are told without `--verbose`.
const ODD_IDS: usize = 3;

/// The snapshots of `--state`: each snapshot file is one, and all other files together are one more.
pub(crate) fn read_states(paths: &[PathBuf], common: &Common) -> Result<Vec<Snapshot>, Failure> {
    Ok(read_named_states(paths, common)?.into_iter().map(|state| state.snapshot).collect())
}

/// One snapshot, from a snapshot file or from what `import` reads.
pub(crate) fn read_one(path: &Path, common: &Common) -> Result<Snapshot, Failure> {
    let states = read_states(std::slice::from_ref(&path.to_owned()), common)?;
    let one = states.into_iter().next();
    one.ok_or_else(|| Failure::usage(format!("`{}` gives no snapshot", path.display()), "name a file with one"))
}

/// The same with the names of their files.
pub(crate) fn read_named_states(paths: &[PathBuf], common: &Common) -> Result<Vec<State>, Failure> {
    let mut states = Vec::new();
    let mut exports = Vec::new();
    for path in paths {
        let is_stdin = path.as_os_str() == "-";
        if !is_stdin && let Some(snapshot) = load_snapshot(path) {
            let (name, snapshot) = (path.display().to_string(), snapshot?);
            tell_odd_ids(&name, &snapshot, common);
            states.push(State { name, snapshot });
            continue;
        }
        let (name, text) =
            if is_stdin { ("stdin".to_owned(), read_stdin()?) } else { (path.display().to_string(), read_text(path)?) };
        if !is_snapshot(&text) {
            exports.push((name, text));
            continue;
        }
        if let Some(at) = text.find(char::REPLACEMENT_CHARACTER) {
            return Err(Failure::Tool {
                message: format!("`{name}` is no snapshot: not UTF-8"),
                help: "a snapshot is a JSON file of schema 1".into(),
                place: Some(format!("{name}: byte {at}")),
            });
        }
        let snapshot = parse(&text, &name)?;
        tell_odd_ids(&name, &snapshot, common);
        states.push(State { name, snapshot });
    }
    if !exports.is_empty() {
        states.push(imported(&exports, common)?);
    }
    Ok(states)
}

/// Entries of policies that are no client id: they are kept as they are, and no app is one of them.
fn tell_odd_ids(name: &str, snapshot: &Snapshot, common: &Common) {
    if common.quiet {
        return;
    }
    let policies = snapshot.policies.known().iter();
    let odd: Vec<String> = policies
        .flat_map(|policy| policy.other_ids.iter().map(|id| import::odd_id(&policy.name, id)))
        .map(|text| format!("{name}: policies: {text}"))
        .collect();
    let shown = if common.verbose { odd.len() } else { ODD_IDS };
    odd.iter().take(shown).for_each(|text| note(&format!("note: {text}")));
    if odd.len() > shown {
        note(&format!("note: and {} more (--verbose shows them)", odd.len().saturating_sub(shown)));
    }
}

/// What several files that are no snapshots say together.
fn imported(exports: &[(String, String)], common: &Common) -> Result<State, Failure> {
    let names: Vec<&str> = exports.iter().map(|(name, _)| name.as_str()).collect();
    let imported = import_texts(exports, &Options::default())?;
    if imported.summary.iter().all(|part| part.status == Status::Missing) {
        return Err(Failure::Tool {
            message: format!("`{}` is no snapshot, and no output that `graphwhy import` knows", names.join("`, `")),
            help: "give `--state` a snapshot of schema 1, or the output of the cmdlets that `graphwhy import --help` names"
                .into(),
            place: Some(format!("{}: line 1", names.first().copied().unwrap_or_default())),
        });
    }
    if !common.quiet {
        let parts: Vec<String> = imported
            .summary
            .iter()
            .filter(|part| part.status != Status::Missing)
            .map(|part| format!("{} {}", part.part, status_word(part.status)))
            .collect();
        note(&format!("imported {}: {}; `graphwhy import` says what is missing", names.join(", "), parts.join(", ")));
        if common.verbose {
            tell_notes(&imported, usize::MAX);
        }
    }
    Ok(State { name: names.join(", "), snapshot: imported.snapshot })
}

/// Standard input as text.
pub(crate) fn read_stdin() -> Result<String, Failure> {
    let mut bytes = Vec::new();
    std::io::stdin()
        .lock()
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::tool(format!("could not read standard input: {error}"), "pipe a file into it"))?;
    Ok(source::decode(&bytes))
}

/// The decoded text of a file.
pub(crate) fn read_text(path: &Path) -> Result<String, Failure> {
    let name = path.display();
    let metadata = std::fs::metadata(path).map_err(|error| unreadable(path, &error))?;
    if metadata.is_dir() {
        return Err(Failure::tool(format!("`{name}` is a folder"), "name the files in it"));
    }
    if metadata.len() > MAX_STATE {
        return Err(Failure::tool(
            format!("`{name}` is larger than 2 GiB"),
            "select fewer properties, or write it with the script of `graphwhy import --script`",
        ));
    }
    let bytes = std::fs::read(path).map_err(|error| unreadable(path, &error))?;
    // Not decoded twice: most files are UTF-8 already.
    Ok(match String::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => text,
        Ok(text) => source::decode(text.as_bytes()),
        Err(error) => source::decode(error.as_bytes()),
    })
}

/// Whether a text is a snapshot: a JSON object with `schema`, or with parts as only a snapshot has them.
fn is_snapshot(text: &str) -> bool {
    use serde::de::IgnoredAny;
    #[derive(serde::Deserialize)]
    struct Head {
        schema: Option<IgnoredAny>,
        policies: Option<Part>,
        direct: Option<Part>,
        groups: Option<Part>,
        users: Option<Part>,
        apps: Option<Part>,
    }
    #[derive(serde::Deserialize)]
    struct Part {
        status: Option<IgnoredAny>,
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim_start();
    let Some(inside) = text.strip_prefix('{') else { return false };
    // The first key of every snapshot that is written here.
    if inside.trim_start().starts_with("\"schema\"") {
        return true;
    }
    match serde_json::from_str::<Head>(text) {
        Ok(head) => {
            let parts = [head.policies, head.direct, head.groups, head.users, head.apps];
            head.schema.is_some() || parts.into_iter().flatten().any(|part| part.status.is_some())
        }
        Err(_) => text.contains("\"schema\""),
    }
}

fn parse(text: &str, name: &str) -> Result<Snapshot, Failure> {
    tenant::parse(text, name).map_err(|error| Failure::Tool {
        message: error.to_string(),
        help: error.help().to_owned(),
        place: Some(error.place()),
    })
}

/// Imports decoded files, each with its name.
pub(crate) fn import_texts(texts: &[(String, String)], options: &Options) -> Result<Imported, Failure> {
    let files: Vec<File<'_>> = texts.iter().map(|(name, text)| File { name, text }).collect();
    import::import(&files, options).map_err(|error| failure(&error))
}

fn failure(error: &ImportError) -> Failure {
    Failure::Tool {
        message: error.to_string(),
        help: error.help().to_owned(),
        place: error.place().map(ToOwned::to_owned),
    }
}

/// What was left out of an import.
pub(crate) fn tell_notes(imported: &Imported, at_most: usize) {
    for it in imported.notes.iter().take(at_most) {
        note(&format!("note: {}: {}", it.place, it.text));
    }
    if let Some(more) = imported.notes.len().checked_sub(at_most).filter(|more| *more > 0) {
        note(&format!("note: and {more} more (--verbose shows them)"));
    }
}

pub(crate) const fn status_word(status: Status) -> &'static str {
    match status {
        Status::Complete => "complete",
        Status::Partial => "partial",
        Status::Missing => "missing",
    }
}

/// Writes a file with tenant data: whole or not at all, and for its owner only.
pub(crate) fn write_private(path: &Path, text: &str) -> Result<(), Failure> {
    let unwritable = |error: &std::io::Error| {
        Failure::tool(
            format!("could not write `{}`: {error}", path.display()),
            "check the folder and your rights to it",
        )
    };
    if path.is_dir() {
        return Err(Failure::tool(format!("`{}` is a folder", path.display()), "name a file in it"));
    }
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut attempt = 0;
    let (unfinished, mut file) = loop {
        let unfinished = folder.join(format!(".{name}.{}-{attempt}.unfinished", std::process::id()));
        match options.open(&unfinished) {
            Ok(file) => break (unfinished, file),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && attempt < 100 => attempt += 1,
            Err(error) => return Err(unwritable(&error)),
        }
    };
    let written = file
        .write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .and_then(|()| std::fs::rename(&unfinished, path));
    written.map_err(|error| {
        // What is left of a failed write holds tenant data.
        let _ = std::fs::remove_file(&unfinished);
        unwritable(&error)
    })
}
