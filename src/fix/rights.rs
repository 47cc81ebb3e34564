//! The right that a change takes, by its commands: what the documents name, and no more.

use super::Fix;

/// What somebody needs who makes the change of a fix, or takes it back; each once, in the order of the commands.
#[must_use]
pub fn rights(fix: &Fix) -> Vec<&'static str> {
    let commands = fix.steps.iter().flat_map(|step| &step.commands).chain(&fix.undo);
    let mut found: Vec<&'static str> = Vec::new();
    for right in commands.filter(|line| !fix.prose.contains(line)).filter_map(|line| right(line)) {
        if !found.contains(&right) {
            found.push(right);
        }
    }
    found
}

/// The role that the documents of app-only sign-in name for the Teams cmdlets; a Graph permission is of no use to them.
pub const TEAMS: &str = "directory role Teams Administrator";
/// Which permission or directory role gives it was not looked up.
const ROLES: &str = "the right to grant application permissions of Microsoft Graph";
const LICENCES: &str = "the right to assign licences";

/// The right that one command takes; reads have theirs beside them.
fn right(line: &str) -> Option<&'static str> {
    let mut words = line.split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '/' | '?'));
    words.find_map(|word| {
        let (verb, noun) = word.split_once('-').unwrap_or(("", word));
        let changes = ["New", "Set", "Grant", "Remove"].contains(&verb);
        match noun {
            _ if changes && noun.starts_with("Cs") => Some(TEAMS),
            "MgServicePrincipalAppRoleAssignment" if changes => Some(ROLES),
            "MgUserLicense" if changes => Some(LICENCES),
            _ if word.ends_with("/appRoleAssignments") && line.starts_with("POST ") => Some(ROLES),
            _ if word.contains("/adminconsent?") => Some(ROLES),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_take_a_right_and_reads_and_words_take_none() {
        for (line, expected) in [
            ("Set-CsApplicationAccessPolicy -Identity 'M' -AppIds @{Add='x'}", Some(TEAMS)),
            ("Remove-CsGroupPolicyAssignment -GroupId 'x'", Some(TEAMS)),
            ("Get-CsOnlineUser | Grant-CsApplicationAccessPolicy -PolicyName 'M'", Some(TEAMS)),
            ("New-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $app.Id", Some(ROLES)),
            ("POST https://graph.microsoft.com/v1.0/servicePrincipals/x/appRoleAssignments", Some(ROLES)),
            ("https://login.microsoftonline.com/x/adminconsent?client_id=y", Some(ROLES)),
            ("Set-MgUserLicense -UserId 'x' -RemoveLicenses @()", Some(LICENCES)),
            ("Get-CsApplicationAccessPolicy", None),
            ("GET https://graph.microsoft.com/v1.0/servicePrincipals/x/appRoleAssignments", None),
            ("Install-Module MicrosoftTeams -Scope CurrentUser", None),
        ] {
            assert_eq!(right(line), expected, "{line}");
        }
    }
}
