//! Conflicts, broken files and hostile ones.

use super::export::EXPORT;
use super::*;

#[test]
fn conflicts_name_both_places() {
    let cases = [
        ("Identity,AppIds\nA,\n", format!("Identity,AppIds\nTAG:a,{APP}\n"), "policy `"),
        (
            &format!("Identity,ApplicationAccessPolicy\n{USER},A\n"),
            format!("Identity,ApplicationAccessPolicy\n{USER},\n"),
            "direct assignment",
        ),
        (
            &format!("GroupId,PolicyType,PolicyName,Rank\n{GROUP},ApplicationAccessPolicy,P,1\n"),
            format!("GroupId,PolicyType,PolicyName,Rank\n{APP},ApplicationAccessPolicy,P,1\n"),
            "rank 1",
        ),
        (
            &format!("GroupId,PolicyType,PolicyName,Rank\n{GROUP},ApplicationAccessPolicy,P,1\n"),
            format!("GroupId,PolicyType,PolicyName,Rank\n{GROUP},ApplicationAccessPolicy,Q,1\n"),
            "assignment of group",
        ),
        (
            &format!("Id,UserPrincipalName,AccountEnabled\n{USER},a@contoso.com,True\n"),
            format!("Id,UserPrincipalName,AccountEnabled\n{USER},A@contoso.com,False\n"),
            "the account of user",
        ),
        (
            "Identity,EnableGraphTranscriptAccess\nGlobal,True\n",
            "Identity,EnableGraphTranscriptAccess\nGlobal,False\n".to_owned(),
            "EnableGraphTranscriptAccess",
        ),
    ];
    for (a, b, what) in cases {
        let error = read(&[("a.csv", a), ("b.csv", &b)]).unwrap_err();
        let text = error.to_string();
        assert!(text.contains(what) && text.contains("a.csv:2") && text.contains("b.csv:2"), "{text}");
        assert_eq!(error.place(), Some("b.csv:2"));
        assert!(read(&[("a.csv", a), ("again.csv", a)]).is_ok(), "{a}");
    }
}

#[test]
fn what_is_not_known_says_so() {
    // Names of a translated page; a portal's export; prose; nothing but an error.
    for text in [
        "Identität;Anwendungskennungen\nGlobal;x\n",
        "Identität : Global\nBeschreibung : x\n",
        "Name    Kennung\n----    -------\nGlobal  x\n",
        "{\"hello\":\"world\"}",
        "[1,2]",
        "prose only",
        "Get-CsOnlineUser : Access denied\nAt line:1 char:1\n+ Get-CsOnlineUser\n",
        "\u{0}\u{1}\u{2}",
    ] {
        let error = read(&[("x.txt", text)]).unwrap_err();
        assert!(error.place().is_some_and(|place| place.starts_with("x.txt:")), "{text}: {error}");
        assert!(!error.help().is_empty());
    }
    let imported = read(&[("x.txt", "Identity,AppIds\nGlobal,\n\nEtwas anderes\n")]).unwrap();
    assert!(imported.notes[0].text.contains("Etwas anderes") && imported.notes[0].place == "x.txt:4");
    let imported = read(&[("empty.txt", " \r\n")]).unwrap();
    assert!(imported.notes[0].text.contains("nothing in it"));
}

#[test]
fn broken_files_name_their_place() {
    let place = |text: &str| read(&[("x", text)]).unwrap_err().place().unwrap().to_owned();
    assert_eq!(place("[{\"Identity\":\"Global\",\"AppIds\":[]},\n{\"Identity\":\"A\""), "x:2:15");
    assert_eq!(place("[\n{\"Identity\":\"Global\",\"AppIds\":[]}\n"), "x:3:1");
    assert_eq!(place("Identity,AppIds\nGlobal,a,b\n"), "x:2");
    assert_eq!(place("Identity,AppIds\nGlobal\n"), "x:2");
    assert_eq!(place("Identity,AppIds\nGlobal,\nA,\"x\n"), "x:3");
    assert_eq!(place(&format!("GroupId,PolicyType,PolicyName,Rank\n{GROUP},ApplicationAccessPolicy,P,0\n")), "x:2");
}

#[test]
fn completeness_must_have_something_to_stand_on() {
    let text = "Identity,AppIds\nGlobal,\n";
    assert!(matches!(
        read_with(&[("x", text)], &[Part::Users]),
        Err(ImportError::NothingToComplete { part: Part::Users, left_out: None })
    ));
    let s = read_with(&[("x", text)], &[Part::Direct, Part::Groups]).unwrap().snapshot;
    assert_eq!((s.direct.status, s.groups.status), (Status::Complete, Status::Complete));
}

#[test]
fn the_sdk_prints_what_was_not_asked_for_as_empty() {
    let sdk = format!(
        "[{{\"Id\":\"{USER}\",\"UserPrincipalName\":\"a@contoso.com\",\"AccountEnabled\":null,\"AssignedPlans\":[]}}]"
    );
    let graph = format!("[{{\"id\":\"{USER}\",\"userPrincipalName\":\"a@contoso.com\",\"assignedPlans\":[]}}]");
    assert_eq!((one(&sdk).users.items[0].teams, one(&sdk).users.items[0].enabled), (None, None));
    assert_eq!(one(&graph).users.items[0].teams, Some(Teams::Absent));
}

#[test]
fn objects_below_the_depth_of_json_tell_nothing() {
    let text = format!(
        "[{{\"Identity\":\"{USER}\",\"ApplicationAccessPolicy\":\"@{{Name=P; Authority=Tenant}}\",\"EffectivePolicyAssignments\":[\"Microsoft.X\"]}}]"
    );
    let s = one(&text);
    assert_eq!(s.direct.items[0].policy.as_deref(), Some("P"));
    assert_eq!(s.effective.status, Status::Missing);
}

#[test]
fn any_bytes_are_read_without_a_panic() {
    let console = include_str!("../../testdata/import/console.txt");
    let mut random = Random(7);
    for text in [console, EXPORT] {
        for _ in 0..300 {
            let mut bytes = text.as_bytes().to_vec();
            for _ in 0..1 + random.below(8) {
                let at = random.below(bytes.len());
                bytes[at] = *random.pick(b"\"{}[],:;-\n\r \t\\.#@'\xE2\x80\xA6\x00\xFFaZ0");
            }
            let text = source::decode(&bytes);
            let _ = read(&[("x", &text)]);
        }
    }
    let deep = "[".repeat(100_000);
    assert!(read(&[("x", &deep)]).is_err());
    let deep = "{\"value\":".repeat(100_000);
    assert!(read(&[("x", &deep)]).is_err());
}

#[test]
fn lost_characters_are_told_and_no_name_is_built_on_them() {
    let text = source::decode(b"Identity,AppIds,Description\nGlobal,,\nTag:R\xE9unions,,\n");
    let imported = read_with(&[("x.csv", &text)], &[Part::Policies]).unwrap();
    assert_eq!((imported.snapshot.policies.status, imported.snapshot.policies.items.len()), (Status::Partial, 1));
    assert!(imported.notes[0].text.contains("-Encoding utf8"), "{:?}", imported.notes);
    assert_eq!(imported.notes[0].place, "x.csv:3");
}

#[test]
fn a_token_given_by_mistake_is_not_printed() {
    let token = format!("eyJ{}.eyJ{}.c2lnbmF0dXJl", "a".repeat(40), "b".repeat(40));
    let error = read(&[("token.txt", &token)]).unwrap_err();
    assert!(!error.to_string().contains("eyJ"), "{error}");
}
