//! Files with a tenant's state: reading them, as snapshots or as what `import` reads, and writing them.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use graphwhy::check::state::State;
use graphwhy::source;
use graphwhy::tenant::import::{self, File, ImportError, Imported, Options, Times};
use graphwhy::tenant::{self, Snapshot, Status};

use jiff::Timestamp;
use uuid::Uuid;

use super::Common;
use super::files::load_snapshot;
use super::output::{Failure, note, shown, unreadable};

/// What `--state` takes, of every command.
pub(crate) const STATE_HELP: &str = "Snapshot of the tenant's policy state, or output that `import` reads: beside a \
snapshot it supplements that, alone it is one. Output has no time of its own (that of the file is none): `import \
--taken-at` gives it one. Repeat it for more output, and for the snapshots of several tenants";

/// A file of this size is no export of one tenant.
const MAX_STATE: u64 = 2 << 30;

/// Entries that are no client id, as many as are told without `--verbose`.
const ODD_IDS: usize = 3;

/// Notes on files that supplement a snapshot, as many as are told without `--verbose`.
const BESIDE: usize = 10;

/// A file that is no snapshot.
pub(crate) struct Raw {
    pub(crate) name: String,
    pub(crate) text: String,
}

impl Raw {
    /// Decoded text of a file, or of standard input for `-`.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        if path.as_os_str() == "-" {
            return Ok(Self { name: "stdin".to_owned(), text: read_stdin()? });
        }
        Ok(Self { name: path.display().to_string(), text: read_text(path)? })
    }

    /// Whether it is a snapshot after all.
    pub(crate) fn is_snapshot(&self) -> bool {
        is_snapshot(&self.text)
    }

    /// The snapshot that it is.
    pub(crate) fn snapshot(&self) -> Result<Snapshot, Failure> {
        parse(&self.text, &self.name)
    }
}

/// The snapshots of `--state`: each snapshot file is one, which the other files supplement; without one, all files
/// together are one.
pub(crate) fn read_states(paths: &[PathBuf], common: &Common) -> Result<Vec<Snapshot>, Failure> {
    Ok(read_named_states(paths, common)?.into_iter().map(|state| state.snapshot).collect())
}

/// One snapshot, from a snapshot file or from what `import` reads.
pub(crate) fn read_one(path: &Path, common: &Common) -> Result<Snapshot, Failure> {
    let states = read_states(std::slice::from_ref(&path.to_owned()), common)?;
    let one = states.into_iter().next();
    one.ok_or_else(|| Failure::usage(format!("`{}` gives no snapshot", shown(path)), "name a file with one"))
}

/// The same with the names of their files.
pub(crate) fn read_named_states(paths: &[PathBuf], common: &Common) -> Result<Vec<State>, Failure> {
    read_told_states(paths, common, &mut note)
}

/// The same, for who tells the notes itself.
pub(crate) fn read_told_states(
    paths: &[PathBuf],
    common: &Common,
    tell: &mut dyn FnMut(&str),
) -> Result<Vec<State>, Failure> {
    let mut states = Vec::new();
    let mut files = Vec::new();
    for path in paths {
        if path.as_os_str() != "-"
            && let Some(snapshot) = load_snapshot(path)
        {
            let (name, snapshot) = (path.display().to_string(), snapshot?);
            tell_odd_ids(&name, &snapshot, common, tell);
            states.push(State { name, snapshot });
            continue;
        }
        let file = Raw::read(path)?;
        if !file.is_snapshot() {
            files.push(file);
            continue;
        }
        if let Some(at) = file.text.find(char::REPLACEMENT_CHARACTER) {
            return Err(Failure::Tool {
                message: format!("`{}` is no snapshot: not UTF-8", file.name),
                help: "a snapshot is a JSON file of schema 1".into(),
                place: Some(format!("{}: byte {at}", file.name)),
            });
        }
        let snapshot = file.snapshot()?;
        tell_odd_ids(&file.name, &snapshot, common, tell);
        states.push(State { name: file.name, snapshot });
    }
    let (alone, beside): (Vec<Raw>, Vec<Raw>) = {
        let known: Vec<&Snapshot> = states.iter().map(|state| &state.snapshot).collect();
        files.into_iter().partition(|file| known.is_empty() || import::is_of_another_tenant(&file.text, &known))
    };
    supplement_each(&mut states, beside, common, tell)?;
    if !alone.is_empty() {
        states.push(imported(&alone, common, tell)?);
    }
    Ok(states)
}

/// Puts what each file says over the snapshot that it is of.
fn supplement_each(
    states: &mut [State],
    files: Vec<Raw>,
    common: &Common,
    tell: &mut dyn FnMut(&str),
) -> Result<(), Failure> {
    let mut of: Vec<Vec<Raw>> = states.iter().map(|_| Vec::new()).collect();
    for file in files {
        let known: Vec<&Snapshot> = states.iter().map(|state| &state.snapshot).collect();
        let at = import::owner(&file.text, &known).map_err(|found| {
            let why = match found {
                0 => "it names no tenant, user, group, app or policy that one of them has",
                _ => "several of them have what it names",
            };
            Failure::usage(
                format!("`{}` may be of any of the {} snapshots of `--state`: {why}", file.name, known.len()),
                "give it with the one snapshot that it is of, or add it to that one: `graphwhy import SNAPSHOT FILE -o NEW`",
            )
        })?;
        if let Some(own) = of.get_mut(at) {
            own.push(file);
        }
    }
    for (state, own) in states.iter_mut().zip(of).filter(|(_, own)| !own.is_empty()) {
        let supplemented = supplement(&state.snapshot, &own, &Options::default())?;
        let names: Vec<&str> = own.iter().map(|file| file.name.as_str()).collect();
        if !common.quiet {
            tell(&format!("{} supplemented by {}", state.name, names.join(", ")));
            tell_notes_by(&supplemented, if common.verbose { usize::MAX } else { BESIDE }, tell);
            if supplemented.snapshot.taken_at.is_none() && state.snapshot.taken_at.is_some() {
                tell(&format!(
                    "note: {}: when this was read is not known, so that it is certain of no failure: `graphwhy import SNAPSHOT FILE --taken-at TIME -o NEW` says it",
                    names.join(", ")
                ));
            }
        }
        state.name = format!("{}, {}", state.name, names.join(", "));
        state.snapshot = supplemented.snapshot;
    }
    Ok(())
}

/// What files say over a snapshot. The date of a file is that of a copy, and no time of a read: what does not say when it
/// was read has none.
pub(crate) fn supplement(base: &Snapshot, files: &[Raw], options: &Options) -> Result<Imported, Failure> {
    let times = Times { read_at: options.taken_at, until: options.taken_at.unwrap_or_else(Timestamp::now) };
    let texts: Vec<File<'_>> = files.iter().map(|it| File { name: &it.name, text: &it.text }).collect();
    import::supplement(base, &texts, options, times).map_err(|error| failure(&error))
}

/// Entries of policies that are no client id: they are kept as they are, and no app is one of them.
fn tell_odd_ids(name: &str, snapshot: &Snapshot, common: &Common, tell: &mut dyn FnMut(&str)) {
    if common.quiet {
        return;
    }
    let policies = snapshot.policies.known().iter();
    let odd: Vec<String> = policies
        .flat_map(|policy| policy.other_ids.iter().map(|id| import::odd_id(&policy.name, id)))
        .map(|text| format!("{name}: policies: {text}"))
        .collect();
    let shown = if common.verbose { odd.len() } else { ODD_IDS };
    odd.iter().take(shown).for_each(|text| tell(&format!("note: {text}")));
    if odd.len() > shown {
        tell(&format!("note: and {} more (--verbose shows them)", odd.len().saturating_sub(shown)));
    }
}

/// What several files that are no snapshots say together.
fn imported(exports: &[Raw], common: &Common, tell: &mut dyn FnMut(&str)) -> Result<State, Failure> {
    let names: Vec<&str> = exports.iter().map(|file| file.name.as_str()).collect();
    let imported = import_texts(exports, &Options::default())?;
    let absent = imported.snapshot.absent.len();
    if absent == 0 && imported.summary.iter().all(|part| part.status == Status::Missing) {
        // What the files are, and why nothing is taken from them.
        if !common.quiet {
            tell_notes_by(&imported, if common.verbose { usize::MAX } else { BESIDE }, tell);
        }
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
            .chain((absent > 0).then(|| format!("{absent} id{} that nobody has", if absent == 1 { "" } else { "s" })))
            .collect();
        tell(&format!("imported {}: {}; `graphwhy import` says what is missing", names.join(", "), parts.join(", ")));
        tell_notes_by(&imported, if common.verbose { usize::MAX } else { BESIDE }, tell);
    }
    Ok(State { name: names.join(", "), snapshot: imported.snapshot })
}

/// The value of `--tenant`.
pub(crate) fn tenant_id(text: &str) -> Result<Uuid, String> {
    Uuid::try_parse(text.trim())
        .map_err(|_| "it is no id: give the tenant's id, a GUID, and neither its domain nor its name".to_owned())
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
    let name = shown(path);
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
pub(crate) fn import_texts(texts: &[Raw], options: &Options) -> Result<Imported, Failure> {
    let files: Vec<File<'_>> = texts.iter().map(|it| File { name: &it.name, text: &it.text }).collect();
    import::import(&files, options).map_err(|error| failure(&error))
}

/// Which reads a text holds the output of that tells what policies list and who holds them, if it does.
pub(crate) fn output_in(name: &str, text: &str) -> Option<String> {
    /// A paste is no larger.
    const MOST: usize = 1 << 20;
    const READS: [(&str, &str); 3] = [
        ("policies", "`Get-CsApplicationAccessPolicy`"),
        ("direct", "`Get-CsOnlineUser`"),
        ("effective", "`Get-CsUserPolicyAssignment`"),
    ];
    let marks = ["AppIds", "PolicySource", "PolicyType", "ApplicationAccessPolicy "];
    if text.len() > MOST || !marks.iter().any(|mark| text.contains(mark)) {
        return None;
    }
    let read = import::import(&[File { name, text }], &Options::default()).ok()?;
    let held = |part: &str| read.summary.iter().any(|it| it.part.to_string() == part && it.count > 0);
    let reads: Vec<&str> = READS.iter().filter(|(part, _)| held(part)).map(|(_, read)| *read).collect();
    (!reads.is_empty()).then(|| reads.join(" and "))
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
    tell_notes_by(imported, at_most, &mut note);
}

fn tell_notes_by(imported: &Imported, at_most: usize, tell: &mut dyn FnMut(&str)) {
    for it in imported.notes.iter().take(at_most) {
        tell(&format!("note: {}: {}", it.place, it.text));
    }
    if let Some(more) = imported.notes.len().checked_sub(at_most).filter(|more| *more > 0) {
        tell(&format!("note: and {more} more (--verbose shows them)"));
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
        Failure::tool(format!("could not write `{}`: {error}", shown(path)), "check the folder and your rights to it")
    };
    if path.is_dir() {
        return Err(Failure::tool(format!("`{}` is a folder", shown(path)), "name a file in it"));
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
