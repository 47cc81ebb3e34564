//! Cmdlets of the Graph PowerShell SDK: `Get-MgUserOnlineMeeting -UserId … -OnlineMeetingId …` names the method and the
//! operation of its call. Their nouns are the segments of the path, as its sources say beside each cmdlet
//! (github.com/microsoftgraph/msgraph-sdk-powershell, `GraphRoute`): `/users/{user-id}/onlineMeetings/{onlineMeeting-id}/transcripts`
//! is `MgUserOnlineMeetingTranscript`.

use uuid::Uuid;

use super::territory::Territory;
use super::{Fact, Facts, Span, beside, meeting, request};
use crate::source::slice;

/// The call of a cmdlet is not shown further above its error, nor further below.
const REACH: usize = 4_096;
/// No name is longer.
const NAME: usize = 120;
/// No error shows its command more often.
const MANY: usize = 8;

/// Verbs and their methods.
const VERBS: [(&str, &str); 5] =
    [("Get", "GET"), ("New", "POST"), ("Update", "PATCH"), ("Set", "PUT"), ("Remove", "DELETE")];

/// A part of a noun, its segment, and the parameter that names one of a collection.
const SEGMENTS: [(&str, &str, Option<&str>); 7] = [
    ("OnlineMeeting", "onlineMeetings", Some("-OnlineMeetingId")),
    ("Transcript", "transcripts", Some("-CallTranscriptId")),
    ("Recording", "recordings", Some("-CallRecordingId")),
    ("AttendanceReport", "attendanceReports", Some("-MeetingAttendanceReportId")),
    ("AttendanceRecord", "attendanceRecords", Some("-AttendanceRecordId")),
    ("MetadataContent", "metadataContent", None),
    ("Content", "content", None),
];

/// The cmdlet that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cmdlet<'t> {
    /// Without the name of its parameters.
    name: &'t str,
    /// `List` of `Get-MgUserOnlineMeeting_List`.
    set: &'t str,
    span: Span,
}

/// Adds method and operation of the cmdlet that failed, and the meeting that it was given.
pub(super) fn add(text: &str, territory: Territory, facts: &mut Facts) {
    if facts.method.is_some() || facts.operation.is_some() {
        return;
    }
    let Some(cmdlet) = failed(text, territory) else { return };
    let Some((verb, noun)) = cmdlet.name.split_once("-Mg") else { return };
    let command = shown(text, territory, cmdlet.name);
    let noun = noun.strip_prefix("Beta").unwrap_or(noun);
    let call = if verb == "Invoke" && noun == "CreateOrGetUserOnlineMeeting" {
        Some(("POST", Some("/users/{id}/onlineMeetings/createOrGet".to_owned())))
    } else {
        let method = VERBS.iter().find(|(known, _)| *known == verb).map(|(_, method)| *method);
        method.zip(noun.strip_prefix("User")).and_then(|(method, noun)| {
            let parameters = command.map(|command| slice(text, command.start..command.end));
            Some((method, path_of(method, noun, cmdlet.set, parameters)?))
        })
    };
    let Some((method, path)) = call else { return };
    facts.operation = path.and_then(|path| request::operation(Some(method), &path));
    facts.method = Some(Fact::text(method.to_owned(), cmdlet.span));
    if let Some(command) = command.filter(|_| facts.meeting.is_none()) {
        facts.meeting = meeting_of(text, command);
    }
}

/// Adds the user whom the command names, where several commands stand above the error and nothing else tells: it is the
/// last one of the cmdlet that failed.
pub(super) fn add_user(text: &str, territory: Territory, facts: &mut Facts) {
    if facts.path.is_some() || facts.user_id.is_some() || facts.user.is_some() {
        return;
    }
    let Some(cmdlet) = failed(text, territory) else { return };
    let command = shown(text, territory, cmdlet.name);
    facts.user_id = command.and_then(|command| user_of(text, command));
}

/// The id of the user that a command was given.
fn user_of(text: &str, command: Span) -> Option<Fact<Uuid>> {
    const PARAMETER: &str = "-userid";
    let written = slice(text, command.start..command.end);
    let at = written.to_ascii_lowercase().find(PARAMETER)? + PARAMETER.len();
    let value = slice(written, at..written.len());
    let start = command.start + at + value.len() - value.trim_start_matches([' ', ':', '"', '\'']).len();
    let (id, end) = meeting::uuid_in(text, start).filter(|(_, end)| *end <= command.end)?;
    Some(Fact::text(id, Span::new(start, end)))
}

/// The path that a noun stands for; nothing inside where it may be that of a collection or of one in it.
fn path_of(method: &str, noun: &str, set: &str, parameters: Option<&str>) -> Option<Option<String>> {
    let mut path = "/users/{id}".to_owned();
    let mut rest = noun;
    while !rest.is_empty() {
        let (part, segment, parameter) = SEGMENTS.iter().find(|(part, ..)| rest.starts_with(part))?;
        rest = rest.get(part.len()..)?;
        path.push('/');
        path.push_str(segment);
        let Some(parameter) = parameter else { continue };
        let of_one = if !rest.is_empty() {
            Some(true)
        } else if method != "GET" {
            Some(method != "POST")
        } else if let Some(named) = ["Get", "List"].iter().position(|name| set.starts_with(name)) {
            Some(named == 0)
        } else {
            parameters.and_then(|command| gives(command, parameter))
        };
        match of_one {
            Some(true) => path.push_str("/{id}"),
            Some(false) => {}
            None => return Some(None),
        }
    }
    (path.len() > "/users/{id}".len()).then_some(Some(path))
}

/// Whether a command has a parameter, as far as it is shown.
fn gives(command: &str, parameter: &str) -> Option<bool> {
    let has = |word: &str| word.get(..parameter.len()).is_some_and(|name| name.eq_ignore_ascii_case(parameter));
    let end = command.trim_end();
    if command.split_whitespace().any(has) {
        return Some(true);
    }
    // What is cut, splatted or given by a pipe is not known.
    let whole = !end.ends_with("...") && !end.ends_with('…') && !end.ends_with('`') && !command.contains(['@', '|']);
    (whole && command.split_whitespace().any(|word| word.starts_with('-'))).then_some(false)
}

/// The cmdlet that an error names: before its message, or below it where PowerShell tells its class.
fn failed(text: &str, territory: Territory) -> Option<Cmdlet<'_>> {
    const CLASS: &str = "Microsoft.Graph.PowerShell.Cmdlets.";
    let line = beside::line_of(text, territory.start);
    let from = line.start.max(territory.start.saturating_sub(2 * NAME));
    // The command that was typed may be a part of it, above.
    let to = line.end.min(territory.start.saturating_add(NAME)).max(territory.end.min(line.end + 2 * NAME));
    let own = slice(text, from..to);
    // A console's line begins with the name; in a string it stands right before the message.
    let leads = |cmdlet: &Cmdlet<'_>| slice(text, cmdlet.span.end..cmdlet.span.end + 2).trim_start().starts_with(':');
    let head = memchr::memmem::rfind_iter(own.as_bytes(), b"-Mg").take(MANY).find_map(|mark| {
        let letters = slice(own, 0..mark).bytes().rev().take_while(u8::is_ascii_alphabetic).count();
        cmdlet_at(text, from + mark - letters).filter(leads)
    });
    if head.is_some_and(|cmdlet| !cmdlet.set.is_empty()) {
        return head;
    }
    let end = territory.next.unwrap_or(text.len()).min(territory.end.saturating_add(REACH));
    let below = slice(text, territory.end..end);
    let Some(at) = memchr::memmem::find(below.as_bytes(), CLASS.as_bytes()) else { return head };
    let at = territory.end + at + CLASS.len();
    // `…Cmdlets.GetMgUserOnlineMeeting_Get`, and the same name with its hyphen in the line above.
    let class = word_at(text, at);
    let (name, set) = class.split_once('_').unwrap_or((class, ""));
    if let Some(cmdlet) = head {
        let same = cmdlet.name.replace('-', "") == name;
        return Some(if same { Cmdlet { set, ..cmdlet } } else { cmdlet });
    }
    let head = slice(text, territory.end..at);
    memchr::memmem::rfind_iter(head.as_bytes(), b"-Mg").take(MANY).find_map(|mark| {
        let letters = slice(head, 0..mark).bytes().rev().take_while(u8::is_ascii_alphabetic).count();
        let cmdlet = cmdlet_at(text, territory.end + mark - letters)?;
        (cmdlet.name.replace('-', "") == name).then_some(cmdlet)
    })
}

fn word_at(text: &str, at: usize) -> &str {
    let rest = slice(text, at..at.saturating_add(NAME));
    let len = rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')).count();
    slice(rest, 0..len)
}

fn cmdlet_at(text: &str, at: usize) -> Option<Cmdlet<'_>> {
    let word = word_at(text, at);
    let (name, set) = word.split_once('_').unwrap_or((word, ""));
    name.contains("-Mg").then(|| Cmdlet { name, set, span: Span::new(at, at + word.len()) })
}

/// The command as the console shows it: behind a prompt above the error, or below it in the error's own lines.
fn shown(text: &str, territory: Territory, name: &str) -> Option<Span> {
    let line = beside::line_of(text, territory.start);
    let from = territory.before.max(line.start.saturating_sub(REACH)).min(line.start);
    let to = territory.next.unwrap_or(text.len()).min(territory.end.saturating_add(REACH));
    let above = slice(text, from..line.start);
    // Another error may end above; the last command is the one that failed.
    let prompt = memchr::memmem::rfind_iter(above.as_bytes(), name.as_bytes()).take(MANY).find_map(|at| {
        let start = from + at;
        let row = beside::line_of(text, start);
        let lead = slice(text, row.start..start).trim();
        let is_command = lead.is_empty() || lead.ends_with(['>', '=', '(']);
        let is_call = slice(text, start + name.len()..row.end).starts_with(' ');
        (is_command && is_call && row.end <= line.start).then(|| Span::new(start, row.end))
    });
    let below = slice(text, territory.end.min(to)..to);
    let printed = memchr::memmem::find_iter(below.as_bytes(), name.as_bytes()).take(MANY).find_map(|at| {
        let start = territory.end + at;
        let row = beside::line_of(text, start);
        let lead = slice(text, row.start..start).trim();
        let is_call = slice(text, start + name.len()..row.end).starts_with(" -");
        (lead.starts_with('+') && is_call).then(|| Span::new(start, row.end))
    });
    let is_cut = |span: &Span| slice(text, span.start..span.end).trim_end().ends_with("...");
    prompt.or(printed.filter(|span| !is_cut(span))).or(printed)
}

/// The meeting that a command was given.
fn meeting_of(text: &str, command: Span) -> Option<Fact<super::MeetingRef>> {
    const PARAMETER: &str = "-onlinemeetingid";
    let written = slice(text, command.start..command.end);
    let at = written.to_ascii_lowercase().find(PARAMETER)? + PARAMETER.len();
    let value = slice(written, at..written.len());
    let start = at + value.len() - value.trim_start_matches([' ', ':', '"', '\'']).len();
    let value = slice(written, start..written.len()).split([' ', '"', '\'', '\r']).next().unwrap_or_default();
    let cut = value.ends_with("...") || slice(written, start + value.len()..written.len()).trim() == "...";
    let is_value = !value.is_empty() && !value.starts_with(['$', '(', '@']) && !cut;
    let meeting = meeting::recognise(value).filter(|_| is_value)?;
    let start = command.start + start;
    Some(Fact::text(meeting, Span::new(start, start + value.len())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(text: &str) -> Option<(String, Option<&'static str>)> {
        let start = text.find("No app").unwrap_or_default();
        let territory =
            Territory { before: 0, start, end: start + 6, after: text.len(), next: None, alone: true, trailed: false };
        let mut facts = Facts::default();
        add(text, territory, &mut facts);
        Some((facts.method?.value, facts.operation.map(|operation| operation.path)))
    }

    #[test]
    fn calls_of_cmdlets() {
        const MEETINGS: &str = "/users/{userId}/onlineMeetings";
        const MEETING: &str = "/users/{userId}/onlineMeetings/{meetingId}";
        const TRANSCRIPTS: &str = "/users/{userId}/onlineMeetings/{meetingId}/transcripts";
        for (text, expected) in [
            ("Get-MgUserOnlineMeeting_List: No app\n", Some(("GET", Some(MEETINGS)))),
            ("Get-MgUserOnlineMeeting_Get : No app\n", Some(("GET", Some(MEETING)))),
            ("Get-MgUserOnlineMeeting : No app\n", Some(("GET", None))),
            (
                "PS> Get-MgUserOnlineMeeting -UserId x\nGet-MgUserOnlineMeeting : No app\n",
                Some(("GET", Some(MEETINGS))),
            ),
            (
                "PS C:\\> $m = Get-MgUserOnlineMeeting -UserId x -OnlineMeetingId y\nGet-MgUserOnlineMeeting : No app\n",
                Some(("GET", Some(MEETING))),
            ),
            ("Get-MgUserOnlineMeeting : No app\n+ Get-MgUserOnlineMeeting -UserId x ...\n", Some(("GET", None))),
            ("PS> Get-MgUserOnlineMeeting @p\nGet-MgUserOnlineMeeting : No app\n", Some(("GET", None))),
            ("New-MgUserOnlineMeeting_CreateExpanded: No app\n", Some(("POST", Some(MEETINGS)))),
            ("Update-MgBetaUserOnlineMeeting : No app\n", Some(("PATCH", Some(MEETING)))),
            ("Remove-MgUserOnlineMeeting_Delete: No app\n", Some(("DELETE", Some(MEETING)))),
            ("Get-MgUserOnlineMeetingTranscript_List: No app\n", Some(("GET", Some(TRANSCRIPTS)))),
            (
                "No app\n+ CategoryInfo : x [Get-MgUserOnlineMeeting_Get], Exception\n+ FullyQualifiedErrorId : Forbidden,\
                 Microsoft.Graph.PowerShell.Cmdlets.GetMgUserOnlineMeeting_Get\n",
                Some(("GET", Some(MEETING))),
            ),
            (
                "Invoke-MgCreateOrGetUserOnlineMeeting_Create: No app\n",
                Some(("POST", Some("/users/{userId}/onlineMeetings/createOrGet"))),
            ),
            ("Get-MgUserMessage_List: No app\n", None),
            ("Get-MgUser_List: No app\n", None),
            ("Get-CsOnlineUser : No app\n", None),
            ("No app\n", None),
        ] {
            let found = call(text);
            let found = found.as_ref().map(|(method, path)| (method.as_str(), *path));
            assert_eq!(found, expected, "{text}");
        }
    }
}
