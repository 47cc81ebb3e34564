//! What runs code that nobody reads here: a file that is opened or loaded, another machine, a container, a pipeline.

use crate::input::Span;
use crate::script::{Argument, Command, Form, Value};
use crate::source::slice;

/// Files that a program shows, and runs nothing of.
const SHOWN: [&str; 18] = [
    ".csv", ".txt", ".log", ".html", ".htm", ".xlsx", ".xls", ".json", ".xml", ".pdf", ".docx", ".md", ".png", ".zip",
    ".pptx", ".xlsm", ".svg", ".evtx",
];

/// Words of code in other languages that starts programs or sends requests.
const OF_CODE: [&str; 8] = [
    "process.start",
    "httpclient",
    "webclient",
    "webrequest",
    "httpwebrequest",
    "powershell.create",
    "runspace",
    "shellexecute",
];

/// Whether a command runs code that is not in the script, as far as it is known to at all; `lower` is its name, `text` the
/// script.
pub(super) fn runs(command: &Command, lower: &str, text: &str) -> bool {
    let written = |span: Span| slice(text, span.start..span.end).to_ascii_lowercase();
    let words = || -> Vec<String> {
        let rest = written(command.span);
        rest.split_whitespace().skip(1).map(|word| word.trim_matches(['"', '\'']).to_owned()).collect()
    };
    let has = |names: &[&str]| words().iter().any(|word| names.contains(&word.as_str()));
    match lower {
        "invoke-item" | "ii" => command.arguments.iter().any(|it| opens(it, &written(it.span))),
        "invoke-history" | "ihy" | "r" => true,
        "import-module" | "ipmo" => command.arguments.iter().any(|it| loads(it, &written(it.span))),
        "using" => has(&["module"]) && words().iter().any(|word| is_path(word)),
        "add-type" => command.arguments.iter().any(|it| adds(it, &written(it.span))),
        // What is run there stands behind the name of the machine.
        "ssh" => words().iter().filter(|word| !word.starts_with('-')).count() > 1 || command.piped.is_some(),
        "npm" => has(&["run", "run-script", "exec", "x", "start", "test", "restart"]),
        "docker" => has(&["run", "exec", "compose", "start", "up"]),
        "kubectl" => has(&["exec", "run", "apply", "create", "replace", "rollout", "patch"]),
        "dotnet" => has(&["run", "exec", "test", "script", "tool"]) || words().iter().any(|it| it.ends_with(".dll")),
        "gh" => {
            has(&["workflow"]) && has(&["run"]) || has(&["run"]) && has(&["rerun"]) || has(&["api"]) && sends(&words())
        }
        _ => false,
    }
}

/// Whether a call of the API of GitHub does more than read.
fn sends(words: &[String]) -> bool {
    let is = |word: &String| {
        matches!(word.as_str(), "post" | "put" | "patch" | "delete" | "-f" | "--field" | "--raw-field" | "--input")
            || word.starts_with("-xp")
            || word.starts_with("-xd")
    };
    words.iter().any(is)
}

fn is_path(text: &str) -> bool {
    text.contains(['/', '\\']) || [".psm1", ".psd1", ".ps1", ".dll"].iter().any(|end| text.ends_with(end))
}

/// Whether an argument of `Invoke-Item` may be a script or a program.
fn opens(argument: &Argument, written: &str) -> bool {
    let Some(value) = &argument.value else { return false };
    let plain = value.text().map_or_else(|| written.to_owned(), |literal| literal.text.to_ascii_lowercase());
    let plain = plain.trim().trim_matches(['"', '\'']);
    let last = plain.rsplit(['/', '\\']).next().unwrap_or(plain);
    let folder = value.text().is_some() && !last.trim_matches('.').contains('.');
    !folder && !SHOWN.iter().any(|end| plain.ends_with(end)) && !plain.starts_with("http")
}

/// Whether an argument of `Import-Module` is a file rather than the name of a module.
fn loads(argument: &Argument, written: &str) -> bool {
    let short = argument.written.to_ascii_lowercase();
    if argument.form != Form::Positional && !["name", "assembly", "moduleinfo"].iter().any(|it| it.starts_with(&short))
    {
        return false;
    }
    match argument.value.as_ref() {
        Some(value) if value.is_constant() => {
            value.texts().iter().any(|literal| is_path(&literal.text.to_ascii_lowercase()))
        }
        Some(_) => is_path(written) || ["path", "file", "root"].iter().any(|word| written.contains(word)),
        None => false,
    }
}

/// Whether an argument of `Add-Type` is a file, or code that does more than it says.
fn adds(argument: &Argument, written: &str) -> bool {
    let short = argument.written.to_ascii_lowercase();
    let is = |name: &str| !short.is_empty() && name.starts_with(&short);
    if is("path") || is("literalpath") {
        return true;
    }
    let constant = argument.value.as_ref().and_then(Value::text).map(|literal| literal.text.to_ascii_lowercase());
    let text = constant.as_deref().unwrap_or(written);
    if is("assemblyname") {
        return text.ends_with(".dll");
    }
    let code = argument.form == Form::Positional || is("typedefinition") || is("memberdefinition");
    code && OF_CODE.iter().any(|word| text.contains(word))
}
