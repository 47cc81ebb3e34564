//! A change that is told as the state that it left: `it is configured correctly now`, `everything is set up since this
//! morning`, `inzwischen zugewiesen`, and the lines by which a ticket ends (`Status changed: done`).
//!
//! Such a sentence names nothing of the domain, so that each word of it must be one of these classes: what has a further
//! word speaks of something else (`the monitoring is set up now`).

/// What it is told of, and the words that join it to the rest.
const SUBJECTS: [&str; 68] = [
    "it",
    "it's",
    "this",
    "that",
    "that's",
    "everything",
    "everything's",
    "all",
    "the",
    "our",
    "my",
    "their",
    "on",
    "in",
    "of",
    "as",
    "by",
    "for",
    "and",
    "is",
    "are",
    "has",
    "have",
    "been",
    "was",
    "were",
    "got",
    "so",
    "app",
    "user",
    "tenant",
    "tenant's",
    "side",
    "end",
    "setup",
    "set-up",
    "configuration",
    "config",
    "settings",
    "access",
    "place",
    "order",
    "out",
    "up",
    "correctly",
    "properly",
    "fully",
    "completely",
    "again",
    "finally",
    "also",
    "already",
    "es",
    "alles",
    "das",
    "die",
    "ist",
    "sind",
    "wurde",
    "worden",
    "hat",
    "auch",
    "wieder",
    "nun",
    "konfiguration",
    "einrichtung",
    "vollständig",
    "bei",
];
/// What was done.
const DONE: [&str; 34] = [
    "configured",
    "set",
    "setup",
    "set-up",
    "sorted",
    "done",
    "completed",
    "fixed",
    "arranged",
    "enabled",
    "assigned",
    "granted",
    "applied",
    "approved",
    "permitted",
    "authorised",
    "authorized",
    "provisioned",
    "corrected",
    "reconfigured",
    "place",
    "eingerichtet",
    "konfiguriert",
    "zugewiesen",
    "freigegeben",
    "freigeschaltet",
    "berechtigt",
    "erledigt",
    "gesetzt",
    "hinterlegt",
    "angelegt",
    "eingetragen",
    "erteilt",
    "angepasst",
];
/// How it is since.
const SOUND: [&str; 21] = [
    "fine",
    "ok",
    "okay",
    "correct",
    "right",
    "ready",
    "complete",
    "order",
    "good",
    "works",
    "work",
    "working",
    "succeeds",
    "passes",
    "läuft",
    "funktioniert",
    "klappt",
    "geht",
    "fertig",
    "korrekt",
    "richtig",
];
/// Since when.
const NOW: [&str; 36] = [
    "now",
    "meanwhile",
    "meantime",
    "today",
    "tonight",
    "yesterday",
    "morning",
    "noon",
    "lunch",
    "lunchtime",
    "afternoon",
    "evening",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "jetzt",
    "inzwischen",
    "mittlerweile",
    "nun",
    "heute",
    "gestern",
    "mittag",
    "früh",
    "morgen",
    "montag",
    "dienstag",
    "mittwoch",
    "donnerstag",
    "freitag",
    "samstag",
    "sonntag",
    "vormittag",
];
/// What leads to it.
const SINCE: [&str; 10] = ["since", "from", "at", "o'clock", "after", "seit", "um", "uhr", "dem", "ab"];
/// Who tells it: `according to Petra it is set up now`.
const TOLD_BY: [&str; 13] = [
    "according",
    "says",
    "said",
    "told",
    "tells",
    "confirms",
    "confirmed",
    "writes",
    "wrote",
    "reports",
    "reported",
    "laut",
    "sagt",
];
/// What a clause that somebody told begins with.
const BEGINS: [&str; 10] = ["it", "it's", "everything", "everything's", "all", "this", "the", "es", "alles", "our"];

/// Whether a clause tells that all is as it should be by now.
pub(super) fn is_settled(words: &[&str]) -> bool {
    let first = words.iter().position(|word| !is_known(word));
    let own = match first {
        None => Some(words),
        Some(_) => {
            let rest = words.iter().rposition(|word| !is_known(word)).map_or(0, |at| at + 1);
            let begins = words.iter().enumerate().skip(rest).find(|(_, word)| BEGINS.contains(word)).map(|(at, _)| at);
            let told = begins.and_then(|at| words.get(..at)).unwrap_or_default();
            begins.and_then(|at| words.get(at..)).filter(|_| told.iter().any(|word| TOLD_BY.contains(word)))
        }
    };
    let Some(own) = own.filter(|own| !own.is_empty()) else { return false };
    let has = |any: &[&str]| own.iter().any(|word| any.contains(word));
    let clock =
        own.windows(2).any(|pair| matches!(pair, ["at" | "since" | "seit" | "um" | "ab", hour] if is_hour(hour)));
    let since = has(&NOW) || clock;
    // `It was fine yesterday` tells how it was.
    let past = has(&["was", "were", "war", "waren"]);
    since && (has(&DONE) || has(&SOUND) && !past)
}

fn is_known(word: &str) -> bool {
    [&SUBJECTS[..], &DONE, &SOUND, &NOW, &SINCE].iter().any(|class| class.contains(&word)) || is_hour(word)
}

fn is_hour(word: &str) -> bool {
    let digits = word.trim_end_matches(['a', 'p', 'm', 'h', 'z']);
    !digits.is_empty() && digits.len() <= 2 && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a sentence is the line by which a ticket ends: `Status changed: done`, `Status: In Progress → Done`, `Resolution:
/// configured`.
pub(super) fn is_ended(sentence: &str, words: &[&str]) -> bool {
    const FIELDS: [&str; 4] = ["status", "state", "resolution", "outcome"];
    const WAYS: [&str; 26] = [
        "changed",
        "change",
        "moved",
        "set",
        "updated",
        "transitioned",
        "ticket",
        "case",
        "issue",
        "incident",
        "request",
        "from",
        "to",
        "is",
        "now",
        "open",
        "opened",
        "new",
        "in",
        "progress",
        "pending",
        "waiting",
        "review",
        "work",
        "geändert",
        "auf",
    ];
    const ENDED: [&str; 14] = [
        "done",
        "resolved",
        "fixed",
        "solved",
        "completed",
        "implemented",
        "configured",
        "fulfilled",
        "erledigt",
        "gelöst",
        "behoben",
        "umgesetzt",
        "eingerichtet",
        "konfiguriert",
    ];
    let joined = [": ", "->", "\u{2192}", " to ", " auf "].iter().any(|join| sentence.contains(join));
    let by = words.iter().position(|word| ["by", "von"].contains(word)).unwrap_or(words.len());
    let Some((last, rest)) = words.get(..by).and_then(<[&str]>::split_last) else { return false };
    joined
        && ENDED.contains(last)
        && rest.iter().any(|word| FIELDS.contains(word))
        && rest.iter().all(|word| FIELDS.contains(word) || WAYS.contains(word) || is_hour(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::told_sentences::words_of;

    #[test]
    fn what_is_told_as_a_state() {
        for text in [
            "it is configured correctly now",
            "according to petra it is configured correctly now",
            "everything is set up since this morning",
            "works since noon",
            "it is in place since 11",
            "jetzt ist es eingerichtet",
            "inzwischen zugewiesen",
            "this was sorted out this morning",
        ] {
            assert!(is_settled(&words_of(text)), "{text}");
        }
        for text in [
            "everything is licensed",
            "all users are licensed",
            "it is configured correctly",
            "everything is set up as in the guide",
            "the monitoring is set up since this morning",
            "petra says the vpn works since noon",
            "it was fine yesterday",
            "it is set up since 2019",
            "inzwischen wurde das ticket zugewiesen",
            "",
        ] {
            assert!(!is_settled(&words_of(text)), "{text}");
        }
    }

    #[test]
    fn how_a_ticket_ends() {
        for text in ["status changed: done", "status: in progress \u{2192} done", "resolution: configured"] {
            assert!(is_ended(text, &words_of(text)), "{text}");
        }
        for text in ["status changed: in progress", "resolution: none", "job status: done", "status: 200 done", "done"]
        {
            assert!(!is_ended(text, &words_of(text)), "{text}");
        }
    }
}
