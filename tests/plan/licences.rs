//! Licences and the tenant's switches in scripts: what they do where the sources tell, and open where they do not.

use graphwhy::fix::{self, Command, Fix};
use graphwhy::knowledge::Catalogue;
use graphwhy::report::what_if::WhatIf;
use graphwhy::source::Source;
use graphwhy::tenant::{Snapshot, Status, Teams};
use uuid::Uuid;

use crate::tenants::{APPS, USERS};
use crate::{ask, base, now};

const PLAN: &str = "57ff2da0-773e-42df-b2af-ffb7a2317929";
const SKU: &str = "6fd2c87f-b296-42f0-b197-1e91e994b900";

fn app() -> Uuid {
    Uuid::from_u128(APPS[0])
}

fn user() -> Uuid {
    Uuid::from_u128(USERS[0])
}

/// The first app reaches everybody, if they have Teams.
fn open() -> Snapshot {
    let mut snapshot = base();
    snapshot.policies.items[0].app_ids.push(app());
    snapshot
}

fn with(teams: Teams) -> Snapshot {
    let mut snapshot = open();
    snapshot.users.items[0].teams = Some(teams);
    snapshot
}

fn what_if(script: &str, snapshot: &Snapshot) -> WhatIf {
    let source = Source::from_text("some.ps1", script.to_owned());
    WhatIf::of(std::slice::from_ref(&source), snapshot, Some(now()))
}

fn set(arguments: &str) -> String {
    format!("Set-MgUserLicense -UserId {} {arguments}", user())
}

#[test]
fn a_licence_that_goes_may_take_teams_from_its_user_alone() {
    let gone = format!("-AddLicenses @() -RemoveLicenses @('{SKU}')");
    let off = format!("-AddLicenses @{{ SkuId = '{SKU}'; DisabledPlans = @('{PLAN}') }} -RemoveLicenses @()");
    let body = format!("-BodyParameter @{{ addLicenses = @(); removeLicenses = @('{SKU}') }}");
    for arguments in [&gone, &off, &body, "-AddLicenses @() -RemoveLicenses $skus", "-BodyParameter $body", "@both"] {
        let run = what_if(&set(arguments), &open());
        assert!(run.is_open() && !run.takes() && run.left_out == 0, "{arguments}: {}", run.summary());
        let losers: Vec<Uuid> = run.effects.loses.iter().map(|it| it.user_id).collect();
        assert!(losers.contains(&user()) && losers.iter().all(|it| *it == user()), "{arguments}: {losers:?}");
        assert!(run.effects.loses.iter().all(|it| it.perhaps), "{arguments}");
        assert!(run.assumes.iter().any(|it| it.contains("licence")), "{arguments}: {:?}", run.assumes);
    }
    for script in [
        "Set-AzureADUserLicense -ObjectId USER -AssignedLicenses $licenses",
        "Set-MsolUserLicense -ObjectId USER -RemoveLicenses contoso:ENTERPRISEPACK",
        "Set-MsolUserLicense -ObjectId USER -LicenseOptions $options",
    ] {
        let run = what_if(&script.replace("USER", &user().to_string()), &open());
        assert!(
            run.is_open() && run.effects.loses_total > 0 && run.effects.loses_total == run.effects.loses_perhaps,
            "{script}"
        );
    }
    // Who had no Teams before has nothing to lose by it.
    for teams in [Teams::Absent, Teams::Disabled] {
        let run = what_if(&set(&gone), &with(teams));
        assert!(!run.is_open() && !run.takes() && !run.effects.changed(), "{}", run.summary());
    }
}

#[test]
fn a_licence_that_comes_takes_nothing() {
    let plain = format!("-AddLicenses @{{ SkuId = '{SKU}' }} -RemoveLicenses @()");
    let others = format!("-AddLicenses @{{ SkuId = '{SKU}'; DisabledPlans = @('{SKU}') }} -RemoveLicenses @()");
    for arguments in [&plain, &others] {
        let run = what_if(&set(arguments), &with(Teams::Absent));
        assert!(!run.is_open() && !run.takes(), "{arguments}: {}", run.summary());
        // Whether a user without Teams may be acted for was unknown before, and is afterwards.
        assert!(!run.effects.changed() && run.assumes.iter().any(|it| it.contains("licence")), "{:?}", run.assumes);
        let had = what_if(&set(arguments), &open());
        assert!(!had.is_open() && !had.effects.changed(), "{arguments}: {}", had.summary());
    }
    for nothing in ["-AddLicenses @() -RemoveLicenses @()", "-AddLicenses $null -RemoveLicenses @()"] {
        assert!(what_if(&set(nothing), &open()).commands.is_empty(), "{nothing}");
    }
}

#[test]
fn whose_licence_it_is_may_be_unknown() {
    let gone = format!("-AddLicenses @() -RemoveLicenses @('{SKU}')");
    for script in [
        format!("Set-MgUserLicense -UserId $who {gone}"),
        format!("Get-MgUser -All | ForEach-Object {{ Set-MgUserLicense -UserId $_.Id {gone} }}"),
    ] {
        let run = what_if(&script, &open());
        let losers: std::collections::BTreeSet<Uuid> = run.effects.loses.iter().map(|it| it.user_id).collect();
        assert!(run.is_open() && losers.len() == USERS.len(), "{script}: {losers:?}");
    }
    let stranger = format!("Set-MgUserLicense -UserId {} {gone}", Uuid::from_u128(77));
    let run = what_if(&stranger, &open());
    assert!(run.takes() && run.refused[0].why.contains("no user"), "{:?}", run.refused);
    let mut partial = open();
    partial.users.status = Status::Partial;
    let run = what_if(&stranger, &partial);
    assert!(run.refused.is_empty() && run.is_open(), "{}", run.summary());
    // A user whose plan nobody read may lose it.
    let mut unread = open();
    unread.users.items[0].teams = None;
    assert!(what_if(&set(&gone), &unread).is_open());
}

/// The plan of a licence that the user has is switched on: that is what the fix prints, and what is read of it.
#[test]
fn the_printed_licence_fix_is_read_back() {
    let catalogue = Catalogue::builtin();
    let snapshot = with(Teams::Disabled);
    let plan = fix::plan(&ask(&snapshot, &catalogue, app(), user(), "read-meeting"));
    let Fix { steps, proof: Some(proof), .. } = &plan.fixes[0] else { panic!("{:#?}", plan.fixes) };
    assert!(matches!(proof.commands[..], [Command::License { teams: Teams::Enabled, from: Teams::Disabled, .. }]));
    let printed: Vec<&str> = steps.iter().flat_map(|step| step.commands.iter().map(String::as_str)).collect();
    let run = what_if(&printed.join("\n"), &snapshot);
    let read: Vec<Command> = run.commands.iter().map(|(_, command)| command.clone()).collect();
    assert_eq!(read, proof.commands, "{printed:#?}");
    assert!(fix::equal(
        &fix::simulate(&snapshot, &read, None).snapshot,
        &fix::simulate(&snapshot, &proof.commands, None).snapshot
    ));
    // Something else on the way, and it is not certain any more.
    let other = printed.join("\n$license = $null\n");
    let run = what_if(&other, &snapshot);
    assert!(
        matches!(run.commands[..], [(_, Command::Licences { gives: true, takes: true, .. })]),
        "{:?}",
        run.commands
    );
}

#[test]
fn the_switches_of_the_tenant_are_simulated() {
    let mut snapshot = open();
    snapshot.settings.attributed_transcripts = Some(true);
    let of = |arguments: &str| what_if(&format!("Set-CsTeamsMeetingConfiguration {arguments}"), &snapshot);
    let commands = |run: &WhatIf| -> Vec<Command> { run.commands.iter().map(|(_, it)| it.clone()).collect() };
    let off = of("-Identity Global -EnableGraphTranscriptAccess $false");
    assert_eq!(commands(&off), [Command::TranscriptAccess(false)]);
    let both = of("-EnableGraphTranscriptAccess:$true -EnableAttributedTranscripts $true");
    assert_eq!(commands(&both), [Command::TranscriptAccess(true), Command::AttributedTranscripts(true)]);
    assert!(!both.is_open() && !both.takes());
    // No gate rests on it, and whoever asks for the speakers' names is refused.
    assert!(of("-EnableAttributedTranscripts $false").is_open());
    for unknown in ["-EnableGraphTranscriptAccess $on", "@settings", "-EnableAttributedTranscripts $on"] {
        let run = of(unknown);
        assert!(run.opaque > 0 && run.is_open(), "{unknown}: {}", run.summary());
    }
    assert!(of("-DisableAnonymousJoin $true").commands.is_empty());
}

#[test]
fn a_command_that_is_not_simulated_is_named() {
    let run = what_if(&format!("Remove-MgUser -UserId {}", user()), &open());
    assert!(run.is_open() && run.left_out == 1);
    assert!(run.notes.iter().any(|(_, note)| note.contains("`Remove-MgUser`")), "{:?}", run.notes);
}
