//! A policy that is made and granted to nobody in the same file.

use std::collections::{HashMap, HashSet};

use super::{Raised, Script};
use crate::input::Span;
use crate::knowledge::Confidence;
use crate::script::subject::{self, Policy, Verb, verb};
use crate::script::{Command, Context, Kind, Value};

pub(super) const SLUG: &str = "policy-never-granted";

/// Cmdlets that assign policies besides `Grant-`.
const ASSIGNING: [&str; 2] = ["New-CsGroupPolicyAssignment", "New-CsBatchPolicyAssignmentOperation"];

/// As many tenants are told apart.
const MOST_TENANTS: usize = 64;

pub(super) fn find(script: &Script<'_>, out: &mut Vec<Raised>) {
    let mut granted: HashMap<String, Vec<&Context>> = HashMap::new();
    // Without any grant the name does not matter.
    let mut nothing = true;
    for command in script.commands {
        let grant = verb(command) == Some(Verb::Grant);
        if !grant && !ASSIGNING.iter().any(|name| command.is(name)) {
            continue;
        }
        nothing = false;
        let names = if grant { ["PolicyName", "Identity"] } else { ["PolicyName", "PolicyName"] };
        for name in names {
            // A policy in the place of the user is another mistake; the grant is there.
            if let Some(Policy::Named(name)) =
                subject::argument(command, name).and_then(|a| a.value.as_ref()).and_then(subject::policy_of)
            {
                let contexts = granted.entry(name).or_default();
                // One for each tenant that the script signs in to.
                if contexts.len() < MOST_TENANTS
                    && !contexts.iter().any(|known| known.sign_in == command.context.sign_in)
                {
                    contexts.push(&command.context);
                }
            }
        }
        let policy = if grant { subject::argument(command, "PolicyName") } else { command.argument("PolicyName") };
        let constant = policy
            .and_then(|a| a.value.as_ref())
            .is_some_and(|v| v.is_constant() && (v.text().is_none() || subject::policy_of(v).is_some()));
        if !constant {
            // It may be any policy.
            return;
        }
    }
    if elsewhere(script) {
        return;
    }
    let runs = script.commands.iter().rposition(|command| runs_script(script, command));
    let mut told: HashSet<String> = HashSet::new();
    for (at, new) in script.named("New-CsApplicationAccessPolicy") {
        let Some(argument) = subject::policy_argument(new) else { continue };
        let name = match (subject::policy(new), &argument.value) {
            (Some(Policy::Named(name)), _) => name,
            (_, Some(Value::Unknown(_))) if nothing => format!("?{}", argument.span.start),
            _ => continue,
        };
        // A script that ran before could not grant what was not there; what it defines may be called below.
        let below = || script.commands.iter().skip(at + 1).any(|command| acts(script, command));
        if runs.is_some_and(|run| run > at || new.context.repeated || below()) {
            continue;
        }
        if new.what_if()
            || new.context.uncalled
            || new.context.torn
            || granted
                .get(&name)
                .is_some_and(|all| all.len() == MOST_TENANTS || all.iter().any(|one| one.in_one_tenant(&new.context)))
            || script.granted.contains(&name)
            || name == "global"
            || !told.insert(name.clone())
        {
            continue;
        }
        out.push(
            Raised::new(SLUG, Confidence::Likely, new, argument.span, "made here and granted nowhere below").explained(
                "a policy has no effect until it is granted to a user, a group or the tenant, and nothing in this file does that",
            ),
        );
    }
}

/// Whether a command runs what this file does not show: `& $script`, `& "$PSScriptRoot\Grant.ps1"`, `pwsh -File Grant.ps1`,
/// `Invoke-Expression`; a block is read where it stands.
fn runs_script(script: &Script<'_>, command: &Command) -> bool {
    let called = command.name.starts_with('$')
        || command.name.is_empty() && !script.at(command.name_span).trim_start().starts_with('{');
    let lower = command.name.to_lowercase();
    let arguments = || script.at(command.span).to_lowercase();
    called
        || match lower.strip_suffix(".exe").unwrap_or(&lower) {
            "invoke-expression" | "iex" => true,
            "invoke-command" | "icm" | "start-job" | "sajb" | "start-threadjob" => {
                let arguments = arguments();
                arguments.contains(".ps1") || !arguments.contains('{')
            }
            "pwsh" | "powershell" | "start-process" | "saps" => {
                let arguments = arguments();
                [".ps1", "grant-cs", "-enc", "$"].iter().any(|word| arguments.contains(word))
            }
            // `$block` in the place of a block.
            "foreach-object" | "foreach" | "%" => {
                let arguments = arguments();
                arguments.contains('$') && !arguments.contains(['{', '.'])
            }
            name => name.ends_with(".ps1"),
        }
}

/// Whether a command may be a function of another script that does something.
fn acts(script: &Script<'_>, command: &Command) -> bool {
    const QUIET: [&str; 9] = ["write", "out", "get", "format", "select", "where", "sort", "start-sleep", "disconnect"];
    let lower = command.name.to_lowercase();
    let quiet =
        QUIET.iter().any(|verb| lower.strip_prefix(verb).is_some_and(|rest| rest.is_empty() || rest.starts_with('-')));
    command.cmdlet.is_none() && !quiet && !script.functions.contains(&lower)
}

/// Whether a step of a CI file, or a line for another shell in a document, runs a script of PowerShell that this file does not
/// show, after the first policy is made.
fn calls_script(script: &Script<'_>) -> bool {
    let Some((_, new)) = script.named("New-CsApplicationAccessPolicy").min_by_key(|(_, new)| new.span.start) else {
        return false;
    };
    let mut regions: Vec<Span> = script.regions.to_vec();
    regions.sort_unstable();
    regions.dedup_by(|next, last| {
        let inside = next.start <= last.end;
        last.end = if inside { last.end.max(next.end) } else { last.end };
        inside
    });
    let outside = |at: usize| {
        let before = regions.partition_point(|region| region.start <= at);
        before.checked_sub(1).and_then(|index| regions.get(index)).is_none_or(|region| region.end <= at)
    };
    let rest = script.text.get(new.span.end..).unwrap_or_default();
    let mut at = new.span.end;
    rest.split_inclusive('\n').any(|line| {
        let start = at;
        at += line.len();
        let lower = line.trim().to_lowercase();
        let Some(place) = line.to_ascii_lowercase().find(".ps1") else { return false };
        let command = lower.trim_start_matches("$ ");
        let calls = ["pwsh", "powershell", "./", ".\\", "& "].iter().any(|start| command.starts_with(start));
        (script.kind == Kind::Yaml && !lower.starts_with('#') || calls) && outside(start + place)
    })
}

/// Whether the grant may be where this file does not show it: in another script, or in what could not be read.
fn elsewhere(script: &Script<'_>) -> bool {
    let by_graph = script.text.to_lowercase().contains("policy/userassignments");
    let grants = |text: &str| text.to_lowercase().contains("grant-csapplicationaccesspolicy");
    let unread = script.unread.iter().any(|span| grants(script.at(*span)));
    let prose = script.kind != Kind::PowerShell && {
        let mut at = 0;
        let mut found = false;
        for region in script.regions {
            found |= grants(script.text.get(at..region.start).unwrap_or_default());
            at = region.end;
        }
        found || grants(script.text.get(at..).unwrap_or_default())
    };
    let runs = script.kind != Kind::PowerShell && calls_script(script);
    // A grant with Exchange's name, or with a slip in its name, is a mistake of its own.
    let slip = |name: &str| subject::misspelt(name).is_some_and(|meant| grants(&meant));
    let misnamed = script.commands.iter().any(|c| c.is("Grant-ApplicationAccessPolicy") || slip(&c.name));
    let made_of_text = script.text.to_lowercase().contains("[scriptblock]::create");
    misnamed
        || by_graph
        || made_of_text
        || unread
        || prose
        || runs
        || script.functions.contains("grant-csapplicationaccesspolicy")
}
