//! Two failures below each other are two: each has the causes, the request, the status and the ids that it has alone.

use std::collections::BTreeMap;

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

/// Of a hundred pairs with an empty line between them no more may go wrong; which ones are drawn changes with the texts.
const PARTED: usize = 2;
/// The same where no empty line tells whose a status or a call is that stands between two messages.
const CLOSE: usize = 12;

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
    let known = texts.filter_map(|(name, text)| {
        let facts = facts(&look(catalogue, text.as_bytes()));
        (facts.len() == 1 && !cause(&facts).is_empty()).then(|| (name, text.trim_end().to_owned(), facts))
    });
    known.step_by(EVERY).collect()
}

/// Texts that say something else among others, each with the reason.
const ALONE: [(&str, &str); 5] = [
    ("08ef9e71fa", "its few words are a failure's where they are all that there is"),
    ("cut-middle", "it is cut in the middle"),
    ("json/cut_in_message", "it is cut inside a value, which goes on with what follows"),
    ("d615e5bffa", "the same: two brackets are missing"),
    ("py-repr-cut", "the same"),
];

/// What was tried, and what went wrong.
#[derive(Default)]
struct Drawn {
    pairs: usize,
    wrong: Vec<String>,
}

#[test]
fn two_failures_are_two() {
    let catalogue = Catalogue::builtin();
    let texts = selected(&catalogue);
    // Those with an empty line between them, and the others.
    let (mut parted, mut close) = (Drawn::default(), Drawn::default());
    for (index, (name, text, own)) in texts.iter().enumerate() {
        for (step, between) in OTHERS.iter().flat_map(|step| BETWEEN.map(|between| (step, between))) {
            let (other, below, _) = &texts[(index + step) % texts.len()];
            let below = other_ids(below);
            let theirs = &facts(&look(&catalogue, below.as_bytes()));
            // What says the same may be told twice.
            if theirs.len() != 1 || cause(own) == cause(theirs) {
                continue;
            }
            let drawn = if between == "\n" { &mut close } else { &mut parted };
            drawn.pairs += 1;
            let found = facts(&look(&catalogue, format!("{text}{between}{below}\n").as_bytes()));
            let expected = [own.as_slice(), theirs.as_slice()].concat();
            if found != expected {
                drawn.wrong.push(format!("{name} {between:?} {other}: {}", difference(&expected, &found)));
            }
        }
    }
    for (drawn, most) in [(&parted, PARTED), (&close, CLOSE)] {
        println!("{} of {} pairs of {} texts are wrong", drawn.wrong.len(), drawn.pairs, texts.len());
        assert!(drawn.wrong.len() * 100 <= drawn.pairs * most, "{}", drawn.wrong.join("\n"));
    }
    assert!(parted.pairs + close.pairs > LEAST, "{} and {} pairs", parted.pairs, close.pairs);
    let gone: Vec<_> = ALONE.iter().filter(|(name, _)| !inputs().iter().any(|(it, _)| it == name)).collect();
    assert!(gone.is_empty(), "no text has these names: {gone:?}");
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
