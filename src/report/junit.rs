//! JUnit: one test case a result; passes are passes.

use quick_junit::{NonSuccessKind, Report as Document, TestCase, TestCaseStatus, TestSuite, XmlString};

use crate::check::told::{Counted, Report, Told};
use crate::source::sanitise::visible;

/// How an unknown result is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknowns {
    /// As an error of the test: it could not be carried out.
    Error,
    /// As a failure.
    Failure,
    /// As skipped.
    Skipped,
}

/// The document.
#[must_use]
pub fn document(report: &Report<'_>, unknowns: Unknowns) -> String {
    let mut suite = TestSuite::new(format!("graphwhy {}", report.command));
    suite.add_test_cases(report.told.iter().map(|one| case(one, unknowns)));
    for state in report.states {
        suite.add_property(quick_junit::Property::new("state", xml(state)));
    }
    let mut document = Document::new("graphwhy");
    document.add_test_suite(suite);
    // It is written into memory, from strings without characters that XML does not have.
    document.to_string().unwrap_or_default()
}

/// A string without what XML does not have, or what would act on a terminal.
fn xml(text: &str) -> XmlString {
    XmlString::new(visible(text))
}

fn case(one: &Told, unknowns: Unknowns) -> TestCase {
    let (name, class) = &one.test;
    let skipped = |words: &str| {
        let mut status = TestCaseStatus::skipped();
        status.set_message(xml(words));
        status
    };
    let status = match (one.counted, &one.accepted) {
        (Counted::Fine, _) => TestCaseStatus::success(),
        (_, Some(accepted)) => skipped(&accepted.words()),
        (Counted::Wrong, None) => non_success(one, NonSuccessKind::Failure),
        (Counted::Open, None) => match unknowns {
            Unknowns::Error => non_success(one, NonSuccessKind::Error),
            Unknowns::Failure => non_success(one, NonSuccessKind::Failure),
            Unknowns::Skipped => skipped(&one.sentence),
        },
    };
    let mut case = TestCase::new(xml(name), status);
    case.set_classname(xml(class));
    case.extra.insert(XmlString::new("file"), xml(&one.place.file));
    case.extra.insert(XmlString::new("line"), XmlString::new(one.place.line.to_string()));
    case
}

fn non_success(one: &Told, kind: NonSuccessKind) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    let first = one.findings.first();
    status.set_type(first.map_or("failure", |found| found.rule.as_str()).to_owned());
    let sentence = first.map_or(one.sentence.as_str(), |found| found.sentence.as_str());
    status.set_message(xml(sentence));
    let place = &one.place;
    let sentences: Vec<&str> = if one.findings.is_empty() {
        vec![sentence]
    } else {
        one.findings.iter().map(|found| found.sentence.as_str()).collect()
    };
    let description = format!("{}\nat {}:{}:{}", sentences.join("\n"), place.file, place.line, place.column);
    status.set_description(xml(&description));
    status
}
