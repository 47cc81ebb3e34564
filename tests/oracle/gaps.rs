//! Null and absent mean not known, in every field of an entry, but for `policy: null` in `direct` and `effective`.

use graphwhy::tenant::{self, Tri, parse};
use serde_json::{Value, json};

use crate::view::{app, group, user};

/// Whether the policy that is effective for user 0 lists app 0.
fn lists(change: impl FnOnce(&mut Value)) -> Tri {
    let mut text = json!({
        "schema": 1,
        "policies": {"status": "complete", "items": [
            {"name": "Global", "app_ids": []},
            {"name": "Lists", "app_ids": [app(0)]},
            {"name": "Lacks", "app_ids": []},
        ]},
        "direct": {"status": "complete", "items": []},
        "groups": {"status": "complete", "items": []},
        "users": {"status": "complete", "items": [{"id": user(0)}]},
    });
    change(&mut text);
    let snapshot = parse(&text.to_string(), "tenant.json").unwrap_or_else(|error| panic!("{error}\n{text:#}"));
    let view = tenant::View::new(&snapshot);
    tenant::effective(&view, Some(user(0))).lists(&view, app(0))
}

fn in_group(rank: &Value, policy: &Value, members: &Value) -> Value {
    json!({"group_id": group(0), "rank": rank, "policy": policy, "members": members})
}

#[test]
fn the_plain_tenant_is_decided() {
    assert_eq!(lists(|_| {}), Tri::No);
    assert_eq!(lists(|t| t["direct"]["items"] = json!([{"user_id": user(0), "policy": "Lists"}])), Tri::Yes);
    assert_eq!(lists(|t| t["direct"]["items"] = json!([{"user_id": user(0), "policy": null}])), Tri::No);
}

#[test]
fn a_policy_without_its_ids_may_list_the_app() {
    for ids in [json!({"name": "Lacks"}), json!({"name": "Lacks", "app_ids": null})] {
        let says = lists(|t| {
            t["policies"]["items"][2] = ids;
            t["direct"]["items"] = json!([{"user_id": user(0), "policy": "Lacks"}]);
        });
        assert_eq!(says, Tri::Unknown);
    }
    assert_eq!(lists(|t| t["policies"]["items"][0] = json!({"name": "Global"})), Tri::Unknown);
}

#[test]
fn a_name_that_a_complete_list_does_not_have_is_void_whatever_ids_are_missing() {
    for unread in [json!({"name": "Other"}), json!({"name": "Global"})] {
        let says = |assigned: &str| {
            lists(|t| {
                let items = t["policies"]["items"].as_array_mut().unwrap();
                if unread["name"] == "Other" {
                    items.push(unread.clone());
                } else {
                    items[0] = unread.clone();
                }
                t["direct"]["items"] = json!([{"user_id": user(0), "policy": assigned}]);
            })
        };
        // Void, it leaves the user to `Global`, which lists no app: so does what lists nothing.
        let global_is_read = unread["name"] == "Other";
        assert_eq!(says("Nowhere"), if global_is_read { Tri::No } else { Tri::Unknown });
        assert_eq!(says("Lists"), Tri::Yes);
        assert_eq!(says("tag:OTHER"), Tri::Unknown, "listed without ids, or void above what was not read");
    }
}

#[test]
fn an_assignment_without_its_policy_may_name_any() {
    assert_eq!(lists(|t| t["direct"]["items"] = json!([{"user_id": user(0)}])), Tri::Unknown);
    let everybody = json!({"status": "complete", "items": [user(0)]});
    let unnamed = in_group(&json!(1), &Value::Null, &everybody);
    assert_eq!(lists(|t| t["groups"]["items"] = json!([unnamed])), Tri::Unknown);
    assert_eq!(lists(|t| t["effective"] = json!({"status": "partial", "items": [{"user_id": user(0)}]})), Tri::No);
}

#[test]
fn a_group_without_its_members_may_hold_the_user() {
    for members in [Value::Null, json!({"status": "missing"}), json!({"items": []})] {
        let unread = in_group(&json!(1), &json!("Lists"), &members);
        assert_eq!(lists(|t| t["groups"]["items"] = json!([unread])), Tri::Unknown, "{members}");
    }
}

#[test]
fn a_group_without_its_rank_may_win_or_lose() {
    let everybody = json!({"status": "complete", "items": [user(0)]});
    for (policy, says) in [("Lists", Tri::Unknown), ("Lacks", Tri::No)] {
        let unranked = in_group(&Value::Null, &json!(policy), &everybody);
        let mut ranked = in_group(&json!(2), &json!("Lacks"), &everybody);
        ranked["group_id"] = json!(group(1));
        assert_eq!(lists(|t| t["groups"]["items"] = json!([unranked, ranked])), says, "{policy}");
    }
}

#[test]
fn a_missing_part_tells_nothing_whatever_it_lists() {
    let says = lists(|t| {
        t["direct"] = json!({"status": "missing", "items": [{"user_id": user(0), "policy": null}]});
    });
    assert_eq!(says, Tri::Unknown);
    assert_eq!(lists(|t| t["policies"]["status"] = json!("missing")), Tri::Unknown);
    for part in ["policies", "direct", "groups"] {
        assert_eq!(lists(|t| _ = t.as_object_mut().unwrap().remove(part)), Tri::Unknown, "{part}");
    }
}

#[test]
fn names_compare_in_any_case_beyond_ascii() {
    let says = lists(|t| {
        t["policies"]["items"][1]["name"] = json!("ÄRZTE");
        t["direct"]["items"] = json!([{"user_id": user(0), "policy": "tag:Ärzte"}]);
    });
    assert_eq!(says, Tri::Yes);
}

#[test]
fn the_only_group_of_a_user_needs_no_rank() {
    let everybody = json!({"status": "complete", "items": [user(0)]});
    let nobody = json!({"status": "complete", "items": []});
    let unknown = json!({"status": "partial", "items": []});
    let known = |status: &str, others: &[(Value, &Value)]| {
        let mut groups = vec![in_group(&Value::Null, &json!("TAG:lists"), &everybody)];
        for (n, (rank, members)) in (1..).zip(others) {
            let mut other = in_group(rank, &json!("Lacks"), members);
            other["group_id"] = json!(group(n));
            groups.push(other);
        }
        let text = json!({
            "schema": 1,
            "policies": {"status": "complete", "items": [{"name": "Lists", "app_ids": []}, {"name": "Lacks", "app_ids": []}]},
            "direct": {"status": "complete", "items": []},
            "groups": {"status": status, "items": groups},
        });
        let snapshot = parse(&text.to_string(), "tenant.json").unwrap_or_else(|error| panic!("{error}\n{text:#}"));
        let view = tenant::View::new(&snapshot);
        // The list's spelling, whatever the assignment's.
        tenant::effective(&view, Some(user(0))).known().map(|one| one.policy.to_owned())
    };
    let lists = Some("Lists".to_owned());
    assert_eq!(known("complete", &[]), lists);
    assert_eq!(known("complete", &[(json!(2), &nobody)]), lists, "a gap before a group of others");
    assert_eq!(known("complete", &[(Value::Null, &nobody)]), lists);
    assert_eq!(known("partial", &[]), None);
    assert_eq!(known("complete", &[(json!(2), &unknown)]), None);
    assert_eq!(known("complete", &[(json!(2), &everybody)]), None);
    assert_eq!(known("complete", &[(Value::Null, &everybody)]), None);
}
