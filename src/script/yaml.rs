//! The scripts of CI files, playbooks and compositions: what of a YAML file is PowerShell.

use super::document::{Document, Line, Quoted, Region, Template, lines};
use super::heredocs;
use super::jobs;
use super::parse::Unread;
use super::scalar;
use super::subject::names_misspelt;
use super::yaml_flow::{self, is_powershell};
use crate::input::Span;
use crate::knowledge::cmdlet;

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

/// Cuts a file of YAML up.
pub(super) fn yaml(text: &str) -> Document {
    let lines = lines(text);
    let mut found = Document::default();
    let mut budget = AROUND + 4 * text.len();
    // Elsewhere `$(name)` is no more than PowerShell's own.
    let macros = !lines
        .iter()
        .any(|line| key(line.text).is_some_and(|(_, name, _)| matches!(name.as_str(), "runs-on" | "uses")));
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        at += 1;
        let (column, name, value) = match key(line.text) {
            Some(known) => known,
            // `- { shell: pwsh, run: ... }`
            None if line.text.trim_start_matches([' ', '-']).starts_with('{') => {
                let value = line.text.trim_start_matches([' ', '-']);
                (line.text.len() - value.len(), "run".to_owned(), value)
            }
            None => continue,
        };
        let Some(script) = Key::of(&name) else { continue };
        let place = Place { at: at - 1, column, step: step_start(&lines, at - 1, column) };
        let unread = found.unread.len();
        let value_at = line.start + line.text.len() - value.len();
        let before = found.regions.len();
        let trimmed = value.trim_start();
        let start = value_at + value.len() - trimmed.len();
        let mapping = trimmed.starts_with('{') && !trimmed.starts_with("{{") && name == "run";
        let list = trimmed.starts_with('[') && !trimmed.starts_with("[[");
        let mut powershell = script.is_powershell(&lines, place);
        if mapping || list {
            let Some((items, end)) = in_one_piece(text, start, &mut budget) else { continue };
            while lines.get(at).is_some_and(|line| line.start < end) {
                at += 1;
            }
            if mapping {
                let Some((region, shell)) = of_mapping(items, start) else { continue };
                powershell = shell;
                found.regions.push(region);
            } else {
                found.regions.extend(items.into_iter().map(|item| item.region(start)));
            }
        } else if trimmed.is_empty() {
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
        let template = if macros && script == Key::Azure { Template::Macros } else { Template::Yaml };
        let own = found.regions.drain(before..).map(|r| Region { step: Some(place.step), template, ..r });
        let mut own: Vec<Region> = own.collect();
        // PowerShell has no heredocs.
        let other = script != Key::Azure && shell_of(&lines, place.at, place.column) != Some(true);
        let mut inside = Vec::new();
        if other {
            inside.extend(own.iter_mut().flat_map(|region| heredocs::taken_out(region, powershell)));
        }
        inside.extend(own.iter().flat_map(handed));
        if powershell {
            found.regions.extend(own);
        } else {
            found.unread.truncate(unread);
            if script == Key::Arguments {
                inside.extend(yaml_flow::handed(own, !(name == "args" && runs_powershell(&lines, place))));
            }
        }
        found.regions.extend(inside);
    }
    found.regions.retain(|region| mentions_cmdlet(&region.code));
    let starts: Vec<usize> = found.regions.iter().map(|region| region.start).collect();
    for (region, step) in found.regions.iter_mut().zip(jobs::steps(&lines, &starts)) {
        region.run = Some(step);
    }
    found
}

/// What a key says of the script below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    /// GitHub Actions, GitLab: a script, of the shell that is named, else perhaps of PowerShell.
    Script,
    /// Azure Pipelines.
    Azure,
    /// CircleCI keeps a script below `command`, beside its shell; elsewhere it is a program with arguments.
    Arguments,
    /// Ansible's script for Windows.
    Windows,
    /// Ansible's script for others, or the name of a shell.
    Shell,
}

impl Key {
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "run" | "script" | "before_script" | "after_script" => Self::Script,
            "powershell" | "pwsh" | "inline" | "inlinescript" => Self::Azure,
            "command" | "entrypoint" | "args" => Self::Arguments,
            "win_shell" | "ansible.windows.win_shell" => Self::Windows,
            "shell" | "ansible.builtin.shell" => Self::Shell,
            _ => return None,
        })
    }

    /// Whether the scalar below it is PowerShell.
    fn is_powershell(self, lines: &[Line<'_>], place: Place) -> bool {
        match self {
            Self::Script | Self::Azure => shell_of(lines, place.at, place.column).unwrap_or(true),
            Self::Arguments => shell_of(lines, place.at, place.column).unwrap_or(false),
            Self::Windows => beside(lines, place, "executable").is_none_or(|program| is_powershell(&program)),
            Self::Shell => beside(lines, place, "executable").is_some_and(|program| is_powershell(&program)),
        }
    }
}

/// Where a key stands, and where the item of a list begins that it belongs to.
#[derive(Clone, Copy)]
struct Place {
    at: usize,
    column: usize,
    step: usize,
}

/// The lines of the item of a list that a key belongs to.
fn of_item<'l, 't>(lines: &'l [Line<'t>], place: Place) -> impl Iterator<Item = &'l Line<'t>> {
    let first = lines.partition_point(|line| line.start < place.step);
    let own = lines.get(place.at).map_or(0, |line| line.start);
    lines.get(first..).unwrap_or_default().iter().take_while(move |line| {
        let belongs = line.text.trim().is_empty() || indentation(line.text) >= place.column;
        line.start < own + AROUND && (line.start <= own || belongs)
    })
}

/// The value of a key of the same item, or below one.
fn beside(lines: &[Line<'_>], place: Place, wanted: &str) -> Option<String> {
    of_item(lines, place).find_map(|line| {
        let (_, name, value) = key(line.text)?;
        (name == wanted).then(|| value.trim().to_owned())
    })
}

/// Whether the program is PowerShell, by itself, that `args` are for.
fn runs_powershell(lines: &[Line<'_>], place: Place) -> bool {
    of_item(lines, place).any(|line| {
        key(line.text).is_some_and(|(column, name, value)| {
            let program = value.trim().trim_matches(['[', ']', ' ']);
            column == place.column && matches!(name.as_str(), "command" | "entrypoint") && is_powershell(program)
        })
    })
}

/// The scalars of a mapping or list in one piece, and where it ends. What is never closed is paid for, so that many of
/// them cost no more than one.
fn in_one_piece(text: &str, start: usize, budget: &mut usize) -> Option<(Vec<yaml_flow::Item>, usize)> {
    let mut end = text.len().min(start + AROUND);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let piece = text.get(start..end).filter(|piece| piece.len() <= *budget)?;
    match yaml_flow::items(piece) {
        Some((items, length)) => Some((items, start + length)),
        None => {
            *budget -= piece.len();
            None
        }
    }
}

/// The script of a step in one piece, and whether it is PowerShell.
fn of_mapping(items: Vec<yaml_flow::Item>, base: usize) -> Option<(Region, bool)> {
    let named = |item: &yaml_flow::Item, names: &[&str]| item.key.as_deref().is_some_and(|key| names.contains(&key));
    let shell = items.iter().find(|item| named(item, &["shell"])).map(|item| {
        let first = item.text().split_whitespace().next().unwrap_or_default();
        is_powershell(first)
    });
    let script = items.into_iter().find(|item| named(item, &["run", "script", "command"]))?;
    let alone = script.key.as_deref() != Some("command");
    Some((script.region(base), shell.unwrap_or(alone)))
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
            let region = Region::new(outer.start + body, inside.to_owned(), quoted);
            found.push(Region { step: outer.step, ..region });
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
pub(super) fn yaml_comments(text: &str, regions: &[Region]) -> Vec<Span> {
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
            found.regions.push(Region::new(line.start, block_code(block, folded), None));
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
    found.regions.push(Region::new(start, code, None));
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
            found.regions.push(Region::new(start + 1, code, Some(Quoted { quote, decoded })));
        }
        None if mentions_cmdlet(&text) => {
            let reason = "a quoted text of YAML that is never closed, or has an escape that YAML does not know";
            found.unread.push(Unread {
                span: Span::new(start, start + 1 + text.trim_end().len()),
                reason,
                whole: false,
                loses: true,
            });
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
        || names_misspelt(code)
}
