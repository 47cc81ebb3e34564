//! Whole processes measured in turn, so that a drift of the machine's speed meets all of them.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A name for the table, the program and its arguments.
pub(crate) type Run<'a> = (&'a str, &'a str, Vec<&'a str>);

/// Runs each of the commands so many times in turn, prints minimum and median of each, and gives them.
pub(crate) fn in_turn(commands: &[Run<'_>], runs: usize) -> Vec<[Duration; 2]> {
    let mut times: Vec<Vec<Duration>> = vec![Vec::new(); commands.len()];
    for _ in 0..runs {
        for ((_, program, args), times) in commands.iter().zip(&mut times) {
            times.extend(time(program, args));
        }
    }
    println!("{:18} {:>10} {:>10}   of {runs} runs in turn", "", "minimum", "median");
    let figures: Vec<[Duration; 2]> = times.iter_mut().map(|times| minimum_and_median(times)).collect();
    for ((name, ..), figures) in commands.iter().zip(&figures) {
        match figures.map(|time| time.as_secs_f64() * 1e3) {
            [0.0, _] => println!("{name:18} not installed"),
            [minimum, median] => println!("{name:18} {minimum:>7.2} ms {median:>7.2} ms"),
        }
    }
    figures
}

/// Prints how many times one command took the time of another, with what is wanted of it.
pub(crate) fn ratio(name: &str, over: &[Duration; 2], under: &[Duration; 2], wanted: &str) {
    let of = |over: Duration, under: Duration| over.as_secs_f64() / under.as_secs_f64();
    let ([over_minimum, over_median], [under_minimum, under_median]) = (*over, *under);
    let (minimum, median) = (of(over_minimum, under_minimum), of(over_median, under_median));
    println!("{name:18} {minimum:>10.2} {median:>10.2}   {wanted}");
}

fn time(program: &str, args: &[&str]) -> Option<Duration> {
    let start = Instant::now();
    Command::new(program).args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().ok()?;
    Some(start.elapsed())
}

fn minimum_and_median(times: &mut [Duration]) -> [Duration; 2] {
    times.sort_unstable();
    [0, times.len() / 2].map(|index| times.get(index).copied().unwrap_or_default())
}
