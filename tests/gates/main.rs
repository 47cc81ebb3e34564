//! Gates, verdicts and the causes that state proves: one case for each row and sentence of the rules.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod permission;
mod policy;
mod policy_causes;
mod surroundings;

use graphwhy::diagnose::Outcome::{self, Fail, Pass, Skipped, Unknown};
use graphwhy::diagnose::{Finding, GateResult, Judgement, Question, Verdict, judge};
use graphwhy::input::{MeetingIdForm, MeetingRef, Moment, Token};
use graphwhy::knowledge::{Catalogue, Confidence, Gate, Operation, Severity, operation_for, operation_named};
use graphwhy::tenant;
use serde_json::{Value, json};
use uuid::Uuid;

const TENANT: &str = "11111111-2222-4333-8444-555555555555";
const APP: &str = "9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20";
const OTHER_APP: &str = "9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e21";
const PRINCIPAL: &str = "aaaa2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20";
const OBJECT: &str = "bbbb2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20";
const USER: &str = "5b1e2c3d-1111-4222-8333-944455556666";
const OTHER_USER: &str = "5b1e2c3d-1111-4222-8333-944455557777";
const GROUP: &str = "6c2f3d4e-1111-4222-8333-944455556661";
const GROUP_2: &str = "6c2f3d4e-1111-4222-8333-944455556662";
const GRAPH: &str = "00000003-0000-0000-c000-000000000000";
const READ_ALL: &str = "c1684f21-1984-47fa-9d61-2dc8c296bb70";
const TRANSCRIPT_ROLE: &str = "a4a80d8d-d283-4bd8-8504-555ec3870630";
const TRANSCRIPT_SCOPE: &str = "30b87d18-ebb1-45db-97f8-82ccb1f0190c";
/// 2026-01-31T10:00:00Z
const NOW: i64 = 1_769_853_600;

fn id(text: &str) -> Uuid {
    text.parse().unwrap()
}

/// A tenant in which the app may do everything for the user.
fn healthy() -> Value {
    json!({
        "schema": 1,
        "tenant_id": TENANT,
        "cloud": "global",
        "taken_at": "2026-01-31T09:59:00Z",
        "policies": {"status": "complete", "items": [
            {"name": "Global", "app_ids": []},
            {"name": "Meetings", "app_ids": [APP]},
            {"name": "Other", "app_ids": []},
        ]},
        "direct": {"status": "complete", "items": [{"user_id": USER, "policy": "Meetings"}]},
        "groups": {"status": "complete", "items": []},
        "users": {"status": "complete", "items": [
            {"id": USER, "upn": "ada@contoso.com", "type": "member", "enabled": true, "teams": "enabled"},
        ]},
        "apps": {"status": "complete", "items": [{
            "app_id": APP, "name": "Reader", "enabled": true, "service_principal_id": PRINCIPAL, "application_object_id": OBJECT,
            "roles": [{"id": READ_ALL, "value": "OnlineMeetings.Read.All", "resource": GRAPH},
                      {"id": TRANSCRIPT_ROLE, "value": "OnlineMeetingTranscript.Read.All", "resource": GRAPH},
                      {"value": "OnlineMeetingRecording.Read.All"}, {"value": "VirtualEvent.Read.All"}],
            "delegated": [],
        }]},
        "settings": {"status": "complete", "graph_transcript_access": true, "attributed_transcripts": true},
    })
}

fn with(change: impl FnOnce(&mut Value)) -> Value {
    let mut state = healthy();
    change(&mut state);
    state
}

fn op(name: &str) -> &'static Operation {
    operation_named(name).unwrap_or_else(|| panic!("{name}"))
}

fn ask(operation: &str) -> Question {
    Question {
        app_id: Some(id(APP)),
        user_id: Some(id(USER)),
        operation: Some(op(operation)),
        at: Some(Moment { earliest: NOW, latest: NOW }),
        ..Question::default()
    }
}

fn answer(question: &Question, state: &Value) -> Judgement {
    let snapshot = tenant::parse(&state.to_string(), "tenant.json").unwrap_or_else(|error| panic!("{error}"));
    let judgement = judge(question, Some(&snapshot), &Catalogue::builtin());
    let many = graphwhy::diagnose::judge_in(question, &tenant::View::indexed(&snapshot), &Catalogue::builtin());
    assert_eq!(judgement, many, "maps and walks agree");
    invariants(&judgement);
    judgement
}

fn invariants(judgement: &Judgement) {
    assert_eq!(judgement.gates.iter().map(|gate| gate.gate).collect::<Vec<_>>(), Gate::CALL);
    for gate in &judgement.gates {
        assert_eq!(gate.needs.is_some(), gate.outcome == Unknown, "{gate:?}");
    }
    for gate in judgement.gates.iter().filter(|gate| gate.outcome == Fail) {
        let explains = |finding: &&Finding| {
            finding.gate == gate.gate || (gate.gate == Gate::Permission && finding.gate == Gate::Token)
        };
        assert!(judgement.findings.iter().any(|it| explains(&it)), "{:?} fails without a cause", gate.gate);
    }
    for finding in &judgement.findings {
        assert!(!judgement.ruled_out.iter().any(|it| it.cause == finding.cause), "{}", finding.cause);
        if finding.confidence == Confidence::Certain && finding.severity > Severity::Warning {
            assert!(
                judgement.gates.iter().any(|gate| gate.outcome == Fail)
                    || finding.cause == "events-hidden-by-policy"
                    || finding.cause == "delegated-token",
                "{}: certain, and no gate fails",
                finding.cause
            );
        }
    }
    for pair in judgement.findings.windows(2) {
        assert!(pair[0].confidence >= pair[1].confidence);
    }
}

fn read_meeting(state: &Value) -> Judgement {
    answer(&ask("read-meeting"), state)
}

fn gate(judgement: &Judgement, gate: Gate) -> &GateResult {
    judgement.gates.iter().find(|it| it.gate == gate).unwrap()
}

fn outcome(judgement: &Judgement, which: Gate) -> Outcome {
    gate(judgement, which).outcome
}

fn needs(judgement: &Judgement, which: Gate) -> &str {
    gate(judgement, which).needs.as_deref().unwrap_or_default()
}

fn causes(judgement: &Judgement) -> Vec<&str> {
    judgement.findings.iter().map(|it| it.cause.as_ref()).collect()
}

fn certain(judgement: &Judgement) -> Vec<&str> {
    judgement.findings.iter().filter(|it| it.confidence == Confidence::Certain).map(|it| it.cause.as_ref()).collect()
}

fn confidence(judgement: &Judgement, cause: &str) -> Option<Confidence> {
    judgement.findings.iter().find(|it| it.cause == cause).map(|it| it.confidence)
}

fn is_ruled_out(judgement: &Judgement, cause: &str) -> bool {
    judgement.ruled_out.iter().any(|it| it.cause == cause)
}

fn undecided<'a>(judgement: &'a Judgement, cause: &str) -> Option<&'a str> {
    judgement.undecided.iter().find(|it| it.cause == cause).map(|it| it.needs.as_ref())
}

fn policy_of(state: &Value) -> (Outcome, String, Vec<String>) {
    let judgement = read_meeting(state);
    let it = gate(&judgement, Gate::Policy);
    (
        it.outcome,
        it.needs.as_deref().unwrap_or_default().to_owned(),
        causes(&judgement).iter().map(|c| (*c).to_owned()).collect(),
    )
}

fn group(id: &str, policy: &str, rank: u32, members: &[&str]) -> Value {
    json!({"group_id": id, "policy": policy, "rank": rank, "members": {"status": "complete", "items": members}})
}

fn no_direct(state: &mut Value) {
    state["direct"] = json!({"status": "complete", "items": []});
}

fn token(roles: &[&str]) -> Token {
    Token {
        audience: Some("https://graph.microsoft.com".into()),
        tenant: Some(id(TENANT)),
        app_id: Some(id(APP)),
        roles: Some(roles.iter().map(|it| (*it).to_owned()).collect()),
        issued_at: Some(NOW - 600),
        expires_at: Some(NOW + 3000),
        ..Token::default()
    }
}

fn with_token(operation: &str, token: Token) -> Question {
    Question { token: Some(token), ..ask(operation) }
}

fn meeting_of(organizer: &str) -> MeetingRef {
    MeetingRef {
        text: "19:meeting_abc@thread.v2".into(),
        form: MeetingIdForm::Thread,
        organizer: Some(id(organizer)),
        tenant: None,
    }
}
