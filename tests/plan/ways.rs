//! Which way a script goes: branches, errors under `Stop`, grants to somebody, sections that take back.

use graphwhy::report::what_if::WhatIf;
use graphwhy::source::Source;
use graphwhy::tenant::{Direct, Policy, Snapshot, Status};
use uuid::Uuid;

use crate::tenants::{APPS, USERS};
use crate::{base, now};

pub(crate) fn app(index: usize) -> Uuid {
    Uuid::from_u128(APPS[index])
}

pub(crate) fn user(index: usize) -> Uuid {
    Uuid::from_u128(USERS[index])
}

/// Two policies that list one app each; the first user holds the first.
pub(crate) fn tenant() -> Snapshot {
    let mut snapshot = base();
    for (name, index) in [("Suite", 0), ("Reports", 1)] {
        let policy = Policy { name: name.into(), app_ids: vec![app(index)], other_ids: vec![], description: None };
        snapshot.policies.items.push(policy);
    }
    snapshot.policies.status = Status::Complete;
    snapshot.direct.items.push(Direct { user_id: user(0), policy: Some("Suite".into()) });
    snapshot
}

fn run_as(name: &str, script: &str) -> WhatIf {
    let source = Source::from_text(name, script.to_owned());
    WhatIf::of(std::slice::from_ref(&source), &tenant(), Some(now()))
}

fn run(script: &str) -> WhatIf {
    run_as("some.ps1", script)
}

#[test]
fn the_state_decides_a_branch() {
    let (suite, fresh) = (app(1), app(0));
    for script in [
        format!(
            "if (Get-CsApplicationAccessPolicy -Identity Suite -ErrorAction SilentlyContinue) {{ Set-CsApplicationAccessPolicy -Identity Suite -AppIds @{{Add='{suite}'}} }} else {{ New-CsApplicationAccessPolicy -Identity Suite -AppIds '{suite}' }}"
        ),
        format!(
            "$p = Get-CsApplicationAccessPolicy -Identity Fresh\nif ($null -eq $p) {{ New-CsApplicationAccessPolicy -Identity Fresh -AppIds '{fresh}' }} else {{ Set-CsApplicationAccessPolicy -Identity Fresh -AppIds @{{Add='{fresh}'}} }}"
        ),
        format!(
            "try {{ New-CsApplicationAccessPolicy -Identity Suite -AppIds '{suite}' -ErrorAction Stop }} catch {{ Set-CsApplicationAccessPolicy -Identity Suite -AppIds @{{Add='{suite}'}} }}"
        ),
        format!(
            "$p = Get-CsApplicationAccessPolicy -Identity Suite\nif ($p.AppIds -notcontains '{suite}') {{ Set-CsApplicationAccessPolicy -Identity Suite -AppIds ($p.AppIds + '{suite}') }}"
        ),
        "if ($false) { Remove-CsApplicationAccessPolicy -Identity Suite }\n".to_owned(),
        format!(
            "$p = Get-CsApplicationAccessPolicy -Identity Suite\n$p -and $true ? (Set-CsApplicationAccessPolicy -Identity Suite -AppIds @{{Add='{suite}'}}) : (Remove-CsApplicationAccessPolicy -Identity Suite)"
        ),
        format!(
            "$p = Get-CsApplicationAccessPolicy -Identity Suite\n$p = $p ?? (New-CsApplicationAccessPolicy -Identity Suite -AppIds '{suite}')"
        ),
    ] {
        let run = run(&script);
        assert!(!run.takes() && !run.is_open() && run.effects.loses_total == 0, "{script}: {}", run.summary());
    }
}

#[test]
fn what_is_not_decided_may_be() {
    let (one, two) = (user(0), user(1));
    let script = format!(
        "if ($env:BACK) {{ Remove-CsApplicationAccessPolicy -Identity Suite }} else {{ Grant-CsApplicationAccessPolicy -PolicyName Suite -Identity {two} }}"
    );
    let either = run(&script);
    assert!(either.refused.is_empty() && !either.takes() && either.is_open(), "{}", either.summary());
    // What both do is certain.
    let script = format!(
        "if ($env:X) {{ Grant-CsApplicationAccessPolicy -PolicyName Reports -Identity {one} }} else {{ Grant-CsApplicationAccessPolicy -PolicyName Reports -Identity {one}; Grant-CsApplicationAccessPolicy -PolicyName Reports -Identity {two} }}"
    );
    let both = run(&script);
    assert!(both.loses(), "{}", both.summary());
    // More ways than are followed are no certainty.
    let many: String = (0..40)
        .map(|n| format!("if ($env:N{n}) {{ Grant-CsApplicationAccessPolicy -PolicyName Reports -Identity {one} }}\n"))
        .collect();
    assert!(!run(&many).takes());
}

/// What users who come later gain is certain where every way gives it.
#[test]
fn later_users_in_every_way() {
    let global = "Grant-CsApplicationAccessPolicy -PolicyName Reports -Global";
    let script = |other: &str| run(&format!("if ($env:X) {{ {global} }} else {{ {other} }}"));
    let always = run(global);
    let gains = |run: &WhatIf| run.effects.later.iter().filter(|it| !it.loses).cloned().collect::<Vec<_>>();
    assert!(gains(&always).iter().any(|it| it.app_id == app(1) && !it.perhaps), "{:?}", always.effects.later);
    assert_eq!(script(global).effects.later, always.effects.later);
    let either = script(&format!("Grant-CsApplicationAccessPolicy -PolicyName Suite -Identity {}", user(1)));
    assert!(either.effects.gains_future && either.effects.gains_future_perhaps);
    assert!(!gains(&either).is_empty() && gains(&either).iter().all(|it| it.perhaps), "{:?}", either.effects.later);
}

/// Conditions that grow with every line come to an end.
#[test]
fn conditions_that_grow() {
    let doubled = "$x = $x -and $x\n".repeat(200);
    let chained = format!("$x = $true{}\n", " -or $false".repeat(5000));
    for lines in [doubled, chained] {
        let run = run(&format!(
            "param([switch] $x)\n{lines}if ($x) {{ Grant-CsApplicationAccessPolicy -PolicyName Reports -Identity {} }}",
            user(0)
        ));
        assert!(run.effects.takes() && !run.takes(), "{}", run.summary());
    }
}

#[test]
fn an_error_under_stop_ends_the_script() {
    let (two, listed) = (user(1), app(0));
    let grant = format!("Grant-CsApplicationAccessPolicy -PolicyName Suite -Identity {two}\n");
    for first in [
        "New-CsApplicationAccessPolicy -Identity Suite\n".to_owned(),
        format!("Set-CsApplicationAccessPolicy -Identity Suite -AppIds @{{Add='{listed}'}}\n"),
    ] {
        let stopped = run(&format!("$ErrorActionPreference = 'Stop'\n{first}{grant}"));
        assert_eq!(stopped.effects.gains_total, 0, "{first}");
        assert!(stopped.refused.iter().any(|it| it.why.contains("the script ends here")), "{:?}", stopped.refused);
    }
    let tried = run(&format!("$WhatIfPreference = $true\n{grant}"));
    assert!(tried.commands.is_empty() && tried.notes.iter().any(|(_, note)| note.contains("WhatIfPreference")));
}

/// Somebody gets the policy that is named, and no other.
#[test]
fn a_grant_to_somebody_gives_that_policy_alone() {
    let run = run("Grant-CsApplicationAccessPolicy -PolicyName Suite -Identity $who");
    let shifts = run.effects.gains.iter().chain(&run.effects.loses);
    assert!(shifts.clone().all(|it| it.operations.is_empty() && it.perhaps), "{:?}", run.effects);
    assert!(run.effects.gains.iter().all(|it| it.app_id == app(0)), "{:?}", run.effects.gains);
    assert!(!run.effects.loses.iter().any(|it| it.app_id == app(0)), "{:?}", run.effects.loses);
}

#[test]
fn a_section_that_takes_back_is_left_out() {
    let grant = |policy: &str| {
        format!("```powershell\nGrant-CsApplicationAccessPolicy -PolicyName {policy} -Identity {}\n```\n", user(0))
    };
    let text = format!("# Grant\n{}## Rollback\n{}", grant("Reports"), grant("Suite"));
    let run = run_as("runbook.md", &text);
    assert_eq!(run.commands.len(), 1);
    assert!(run.loses() && run.notes.iter().any(|(_, note)| note.contains("`Rollback`")), "{:?}", run.notes);
    let alone = run_as("runbook.md", &format!("# Rollback\n{}", grant("Reports")));
    assert_eq!(alone.commands.len(), 1);
}

/// Whoever may have access already gains nothing for certain.
#[test]
fn what_was_not_known_is_perhaps_a_gain() {
    let mut snapshot = tenant();
    snapshot.direct.status = Status::Partial;
    let script = format!("Grant-CsApplicationAccessPolicy -PolicyName Suite -Identity {}\n", user(1));
    let source = Source::from_text("some.ps1", script.clone());
    let run = WhatIf::of(std::slice::from_ref(&source), &snapshot, Some(now()));
    let gain = run.effects.gains.iter().find(|it| (it.app_id, it.user_id) == (app(0), user(1))).unwrap();
    assert!(gain.perhaps && gain.already.iter().any(|it| it == "read-meeting"), "{gain:?}");
    assert_eq!(gain.operations, gain.already);
    assert_eq!(run.effects.gains_perhaps, run.effects.gains_total);
    let value = run.value(std::slice::from_ref(&source), &snapshot);
    assert_eq!(value["gains"][0]["perhaps"], true);
    // Where the state before is known, it is certain.
    let sure = WhatIf::of(std::slice::from_ref(&source), &tenant(), Some(now()));
    let gain = sure.effects.gains.iter().find(|it| (it.app_id, it.user_id) == (app(0), user(1))).unwrap();
    assert!(!gain.perhaps && !gain.already.iter().any(|it| it == "read-meeting"), "{gain:?}");
    assert!(gain.operations.iter().any(|it| it == "read-meeting"), "{gain:?}");
    assert_eq!(sure.effects.gains_perhaps, 0);
    // `Global` of which the content was not read.
    let mut unread = tenant();
    unread.policies.items.retain(|it| it.name != "Global");
    let source = Source::from_text("some.ps1", "Grant-CsApplicationAccessPolicy -PolicyName Suite -Global".to_owned());
    let later = WhatIf::of(std::slice::from_ref(&source), &unread, Some(now())).effects.later;
    assert!(!later.is_empty() && later.iter().all(|it| it.perhaps), "{later:?}");
}
