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
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut page)?;
    let mut command = Cli::command();
    command.build();
    for subcommand in command.get_subcommands() {
        page.extend_from_slice(b"\n");
        clap_mangen::Man::new(subcommand.clone()).render(&mut page)?;
    }
    print(&String::from_utf8_lossy(&page))?;
    Ok(ExitCode::SUCCESS)
}
