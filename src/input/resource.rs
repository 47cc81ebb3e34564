//! Whether words are an entry of a file of texts: translations, resources. Such a file holds what a program may say, and
//! nothing of what happened. Only forms that no log and no answer has are told here; what merely looks like a list of
//! messages is judged by [`listed`](super::listed).

use super::Span;
use super::listed::names_text;
use crate::source::slice;

/// How much of a text is looked at on either side.
const REACH: usize = 1_500;
/// Pairs beside an entry that are looked at, on either side.
const SIBLINGS: usize = 6;

/// Words of keys that tell of a failure or of a call: what they hold was said.
const OF_RECORD: [&str; 30] = [
    "message",
    "msg",
    "detail",
    "details",
    "reason",
    "exception",
    "stack",
    "response",
    "result",
    "output",
    "stderr",
    "log",
    "body",
    "code",
    "status",
    "level",
    "severity",
    "time",
    "timestamp",
    "date",
    "user",
    "host",
    "method",
    "url",
    "path",
    "culprit",
    "logger",
    "type",
    "id",
    "trace",
];

/// Whether the words at `hit`, and no others beside them, are the text of an entry.
pub(super) fn is_entry(text: &str, hit: Span) -> bool {
    let head = slice(text, hit.start.saturating_sub(REACH)..hit.start);
    // Cheap first: an entry begins with a quote, a tag, or behind the sign of its pair.
    let lead = head.trim_end_matches([' ', '\\']);
    if !lead.ends_with(['"', '\'', '`', '>', '=', ';', '4', ',', '\n']) {
        return false;
    }
    let (head, tail) = (plain(head), plain(slice(text, hit.end..hit.end.saturating_add(REACH))));
    is_element(&head, &tail)
        || is_catalogue(&head)
        || is_key(&head, &tail)
        || is_pair(&head, &tail)
        || is_named(&head, &tail)
        || is_row(&head)
        || is_of_language(&head, &tail)
}

/// The text without what escapes it: in a string of JSON, in markup.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr2(b'\\', b'&', rest.as_bytes()) {
        let (before, behind) = rest.split_at(at);
        plain.push_str(before);
        let slashes = behind.len() - behind.trim_start_matches('\\').len();
        let (said, len) = if slashes > 0 {
            match behind.as_bytes().get(slashes) {
                Some(b'n') => ("\n", slashes + 1),
                Some(b'r') => ("", slashes + 1),
                Some(b't') => ("\t", slashes + 1),
                _ => ("", slashes),
            }
        } else {
            entity(behind).unwrap_or(("&", 1))
        };
        plain.push_str(said);
        rest = behind.get(len..).unwrap_or_default();
    }
    plain.push_str(rest);
    plain
}

/// What an entity that a text begins with stands for, and its length.
pub(super) fn entity(text: &str) -> Option<(&'static str, usize)> {
    const ENTITIES: [(&str, &str); 8] = [
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&#x22;", "\""),
        ("&apos;", "'"),
        ("&#39;", "'"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&amp;", "&"),
    ];
    ENTITIES.iter().find(|(entity, _)| text.starts_with(entity)).map(|(entity, said)| (*said, entity.len()))
}

/// `<data name="x"><value>…`, `<string name="x">…`, `<trans-unit id="x"><source>…`.
fn is_element(head: &str, tail: &str) -> bool {
    let Some(open) = head.trim_end().strip_suffix('>') else { return false };
    let closes = tail.trim_start_matches(['.', '!', ' ', '\n']);
    let Some((outer, tag)) = open.rsplit_once('<').filter(|_| closes.is_empty() || closes.starts_with('<')) else {
        return false;
    };
    let (name, attributes) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
    let inside = |element: &str| {
        let opened = outer.rfind(&format!("<{element} "));
        opened.is_some_and(|at| !outer.get(at..).unwrap_or_default().contains(&format!("</{element}>")))
    };
    match name {
        "string" => attributes.contains("name="),
        "value" => inside("data") || inside("String"),
        "source" | "target" => inside("trans-unit") || inside("unit") || inside("segment"),
        "seg" => inside("tuv"),
        "entry" => attributes.contains("key="),
        _ => false,
    }
}

/// `msgid "…"`, `msgstr "…"`, over several lines too.
fn is_catalogue(head: &str) -> bool {
    let Some(lead) = head.strip_suffix('"') else { return false };
    let mut lines = lead.rsplit('\n');
    let mut line = lines.next().unwrap_or_default();
    loop {
        let name = line.trim().trim_matches('"').trim();
        let plural = name.strip_suffix(']').and_then(|name| name.strip_suffix(|c: char| c.is_ascii_digit()));
        if matches!(plural.unwrap_or(name), "msgid" | "msgstr" | "msgid_plural" | "msgctxt" | "msgstr[") {
            return true;
        }
        // What stands above is the beginning of the same text.
        let goes_on = name.is_empty() || line.trim().starts_with('"') && line.trim().ends_with('"');
        match lines.next() {
            Some(above) if goes_on => line = above,
            _ => return false,
        }
    }
}

/// `"…": "Die …"`: the words are the key of their translation.
fn is_key(head: &str, tail: &str) -> bool {
    let Some(quote) = head.chars().next_back().filter(|c| matches!(c, '"' | '\'')) else { return false };
    let before = head.get(..head.len() - 1).unwrap_or_default().trim_end();
    let rest = tail.trim_start_matches(['.', '!']);
    // `Hello,` above a quoted message is no entry.
    let entry = before.trim_end_matches([',', ';']).trim_end();
    if !before.ends_with('{') && (entry == before || !entry.ends_with(['"', '\'', '}', ']'])) {
        return false;
    }
    // A text that is cut may have gone on with the translation.
    // The cell of a row is none.
    let line = head.rsplit('\n').next().unwrap_or_default().trim_end_matches(quote).trim();
    let cut = |rest: &str| rest.trim().is_empty() && (line.is_empty() || line.ends_with('{'));
    let Some(rest) = rest.strip_prefix(quote) else { return cut(rest) };
    let Some(rest) = rest.trim_start().strip_prefix([':', '=']) else { return cut(rest) };
    let Some(value) = rest.trim_start().strip_prefix(quote) else { return cut(rest) };
    value.split_once(quote).is_none_or(|(value, _)| words(value) >= 3)
}

/// A table whose columns are languages.
fn is_row(head: &str) -> bool {
    let mut lines = head.rsplit('\n');
    lines.next();
    lines.take_while(|line| line.contains([',', ';', '\t'])).last().is_some_and(|line| {
        let cells: Vec<&str> = line.split([',', ';', '\t']).map(|cell| cell.trim().trim_matches('"')).collect();
        cells.len() >= 3 && cells.iter().filter(|cell| is_language(cell)).count() >= 2
    })
}

/// `en`, `de-CH`, `pt_BR`; `id` is a word of every record.
fn is_language(name: &str) -> bool {
    let (name, region) = name.split_once(['-', '_']).unwrap_or((name, "US"));
    let of = |part: &str, is: fn(&u8) -> bool| part.len() == 2 && part.bytes().all(|byte| is(&byte));
    of(name, u8::is_ascii_lowercase) && of(region, u8::is_ascii_uppercase) && name != "id"
}

/// `{"en":{"noPolicy":"…","retry":"Retry"}}`: a named text of the object that a language has.
fn is_of_language(head: &str, tail: &str) -> bool {
    let begin = head.rfind(['\n', '{', ',']).map_or(0, |at| at + 1);
    let whole = format!("{}xxx", head.get(begin..).unwrap_or_default());
    let Some(own) = pair(&whole).filter(|own| own.value == "xxx" && !is_of_record(own.key)) else { return false };
    // The object's beginning, behind whole pairs.
    let (mut depth, mut quote) = (0_usize, None);
    let before = head.get(..begin).unwrap_or_default();
    let opens = before.char_indices().rev().find(|(_, c)| {
        match (quote, c) {
            (Some(open), c) if open == *c => quote = None,
            (Some(_), '\n') => quote = None,
            (Some(_), _) => {}
            (None, '"' | '`') => quote = Some(*c),
            (None, '}') => depth += 1,
            (None, '{') if depth > 0 => depth -= 1,
            (None, '{') => return true,
            _ => {}
        }
        false
    });
    let Some(outer) = opens.and_then(|(at, _)| head.get(..at)) else { return false };
    let key = outer.trim_end().strip_suffix([':', '=']).map(str::trim_end).unwrap_or_default();
    let name = key.trim_end_matches(['"', '\'']);
    let name = name.rsplit(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_'))).next().unwrap_or_default();
    let quote = head.chars().next_back().filter(|c| matches!(c, '"' | '\'' | '`'));
    let rest = tail.trim_start_matches(['.', '!']);
    is_language(name) && names_text(own.key) && quote.is_some_and(|quote| rest.is_empty() || rest.starts_with(quote))
}

/// One pair of a list.
struct Pair<'t> {
    key: &'t str,
    value: &'t str,
    quoted_key: bool,
}

/// A pair beside others that all give names to texts.
fn is_pair(head: &str, tail: &str) -> bool {
    let begin = head.rfind(['\n', '{', ',']).map_or(0, |at| at + 1);
    let line = head.get(begin..).unwrap_or_default();
    // The file is the value of a pair itself: `"content": "err.guid=...`.
    let line = if head.ends_with('=') { line.rsplit('"').next().unwrap_or_default() } else { line };
    let rest = tail.trim_start_matches(['.', '!']).trim_start_matches([' ', '\r']);
    let whole = format!("{line}xxx");
    let Some(own) = pair(&whole) else { return false };
    let quote = head.chars().next_back().filter(|c| matches!(c, '"' | '\'' | '`'));
    // No words stand beside the message in its value.
    let closed = match quote {
        Some(quote) => rest.starts_with(quote) || rest.is_empty(),
        None => (rest.is_empty() || rest.starts_with('\n')) && head.ends_with('='),
    };
    if !closed || own.value != "xxx" || is_of_record(own.key) {
        return false;
    }
    // `Yesterday it worked, today: "…"`: words before a comma are no pair.
    let beside = head.get(..begin).and_then(|above| above.strip_suffix(',')).unwrap_or_default();
    let beside = beside.rsplit(['\n', '{', ',']).next().unwrap_or_default();
    if !beside.trim().is_empty() && !beside.contains(['"', '\'', '`', '}', ']']) && pair(beside).is_none() {
        return false;
    }
    let (above, _) = outside(head.get(..begin).unwrap_or_default(), true);
    let (below, ends) = outside(rest.strip_prefix(quote.unwrap_or('\n')).unwrap_or(rest), false);
    let others = above.iter().chain(&below).filter_map(|part| pair(part));
    // Without a value: the name of a block of YAML.
    let others: Vec<Pair<'_>> = others.filter(|other| other.quoted_key || !other.value.is_empty()).collect();
    if others.iter().any(|other| is_of_record(other.key) || is_value(other.value)) {
        return false;
    }
    // The list may go on where the text is cut.
    let inside = line.starts_with([' ', '\t']) || head.get(..begin).is_some_and(|head| head.ends_with(['{', ',']));
    if !ends && tail.len() < REACH && names_text(own.key) && (is_compound(own.key) || inside && quote.is_some()) {
        return true;
    }
    let texts = others.iter().filter(|other| !other.key.starts_with('@')).count();
    if texts < 2 && !(texts == 1 && is_compound(own.key) && others.len() > 1) {
        return false;
    }
    let compound = is_compound(own.key) || others.iter().any(|other| is_compound(other.key));
    let said = others.iter().any(|other| words(other.value) >= 3);
    // A literal of a script or of YAML: what a program prints of a record has short values.
    let literal = !own.quoted_key && quote.is_some() && others.iter().all(|other| words(other.value) >= 2);
    said && (compound || literal)
}

/// `"error.noPolicy": "…", "button.ok": "OK"`: an error that has a name of its own, beside other names. A record of what
/// happened calls its error by what it tells: `error.message`.
fn is_named(head: &str, tail: &str) -> bool {
    let begin = head.rfind(['\n', '{', ',']).map_or(0, |at| at + 1);
    let (Some(rest), line) = (head.get(..begin), head.get(begin..).unwrap_or_default()) else { return false };
    let whole = format!("{line}xxx");
    let own = pair(&whole).filter(|own| own.quoted_key && own.value == "xxx");
    let Some((own, value)) = own.zip(tail.split('\n').next().filter(|_| head.ends_with('"'))) else { return false };
    let kind = own.key.split_once('.').map(|(kind, _)| kind.to_lowercase()).unwrap_or_default();
    let Some((said, _)) = value.split_once('"').filter(|_| ["error", "errors", "err"].contains(&kind.as_str())) else {
        return false;
    };
    let (above, _) = outside(rest, true);
    let (below, _) = outside(tail.get(said.len() + 1..).unwrap_or_default(), false);
    let others: Vec<Option<Pair<'_>>> = above.iter().chain(&below).map(|part| pair(part)).collect();
    let names = |key: &str| key.contains('.') && !ends_of_record(key);
    let text = |other: &Option<Pair<'_>>| {
        other.as_ref().is_some_and(|other| other.quoted_key && names(other.key) && !is_value(other.value))
    };
    names(own.key) && !others.is_empty() && others.iter().all(text)
}

/// Whether the last word of a key tells of what happened: `error.message`, `sync.lastError`, `http.statusCode`.
fn ends_of_record(key: &str) -> bool {
    let last = key.rsplit(['.', '_', '-']).next().unwrap_or_default();
    let last = last.rfind(|c: char| c.is_uppercase()).and_then(|at| last.get(at..)).unwrap_or(last);
    let lower = last.to_ascii_lowercase();
    OF_RECORD.contains(&lower.as_str())
        || ["error", "err", "failure", "cause", "name", "kind", "source", "count"].contains(&lower.as_str())
        || is_of_record(key)
}

/// The parts of the list around an entry, nearest first, as far as it is one object; and whether that ends there.
fn outside(text: &str, backwards: bool) -> (Vec<String>, bool) {
    let mut parts = Vec::new();
    let (mut part, mut quote, mut depth) = (String::new(), None, 0_i32);
    let (opens, closes) = if backwards { ('}', '{') } else { ('{', '}') };
    let mut push = |part: &mut String| {
        let whole: String = if backwards { part.chars().rev().collect() } else { part.clone() };
        let trimmed = whole.trim().trim_end_matches(';').to_owned();
        part.clear();
        if !trimmed.is_empty() {
            parts.push(trimmed);
        }
    };
    let mut each = |c: char| {
        match quote {
            Some(open) if c == open || c == '\n' => quote = None,
            Some(_) => {}
            None if matches!(c, '"' | '`') => quote = Some(c),
            None if c == opens => depth += 1,
            None if c == closes => {
                depth -= 1;
                if depth < 0 {
                    return false;
                }
            }
            None if depth == 0 && matches!(c, ',' | '\n' | ';') => {
                push(&mut part);
                return true;
            }
            None => {}
        }
        if depth == 0 || !matches!(c, '\n') {
            part.push(c);
        }
        true
    };
    let whole = if backwards { text.chars().rev().all(&mut each) } else { text.chars().all(&mut each) };
    push(&mut part);
    parts.truncate(SIBLINGS);
    (parts, !whole)
}

/// `key: value`, `"key" = "value"`.
fn pair(part: &str) -> Option<Pair<'_>> {
    let part = part.trim();
    let quoted_key = part.starts_with(['"', '\'']);
    let (key, value) = match part.chars().next().filter(|_| quoted_key) {
        Some(quote) => {
            let (key, rest) = part.get(1..)?.split_once(quote)?;
            (key, rest.trim_start().strip_prefix([':', '='])?)
        }
        None => part.split_once([':', '='])?,
    };
    let key = key.trim();
    let named = !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '@' | '$'));
    let value = value.trim().trim_matches(['"', '\'', '`']);
    named.then_some(Pair { key, value, quoted_key })
}

/// Whether a key is one of a record of what happened.
fn is_of_record(key: &str) -> bool {
    // `err_detail`, `errorDetail`
    let last = key.rsplit(['.', '_', '-']).next().unwrap_or_default();
    let last =
        last.rfind(|c: char| c.is_uppercase()).and_then(|at| last.get(at..)).filter(|it| it.len() > 1).unwrap_or(last);
    let dotted = key.contains(['.', '-']);
    let lower = key.to_ascii_lowercase();
    OF_RECORD.iter().any(|word| lower == *word || !dotted && last.eq_ignore_ascii_case(word))
        || ["Id", "At", "Time", "Code", "Status", "Url"].iter().any(|end| key.ends_with(end))
}

/// Whether a key is made of several words, as the names of texts are: `errors.guid`, `err_guid`, `errGuid`.
fn is_compound(key: &str) -> bool {
    let inner = key.get(1..).unwrap_or_default();
    inner.contains(['.', '_'])
        || inner.chars().zip(inner.chars().skip(1)).any(|(a, b)| a.is_lowercase() && b.is_uppercase())
}

/// A number, an id, a time, an address: what a record holds, and no text.
fn is_value(value: &str) -> bool {
    let value = value.trim();
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    matches!(value, "true" | "false" | "null" | "None")
        || value.contains("://")
        || value.contains('@') && !value.contains(' ')
        || digits > 0 && digits * 3 >= value.len()
}

/// How many words a text has.
fn words(text: &str) -> usize {
    let letters = |word: &&str| word.chars().any(char::is_alphabetic) && !word.contains(['/', '\\', '=']);
    text.split_whitespace().filter(letters).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: &str = "The userId in request URL is not a valid GUID";

    fn is_entry_in(text: &str) -> bool {
        text.find(WORDS).is_some_and(|at| is_entry(text, Span::new(at, at + WORDS.len())))
    }

    fn escaped(text: &str) -> String {
        serde_json::Value::from(text).to_string()
    }

    #[test]
    fn entries_of_files_of_texts() {
        for form in [
            format!(
                r#"{{"errors":{{"notFound":"The meeting could not be found.","guid":"{WORDS}.","retry":"Please try again later."}}}}"#
            ),
            format!(
                "{{\n  \"error.other\": \"Something went wrong.\",\n  \"error.guid\": \"{WORDS}.\",\n  \"error.ok\": \"OK\"\n}}"
            ),
            format!(
                "<root>\n <data name=\"ErrGuid\" xml:space=\"preserve\">\n  <value>{WORDS}.</value>\n </data>\n</root>"
            ),
            format!("<resources><string name=\"err_guid\">{WORDS}.</string></resources>"),
            format!("<trans-unit id=\"e1\"><source>{WORDS}.</source><target>Die userId</target></trans-unit>"),
            format!("#: src/errors.ts:12\nmsgid \"{WORDS}.\"\nmsgstr \"Die userId ist keine GUID.\"\n"),
            format!("msgid \"\"\n\"First. \"\n\"{WORDS}.\"\nmsgstr \"\"\n"),
            format!(
                "\"err.other\" = \"Something went wrong.\";\n\"err.guid\" = \"{WORDS}.\";\n\"err.more\" = \"Try again later.\";\n"
            ),
            format!("err.other=Something went wrong.\nerr.guid={WORDS}.\nerr.more=Try again later.\n"),
            format!("{{\"Sign in\":\"Anmelden\",\"{WORDS}.\":\"Die userId ist keine gültige GUID.\"}}"),
            format!(r#"{{"error.badGuid":"{WORDS}","button.ok":"OK"}}"#),
            format!(r#"{{"errors.guid": "{WORDS}. Ask your administrator.", "errors.token": "Sign in again"}}"#),
            format!(r#"{{"en":{{"badGuid":"{WORDS}","retry":"Retry"}}}}"#),
            format!("export default {{\n  'de-CH': {{ retry: `Nochmals`, badGuid: '{WORDS}.' }},\n}};\n"),
            format!("key,en,de\nerr.guid,\"{WORDS}.\",\"Die userId\"\n"),
        ] {
            assert!(is_entry_in(&form), "{form}");
            assert!(is_entry_in(&escaped(&form)), "{}", escaped(&form));
            assert!(is_entry_in(&escaped(&escaped(&form))), "{}", escaped(&escaped(&form)));
            let markup = form.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
            assert!(is_entry_in(&markup), "{markup}");
        }
    }

    #[test]
    fn what_happened_is_no_entry() {
        for form in [
            format!(r#"{{"error":{{"code":"BadRequest","message":"{WORDS}."}}}}"#),
            format!(r#"{{"error.message":"{WORDS}.","service.label":"meeting sync"}}"#),
            format!(r#"{{"error.text":"{WORDS}.","log.level":"error"}}"#),
            format!(r#"{{"error.guid":"{WORDS}.","trace.id":"abc","service.label":"sync"}}"#),
            format!(r#"{{"check.guid":"{WORDS}.","check.licence":"OK"}}"#),
            format!(r#"{{"error.guid":"{WORDS}."}}"#),
            format!(r#"{{"title":"{WORDS}.","culprit":"sync job of meetings","logger":"a b c"}}"#),
            format!(r#"{{"lena":"No such user in it","mia":"{WORDS}.","omar":"Synced all meetings"}}"#),
            format!(r#"{{"userName":"Lena of Contoso Ltd","syncError":"{WORDS}.","requestId":"x"}}"#),
            format!(r#"{{"failure_text":"{WORDS}.","attempt_no":"3","next_try":"in five minutes from now"}}"#),
            format!(r#"{{"en":{{"message":"{WORDS}."}}}}"#),
            format!(r#"{{"id":{{"badGuid":"{WORDS}."}}}}"#),
            format!(r#"{{"error":{{"message":{{"lang":"en-US","value":"{WORDS}."}}}}}}"#),
            format!("ERROR: {WORDS}.\n"),
            format!("<error><message>{WORDS}.</message></error>"),
            format!("2026-06-11 16:09:17 key=a err_guid={WORDS}.\n"),
            format!("- \"{WORDS}.\": 12 times"),
            format!("Get-CsOnlineUser: The '{WORDS}"),
        ] {
            assert!(!is_entry_in(&form), "{form}");
            assert!(!is_entry_in(&escaped(&form)), "{}", escaped(&form));
        }
    }
}
