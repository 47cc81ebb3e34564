//! The command that was run, to be run once more with one option beside.

use crate::fix::quote;

/// Templates of commands that explain the same failure once more begin so.
const EXPLAIN: &str = "graphwhy explain ";

/// What a command line named, so that a report can name it again.
#[derive(Clone, Debug, Default)]
pub struct Again {
    options: Vec<(&'static str, String)>,
    text: String,
}

impl Again {
    /// The command that explains one text: a file, `-` for standard input, or an option that stands for a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self { options: Vec::new(), text: argument(text) }
    }

    /// With an option that was given.
    #[must_use]
    pub fn with(mut self, option: &'static str, value: &str) -> Self {
        self.options.push((option, argument(value)));
        self
    }

    /// A command of `rules/reads.toml`: where it explains the failure once more, with the options and the text of the first
    /// time.
    pub(super) fn command(&self, template: &str) -> String {
        let Some(wanted) = template.strip_prefix(EXPLAIN).filter(|_| !self.text.is_empty()) else {
            return template.to_owned();
        };
        let named = wanted.split(' ').next().unwrap_or_default();
        let given = self.options.iter().filter(|(option, _)| *option != named);
        let given: String = given.map(|(option, value)| format!("{option} {value} ")).collect();
        format!("{EXPLAIN}{given}{wanted} {}", self.text)
    }
}

/// A value that no shell takes as it is leaves a hole.
fn argument(value: &str) -> String {
    quote::argument(value).unwrap_or_else(|| "FILE".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_that_was_run_gets_one_option_more() {
        let again = Again::of("failures of today.txt").with("--state", "tenant.json").with("--app", "Scheduler");
        assert_eq!(
            again.command("graphwhy explain --app <client-id>"),
            "graphwhy explain --state tenant.json --app <client-id> 'failures of today.txt'"
        );
        let of_token = Again::of("-").command("graphwhy explain --token-file FILE");
        assert_eq!(of_token, "graphwhy explain --token-file FILE -");
        assert_eq!(again.command("Get-CsApplicationAccessPolicy"), "Get-CsApplicationAccessPolicy");
    }
}
