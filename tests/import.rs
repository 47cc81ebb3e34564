//! Importing what admins export.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "tests fail by panicking"
)]

#[path = "import/command.rs"]
mod command;
#[path = "import/console.rs"]
mod console;
#[path = "import/errors.rs"]
mod errors;
#[path = "import/export.rs"]
mod export;
#[path = "import/forms.rs"]
mod forms;
#[path = "import/given.rs"]
mod given;
#[path = "import/graph.rs"]
mod graph;
#[path = "import/honest.rs"]
mod honest;
#[path = "import/reads.rs"]
mod reads;
#[path = "import/rows.rs"]
mod rows;
#[path = "import/sources.rs"]
mod sources;
#[path = "import/supplement.rs"]
mod supplement;
#[path = "import/tools.rs"]
mod tools;
#[path = "import/whose.rs"]
mod whose;

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
    import(&files, &Options { complete: complete.to_vec(), ..Options::default() })
}

fn one(text: &str) -> Snapshot {
    read(&[("x.txt", text)]).unwrap_or_else(|error| panic!("{error}\n{text}")).snapshot
}

fn id(text: &str) -> Uuid {
    text.parse().unwrap()
}

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
    /// Known to Graph, and not to Teams.
    guests: Vec<(String, String)>,
    /// User and policy.
    effective: Vec<(String, String)>,
    /// App, and the object id of its registration.
    registrations: Vec<(String, String)>,
    /// App, its delegated permissions, and whether an administrator consented for everybody.
    scopes: Vec<(String, Vec<&'static str>, bool)>,
}

const HOME: &str = "44444444-2222-4333-8444-555555555555";

const NAMES: [&str; 16] = [
    "Meetings",
    "O'Brien, \"Ada\"",
    "a; b, c: d",
    "会議ポリシー",
    "Réunions (été)",
    "Sales : EMEA",
    "x",
    "Policy 100% {test}",
    "Über-Team",
    "Sales | EMEA",
    "Team \u{1f389} Süd",
    "e\u{301}quipe",
    "tick ` and $env:X",
    "“Curly” ‘quotes’",
    "-- {a, b} --",
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
    let guests: Vec<_> =
        (0..random.below(3)).map(|n| (random.id(), format!("guest{n}_ext#EXT#@contoso.com"))).collect();
    let mut effective = Vec::new();
    for user in &users {
        // The read says that it is assigned directly.
        if let Some(policy) = user.5.as_ref().filter(|_| random.chance(60)) {
            effective.push((user.0.clone(), policy.clone()));
        }
    }
    let (mut registrations, mut scopes) = (Vec::new(), Vec::new());
    for (app, _) in &principals {
        if random.chance(50) {
            registrations.push((app.clone(), random.id()));
        }
        if random.chance(50) {
            let names = ["User.Read", "OnlineMeetings.Read"];
            scopes.push((app.clone(), names[..1 + random.below(2)].to_vec(), random.chance(50)));
        }
    }

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
                    ("AppOwnerOrganizationId", text(HOME)),
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
    output(
        "Get-MgUser -All",
        "people",
        users
            .iter()
            .map(|(id, upn, name, enabled, ..)| (id, upn, name.as_str(), *enabled, "Member"))
            .chain(guests.iter().map(|(id, upn)| (id, upn, "A guest", true, "Guest")))
            .map(|(id, upn, name, enabled, kind)| {
                vec![
                    ("Id", text(id)),
                    ("UserPrincipalName", text(upn)),
                    ("DisplayName", text(name)),
                    ("AccountEnabled", V::Bool(enabled)),
                    ("UserType", text(kind)),
                ]
            })
            .collect(),
    );
    for (user, policy) in &effective {
        output(
            &format!("Get-CsUserPolicyAssignment -Identity {user}"),
            &format!("policies-{user}"),
            vec![vec![
                ("PolicyType", text("ApplicationAccessPolicy")),
                ("PolicyName", text(policy)),
                ("PolicySource", V::List(vec!["Direct".to_owned()])),
            ]],
        );
    }
    output(
        "Get-MgApplication -All",
        "registrations",
        registrations
            .iter()
            .map(|(app, object)| {
                vec![
                    ("DisplayName", text("An app")),
                    ("Id", text(object)),
                    ("AppId", text(app)),
                    ("SignInAudience", text("AzureADMyOrg")),
                    ("PublisherDomain", text("contoso.com")),
                ]
            })
            .collect(),
    );
    output(
        "Get-MgOauth2PermissionGrant -All",
        "consents",
        scopes
            .iter()
            .map(|(app, scopes, wide)| {
                let principal = &principals.iter().find(|it| it.0 == *app).unwrap().1;
                vec![
                    ("ClientId", text(principal)),
                    ("ConsentType", text(if *wide { "AllPrincipals" } else { "Principal" })),
                    ("PrincipalId", if *wide { V::Null } else { text(USER) }),
                    ("ResourceId", text(GRAPH_PRINCIPAL)),
                    ("Scope", V::Text(scopes.join(" "))),
                ]
            })
            .collect(),
    );
    Tenant { outputs, policies, users, groups, roles, switches, guests, effective, registrations, scopes }
}

type Printer = fn(&[Object], &mut Random) -> String;
const FORMS: [(&str, Printer); 4] =
    [("json", forms::json), ("csv", forms::csv), ("list", forms::list), ("table", forms::table)];

/// Every command in a form of its own, as who asks three people gets it.
fn mixed(objects: &[Object], random: &mut Random) -> String {
    random.pick(&FORMS).1(objects, random)
}

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
            // What is called complete and was not printed at all is told, and nothing else.
            let printed = |command: &str| tenant.outputs.iter().any(|output| output.command.starts_with(command));
            let parts = [(Part::Direct, "Get-CsOnlineUser"), (Part::Groups, "Get-CsGroupPolicyAssignment")].into_iter();
            let bare = parts.filter(|(part, command)| complete.contains(part) && !printed(command));
            let wanted: Vec<String> = bare.map(|(part, _)| format!("--complete {part}")).collect();
            let told: Vec<String> = imported.notes.iter().map(|note| note.place.clone()).collect();
            assert_eq!(told, wanted, "{:?}\n{all}", imported.notes);
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
    assert_eq!(snapshot.users.items.len(), tenant.users.len() + tenant.guests.len(), "{text}");
    for (id, upn) in &tenant.guests {
        let user = snapshot.users.items.iter().find(|user| user.id.to_string() == *id).unwrap();
        assert_eq!((user.upn.as_ref(), user.guest, user.teams), (Some(upn), Some(true), None), "{text}");
    }
    let part_status = |seen: bool| if seen { status } else { Status::Missing };
    assert_eq!(snapshot.effective.status, part_status(!tenant.effective.is_empty()), "{text}");
    let mut effective = tenant.effective.clone();
    effective.sort();
    let read: Vec<(String, String)> =
        snapshot.effective.items.iter().map(|it| (it.user_id.to_string(), it.policy.clone().unwrap())).collect();
    assert_eq!(read, effective, "{text}");
    for app in snapshot.apps.items.iter().filter(|app| app.app_id != id(GRAPH)) {
        let own = app.app_id.to_string();
        let object = tenant.registrations.iter().find(|it| it.0 == own).map(|it| id(&it.1));
        assert_eq!((app.application_object_id, app.home_tenant), (object, Some(id(HOME))), "{text}");
        let scopes = tenant.scopes.iter().find(|it| it.0 == own);
        let read = app
            .delegated
            .as_ref()
            .map(|list| list.iter().map(|it| (it.scope.as_str(), it.tenant_wide)).collect::<Vec<_>>());
        let expected = scopes.map(|it| it.1.iter().map(|scope| (*scope, Some(it.2))).collect::<Vec<_>>());
        assert_eq!(read, expected, "{text}");
    }
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
        if !tenant.effective.is_empty() {
            parts.push(Part::Effective);
        }
        if !complete {
            parts.clear();
        }
        let mut first: Option<Snapshot> = None;
        for (form, printer) in FORMS.into_iter().chain([("mixed", mixed as Printer)]) {
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
        let own = user.id.to_string();
        let Some(truth) = tenant.users.iter().find(|it| it.0 == own) else {
            let guest = tenant.guests.iter().find(|it| it.0 == own).unwrap();
            assert!(user.upn.as_ref().is_none_or(|upn| *upn == guest.1) && user.teams.is_none(), "{text}");
            continue;
        };
        assert!(user.upn.is_none() || user.upn.as_ref() == Some(&truth.1), "{text}");
        assert!(user.teams.is_none() || truth.4, "{text}");
    }
    for group in &snapshot.groups.items {
        let truth = tenant.groups.iter().find(|it| it.0 == group.group_id.to_string()).unwrap();
        assert!(group.policy.is_empty() || group.policy == truth.1, "{text}");
        assert!(group.members.items.iter().all(|id| truth.2.contains(&id.to_string())), "{text}");
    }
    for read in &snapshot.effective.items {
        let truth = tenant.effective.iter().find(|it| it.0 == read.user_id.to_string()).unwrap();
        assert!(read.policy.as_ref().is_none_or(|policy| *policy == truth.1), "{text}");
    }
    for app in &snapshot.apps.items {
        let scopes = tenant.scopes.iter().find(|it| it.0 == app.app_id.to_string());
        let known = |scope: &str| scopes.is_some_and(|it| it.1.contains(&scope));
        assert!(app.delegated.iter().flatten().all(|it| known(&it.scope)), "{text}");
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
    for seed in 1000..1400 {
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

/// Consoles that wrap, count otherwise or lose blanks: less is read, and nothing that is not so.
#[test]
fn odd_tables_leave_things_out_and_invent_none() {
    let printers: [(&str, Printer); 3] =
        [("wrapped", forms::wrapped_table), ("flat", forms::flat_table), ("squeezed", forms::squeezed_table)];
    let mut read_back = [0; 3];
    for seed in 3000..3150 {
        let mut random = Random(seed);
        let tenant = generate(&mut random);
        for (at, (form, printer)) in printers.iter().enumerate() {
            let files: Vec<(String, String)> = tenant
                .outputs
                .iter()
                .map(|output| (format!("{}.txt", output.file), printer(&output.objects, &mut random)))
                .collect();
            let text: String = files.iter().map(|(name, text)| format!("== {form} {name}\n{text}")).collect();
            let borrowed: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
            match read(&borrowed) {
                Ok(imported) => {
                    check_honest(&tenant, &imported.snapshot, &text);
                    read_back[at] += imported.snapshot.policies.items.len();
                }
                Err(ImportError::Unrecognised { .. }) => {}
                Err(error) => panic!("{error}\n{text}"),
            }
        }
    }
    assert!(read_back[0] > 100 && read_back[1] > 100, "{read_back:?}");
}

/// Texts of people may hold lines that look like properties or rows.
#[test]
fn lines_in_a_value_are_no_properties() {
    let evil = format!("first\r\n\r\nIdentity : Tag:Evil\r\nAppIds : {{{OTHER}}}\n\"\",'{OTHER}'\nlast");
    let object: Object = vec![
        ("Identity", V::Text("Tag:A".to_owned())),
        ("AppIds", V::List(vec![APP.to_owned()])),
        ("Description", V::Text(evil.clone())),
    ];
    for (form, printer) in [("json", forms::json as Printer), ("csv", forms::csv)] {
        for seed in 0..20 {
            let text = printer(std::slice::from_ref(&object), &mut Random(seed));
            let policies = one(&text).policies.items;
            assert_eq!(policies.len(), 1, "{form}\n{text}");
            assert_eq!((&policies[0].name[..], &policies[0].app_ids[..]), ("A", &[id(APP)][..]), "{form}\n{text}");
            let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
            assert_eq!(lines(policies[0].description.as_deref().unwrap()), lines(&evil), "{form}\n{text}");
        }
    }
    // A console puts the lines of a value below each other, to the right of the colon.
    let shown = evil.replace("\r\n", "\n").replace('\n', "\n              ");
    let text = format!("Identity    : Tag:A\nAppIds      : {{{APP}}}\nDescription : {shown}\n\n");
    let policies = one(&text).policies.items;
    assert_eq!(policies.len(), 1, "{text}\n{policies:?}");
    assert_eq!((&policies[0].name[..], &policies[0].app_ids[..]), ("A", &[id(APP)][..]), "{text}");
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
