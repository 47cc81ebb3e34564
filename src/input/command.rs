//! Commands of a shell that send a request: which method they send, where it stands apart from the address or nowhere.

use super::Span;
use super::method::METHODS;
use crate::both::holds_any;
use crate::source::slice;

/// Whether a text holds a part of a command's name; most hold none.
pub(super) fn may_hold(text: &str) -> bool {
    holds_any(text, &["curl ", "nvoke-", "irm ", "iwr "])
}

/// The command of a shell around a request, as far as it stands in the text.
struct Command<'t> {
    /// From the name to the address, and what is behind the address.
    before: &'t str,
    behind: &'t str,
    start: usize,
    end: usize,
    /// Whether its arguments are written in any case.
    folds: bool,
}

impl<'t> Command<'t> {
    /// The lines of one command end with a mark, each.
    const GOES_ON: [char; 3] = ['\\', '^', '`'];

    /// The command of the nearest of some names before the address at `start`.
    fn of(text: &'t str, start: usize, end: usize, names: &[&str]) -> Option<Self> {
        const REACH: usize = 2_000;
        /// Before its address on one line.
        const LINE: usize = 600;
        // Most addresses stand on a line without a command: the line first, and those above only where they lead to it.
        let line = slice(text, start.saturating_sub(LINE)..start);
        let goes_on = line.rsplit_once('\n').is_some_and(|(above, _)| above.trim_end().ends_with(Self::GOES_ON));
        let before = if goes_on {
            slice(text, start.saturating_sub(REACH)..start)
        } else {
            line.rsplit('\n').next().unwrap_or_default()
        };
        if !may_hold(before) {
            return None;
        }
        let lower = before.to_ascii_lowercase();
        let is_word = |at: usize| {
            let head = before.as_bytes().get(at.checked_sub(1)?)?;
            Some(!head.is_ascii_alphanumeric() && !matches!(head, b'-' | b'_' | b'.' | b'['))
        };
        let places = names.iter().filter_map(|name| lower.rfind(&format!("{name} ")));
        let from = places.max().filter(|at| is_word(*at).unwrap_or(true))?;
        let before = before.get(from..)?;
        // `Invoke-RestMethod : {…`: the head of what it printed, and no command.
        if before.split_once(' ').is_some_and(|(_, rest)| rest.trim_start().starts_with(':')) {
            return None;
        }
        let lines: Vec<&str> = before.split('\n').collect();
        let above = lines.split_last().map(|(_, above)| above).unwrap_or_default();
        if !above.iter().all(|line| line.trim_end().ends_with(Self::GOES_ON)) {
            return None;
        }
        let behind = slice(text, end..end.saturating_add(REACH));
        let mut len = 0;
        for line in behind.split_inclusive('\n') {
            len += line.len();
            if !line.trim_end().ends_with(Self::GOES_ON) {
                break;
            }
        }
        Some(Self {
            before,
            behind: behind.get(..len).unwrap_or_default(),
            start: start - before.len(),
            end,
            folds: names.len() > 1,
        })
    }

    fn name(&self) -> Span {
        let len = self.before.split(' ').next().unwrap_or_default().len();
        Span::new(self.start, self.start + len)
    }

    /// The place of the first of its arguments that is one of these, by the length that it has to have.
    fn argument(&self, flags: &[&str]) -> Option<Span> {
        let line = |part: &str| part.replace(['\n', '\t'], " ");
        let line = |part: &str| if self.folds { line(part).to_ascii_lowercase() } else { line(part) };
        let (before, behind) = (line(self.before), line(self.behind));
        flags.iter().find_map(|flag| {
            let at = before.find(flag).map(|at| self.start + at);
            let at = at.or_else(|| behind.find(flag).map(|at| self.end + at))?;
            Some(Span::new(at + 1, at + 1 + flag.trim().len()))
        })
    }
}

const CMDLETS: [&str; 7] = [
    "invoke-restmethod",
    "invoke-webrequest",
    "invoke-mggraphrequest",
    "invoke-graphrequest",
    "invoke-pnpgraphmethod",
    "irm",
    "iwr",
];

/// The method of the command that the record of an error shows below its message, whatever its address:
/// `+ $r = Invoke-RestMethod -Uri $uri -Method Post ...`.
pub(super) fn shown(text: &str, failure: Span) -> Option<(&'static str, Span)> {
    const BELOW: usize = 800;
    let part = slice(text, failure.end..failure.end.saturating_add(BELOW));
    let mut at = failure.end;
    let (start, line) = part.split_inclusive('\n').find_map(|line| {
        let start = at;
        at += line.len();
        line.trim_start().starts_with("+ ").then_some((start, line))
    })?;
    let lower = line.to_ascii_lowercase();
    let name = CMDLETS.iter().find_map(|name| lower.find(&format!("{name} ")))?;
    let rest = slice(&lower, name..lower.len());
    let at = name + rest.find(" -method ").or_else(|| rest.find(" -method:"))? + " -method ".len();
    let value = slice(line, at..line.len());
    let skipped = value.len() - value.trim_start_matches([' ', '"', '\'']).len();
    let word = slice(value, skipped..value.len()).split(|c: char| !c.is_ascii_alphabetic()).next()?;
    let method = METHODS.iter().find(|method| method.eq_ignore_ascii_case(word))?;
    let at = start + at + skipped;
    Some((*method, Span::new(at, at + word.len())))
}

/// What the command of a shell sends: `curl -X POST …`, `Invoke-RestMethod -Method Post -Uri …`; where it names no method,
/// that is GET.
pub(super) fn method(text: &str, start: usize, end: usize) -> Option<(&'static str, Span)> {
    let named = |flag: Span| {
        let value = slice(text, flag.end..flag.end.saturating_add(24));
        let value = value.trim_start_matches([' ', ':', '=', '"', '\'']);
        let word = value.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
        let at = flag.end + slice(text, flag.end..flag.end.saturating_add(24)).len() - value.len();
        let at = at.min(flag.end + 24);
        let method = METHODS.iter().find(|method| method.eq_ignore_ascii_case(word))?;
        Some((*method, Span::new(at, at + word.len())))
    };
    if let Some(command) = Command::of(text, start, end, &CMDLETS) {
        if let Some(flag) = command.argument(&[" -method"]) {
            return named(flag);
        }
        // The line where a console shows the place of an error may be cut; `@parameters` hold what is not shown.
        let cut = command.behind.trim_end().ends_with("...") || command.behind.trim_end().ends_with('…');
        let splat = command.argument(&[" @"]).is_some();
        return (!cut && !splat).then(|| ("GET", command.name()));
    }
    let command = Command::of(text, start, end, &["curl"])?;
    if let Some(flag) = command.argument(&[" -X ", " --request ", " --request=", " -X\"", " -X'"]) {
        return named(Span::new(
            flag.start,
            flag.start + slice(text, flag.start..flag.end).trim_end_matches(['"', '\'']).len(),
        ));
    }
    // `-XPOST`
    if let Some(flag) = METHODS.iter().find_map(|method| command.argument(&[&format!(" -X{method}")])) {
        return named(Span::new(flag.start, flag.start + 2));
    }
    if command.argument(&[" -X", " --request"]).is_some() {
        return None;
    }
    let asks = command.argument(&[" -G ", " --get"]).is_some();
    let sends = [" -d ", " -d'", " -d\"", " --data", " --json ", " -F ", " --form"];
    if let Some(flag) = command.argument(&sends).filter(|_| !asks) {
        return Some(("POST", flag));
    }
    let head = command.argument(&[" -I ", " --head"]);
    Some(head.map_or_else(|| ("GET", command.name()), |flag| ("HEAD", flag)))
}

/// `Get "https://…": …`, as Go tells of a call that failed.
pub(super) fn of_go(text: &str, start: usize, end: usize) -> Option<(&'static str, Span)> {
    const LONGEST: usize = 10;
    if !slice(text, end..end + 3).starts_with("\": ") {
        return None;
    }
    let lead = slice(text, start.saturating_sub(LONGEST)..start).strip_suffix(" \"")?;
    let word = lead.rsplit(|c: char| !c.is_ascii_alphabetic()).next()?;
    let method = METHODS.iter().find(|method| method.eq_ignore_ascii_case(word))?;
    let at = start - 2 - word.len();
    word.starts_with(|c: char| c.is_ascii_uppercase()).then_some((*method, Span::new(at, at + word.len())))
}

/// Whether a version without a slash before it leads to a path, as `Invoke-MgGraphRequest` takes it: `-Uri "v1.0/users/…`.
pub(super) fn is_relative(head: &[u8]) -> bool {
    let before = head.strip_suffix(b"v1.0").or_else(|| head.strip_suffix(b"beta"));
    before.is_some_and(|before| {
        [&b"-Uri "[..], b"-Uri \"", b"-Uri '", b"-uri \"", b"-uri '", b"-uri "]
            .iter()
            .any(|lead| before.ends_with(lead))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(text: &str) -> Option<(&'static str, &str)> {
        let start = text.find("https://")?;
        let end = start + text.get(start..)?.find([' ', '"', '\'', '\n']).unwrap_or(text.len() - start);
        method(text, start, end).map(|(method, span)| (method, slice(text, span.start..span.end)))
    }

    #[test]
    fn methods_of_records() {
        fn shown(text: &str) -> Option<(&'static str, &str)> {
            let at = text.find('§')?;
            super::shown(text, Span::new(at, at + '§'.len_utf8()))
                .map(|(method, span)| (method, slice(text, span.start..span.end)))
        }
        for (text, expected) in [
            (
                "Invoke-RestMethod : §\nAt line:1\n+ $r = Invoke-RestMethod -Uri $u -Method Post ...\n+ ~~~",
                Some(("POST", "Post")),
            ),
            ("Invoke-RestMethod : §\n+ $r = Invoke-RestMethod -Uri $u -Headers $h ...\n", None),
            ("Invoke-RestMethod : §\n+ $r = Invoke-RestMethod -Uri $u -Method $m ...\n", None),
            ("Invoke-RestMethod -Method Post -Uri $u\n§\n", None),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn methods_of_commands() {
        for (text, expected) in [
            ("$ curl -s -H 'Accept: application/json' https://x/v1.0/me", Some(("GET", "curl"))),
            ("curl -s -X POST -H 'A: a/b' -d '{}' https://x/", Some(("POST", "POST"))),
            ("curl -XPATCH https://x/ -d '{}'", Some(("PATCH", "PATCH"))),
            ("curl --request=delete https://x/", Some(("DELETE", "delete"))),
            ("curl -f https://x/", Some(("GET", "curl"))),
            ("curl -x http://proxy:8080 https://x/", Some(("GET", "curl"))),
            ("curl https://x/ \\\n  -d '{}'", Some(("POST", "-d"))),
            ("curl -G -d a=b https://x/", Some(("GET", "curl"))),
            ("curl -I https://x/", Some(("HEAD", "-I"))),
            ("curl -X $METHOD https://x/", None),
            ("curl http://other/\nhttps://x/", None),
            ("PS C:\\> Invoke-RestMethod -Headers $h -Uri \"https://x/\"", Some(("GET", "Invoke-RestMethod"))),
            ("Invoke-MgGraphRequest -Uri 'https://x/' -method Post -Body $b", Some(("POST", "Post"))),
            ("irm https://x/ `\n  -Method:Patch", Some(("PATCH", "Patch"))),
            ("Invoke-RestMethod -Method $m -Uri https://x/", None),
            ("+ Invoke-RestMethod -Uri https://x/ ...", None),
            ("Invoke-RestMethod @splat -Uri https://x/", None),
            ("Invoke-RestMethod : see https://x/", None),
            ("the file my-curl and https://x/", None),
            ("curl: (22) error of https://x/", None),
        ] {
            assert_eq!(sent(text), expected, "{text}");
        }
    }
}
