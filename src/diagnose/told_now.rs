//! Clauses that tell what is so now, or no longer: nobody says that it was changed, and it was.

use super::told_lists::SUPPOSED;
use super::told_move::{Clause, Concerns, LISTS, Names, is_placed};

impl Clause<'_> {
    /// `Adele now has the Interviews policy`, `meanwhile the app id is in the list`
    pub(super) fn is_so_now(&self, names: &Names) -> Concerns {
        const HAS: [&str; 8] = ["has", "have", "holds", "lists", "contains", "includes", "covers", "got"];
        let words = &self.words;
        let fails = [
            "403", "error", "errors", "blocks", "blocked", "refused", "fails", "missing", "wrong", "problem",
            "question",
        ];
        if words.iter().any(|word| SUPPOSED.contains(word) || fails.contains(word) || ["you", "your"].contains(word)) {
            return Concerns::default();
        }
        let now = words.iter().enumerate().any(|(at, word)| {
            let near = words.get(at.saturating_sub(2)..(at + 6).min(words.len())).unwrap_or_default();
            let is_in =
                near.windows(2).any(|pair| matches!(pair, ["is" | "are", "in" | "on" | "under" | "listed" | "part"]));
            ["now", "meanwhile", "meantime"].contains(word) && (is_in || near.iter().any(|word| HAS.contains(word)))
        });
        let listed =
            words.contains(&"list") && words.iter().any(|word| ["id", "app", "appid", "client"].contains(word));
        match () {
            () if !now => Concerns::default(),
            () if listed => Concerns::POLICY,
            () => self.objects(names),
        }
    }

    /// `The Meetings policy no longer applies to her`, `Adele is no longer in the pilot group`, `the new grant is in place`,
    /// `our client id is on the list now`, `Adele is back on Global`.
    pub(super) fn is_otherwise(&self, names: &Names) -> Concerns {
        let words = &self.words;
        let has = |pair: [&str; 2]| words.windows(2).any(|two| *two == pair);
        let one = |any: &[&str]| words.iter().any(|word| any.contains(word));
        if words.iter().any(|word| SUPPOSED.contains(word)) || one(&["works", "fails", "error", "errors", "403"]) {
            return Concerns::default();
        }
        let group = || one(&["group", "groups"]) || names.groups.iter().any(|name| is_placed(self.text, name));
        let objects = self.objects(names);
        let ended = has(["no", "longer"]) || has(["not", "anymore"]);
        let placed = has(["in", "place"]) && one(&["new", "now", "meanwhile"]);
        let app = one(&["app", "appid", "id", "ids", "client", "application"]);
        let listed = app
            && one(&LISTS)
            && (one(&["now", "since", "meanwhile", "meantime"]) && !one(&["missing", "not"]))
            && one(&["put", "is", "are", "stands"]);
        let back = words.windows(2).any(|two| matches!(two, ["back", "on" | "to" | "in" | "under"]))
            && (one(&["global", "default"]) || objects.policy || group());
        match () {
            () if listed || back || ended && group() => Concerns::POLICY,
            () if ended || placed => objects,
            () => Concerns::default(),
        }
    }

    /// `Entra shows 'Granted for Contoso' since this morning`
    pub(super) fn is_so_since(&self) -> Concerns {
        let words: Vec<&str> = self.words.iter().map(|word| word.trim_matches(['\'', '\u{2019}'])).collect();
        let at = words.iter().position(|word| *word == "since");
        let Some(at) = at else { return Concerns::default() };
        let when = words.get(at + 1..).unwrap_or_default();
        let short = when.iter().take(2).any(|word| {
            ["morning", "noon", "today", "yesterday", "lunch", "afternoon", "tonight"].contains(word)
                || word.ends_with("day")
                || word.bytes().all(|byte| byte.is_ascii_digit())
        });
        let shows = words
            .iter()
            .any(|word| ["shows", "lists", "has", "have", "had", "holds", "contains", "is", "shown"].contains(word));
        let fails = words
            .iter()
            .any(|word| ["fails", "failing", "error", "403", "refused", "broken", "down", "slow"].contains(word));
        let granted = words.windows(2).any(|pair| matches!(pair, ["granted", "for"]));
        match () {
            () if !short || !shows || fails => Concerns::default(),
            () if granted => Concerns::ROLE,
            () if words.iter().any(|word| word.starts_with("polic")) => Concerns::POLICY,
            () if self.names_permission()
                || words.iter().any(|word| ["permission", "consent", "role"].contains(word)) =>
            {
                Concerns::ROLE
            }
            () => Concerns::default(),
        }
    }
}
