//! More ways than are followed one by one, and expectations where it is not known what is run, and for whom.

use graphwhy::check::expect;
use graphwhy::check::kept::{Expected, Kept};
use graphwhy::fix::Shift;
use graphwhy::knowledge::{Catalogue, operation_named};
use graphwhy::report::what_if::WhatIf;
use graphwhy::source::Source;
use graphwhy::tenant::{Direct, Snapshot, Teams, User};
use uuid::Uuid;

use crate::now;
use crate::tenants::{APPS, Dice, USERS, group, random};
use crate::ways::{app, tenant, user};

/// A tenant with so many users more, of whom the first half holds `Suite`.
fn crowd(count: u128) -> (Snapshot, Vec<Uuid>) {
    let mut snapshot = tenant();
    let users: Vec<Uuid> = (0..count).map(|number| Uuid::from_u128(0xc0de_0000 + number)).collect();
    let like = snapshot.users.items[0].clone();
    snapshot.users.items.extend(users.iter().map(|id| User { id: *id, upn: None, ..like.clone() }));
    let holders = users.iter().take(users.len() / 2);
    snapshot.direct.items.extend(holders.map(|id| Direct { user_id: *id, policy: Some("Suite".into()) }));
    (snapshot, users)
}

fn run(script: &str, snapshot: &Snapshot) -> WhatIf {
    WhatIf::of(&[Source::from_text("some.ps1", script.to_owned())], snapshot, Some(now()))
}

/// A branch for each user: more ways than are followed, which have nothing to do with what comes then.
fn branches(users: &[Uuid]) -> String {
    let grant = |id: &Uuid| format!("Grant-CsApplicationAccessPolicy -PolicyName Reports -Identity {id}");
    users.iter().enumerate().map(|(n, id)| format!("if ($env:N{n}) {{ {} }}\n", grant(id))).collect()
}

fn find(shifts: &[Shift], app: Uuid, user: Uuid) -> Option<&Shift> {
    shifts.iter().find(|it| (it.app_id, it.user_id) == (app, user))
}

fn reads(shift: &Shift) -> bool {
    shift.operations.iter().any(|it| it == "read-meeting")
}

/// What forty conditions lead to is told as perhaps, for those alone whom it concerns; what is run in any case is certain.
#[test]
fn what_all_ways_have_in_common_is_certain() {
    let (snapshot, users) = crowd(44);
    let grant =
        |user: Uuid, policy: &str| format!("Grant-CsApplicationAccessPolicy -PolicyName {policy} -Identity {user}\n");
    let mut script: String = users[..40]
        .iter()
        .enumerate()
        .map(|(n, user)| format!("if ($env:N{n}) {{ {} }}\n", grant(*user, "Reports")))
        .collect();
    script += &grant(users[40], "Suite");
    // Whatever the conditions did, this is what the first has then.
    script += &grant(users[0], "Suite");
    let run = run(&script, &snapshot);
    assert!(!run.takes() && run.is_open(), "{}", run.summary());
    let effects = &run.effects;
    let sure = find(&effects.gains, app(0), users[40]).unwrap();
    assert!(!sure.perhaps && reads(sure), "{sure:?}");
    for (index, id) in users.iter().enumerate() {
        let lost = find(&effects.loses, app(0), *id);
        let gained = find(&effects.gains, app(1), *id);
        let maybe = (1..40).contains(&index);
        assert_eq!(gained.is_some(), maybe, "{index}");
        assert!(gained.is_none_or(|it| it.perhaps && it.operations.is_empty()), "{gained:?}");
        assert_eq!(lost.is_some(), maybe && index < users.len() / 2, "{index}");
        assert!(lost.is_none_or(|it| it.perhaps), "{lost:?}");
    }
    assert!(!effects.loses.iter().any(|it| !users.contains(&it.user_id)), "{:?}", effects.loses);
}

/// Ways that come to the same are one, so that few are left to follow.
#[test]
fn ways_that_come_to_the_same_are_one() {
    let grant = |n: usize| {
        format!("Grant-CsApplicationAccessPolicy -PolicyName {} -Identity {}", ["Suite", "Reports"][n % 2], user(1))
    };
    let script: String =
        (0..60).map(|n| format!("if ($env:N{n}) {{ {} }} else {{ {} }}\n", grant(n), grant(n + 1))).collect();
    let run = run(&(script + &grant(0)), &tenant());
    assert!(!run.notes.iter().any(|(_, note)| note.contains("more ways")), "{:?}", run.notes);
    assert!(find(&run.effects.gains, app(0), user(1)).is_some_and(|it| !it.perhaps && reads(it)), "{:?}", run.effects);
    assert!(find(&run.effects.gains, app(1), user(1)).is_none(), "{:?}", run.effects);
}

/// Roles, licences, lists and the switch obey the ways, however many there are.
#[test]
fn what_is_given_or_taken_in_one_way_is_perhaps() {
    let (mut snapshot, users) = crowd(8);
    snapshot.direct.items.push(Direct { user_id: user(1), policy: Some("Reports".into()) });
    snapshot.users.items[1].teams = Some(Teams::Enabled);
    let many = branches(&users);
    let listed = app(2);
    for (change, held) in [
        (format!("Set-CsApplicationAccessPolicy -Identity Suite -AppIds @{{Remove='{}'}}", app(0)), true),
        (format!("Set-CsApplicationAccessPolicy -Identity Suite -AppIds '{listed}'"), true),
        ("Set-CsTeamsMeetingConfiguration -Identity Global -EnableGraphTranscriptAccess $false".to_owned(), true),
        (
            format!(
                "Set-MgUserLicense -UserId {} -AddLicenses @() -RemoveLicenses @('6fd2c87f-b296-42f0-b197-1e91e994b900')",
                user(0)
            ),
            true,
        ),
    ] {
        let perhaps = run(&format!("{many}if ($env:X) {{ {change} }}\n"), &snapshot);
        assert!(!perhaps.takes(), "{change}: {}", perhaps.summary());
        let lost = find(&perhaps.effects.loses, app(0), user(0));
        assert_eq!(lost.is_some(), held, "{change}: {:?}", perhaps.effects.loses);
        assert!(lost.is_none_or(|it| it.perhaps && !reads(it)), "{change}: {lost:?}");
    }
    let add = format!("Set-CsApplicationAccessPolicy -Identity Suite -AppIds @{{Add='{listed}'}}\n");
    let perhaps = run(&format!("{many}if ($env:X) {{ {add} }}\n"), &snapshot);
    let gained = find(&perhaps.effects.gains, listed, user(0)).unwrap();
    assert!(gained.perhaps && gained.operations.is_empty() && !perhaps.effects.takes_surely(), "{gained:?}");
    // After it was added in any case, it is certain.
    let sure = run(&format!("{many}if ($env:X) {{ {add} }}\n{add}"), &snapshot);
    assert!(
        find(&sure.effects.gains, listed, user(0)).is_some_and(|it| !it.perhaps && reads(it)),
        "{:?}",
        sure.effects.gains
    );
    // What depends on whether it was is not known either.
    let asked = format!(
        "{many}if ($env:X) {{ {add} }}\n$p = Get-CsApplicationAccessPolicy -Identity Suite\nif ($p.AppIds -notcontains '{listed}') {{ Grant-CsApplicationAccessPolicy -PolicyName Reports -Identity {} }}\n",
        user(2)
    );
    let asked = run(&asked, &snapshot);
    assert!(find(&asked.effects.gains, app(1), user(2)).is_some_and(|it| it.perhaps), "{:?}", asked.effects.gains);
}

/// An app role that one way takes away is no certain loss, however many ways there are.
#[test]
fn a_role_in_a_branch_is_perhaps() {
    let (snapshot, users) = crowd(8);
    let take = format!(
        "$app = Get-MgServicePrincipal -Filter 'appId eq ''{}'''\n$graph = Get-MgServicePrincipal -Filter 'appId eq ''{}'''\n$grant = Get-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $app.Id -All | Where-Object AppRoleId -EQ '{}' | Where-Object ResourceId -EQ $graph.Id\nRemove-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $app.Id -AppRoleAssignmentId $grant.Id",
        app(0),
        "00000003-0000-0000-c000-000000000000",
        "c1684f21-1984-47fa-9d61-2dc8c296bb70"
    );
    let many = branches(&users);
    let always = run(&take, &snapshot);
    assert!(always.loses(), "{}", always.summary());
    for before in [String::new(), many] {
        let inside = run(&format!("{before}if ($env:X) {{\n{take}\n}}\n"), &snapshot);
        assert!(!inside.loses() && inside.is_open(), "{}", inside.summary());
        assert!(
            find(&inside.effects.loses, app(0), user(0)).is_some_and(|it| it.perhaps),
            "{:?}",
            inside.effects.loses
        );
        assert!(inside.effects.closes.iter().all(|it| it.operations.is_empty()), "{:?}", inside.effects.closes);
    }
}

fn judged(script: &str, snapshot: &Snapshot, expectations: &str) -> Vec<Kept> {
    let all = expect::parse(expectations, "expect.toml", operation_named("read-meeting").unwrap()).unwrap();
    let mut run = run(script, snapshot);
    run.expecting(Expected { source: "expect.toml", all: &all }, snapshot, &Catalogue::builtin(), now());
    run.kept
}

fn entry(app: Uuid, users: &[Uuid], access: &str, more: &str) -> String {
    format!("[[expect]]\napp = \"{app}\"\nusers = [{}]\naccess = \"{access}\"\n{more}", {
        let users: Vec<String> = users.iter().map(|user| format!("\"{user}\"")).collect();
        users.join(", ")
    })
}

/// A grant to somebody leaves open what it can change, and nothing else.
#[test]
fn a_grant_to_somebody_leaves_the_rest_judged() {
    let grant = "Grant-CsApplicationAccessPolicy -PolicyName Suite -Identity $who\n";
    let is = |script: &str, expectations: &str| -> Vec<Option<bool>> {
        judged(script, &tenant(), expectations).iter().map(|it| it.is).collect()
    };
    // `Suite` lists the first app alone: the first user has it already, of others nobody knows.
    let all = entry(app(0), &[user(0), user(1)], "allow", "") + &entry(app(1), &[user(0), user(1)], "deny", "");
    assert_eq!(is(grant, &all), [Some(true), None, Some(true), Some(true)]);
    // It cannot give what the policy does not list, to anybody.
    let everyone =
        |app: Uuid, access: &str| format!("[[expect]]\napp = \"{app}\"\neveryone = true\naccess = \"{access}\"\n");
    assert_eq!(is(grant, &everyone(app(1), "deny")), [Some(true)]);
    assert_eq!(is(grant, &everyone(app(0), "deny")), [None]);
    assert_eq!(is(grant, &entry(app(0), &[user(0)], "allow", "only = true\n")), [Some(true), None]);
    // Whose assignment a later command sets is known again.
    let settled = format!("{grant}Grant-CsApplicationAccessPolicy -PolicyName Reports -Identity {}\n", user(1));
    assert_eq!(is(&settled, &entry(app(0), &[user(1)], "deny", "")), [Some(true)]);
    // And so it is in one of two ways.
    let perhaps =
        format!("if ($env:X) {{ Grant-CsApplicationAccessPolicy -PolicyName Suite -Identity {} }}\n", user(1));
    assert_eq!(is(&perhaps, &entry(app(0), &[user(1), user(2)], "deny", "")), [None, Some(true)]);
}

/// A change of a random tenant as a line of a script.
fn line(dice: &mut Dice, names: &[&str]) -> String {
    let name = names[dice.below(names.len())];
    let who = Uuid::from_u128(USERS[dice.below(USERS.len())]);
    let what = Uuid::from_u128(APPS[dice.below(APPS.len())]);
    let ids = group(dice);
    match dice.below(14) {
        0..=3 => format!("Grant-CsApplicationAccessPolicy -PolicyName {name} -Identity {who}"),
        4 => format!("Grant-CsApplicationAccessPolicy -PolicyName $null -Identity {who}"),
        5 | 6 => format!("Set-CsApplicationAccessPolicy -Identity {name} -AppIds @{{Add='{what}'}}"),
        7 | 8 => format!("Set-CsApplicationAccessPolicy -Identity {name} -AppIds @{{Remove='{what}'}}"),
        9 => format!("Set-CsApplicationAccessPolicy -Identity {name} -AppIds '{what}'"),
        10 => format!("New-CsApplicationAccessPolicy -Identity {name} -AppIds '{what}'"),
        11 => format!("Remove-CsApplicationAccessPolicy -Identity {name}"),
        12 => format!("Grant-CsApplicationAccessPolicy -PolicyName {name} -Group {ids} -Rank 1"),
        _ => format!("Set-CsTeamsMeetingConfiguration -EnableGraphTranscriptAccess ${}", dice.chance(5)),
    }
}

/// What is told as certain is so in every way that there is, and whatever a way brings is told.
#[test]
fn many_ways_hold_all_that_there_are() {
    const CONDITIONS: usize = 6;
    let mut parted = 0;
    for seed in 0..60 {
        let mut dice = Dice::new(0x3a7 + seed);
        let snapshot = random(&mut dice);
        let names = ["Meetings", "Support", "Old", "Fresh"];
        let lines: Vec<(Option<usize>, String)> = (0..CONDITIONS)
            .flat_map(|n| [Some(n), (n % 3 == 2).then_some(CONDITIONS)].into_iter().flatten())
            .map(|n| {
                let change = line(&mut dice, &names);
                // Some depend on what the ones before have done.
                let asks = dice.chance(3);
                let (name, what) = (names[dice.below(names.len())], Uuid::from_u128(APPS[dice.below(APPS.len())]));
                let asked = format!("$p = Get-CsApplicationAccessPolicy -Identity {name}; if ($p.AppIds -notcontains '{what}') {{ {change} }}");
                ((n < CONDITIONS).then_some(n), if asks { asked } else { change })
            })
            .collect();
        let text: String = lines
            .iter()
            .map(|(condition, line)| {
                condition.map_or_else(|| format!("{line}\n"), |n| format!("if ($env:N{n}) {{ {line} }}\n"))
            })
            .collect();
        // Few are followed one by one, so that the others are put together.
        let limit = 2 + dice.below(6);
        let all = WhatIf::within(&[Source::from_text("some.ps1", text.clone())], &snapshot, Some(now()), limit);
        parted += usize::from(all.notes.iter().any(|(_, note)| note.contains("more ways to go")));
        let ways: Vec<WhatIf> = (0..1_usize << CONDITIONS)
            .map(|mask| {
                let taken = lines.iter().filter(|(condition, _)| condition.is_none_or(|n| mask & (1 << n) != 0));
                run(&taken.map(|(_, line)| format!("{line}\n")).collect::<String>(), &snapshot)
            })
            .collect();
        for (told, of) in [
            (&all.effects.gains, (|it: &WhatIf| &it.effects.gains) as fn(&WhatIf) -> &Vec<Shift>),
            (&all.effects.loses, |it| &it.effects.loses),
        ] {
            for shift in told {
                for name in shift.operations.iter().filter(|name| !shift.already.contains(name)) {
                    let every = ways.iter().all(|way| {
                        find(of(way), shift.app_id, shift.user_id).is_some_and(|it| it.operations.contains(name))
                    });
                    assert!(every, "seed {seed}: {name} is not in every way: {shift:?}\n{text}");
                }
            }
            for one in ways.iter().flat_map(|way| of(way).iter()) {
                // What was not known and is not known after it is no change that could be told.
                let wanted: Vec<&String> = one.operations.iter().filter(|name| !one.already.contains(name)).collect();
                if wanted.is_empty() {
                    continue;
                }
                let found = find(told, one.app_id, one.user_id);
                let found = found.unwrap_or_else(|| panic!("seed {seed}: not told: {one:?}\n{text}"));
                let named = |name: &&String| found.operations.contains(name) || found.possible.contains(name);
                assert!(wanted.iter().all(named), "seed {seed}: {one:?} in {found:?}\n{text}");
            }
        }
        let sure = all.effects.takes_surely();
        assert!(!sure || ways.iter().all(|way| way.effects.takes()), "seed {seed}\n{text}");
    }
    assert!(parted > 20, "{parted} have more ways than are followed");
}
