//! The catalogue against the tool: examples, texts, commands, and the words of symptoms.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod common;

use std::collections::BTreeSet;

use graphwhy::causes::{CALL, STATE};
use graphwhy::diagnose::explain as diagnose;
use graphwhy::diagnose::{Context, IncidentVerdict};
use graphwhy::input::incidents;
use graphwhy::knowledge::{
    Catalogue, Cause, CmdletKind, Example, FixTemplate, Gate, cmdlet, examples, parse_symptoms, slots,
};
use graphwhy::source::Source;
use serde_json::Value;

use common::{explain_example, findings, is_of_a_call};

/// Causes that a failing gate of their own example leaves below certain, with the reason.
const NEVER_CERTAIN: [(&str, &str); 2] = [
    ("policy-granted-to-another-user", "the organizer is decoded from an undocumented form: a hint"),
    ("token-from-another-tenant", "the snapshot may be the wrong one of the two"),
];

fn raised(results: &[Value], slug: &str) -> Option<Value> {
    results.iter().flat_map(|it| it["findings"].as_array().unwrap()).find(|it| it["cause"] == slug).cloned()
}

fn example_pairs() -> impl Iterator<Item = (&'static Cause, Example, Example)> {
    static BUILTIN: std::sync::LazyLock<Catalogue> = std::sync::LazyLock::new(Catalogue::builtin);
    BUILTIN.causes().iter().filter(|cause| is_of_a_call(cause)).map(|cause| {
        let (failing, healthy) = examples(&cause.slug, &cause.body).unwrap();
        (cause, failing, healthy)
    })
}

#[test]
fn examples_raise_their_own_cause_and_healthy_ones_do_not() {
    let mut wrong = Vec::new();
    for (cause, failing, healthy) in example_pairs() {
        let slug = cause.slug.as_ref();
        let results = explain_example(slug, &failing);
        match raised(&results, slug) {
            None => {
                wrong.push(format!("{slug}: its example raises {:?}", results.iter().map(findings).collect::<Vec<_>>()))
            }
            Some(finding) if !cause.gates.iter().any(|gate| finding["gate"] == gate.name()) => {
                wrong.push(format!("{slug}: raised for {}, which is none of its gates", finding["gate"]));
            }
            Some(_) => {}
        }
        let results = explain_example(slug, &healthy);
        if let Some(finding) = raised(&results, slug) {
            wrong.push(format!("{slug}: its healthy example raises it, {}", finding["confidence"]));
        }
        if results.is_empty() {
            wrong.push(format!("{slug}: its healthy example is no failure: it shows nothing"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_a_snapshot_proves_is_certain() {
    let mut proved = 0;
    for (cause, failing, _) in example_pairs().filter(|(_, failing, _)| failing.state.is_some()) {
        let slug = cause.slug.as_ref();
        let results = explain_example(slug, &failing);
        let finding = raised(&results, slug).unwrap();
        let from_state = finding["evidence"].as_array().is_some_and(|evidence| !evidence.is_empty());
        let failed = results[0]["gates"].as_array().unwrap().iter().any(|gate| {
            gate["gate"] == finding["gate"] && gate["outcome"] == "fail" && gate["evidence"] != serde_json::json!([])
        });
        if from_state && failed && !NEVER_CERTAIN.iter().any(|(name, _)| *name == slug) {
            assert_eq!(finding["confidence"], "certain", "{slug}: {finding:#}");
            assert_eq!(results[0]["verdict"], "explained", "{slug}");
            proved += 1;
        }
    }
    assert!(proved >= 10, "only {proved} examples prove their cause: is the rule still right?");
}

#[test]
fn every_result_keeps_the_contract() {
    for (cause, failing, healthy) in example_pairs() {
        for result in [failing, healthy].iter().flat_map(|example| explain_example(&cause.slug, example)) {
            common::check_contract(&cause.slug, &result);
        }
    }
}

#[test]
fn symptoms_match_what_they_list_and_not_its_near_misses() {
    let catalogue = Catalogue::builtin();
    let entries = parse_symptoms("rules/symptoms.toml", include_str!("../rules/symptoms.toml")).unwrap();
    let mut wrong = Vec::new();
    let mut without = Vec::new();
    for entry in &entries {
        let name = entry.symptom.name.as_ref();
        let seen = |text: &str| -> BTreeSet<String> {
            let source = Source::from_text("like", text.to_owned());
            let all = incidents(&source, &catalogue);
            all.iter().flat_map(|it| it.symptoms.iter().map(|hit| hit.symptom.to_string())).collect()
        };
        for like in &entry.like {
            let symptoms = seen(like);
            let more_specific = symptoms.iter().any(|other| contains(&catalogue, other, name));
            if !symptoms.contains(name) && !more_specific {
                wrong.push(format!("`{name}` is not seen in `{like}`, but {symptoms:?}"));
            }
        }
        for unlike in &entry.unlike {
            if seen(unlike).contains(name) {
                wrong.push(format!("`{name}` is seen in `{unlike}`"));
            }
        }
        // A wrapper is never an answer by itself, so that no text shows it alone.
        if entry.like.is_empty() && !entry.symptom.message.is_empty() && !entry.symptom.wrapper {
            without.push(name);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(without.is_empty(), "message patterns without a text that they match: {without:?}");
}

/// Whether a symptom's sentence holds another symptom's whole sentence, and so says more.
fn contains(catalogue: &Catalogue, longer: &str, shorter: &str) -> bool {
    let patterns = |name: &str| -> Vec<String> {
        let symptom = catalogue.symptom(name).unwrap();
        let letters = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
        symptom.message.iter().map(|pattern| letters(pattern)).collect()
    };
    let shorter = patterns(shorter);
    longer != "client-wrapper" && patterns(longer).iter().any(|long| shorter.iter().any(|short| long.contains(short)))
}

#[test]
fn every_cause_can_be_raised_and_every_registered_one_exists() {
    let catalogue = Catalogue::builtin();
    let registered: Vec<&str> = STATE.iter().map(|it| it.slug).chain(CALL.iter().map(|it| it.slug)).collect();
    for slug in &registered {
        assert!(catalogue.cause(slug).is_some(), "`{slug}` is registered and has no file in rules/causes/");
    }
    for list in [STATE.iter().map(|it| it.slug).collect::<Vec<_>>(), CALL.iter().map(|it| it.slug).collect()] {
        assert!(list.is_sorted_by(|a, b| a < b), "sorted, each once: {list:?}");
    }
    for cause in catalogue.causes().iter().filter(|cause| is_of_a_call(cause)) {
        let raisable = !cause.raised_by.is_empty() || registered.contains(&cause.slug.as_ref());
        assert!(raisable, "nothing raises `{}`", cause.slug);
    }
}

#[test]
fn words_follow_the_style_of_messages() {
    let catalogue = Catalogue::builtin();
    let starts_lower = |text: &str| !text.chars().next().is_some_and(char::is_uppercase);
    // Names keep their spelling: `Graph`, `Teams`, `PowerShell`.
    let named = |text: &str| {
        ["Graph ", "Teams ", "PowerShell ", "Microsoft ", "Exchange ", "Skype "]
            .iter()
            .any(|name| text.starts_with(name))
    };
    let good = |text: &str| {
        !text.is_empty()
            && !text.ends_with(['.', '!', ' '])
            && (starts_lower(text) || named(text))
            && text.matches('`').count().is_multiple_of(2)
            && !text.contains('\n')
    };
    for cause in catalogue.causes() {
        assert!(good(&cause.title), "{}: title `{}`", cause.slug, cause.title);
        assert!(cause.title.chars().count() <= 90, "{}: title of {}", cause.slug, cause.title.chars().count());
        for fix in cause.fixes.iter() {
            assert!(good(&fix.title), "{}: fix `{}`", cause.slug, fix.title);
        }
    }
    for symptom in catalogue.symptoms() {
        assert!(good(&symptom.means), "{}: `{}`", symptom.name, symptom.means);
        assert!(symptom.note.is_empty() || good(&symptom.note), "{}: `{}`", symptom.name, symptom.note);
    }
    for (cause, failing, healthy) in example_pairs() {
        for result in [failing, healthy].iter().flat_map(|example| explain_example(&cause.slug, example)) {
            for finding in result["findings"].as_array().unwrap() {
                let said = finding["explanation"].as_str().unwrap();
                assert!(said.is_empty() || good(said), "{}: explanation `{said}`", finding["cause"]);
                for label in finding["labels"].as_array().unwrap() {
                    assert!(good(label["text"].as_str().unwrap()), "{}: label {}", finding["cause"], label["text"]);
                }
            }
            for out in result["ruled_out"].as_array().unwrap() {
                assert!(good(out["reason"].as_str().unwrap()), "{}: reason {}", out["cause"], out["reason"]);
            }
        }
    }
}

#[test]
fn sources_are_the_same_in_the_front_matter_and_in_the_text() {
    for cause in Catalogue::builtin().causes() {
        let (_, section) = cause.body.split_once("\n## Sources").unwrap();
        for source in cause.sources.iter() {
            // The whole address: `…/policy` is not named by `…/policy-assignment`.
            let named = section.match_indices(source.url.as_ref()).any(|(at, url)| {
                !section[at + url.len()..].starts_with(|c: char| c.is_alphanumeric() || "-/#?._".contains(c))
                    || section[at + url.len()..].starts_with(". ")
            });
            assert!(named, "{}: `{}` is not in `## Sources`", cause.slug, source.url);
            assert!(section.contains(source.checked.as_ref()), "{}: {} is not told", cause.slug, source.checked);
        }
        let links = section.matches("](https://").count();
        assert_eq!(links, cause.sources.len(), "{}: `## Sources` names other pages than the front matter", cause.slug);
    }
}

/// The commands of a pipeline: cut at bars outside of quotes and braces.
fn commands(line: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let (mut depth, mut quote) = (0_i32, None);
    for character in line.chars() {
        match (quote, character) {
            (Some(open), _) if character == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(character),
            (None, '{' | '(') => depth += 1,
            (None, '}' | ')') => depth -= 1,
            (None, '|') if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        parts.last_mut().unwrap().push(character);
    }
    parts.iter().map(|part| part.trim().to_owned()).collect()
}

/// `Verb-Noun` at the start of a command, and `-Parameter` words outside of quotes, parentheses and script blocks.
fn parse(command: &str) -> Option<(String, Vec<String>)> {
    let command = command.split_once(" = ").filter(|(left, _)| left.starts_with('$')).map_or(command, |(_, it)| it);
    let name = command.split_whitespace().next()?;
    let (verb, noun) = name.split_once('-')?;
    let is_cmdlet = verb.chars().all(|c| c.is_ascii_alphabetic()) && noun.starts_with(|c: char| c.is_ascii_uppercase());
    if !is_cmdlet || !verb.starts_with(|c: char| c.is_ascii_uppercase()) {
        return None;
    }
    let mut parameters = Vec::new();
    let (mut depth, mut quote, mut word) = (0_i32, None, String::new());
    for character in command[name.len()..].chars().chain([' ']) {
        match (quote, character) {
            (Some(open), _) if character == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(character),
            (None, '{' | '(' | '[') => depth += 1,
            (None, '}' | ')' | ']') => depth -= 1,
            (None, c) if depth == 0 && c.is_whitespace() => {
                if let Some(parameter) = word.strip_prefix('-').filter(|it| it.starts_with(char::is_alphabetic)) {
                    parameters.push(parameter.split(':').next().unwrap().to_owned());
                }
                word.clear();
            }
            (None, c) if depth == 0 => word.push(c),
            _ => {}
        }
    }
    Some((name.to_owned(), parameters))
}

fn lines(fix: &FixTemplate) -> impl Iterator<Item = &str> {
    [&fix.read, &fix.run, &fix.verify, &fix.undo].into_iter().flat_map(|list| list.iter()).map(AsRef::as_ref)
}

#[test]
fn commands_are_known_with_their_parameters() {
    const COMMON: [&str; 8] =
        ["ErrorAction", "WarningAction", "Verbose", "Debug", "OutVariable", "ErrorVariable", "WhatIf", "Confirm"];
    let mut known = 0;
    for cause in Catalogue::builtin().causes() {
        for line in cause.fixes.iter().flat_map(lines) {
            for command in commands(line) {
                let Some((name, parameters)) = parse(&command) else { continue };
                let Some(cmdlet) = cmdlet(&name) else {
                    // Those of the policy are all in the table; others belong to modules that this project does not describe.
                    assert!(!name.contains("ApplicationAccessPolicy"), "{}: `{name}` does not exist", cause.slug);
                    continue;
                };
                assert_eq!(cmdlet.name, name, "{}: spelt otherwise in its page", cause.slug);
                assert!(
                    cmdlet.kind != CmdletKind::Retired && cmdlet.kind != CmdletKind::Lookalike,
                    "{}: `{name}` must not be proposed",
                    cause.slug
                );
                for parameter in parameters {
                    let fits = cmdlet.parameter(&parameter).is_some() || COMMON.contains(&parameter.as_str());
                    assert!(fits || !cmdlet.complete, "{}: `{name}` has no `-{parameter}`", cause.slug);
                }
                let mandatory = cmdlet.parameters.iter().filter(|it| it.mandatory && it.sets.is_empty());
                for parameter in mandatory.filter(|_| cmdlet.complete) {
                    assert!(command.contains(&format!("-{}", parameter.name)), "{}: `{command}`", cause.slug);
                }
                known += 1;
            }
        }
    }
    assert!(known > 50, "only {known} commands were recognised");
}

#[test]
fn slots_of_commands_stand_alone() {
    for cause in Catalogue::builtin().causes() {
        for line in cause.fixes.iter().flat_map(lines) {
            if commands(line).first().and_then(|command| parse(command)).is_none() {
                continue;
            }
            for slot in slots(line) {
                let quoted = ["'", "\""].iter().any(|quote| line.contains(&format!("{quote}{{{slot}}}")));
                assert!(!quoted, "{}: `{slot}` is quoted when it is filled: {line}", cause.slug);
            }
        }
    }
}

#[test]
fn no_fix_removes_a_policy_and_creates_it_again() {
    let identity = |line: &str, verb: &str| -> Option<String> {
        let rest = line.trim().strip_prefix(&format!("{verb}-CsApplicationAccessPolicy"))?;
        let words: Vec<&str> = rest.split_whitespace().collect();
        let named = words.windows(2).find(|pair| pair[0].eq_ignore_ascii_case("-Identity")).map(|pair| pair[1]);
        Some(named.or(words.first().copied()).unwrap_or_default().to_lowercase())
    };
    for cause in Catalogue::builtin().causes() {
        for fix in cause.fixes.iter() {
            // What takes a removal back is the creation of what was removed; a change never consists of both.
            let change = [&fix.read, &fix.run, &fix.verify].map(|list| list.iter().collect::<Vec<_>>()).concat();
            for sequence in [change, fix.undo.iter().collect()] {
                let mut removed = BTreeSet::new();
                for line in sequence {
                    removed.extend(identity(line, "Remove"));
                    if let Some(name) = identity(line, "New") {
                        assert!(!removed.contains(&name), "{}: `{}` recreates {name}", cause.slug, fix.title);
                    }
                }
            }
        }
    }
}

#[test]
fn fixes_of_state_can_be_undone_and_verified() {
    for cause in Catalogue::builtin().causes() {
        for fix in cause.fixes.iter() {
            let changes = fix.run.iter().any(|line| {
                let verb = parse(line).map(|(name, _)| name);
                verb.is_some_and(|name| ["Set-Cs", "Grant-Cs", "New-Cs"].iter().any(|verb| name.starts_with(verb)))
            });
            // A fix of a script changes a file that has not been run: there is no state yet.
            if fix.gate == Gate::Script {
                continue;
            }
            assert!(!fix.verify.is_empty(), "{}: nothing verifies `{}`", cause.slug, fix.title);
            if changes {
                assert!(!fix.read.is_empty(), "{}: nothing is read before `{}`", cause.slug, fix.title);
                assert!(!fix.undo.is_empty(), "{}: nothing undoes `{}`", cause.slug, fix.title);
            }
        }
    }
}

/// A user has one policy: whoever is granted another one is looked at first, and a new one lists what the user has now.
#[test]
fn no_fix_takes_what_it_has_not_read() {
    let mut grants = 0;
    for cause in Catalogue::builtin().causes() {
        for fix in cause.fixes.iter() {
            let lines = || fix.run.iter().map(AsRef::as_ref);
            let of = |verb: &str| {
                lines()
                    .filter(|line: &&str| line.starts_with(&format!("{verb}-CsApplicationAccessPolicy")))
                    .collect::<Vec<_>>()
            };
            for line in of("Set") {
                assert!(
                    !line.contains("-AppIds") || line.contains("-AppIds @{"),
                    "{}: replaces a list: {line}",
                    cause.slug
                );
            }
            for line in of("Grant") {
                assert!(!line.contains("-Global"), "{}: {line}", cause.slug);
                let read =
                    if line.contains("-Group ") { "Get-CsGroupPolicyAssignment" } else { "Get-CsUserPolicyAssignment" };
                let reads = fix.read.iter().any(|it| it.starts_with(read));
                assert!(reads, "{}: `{}` does not read what it replaces", cause.slug, fix.title);
                grants += 1;
            }
            // A fix of a script puts in order what the script says.
            let new = of("New").into_iter().find(|_| !of("Grant").is_empty() && cause.slug != "grant-before-policy");
            assert!(new.is_none_or(|line| line.ends_with("{app-id}{effective-app-ids}")), "{}: {new:?}", cause.slug);
        }
    }
    assert!(grants > 20, "only {grants} grants");
}

/// A note that rests on state alone must not make a failure look explained.
#[test]
fn notes_do_not_explain() {
    let catalogue = Catalogue::builtin();
    for cause in catalogue.causes().iter().filter(|cause| cause.severity == graphwhy::knowledge::Severity::Info) {
        let Ok((failing, _)) = examples(&cause.slug, &cause.body) else { continue };
        let source = Source::from_text("note", failing.input.unwrap_or_default());
        for incident in incidents(&source, &catalogue) {
            let context = Context { catalogue: &catalogue, snapshot: None, text: source.text() };
            let diagnosis = diagnose(&incident, context);
            let first = diagnosis.findings.first().map(|finding| finding.cause.clone());
            let explained = diagnosis.verdict == IncidentVerdict::Explained;
            assert!(!explained || first != Some(cause.slug.clone()), "`{}` explains nothing", cause.slug);
        }
    }
}

#[test]
fn gates_of_causes_are_of_calls_or_areas() {
    for cause in Catalogue::builtin().causes() {
        let unique: BTreeSet<Gate> = cause.gates.iter().copied().collect();
        assert_eq!(unique.len(), cause.gates.len(), "{}: a gate twice", cause.slug);
    }
}
