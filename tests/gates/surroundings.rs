//! The fold, the law of unknowns, and the gates around policy and permission.

mod fold {
    use crate::*;

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

mod user {
    use crate::*;

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
            // What was read is not asked for again: no read tells what no document says.
            let read = needs(&it, Gate::User);
            assert_eq!(read == "user-license", teams.is_null(), "{teams}: {read}");
            assert!(teams.is_null() || read.starts_with("a call itself"), "{read}");
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
    use crate::*;

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

    /// A change after which the app is, or is not, allowed; it was made between 09:20 and 09:30.
    fn later(state: Value, part: &str, key: &str, change: &str, value: Value) -> Value {
        let mut state = state;
        state["history"] = json!([{"part": part, "key": key, "change": change, "value": value,
            "not_before": "2026-01-31T09:20:00Z", "not_after": "2026-01-31T09:30:00Z"}]);
        state
    }

    /// Whether the gate says that what it rests on was changed after the time asked about.
    fn is_told(it: &Judgement, of: Gate) -> bool {
        gate(it, of).note.contains("the time asked about is before that")
    }

    #[test]
    fn what_a_change_brought_proves_nothing_of_the_time_before_it() {
        let denied = || {
            with(|s| {
                s["policies"]["items"] = json!([{"name": "Global", "app_ids": [OTHER_APP]}, {"name": "Meetings", "app_ids": []},
                    {"name": "Other", "app_ids": [APP]}]);
                s["apps"]["items"][0]["roles"] = json!([]);
                s["users"]["items"] = json!([]);
                s["settings"]["graph_transcript_access"] = json!(false);
            })
        };
        let cases = [
            ("policies", "Meetings", json!(APP), Gate::Policy),
            ("policies", "Meetings", Value::Null, Gate::Policy),
            ("direct", USER, json!("Meetings"), Gate::Policy),
            ("users", USER, Value::Null, Gate::User),
            ("apps", APP, json!("OnlineMeetingTranscript.Read.All"), Gate::Permission),
            ("apps", APP, json!("service principal"), Gate::Permission),
            ("settings", "graph_transcript_access", json!("true"), Gate::Tenant),
        ];
        for (part, key, value, of) in cases {
            for (state, settled) in [(healthy(), Pass), (denied(), Fail)] {
                let state = later(state, part, key, "changed", value.clone());
                // Long before, at both ends, between them, and after the change.
                for (age, known) in [(9_000_000, false), (2400, false), (2000, false), (1801, false), (1800, true)] {
                    let question = Question { at: at(NOW - age).at, ..ask("read-transcript") };
                    let it = answer(&question, &state);
                    // The snapshot decides as it was read; that it may have been otherwise is told.
                    assert_eq!(outcome(&it, of), settled, "{part} {value} {age}");
                    assert_eq!(is_told(&it, of), !known, "{part} {value} {age}");
                    if !known {
                        let certain = |it: &&Finding| it.gate == of && it.confidence == Confidence::Certain;
                        assert!(it.findings.iter().find(certain).is_none(), "{part} {value} {age}: {:?}", it.findings);
                    }
                }
            }
        }
    }

    /// `Global` came to list the app after the time asked about: that it is hidden explains nothing of before.
    #[test]
    fn a_later_change_that_fails_all_the_same_proves_another_cause() {
        let state = with(|s| {
            s["policies"]["items"] = json!([{"name": "Global", "app_ids": [APP]}, {"name": "Meetings", "app_ids": []}]);
        });
        let state = later(state, "policies", "Global", "added", json!(APP));
        for (age, confidence) in [(2400, Confidence::Likely), (1800, Confidence::Certain)] {
            let it = answer(&at(NOW - age), &state);
            assert_eq!(outcome(&it, Gate::Policy), Fail);
            assert_eq!(crate::confidence(&it, "policy-shadowed"), Some(confidence), "{age}");
        }
    }

    #[test]
    fn a_later_change_that_settles_nothing_leaves_the_gate_as_it_is() {
        let early = at(NOW - 9000);
        for (part, key, value) in [
            ("policies", "Meetings", json!(OTHER_APP)),
            ("policies", "Other", Value::Null),
            ("direct", OTHER_USER, json!("Meetings")),
            // A direct assignment comes first, whatever the groups say.
            ("groups", GROUP, json!("Other")),
            ("members", GROUP, json!(USER)),
            ("users.account", USER, json!("enabled")),
            ("apps", APP, json!("enabled")),
            ("apps", APP, json!("OnlineMeetingTranscript.Read.All")),
            ("apps.delegated", APP, json!("OnlineMeetings.Read")),
        ] {
            let it = answer(&early, &later(healthy(), part, key, "changed", value.clone()));
            assert_eq!(it.verdict, Verdict::Allowed, "{part} {value}");
        }
        // What was seen for the first time is no known change.
        let first = changed("direct", USER, json!("Meetings"), Value::Null, json!("2026-01-31T09:30:00Z"));
        assert_eq!(answer(&early, &first).verdict, Verdict::Allowed);
    }

    #[test]
    fn a_later_change_of_an_assignment_is_told_where_policies_disagree() {
        let early = at(NOW - 9000);
        let grouped = |members: Value| {
            with(|s| {
                s["direct"]["items"] = json!([]);
                s["groups"]["items"] = json!([{"group_id": GROUP, "policy": "Meetings", "rank": 1,
                    "members": {"status": "complete", "items": members}}]);
            })
        };
        let policy = |state: Value| is_told(&answer(&early, &state), Gate::Policy);
        let of_group = |state: Value| later(state, "groups", GROUP, "changed", json!("Other"));
        assert!(policy(of_group(grouped(json!([USER])))));
        assert!(!policy(of_group(grouped(json!([])))), "the user was never in it");
        let member = |state: Value, user: Value| later(state, "members", GROUP, "added", user);
        assert!(policy(member(grouped(json!([USER])), json!(USER))));
        assert!(policy(member(grouped(json!([])), json!(USER))));
        assert!(!policy(member(grouped(json!([])), json!(OTHER_USER))));
        assert!(policy(later(grouped(json!([])), "groups", GROUP_2, "removed", json!("Meetings"))));
        // Where all policies agree, it does not matter which one it was.
        let mut all = of_group(grouped(json!([USER])));
        for policy in all["policies"]["items"].as_array_mut().unwrap() {
            policy["app_ids"] = json!([APP]);
        }
        assert!(!policy(all));
        // A read of what is effective rests on the assignments.
        let mut read = grouped(json!([USER]));
        read["effective"] = json!({"status": "partial", "items": [{"user_id": USER, "policy": "Meetings", "via": "group", "group_id": GROUP}]});
        assert!(!policy(read.clone()));
        assert!(policy(of_group(read.clone())));
        assert!(policy(later(read, "effective", USER, "changed", json!("Meetings"))));
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
        assert_eq!(needs(&it, Gate::Time), "license-time");
    }

    /// A change of a few minutes ago.
    fn fresh(state: &mut Value, part: &str, key: &str, change: &str, value: Value) {
        state["history"] = json!([{"part": part, "key": key, "change": change, "value": value,
            "not_before": "2026-01-31T09:50:00Z", "not_after": "2026-01-31T09:55:00Z"}]);
    }

    #[test]
    fn a_pass_rests_on_every_policy_that_an_unread_assignment_may_name() {
        let all_list = |s: &mut Value| {
            s["policies"]["items"] =
                json!([{"name": "Global", "app_ids": [APP]}, {"name": "Meetings", "app_ids": [APP]}]);
            s["direct"] = json!({"status": "missing"});
        };
        let mut state = with(all_list);
        fresh(&mut state, "policies", "Meetings", "added", json!(APP));
        let it = answer(&at(NOW), &state);
        assert_eq!((outcome(&it, Gate::Policy), outcome(&it, Gate::Time)), (Pass, Unknown));
        assert_eq!(causes(&it), ["policy-still-propagating"]);
        fresh(&mut state, "policies", "Rooms", "removed", Value::Null);
        assert_eq!(outcome(&answer(&at(NOW), &state), Gate::Time), Pass, "no policy of that name is left");
        let mut state = with(|s| {
            all_list(s);
            s["direct"] = json!({"status": "complete", "items": []});
            s["groups"]["items"] =
                json!([{"group_id": GROUP, "rank": 1, "members": {"status": "complete", "items": [USER]}}]);
        });
        fresh(&mut state, "policies", "Meetings", "added", json!(APP));
        assert_eq!(outcome(&answer(&at(NOW), &state), Gate::Time), Unknown, "a group whose policy is not known");
        state["groups"]["items"] = json!([]);
        assert_eq!(outcome(&answer(&at(NOW), &state), Gate::Time), Pass, "`Global` is effective for certain");
    }

    #[test]
    fn a_direct_assignment_comes_before_whatever_happens_to_groups() {
        for (part, change, value) in [
            ("members", "added", json!(USER)),
            ("members", "removed", json!(USER)),
            ("groups", "removed", json!("Meetings")),
        ] {
            let mut state = healthy();
            fresh(&mut state, part, GROUP, change, value.clone());
            assert_eq!(outcome(&answer(&at(NOW), &state), Gate::Time), Pass, "{part} {change}");
            state["direct"] = json!({"status": "missing"});
            state["effective"] =
                json!({"status": "partial", "items": [{"user_id": USER, "policy": "Meetings", "via": "direct"}]});
            assert_eq!(outcome(&answer(&at(NOW), &state), Gate::Time), Pass, "read: {part} {change}");
            let mut state = with(|s| {
                no_direct(s);
                s["policies"]["items"][0]["app_ids"] = json!([APP]);
            });
            fresh(&mut state, part, GROUP, change, value);
            let expected = if part == "groups" { Unknown } else { Pass };
            assert_eq!(outcome(&answer(&at(NOW), &state), Gate::Time), expected, "no direct: {part} {change}");
        }
    }

    #[test]
    fn membership_counts_only_where_it_may_give_the_policy() {
        for (key, ranks, expected) in
            [(GROUP, [1, 2], Unknown), (GROUP_2, [1, 2], Pass), (GROUP_2, [2, 1], Unknown), (OTHER_USER, [1, 2], Pass)]
        {
            let second: &[&str] = if ranks[1] > ranks[0] { &[USER] } else { &[] };
            let mut state = with(|s| {
                no_direct(s);
                s["groups"]["items"] =
                    json!([group(GROUP, "Meetings", ranks[0], &[USER]), group(GROUP_2, "Other", ranks[1], second)]);
            });
            fresh(&mut state, "members", key, "changed", json!(USER));
            assert_eq!(outcome(&answer(&at(NOW), &state), Gate::Time), expected, "{key} {ranks:?}");
        }
        let mut state = with(|s| {
            no_direct(s);
            s["groups"] = json!({"status": "partial", "items": [group(GROUP, "Meetings", 1, &[USER])]});
        });
        fresh(&mut state, "members", GROUP_2, "removed", json!(USER));
        assert_eq!(outcome(&answer(&at(NOW), &state), Gate::Time), Unknown, "it may have an assignment");
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
    use crate::*;

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
    use crate::*;

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
    use crate::*;

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
