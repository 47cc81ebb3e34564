//! A fix as a PowerShell script to review: it reads the state first and stops if that has moved, changes only what is
//! not so already, and verifies. The undo is a second script that is guarded alike: by the state that the first one
//! leaves, as far as taking it back rests on it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use uuid::Uuid;

use super::command::{AppIds, Command, Target};
use super::object::{Object, State, THERE, state};
use super::plan::delay;
use super::quote::{has_wildcards, literal};
use super::simulate::Simulator;
use super::{Fix, powershell, rights};
use crate::source::sanitise::{one_line, shortened};
use crate::tenant::{Snapshot, name};

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

impl Block {
    /// Whether a policy goes. What its holders get then is not documented, and no documented read lists them all.
    fn removes(&self) -> bool {
        matches!(self.object, Object::Policy(_)) && self.before != State::Absent && self.after == State::Absent
    }
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
        // Of a script only: no fix has them.
        Command::Licences { .. }
        | Command::AttributedTranscripts(_)
        | Command::Refused { .. }
        | Command::Perhaps(_)
        | Command::Opaque { .. } => return None,
    })
}

/// One policy, read literally.
fn policy_read(name: &str) -> String {
    if has_wildcards(name) {
        let identity = if name::is_global(name) { name.to_owned() } else { format!("Tag:{}", name::bare(name)) };
        return format!("Get-CsApplicationAccessPolicy | Where-Object Identity -EQ {}", literal(&identity));
    }
    format!("Get-CsApplicationAccessPolicy -Identity {}", literal(name))
}

/// Commands that read what the commands change, as they are documented.
#[must_use]
pub fn reads(commands: &[Command]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for command in commands {
        let more = match object(command) {
            Some(Object::Policy(name)) => match command {
                Command::NewPolicy { .. } => vec!["Get-CsApplicationAccessPolicy".to_owned()],
                _ => vec![policy_read(&name)],
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
            Some(
                Object::Effective(_)
                | Object::Group(_)
                | Object::GroupPolicy(_)
                | Object::Listed(..)
                | Object::Exists(_)
                | Object::Holders(_),
            )
            | None => Vec::new(),
        };
        for line in more {
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
    }
    lines
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
    let snapshot = &*proof.state(snapshot);
    let mut simulator = Simulator::new(snapshot, None);
    let run = blocks(&mut simulator, &proof.commands, object);
    let done = simulator.clone();
    let (found, mut apart) = relied(&proof.relies, &run, snapshot, done.snapshot());
    apart.extend(uncompared(&run, &found));
    let delays = |commands: &[Command]| {
        let mut texts: Vec<&'static str> = Vec::new();
        for window in commands.iter().filter_map(delay) {
            if !texts.contains(&window.text) {
                texts.push(window.text);
            }
        }
        texts
    };
    let rest = |relied, apart, commands: &[Command]| Rest { relied, apart, snapshot, delays: delays(commands) };
    let run = write(&header(fix, snapshot, false), &run, &rest(found, apart, &proof.commands));
    let back = blocks(&mut simulator, &proof.undo, own_object);
    let (found, mut apart) =
        relied(&undo_relies(&proof.undo, done.snapshot()), &back, done.snapshot(), simulator.snapshot());
    apart.extend(proof.undo.iter().filter_map(|command| match command {
        Command::RemovePolicy { name } => Some(format!(
            "which users were given `{name}` directly since: what holders of a removed policy get is not documented"
        )),
        _ => None,
    }));
    let undo =
        (!proof.undo.is_empty()).then(|| write(&header(fix, snapshot, true), &back, &rest(found, apart, &proof.undo)));
    Some(Scripts { run, undo })
}

/// What a command that takes something back works on, and no more: what others have done beside it may stay.
fn own_object(command: &Command) -> Option<Object> {
    Some(match command {
        Command::SetPolicy { name, app_ids: AppIds::Add(ids) | AppIds::Remove(ids) } => {
            Object::Listed(name.clone(), ids.clone())
        }
        Command::Grant { to: Target::Group { id, .. }, .. } | Command::RemoveGroupAssignment { group_id: id } => {
            Object::GroupPolicy(*id)
        }
        _ => return object(command),
    })
}

/// What taking something back rests on beside what it changes: a policy that is granted again is there, and no other
/// group holds one that is removed.
fn undo_relies(undo: &[Command], done: &Snapshot) -> Vec<Object> {
    let of = |command: &Command| match command {
        Command::Grant { policy: Some(policy), .. } if !name::is_global(policy) => {
            let there = Object::Exists(policy.clone());
            (state(done, &there) != State::Absent).then_some(there)
        }
        Command::RemovePolicy { name } => Some(Object::Holders(name.clone())),
        _ => None,
    };
    undo.iter().filter_map(of).collect()
}

/// What a script compares and does not change, and what it says besides.
struct Rest<'s> {
    /// What it compares.
    relied: Vec<Relied>,
    /// What it does not compare, and why.
    apart: Vec<String>,
    /// The state that it is written for.
    snapshot: &'s Snapshot,
    /// What is documented of the time until Graph sees the change.
    delays: Vec<&'static str>,
}

/// Ids whose names are told at most.
const NAMED: usize = 50;

/// Who is who, one comment for each id that stands in the script and has a name in the snapshot.
fn names(script: &str, snapshot: &Snapshot) -> String {
    let literals = script.split('\'').filter_map(|text| text.get(..36));
    let ids: BTreeSet<Uuid> = literals.filter_map(|text| Uuid::try_parse(text).ok()).collect();
    let users = snapshot.users.known().iter().map(|it| ("user", it.id, it.upn.as_ref().or(it.name.as_ref())));
    let apps = snapshot.apps.known().iter().map(|it| ("app", it.app_id, it.name.as_ref()));
    let groups = snapshot.groups.known().iter().map(|it| ("group", it.group_id, it.name.as_ref()));
    let nested = snapshot.nested_groups.iter().map(|it| ("group", it.group_id, it.name.as_ref()));
    let all = users.chain(apps).chain(groups).chain(nested).filter(|(_, id, _)| ids.contains(id));
    let mut known: Vec<(&str, Uuid, String)> =
        all.filter_map(|(what, id, name)| Some((what, id, shortened(&one_line(name?), 120)))).collect();
    crate::order::sort(&mut known);
    known.dedup();
    let mut lines = String::new();
    for (what, id, name) in known.iter().take(NAMED) {
        let _ = writeln!(lines, "# {what} {id}: {name}");
    }
    if known.len() > NAMED {
        let _ = writeln!(lines, "# and {} more that have names", known.len() - NAMED);
    }
    lines
}

/// What a script compares and does not change.
struct Relied {
    object: Object,
    /// The states in which it may be: before the change, and after it.
    states: Vec<State>,
    /// What it is after the change is not known, so that it is compared only as long as the change is not made.
    until_made: bool,
}

/// What a plan rests on, as far as it was read before the change; what the blocks change, they compare. What was not
/// known then is not compared: what the change makes of it tells nothing about the state that it is run in.
fn relied(relies: &[Object], blocks: &[Block], before: &Snapshot, after: &Snapshot) -> (Vec<Relied>, Vec<String>) {
    let (mut found, mut apart) = (Vec::new(), Vec::new());
    for object in relies.iter().filter(|it| !blocks.iter().any(|block| block.object.is(it))) {
        let (was, is) = (state(before, object), state(after, object));
        let was = match (was, object) {
            // A policy that is granted has to be there, whether or not all of them were read.
            (State::Unread, Object::Exists(_)) => State::Is(vec![THERE.to_owned()]),
            (was, _) => was,
        };
        if was == State::Unread {
            if is != State::Unread {
                apart.push(format!("{}: it was not known when this was planned", object.words()));
            }
            continue;
        }
        // Who runs one module may have no right in the other.
        if !blocks.iter().any(|block| block.object.module() == object.module()) {
            apart.push(format!("{}: another module reads it", object.words()));
            continue;
        }
        let until_made = is == State::Unread;
        let states = if until_made || is == was { vec![was] } else { vec![was, is] };
        found.push(Relied { object: object.clone(), states, until_made });
    }
    (found, apart)
}

/// Who holds the edited policies by now, as far as no cheap read shows it.
fn uncompared(blocks: &[Block], relied: &[Relied]) -> Vec<String> {
    let edited = blocks.iter().filter_map(|block| match &block.object {
        Object::Policy(name) if block.before != State::Absent && block.after != State::Absent => Some(name),
        _ => None,
    });
    let mut groups = relied.iter().map(|it| &it.object).chain(blocks.iter().map(|block| &block.object));
    let groups = groups.any(|object| *object == Object::Groups);
    edited
        .map(|name| match (name::is_global(name), groups) {
            (true, _) => {
                format!("for which users `{name}` is effective: all without an assignment gain or lose with it")
            }
            (false, true) => format!("which users hold `{name}` directly, and who is in the groups that hold it"),
            (false, false) => format!("which users and groups hold `{name}`: not all group assignments were read"),
        })
        .map(|words| format!("{words}; the counts above are of the snapshot"))
        .collect()
}

/// One block for each object, in the order of the commands.
fn blocks(simulator: &mut Simulator<'_>, commands: &[Command], object: fn(&Command) -> Option<Object>) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    for command in commands {
        let Some(object) = object(command) else { continue };
        let before = state(simulator.snapshot(), &object);
        simulator.apply(command);
        let after = match command {
            // Whatever was read of the groups.
            Command::RemoveGroupAssignment { .. } if matches!(object, Object::GroupPolicy(_)) => State::Absent,
            // Whether or not all policies were read.
            Command::RemovePolicy { name } if !name::is_global(name) => State::Absent,
            _ => state(simulator.snapshot(), &object),
        };
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

/// A line of every script's header, by which an earlier one is known again.
const REPEATABLE: &str = "run it as often as needed: what is done already is left alone";

/// Whether a text is a script that was written here, or nothing at all: it may be replaced.
#[must_use]
pub fn is_own(text: &str) -> bool {
    let text = text.trim_start_matches('\u{FEFF}');
    let mut header = text.lines().map_while(|line| line.strip_prefix("# "));
    text.trim().is_empty() || header.any(|line| line == REPEATABLE)
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
    let stops = "it stops, and changes nothing, if what it compares has moved";
    if undo {
        line(&format!("written for the state that the script leaves; {stops}"));
    } else if let Some(taken) = snapshot.taken_at {
        line(&format!("written for the state of {taken}; {stops}"));
    } else {
        line(&format!("written for a state that does not say when it was read; {stops}"));
    }
    if let Some(proof) = fix.proof.as_ref().filter(|_| !undo) {
        let effects = &proof.effects;
        let perhaps = |count: usize| if count > 0 { format!(" ({count} of them perhaps)") } else { String::new() };
        let more = match (effects.gains_future, effects.gains_future_perhaps) {
            (false, _) => "",
            (true, false) => ", and users who come later",
            (true, true) => ", and perhaps users who come later",
        };
        line(&format!(
            "pairs of app and user that gain: {}{}{more}; that lose: {}{}; {}",
            effects.gains_total,
            perhaps(effects.gains_perhaps),
            effects.losers(),
            perhaps(effects.losers_perhaps()),
            if proof.proved { "proved by simulation" } else { "not proved" }
        ));
        if !proof.stays_open.is_empty() {
            let gates: Vec<&str> = proof.stays_open.iter().map(|gate| gate.name()).collect();
            line(&format!("not known before it and after it: {}", gates.join(", ")));
        }
        for assumed in &fix.assumes {
            line(&format!("assumes: {assumed}"));
        }
    }
    let rights = rights(fix);
    if !rights.is_empty() {
        line(&format!("the change needs {}", rights.join(", ")));
    }
    line(REPEATABLE);
    out
}

fn write(header: &str, blocks: &[Block], rest: &Rest<'_>) -> String {
    let mut out = header.to_owned();
    for text in &rest.delays {
        let _ = writeln!(out, "# until Graph sees it: {text}");
    }
    for words in &rest.apart {
        let _ = writeln!(out, "# not compared here: {}", one_line(words));
    }
    if rest.snapshot.tenant_id.is_none() {
        out.push_str("# not compared here: the tenant, which the snapshot does not name; sign in to the right one\n");
    }
    out.push_str("# it changes the tenant when it is run; with -CheckOnly it reads and compares only\n");
    let mut modules: Vec<&str> = Vec::new();
    let mut functions: Vec<&str> = Vec::new();
    let sku = blocks.iter().any(|block| block.lines.iter().any(|line| line.contains("$SkuId")));
    for object in blocks.iter().map(|block| &block.object).chain(rest.relied.iter().map(|it| &it.object)) {
        if !modules.contains(&object.module()) {
            modules.push(object.module());
        }
        if !functions.contains(&object.function()) {
            functions.push(object.function());
        }
    }
    if blocks.iter().any(|block| matches!(block.object, Object::Teams(_))) {
        modules.push("Microsoft.Graph.Users.Actions");
    }
    let uses = |cmdlet: &str| blocks.iter().any(|block| block.lines.iter().any(|line| line.contains(cmdlet)));
    if uses("Get-MgUser ") {
        modules.push("Microsoft.Graph.Users");
    }
    if uses("Get-MgSubscribedSku") {
        modules.push("Microsoft.Graph.Identity.DirectoryManagement");
    }
    connects(&mut out, rest.snapshot.tenant_id, &modules);
    for module in &modules {
        let _ = writeln!(out, "#Requires -Modules {module}");
    }
    let unread = blocks.iter().any(|block| block.before == State::Unread);
    out.push_str("[CmdletBinding()]\nparam(\n");
    if sku {
        out.push_str("    # the licence: one of Get-MgSubscribedSku that has the Teams service plan\n    [Parameter(Mandatory)] [guid] $SkuId,\n");
    }
    if blocks.iter().any(Block::removes) {
        out.push_str("    # remove the policy as well; look first whether users hold it directly by now\n    [switch] $RemovePolicy,\n");
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
    if let Some(tenant) = rest.snapshot.tenant_id {
        sign_in(&mut out, tenant, &modules);
    }
    for (index, block) in blocks.iter().enumerate() {
        guard(&mut out, index + 1, block);
    }
    for relied in &rest.relied {
        rely(&mut out, relied, blocks);
    }
    let done: Vec<String> = blocks
        .iter()
        .enumerate()
        .filter(|(_, block)| block.after != State::Unread)
        .map(|(index, _)| format!("(Test-Same $state{0} $after{0})", index + 1))
        .collect();
    if done.len() == blocks.len() && !done.is_empty() {
        let _ = writeln!(out, "if ($CheckOnly -and {}) {{ return 'the change is made already' }}", done.join(" -and "));
    }
    out.push_str("if ($CheckOnly) { return 'the state is as expected; nothing was changed' }\n\n# 2. the change\n");
    for (index, block) in blocks.iter().enumerate() {
        let number = index + 1;
        let read = block.object.read();
        let done = match block.after {
            State::Unread => "$true".to_owned(),
            _ => format!("-not (Test-Same ({read}) $after{number})"),
        };
        if let (true, Object::Policy(name)) = (block.removes(), &block.object) {
            let left = literal(&format!(
                "policy {} is left as it is, granted to nobody by this script: who was given it directly since is not compared; look, then use -RemovePolicy",
                one_line(name)
            ));
            let _ = writeln!(out, "if (-not $RemovePolicy) {{ Write-Warning {left} }}");
        }
        let done = if block.removes() { format!("$RemovePolicy -and ({done})") } else { done };
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
        let asked = if block.removes() { "$RemovePolicy -and " } else { "" };
        let _ = writeln!(
            out,
            "for ($try = 1; {asked}-not (Test-Same ({read}) $after{number}); $try++) {{\n    if ($try -ge 10) {{ throw {words} }}\n    Start-Sleep -Seconds 15\n}}"
        );
    }
    for text in &rest.delays {
        let _ = writeln!(out, "{}", literal(&format!("until Graph sees it: {text}")));
    }
    out.push_str("'done and verified'\n");
    let named = names(&out, rest.snapshot);
    out.insert_str(header.len(), &named);
    // Windows PowerShell takes a file without a byte order mark for the ANSI code page.
    if out.is_ascii() { out } else { format!("\u{FEFF}{out}") }
}

/// How to sign in before it is run, for each module.
fn connects(out: &mut String, tenant: Option<Uuid>, modules: &[&str]) {
    let tenant = tenant.map_or_else(String::new, |id| format!(" -TenantId {}", literal(&id.to_string())));
    if modules.contains(&"MicrosoftTeams") {
        let _ = writeln!(out, "# sign in first: Connect-MicrosoftTeams{tenant}");
    }
    if modules.iter().any(|module| module.starts_with("Microsoft.Graph")) {
        let _ = writeln!(out, "# sign in first: Connect-MgGraph{tenant}, with the scopes that the change takes");
    }
}

/// Stops where the modules are signed in to another tenant.
fn sign_in(out: &mut String, tenant: Uuid, modules: &[&str]) {
    let message = literal(&format!("signed in to another tenant than {tenant}; nothing was changed"));
    let own = literal(&tenant.to_string());
    let mut compare = |read: &str| {
        let _ = writeln!(out, "if (\"$(({read}).TenantId)\" -ne {own}) {{ throw {message} }}");
    };
    if modules.contains(&"MicrosoftTeams") {
        compare("Get-CsTenant");
    }
    if modules.iter().any(|module| module.starts_with("Microsoft.Graph")) {
        compare("Get-MgContext");
    }
}

/// Stops where something that the plan rests on has moved.
fn rely(out: &mut String, relied: &Relied, blocks: &[Block]) {
    let words = one_line(&relied.object.words());
    let message = literal(&format!("the state has moved: {words}; nothing was changed"));
    let mut tests: Vec<String> =
        relied.states.iter().map(|state| format!("-not (Test-Same $relied {})", state.expression())).collect();
    if relied.until_made {
        // What a part of the change is made of may have moved it already.
        let own = |block: &Block| matches!((&block.object, &relied.object), (Object::Direct(a), Object::Effective(b)) if a == b);
        let all = !blocks.iter().any(own);
        let moves = |block: &Block| block.after != State::Unread && block.after != block.before && (all || own(block));
        let moves = blocks.iter().enumerate().filter(|(_, block)| moves(block)).map(|(index, _)| index + 1);
        tests.extend(moves.map(|number| format!("-not (Test-Same $state{number} $after{number})")));
    }
    let _ = writeln!(out, "# it rests on: {words}\n$relied = {}", relied.object.read());
    let _ = writeln!(out, "if ({}) {{ throw {message} }}", tests.join(" -and "));
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
