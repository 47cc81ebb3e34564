//! Gates, verdicts and the causes that state proves: one case for each row and sentence of the rules.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use graphwhy::diagnose::Outcome::{self, Fail, Pass, Skipped, Unknown};
use graphwhy::diagnose::{GateResult, Judgement, Question, Verdict, judge};
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
        user: None,
        operation: Some(op(operation)),
        token: None,
        delegated: false,
        meeting: None,
        at: Some(Moment { earliest: NOW, latest: NOW }),
        gates: None,
        of_incident: false,
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

mod fold {
    use super::*;

    #[test]
    fn a_healthy_tenant_allows_and_skips_what_is_not_asked() {
        let it = read_meeting(&healthy());
        assert_eq!(it.verdict, Verdict::Allowed);
        let outcomes: Vec<_> = it.gates.iter().map(|gate| gate.outcome).collect();
        assert_eq!(outcomes, [Skipped, Skipped, Pass, Pass, Pass, Pass, Skipped, Skipped, Skipped]);
        assert!(it.findings.is_empty() && it.undecided.is_empty() && it.scope.is_none());
    }

    #[test]
    fn without_a_snapshot_every_gate_that_asks_it_is_unknown() {
        let it = judge(&ask("read-transcript"), None, &Catalogue::builtin());
        invariants(&it);
        assert_eq!(it.verdict, Verdict::Unknown);
        assert_eq!(needs(&it, Gate::Permission), "app-roles");
        assert_eq!(needs(&it, Gate::User), "user-license");
        assert_eq!(needs(&it, Gate::Policy), "policies");
        assert_eq!(needs(&it, Gate::Tenant), "transcript-switch");
        assert_eq!(outcome(&it, Gate::Time), Pass);
        assert!(it.findings.is_empty(), "{:?}", causes(&it));
        assert_eq!(undecided(&it, "no-policy-names-app"), Some("policies"));
    }

    #[test]
    fn a_fail_beats_an_unknown() {
        let it = read_meeting(&with(|s| {
            s["apps"] = json!({"status": "missing"});
            s["direct"]["items"][0]["policy"] = json!("Other");
        }));
        assert_eq!((outcome(&it, Gate::Permission), outcome(&it, Gate::Policy)), (Unknown, Fail));
        assert_eq!(it.verdict, Verdict::Denied);
    }

    #[test]
    fn gates_that_are_not_asked_are_skipped_and_do_not_count() {
        let state = with(|s| s["direct"]["items"][0]["policy"] = json!("Other"));
        let question = Question { gates: Some(vec![Gate::Permission, Gate::User]), ..ask("read-meeting") };
        let it = answer(&question, &state);
        assert_eq!(
            (outcome(&it, Gate::Policy), outcome(&it, Gate::Time), it.verdict),
            (Skipped, Skipped, Verdict::Allowed)
        );
        assert!(it.findings.is_empty() && !is_ruled_out(&it, "policy-not-granted"));
    }

    #[test]
    fn request_and_service_are_left_to_the_incident() {
        let it = answer(&Question { of_incident: true, ..ask("read-meeting") }, &healthy());
        assert_eq!((outcome(&it, Gate::Request), outcome(&it, Gate::Service)), (Skipped, Skipped));
    }

    #[test]
    fn a_name_is_resolved_and_an_unknown_one_leaves_the_verdict_open() {
        let named = |name: &str| Question { user_id: None, user: Some(name.into()), ..ask("read-meeting") };
        let it = answer(&named("ADA@contoso.com"), &healthy());
        assert_eq!((it.user_id, it.verdict), (Some(id(USER)), Verdict::Allowed));
        let it = answer(&named("bob@contoso.com"), &with(|s| s["apps"]["items"] = json!([])));
        assert_eq!((outcome(&it, Gate::Permission), it.verdict), (Fail, Verdict::Unknown));
        assert_eq!(needs(&it, Gate::User), "user");
    }
}

mod policy {
    use super::*;

    #[test]
    fn direct_beats_group_beats_global_and_they_never_add_up() {
        for (direct, group_policy, global, expected) in [
            (Some("Meetings"), "Other", false, Pass),
            (Some("Other"), "Meetings", true, Fail),
            (None, "Meetings", false, Pass),
            (None, "Other", true, Fail),
        ] {
            let (got, ..) = policy_of(&with(|s| {
                s["direct"]["items"][0]["policy"] = json!(direct);
                s["groups"]["items"] = json!([group(GROUP, group_policy, 1, &[USER])]);
                if global {
                    s["policies"]["items"][0]["app_ids"] = json!([APP]);
                }
            }));
            assert_eq!(got, expected, "{direct:?} {group_policy} {global}");
        }
    }

    #[test]
    fn the_lowest_rank_among_the_groups_of_a_direct_member_wins() {
        let groups = |first: &[&str], second: &[&str]| {
            let (first, second) = (group(GROUP, "Other", 1, first), group(GROUP_2, "Meetings", 2, second));
            with(|s| {
                no_direct(s);
                // The order of the list means nothing.
                s["groups"]["items"] = json!([second, first]);
            })
        };
        assert_eq!(policy_of(&groups(&[USER], &[USER])).0, Fail);
        assert_eq!(policy_of(&groups(&[], &[USER])).0, Pass);
        assert_eq!(policy_of(&groups(&[], &[])).0, Fail, "Global is left");
    }

    #[test]
    fn names_compare_without_case_and_tag() {
        let state = with(|s| {
            s["policies"]["items"][1]["name"] = json!("Tag:Meetings");
            s["direct"]["items"][0]["policy"] = json!("MEETINGS");
        });
        assert_eq!(policy_of(&state).0, Pass);
    }

    #[test]
    fn a_complete_list_without_the_app_fails_without_any_assignment() {
        let state = with(|s| {
            s["policies"]["items"][1]["app_ids"] = json!([]);
            for part in ["direct", "groups"] {
                s[part] = json!({"status": "missing"});
            }
        });
        let it = read_meeting(&state);
        assert_eq!(outcome(&it, Gate::Policy), Fail);
        assert_eq!(certain(&it), ["no-policy-names-app"]);
        // Not even the user matters then.
        let nobody = Question { user_id: None, ..ask("read-meeting") };
        assert_eq!(outcome(&answer(&nobody, &state), Gate::Policy), Fail);
    }

    #[test]
    fn a_list_without_global_leaves_global_unknown() {
        let state = with(|s| {
            s["policies"]["items"] = json!([{"name": "Other", "app_ids": []}]);
            no_direct(s);
        });
        assert_eq!(policy_of(&state).0, Unknown);
        assert_eq!(policy_of(&state).1, "policies");
        let missing = with(|s| {
            s["policies"]["items"] = json!([{"name": "Other", "app_ids": []}]);
            s["direct"] = json!({"status": "missing"});
        });
        assert_eq!(policy_of(&missing).0, Unknown);
        let direct = with(|s| {
            s["policies"]["items"] = json!([{"name": "Other", "app_ids": []}]);
            s["direct"]["items"][0]["policy"] = json!("Other");
        });
        assert_eq!(policy_of(&direct).0, Fail, "Global is not effective");
    }

    #[test]
    fn every_policy_that_could_be_effective_names_it() {
        let state = with(|s| {
            s["policies"]["items"] =
                json!([{"name": "Global", "app_ids": [APP]}, {"name": "Meetings", "app_ids": [APP, OTHER_APP]}]);
            s["direct"] = json!({"status": "missing"});
            s["groups"] = json!({"status": "missing"});
        });
        assert_eq!(policy_of(&state).0, Pass);
        let one_without = with(|s| {
            s["policies"]["items"][0]["app_ids"] = json!([APP]);
            s["direct"] = json!({"status": "missing"});
        });
        assert_eq!(policy_of(&one_without).0, Unknown, "`Other` may be assigned");
        assert_eq!(policy_of(&one_without).1, "direct");
    }

    #[test]
    fn a_partial_list_may_have_more_policies_but_known_ones_are_known() {
        let partial = |assigned: &str| {
            with(|s| {
                s["policies"]["status"] = json!("partial");
                s["direct"]["items"][0]["policy"] = json!(assigned);
            })
        };
        assert_eq!(policy_of(&partial("Meetings")).0, Pass);
        assert_eq!(policy_of(&partial("Other")).0, Fail);
        let unlisted = policy_of(&partial("Elsewhere"));
        assert_eq!((unlisted.0, unlisted.1.as_str()), (Unknown, "policies"));
    }

    #[test]
    fn an_assignment_of_a_policy_that_does_not_exist_is_void_or_lists_nothing() {
        let dangling = |global: bool| {
            with(|s| {
                s["direct"]["items"][0]["policy"] = json!("Gone");
                if global {
                    s["policies"]["items"][0]["app_ids"] = json!([APP]);
                }
            })
        };
        let it = read_meeting(&dangling(false));
        assert_eq!(outcome(&it, Gate::Policy), Fail, "both readings agree");
        assert!(certain(&it).contains(&"granted-policy-does-not-exist"), "{:?}", causes(&it));
        let it = read_meeting(&dangling(true));
        assert_eq!(outcome(&it, Gate::Policy), Unknown);
        assert_eq!(needs(&it, Gate::Policy), "effective");
        assert_eq!(confidence(&it, "granted-policy-does-not-exist"), Some(Confidence::Likely));
        // Below a group the next level is the next rank.
        let groups = with(|s| {
            no_direct(s);
            s["groups"]["items"] = json!([group(GROUP, "Gone", 1, &[USER]), group(GROUP_2, "Meetings", 2, &[USER])]);
        });
        assert_eq!(policy_of(&groups).0, Unknown);
    }

    #[test]
    fn an_effective_read_decides_the_assignment() {
        let read = |policy: Value, via: Value| {
            with(|s| {
                s["direct"] = json!({"status": "missing"});
                s["groups"] = json!({"status": "missing"});
                s["effective"] =
                    json!({"status": "partial", "items": [{"user_id": USER, "policy": policy, "via": via}]});
            })
        };
        assert_eq!(policy_of(&read(json!("Meetings"), json!("direct"))).0, Pass);
        assert_eq!(policy_of(&read(json!("Other"), json!("group"))).0, Fail);
        assert_eq!(policy_of(&read(json!("Other"), Value::Null)).0, Fail);
        assert_eq!(policy_of(&read(Value::Null, Value::Null)).0, Fail, "Global lists nothing");
        // It decides against what `direct` says.
        let against = with(|s| {
            s["effective"] = json!({"status": "partial", "items": [{"user_id": USER, "policy": null}]});
        });
        assert_eq!(policy_of(&against).0, Fail);
        // A read of somebody else decides nothing.
        let other = with(|s| {
            s["effective"] = json!({"status": "complete", "items": [{"user_id": OTHER_USER, "policy": null}]});
        });
        assert_eq!(policy_of(&other).0, Pass);
        let gone = read(json!("Gone"), json!("direct"));
        assert_eq!(policy_of(&gone).0, Unknown, "void: a group that was not read may come next");
    }

    #[test]
    fn of_two_reads_the_newer_counts_and_without_times_they_must_agree() {
        let reads = |a: Value, b: Value| {
            with(|s| {
                s["effective"] = json!({"status": "partial", "items": [
                    {"user_id": USER, "policy": "Meetings", "read_at": a}, {"user_id": USER, "policy": "Other", "read_at": b}]});
            })
        };
        let (early, late) = (json!("2026-01-31T08:00:00Z"), json!("2026-01-31T09:00:00Z"));
        assert_eq!(policy_of(&reads(early.clone(), late.clone())).0, Fail);
        assert_eq!(policy_of(&reads(late, early)).0, Pass);
        assert_eq!(policy_of(&reads(Value::Null, Value::Null)).0, Unknown);
    }

    #[test]
    fn a_direct_part_that_is_not_complete_knows_its_entries_only() {
        let partial = with(|s| s["direct"]["status"] = json!("partial"));
        assert_eq!(policy_of(&partial).0, Pass);
        let unlisted = with(|s| {
            s["direct"] = json!({"status": "partial", "items": [{"user_id": OTHER_USER, "policy": "Meetings"}]})
        });
        assert_eq!((policy_of(&unlisted).0, policy_of(&unlisted).1.as_str()), (Unknown, "direct"));
        let none = with(|s| s["direct"] = json!({"status": "partial", "items": [{"user_id": USER, "policy": null}]}));
        assert_eq!(policy_of(&none).0, Fail);
        let unsaid = with(|s| s["direct"] = json!({"status": "complete", "items": [{"user_id": USER}]}));
        assert_eq!((policy_of(&unsaid).0, policy_of(&unsaid).1.as_str()), (Unknown, "direct"));
    }

    #[test]
    fn an_unlisted_group_assignment_has_any_rank_that_is_free() {
        let at_rank = |rank: u32, policy: &str| {
            with(|s| {
                no_direct(s);
                s["groups"] = json!({"status": "partial", "items": [group(GROUP, policy, rank, &[USER])]});
            })
        };
        assert_eq!(policy_of(&at_rank(1, "Meetings")).0, Pass, "a listed rank 1 cannot be outranked");
        assert_eq!(policy_of(&at_rank(1, "Other")).0, Fail);
        let outranked = policy_of(&at_rank(2, "Meetings"));
        assert_eq!((outranked.0, outranked.1.as_str()), (Unknown, "group-assignments"));
        let full = with(|s| {
            no_direct(s);
            s["groups"] = json!({"status": "partial", "items": [group(GROUP_2, "Other", 1, &[]), group(GROUP, "Meetings", 2, &[USER])]});
        });
        assert_eq!(policy_of(&full).0, Pass, "ranks 1 and 2 are taken");
        let complete = with(|s| {
            no_direct(s);
            s["groups"]["items"] = json!([group(GROUP, "Meetings", 7, &[USER])]);
        });
        assert_eq!(policy_of(&complete).0, Pass, "a complete list has no others");
        let no_group = with(|s| {
            no_direct(s);
            s["groups"] = json!({"status": "partial", "items": []});
        });
        assert_eq!(policy_of(&no_group).0, Unknown);
    }

    #[test]
    fn members_are_a_part_of_their_own() {
        let members = |members: Value| {
            with(|s| {
                no_direct(s);
                let mut it = group(GROUP, "Meetings", 1, &[]);
                it["members"] = members;
                s["groups"]["items"] = json!([it]);
            })
        };
        assert_eq!(policy_of(&members(json!({"status": "complete", "items": [OTHER_USER]}))).0, Fail);
        assert_eq!(policy_of(&members(json!({"status": "partial", "items": [USER]}))).0, Pass);
        let unlisted = policy_of(&members(json!({"status": "partial", "items": [OTHER_USER]})));
        assert_eq!((unlisted.0, unlisted.1.as_str()), (Unknown, "group-members"));
        assert_eq!(policy_of(&members(Value::Null)).0, Unknown);
        // Where it makes no difference, it is not asked.
        let same = with(|s| {
            no_direct(s);
            s["policies"]["items"][0]["app_ids"] = json!([APP]);
            s["groups"]["items"] = json!([{"group_id": GROUP, "policy": "Meetings", "rank": 1}]);
        });
        assert_eq!(policy_of(&same).0, Pass);
    }

    #[test]
    fn a_group_of_unknown_rank_may_stand_anywhere_that_is_free() {
        let state = |first_rank: u32, listed: &str, unranked: &str| {
            with(|s| {
                no_direct(s);
                let mut second = group(GROUP_2, unranked, 1, &[USER]);
                second["rank"] = Value::Null;
                s["groups"]["items"] = json!([group(GROUP, listed, first_rank, &[USER]), second]);
            })
        };
        assert_eq!(policy_of(&state(1, "Meetings", "Other")).0, Pass, "rank 1 is taken");
        assert_eq!(policy_of(&state(2, "Meetings", "Other")).0, Unknown);
        assert_eq!(policy_of(&state(2, "Meetings", "Meetings")).0, Pass);
        let alone = with(|s| {
            no_direct(s);
            s["policies"]["items"][0]["app_ids"] = json!([APP]);
            let mut only = group(GROUP, "Other", 1, &[USER]);
            only["rank"] = Value::Null;
            s["groups"]["items"] = json!([only]);
        });
        assert_eq!(policy_of(&alone).0, Fail, "whatever its rank, it comes before Global");
        let unsaid = with(|s| {
            no_direct(s);
            s["groups"]["items"] =
                json!([{"group_id": GROUP, "rank": 1, "members": {"status": "complete", "items": [USER]}}]);
        });
        assert_eq!(policy_of(&unsaid).0, Unknown, "which policy it is was not read");
    }

    #[test]
    fn several_gaps_take_the_one_read_of_the_effective_policy() {
        let state = with(|s| {
            s["direct"] = json!({"status": "missing"});
            s["groups"] = json!({"status": "missing"});
        });
        assert_eq!(policy_of(&state).1, "effective");
        let it = answer(&Question { app_id: None, ..ask("read-meeting") }, &healthy());
        assert_eq!((outcome(&it, Gate::Policy), needs(&it, Gate::Policy)), (Unknown, "token"));
        let it = answer(&Question { user_id: None, ..ask("read-meeting") }, &healthy());
        assert_eq!((outcome(&it, Gate::Policy), needs(&it, Gate::Policy)), (Unknown, "request"));
        let it = answer(&Question { user_id: None, ..ask("read-webinar") }, &healthy());
        assert_eq!(needs(&it, Gate::Policy), "event-creator");
    }

    #[test]
    fn what_the_documents_say_of_an_operation_decides_whether_it_is_asked() {
        let listed = healthy();
        let not_listed = with(|s| s["direct"]["items"][0]["policy"] = json!("Other"));
        let unread = with(|s| s["direct"] = json!({"status": "missing"}));
        let cases: [(&str, &str, Outcome, Outcome, Outcome); 8] = [
            ("GET", "/users/u/onlineMeetings/m", Pass, Fail, Unknown),
            ("GET", "/users/u/onlineMeetings/m/getVirtualAppointmentJoinWebUrl", Pass, Fail, Unknown),
            ("GET", "/users/u/onlineMeetings/getAllTranscripts", Pass, Unknown, Unknown),
            ("POST", "/solutions/virtualEvents/webinars/w/registrations", Pass, Unknown, Unknown),
            ("GET", "/users/u/communications/callSettings/delegates", Pass, Unknown, Unknown),
            ("GET", "/solutions/virtualEvents/webinars", Pass, Pass, Pass),
            ("GET", "/communications/callRecords/c", Skipped, Skipped, Skipped),
            ("GET", "/communications/onlineMeetings", Skipped, Skipped, Skipped),
        ];
        for (method, path, a, b, c) in cases {
            let question = Question {
                operation: Some(operation_for(method, path).unwrap_or_else(|| panic!("{path}"))),
                ..ask("read-meeting")
            };
            for (state, expected) in [(&listed, a), (&not_listed, b), (&unread, c)] {
                let it = answer(&question, state);
                assert_eq!(outcome(&it, Gate::Policy), expected, "{method} {path}");
                if expected == Skipped {
                    assert!(is_ruled_out(&it, "policy-not-granted"));
                    assert!(it.findings.iter().all(|it| it.gate != Gate::Policy));
                } else if expected != Fail {
                    let sure =
                        it.findings.iter().filter(|it| it.gate == Gate::Policy && it.confidence == Confidence::Certain);
                    assert!(
                        sure.into_iter().all(|it| it.cause == "events-hidden-by-policy"),
                        "{path} {:?}",
                        causes(&it)
                    );
                }
            }
        }
    }

    #[test]
    fn an_unknown_operation_never_denies_by_policy() {
        let state = with(|s| s["direct"]["items"][0]["policy"] = json!("Other"));
        let it = answer(&Question { operation: None, ..ask("read-meeting") }, &state);
        assert_eq!((outcome(&it, Gate::Policy), needs(&it, Gate::Policy)), (Unknown, "request"));
        assert!(certain(&it).is_empty());
    }

    #[test]
    fn a_list_of_events_is_narrowed_and_never_denied() {
        let it = answer(&ask("list-webinars"), &with(|s| s["direct"]["items"][0]["policy"] = json!("Other")));
        assert_eq!(it.verdict, Verdict::Allowed);
        assert_eq!(certain(&it), ["events-hidden-by-policy"]);
        let nobody = Question { user_id: None, ..ask("list-webinars") };
        let it = answer(&nobody, &healthy());
        assert_eq!((it.verdict, outcome(&it, Gate::User)), (Verdict::Allowed, Skipped));
        assert_eq!(confidence(&it, "events-hidden-by-policy"), Some(Confidence::Possible));
        assert!(causes(&answer(&ask("list-webinars"), &healthy())).is_empty());
    }

    #[test]
    fn the_creator_of_a_known_event_is_asked() {
        let state = with(|s| s["events"] = json!({"items": [{"id": "event-1", "created_by": USER}]}));
        let meeting = MeetingRef { text: "event-1".into(), form: MeetingIdForm::Other, organizer: None, tenant: None };
        let it = answer(&Question { user_id: None, meeting: Some(meeting), ..ask("read-webinar") }, &state);
        assert_eq!((it.user_id, it.verdict), (Some(id(USER)), Verdict::Allowed));
    }
}

mod policy_causes {
    use super::*;

    #[test]
    fn they_are_told_apart_in_order() {
        let it = read_meeting(&with(|s| {
            s["policies"]["items"][1]["app_ids"] = json!([PRINCIPAL]);
        }));
        assert_eq!(certain(&it), ["object-id-in-app-ids"]);
        assert!(is_ruled_out(&it, "no-policy-names-app") && is_ruled_out(&it, "policy-shadowed"));
        let it = read_meeting(&with(|s| {
            s["policies"]["items"][1]["app_ids"] = json!([OBJECT]);
        }));
        assert_eq!(certain(&it), ["object-id-in-app-ids"]);
        let twin = |s: &mut Value| {
            s["apps"]["items"].as_array_mut().unwrap().push(json!({"app_id": OTHER_APP, "name": "READER "}));
            s["policies"]["items"][1]["app_ids"] = json!([OTHER_APP]);
        };
        let it = read_meeting(&with(twin));
        assert_eq!(certain(&it), ["another-registration-listed"]);
        let it = read_meeting(&with(|s| s["policies"]["items"][1]["app_ids"] = json!([OTHER_APP])));
        assert_eq!(certain(&it), ["no-policy-names-app"]);
        let it = read_meeting(&with(|s| {
            s["policies"]["items"][0]["app_ids"] = json!([APP]);
            s["direct"]["items"][0]["policy"] = json!("Other");
        }));
        assert_eq!(certain(&it), ["policy-shadowed"]);
        let it = read_meeting(&with(no_direct));
        assert_eq!(certain(&it), ["policy-not-granted"]);
        assert!(is_ruled_out(&it, "no-policy-names-app") && is_ruled_out(&it, "policy-shadowed"));
    }

    #[test]
    fn a_lower_group_is_shadowed_by_a_higher_one() {
        let it = read_meeting(&with(|s| {
            no_direct(s);
            s["groups"]["items"] = json!([group(GROUP, "Other", 1, &[USER]), group(GROUP_2, "Meetings", 2, &[USER])]);
        }));
        assert_eq!(certain(&it), ["policy-shadowed"]);
        let it = read_meeting(&with(|s| {
            no_direct(s);
            s["groups"]["items"] =
                json!([group(GROUP, "Other", 1, &[USER]), group(GROUP_2, "Meetings", 2, &[OTHER_USER])]);
        }));
        assert_eq!(certain(&it), ["policy-not-granted"]);
    }

    #[test]
    fn a_level_that_was_not_read_leaves_shadowing_open() {
        let it = read_meeting(&with(|s| {
            s["direct"]["items"][0]["policy"] = json!("Other");
            s["groups"] = json!({"status": "missing"});
        }));
        assert_eq!(outcome(&it, Gate::Policy), Fail);
        assert!(certain(&it).is_empty());
        assert_eq!(confidence(&it, "policy-not-granted"), Some(Confidence::Likely));
        assert_eq!(confidence(&it, "policy-shadowed"), Some(Confidence::Possible));
        assert_eq!(undecided(&it, "policy-shadowed"), Some("group-assignments"));
        let it = read_meeting(&with(|s| {
            s["direct"]["items"][0]["policy"] = json!("Other");
            s["groups"]["items"] = json!([{"group_id": GROUP, "policy": "Meetings", "rank": 1}]);
        }));
        assert_eq!(undecided(&it, "policy-not-granted"), Some("group-members"));
    }

    #[test]
    fn policies_that_were_not_read_leave_the_cause_open() {
        let it = read_meeting(&with(|s| {
            s["policies"] = json!({"status": "partial", "items": [{"name": "Other", "app_ids": []}]});
            s["direct"]["items"][0]["policy"] = json!("Other");
        }));
        assert_eq!(outcome(&it, Gate::Policy), Fail);
        assert!(certain(&it).is_empty());
        for cause in ["no-policy-names-app", "policy-not-granted"] {
            assert_eq!(confidence(&it, cause), Some(Confidence::Possible));
            assert_eq!(undecided(&it, cause), Some("policies"));
        }
    }

    #[test]
    fn another_registration_elsewhere_explains_nothing_when_this_one_is_listed() {
        let it = read_meeting(&with(|s| {
            no_direct(s);
            s["apps"]["items"].as_array_mut().unwrap().push(json!({"app_id": OTHER_APP, "name": "Reader"}));
            s["policies"]["items"][2]["app_ids"] = json!([OTHER_APP]);
        }));
        assert_eq!(certain(&it), ["policy-not-granted"]);
        assert_eq!(confidence(&it, "another-registration-listed"), Some(Confidence::Possible));
    }

    #[test]
    fn a_member_of_a_nested_group_is_told() {
        let it = read_meeting(&with(|s| {
            no_direct(s);
            let mut outer = group(GROUP, "Meetings", 1, &[]);
            outer["nested"] = json!([GROUP_2]);
            s["groups"]["items"] = json!([outer, group(GROUP_2, "Other", 2, &[USER])]);
        }));
        assert_eq!(certain(&it), ["policy-not-granted", "user-only-in-nested-group"]);
    }

    #[test]
    fn the_policy_reaches_the_organizer_instead() {
        let state = with(|s| s["direct"]["items"] = json!([{"user_id": OTHER_USER, "policy": "Meetings"}]));
        let question = Question { meeting: Some(meeting_of(OTHER_USER)), ..ask("read-meeting") };
        let it = answer(&question, &state);
        assert_eq!(confidence(&it, "policy-granted-to-another-user"), Some(Confidence::Likely));
        assert_eq!(confidence(&it, "caller-not-organizer"), Some(Confidence::Likely));
        assert_eq!(confidence(&read_meeting(&state), "policy-granted-to-another-user"), None, "no evidence of anybody");
    }

    #[test]
    fn a_passing_gate_rules_every_policy_cause_out() {
        let it = read_meeting(&healthy());
        for cause in ["no-policy-names-app", "object-id-in-app-ids", "policy-shadowed", "exchange-policy-instead"] {
            assert!(is_ruled_out(&it, cause), "{cause}");
        }
        assert!(it.ruled_out.iter().all(|it| !it.reason.is_empty()));
    }
}

mod permission {
    use super::*;

    fn roles(roles: Value) -> Judgement {
        read_meeting(&with(|s| s["apps"]["items"][0]["roles"] = roles))
    }

    #[test]
    fn role_and_resource_must_fit() {
        for (grants, expected) in [
            (json!([{"id": READ_ALL}]), Pass),
            (json!([{"value": "onlinemeetings.read.all"}]), Pass),
            (json!([{"value": "OnlineMeetings.ReadWrite.All"}]), Pass),
            (json!([{"id": READ_ALL, "value": "OnlineMeetings.Read.All", "resource": GRAPH}]), Pass),
            (json!([{"id": READ_ALL, "value": "OnlineMeetings.Read.All", "resource": OTHER_APP}]), Fail),
            (json!([{"value": "OnlineMeetings.Read.All", "resource": OTHER_APP}]), Fail),
            (json!([{"id": OTHER_APP, "value": "OnlineMeetings.Read.All"}]), Fail),
            (json!([{"value": "User.Read.All"}]), Fail),
            (json!([]), Fail),
            (json!([{}]), Unknown),
            (Value::Null, Unknown),
        ] {
            let it = roles(grants.clone());
            assert_eq!(outcome(&it, Gate::Permission), expected, "{grants}");
            if expected == Fail {
                assert_eq!(certain(&it), ["permission-not-granted"], "{grants}");
            }
            if expected == Unknown {
                assert_eq!(needs(&it, Gate::Permission), "app-roles");
            }
        }
    }

    #[test]
    fn a_scope_of_the_same_name_is_no_role() {
        let it = answer(
            &ask("read-transcript"),
            &with(|s| {
                s["apps"]["items"][0]["roles"] =
                    json!([{"id": TRANSCRIPT_SCOPE, "value": "OnlineMeetingTranscript.Read.All"}])
            }),
        );
        assert_eq!(outcome(&it, Gate::Permission), Fail);
    }

    #[test]
    fn an_app_that_is_not_listed() {
        let it = read_meeting(&with(|s| s["apps"]["items"] = json!([])));
        assert_eq!((outcome(&it, Gate::Permission), certain(&it)), (Fail, vec!["app-unknown-in-tenant"]));
        let it = read_meeting(&with(|s| s["apps"] = json!({"status": "partial", "items": []})));
        assert_eq!((outcome(&it, Gate::Permission), needs(&it, Gate::Permission)), (Unknown, "app-roles"));
        assert_eq!(undecided(&it, "app-unknown-in-tenant"), Some("app-roles"));
    }

    #[test]
    fn what_is_held_tells_the_cause() {
        let create = |app: Value| {
            answer(
                &ask("create-meeting"),
                &with(|s| {
                    for (key, value) in app.as_object().unwrap() {
                        s["apps"]["items"][0][key] = value.clone();
                    }
                }),
            )
        };
        assert_eq!(certain(&create(json!({}))), ["permission-too-narrow"]);
        assert_eq!(certain(&create(json!({"roles": []}))), ["permission-not-granted"]);
        let delegated =
            create(json!({"roles": [], "delegated": [{"scope": "OnlineMeetings.ReadWrite", "consent": "tenant"}]}));
        assert_eq!(certain(&delegated), ["permission-granted-as-delegated"]);
        let unread = create(json!({"roles": [], "delegated": null}));
        assert_eq!(certain(&unread), ["permission-not-granted"]);
        assert_eq!(undecided(&unread, "permission-granted-as-delegated"), Some("delegated-grants"));
        let calls = answer(&ask("place-call"), &healthy());
        assert_eq!((outcome(&calls, Gate::User), certain(&calls)), (Skipped, vec!["calls-permission-missing"]));
    }

    #[test]
    fn an_operation_without_application_permissions() {
        let operation = operation_for("PATCH", "/solutions/virtualEvents/townhalls/t");
        let it = answer(&Question { operation, ..ask("read-meeting") }, &healthy());
        assert_eq!((outcome(&it, Gate::Permission), certain(&it)), (Fail, vec!["application-access-unsupported"]));
        assert_eq!(outcome(&it, Gate::Policy), Skipped);
        // Nothing about the app needs to be known.
        let it = answer(&Question { operation, ..ask("read-meeting") }, &with(|s| s["apps"] = Value::Null));
        assert_eq!(outcome(&it, Gate::Permission), Fail);
    }

    #[test]
    fn where_only_a_consent_in_a_chat_is_accepted_no_role_helps() {
        let operation = operation_for("GET", "/solutions/virtualEvents/webinars/w/registrations/r/sessions");
        let it = answer(&Question { operation, ..ask("read-meeting") }, &with(|s| s["apps"] = Value::Null));
        assert_eq!(outcome(&it, Gate::Permission), Fail);
        assert!(it.scope.unwrap().contains("VirtualEvent.Read.Chat"));
    }

    #[test]
    fn a_disabled_service_principal_is_told_and_fails_nothing() {
        let it = read_meeting(&with(|s| s["apps"]["items"][0]["enabled"] = json!(false)));
        assert_eq!(it.verdict, Verdict::Allowed);
        assert_eq!(confidence(&it, "service-principal-disabled"), Some(Confidence::Likely));
    }

    #[test]
    fn a_permission_that_the_policy_does_not_govern_is_a_note() {
        let it = answer(
            &ask("read-call-record"),
            &with(|s| s["apps"]["items"][0]["roles"] = json!([{"value": "CallRecords.Read.All"}])),
        );
        assert_eq!(it.verdict, Verdict::Allowed);
        assert_eq!(causes(&it), ["permission-not-governed"]);
        assert_eq!(it.findings[0].severity, Severity::Info);
    }

    #[test]
    fn with_a_token_its_roles_decide() {
        let it = answer(
            &with_token("read-meeting", token(&["OnlineMeetings.Read.All"])),
            &with(|s| s["apps"] = Value::Null),
        );
        assert_eq!((outcome(&it, Gate::Token), outcome(&it, Gate::Permission)), (Pass, Pass));
        let it = answer(&with_token("read-meeting", token(&[])), &with(|s| s["apps"] = Value::Null));
        assert_eq!(outcome(&it, Gate::Permission), Fail);
        assert!(certain(&it).is_empty(), "the token may be older than the grant");
        assert_eq!(confidence(&it, "permission-not-granted"), Some(Confidence::Likely));
        let it = answer(&with_token("read-meeting", token(&[])), &with(|s| s["apps"]["items"][0]["roles"] = json!([])));
        assert_eq!(certain(&it), ["permission-not-granted"]);
        let none = Token { roles: None, ..token(&[]) };
        assert_eq!(outcome(&answer(&with_token("read-meeting", none), &healthy()), Gate::Permission), Fail);
    }

    #[test]
    fn a_grant_after_the_token_was_issued() {
        let at = |from: Value, to: &str| {
            let change = json!({"part": "apps", "key": APP, "change": "added", "value": "OnlineMeetings.Read.All", "not_before": from, "not_after": to});
            answer(&with_token("read-meeting", token(&[])), &with(|s| s["history"] = json!([change])))
        };
        // Issued at 09:50.
        let it = at(json!("2026-01-31T09:52:00Z"), "2026-01-31T09:55:00Z");
        assert_eq!(certain(&it), ["token-older-than-grant"]);
        assert!(confidence(&it, "permission-not-granted").is_none());
        let it = at(json!("2026-01-31T09:40:00Z"), "2026-01-31T09:55:00Z");
        assert_eq!(confidence(&it, "token-older-than-grant"), Some(Confidence::Likely));
        let it = at(Value::Null, "2026-01-31T09:40:00Z");
        assert_eq!(confidence(&it, "token-older-than-grant"), Some(Confidence::Possible));
    }
}

mod token_gate {
    use super::*;

    #[test]
    fn audience() {
        for (audience, expected) in [
            ("https://graph.microsoft.com", Pass),
            ("https://graph.microsoft.com/", Pass),
            (GRAPH, Pass),
            ("https://graph.microsoft.us", Fail),
            ("https://outlook.office.com", Fail),
            ("graph.microsoft.com", Fail),
        ] {
            let token = Token { audience: Some(audience.into()), ..token(&["OnlineMeetings.Read.All"]) };
            let it = answer(&with_token("read-meeting", token.clone()), &healthy());
            assert_eq!(outcome(&it, Gate::Token), expected, "{audience}");
            assert_eq!(certain(&it), if expected == Fail { vec!["token-for-another-audience"] } else { vec![] });
            let us = answer(&with_token("read-meeting", token), &with(|s| s["cloud"] = json!("usgov-l4")));
            assert_eq!(outcome(&us, Gate::Token) == Pass, audience.contains(".us") || audience == GRAPH, "{audience}");
        }
    }

    #[test]
    fn tenant() {
        let other = Token { tenant: Some(id(OTHER_USER)), ..token(&["OnlineMeetings.Read.All"]) };
        let it = answer(&with_token("read-meeting", other.clone()), &healthy());
        assert_eq!(certain(&it), ["token-from-another-tenant"]);
        assert_eq!(it.verdict, Verdict::Denied);
        let it = answer(&with_token("read-meeting", other), &with(|s| s["tenant_id"] = Value::Null));
        assert_eq!(outcome(&it, Gate::Token), Pass);
    }

    #[test]
    fn expiry() {
        let expired = |seconds: i64, at: Option<Moment>| {
            let token = Token { expires_at: Some(seconds), ..token(&["OnlineMeetings.Read.All"]) };
            answer(&Question { at, ..with_token("read-meeting", token) }, &healthy())
        };
        let now = Some(Moment { earliest: NOW, latest: NOW });
        assert_eq!(outcome(&expired(NOW + 1, now), Gate::Token), Pass);
        assert_eq!(certain(&expired(NOW, now)), ["token-expired"]);
        assert!(is_ruled_out(&expired(NOW + 1, now), "token-expired"));
        let wide = Some(Moment { earliest: NOW - 100, latest: NOW + 100 });
        assert_eq!(outcome(&expired(NOW, wide), Gate::Token), Unknown);
        assert_eq!(outcome(&expired(NOW - 100, wide), Gate::Token), Fail);
        assert_eq!(outcome(&expired(NOW + 101, wide), Gate::Token), Pass);
        assert_eq!(outcome(&expired(NOW, None), Gate::Token), Unknown);
        let without = Token { expires_at: None, ..token(&["OnlineMeetings.Read.All"]) };
        assert_eq!(outcome(&answer(&with_token("read-meeting", without), &healthy()), Gate::Token), Pass);
    }

    #[test]
    fn what_is_no_token_is_unknown_and_the_tenant_decides_the_permission() {
        let it = answer(&with_token("read-meeting", Token::default()), &healthy());
        assert_eq!((outcome(&it, Gate::Token), outcome(&it, Gate::Permission)), (Unknown, Pass));
    }

    #[test]
    fn the_app_of_the_token_is_asked_where_the_question_names_none() {
        let question = Question { app_id: None, ..with_token("read-meeting", token(&["OnlineMeetings.Read.All"])) };
        let it = answer(&question, &healthy());
        assert_eq!((it.app_id, it.verdict), (Some(id(APP)), Verdict::Allowed));
    }
}

mod delegated {
    use super::*;

    fn scopes(scopes: &[&str]) -> Token {
        Token { roles: None, scopes: Some(scopes.iter().map(|it| (*it).to_owned()).collect()), ..token(&[]) }
    }

    #[test]
    fn policy_and_time_are_skipped_and_policy_causes_ruled_out() {
        let state = with(|s| s["direct"]["items"][0]["policy"] = json!("Other"));
        let it = answer(&with_token("read-meeting", scopes(&["OnlineMeetings.Read"])), &state);
        assert!(it.delegated);
        assert_eq!((outcome(&it, Gate::Policy), outcome(&it, Gate::Time)), (Skipped, Skipped));
        assert_eq!((outcome(&it, Gate::Permission), it.verdict), (Pass, Verdict::Allowed));
        assert!(is_ruled_out(&it, "policy-not-granted") && is_ruled_out(&it, "policy-still-propagating"));
        assert_eq!(causes(&it), ["delegated-token"]);
        assert_eq!(it.findings[0].severity, Severity::Info);
    }

    #[test]
    fn scopes_decide_the_permission() {
        let it = answer(&with_token("read-meeting", scopes(&["User.Read"])), &healthy());
        assert_eq!(outcome(&it, Gate::Permission), Fail);
        assert!(certain(&it).contains(&"permission-granted-as-application"), "{:?}", causes(&it));
        let it = answer(
            &with_token("read-meeting", scopes(&["User.Read"])),
            &with(|s| s["apps"]["items"][0]["roles"] = json!([])),
        );
        assert_eq!(confidence(&it, "permission-not-granted"), Some(Confidence::Likely));
        let it = answer(&Question { delegated: true, ..ask("read-meeting") }, &healthy());
        assert_eq!((outcome(&it, Gate::Permission), needs(&it, Gate::Permission)), (Unknown, "token"));
    }

    #[test]
    fn me_is_delegated_and_means_the_user_of_the_token() {
        let operation = operation_for("GET", "/me/onlineMeetings/m");
        assert!(operation.is_some());
        let token = Token { object_id: Some(id(USER)), ..scopes(&["OnlineMeetings.Read"]) };
        let it = answer(&Question { operation, user_id: None, ..with_token("read-meeting", token) }, &healthy());
        assert_eq!((it.user_id, outcome(&it, Gate::Policy), it.verdict), (Some(id(USER)), Skipped, Verdict::Allowed));
    }

    #[test]
    fn an_operation_for_apps_only() {
        let it = answer(&with_token("list-transcripts", scopes(&["OnlineMeetingTranscript.Read.All"])), &healthy());
        assert_eq!((outcome(&it, Gate::Permission), certain(&it)), (Fail, vec!["delegated-token"]));
    }
}

mod user {
    use super::*;

    #[test]
    fn listed_or_not() {
        let it = read_meeting(&with(|s| s["users"]["items"] = json!([])));
        assert_eq!((outcome(&it, Gate::User), certain(&it)), (Fail, vec!["user-unknown"]));
        let it = read_meeting(&with(|s| s["users"] = json!({"status": "partial", "items": []})));
        assert_eq!((outcome(&it, Gate::User), needs(&it, Gate::User)), (Unknown, "user-license"));
        assert!(it.findings.is_empty());
        assert_eq!(undecided(&it, "user-unknown"), Some("user-license"));
    }

    #[test]
    fn without_teams_it_is_unknown() {
        for (teams, expected) in [
            (json!("disabled"), Confidence::Likely),
            (json!("absent"), Confidence::Likely),
            (Value::Null, Confidence::Possible),
        ] {
            let it = read_meeting(&with(|s| s["users"]["items"][0]["teams"] = teams.clone()));
            assert_eq!((outcome(&it, Gate::User), it.verdict), (Unknown, Verdict::Unknown), "{teams}");
            assert_eq!(confidence(&it, "user-without-teams"), Some(expected));
        }
    }

    #[test]
    fn guests_and_disabled_accounts_are_told_only() {
        let it = read_meeting(&with(|s| {
            s["users"]["items"][0]["type"] = json!("guest");
            s["users"]["items"][0]["enabled"] = json!(false);
        }));
        assert_eq!(it.verdict, Verdict::Allowed);
        assert_eq!(causes(&it), ["user-disabled", "user-is-guest"]);
        assert!(it.findings.iter().all(|it| it.confidence == Confidence::Possible));
    }

    #[test]
    fn presence_concerns_the_user_and_call_records_concern_nobody() {
        let presence = Question { operation: operation_for("GET", "/users/u/presence"), ..ask("read-meeting") };
        assert_eq!(outcome(&answer(&presence, &healthy()), Gate::User), Pass);
        assert_eq!(outcome(&answer(&ask("read-call-record"), &healthy()), Gate::User), Skipped);
    }
}

mod time {
    use super::*;

    fn changed(part: &str, key: &str, value: Value, from: Value, to: Value) -> Value {
        with(|s| {
            s["history"] = json!([{"part": part, "key": key, "change": "changed", "value": value, "not_before": from, "not_after": to}]);
        })
    }

    fn at(seconds: i64) -> Question {
        Question { at: Some(Moment { earliest: seconds, latest: seconds }), ..ask("read-meeting") }
    }

    #[test]
    fn an_age_equal_to_the_window_is_outside() {
        // Between 09:20 and 09:30; 30 minutes later it is 10:00.
        let state =
            changed("direct", USER, json!("Meetings"), json!("2026-01-31T09:20:00Z"), json!("2026-01-31T09:30:00Z"));
        let it = answer(&at(NOW), &state);
        assert_eq!((outcome(&it, Gate::Time), it.verdict), (Pass, Verdict::Allowed));
        let it = answer(&at(NOW - 1), &state);
        assert_eq!((outcome(&it, Gate::Time), it.verdict), (Unknown, Verdict::Unknown));
        assert_eq!(gate(&it, Gate::Time).until.as_deref(), Some("2026-01-31T10:00:00Z"));
        assert_eq!(confidence(&it, "policy-still-propagating"), Some(Confidence::Possible), "may be older");
        let it = answer(&at(NOW - 601), &state);
        assert_eq!(confidence(&it, "policy-still-propagating"), Some(Confidence::Likely), "is younger");
    }

    #[test]
    fn the_clock_of_an_incident_may_be_wide_or_unknown() {
        let state = changed("direct", USER, Value::Null, json!("2026-01-31T09:20:00Z"), json!("2026-01-31T09:30:00Z"));
        let wide = Question { at: Some(Moment { earliest: NOW - 1, latest: NOW + 9999 }), ..ask("read-meeting") };
        assert_eq!(outcome(&answer(&wide, &state), Gate::Time), Unknown);
        let none = Question { at: None, ..ask("read-meeting") };
        assert_eq!(outcome(&answer(&none, &state), Gate::Time), Unknown);
        assert_eq!(outcome(&answer(&none, &healthy()), Gate::Time), Pass, "no change, no clock needed");
    }

    #[test]
    fn what_was_seen_for_the_first_time_is_no_change() {
        let state = changed("direct", USER, Value::Null, Value::Null, json!("2026-01-31T09:59:00Z"));
        assert_eq!(outcome(&answer(&at(NOW), &state), Gate::Time), Pass);
        let open = changed("direct", USER, Value::Null, json!("2026-01-31T09:50:00Z"), Value::Null);
        assert_eq!(outcome(&answer(&at(NOW), &open), Gate::Time), Unknown);
    }

    #[test]
    fn only_changes_that_the_passing_gates_rest_on_count() {
        let recent = |part: &str, key: &str, value: Value| {
            changed(part, key, value, json!("2026-01-31T09:50:00Z"), json!("2026-01-31T09:55:00Z"))
        };
        for (part, key, value, expected) in [
            ("policies", "Meetings", Value::Null, Unknown),
            ("policies", "Tag:MEETINGS", json!(APP), Unknown),
            ("policies", "Meetings", json!(OTHER_APP), Pass),
            ("policies", "Other", Value::Null, Pass),
            ("direct", OTHER_USER, Value::Null, Pass),
            ("users", USER, json!("teams"), Unknown),
            ("users", OTHER_USER, json!("teams"), Pass),
            ("apps", APP, json!("OnlineMeetings.Read.All"), Pass),
            ("settings", "graph_transcript_access", Value::Null, Pass),
        ] {
            let it = answer(&at(NOW), &recent(part, key, value.clone()));
            assert_eq!(outcome(&it, Gate::Time), expected, "{part} {key} {value}");
        }
        let mut failing = recent("direct", USER, Value::Null);
        failing["direct"]["items"][0]["policy"] = json!("Other");
        assert_eq!(outcome(&answer(&at(NOW), &failing), Gate::Time), Pass, "the policy gate does not pass");
    }

    #[test]
    fn a_group_takes_a_day_or_more_and_a_licence_an_hour() {
        let group_state = |from: &str, to: &str| {
            let mut state = changed("groups", GROUP, json!("Meetings"), json!(from), json!(to));
            no_direct(&mut state);
            state["groups"]["items"] = json!([group(GROUP, "Meetings", 1, &[USER])]);
            state
        };
        let it = answer(&at(NOW), &group_state("2026-01-30T10:00:00Z", "2026-01-30T10:00:01Z"));
        assert_eq!(outcome(&it, Gate::Time), Unknown);
        assert_eq!(causes(&it), ["group-assignment-still-propagating"]);
        let it = answer(&at(NOW), &group_state("2026-01-30T09:00:00Z", "2026-01-30T10:00:00Z"));
        assert_eq!(outcome(&it, Gate::Time), Pass);
        assert!(gate(&it, Gate::Time).note.contains("24 hours or more"));
        let licence = |to: &str| changed("users", USER, json!("teams"), json!("2026-01-31T08:30:00Z"), json!(to));
        assert_eq!(outcome(&answer(&at(NOW), &licence("2026-01-31T09:00:00Z")), Gate::Time), Pass);
        let it = answer(&at(NOW), &licence("2026-01-31T09:00:01Z"));
        assert_eq!(causes(&it), ["license-still-propagating"]);
    }

    #[test]
    fn consent_has_no_documented_time_and_passes_with_that_note() {
        let state = changed(
            "apps",
            APP,
            json!("OnlineMeetings.Read.All"),
            json!("2026-01-31T09:58:00Z"),
            json!("2026-01-31T09:59:00Z"),
        );
        let it = answer(&at(NOW), &state);
        assert_eq!(outcome(&it, Gate::Time), Pass);
        assert!(gate(&it, Gate::Time).note.contains("no documented time"));
    }
}

mod tenant_and_meeting {
    use super::*;

    #[test]
    fn the_switch_is_asked_for_transcripts_only() {
        let off = with(|s| s["settings"]["graph_transcript_access"] = json!(false));
        let it = answer(&ask("read-transcript"), &off);
        assert_eq!((outcome(&it, Gate::Tenant), certain(&it)), (Fail, vec!["transcript-access-disabled"]));
        assert_eq!(outcome(&read_meeting(&off), Gate::Tenant), Skipped);
        let it = answer(&ask("read-transcript"), &with(|s| s["settings"] = Value::Null));
        assert_eq!((outcome(&it, Gate::Tenant), needs(&it, Gate::Tenant)), (Unknown, "transcript-switch"));
        assert_eq!(answer(&ask("read-transcript"), &healthy()).verdict, Verdict::Allowed);
    }

    #[test]
    fn speakers_are_told_where_content_is_read() {
        let state = with(|s| s["settings"]["attributed_transcripts"] = json!(false));
        let it = answer(&ask("read-transcript-content"), &state);
        assert_eq!(
            (it.verdict, confidence(&it, "speaker-attribution-disabled")),
            (Verdict::Allowed, Some(Confidence::Possible))
        );
        assert!(causes(&answer(&ask("read-transcript"), &state)).is_empty());
    }

    #[test]
    fn the_decoded_organizer_is_a_hint() {
        let named = |meeting| answer(&Question { meeting: Some(meeting), ..ask("read-meeting") }, &healthy());
        assert_eq!(outcome(&named(meeting_of(USER)), Gate::Meeting), Pass);
        let it = named(meeting_of(OTHER_USER));
        assert_eq!((outcome(&it, Gate::Meeting), it.verdict), (Unknown, Verdict::Unknown));
        assert_eq!(confidence(&it, "caller-not-organizer"), Some(Confidence::Likely));
        let it = named(MeetingRef { organizer: None, ..meeting_of(USER) });
        assert_eq!((outcome(&it, Gate::Meeting), needs(&it, Gate::Meeting)), (Unknown, "meeting"));
        let it = named(MeetingRef { tenant: Some(id(OTHER_USER)), ..meeting_of(USER) });
        assert_eq!(confidence(&it, "meeting-in-another-tenant"), Some(Confidence::Likely));
    }
}

mod consent_in_a_chat {
    use super::*;

    fn no_role_no_policy(s: &mut Value) {
        s["apps"]["items"][0]["roles"] = json!([]);
        no_direct(s);
    }

    #[test]
    fn without_a_meeting_the_verdict_stays_with_a_note() {
        let it = answer(&ask("read-transcript"), &with(no_role_no_policy));
        assert_eq!(it.verdict, Verdict::Denied);
        let scope = it.scope.unwrap();
        assert!(scope.starts_with("except in meetings whose chat granted"), "{scope}");
        assert!(scope.contains("OnlineMeetingTranscript.Read.Chat"));
        assert_eq!(read_meeting(&with(no_role_no_policy)).scope, None, "no such alternative");
    }

    #[test]
    fn with_a_meeting_it_is_unknown_until_the_chat_is_read() {
        let question = Question { meeting: Some(meeting_of(USER)), ..ask("read-transcript") };
        let it = answer(&question, &with(no_role_no_policy));
        assert_eq!(it.verdict, Verdict::Unknown);
        for which in [Gate::Permission, Gate::Policy] {
            assert_eq!((outcome(&it, which), needs(&it, which)), (Unknown, "rsc"));
        }
        assert!(certain(&it).is_empty());
        assert_eq!(it.scope, None);
        let meeting = Question { meeting: Some(meeting_of(USER)), ..ask("read-meeting") };
        assert_eq!(answer(&meeting, &with(no_role_no_policy)).verdict, Verdict::Denied, "no such alternative");
    }

    #[test]
    fn a_consent_that_was_read_decides() {
        let question = Question { meeting: Some(meeting_of(USER)), ..ask("read-transcript") };
        let rsc = |items: Value| {
            with(|s| {
                no_role_no_policy(s);
                s["rsc"] = json!({"items": items});
            })
        };
        let grant =
            |chat: &str, app: &str, permission: &str| json!({"chat_id": chat, "app_id": app, "permission": permission});
        let chat = "19:meeting_abc@thread.v2";
        let it = answer(&question, &rsc(json!([grant(chat, APP, "OnlineMeetingTranscript.Read.Chat")])));
        assert_eq!(it.verdict, Verdict::Allowed);
        assert!(it.findings.is_empty() && is_ruled_out(&it, "policy-not-granted"));
        for items in [
            json!([]),
            json!([grant(chat, OTHER_APP, "OnlineMeetingTranscript.Read.Chat")]),
            json!([grant(chat, APP, "OnlineMeetingRecording.Read.Chat")]),
        ] {
            assert_eq!(answer(&question, &rsc(items.clone())).verdict, Verdict::Denied, "{items}");
        }
        let elsewhere = rsc(json!([grant("19:other@thread.v2", APP, "OnlineMeetingTranscript.Read.Chat")]));
        assert_eq!(answer(&question, &elsewhere).verdict, Verdict::Unknown, "this chat was not read");
    }
}

mod unknowns {
    use super::*;

    /// Leaves out one fact after the other: no outcome may turn into the other one.
    #[test]
    fn adding_facts_never_turns_an_outcome_into_the_other() {
        let states = [
            healthy(),
            with(|s| s["direct"]["items"][0]["policy"] = json!("Other")),
            with(|s| {
                no_direct(s);
                s["groups"]["items"] =
                    json!([group(GROUP, "Other", 1, &[USER]), group(GROUP_2, "Meetings", 2, &[USER])]);
            }),
            with(|s| {
                no_direct(s);
                s["policies"]["items"][0]["app_ids"] = json!([APP]);
                s["groups"]["items"] = json!([group(GROUP, "Meetings", 2, &[OTHER_USER])]);
            }),
        ];
        let less: Vec<fn(&mut Value)> = vec![
            |s| s["direct"] = Value::Null,
            |s| s["direct"]["status"] = json!("partial"),
            |s| s["groups"] = Value::Null,
            |s| s["groups"]["status"] = json!("partial"),
            |s| {
                if let Some(groups) = s["groups"]["items"].as_array_mut() {
                    for group in groups {
                        group["members"] = Value::Null;
                    }
                }
            },
            |s| s["policies"] = Value::Null,
            |s| s["policies"]["status"] = json!("partial"),
            |s| {
                if let Some(policies) = s["policies"]["items"].as_array_mut() {
                    policies.retain(|it| it["name"] != "Global");
                }
            },
            |s| s["apps"]["items"][0]["roles"] = Value::Null,
            |s| s["apps"] = Value::Null,
            |s| s["users"] = Value::Null,
            |s| s["settings"] = Value::Null,
        ];
        for full in &states {
            for set in 0..(1_u32 << less.len()) {
                let mut state = full.clone();
                for (bit, forget) in less.iter().enumerate() {
                    if set & (1 << bit) != 0 {
                        forget(&mut state);
                    }
                }
                // A part that is gone has no status left.
                for part in ["direct", "groups", "policies"] {
                    if state[part]["items"].is_null() {
                        state[part] = Value::Null;
                    }
                }
                let parse = |state: &Value| tenant::parse(&state.to_string(), "tenant.json").unwrap();
                let question = ask("read-transcript");
                let before = judge(&question, Some(&parse(&state)), &Catalogue::builtin());
                let after = judge(&question, Some(&parse(full)), &Catalogue::builtin());
                for which in [Gate::Permission, Gate::User, Gate::Policy, Gate::Tenant] {
                    let (before, after) = (outcome(&before, which), outcome(&after, which));
                    assert!(before == after || before == Unknown, "{which:?} {before:?} -> {after:?} {state}");
                }
            }
        }
    }
}
