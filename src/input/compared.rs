//! Words that a line of a program waits for, or that a test has a stand-in answer: a literal of `includes("…")`, of `case "…":`,
//! of `grep -q '…'`, a pattern between slashes, `mock.onGet(url).reply(403, { … })`. Such a line was told nothing. One line
//! tells it, whatever stands around: what was answered has a line of its own.

use super::spoken::{is_one_of, words};
use crate::source::slice;

/// A literal has so many words of its own before the message.
const OWN: usize = 3;
/// A pattern is not longer behind what is known of it.
const PATTERN: usize = 200;
/// How far above its body a call of a stand-in begins.
const CALL: usize = 800;

const QUOTES: [char; 3] = ['"', '\'', '`'];
/// Calls that compare, search or assert.
const COMPARES: &str = "includes|contains|contain|containsignorecase|startswith|endswith|hasprefix|hassuffix|indexof|lastindexof|\
    index|rindex|find|search|match|matches|matchall|fullmatch|test|equals|equalsignorecase|equal|equalfold|strictequal|eq|eql|\
    is_match|ismatch|exec|regex|regexp|compile|mustcompile|str_contains|str_starts_with|strpos|stripos|strstr|strcmp|\
    preg_match|starts_with|ends_with|start_with|end_with|include|count|split|tobe|toequal|tostrictequal|tocontain|\
    tocontainequal|tomatch|tothrow|tothrowerror|tohavetextcontent|tomatchobject|tohaveproperty|assertequal|assertequals|\
    assertin|assertcontains|assertregex|assertraisesregex|assertstringcontainsstring|stringcontaining|stringmatching|\
    containsstring|raises|throws|rejectedwith|haserror|errorcontains|equalerror|gettext|getbytext|findbytext|withmessage|\
    hasmessage|hasmessagecontaining";
/// Operators that compare, where a literal follows.
const OPERATORS: [&str; 18] = [
    "==",
    "!=",
    "=~",
    "!~",
    "<>",
    " -eq",
    " -ne",
    " -like",
    " -match",
    " -notlike",
    " -notmatch",
    " -ceq",
    " -clike",
    " -cmatch",
    " -ilike",
    " -imatch",
    " -contains",
    " -in",
];
/// What leads to a pattern beside a sign.
const LEADS: &str = "case|when|return|and|or|not|in|match|matches|if|unless|elsif|split";
/// Tools that look for a pattern, and what may stand before them in a command.
const TOOLS: &str = "grep|egrep|fgrep|zgrep|rg|ag|ack|findstr|select-string|sls|awk|gawk|sed|jq";
const BEFORE_TOOLS: &str = "if|while|until|then|do|sudo|time|xargs|not|elif|else|git";
/// Calls by which a test says what its stand-in answers.
const MOCKS: &str = "reply|replyonce|replywitherror|respond|respondwith|respond_with|mockrejectedvalue|mockrejectedvalueonce|mockresolvedvalue|\
    mockresolvedvalueonce|mockreturnvalue|mockreturnvalueonce|mockimplementation|mockimplementationonce|thenreturn|thenthrow|\
    andreturn|andthrow|and_return|and_raise|to_return|to_raise|willreturn|willthrow|returnsasync|throwsasync|onresponse";

/// Whether the literal or the pattern that holds words is one that a line compares with; `cut` where the text ends on it.
pub(super) fn is_compared(before: &str, after: &str, cut: bool) -> bool {
    // What a runner prints of a test has what was answered in it.
    let line = before.trim_start();
    !line.starts_with("E ")
        && !before.contains("AssertionError")
        && (is_of_pattern(before, after, cut) || is_of_literal(before, after, cut))
}

/// Whether the words at a place are in what a stand-in of a test answers: in a call of it that is still open.
pub(super) fn is_mocked(text: &str, at: usize) -> bool {
    let head = slice(text, at.saturating_sub(CALL)..at);
    let (mut depth, mut end) = (0_usize, head.len());
    while let Some(mark) = head.get(..end).and_then(|head| memchr::memrchr3(b'(', b')', b'\n', head.as_bytes())) {
        end = mark;
        match head.as_bytes().get(mark) {
            Some(b')') => depth += 1,
            // An empty line ends a statement.
            Some(b'\n') if head.get(..mark).is_some_and(|head| head.trim_end_matches([' ', '\r']).ends_with('\n')) => {
                return false;
            }
            Some(b'(') if depth > 0 => depth -= 1,
            Some(b'(') => {
                let (outer, name) = name_of(head.get(..mark).unwrap_or_default());
                if outer.ends_with('.') && is_one_of(MOCKS, &name) {
                    return true;
                }
            }
            _ => {}
        }
    }
    false
}

/// `/…/.test(x)`, `=~ /…/i`, `RE = /…/;`
fn is_of_pattern(before: &str, after: &str, cut: bool) -> bool {
    let Some(open) = unescaped_slash(before.rmatch_indices('/'), before) else { return false };
    let (outer, inner) = (before.get(..open).unwrap_or_default(), before.get(open + 1..).unwrap_or_default());
    if words(inner) > OWN || inner.contains(": ") || inner.contains("//") {
        return false;
    }
    let near = slice(after, 0..PATTERN);
    let rest = match unescaped_slash(near.match_indices('/'), near) {
        Some(close) => near.get(close + 1..).unwrap_or_default(),
        None => return false,
    };
    let flags: String = rest.chars().take_while(char::is_ascii_alphabetic).collect();
    let behind = rest.get(flags.len()..).unwrap_or_default();
    let called = [".test(", ".exec(", ".match(", ".source"].iter().any(|call| behind.starts_with(call));
    let behind = behind.trim_start();
    let ends = called
        || flags.len() <= 6
            && flags.bytes().all(|flag| b"gimsuydvxnp".contains(&flag))
            && (behind.is_empty() && cut
                || behind.is_empty() && !flags.is_empty()
                || behind.starts_with([')', ',', ';', ']', '}', ':', '{', '&', '|', '?', '\'', '"', '='])
                || ["then", "->", "do "].iter().any(|word| behind.starts_with(word)));
    let lead = outer.trim_end();
    let last = lead.rsplit(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or_default();
    let led = lead.ends_with(['(', ',', '=', '!', '&', '|', '~', '?', '{', '[', ';'])
        || is_one_of(LEADS, last)
        || called && (lead.is_empty() || lead.ends_with([':', '>']))
        || is_of_tool(lead.trim_end_matches(QUOTES));
    ends && led
}

/// The first of some slashes that no backslash stands before.
fn unescaped_slash<'t>(slashes: impl Iterator<Item = (usize, &'t str)>, text: &str) -> Option<usize> {
    let is_bare = |at: &usize| !text.get(..*at).is_some_and(|head| head.ends_with('\\'));
    slashes.map(|(at, _)| at).find(is_bare)
}

/// `x.includes("…")`, `x === "…"`, `"…".equals(x)`, `case "…":`, `grep -q "…"`
fn is_of_literal(before: &str, after: &str, cut: bool) -> bool {
    let Some((outer, quote, literal)) = opened(before) else { return false };
    let closed = after.split_once(quote).map(|(_, rest)| rest.trim_start());
    let Some(rest) = closed.or_else(|| cut.then_some("")) else { return false };
    if words(literal) > OWN {
        return false;
    }
    // `f"…"`, `$"…"`, `r'…'`
    let lead = outer.trim_end_matches(['$', '@', '*']);
    let lead = lead.strip_suffix(['f', 'r', 'b', 'u']).filter(|it| it.ends_with(['(', ' ', '=', ','])).unwrap_or(lead);
    let lead = lead.trim_end();
    if OPERATORS.iter().any(|sign| ends_with_ignoring_case(lead, sign)) {
        return true;
    }
    let goes_on = rest.starts_with([')', ',']) || cut && rest.is_empty();
    if goes_on && call_of(lead).is_some_and(|name| is_one_of(COMPARES, &name)) {
        return true;
    }
    let begins = lead.is_empty() || lead.ends_with(['(', '&', '|', '!', '{', '}', ';']) || lead == "if";
    let compares = ["==", "!=", ".equals(", ".Equals(", ".equalsIgnoreCase("].iter().any(|sign| rest.starts_with(sign));
    let of_case = lead.trim_start() == "case" && [":", "=>", "->", "then"].iter().any(|mark| rest.starts_with(mark))
        || outer.trim() == "*" && rest.starts_with("*)");
    begins && compares || of_case || is_of_tool(lead)
}

/// What stands before the quote that is open where the words begin, that quote, and what is behind it.
fn opened(before: &str) -> Option<(&str, char, &str)> {
    let at = before.rfind(QUOTES)?;
    let quote = before.get(at..)?.chars().next()?;
    let open = before.matches(quote).count() % 2 == 1;
    open.then_some((before.get(..at)?, quote, before.get(at + quote.len_utf8()..)?))
}

fn ends_with_ignoring_case(text: &str, end: &str) -> bool {
    let tail = text.len().checked_sub(end.len()).and_then(|at| text.get(at..));
    tail.is_some_and(|tail| tail.eq_ignore_ascii_case(end))
}

/// Where the brackets of the call open that are so at the end of a text.
pub(super) fn open_call(lead: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let (open, _) = lead.char_indices().rev().find(|(_, c)| {
        match c {
            ')' => depth += 1,
            '(' if depth > 0 => depth -= 1,
            '(' => return true,
            _ => {}
        }
        false
    })?;
    Some(open)
}

/// The name of the call whose brackets are open at the end of a line, in lower case: `strings.contains(err.Error(), `.
fn call_of(lead: &str) -> Option<String> {
    let open = open_call(lead)?;
    let arguments = lead.get(open + 1..)?.trim();
    let is_code = arguments.is_empty()
        || arguments.ends_with([',', '=']) && words(arguments) <= OWN && !arguments.contains(QUOTES);
    let (_, name) = name_of(lead.get(..open)?);
    (is_code && !name.is_empty()).then_some(name)
}

/// A text without the name that it ends with, and that in lower case.
pub(super) fn name_of(text: &str) -> (&str, String) {
    let outer = text.trim_end_matches(|c: char| c.is_alphanumeric() || c == '_');
    (outer, text.get(outer.len()..).unwrap_or_default().to_ascii_lowercase())
}

/// `grep -q `, `kubectl logs x | grep -c `, `Select-String -Pattern `: a tool and nothing but its options.
fn is_of_tool(lead: &str) -> bool {
    let command = lead.rsplit(['|', ';', '`', '{', '(']).next().unwrap_or_default();
    let mut words = command.split_whitespace().rev().skip_while(|word| word.starts_with('-') || word.starts_with("/i"));
    let is_tool = words.next().is_some_and(|tool| is_one_of(TOOLS, &tool.to_ascii_lowercase()));
    is_tool
        && words
            .next()
            .is_none_or(|word| is_one_of(BEFORE_TOOLS, word) || word.ends_with(['$', '#', '%', '>', '&', '!', '+']))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: &str = "No application access policy found for this app";

    fn check(form: &str) -> bool {
        let text = form.replace('§', WORDS);
        text.split_once(WORDS).is_some_and(|(before, after)| {
            let before = before.rsplit('\n').next().unwrap_or_default();
            let line = after.split('\n').next().unwrap_or_default();
            is_compared(before, line, !after.contains('\n'))
        })
    }

    #[test]
    fn what_a_line_compares_with() {
        for form in [
            "if (err.code === 'Forbidden' && /§/.test(err.message)) {\n",
            "const RE = /§/i;",
            "  when /^403 §/i then retry",
            "raise if e.message =~ /§/",
            "awk '/§/ {n++} END {print n}' app.log",
            "sed -n '/§/p' app.log",
            "case msg.includes('§'): return 403",
            "    case \"§\":\n",
            "  *\"§\"*) exit 3 ;;",
            "if [[ \"$out\" == *\"§\"* ]]; then",
            "grep -q '§' out.json && echo yes",
            "lee@web1:~$ kubectl logs rooms | grep -c \"§\"",
            "if ! grep -q \"§\" out.json; then\n",
            "PS C:\\> Select-String -Pattern \"§\" .\\app.log",
            "if (err.message.includes(\"§\")) {",
            "expect(wrapper.text()).toContain(\"§\");",
            "if strings.Contains(err.Error(), \"§\") {",
            "} else if ($_.Exception.Message -like \"*§*\") {",
            "if (str_contains($e->getMessage(), '§')) {",
            "if (\"§\".equals(e.getMessage())) {",
            "return e.Message == \"§\";",
            "with pytest.raises(GraphError, match=\"§\"):",
            "m = re.search(r\"§\", body)",
        ] {
            assert!(check(form), "{form}");
        }
    }

    #[test]
    fn what_was_answered_is_compared_with_nothing() {
        for form in [
            "§",
            "    raise GraphError(\"§\")",
            "throw \"§\"",
            "Error: 403 /users/x/onlineMeetings: §",
            "GET /v1.0/me/onlineMeetings failed: § (/me)",
            "GraphError('§')",
            "console.error(\"§\")",
            "In this case \"§\": what now?",
            "error=\"§\"",
            "I ran grep and it shows \"§\"",
            "E       AssertionError: assert 'ok' == '§'",
            "body: '{\"message\":\"§\"}'",
            "the log contains \"§\"",
            "Get-Thing | grep x: \"§\"",
        ] {
            assert!(!check(form), "{form}");
        }
    }

    #[test]
    fn what_a_stand_in_answers() {
        let mocked = |form: &str| form.find('§').is_some_and(|at| is_mocked(form, at));
        for form in [
            "mock.onGet(url).reply(403, { error: { code: 'Forbidden', message: '§' } });",
            "nock(HOST)\n  .get(/onlineMeetings/)\n  .reply(403, {\n    error: {\n      code: 'Forbidden',\n      message: '§',\n",
            "client.get.mockRejectedValueOnce(new GraphError(403, '§'));",
            "when(client.get(any())).thenThrow(new ApiException(\"§\"));",
        ] {
            assert!(mocked(form), "{form}");
        }
        for form in [
            "mock.onGet(url).reply(200);\n\nError: §",
            "    at Object.reply (/app/x.js:1:2)\nError: §",
            "I reply (again): §",
            "the server did reply(403): §",
            "mock.onGet(url).reply(403)\n§",
        ] {
            assert!(!mocked(form), "{form}");
        }
    }
}
