//! Filling `{slots}` of commands: ids only as parsed UUIDs, names only as quoted literals.

use uuid::Uuid;

use super::{quote, wait};
use crate::input::{Facts, MeetingIdForm};
use crate::knowledge::{PermissionKind, permission_named};
use crate::tenant::name;

/// Values for slots; what is not known becomes a visible hole.
#[derive(Clone, Debug, Default)]
pub struct Slots {
    values: Vec<(&'static str, String)>,
}

/// The group whose members were not read.
pub const GROUP_TO_READ: &str = "group-to-read";

/// Slot names with their holes.
const HOLES: [(&str, &str); 26] = [
    ("app-id", "<client-id>"),
    ("user-id", "<user-object-id>"),
    ("user", "<user-principal-name>"),
    ("policy-name", "<policy-name>"),
    // The one that is effective for the user, where the state tells it.
    (EFFECTIVE, "<policy-name>"),
    ("group-id", "<group-object-id>"),
    ("tenant-id", "<tenant-id>"),
    // Where the token is of another: the one of the join link or of the snapshot, and never the token's own.
    ("user-tenant-id", "<tenant-id>"),
    ("meeting-id", "<meeting-id>"),
    ("operation", "<method-and-path>"),
    ("role", "<app-role>"),
    ("role-id", "<app-role-id>"),
    // One that the app has, and not the one that a call takes.
    ("held-role-id", "<app-role-id>"),
    ("service-principal-id", "<service-principal-object-id>"),
    ("graph-service-principal-id", "<graph-service-principal-object-id>"),
    ("app-name", "<app-name>"),
    ("organizer-id", "<organizer-object-id>"),
    // Where the user of the call is the fault: the organizer, where that is somebody else, and never that user.
    ("other-user-id", "<user-object-id>"),
    ("rank", "<rank>"),
    ("call", "onlineMeetings/<meeting-id>"),
    // What shows that a meeting exists: the lookup that was sent, or a read of it.
    ("lookup", "onlineMeetings/<meeting-id>"),
    // A call that is not known is shown as a read of a meeting.
    ("method", "GET"),
    ("root", "v1.0"),
    ("retry-after", "the seconds of the Retry-After header"),
    ("pauses", "after 2, 4, 8 seconds and so on"),
    (OTHERS, ", <app ids of the effective policy>"),
];

/// The slot behind an app id: what the effective policy lists beside it. Its hole is no literal, so that PowerShell
/// refuses it: a list that leaves those apps out would take the user from them.
pub(super) const OTHERS: &str = "effective-app-ids";

/// The slot of the policy that is effective for the user.
pub(super) const EFFECTIVE: &str = "effective-policy";

/// How a value is written into a line.
#[derive(Clone, Copy)]
enum Style {
    PowerShell,
    Raw,
}

impl Slots {
    /// The values that a call gives.
    #[must_use]
    pub fn of(facts: &Facts) -> Self {
        let mut slots = Self::default();
        let (user_id, user) = facts.user_asked();
        slots.id("app-id", facts.app_asked());
        slots.id("user-id", user_id);
        slots.id("tenant-id", facts.tenant_id.as_ref().map(|fact| fact.value));
        slots.id("organizer-id", facts.organizer_id.as_ref().map(|fact| fact.value));
        let of_token = facts.token.as_ref().and_then(|token| token.value.tenant);
        let of_meeting = facts.meeting.as_ref().and_then(|meeting| meeting.value.tenant);
        slots.id("user-tenant-id", of_meeting.filter(|tenant| Some(*tenant) != of_token));
        slots.id("other-user-id", facts.organizer_id.as_ref().map(|fact| fact.value).filter(|id| Some(*id) != user_id));
        slots.text("user", user.map(str::to_owned));
        // A join link or a number is looked up by a filter; it is no id of a path.
        let in_path = facts
            .meeting
            .as_ref()
            .filter(|meeting| !matches!(meeting.value.form, MeetingIdForm::JoinUrl | MeetingIdForm::JoinMeetingId));
        slots.text("meeting-id", in_path.map(|fact| fact.value.text.clone()));
        slots.text("lookup", in_path.map(|fact| format!("onlineMeetings/{}", fact.value.text)));
        if let Some(call) = Call::of(facts) {
            slots.text("lookup", Some(call.below.clone()).filter(|below| below.starts_with("onlineMeetings?")));
            slots.text("method", Some(call.method));
            slots.text("root", Some(call.root));
            slots.text("call", Some(call.below));
        }
        slots.text("retry-after", wait::of(facts).and_then(wait::Wait::words));
        slots.text("pauses", wait::of(facts).and_then(wait::Wait::pause));
        if let Some(operation) = facts.operation_told() {
            slots.text("operation", Some(format!("{} {}", operation.method, operation.path)));
            let role = operation.application.and_then(|permissions| permissions.to_grant());
            slots.text("role", role.map(str::to_owned));
            let id = role.and_then(|role| permission_named(role, PermissionKind::Application)?.id);
            slots.id("role-id", id);
        }
        let of_token = facts.token.as_ref().and_then(|token| token.value.roles.as_deref());
        if let Some([role]) = of_token {
            slots.id("held-role-id", permission_named(role, PermissionKind::Application).and_then(|known| known.id));
        }
        // Without a request the answer itself names what it accepts.
        let accepted = facts.required.iter().flat_map(|required| &required.value);
        let accepted = accepted.filter_map(|role| Some((role, permission_named(role, PermissionKind::Application)?)));
        if let Some((role, known)) = accepted.min_by_key(|(role, _)| role.contains("Write")) {
            slots.text("role", Some(role.clone()));
            slots.id("role-id", known.id);
        }
        for (slot, fact) in &facts.named {
            if let Some((known, _)) = HOLES.iter().find(|(name, _)| name == slot && *name != OTHERS) {
                // A message names a policy as the module prints it, with `Tag:` before the name.
                let bare = if *known == "policy-name" { name::bare(&fact.value) } else { &fact.value };
                slots.text(known, Some(bare.to_owned()));
            }
        }
        slots
    }

    /// The values for reads of a call: the group is the one whose members were not read, and a path takes the object id of a
    /// user in place of the name. What is changed names neither of them.
    #[must_use]
    pub fn of_reads(facts: &Facts) -> Self {
        let mut slots = Self::default();
        let group = facts.named.iter().find(|(slot, _)| slot == GROUP_TO_READ);
        slots.text("group-id", group.map(|(_, fact)| fact.value.clone()));
        Self::of(facts).values.into_iter().for_each(|(slot, value)| slots.text(slot, Some(value)));
        slots.id("user", facts.user_asked().0);
        slots
    }

    /// Sets an id, unless the slot has a value already.
    pub fn id(&mut self, slot: &'static str, id: Option<Uuid>) {
        self.text(slot, id.map(|id| id.to_string()));
    }

    /// Sets what the effective policy of the user lists beside the app; `None` = not known.
    pub(super) fn others(&mut self, ids: Option<&[Uuid]>) {
        let listed = |ids: &[Uuid]| ids.iter().map(|id| format!(", {}", quote::literal(&id.to_string()))).collect();
        self.text(OTHERS, ids.map(listed));
    }

    /// Sets a text, unless the slot has a value already.
    pub fn text(&mut self, slot: &'static str, text: Option<String>) {
        if let Some(text) = text.filter(|_| !self.values.iter().any(|(name, _)| *name == slot)) {
            self.values.push((slot, text));
        }
    }

    /// Fills a command line: PowerShell values are quoted, addresses of requests are not.
    #[must_use]
    pub fn fill(&self, line: &str) -> String {
        // These reads take a user principal name as well as an object id.
        const BY_NAME: [&str; 2] =
            ["Get-CsUserPolicyAssignment -Identity {user-id}", "Get-CsOnlineUser -Identity {user-id}"];
        let knows = |slot: &str| self.values.iter().any(|(known, _)| *known == slot);
        let read = BY_NAME.iter().find(|read| line.starts_with(**read)).filter(|_| !knows("user-id") && knows("user"));
        if let Some(rest) = read.and_then(|read| line.strip_prefix(*read)) {
            let read = read.map_or_else(String::new, |read| read.replace("{user-id}", "{user}"));
            return self.replace(&format!("{read}{rest}"), Style::PowerShell);
        }
        self.replace(line, if is_powershell(line) { Style::PowerShell } else { Style::Raw })
    }

    /// Fills prose: values between backticks where they are known.
    #[must_use]
    pub fn fill_words(&self, text: &str) -> String {
        self.replace(text, Style::Raw)
    }

    fn replace(&self, line: &str, style: Style) -> String {
        let mut out = String::with_capacity(line.len() + 64);
        let mut rest = line;
        while let Some((before, after)) = memchr::memchr(b'{', rest.as_bytes()).and_then(|at| parted(rest, at)) {
            out.push_str(before);
            let known =
                memchr::memchr(b'}', after.as_bytes()).and_then(|at| parted(after, at)).and_then(|(name, tail)| {
                    let (slot, hole) = HOLES.iter().find(|(slot, _)| *slot == name)?;
                    let value = self.values.iter().find(|(known, _)| known == slot).map(|(_, value)| value.as_str());
                    Some((*slot, value.unwrap_or(hole), tail))
                });
            match known {
                Some((slot, value, tail)) => {
                    match style {
                        // Parsed ids, quoted one by one.
                        _ if slot == OTHERS => out.push_str(value),
                        Style::PowerShell => out.push_str(&quote::literal(value)),
                        Style::Raw if crate::source::sanitise::is_plain(value) => out.push_str(value),
                        Style::Raw => out.extend(
                            value.chars().filter(|c| !c.is_control() && !crate::source::sanitise::acts_on_terminal(*c)),
                        ),
                    }
                    rest = tail;
                }
                None => {
                    out.push('{');
                    rest = after;
                }
            }
        }
        out.push_str(rest);
        out
    }
}

/// What stands before and behind a mark of one byte.
fn parted(text: &str, at: usize) -> Option<(&str, &str)> {
    let (before, marked) = text.split_at_checked(at)?;
    Some((before, marked.get(1..)?))
}

/// The failing call, apart from whom it names.
struct Call {
    method: String,
    /// The version, and what stands before the user: `v1.0`, `beta/copilot`.
    root: String,
    /// What is asked for, with its query: `onlineMeetings?$filter=...`.
    below: String,
}

impl Call {
    fn of(facts: &Facts) -> Option<Self> {
        let method =
            facts.method.as_ref().map(|it| it.value.as_str()).or(facts.operation_told().map(|it| it.method))?;
        let version = facts.version.as_ref().map_or("v1.0", |it| it.value.as_str());
        let path = facts.path.as_ref()?.value.trim_start_matches('/');
        let (root, path) = match path.strip_prefix("copilot/") {
            Some(path) => (format!("{version}/copilot"), path),
            None => (version.to_owned(), path),
        };
        let below = match path.split_once('/') {
            Some(("users", rest)) => rest.split_once('/')?.1,
            Some(("me" | "app" | "communications", rest)) => rest,
            _ => path,
        };
        // In a query a blank is no end: `$filter=JoinWebUrl eq '...'`.
        let below = match below.split_once('?') {
            Some((path, query)) => format!("{path}?{}", query.replace(' ', "%20")),
            None => below.to_owned(),
        };
        let is_one = below.starts_with("onlineMeetings") && !below.contains(char::is_whitespace);
        is_one.then(|| Self { method: method.to_ascii_uppercase(), root, below })
    }
}

/// `Verb-Noun ...`, an assignment or a pipeline; anything else is a request or plain text.
fn is_powershell(line: &str) -> bool {
    let mut bytes = line.trim_start().bytes();
    let mut last = bytes.next();
    if matches!(last, Some(b'$' | b'(')) {
        return true;
    }
    // Letters alone, then a capital behind the first hyphen.
    while last.is_some_and(|byte| byte.is_ascii_alphabetic()) {
        last = bytes.next();
    }
    last == Some(b'-') && bytes.next().is_some_and(|byte| byte.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_and_values() {
        let mut slots = Slots::default();
        slots.id("app-id", Uuid::try_parse("9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20").ok());
        slots.text("policy-name", Some("it's".into()));
        assert_eq!(
            slots.fill("Set-CsApplicationAccessPolicy -Identity {policy-name} -AppIds @{Add={app-id}}"),
            "Set-CsApplicationAccessPolicy -Identity 'it''s' -AppIds @{Add='9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20'}"
        );
        assert_eq!(
            slots.fill("GET https://graph.microsoft.com/v1.0/users/{user-id}"),
            "GET https://graph.microsoft.com/v1.0/users/<user-object-id>"
        );
        assert_eq!(slots.fill("Grant-X -Identity {user-id} {other}"), "Grant-X -Identity '<user-object-id>' {other}");
    }

    #[test]
    fn a_new_list_names_what_the_present_one_has() {
        let line = "New-X -AppIds {app-id}{effective-app-ids}";
        let filled = |others: Option<&[Uuid]>| {
            let mut slots = Slots::default();
            slots.others(others);
            slots.fill(line).replace("New-X -AppIds '<client-id>'", "")
        };
        assert_eq!(filled(None), ", <app ids of the effective policy>");
        assert_eq!(filled(Some(&[])), "");
        let ids = [Uuid::from_u128(1), Uuid::from_u128(2)];
        assert_eq!(filled(Some(&ids)), format!(", '{}', '{}'", ids[0], ids[1]));
    }

    #[test]
    fn the_failing_call_keeps_what_it_asks_for() {
        let line = "{method} https://graph.microsoft.com/{root}/users/{user-id}/{call}";
        let filled = |method: &str, version: &str, path: &str| {
            let fact = |text: &str| Some(crate::input::Fact::option(text.to_owned()));
            let facts = Facts { method: fact(method), version: fact(version), path: fact(path), ..Facts::default() };
            Slots::of(&facts).fill(line).replace("https://graph.microsoft.com", "")
        };
        let patched = filled("PATCH", "beta", "/users/adele@contoso.com/onlineMeetings/MSo0");
        assert_eq!(patched, "PATCH /beta/users/<user-object-id>/onlineMeetings/MSo0");
        let of_me = filled("GET", "v1.0", "/me/onlineMeetings/MSo0/transcripts?$top=1");
        assert_eq!(of_me, "GET /v1.0/users/<user-object-id>/onlineMeetings/MSo0/transcripts?$top=1");
        let filtered =
            filled("GET", "v1.0", "/users/adele@contoso.com/onlineMeetings?$filter=subject eq 'Weekly sync'");
        assert_eq!(filtered, "GET /v1.0/users/<user-object-id>/onlineMeetings?$filter=subject%20eq%20'Weekly%20sync'");
        assert_eq!(filled("POST", "v1.0", "/onlineMeetings"), "POST /v1.0/users/<user-object-id>/onlineMeetings");
        let insights = filled("GET", "v1.0", "/copilot/users/adele@contoso.com/onlineMeetings/MSo0/aiInsights");
        assert_eq!(insights, "GET /v1.0/copilot/users/<user-object-id>/onlineMeetings/MSo0/aiInsights");
        let elsewhere = filled("DELETE", "v1.0", "/users/adele@contoso.com/events/1");
        assert_eq!(elsewhere, "GET /v1.0/users/<user-object-id>/onlineMeetings/<meeting-id>");
    }
}
