//! The same failure, written otherwise, has the same causes and the same facts.

use std::collections::BTreeMap;

use super::{Found, assert_spans, causes, flat, inputs, look};
use graphwhy::knowledge::Catalogue;

/// A way to write a text otherwise; `None` where it does not apply.
type Change = fn(&str) -> Option<String>;

const CHANGES: &[(&str, Change)] = &[
    ("a JSON string", |text| (!is_cell(text)).then(|| escaped(text))),
    ("a JSON string in a JSON string", |text| (!is_cell(text)).then(|| escaped(&escaped(text)))),
    ("a member of a log record", |text| {
        let record = || format!("{{\"ts\":\"2026-01-01T00:00:00Z\",\"body\":{},\"n\":1}}", escaped(text));
        (!is_cell(text)).then(record)
    }),
    ("CRLF", |text| Some(text.replace("\r\n", "\n").replace('\n', "\r\n"))),
    ("indented", |text| Some(prefixed(text, "        "))),
    ("prose around it", |text| {
        Some(format!("Hello everybody, this is what we get since Monday:\n\n{text}\n\nAny ideas? Thank you, Priya\n"))
    }),
    ("a fence around it", |text| Some(format!("```\n{text}\n```\n"))),
    ("typographic double quotes", |text| {
        // Inside strings they would be quotes of another kind.
        (!text.contains('\\') && !is_cell(text)).then(|| curly(text))
    }),
];

/// Each line gets a prefix, as a collector of logs does it.
const PREFIXES: [&str; 7] = [
    "> ",
    "web-1  | ",
    "    | ",
    "2026-01-01T00:00:00.000000000Z stderr F ",
    "0|web  | ",
    "[pod/web-1/app] ",
    "##[error]",
];

#[test]
fn written_otherwise() {
    let catalogue = Catalogue::builtin();
    let mut wrong = Vec::new();
    for (name, input) in inputs().into_iter().filter(is_sentence) {
        let before = look(&catalogue, input.as_bytes());
        for (change, apply) in CHANGES {
            if let Some(text) = apply(&input) {
                compare(&name, change, &before, &look(&catalogue, text.as_bytes()), &[], &mut wrong);
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn prefixed_lines() {
    let catalogue = Catalogue::builtin();
    let mut wrong = Vec::new();
    // Rows that a console broke and somebody quoted line by line keep their causes, not the ids that were broken.
    let whole = |(name, _): &(String, String)| !name.starts_with("powershell/wrapped");
    for (name, input) in inputs().into_iter().filter(is_sentence).filter(whole) {
        let before = look(&catalogue, input.as_bytes());
        for prefix in PREFIXES {
            let after = look(&catalogue, prefixed(&input, prefix).as_bytes());
            compare(&name, prefix, &before, &after, &[], &mut wrong);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Texts whose causes rest on what a prefix hides, each with the reason.
const PREFIX_HIDES: [(&str, &str); 3] = [
    ("empty/PowerShell", "an empty list of a console is known by its rows, which begin their lines"),
    ("facts/OData XML with prefixes", "`> ` before an element reads as the end of one"),
    ("facts2/OData XML with an inner error", "the same"),
];

/// Logs and dumps with several failures: prefixes are what their lanes and rows are told by, so that only what was found is
/// compared, not whose facts it has.
#[test]
fn records_with_prefixed_lines() {
    let catalogue = Catalogue::builtin();
    let mut wrong = Vec::new();
    for (name, input) in super::found::inputs().into_iter().filter(is_sentence) {
        if PREFIX_HIDES.iter().any(|(known, _)| *known == name) {
            continue;
        }
        let before = causes(&look(&catalogue, input.as_bytes()));
        for prefix in PREFIXES {
            let after = causes(&look(&catalogue, prefixed(&input, prefix).as_bytes()));
            if before != after {
                wrong.push(format!("{name}, {prefix}: {before:?} became {after:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The same records behind carriage returns, in a fence, in a mail.
#[test]
fn records_written_otherwise() {
    let catalogue = Catalogue::builtin();
    let mut wrong = Vec::new();
    for (name, input) in super::found::inputs().into_iter().filter(is_sentence) {
        let before = causes(&look(&catalogue, input.as_bytes()));
        for (change, apply) in CHANGES {
            // An empty list of a console begins its lines; a lone code in a member of a record is no line of its own; in a
            // string, the quotes of a message may be those of a literal.
            let known = matches!(
                (name.as_str(), *change),
                ("empty/PowerShell", "indented")
                    | (
                        "paths/an address with UPN" | "apart/a status, and its code in the next line",
                        "a member of a log record"
                    )
                    | (
                        "apart/a module's message, and a fault",
                        "a JSON string" | "a JSON string in a JSON string" | "a member of a log record"
                    )
            );
            let Some(text) = apply(&input).filter(|_| !known) else { continue };
            let after = causes(&look(&catalogue, text.as_bytes()));
            if before != after {
                wrong.push(format!("{name}, {change}: {before:?} became {after:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn wrapped_by_a_console() {
    let catalogue = Catalogue::builtin();
    let mut wrong = Vec::new();
    // A console also breaks what no reader could put together again: addresses, dates, key and value.
    const KEPT: &[&str] =
        &["code", "inner_code", "app_id", "user_id", "request_id", "roles", "required", "organizer_id"];
    let compare = |name: &str, change: &str, before: &Found, after: &Found, wrong: &mut Vec<String>| {
        compare(name, change, before, after, KEPT, wrong);
    };
    for (name, input) in inputs() {
        let before = look(&catalogue, input.as_bytes());
        for width in [80, 120] {
            let hard = look(&catalogue, hard_wrapped(&input, width).as_bytes());
            compare(&name, &format!("hard wrap at {width}"), &before, &hard, &mut wrong);
            let soft = look(&catalogue, soft_wrapped(&input, width, "     | ").as_bytes());
            compare(&name, &format!("soft wrap at {width} with a gutter"), &before, &soft, &mut wrong);
            let soft = look(&catalogue, soft_wrapped(&input, width, "").as_bytes());
            compare(&name, &format!("soft wrap at {width}"), &before, &soft, &mut wrong);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Quotes doubled by a table are not doubled once more, and no others stand for them.
fn is_cell(text: &str) -> bool {
    text.contains("{\"\"")
}

/// A lone code is a failure only on a line of its own.
fn is_sentence((_, text): &(String, String)) -> bool {
    text.len() >= 24
}

/// A paste that is there twice, far apart, is two failures of the same causes.
#[test]
fn the_same_text_twice() {
    let catalogue = Catalogue::builtin();
    let mut wrong = Vec::new();
    for (name, input) in inputs() {
        let once = look(&catalogue, input.as_bytes());
        let twice = look(&catalogue, format!("{input}\n\n{}\n\n{input}", "and then ".repeat(600)).as_bytes());
        if once.incidents.len() * 2 != twice.incidents.len() || causes(&once) != causes(&twice) {
            wrong.push(format!("{name}: {} then {}", once.incidents.len(), twice.incidents.len()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// `only` these facts; none: all of them.
fn compare(name: &str, change: &str, before: &Found, after: &Found, only: &[&str], wrong: &mut Vec<String>) {
    assert_spans(after, &format!("{name}, {change}"));
    let (old, new) = (causes(before), causes(after));
    if old != new {
        wrong.push(format!("{name}, {change}: {old:?} became {new:?}"));
        return;
    }
    if before.incidents.len() != after.incidents.len() {
        wrong.push(format!("{name}, {change}: {} became {} incidents", before.incidents.len(), after.incidents.len()));
        return;
    }
    for (old, new) in before.incidents.iter().zip(&after.incidents) {
        let (old, new) = (comparable(flat(&old.facts), only), comparable(flat(&new.facts), only));
        if old != new {
            wrong.push(format!("{name}, {change}: {}", difference(&old, &new)));
        }
    }
}

/// Facts without what the change itself may alter: spacing.
fn comparable(mut facts: BTreeMap<String, String>, only: &[&str]) -> BTreeMap<String, String> {
    facts.retain(|name, _| only.is_empty() || only.contains(&name.as_str()));
    for value in facts.values_mut() {
        value.retain(|c| c.is_alphanumeric());
    }
    facts
}

fn difference(old: &BTreeMap<String, String>, new: &BTreeMap<String, String>) -> String {
    let keys = old.keys().chain(new.keys()).collect::<std::collections::BTreeSet<_>>();
    let differ = keys.into_iter().filter(|key| old.get(*key) != new.get(*key));
    differ.map(|key| format!("{key}: {:?} became {:?}", old.get(key), new.get(key))).collect::<Vec<_>>().join("; ")
}

fn escaped(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

fn prefixed(text: &str, prefix: &str) -> String {
    text.split_inclusive('\n').map(|line| format!("{prefix}{line}")).collect()
}

fn curly(text: &str) -> String {
    let mut open = true;
    text.chars()
        .map(|c| {
            if c != '"' {
                return c;
            }
            open = !open;
            if open { '”' } else { '“' }
        })
        .collect()
}

/// Every line is cut at the width of the console, inside words.
fn hard_wrapped(text: &str, width: usize) -> String {
    let mut out = String::new();
    for line in text.split_inclusive('\n') {
        let characters: Vec<char> = line.trim_end_matches('\n').chars().collect();
        let rows: Vec<String> = characters.chunks(width).map(|row| row.iter().collect()).collect();
        out.push_str(&rows.join("\n"));
        if line.ends_with('\n') {
            out.push('\n');
        }
    }
    out
}

/// Every line is broken between words; each row gets the gutter.
fn soft_wrapped(text: &str, width: usize, gutter: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let mut row = String::new();
        for word in line.split(' ') {
            if !row.is_empty() && row.chars().count() + 1 + word.chars().count() > width {
                out.push_str(gutter);
                out.push_str(&row);
                out.push('\n');
                row.clear();
            } else if !row.is_empty() {
                row.push(' ');
            }
            row.push_str(word);
        }
        out.push_str(gutter);
        out.push_str(&row);
        out.push('\n');
    }
    out
}
