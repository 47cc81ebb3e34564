//! Checks `rules/` and writes it as Rust constants, so that nothing is parsed at start-up.
#![allow(dead_code, unreachable_pub, reason = "the parser is shared with the library, which uses more of it")]
#![allow(clippy::print_stdout, reason = "cargo reads standard output")]

#[path = "src/knowledge/body.rs"]
mod body;
#[path = "src/knowledge/cause.rs"]
mod cause;
#[path = "src/knowledge/check.rs"]
mod check;
#[path = "build/emit.rs"]
mod emit;
#[path = "src/knowledge/format.rs"]
mod format;
#[path = "build/link.rs"]
mod link;
#[path = "build/operations.rs"]
mod operations;
#[path = "src/knowledge/problem.rs"]
mod problem;
#[path = "build/tables.rs"]
mod tables;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use check::Names;
use format::{CauseEntry, SymptomEntry};
use problem::{Problem, RulesError};

fn main() -> ExitCode {
    for path in ["rules", "build.rs", "build", "src/knowledge"] {
        println!("cargo::rerun-if-changed={path}");
    }
    link::place_at_link_time();
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            println!("cargo::error={message}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let variable = |name| std::env::var_os(name).ok_or_else(|| format!("{name} is not set: build with cargo"));
    let rules = PathBuf::from(variable("CARGO_MANIFEST_DIR")?).join("rules");
    let target = PathBuf::from(variable("OUT_DIR")?).join("knowledge.rs");
    let files = read_folder(&rules)?;
    let code = generate(&files).map_err(|error| error.to_string())?;
    std::fs::write(&target, code).map_err(|error| format!("{}: {error}", target.display()))
}

/// Every rule file by its path from the package's root.
fn read_folder(rules: &Path) -> Result<BTreeMap<String, String>, String> {
    let mut files = BTreeMap::new();
    for folder in ["", "causes"] {
        let path = rules.join(folder);
        // git keeps no empty folder: a catalogue without causes has none.
        if folder == "causes" && !path.exists() {
            continue;
        }
        let failed = |error| format!("{}: {error}", path.display());
        for entry in std::fs::read_dir(&path).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            if entry.file_type().map_err(failed)?.is_file() {
                let text = std::fs::read_to_string(entry.path())
                    .map_err(|error| format!("{}: {error}", entry.path().display()))?;
                let name = Path::new("rules").join(folder).join(entry.file_name());
                files.insert(name.to_string_lossy().replace('\\', "/"), text);
            }
        }
    }
    Ok(files)
}

fn generate(files: &BTreeMap<String, String>) -> Result<String, RulesError> {
    let table = |file: &'static str| -> Result<(&'static str, &str), RulesError> {
        let text = files.get(file).ok_or_else(|| RulesError::new(file, 1, Problem::UnknownFile))?;
        Ok((file, text))
    };
    let mut out = String::new();
    let (file, text) = table("rules/reads.toml")?;
    let reads = tables::reads(file, text, &mut out)?;
    let (file, text) = table("rules/windows.toml")?;
    let windows = tables::windows(file, text, &mut out)?;
    let (file, text) = table("rules/clouds.toml")?;
    let clouds = tables::clouds(file, text, &mut out)?;
    let (file, text) = table("rules/sign-in.toml")?;
    tables::sign_in(file, text, &mut out)?;
    let (file, text) = table("rules/permissions.toml")?;
    let permissions = tables::permissions(file, text, &mut out)?;
    let (file, text) = table("rules/cmdlets.toml")?;
    tables::cmdlets(file, text, &mut out)?;
    let (file, text) = table("rules/operations.toml")?;
    operations::operations(file, text, &permissions, &clouds, &mut out)?;
    let (file, text) = table("rules/symptoms.toml")?;
    let symptoms = format::parse_symptoms(file, text)?;
    check_symptoms(file, &symptoms)?;
    let names = Names {
        symptoms: symptoms.iter().map(|entry| entry.symptom.name.as_ref()).collect(),
        reads: reads.iter().map(String::as_str).collect(),
        windows: windows.iter().map(String::as_str).collect(),
    };
    let causes = causes(files, &names)?;
    emit::symptoms(symptoms.iter().map(|entry| &entry.symptom), &mut out);
    emit::causes(&causes.into_iter().map(|entry| entry.cause).collect::<Vec<_>>(), &mut out);
    Ok(out)
}

fn check_symptoms(file: &str, symptoms: &[SymptomEntry]) -> Result<(), RulesError> {
    let mut seen: Vec<&str> = Vec::new();
    for entry in symptoms {
        let name = entry.symptom.name.as_ref();
        if seen.contains(&name) {
            let problem = Problem::Duplicate { kind: "symptom", name: name.to_owned() };
            return Err(RulesError::new(file, entry.line, problem));
        }
        seen.push(name);
        if let (Some(pattern), Some(&line)) = (entry.symptom.regex.first(), entry.regex_lines.first()) {
            let reason = "the built-in catalogue has none, they cost too much at start-up".to_owned();
            return Err(RulesError::new(file, line, Problem::Regex { pattern: pattern.to_string(), reason }));
        }
    }
    Ok(())
}

fn causes(files: &BTreeMap<String, String>, names: &Names<'_>) -> Result<Vec<CauseEntry>, RulesError> {
    let mut causes = Vec::new();
    for (file, text) in files {
        let Some(name) = file.strip_prefix("rules/causes/") else { continue };
        let slug = name.strip_suffix(".md").ok_or_else(|| RulesError::new(file, 1, Problem::UnknownFile))?;
        let entry = format::parse_cause(file, slug, text)?;
        check::references(file, &entry, names)?;
        causes.push(entry);
    }
    // By slug, for the binary search: the order of the file names differs (`-` sorts before `.`).
    causes.sort_by(|a, b| a.cause.slug.cmp(&b.cause.slug));
    Ok(causes)
}
