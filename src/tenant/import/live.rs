//! Which commands and requests list objects that the tenant has now. Others list what was deleted, what is on premises
//! or what happened, with the same properties.

/// Cmdlets without their module.
const NOUNS: [&str; 34] = [
    "application",
    "applicationbyappid",
    "applicationowner",
    "directoryobject",
    "directoryobjectbyid",
    "directoryrolemember",
    "group",
    "groupmember",
    "groupmemberasgroup",
    "groupmemberasserviceprincipal",
    "groupmemberasuser",
    "groupowner",
    "groupownerasserviceprincipal",
    "groupownerasuser",
    "grouptransitivemember",
    "grouptransitivememberasuser",
    "oauth2permissiongrant",
    "rolemember",
    "serviceprincipal",
    "serviceprincipalbyappid",
    "serviceprincipalmembership",
    "serviceprincipalowner",
    "serviceprincipalownedobject",
    "user",
    "userbyuserprincipalname",
    "usercreatedobject",
    "userdirectreport",
    "userdirectreportasuser",
    "usermanager",
    "usermanagerasuser",
    "userownedobject",
    "userregistereddevice",
    "usertransitivereport",
    "usertransitivereportasuser",
];

/// Modules whose cmdlets are named so.
const MODULES: [&str; 7] =
    ["get-mgbeta", "get-mg", "get-entrabeta", "get-entra", "get-azureadms", "get-azuread", "get-azad"];

/// Cmdlets of other names.
const OTHERS: [&str; 7] = [
    "get-csonlineuser",
    "get-msolgroup",
    "get-msolgroupmember",
    "get-msolrolemember",
    "get-msolserviceprincipal",
    "get-msoluser",
    "get-pnpmicrosoft365groupmember",
];

/// Whether a cmdlet, in lower case, lists what the tenant has now.
pub(super) fn is_cmdlet(cmdlet: &str) -> bool {
    let noun = MODULES.iter().find_map(|module| cmdlet.strip_prefix(module));
    noun.is_some_and(|noun| NOUNS.contains(&noun)) || OTHERS.contains(&cmdlet)
}

/// Cmdlets that show again what they are given.
pub(super) fn is_viewer(cmdlet: &str) -> bool {
    ["get-content", "gc", "cat", "type", "import-csv", "ipcsv", "convertfrom-json", "import-clixml"].contains(&cmdlet)
}

/// Whether a parameter of a cmdlet, in lower case, asks for what was deleted.
pub(super) fn asks_for_deleted(cmdlet: &str, parameter: &str) -> bool {
    // PowerShell takes the beginning of a name for it, where no other parameter begins so.
    match cmdlet {
        "get-csonlineuser" => parameter.len() > 2 && "softdeletedusers".starts_with(parameter),
        "get-msoluser" => !parameter.is_empty() && "returndeletedusers".starts_with(parameter),
        _ => parameter.contains("deleted"),
    }
}

/// Whether a collection of Microsoft Graph, in lower case, lists what the tenant has now.
pub(super) fn is_collection(name: &str) -> bool {
    const KNOWN: [&str; 24] = [
        "acceptedsenders",
        "applications",
        "collection",
        "createdobjects",
        "directoryobjects",
        "directreports",
        "groups",
        "manager",
        "me",
        "members",
        "memberswithlicenseerrors",
        "oauth2permissiongrants",
        "ownedobjects",
        "owners",
        "registeredowners",
        "registeredusers",
        "rejectedsenders",
        "serviceprincipals",
        "transitivemembers",
        "transitivereports",
        "user",
        "userconfigurations",
        "users",
        "approleassignments",
    ];
    KNOWN.contains(&name) || ["microsoft.graph.", "graph."].iter().any(|start| name.starts_with(start))
}
