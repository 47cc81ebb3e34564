//! The Markdown of a cause: sections, fixes, examples.

use super::cause::{FixTemplate, Gate, Text};
use super::format::{COMMAND_SLOTS, owned, unknown_slot};
use super::problem::{Problem, RulesError};

/// The `##` sections of a cause, in their order.
pub const SECTIONS: [&str; 6] = ["Why", "Tell apart", "Fix", "Example", "Healthy example", "Sources"];

/// Why it happens, how to tell it apart and how to mend it: the body without its examples, which are for tests, and
/// without its sources.
#[must_use]
pub fn advice(body: &str) -> String {
    let end = body.match_indices("\n## Example").map(|(at, _)| at).next();
    let body = end.and_then(|end| body.get(..end)).unwrap_or(body).trim();
    let (mut out, mut after_heading, mut said) = (String::with_capacity(body.len()), false, false);
    for line in body.lines() {
        if let Some(setting) = Setting::of(line.trim()).filter(|_| after_heading) {
            out.push_str(&if said { format!(" {}", setting.words()) } else { setting.words() });
            said = true;
            continue;
        }
        if std::mem::take(&mut said) {
            out.push_str(if line.is_empty() { "\n" } else { "\n\n" });
        }
        after_heading = line.starts_with("### ") || after_heading && line.trim().is_empty();
        out.push_str(line);
        out.push('\n');
    }
    out.trim_end().to_owned()
}

/// A line right below the heading of a fix that says what the fix is for.
enum Setting<'l> {
    Gate(&'l str),
    Token(&'l str),
    NoRetry,
}

impl<'l> Setting<'l> {
    fn of(line: &'l str) -> Option<Self> {
        let (key, value) = line.split_once(':')?;
        match (key, value.trim()) {
            ("gate", name) => Some(Self::Gate(name)),
            ("token", kind @ ("app" | "delegated")) => Some(Self::Token(kind)),
            ("retry", "none") => Some(Self::NoRetry),
            _ => None,
        }
    }

    /// The same for people.
    fn words(&self) -> String {
        match self {
            Self::Gate(name) => format!("For the gate `{name}`."),
            Self::Token("app") => "For app-only tokens.".to_owned(),
            Self::Token(kind) => format!("For {kind} tokens."),
            Self::NoRetry => "A retry has not to wait.".to_owned(),
        }
    }
}

/// The fences of `## Example` or `## Healthy example`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Example {
    /// First word of the input's info string: `text`, `json`, `powershell`, `http`.
    pub input_kind: Option<String>,
    /// What somebody pastes, or a script.
    pub input: Option<String>,
    /// First word of the script's info string: `powershell`, `markdown`, `yaml`.
    pub script_kind: Option<String>,
    /// A script or runbook, for `lint`.
    pub script: Option<String>,
    /// A snapshot, JSON.
    pub state: Option<String>,
    /// Command-line options, split at blanks and lines.
    pub args: Vec<String>,
}

/// The failing and the healthy example of a cause's body.
///
/// # Errors
/// As for a file given to `Catalogue::extend`, with lines counted from the body's first.
pub fn examples(slug: &str, body: &str) -> Result<(Example, Example), RulesError> {
    let file = format!("causes/{slug}.md");
    let sections = sections(&file, body, 0)?;
    Ok((
        parse_example(&file, "Example", sections.get("Example"))?,
        parse_example(&file, "Healthy example", sections.get("Healthy example"))?,
    ))
}

/// A line with its number.
pub(super) type Line<'a> = (usize, &'a str);

/// The sections of a body: their lines, without the heading.
pub(super) struct Sections<'a>(Vec<(&'static str, Vec<Line<'a>>)>);

impl<'a> Sections<'a> {
    pub(super) fn get(&self, name: &str) -> &[Line<'a>] {
        self.0.iter().find(|(title, _)| *title == name).map_or(&[], |(_, lines)| lines)
    }
}

pub(super) fn sections<'a>(file: &str, body: &'a str, above: usize) -> Result<Sections<'a>, RulesError> {
    let mut found: Vec<(&'static str, Vec<Line<'a>>)> = Vec::new();
    let mut expected = SECTIONS.iter();
    let mut fence: Option<(usize, Fence)> = None;
    let mut last = above;
    for (index, line) in body.lines().enumerate() {
        let number = above.saturating_add(index).saturating_add(1);
        last = number;
        match &fence {
            Some((_, open)) if open.closed_by(line) => fence = None,
            Some(_) => {}
            None => fence = Fence::open(line).map(|open| (number, open)),
        }
        if fence.is_none()
            && let Some(title) = line.strip_prefix("## ").map(str::trim)
        {
            match expected.next() {
                Some(&name) if name == title => found.push((name, Vec::new())),
                Some(&name) => {
                    let problem = Problem::SectionUnexpected { found: title.to_owned(), expected: name };
                    return Err(RulesError::new(file, number, problem));
                }
                None => return Err(RulesError::new(file, number, Problem::SectionAfterLast(title.to_owned()))),
            }
        } else if let Some((_, lines)) = found.last_mut() {
            lines.push((number, line));
        }
    }
    if let Some((number, _)) = fence {
        return Err(RulesError::new(file, number, Problem::FenceOpen));
    }
    if let Some(&name) = expected.next() {
        return Err(RulesError::new(file, last.max(1), Problem::SectionMissing(name)));
    }
    for (name, lines) in &found {
        // Some bad states have nothing to repair and nothing to tell apart; the reason and the sources are never empty.
        let empty = lines.iter().all(|(_, line)| line.trim().is_empty());
        if empty && ["Why", "Sources"].contains(name) {
            let line = lines.first().map_or(last, |(number, _)| *number).saturating_sub(1).max(1);
            return Err(RulesError::new(file, line, Problem::SectionEmpty(name)));
        }
    }
    Ok(Sections(found))
}

/// An opened fence.
struct Fence {
    ticks: usize,
    info: String,
}

impl Fence {
    fn open(line: &str) -> Option<Self> {
        let line = line.trim();
        let info = line.trim_start_matches('`');
        let ticks = line.len().saturating_sub(info.len());
        (ticks >= 3 && !info.contains('`')).then(|| Self { ticks, info: info.trim().to_owned() })
    }

    fn closed_by(&self, line: &str) -> bool {
        let line = line.trim();
        line.len() >= self.ticks && line.bytes().all(|byte| byte == b'`')
    }
}

/// What the lines of a section are: prose, headings of the third level, fences.
enum Block<'a> {
    Heading(Line<'a>),
    Prose(Line<'a>),
    Fence { line: usize, info: String, lines: Vec<Line<'a>> },
}

fn blocks<'a>(section: &[Line<'a>]) -> Vec<Block<'a>> {
    let mut blocks = Vec::new();
    let mut open: Option<(Fence, usize, Vec<Line<'a>>)> = None;
    for &(number, line) in section {
        match open.take() {
            Some((fence, start, lines)) if fence.closed_by(line) => {
                blocks.push(Block::Fence { line: start, info: fence.info, lines });
            }
            Some((fence, start, mut lines)) => {
                lines.push((number, line));
                open = Some((fence, start, lines));
            }
            None => match Fence::open(line) {
                Some(fence) => open = Some((fence, number, Vec::new())),
                None if line.starts_with("### ") => blocks.push(Block::Heading((number, line))),
                None if line.trim().is_empty() => {}
                None => blocks.push(Block::Prose((number, line))),
            },
        }
    }
    blocks
}

const FIX_FENCES: &str =
    "`powershell read`, `powershell run`, `powershell verify`, `powershell undo`, the same four with `http` or `text`";

pub(super) fn parse_fixes(file: &str, section: &[Line<'_>], first_gate: Gate) -> Result<Vec<FixTemplate>, RulesError> {
    let mut fixes: Vec<(usize, Draft)> = Vec::new();
    let mut after_heading = false;
    for block in blocks(section) {
        match block {
            Block::Heading((line, text)) => {
                let title = text.trim_start_matches('#').trim().to_owned();
                if title.ends_with('.') {
                    return Err(RulesError::new(file, line, Problem::FullStop(title)));
                }
                fixes.push((line, Draft { title, gate: first_gate, ..Draft::new(first_gate) }));
                after_heading = true;
            }
            Block::Prose((line, text)) => {
                if let Some((_, draft)) = fixes.last_mut() {
                    let text = text.trim();
                    if let Some(setting) = Setting::of(text).filter(|_| after_heading) {
                        match setting {
                            Setting::Gate(name) => draft.gate = gate_named(file, line, name)?,
                            Setting::Token(kind) => draft.token = Some(owned(kind.to_owned())),
                            Setting::NoRetry => draft.retry = false,
                        }
                        continue;
                    }
                    draft.note.push(text.to_owned());
                }
                after_heading = false;
            }
            Block::Fence { line, info, lines } => {
                after_heading = false;
                let Some((_, draft)) = fixes.last_mut() else {
                    return Err(RulesError::new(file, line, Problem::FixUntitled));
                };
                let commands = draft.commands(&info).ok_or_else(|| {
                    RulesError::new(file, line, Problem::Fence { info: info.clone(), expected: FIX_FENCES })
                })?;
                let mut said: Vec<Text> = Vec::new();
                for (number, text) in lines {
                    if text.trim().is_empty() {
                        continue;
                    }
                    if let Some(slot) = unknown_slot(text, &COMMAND_SLOTS) {
                        let problem = Problem::Slot { slot: slot.to_owned(), known: &COMMAND_SLOTS };
                        return Err(RulesError::new(file, number, problem));
                    }
                    commands.push(owned(text.trim_end().to_owned()));
                    said.extend(info.starts_with("text ").then(|| owned(text.trim_end().to_owned())));
                }
                if let Some((_, draft)) = fixes.last_mut() {
                    draft.prose.append(&mut said);
                }
            }
        }
    }
    fixes
        .into_iter()
        .map(|(line, draft)| {
            if draft.run.is_empty() {
                return Err(RulesError::new(file, line, Problem::FixWithoutCommands(draft.title)));
            }
            Ok(FixTemplate {
                title: owned(draft.title),
                gate: draft.gate,
                token: draft.token,
                retry: draft.retry,
                read: draft.read.into(),
                run: draft.run.into(),
                verify: draft.verify.into(),
                undo: draft.undo.into(),
                prose: draft.prose.into(),
                note: owned(draft.note.join(" ")),
            })
        })
        .collect()
}

/// A fix while it is being read.
struct Draft {
    title: String,
    gate: Gate,
    token: Option<Text>,
    retry: bool,
    read: Vec<Text>,
    run: Vec<Text>,
    verify: Vec<Text>,
    undo: Vec<Text>,
    prose: Vec<Text>,
    note: Vec<String>,
}

impl Draft {
    const fn new(gate: Gate) -> Self {
        Self {
            title: String::new(),
            gate,
            token: None,
            retry: true,
            read: Vec::new(),
            run: Vec::new(),
            verify: Vec::new(),
            undo: Vec::new(),
            prose: Vec::new(),
            note: Vec::new(),
        }
    }

    fn commands(&mut self, info: &str) -> Option<&mut Vec<Text>> {
        let (language, role) = info.split_once(char::is_whitespace)?;
        if !["powershell", "http", "text"].contains(&language) {
            return None;
        }
        match role.trim() {
            "read" => Some(&mut self.read),
            "run" => Some(&mut self.run),
            "verify" => Some(&mut self.verify),
            "undo" => Some(&mut self.undo),
            _ => None,
        }
    }
}

fn gate_named(file: &str, line: usize, name: &str) -> Result<Gate, RulesError> {
    let areas = [Gate::Cmdlet, Gate::Script, Gate::Hygiene];
    Gate::CALL
        .into_iter()
        .chain(areas)
        .find(|gate| gate.name() == name)
        .ok_or_else(|| RulesError::new(file, line, Problem::Gate(name.to_owned())))
}

const EXAMPLE_FENCES: &str =
    "`text input` (or json, powershell, http), `powershell script` (or markdown, yaml), `json state`, `text args`";

pub(super) fn parse_example(file: &str, name: &'static str, section: &[Line<'_>]) -> Result<Example, RulesError> {
    let mut example = Example::default();
    let mut seen_args = false;
    for block in blocks(section) {
        let Block::Fence { line, info, lines } = block else { continue };
        let unknown = || RulesError::new(file, line, Problem::Fence { info: info.clone(), expected: EXAMPLE_FENCES });
        let twice = |role| RulesError::new(file, line, Problem::FenceTwice(role));
        let text = lines.iter().map(|(_, text)| *text).collect::<Vec<_>>().join("\n");
        let (language, role) = info.split_once(char::is_whitespace).ok_or_else(unknown)?;
        match (language, role.trim()) {
            ("text" | "json" | "powershell" | "http", "input") if example.input.is_some() => {
                return Err(twice("input"));
            }
            ("text" | "json" | "powershell" | "http", "input") => {
                example.input_kind = Some(language.to_owned());
                example.input = Some(text);
            }
            ("powershell" | "markdown" | "yaml", "script") if example.script.is_some() => {
                return Err(twice("script"));
            }
            ("powershell" | "markdown" | "yaml", "script") => {
                example.script_kind = Some(language.to_owned());
                example.script = Some(text);
            }
            ("json", "state") if example.state.is_some() => return Err(twice("state")),
            ("json", "state") => example.state = Some(text),
            ("text", "args") if seen_args => return Err(twice("args")),
            ("text", "args") => {
                seen_args = true;
                example.args = split_args(&text);
            }
            _ => return Err(unknown()),
        }
    }
    if example == Example::default() {
        let line = section.first().map_or(1, |(number, _)| number.saturating_sub(1));
        return Err(RulesError::new(file, line, Problem::ExampleEmpty(name)));
    }
    Ok(example)
}

/// Splits a command line at spaces outside double quotes.
fn split_args(text: &str) -> Vec<String> {
    let mut args = Vec::new();
    let mut current: Option<String> = None;
    let mut quoted = false;
    for character in text.chars() {
        match character {
            '"' => {
                quoted = !quoted;
                current.get_or_insert_default();
            }
            _ if character.is_whitespace() && !quoted => args.extend(current.take()),
            _ => current.get_or_insert_default().push(character),
        }
    }
    args.extend(current);
    args
}
