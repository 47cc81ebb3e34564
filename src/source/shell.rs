//! Secrets as PowerShell has them: lists of tokens, and what is made a `SecureString`.

use std::ops::Range;

use super::secrets::{Announced, assigned, is_stand_in, run};

/// The texts of a PowerShell list: `-AccessTokens "a", "b"`, `-AccessTokens @("a", "b")`, `$secrets = @('a', 'b')`.
pub(super) fn listed(bytes: &[u8], key: usize, start: usize) -> Vec<Range<usize>> {
    let mut items = Vec::new();
    let is_key = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let end = run(bytes.get(..(start + 14).min(bytes.len())).unwrap_or_default(), start, is_key);
    let head = bytes.get(key.saturating_sub(24)..key).unwrap_or_default();
    let name = head.iter().rev().take_while(|byte| is_key(**byte)).count();
    let mark = head.iter().rev().nth(name).copied();
    let several = bytes.get(end.saturating_sub(1)).is_some_and(|byte| byte.eq_ignore_ascii_case(&b's'));
    if !matches!(mark, Some(b'-' | b'$')) {
        return items;
    }
    let mut at = run(bytes, end, |byte| matches!(byte, b' ' | b'\t' | b':' | b'='));
    let open = matches!(bytes.get(at..), Some([b'@', b'(', ..] | [b'(', b'"' | b'\'', ..]));
    if at == end || !(open || several) {
        return items;
    }
    let last = at + (64 << 10);
    while at < last {
        match bytes.get(at..).unwrap_or_default() {
            [b'\n' | b'\r', ..] if !open => break,
            [b' ' | b'\t' | b',' | b'@' | b'(' | b'\n' | b'\r' | b'`', ..] => at += 1,
            [quote @ (b'"' | b'\''), rest @ ..] => {
                let Some(length) = rest.iter().position(|byte| byte == quote || *byte == b'\n') else { break };
                let value = rest.get(..length).unwrap_or_default();
                if !value.is_empty() && !is_stand_in(value) && !value.starts_with(b"eyJ") {
                    items.push(at + 1..at + 1 + length);
                }
                at += length + 2;
                // Another value comes after a comma only.
                let next = run(bytes, at, |byte| matches!(byte, b' ' | b'\t' | b'`' | b'\n' | b'\r'));
                if bytes.get(next) != Some(&b',') && !open {
                    break;
                }
            }
            [b'$', ..] => at = run(bytes, at + 1, |byte| is_key(byte) || matches!(byte, b'.' | b':')),
            // A word without quotes is a value behind a parameter only.
            [first, ..] if mark == Some(b'-') && first.is_ascii_alphanumeric() => {
                let end =
                    run(bytes, at, |byte| !byte.is_ascii_whitespace() && !matches!(byte, b',' | b')' | b';' | b'|'));
                let value = bytes.get(at..end).unwrap_or_default();
                if value.len() >= 4 && !is_stand_in(value) && !value.starts_with(b"eyJ") {
                    items.push(at..end);
                }
                at = end;
                let next = run(bytes, at, |byte| matches!(byte, b' ' | b'\t'));
                if bytes.get(next) != Some(&b',') && !open {
                    break;
                }
            }
            _ => break,
        }
    }
    items
}

/// The text that is made a `SecureString`: piped into the cmdlet, or an argument of it behind its switches.
pub(super) fn secure_string(bytes: &[u8], key: usize, start: usize) -> Option<Range<usize>> {
    if let Some(piped) = piped_into(bytes, key) {
        return Some(piped);
    }
    let mut at = start;
    loop {
        let name_at = run(bytes, at, |byte| matches!(byte, b' ' | b'\t'));
        if name_at == at && at > start {
            return None;
        }
        if name_at == at || bytes.get(name_at) != Some(&b'-') {
            // The value itself, or `SecureString = value`.
            return assigned(bytes, key, at, Announced::SecureString);
        }
        let name_end = run(bytes, name_at + 1, |byte| byte.is_ascii_alphabetic());
        let name = bytes.get(name_at + 1..name_end)?.to_ascii_lowercase();
        at = name_end;
        if name.is_empty() {
            return None;
        }
        if b"string".starts_with(&name) {
            return assigned(bytes, key, at, Announced::SecureString);
        }
        if !b"asplaintext".starts_with(&name) && !b"force".starts_with(&name) {
            // The key that the text is encrypted with.
            at = run(bytes, at, |byte| matches!(byte, b' ' | b'\t'));
            at = run(bytes, at, |byte| !byte.is_ascii_whitespace());
        }
    }
}

/// `'value' | ConvertTo-SecureString`, with `key` where `SecureString` begins.
fn piped_into(bytes: &[u8], key: usize) -> Option<Range<usize>> {
    const CMDLET: &[u8] = b"ConvertTo-";
    let verb = key.checked_sub(CMDLET.len())?;
    if !bytes.get(verb..key)?.eq_ignore_ascii_case(CMDLET) {
        return None;
    }
    let head = bytes.get(verb.saturating_sub(16 << 10)..verb)?.trim_ascii_end();
    let head = head.strip_suffix(b"|")?.trim_ascii_end();
    let head = head.strip_suffix(b")").map_or(head, <[u8]>::trim_ascii_end);
    let (mark, head) = head.split_last()?;
    if !matches!(mark, b'"' | b'\'') {
        return None;
    }
    // A doubled quote mark belongs to the text.
    let mut from = head.len();
    loop {
        from = head.get(..from)?.iter().rposition(|byte| byte == mark || *byte == b'\n')?;
        if head.get(from) == Some(&b'\n') {
            return None;
        }
        match from.checked_sub(1) {
            Some(before) if head.get(before) == Some(mark) => from = before,
            _ => break,
        }
    }
    let value = head.get(from + 1..)?;
    let begin = verb.saturating_sub(16 << 10) + from + 1;
    (!value.is_empty() && !is_stand_in(value)).then(|| begin..begin + value.len())
}

/// `$pass = 'value'`: the whole name, and a quoted text.
pub(super) fn variable(bytes: &[u8], key: usize, start: usize) -> Option<Range<usize>> {
    let named = run(bytes, start, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':' | b'.'));
    let at = run(bytes, start, |byte| matches!(byte, b' ' | b'\t'));
    let value = run(bytes, at + 1, |byte| matches!(byte, b' ' | b'\t'));
    let quoted = matches!(bytes.get(value..), Some([b'"' | b'\'', ..] | [b'@', b'"' | b'\'', ..]));
    (named == start && bytes.get(at) == Some(&b'=') && quoted)
        .then(|| assigned(bytes, key, start, Announced::Variable))?
}

/// The password of `[Net.NetworkCredential]::new('name', 'password')` and of `New-Object Net.NetworkCredential 'name', '...'`.
pub(super) fn network_credential(bytes: &[u8], start: usize) -> Option<Range<usize>> {
    let line = bytes.get(start..bytes.len().min(start + 512)).filter(|line| !line.starts_with(b"()"))?;
    let line = line.split(|byte| matches!(byte, b'\n' | b'\r')).next()?;
    let comma = line.iter().position(|byte| *byte == b',')?;
    let at = run(line, comma + 1, |byte| matches!(byte, b' ' | b'\t'));
    let mark = line.get(at).filter(|byte| matches!(byte, b'"' | b'\''))?;
    let rest = line.get(at + 1..)?;
    let value = rest.get(..rest.iter().position(|byte| byte == mark)?)?;
    (!value.is_empty() && !is_stand_in(value)).then(|| start + at + 1..start + at + 1 + value.len())
}

/// The lines of a here-string that `rest` begins with.
pub(super) fn here_string(rest: &[u8]) -> Option<Range<usize>> {
    let [b'@', mark @ (b'"' | b'\''), b'\n' | b'\r', ..] = rest else { return None };
    let near = rest.get(..rest.len().min(64 << 10))?;
    let start = memchr::memchr(b'\n', near)? + 1;
    let end = memchr::memmem::find(near, &[b'\n', *mark, b'@'])?;
    (start < end).then_some(start..end)
}

#[cfg(test)]
mod tests {
    use crate::source::masked;

    #[test]
    fn secrets_of_powershell_are_masked_however_short() {
        for text in [
            "Connect-MicrosoftTeams -AccessTokens @('q1', \"q2\")",
            "Connect-MicrosoftTeams -AccessTokens \"q1\",'q2'",
            "Connect-MicrosoftTeams -AccessTokens q1aa, q2bb",
            "Connect-MicrosoftTeams -AccessTokens:@('q1','q2')",
            "Connect-MgGraph -ClientSecret 'q1'",
            "Connect-MgGraph -AccessToken:q1ab",
            "ConvertTo-SecureString 'q1' -AsPlainText -Force",
            "ConvertTo-SecureString -AsPlainText -Force -String \"q1\"",
            "'q1' | ConvertTo-SecureString -AsPlainText -Force",
            "ConvertTo-SecureString @'\nq1\nq2\n'@ -AsPlainText -Force",
            "$pass = 'q1'",
            "$pw='q1'",
            "$token = \"q1\"",
            "$clientSecret = 'q1'",
            "$env:CLIENT_SECRET = 'q1'",
            "[System.Net.NetworkCredential]::new('', 'q1')",
            "New-Object Net.NetworkCredential 'user', 'q1'",
            "$c = 'Server=a;User ID=b;Password=q1ab;Encrypt=True'",
            "$c = 'Endpoint=sb://a/;SharedAccessKeyName=Root;SharedAccessKey=q1ab='",
            "$c = 'AccountName=a;AccountKey=q1ab==;EndpointSuffix=b'",
        ] {
            let masked = masked(text);
            assert_eq!(masked.len(), text.len(), "{text}");
            assert!(!masked.contains("q1") && !masked.contains("q2"), "{masked}");
            let quotes = |text: &str| text.chars().filter(|c| matches!(c, '\'' | '"' | '@' | '\n')).collect::<String>();
            assert_eq!(quotes(&masked), quotes(text), "{masked}");
        }
    }

    #[test]
    fn values_that_are_no_secrets_stay() {
        for text in [
            "Grant-CsApplicationAccessPolicy -PolicyName Rooms -PassThru",
            "$passed = 'Meetings'",
            "$passThru = \"Rooms\"",
            "$pwsh = 'pwsh.exe'",
            "$tokens = 'a,b'",
            "$token.Length",
            "$token = (Get-AzAccessToken).Token",
            "$pass = $env:PASS",
            "Connect-MicrosoftTeams -AccessTokens $graph, $teams",
            "Connect-MicrosoftTeams -AccessTokens @($graph, $teams) -TenantId contoso",
            "$cred.GetNetworkCredential().Password, 'Meetings'",
            "ConvertTo-SecureString $env:SECRET -AsPlainText",
        ] {
            assert_eq!(masked(text), text);
        }
    }
}
