//! A fix as a PowerShell script to review: it reads the state first and stops if that has moved, changes only what is
//! not so already, and verifies. The undo is a second script with the same guard.

use std::fmt::Write as _;

use uuid::Uuid;

use super::command::{Command, Target};
use super::quote::literal;
use super::simulate::{Simulator, direct_assignment, is_role};
use super::{Fix, powershell};
use crate::report::sanitise::one_line;
use crate::tenant::{Snapshot, Teams, name};

/// Something that a command changes and a read shows.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Object {
    Policy(String),
    Direct(Uuid),
    Groups,
    Role { app_id: Uuid, role: String, role_id: Uuid },
    Teams(Uuid),
    Transcripts,
}

/// The state of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    /// Nobody has read it.
    Unread,
    /// It is not there.
    Absent,
    /// What it holds, in any order.
    Is(Vec<String>),
}

/// The two scripts of a fix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scripts {
    /// Does it.
    pub run: String,
    /// Takes it back; `None` where the state before is not known.
    pub undo: Option<String>,
}

struct Block {
    object: Object,
    before: State,
    after: State,
    lines: Vec<String>,
}

fn object(command: &Command) -> Option<Object> {
    Some(match command {
        Command::NewPolicy { name, .. } | Command::SetPolicy { name, .. } | Command::RemovePolicy { name } => {
            Object::Policy(name.clone())
        }
        Command::Grant { to: Target::User(user), .. } => Object::Direct(*user),
        Command::Grant { to: Target::Group { .. }, .. } | Command::RemoveGroupAssignment { .. } => Object::Groups,
        Command::Grant { to: Target::Global, .. } => Object::Policy(name::GLOBAL.to_owned()),
        Command::AddRole { app_id, role, role_id } | Command::RemoveRole { app_id, role, role_id } => {
            Object::Role { app_id: *app_id, role: role.clone(), role_id: *role_id }
        }
        Command::License { user_id, .. } => Object::Teams(*user_id),
        Command::TranscriptAccess(_) => Object::Transcripts,
        Command::Opaque { .. } => return None,
    })
}

/// Commands that read what the commands change, as they are documented.
#[must_use]
pub fn reads(commands: &[Command]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for command in commands {
        let more = match object(command) {
            Some(Object::Policy(name)) => match command {
                Command::NewPolicy { .. } => vec!["Get-CsApplicationAccessPolicy".to_owned()],
                _ => vec![format!("Get-CsApplicationAccessPolicy -Identity {}", literal(&name))],
            },
            Some(Object::Direct(user)) => vec![format!(
                "Get-CsUserPolicyAssignment -Identity {} -PolicyType ApplicationAccessPolicy",
                literal(&user.to_string())
            )],
            Some(Object::Groups) => {
                vec!["Get-CsGroupPolicyAssignment -PolicyType ApplicationAccessPolicy".to_owned()]
            }
            Some(Object::Role { app_id, role_id, .. }) => powershell::service_principals(app_id)
                .into_iter()
                .chain([powershell::role_grant(role_id), "$grant".to_owned()])
                .collect(),
            Some(Object::Teams(user)) => vec![format!(
                "Get-CsOnlineUser -Identity {} | Select-Object UserPrincipalName, AccountType, FeatureTypes",
                literal(&user.to_string())
            )],
            Some(Object::Transcripts) => vec!["Get-CsTeamsMeetingConfiguration -Identity Global".to_owned()],
            None => Vec::new(),
        };
        for line in more {
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
    }
    lines
}

fn state(snapshot: &Snapshot, object: &Object) -> State {
    let is = |value: &str| State::Is(vec![value.to_owned()]);
    match object {
        Object::Policy(wanted) => {
            match snapshot.policies.known().iter().find(|policy| name::same(&policy.name, wanted)) {
                Some(policy) => State::Is(
                    policy.app_ids.iter().map(ToString::to_string).chain(policy.other_ids.iter().cloned()).collect(),
                ),
                None if snapshot.policies.is_complete() && !name::is_global(wanted) => State::Absent,
                None => State::Unread,
            }
        }
        Object::Direct(user) => match direct_assignment(snapshot, *user) {
            Some(Some(policy)) => is(policy),
            Some(None) => State::Absent,
            None => State::Unread,
        },
        Object::Groups => {
            let groups = &snapshot.groups;
            if !groups.is_complete() || groups.items.iter().any(|it| it.rank == 0 || it.policy.is_empty()) {
                return State::Unread;
            }
            State::Is(groups.items.iter().map(|it| format!("{} {} {}", it.group_id, it.rank, it.policy)).collect())
        }
        Object::Role { app_id, role, role_id } => {
            let app = snapshot.apps.known().iter().find(|app| app.app_id == *app_id);
            match app.and_then(|app| app.roles.as_ref()) {
                Some(roles) if roles.iter().any(|grant| is_role(grant, role, *role_id)) => is("granted"),
                Some(_) => State::Absent,
                None => State::Unread,
            }
        }
        Object::Teams(user) => match snapshot.users.known().iter().find(|it| it.id == *user).and_then(|it| it.teams) {
            Some(Teams::Enabled) => is("enabled"),
            Some(Teams::Disabled | Teams::Absent) => State::Absent,
            None => State::Unread,
        },
        Object::Transcripts => {
            snapshot.settings.graph_transcript_access.map_or(State::Unread, |on| is(&on.to_string()))
        }
    }
}

impl Object {
    /// The expression that reads it.
    fn read(&self) -> String {
        let id = |id: &Uuid| literal(&id.to_string());
        match self {
            Self::Policy(name) => format!("Read-Policy {}", literal(name::bare(name))),
            Self::Direct(user) => format!("Read-Direct {}", id(user)),
            Self::Groups => "Read-Groups".to_owned(),
            Self::Role { app_id, role_id, .. } => format!("Read-Role {} {}", id(app_id), id(role_id)),
            Self::Teams(user) => format!("Read-Teams {}", id(user)),
            Self::Transcripts => "Read-Transcripts".to_owned(),
        }
    }

    fn words(&self) -> String {
        match self {
            Self::Policy(name) => format!("policy {name}"),
            Self::Direct(user) => format!("direct assignment of user {user}"),
            Self::Groups => "group assignments".to_owned(),
            Self::Role { app_id, role, .. } => format!("role {role} of app {app_id}"),
            Self::Teams(user) => format!("Teams of user {user}"),
            Self::Transcripts => "transcript switch".to_owned(),
        }
    }

    /// The function that reads it. The properties are those of the cmdlets' pages.
    const fn function(&self) -> &'static str {
        match self {
            Self::Policy(_) => {
                "function Read-Policy($Name) {
    $found = @(Get-CsApplicationAccessPolicy | Where-Object { ($_.Identity -replace '^Tag:', '') -eq $Name })
    if ($found.Count -eq 0) { return $null }
    return , @($found[0].AppIds | Where-Object { $_ } | ForEach-Object { \"$_\" })
}
"
            }
            Self::Direct(_) => {
                "function Read-Direct($UserId) {
    $rows = @(Get-CsUserPolicyAssignment -Identity $UserId -PolicyType ApplicationAccessPolicy)
    $direct = @($rows | ForEach-Object { $_.PolicySource } | Where-Object { $_.AssignmentType -eq 'Direct' })
    if ($direct.Count -eq 0) { return $null }
    return , @(\"$($direct[0].PolicyName)\" -replace '^Tag:', '')
}
"
            }
            Self::Groups => {
                "function Read-Groups {
    return , @(Get-CsGroupPolicyAssignment -PolicyType ApplicationAccessPolicy |
        ForEach-Object { \"$($_.GroupId) $($_.Rank) $(\"$($_.PolicyName)\" -replace '^Tag:', '')\" })
}
"
            }
            Self::Role { .. } => {
                "function Read-Role($AppId, $RoleId) {
    $app = Get-MgServicePrincipal -Filter \"appId eq '$AppId'\"
    $graph = Get-MgServicePrincipal -Filter \"appId eq '00000003-0000-0000-c000-000000000000'\"
    if (-not $app -or -not $graph) { throw \"no service principal of $AppId in this tenant\" }
    $held = @(Get-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $app.Id -All |
        Where-Object { $_.AppRoleId -eq $RoleId -and $_.ResourceId -eq $graph.Id })
    if ($held.Count -eq 0) { return $null }
    return , @('granted')
}
"
            }
            Self::Teams(_) => {
                "function Read-Teams($UserId) {
    if ((Get-CsOnlineUser -Identity $UserId).FeatureTypes -contains 'Teams') { return , @('enabled') }
    return $null
}
"
            }
            Self::Transcripts => {
                "function Read-Transcripts {
    return , @(\"$((Get-CsTeamsMeetingConfiguration -Identity Global).EnableGraphTranscriptAccess)\")
}
"
            }
        }
    }

    const fn module(&self) -> &'static str {
        match self {
            Self::Role { .. } => "Microsoft.Graph.Applications",
            _ => "MicrosoftTeams",
        }
    }
}

impl State {
    fn expression(&self) -> String {
        match self {
            Self::Unread => "$null".to_owned(),
            Self::Absent => "$null".to_owned(),
            Self::Is(values) => {
                let values: Vec<String> = values.iter().map(|value| literal(value)).collect();
                format!("@({})", values.join(", "))
            }
        }
    }
}

/// Compares what was read with what was written down; `$null` is what is not there.
const COMPARE: &str = "function Test-Same($Left, $Right) {
    if ($null -eq $Left -or $null -eq $Right) { return ($null -eq $Left) -and ($null -eq $Right) }
    $set = [System.Collections.Generic.HashSet[string]]::new([string[]]@($Left), [System.StringComparer]::OrdinalIgnoreCase)
    return $set.SetEquals([string[]]@($Right))
}
";

/// Writes both scripts of a planned fix; `None` for a fix without a simulation.
#[must_use]
pub fn scripts(fix: &Fix, snapshot: &Snapshot) -> Option<Scripts> {
    let proof = fix.proof.as_ref()?;
    let mut simulator = Simulator::new(snapshot, None);
    let run = blocks(&mut simulator, &proof.commands);
    let undo = blocks(&mut simulator, &proof.undo);
    let header = |undo: bool| header(fix, snapshot, undo);
    Some(Scripts {
        run: write(&header(false), &run),
        undo: (!proof.undo.is_empty()).then(|| write(&header(true), &undo)),
    })
}

/// One block for each object, in the order of the commands.
fn blocks(simulator: &mut Simulator<'_>, commands: &[Command]) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    for command in commands {
        let Some(object) = object(command) else { continue };
        let before = state(simulator.snapshot(), &object);
        simulator.apply(command);
        let after = state(simulator.snapshot(), &object);
        let lines = powershell::lines(command);
        match blocks.iter_mut().find(|block| block.object == object) {
            Some(block) => {
                block.after = after;
                block.lines.extend(lines);
            }
            None => blocks.push(Block { object, before, after, lines }),
        }
    }
    blocks
}

fn header(fix: &Fix, snapshot: &Snapshot, undo: bool) -> String {
    let mut out = String::new();
    let mut line = |text: &str| {
        let _ = writeln!(out, "# {}", one_line(text));
    };
    line(&if undo { format!("takes back: {}", fix.title) } else { fix.title.clone() });
    if let Some(tenant) = snapshot.tenant_id {
        line(&format!("tenant {tenant}"));
    }
    if let Some(taken) = snapshot.taken_at {
        line(&format!("written for the state of {taken}; it stops, and changes nothing, if that has moved"));
    }
    if let Some(proof) = fix.proof.as_ref().filter(|_| !undo) {
        let more = if proof.effects.gains_future { ", and users who come later" } else { "" };
        line(&format!(
            "gains: {} pairs of app and user{more}; loses: {}; {}",
            proof.effects.gains_total,
            proof.effects.loses_total,
            if proof.proved { "proved by simulation" } else { "not proved" }
        ));
        for assumed in &fix.assumes {
            line(&format!("assumes: {assumed}"));
        }
    }
    line("run it as often as needed: what is done already is left alone");
    out
}

fn write(header: &str, blocks: &[Block]) -> String {
    let mut out = header.to_owned();
    let mut modules: Vec<&str> = Vec::new();
    let mut functions: Vec<&str> = Vec::new();
    let sku = blocks.iter().any(|block| block.lines.iter().any(|line| line.contains("$SkuId")));
    for block in blocks {
        if !modules.contains(&block.object.module()) {
            modules.push(block.object.module());
        }
        if !functions.contains(&block.object.function()) {
            functions.push(block.object.function());
        }
    }
    if blocks.iter().any(|block| matches!(block.object, Object::Teams(_))) {
        modules.push("Microsoft.Graph.Users.Actions");
    }
    for module in modules {
        let _ = writeln!(out, "#Requires -Modules {module}");
    }
    let unread = blocks.iter().any(|block| block.before == State::Unread);
    out.push_str("[CmdletBinding()]\nparam(\n");
    if sku {
        out.push_str("    # the licence: one of Get-MgSubscribedSku that has the Teams service plan\n    [Parameter(Mandatory)] [guid] $SkuId,\n");
    }
    if unread {
        out.push_str("    # go on although the snapshot does not say what is replaced\n    [switch] $AcceptUnread,\n");
    }
    out.push_str("    # read and compare only\n    [switch] $CheckOnly\n)\n$ErrorActionPreference = 'Stop'\n\n");
    out.push_str(COMPARE);
    for function in functions {
        out.push_str(function);
    }
    out.push_str("\n# 1. is the state still the one that this was written for?\n");
    for (index, block) in blocks.iter().enumerate() {
        guard(&mut out, index + 1, block);
    }
    out.push_str("if ($CheckOnly) { return 'the state is as expected' }\n\n# 2. the change\n");
    for (index, block) in blocks.iter().enumerate() {
        let number = index + 1;
        let read = block.object.read();
        let done = match block.after {
            State::Unread => "$true".to_owned(),
            _ => format!("-not (Test-Same ({read}) $after{number})"),
        };
        let _ = writeln!(out, "if ({done}) {{");
        for line in &block.lines {
            let _ = writeln!(out, "    {line}");
        }
        out.push_str("}\n");
    }
    out.push_str("\n# 3. is it there? Reads may lag behind writes, so this waits\n");
    for (index, block) in blocks.iter().enumerate().filter(|(_, block)| block.after != State::Unread) {
        let number = index + 1;
        let read = block.object.read();
        let words = literal(&format!("not seen yet: {}; read again later", one_line(&block.object.words())));
        let _ = writeln!(
            out,
            "for ($try = 1; -not (Test-Same ({read}) $after{number}); $try++) {{\n    if ($try -ge 10) {{ throw {words} }}\n    Start-Sleep -Seconds 15\n}}"
        );
    }
    out.push_str("'done and verified'\n");
    // Windows PowerShell takes a file without a byte order mark for the ANSI code page.
    if out.is_ascii() { out } else { format!("\u{FEFF}{out}") }
}

fn guard(out: &mut String, number: usize, block: &Block) {
    let words = one_line(&block.object.words());
    let _ = writeln!(out, "# {words}");
    let _ = writeln!(out, "$state{number} = {}", block.object.read());
    if block.before == State::Unread {
        let message =
            literal(&format!("{words} was not read when this was planned: look at it, then use -AcceptUnread"));
        let _ = writeln!(out, "$state{number}\nif (-not $AcceptUnread) {{ throw {message} }}");
    } else {
        let _ = writeln!(out, "$before{number} = {}", block.before.expression());
    }
    if block.after != State::Unread {
        let _ = writeln!(out, "$after{number} = {}", block.after.expression());
    }
    if block.before != State::Unread {
        let or_after = if block.after == State::Unread {
            String::new()
        } else {
            format!(" -and -not (Test-Same $state{number} $after{number})")
        };
        let message = literal(&format!("the state has moved: {words}; nothing was changed"));
        let _ = writeln!(out, "if (-not (Test-Same $state{number} $before{number}){or_after}) {{ throw {message} }}");
    }
}
