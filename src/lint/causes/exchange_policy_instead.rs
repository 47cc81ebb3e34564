//! The policy of Exchange, which limits an app to mailboxes, where the file is about meetings.

use super::{Raised, Script};
use crate::input::Span;
use crate::knowledge::{CmdletKind, Confidence, Severity, cmdlet};
use crate::script::Command;
use crate::script::subject::verb;

pub(super) const SLUG: &str = "exchange-policy-instead";

pub(super) fn find(script: &Script<'_>, out: &mut Vec<Raised>) {
    if !script.commands.iter().any(|command| counterpart(command).is_some()) {
        return;
    }
    // A file with both policies knows the difference, unless a command takes the parameters of the other one.
    let both = script.commands.iter().any(|c| verb(c).is_some());
    let words = Words::of(script);
    for command in script.commands {
        let Some(teams) = counterpart(command) else { continue };
        if script.functions.contains(&command.name.to_lowercase()) {
            continue;
        }
        let parameters = teams_parameters(command);
        let about = if both { None } else { words.about };
        if parameters.is_none() && about.is_none() {
            continue;
        }
        let mut raised =
            Raised::new(SLUG, Confidence::Likely, command, command.name_span, "limits mailboxes, not meetings")
                .explained(format!(
                    "this is the policy of Exchange; for meetings it is `{teams}`, of the module MicrosoftTeams"
                ));
        if let Some(place) = parameters {
            raised = raised.proved(place, "a parameter of the Teams cmdlet");
            let every = command
                .arguments
                .iter()
                .all(|a| a.written_span.is_none() || cmdlet(&teams).is_some_and(|c| c.parameter(&a.written).is_some()));
            if every && cmdlet(&teams).is_some() {
                raised.edits = vec![(command.name_span, teams)];
            }
        } else if let Some(place) = about {
            raised = raised.proved(place, "the file is about this");
            if words.mail && !words.sure {
                raised.lowered = Some(Severity::Info);
            }
        }
        out.push(raised);
    }
}

/// The cmdlet of Teams with nearly the same name.
fn counterpart(command: &Command) -> Option<String> {
    let lookalike = command.cmdlet.is_some_and(|c| c.kind == CmdletKind::Lookalike);
    // There is no Grant- in Exchange.
    let grant = command.is("Grant-ApplicationAccessPolicy");
    let (verb, _) = command.name.split_once('-')?;
    let test = verb.eq_ignore_ascii_case("Test");
    match () {
        () if !lookalike && !grant => None,
        () if test => Some("Get-CsUserPolicyAssignment -PolicyType ApplicationAccessPolicy".to_owned()),
        () => Some(
            command
                .cmdlet
                .and_then(|c| c.instead)
                .map_or_else(|| format!("{verb}-CsApplicationAccessPolicy"), str::to_owned),
        ),
    }
}

/// A parameter that only the cmdlet of Teams has, or the name of a cmdlet that Exchange has not.
fn teams_parameters(command: &Command) -> Option<Span> {
    if command.is("Grant-ApplicationAccessPolicy") {
        return Some(command.name_span);
    }
    let exchange = ["AppId", "AccessRight", "PolicyScopeGroupId"];
    if command.arguments.iter().any(|a| exchange.iter().any(|n| n.eq_ignore_ascii_case(&a.written))) {
        return None;
    }
    command
        .arguments
        .iter()
        .find(|a| ["AppIds", "PolicyName", "Global"].iter().any(|n| n.eq_ignore_ascii_case(&a.written)))?
        .written_span
}

/// What the words of a file say that it is about.
struct Words {
    /// A word about Teams or meetings.
    about: Option<Span>,
    /// It speaks of mail as well, where this policy belongs.
    mail: bool,
    /// A permission for meetings or Graph's own refusal stands in it, and no permission for mail.
    sure: bool,
}

/// What Graph answers where no policy of Teams lists the app.
const REFUSAL: &str = "application access policy found for this app";

impl Words {
    fn of(script: &Script<'_>) -> Self {
        let mut found = Self { about: None, mail: false, sure: false };
        let mut mail_permission = false;
        let mut weak = None;
        let text = script.text;
        let mut start = None;
        for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
            if c.is_alphanumeric() {
                start.get_or_insert(at);
                continue;
            }
            let Some(begin) = start.take() else { continue };
            let word = text.get(begin..at).unwrap_or_default().to_lowercase();
            let place = Some(Span::new(begin, at));
            let after = text.get(at..).unwrap_or_default();
            let is_permission = after.starts_with(".Read") || after.starts_with(".Send");
            let address = after.starts_with('@') || text.get(..begin).is_some_and(|before| before.ends_with('@'));
            let enabled = after.get(1..8).is_some_and(|next| next.eq_ignore_ascii_case("enabled"));
            match word.as_str() {
                "teams"
                | "microsoftteams"
                | "onlinemeeting"
                | "onlinemeetings"
                | "transcript"
                | "transcripts"
                | "onlinemeetingtranscript"
                | "onlinemeetingrecording"
                | "onlinemeetingartifact"
                | "virtualevent"
                | "virtualevents"
                | "webinar"
                | "webinars" => {
                    found.about = found.about.or(place);
                    found.sure |= is_permission;
                }
                "meeting" | "meetings" => {
                    let after = text.get(at..).unwrap_or_default().trim_start_matches([' ', '-']);
                    let room = ["room", "request", "invit"]
                        .iter()
                        .any(|w| after.get(..w.len()).is_some_and(|a| a.eq_ignore_ascii_case(w)));
                    let before = text.get(..begin).unwrap_or_default().trim_end_matches([' ', '-']);
                    let online = before.len().checked_sub(6).and_then(|start| before.get(start..));
                    if online.is_some_and(|word| word.eq_ignore_ascii_case("online")) {
                        found.about = found.about.or(place);
                    } else if !room {
                        weak = weak.or(place);
                    }
                }
                "mail" | "mails" | "mailbox" | "mailboxes" | "mailer" | "mailers" | "email" | "emails" | "calendar"
                | "calendars" | "mailboxsettings" | "smtp" => {
                    mail_permission |= is_permission;
                    // A mail-enabled group is the scope of every such policy, and an address is somebody's.
                    found.mail |= !address && !enabled;
                }
                word => match abroad(word, text.get(..begin).unwrap_or_default(), after) {
                    Some(About::Online) => found.about = found.about.or(place),
                    Some(About::Meetings) => weak = weak.or(place),
                    Some(About::Mail) => found.mail |= !address,
                    None => {}
                },
            }
        }
        if let Some(at) = text.to_ascii_lowercase().find(REFUSAL) {
            found.about = found.about.or(Some(Span::new(at, at + REFUSAL.len())));
            found.sure = true;
        }
        found.sure &= !mail_permission;
        if found.about.is_none() && !found.mail {
            found.about = weak;
        }
        found
    }
}

/// What a word of another language than English is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum About {
    /// Meetings on line.
    Online,
    /// Meetings of any kind.
    Meetings,
    /// Mailboxes and calendars.
    Mail,
}

/// Meetings in other languages, in the forms in which a comment names them.
const MEETINGS: [&str; 39] = [
    "besprechung",
    "besprechungen",
    "reunión",
    "reunion",
    "reuniones",
    "réunion",
    "réunions",
    "riunione",
    "riunioni",
    "reunião",
    "reuniao",
    "reuniões",
    "reunioes",
    "vergadering",
    "vergaderingen",
    "spotkanie",
    "spotkania",
    "spotkań",
    "spotkaniach",
    "spotkaniami",
    "möte",
    "möten",
    "møte",
    "møter",
    "møde",
    "møder",
    "kokous",
    "kokoukset",
    "schůzka",
    "schůzky",
    "schůzek",
    "собрание",
    "собрания",
    "встреча",
    "встречи",
    "toplantı",
    "toplantılar",
    "értekezlet",
    "értekezletek",
];

/// The same where words are not parted by blanks.
const MEETINGS_INSIDE: [&str; 5] = ["会議", "会议", "會議", "회의", "onlinebesprechung"];

/// Mailboxes and calendars, as parts of words.
const MAIL: [&str; 23] = [
    "postfach",
    "postfäch",
    "kalender",
    "correo",
    "buzón",
    "buzon",
    "calendario",
    "courriel",
    "messagerie",
    "calendrier",
    "casella",
    "caselle",
    "correio",
    "calendário",
    "postvak",
    "skrzynk",
    "kalendarz",
    "メール",
    "予定表",
    "邮箱",
    "邮件",
    "日历",
    "почт",
];

/// Words before and signs after a meeting that make it a room.
const ROOMS_BEFORE: [&str; 10] =
    ["sala de", "salas de", "salle de", "salles de", "sala", "sale", "sal", "salas", "salles", "salle"];
const ROOMS_AFTER: [&str; 2] = ["室", "실"];

/// What a word, lower case, of another language is about, between what stands before and after it.
fn abroad(word: &str, before: &str, after: &str) -> Option<About> {
    if word.is_ascii() && word.len() < 4 {
        return None;
    }
    if MAIL.iter().any(|part| word.contains(part)) {
        return Some(About::Mail);
    }
    let inside = MEETINGS_INSIDE.iter().find_map(|part| word.split_once(part));
    if let Some((lead, rest)) = inside {
        let online =
            ["オンライン", "在线", "線上", "온라인"].iter().any(|it| lead.contains(it)) || word.starts_with("online");
        return match () {
            () if ROOMS_AFTER.iter().any(|room| rest.starts_with(room)) => None,
            () if online => Some(About::Online),
            () => Some(About::Meetings),
        };
    }
    if !MEETINGS.contains(&word) {
        return None;
    }
    let near: String = before.chars().rev().take(12).collect::<Vec<_>>().into_iter().rev().collect();
    let near = near.to_lowercase();
    let near = near.trim_end();
    let room = ROOMS_BEFORE
        .iter()
        .any(|room| near.strip_suffix(room).is_some_and(|rest| !rest.ends_with(char::is_alphanumeric)));
    let rest: String = after.chars().take(12).collect::<String>().to_lowercase();
    let rest = rest.trim_start_matches([' ', '-']);
    let online = near.ends_with("online")
        || ["online", "en ligne", "en línea", "en linea"].iter().any(|it| rest.starts_with(it));
    match () {
        () if room => None,
        () if online => Some(About::Online),
        () => Some(About::Meetings),
    }
}

#[cfg(test)]
mod tests {
    use super::{About, abroad};

    #[test]
    fn words_of_other_languages() {
        for (before, word, after, about) in [
            ("# ", "onlinebesprechungen", "\n", Some(About::Online)),
            ("# ", "besprechungen", ": a", Some(About::Meetings)),
            ("# ", "besprechungsräume", ": a", None),
            ("# ", "raumpostfächer", "", Some(About::Mail)),
            ("# ", "reuniones", " en línea", Some(About::Online)),
            ("# sala de ", "reuniones", " 4", None),
            ("# ", "réunions", " en ligne", Some(About::Online)),
            ("# ", "riunione", "", Some(About::Meetings)),
            ("# ", "オンライン会議を作成するアプリ", "", Some(About::Online)),
            ("# ", "会議室", "", None),
            ("# ", "会议", "", Some(About::Meetings)),
            ("# ", "spotkania", " zespołu", Some(About::Meetings)),
            ("# ", "policy", "", None),
        ] {
            assert_eq!(abroad(word, before, after), about, "{word}");
        }
    }
}
