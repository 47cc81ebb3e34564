//! `docs/` is written from the catalogue. `UPDATE_EXPECT=1 cargo test --test docs` rewrites it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use graphwhy::check::told::OWN_RULES;
use graphwhy::knowledge::{Catalogue, Cause, Gate};

const NOTICE: &str = "<!-- written from rules/ by: UPDATE_EXPECT=1 cargo test --test docs -->";

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;")
}

fn link(slug: &str) -> String {
    format!("[{slug}](../rules/causes/{slug}.md)")
}

/// Every cause, under each gate that it can fail.
fn causes(catalogue: &Catalogue) -> String {
    let mut gates: BTreeMap<Gate, Vec<&Cause>> = BTreeMap::new();
    for cause in catalogue.causes() {
        for gate in &*cause.gates {
            gates.entry(*gate).or_default().push(cause);
        }
    }
    let mut out = format!("{NOTICE}\n\n# Causes\n\n{} causes by the gate that they fail.\n", catalogue.causes().len());
    for (gate, causes) in gates {
        let _ = write!(out, "\n## {}\n\n| cause | what is wrong | severity |\n|---|---|---|\n", gate.name());
        for cause in causes {
            // As `audit` counts them, where that is what they are listed for.
            let severity = match gate {
                Gate::Hygiene => graphwhy::audit::severity(&cause.slug, catalogue),
                _ => cause.severity,
            };
            let _ = writeln!(out, "| {} | {} | {} |", link(&cause.slug), cell(&cause.title), severity.name());
        }
    }
    out.push_str("\n## results that are no causes\n\nWhat SARIF, JUnit and the tables call a result where no single cause is its reason.\n");
    out.push_str("\n| result | what it says | severity | what helps |\n|---|---|---|---|\n");
    for (slug, severity, title, help) in OWN_RULES {
        let _ = writeln!(out, "| {slug} | {} | {} | {} |", cell(title), severity.name(), cell(help));
    }
    out
}

/// What services and clients print, and the causes that it may mean.
fn messages(catalogue: &Catalogue) -> String {
    let mut out = format!(
        "{NOTICE}\n\n# Messages\n\nWhat Graph, its clients and the Teams cmdlets print, what it says, and the causes that raise it by \
         themselves. `*` stands for any words, `{{…}}` for a value.\n\n| printed | says | may be |\n|---|---|---|\n"
    );
    for symptom in catalogue.symptoms() {
        let codes = symptom.code.iter().chain(&*symptom.inner_code).map(|code| format!("code `{}`", cell(code)));
        let words = symptom.message.iter().map(|message| format!("`{}`", cell(message)));
        let status = symptom.status.iter().map(|status| format!("status {status}"));
        let printed: Vec<String> = words.chain(codes).chain(status).collect();
        let mut causes: Vec<String> = catalogue
            .causes()
            .iter()
            .flat_map(|cause| cause.raised_by.iter().map(move |raised| (cause, raised)))
            .filter(|(_, raised)| raised.symptom == symptom.name)
            .map(|(cause, raised)| format!("{} ({})", link(&cause.slug), raised.confidence.name()))
            .collect();
        causes.sort();
        let _ = writeln!(out, "| {} | {} | {} |", printed.join("<br>"), cell(&symptom.means), causes.join("<br>"));
    }
    out
}

#[test]
fn docs_are_the_catalogue() {
    let catalogue = Catalogue::builtin();
    for (name, fresh) in [("causes.md", causes(&catalogue)), ("messages.md", messages(&catalogue))] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::write(&path, &fresh).unwrap();
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
        assert!(text == fresh, "docs/{name} is not what the catalogue says: UPDATE_EXPECT=1 cargo test --test docs");
    }
}

/// `docs/files.md` shows every key of the files that people write, in files that are read.
#[test]
fn the_files_that_are_shown_are_read() {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/files.md")).unwrap();
    let blocks: Vec<&str> =
        text.split("```toml\n").skip(1).map(|block| block.split("```").next().unwrap_or_default()).collect();
    let [expected, accepted, config] = blocks.as_slice() else { panic!("{} blocks", blocks.len()) };
    let default = graphwhy::check::operation("read-meeting").unwrap();
    let all = graphwhy::check::expect::parse(expected, "files.md", default).unwrap();
    let all = [all.len(), graphwhy::check::accept::parse(accepted, "files.md", &Catalogue::builtin()).unwrap().len()];
    assert_eq!(all, [3, 3]);
    let config: graphwhy::lint::config::Config = toml::from_str(config).unwrap();
    assert_eq!((config.lint.exclude.len(), config.lint.expect.is_some(), config.causes.len()), (2, true, 2));
    // Each table has a row for every key of its block.
    for (block, section) in blocks.iter().zip(text.split("\n## ").skip(1)) {
        let keys = |line: &str| line.split_once(" = ").map(|(key, _)| key.trim().to_owned());
        let table = section.lines().filter_map(|line| line.strip_prefix("| `")).collect::<String>();
        for key in block.lines().filter_map(keys).filter(|key| !key.contains('-')) {
            assert!(table.contains(&key), "{key} is in no row of: {section}");
        }
    }
}
