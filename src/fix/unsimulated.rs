//! Commands that may take access away and that the simulator does not run.

use uuid::Uuid;

use super::follow::Script;
use super::harmless::is_harmless;
pub(super) use super::harmless::{may_change, shell_may_change};
use super::{requests, unseen};
use crate::script::{Argument, Command, Flow, Form, Value};
use crate::source::slice;
use crate::tenant::{GroupAssignment, View};

/// Cmdlets that take roles, memberships, licences, assignments or the objects themselves, and those that make somebody a
/// member of a group, of which another policy may be effective then; those of the beta module have `MgBeta` in place of `Mg`,
/// and those of Entra as a rule `Entra` in place of `AzureAD`.
const TAKING: &str = "
add-adgroupmember add-azadgroupmember add-azureadgroupmember add-distributiongroupmember add-mgteammember
add-msolgroupmember add-pnpazureadgroupmember add-pnpentraidgroupmember add-pnpmicrosoft365groupmember
add-pnpmicrosoft365groupowner add-pnpteamsuser add-teamuser add-unifiedgrouplinks
disable-adaccount new-csbatchpolicyassignmentoperation new-csbatchpolicypackageassignmentoperation new-mggroupmember
new-mggroupmemberbyref new-mgteammember remove-adgroupmember
remove-aduser remove-azadapplication remove-azadgroup remove-azadgroupmember remove-azadserviceprincipal remove-azaduser
remove-azureadapplication remove-azureadgroup remove-azureadgroupmember remove-azureadmsgroup
remove-azureadoauth2permissiongrant remove-azureadserviceapproleassignment remove-azureadserviceprincipal
remove-azureadserviceprincipalapproleassignment remove-azureaduser remove-csgrouppolicyassignment
remove-distributiongroup remove-distributiongroupmember remove-mgapplication remove-mggroup remove-mggroupmember
remove-mggroupmemberbyref remove-mggroupmemberdirectoryobjectbyref remove-mgoauth2permissiongrant
remove-mgserviceprincipal remove-mgserviceprincipalapproleassignedto remove-mgserviceprincipalapproleassignment
remove-mgteammember remove-mguser remove-mguserapproleassignment remove-msolgroup remove-msolgroupmember remove-msolserviceprincipal
remove-msoluser remove-pnpazureadgroup remove-pnpazureadgroupmember remove-pnpentraidgroup
remove-pnpentraidgroupmember remove-pnpmicrosoft365group remove-pnpmicrosoft365groupmember remove-pnpteamsuser
remove-team remove-teamuser remove-unifiedgroup remove-unifiedgrouplinks set-azureadserviceprincipal set-azureaduser
set-csgrouppolicyassignment set-mggrouplicense update-azaduser update-distributiongroupmember update-mggroup
update-mgoauth2permissiongrant update-mgserviceprincipal update-mguser
";

/// What runs a text, another script or another program: nobody reads here what that does.
const RUNNERS: [&str; 12] = [
    "invoke-expression",
    "iex",
    "powershell",
    "pwsh",
    "invoke-script",
    "start-azautomationrunbook",
    "start-scheduledtask",
    "invoke-azvmruncommand",
    "cmd",
    "bash",
    "sh",
    "python",
];

/// What runs a block or a script that it is given.
const BLOCKS: [&str; 9] = [
    "foreach-object",
    "foreach",
    "%",
    "invoke-command",
    "icm",
    "start-job",
    "sajb",
    "start-threadjob",
    "measure-command",
];

/// Other names for cmdlets.
const ALIASES: [&str; 4] = ["set-alias", "new-alias", "sal", "nal"];

/// The name of a command by which the lists have it, lower case.
fn listed_name(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    let lower = lower.strip_suffix(".exe").unwrap_or(&lower);
    lower.replace("-mgbeta", "-mg").replace("-entrabeta", "-entra").replace("-entra", "-azuread")
}

fn is_taking(name: &str) -> bool {
    TAKING.split_ascii_whitespace().any(|it| it == name)
}

/// Whether access may go and nothing simulates it; `text` is the script.
pub(super) fn takes(command: &Command, flow: &Flow, text: &str) -> bool {
    let lower = listed_name(&command.name);
    let named = |parameter: &str| command.open || command.argument(parameter).is_some();
    // `& $name`: what is called is known only when it is run.
    let called = slice(text, command.name_span.start..command.name_span.end).trim_start_matches(['&', '.', ' ']);
    if lower.is_empty() || lower.starts_with('$') {
        return !called.starts_with('{') && !flow.followed.contains(&command.name_span);
    }
    if RUNNERS.contains(&lower.as_str()) {
        return true;
    }
    if BLOCKS.contains(&lower.as_str()) {
        return runs_unread(command, &lower, flow);
    }
    if matches!(lower.as_str(), "start-process" | "saps" | "start") {
        return starts_unread(command);
    }
    if ALIASES.contains(&lower.as_str()) {
        let values = command.arguments.iter().filter_map(|it| it.value.as_ref());
        return values.flat_map(Value::texts).any(|it| {
            let named = listed_name(&it.text);
            named.ends_with("-csapplicationaccesspolicy") || is_taking(&named)
        });
    }
    if requests::is_request(&lower) {
        return requests::sends(command, &lower, text);
    }
    if by_instance(command) || requests::is_method(&lower) || unseen::runs(command, &lower, text) {
        return true;
    }
    if !is_taking(&lower) {
        // What stands in a runbook without a hyphen may be what a command printed.
        let printed = flow.prose && lower.chars().all(|c| c.is_alphanumeric() || c == '_');
        return command.cmdlet.is_none() && !is_harmless(&lower) && !printed;
    }
    match lower.as_str() {
        "set-csgrouppolicyassignment" | "remove-csgrouppolicyassignment" | "new-csbatchpolicyassignmentoperation" => {
            command
                .value("PolicyType")
                .and_then(Value::text)
                .is_none_or(|it| it.text.eq_ignore_ascii_case("ApplicationAccessPolicy"))
        }
        // What is in a body is not read.
        "update-mgserviceprincipal"
        | "update-mguser"
        | "update-azaduser"
        | "set-azureaduser"
        | "set-azureadserviceprincipal" => {
            named("BodyParameter")
                || command.piped.is_some()
                || command.switch("AccountEnabled") != Some(true) && named("AccountEnabled")
        }
        // A rule for the members makes others of them.
        "add-unifiedgrouplinks" => {
            let kind = command.value("LinkType").and_then(Value::text).map(|it| it.text.to_ascii_lowercase());
            kind.is_none_or(|kind| kind.starts_with("member"))
        }
        "update-mggroup" => {
            named("BodyParameter") || command.piped.is_some() || named("MembershipRule") || named("GroupTypes")
        }
        "set-mggrouplicense" => {
            let nothing = command
                .value("RemoveLicenses")
                .is_some_and(|it| matches!(it, Value::List(items, _) if items.is_empty()));
            named("BodyParameter") || (named("RemoveLicenses") && !nothing)
        }
        _ => true,
    }
}

/// Whether it does what it does: of `-WhatIf` only a known cmdlet is known to heed it.
pub(super) fn runs(command: &Command) -> bool {
    !command.what_if() || !is_harmless(&listed_name(&command.name)) && !is_taking(&listed_name(&command.name))
}

/// Whether a block or script that such a command is given was not read here.
fn runs_unread(command: &Command, lower: &str, flow: &Flow) -> bool {
    let each = matches!(lower, "foreach-object" | "foreach" | "%");
    if command.open {
        return true;
    }
    command.arguments.iter().any(|argument| {
        let written = argument.written.to_ascii_lowercase();
        let is = |names: &[&str]| written.len() > 1 && names.iter().any(|name| name.starts_with(&written));
        if !each && is(&["filepath"]) {
            return true;
        }
        // Members have names; a block is none.
        let place = argument.form == Form::Positional && (each || !lower.contains("job") && argument.value.is_some());
        let block =
            place || is(&["scriptblock", "process", "parallel", "expression", "begin", "end"]) || written == "e";
        block && !flow.followed.contains(&argument.span) && matches!(argument.value, Some(Value::Unknown(_)))
    })
}

/// Whether a program that is started is one that runs scripts, or is not known.
fn starts_unread(command: &Command) -> bool {
    let program = command.argument("FilePath").or_else(|| {
        command
            .arguments
            .iter()
            .find(|it| it.form == Form::Positional || "filepath".starts_with(&it.written.to_ascii_lowercase()))
    });
    match program.and_then(|it| it.value.as_ref()).map(Value::text) {
        Some(Some(name)) => {
            let lower = listed_name(&name.text);
            let name = lower.rsplit(['/', '\\']).next().unwrap_or(&lower);
            !lower.starts_with("http") && (RUNNERS.contains(&name) || !is_harmless(name))
        }
        _ => true,
    }
}

/// Whether somebody joins a group that certainly holds no policy, nor is in one that does: only what the group gives comes.
/// A group that the script makes is one.
pub(super) fn joins_without_policy(commands: &[Command], index: usize, text: &str, view: &View<'_>) -> bool {
    const GROUP: [&str; 5] = ["GroupId", "ObjectId", "TargetGroupObjectId", "GroupObjectId", "Identity"];
    const MAKES: [&str; 5] =
        ["new-mggroup", "new-azureadgroup", "new-azadgroup", "new-distributiongroup", "new-unifiedgroup"];
    let Some(command) = commands.get(index) else { return false };
    let lower = listed_name(&command.name);
    let joins = lower.split_once('-').is_some_and(|(verb, _)| matches!(verb, "add" | "new"))
        && ["member", "memberbyref", "teamuser"].iter().any(|end| lower.ends_with(end));
    if !joins || !is_taking(&lower) {
        return false;
    }
    let Some(argument) = GROUP.iter().find_map(|name| command.argument(name)) else { return false };
    let script = Script { before: commands.get(..index).unwrap_or_default(), command, text, view };
    let made = |variable: &str| {
        let given = script.given(variable, command).unwrap_or_default();
        matches!(given.as_slice(), [only] if MAKES.contains(&listed_name(&only.name).as_str()))
    };
    let variable = script.written(argument.span).strip_prefix('$').map(|it| it.split('.').next().unwrap_or(it));
    if variable.is_some_and(made) {
        return true;
    }
    let group = argument.value.as_ref().and_then(Value::text);
    let group = group.and_then(|literal| Uuid::try_parse(literal.text.trim()).ok());
    let snapshot = view.snapshot();
    snapshot.groups.is_complete()
        && group.is_some_and(|group| {
            let known = |outer: &GroupAssignment| {
                outer.group_id != group
                    && !outer.nested.contains(&group)
                    && snapshot.inside(outer).iter().all(|(id, members)| *id != group && members.is_some())
            };
            snapshot.groups.known().iter().all(known)
        })
}

/// Cmdlets that give a licence or an account.
const GIVING: [&str; 3] = ["new-azureaduser", "new-mguser", "set-mggrouplicense"];

/// Whether a configuration is written as the object that it was read as: what was changed in that is not followed.
pub(super) fn by_instance(command: &Command) -> bool {
    let instance = |it: &Argument| {
        let written = it.written.to_ascii_lowercase();
        it.is("Instance") || written.len() > 2 && "instance".starts_with(&written)
    };
    let name = command.name.to_ascii_lowercase();
    name.starts_with("set-cs") && command.arguments.iter().any(instance)
}

/// Whether somebody may get what access rests on, and nothing simulates it.
pub(super) fn gives(command: &Command) -> bool {
    let name = listed_name(&command.name);
    GIVING.contains(&name.as_str()) || is_taking(&name) && (name.starts_with("add-") || name.contains("member"))
}
