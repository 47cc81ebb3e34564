//! The examples of an organisation's own rules: what they say must be seen is seen, and its near-misses are not.

use super::{Context, explain};
use crate::input::incidents;
use crate::knowledge::{Catalogue, Problem, RulesError, SymptomEntry, examples, parse_symptoms};
use crate::source::Source;

/// Runs `like` and `unlike` of each symptom and the examples of each cause in `files`, which are part of `catalogue`.
/// Examples with a snapshot or arguments are passed over: `graphwhy explain` runs those.
///
/// # Errors
/// A file that does not parse, with its place.
pub fn failing_examples(files: &[(String, String)], catalogue: &Catalogue) -> Result<Vec<RulesError>, RulesError> {
    let mut failing = Vec::new();
    for (file, text) in files {
        let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
        if name == "symptoms.toml" {
            for entry in parse_symptoms(file, text)? {
                failing.extend(of_symptom(file, &entry, catalogue));
            }
        } else if let Some(slug) = name.strip_suffix(".md").filter(|slug| *slug != "README") {
            failing.extend(of_cause(file, text, slug, catalogue)?);
        }
    }
    Ok(failing)
}

/// Whether the files have an example to run: a text of a symptom, or a cause, which always has them.
///
/// # Errors
/// As [`failing_examples`].
pub fn has_examples(files: &[(String, String)]) -> Result<bool, RulesError> {
    for (file, text) in files {
        let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
        let is_cause = name.strip_suffix(".md").is_some_and(|slug| slug != "README");
        let has_texts =
            || parse_symptoms(file, text).map(|all| all.iter().any(|it| !it.like.is_empty() || !it.unlike.is_empty()));
        if is_cause || name == "symptoms.toml" && has_texts()? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn of_symptom(file: &str, entry: &SymptomEntry, catalogue: &Catalogue) -> Vec<RulesError> {
    let name = entry.symptom.name.as_ref();
    let symptoms = |text: &str| -> Vec<String> {
        let source = Source::from_text("example", text.to_owned());
        let found = incidents(&source, catalogue);
        found.iter().flat_map(|incident| &incident.symptoms).map(|hit| hit.symptom.to_string()).collect()
    };
    let seen = |text: &str| symptoms(text).iter().any(|it| it == name);
    let like = entry.like.iter().zip(&entry.like_lines).filter(|(text, _)| !seen(text));
    let like = like.map(|(text, line)| {
        let symptom = name.to_owned();
        let text = text.clone();
        let builtin = Catalogue::builtin();
        let first = symptoms(&text).into_iter().find(|it| builtin.symptom(it).is_some());
        RulesError::new(
            file,
            *line,
            match first {
                Some(first) => Problem::SeenFirst { symptom, first, text },
                None => Problem::NotSeen { symptom, text },
            },
        )
    });
    let unlike = entry.unlike.iter().zip(&entry.unlike_lines).filter(|(text, _)| seen(text));
    let unlike = unlike.map(|(text, line)| {
        RulesError::new(file, *line, Problem::Seen { symptom: name.to_owned(), text: text.clone() })
    });
    like.chain(unlike).collect()
}

fn of_cause(file: &str, text: &str, slug: &str, catalogue: &Catalogue) -> Result<Vec<RulesError>, RulesError> {
    let Some(cause) = catalogue.cause(slug) else { return Ok(Vec::new()) };
    let (failing, healthy) = examples(slug, &cause.body)?;
    let raises = |input: &str| {
        let source = Source::from_text("example", input.to_owned());
        incidents(&source, catalogue).iter().any(|incident| {
            let context = Context { catalogue, snapshot: None, text: source.text() };
            explain(incident, context).findings.iter().any(|finding| finding.cause == slug)
        })
    };
    let line = |heading: &str| text.lines().position(|line| line.trim_end() == heading).map_or(1, |at| at + 1);
    let plain = [(failing, "## Example", true), (healthy, "## Healthy example", false)];
    let mut wrong = Vec::new();
    for (example, heading, wanted) in plain {
        let Some(input) = example.input.filter(|_| example.state.is_none() && example.args.is_empty()) else {
            continue;
        };
        if raises(&input) != wanted {
            let problem =
                if wanted { Problem::NotRaised(slug.to_owned()) } else { Problem::RaisedByHealthy(slug.to_owned()) };
            wrong.push(RulesError::new(file, line(heading), problem));
        }
    }
    Ok(wrong)
}
