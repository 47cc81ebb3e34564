//! Commands of which it is known that they change nobody's access, or that another place says what they change. Whatever
//! is not among them may do anything: a function of a file that nobody sees, a program, another script.

/// Verbs of commands that read, show, or keep something in a file.
const READS: [&str; 31] = [
    "assert",
    "compare",
    "connect",
    "convert",
    "convertfrom",
    "convertto",
    "debug",
    "disconnect",
    "export",
    "find",
    "format",
    "get",
    "join",
    "log",
    "measure",
    "out",
    "print",
    "read",
    "receive",
    "resolve",
    "search",
    "select",
    "show",
    "sort",
    "split",
    "tee",
    "test",
    "trace",
    "wait",
    "where",
    "write",
];

/// What the nouns of modules begin with whose cmdlets are published: those that take access are told by their names.
const PRODUCTS: [&str; 12] =
    ["cs", "mg", "entra", "azuread", "az", "msol", "pnp", "spo", "exo", "ippssession", "aduser", "adgroup"];

/// Cmdlets of PowerShell itself and of modules beside it that have other verbs.
const CMDLETS: &str = "
add-computer add-content add-history add-member add-pssnapin add-type checkpoint-computer clear-content clear-eventlog
clear-history clear-host clear-item clear-itemproperty clear-recyclebin clear-variable complete-transaction copy-item
copy-itemproperty disable-psbreakpoint disable-psremoting enable-psbreakpoint enable-psremoting enter-pssession
exit-pssession expand-archive compress-archive foreach-object forget-pssession group-object import-alias
import-certificate import-clixml import-csv import-excel import-localizeddata import-module import-pfxcertificate
import-powershelldatafile install-module install-package install-packageprovider install-psresource install-script
invoke-command invoke-formatter invoke-history invoke-item invoke-scriptanalyzer limit-eventlog mount-psdrive move-item
move-itemproperty new-alias new-event new-eventlog new-guid new-item new-itemproperty new-module new-modulemanifest
new-netfirewallrule new-object new-psdrive new-pssession new-pssessionoption new-scheduledtaskaction
new-scheduledtasktrigger new-selfsignedcertificate new-service new-temporaryfile new-timespan new-variable pop-location
publish-module push-location register-argumentcompleter register-engineevent register-objectevent
register-packagesource register-psrepository register-scheduledtask register-secretvault remove-alias remove-event
remove-eventlog remove-item remove-itemproperty remove-job remove-module remove-psbreakpoint remove-psdrive
remove-pssession remove-typedata remove-variable rename-computer rename-item rename-itemproperty restart-computer
restart-service resume-service save-help save-module save-psresource send-mailmessage set-acl set-alias
set-authenticodesignature set-clipboard set-content set-culture set-date set-executionpolicy set-item set-itemproperty
set-location set-psbreakpoint set-psdebug set-psrepository set-psresourcerepository set-secret set-service
set-strictmode set-timezone set-tracesource set-variable set-winsystemlocale start-job start-process start-service
start-sleep start-threadjob start-transcript stop-computer stop-job stop-process stop-service stop-transcript
suspend-service uninstall-module uninstall-package unblock-file unlock-secretstore unregister-event
unregister-psrepository unregister-scheduledtask update-formatdata update-help update-list update-module
update-psresource update-script update-typedata use-transaction
new-adapplication new-mailbox set-mailbox enable-mailbox set-casmailbox set-calendarprocessing set-mailboxfolderpermission
add-mailboxpermission remove-mailboxpermission add-mailboxfolderpermission add-recipientpermission
add-distributiongroupmember new-distributiongroup set-distributiongroup new-unifiedgroup set-unifiedgroup
add-unifiedgrouplinks new-mailcontact set-mailcontact set-organizationconfig set-transportrule new-transportrule
set-user new-managementroleassignment new-managementscope new-serviceprincipal new-rolegroup add-rolegroupmember
new-applicationaccesspolicy set-applicationaccesspolicy remove-applicationaccesspolicy
new-team set-team set-teampicture set-teamarchivedstate add-teamuser new-teamchannel set-teamchannel remove-teamchannel
add-teamchanneluser remove-teamchanneluser new-teamsapp set-teamsapp remove-teamsapp add-teamsappinstallation
remove-teamsappinstallation update-teamsappinstallation
describe context it should beforeall beforeeach afterall aftereach beforediscovery inmodulescope mock task
";

/// Aliases of cmdlets, words of the language that the grammar takes for commands, and programs that have nothing to do with
/// a tenant.
const WORDS: &str = "
% ? ac cat cd chdir clc clear clhy cli clp cls clv cnsn compare copy cp cpi cpp cvpa dbp del diff dir dnsn ebp echo epal
epcsv epsn erase etsn exsn fc fhx fl foreach ft fw gal gbp gc gcb gci gcm gcs gdr gerr ghy gi gin gjb gl gm gmo gp gps
gpv group gsn gsv gtz gu gv h help history icm ihy ii ipal ipcsv ipmo kill ls man md measure mi mkdir more mount move mp
mv nal ndr ni nmo nsn nv ogv oh pause popd prompt ps pushd pwd r rbp rcjb rcsn rd rdr ren ri rjb rm rmdir rmo rni rnp rp
rsn rv rvpa sajb sal sasv sbp scb select set shcm si sl sleep sls sort sp spjb spps spsv start stz sv tee type wget where
wjb write
begin process end dynamicparam clean data inlinescript parallel sequence using param configuration
git gh whoami hostname ipconfig ping nslookup tracert tar 7z chcp tree find findstr grep sed awk head tail touch chmod
jq openssl docker kubectl dotnet nuget pip pip3 npm apt apt-get brew choco winget code notepad explorer title timeout
setx icacls robocopy xcopy net netsh systeminfo tasklist ssh scp date true false export source
";

/// Whether a command of this name, lower case, is known not to change access by itself.
pub(super) fn is_harmless(name: &str) -> bool {
    let name = name.strip_suffix(".exe").unwrap_or(name);
    // `1..3` is the name of a command to the grammar.
    if name.starts_with(|first: char| first.is_ascii_digit()) || is_in(WORDS, name) || is_in(CMDLETS, name) {
        return true;
    }
    let Some((verb, noun)) = name.split_once('-') else { return false };
    if name.contains('.') || noun.is_empty() {
        return false;
    }
    READS.contains(&verb) || PRODUCTS.iter().any(|product| noun.starts_with(product))
}

fn is_in(list: &str, name: &str) -> bool {
    !name.is_empty() && list.split_ascii_whitespace().any(|it| it == name)
}

/// Whether a text that was not read as script has a word in it that may be a command which changes something.
pub(super) fn may_change(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    // A module that is loaded from a file: the grammar does not know all paths.
    let loads = |line: &str| {
        let at = ["import-module ", "using module ", "ipmo "].iter().find_map(|it| line.split_once(it));
        at.is_some_and(|(_, rest)| rest.contains(['/', '\\']))
    };
    if lower.lines().any(loads) {
        return true;
    }
    let words = lower.split(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_')));
    words.filter(|word| !word.is_empty()).any(|word| {
        let changes = word.split_once('-').is_some_and(|(verb, noun)| {
            verb.len() > 1
                && verb.chars().all(|c| c.is_ascii_lowercase())
                && noun.starts_with(|c: char| c.is_alphabetic())
                && !READS.contains(&verb)
                && (PRODUCTS.iter().any(|product| noun.starts_with(product)) || !is_harmless(word))
        });
        changes || matches!(word, "iex" | "pwsh" | "powershell" | "irm" | "iwr")
    })
}

/// Whether a text for a shell, or for a reader, has a command in it that may change what access rests on: a cmdlet of a
/// product, PowerShell that is handed something, a request.
pub(super) fn shell_may_change(text: &str) -> bool {
    const ALWAYS: [&str; 2] = ["-csapplicationaccesspolicy", "-csgrouppolicyassignment"];
    let words = || text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_')));
    let cmdlet = |word: &str| {
        let lower = word.to_ascii_lowercase();
        let Some((verb, noun)) = lower.split_once('-') else { return false };
        let named = || {
            let written = word.split_once('-').unwrap_or_default();
            written.0.starts_with(|c: char| c.is_ascii_uppercase())
                && written.1.starts_with(|c: char| c.is_ascii_uppercase())
        };
        let changes = !verb.is_empty() && verb.chars().all(|c| c.is_ascii_lowercase()) && !READS.contains(&verb);
        changes
            && (ALWAYS.iter().any(|end| lower.ends_with(end))
                || named() && PRODUCTS.iter().chain(&["team", "unifiedgroup"]).any(|product| noun.starts_with(product)))
    };
    let hands = |line: &str| {
        let mut words = line.split_whitespace().map(|word| word.trim_matches(['"', '\'', '`']).to_ascii_lowercase());
        let first = words.find(|word| !matches!(word.as_str(), "$" | ">" | "#" | "-" | "sudo"));
        let program = first.as_deref().map(|it| it.strip_suffix(".exe").unwrap_or(it));
        // By themselves they only start.
        matches!(program, Some("pwsh" | "powershell"))
            && words.any(|it| {
                let it = it.trim_start_matches('-');
                matches!(it, "c" | "f" | "e" | "ec")
                    || ["comm", "file", "enc"].iter().any(|name| it.starts_with(name))
                    || it.ends_with(".ps1")
            })
    };
    words().any(cmdlet) || text.lines().any(hands) || super::requests::in_shell(text)
}

#[cfg(test)]
mod tests {
    use super::{is_harmless, may_change, shell_may_change};

    #[test]
    fn texts_for_shells() {
        for text in [
            "PS C:\\> Grant-CsApplicationAccessPolicy -Identity x -PolicyName $null",
            "pwsh -c \"Get-Date\"",
            "$ pwsh ./run.ps1",
            "az ad group member remove --group x",
            "az rest --method=patch \\\n  --url https://graph.microsoft.com/v1.0/x",
            "curl -d @b https://graph.microsoft.com/v1.0/admin/teams",
            "DELETE https://graph.microsoft.com/v1.0/users/x",
        ] {
            assert!(shell_may_change(text), "{text}");
        }
        for text in [
            "Get-CsApplicationAccessPolicy",
            "az login",
            "npm install my-azure-app",
            "pwsh",
            "curl https://graph.microsoft.com/v1.0/users/x",
            "GET https://graph.microsoft.com/v1.0/users/x",
            "a well-known az-ure thing",
        ] {
            assert!(!shell_may_change(text), "{text}");
        }
    }

    #[test]
    fn names_of_commands() {
        for name in
            ["get-ourusers", "write-log", "set-location", "%", "git", "1..3", "set-csteamsmeetingpolicy", "cmdkey.exe"]
        {
            assert_eq!(is_harmless(name), name != "cmdkey.exe", "{name}");
        }
        for name in ["set-ourpolicies", "deploy", "x.ps1", "invoke-custom", "setup.cmd", "", "python", "-"] {
            assert!(!is_harmless(name), "{name}");
        }
    }

    #[test]
    fn texts_that_may_change_something() {
        for text in [
            "Grant-CsApplicationAccessPolicy -Identity x",
            "{ Set-Ours }",
            "iex $x",
            "Import-Module $PSScriptRoot\\Ours.psm1",
        ] {
            assert!(may_change(text), "{text}");
        }
        for text in ["Get-Date; Write-Host x", "well-known words", "$a -eq 'b'", "Start-Sleep 5"] {
            assert_eq!(may_change(text), text.starts_with("well"), "{text}");
        }
    }
}
