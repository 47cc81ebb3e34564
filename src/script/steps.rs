//! What of a text may be run and is not read: steps of CI files that run other files, blocks of a runbook that are not marked
//! as PowerShell.

use super::document::{self, Kind};
use crate::input::Span;

/// Keys whose values are run, or name what is run.
const KEYS: [&str; 10] =
    ["run", "script", "bash", "pwsh", "powershell", "filepath", "scriptpath", "file", "inline", "command"];

/// What a line of a script begins with that runs another file.
const PROGRAMS: [&str; 8] = ["pwsh", "powershell", "bash", "sh", "python", "python3", "source", "."];

/// Actions that check out, set up, sign in, keep or show something.
const ACTIONS: [&str; 26] = [
    "actions/",
    "github/",
    "azure/login",
    "azure/setup-",
    "azure/cli",
    "azure/powershell",
    "azure/get-keyvault-secrets",
    "azure/docker-login",
    "docker/",
    "hashicorp/",
    "microsoft/setup-",
    "microsoft/variable-substitution",
    "microsoft/psscriptanalyzer",
    "softprops/action-gh-release",
    "peter-evans/",
    "dorny/",
    "codecov/",
    "step-security/harden-runner",
    "super-linter/",
    "oxsecurity/megalinter",
    "google-github-actions/auth",
    "aws-actions/configure-aws-credentials",
    "slackapi/slack-github-action",
    "dependabot/",
    "ncipollo/release-action",
    "pre-commit/action",
];

/// Whether a line of a CI file takes its steps from a file or an action that nobody reads here.
fn takes_steps(line: &str) -> bool {
    let Some((key, value)) = line.split_once(':') else { return false };
    let value = value.split(" #").next().unwrap_or(value).trim().trim_matches(['"', '\'']).to_ascii_lowercase();
    match key.trim().trim_matches(['"', '\'']) {
        "template" => {
            let file = value.split('@').next().unwrap_or(&value);
            [".yml", ".yaml"].iter().any(|end| file.ends_with(end))
        }
        "uses" => value.contains('/') && !ACTIONS.iter().any(|known| value.starts_with(known)),
        _ => false,
    }
}

/// Places of the lines of a CI file that are no comments: what is for another shell than PowerShell is in them.
#[must_use]
pub fn other_lines(text: &str, name: &str) -> Vec<Span> {
    if Kind::of(name) != Kind::Yaml {
        return Vec::new();
    }
    let lines = document::lines(text);
    let code = lines.iter().filter(|line| !line.text.trim_start().starts_with('#'));
    code.map(|line| Span::new(line.start, line.start + line.text.len())).collect()
}

/// Places of blocks of a runbook that people may run and that are not read: those of a shell or of no known language, and
/// those that are set off by their indentation.
#[must_use]
pub fn unread_blocks(text: &str, name: &str) -> Vec<Span> {
    if Kind::of(name) == Kind::Markdown { document::beside(text) } else { Vec::new() }
}

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
        if runs && file || takes_steps(plain) {
            let indent = line.len() - line.trim_start().len();
            found.push(Span::new(start + indent, start + line.trim_end().len()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{other_lines, unread_blocks, unread_steps};
    use crate::input::Span;

    #[test]
    fn steps_that_run_files() {
        let count = |text: &str| unread_steps(text, "ci.yml").len();
        for text in [
            "    - run: pwsh ./grant.ps1\n",
            "  inputs:\n    filePath: ./x.ps1\n",
            "  - run: |\n      ./deploy.sh now\n",
            "  - script: bash tools/y.sh\n",
            "- template: t.yml\n",
            "  - uses: contoso/teams-policy@v1\n",
            "  - uses: ./.github/actions/ours # ours\n",
        ] {
            assert_eq!(count(text), 1, "{text}");
        }
        for text in [
            "on:\n  push:\n    paths: ['**/*.ps1']\n",
            "  - run: echo done\n",
            "  # run: ./x.ps1\n",
            "  - '*.ps1'\n",
            "  - uses: actions/checkout@v4\n",
            "    template:\n      spec: x\n",
        ] {
            assert_eq!(count(text), 0, "{text}");
        }
        assert!(unread_steps("pwsh ./grant.ps1", "a.ps1").is_empty());
    }

    #[test]
    fn blocks_of_runbooks_that_are_not_read() {
        let of = |text: &str| -> Vec<String> {
            unread_blocks(text, "a.md")
                .iter()
                .map(|it| text.get(it.start..it.end).unwrap_or_default().trim().to_owned())
                .collect()
        };
        assert_eq!(of("# Run\n\n```bash\naz x\n```\n\n    Set-X\n    Set-Y\n\ntext\n"), ["az x", "Set-X\n    Set-Y"]);
        assert_eq!(of("```http\nPOST x\n```\n```json\n{}\n```\n```powershell\nGet-X\n```\n"), ["POST x"]);
        assert!(unread_blocks("    Set-X\n", "a.yml").is_empty());
        assert_eq!(other_lines("a: 1\n# b\nc: 2", "a.yml"), [Span::new(0, 4), Span::new(9, 13)]);
        assert!(other_lines("a: 1\n", "a.md").is_empty());
    }
}
