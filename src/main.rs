//! Parse, run, exit code: the only place that ends the process.

mod cli;

fn main() -> std::process::ExitCode {
    cli::run(std::env::args_os())
}
