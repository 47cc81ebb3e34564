//! Completion scripts and the manual page, from the same clap types.

use std::process::ExitCode;

use clap::CommandFactory as _;

use super::Cli;
use super::output::{Failure, print};

pub(crate) fn completions(shell: clap_complete::Shell) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "graphwhy", &mut script);
    print(&String::from_utf8_lossy(&script))?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn man() -> Result<ExitCode, Failure> {
    let mut pages = page(&Cli::command())?;
    let mut command = Cli::command();
    command.build();
    for subcommand in command.get_subcommands() {
        pages.push('\n');
        pages.push_str(&page(subcommand)?);
    }
    print(&pages)?;
    Ok(ExitCode::SUCCESS)
}

/// The page of one command: options with their values in the synopsis, and the exit codes under the heading where
/// manuals have them.
fn page(command: &clap::Command) -> Result<String, Failure> {
    let mut rendered = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut rendered)?;
    let rendered = String::from_utf8_lossy(&rendered);
    let mut page = String::with_capacity(rendered.len());
    let mut section = "";
    let mut notes = false;
    for line in rendered.lines() {
        if let Some(name) = line.strip_prefix(".SH ") {
            (section, notes) = (name, false);
            if section == "EXTRA" {
                continue;
            }
        }
        let (codes, words) = match line.strip_prefix("Exit codes: ").filter(|_| section == "EXTRA") {
            Some(words) => (true, words),
            None => (false, line),
        };
        if codes {
            page.push_str(".SH \"EXIT STATUS\"\n");
            notes = false;
        } else if section == "EXTRA" && !notes && !line.is_empty() && !line.starts_with('.') {
            page.push_str(".SH NOTES\n");
            notes = true;
        }
        match section {
            "SYNOPSIS" => page.push_str(&with_values(words, command)),
            _ => page.push_str(words),
        }
        page.push('\n');
    }
    Ok(page)
}

/// A synopsis with the names of the options' values.
fn with_values(line: &str, command: &clap::Command) -> String {
    let mut line = line.to_owned();
    for option in command.get_arguments().filter(|it| it.get_action().takes_values()) {
        let (Some(long), Some([value, ..])) = (option.get_long(), option.get_value_names()) else { continue };
        let named = format!("\\fB\\-\\-{}\\fR", long.replace('-', "\\-"));
        line = line.replace(&named, &format!("{named} \\fI{}\\fR", value.replace('-', "\\-")));
    }
    line
}
