//! Steps of CI files that run scripts of other files.

use super::document::Kind;
use crate::input::Span;

/// Keys whose values are run, or name what is run.
const KEYS: [&str; 10] =
    ["run", "script", "bash", "pwsh", "powershell", "filepath", "scriptpath", "file", "inline", "command"];

/// What a line of a script begins with that runs another file.
const PROGRAMS: [&str; 8] = ["pwsh", "powershell", "bash", "sh", "python", "python3", "source", "."];

/// Places of lines of a CI file that run a script file. Of those in PowerShell the commands tell as much.
#[must_use]
pub fn unread_steps(text: &str, name: &str) -> Vec<Span> {
    if Kind::of(name) != Kind::Yaml {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let plain = line.trim().trim_start_matches("- ").trim();
        if plain.starts_with('#') {
            continue;
        }
        let value = plain.split_once(':').filter(|(key, _)| KEYS.contains(&key.trim().to_ascii_lowercase().as_str()));
        let code = value.map_or(plain, |(_, value)| value.trim());
        let mut words = code.split_whitespace().map(|word| word.trim_matches(['"', '\'', ';', ',']));
        let first = words.clone().next().unwrap_or_default();
        let runs = value.is_some() || PROGRAMS.contains(&first) || first.starts_with("./") || first.starts_with(".\\");
        let file = words.any(|word| {
            let lower = word.to_ascii_lowercase();
            [".ps1", ".sh", ".py", ".cmd", ".bat"].iter().any(|end| lower.ends_with(end))
        });
        if runs && file {
            let indent = line.len() - line.trim_start().len();
            found.push(Span::new(start + indent, start + line.trim_end().len()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::unread_steps;

    #[test]
    fn steps_that_run_files() {
        let count = |text: &str| unread_steps(text, "ci.yml").len();
        for text in [
            "    - run: pwsh ./grant.ps1\n",
            "  inputs:\n    filePath: ./x.ps1\n",
            "  - run: |\n      ./deploy.sh now\n",
            "  - script: bash tools/y.sh\n",
        ] {
            assert_eq!(count(text), 1, "{text}");
        }
        for text in
            ["on:\n  push:\n    paths: ['**/*.ps1']\n", "  - run: echo done\n", "  # run: ./x.ps1\n", "  - '*.ps1'\n"]
        {
            assert_eq!(count(text), 0, "{text}");
        }
        assert!(unread_steps("pwsh ./grant.ps1", "a.ps1").is_empty());
    }
}
