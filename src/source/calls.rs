//! Secrets as calls carry them: in an address, behind a scheme, in the command line of a client.

use std::ops::Range;

use super::secrets::{is_stand_in, is_token_byte, run};

/// `user:password@` of an address; a placeholder is none.
pub(super) fn user_info(bytes: &[u8], start: usize) -> Option<Range<usize>> {
    let near = bytes.get(..start.saturating_add(512).min(bytes.len()))?;
    let end = run(near, start, |byte| byte.is_ascii_graphic() && !b"/\\?#\"'<>`@".contains(&byte));
    let colon = start + near.get(start..end)?.iter().position(|byte| *byte == b':')? + 1;
    let value = near.get(colon..end)?;
    (near.get(end) == Some(&b'@') && !value.is_empty() && !is_stand_in(value)).then_some(colon..end)
}

/// Schemes whose credentials no other word announces.
const SCHEMES: [&[u8]; 9] = [
    b"digest",
    b"sharedkey",
    b"sharedkeylite",
    b"sharedaccesssignature",
    b"ntlm",
    b"negotiate",
    b"aws4-hmac-sha256",
    b"apikey",
    b"token",
];

/// `Authorization: Digest username="u", response="..."`, to the end of the line.
pub(super) fn other_scheme(bytes: &[u8], start: usize) -> Option<Range<usize>> {
    let near = bytes.get(..start.saturating_add(4_096).min(bytes.len()))?;
    let at = run(near, start, |byte| matches!(byte, b'"' | b'\'' | b' ' | b':' | b'='));
    let quoted = near.get(at.checked_sub(1)?).copied().filter(|byte| matches!(byte, b'"' | b'\''));
    let word = run(near, at, |byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let scheme = near.get(at..word)?;
    if at == start || near.get(word) != Some(&b' ') || !SCHEMES.iter().any(|known| known.eq_ignore_ascii_case(scheme)) {
        return None;
    }
    let end = run(near, word + 1, |byte| !matches!(byte, b'\n' | b'\r') && byte.is_ascii() && Some(byte) != quoted);
    // These have one word; what follows more is a sentence.
    let single =
        [&b"token"[..], b"apikey", b"ntlm", b"negotiate"].iter().any(|known| known.eq_ignore_ascii_case(scheme));
    let end =
        if single { run(near, word + 1, |byte| byte.is_ascii_graphic() && Some(byte) != quoted).min(end) } else { end };
    let value = near.get(word + 1..end)?;
    (value.len() >= 4 && value.iter().any(u8::is_ascii_digit) && !is_stand_in(value)).then_some(word + 1..end)
}

/// A token of at least this length.
pub(super) fn of_length(bytes: &[u8], start: usize, least: usize) -> Option<Range<usize>> {
    let end = run(bytes, start, |byte| byte.is_ascii_alphanumeric() || byte == b'_');
    (end - start >= least).then_some(start..end)
}

/// The code of a redirect: long, and in parts.
pub(super) fn sign_in_code(bytes: &[u8], word: usize, start: usize) -> Option<Range<usize>> {
    let before = bytes.get(word.checked_sub(1)?)?;
    let end = run(bytes, start, is_token_byte);
    let value = bytes.get(start..end)?;
    let parts = matches!(value, [b'0' | b'1' | b'M', b'.', ..]);
    // The key of a function: long, and of letters, digits and a few marks.
    let key = value.len() >= 40 && value.iter().any(u8::is_ascii_digit) && value.iter().any(u8::is_ascii_uppercase);
    let parts = parts || key;
    (matches!(before, b'?' | b'&' | b'#' | b'"' | b'\'') && parts && value.len() >= 16).then_some(start..end)
}

/// The secret of an app registration: three letters or digits, a digit, `Q~`, and some thirty more.
pub(super) fn entra_secret(bytes: &[u8], mark: usize, end: usize) -> Option<Range<usize>> {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'~');
    let start = mark.checked_sub(4)?;
    let head = bytes.get(start..mark)?;
    let outside = start.checked_sub(1).and_then(|at| bytes.get(at)).is_none_or(|byte| !is_part(*byte));
    let stop = run(bytes, end, is_part);
    let shaped = bytes.get(mark) == Some(&b'Q') && head.last().is_some_and(u8::is_ascii_digit);
    let shaped = shaped && head.iter().all(|byte| is_part(*byte));
    (outside && shaped && (30..=40).contains(&(stop - end))).then_some(start..stop)
}

/// `curl -u user:password`.
pub(super) fn curl_user(bytes: &[u8], word: usize, start: usize) -> Option<Range<usize>> {
    let before = bytes.get(word.saturating_sub(256)..word)?;
    let line = memchr::memrchr(b'\n', before).map_or(0, |end| end + 1);
    memchr::memmem::find(before.get(line..)?, b"curl")?;
    let end = run(bytes, start, |byte| byte.is_ascii_graphic() && !b"<>".contains(&byte));
    let value = bytes.get(start..end)?;
    let colon = start + value.iter().position(|byte| *byte == b':')? + 1;
    let end = if matches!(value.last(), Some(b'"' | b'\'')) { end - 1 } else { end };
    let secret = bytes.get(colon..end)?;
    (!secret.starts_with(b"$") && !secret.starts_with(b"//") && !is_stand_in(secret)).then_some(colon..end)
}

/// `az login -u name -p password`, `docker login -p ...`, `sqlcmd -P ...`; the lines of one command are read together.
pub(super) fn login_password(bytes: &[u8], word: usize, start: usize) -> Option<Range<usize>> {
    let mut from = word;
    loop {
        let head = bytes.get(word.saturating_sub(512)..from)?;
        let Some(end) = memchr::memrchr(b'\n', head) else {
            from = word.saturating_sub(512);
            break;
        };
        let above = head.get(..end)?;
        let above = above.strip_suffix(b"\r").unwrap_or(above);
        if !above.ends_with(b"\\") && !above.ends_with(b"`") && !above.ends_with(b"^") {
            from = word.saturating_sub(512) + end + 1;
            break;
        }
        from = word.saturating_sub(512) + end;
    }
    let command = bytes.get(from..word)?;
    let command = command.rsplit(|byte| matches!(byte, b';' | b'|' | b'&')).next()?;
    let mut words = command.split(|byte| byte.is_ascii_whitespace()).filter(|word| !word.is_empty());
    if !words.any(|word| word.eq_ignore_ascii_case(b"login") || word.eq_ignore_ascii_case(b"sqlcmd")) {
        return None;
    }
    let at = run(bytes, start, |byte| matches!(byte, b' ' | b'=' | b'\t'));
    let mark = bytes.get(at).copied().filter(|byte| matches!(byte, b'"' | b'\''));
    let at = at + usize::from(mark.is_some());
    let end = match mark {
        Some(mark) => run(bytes, at, |byte| byte != mark && !matches!(byte, b'\n' | b'\r')),
        None => run(bytes, at, |byte| byte.is_ascii_graphic() && !b"\"';|&)\\`".contains(&byte)),
    };
    let value = bytes.get(at..end)?;
    (at > start && !value.is_empty() && !value.starts_with(b"-") && !is_stand_in(value)).then_some(at..end)
}

/// `$env:GRAPH_TOKEN = '...'`, `export GRAPH_TOKEN=...`, `setx GRAPH_TOKEN ...`, `SetEnvironmentVariable('GRAPH_TOKEN', '...')`:
/// a whole variable of the environment.
pub(super) fn environment(bytes: &[u8], word: usize, start: usize) -> Option<Range<usize>> {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let head = bytes.get(word.saturating_sub(64)..word)?;
    let name = head.iter().rev().take_while(|byte| is_name(**byte)).count();
    let (lead, name) = head.split_at_checked(head.len() - name)?;
    let capital = name.iter().all(|byte| !byte.is_ascii_lowercase()) && bytes.get(word..start)? == b"_TOKEN";
    let of_powershell = ends_with_word(lead, b"$env:");
    let named = capital || of_powershell;
    if name.is_empty() || !named || bytes.get(start).copied().is_some_and(is_name) {
        return None;
    }
    let close = run(bytes, start, |byte| matches!(byte, b'"' | b'\'' | b'}'));
    let blank = run(bytes, close, |byte| matches!(byte, b' ' | b'\t'));
    let set = ends_with_word(lead.trim_ascii_end(), b"setx") && blank > close;
    let at = match bytes.get(blank) {
        Some(b'=' | b':') => blank + 1,
        Some(b',') if close > start => blank + 1,
        _ if set => blank,
        _ => return None,
    };
    let at = run(bytes, at, |byte| matches!(byte, b' ' | b'\t'));
    let mark = bytes.get(at).copied().filter(|byte| matches!(byte, b'"' | b'\''));
    let at = at + usize::from(mark.is_some());
    let end = match mark {
        Some(mark) => run(bytes, at, |byte| byte != mark && !matches!(byte, b'\n' | b'\r' | b'\\')),
        None => run(bytes, at, |byte| byte.is_ascii_graphic() && !b"\"'&,;<})\\".contains(&byte)),
    };
    let value = bytes.get(at..end)?;
    let least = if mark.is_some() { 1 } else { 4 };
    // A token has its own announcer; what another command gives is none.
    let other = value.starts_with(b"eyJ") || value.starts_with(b"=") || of_powershell && mark.is_none();
    (value.len() >= least && !other && !is_stand_in(value)).then_some(at..end)
}

fn ends_with_word(text: &[u8], word: &[u8]) -> bool {
    text.len().checked_sub(word.len()).and_then(|at| text.get(at..)).is_some_and(|end| end.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::super::masked;

    #[test]
    fn what_calls_carry() {
        for (text, expected) in [
            ("https://lena:Hunter2x@graph.microsoft.com/v1.0", "https://lena:********@graph.microsoft.com/v1.0"),
            (
                "https://graph.microsoft.com:443/v1.0/users/a@contoso.com",
                "https://graph.microsoft.com:443/v1.0/users/a@contoso.com",
            ),
            ("curl -u admin:Hunter2x https://contoso.com", "curl -u admin:******** https://contoso.com"),
            ("curl --user 'admin:Hunter2x' https://contoso.com", "curl --user 'admin:********' https://contoso.com"),
            ("tar -u a:b", "tar -u a:b"),
            ("curl -u $USER:$PASSWORD https://contoso.com", "curl -u $USER:$PASSWORD https://contoso.com"),
            ("Authorization: Basic dXNlcjpNeVZlcnlTZWNyZXQ=", "Authorization: Basic ************************"),
            ("Authorization: SharedKey acct:abc1=\nnext", "Authorization: SharedKey **********\nnext"),
            ("\"Authorization\": \"Digest r=6629fa\", \"x\": 1", "\"Authorization\": \"Digest ********\", \"x\": 1"),
            ("authorization: token handling in version 2", "authorization: token handling in version 2"),
            (
                "X-MS-TOKEN-AAD-ACCESS-TOKEN: EwBAA8l6BAAUO9chh8cJscQL",
                "X-MS-TOKEN-AAD-ACCESS-TOKEN: ************************",
            ),
            ("ghp_0123456789abcdef0123456789abcdef0123", "****************************************"),
            (
                "https://localhost/?code=0.AXkAabcdefAuthCode123&state=1",
                "https://localhost/?code=***********************&state=1",
            ),
            ("{\"code\": \"Forbidden\"} ?code=403&x=1", "{\"code\": \"Forbidden\"} ?code=403&x=1"),
            (
                "az login --service-principal -u app -p q1ab~x -t t",
                "az login --service-principal -u app -p ****** -t t",
            ),
            ("az login `\n  -u app `\n  -p 'q 1' `\n  -t t", "az login `\n  -u app `\n  -p '***' `\n  -t t"),
            ("sqlcmd -S host -U sa -P q1ab", "sqlcmd -S host -U sa -P ****"),
            ("az login -u app -p $env:SECRET -t t", "az login -u app -p $env:SECRET -t t"),
            ("az login\nmkdir -p rooms", "az login\nmkdir -p rooms"),
            ("az login; mkdir -p rooms", "az login; mkdir -p rooms"),
            ("$env:GRAPH_TOKEN = 'q1'", "$env:GRAPH_TOKEN = '**'"),
            ("$env:graph_token=\"q1\"", "$env:graph_token=\"**\""),
            ("export GRAPH_TOKEN=q1ab && x", "export GRAPH_TOKEN=**** && x"),
            ("  GH_TOKEN: ${{ secrets.GH }}", "  GH_TOKEN: ${{ secrets.GH }}"),
            ("setx GRAPH_TOKEN q1ab", "setx GRAPH_TOKEN ****"),
            ("SetEnvironmentVariable('GRAPH_TOKEN', 'q1')", "SetEnvironmentVariable('GRAPH_TOKEN', '**')"),
            ("$env:GRAPH_TOKEN = Get-Token", "$env:GRAPH_TOKEN = Get-Token"),
            ("set GRAPHWHY_TOKEN or `--token-file`", "set GRAPHWHY_TOKEN or `--token-file`"),
            ("the page_token: abcdef", "the page_token: abcdef"),
            ("x abc8Q~0123456789abcdefghij0123456789abcd y", "x **************************************** y"),
            ("the Q~ mark", "the Q~ mark"),
            (
                "/api/run?code=Ab0Cd1Ef2Gh3Ij4Kl5Mn6Op7Qr8St9Uv0Wx1Yz2AzFuA==&x=1",
                "/api/run?code=**********************************************&x=1",
            ),
            ("<add key=\"ClientSecret\" value=\"q1abc\"/>", "<add key=\"ClientSecret\" value=\"*****\"/>"),
            ("client_credential=\"q1abc\"", "client_credential=\"*****\""),
            ("grant_type=client_credentials&scope=x", "grant_type=client_credentials&scope=x"),
            ("Kennwort: q1abc", "Kennwort: *****"),
            ("\u{1b}[31mBearer q1abcdefgh\u{1b}[0m", "\u{1b}[31mBearer **********\u{1b}[0m"),
        ] {
            assert_eq!(masked(text), expected, "{text}");
        }
    }
}
