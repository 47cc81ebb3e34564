//! A gate and its findings say the same, whatever the state is.

use graphwhy::diagnose::{Context, Outcome, explain};
use graphwhy::input::{Fact, Moment, incidents};
use graphwhy::knowledge::{Catalogue, Confidence, Gate};
use graphwhy::source::Source;
use graphwhy::tenant::{Snapshot, parse};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Case;

const APP: &str = "9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20";
const OTHER_APP: &str = "1f7b3d52-2c84-4d0e-9a3c-6b8e5f4a7d11";
const USER: &str = "748d2cbb-3b55-40ed-8c34-2eae5932b22a";
/// 2026-11-20T10:02:00Z
const TAKEN: i64 = 1_795_168_920;

/// States, each of which fails another gate, and one that fails none.
fn states(app: Uuid, user: Uuid) -> Vec<(&'static str, Snapshot)> {
    let state = |global: Value, direct: Value, roles: Value| {
        json!({
            "schema": 1, "tenant_id": "7a1f0c52-3c0e-4f7b-9d5e-2b8c6a9e4d10", "cloud": "global",
            "taken_at": "2026-11-20T10:02:00Z",
            "policies": {"status": "complete", "items": [
                {"name": "Global", "app_ids": global}, {"name": "Meetings", "app_ids": [OTHER_APP]}]},
            "direct": {"status": "complete", "items": direct},
            "groups": {"status": "complete", "items": []},
            "users": {"status": "complete", "items": [
                {"id": user, "upn": "adele@contoso.com", "type": "member", "enabled": true, "teams": "enabled"}]},
            "apps": {"status": "complete", "items": [
                {"app_id": app, "name": "Scheduler", "enabled": true, "roles": roles}]},
            "settings": {"status": "complete", "graph_transcript_access": true, "attributed_transcripts": true},
        })
    };
    let role = json!([{"value": "OnlineMeetings.ReadWrite.All"}]);
    let allowed = state(json!([app]), json!([]), role.clone());
    let shadowed = state(json!([app]), json!([{"user_id": user, "policy": "Meetings"}]), role.clone());
    let (mut no_app, mut no_user, mut switch) = (allowed.clone(), allowed.clone(), allowed.clone());
    no_app["apps"]["items"] = json!([]);
    no_user["users"]["items"] = json!([]);
    switch["settings"]["graph_transcript_access"] = json!(false);
    let all = [
        ("allowed", allowed),
        ("shadowed", shadowed),
        ("unnamed", state(json!([]), json!([]), role)),
        ("no role", state(json!([app]), json!([]), json!([]))),
        ("a role that reads", state(json!([]), json!([]), json!([{"value": "OnlineMeetings.Read.All"}]))),
        ("no app", no_app),
        ("no user", no_user),
        ("no transcripts", switch),
    ];
    let read = |(name, state): (&'static str, Value)| {
        (name, parse(&state.to_string(), name).unwrap_or_else(|error| panic!("{error}")))
    };
    all.into_iter().map(read).collect()
}

/// A gate that the state fails has a cause, and a gate that passes none that is certain.
#[test]
fn a_gate_and_its_causes_agree() {
    let catalogue = Catalogue::builtin();
    let of_state = [Gate::Permission, Gate::User, Gate::Policy, Gate::Tenant];
    let mut wrong = Vec::new();
    let mut judged = 0;
    for line in include_str!("../../testdata/errors.jsonl").lines() {
        let case: Case = serde_json::from_str(line).unwrap();
        let source = Source::from_text("case", case.input.clone());
        for mut incident in incidents(&source, &catalogue) {
            let facts = &mut incident.facts;
            let app = facts.app_id.get_or_insert_with(|| Fact::option(APP.parse().unwrap())).value;
            let user = facts.user_id.get_or_insert_with(|| Fact::option(USER.parse().unwrap())).value;
            let states = states(app, user);
            for moment in [None, Some(TAKEN + 180), Some(TAKEN + 90 * 86_400)] {
                incident.facts.moment = moment.map(|at| Moment { earliest: at, latest: at });
                for (name, snapshot) in &states {
                    let context = Context { catalogue: &catalogue, snapshot: Some(snapshot), text: source.text() };
                    let diagnosis = explain(&incident, context);
                    judged += 1;
                    for gate in diagnosis.gates.iter().filter(|gate| of_state.contains(&gate.gate)) {
                        let surest = |gate: Gate| {
                            let own = diagnosis.findings.iter().filter(|finding| finding.gate == gate);
                            own.map(|finding| finding.confidence).max()
                        };
                        // What a token does not carry, and the tenant granted, is a cause of the token.
                        let of_token = if gate.gate == Gate::Permission { surest(Gate::Token) } else { None };
                        let surest = surest(gate.gate);
                        let unsaid = gate.outcome == Outcome::Fail && surest.max(of_token).is_none();
                        let denied = gate.outcome == Outcome::Pass && surest == Some(Confidence::Certain);
                        if unsaid || denied {
                            wrong.push(format!("{} {name} {moment:?}: {} {surest:?}", case.id, gate.gate.name()));
                        }
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {judged}\n{}", wrong.len(), wrong.join("\n"));
}
