//! Heredocs of other shells in the scripts of CI files: what is handed to PowerShell is a script of its own, any other is text.

use super::document::Region;
use super::yaml_flow::is_powershell;

/// One heredoc, by offsets in its script.
struct Heredoc {
    /// From `<<` to the end of the word that ends it.
    operator: (usize, usize),
    /// What is handed on.
    body: (usize, usize),
    /// Behind the line that ends it.
    end: usize,
    /// A PowerShell that runs what it reads gets it.
    run: bool,
    /// The other shell puts nothing of its own in.
    plain: bool,
}

/// As many bytes of a line are looked at.
const LONGEST_LINE: usize = 2000;
/// As many lines has a heredoc.
const LONGEST: usize = 5000;

/// Takes the heredocs out of a script, where it may be one of PowerShell, and gives what they hand to a PowerShell.
pub(super) fn taken_out(region: &mut Region, blank: bool) -> Vec<Region> {
    if region.quoted.is_some() || !region.code.contains("<<") {
        return Vec::new();
    }
    let found = heredocs(&region.code);
    let mut handed = Vec::new();
    for heredoc in found.iter().filter(|heredoc| heredoc.run && heredoc.plain) {
        let Some(body) = region.code.get(heredoc.body.0..heredoc.body.1) else { continue };
        let own = Region::new(region.start + heredoc.body.0, body.to_owned(), None);
        handed.push(Region { step: region.step, template: region.template, ..own });
    }
    if blank {
        let mut code = std::mem::take(&mut region.code).into_bytes();
        for heredoc in &found {
            for (start, end) in [heredoc.operator, (heredoc.body.0, heredoc.end)] {
                let bytes = code.get_mut(start..end).unwrap_or_default();
                bytes.iter_mut().filter(|byte| !matches!(byte, b'\n' | b'\r')).for_each(|byte| *byte = b' ');
            }
        }
        region.code = String::from_utf8(code).unwrap_or_default();
    }
    handed
}

fn heredocs(code: &str) -> Vec<Heredoc> {
    let mut found = Vec::new();
    let mut lines = Vec::new();
    let mut start = 0;
    for line in code.split_inclusive('\n') {
        lines.push((start, line));
        start += line.len();
    }
    let mut at = 0;
    while let Some((start, line)) = lines.get(at).copied() {
        at += 1;
        let Some((operator, word, quoted)) = operator(line) else { continue };
        let rest = lines.get(at..).unwrap_or_default();
        let Some(length) = rest.iter().take(LONGEST).position(|(_, line)| line.trim() == word) else { continue };
        let first = start + line.len();
        let Some((last, closing)) = rest.get(length).copied() else { continue };
        let body = code.get(first..last).unwrap_or_default();
        found.push(Heredoc {
            operator: (start + operator.0, start + operator.1),
            body: (first, last),
            end: last + closing.trim_end_matches(['\n', '\r']).len(),
            run: runs(line),
            plain: quoted || !body.contains(['$', '`', '\\']),
        });
        at += length + 1;
    }
    found
}

/// The operator of a heredoc in a line: its place, the word that ends it, and whether the word is quoted.
fn operator(line: &str) -> Option<((usize, usize), &str, bool)> {
    let line = line.get(..LONGEST_LINE).unwrap_or(line);
    if line.trim_start().starts_with('#') {
        return None;
    }
    line.match_indices("<<").find_map(|(at, _)| {
        let before = line.get(..at)?;
        let rest = line.get(at + 2..)?;
        // `<<<` hands on one word.
        if before.ends_with('<') || rest.starts_with('<') {
            return None;
        }
        let named = rest.trim_start_matches(['-', '~']).trim_start_matches([' ', '\t']);
        let inside = named.trim_start_matches(['\'', '"', '\\']);
        let length = inside.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(inside.len());
        let word =
            inside.get(..length).filter(|word| word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'))?;
        let after = inside.get(length..)?;
        let close = usize::from(named.starts_with(['\'', '"']) && after.starts_with(['\'', '"']));
        let end = line.len() - after.len() + close;
        Some(((at, end), word, inside.len() < named.len()))
    })
}

/// Whether a line hands what it reads to a PowerShell that runs it.
fn runs(line: &str) -> bool {
    let lower = line.to_ascii_lowercase();
    let mut words = lower.split(|c: char| c.is_whitespace() || matches!(c, '|' | '"' | '\'' | '(' | ')' | ';' | '&'));
    words.any(is_powershell) && !lower.contains(".ps1") && !lower.contains("-file ")
}

#[cfg(test)]
mod tests {
    use super::{operator, taken_out};
    use crate::script::document::Region;

    #[test]
    fn operators() {
        for (line, word, quoted) in [
            ("cat > a.md <<'EOF'\n", "EOF", true),
            ("cat <<-EOF | tee b\n", "EOF", false),
            (": << \"DOC\"", "DOC", true),
        ] {
            assert_eq!(operator(line).map(|(_, word, quoted)| (word, quoted)), Some((word, quoted)), "{line}");
        }
        for line in ["read x <<< EOF", "# cat <<EOF", "echo $((1 << 2))", "a < b"] {
            assert!(operator(line).is_none(), "{line}");
        }
    }

    #[test]
    fn what_is_handed_on() {
        let code = "cat > a.md <<'EOF'\n  one\n  EOF\npwsh -Command - <<'EOF'\n  two $x\n  EOF\ncat <<EOF | pwsh -c -\n  four $x\n  EOF\nthree\n";
        let mut region = Region::new(10, code.to_owned(), None);
        let handed = taken_out(&mut region, true);
        let pieces: Vec<(usize, &str)> = handed.iter().map(|it| (it.start, it.code.as_str())).collect();
        assert_eq!(pieces, [(10 + code.find("  two").unwrap_or_default(), "  two $x\n")]);
        assert_eq!(region.code.len(), code.len());
        let left: Vec<&str> = region.code.split_whitespace().collect();
        assert_eq!(left, ["cat", ">", "a.md", "pwsh", "-Command", "-", "cat", "|", "pwsh", "-c", "-", "three"]);
    }
}
