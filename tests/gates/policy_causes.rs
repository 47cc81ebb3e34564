//! Which cause a failing policy gate has.

use crate::*;

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
        s["groups"]["items"] = json!([group(GROUP, "Other", 1, &[USER]), group(GROUP_2, "Meetings", 2, &[OTHER_USER])]);
    }));
    assert_eq!(certain(&it), ["policy-not-granted"]);
}

#[test]
fn what_a_read_of_the_effective_policy_hides_is_shadowed() {
    let read = |hides: Value| {
        read_meeting(&with(|s| {
            for part in ["direct", "groups"] {
                s[part] = json!({"status": "missing"});
            }
            let item = json!({"user_id": USER, "policy": "Other", "hides": hides});
            s["effective"] = json!({"status": "partial", "items": [item]});
        }))
    };
    assert_eq!(certain(&read(json!([{"policy": "Meetings"}]))), ["policy-shadowed"]);
    assert_eq!(certain(&read(json!([{"policy": "tag:meetings", "group_id": GROUP}]))), ["policy-shadowed"]);
    let it = read(json!([]));
    assert!(certain(&it).is_empty());
    assert_eq!(confidence(&it, "policy-shadowed"), Some(Confidence::Possible));
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
fn an_object_id_elsewhere_explains_nothing_when_the_app_is_listed() {
    let it = read_meeting(&with(|s| {
        no_direct(s);
        s["policies"]["items"][2]["app_ids"] = json!([OBJECT]);
    }));
    assert_eq!(certain(&it), ["policy-not-granted"]);
    assert_eq!(confidence(&it, "object-id-in-app-ids"), Some(Confidence::Possible));
    assert_eq!(it.findings[0].cause, "policy-not-granted");
    // In the user's own policy it does.
    let it = read_meeting(&with(|s| {
        s["policies"]["items"][0]["app_ids"] = json!([APP]);
        s["policies"]["items"][1]["app_ids"] = json!([OBJECT]);
    }));
    assert_eq!(certain(&it).first(), Some(&"object-id-in-app-ids"));
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
fn a_member_of_an_inner_group_without_an_assignment_is_told_at_any_depth() {
    let state = |members: Value| {
        with(|s| {
            no_direct(s);
            let mut outer = group(GROUP, "Meetings", 1, &[]);
            outer["nested"] = json!([GROUP_2]);
            s["groups"]["items"] = json!([outer]);
            s["nested_groups"] = json!({"items": [
                {"group_id": GROUP_2, "members": {"status": "complete", "items": []}, "nested": [OBJECT]},
                {"group_id": OBJECT, "members": members, "nested": [GROUP_2]},
            ]});
        })
    };
    let it = read_meeting(&state(json!({"status": "complete", "items": [USER]})));
    assert_eq!(certain(&it), ["policy-not-granted", "user-only-in-nested-group"]);
    assert_eq!(outcome(&it, Gate::Policy), Fail, "an inner group gives nothing");
    for open in [json!({"status": "missing"}), json!({"status": "partial", "items": [OTHER_USER]})] {
        let it = read_meeting(&state(open));
        assert_eq!(outcome(&it, Gate::Policy), Fail, "who is in an inner group decides nothing");
        assert_eq!(certain(&it), ["policy-not-granted"]);
    }
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

#[test]
fn a_read_that_contradicts_an_assignment_proves_no_cause() {
    let it = read_meeting(&with(|s| {
        s["effective"] = json!({"status": "partial", "items": [{"user_id": USER, "policy": null}]});
    }));
    assert_eq!(outcome(&it, Gate::Policy), Fail);
    assert!(certain(&it).is_empty(), "`direct` says that it is assigned");
    assert_eq!(confidence(&it, "policy-not-granted"), Some(Confidence::Likely));
}

/// What the lists give through a group, and the read that decides does not show, may not have arrived.
#[test]
fn a_group_assignment_that_the_read_of_the_user_does_not_show() {
    let slug = "group-assignment-still-propagating";
    let state = |change: &dyn Fn(&mut Value)| {
        with(|s| {
            no_direct(s);
            s["groups"]["items"] = json!([group(GROUP, "Meetings", 1, &[USER])]);
            s["effective"] = json!({"status": "partial", "items": [{"user_id": USER, "policy": null}]});
            change(s);
        })
    };
    let changed = |part: &str, value: &str, first: &str, last: &str| json!([{"part": part, "key": GROUP, "change": "added", "value": value, "not_before": first, "not_after": last}]);
    let it = read_meeting(&state(&|_| ()));
    assert_eq!(outcome(&it, Gate::Policy), Outcome::Fail, "the read decides");
    assert_eq!((confidence(&it, slug), certain(&it).len()), (Some(Confidence::Possible), 0));
    assert_eq!(confidence(&it, "policy-not-granted"), Some(Confidence::Likely));
    let (young, old) =
        (("2026-01-31T20:00:00Z", "2026-01-31T21:00:00Z"), ("2026-01-01T20:00:00Z", "2026-01-01T21:00:00Z"));
    for (part, value) in [("groups", "Meetings"), ("members", USER)] {
        for ((first, last), expected) in [(young, Confidence::Likely), (old, Confidence::Possible)] {
            let it = read_meeting(&state(&|s| s["history"] = changed(part, value, first, last)));
            assert_eq!(confidence(&it, slug), Some(expected), "{part} {first}");
        }
    }
    let of_other = read_meeting(&state(&|s| s["history"] = changed("members", OTHER_USER, young.0, young.1)));
    assert_eq!(confidence(&of_other, slug), Some(Confidence::Possible));
    for none in [
        state(&|s| s["groups"]["items"] = json!([group(GROUP, "Meetings", 1, &[OTHER_USER])])),
        state(&|s| s["groups"]["items"] = json!([group(GROUP, "Other", 1, &[USER])])),
        state(&|s| s["direct"]["items"] = json!([{"user_id": USER, "policy": "Other"}])),
        state(&|s| s["effective"]["items"][0]["policy"] = json!("Meetings")),
        state(&|s| s["effective"] = json!({"status": "missing"})),
    ] {
        assert_eq!(confidence(&read_meeting(&none), slug), None, "{none}");
    }
}

#[test]
fn what_is_undecided_names_a_read_that_decides() {
    let unread = |s: &mut Value| {
        s["policies"]["items"][1]["app_ids"] = json!([OTHER_APP]);
        s["apps"]["items"][0].as_object_mut().unwrap().remove("application_object_id");
    };
    let it = read_meeting(&with(unread));
    assert_eq!(undecided(&it, "no-policy-names-app"), Some("app"), "whose id is listed the app's own ids tell");
    let it = read_meeting(&with(|s| {
        unread(s);
        s["apps"]["items"][0]["home_tenant"] = json!(TENANT);
    }));
    assert_eq!(
        undecided(&it, "no-policy-names-app"),
        Some("app"),
        "a registration of this tenant has an object id here"
    );
    let it = read_meeting(&with(|s| {
        unread(s);
        s["apps"]["items"][0]["home_tenant"] = json!(OTHER_APP);
    }));
    assert_eq!((undecided(&it, "no-policy-names-app"), certain(&it)), (None, vec!["no-policy-names-app"]));
}

#[test]
fn a_read_names_the_group_that_is_meant() {
    let groups = |unread: &[bool]| {
        with(|s| {
            no_direct(s);
            let one = |(at, unread): (usize, &bool)| {
                let id = [GROUP, GROUP_2][at];
                let mut it = group(id, "Meetings", u32::try_from(at).unwrap() + 1, &[]);
                if *unread {
                    it["members"] = json!({"status": "missing"});
                }
                it
            };
            s["groups"]["items"] = unread.iter().enumerate().map(one).collect();
        })
    };
    for (unread, meant) in [(&[true, false][..], Some(GROUP)), (&[false, true], Some(GROUP_2)), (&[true, true], None)] {
        let it = read_meeting(&groups(unread));
        assert_eq!(needs(&it, Gate::Policy), "group-members", "{unread:?}");
        assert_eq!(it.objects.group, meant.map(id), "{unread:?}");
        assert_eq!(it.objects.service_principal, Some(id(PRINCIPAL)));
    }
}

/// Whatever rank a group has, the direct assignment comes before it; a read of `Global` that says how it was assigned hides
/// what is below, too.
#[test]
fn a_group_of_unknown_rank_is_hidden_by_what_is_above_it() {
    let other = |state: &mut Value| state["direct"]["items"][0]["policy"] = json!("Other");
    let it = read_meeting(&with(|state| {
        other(state);
        let mut own = group(GROUP, "Meetings", 1, &[USER]);
        own.as_object_mut().unwrap().remove("rank");
        state["groups"]["items"] = json!([own]);
    }));
    assert_eq!(certain(&it), ["policy-shadowed"]);
    assert!(!is_ruled_out(&it, "policy-shadowed"));
    let it = read_meeting(&with(|state| {
        no_direct(state);
        state["groups"]["items"] = json!([group(GROUP, "Meetings", 2, &[USER])]);
        state["effective"] =
            json!({"status": "complete", "items": [{"user_id": USER, "policy": "Global", "via": "direct"}]});
    }));
    assert!(!is_ruled_out(&it, "policy-shadowed"), "{it:#?}");
}

/// An object id in a policy that only may reach the user explains nothing for certain where another policy lists the app.
#[test]
fn an_entry_of_a_policy_that_may_reach_the_user_is_likely() {
    let state = |members: Value| {
        with(|state| {
            no_direct(state);
            state["policies"]["items"][2]["app_ids"] = json!([PRINCIPAL]);
            let mut own = group(GROUP, "Other", 1, &[]);
            own["members"] = members;
            state["groups"]["items"] = json!([own]);
        })
    };
    let known = read_meeting(&state(json!({"status": "complete", "items": [USER]})));
    assert_eq!(confidence(&known, "object-id-in-app-ids"), Some(Confidence::Certain));
    let open = read_meeting(&state(json!({"status": "missing"})));
    assert_eq!(confidence(&open, "object-id-in-app-ids"), Some(Confidence::Likely));
}
