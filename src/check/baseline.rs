//! A file of suppressions as it is written: what of it stays where a baseline is written into it.

use super::InputError;
use super::accept::{self, Suppression};
use crate::knowledge::Catalogue;

/// A file of suppressions with the text of each entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// What stands before the first entry.
    pub head: String,
    /// The entries.
    pub suppressions: Vec<Suppression>,
    /// Their texts, with the comments right above them.
    pub texts: Vec<String>,
}

/// Why a file cannot be written into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// It is something else, or nothing would be left of its form.
    Other,
    /// It is one, with a mistake.
    Wrong(InputError),
}

/// Reads a file of suppressions with its texts; an empty one has none.
///
/// # Errors
/// It is no file of suppressions, has a mistake, or is not a list of `[[suppress]]` tables.
pub fn written(text: &str, source: &str, catalogue: &Catalogue) -> Result<Written, Unfit> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() {
        return Ok(Written::default());
    }
    let is_header = |line: &str| {
        let line: String = line.chars().filter(|c| !c.is_whitespace()).collect();
        line.starts_with("[[suppress]]")
    };
    let suppressions = match accept::parse(text, source, catalogue) {
        Ok(suppressions) if !suppressions.is_empty() => suppressions,
        Err(error) if text.lines().any(is_header) => return Err(Unfit::Wrong(error)),
        Ok(_) | Err(_) => return Err(Unfit::Other),
    };
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut starts = Vec::with_capacity(suppressions.len());
    let mut least = 0;
    for suppression in &suppressions {
        let header = suppression.place.line.saturating_sub(1);
        let above = lines.get(least..header).unwrap_or_default();
        let comments = above.iter().rev().take_while(|line| line.trim_start().starts_with('#')).count();
        starts.push(header - comments);
        least = header + 1;
    }
    let slice = |from: usize, to: usize| lines.get(from..to).unwrap_or_default().concat();
    let ends = starts.iter().skip(1).copied().chain([lines.len()]);
    let texts: Vec<String> = starts.iter().zip(ends).map(|(start, end)| slice(*start, end)).collect();
    // Each text by itself says what it says in the file: else the tables are written in another form.
    let same = |(own, text): (&Suppression, &String)| {
        let alone = accept::parse(text, source, catalogue).unwrap_or_default();
        matches!(alone.as_slice(), [one] if Suppression { place: own.place, ..one.clone() } == *own)
    };
    let headed = |own: &Suppression| lines.get(own.place.line.saturating_sub(1)).is_some_and(|line| is_header(line));
    if !suppressions.iter().all(headed) || !suppressions.iter().zip(&texts).all(same) {
        return Err(Unfit::Other);
    }
    let head = slice(0, starts.first().copied().unwrap_or(0));
    Ok(Written { head, suppressions, texts })
}

#[cfg(test)]
mod tests {
    use super::{Unfit, written};
    use crate::knowledge::Catalogue;

    const END: &str = "reason = \"known\"\nuntil = 2099-01-01\n";

    #[test]
    fn texts_of_entries_are_whole() {
        let text = format!(
            "# the list\n\n# first\n[[suppress]]\napp = \"a\"\n{END}# a note\n\n[[ suppress ]]\nobject = \"policy X\"\ncauses = [\"policy-shadowed\"]\n{END}"
        );
        let read = written(&text, "k.toml", &Catalogue::builtin());
        assert!(
            read.as_ref().is_ok_and(|it| it.head == "# the list\n\n"
                && it.texts.len() == 2
                && it.texts.iter().any(|text| text.starts_with("# first\n[[suppress]]"))
                && format!("{}{}", it.head, it.texts.concat()) == text),
            "{read:?}"
        );
        assert!(written(" \n", "k.toml", &Catalogue::builtin()).is_ok_and(|it| it.texts.is_empty()));
    }

    #[test]
    fn other_files_are_refused() {
        for text in ["hello\n", "# mine\n", "[[expect]]\napp = \"a\"\n", "{\"schema\":1}", "[lint]\n"] {
            assert_eq!(written(text, "k.toml", &Catalogue::builtin()), Err(Unfit::Other), "{text}");
        }
        let inline = "suppress = [{ app = \"a\", reason = \"r\", until = 2099-01-01 }]\n";
        assert_eq!(written(inline, "k.toml", &Catalogue::builtin()), Err(Unfit::Other));
        let wrong = format!("[[suppress]]\nap = \"a\"\n{END}");
        assert!(matches!(written(&wrong, "k.toml", &Catalogue::builtin()), Err(Unfit::Wrong(_))));
    }
}
