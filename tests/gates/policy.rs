//! The policy gate.

use crate::*;

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
            s["effective"] = json!({"status": "partial", "items": [{"user_id": USER, "policy": policy, "via": via}]});
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
fn a_read_that_a_later_fact_contradicts_counts_as_not_read() {
    // `Meetings` lists the app, `Other` and `Global` do not; the user has `Meetings` directly.
    let state = |read: Value, direct_at: Value, history: Value| {
        with(|s| {
            s["direct"]["read_at"] = direct_at;
            s["effective"] = json!({"status": "partial", "items": [read]});
            s["effective"]["items"][0]["user_id"] = json!(USER);
            s["history"] = history;
        })
    };
    let (early, late) = (json!("2026-01-31T07:00:00Z"), json!("2026-01-31T08:00:00Z"));
    let global = |at: &Value| json!({"policy": null, "via": "global", "read_at": at});
    let none = || json!([]);
    assert_eq!(policy_of(&state(global(&early), late.clone(), none())).0, Pass, "the direct read is later");
    assert_eq!(policy_of(&state(global(&late), early.clone(), none())).0, Fail, "it is earlier");
    assert_eq!(policy_of(&state(global(&Value::Null), late.clone(), none())).0, Fail, "nobody knows which is later");
    assert_eq!(policy_of(&state(global(&early), Value::Null, none())).0, Fail, "nor here");
    let other = json!({"policy": "Other", "via": "direct", "read_at": early});
    assert_eq!(policy_of(&state(other, late.clone(), none())).0, Pass, "another direct assignment");
    // The date of the part is that of its entries.
    let mut of_part = state(json!({"policy": null}), late.clone(), none());
    of_part["effective"]["read_at"] = early.clone();
    assert_eq!(policy_of(&of_part).0, Pass);
    let change = |part: &str, key: &str, change: &str, value: &str| {
        json!([{"part": part, "key": key, "change": change, "value": value, "source": "two reads",
            "not_before": "2026-01-31T07:30:00Z", "not_after": "2026-01-31T08:00:00Z"}])
    };
    let by_history = state(global(&early), Value::Null, change("direct", USER, "added", "Meetings"));
    assert_eq!(policy_of(&by_history).0, Pass);
    let agrees = state(global(&early), Value::Null, change("direct", USER, "removed", "Meetings"));
    assert_eq!(policy_of(&agrees).0, Fail, "the read shows what the change left");
    let of_group = |history: Value| {
        let read = json!({"policy": "Other", "via": "group", "group_id": GROUP, "read_at": early});
        let mut s = state(read, Value::Null, history);
        s["direct"]["items"] = json!([]);
        s["groups"]["items"] = json!([
            {"group_id": GROUP_2, "policy": "Meetings", "rank": 2, "members": {"status": "complete", "items": [USER]}}]);
        s
    };
    assert_eq!(policy_of(&of_group(none())).0, Fail, "an effective read decides against what groups say");
    assert_eq!(policy_of(&of_group(change("groups", GROUP, "removed", "Other"))).0, Pass);
    assert_eq!(policy_of(&of_group(change("members", GROUP, "removed", USER))).0, Pass);
    assert_eq!(policy_of(&of_group(change("members", GROUP, "removed", OTHER_USER))).0, Fail);
}

#[test]
fn a_direct_part_that_is_not_complete_knows_its_entries_only() {
    let partial = with(|s| s["direct"]["status"] = json!("partial"));
    assert_eq!(policy_of(&partial).0, Pass);
    let unlisted =
        with(|s| s["direct"] = json!({"status": "partial", "items": [{"user_id": OTHER_USER, "policy": "Meetings"}]}));
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
    assert_eq!((outcome(&it, Gate::Policy), needs(&it, Gate::Policy)), (Unknown, "caller"));
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
                assert!(sure.into_iter().all(|it| it.cause == "events-hidden-by-policy"), "{path} {:?}", causes(&it));
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
