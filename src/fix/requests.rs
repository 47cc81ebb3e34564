//! Requests that a script sends: which of them may change what access rests on.

use crate::input::Span;
use crate::script::{Argument, Command, Value};
use crate::source::slice;

/// Cmdlets and programs that send any request.
const REQUESTS: [&str; 14] = [
    "invoke-mggraphrequest",
    "invoke-graphrequest",
    "invoke-restmethod",
    "invoke-webrequest",
    "invoke-azrestmethod",
    "invoke-pnpgraphmethod",
    "invoke-pnpsphttprequest",
    "irm",
    "iwr",
    "curl",
    "wget",
    "az",
    "m365",
    "mgc",
];

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

/// Whoever changes something there may change a policy, a group or an account.
const HOSTS: [&str; 10] = [
    "graph.microsoft.",
    "graph.windows.net",
    "microsoftgraph.chinacloudapi",
    "dod-graph.microsoft",
    "teams.microsoft.",
    "lync.com",
    "skype.com",
    "/adminapi/",
    "@graph",
    "@teams",
];

/// What requests of Microsoft Graph change that has nothing to do with access to meetings; reads that are sent as `POST`.
const HARMLESS: [&str; 30] = [
    "/sendmail",
    "/sendactivitynotification",
    "/messages",
    "/chats/",
    "/channels",
    "/sites/",
    "/drive/",
    "/drives/",
    "/planner/",
    "/todo/",
    "/onenote/",
    "/search/query",
    "/onlinemeetings",
    "/calendar",
    "/events",
    "/contacts",
    "/mailfolders",
    "/subscriptions",
    "/getbyids",
    "/getmembergroups",
    "/getmemberobjects",
    "/checkmembergroups",
    "/checkmemberobjects",
    "/getavailableextensionproperties",
    "/getschedule",
    "/findmeetingtimes",
    "/revokesigninsessions",
    "/invitations",
    "/security/",
    "/reports/",
];

/// Whether it is one of these.
pub(super) fn is_request(lower: &str) -> bool {
    REQUESTS.contains(&lower)
}

/// Methods of Microsoft Graph as cmdlets that read, or that change nothing which access rests on.
const READING_METHODS: [&str; 8] = [
    "invoke-mgquery",
    "invoke-mgdownload",
    "invoke-mgfilter",
    "invoke-mgcalculate",
    "invoke-mginvalidateuser",
    "invoke-mgsubscribe",
    "invoke-mgview",
    "invoke-mgexport",
];

/// Whether a cmdlet that is made from a method of Microsoft Graph may change what access rests on.
pub(super) fn is_method(lower: &str) -> bool {
    let reads = || READING_METHODS.iter().any(|it| lower.starts_with(it));
    let policies = lower.contains("adminteampolicy") && !lower.starts_with("get-");
    policies || lower.starts_with("invoke-mg") && !is_request(lower) && !reads()
}

/// Whether a request changes what access may rest on, as far as its words tell; `text` is the script.
pub(super) fn sends(command: &Command, lower: &str, text: &str) -> bool {
    let original = slice(text, command.span.start..command.span.end);
    let written = |span: Span| slice(text, span.start..span.end).to_ascii_lowercase();
    let values = command.arguments.iter().filter_map(|it| it.value.as_ref());
    let mut words: Vec<String> =
        values.flat_map(Value::texts).map(|literal| literal.text.to_ascii_lowercase()).collect();
    if matches!(lower, "az" | "m365" | "mgc") && works_on_directory(lower, &words) {
        return true;
    }
    if !changes(command, lower, &words, original) {
        return false;
    }
    let anywhere = |it: &Argument| it.is("Uri") && written(it.span).trim_start_matches('"').starts_with('$');
    let unknown = command.arguments.iter().any(|it| anywhere(it) && it.value.as_ref().and_then(Value::text).is_none());
    // Of an address with a variable in it, what is written tells enough.
    words.push(original.to_ascii_lowercase());
    let any = |names: &[&str]| words.iter().any(|word| names.iter().any(|name| word.contains(name)));
    let graph = matches!(lower, "invoke-mggraphrequest" | "invoke-graphrequest" | "invoke-pnpgraphmethod");
    if (graph || any(&HOSTS)) && !any(&["/$batch", "/members", "assignlicense"]) && any(&HARMLESS) {
        return false;
    }
    command.open || unknown || graph || any(&HOSTS) || any(&COLLECTIONS)
}

/// Whether a command of a program for the directory changes who is in a group, an account, or a role, or starts what may.
fn works_on_directory(lower: &str, words: &[String]) -> bool {
    let has = |names: &[&str]| words.iter().any(|word| names.contains(&word.as_str()));
    match lower {
        "az" => {
            has(&["ad"])
                && (has(&["delete", "remove"])
                    || has(&["group"]) && has(&["add", "update"])
                    || has(&["sp", "user"]) && has(&["update"]))
                || has(&["pipelines"]) && has(&["run", "queue"])
                || has(&["runbook", "job"]) && has(&["start"])
                || has(&["run-command", "invoke"])
        }
        "m365" => {
            has(&["entra", "aad"])
                && (has(&["remove"]) || has(&["add", "set"]) && has(&["group", "m365group", "member", "user"]))
                || has(&["teams"]) && has(&["user", "team"]) && has(&["add", "remove", "set"])
        }
        _ => has(&["delete", "patch", "post", "put", "create", "update", "remove"]),
    }
}

/// Whether a request does more than read.
fn changes(command: &Command, lower: &str, words: &[String], original: &str) -> bool {
    let method = command.argument("Method").or_else(|| {
        // Abbreviated, as no parameter of these cmdlets but this begins so.
        let begins = |it: &str| {
            it.len() >= 2 && "method".starts_with(&it.to_ascii_lowercase()) || it.eq_ignore_ascii_case("CustomMethod")
        };
        command.arguments.iter().find(|it| begins(&it.written))
    });
    if let Some(value) = method.and_then(|it| it.value.as_ref()) {
        return value
            .text()
            .is_none_or(|text| !matches!(text.text.to_ascii_lowercase().as_str(), "get" | "head" | "options"));
    }
    let verbs = ["delete", "patch", "post", "put", "remove"];
    // By its position, or as one of the words of a program: `--method=post`.
    let said = |word: &str| verbs.contains(&word.rsplit('=').next().unwrap_or(word));
    command.open || words.iter().any(|word| said(word)) || matches!(lower, "curl" | "wget") && posts(original)
}

/// Whether `curl` or `wget` sends something without a word for the method, or has the method in one word with its option.
fn posts(original: &str) -> bool {
    const OPTIONS: [&str; 6] = ["--data", "--form", "--json", "--upload-file", "--post-", "--body-"];
    original.split_whitespace().any(|word| {
        let plain = word.trim_matches(['"', '\'']);
        let short = ["-d", "-F", "-T"].iter().any(|it| plain.starts_with(it)) && !plain.starts_with("-de");
        let method = plain.strip_prefix("-X").or_else(|| plain.strip_prefix("--request="));
        short
            || OPTIONS.iter().any(|it| plain.starts_with(it))
            || method
                .is_some_and(|it| !it.is_empty() && !it.eq_ignore_ascii_case("get") && !it.eq_ignore_ascii_case("head"))
    })
}

/// Whether a text for a shell, or one of requests, sends something that changes what access may rest on.
pub(super) fn in_shell(text: &str) -> bool {
    const PROGRAMS: [&str; 5] = ["az", "m365", "mgc", "curl", "wget"];
    let joined = text.replace("\\\r\n", " ").replace("\\\n", " ").replace("`\n", " ");
    joined.lines().any(|line| {
        let plain = |word: &str| word.trim_matches(['"', '\'', '`', ';', '(', ')']).to_ascii_lowercase();
        let words: Vec<String> = line.split_whitespace().map(plain).collect();
        let any = |names: &[&str]| words.iter().any(|word| names.iter().any(|name| word.contains(name)));
        let reaches = (any(&HOSTS) && !any(&HARMLESS)) || any(&["/members", "/$batch"]);
        let verb = |word: &String| matches!(word.rsplit('=').next(), Some("delete" | "patch" | "post" | "put"));
        let first = words.first().map(String::as_str).unwrap_or_default();
        if matches!(first, "delete" | "patch" | "post" | "put") {
            return reaches;
        }
        words.iter().enumerate().filter(|(_, word)| PROGRAMS.contains(&word.as_str())).any(|(at, program)| {
            let rest = words.get(at + 1..).unwrap_or_default();
            let curl = matches!(program.as_str(), "curl" | "wget");
            !curl && works_on_directory(program, rest) || (rest.iter().any(verb) || curl && posts(line)) && reaches
        })
    })
}
