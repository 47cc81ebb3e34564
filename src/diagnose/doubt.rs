//! What takes certainty from a finding: words that are only spoken about, a call that speaks against them, another token,
//! tenant, cloud or pair than the call's own.

use super::contradiction;
use super::other_time::OF_STATE;
use super::{Context, Evidence, Finding, GateResult, Label, Outcome, Question, judge_gates};
use crate::causes;
use crate::input::{ConflictOf, Facts, Incident, Span};
use crate::knowledge::{Confidence, Gate, Symptom, cloud_of_host, clouds};
use crate::tenant::{Snapshot, View};

/// The cause that rests on the directory or on the sign-in, never on a message of Graph.
pub(super) const DISABLED: &str = "service-principal-disabled";

/// The cause for which Entra issues no token.
const NO_APP: &str = "app-unknown-in-tenant";

/// The cause that is of an app alone, whoever the user is.
const UNNAMED: &str = "no-policy-names-app";

/// The cause of which no document says that Graph refuses a call for it.
const NO_TEAMS: &str = "user-without-teams";

/// What is said of a finding whose words nobody was answered with.
const SPOKEN: &str = "the words are only spoken about here: nothing shows that a call failed with them";

/// Words that also stand in prose, or are only spoken about, prove nothing by themselves.
pub(super) fn doubt_words(findings: &mut [Finding], incident: &Incident) {
    let certain = |finding: &&mut Finding| finding.confidence == Confidence::Certain;
    if !incident.symptoms.is_empty() && incident.symptoms.iter().all(|hit| hit.over) {
        for finding in findings.iter_mut().filter(certain) {
            finding.confidence = Confidence::Likely;
            finding.explanation = "the text tells of this failure as over, or as not the present one".into();
        }
    }
    for hit in &incident.symptoms {
        let is_label = |label: &Label| label.span == hit.span;
        for finding in findings.iter_mut().filter(certain) {
            let by_it_alone = finding.labels.iter().all(is_label);
            if hit.loose && by_it_alone && !finding.labels.is_empty() {
                finding.confidence = Confidence::Likely;
            } else if hit.spoken && by_it_alone {
                finding.confidence = Confidence::Likely;
                finding.explanation = SPOKEN.into();
            } else if hit.more && by_it_alone {
                finding.confidence = Confidence::Likely;
                finding.explanation = "the message says more than these words".into();
            }
        }
        // What words never prove alone is told with the same note.
        let is_spoken = |finding: &&mut Finding| {
            let by_it_alone = !finding.labels.is_empty() && finding.labels.iter().all(is_label);
            hit.spoken && by_it_alone && finding.explanation.is_empty() && finding.confidence == Confidence::Likely
        };
        findings.iter_mut().filter(is_spoken).for_each(|finding| finding.explanation = SPOKEN.into());
    }
}

/// What the call itself speaks against is not stated by its words.
pub(super) fn doubt_call(findings: &mut [Finding], call: &causes::Call<'_>) {
    for finding in findings.iter_mut().filter(|finding| finding.confidence == Confidence::Certain) {
        let cause = call.context.catalogue.cause(&finding.cause);
        if let Some(reason) = cause.and_then(|cause| causes::doubted(cause, call)) {
            finding.confidence = Confidence::Likely;
            finding.explanation = reason;
        }
    }
}

/// What the request looks like explains no answer that speaks of something else: the service took it and got further.
pub(super) fn doubt_shape(shown: &mut [Finding], stated: &[Finding]) {
    /// The path is none that the policy is asked for, whatever it says.
    const OF_ANOTHER_PATH: &str = "unsupported-filter";
    let of_request = |finding: &&mut Finding| finding.gate == Gate::Request && finding.cause != OF_ANOTHER_PATH;
    if stated.is_empty() || stated.iter().any(|finding| finding.gate == Gate::Request) {
        return;
    }
    for finding in shown.iter_mut().filter(of_request).filter(|finding| finding.confidence == Confidence::Likely) {
        finding.lower(Confidence::Possible, "the message speaks of something else");
    }
}

/// A token or a tenant that shows which role is there tells more than words that say only that one is missing.
pub(super) fn prefer_narrow(findings: &mut [Finding], proved: &[Finding]) {
    let shown = |cause: &str| proved.iter().any(|finding| finding.cause == cause);
    if !shown("permission-too-narrow") || shown("permission-not-granted") {
        return;
    }
    let open = |finding: &&mut Finding| finding.confidence < Confidence::Certain;
    for finding in findings.iter_mut().filter(open).filter(|finding| finding.cause == "permission-not-granted") {
        finding.confidence = Confidence::Possible;
    }
}

/// What the claims of a token prove, held against the service's own answer.
pub(super) fn doubt_token(proved: &mut Vec<Finding>, symptoms: &[(&Symptom, Span)], facts: &Facts, policy_asked: bool) {
    let foreign = proved.iter().any(|finding| finding.cause == "token-from-another-tenant");
    if foreign {
        // What the snapshot of another tenant says of the call is worth nothing; which of the two is the wrong one
        // is open.
        proved.retain(|finding| finding.gate == Gate::Token);
    }
    // A token that the service refuses gets a 401. Another answer was given to another token.
    let other_status = facts.status.as_ref().is_some_and(|status| status.value != 401);
    let unknown_status = facts.status.is_none();
    let of_another_gate = symptoms.iter().any(|(symptom, _)| {
        !matches!(
            symptom.name.as_ref(),
            "token-expired" | "token-outside-lifetime" | "invalid-audience" | "invalid-audience-paraphrased"
        )
    });
    let answered = (other_status || policy_asked) && of_another_gate;
    for finding in proved.iter_mut().filter(|finding| finding.gate == Gate::Token) {
        let refused = matches!(finding.cause.as_ref(), "token-expired" | "token-for-another-audience");
        // A token for another resource is refused before anything else is looked at.
        let of_audience = finding.cause == "token-for-another-audience" && unknown_status && of_another_gate;
        if refused && (answered || of_audience) {
            finding.lower(
                Confidence::Possible,
                "the service answered as it does to a token that it accepts, so this one may be of another call",
            );
        } else if finding.cause == "token-from-another-tenant" {
            finding.confidence = Confidence::Likely;
            finding.explanation =
                "the token and the snapshot are of different tenants: one of the two is the wrong one, \
                                   and nothing else is judged from this snapshot"
                    .into();
        }
    }
}

/// What the snapshot proves of a gate explains a failure only where its words may be of that gate: the text speaks of
/// it, or it is a refusal.
pub(super) fn doubt_state(proved: &mut [Finding], call: &causes::Call<'_>, facts: &Facts, gates: &[GateResult]) {
    let (symptoms, context) = (call.symptoms, call.context);
    let raised = |gate: Gate| {
        symptoms.iter().any(|(symptom, _)| {
            context.catalogue.causes().iter().any(|cause| {
                cause.gates.contains(&gate) && cause.raised_by.iter().any(|raised| raised.symptom == symptom.name)
            })
        })
    };
    let known = |codes: &[&str]| {
        facts.code.as_ref().is_some_and(|code| codes.iter().any(|known| known.eq_ignore_ascii_case(&code.value)))
    };
    // What is not found may be the meeting: only an answer without words is one that refuses.
    let wordless = facts.message.as_ref().is_none_or(|message| message.value.is_empty());
    let refuses = |status: u16| matches!(status, 401 | 403) || status == 404 && (wordless || known(&["UnknownError"]));
    let missing = facts.status.as_ref().is_some_and(|status| status.value == 404);
    let by_status = facts.status.as_ref().map(|status| refuses(status.value));
    // Graph answers a call that came with a token, and Entra issues none to a disabled app.
    let answered = facts.operation.is_some() && facts.status.as_ref().is_some_and(|status| status.value == 404);
    let disabled = |finding: &&mut Finding| finding.cause == DISABLED && finding.confidence > Confidence::Possible;
    if let Some(finding) = proved.iter_mut().find(disabled).filter(|_| call.says_policy() || answered) {
        let did = if call.says_policy() { "asked for the policy" } else { "answered the call" };
        finding.lower(
            Confidence::Possible,
            &format!(
                "Graph {did}, so that the call came with a token, and Entra issues none to a disabled app: it was issued \
                 before, or the app was disabled after the failure"
            ),
        );
    }
    // A message of the policy is explained by the user's licence at most where the policy itself passes.
    let allows = gates.iter().any(|gate| gate.gate == Gate::Policy && gate.outcome == Outcome::Pass);
    let no_teams = |finding: &&mut Finding| finding.cause == NO_TEAMS && finding.confidence > Confidence::Possible;
    if let Some(finding) = proved.iter_mut().find(no_teams).filter(|_| call.says_policy() && !allows) {
        finding.lower(
            Confidence::Possible,
            "the message is of the policy, and no document says that Graph refuses a user without Teams",
        );
    }
    let no_app = |finding: &&mut Finding| finding.cause == NO_APP && finding.confidence == Confidence::Certain;
    if let Some(finding) = proved.iter_mut().find(no_app)
        && let Some(issued) = contradiction::issued(call).filter(|_| !call.says_policy())
    {
        finding.lower(Confidence::Likely, issued);
    }
    // Nothing else that was read stands in the way.
    let alone = |of: Gate| gates.iter().all(|gate| gate.gate == of || gate.outcome != Outcome::Fail);
    let refusal = by_status.unwrap_or(false) || known(&["Forbidden", "Unauthorized", "AccessDenied"]);
    // Words that no symptom has, or that are of other gates, are explained by none that they do not speak of.
    let worded = facts.message.as_ref().is_some_and(|message| speaks(&message.value));
    for finding in proved.iter_mut().filter(|finding| finding.confidence > Confidence::Possible) {
        // The message of the policy is that of the policy: whatever else is missing, it is not what was refused here.
        let of_policy = matches!(finding.gate, Gate::Policy | Gate::Time);
        let other = call.says_policy() && !of_policy || of_policy && call.states_missing_role();
        // What is doubted for its time stays as it is, unless the message speaks of something else.
        let of_state = OF_STATE.contains(&finding.gate);
        if finding.confidence < Confidence::Certain && !(other && of_state) {
            continue;
        }
        if finding.gate == Gate::Token || !other && (raised(finding.gate) || refusal && !worded) {
            // What somebody wrote in words of their own names neither the app nor the user of the call.
            if call.only_paraphrases_policy() && matches!(finding.gate, Gate::Policy | Gate::Time) {
                finding.lower(Confidence::Likely, "the text has Graph's message in other words");
            }
            if of_state && !raised(finding.gate) && missing {
                finding.lower(Confidence::Likely, "what is not found may be the meeting");
            }
            continue;
        }
        let unknown = finding.cause == "user-unknown" && finding.confidence == Confidence::Certain;
        if unknown && causes::is_named_missing(call) {
            finding.lower(
                Confidence::Likely,
                "no document says how Graph answers for the meetings of a user who is missing",
            );
            continue;
        }
        if unknown && allows && alone(finding.gate) {
            let words = if call.says_policy() {
                "the message is of the policy, and the policy that was read lists the app: only the user is missing"
            } else {
                "the message does not speak of the user, and nothing else that was read stands in the way"
            };
            finding.lower(Confidence::Likely, words);
            continue;
        }
        if finding.cause == NO_APP && call.says_policy() {
            finding.lower(Confidence::Possible, contradiction::ISSUED);
            continue;
        }
        finding.lower(
            Confidence::Possible,
            "nothing in this failure speaks of it: the snapshot shows that it stands in the way too",
        );
    }
}

/// Whether a message says more than that the call was refused.
fn speaks(message: &str) -> bool {
    const BARE: [&str; 10] = [
        "forbidden",
        "unauthorized",
        "accessdenied",
        "accessisdenied",
        "notfound",
        "anerrorhasoccurred",
        "unknownerror",
        "authorizationfailed",
        "requestfailed",
        "error",
    ];
    let letters: String = message.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_ascii_lowercase();
    !letters.is_empty() && !BARE.contains(&letters.as_str())
}

/// Words that the catalogue does not know are not explained by what nobody has read, nor is an answer that refuses nothing.
pub(super) fn drop_unread(proved: &mut Vec<Finding>, call: &causes::Call<'_>, gates: &[GateResult]) {
    let words = call.facts.message.as_ref().is_some_and(|message| !message.value.is_empty());
    let is_open = |of: Gate| gates.iter().any(|gate| gate.gate == of && gate.outcome == Outcome::Unknown);
    let empty = !call.symptoms.is_empty() && call.symptoms.iter().all(|(symptom, _)| symptom.name == "empty-result");
    if words && call.symptoms.is_empty() || empty {
        proved.retain(|finding| finding.confidence > Confidence::Possible || !is_open(finding.gate));
    }
}

fn beside(facts: &Facts) -> Option<&'static str> {
    Some(match (facts.app_beside, facts.user_beside) {
        (false, false) => return None,
        (true, false) => "the app stands beside the failure, and may be that of another call; `--app` settles it",
        (false, true) => {
            "the user stands beside the failure, and may be that of another call or who ran it; `--user` settles it"
        }
        (true, true) => "app and user stand beside the failure, and may be others'; `--app` and `--user` settle it",
    })
}

/// What the policy gate says whoever the user is.
fn policy_of_anybody(question: &Question, context: Context<'_>) -> Option<Outcome> {
    let anybody = Question { user_id: None, user: None, ..question.clone() };
    Some(judge_gates(&anybody, &View::new(context.snapshot?), context.catalogue).outcome(Gate::Policy))
}

/// What a state proves of an app or a user that may be another call's is likely at most; that no policy names the app is
/// so for every user.
pub(super) fn doubt_neighbours(proved: &mut [Finding], facts: &Facts, question: &Question, context: Context<'_>) {
    let Some(words) = beside(facts) else { return };
    let unnamed = |finding: &Finding| finding.cause == UNNAMED && finding.confidence == Confidence::Certain;
    let whoever =
        !facts.app_beside && proved.iter().any(unnamed) && policy_of_anybody(question, context) == Some(Outcome::Fail);
    for finding in proved.iter_mut().filter(|finding| finding.confidence == Confidence::Certain) {
        let concerned = match finding.gate {
            Gate::Policy => !(whoever && finding.cause == UNNAMED),
            Gate::Time => true,
            Gate::Permission => facts.app_beside,
            Gate::User => facts.user_beside,
            _ => false,
        };
        if concerned && !finding.evidence.iter().any(|one| one.object.contains("token")) {
            finding.lower(Confidence::Likely, words);
        }
    }
}

/// Gates of an app or a user that may be another call's are open, unless they say the same whoever the user is.
pub(super) fn open_neighbours(gates: &mut [GateResult], facts: &Facts, question: &Question, context: Context<'_>) {
    let Some(words) = beside(facts) else { return };
    if context.snapshot.is_none() {
        return;
    }
    let decided = |gate: &GateResult| matches!(gate.outcome, Outcome::Pass | Outcome::Fail);
    for gate in gates.iter_mut().filter(|gate| decided(gate)) {
        let open = match gate.gate {
            Gate::Policy if facts.app_beside => true,
            Gate::Policy => policy_of_anybody(question, context) != Some(gate.outcome),
            Gate::Permission => facts.app_beside,
            Gate::User => facts.user_beside,
            _ => false,
        };
        if open && !gate.evidence.iter().any(|one| one.object.contains("token")) {
            gate.outcome = Outcome::Unknown;
            gate.needs =
                Some(if facts.user_beside && gate.gate != Gate::Permission { "user" } else { "caller" }.into());
            gate.note = words.to_owned();
        }
    }
}

/// The call went to another cloud than the snapshot's: a tenant is in one of them.
pub(super) fn other_cloud(facts: &Facts, snapshot: Option<&Snapshot>) -> Option<(&'static str, String)> {
    let called = cloud_of_host(&facts.host.as_ref()?.value)?;
    let own = snapshot?.cloud.as_deref()?;
    let known = clouds().iter().any(|cloud| cloud.name == own);
    (known && called.name != own)
        .then(|| (called.name, format!("the call went to the cloud `{}`, and the snapshot is of `{own}`", called.name)))
}

/// The text names another app, user, request or tenant than the options do: nothing about this call is certain but what
/// concerns none of them.
pub(super) fn doubt_pair(findings: &mut [Finding], facts: &Facts, elsewhere: Option<&str>) {
    let conflicts = facts.conflicts();
    let of_path = conflicts.iter().any(|conflict| matches!(conflict.of, ConflictOf::User | ConflictOf::Request));
    let words: Vec<&str> = conflicts.iter().map(|conflict| conflict.words.as_str()).chain(elsewhere).collect();
    let concerns = |finding: &Finding| match finding.gate {
        Gate::Cmdlet => false,
        Gate::Tenant | Gate::Service => !matches!(
            finding.cause.as_ref(),
            "throttled" | "service-fault" | "transcript-access-disabled" | "speaker-attribution-disabled"
        ),
        Gate::Request => of_path,
        _ => true,
    };
    let by_text = elsewhere.is_none() && conflicts.iter().all(|conflict| conflict.of == ConflictOf::Token);
    let (field, source) = if by_text { ("token", "pasted") } else { ("options", "options") };
    for finding in findings.iter_mut().filter(|finding| concerns(finding)) {
        let words = words.join("; ");
        if finding.confidence == Confidence::Certain {
            finding.confidence = Confidence::Likely;
            finding.explanation =
                format!("{}; but {words}", finding.explanation).trim_start_matches("; but ").to_owned();
        }
        finding.evidence.push(Evidence {
            object: "the question".into(),
            field: field.into(),
            value: words,
            source: source.into(),
            read_at: None,
        });
    }
}
