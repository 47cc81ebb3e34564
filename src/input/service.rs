//! Whose answer a failure is: every service has its 429 and its 503, its expired tokens and invalid meeting ids.

use std::cell::OnceCell;

use memchr::memmem;

use super::Span;
use super::fields::{Field, clean};
use super::group::Group;
use super::pattern::Hit;
use super::{beside, guard, spoken, target, written};
use crate::knowledge::cloud_of_host;
use crate::source::{has_blank_line, slice};

/// Fewer letters than this are words that any service may print.
pub(crate) const DISTINCT: usize = 24;
/// An address further before a failure is of another call.
const BEFORE: usize = 1_500;
/// And further behind it.
const BEHIND: usize = 200;
/// Signs of Graph are looked for this far around a failure.
const AROUND: usize = 4_000;
/// A line is looked at this far on either side.
const LINE: usize = 400;
/// No console is narrower.
const WIDE: usize = 60;
/// With fewer letters and digits around it, a message is pasted alone.
const ALONE: usize = 40;

/// Codes that other services of Microsoft's print with Graph's words: Azure Resource Manager
/// (learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors) and Azure Storage
/// (learn.microsoft.com/rest/api/storageservices/common-rest-api-error-codes).
const CODES_OF_OTHERS: [&str; 6] = [
    "ExpiredAuthenticationToken",
    "InvalidAuthenticationTokenAudience",
    "InvalidAuthenticationTokenTenant",
    "AuthenticationFailed",
    "ServerBusy",
    "rate_limit_exceeded",
];

/// Words that stand beside Google's numeric code: statuses (google.rpc.Code), and a field of its older errors.
const OF_GOOGLE: [&str; 6] =
    ["PERMISSION_DENIED", "UNAUTHENTICATED", "RESOURCE_EXHAUSTED", "INVALID_ARGUMENT", "FAILED_PRECONDITION", "domain"];

/// Codes that only name a status.
const CODES_OF_STATUS: [&str; 6] = [
    "TooManyRequests",
    "ServiceUnavailable",
    "serviceNotAvailable",
    "BadGateway",
    "GatewayTimeout",
    "InternalServerError",
];

/// Whether a failure without any mark of Graph's is another service's: its request goes to another host and its words
/// are anybody's, its code is another service's, or it is a bare status with nothing of Graph around it.
pub(crate) fn is_of_another(text: &str, group: &Group<'_>, signs: &Signs) -> bool {
    let Some(span) = group.span else { return false };
    if is_of_vault(text, group) || is_typed(text, group) || target::is_other(text, group) {
        return true;
    }
    if group.inner.is_some() || group.date.is_some() {
        return false;
    }
    let only_status = group.hits.iter().all(|hit| of_status(&hit.symptom.name));
    // Other services have request ids too.
    if group.client_request_id.is_some() && !only_status {
        return false;
    }
    let code = group.code.map(|code| clean(text, code.value));
    if code.as_deref().is_some_and(|code| CODES_OF_OTHERS.iter().any(|other| other.eq_ignore_ascii_case(code))) {
        return true;
    }
    let common = |hit: &Hit<'_>| of_status(&hit.symptom.name) || hit.symptom.weak || hit.span.len() < DISTINCT;
    let of_google = || {
        group.object.filter(|_| group.code.is_some_and(|code| is_number(text, code))).is_some_and(|object| {
            let object = slice(text, object.value.start..object.value.end);
            OF_GOOGLE.iter().any(|word| object.contains(word))
        })
    };
    if group.hits.iter().all(common) && of_google() {
        return true;
    }
    // A number, or that the error is not known, is anybody's.
    let is_plain =
        |code: Field| is_number(text, code) || slice(text, code.value.start..code.value.end) == "UnknownError";
    let plain = group.object.is_none() && group.code.is_none_or(is_plain);
    if (plain || !group.hits.is_empty())
        && group.hits.iter().all(common)
        && signs.of_host(text, span)
        && other_host(text, span).is_some()
    {
        return true;
    }
    let marked = group.request_id.is_some() || group.client_request_id.is_some();
    let numbered = group.code.is_some_and(|code| is_number(text, code)) && group.hits.is_empty();
    if numbered
        && !marked
        && names_service(text, group)
        && !signs.stand_near(text, span)
        && !speaks_of_teams(text, span)
    {
        return true;
    }
    let by_code =
        || code.as_deref().is_some_and(|code| CODES_OF_STATUS.iter().any(|own| own.eq_ignore_ascii_case(code)));
    // What a calling service says of itself is not only a status.
    let of_anybody = group.hits.iter().all(|hit| matches!(&*hit.symptom.name, "throttled" | "service-unavailable"));
    let of_status = only_status && of_anybody && (!group.hits.is_empty() || by_code());
    // Headers that every answer has say nothing of whose an error object is.
    let enveloped = group.object.is_some() && by_code();
    if of_status && !marked && !signs.stand_near(text, span) && !is_alone(text, span, enveloped) {
        return true;
    }
    if group.object.is_none() && !marked && group.hits.iter().any(|hit| is_of_own_api(text, hit.span)) {
        return true;
    }
    let foreign = || !signs.stand_near(text, span) && !speaks_of_teams(text, span);
    let unmarked = group.object.is_none() && !marked && !group.hits.is_empty();
    // What a program itself answers with, and words of anybody's under a code as Graph has none.
    let raised = || group.code.is_none() && group.hits.iter().all(|hit| written::is_raised(text, hit.span));
    // What a service says of its own state is known by other signs; that of calls has numbers for it.
    let of_all = || {
        let of_any = |hit: &Hit<'_>| (hit.symptom.weak || hit.symptom.common) && !self::of_status(&hit.symptom.name);
        group.hits.iter().all(of_any)
    };
    let coded = || code.as_deref().is_some_and(is_of_none) && of_all();
    if unmarked && (raised() || coded()) && foreign() {
        return true;
    }
    let numbered = || code.as_deref().is_some_and(|code| is_of_none(code) && !is_shouted(code));
    if !marked && !group.hits.is_empty() && numbered() && of_all() && foreign() {
        return true;
    }
    // A message of a few words that any program may print, in the log or the source of one.
    let bare = group.object.is_none() && group.code.is_none() && group.status.is_none() && !marked;
    bare && !group.hits.is_empty()
        && group.hits.iter().all(|hit| is_of_anybody(text, hit))
        && foreign()
        && !group.hits.iter().all(|hit| is_refused_argument(text, hit.span))
        && (!has_its_line(text, span)
            || goes_on_otherwise(text, span)
            || group.hits.iter().all(|hit| runs_on(text, hit.span))
            || spoken::is_of_others(text, span))
}

/// Whether an error names by its inner code that Azure Key Vault refused
/// (learn.microsoft.com/azure/key-vault/general/rest-error-codes).
fn is_of_vault(text: &str, group: &Group<'_>) -> bool {
    const CODES: [&str; 3] = ["ForbiddenByRbac", "ForbiddenByPolicy", "ForbiddenByFirewall"];
    let code = group.inner_code.map(|code| clean(text, code.value));
    code.is_some_and(|code| CODES.contains(&code.as_str()))
}

/// `{"type":"error","error":{"type":"permission_error","message":…}}`: an error by a type, and without a code. Graph's have one.
fn is_typed(text: &str, group: &Group<'_>) -> bool {
    let Some(object) = group.object.filter(|_| group.code.is_none() && group.hits.is_empty()) else { return false };
    let own = slice(text, object.value.start..object.value.end);
    let value = own.split_once("\"type\"").map(|(_, rest)| rest.trim_start_matches([':', ' ', '"', '\\']));
    let name = value.and_then(|value| value.split(['"', '\\']).next());
    name.is_some_and(|name| name.ends_with("_error") && !own.contains("innerError"))
}

/// `IDX10223: Lifetime validation failed. …`: what the library says by which an API checks the tokens of its own callers.
/// Graph answers with the sentence, and not with the number before it.
fn is_of_own_api(text: &str, hit: Span) -> bool {
    const NUMBER: &str = "IDX";
    let lead = slice(text, hit.start.saturating_sub(16)..hit.start);
    lead.rsplit_once(NUMBER).is_some_and(|(_, number)| {
        let digits = number.trim_end_matches([':', ' ']);
        digits.len() == 5 && digits.len() < number.len() && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// Whether the object around an error names a service beside it that is not of meetings: `{"error":{…},"service":"billing"}`.
fn names_service(text: &str, group: &Group<'_>) -> bool {
    const KEYS: [&str; 6] = ["service", "source", "system", "provider", "product", "vendor"];
    let Some(object) = group.object else { return false };
    let behind = slice(text, object.value.end..object.value.end.saturating_add(LINE));
    let before = slice(text, object.start.saturating_sub(LINE)..object.start);
    [before.rsplit(['\n', '\r']).next(), behind.split(['\n', '\r']).next()].into_iter().flatten().any(|part| {
        KEYS.iter().any(|key| {
            part.split_once(&format!("\"{key}\"")).is_some_and(|(_, rest)| {
                let value = rest.trim_start_matches([':', ' ']).strip_prefix('"').and_then(|it| it.split('"').next());
                value.is_some_and(|value| !value.is_empty() && !names_own(value) && !value.contains(['.', '/']))
            })
        })
    })
}

/// `400 InvalidArgument: …`, `… (code InvalidArgument, http 400)`: status and code as Graph gives them, beside the words.
fn is_refused_argument(text: &str, hit: Span) -> bool {
    const NEAR: usize = 48;
    let before = slice(text, hit.start.saturating_sub(NEAR)..hit.start);
    let behind = slice(text, hit.end..hit.end.saturating_add(NEAR));
    let both = |part: &str| {
        part.contains("InvalidArgument") && part.split(|c: char| !c.is_ascii_digit()).any(|number| number == "400")
    };
    let ends = |c: char| matches!(c, '\n' | '\r');
    before.rsplit(ends).next().is_some_and(both) || behind.split(ends).next().is_some_and(both)
}

/// Whether there is next to nothing beside the message on its line.
fn has_its_line(text: &str, span: Span) -> bool {
    let before = slice(text, span.start.saturating_sub(LINE)..span.start);
    let behind = slice(text, span.end..span.end.saturating_add(LINE));
    let ends = |c: char| matches!(c, '\n' | '\r');
    let mut above = before.rsplit(ends);
    let own = above.next();
    // A long line above may be one that a console broke here.
    let begins = own.is_some_and(beside::begins_entry);
    // Who wrote a record, and when, is no part of what it says.
    let lead = own.map(|line| if names_own(line) { spoken::behind_heads(line) } else { line });
    let around = [lead, behind.split(ends).next()];
    let broken = !begins
        && above.find(|line| !line.is_empty()).is_some_and(|line| line.trim().len() >= WIDE)
        && !has_blank_line(before);
    !broken && around.iter().flatten().flat_map(|part| part.chars()).filter(|c| c.is_alphanumeric()).count() <= ALONE
}

/// Words of meetings and of what their calls need.
const OWN: [&str; 13] = [
    "meeting",
    "polic",
    "graph",
    "teams",
    "organizer",
    "transcript",
    "recording",
    "cmdlet",
    "application",
    "lookup",
    "scenario",
    "aadsts",
    "access evaluation",
];

/// Sentences of Graph's without any of these: they are its own where they end the sentence that they stand in.
const SENTENCES: [&str; 2] = ["error authenticating with resource", "request authorization tenant mismatch"];

/// Whether any program may print these words: they are known as such, or a sentence runs into them that names nothing
/// of meetings.
fn is_of_anybody(text: &str, hit: &Hit<'_>) -> bool {
    const FEW: usize = 40;
    let words = slice(text, hit.span.start..hit.span.end).to_ascii_lowercase();
    let is_sentence = || SENTENCES.contains(&words.as_str()) && ends_sentence(text, hit.span);
    let anybody = words.len() <= FEW && !OWN.iter().any(|own| words.contains(own)) && !is_sentence();
    hit.symptom.common
        || anybody
            && (hit.symptom.weak && (is_led(text, hit.span) || runs_on(text, hit.span))
                || spoken::is_of_others(text, hit.span))
}

/// Whether a line or a sentence ends with these words, their quote aside; none does inside a quote that is open, or with an
/// argument.
fn ends_sentence(text: &str, span: Span) -> bool {
    const QUOTES: [char; 7] = ['"', '\'', '`', '”', '“', '»', '«'];
    let rest = slice(text, span.end..span.end.saturating_add(LINE));
    let behind = rest.trim_start_matches(|c| matches!(c, '.' | '!') || QUOTES.contains(&c));
    let marks = slice(rest, 0..rest.len() - behind.len());
    let lead = slice(text, span.start.saturating_sub(8)..span.start);
    let opened = lead.trim_end_matches(QUOTES);
    if opened.len() < lead.len() && (opened.ends_with(['(', '[', '{', '=']) || !marks.contains(QUOTES)) {
        return false;
    }
    let next = behind.trim_start_matches([' ', '\t', '\r']);
    next.is_empty()
        || next.starts_with('\n')
        || marks.contains(['.', '!']) && next.len() < behind.len() && next.starts_with(char::is_uppercase)
}

/// Whether a sentence of its own leads to words: `The 'gateway' user is missing ...`.
fn is_led(text: &str, span: Span) -> bool {
    const WORDS: usize = 3;
    let before = slice(text, span.start.saturating_sub(LINE)..span.start);
    let mut lines = before.rsplit(['\n', '\r']);
    let count = |line: &str| line.split_whitespace().filter(|word| word.chars().all(char::is_alphabetic)).count();
    let own = lines.next().map_or(0, count);
    // A long line above may be one that a console broke here.
    own + lines.take_while(|line| line.trim().len() >= WIDE).map(count).sum::<usize>() >= WORDS
}

/// Whether the line of words, or the one that leads to them, names somebody else who answered, and nothing around them is
/// of Graph or Teams: its own messages may have the same words.
pub(super) fn is_of_product(text: &str, span: Span, signs: &Signs) -> bool {
    const PRODUCTS: [&str; 9] =
        ["Zoom", "Webex", "Slack", "Google Play", "DynamoDB", "kafka", "Salesforce", "Stripe", "Twilio"];
    const DENIED: [&str; 6] = [
        "not Microsoft",
        "not Graph",
        "not from Microsoft",
        "not from Graph",
        "nothing to do with Microsoft",
        "nothing to do with Graph",
    ];
    let place = guard::Place::of(text, span);
    let holds =
        |names: &[&str]| [place.before, place.after].iter().any(|part| names.iter().any(|name| part.contains(name)));
    let named = || names_other(place.before) || place.led_by().is_some_and(names_other);
    holds(&DENIED) || !signs.stand_near(text, span) && (holds(&PRODUCTS) || named()) && !speaks_of_teams(text, span)
}

/// `MeetNow returned 400: …`, `the provider Roomly rejected it: …`: a name of which nobody knows that it only passes on
/// what Graph answered. That of a component in a record does.
fn names_other(line: &str) -> bool {
    const ANSWERS: &str = "returned|returns|responded|responds|rejected|rejects|refused|refuses";
    const SAYS: &str = "answered|answers|replied|replies|says|said|API|SDK";
    /// What passes on, what is Microsoft's, and what is no name.
    const KNOWN: &str = "Postman|Jenkins|Insomnia|Zapier|Fiddler|Swagger|Explorer|Automate|Flow|Apps|Functions|Azure|Entra|\
        Exchange|Outlook|Skype|Intune|Copilot|Server|Service|Gateway|Proxy|Client|Call|Calls|Request|Response|Java|Python|\
        Node|Kiota|PowerShell|JavaScript|TypeScript|SharePoint|OneDrive|DevOps|GitHub|GitLab|BadRequest|NotFound";
    const PARTS: [&str; 13] = [
        "Graph",
        "Meeting",
        "Teams",
        "Microsoft",
        "Azure",
        "OData",
        "OAuth",
        "Http",
        "Call",
        "Power",
        "Logic",
        "User",
        "Event",
    ];
    const ENDS: [&str; 16] = [
        "Error",
        "Exception",
        "Client",
        "Service",
        "Controller",
        "Worker",
        "Job",
        "Handler",
        "Bot",
        "App",
        "Test",
        "Manager",
        "Function",
        "Step",
        "Sync",
        "Script",
    ];
    if spoken::begins_record(line) {
        return false;
    }
    let sentence = line.rsplit(". ").next().unwrap_or_default();
    let (mut last, mut name) = ("", "");
    for word in sentence.split_whitespace() {
        let inner = || name.chars().skip(1);
        let joined = || inner().any(char::is_uppercase) && inner().any(char::is_lowercase);
        let inside = || !last.is_empty() && last.chars().all(char::is_lowercase) && inner().all(char::is_lowercase);
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        let is_name = name.len() > 2
            && name.starts_with(char::is_uppercase)
            && name.chars().all(char::is_alphanumeric)
            && !spoken::is_one_of(KNOWN, name)
            && !PARTS.iter().any(|part| name.contains(part))
            && !ENDS.iter().any(|end| name.ends_with(end));
        let answers = spoken::is_one_of(ANSWERS, bare) && (joined() || inside());
        if is_name && (answers || spoken::is_one_of(SAYS, bare) && joined()) {
            return true;
        }
        (last, name) = (name, word);
    }
    false
}

/// Whether words go on with others that name nothing of Graph's: `... to read the issue tracker`.
fn runs_on(text: &str, span: Span) -> bool {
    const WORDS: usize = 3;
    let behind = slice(text, span.end..span.end.saturating_add(LINE)).split(['\n', '\r']).next().unwrap_or_default();
    let behind = behind.to_ascii_lowercase();
    let words =
        behind.split_whitespace().filter(|word| word.trim_matches(['.', ',', '`']).chars().all(char::is_alphabetic));
    behind.starts_with(' ') && words.count() >= WORDS && !OWN.iter().any(|own| behind.contains(own))
}

/// Whether anything around a failure is of Teams.
fn speaks_of_teams(text: &str, span: Span) -> bool {
    let around = slice(text, span.start.saturating_sub(AROUND)..span.end.saturating_add(AROUND));
    // Every meeting has a thread: `19:meeting_...@thread.v2`.
    ["Teams", "teams", "TEAMS", "@thread."].iter().any(|word| around.contains(word))
}

/// A value or a place in the words of another program: `unexpected id format: ['x']`, `... in question`. Graph's end, or
/// name a meeting.
fn goes_on_otherwise(text: &str, span: Span) -> bool {
    let behind = slice(text, span.end..span.end.saturating_add(8));
    // ` (400)`
    let is_status = behind.get(2..5).is_some_and(|value| matches!(value.parse(), Ok(400..=599_u16)))
        && behind.starts_with(" (")
        && behind.get(5..6) == Some(")");
    !is_status && [": ", " (", " in ", " '"].iter().any(|mark| behind.starts_with(mark))
}

fn of_status(name: &str) -> bool {
    matches!(name, "throttled" | "service-unavailable" | "server-error" | "null-reference")
}

/// `PERMISSION_DENIED`: Graph's codes are written in another way.
fn is_shouted(code: &str) -> bool {
    code.contains('_') && code.bytes().all(|byte| byte.is_ascii_uppercase() || matches!(byte, b'_' | b'0'..=b'9'))
}

/// Whether a code is none that Graph gives with words that other products have too: a number that names no status, or one
/// that is shouted. What stands for a status in its place says nothing of whose it is.
pub(crate) fn is_of_none(code: &str) -> bool {
    /// That of a client which passes on what Graph answered.
    const OF_CLIENT: &str = "ERR_BAD_REQUEST";
    let number = !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_digit());
    let is_status = || code.parse().is_ok_and(|status: u16| (400..600).contains(&status));
    number && !is_status() || is_shouted(code) && code != OF_CLIENT
}

/// A code that is a number is anybody's.
pub(super) fn is_number(text: &str, code: Field) -> bool {
    slice(text, code.value.start..code.value.end).bytes().all(|byte| byte.is_ascii_digit())
}

/// The host that the call of a failure goes to, where it is none of Graph's: the one named last before the failure,
/// else the one on its line or at the beginning of the next.
pub(crate) fn other_host(text: &str, span: Span) -> Option<Span> {
    let from = span.start.saturating_sub(BEFORE);
    let head = slice(text, from..span.start);
    let from = span.start - head.len();
    let before = last_host(head).map(|(start, end, passed_on)| (from + start, from + end, passed_on));
    let found = match before {
        // Words in the query of that address are what somebody passed on.
        Some((_, _, true)) => None,
        Some((start, end, false)) => Some(Span::new(start, end)),
        None => {
            let tail = slice(text, span.end..span.end.saturating_add(BEHIND));
            let mut at = span.end;
            tail.split_inclusive('\n').enumerate().find_map(|(index, line)| {
                let start = at;
                at += line.len();
                let is_address = line.trim_start().starts_with("http")
                    || line.split_whitespace().nth(1).is_some_and(|word| word.starts_with("http"));
                let (from, to) = (index == 0 || is_address).then(|| first_host(line)).flatten()?;
                Some(Span::new(start + from, start + to))
            })
        }
    };
    found.filter(|host| is_other(slice(text, host.start..host.end)))
}

/// A whole name of a host that is neither Graph's, nor a stand-in, nor one that Graph's own answers and requests name.
pub(super) fn is_other(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let elsewhere = host == "graph.windows.net" || host.starts_with("graph.facebook.");
    let neutral = !host.contains('.')
        || host.starts_with("localhost")
        || host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        || host.contains("graph")
        || host.contains("microsoft")
        || host.starts_with("login.")
        || host.starts_with("sts.windows.net")
        || host.starts_with("aka.ms")
        // `"type": "https://tools.ietf.org/html/rfc7231"`: a standard answers no call.
        || ["ietf.org", "rfc-editor.org", "w3.org"].iter().any(|of_standards| host.ends_with(of_standards));
    elsewhere || cloud_of_host(&host).is_none() && !neutral
}

/// The host in the last address or `Host` header, and whether the text goes on inside that address.
fn last_host(head: &str) -> Option<(usize, usize, bool)> {
    let bytes = head.as_bytes();
    let mut header = true;
    // Both have a colon, and a search for words from the end on is slow.
    let (at, address) = memchr::memrchr_iter(b':', bytes).find_map(|colon| {
        let (before, behind) = bytes.split_at_checked(colon)?;
        if behind.starts_with(b"://") {
            return Some((colon + 3, true));
        }
        let name = before.strip_suffix(b"ost").filter(|_| header)?;
        header = false;
        matches!(name.last(), Some(b'H' | b'h')).then_some((colon + 1, false))
    })?;
    let (start, end) = host_at(head, at);
    let passed_on = address && !slice(head, at..head.len()).contains(char::is_whitespace);
    Some((start, end, passed_on))
}

/// The first address, or a bare `api.contoso.com/path`.
fn first_host(tail: &str) -> Option<(usize, usize)> {
    if let Some(at) = tail.find("://") {
        return Some(host_at(tail, at + 3));
    }
    tail.split_inclusive(char::is_whitespace)
        .scan(0, |at, word| {
            let start = *at;
            *at += word.len();
            Some((start, word))
        })
        .find_map(|(start, word)| {
            let (host, _) = word.split_once('/')?;
            let labels = host.split('.').filter(|label| !label.is_empty()).count();
            let is_host = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
            (is_host && labels >= 3).then(|| (start, start + host.len()))
        })
}

fn host_at(text: &str, at: usize) -> (usize, usize) {
    let rest = slice(text, at..at + 200);
    let start = at + rest.len() - rest.trim_start().len();
    let rest = rest.trim_start();
    let len = rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))).unwrap_or(rest.len());
    (start, start + len)
}

/// Words of Graph: its name, its hosts, its paths, its ids, its clients.
const WORDS: [&str; 17] = [
    "graph",
    "Graph",
    "GRAPH",
    "onlineMeeting",
    "OnlineMeeting",
    "onlinemeeting",
    "innerError",
    "innererror",
    "client-request-id",
    "x-ms-ags",
    "Get-Mg",
    "Invoke-Mg",
    "New-Mg",
    "virtualEvents",
    "callRecords",
    "callrecords",
    "/communications/",
];
/// More places of a word are not looked for: a text that has as many is of Graph to its end.
const MANY: usize = 1 << 20;

/// Where words of Graph stand in a text. Looked for once, when first asked: a log may hold millions of statuses.
#[derive(Debug, Default)]
pub(crate) struct Signs {
    graph: OnceCell<Vec<usize>>,
    hosts: OnceCell<Vec<usize>>,
    /// Those of Graph that stand in no name of a class or of a function.
    own: OnceCell<Vec<usize>>,
}

impl Signs {
    /// Whether anything around a failure is of Graph.
    pub(super) fn stand_near(&self, text: &str, span: Span) -> bool {
        let places = self.graph.get_or_init(|| {
            let mut places: Vec<usize> = WORDS.iter().flat_map(|word| places(text, word).take(MANY)).collect();
            places.sort_unstable();
            places
        });
        let next = places.partition_point(|place| place + AROUND < span.start);
        places.get(next).map_or(places.len() >= MANY, |place| *place <= span.end + AROUND)
    }

    /// Whether anything around an exception is of Graph, beside its class and its words: `GraphError: Vertex 12 not in graph`
    /// is of a graph of another kind.
    pub(super) fn stand_beside(&self, text: &str, said: Span) -> bool {
        /// Nobody else's.
        const OWN: [&str; 5] = ["icrosoft", "msgraph", "requestId", "request-id", "@odata"];
        let places = self.own.get_or_init(|| {
            let is_own = |at: &usize, word: &str| !word.eq_ignore_ascii_case("graph") || is_word(text, *at, word.len());
            let own = OWN.iter().flat_map(|word| memmem::find_iter(text.as_bytes(), word).take(MANY));
            let named = WORDS.iter().flat_map(|word| places(text, word).take(MANY).filter(|at| is_own(at, word)));
            let mut places: Vec<usize> = own.chain(named).collect();
            places.sort_unstable();
            places
        });
        let next = places.partition_point(|place| place + AROUND < said.start);
        let mut near = places.iter().skip(next).take_while(|place| **place <= said.end + AROUND);
        places.len() >= MANY || near.any(|place| *place < said.start || *place >= said.end)
    }

    /// Whether a host may be named where [`other_host`] looks: most failures of a log have none near them.
    pub(crate) fn of_host(&self, text: &str, span: Span) -> bool {
        let places = self.hosts.get_or_init(|| {
            let mut places: Vec<usize> = ["://", "ost:", "OST:"]
                .iter()
                .flat_map(|mark| memmem::find_iter(text.as_bytes(), mark).take(MANY))
                .collect();
            places.sort_unstable();
            places
        });
        let next = places.partition_point(|place| place + BEFORE < span.start);
        places.len() >= MANY
            || places.get(next).is_some_and(|place| *place <= span.end.saturating_add(BEHIND))
            || memchr::memchr(b'/', slice(text, span.end..span.end.saturating_add(BEHIND)).as_bytes()).is_some()
    }
}

/// Whether anything around a failure is of Graph.
pub(crate) fn speaks_of_graph(text: &str, span: Span) -> bool {
    let around = slice(text, span.start.saturating_sub(AROUND)..span.end.saturating_add(AROUND));
    WORDS.iter().any(|word| places(around, word).next().is_some())
}

/// Where a word stands, and not as the beginning of `GraphQL`, `graphics` and the like.
fn places<'t>(text: &'t str, word: &'static str) -> impl Iterator<Item = usize> + 't {
    memmem::find_iter(text.as_bytes(), word).filter(move |at| {
        let behind = slice(text, at + word.len()..at + word.len() + 2);
        !(word.len() == "graph".len() && ["ql", "ic", "y"].iter().any(|end| starts_with(behind, end)))
    })
}

/// Whether a word stands alone, or begins the name of a host.
fn is_word(text: &str, at: usize, len: usize) -> bool {
    let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '/' | '\\' | '.');
    let behind = slice(text, at + len..at + len + ".microsoft".len());
    let ends = !behind.starts_with(part) && !behind.starts_with('(');
    ends && !slice(text, at.saturating_sub(4)..at).ends_with(part) || behind == ".microsoft"
}

/// Whether words name something of meetings or of what their calls need.
pub(super) fn names_own(words: &str) -> bool {
    let words = words.to_ascii_lowercase();
    OWN.iter().any(|own| *own != "graph" && words.contains(own))
}

fn starts_with(text: &str, beginning: &str) -> bool {
    text.get(..beginning.len()).is_some_and(|found| found.eq_ignore_ascii_case(beginning))
}

/// Whether there is next to nothing beside the failure, up to lines that part it from other texts: somebody pasted its
/// message alone, or `answered` with the headers of an answer.
fn is_alone(text: &str, span: Span, answered: bool) -> bool {
    const HEADERS: &str =
        "date|content-type|content-length|retry-after|cache-control|transfer-encoding|vary|connection";
    let (head, tail) =
        (slice(text, span.start.saturating_sub(AROUND)..span.start), slice(text, span.end..span.end + AROUND));
    let is_rule = |line: &&str| {
        let line = line.trim();
        line.len() >= 3 && ["-", "=", "*", "_"].iter().any(|mark| line.replace(mark, "").is_empty())
    };
    let (above, below) =
        (head.rsplit('\n').position(|line| is_rule(&line)), tail.split('\n').position(|line| is_rule(&line)));
    let is_long = |part: &str, rule: Option<usize>| part.len() >= AROUND && rule.is_none();
    if is_long(head, above) || is_long(tail, below) {
        return false;
    }
    let mut headed = answered && head.contains("HTTP/");
    // Headers stand between the line of the status and the object.
    let mut is_header = |line: &&str| {
        headed &= !line.starts_with("HTTP/");
        headed && line.split_once(':').is_some_and(|(name, _)| spoken::is_one_of(HEADERS, &name.to_ascii_lowercase()))
    };
    let around = [
        head.rsplit('\n').take(above.unwrap_or(usize::MAX)).filter(|line| !is_header(line)).collect::<String>(),
        tail.split('\n').take(below.unwrap_or(usize::MAX)).collect(),
    ];
    around.iter().flat_map(|part| part.chars()).filter(|c| c.is_alphanumeric()).take(ALONE + 1).count() <= ALONE
}
