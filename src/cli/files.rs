//! Reading what questions are made of, and writing files that hold tenant data.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Read as _, Write};
use std::path::{Path, PathBuf};

use graphwhy::script::Kind;
use graphwhy::source::Source;
use graphwhy::source::sanitise::one_line;
use graphwhy::tenant::{self, Snapshot};

use super::output::{Failure, shown, unreadable};

/// More than this is no list that somebody wrote.
const MAX_INPUT: u64 = 2 << 30;
/// A snapshot of some ten million users.
const MAX_STATE: u64 = 8 << 30;

/// A text with its name; `-` is standard input.
pub(crate) fn read_text(path: &Path) -> Result<(String, String), Failure> {
    let (name, bytes) = read_bytes(path, MAX_INPUT)?;
    let text = decode(bytes).map_err(|(line, column)| Failure::Tool {
        message: format!("`{name}` is no text: it is neither UTF-8 nor UTF-16 with a byte order mark"),
        help: "save the file as UTF-8".into(),
        place: Some(format!("{name}:{line}:{column}")),
    })?;
    Ok((name, text))
}

/// A snapshot in a file, without its text in memory; `None` = it is none, or what is wrong with it takes its text to
/// say. What cannot be read twice is left alone.
pub(crate) fn load_snapshot(path: &Path) -> Option<Result<Snapshot, Failure>> {
    let metadata = std::fs::metadata(path).ok().filter(|it| it.is_file() && it.len() <= MAX_STATE);
    let file = File::open(path).ok().filter(|_| metadata.is_some())?;
    let snapshot = tenant::load(file, &path.display().to_string())?;
    Some(snapshot.map_err(|error| Failure::Tool {
        message: error.to_string(),
        help: error.help().to_owned(),
        place: Some(error.place()),
    }))
}

/// Files with the option that names them; `-` is none.
pub(crate) fn named<'p>(
    option: &'static str,
    paths: impl IntoIterator<Item = &'p PathBuf>,
) -> impl Iterator<Item = (&'static str, &'p Path)> {
    paths.into_iter().filter(|path| path.as_os_str() != "-").map(move |path| (option, path.as_path()))
}

/// The words for an option or another source of files, with whether they speak of several.
fn source_words(option: &str, one: &str, many: &str) -> String {
    match option.strip_prefix("--") {
        Some(_) => format!("`{option}` {one}"),
        None if option.ends_with('s') => format!("{option} {many}"),
        None => format!("{option} {one}"),
    }
}

/// Where a file is or will be.
fn place_of(path: &Path) -> PathBuf {
    if let Ok(place) = path.canonicalize() {
        return place;
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match (folder.canonicalize(), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path.to_path_buf(),
    }
}

/// Two outputs of one run go to two files: one of them would be lost without a word.
pub(crate) fn keep_apart<'p>(outputs: impl Iterator<Item = (&'static str, &'p Path)>) -> Result<(), Failure> {
    let mut known: Vec<(&str, PathBuf)> = Vec::new();
    for (option, path) in outputs.filter(|(_, path)| !is_no_file(path)) {
        let place = place_of(path);
        if let Some((other, _)) = known.iter().find(|(_, it)| *it == place) {
            let other = source_words(other, "writes", "write");
            let option = if option.starts_with("--") { format!("`{option}`") } else { option.to_owned() };
            return Err(Failure::usage(
                format!("{option} would overwrite `{}`, which {other}", shown(path)),
                "give each output a file of its own",
            ));
        }
        known.push((option, place));
    }
    Ok(())
}

/// What a command writes takes the place of nothing that it reads: that would be lost without a word.
pub(crate) fn keep_inputs<'p>(
    outputs: impl Iterator<Item = (&'static str, &'p Path)>,
    inputs: impl Iterator<Item = (&'static str, &'p Path)>,
) -> Result<(), Failure> {
    let inputs: Vec<(&str, PathBuf)> =
        inputs.filter_map(|(option, path)| Some((option, path.canonicalize().ok()?))).collect();
    for (option, path) in outputs.filter(|(_, path)| !is_no_file(path)) {
        let Some((input, _)) = path.canonicalize().ok().and_then(|own| inputs.iter().find(|(_, it)| *it == own)) else {
            continue;
        };
        let option = if option.starts_with("--") { format!("`{option}`") } else { option.to_owned() };
        let input = source_words(input, "reads", "read");
        return Err(Failure::usage(
            format!("{option} would overwrite `{}`, which {input}", shown(path)),
            "name another file to write",
        ));
    }
    Ok(())
}

/// Data that is named as a script: a parser of PowerShell finds nothing in it, and that is no answer.
pub(crate) fn no_script(source: &Source) -> Option<Failure> {
    let text = source.text();
    let data = Kind::of(source.name()) == Kind::PowerShell && text.trim_start().starts_with(['{', '[']);
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<serde::de::IgnoredAny>();
    (data && values.all(|value| value.is_ok())).then(|| {
        Failure::tool(
            format!("`{}` is JSON, no script", one_line(source.name())),
            "name a script, runbook or CI file; a snapshot goes to `--state`",
        )
    })
}

fn read_bytes(path: &Path, limit: u64) -> Result<(String, Vec<u8>), Failure> {
    let too_large = |name: &str| {
        Failure::tool(format!("`{name}` is larger than {} GiB", limit >> 30), "split it, or ask about fewer users")
    };
    let mut bytes = Vec::new();
    if path.as_os_str() == "-" {
        std::io::stdin()
            .lock()
            .take(limit + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| Failure::tool(format!("could not read standard input: {error}"), "pipe a file into it"))?;
        return if bytes.len() as u64 > limit { Err(too_large("stdin")) } else { Ok(("stdin".to_owned(), bytes)) };
    }
    let name = path.display().to_string();
    let metadata = std::fs::metadata(path).map_err(|error| unreadable(path, &error))?;
    if metadata.is_dir() {
        return Err(Failure::tool(format!("`{name}` is a folder"), "name a file in it"));
    }
    if metadata.len() > limit {
        return Err(too_large(&name));
    }
    bytes.reserve_exact(usize::try_from(metadata.len()).unwrap_or(0).saturating_add(1));
    File::open(path)
        .and_then(|file| file.take(limit + 1).read_to_end(&mut bytes))
        .map_err(|error| unreadable(path, &error))?;
    if bytes.len() as u64 > limit { Err(too_large(&name)) } else { Ok((name, bytes)) }
}

/// UTF-8, or UTF-16 by its mark (Windows PowerShell writes it); else where it ends being text.
fn decode(bytes: Vec<u8>) -> Result<String, (usize, usize)> {
    let wide = |rest: &[u8], read: fn([u8; 2]) -> u16| {
        let units = rest.chunks(2).map(|pair| match pair {
            [a, b] => read([*a, *b]),
            _ => 0xdc00,
        });
        char::decode_utf16(units).collect::<Result<String, _>>().map_err(|_| (1, 1))
    };
    match bytes.as_slice() {
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        _ => String::from_utf8(bytes).map_err(|error| {
            let good = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
            let line = good.iter().filter(|byte| **byte == b'\n').count() + 1;
            let start = good.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            let column = good.get(start..).map_or(0, |rest| String::from_utf8_lossy(rest).chars().count()) + 1;
            (line, column)
        }),
    }
}

/// A file that appears whole or not at all, and that nobody else may read. A link stays, and the file behind it is
/// written; a device or a pipe is written as it is.
#[derive(Debug)]
pub(crate) struct PrivateFile {
    path: PathBuf,
    /// What takes the file's place when it is whole.
    temporary: Option<PathBuf>,
    writer: Option<BufWriter<File>>,
}

/// Whether something is there that is no file: a device or a pipe.
pub(crate) fn is_no_file(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|it| !it.is_file() && !it.is_dir())
}

impl PrivateFile {
    pub(crate) fn create(path: &Path) -> Result<Self, Failure> {
        if path.is_dir() {
            return Err(Failure::tool(format!("`{}` is a folder", shown(path)), "name a file to write"));
        }
        if is_no_file(path) {
            let file = OpenOptions::new().write(true).open(path).map_err(|error| unwritable(path, &error))?;
            return Ok(Self { path: path.to_owned(), temporary: None, writer: Some(BufWriter::new(file)) });
        }
        let behind = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let (path, Some(name)) = (behind.as_path(), behind.file_name()) else {
            return Err(Failure::usage(format!("`{}` is no file name", shown(path)), "name a file to write"));
        };
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}.tmp", std::process::id()));
        let temporary = path.with_file_name(hidden);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&temporary).map_err(|error| unwritable(path, &error))?;
        let writer = Some(BufWriter::with_capacity(1 << 16, file));
        Ok(Self { path: path.to_owned(), temporary: Some(temporary), writer })
    }

    pub(crate) fn write(&mut self, text: &str) -> Result<(), Failure> {
        let Some(writer) = &mut self.writer else { return Ok(()) };
        writer.write_all(text.as_bytes()).map_err(|error| unwritable(&self.path, &error))
    }

    /// Puts the file in its place.
    pub(crate) fn finish(mut self) -> Result<(), Failure> {
        if let Some(writer) = self.writer.take() {
            let failed = |error: &std::io::Error| unwritable(&self.path, error);
            let file = writer.into_inner().map_err(|error| failed(error.error()))?;
            if let Some(temporary) = self.temporary.take() {
                let placed = file.sync_all().and_then(|()| {
                    drop(file);
                    std::fs::rename(&temporary, &self.path)
                });
                placed.inspect_err(|_| remove(&temporary)).map_err(|error| failed(&error))?;
            }
        }
        Ok(())
    }
}

impl Drop for PrivateFile {
    fn drop(&mut self) {
        // It was not finished; what is left of it helps nobody.
        if let Some(temporary) = &self.temporary {
            remove(temporary);
        }
    }
}

fn remove(temporary: &Path) {
    let _ = std::fs::remove_file(temporary);
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::tool(format!("could not write `{}`: {error}", shown(path)), "check the folder and your rights to it")
}
