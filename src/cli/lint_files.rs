//! What `lint` reads: files that are named, and those of folders that may hold commands.

use std::collections::HashSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use graphwhy::lint::Linted;
use graphwhy::source::{Encoding, Source, sanitise};
use ignore::WalkBuilder;
use ignore::gitignore::Gitignore;

use super::files::no_script;
use super::output::{Failure, shown, unreadable};

/// Larger files are no scripts that somebody wrote.
const MAX_FILE: u64 = 10 << 20;

/// What is read in folders; a file that is named is read whatever its ending.
const ENDINGS: [&str; 8] = ["ps1", "psm1", "psd1", "md", "markdown", "mdx", "yml", "yaml"];

/// The endings, for people.
pub(super) fn endings() -> String {
    let endings: Vec<String> = ENDINGS.iter().map(|ending| format!("`.{ending}`")).collect();
    endings.join(", ")
}

/// Of this many first characters, more than one in [`STRANGE`] is none that a script has: it is binary.
const LOOKED_AT: usize = 8192;
const STRANGE: usize = 10;

/// A file that was read.
pub(super) struct Text {
    /// `None` = standard input.
    pub(super) path: Option<PathBuf>,
    pub(super) source: Source,
    /// The text before secrets were masked, and how it was encoded; `None` = not to be written.
    pub(super) original: Option<(String, Encoding)>,
    /// Some of its bytes are no text in its encoding, so that nothing can be written.
    pub(super) torn: bool,
}

/// A file with what was found in it.
pub(super) struct Read {
    pub(super) text: Text,
    pub(super) linted: Linted,
    /// Which configuration it has.
    pub(super) wanted: usize,
    /// Edits were certain but for the bytes of the file that are no text.
    pub(super) withheld: bool,
}

/// Files that were given, so that one which is named twice, or named and in a folder, is read once.
#[derive(Default)]
pub(super) struct Seen(HashSet<PathBuf>);

impl Seen {
    fn first(&mut self, path: &Path) -> bool {
        // A pipe of the shell has no other name.
        self.0.insert(path.canonicalize().unwrap_or_else(|_| path.to_owned()))
    }
}

/// Gives the files of a path, one by one; a folder's in order of their names. Returns how many the configuration leaves
/// out, and whether some of the others were given before.
pub(super) fn each(
    path: &Path,
    excludes: &Gitignore,
    seen: &mut Seen,
    take: &mut dyn FnMut(Result<Text, Failure>),
) -> (usize, bool) {
    if !path.is_dir() {
        let first = seen.first(path);
        if first {
            take(file(path));
        }
        return (0, !first);
    }
    let (mut excluded, mut again) = (0, false);
    // Links are not followed, so that they cannot lead in circles.
    let walk = WalkBuilder::new(path).hidden(false).require_git(false).sort_by_file_path(Path::cmp).build();
    for entry in walk {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                take(Err(not_walked(&error)));
                continue;
            }
        };
        let path = entry.path();
        let inside_git = path.components().any(|part| part.as_os_str() == ".git");
        let known = path
            .extension()
            .and_then(|ending| ending.to_str())
            .is_some_and(|ending| ENDINGS.iter().any(|known| known.eq_ignore_ascii_case(ending)));
        if inside_git || !known || !entry.file_type().is_some_and(|kind| kind.is_file()) {
            continue;
        }
        if is_excluded(path, excludes) {
            excluded += 1;
            continue;
        }
        if seen.first(path) {
            take(file(path));
        } else {
            again = true;
        }
    }
    (excluded, again)
}

/// Whether the configuration leaves a file out.
pub(super) fn is_excluded(path: &Path, excludes: &Gitignore) -> bool {
    if excludes.num_ignores() == 0 || path.as_os_str() == "-" {
        return false;
    }
    let absolute = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    // What is not below the configuration's folder (a link, a file of another tree) is none of its business.
    absolute.starts_with(excludes.path()) && excludes.matched_path_or_any_parents(&absolute, path.is_dir()).is_ignore()
}

/// What the walk could not look into.
fn not_walked(error: &ignore::Error) -> Failure {
    let mut inner = error;
    let mut named = None;
    loop {
        inner = match inner {
            ignore::Error::WithPath { path, err } => {
                named = Some(path);
                err
            }
            ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => err,
            _ => break,
        };
    }
    let what = named.map_or("a folder".to_owned(), |path| format!("`{}`", shown(path)));
    // What the walk makes of the error says the path once more.
    let why = error.io_error().map_or_else(
        || inner.to_string(),
        |error| error.get_ref().and_then(|inner| inner.source()).map_or_else(|| error.to_string(), ToString::to_string),
    );
    Failure::tool(format!("could not read {what}: {why}"), "check your rights to it; the rest was read")
}

/// Reads a file; what is no file that ends is refused rather than waited for.
pub(super) fn file(path: &Path) -> Result<Text, Failure> {
    let metadata = std::fs::metadata(path).map_err(|error| unreadable(path, &error))?;
    // The shell's `<(command)` is a pipe with somebody at its other end.
    let substituted = path.starts_with("/dev/fd") || path.starts_with("/proc");
    if !metadata.is_file() && !substituted {
        return Err(Failure::tool(
            format!("`{}` is a pipe or a device, no file", shown(path)),
            "name a file, or pipe the script into `graphwhy lint -`; the rest was read",
        ));
    }
    let mut bytes = Vec::new();
    if metadata.len() <= MAX_FILE {
        std::fs::File::open(path)
            .and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut bytes))
            .map_err(|error| unreadable(path, &error))?;
    }
    if metadata.len() > MAX_FILE || bytes.len() as u64 > MAX_FILE {
        return Err(too_large(&shown(path)));
    }
    scripts_only(decoded(Some(path.to_owned()), &path.display().to_string(), &bytes)?)
}

/// What is no script says nothing, right or wrong.
fn scripts_only(text: Text) -> Result<Text, Failure> {
    match no_script(&text.source) {
        Some(failure) => Err(failure),
        None => Ok(text),
    }
}

/// Reads standard input.
pub(super) fn standard_input(name: &str) -> Result<Text, Failure> {
    let mut bytes = Vec::new();
    std::io::stdin()
        .lock()
        .take(MAX_FILE + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::tool(format!("could not read standard input: {error}"), "pipe a script into it"))?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(too_large(name));
    }
    scripts_only(decoded(None, name, &bytes)?)
}

fn too_large(name: &str) -> Failure {
    Failure::tool(
        format!("`{}` is larger than 10 MiB, and no script that somebody wrote is", sanitise::one_line(name)),
        "leave it out, or cut it into pieces; the rest was read",
    )
}

/// The text of bytes.
pub(super) fn decoded(path: Option<PathBuf>, name: &str, bytes: &[u8]) -> Result<Text, Failure> {
    let encoding = Encoding::of(bytes);
    let source = Source::from_bytes(name, bytes);
    if is_binary(source.text()) {
        return Err(Failure::tool(
            format!("`{}` is binary, no script", sanitise::one_line(name)),
            "leave it out, or save it as UTF-8; the rest was read",
        ));
    }
    let original = encoding.decode(bytes).filter(|text| text.len() == source.text().len()).map(|text| (text, encoding));
    let torn = original.is_none();
    Ok(Text { path, source, original, torn })
}

fn is_binary(text: &str) -> bool {
    if text.contains('\0') {
        return true;
    }
    let strange = |c: &char| {
        *c == char::REPLACEMENT_CHARACTER
            || (c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{c}' | '\u{1b}' | '\u{1a}'))
    };
    let looked_at = text.chars().take(LOOKED_AT);
    let (count, all) = looked_at.fold((0, 0), |(count, all), c| (count + usize::from(strange(&c)), all + 1));
    count * STRANGE > all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_vanishes_is_told_and_the_rest_is_read() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        for name in ["a.ps1", "b.ps1", "c.ps1"] {
            std::fs::write(folder.path().join(name), "Get-Date\n")?;
        }
        let gone = folder.path().join("b.ps1");
        let (mut read, mut failed) = (Vec::new(), Vec::new());
        each(folder.path(), &Gitignore::empty(), &mut Seen::default(), &mut |found| match found {
            Ok(text) => {
                // The folder was listed when its first file is taken.
                let _ = std::fs::remove_file(&gone);
                read.push(text.source.name().rsplit(['/', '\\']).next().unwrap_or_default().to_owned());
            }
            Err(failure) => failed.push(failure.to_string()),
        });
        assert_eq!(read, ["a.ps1", "c.ps1"]);
        assert!(matches!(failed.as_slice(), [told] if told.contains("b.ps1")), "{failed:?}");
        Ok(())
    }
}
