//! Parse, run, exit code: the only place that ends the process.

fn main() {}
