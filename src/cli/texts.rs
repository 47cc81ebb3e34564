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
        if let Some(title) = line.strip_prefix(".TH ") {
            page.push_str(&heading(title));
            continue;
        }
        if let Some(codes) = line.strip_prefix("Exit codes: ").filter(|_| section == "EXTRA") {
            page.push_str(&exit_status(codes));
            notes = false;
            continue;
        }
        if section == "EXTRA" && !notes && !line.is_empty() && !line.starts_with('.') {
            page.push_str(".SH NOTES\n");
            notes = true;
        }
        match section {
            "SYNOPSIS" => page.push_str(&with_values(line, command)),
            _ => page.push_str(line),
        }
        page.push('\n');
    }
    Ok(page)
}

/// The line that names a page: without a date the program and its version would stand in the date's place.
fn heading(title: &str) -> String {
    let name = title.split_whitespace().next().unwrap_or("graphwhy").to_uppercase();
    format!(".TH {name} 1 \"\" \"graphwhy {}\" \"graphwhy manual\"\n", env!("CARGO_PKG_VERSION"))
}

/// `0 nothing wrong; 1 findings. More of it.` as a table, and what follows below it.
fn exit_status(codes: &str) -> String {
    let (codes, more) = codes.split_once(". ").unwrap_or((codes.trim_end_matches('.'), ""));
    let mut out = String::from(".SH \"EXIT STATUS\"\n");
    for one in codes.split("; ") {
        match one.split_once(' ').filter(|(code, _)| code.bytes().all(|byte| byte.is_ascii_digit())) {
            Some((code, words)) => out.push_str(&format!(".TP\n\\fB{code}\\fR\n{words}\n")),
            None => out.push_str(&format!("; {one}\n")),
        }
    }
    if !more.is_empty() {
        out.push_str(&format!(".PP\n{more}\n"));
    }
    out
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
