//! Words that a program writes: the body of an answer that it serves, a file, a text that it reads instead of an answer. The
//! source of a program says what it would write, and was told nothing. One statement tells it, whatever stands around.

use super::compared::{name_of, open_call};
use super::spoken::{begins_record, is_one_of};
use crate::source::slice;

/// A statement does not begin further above what it writes.
const REACH: usize = 600;
/// The rest of a statement behind its literal is not longer.
const TAIL: usize = 4_000;
/// Calls around a literal: `w.Write([]byte(…`.
const CALLS: usize = 5;

const QUOTES: [char; 3] = ['"', '\'', '`'];
/// Calls that write what they are given, of anything but a log or a console.
const WRITES: &str = "write|writestring|write_string|write_all|writeall|writeasync|writeline|end|send|sendresponse|send_response|\
    fprint|fprintf|fprintln|fputs|fwrite|file_put_contents|writefile|writefilesync|write_file|write_text|write_bytes|\
    writealltext|writealltextasync|writetext|writestringtofile|outputfile|setcontent|json|make_response|httpresponse|\
    setbody|set_body|sendstring|sendtext|responsewriter|newstringresponder|newbytesresponder|newrecorder|respondtext|\
    unmarshal|newreader|newbufferstring|newbuffer|nopcloser|stringio|bytesio|from_str|stringcontent|bytearraycontent";
/// Those whose last argument is the text, behind a status or the type of an answer: `c.String(400, "…")`.
const ANSWERS: &str =
    "string|data|blob|html|text|body|content|error|response|status|plaintext|print|println|printf|append";
/// Who answers with them.
const SERVERS: &str = "c|ctx|context|res|resp|response|reply|http|rw|w|server|web|flask|results|httpx|httpmock|gock|self|this|\
    aiohttp|starlette|fastapi|bottle|tornado|fiber|rec|recorder|writer|wfile";
/// An object that a function returns as its answer.
const RETURNED: &str = "response|httpresponse|jsonresponse|plaintextresponse|htmlresponse|httpexception|responseentity";
/// What is written with them is what a program prints.
const CONSOLES: &str = "console|log|logger|stdout|stderr|out|err|debug|logging|slog|syslog|print";
/// Names of a text that is made for a test.
const MADE: [&str; 7] = ["fixture", "stub", "mock", "fake", "dummy", "sample", "canned"];
/// Commands of a shell that write what they are given to a file.
const FILES: [&str; 9] =
    ["out-file", "set-content", "add-content", "tee", "tee-object", "sponge", "nc", "ncat", "socat"];
/// What stands before the body of a request that a command sends.
const SENT: &str = "-d|--data|--data-raw|--data-binary|--json|-body|--body|--payload|--cli-input-json";

/// Whether an object, or words, that begin at a place are in a literal that a program writes.
pub(super) fn is_served(text: &str, at: usize) -> bool {
    let head = slice(text, at.saturating_sub(REACH)..at);
    let line = head.rsplit('\n').next().unwrap_or_default();
    if begins_record(line) {
        return false;
    }
    let (lead, quote) = opened(head);
    let Some(quote) = quote else { return is_of_document(head) };
    let tail = behind(slice(text, at..at.saturating_add(TAIL)), quote);
    let opening = slice(head, lead.len()..head.len());
    is_written(lead, tail) || is_assigned(lead, opening) || is_printed(lead, tail) || is_of_document(head)
}

/// What stands before the literal that an object is the beginning of, and its quote.
fn opened(head: &str) -> (&str, Option<char>) {
    let is_mark = |c: char| c.is_whitespace() || matches!(c, '{' | '[' | ':' | '\\') || QUOTES.contains(&c);
    let inner = head.trim_end_matches(is_mark);
    // `{"error":`, before the object of the error itself.
    let outer = inner.strip_suffix("error").filter(|outer| outer.ends_with(QUOTES));
    let lead = outer.map_or(inner, |outer| outer.trim_end_matches(is_mark));
    let quote = head.get(lead.len()..).unwrap_or_default().trim_start_matches([':', ' ', '\t', '\n']).chars().next();
    let lead = lead.trim_end();
    // `b'…'`, `$"…"`, `r#"…"#`
    let bare = lead.trim_end_matches(['$', '@', '#']);
    let bare =
        bare.strip_suffix(['b', 'f', 'r', 'u', 'R']).filter(|it| it.ends_with(['(', ' ', '=', ','])).unwrap_or(bare);
    (bare.trim_end(), quote.filter(|quote| QUOTES.contains(quote)))
}

/// What stands behind a literal on the line where it ends; nothing where the text is cut.
fn behind(text: &str, quote: char) -> &str {
    // The quotes of JSON are none of a literal in the same ones, which has them escaped.
    let ends = |at: &usize| {
        let head = text.get(..*at).unwrap_or_default();
        !head.ends_with('\\') && (quote != '"' || head.ends_with(['}', '.']) || head.ends_with(char::is_alphanumeric))
    };
    let end = text.match_indices(quote).map(|(at, _)| at).find(ends);
    let rest = end.and_then(|at| text.get(at + 1..)).unwrap_or_default();
    rest.split('\n').next().unwrap_or_default()
}

/// `w.Write([]byte(…`, `http.Error(w, …`, `res.end(…`
fn is_written(lead: &str, tail: &str) -> bool {
    // A trace of calls has what they came back with, and what was written.
    if tail.contains(") = ") {
        return false;
    }
    let mut rest = lead;
    for _ in 0..CALLS {
        let Some(open) = open_in_statement(rest) else { return false };
        let (outer, name) = name_of(rest.get(..open).unwrap_or_default());
        let object = outer.strip_suffix(['.', ':', '>']).map(|outer| outer.trim_end_matches([':', '-']));
        let object = object.map(|object| name_of(object.trim_end_matches(['(', ')', '?'])).1).unwrap_or_default();
        let argument = rest.get(open + 1..).unwrap_or_default();
        let to_console = is_one_of(CONSOLES, &object)
            || ["stderr", "stdout"].iter().any(|console| argument.to_ascii_lowercase().contains(console));
        if is_one_of(WRITES, &name) {
            return !to_console && !name.is_empty();
        }
        // `HttpResponse::BadRequest().body(…`, `response.getWriter().println(…`
        let chain = outer.rsplit([' ', '\t', '\n', '=', ';', ',']).next().unwrap_or_default().to_ascii_lowercase();
        let answers = is_one_of(SERVERS, &object) && !object.is_empty()
            || !to_console && chain.ends_with('.') && chain.contains("response");
        if is_one_of(ANSWERS, &name) && !name.is_empty() && answers {
            return true;
        }
        let returned = ["return", "yield", "=>", "await"].iter().any(|word| outer.trim_end().ends_with(word));
        if returned && is_one_of(RETURNED, &name) && !name.is_empty() {
            return true;
        }
        rest = outer
            .trim_end_matches(|c: char| matches!(c, '[' | ']' | '.' | '&' | '*') || c.is_alphanumeric())
            .trim_end();
    }
    false
}

/// Where the brackets of the call open that are so at the end of a text, within its last statement.
fn open_in_statement(lead: &str) -> Option<usize> {
    let from = lead.rfind([';', '}', '{']).map_or(0, |at| at + 1);
    open_call(lead.get(from..)?).map(|open| from + open)
}

/// ``fixture := `…` ``, `ERROR_FIXTURE = '…'`
fn is_assigned(lead: &str, opening: &str) -> bool {
    let line = lead.rsplit('\n').next().unwrap_or_default();
    let Some((name, declared)) =
        line.strip_suffix(":=").map(|name| (name, true)).or_else(|| line.strip_suffix('=').map(|name| (name, false)))
    else {
        return false;
    };
    let (outer, name) = name_of(name.trim_end());
    let of_program = outer.trim().is_empty() || outer.trim_end().ends_with([',', '$', '.']);
    // No console prints a literal in three quotes.
    let declared = declared || ["\"\"\"", "'''"].iter().any(|quotes| opening.contains(quotes));
    declared && of_program && !name.is_empty() || MADE.iter().any(|made| name.contains(made))
}

/// `echo '…';` of PHP, `echo '…' > file` of a shell.
fn is_printed(lead: &str, tail: &str) -> bool {
    let statement = lead.rsplit(['\n', ';', '{']).next().unwrap_or_default().trim_start();
    let mut words = statement.split_whitespace().skip_while(|word| word.ends_with(['$', '#', '>', '%']));
    let command = words.next().unwrap_or_default().to_ascii_lowercase();
    // `@'…'@`, a text of PowerShell.
    let tail = tail.trim_start_matches('@');
    let (to_file, rest) = (writes_file(tail), tail.trim());
    let last = lead.rsplit(char::is_whitespace).next().unwrap_or_default().to_ascii_lowercase();
    if last.starts_with('-') && SENT.split('|').any(|option| option == last) {
        return true;
    }
    match command.as_str() {
        "echo" | "print" => to_file || rest == ";" || rest.starts_with("; ") && words.next().is_none(),
        "printf" | "write-output" | "" => to_file,
        "render" => words.next().is_some_and(|kind| is_one_of("json:|json|plain:|plain|body:|body|text:|text", kind)),
        _ => FILES.contains(&command.as_str()),
    }
}

/// `> fixture.json`, `| tee x`, `| Out-File x`
fn writes_file(tail: &str) -> bool {
    let tail = tail.trim_start();
    let to = |mark: char| tail.strip_prefix(mark).map(|rest| rest.trim_start_matches(mark).trim_start());
    let file = to('>').is_some_and(|file| file.starts_with(|c: char| c.is_alphanumeric() || "./~$\"'_".contains(c)));
    let piped = to('|').and_then(|command| command.split_whitespace().next());
    file || piped.is_some_and(|command| FILES.contains(&command.to_ascii_lowercase().as_str()))
}

/// `cat > fixture.json <<'EOF'` above the text that it writes, which has not ended.
fn is_of_document(head: &str) -> bool {
    let Some((outer, below)) = head.rsplit_once("<<") else { return false };
    let command = outer.rsplit('\n').next().unwrap_or_default();
    let (first, body) = below.split_once('\n').unwrap_or((below, ""));
    let mark = first.trim_start_matches(['-', '~', ' ', '\'', '"', '\\']);
    let mark: String = mark.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    let rest = first.split_once(mark.as_str()).map_or("", |(_, rest)| rest).trim_start_matches(['\'', '"']);
    let writes = command
        .split_whitespace()
        .any(|word| word.starts_with('>') || matches!(word, "tee" | "echo") || word.contains("<?php"));
    !mark.is_empty()
        && first.len() < below.len()
        && (writes || writes_file(rest) || writes_file(rest.trim_start_matches(' ')))
        && !body.lines().any(|line| line.trim().trim_end_matches(';') == mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OBJECT: &str = r#"{"error":{"code":"BadRequest","message":"Meeting Id is corrupted."}}"#;

    fn check(form: &str) -> bool {
        let text = form.replace('§', OBJECT);
        [r#"{"error""#, r#"{"code""#].iter().all(|open| text.find(open).is_some_and(|at| is_served(&text, at)))
    }

    #[test]
    fn what_a_program_writes() {
        for form in [
            "io.WriteString(w, `§`)",
            "w.Write([]byte(`§`))",
            "http.Error(w, `§`, http.StatusBadRequest)",
            "w.WriteHeader(400); fmt.Fprint(w, `§`)",
            "\tfmt.Fprintln(w,\n\t\t`§`)\n",
            "fixture := `§`",
            "body, want := `§`, 400",
            "res.writeHead(400); res.end('§');",
            "reply.code(400).send('§')",
            "self.wfile.write(b'§')",
            "c.String(400, `§`)",
            "ERROR_FIXTURE = '§'",
            "http_response_code(400); echo '§';",
            "<?php\nheader('Content-Type: application/json');\necho '§';\n",
            "echo '§' > fixture.json",
            "$ printf '%s' '§' | tee out/400.json",
            "cat > fixture.json <<'EOF'\n§\nEOF\n",
            "cat <<EOF > fixture.json\n§\nEOF\n",
            "'§' | Out-File fixture.json",
            "Set-Content fixture.json '§'",
            "fs.writeFileSync('fixture.json', '§');",
            "Path('fixture.json').write_text('§')",
            "json.Unmarshal([]byte(`§`), &e)",
            "HttpResponse::BadRequest().body(r#\"§\"#)",
            "response.getWriter().println('§');",
            "render json: '§', status: 400",
            "return Response('§', status=400)",
            "BODY = '''§'''",
            "printf '§' | nc -l 8080",
            "curl -X POST localhost:8080/stub -d '§'",
            "@'\n§\n'@ | Set-Content fixture.json",
        ] {
            assert!(check(form), "{form}");
        }
    }

    #[test]
    fn what_was_answered() {
        for form in [
            "§",
            "$ curl -s https://graph.microsoft.com/v1.0/me/onlineMeetings/x\n§",
            "2026-11-20T09:15:00Z ERROR res.end('§')",
            "write(1, '§', 68) = 68",
            "console.error('§')",
            "process.stderr.write('§')",
            "fmt.Fprintln(os.Stderr, `§`)",
            "logger.error('§')",
            "GraphError('§')",
            "Error: request failed (400): '§'",
            "the server did send (again) '§'",
            "body='§'",
            "response = '§'",
            "Response('§')",
            "System.out.println('§')",
            "[2026-01-01 10:00:00] response.body: '§'",
            "> res.text()\n'§'",
            "echo \"$body\"\n§",
            "$ echo '§' | jq .error",
            "cat <<EOF > request.json\n{}\nEOF\n§",
            "$ ./sync.sh > out.log\n§",
            "if a << b:\n§",
        ] {
            assert!(!check(form), "{form}");
        }
    }
}
