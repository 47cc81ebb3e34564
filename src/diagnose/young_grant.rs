//! A refusal that names no cause, of an app whose role the snapshot dates: granted after the failure, or so shortly before
//! it that the call's token may be older.

use jiff::SignedDuration;

use super::facts::permission::Why;
use super::gates::time::{change_evidence, is_grant};
use super::{Case, Finding, Question};
use crate::causes;
use crate::input::Moment;
use crate::knowledge::{Confidence, Gate, window};
use crate::tenant::{Change, View};

/// What such a grant explains. `later`: without the changes that may be later than the failure, nothing shows a role;
/// `young`: without those too that a token may not have had.
pub(super) fn find(call: &causes::Call<'_>, question: &Question, later: bool, young: bool) -> Vec<Finding> {
    let (Some(snapshot), Some(at)) = (call.context.snapshot, question.at) else { return Vec::new() };
    if !call.is_refused_silently() || question.token.is_some() || !(later || young) {
        return Vec::new();
    }
    let view = View::new(snapshot);
    let case = Case::new(question, &view, call.context.catalogue);
    if case.delegated || case.permission.why != Why::Held {
        return Vec::new();
    }
    let of_app = |change: &&Change| matches!(change.part.as_str(), "apps" | "roles") && change.change != "removed";
    let grants = snapshot.history.iter().filter(of_app);
    let grants = grants.filter(|change| change.not_before.is_some() && is_grant(&case, change));
    let Some(grant) = grants.max_by_key(|change| change.not_before) else { return Vec::new() };
    let finding = |cause, gate, confidence, words: &str| {
        case.finding(cause, gate, confidence).saying(words).resting_on([change_evidence(grant)])
    };
    let older = |confidence| {
        let words = "the role was granted shortly before the failure: a token keeps its roles until it expires";
        finding("token-older-than-grant", Gate::Token, confidence, words)
    };
    match (later, is_after(grant, at)) {
        (true, true) => {
            let words = "the snapshot shows the role granted, and by its history that was after the failure";
            vec![finding("permission-not-granted", Gate::Permission, Confidence::Likely, words)]
        }
        (true, false) => {
            let words =
                "the role was granted about then: whether before the failure or after it, the history does not tell";
            let missing = finding("permission-not-granted", Gate::Permission, Confidence::Possible, words);
            vec![missing, older(Confidence::Possible)]
        }
        _ => {
            let surely = is_young(grant, at);
            vec![older(if surely { Confidence::Likely } else { Confidence::Possible })]
        }
    }
}

fn is_after(grant: &Change, at: Moment) -> bool {
    grant.not_before.is_some_and(|first| first.as_second() >= at.latest)
}

/// Whether a token from before the grant may be in use at the call, whenever in its bounds the grant was made.
fn is_young(grant: &Change, at: Moment) -> bool {
    let lifetime = window("token-lifetime").and_then(|it| it.seconds).map_or(0, i64::from);
    let end = grant.not_before.and_then(|first| first.checked_add(SignedDuration::from_secs(lifetime)).ok());
    end.is_some_and(|end| end.as_second() > at.latest)
}
