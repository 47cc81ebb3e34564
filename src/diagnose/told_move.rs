//! What makes a sentence tell that something was changed, clause by clause: a line of a ticket without a verb that carries
//! it (`Policy assigned.`), a group that somebody joined, a rank, the switch for transcripts, a consent that was clicked, a
//! script that was run. What became of it stands in a clause of its own (`…, but we still get the error`), and takes nothing
//! from what was done.

use super::told_lists::{
    AUXILIARY, CHANGE_NOUNS, CHANGED, CHANGING, CMDLETS, FOLLOWING, IMPLEMENTED, SOMEBODY, SUPPOSED,
};
use super::told_words::{denied, is_record, statement, words_of};
use super::{told_carried, told_state};

/// What was changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Concerns {
    pub(super) policy: bool,
    pub(super) role: bool,
    pub(super) licence: bool,
    pub(super) switch: bool,
}

impl Concerns {
    pub(super) const POLICY: Self = Self { policy: true, role: false, licence: false, switch: false };
    pub(super) const ROLE: Self = Self { policy: false, role: true, licence: false, switch: false };
    const ALL: Self = Self { policy: true, role: true, licence: true, switch: true };
    const SWITCH: Self = Self { policy: false, role: false, licence: false, switch: true };

    pub(super) const fn is_any(self) -> bool {
        self.policy || self.role || self.licence || self.switch
    }

    pub(super) const fn and(self, other: Self) -> Self {
        Self {
            policy: self.policy || other.policy,
            role: self.role || other.role,
            licence: self.licence || other.licence,
            switch: self.switch || other.switch,
        }
    }
}

/// Names of this tenant, in lower case.
pub(super) struct Names {
    pub(super) policies: Vec<String>,
    pub(super) groups: Vec<String>,
}

/// What a sentence, in lower case, tells to have been changed. `before`: the sentence ahead of it, which may be its title.
pub(super) fn told(sentence: &str, before: &str, names: &Names) -> Concerns {
    const QUESTION: [&str; 18] = [
        "was", "were", "is", "are", "did", "does", "do", "has", "have", "what", "why", "how", "who", "which", "can",
        "could", "should", "would",
    ];
    let asked = sentence.contains('?');
    let carried = told_carried::is_told(sentence);
    let sentence = statement(sentence);
    let words = words_of(sentence);
    let first = words.first().copied().unwrap_or_default();
    // `Done, please test again`
    if carried && !is_over(&words) {
        return Concerns::ALL;
    }
    if words.is_empty() || asked && QUESTION.contains(&first) {
        return Concerns::default();
    }
    if let Some(at) = words.iter().position(|word| CMDLETS.contains(word) || *word == SWITCH_CMDLET) {
        let switch = words.get(at) == Some(&SWITCH_CMDLET);
        let of_transcripts = words.contains(&SWITCH_PARAMETER);
        let concerns = if switch { Concerns::SWITCH } else { Concerns::POLICY };
        return if is_told_run(sentence, &words, at, before) && (!switch || of_transcripts) {
            concerns
        } else {
            Concerns::default()
        };
    }
    if is_record(sentence) || is_over(&words) {
        return Concerns::default();
    }
    let mut found = if told_state::is_ended(sentence, &words) { Concerns::ALL } else { Concerns::default() };
    let mut label = "";
    for (clause, is_labelled) in clauses(sentence) {
        let own = Clause {
            words: words_of(clause),
            text: clause,
            all: &words,
            sentence,
            label: if is_labelled { label } else { "" },
        };
        found = found.and(own.told(names));
        label = clause;
    }
    // `Change CHG0047 (access policies) was carried out`
    if let Some((head, tail)) =
        sentence.split_once(" (").and_then(|(head, rest)| Some((head, rest.split_once(") ")?.1)))
    {
        let plain = format!("{head} {tail}");
        let own = Clause { words: words_of(&plain), text: &plain, all: &words, sentence, label: "" };
        found = found.and(own.by_noun(names));
    }
    found
}

const SWITCH_CMDLET: &str = "set-csteamsmeetingconfiguration";
const SWITCH_PARAMETER: &str = "enablegraphtranscriptaccess";

/// So much is read of a sentence.
const CLAUSES: usize = 24;

/// The clauses of a sentence, each with whether a label stands before it.
fn clauses(sentence: &str) -> impl Iterator<Item = (&str, bool)> {
    const ENDS: [(&str, bool); 13] = [
        (": ", true),
        (" - ", true),
        (" \u{2013} ", true),
        (" \u{2014} ", true),
        ("] ", true),
        (") ", true),
        (", ", false),
        (" (", false),
        (" but ", false),
        (" and ", false),
        (" so ", false),
        (" yet ", false),
        (" aber ", false),
    ];
    let mut rest = Some(sentence);
    let mut labelled = false;
    std::iter::from_fn(move || {
        let text = rest?;
        let next = ENDS.iter().filter_map(|(end, label)| Some((text.find(end)?, *end, *label))).min_by_key(|it| it.0);
        let own = labelled;
        match next {
            Some((at, end, label)) => {
                rest = text.get(at + end.len()..);
                labelled = label;
                Some((text.get(..at).unwrap_or_default(), own))
            }
            None => {
                rest = None;
                Some((text, own))
            }
        }
    })
    .take(CLAUSES)
}

/// Of long ago, of others, or of what a text says that one does.
fn is_over(words: &[&str]) -> bool {
    let of_others = |pair: &[&str]| matches!(pair, ["another" | "other" | "different", who] if ["user", "users", "tenant", "app", "apps", "customer"].contains(who));
    let old = |pair: &[&str]| match pair {
        ["last", unit] => ["month", "year", "summer", "spring", "autumn", "winter"].contains(unit),
        ["years" | "year" | "months" | "month", "ago"] | ["back", "in"] => true,
        _ => false,
    };
    words.windows(2).any(|pair| of_others(pair) || old(pair))
        || words.first().is_some_and(|word| ["other", "others", "todo", "please", "next"].contains(word))
}

/// Whether somebody tells that a command was run, on its line or in the title above it.
fn is_told_run(sentence: &str, words: &[&str], at: usize, before: &str) -> bool {
    const RUN: [&str; 20] = [
        "ran",
        "reran",
        "re-ran",
        "executed",
        "tried",
        "did",
        "used",
        "done",
        "entered",
        "issued",
        "already",
        "performed",
        "applied",
        "typed",
        "taken",
        "running",
        "executing",
        "after",
        "ausgeführt",
        "since",
    ];
    const SUGGESTED: [&str; 9] =
        ["suggests", "says", "recommends", "recommended", "proposes", "runbook", "article", "docs", "like"];
    let own = words.get(..at).unwrap_or_default();
    let title = words_of(before);
    let is_title = before.trim_end().ends_with(':') && !before.contains('?');
    let line = sentence.trim_start().trim_start_matches(['-', '*', '•', '>', ' ']);
    // A bullet or a prompt is no word.
    let bare = CMDLETS.iter().chain([&SWITCH_CMDLET]).any(|cmdlet| line.starts_with(cmdlet));
    let ahead: &[&str] = if own.is_empty() && is_title && bare { &title } else { own };
    let stops = |word: &&str| SUPPOSED.contains(word) && *word != "try" || denied(word) || SUGGESTED.contains(word);
    let ran = |word: &&str| RUN.contains(word);
    // `Grant-… was run at 11:40`
    let behind = words.get(at + 1..).unwrap_or_default();
    let done = behind.iter().take(6).any(|word| ["ran", "run", "executed", "done", "issued"].contains(word))
        && behind.iter().take(4).any(|word| AUXILIARY.contains(word));
    (ahead.iter().any(ran) && !ahead.iter().any(stops)) || done && !own.iter().chain(behind).any(stops)
}

pub(super) struct Clause<'t> {
    pub(super) words: Vec<&'t str>,
    pub(super) text: &'t str,
    /// Those of its sentence.
    all: &'t [&'t str],
    sentence: &'t str,
    /// The clause before it, which is its label.
    label: &'t str,
}

/// Verbs of a change beside those of `told_lists`, in the past.
const MORE: [&str; 26] = [
    "touched",
    "tidied",
    "cleaned",
    "carried",
    "altered",
    "flipped",
    "clicked",
    "published",
    "synced",
    "synchronised",
    "synchronized",
    "disabled",
    "re-enabled",
    "activated",
    "deactivated",
    "repeated",
    "re-ran",
    "reran",
    "redeployed",
    "recalculated",
    "rebuilt",
    "reordered",
    "opened",
    "entered",
    "entfernt",
    "ergänzt",
];
/// What is done to a switch.
const SWITCHED: [&str; 7] = ["opened", "closed", "allowed", "blocked", "set", "unlocked", "flipped"];
/// What makes another thing of an object before it.
const OF_OBJECT: [&str; 19] = [
    "page",
    "pages",
    "cache",
    "document",
    "docs",
    "documentation",
    "portal",
    "team",
    "admin",
    "admins",
    "name",
    "message",
    "error",
    "report",
    "article",
    "blade",
    "question",
    "ticket",
    "module",
];
/// A verb that makes what stands before it no statement of its own: `the policy assigned to her is N`.
const FINITE: [&str; 16] = [
    "is", "are", "lists", "list", "has", "have", "does", "do", "contains", "reads", "looks", "seems", "applies",
    "means", "shows", "works",
];

impl Clause<'_> {
    fn told(&self, names: &Names) -> Concerns {
        let words = &self.words;
        let otherwise = self.is_otherwise(names);
        if words.is_empty() || words.iter().any(|word| denied(word)) {
            return otherwise;
        }
        let by_verb = self.by_verb(names);
        let by_group = if self.is_of_groups(names) { Concerns::POLICY } else { Concerns::default() };
        let by_noun = self.by_noun(names);
        let by_click = if self.is_consent_clicked() { Concerns::ROLE } else { Concerns::default() };
        let by_script = if self.is_script_run() { Concerns::POLICY.and(Concerns::ROLE) } else { Concerns::default() };
        by_verb
            .and(by_group)
            .and(by_noun)
            .and(by_click)
            .and(by_script)
            .and(self.is_so_since())
            .and(self.is_so_now(names))
            .and(if told_state::is_settled(words) { Concerns::ALL } else { Concerns::default() })
            .and(otherwise)
    }

    /// What a clause speaks of.
    pub(super) fn objects(&self, names: &Names) -> Concerns {
        let words = &self.words;
        let at = |at: usize| words.get(at).copied().unwrap_or_default();
        let has = |stems: &[&str]| {
            words.iter().enumerate().any(|(index, word)| {
                stems.iter().any(|stem| word.starts_with(stem))
                    && !OF_OBJECT.contains(&at(index + 1))
                    && !CHANGED.contains(word)
            })
        };
        let named = || names.policies.iter().any(|name| is_placed(self.text, name));
        let app =
            || words.iter().any(|word| ["app", "appid", "appids", "application", "client", "id", "ids"].contains(word));
        let listed = || app() && words.iter().any(|word| LISTS.contains(word));
        let allowed = || words.iter().any(|word| ["allowlist", "allow-list", "zuweisung"].contains(word));
        let entered = || {
            app()
                && words
                    .iter()
                    .any(|word| ["entered", "ergänzt"].contains(word) || *word == "opened" && words.contains(&"access"))
        };
        let role = has(&["role", "permission", "consent", "berechtigung"]) || self.names_permission();
        let policy = has(&["polic", "richtlini", "appid", "grant"])
            || !role && has(&["assignment", "unassign"])
            || listed()
            || allowed()
            || entered()
            || named();
        let transcripts = words.iter().any(|word| word.starts_with("transcript") || *word == SWITCH_PARAMETER);
        let settings = words.iter().any(|word| ["setting", "settings", "switch"].contains(word))
            && words.windows(2).any(|pair| matches!(pair, ["admin" | "teams", "center" | "centre" | "admin"]));
        let of_meeting = words.iter().any(|word| ["meeting", "organizer", "recording", "call"].contains(word));
        Concerns {
            policy,
            role,
            licence: has(&["licens", "licenc", "lizenz"]),
            switch: (transcripts || settings) && !of_meeting && !policy && !role,
        }
    }

    pub(super) fn names_permission(&self) -> bool {
        [".read.all", ".readwrite.all"].iter().any(|end| self.text.contains(end))
    }

    /// Somebody did it, or it was done: `the admin granted Adele the policy`, `policy assigned`.
    fn by_verb(&self, names: &Names) -> Concerns {
        let words = &self.words;
        let is_verb = |word: &&str| CHANGED.contains(word) || MORE.contains(word) || SWITCHED.contains(word);
        if !words.iter().any(is_verb) {
            return Concerns::default();
        }
        let objects = self.objects(names);
        let mut found = Concerns::default();
        for (at, verb) in words.iter().enumerate() {
            let of_switch = objects.switch && SWITCHED.contains(verb);
            if !CHANGED.contains(verb) && !MORE.contains(verb) && !of_switch {
                continue;
            }
            let before = words.get(..at).unwrap_or_default();
            let behind = words.get(at + 1..).unwrap_or_default();
            let last = before.last().copied().unwrap_or_default();
            let supposed = |word: &&str| SUPPOSED.contains(word) && *word != "asked";
            if before.iter().any(supposed)
                || ["be", "being", "to", "is", "are", "please", "as", "have"].contains(&last)
                    && !before.contains(&"has")
                || before.iter().any(|word| ["nobody", "you", "must", "which", "that's", "always"].contains(word))
            {
                continue;
            }
            if is_of_portal(words, at) {
                continue;
            }
            // `we got an error`, `he gave it a try`, `she got a 403`
            let weak = [
                "got", "received", "gave", "given", "took", "taken", "listed", "set", "put", "reset", "created",
                "allowed",
            ]
            .contains(verb);
            let narrated = before.iter().any(|word| SOMEBODY.contains(word) || AUXILIARY.contains(word))
                || !before.is_empty() && !is_object_before(before);
            let of_domain = |word: &&str| word.starts_with("polic") || word.starts_with("licen");
            let is_told = of_switch || self.is_noted(at) || narrated && behind.iter().chain(before).any(of_domain);
            if weak && !is_told {
                continue;
            }
            // `the policy assigned to her is N`, `the policy granted to us lists…`
            let passive = before.iter().any(|word| AUXILIARY.contains(word));
            if is_object_before(before) && !passive && behind.iter().any(|word| FINITE.contains(word)) {
                continue;
            }
            // `the policy set up by an intern`: without an object the verb is of something else.
            if objects.is_any() {
                found = found.and(objects);
            } else if self.is_elliptic(at) {
                found = found.and(Concerns::POLICY.and(Concerns::ROLE));
            }
        }
        found
    }

    /// `Comment by m.weber 2026-11-27 09:12: set the policy`: the label has a time, so that what stands behind it is past.
    fn is_noted(&self, at: usize) -> bool {
        at == 0
            && self.label.bytes().any(|byte| byte.is_ascii_digit())
            && self.words.iter().any(|word| word.starts_with("polic"))
    }

    /// `Maria: granted, please retry`
    fn is_elliptic(&self, at: usize) -> bool {
        const BARE: [&str; 9] = [
            "granted",
            "regranted",
            "re-granted",
            "assigned",
            "reassigned",
            "re-assigned",
            "unassigned",
            "consented",
            "zugewiesen",
        ];
        const OF_OTHERS: [&str; 10] =
            ["token", "access", "microphone", "camera", "lease", "lock", "request", "permission", "status", "consent"];
        let label = words_of(self.label);
        at == 0
            && self.words.len() <= 3
            && self.words.first().is_some_and(|word| BARE.contains(word))
            && !label.is_empty()
            && label.len() <= 6
            && !label.iter().any(|word| OF_OTHERS.contains(word))
    }

    /// `Grant done`, `the change of the policies was carried out`, `after the grant`.
    fn by_noun(&self, names: &Names) -> Concerns {
        const NOUNS: [&str; 14] = [
            "grant",
            "grants",
            "regrant",
            "re-grant",
            "assignment",
            "assignments",
            "unassign",
            "unassignment",
            "change",
            "changes",
            "undo",
            "rollback",
            "fix",
            "consent",
        ];
        const DONE: [&str; 13] = [
            "done",
            "executed",
            "performed",
            "completed",
            "implemented",
            "applied",
            "carried",
            "made",
            "did",
            "repeated",
            "redone",
            "re-ran",
            "reran",
        ];
        let words = &self.words;
        let supposed = |word: &&str| SUPPOSED.contains(word) && !["asked", "suggested"].contains(word);
        if words.iter().any(supposed)
            || words
                .windows(2)
                .any(|pair| matches!(pair, ["be" | "to", verb] if DONE.contains(verb) || IMPLEMENTED.contains(verb)))
        {
            return Concerns::default();
        }
        let noun = words.iter().find(|word| NOUNS.contains(word)).copied();
        let window = words.windows(2).any(|pair| matches!(pair, ["change" | "maintenance", "window"]));
        let done = words.iter().any(|word| DONE.contains(word) || IMPLEMENTED.contains(word))
            || window && words.iter().any(|word| ["was", "had", "during", "in"].contains(word));
        let after = words.iter().enumerate().any(|(at, word)| {
            let last = at.checked_sub(1).and_then(|at| words.get(at)).copied().unwrap_or_default();
            FOLLOWING.contains(word)
                && last != "not"
                && !words.iter().any(|word| ["you", "your", "wait", "always", "soon"].contains(word))
                && words.iter().skip(at + 1).take(4).any(|word| {
                    CHANGING.contains(word) && *word != "added" && *word != "granted" && *word != "assigned"
                })
        });
        let all =
            Clause { words: self.all.to_vec(), text: self.sentence, all: self.all, sentence: self.sentence, label: "" };
        match noun {
            Some("consent") if done => Concerns::ROLE,
            Some(
                "grant" | "grants" | "regrant" | "re-grant" | "unassign" | "unassignment" | "assignment"
                | "assignments",
            ) if done => Concerns::POLICY,
            // `the change you proposed`
            Some("change" | "changes" | "fix") if done && words.windows(2).any(is_yours) => {
                Concerns::POLICY.and(Concerns::ROLE)
            }
            Some(noun) if done && (CHANGE_NOUNS.contains(&noun) || noun == "change") => all.objects(names),
            _ if window && done => all.objects(names),
            _ if after => self.objects(names),
            _ => Concerns::default(),
        }
    }

    /// `Adele joined the Sales group`, `a new member of`, `the ranks were changed`, `the group was synced`.
    fn is_of_groups(&self, names: &Names) -> bool {
        const CHAT: [&str; 6] = ["chat", "distribution", "whatsapp", "meeting", "call", "channel"];
        const MADE: [&str; 10] = [
            "recalculated",
            "synced",
            "synchronised",
            "synchronized",
            "rebuilt",
            "emptied",
            "order",
            "deleted",
            "created",
            "recreated",
        ];
        let words = &self.words;
        let has = |any: &[&str]| words.iter().any(|word| any.contains(word));
        if words.iter().any(|word| SUPPOSED.contains(word)) || has(&CHAT) {
            return false;
        }
        let group = || {
            has(&["group", "groups", "gruppe", "gruppen"]) || names.groups.iter().any(|name| is_placed(self.text, name))
        };
        let past = |word: &str| CHANGED.contains(&word) || MORE.contains(&word);
        let changed = || {
            words.iter().enumerate().any(|(at, word)| {
                let last = at.checked_sub(1).and_then(|at| words.get(at)).copied().unwrap_or_default();
                past(word)
                    && !["be", "is", "are", "to", "being"].contains(&last)
                    && !["got", "received", "gave", "given"].contains(word)
            })
        };
        let member = words.iter().enumerate().any(|(at, word)| {
            let near = words.get(at.saturating_sub(3)..at).unwrap_or_default();
            *word == "member" && near.iter().any(|word| ["new", "became", "now", "made", "since"].contains(word))
        });
        let is_new = words.windows(2).any(|pair| matches!(pair, ["is" | "are", "new"])) && !has(&["to"]);
        let moved = || {
            let follow = words_of(self.sentence)
                .windows(2)
                .any(|pair| matches!(pair, ["groups" | "group", "follow" | "follows"]));
            has(&["joined", "left", "quit", "entered", "became", "joins"]) && group()
                || is_new && group()
                || follow && changed()
        };
        member
            || moved()
            // `Priority changed: high` is of a ticket.
            || has(&["rank", "ranks", "ranking", "priority", "priorities"]) && changed() && !matches!(words.as_slice(), ["priority", "changed", ..])
            || has(&["membership", "memberships"]) && changed()
            || has(&MADE) && changed() && group()
    }

    /// `We clicked Grant admin consent again`
    fn is_consent_clicked(&self) -> bool {
        let words = &self.words;
        let clicked = words
            .iter()
            .any(|word| ["clicked", "pressed", "hit", "confirmed", "gave", "given", "renewed"].contains(word));
        clicked && words.contains(&"consent") && !words.iter().any(|word| SUPPOSED.contains(word))
    }

    /// `the partner ran your script`, `I ran fix.ps1`, `we applied the fix`, `the undo was run`, `followed the steps`.
    fn is_script_run(&self) -> bool {
        const OTHERS: [&str; 18] = [
            "test",
            "tests",
            "repro",
            "reproduce",
            "reproduction",
            "reproduces",
            "deploy",
            "deployment",
            "build",
            "install",
            "log",
            "logs",
            "export",
            "diagnostic",
            "diagnostics",
            "sample",
            "migration",
            "login",
        ];
        let words = &self.words;
        let has = |any: &[&str]| words.iter().any(|word| any.contains(word));
        let supposed = |word: &&str| SUPPOSED.contains(word) && *word != "try";
        if has(&OTHERS) || words.iter().any(supposed) {
            return false;
        }
        let ran = has(&["ran", "reran", "re-ran", "executed", "started", "applied", "repeated"])
            || words.windows(2).any(|pair| matches!(pair, ["was" | "were" | "been" | "have" | "has", "run"]));
        let yours = || has(&["your", "from", "you", "teams", "policy", "policies", "grant"]);
        let script = has(&["ps1", "undo", "rollback"]) || has(&["script", "scripts", "commands", "cmdlets"]) && yours();
        let fix = has(&["fix", "fixes"])
            && has(&["applied", "ran", "executed", "re-ran", "reran"])
            && has(&["the", "your", "that", "suggested", "proposed"]);
        let steps = has(&["followed", "repeated", "did", "performed"])
            && has(&["steps", "instructions", "runbook", "article", "guide", "workaround"])
            && !has(&["get", "reproduce"]);
        ran && script || fix || steps
    }
}

/// `Admin consent: Granted for Contoso`, as a portal shows a permission.
pub(super) fn is_of_portal(words: &[&str], at: usize) -> bool {
    const WHO: [&str; 8] = ["the", "this", "him", "her", "them", "our", "my", "user"];
    let (next, whom) = (words.get(at + 1).copied(), words.get(at + 2).copied().unwrap_or_default());
    words.get(at) == Some(&"granted")
        && next == Some("for")
        && !whom.is_empty()
        && !WHO.contains(&whom)
        && !words.iter().any(|word| word.starts_with("polic"))
}

/// Where an app stands that is allowed.
pub(super) const LISTS: [&str; 5] = ["list", "allowlist", "allow-list", "global", "whitelist"];

/// What was told to do, in the same talk.
fn is_yours(pair: &[&str]) -> bool {
    matches!(pair, ["you", told] if ["proposed", "suggested", "recommended", "sent", "asked", "described", "wanted", "named"].contains(told))
}

/// Whether the word before a verb is what it is done to: `policy assigned`.
fn is_object_before(before: &[&str]) -> bool {
    let last = before.last().copied().unwrap_or_default();
    ["polic", "grant", "consent", "permission", "role", "licen", "assignment", "richtlini", "appid"]
        .iter()
        .any(|stem| last.starts_with(stem))
}

/// Whether a name stands in a text as words of its own, behind a word that leads to it.
pub(super) fn is_placed(text: &str, name: &str) -> bool {
    const LEADS: [&str; 14] =
        ["to", "from", "the", "of", "in", "into", "on", "under", "group", "policy", "off", "onto", "her", "him"];
    if name.chars().count() < 3 {
        return false;
    }
    text.match_indices(name).take(8).any(|(at, _)| {
        let before = text.get(..at).unwrap_or_default();
        let behind = text.get(at + name.len()..).unwrap_or_default();
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
        let quoted = before.ends_with(['"', '\'', '`', '“', '„']);
        let lead = before.trim_end().rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        !behind.starts_with(is_part) && (quoted || before.ends_with(' ') && LEADS.contains(&lead))
    })
}
