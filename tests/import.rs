//! Importing what admins export.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "tests fail by panicking"
)]

#[path = "import/forms.rs"]
mod forms;

use forms::{Object, Random, V};
use graphwhy::source;
use graphwhy::tenant::import::{File, ImportError, Imported, Options, Part, import};
use graphwhy::tenant::{self, Policy, RoleGrant, Snapshot, Status, Teams, Via};
use uuid::Uuid;

const APP: &str = "9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20";
const OTHER: &str = "1f7b3d52-2c84-4d0e-9a3c-6b8e5f4a7d11";
const USER: &str = "5b1e2c3d-1111-4222-8333-944455556666";
const GROUP: &str = "6c2f3d4e-1111-4222-8333-944455556666";
const PRINCIPAL: &str = "7d3f4e5f-1111-4222-8333-944455556666";
const GRAPH_PRINCIPAL: &str = "8e4f5a6b-1111-4222-8333-944455556666";
const GRAPH: &str = "00000003-0000-0000-c000-000000000000";

fn read(files: &[(&str, &str)]) -> Result<Imported, ImportError> {
    read_with(files, &[])
}

fn read_with(files: &[(&str, &str)], complete: &[Part]) -> Result<Imported, ImportError> {
    let files: Vec<File<'_>> = files.iter().map(|(name, text)| File { name, text }).collect();
    import(&files, &Options { complete: complete.to_vec(), tenant: None })
}

fn one(text: &str) -> Snapshot {
    read(&[("x.txt", text)]).unwrap_or_else(|error| panic!("{error}\n{text}")).snapshot
}

fn id(text: &str) -> Uuid {
    text.parse().unwrap()
}

// --- the same tenant in every form -------------------------------------------------------------------------

/// One command's output, and what stands around it.
struct Output {
    command: String,
    file: String,
    objects: Vec<Object>,
}

struct Tenant {
    outputs: Vec<Output>,
    policies: Vec<(String, Vec<String>, Option<String>)>,
    users: Vec<(String, String, String, bool, bool, Option<String>)>,
    groups: Vec<(String, String, Vec<String>)>,
    roles: Vec<(String, Vec<String>)>,
    switches: (bool, bool),
}

const NAMES: [&str; 10] = [
    "Meetings",
    "O'Brien, \"Ada\"",
    "a; b, c: d",
    "会議ポリシー",
    "Réunions (été)",
    "Sales : EMEA",
    "x",
    "Policy 100% {test}",
    "Über-Team",
    "A name of many words that a narrow window breaks onto the next line because it is long",
];

fn generate(random: &mut Random) -> Tenant {
    let mut policies = vec![("Global".to_owned(), Vec::new(), None)];
    for name in NAMES {
        if random.chance(40) {
            let ids = (0..random.below(6)).map(|_| random.id()).collect();
            let description = random.chance(50).then(|| format!("for {}", random.pick(&NAMES)));
            policies.push((name.to_owned(), ids, description));
        }
    }
    if random.chance(50) {
        policies[0].1.push(APP.to_owned());
    }
    let names: Vec<String> = policies.iter().map(|policy| policy.0.clone()).collect();
    let users: Vec<_> = (0..1 + random.below(6))
        .map(|n| {
            let policy = random.chance(50).then(|| random.pick(&names).clone());
            let name = format!("{} {n}", random.pick(&NAMES));
            (random.id(), format!("user{n}@contoso.com"), name, random.chance(80), random.chance(70), policy)
        })
        .collect();
    let groups: Vec<_> = (0..random.below(4))
        .map(|_| {
            let mut members: Vec<String> = users.iter().filter(|_| random.chance(40)).map(|it| it.0.clone()).collect();
            members.push(random.id());
            (random.id(), random.pick(&names).clone(), members)
        })
        .collect();
    let principals: Vec<(String, String)> = (0..random.below(4)).map(|_| (random.id(), random.id())).collect();
    let roles: Vec<(String, Vec<String>)> = principals
        .iter()
        .map(|(app, _)| (app.clone(), (0..1 + random.below(3)).map(|_| random.id()).collect()))
        .collect();
    let switches = (random.chance(50), random.chance(50));

    let tag = *random.pick(&["Tag:", "tag:", "TAG:", ""]);
    let text = |text: &str| V::Text(text.to_owned());
    let maybe = |value: &Option<String>| value.as_ref().map_or(V::Null, |it| V::Text(it.clone()));
    let named = |name: &str| if name == "Global" { name.to_owned() } else { format!("{tag}{name}") };
    let mut outputs = Vec::new();
    let mut output = |command: &str, file: &str, objects: Vec<Object>| {
        if objects.is_empty() {
            return;
        }
        outputs.push(Output { command: command.to_owned(), file: file.to_owned(), objects });
    };
    output(
        "Get-CsApplicationAccessPolicy",
        "policies",
        policies
            .iter()
            .map(|(name, ids, description)| {
                vec![
                    ("Identity", V::Text(named(name))),
                    ("AppIds", V::List(ids.clone())),
                    ("Description", maybe(description)),
                ]
            })
            .collect(),
    );
    let as_objects = random.chance(50);
    output(
        "Get-CsOnlineUser",
        "users",
        users
            .iter()
            .map(|(id, upn, name, enabled, teams, policy)| {
                let mut features = vec!["AudioConferencing".to_owned()];
                features.extend(teams.then(|| "Teams".to_owned()));
                vec![
                    ("Identity", text(id)),
                    ("UserPrincipalName", text(upn)),
                    ("DisplayName", text(name)),
                    ("AccountEnabled", V::Bool(*enabled)),
                    ("AccountType", text("User")),
                    ("FeatureTypes", V::List(features)),
                    (
                        "ApplicationAccessPolicy",
                        match policy {
                            None => V::Null,
                            Some(name) if as_objects => V::Named(name.clone()),
                            Some(name) => V::Text(named(name)),
                        },
                    ),
                ]
            })
            .collect(),
    );
    output(
        "Get-CsGroupPolicyAssignment -PolicyType ApplicationAccessPolicy",
        "groups",
        groups
            .iter()
            .zip(1..)
            .map(|((id, policy, _), rank)| {
                vec![
                    ("GroupId", text(id)),
                    ("PolicyType", text("ApplicationAccessPolicy")),
                    ("PolicyName", text(policy)),
                    ("Rank", V::Number(rank)),
                    ("CreatedTime", text("10/25/2026 12:40:09 AM")),
                    ("CreatedBy", text(USER)),
                ]
            })
            .collect(),
    );
    for (group, _, members) in &groups {
        let objects = members.iter().map(|id| vec![("Id", text(id)), ("DeletedDateTime", V::Null)]).collect();
        output(&format!("Get-MgGroupMember -GroupId {group} -All"), &format!("members-{group}"), objects);
    }
    output(
        "Get-MgServicePrincipal -All",
        "apps",
        principals
            .iter()
            .map(|(app, principal)| (app.as_str(), principal.as_str()))
            .chain([(GRAPH, GRAPH_PRINCIPAL)])
            .map(|(app, principal)| {
                vec![
                    ("DisplayName", text("An app")),
                    ("Id", text(principal)),
                    ("AppId", text(app)),
                    ("AccountEnabled", V::Bool(true)),
                    ("ServicePrincipalType", text("Application")),
                ]
            })
            .collect(),
    );
    for ((_, principal), (_, roles)) in principals.iter().zip(&roles) {
        output(
            &format!("Get-MgServicePrincipalAppRoleAssignment -ServicePrincipalId {principal}"),
            &format!("roles-{principal}"),
            roles
                .iter()
                .map(|role| {
                    vec![
                        ("AppRoleId", text(role)),
                        ("PrincipalId", text(principal)),
                        ("PrincipalType", text("ServicePrincipal")),
                        ("ResourceDisplayName", text("Microsoft Graph")),
                        ("ResourceId", text(GRAPH_PRINCIPAL)),
                    ]
                })
                .collect(),
        );
    }
    output(
        "Get-CsTeamsMeetingConfiguration",
        "switches",
        vec![vec![
            ("Identity", text("Global")),
            ("DisableAnonymousJoin", V::Bool(false)),
            ("EnableGraphTranscriptAccess", V::Bool(switches.0)),
            ("EnableAttributedTranscripts", V::Bool(switches.1)),
        ]],
    );
    Tenant { outputs, policies, users, groups, roles, switches }
}

type Printer = fn(&[Object], &mut Random) -> String;
const FORMS: [(&str, Printer); 4] =
    [("json", forms::json), ("csv", forms::csv), ("list", forms::list), ("table", forms::table)];

/// Prints a tenant in one form, and reads it back.
fn round(tenant: &Tenant, printer: Printer, random: &mut Random, complete: &[Part]) -> (Snapshot, String) {
    let mut files: Vec<(String, String)> = Vec::new();
    if random.chance(50) {
        // One console, one file.
        let mut text = String::new();
        for output in &tenant.outputs {
            text += &format!("PS C:\\Users\\ada> {}\r\n", output.command);
            text += &printer(&output.objects, random);
            text += "\r\n";
        }
        text += "PS C:\\Users\\ada> \r\n";
        files.push(("console.txt".to_owned(), text));
    } else {
        for output in &tenant.outputs {
            files.push((format!("{}.txt", output.file), printer(&output.objects, random)));
        }
        if random.chance(50) {
            files.reverse();
        }
    }
    for (_, text) in &mut files {
        if random.chance(25) {
            *text = source::decode(&forms::utf16(text));
        }
    }
    let borrowed: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let all = files.iter().map(|(name, text)| format!("== {name}\n{text}\n")).collect();
    match read_with(&borrowed, complete) {
        Ok(imported) => {
            assert_eq!(imported.notes, [], "{all}");
            (imported.snapshot, all)
        }
        Err(error) => panic!("{error}\n{all}"),
    }
}

fn check(tenant: &Tenant, snapshot: &Snapshot, complete: bool, text: &str) {
    let status = if complete { Status::Complete } else { Status::Partial };
    let mut policies = tenant.policies.clone();
    policies.sort_by_key(|(name, ..)| (name != "Global", name.to_lowercase()));
    let read: Vec<(String, Vec<String>, Option<String>)> = snapshot
        .policies
        .items
        .iter()
        .map(|it| (it.name.clone(), it.app_ids.iter().map(Uuid::to_string).collect(), it.description.clone()))
        .collect();
    assert_eq!((snapshot.policies.status, read), (status, policies), "{text}");
    assert_eq!(snapshot.users.items.len(), tenant.users.len(), "{text}");
    for (id, upn, name, enabled, teams, policy) in &tenant.users {
        let user = snapshot.users.items.iter().find(|user| user.id.to_string() == *id).unwrap();
        assert_eq!((user.upn.as_ref(), user.name.as_ref()), (Some(upn), Some(name)), "{text}");
        assert_eq!((user.enabled, user.guest), (Some(*enabled), Some(false)), "{text}");
        assert_eq!(user.teams, teams.then_some(Teams::Enabled), "{text}");
        let direct = snapshot.direct.items.iter().find(|direct| direct.user_id.to_string() == *id).unwrap();
        assert_eq!(direct.policy, *policy, "{text}");
    }
    assert_eq!(snapshot.groups.items.len(), tenant.groups.len(), "{text}");
    for ((group, policy, members), (found, rank)) in tenant.groups.iter().zip(snapshot.groups.items.iter().zip(1..)) {
        assert_eq!((found.group_id.to_string(), &found.policy, found.rank), (group.clone(), policy, rank), "{text}");
        let mut members = members.clone();
        members.sort();
        let read: Vec<String> = found.members.items.iter().map(Uuid::to_string).collect();
        assert_eq!((found.members.status, read), (status, members), "{text}");
    }
    for (app, roles) in &tenant.roles {
        let found = snapshot.apps.items.iter().find(|it| it.app_id.to_string() == *app).unwrap();
        let mut roles: Vec<RoleGrant> =
            roles.iter().map(|role| RoleGrant { id: Some(id(role)), value: None, resource: Some(id(GRAPH)) }).collect();
        roles.sort_by_key(|grant| grant.id);
        if !complete {
            roles.push(RoleGrant { id: None, value: None, resource: None });
        }
        assert_eq!(found.roles.as_ref(), Some(&roles), "{text}");
    }
    let switches = (snapshot.settings.graph_transcript_access, snapshot.settings.attributed_transcripts);
    assert_eq!(switches, (Some(tenant.switches.0), Some(tenant.switches.1)), "{text}");
}

#[test]
fn every_form_of_a_tenant_gives_the_same_snapshot() {
    for seed in 0..200 {
        let mut random = Random(seed);
        let tenant = generate(&mut random);
        let complete = seed % 2 == 0;
        let mut parts = vec![Part::Policies, Part::Direct, Part::Groups, Part::Users, Part::Apps];
        if !tenant.groups.is_empty() {
            parts.push(Part::Members);
        }
        if !tenant.roles.is_empty() {
            parts.push(Part::Roles);
        }
        if !complete {
            parts.clear();
        }
        let mut first: Option<Snapshot> = None;
        for (form, printer) in FORMS {
            let (snapshot, text) = round(&tenant, printer, &mut random, &parts);
            check(&tenant, &snapshot, complete, &format!("seed {seed}, {form}\n{text}"));
            match &first {
                None => first = Some(snapshot.clone()),
                Some(first) => assert_eq!(
                    tenant::write(first),
                    tenant::write(&snapshot),
                    "seed {seed}: {form} differs from {}\n{text}",
                    FORMS[0].0
                ),
            }
            assert_eq!(tenant::parse(&tenant::write(&snapshot), "again").unwrap(), snapshot, "seed {seed}, {form}");
        }
    }
}

/// What was read says nothing that is not so.
fn check_honest(tenant: &Tenant, snapshot: &Snapshot, text: &str) {
    for policy in &snapshot.policies.items {
        let truth = tenant.policies.iter().find(|it| it.0 == policy.name);
        let truth = truth.unwrap_or_else(|| panic!("invented policy `{}`\n{text}", policy.name));
        assert_eq!(policy.app_ids.iter().map(Uuid::to_string).collect::<Vec<_>>(), truth.1, "{text}");
        assert_eq!(policy.other_ids, Vec::<String>::new(), "{text}");
    }
    for direct in &snapshot.direct.items {
        let truth = tenant.users.iter().find(|it| it.0 == direct.user_id.to_string()).unwrap();
        if direct.policy.as_deref() != Some("") {
            assert_eq!(direct.policy, truth.5, "{text}");
        }
    }
    for user in &snapshot.users.items {
        let truth = tenant.users.iter().find(|it| it.0 == user.id.to_string()).unwrap();
        assert!(user.upn.is_none() || user.upn.as_ref() == Some(&truth.1), "{text}");
        assert!(user.teams.is_none() || truth.4, "{text}");
    }
    for group in &snapshot.groups.items {
        let truth = tenant.groups.iter().find(|it| it.0 == group.group_id.to_string()).unwrap();
        assert!(group.policy.is_empty() || group.policy == truth.1, "{text}");
        assert!(group.members.items.iter().all(|id| truth.2.contains(&id.to_string())), "{text}");
    }
    for app in &snapshot.apps.items {
        let Some(truth) = tenant.roles.iter().find(|it| it.0 == app.app_id.to_string()) else { continue };
        for role in app.roles.iter().flatten().filter_map(|role| role.id) {
            assert!(truth.1.contains(&role.to_string()), "{text}");
        }
    }
}

#[test]
fn a_narrow_console_leaves_things_out_and_invents_none() {
    let all = [Part::Policies, Part::Direct, Part::Groups, Part::Users, Part::Apps, Part::Settings];
    let mut cuts = 0;
    for seed in 1000..1200 {
        let mut random = Random(seed);
        let tenant = generate(&mut random);
        let files: Vec<(String, String)> = tenant
            .outputs
            .iter()
            .map(|output| (format!("{}.txt", output.file), forms::narrow_table(&output.objects, &mut random)))
            .collect();
        let text: String = files.iter().map(|(name, text)| format!("== {name}\n{text}")).collect();
        let borrowed: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        match read(&borrowed) {
            Ok(imported) => check_honest(&tenant, &imported.snapshot, &text),
            // Headers too short to be told apart.
            Err(ImportError::Unrecognised { .. }) => continue,
            Err(error) => panic!("{error}\n{text}"),
        }
        let Ok(imported) = read_with(&borrowed, &all) else { continue };
        check_honest(&tenant, &imported.snapshot, &text);
        // Whoever calls a cut list complete is not believed.
        let policies = &imported.snapshot.policies;
        if policies.items.len() < tenant.policies.len() {
            assert_eq!(policies.status, Status::Partial, "{text}");
            assert!(policies.reason.as_ref().unwrap().detail.is_some());
            cuts += 1;
        }
        let direct = &imported.snapshot.direct;
        if direct.items.iter().any(|it| it.policy.as_deref() == Some("")) {
            assert_eq!(direct.status, Status::Partial, "{text}");
        }
    }
    assert!(cuts > 25, "{cuts}");
}

#[test]
fn a_text_that_ends_early_is_an_error_or_tells_less() {
    for seed in 2000..2100 {
        let mut random = Random(seed);
        let tenant = generate(&mut random);
        for (form, printer) in FORMS {
            let mut text = String::new();
            for output in &tenant.outputs {
                text += &format!("PS C:\\> {}\n{}\n", output.command, printer(&output.objects, &mut random));
            }
            let ends: Vec<usize> = text.match_indices('\n').map(|(at, _)| at + 1).collect();
            let part = &text[..*random.pick(&ends)];
            if let Ok(imported) = read(&[("console.txt", part)]) {
                // A name that is wrapped at the very end cannot be told from a short one.
                let wrapped = form == "list" && !part.ends_with("\r\n\r\n");
                if !wrapped {
                    check_honest(&tenant, &imported.snapshot, part);
                }
            }
            let mut at = random.below(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            if let Ok(imported) = read(&[("console.txt", &text[..at])]) {
                for policy in &imported.snapshot.policies.items {
                    let known = |it: &&(String, Vec<String>, Option<String>)| it.0 == policy.name;
                    let truth = tenant.policies.iter().find(known).unwrap();
                    assert_eq!(policy.app_ids.len(), truth.1.len(), "{}", &text[..at]);
                }
            }
        }
    }
}

// --- the project's own export ------------------------------------------------------------------------------

const EXPORT: &str = include_str!("../testdata/import/export.json");

#[test]
fn the_export_of_the_script_is_complete_and_dated() {
    let imported = read(&[("export.json", EXPORT)]).unwrap();
    assert_eq!(imported.notes, []);
    let s = imported.snapshot;
    let statuses = [s.policies.status, s.direct.status, s.groups.status, s.users.status, s.apps.status];
    assert_eq!(statuses, [Status::Complete; 5]);
    assert_eq!(s.tenant_id.unwrap().to_string(), "11111111-2222-4333-8444-555555555555");
    assert_eq!(s.taken_at.unwrap().to_string(), "2026-11-20T10:02:00Z");
    assert_eq!(s.policies.read_at.unwrap().to_string(), "2026-11-20T09:58:01Z");
    assert_eq!(s.users.source.as_deref(), Some("GET /users, Get-CsOnlineUser"));
    let group = &s.groups.items[0];
    assert_eq!((group.members.status, group.members.items.len(), group.nested.len()), (Status::Complete, 1, 1));
    let teams: Vec<_> = s.users.items.iter().map(|user| (user.guest, user.teams)).collect();
    assert_eq!(teams, [(Some(false), Some(Teams::Enabled)), (Some(true), Some(Teams::Absent))]);
    let app = s.apps.items.iter().find(|app| app.app_id == id(APP)).unwrap();
    let grant =
        RoleGrant { id: Some(id("b8bb2037-6e08-44ac-a4ea-4674e010e2a4")), value: None, resource: Some(id(GRAPH)) };
    assert_eq!(app.roles, Some(vec![grant]));
    let effective = &s.effective.items[0];
    assert_eq!((effective.policy.as_ref(), effective.via), (None, Some(Via::Global)));
    let history: Vec<_> = s.history.iter().map(|it| (it.part.as_str(), it.not_before.unwrap().to_string())).collect();
    assert_eq!(history, [("apps", "2026-10-01T08:00:00Z".to_owned()), ("groups", "2026-11-20T09:40:00Z".to_owned())]);
    assert_eq!(tenant::parse(&tenant::write(&s), "again").unwrap(), s);
}

#[test]
fn an_export_that_was_edited_or_cut_is_not_believed() {
    let dropped: String = EXPORT.lines().filter(|line| !line.contains("bob_fabrikam")).collect::<Vec<_>>().join("\n");
    let error = read(&[("export.json", &dropped)]).unwrap_err();
    assert!(error.to_string().contains("counts 2 items of `users`, and the file holds 1"), "{error}");
    assert_eq!(error.place(), Some("export.json:14 (item 13)"));
    let cut = &EXPORT[..EXPORT.find("{\"graphwhy_manifest\"").unwrap()];
    assert!(matches!(read(&[("export.json", cut)]), Err(ImportError::NotJson { .. })));
    // Closed by hand: nothing says that it is all.
    let closed = format!("{}\n]", cut.trim_end().trim_end_matches(','));
    let imported = read(&[("export.json", &closed)]).unwrap();
    assert_eq!(imported.snapshot.policies.status, Status::Partial);
    assert!(imported.notes[0].text.contains("did not finish"), "{:?}", imported.notes);
}

#[test]
fn a_read_that_failed_says_so() {
    let text = EXPORT
        .lines()
        .filter(|line| !line.contains("\"part\":\"users\",\"item\"") && !line.contains("\"part\":\"direct\",\"item\""))
        .collect::<Vec<_>>()
        .join("\n")
        .replace(
            "{\"part\":\"users\",\"status\":\"complete\",\"count\":2",
            "{\"part\":\"users\",\"status\":\"missing\",\"count\":0",
        )
        .replace(
            "\"source\":\"GET /users\",\"reason\":null",
            "\"source\":\"GET /users\",\"reason\":{\"kind\":\"forbidden\",\"detail\":\"Insufficient privileges\"}",
        )
        .replace(
            "{\"part\":\"direct\",\"status\":\"complete\",\"count\":1",
            "{\"part\":\"direct\",\"status\":\"complete\",\"count\":0",
        );
    let s = read(&[("export.json", &text)]).unwrap().snapshot;
    assert_eq!(s.users.status, Status::Missing);
    assert_eq!(s.users.reason.unwrap().kind, "forbidden");
    assert_eq!((s.direct.status, s.direct.items.len()), (Status::Complete, 0));
    assert_eq!(s.policies.status, Status::Complete);
}

#[test]
fn another_file_may_not_add_to_a_complete_list() {
    let paste = "Identity : Tag:Later\nAppIds : {}\n";
    for files in [[("export.json", EXPORT), ("later.txt", paste)], [("later.txt", paste), ("export.json", EXPORT)]] {
        let error = read(&files).unwrap_err().to_string();
        assert!(
            error.contains("policy `Later`") && error.contains("export.json") && error.contains("later.txt:1"),
            "{error}"
        );
    }
    let same = "Identity : Tag:MEETINGS\nAppIds : {9C4F2C1E-5A0B-4F6D-8F53-0D6A3C1B7E20}\n";
    assert!(read(&[("export.json", EXPORT), ("same.txt", same)]).is_ok());
}

// --- consoles ----------------------------------------------------------------------------------------------

#[test]
fn a_console_is_read_as_it_was_copied() {
    let imported = read(&[("console.txt", include_str!("../testdata/import/console.txt"))]).unwrap();
    let s = imported.snapshot;
    let notes: Vec<&str> = imported.notes.iter().map(|note| note.text.as_str()).collect();
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(notes[0].contains("other policy types") && notes[1].contains("Windows PowerShell"), "{notes:?}");
    assert_eq!(s.policies.items[1].app_ids, [id(APP), id(OTHER)]);
    assert_eq!(s.policies.items[1].description.as_deref(), Some("scheduler: books meetings, and the assistant"));
    assert_eq!(s.direct.items[0].policy.as_deref(), Some("Meetings"));
    assert_eq!((s.groups.items.len(), s.groups.items[0].rank), (1, 1));
    assert_eq!(s.groups.items[0].members.items, [id(USER)]);
    assert_eq!((s.effective.items[0].user_id, s.effective.items[0].policy.as_deref()), (id(USER), Some("Meetings")));
    let statuses = [s.policies.status, s.direct.status, s.groups.status, s.effective.status];
    assert_eq!(statuses, [Status::Partial; 4]);
    assert_eq!((s.apps.status, s.users.status), (Status::Missing, Status::Partial));
}

#[test]
fn a_list_cut_by_the_console_is_left_out_and_named() {
    for dots in ["...", "\u{2026}"] {
        let text =
            format!("Identity : Tag:Long\nAppIds   : {{{APP}, {OTHER}{dots}}}\n\nIdentity : Global\nAppIds   : {{}}\n");
        let imported = read_with(&[("x.txt", &text)], &[Part::Policies]).unwrap();
        let policies = &imported.snapshot.policies;
        assert_eq!((policies.status, policies.items.len()), (Status::Partial, 1));
        let detail = policies.reason.as_ref().unwrap().detail.as_ref().unwrap();
        assert!(detail.contains("`Long`") && detail.contains("x.txt:1"), "{detail}");
        // Another file has it whole.
        let whole = format!("[{{\"Identity\":\"Tag:Long\",\"AppIds\":[\"{APP}\",\"{OTHER}\"]}}]");
        let imported = read_with(&[("x.txt", &text), ("y.json", &whole)], &[Part::Policies]).unwrap();
        assert_eq!((imported.snapshot.policies.status, imported.notes), (Status::Complete, Vec::new()));
    }
}

#[test]
fn a_type_name_is_no_list() {
    let text =
        "\"Identity\",\"AppIds\"\n\"Tag:A\",\"System.Collections.Generic.List`1[System.String]\"\n\"Global\",\"\"\n";
    let s = one(text);
    assert_eq!(s.policies.items.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["Global"]);
    assert_eq!(s.policies.status, Status::Partial);
    let text = format!("Identity,ApplicationAccessPolicy\n{USER},Microsoft.Rtc.Management.UserPolicyDefinition\n");
    assert_eq!(one(&text).direct.items[0].policy.as_deref(), Some(""));
}

#[test]
fn pages_that_set_blank_lines_between_properties_are_read() {
    let text = format!(
        "Identity    : Global\n\nAppIds      : {{{APP}}}\n\nDescription :\n\nIdentity    : Tag:B\n\nAppIds      : {{}}\n"
    );
    let s = one(&text);
    assert_eq!(s.policies.items.len(), 2);
    assert_eq!(s.policies.items[0].app_ids, [id(APP)]);
}

#[test]
fn pastes_are_read_with_any_margin_fence_or_line_end() {
    for text in [
        format!("```\nIdentity : Global\nAppIds : {{{APP}}}\n```"),
        format!("    Identity : Global\r\n    AppIds   : {{{APP}}}\r\n"),
        format!("\u{feff}Identity : Global\rAppIds\n").replace("\rAppIds", &format!("\r\nAppIds : {{{APP}}}")),
        format!("Identity : Global\nAppIds : {{{APP}\n}}\n"),
        format!("sep=;\nIdentity;AppIds\nGlobal;{APP}"),
        format!("Identity\tAppIds\r\nGlobal\t{{{APP}}}"),
        format!("{{\"identity\":\"GLOBAL\",\"APPIDS\":\"{APP}\"}}"),
        format!("{{\"Identity\":\"Global\",\"AppIds\":\"{{{APP}}}\",\"Key\":{{\"ScopeClass\":\"Global\"}}}}"),
        format!("some prose\n\nIdentity AppIds\n-------- ------\nGlobal   {{{APP}}}\nPS C:\\> exit"),
    ] {
        let s = one(&text);
        assert_eq!(s.policies.items.len(), 1, "{text}");
        assert_eq!(s.policies.items[0].app_ids, [id(APP)], "{text}");
    }
}

#[test]
fn wrapped_table_cells_are_joined() {
    let text = format!(
        "Identity     AppIds                                  Description\n\
         --------     ------                                  -----------\n\
         Tag:Meetings {{{APP},                books meetings and\n\
         \x20            {OTHER}}}                 more\n\
         Global       {{}}\n"
    );
    let s = one(&text);
    assert_eq!(s.policies.items.len(), 2, "{s:?}");
    assert_eq!(s.policies.items[1].app_ids, [id(APP), id(OTHER)]);
}

#[test]
fn what_is_no_id_is_kept_apart() {
    let s = one("[{\"Identity\":\"Global\",\"AppIds\":[\"not an id\",\"9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20\"]}]");
    let expected = Policy {
        name: "Global".into(),
        app_ids: vec![id(APP)],
        other_ids: vec!["not an id".into()],
        description: None,
    };
    assert_eq!(s.policies.items, [expected]);
}

// --- Graph -------------------------------------------------------------------------------------------------

const ROOT: &str = "https://graph.microsoft.com/v1.0/$metadata";

#[test]
fn graph_answers_are_read() {
    let users = format!(
        r##"{{"@odata.context":"{ROOT}#users(id,userPrincipalName,accountEnabled,userType,assignedPlans)","value":[
        {{"id":"{USER}","userPrincipalName":"ada@contoso.com","accountEnabled":false,"userType":"Guest","assignedPlans":[
          {{"capabilityStatus":"Deleted","service":"TeamspaceAPI","servicePlanId":"57ff2da0-773e-42df-b2af-ffb7a2317929"}}]}}]}}"##
    );
    let principals = format!(
        r##"{{"@odata.context":"{ROOT}#servicePrincipals","value":[{{"id":"{PRINCIPAL}","appId":"{APP}","displayName":"App","accountEnabled":true}},
        {{"id":"{GRAPH_PRINCIPAL}","appId":"{GRAPH}","appRoles":[{{"id":"{OTHER}","value":"Some.Role"}}]}}]}}"##
    );
    let roles = format!(
        r##"{{"@odata.context":"{ROOT}#servicePrincipals('{PRINCIPAL}')/appRoleAssignments","value":[
        {{"appRoleId":"{OTHER}","principalId":"{PRINCIPAL}","resourceId":"{GRAPH_PRINCIPAL}","resourceDisplayName":"Microsoft Graph","createdDateTime":"2026-01-02T03:04:05Z"}}]}}"##
    );
    let grants = format!(
        r#"{{"value":[{{"clientId":"{PRINCIPAL}","consentType":"AllPrincipals","scope":"User.Read OnlineMeetings.Read"}}]}}"#
    );
    let application = format!(
        r##"{{"@odata.context":"{ROOT}#applications/$entity","id":"{GROUP}","appId":"{APP}","requiredResourceAccess":[
        {{"resourceAppId":"{GRAPH}","resourceAccess":[{{"id":"{OTHER}","type":"Role"}}]}},{{"resourceAppId":"{APP}","resourceAccess":[]}}]}}"##
    );
    let files = [
        ("u.json", users.as_str()),
        ("p.json", &principals),
        ("r.json", &roles),
        ("g.json", &grants),
        ("a.json", &application),
    ];
    let s = read_with(&files, &[Part::Roles]).unwrap().snapshot;
    let user = &s.users.items[0];
    assert_eq!((user.guest, user.enabled, user.teams), (Some(true), Some(false), Some(Teams::Disabled)));
    let app = s.apps.items.iter().find(|app| app.app_id == id(APP)).unwrap();
    let roles = app.roles.as_ref().unwrap();
    assert_eq!((roles.len(), roles[0].value.as_deref()), (1, Some("Some.Role")));
    assert_eq!(app.delegated.as_ref().unwrap().len(), 2);
    assert!(app.requested.as_ref().unwrap()[0].role);
    assert_eq!(app.application_object_id, Some(id(GROUP)));
    assert_eq!(s.history[0].key, APP);
}

#[test]
fn a_role_of_an_unknown_resource_decides_nothing() {
    let apps = format!("[{{\"Id\":\"{PRINCIPAL}\",\"AppId\":\"{APP}\",\"ServicePrincipalType\":\"Application\"}}]");
    let role = |name: &str| {
        format!(
            "[{{\"AppRoleId\":\"b8bb2037-6e08-44ac-a4ea-4674e010e2a4\",\"PrincipalId\":\"{PRINCIPAL}\",\"ResourceId\":\"{OTHER}\"{name}}}]"
        )
    };
    let roles = |text: &str| {
        let imported = read_with(&[("a.json", &apps), ("r.json", text)], &[Part::Roles]).unwrap();
        imported.snapshot.apps.items[0].roles.clone().unwrap()
    };
    let unnamed = RoleGrant { id: None, value: None, resource: None };
    assert_eq!(roles(&role("")), [unnamed.clone()]);
    // A role of Graph, on a resource that calls itself otherwise.
    assert_eq!(roles(&role(",\"ResourceDisplayName\":\"Look-alike\"")), [unnamed]);
    assert_eq!(roles(&role(",\"ResourceDisplayName\":\"Microsoft Graph\""))[0].resource, Some(id(GRAPH)));
}

#[test]
fn pages_are_one_list_and_an_open_one_is_partial() {
    let page = |user: &str, next: &str| {
        format!(
            "{{\"@odata.context\":\"{ROOT}#users\",{next}\"value\":[{{\"id\":\"{user}\",\"userPrincipalName\":\"x{user}@contoso.com\"}}]}}"
        )
    };
    let first = page(USER, "\"@odata.nextLink\":\"https://graph.microsoft.com/v1.0/users?$skiptoken=x\",");
    let s = read_with(&[("1.json", &first)], &[Part::Users]).unwrap().snapshot;
    assert_eq!(s.users.status, Status::Partial);
    let both = format!("{first}\n{}", page(GROUP, ""));
    let s = read_with(&[("1.json", &both)], &[Part::Users]).unwrap().snapshot;
    assert_eq!((s.users.status, s.users.items.len()), (Status::Complete, 2));
}

#[test]
fn effective_assignments_count_absence_only_where_the_type_shows() {
    let user = |id: &str, kind: &str| {
        format!(
            r#"{{"id":"{id}","accountType":"user","userPrincipalName":"{id}@contoso.com","effectivePolicyAssignments":[{{"policyType":"{kind}","policyAssignment":{{"displayName":"P","assignmentType":"group","groupId":"{GROUP}"}}}}]}}"#
        )
    };
    let other = user(USER, "TeamsMeetingPolicy");
    assert_eq!(one(&format!("{{\"value\":[{other}]}}")).effective.status, Status::Missing);
    let s = one(&format!("{{\"value\":[{other},{}]}}", user(APP, "ApplicationAccessPolicy")));
    let read: Vec<_> = s.effective.items.iter().map(|it| (it.user_id, it.policy.as_deref(), it.via)).collect();
    assert_eq!(read, [(id(USER), None, Some(Via::Global)), (id(APP), Some("P"), Some(Via::Group))]);
}

#[test]
fn sources_of_an_effective_policy_tell_how_it_reaches_the_user() {
    let text = format!(
        r#"[{{"PolicyType":"ApplicationAccessPolicy","PolicyName":"tag:P","PolicySource":[{{"AssignmentType":"Group","PolicyName":"P","Reference":"{GROUP}"}},{{"AssignmentType":"Group","PolicyName":"Q","Reference":"{APP}"}}]}}]"#
    );
    let file = format!("policies-{USER}.json");
    let s = read(&[(&file, &text)]).unwrap().snapshot;
    let known = &s.effective.items[0];
    assert_eq!((known.policy.as_deref(), known.via, known.group_id), (Some("P"), Some(Via::Group), Some(id(GROUP))));
    assert!(matches!(read(&[("policies.json", &text)]), Err(ImportError::NoUser { .. })));
    let other = "[{\"PolicyType\":\"TeamsMeetingPolicy\",\"PolicyName\":\"P\",\"PolicySource\":[]}]";
    let s = read(&[(&file, other)]).unwrap().snapshot;
    assert_eq!(s.effective.items, []);
    let s = read_with(&[(&file, other)], &[Part::Effective]).unwrap().snapshot;
    assert_eq!(s.effective.items[0].via, Some(Via::Global));
}

#[test]
fn members_need_their_group() {
    let group = |file: &str, text: &str| {
        let assigned = format!("GroupId,PolicyType,PolicyName,Rank\n{GROUP},ApplicationAccessPolicy,P,1\n");
        read(&[("g.csv", &assigned), (file, text)]).map(|it| it.snapshot.groups.items[0].clone())
    };
    let member = format!(
        "[{{\"Id\":\"{USER}\",\"DeletedDateTime\":null,\"AdditionalProperties\":{{\"@odata.type\":\"#microsoft.graph.user\"}}}},{{\"Id\":\"{APP}\",\"DeletedDateTime\":null,\"AdditionalProperties\":{{\"@odata.type\":\"#microsoft.graph.group\"}}}},{{\"Id\":\"{OTHER}\",\"DeletedDateTime\":null,\"AdditionalProperties\":{{\"@odata.type\":\"#microsoft.graph.device\"}}}}]"
    );
    let error = group("members.json", &member).unwrap_err();
    assert!(matches!(&error, ImportError::NoGroup { place } if place == "members.json:1 (item 1)"), "{error}");
    assert!(error.help().contains("members-<group id>.json"));
    let graph = format!(
        "{{\"@odata.context\":\"{ROOT}#directoryObjects\",\"@odata.nextLink\":\"https://graph.microsoft.com/v1.0/groups/{GROUP}/members?$skiptoken=x\",\"value\":{member}}}"
    );
    let in_context = format!("{{\"@odata.context\":\"{ROOT}#groups('{GROUP}')/members\",\"value\":{member}}}");
    let request = format!("GET https://graph.microsoft.com/v1.0/groups/{GROUP}/members\n\n{member}");
    let expanded = format!(
        "{{\"id\":\"{GROUP}\",\"displayName\":\"G\",\"members\":{}}}",
        member
            .replace("\"AdditionalProperties\":{", "\"x\":{")
            .replace(
                "\"DeletedDateTime\":null,\"x\":{\"@odata.type\":\"#microsoft.graph.user\"}",
                "\"@odata.type\":\"#microsoft.graph.user\""
            )
            .replace(
                "\"DeletedDateTime\":null,\"x\":{\"@odata.type\":\"#microsoft.graph.group\"}",
                "\"@odata.type\":\"#microsoft.graph.group\""
            )
            .replace(
                "\"DeletedDateTime\":null,\"x\":{\"@odata.type\":\"#microsoft.graph.device\"}",
                "\"@odata.type\":\"#microsoft.graph.device\""
            )
    );
    let named = format!("{GROUP}.json");
    for (file, text) in [
        (named.as_str(), &member),
        ("m.json", &graph),
        ("m.json", &in_context),
        ("m.txt", &request),
        ("m.json", &expanded),
    ] {
        let group = group(file, text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        assert_eq!(
            (group.members.items.as_slice(), group.nested.as_slice()),
            (&[id(USER)][..], &[id(APP)][..]),
            "{text}"
        );
        assert_eq!(group.members.status, Status::Partial);
    }
    let transitive = format!("GET /groups/{GROUP}/transitiveMembers\n{member}");
    assert_eq!(group("m.txt", &transitive).unwrap().members.status, Status::Missing);
    let console = format!(
        "Id : {USER}\nAdditionalProperties : {{[@odata.type, #microsoft.graph.user], [displayName, Ada]}}\nDeletedDateTime :\n"
    );
    assert_eq!(group(&named, &console).unwrap().members.items, [id(USER)]);
    let empty = read_with(
        &[
            ("g.csv", &format!("GroupId,PolicyType,PolicyName,Rank\n{GROUP},ApplicationAccessPolicy,P,1\n")),
            (&format!("members-{GROUP}.json"), "[]"),
        ],
        &[Part::Members],
    );
    assert_eq!(empty.unwrap().snapshot.groups.items[0].members.status, Status::Complete);
}

// --- conflicts and errors ----------------------------------------------------------------------------------

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
        Err(ImportError::NothingToComplete { part: Part::Users })
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
    let console = include_str!("../testdata/import/console.txt");
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

// --- the script --------------------------------------------------------------------------------------------

#[test]
fn the_script_only_reads() {
    let script = graphwhy::tenant::import::SCRIPT;
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let own = ["Get-Now", "Format-Time", "Write-Entry", "Export-Part", "Read-Graph"];
    let local = [
        "ForEach-Object",
        "Where-Object",
        "New-Object",
        "ConvertTo-Json",
        "Write-Progress",
        "Write-Warning",
        "Write-Host",
        "Move-Item",
        "Get-Command",
        "Get-Module",
    ];
    let reads = [
        "Get-CsTenant",
        "Get-CsApplicationAccessPolicy",
        "Get-CsGroupPolicyAssignment",
        "Get-CsTeamsMeetingConfiguration",
        "Get-CsOnlineUser",
        "Get-CsUserPolicyAssignment",
        "Get-MgContext",
        "Invoke-MgGraphRequest",
    ];
    // The signs-in in the help text.
    let told = ["Connect-MicrosoftTeams", "Connect-MgGraph"];
    let mut seen = 0;
    for word in script.split(|c: char| !is_word(c)) {
        let Some((verb, noun)) = word.split_once('-') else { continue };
        let cmdlet =
            verb.starts_with(|c: char| c.is_ascii_uppercase()) && noun.starts_with(|c: char| c.is_ascii_uppercase());
        if cmdlet {
            let known = own.iter().chain(&local).chain(&reads).chain(&told).any(|it| *it == word);
            assert!(known, "`{word}` is not known to read only");
            seen += 1;
        }
    }
    assert!(seen > 40, "{seen}");
    for line in script.lines().filter(|line| line.contains("Invoke-MgGraphRequest")) {
        assert!(line.contains("-Method GET"), "{line}");
    }
    for line in script.lines().filter(|line| line.contains("/v1.0/")) {
        assert!(line.contains("Read-Graph"), "{line}");
    }
}

#[test]
fn the_script_writes_the_parts_and_names_that_the_export_has() {
    let script = graphwhy::tenant::import::SCRIPT;
    let mut parts: Vec<Part> = script
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Export-Part '"))
        .map(|rest| Part::named(rest.split('\'').next().unwrap()).expect("a part"))
        .collect();
    parts.sort();
    assert_eq!(parts, Part::ALL);
    let lines: Vec<serde_json::Value> = serde_json::from_str(EXPORT).unwrap();
    for line in &lines {
        for name in
            line.as_object().unwrap().keys().chain(line["item"].as_object().into_iter().flat_map(|it| it.keys()))
        {
            assert!(script.contains(name.as_str()), "the script does not write `{name}`");
        }
    }
    for entry in lines.last().unwrap()["parts"].as_array().unwrap() {
        assert!(entry.as_object().unwrap().keys().all(|name| script.contains(name.as_str())), "{entry}");
    }
    // Quotes and braces are in pairs, so that the whole file is one script.
    assert_eq!(script.matches('{').count(), script.matches('}').count());
    assert_eq!(script.matches('(').count(), script.matches(')').count());
}

// --- the command -------------------------------------------------------------------------------------------

fn graphwhy(args: &[&str]) -> assert_cmd::assert::Assert {
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_graphwhy"));
    command.env_remove("GRAPHWHY_TOKEN").env("NO_COLOR", "1").args(args).assert()
}

fn stderr(assert: &assert_cmd::assert::Assert) -> String {
    String::from_utf8(assert.get_output().stderr.clone()).unwrap()
}

#[test]
fn the_command_writes_a_private_snapshot_and_tells_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("tenant.json");
    std::fs::write(&output, "old").unwrap();
    let to = output.to_str().unwrap();
    let run = graphwhy(&["import", "testdata/import/console.txt", "-o", to, "--complete", "policies,groups"]).success();
    let told = stderr(&run);
    assert!(told.contains("policies   complete"), "{told}");
    assert!(told.contains("direct     partial") && told.contains("Get-CsOnlineUser |"), "{told}");
    assert!(told.contains("apps       missing") && told.contains("Get-MgServicePrincipal -All"), "{told}");
    assert!(run.get_output().stdout.is_empty());
    let snapshot = tenant::parse(&std::fs::read_to_string(&output).unwrap(), "tenant.json").unwrap();
    assert_eq!((snapshot.policies.status, snapshot.direct.status), (Status::Complete, Status::Partial));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&output).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let run = graphwhy(&["import", "testdata/import/export.json", "-q"]).success();
    assert!(stderr(&run).is_empty());
    let text = String::from_utf8(run.get_output().stdout.clone()).unwrap();
    assert!(tenant::parse(&text, "stdout").unwrap().users.is_complete());
}

#[test]
fn the_command_fails_with_a_place_and_leaves_the_old_file() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("tenant.json");
    std::fs::write(&output, "old").unwrap();
    let bad = folder.path().join("bad.json");
    std::fs::write(&bad, forms::utf16("[{\"Identity\":\"Global\",\"AppIds\":[]},")).unwrap();
    let run = graphwhy(&["import", bad.to_str().unwrap(), "-o", output.to_str().unwrap()]).code(3);
    let told = stderr(&run);
    assert!(told.contains("broken JSON") && told.contains("bad.json:1:36") && told.contains("help: "), "{told}");
    assert_eq!(std::fs::read_to_string(&output).unwrap(), "old");
    graphwhy(&["import"]).code(2);
    graphwhy(&["import", "x", "--complete", "everything"]).code(2);
    graphwhy(&["import", "--script", "x"]).code(2);
    graphwhy(&["import", "no-such-file"]).code(3);
    graphwhy(&["import", "src"]).code(3);
    let other = "22222222-2222-4333-8444-555555555555";
    let run = graphwhy(&["import", "testdata/import/export.json", "--tenant", other]).code(3);
    assert!(stderr(&run).contains("the tenant: `--tenant` says"), "{}", stderr(&run));
    let run = graphwhy(&["import", "--script"]).success();
    assert_eq!(run.get_output().stdout, graphwhy::tenant::import::SCRIPT.as_bytes());
}

#[test]
fn explain_takes_the_same_files_as_state() {
    let folder = tempfile::tempdir().unwrap();
    let error = folder.path().join("error.json");
    std::fs::write(
        &error,
        r#"{"error":{"code":"Forbidden","message":"No application access policy found for this app."}}"#,
    )
    .unwrap();
    let policies = folder.path().join("policies.csv");
    std::fs::write(&policies, forms::utf16("\"Identity\",\"AppIds\"\r\n\"Global\",\"\"\r\n")).unwrap();
    let users = folder.path().join("users.txt");
    std::fs::write(&users, format!("Identity : {USER}\nApplicationAccessPolicy : Global\n")).unwrap();
    let request = format!("GET /users/{USER}/onlineMeetings/meeting");
    let args = |state: &[&str]| {
        let mut args =
            vec!["explain", error.to_str().unwrap(), "--format", "json", "--app", APP, "--request", &request];
        for file in state {
            args.extend(["--state", file]);
        }
        let run = graphwhy(&args);
        let text = String::from_utf8(run.get_output().stdout.clone()).unwrap();
        (serde_json::from_str::<serde_json::Value>(&text).unwrap(), stderr(&run))
    };
    let policy_gate = |document: &serde_json::Value| {
        let gates = document["results"][0]["gates"].as_array().unwrap().clone();
        gates.into_iter().find(|gate| gate["gate"] == "policy").unwrap()["outcome"].clone()
    };
    // Both files are one tenant: the assignment of one, the policy of the other.
    let (document, told) = args(&[policies.to_str().unwrap(), users.to_str().unwrap()]);
    assert_eq!(policy_gate(&document), "fail", "{document:#}");
    assert!(told.contains("policies partial") && told.contains("direct partial"), "{told}");
    let (document, _) = args(&[users.to_str().unwrap()]);
    assert_eq!(policy_gate(&document), "unknown", "{document:#}");
    // A broken snapshot is still told as one.
    let broken = folder.path().join("tenant.json");
    std::fs::write(&broken, "{\"schema\":1,\"policies\":[]}").unwrap();
    let (document, _) = args(&[broken.to_str().unwrap()]);
    assert!(document["error"]["message"].as_str().unwrap().contains("malformed at `policies`"), "{document:#}");
}
