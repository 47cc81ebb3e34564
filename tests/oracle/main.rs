//! A second evaluator of the gates, written from the design and not from the code, and the laws
//! that the real one must keep: both agree on generated tenants, more facts never turn an outcome
//! into another, and a tenant of which all is known leaves nothing unknown without a reason.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests fail by panicking"
)]

mod cases;
mod effective;
mod gaps;
mod laws;
mod naive;
mod operations;
mod real;
mod shrink;
mod view;
mod world;

use naive::{Ask, expected, policy_answers};

#[test]
fn naive_says_what_the_design_says() {
    let mut wrong = Vec::new();
    for case in cases::all() {
        let ask = Ask { app: 0, user: 0, operation: case.operation, at: case.at, policy_asked: false };
        let (answers, _) = policy_answers(&case.view, 0, 0, false);
        let e = expected(&case.view, &ask, answers);
        let got = [e.permission, vec![e.user], e.policy, e.time, vec![e.tenant]];
        if got.iter().zip(&case.says).any(|(got, says)| got != &[*says]) {
            wrong.push(format!("{}: {got:?}, not {:?}", case.name, case.says));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
