//! How the release is linked, where it is known to help: placed once, and without what only a walk over the stack reads.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What the standard library takes of the unwinder.
const UNWINDER: [&str; 12] = [
    "Backtrace",
    "DeleteException",
    "GetDataRelBase",
    "GetIP",
    "GetIPInfo",
    "GetLanguageSpecificData",
    "GetRegionStart",
    "GetTextRelBase",
    "RaiseException",
    "Resume",
    "SetGR",
    "SetIP",
];

/// What one pasted failure runs, a name in a line, `*` for what differs from compiler to compiler: `build/first.sh` lists it.
const FIRST: &str = include_str!("first.txt");

/// Leaves out the tables by which a stack is walked, 6 % of the program, and puts side by side what runs first: a page that
/// is touched costs more than what stands on it.
fn script() -> String {
    let mut script = "SECTIONS { /DISCARD/ : { *(.eh_frame) } } INSERT AFTER .text;\n".to_owned();
    script.push_str("SECTIONS { .text.first : {\n");
    for name in FIRST.lines() {
        script.push_str(&format!("  *(.text.{name} .text.unlikely.{name})\n"));
    }
    script.push_str("} } INSERT BEFORE .text;\n");
    script
}

/// A program that may stand anywhere has its tables written anew at every start: 16,000 addresses on 86 pages, a fifth of
/// what one explanation costs. The release is placed when it is linked, where the linker is known to take the option.
/// Nothing in it is `unsafe`, and libraries, heap and stack stay where the system puts them.
pub(crate) fn place_at_link_time() {
    let is = |name: &str, value: &str| variable(name).is_some_and(|set| set == value);
    let fixed = std::env::var("CARGO_CFG_TARGET_FEATURE").is_ok_and(|features| features.contains("crt-static"));
    if is("PROFILE", "release") && is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu") && !fixed {
        println!("cargo::rustc-link-arg-bins=-no-pie");
        // The index by which a stack is walked: nothing is caught, and a stripped program has no names to tell.
        println!("cargo::rustc-link-arg-bins=-Wl,--no-eh-frame-hdr");
        println!("cargo::rerun-if-env-changed=RUSTFLAGS");
        arrange();
        join_unwinder();
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Not every linker knows scripts (`mold` does not): the one in use is asked by a program of one line.
fn arrange() {
    let Some(folder) = variable("OUT_DIR").map(PathBuf::from) else { return };
    let script = folder.join("arrange.ld");
    let argument = format!("-Wl,-T,{}", script.display());
    // The compiler parts what it hands to the linker at commas.
    let plain = !script.to_string_lossy().contains(',');
    if plain && std::fs::write(&script, self::script()).is_ok() && links(&folder, &argument) {
        println!("cargo::rustc-link-arg-bins={argument}");
    }
    // Functions that are the same byte for byte are one; nothing asks which of them a pointer is of.
    const ONE_OF_EACH: &str = "-Wl,--icf=all";
    if links(&folder, ONE_OF_EACH) {
        println!("cargo::rustc-link-arg-bins={ONE_OF_EACH}");
    }
}

fn links(folder: &Path, argument: &str) -> bool {
    let source = folder.join("linked.rs");
    let (Some(compiler), Some(target)) = (variable("RUSTC"), variable("TARGET")) else { return false };
    if std::fs::write(&source, "fn main() {}\n").is_err() {
        return false;
    }
    let mut command = Command::new(compiler);
    command.args(variable("CARGO_ENCODED_RUSTFLAGS").iter().flat_map(|flags| flags.split('\u{1f}')));
    if let Some(linker) = variable("RUSTC_LINKER") {
        command.arg(format!("-Clinker={linker}"));
    }
    for option in ["-Cpanic=abort", "-Clink-arg=-no-pie", "-Clink-arg=-Wl,--no-eh-frame-hdr"] {
        command.arg(option);
    }
    command.arg(format!("-Clink-arg={argument}")).args(["--target", &target, "--out-dir"]).arg(folder).arg(source);
    let linked = command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success());
    // What was built for another machine cannot be asked whether it runs.
    linked && (variable("HOST") != variable("TARGET") || runs(&folder.join("linked")))
}

fn runs(program: &Path) -> bool {
    Command::new(program).status().is_ok_and(|status| status.success())
}

/// The release aborts where it panics, and still names functions that walk the stack: from the library that the compiler
/// has for it they take no other file to be opened and placed at each start.
fn join_unwinder() {
    if variable("HOST") != variable("TARGET") {
        return;
    }
    let linker = variable("RUSTC_LINKER").unwrap_or_else(|| "cc".into());
    let asked = Command::new(linker).arg("-print-file-name=libgcc_eh.a").output();
    let found = asked.ok().filter(|answer| answer.status.success()).map(|answer| answer.stdout);
    let path = found.and_then(|bytes| String::from_utf8(bytes).ok()).map(|path| PathBuf::from(path.trim()));
    // A compiler without the file answers with its bare name.
    if !path.is_some_and(|path| path.is_absolute() && path.is_file()) {
        return;
    }
    // A library stands before the standard one and is searched for what is known to be missing.
    println!("cargo::rustc-link-lib=dylib=gcc_eh");
    for function in UNWINDER {
        println!("cargo::rustc-link-arg-bins=-Wl,--undefined=_Unwind_{function}");
    }
}
