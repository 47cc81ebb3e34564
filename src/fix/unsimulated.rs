//! Commands that may take access away and that the simulator does not run.

use crate::input::Span;
use crate::script::{Argument, Command, Value};
use crate::source::slice;

/// Cmdlets that take roles, memberships, licences, assignments or the objects themselves; those of the beta module have
/// `MgBeta` in place of `Mg`.
const TAKING: [&str; 24] = [
    "remove-azureadgroupmember",
    "remove-azureadserviceprincipal",
    "remove-azureadserviceapproleassignment",
    "remove-azureaduser",
    "remove-csgrouppolicyassignment",
    "remove-mgapplication",
    "remove-mggroup",
    "remove-mggroupmemberbyref",
    "remove-mggroupmemberdirectoryobjectbyref",
    "remove-mgoauth2permissiongrant",
    "remove-mgserviceprincipal",
    "remove-mgserviceprincipalapproleassignedto",
    "remove-mgserviceprincipalapproleassignment",
    "remove-mguser",
    "remove-mguserapproleassignment",
    "remove-msolgroupmember",
    "remove-msoluser",
    "set-csgrouppolicyassignment",
    "set-mggrouplicense",
    "update-mgserviceprincipal",
    "update-mguser",
    "update-mgoauth2permissiongrant",
    "new-csbatchpolicyassignmentoperation",
    "new-csbatchpolicypackageassignmentoperation",
];

/// Cmdlets and programs that send any request.
const REQUESTS: [&str; 7] =
    ["invoke-mggraphrequest", "invoke-graphrequest", "invoke-restmethod", "invoke-webrequest", "irm", "iwr", "az"];

/// What runs a text, another script or another program: nobody reads here what that does.
const RUNNERS: [&str; 7] =
    ["invoke-expression", "iex", "powershell", "powershell.exe", "pwsh", "pwsh.exe", "invoke-script"];

/// Other names for cmdlets.
const ALIASES: [&str; 4] = ["set-alias", "new-alias", "sal", "nal"];

/// Collections whose change may take access.
const COLLECTIONS: [&str; 11] = [
    "approleassignments",
    "approleassignedto",
    "serviceprincipals",
    "members",
    "oauth2permissiongrants",
    "assignlicense",
    "/users",
    "/groups",
    "/applications",
    "/$batch",
    "directoryobjects",
];

/// Whether access may go and nothing simulates it; `text` is the script.
pub(super) fn takes(command: &Command, text: &str) -> bool {
    let lower = command.name.to_ascii_lowercase().replace("-mgbeta", "-mg");
    let named = |parameter: &str| command.open || command.argument(parameter).is_some();
    // `& $name`: what is called is known only when it is run.
    let called = slice(text, command.name_span.start..command.name_span.end).trim_start_matches(['&', '.', ' ']);
    let by_value = (lower.is_empty() || lower.starts_with('$')) && called.starts_with(['$', '(', '"']);
    if RUNNERS.contains(&lower.as_str()) || by_value || lower.ends_with(".ps1") {
        return true;
    }
    if ALIASES.contains(&lower.as_str()) {
        let values = command.arguments.iter().filter_map(|it| it.value.as_ref());
        return values.flat_map(Value::texts).any(|it| {
            let named = it.text.to_ascii_lowercase().replace("-mgbeta", "-mg");
            named.ends_with("-csapplicationaccesspolicy") || TAKING.contains(&named.as_str())
        });
    }
    if REQUESTS.contains(&lower.as_str()) {
        return sends(command, &lower, text);
    }
    if !TAKING.contains(&lower.as_str()) {
        return false;
    }
    match lower.as_str() {
        "set-csgrouppolicyassignment" | "remove-csgrouppolicyassignment" | "new-csbatchpolicyassignmentoperation" => {
            command
                .value("PolicyType")
                .and_then(Value::text)
                .is_none_or(|it| it.text.eq_ignore_ascii_case("ApplicationAccessPolicy"))
        }
        // What is in a body is not read.
        "update-mgserviceprincipal" | "update-mguser" => {
            named("BodyParameter")
                || command.piped.is_some()
                || command.switch("AccountEnabled") != Some(true) && named("AccountEnabled")
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

/// Cmdlets that give a licence, a membership or an account.
const GIVING: [&str; 6] = [
    "add-azureadgroupmember",
    "new-azureaduser",
    "new-mggroupmember",
    "new-mggroupmemberbyref",
    "new-mguser",
    "set-mggrouplicense",
];

/// Whether somebody may get what access rests on, and nothing simulates it.
pub(super) fn gives(command: &Command) -> bool {
    GIVING.contains(&command.name.to_ascii_lowercase().replace("-mgbeta", "-mg").as_str())
}

/// Whether a request changes one of the collections, as far as its words tell; `text` is the script.
fn sends(command: &Command, lower: &str, text: &str) -> bool {
    let written = |span: Span| slice(text, span.start..span.end).to_ascii_lowercase();
    let values = command.arguments.iter().filter_map(|it| it.value.as_ref());
    let mut words: Vec<String> =
        values.flat_map(Value::texts).map(|literal| literal.text.to_ascii_lowercase()).collect();
    let method = command.argument("Method").or_else(|| {
        // Abbreviated, as no parameter of these cmdlets but this begins so.
        let begins = |it: &str| it.len() >= 2 && "method".starts_with(&it.to_ascii_lowercase());
        command.arguments.iter().find(|it| begins(&it.written))
    });
    let changes = match method.and_then(|it| it.value.as_ref()) {
        Some(value) => match value.text() {
            Some(text) => !matches!(text.text.to_ascii_lowercase().as_str(), "get" | "head" | "options"),
            None => true,
        },
        // By its position, or as one of the words of `az`.
        None => {
            command.open
                || words.iter().any(|word| matches!(word.as_str(), "delete" | "patch" | "post" | "put" | "remove"))
        }
    };
    if !changes {
        return false;
    }
    if lower == "az" && words.iter().any(|word| word == "ad") {
        return true;
    }
    let anywhere = |it: &Argument| it.is("Uri") && written(it.span).starts_with('$');
    // Of an address with a variable in it, what is written tells enough.
    words.push(written(command.span));
    command.open
        || command.arguments.iter().any(anywhere)
        || words.iter().any(|word| COLLECTIONS.iter().any(|name| word.contains(name)))
}
