//! Reading and writing snapshots.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use graphwhy::tenant::{self, Snapshot, SnapshotError, Status, Teams, Via, View};
use serde_json::{Value, json};

const APP: &str = "9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20";
const USER: &str = "5b1e2c3d-1111-4222-8333-944455556666";
const GROUP: &str = "6c2f3d4e-1111-4222-8333-944455556666";

fn read(text: &str) -> Snapshot {
    tenant::parse(text, "tenant.json").unwrap_or_else(|error| panic!("{error}"))
}

fn refuse(text: &str) -> SnapshotError {
    match tenant::parse(text, "tenant.json") {
        Ok(snapshot) => panic!("read as {snapshot:?}"),
        Err(error) => error,
    }
}

fn malformed_at(text: &str) -> String {
    match refuse(text) {
        SnapshotError::Malformed { path, message, .. } => {
            assert!(!message.is_empty());
            path
        }
        other => panic!("{other}"),
    }
}

fn full() -> String {
    format!(
        r#"{{"schema":1,"tenant_id":"11111111-2222-4333-8444-555555555555","cloud":"global","taken_at":"2026-01-31T10:02:00Z","later":{{"x":[1]}},
        "policies":{{"status":"complete","read_at":"2026-01-31T10:02:00+01:00","source":"Get-CsApplicationAccessPolicy","items":[
            {{"name":"Global","app_ids":[],"description":null}},
            {{"name":"Tag:Meetings","app_ids":["{APP}","not an id"],"description":"d","extra":1}}]}},
        "direct":{{"status":"complete","items":[{{"user_id":"{USER}","policy":"tag:meetings"}},{{"user_id":"{APP}","policy":null}}]}},
        "groups":{{"status":"partial","items":[{{"group_id":"{GROUP}","name":"g","policy":"Meetings","rank":3,
            "members":{{"status":"complete","items":["{USER}"]}},"nested":["{APP}"]}}]}},
        "effective":{{"status":"partial","items":[{{"user_id":"{USER}","policy":null,"via":"global","group_id":null,"read_at":"2026-01-31T10:02:00Z"}}]}},
        "users":{{"status":"partial","items":[{{"id":"{USER}","upn":"ada@contoso.com","name":"Ada","type":"guest","enabled":true,"teams":"absent"}},
            {{"id":"{APP}","upn":null,"type":null,"enabled":null,"teams":null}}]}},
        "apps":{{"status":"partial","items":[{{"app_id":"{APP}","name":"App","enabled":true,"service_principal_id":"{GROUP}","application_object_id":"{USER}",
            "home_tenant":"{USER}","roles":[{{"id":"{APP}","value":"OnlineMeetings.Read.All","resource":"00000003-0000-0000-c000-000000000000"}}],
            "delegated":[{{"scope":"User.Read","consent":"tenant"}},{{"scope":"X","consent":"user"}}],
            "requested":[{{"id":"{APP}","kind":"role"}},{{"id":"{USER}","kind":"scope"}}]}},
            {{"app_id":"{USER}","roles":null,"delegated":null,"requested":null}}]}},
        "settings":{{"status":"complete","read_at":"2026-01-31T10:02:00Z","source":"s","graph_transcript_access":true,"attributed_transcripts":null}},
        "rsc":{{"items":[{{"chat_id":"19:meeting_x@thread.v2","app_id":"{APP}","permission":"OnlineMeetingTranscript.Read.Chat"}}]}},
        "events":{{"items":[{{"id":"e","created_by":"{USER}","co_organizers":["{APP}"]}},{{"id":"f","created_by":null,"co_organizers":null}}]}},
        "history":[{{"part":"direct","key":"{USER}","change":"added","value":"Meetings","not_before":null,"not_after":"2026-01-31T10:02:00Z","source":"x"}}]}}"#
    )
}

#[test]
fn every_key_is_read() {
    let s = read(&full());
    assert_eq!(s.tenant_id.unwrap().to_string(), "11111111-2222-4333-8444-555555555555");
    assert_eq!(s.cloud.as_deref(), Some("global"));
    assert_eq!(s.policies.status, Status::Complete);
    assert_eq!(s.policies.read_at.unwrap().to_string(), "2026-01-31T09:02:00Z");
    assert_eq!(s.policies.source.as_deref(), Some("Get-CsApplicationAccessPolicy"));
    let meetings = &s.policies.items[1];
    assert_eq!(meetings.name, "Meetings");
    assert_eq!(meetings.app_ids[0].to_string(), APP);
    assert_eq!(meetings.other_ids, ["not an id"]);
    assert_eq!(s.direct.items[0].policy.as_deref(), Some("meetings"));
    assert_eq!(s.direct.items[1].policy, None);
    assert_eq!(s.groups.status, Status::Partial);
    assert_eq!((s.groups.items[0].rank, s.groups.items[0].members.status), (3, Status::Complete));
    assert_eq!(s.groups.items[0].nested.len(), 1);
    assert_eq!((s.effective.items[0].policy.as_deref(), s.effective.items[0].via), (None, Some(Via::Global)));
    assert_eq!((s.users.items[0].guest, s.users.items[0].teams), (Some(true), Some(Teams::Absent)));
    assert_eq!((s.users.items[1].guest, s.users.items[1].teams), (None, None));
    assert_eq!(s.apps.items[0].roles.as_ref().unwrap()[0].value.as_deref(), Some("OnlineMeetings.Read.All"));
    let delegated = s.apps.items[0].delegated.as_ref().unwrap();
    assert_eq!((delegated[0].tenant_wide, delegated[1].tenant_wide), (Some(true), Some(false)));
    let requested = s.apps.items[0].requested.as_ref().unwrap();
    assert!(requested[0].role && !requested[1].role);
    assert_eq!(s.apps.items[1].roles, None);
    assert_eq!((s.settings.graph_transcript_access, s.settings.attributed_transcripts), (Some(true), None));
    assert_eq!(s.rsc.as_ref().unwrap().len(), 1);
    assert_eq!(s.events.as_ref().unwrap()[0].co_organizers.len(), 1);
    assert_eq!((s.history[0].part.as_str(), s.history[0].not_before), ("direct", None));
}

#[test]
fn writing_and_reading_give_an_equal_snapshot() {
    let first = read(&full());
    let text = tenant::write(&first);
    let second = read(&text);
    assert_eq!(first, second);
    assert_eq!(text, tenant::write(&second));
    let empty = read(r#"{"schema":1}"#);
    assert_eq!(empty, Snapshot::default());
    assert_eq!(read(&tenant::write(&empty)), empty);
}

#[test]
fn what_is_not_known_survives_the_round_trip() {
    let text = format!(
        r#"{{"schema":1,"direct":{{"status":"complete","items":[{{"user_id":"{USER}"}}]}},
            "groups":{{"status":"complete","items":[{{"group_id":"{GROUP}","policy":null,"rank":null}},{{"group_id":"{APP}","policy":"A"}}]}},
            "policies":{{"status":"missing","reason":{{"kind":"forbidden","needs":"Teams Administrator","detail":null}}}}}}"#
    );
    let s = read(&text);
    assert_eq!(s.direct.items[0].policy.as_deref(), Some(""));
    assert_eq!((s.groups.items[0].policy.as_str(), s.groups.items[0].rank), ("", 0));
    assert_eq!(s.groups.items[0].members.status, Status::Missing);
    assert_eq!(s.policies.reason.as_ref().unwrap().kind, "forbidden");
    assert_eq!(read(&tenant::write(&s)), s);
}

#[test]
fn null_and_absent_parts_are_missing() {
    let s = read(r#"{"schema":1,"policies":null,"direct":{"status":"missing","items":[]},"rsc":null,"history":null}"#);
    assert_eq!(
        (s.policies.status, s.direct.status, s.groups.status),
        (Status::Missing, Status::Missing, Status::Missing)
    );
    assert_eq!(s.rsc, None);
    assert_eq!(read(r#"{"schema":1,"rsc":{"items":[]}}"#).rsc, Some(Vec::new()));
}

#[test]
fn a_part_without_status_knows_no_more_than_it_lists() {
    let s = read(r#"{"schema":1,"policies":{"items":[{"name":"Global","app_ids":[]}]},"direct":{"items":[]}}"#);
    assert_eq!((s.policies.status, s.direct.status), (Status::Partial, Status::Missing));
}

#[test]
fn a_complete_part_without_its_list_excludes_nothing() {
    for list in ["", r#","items":null"#] {
        let text = format!(
            r#"{{"schema":1,"policies":{{"status":"complete"{list}}},"direct":{{"status":"complete"{list}}},"effective":{{"status":"complete"{list}}},
                "users":{{"status":"complete"{list}}},"apps":{{"status":"complete"{list}}},
                "groups":{{"status":"complete","items":[{{"group_id":"{GROUP}","policy":"A","rank":1,"members":{{"status":"complete"{list}}}}}]}}}}"#
        );
        let s = read(&text);
        assert_eq!(tenant::load(text.as_bytes(), "t").unwrap().unwrap(), s);
        assert_eq!(
            (s.policies.status, s.direct.status, s.effective.status),
            (Status::Partial, Status::Partial, Status::Partial)
        );
        assert_eq!((s.users.status, s.apps.status), (Status::Partial, Status::Partial));
        assert_eq!((s.groups.status, s.groups.items[0].members.status), (Status::Complete, Status::Partial));
        assert_eq!(read(&tenant::write(&s)), s);
    }
    let text = format!(
        r#"{{"schema":1,"direct":{{"status":"complete","items":[]}},
            "groups":{{"status":"complete","items":[{{"group_id":"{GROUP}","policy":"A","rank":1,"members":{{"status":"complete","items":[]}}}}]}}}}"#
    );
    let s = read(&text);
    assert_eq!((s.direct.status, s.groups.items[0].members.status), (Status::Complete, Status::Complete));
    let written = tenant::write(&s);
    assert_eq!(written.matches(r#""items": []"#).count(), 2, "{written}");
    assert_eq!(read(&written), s);
}

#[test]
fn a_missing_part_knows_nothing_whatever_it_lists() {
    let s = read(
        r#"{"schema":1,"policies":{"status":"missing","items":[{"name":"Global","app_ids":[]}]},
        "settings":{"status":"missing","graph_transcript_access":false}}"#,
    );
    assert!(s.policies.items.is_empty());
    assert_eq!(s.settings.graph_transcript_access, None);
}

#[test]
fn a_policy_whose_ids_were_not_read_is_not_listed() {
    let s =
        read(r#"{"schema":1,"policies":{"status":"complete","items":[{"name":"Global"},{"name":"A","app_ids":[]}]}}"#);
    assert_eq!((s.policies.status, s.policies.items.len()), (Status::Complete, 1));
    let s =
        read(r#"{"schema":1,"policies":{"status":"complete","items":[{"name":"Global","app_ids":[]},{"name":"A"}]}}"#);
    assert_eq!((s.policies.status, s.policies.items.len()), (Status::Partial, 1));
}

#[test]
fn a_read_of_an_effective_policy_without_a_policy_is_no_read() {
    let s = read(&format!(
        r#"{{"schema":1,"effective":{{"status":"partial","items":[{{"user_id":"{USER}"}},{{"user_id":"{APP}","policy":null}}]}}}}"#
    ));
    assert_eq!(s.effective.items.len(), 1);
    assert_eq!(s.effective.items[0].user_id.to_string(), APP);
}

#[test]
fn the_schema_decides_first() {
    assert!(matches!(refuse("{}"), SnapshotError::NoSchema { .. }));
    assert!(matches!(refuse(r#"{"schema":null}"#), SnapshotError::NoSchema { .. }));
    let newer = refuse(r#"{"schema":2,"policies":"other shape"}"#);
    assert_eq!(newer, SnapshotError::Newer { source_name: "tenant.json".into(), schema: 2 });
    assert!(refuse(r#"{"schema":7}"#).to_string().contains("written by a newer graphwhy (schema 7"));
    assert_eq!(malformed_at(r#"{"schema":"1"}"#), "schema");
    assert_eq!(malformed_at(r#"{"schema":0}"#), "schema");
}

#[test]
fn no_json_names_line_and_column() {
    match refuse("{\n  \"schema\": 1,\n  oops}") {
        SnapshotError::NotJson { line, column, .. } => assert_eq!((line, column), (3, 3)),
        other => panic!("{other}"),
    }
    assert!(matches!(refuse(""), SnapshotError::NotJson { .. }));
    assert!(matches!(refuse(r#"{"schema":1"#), SnapshotError::NotJson { .. }));
    for text in ["[]", "7", "null", "\"x\""] {
        assert_eq!(malformed_at(text), ".", "{text}");
    }
}

#[test]
fn what_a_snapshot_says_against_itself_names_its_place() {
    let with = |rest: &str| format!(r#"{{"schema":1,"taken_at":"2026-01-31T10:02:00Z",{rest}}}"#);
    let change = |first: &str, last: &str| {
        with(&format!(
            r#""history":[{{"part":"direct","key":"{USER}","change":"changed","not_before":"{first}","not_after":"{last}"}}]"#
        ))
    };
    assert_eq!(malformed_at(&change("2026-01-31T10:01:00Z", "2026-01-31T10:00:00Z")), "history[0].not_after");
    assert!(tenant::parse(&change("2026-01-31T10:00:00Z", "2026-01-31T10:00:00Z"), "test").is_ok());
}

#[test]
fn malformed_values_name_their_place() {
    let id = |items: &str| format!(r#"{{"schema":1,{items}}}"#);
    let user =
        |rest: &str| format!(r#"{{"schema":1,"users":{{"status":"partial","items":[{{"id":"{USER}",{rest}}}]}}}}"#);
    let group = |rank: &str| {
        format!(
            r#"{{"schema":1,"groups":{{"status":"partial","items":[{{"group_id":"{GROUP}","policy":"A","rank":1}},{{"group_id":"{APP}","policy":"A","rank":{rank}}}]}}}}"#
        )
    };
    let cases = [
        (id(r#""policies":{"status":"Complete","items":[]}"#), "policies.status"),
        (id(r#""policies":[]"#), "policies"),
        (id(r#""policies":{"status":"complete","items":[{"app_ids":[]}]}"#), "policies.items[0]"),
        (id(r#""policies":{"status":"complete","items":[{"name":"","app_ids":[]}]}"#), "policies.items[0].name"),
        (
            id(r#""policies":{"status":"complete","items":[{"name":"A","app_ids":[]},{"name":"TAG:a","app_ids":[]}]}"#),
            "policies.items[1].name",
        ),
        (id(r#""tenant_id":"contoso.com""#), "tenant_id"),
        (id(r#""tenant_id":"{11111111-2222-4333-8444-555555555555}""#), "tenant_id"),
        (id(r#""cloud":"mars""#), "cloud"),
        (id(r#""cloud":7"#), "cloud"),
        (
            id(r#""policies":{"status":"complete","items":[{"name":"A","app_ids":[7]}]}"#),
            "policies.items[0].app_ids[0]",
        ),
        (id(r#""policies":{"status":"complete","items":[{"name":"A","app_ids":"x"}]}"#), "policies.items[0].app_ids"),
        (
            id(&format!(r#""nested_groups":{{"items":[{{"group_id":"{GROUP}"}},{{"group_id":"{GROUP}"}}]}}"#)),
            "nested_groups.items[1].group_id",
        ),
        (id(r#""nested_groups":{"items":[{"members":null}]}"#), "nested_groups.items[0]"),
        (id(r#""taken_at":"yesterday""#), "taken_at"),
        (id(r#""taken_at":"2026-01-31T10:02:00""#), "taken_at"),
        (id(r#""direct":{"status":"complete","items":[{"policy":null}]}"#), "direct.items[0]"),
        (
            id(&format!(
                r#""direct":{{"status":"partial","items":[{{"user_id":"{USER}","policy":null}},{{"user_id":"{}","policy":"A"}}]}}"#,
                USER.to_uppercase()
            )),
            "direct.items[1].user_id",
        ),
        (
            id(&format!(r#""effective":{{"items":[{{"user_id":"{USER}","policy":"A","via":"tenant"}}]}}"#)),
            "effective.items[0].via",
        ),
        (user(r#""type":"external""#), "users.items[0].type"),
        (user(r#""teams":"yes""#), "users.items[0].teams"),
        (user(r#""enabled":"true""#), "users.items[0].enabled"),
        (group("1"), "groups.items[1].rank"),
        (group("0"), "groups.items[1].rank"),
        (group("-3"), "groups.items[1].rank"),
        (group("1.5"), "groups.items[1].rank"),
        (
            id(&format!(
                r#""groups":{{"items":[{{"group_id":"{GROUP}","policy":"A","rank":2,"members":{{"status":"some"}}}}]}}"#
            )),
            "groups.items[0].members.status",
        ),
        (id(r#""history":[{"part":"direct","key":"x","change":"added","not_after":"10:02"}]"#), "history[0].not_after"),
        (id(r#""history":[{"part":"polices","key":"x","change":"added"}]"#), "history[0].part"),
        (
            id(r#""history":[{"part":"direct","key":"x","change":"added"},{"key":"x","change":"added"}]"#),
            "history[1].part",
        ),
        (id(r#""history":[{"part":"apps.delegated","key":"x","change":"grown"}]"#), "history[0].change"),
        (id(r#""history":[{"part":"users","key":"x"}]"#), "history[0].change"),
    ];
    for (text, path) in cases {
        // A part's own path may go as deep as the reader knows it.
        let at = malformed_at(&text);
        assert_eq!(at, path, "{text}");
    }
}

#[test]
fn an_error_says_what_is_wrong_where_and_what_to_do() {
    let error = refuse("{\"schema\":1,\n\"tenant_id\":\"contoso\"}");
    let text = error.to_string();
    assert!(text.starts_with("`tenant.json` is malformed at `tenant_id` (line 2, column "), "{text}");
    assert!(text.contains("contoso") && text.contains("UUID"), "{text}");
    assert!(!text.contains("Raw"), "{text}");
    assert!(error.help().contains("graphwhy fetch"));
    assert!(error.place().starts_with("tenant_id (line 2"), "{}", error.place());
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_text() {
    assert_eq!(read("\u{feff}{\"schema\":1}"), Snapshot::default());
}

#[test]
fn names_compare_without_case_and_tag() {
    use graphwhy::tenant::name::{bare, is_global, same};
    assert!(same("Tag:Meetings", "meetings"));
    assert!(same("TAG:MEETINGS", "tag:meetings"));
    assert!(same("Réunions", "RÉUNIONS"));
    assert!(!same("Meetings", "Meetings2"));
    assert!(is_global("GLOBAL") && is_global("Tag:Global") && !is_global("Global2"));
    assert_eq!(bare("tag:"), "");
    assert_eq!(bare("日本語の"), "日本語の");
}

/// Several pieces long, with characters of several bytes, so that pieces end anywhere.
fn long_snapshot() -> Value {
    let user = |n: u32| format!("00000000-0000-4000-8000-{n:012x}");
    let users: Vec<Value> = (0..6000)
        .map(|n| json!({"id": user(n), "upn": format!("é{n}@contoso.com"), "name": format!("漢字 \\ \"{n}\" ü"), "teams": "enabled"}))
        .collect();
    let members: Vec<String> = (0..4000).map(user).collect();
    json!({
        "schema": 1,
        "tenant_id": user(9),
        "x-unknown": [[{"deep": [1, 2.5, null, "]}"]}], 12345678],
        "policies": {"status": "complete", "read_at": "2026-11-23T10:00:00Z", "items": [
            {"name": "Global", "app_ids": []}, {"name": "Tag:Été", "app_ids": [user(1), "no id"]},
        ]},
        "direct": {"status": "complete", "items": [{"user_id": user(1), "policy": "été"}, {"user_id": user(2)}, {"user_id": user(3), "policy": null}]},
        "groups": {"status": "partial", "reason": {"kind": "failed"}, "items": [
            {"group_id": user(7), "policy": "Été", "rank": 2, "members": {"status": "complete", "items": members}, "x": {}},
            {"group_id": user(8), "members": null, "nested": [user(7), user(4)]},
        ]},
        "nested_groups": {"items": [{"group_id": user(4), "name": "Inner", "nested": [user(8)], "x": 1,
            "members": {"status": "complete", "read_at": "2026-11-23T10:00:00Z", "items": [user(1), user(2)]}}]},
        "effective": null,
        "users": {"status": "complete", "items": users},
        "apps": {"items": [{"app_id": user(1), "roles": [{"value": "OnlineMeetings.Read.All"}]}]},
        "settings": {"graph_transcript_access": true},
        "history": [{"part": "direct", "key": user(1), "change": "added", "not_after": "2026-11-23T10:00:00Z"}],
    })
}

#[test]
fn a_file_that_is_read_piece_by_piece_is_the_same_snapshot() {
    let text = long_snapshot().to_string();
    assert!(text.len() > 3 << 18, "{}", text.len());
    for shift in 0..6 {
        // The mark stands at the very beginning only.
        let text = format!("{}{}{text}\n", if shift == 5 { "\u{feff}" } else { "" }, " ".repeat(shift));
        let loaded = tenant::load(text.as_bytes(), "tenant.json").unwrap().unwrap();
        assert_eq!(loaded, tenant::parse(&text, "tenant.json").unwrap());
    }
    let pretty = serde_json::to_string_pretty(&long_snapshot()).unwrap();
    assert_eq!(tenant::load(pretty.as_bytes(), "t").unwrap().unwrap(), tenant::parse(&text, "t").unwrap());
}

#[test]
fn what_is_no_clean_snapshot_is_left_to_the_reader_that_explains() {
    let whole = long_snapshot().to_string();
    let cut = whole.len() / 2;
    let cut = (cut..).find(|at| whole.is_char_boundary(*at)).unwrap();
    let texts = [
        String::new(),
        "[]".to_owned(),
        r#"{"value":[]}"#.to_owned(),
        r#"{"tenant_id":null}"#.to_owned(),
        r#"{"schema":1,"schema":1}"#.to_owned(),
        r#"{"schema":1,"users":{"items":[],"items":[]}}"#.to_owned(),
        r#"{"schema":1,"users":7}"#.to_owned(),
        r#"{"schema":1,"users":{"items":[{"id":"x"}]}}"#.to_owned(),
        r#"{"schema":1} {}"#.to_owned(),
        r#"{"schema":1,}"#.to_owned(),
        r#"{"schema":1"#.to_owned(),
        whole[..cut].to_owned(),
    ];
    for text in texts {
        assert!(tenant::load(text.as_bytes(), "t").is_none(), "{text}");
        assert!(tenant::parse(&text, "t").is_err(), "{text}");
    }
    assert!(tenant::load([b"{\"schema\":1,\"cloud\":\"".as_slice(), b"\xff\"}"].concat().as_slice(), "t").is_none());
    let mut twice = long_snapshot();
    twice["direct"]["items"][2]["user_id"] = twice["direct"]["items"][0]["user_id"].clone();
    let text = twice.to_string();
    let error = tenant::load(text.as_bytes(), "t").unwrap().unwrap_err();
    assert_eq!(error, tenant::parse(&text, "t").unwrap_err());
    assert_eq!(error.place(), "direct.items[2].user_id");
}

#[test]
fn names_of_policies_without_ids_survive_the_round_trip() {
    let text = r#"{"schema":1,"policies":{"status":"complete","items":[{"name":"Global","app_ids":[]},{"name":"Tag:Unread"}]}}"#;
    let snapshot = tenant::parse(text, "t").unwrap();
    assert_eq!(snapshot.unread_policies, ["Unread"]);
    assert!(
        snapshot.lacks_policy("Nowhere") && !snapshot.lacks_policy("tag:UNREAD") && !snapshot.lacks_policy("global")
    );
    assert_eq!(tenant::parse(&tenant::write(&snapshot), "t").unwrap(), snapshot);
}

/// One object has one entry; the place and the earlier one are named, by either reader.
#[test]
fn nothing_is_listed_twice() {
    let id = "748d2cbb-3b55-40ed-8c34-2eae5932b22a";
    for (part, key, entry) in [
        ("users", "id", json!({ "id": id })),
        ("apps", "app_id", json!({ "app_id": id })),
        ("groups", "group_id", json!({ "group_id": id, "policy": "Meetings" })),
        ("direct", "user_id", json!({ "user_id": id, "policy": "Meetings" })),
    ] {
        let mut other = entry.clone();
        other[key] = json!("848d2cbb-3b55-40ed-8c34-2eae5932b22a");
        let mut again = entry.clone();
        again[key] = json!(id.to_uppercase());
        for status in ["complete", "partial"] {
            let state = |items: Value| json!({ "schema": 1, (part): { "status": status, "items": items } }).to_string();
            assert!(tenant::parse(&state(json!([entry, other])), "t").is_ok(), "{part}");
            let error = tenant::parse(&state(json!([entry, other, again])), "t").unwrap_err();
            assert_eq!(error.place(), format!("{part}.items[2].{key}"));
            assert!(error.to_string().contains(&format!("{part}.items[0]")), "{error}");
        }
    }
}

/// A principal name of two users names neither.
#[test]
fn a_shared_principal_name_names_nobody() {
    let users = json!([
        { "id": "748d2cbb-3b55-40ed-8c34-2eae5932b22a", "upn": "adele@contoso.com" },
        { "id": "848d2cbb-3b55-40ed-8c34-2eae5932b22a", "upn": "Adele@Contoso.com" },
        { "id": "948d2cbb-3b55-40ed-8c34-2eae5932b22a", "upn": "alex@contoso.com" },
    ]);
    let text = json!({ "schema": 1, "users": { "status": "complete", "items": users } }).to_string();
    let snapshot = tenant::parse(&text, "t").unwrap();
    for view in [View::new(&snapshot), View::indexed(&snapshot)] {
        assert!(view.user_named("ADELE@contoso.com").is_none());
        assert_eq!((view.sharing("adele@contoso.com"), view.sharing("alex@contoso.com")), (Some(2), None));
        assert!(view.user_named("alex@contoso.com").is_some());
        let names = graphwhy::tenant::subject::Names::new(&view);
        let of = |name: &str| names.user(&graphwhy::tenant::subject::Subject::of(name));
        assert_eq!(of("adele@contoso.com"), graphwhy::tenant::subject::Resolved::Several(2));
    }
}

proptest::proptest! {
    /// Reads that later ones overtake stand in a snapshot that is written again, as they did in the first.
    #[test]
    fn what_is_read_comes_out_again(
        reads in proptest::collection::vec((0..3_usize, 0..3_usize, 0..4_usize, proptest::option::of(0..60_u32)), 0..5),
        direct in proptest::collection::btree_map(0..3_usize, 0..3_usize, 0..3),
        complete in proptest::bool::ANY,
        changes in proptest::collection::vec((0..3_usize, 0..3_usize, 0..60_u32, 0..60_u32), 0..3),
    ) {
        const USERS: [&str; 3] = [USER, "0b7f4c92-6e1d-4a3b-9f58-2c7d1e6a8b03", "c2f8a9d1-4b6e-4f70-8a3c-9d5e7b1f2a46"];
        let policy = |at: usize| [Value::Null, json!("Meetings"), json!("Rooms")][at].clone();
        let minute = |minute: u32| json!(format!("2026-11-20T09:{minute:02}:00Z"));
        let mut seen = std::collections::HashSet::new();
        let effective: Vec<Value> = reads
            .iter()
            .filter(|(user, ..)| seen.insert(*user))
            .map(|(user, held, via, at)| {
                let via = ["direct", "group", "global"].get(*via).map_or(Value::Null, |via| json!(via));
                json!({"user_id": USERS[*user], "policy": policy(*held), "via": via, "read_at": at.map_or(Value::Null, minute)})
            })
            .collect();
        let direct: Vec<Value> =
            direct.iter().map(|(user, held)| json!({"user_id": USERS[*user], "policy": policy(*held)})).collect();
        let history: Vec<Value> = changes
            .iter()
            .map(|(user, what, a, b)| {
                let what = ["added", "removed", "changed"][*what];
                json!({"part": "direct", "key": USERS[*user], "change": what,
                    "value": "Meetings", "not_before": minute(*a.min(b)), "not_after": minute(*a.max(b))})
            })
            .collect();
        let status = if complete { "complete" } else { "partial" };
        let text = json!({"schema": 1,
            "direct": {"status": status, "read_at": minute(30), "items": direct},
            "effective": {"status": "partial", "read_at": minute(20), "items": effective},
            "history": history});
        let first = read(&text.to_string());
        let kept = |snapshot: &Snapshot| snapshot.effective.items.len() + snapshot.overtaken.len();
        let told = effective.iter().filter(|it| !it["policy"].is_null() || it["via"] == "global").count();
        proptest::prop_assert!(kept(&first) >= told);
        let second = read(&tenant::write(&first));
        proptest::prop_assert_eq!(kept(&second), kept(&first));
        proptest::prop_assert_eq!(second, first);
    }
}

#[test]
fn an_overtaken_read_is_written() {
    let text = format!(
        r#"{{"schema":1,"direct":{{"status":"complete","read_at":"2026-11-20T09:30:00Z","items":[]}},
            "effective":{{"status":"partial","items":[{{"user_id":"{USER}","policy":"Meetings","via":"direct","read_at":"2026-11-20T09:00:00Z"}}]}}}}"#
    );
    let first = read(&text);
    assert_eq!((first.effective.items.len(), first.overtaken.len()), (0, 1));
    assert_eq!(read(&tenant::write(&first)).overtaken, first.overtaken);
}
