//! JUnit: one test case a result; passes are passes.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite, XmlString};

use super::told::Told;
use crate::check::row::Counted;

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
pub fn document(told: &[Told], unknowns: Unknowns) -> String {
    let mut suite = TestSuite::new("graphwhy check");
    suite.add_test_cases(told.iter().map(|one| case(one, unknowns)));
    let mut report = Report::new("graphwhy");
    report.add_test_suite(suite);
    // It is written into memory, from strings without characters that XML does not have.
    report.to_string().unwrap_or_default()
}

fn case(one: &Told, unknowns: Unknowns) -> TestCase {
    let [app, user, operation] = &one.case;
    let status = match (one.counted, &one.accepted) {
        (Counted::Fine, _) => TestCaseStatus::success(),
        (_, Some(accepted)) => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(format!("accepted until {}: {}", accepted.until, accepted.reason));
            status
        }
        (Counted::Wrong, None) => non_success(one, NonSuccessKind::Failure),
        (Counted::Open, None) => match unknowns {
            Unknowns::Error => non_success(one, NonSuccessKind::Error),
            Unknowns::Failure => non_success(one, NonSuccessKind::Failure),
            Unknowns::Skipped => {
                let mut status = TestCaseStatus::skipped();
                status.set_message(XmlString::new(&one.sentence));
                status
            }
        },
    };
    let mut case = TestCase::new(format!("{app} for {user}"), status);
    case.set_classname(XmlString::new(operation));
    let (file, line, _) = &one.place;
    case.extra.insert(XmlString::new("file"), XmlString::new(file));
    case.extra.insert(XmlString::new("line"), XmlString::new(line.to_string()));
    case
}

fn non_success(one: &Told, kind: NonSuccessKind) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(one.rule.clone().unwrap_or_else(|| one.verdict.name().to_owned()));
    status.set_message(XmlString::new(&one.sentence));
    let (file, line, column) = &one.place;
    status.set_description(format!("{}\nat {file}:{line}:{column}", one.sentence));
    status
}
