//! What of a file is PowerShell: all of a script, the fences of Markdown, the run blocks of a CI file.

use super::parse::Unread;
use super::scalar;
use crate::input::Span;
use crate::knowledge::cmdlet;

/// What a file is, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A script or module; also what has no known extension.
    PowerShell,
    /// A README, runbook or wiki page.
    Markdown,
    /// A CI workflow or pipeline.
    Yaml,
}

impl Kind {
    /// The kind of a file with this name.
    #[must_use]
    pub fn of(name: &str) -> Self {
        let extension = name.rsplit(['/', '\\']).next().unwrap_or(name).rsplit_once('.').map(|(_, e)| e);
        match extension.map(str::to_ascii_lowercase).as_deref() {
            Some("md" | "markdown" | "mdx" | "mdown" | "mkd") => Self::Markdown,
            Some("yml" | "yaml") => Self::Yaml,
            _ => Self::PowerShell,
        }
    }
}

/// A piece of PowerShell: as many bytes as its place in the source, with what belongs to the file around it blanked out.
#[derive(Debug)]
pub(super) struct Region {
    pub(super) start: usize,
    pub(super) code: String,
    /// Where the step of a CI file begins whose script this is.
    pub(super) step: Option<usize>,
    /// It is a quoted scalar of YAML, so that an edit would have to be quoted too.
    pub(super) quoted: Option<Quoted>,
}

/// How a piece is quoted in the file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quoted {
    pub(crate) quote: char,
    /// What stands in the file is not what is meant, character for character.
    pub(crate) decoded: bool,
}

/// A line with its place, without its line end.
#[derive(Clone, Copy)]
struct Line<'a> {
    start: usize,
    text: &'a str,
    /// With the line end.
    full: &'a str,
}

fn lines(text: &str) -> Vec<Line<'_>> {
    let mut start = 0;
    text.split_inclusive('\n')
        .map(|full| {
            let line = Line { start, text: full.trim_end_matches(['\n', '\r']), full };
            start += full.len();
            line
        })
        .collect()
}

/// A file, cut up.
#[derive(Debug, Default)]
pub(super) struct Document {
    /// The pieces of PowerShell.
    pub(super) regions: Vec<Region>,
    /// Comments of the file itself, around the pieces, as far as they may be meant for this tool.
    pub(super) comments: Vec<Span>,
    /// Scripts that cannot be read where they stand.
    pub(super) unread: Vec<Unread>,
}

/// Cuts a source up.
pub(super) fn document(text: &str, kind: Kind) -> Document {
    match kind {
        Kind::PowerShell => Document {
            regions: vec![Region { start: 0, code: text.to_owned(), step: None, quoted: None }],
            ..Document::default()
        },
        Kind::Markdown => markdown(text),
        Kind::Yaml => {
            let mut document = yaml(text);
            document.comments = yaml_comments(text, &document.regions);
            document
        }
    }
}

/// A copy of `line` with its first `columns` blanked, as far as they are indentation or quote marks.
fn without_prefix(line: &str, columns: usize, quoted: bool) -> String {
    let mut out = String::with_capacity(line.len());
    let mut inside = true;
    for (column, c) in line.chars().enumerate() {
        inside = inside && column < columns && (matches!(c, ' ' | '\t') || (quoted && c == '>'));
        out.push(if inside { ' ' } else { c });
    }
    out
}

/// The prompt of a pasted session, `PS C:\> `, blanked.
fn without_prompt(line: String) -> String {
    let trimmed = line.trim_start();
    let indent = line.len() - trimmed.len();
    let prompt = if trimmed.starts_with("PS>") {
        Some(3)
    } else if trimmed.starts_with(">> ") {
        Some(2)
    } else if trimmed
        .strip_prefix("PS ")
        .is_some_and(|rest| rest.starts_with(['/', '~', '\\']) || rest.get(1..2) == Some(":"))
    {
        trimmed.find("> ").map(|at| at + 1)
    } else {
        None
    };
    match prompt.and_then(|length| trimmed.get(length..)) {
        Some(rest) => format!("{}{rest}", " ".repeat(indent + trimmed.len() - rest.len())),
        None => line,
    }
}

/// A fence that was opened.
struct Fence {
    mark: char,
    length: usize,
    column: usize,
    quoted: bool,
    tag: String,
}

impl Fence {
    /// Opens behind indentation, quote marks and list markers, as they nest.
    fn open(line: &str) -> Option<Self> {
        let mark_at = line.find("```").into_iter().chain(line.find("~~~")).min()?;
        let prefix = line.get(..mark_at)?;
        let list = |word: &str| {
            matches!(word, "-" | "*" | "+")
                || word.strip_suffix(['.', ')']).is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
        };
        if !prefix.replace(['>', '\u{feff}'], " ").split_whitespace().all(list) {
            return None;
        }
        let rest = line.get(mark_at..)?;
        let mark = rest.chars().next()?;
        let info = rest.trim_start_matches(mark);
        if mark == '`' && info.contains('`') {
            return None;
        }
        let tag = info.trim().trim_start_matches(['{', '.']);
        let end = tag.find(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_' | '+' | '#'))).unwrap_or(tag.len());
        Some(Self {
            mark,
            length: rest.len() - info.len(),
            column: prefix.chars().count(),
            quoted: prefix.contains('>'),
            tag: tag.get(..end)?.to_ascii_lowercase(),
        })
    }

    fn closed_by(&self, line: &str) -> bool {
        let rest = line.trim_start_matches([' ', '\t', '>']).trim_end();
        rest.len() >= self.length && rest.chars().all(|c| c == self.mark)
    }

    fn is_powershell(&self, code: &str) -> bool {
        match self.tag.as_str() {
            "powershell"
            | "pwsh"
            | "ps1"
            | "posh"
            | "powershell-interactive"
            | "azurepowershell"
            | "azurepowershell-interactive" => true,
            "" => starts_with_cmdlet(code) || prepares(code),
            _ => false,
        }
    }
}

fn first_words(code: &str) -> impl Iterator<Item = &str> {
    code.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .filter_map(|line| line.split([' ', '\t', '`', ';', '|', '=']).next())
}

fn starts_with_cmdlet(code: &str) -> bool {
    first_words(code).next().is_some_and(|word| cmdlet(word).is_some())
}

/// Whether a block makes ready for one of these cmdlets, and then uses it: it loads the module, or fills variables.
fn prepares(code: &str) -> bool {
    const LOADS: [&str; 4] = ["Install-Module", "Import-Module", "Update-Module", "Set-ExecutionPolicy"];
    let makes_ready = |word: &str| {
        LOADS.iter().any(|load| load.eq_ignore_ascii_case(word))
            || word
                .strip_prefix('$')
                .is_some_and(|name| name.starts_with(char::is_alphabetic) && !name.contains(['(', '{', '"', '\'']))
    };
    first_words(code).next().is_some_and(makes_ready) && first_words(code).any(|word| cmdlet(word).is_some())
}

/// Follows `<!-- -->` through the lines outside fences. Gives whether the line ends inside a comment.
fn follow_comment(line: Line<'_>, mut since: Option<usize>, comments: &mut Vec<Span>) -> Option<usize> {
    let mut at = 0;
    while let Some(rest) = line.text.get(at..) {
        match since {
            Some(start) => {
                let Some(end) = rest.find("-->") else { break };
                at += end + 3;
                comments.push(Span::new(start, line.start + at));
                since = None;
            }
            None => {
                let Some(begin) = rest.find("<!--") else { break };
                let before = line.text.get(..at + begin).unwrap_or_default();
                // In code of a line it is only shown.
                if before.matches('`').count() % 2 == 0 {
                    since = Some(line.start + at + begin);
                }
                at += begin + 4;
            }
        }
    }
    since
}

fn markdown(text: &str) -> Document {
    let mut found = Vec::new();
    let mut comments = Vec::new();
    let mut comment: Option<usize> = None;
    let mut open: Option<(Fence, Region)> = None;
    // A comment that is never closed is none.
    let last_close = text.rfind("-->").unwrap_or(0);
    for line in lines(text) {
        if let Some((fence, region)) = &mut open {
            if !fence.closed_by(line.text) {
                region.code.push_str(&without_prompt(without_prefix(line.full, fence.column, fence.quoted)));
                continue;
            }
        } else {
            if comment.is_none()
                && let Some(fence) = Fence::open(line.text)
            {
                open = Some((
                    fence,
                    Region { start: line.start + line.full.len(), code: String::new(), step: None, quoted: None },
                ));
            } else {
                comment = follow_comment(line, comment, &mut comments).filter(|start| *start < last_close);
            }
            continue;
        }
        found.extend(open.take());
    }
    found.extend(open);
    let regions =
        found.into_iter().filter(|(fence, region)| fence.is_powershell(&region.code)).map(|(_, region)| region);
    Document { regions: regions.collect(), comments, unread: Vec::new() }
}

/// Keys below which CI systems keep scripts: GitHub Actions, Azure Pipelines, GitLab.
const SCRIPT_KEYS: [&str; 7] = ["run", "script", "powershell", "pwsh", "inline", "inlinescript", "before_script"];

/// The key of a YAML line with its column and what follows the colon.
fn key(line: &str) -> Option<(usize, String, &str)> {
    let trimmed = line.trim_start_matches([' ', '-']);
    let column = line.len() - trimmed.len();
    let (name, value) = trimmed.split_once(':')?;
    let name = name.trim().trim_matches(['"', '\'']);
    let plain = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'));
    (plain && (value.is_empty() || value.starts_with([' ', '\t']))).then(|| (column, name.to_ascii_lowercase(), value))
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

fn yaml(text: &str) -> Document {
    let lines = lines(text);
    let mut found = Document::default();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        at += 1;
        let Some((column, name, value)) = key(line.text) else { continue };
        // CircleCI keeps a script below `command`, beside its shell.
        let command = name == "command";
        if !(command || SCRIPT_KEYS.contains(&name.as_str())) {
            continue;
        }
        let shell = shell_of(&lines, at - 1, column);
        let unread = found.unread.len();
        let value_at = line.start + line.text.len() - value.len();
        let before = found.regions.len();
        let step = step_start(&lines, at - 1, column);
        if value.trim().is_empty() {
            // GitLab: a list of scalars.
            while let Some(item) = lines.get(at) {
                let trimmed = item.text.trim_start();
                let indent = indentation(item.text);
                let Some(scalar) = trimmed.strip_prefix("- ") else { break };
                if indent < column {
                    break;
                }
                at += 1;
                let scalar_at = item.start + item.text.len() - scalar.len();
                at = scalar_region(&lines, at, indent, scalar, scalar_at, &mut found);
            }
        } else {
            at = scalar_region(&lines, at, column, value, value_at, &mut found);
        }
        let own: Vec<Region> = found.regions.drain(before..).map(|r| Region { step: Some(step), ..r }).collect();
        let handed: Vec<Region> = own.iter().flat_map(handed).collect();
        if shell.unwrap_or(!command) {
            found.regions.extend(own);
        } else {
            found.unread.truncate(unread);
        }
        found.regions.extend(handed);
    }
    found.regions.retain(|region| mentions_cmdlet(&region.code));
    found
}

/// As many bytes around the name of PowerShell are looked at, for a comment and for the option with the commands.
const NEAR: usize = 512;

/// What a script of another shell hands to PowerShell: `pwsh -Command '...'`.
fn handed(outer: &Region) -> Vec<Region> {
    let code = outer.code.as_str();
    let lower = code.to_ascii_lowercase();
    let mut found = Vec::new();
    let mut at = 0;
    let mut starts: Vec<usize> =
        ["pwsh", "powershell"].iter().flat_map(|word| lower.match_indices(word).map(|(start, _)| start)).collect();
    starts.sort_unstable();
    for start in starts {
        let before = lower.as_bytes().get(start.saturating_sub(NEAR)..start).unwrap_or_default();
        let before = before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
        if start < at || outer.quoted.is_some() || before.trim_ascii_start().starts_with(b"#") {
            continue;
        }
        let near = lower.as_bytes().get(start..lower.len().min(start + NEAR)).unwrap_or_default();
        let line = near.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let option = [" -command ", " -c "]
            .iter()
            .find_map(|option| Some(memchr::memmem::find(line, option.as_bytes())? + option.len()));
        let Some(rest) = option.and_then(|option| code.get(start + option..)) else { continue };
        let text = rest.trim_start_matches(' ');
        let Some(quote @ ('"' | '\'')) = text.chars().next() else { continue };
        let body = code.len() - text.len() + 1;
        let Some(length) = code.get(body..).and_then(|body| body.find(quote)) else { continue };
        let Some(inside) = code.get(body..body + length) else { continue };
        at = body + length + 1;
        // Between double quotes the other shell puts values and characters of its own in.
        if quote == '\'' || !inside.contains(['$', '`', '\\']) {
            let quoted = Some(Quoted { quote, decoded: false });
            found.push(Region { start: outer.start + body, code: inside.to_owned(), step: outer.step, quoted });
        }
    }
    found
}

/// Where the item of a list begins that the key at `column` of a line belongs to; the line itself if there is none.
fn step_start(lines: &[Line<'_>], at: usize, column: usize) -> usize {
    let own = lines.get(at).map_or(0, |line| line.start);
    let near = |line: &&Line<'_>| line.start + AROUND > own;
    let mut start = own;
    for line in lines.get(..=at).unwrap_or_default().iter().rev().take_while(near) {
        let indent = indentation(line.text);
        if line.text.trim().is_empty() || indent >= column {
            continue;
        }
        // A mapping that is no item begins at its first key.
        if line.text.trim_start().starts_with("- ") {
            start = line.start;
        }
        break;
    }
    start
}

/// Comments of the YAML itself that name this tool.
fn yaml_comments(text: &str, regions: &[Region]) -> Vec<Span> {
    let inside = |at: usize| regions.iter().any(|r| (r.start..r.start + r.code.len()).contains(&at));
    lines(text)
        .into_iter()
        .filter_map(|line| {
            let named = line.text.find("graphwhy:")?;
            let hash = line.text.get(..named)?.rfind('#')?;
            let before = line.text.get(..hash)?;
            let starts = before.is_empty() || before.ends_with([' ', '\t']);
            (starts && !inside(line.start + hash)).then(|| Span::new(line.start + hash, line.start + line.text.len()))
        })
        .collect()
}

/// Takes one scalar whose text begins at `value_at`; `at` is the line after it. Gives the line after the scalar.
fn scalar_region(
    lines: &[Line<'_>],
    mut at: usize,
    column: usize,
    value: &str,
    value_at: usize,
    found: &mut Document,
) -> usize {
    let trimmed = value.trim();
    let lead = value.len() - value.trim_start().len();
    if trimmed.starts_with(['|', '>']) {
        let folded = trimmed.starts_with('>');
        let first = at;
        while lines.get(at).is_some_and(|l| l.text.trim().is_empty() || indentation(l.text) > column) {
            at += 1;
        }
        let block = lines.get(first..at).unwrap_or_default();
        if let Some(line) = block.first() {
            found.regions.push(Region { start: line.start, code: block_code(block, folded), step: None, quoted: None });
        }
        return at;
    }
    for quote in ['"', '\''] {
        if trimmed.starts_with(quote) {
            let start = value_at + lead;
            return quoted_region(lines, at, column, (quote, start), found);
        }
    }
    let mut code = trimmed.to_owned();
    let start = value_at + lead;
    // A plain scalar goes on over more indented lines, folded.
    while let Some(line) = lines.get(at).filter(|l| !l.text.trim().is_empty() && indentation(l.text) > column) {
        if key(line.text).is_some() || line.text.trim_start().starts_with("- ") {
            break;
        }
        let gap = line.start.saturating_sub(start + code.len());
        code.push_str(&" ".repeat(gap));
        code.push_str(line.text);
        at += 1;
    }
    found.regions.push(Region { start, code, step: None, quoted: None });
    at
}

/// Takes a scalar whose quote stands at `start`, in the line before `at`; it may go on over more indented lines.
fn quoted_region(
    lines: &[Line<'_>],
    mut at: usize,
    column: usize,
    (quote, start): (char, usize),
    found: &mut Document,
) -> usize {
    let Some(line) = at.checked_sub(1).and_then(|before| lines.get(before)) else { return at };
    let mut text = line.full.get(start + 1 - line.start..).unwrap_or_default().to_owned();
    let mut scalar = scalar::quoted(&text, quote);
    if scalar.is_none() {
        let more = lines.get(at..).unwrap_or_default();
        let more = more.iter().take_while(|l| l.start < start + AROUND);
        let more = more.take_while(|l| l.text.trim().is_empty() || indentation(l.text) > column);
        text.extend(more.map(|l| l.full));
        scalar = scalar::quoted(&text, quote);
        let end = start + 1 + scalar.as_ref().map_or(text.len(), |scalar| scalar.length);
        while lines.get(at).is_some_and(|l| l.start < end) {
            at += 1;
        }
    }
    match scalar {
        Some(scalar::Scalar { code, decoded, length: _ }) => {
            found.regions.push(Region { start: start + 1, code, step: None, quoted: Some(Quoted { quote, decoded }) });
        }
        None if mentions_cmdlet(&text) => {
            let reason = "a quoted text of YAML that is never closed, or has an escape that YAML does not know";
            found.unread.push(Unread { span: Span::new(start, start + 1 + text.trim_end().len()), reason });
        }
        None => {}
    }
    at
}

fn block_code(block: &[Line<'_>], folded: bool) -> String {
    let base = block.iter().find(|l| !l.text.trim().is_empty()).map_or(0, |l| indentation(l.text));
    let mut code = String::new();
    for (index, line) in block.iter().enumerate() {
        code.push_str(line.text);
        let end = line.full.get(line.text.len()..).unwrap_or_default();
        let flat = |l: &Line<'_>| !l.text.trim().is_empty() && indentation(l.text) == base;
        let joined = folded && flat(line) && block.get(index + 1).is_some_and(flat);
        if joined {
            code.push_str(&" ".repeat(end.len()));
        } else {
            code.push_str(end);
        }
    }
    code
}

/// As many bytes around a line of YAML are looked at for what belongs to it; no step is longer.
const AROUND: usize = 64 << 10;

/// Whether the shell that a step names for its script is PowerShell; `None` = it names none.
fn shell_of(lines: &[Line<'_>], at: usize, column: usize) -> Option<bool> {
    let place = lines.get(at).map_or(0, |line| line.start);
    let near = |line: &&Line<'_>| line.start.abs_diff(place) < AROUND;
    let starts_item = |line: &Line<'_>| line.text.trim_start().starts_with("- ") && indentation(line.text) < column;
    let belongs = |line: &Line<'_>| line.text.trim().is_empty() || indentation(line.text) >= column;
    let shell = |line: &Line<'_>| {
        key(line.text).filter(|(c, name, _)| *c == column && name == "shell").map(|(_, _, value)| {
            let value = value.trim().trim_matches(['"', '\'']).to_ascii_lowercase();
            value.starts_with("pwsh") || value.starts_with("powershell") || value.is_empty()
        })
    };
    let here = lines.get(at);
    let mut before = lines.get(..at).unwrap_or_default().iter().rev().take_while(near);
    let mut answer = None;
    if !here.is_some_and(starts_item) {
        for line in before.by_ref() {
            if starts_item(line) {
                answer = answer.or_else(|| shell(line));
                break;
            }
            if !belongs(line) {
                break;
            }
            answer = answer.or_else(|| shell(line));
        }
    }
    let after = lines.get(at + 1..).unwrap_or_default().iter().take_while(near).take_while(|l| belongs(l));
    answer.or_else(|| after.into_iter().find_map(shell))
}

/// Whether a CI script has anything to do with these cmdlets.
fn mentions_cmdlet(code: &str) -> bool {
    code.split(|c: char| !(c.is_alphanumeric() || c == '-'))
        .any(|word| cmdlet(word).is_some() || word.eq_ignore_ascii_case("SkypeOnlineConnector"))
}
