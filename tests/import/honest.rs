//! What cannot be read for sure is told with its place, and is no fact.

use super::*;

/// Rows whose values are wider than their columns, as a chat or a wiki leaves them when it makes many blanks one.
#[test]
fn columns_that_run_into_each_other_tell_nothing() {
    let cases = [
        format!("Identity AppIds Description\n-------- ------ -----------\nTag:Meetings {{{APP}}} for tests\n"),
        format!("Identity AppIds\n-------- ------\nTag:A {{{APP}}}\nTag:Meetings {{{APP}, {OTHER}}}\n"),
        format!("AppIds Identity\n------ --------\n{{{APP}}} Tag:Meetings\n"),
        // The value fills its column, so that nobody knows where it ends.
        format!("Identity AppIds\n-------- ------\nTag:Meets{{{APP}}}\n"),
    ];
    for text in cases {
        let imported = read_with(&[("x.txt", &text)], &[]).unwrap();
        let policies = &imported.snapshot.policies;
        let wrong = policies.items.iter().find(|it| {
            let right = (it.name == "A" && it.app_ids == [id(APP)]) || it.name == "Global";
            !right || !it.other_ids.is_empty()
        });
        assert_eq!(wrong, None, "{text}");
        assert!(policies.reason.is_some() && policies.status != Status::Complete);
        assert!(
            imported.notes.iter().any(|it| it.text.contains("runs into") && it.place.starts_with("x.txt:")),
            "{text}"
        );
    }
    // One that says it is complete is not believed.
    let text = format!("Identity AppIds\n-------- ------\nGlobal   {{}}\nTag:Meetings {{{APP}}}\n");
    let policies = read_with(&[("x.txt", &text)], &[Part::Policies]).unwrap().snapshot.policies;
    assert_eq!((policies.status, policies.items.len()), (Status::Partial, 1));
    let text = format!(
        "GroupId PolicyType PolicyName Rank\n------- ---------- ---------- ----\n{GROUP} ApplicationAccessPolicy Meetings 1\n"
    );
    let groups = read_with(&[("x.txt", &text)], &[Part::Groups]).unwrap().snapshot.groups;
    assert_eq!((groups.status, groups.items.len()), (Status::Partial, 0));
    let text = format!("Identity ApplicationAccessPolicy\n-------- -----------------------\n{USER} Meetings\n");
    let s = read_with(&[("x.txt", &text)], &[Part::Direct]).unwrap().snapshot;
    assert_eq!((s.direct.status, s.direct.items.len(), s.users.items.len()), (Status::Partial, 0, 0));
    // A number may reach to the left of its header.
    let text = format!(
        "GroupId                              PolicyType              PolicyName Rank\n\
         -------                              ----------              ---------- ----\n\
         {GROUP} ApplicationAccessPolicy Meetings     12\n{OTHER} ApplicationAccessPolicy Meetings 123456\n"
    );
    let ranks: Vec<u32> = one(&text).groups.items.iter().map(|it| it.rank).collect();
    assert_eq!(ranks, [12, 123_456]);
}

#[test]
fn a_value_in_the_place_of_another_is_no_list_of_apps() {
    // The blanks between the columns are lost: what stands below `AppIds` is the description.
    for text in [
        "Identity AppIds Description\n-------- ------ -----------\nTag:A {} notes\n",
        "Identity : Tag:A\nAppIds : later\n",
    ] {
        let imported = read_with(&[("x.txt", text)], &[Part::Policies]).unwrap();
        assert_eq!((imported.snapshot.policies.items.len(), imported.snapshot.policies.status), (0, Status::Partial));
        assert!(imported.notes.iter().any(|it| it.place == "x.txt:3" || it.place == "x.txt:1"), "{:?}", imported.notes);
    }
    // A piece of an id may be the rest of any.
    let torn = format!("Identity : Tag:A\nAppIds   : {{{}, {OTHER}}}\n", &APP[..23]);
    let policies = read_with(&[("x.txt", &torn)], &[Part::Policies]).unwrap().snapshot.policies;
    assert_eq!((policies.items.len(), policies.status), (0, Status::Partial));
}

#[test]
fn app_ids_that_are_none_are_told_with_their_place() {
    let text = format!("[{{\"Identity\":\"Global\",\"AppIds\":[\"<app id>\",\"{APP}\"]}}]");
    let imported = read(&[("p.json", &text)]).unwrap();
    let note = &imported.notes[0];
    assert!(note.place.starts_with("p.json:1") && note.text.contains("`<app id>`"), "{note:?}");
    assert_eq!(imported.snapshot.policies.items[0].app_ids, [id(APP)]);
}

#[test]
fn ranks_that_are_none_are_told_with_their_place() {
    let row = |rank: &str| {
        format!(
            "{{\"GroupId\":\"{GROUP}\",\"PolicyType\":\"ApplicationAccessPolicy\",\"PolicyName\":\"P\",\"Rank\":{rank}}}"
        )
    };
    for bad in ["0", "-1", "1.5", "\"first\"", "true", "99999999999"] {
        let error = read(&[("g.json", &row(bad))]).unwrap_err();
        assert!(error.place().is_some_and(|place| place.starts_with("g.json:1")), "{bad}: {error}");
        assert!(error.to_string().contains(bad.trim_matches('"')), "{error}");
    }
    for cut in ["{\"value\":1}", "[1,2]", "\"System.Object\""] {
        let imported = read_with(&[("g.json", &row(cut))], &[Part::Groups]).unwrap();
        let groups = &imported.snapshot.groups;
        assert_eq!((groups.status, groups.items[0].rank), (Status::Partial, 0), "{cut}");
        assert!(imported.notes.iter().any(|it| it.text.contains("rank")), "{:?}", imported.notes);
    }
    let twice = format!("[{},{}]", row("1"), row("1").replace(GROUP, OTHER));
    let error = read(&[("g.json", &twice)]).unwrap_err().to_string();
    assert!(error.contains("rank 1") && error.contains(GROUP) && error.contains(OTHER), "{error}");
}

#[test]
fn a_snapshot_is_no_output_of_a_cmdlet() {
    let snapshot = tenant::write(&one(&format!("Identity : Global\nAppIds : {{{APP}}}\n")));
    for text in [snapshot.clone(), format!("```json\n{snapshot}```\n")] {
        let error = read(&[("t.json", &text)]).unwrap_err();
        assert!(error.to_string().contains("snapshot already"), "{error}");
        assert!(error.help().contains("--state"));
    }
}

#[test]
fn a_cloud_that_does_not_exist_is_an_error() {
    let text = super::export::EXPORT.replacen("\"graphwhy_export\":1", "\"graphwhy_export\":1,\"cloud\":\"mars\"", 1);
    let error = read(&[("export.json", &text)]).unwrap_err().to_string();
    assert!(error.contains("`mars` is no cloud"), "{error}");
}

#[test]
fn a_name_that_was_cut_inside_of_an_object_is_none() {
    for (value, expected) in [("@{Name=Meetings; Authority=Ten", Some("Meetings")), ("@{Name=Meet", Some(""))] {
        let text = format!("Identity,ApplicationAccessPolicy\n{USER},{value}\n");
        assert_eq!(one(&text).direct.items[0].policy.as_deref(), expected, "{value}");
    }
}
