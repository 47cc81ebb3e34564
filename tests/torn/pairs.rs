//! Two failures below each other are two: each has the causes, the request, the status and the ids that it has alone.

use std::collections::{BTreeMap, BTreeSet};

use super::{Found, flat, inputs, look};
use graphwhy::knowledge::Catalogue;

/// What stands between two texts.
const BETWEEN: [&str; 4] = ["\n", "\n\n", "\n\n---\n\n", "\n\nAnd then this one:\n\n"];
/// Facts that tell whose failure it is.
const OWN: [&str; 9] =
    ["app_id", "client_request_id", "code", "method", "path", "request_id", "status", "user", "user_id"];
/// Each of the selected texts is put above so many others.
const OTHERS: [usize; 3] = [1, 5, 11];
/// Every so many of the texts with one failure is taken.
const EVERY: usize = 5;

/// Fewer pairs would show little.
const LEAST: usize = 500;

/// Pairs in which no empty line tells whose a status or a call is that stands between two messages.
const CLOSE: [(&str, &str); 7] = [
    ("dotnet/v5_thrown", "flow/outputs"),
    ("dotnet/v5_thrown", "java/a client's log with arrows"),
    ("dotnet/v5_thrown", "php/odata"),
    ("c0a0e3290e", "py-msgraph"),
    ("6363f8443d", "go-plusv"),
    ("272c62dc93", "go-plusv"),
    ("code-comment", "guid-csv"),
];

/// The facts of each failure of a text.
type Known = Vec<BTreeMap<String, String>>;
/// A text with its name.
type Text = (String, String, Known);

fn facts(found: &Found) -> Known {
    let all = found.incidents.iter().zip(&found.diagnoses).map(|(incident, diagnosis)| {
        let mut facts = flat(&incident.facts);
        facts.retain(|name, _| OWN.contains(&name.as_str()));
        let cause = diagnosis.findings.first().map(|finding| finding.cause.to_string());
        facts.insert("cause".to_owned(), cause.unwrap_or_default());
        facts
    });
    all.collect()
}

fn cause(facts: &[BTreeMap<String, String>]) -> &str {
    facts[0].get("cause").map_or("", String::as_str)
}

/// The ids that most texts share.
const SHARED: [(&str, &str); 7] = [
    ("a41c7d02-", "b52d8e13-"),
    ("0b5f3c62-", "1c6a4d73-"),
    ("19f0e6b3-", "2a01f7c4-"),
    ("5e8a1d90-", "6f9b2ea1-"),
    ("0b7f4c92-", "1c805da3-"),
    ("2f6d8c1a-", "307e9d2b-"),
    ("5d0a6b1e-", "6e1b7c2f-"),
];

/// The same text of another failure.
fn other_ids(text: &str) -> String {
    SHARED.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// Texts of one failure that the catalogue knows.
fn selected(catalogue: &Catalogue) -> Vec<Text> {
    let texts = inputs().into_iter().filter(|(name, text)| text.len() >= 24 && !ALONE.iter().any(|(it, _)| it == name));
    let texts = texts.filter(|(name, _)| !LATER.contains(&name.as_str()));
    let known = texts.filter_map(|(name, text)| {
        let facts = facts(&look(catalogue, text.as_bytes()));
        (facts.len() == 1 && !cause(&facts).is_empty()).then(|| (name, text.trim_end().to_owned(), facts))
    });
    known.step_by(EVERY).collect()
}

/// Texts that came after the draw, which would move it.
const LATER: [&str; 11] = [
    "dotnet/one_line_unknown",
    "go/map_unknown",
    "http/client_unknown",
    "java/extension_then_call",
    "js/axios_other_code",
    "js/devtools_middle",
    "js/kiota_twice",
    "log/cells",
    "log/lambda",
    "python/wrapped_at_72",
    "quote/told_in_chinese",
];

/// Texts that say something else among others, each with the reason.
const ALONE: [(&str, &str); 3] = [
    ("json/cut_in_message", "it is cut inside a value, which goes on with what follows"),
    ("d615e5bffa", "the same: two brackets are missing"),
    ("py-repr-cut", "the same"),
];

#[test]
fn two_failures_are_two() {
    let catalogue = Catalogue::builtin();
    let texts = selected(&catalogue);
    let mut wrong = Vec::new();
    let (mut pairs, mut excused) = (0, BTreeSet::new());
    for (index, (name, text, own)) in texts.iter().enumerate() {
        for (step, between) in OTHERS.iter().flat_map(|step| BETWEEN.map(|between| (step, between))) {
            let (other, below, _) = &texts[(index + step) % texts.len()];
            let below = other_ids(below);
            let theirs = &facts(&look(&catalogue, below.as_bytes()));
            // What says the same may be told twice.
            if theirs.len() != 1 || cause(own) == cause(theirs) {
                continue;
            }
            pairs += 1;
            let found = facts(&look(&catalogue, format!("{text}{between}{below}\n").as_bytes()));
            // What the writer's own failure says is told before what is only spoken about.
            let is_spoken = |text: &str| {
                let found = look(&catalogue, text.as_bytes());
                found.incidents.iter().all(|it| !it.symptoms.is_empty() && it.symptoms.iter().all(|hit| hit.spoken))
            };
            let turned = [theirs.as_slice(), own.as_slice()].concat();
            let expected = match [own.as_slice(), theirs.as_slice()].concat() {
                written if found != written && is_spoken(text) && !is_spoken(&below) => turned,
                written => written,
            };
            let close = CLOSE.iter().find(|(one, two)| between == "\n" && one == name && two == other);
            if let Some(close) = close.filter(|_| found != expected) {
                excused.insert(*close);
            } else if found != expected {
                wrong.push(format!("{name} {between:?} {other}: {}", difference(&expected, &found)));
            }
        }
    }
    println!("{pairs} pairs of {} texts, {} wrong", texts.len(), wrong.len());
    assert!(wrong.is_empty(), "{} of {pairs}\n{}", wrong.len(), wrong.join("\n"));
    assert!(pairs > LEAST, "{pairs} pairs");
    let stale: Vec<_> = CLOSE.iter().filter(|close| !excused.contains(*close)).collect();
    assert!(stale.is_empty(), "told apart by now: {stale:?}");
    let gone: Vec<_> = ALONE.iter().filter(|(name, _)| !inputs().iter().any(|(it, _)| it == name)).collect();
    assert!(gone.is_empty(), "no text has these names: {gone:?}");
}

/// Names of two writers that print in turn.
const WRITERS: [(&str, &str); 3] =
    [("rooms-1  | ", "trans-1  | "), ("rooms  | ", "trans  | "), ("[pod/rooms-1/app] ", "[pod/trans-1/app] ")];

#[test]
fn failures_of_two_writers_are_what_each_of_them_tells() {
    let catalogue = Catalogue::builtin();
    let texts = selected(&catalogue);
    let lines =
        |text: &str, name: &str| -> Vec<String> { text.lines().map(|line| format!("{name}{line}\n")).collect() };
    let alone = |text: &str, name: &str| facts(&look(&catalogue, lines(text, name).concat().as_bytes()));
    let (mut wrong, mut pairs) = (Vec::new(), 0);
    for (index, (name, text, _)) in texts.iter().enumerate() {
        for (step, (first, second)) in OTHERS.iter().zip(WRITERS) {
            let (other, below, _) = &texts[(index + step) % texts.len()];
            let (own, theirs) = (lines(text, first), lines(&other_ids(below), second));
            // Names that may be cells tell lines apart only where both writers go on.
            if own.len().min(theirs.len()) < 2 && !first.contains("-1") {
                continue;
            }
            pairs += 1;
            let turns = (0..own.len().max(theirs.len())).flat_map(|at| [own.get(at), theirs.get(at)]);
            let mixed: String = turns.flatten().map(String::as_str).collect();
            let mut found = facts(&look(&catalogue, mixed.as_bytes()));
            let mut expected = [alone(text, first), alone(&other_ids(below), second)].concat();
            found.sort();
            expected.sort();
            if found != expected {
                wrong.push(format!("{name} {first:?} {other}: {}", difference(&expected, &found)));
            }
        }
    }
    println!("{pairs} pairs of {} texts, {} wrong", texts.len(), wrong.len());
    assert!(wrong.is_empty(), "{} of {pairs}\n{}", wrong.len(), wrong.join("\n"));
    assert!(pairs > LEAST / 4, "{pairs} pairs");
}

fn difference(expected: &[BTreeMap<String, String>], found: &[BTreeMap<String, String>]) -> String {
    if expected.len() != found.len() {
        return format!("{} failures: {:?}", found.len(), found.iter().map(|it| it.get("cause")).collect::<Vec<_>>());
    }
    let differ = expected.iter().zip(found).enumerate().flat_map(|(index, (expected, found))| {
        let names = expected.keys().chain(found.keys()).filter(|name| expected.get(*name) != found.get(*name));
        names.map(move |name| format!("{index} {name}: {:?} became {:?}", expected.get(name), found.get(name)))
    });
    differ.collect::<std::collections::BTreeSet<_>>().into_iter().collect::<Vec<_>>().join("; ")
}
