//! Words in lines that fit the terminal.

use crate::source::slice;

/// Words in lines of at most `room` characters; a longer word stands alone.
#[must_use]
pub fn wrap(text: &str, room: usize) -> Vec<String> {
    let mut words: Vec<&str> = Vec::with_capacity(text.len() / 4);
    let (mut end, mut first) = (0, 0);
    for bytes in text.as_bytes().split(|byte| *byte == b' ') {
        let start = end;
        end = start + bytes.len() + 1;
        if bytes.is_empty() {
            continue;
        }
        let word = slice(text, start..start + bytes.len());
        match words.last_mut() {
            // A method and its path are one thing.
            Some(last) if is_method(last) && (word.starts_with(['/', '<']) || word.starts_with("http")) => {
                *last = slice(text, first..start + word.len());
            }
            _ => {
                first = start;
                words.push(word);
            }
        }
    }
    lines(words.into_iter(), room)
}

/// A headline: what stands behind its last `; `, such as `5 other causes fit`, is not torn apart where a line holds it.
#[must_use]
pub fn headline(title: &str, room: usize) -> Vec<String> {
    let lines = wrap(title, room);
    let Some((head, tail)) = title.rsplit_once("; ").filter(|_| lines.len() > 1) else { return lines };
    if tail.chars().count() > room || lines.last().is_some_and(|last| last.ends_with(tail)) {
        return lines;
    }
    let mut lines = wrap(&format!("{head};"), room);
    lines.push(tail.to_owned());
    lines
}

/// `GET`, also behind a quote or a bracket.
fn is_method(word: &str) -> bool {
    if !word.ends_with(|last: char| last.is_ascii_uppercase()) {
        return false;
    }
    let word = word.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
    matches!(word, "GET" | "POST" | "PATCH" | "PUT" | "DELETE" | "HEAD")
}

/// The same, and what stands in backticks is never broken: it may be a command that somebody copies.
#[must_use]
pub fn wrap_whole(text: &str, room: usize) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut open = false;
    for word in text.split(' ') {
        match words.last_mut() {
            Some(last) if open => {
                last.push(' ');
                last.push_str(word);
            }
            _ if word.is_empty() => continue,
            _ => words.push(word.to_owned()),
        }
        open ^= word.matches('`').count() % 2 == 1;
    }
    lines(words.iter().map(String::as_str), room)
}

/// What a line is thought to take: it need not grow word by word.
const LINE: usize = 120;

fn lines<'w>(words: impl Iterator<Item = &'w str>, room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut used = 0;
    for word in words {
        let width = word.chars().count();
        match lines.last_mut() {
            Some(line) if used + 1 + width <= room => {
                line.push(' ');
                line.push_str(word);
                used += 1 + width;
            }
            _ => {
                let mut line = String::with_capacity(room.clamp(word.len(), LINE.max(word.len())));
                line.push_str(word);
                lines.push(line);
                used = width;
            }
        }
    }
    if lines.is_empty() { vec![String::new()] } else { lines }
}

/// A Markdown text with its paragraphs and items in lines that fit; headings and fences stay as they are.
#[must_use]
pub fn markdown(text: &str, room: usize) -> String {
    let mut out = String::new();
    let mut open: Vec<String> = Vec::new();
    let mut fence: Option<String> = None;
    for line in text.lines() {
        let marks: String = line.chars().take_while(|c| *c == '`').collect();
        let fenced = fence.is_some();
        match &fence {
            None if marks.len() >= 3 => fence = Some(marks),
            Some(opening) if line.trim_end() == opening => fence = None,
            _ => {}
        }
        if fenced || fence.is_some() || line.is_empty() || line.starts_with(['#', '|', ' ']) {
            flush(&mut open, room, &mut out);
            out.push_str(line);
            out.push('\n');
            continue;
        }
        if is_item(line) {
            flush(&mut open, room, &mut out);
        }
        open.push(line.to_owned());
    }
    flush(&mut open, room, &mut out);
    out
}

/// Whether a line begins an item of a list.
fn is_item(line: &str) -> bool {
    line.starts_with("- ") || line.split_once(". ").is_some_and(|(number, _)| number.parse::<u8>().is_ok())
}

/// Writes the lines of one paragraph or item.
fn flush(open: &mut Vec<String>, room: usize, out: &mut String) {
    let Some(first) = open.first() else { return };
    let hanging = match first.split_once(' ') {
        Some((mark, _)) if is_item(first) => " ".repeat(mark.chars().count() + 1),
        _ => String::new(),
    };
    let words = open.join(" ");
    for (index, line) in wrap(&words, room.saturating_sub(hanging.len())).iter().enumerate() {
        if index > 0 {
            out.push_str(&hanging);
        }
        out.push_str(line);
        out.push('\n');
    }
    open.clear();
}

#[cfg(test)]
mod tests {
    use super::{headline, markdown, wrap, wrap_whole};

    #[test]
    fn the_last_words_of_a_headline_stay_together() {
        assert_eq!(headline("likely: this; 5 other causes fit", 28), ["likely: this;", "5 other causes fit"]);
        assert_eq!(headline("likely: this; 5 other causes fit", 40), ["likely: this; 5 other causes fit"]);
        assert_eq!(headline("a; 5 other causes fit", 9), wrap("a; 5 other causes fit", 9));
        assert_eq!(headline("one two three", 8), ["one two", "three"]);
    }

    #[test]
    fn words_fill_lines() {
        assert_eq!(wrap("one two  three", 8), ["one two", "three"]);
        assert_eq!(wrap("", 8), [""]);
        assert_eq!(wrap("asked by `GET /users/id` of", 12), ["asked by", "`GET /users/id`", "of"]);
        assert_eq!(wrap_whole("run `a b c` then", 8), ["run", "`a b c`", "then"]);
        assert_eq!(wrap_whole("a ` left open", 3), ["a", "` left open"]);
    }

    #[test]
    fn markdown_keeps_its_form() {
        let text = "## Why\n\none two three\nfour five\n- item one two\n- b\n\n```powershell\nGet-It -Name something-long\n```\nend\n";
        assert_eq!(
            markdown(text, 12),
            "## Why\n\none two\nthree four\nfive\n- item one\n  two\n- b\n\n```powershell\nGet-It -Name something-long\n```\nend\n"
        );
        assert_eq!(markdown(text, 400).matches('\n').count(), text.matches('\n').count() - 1);
    }
}
