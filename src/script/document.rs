//! What of a file is PowerShell: all of a script, the fences of Markdown, the run blocks of a CI file.

use std::sync::Arc;

use super::jobs::Step;
use super::parse::Unread;
use super::subject::misspelt;
use super::yaml;
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
    /// What puts values into it before it is run.
    pub(super) template: Template,
    /// Where in a CI file it is run.
    pub(super) run: Option<Arc<Step>>,
}

/// What puts values into a script before PowerShell sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Template {
    /// Nothing but expressions that no script has: `${{ }}`.
    #[default]
    None,
    /// What renders YAML: `{{ name }}`, `$[[ inputs.name ]]`.
    Yaml,
    /// Azure Pipelines, with macros besides: `$(name)`.
    Macros,
}

impl Region {
    pub(super) fn new(start: usize, code: String, quoted: Option<Quoted>) -> Self {
        Self { start, code, step: None, quoted, template: Template::None, run: None }
    }
}

impl Template {
    /// Whether such a place is in a text.
    pub(super) fn fills(self, text: &str) -> bool {
        text.contains("${{") || self != Self::None && (text.contains("{{") || text.contains("$[["))
    }

    /// The macro that a text begins with.
    pub(super) fn macro_at(self, text: &str) -> Option<&str> {
        if self != Self::Macros {
            return None;
        }
        // A name with a hyphen is more often a command.
        let rest = text.strip_prefix("$(")?;
        let end = rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '_')))?;
        let closed = rest.get(end..)?.starts_with(')') && rest.starts_with(char::is_alphabetic);
        closed.then(|| text.get(..end + 3)).flatten()
    }
}

/// How a piece is quoted in the file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quoted {
    /// What ends it.
    pub(crate) quote: char,
    /// What stands in the file is not what is meant, character for character.
    pub(crate) decoded: bool,
}

/// A line with its place, without its line end.
#[derive(Clone, Copy)]
pub(super) struct Line<'a> {
    pub(super) start: usize,
    pub(super) text: &'a str,
    /// With the line end.
    pub(super) full: &'a str,
}

pub(super) fn lines(text: &str) -> Vec<Line<'_>> {
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
        Kind::PowerShell => Document { regions: vec![Region::new(0, text.to_owned(), None)], ..Document::default() },
        Kind::Markdown => markdown(text),
        Kind::Yaml => {
            let mut document = yaml::yaml(text);
            document.comments = yaml::yaml_comments(text, &document.regions);
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

/// The prompt of a pasted session, `PS C:\> `, blanked; that of another computer begins with its name in brackets.
fn without_prompt(line: String) -> String {
    let trimmed = line.trim_start();
    let indent = line.len() - trimmed.len();
    let entered = trimmed.strip_prefix('[').and_then(|rest| rest.split_once("]: PS "));
    let prompt = if let Some((name, rest)) = entered.filter(|(name, _)| !name.contains([' ', ']'])) {
        rest.find("> ").map(|at| name.len() + "[]: PS ".len() + at + 1)
    } else if trimmed.starts_with("PS>") {
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

/// Tags of blocks that people run: those of shells, and those that say nothing of the language.
const RUN: [&str; 20] = [
    "",
    "bash",
    "sh",
    "shell",
    "zsh",
    "console",
    "shell-session",
    "shellsession",
    "terminal",
    "cmd",
    "bat",
    "batch",
    "dos",
    "azurecli",
    "azurecli-interactive",
    "text",
    "txt",
    "plaintext",
    "http",
    "ps",
];

/// Places of what people may run of a runbook and that is no piece of PowerShell.
pub(super) fn beside(text: &str) -> Vec<Span> {
    let mut found = Vec::new();
    let mut open: Option<(Fence, Span, String)> = None;
    let mut indented: Option<Span> = None;
    for line in lines(text) {
        let end = line.start + line.full.len();
        if let Some((fence, place, code)) = &mut open {
            if !fence.closed_by(line.text) {
                place.end = end;
                code.push_str(line.full);
                continue;
            }
            if RUN.contains(&fence.tag.as_str()) && !fence.is_powershell(code) {
                found.push(*place);
            }
            open = None;
            continue;
        }
        if let Some(fence) = Fence::open(line.text) {
            found.extend(indented.take());
            open = Some((fence, Span::new(end, end), String::new()));
        } else if line.text.starts_with("    ") || line.text.starts_with('\t') {
            indented.get_or_insert(Span::new(line.start, end)).end = end;
        } else if !line.text.trim().is_empty() {
            found.extend(indented.take());
        }
    }
    found.extend(indented);
    if let Some((fence, place, code)) = open
        && RUN.contains(&fence.tag.as_str())
        && !fence.is_powershell(&code)
    {
        found.push(place);
    }
    found
}

fn first_words(code: &str) -> impl Iterator<Item = &str> {
    code.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .filter_map(|line| line.split([' ', '\t', '`', ';', '|', '=']).next())
}

fn starts_with_cmdlet(code: &str) -> bool {
    first_words(code).next().is_some_and(|word| cmdlet(word).is_some() || misspelt(word).is_some())
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
                open = Some((fence, Region::new(line.start + line.full.len(), String::new(), None)));
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
