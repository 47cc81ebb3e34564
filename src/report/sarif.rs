//! SARIF 2.1.0: what was found, each with a place and a rule.

use std::collections::BTreeMap;

use serde_json::json;
use serde_sarif::sarif::{
    ArtifactChange, ArtifactContent, ArtifactLocation, Fix, Invocation, Location, Message, MultiformatMessageString,
    Notification, PhysicalLocation, PropertyBag, Region, Replacement as SarifReplacement, ReportingConfiguration,
    ReportingConfigurationLevel, ReportingDescriptor, Result as Found, ResultKind, ResultLevel, Run, Sarif,
    Suppression, Tool, ToolComponent,
};

use crate::check::told::{Accepted, Found as Finding, OWN_RULES, Place, Report, Told};
use crate::knowledge::{Catalogue, Severity, advice};
use crate::order;

/// The schema that the document is valid against.
const SCHEMA: &str = "https://raw.githubusercontent.com/oasis-tcs/sarif-spec/master/Schemata/sarif-schema-2.1.0.json";

/// An edit of the file that a result is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement {
    /// What goes.
    pub place: Place,
    /// What comes in its place.
    pub insert: String,
    /// Whether it is certainly right, in a few words.
    pub words: &'static str,
}

/// The document for these results, in their order, with the rules that they name.
#[must_use]
pub fn document(report: &Report<'_>) -> String {
    document_with_fixes(report, &BTreeMap::new())
}

/// The same with the edits of results, by their places in [`Report::told`].
#[must_use]
pub fn document_with_fixes(report: &Report<'_>, fixes: &BTreeMap<usize, Vec<Replacement>>) -> String {
    let mut rules = Rules { catalogue: report.catalogue, known: BTreeMap::new(), rules: Vec::new() };
    let mut results = Vec::new();
    for (place, one) in report.told.iter().enumerate() {
        for (index, finding) in one.findings.iter().enumerate() {
            let mut result = found(&mut rules, report, one, finding, index == 0);
            result.fixes = fixes.get(&place).filter(|_| index == 0).map(|edits| vec![fix(edits)]);
            results.push(result);
        }
    }
    let driver = ToolComponent::builder()
        .name(env!("CARGO_PKG_NAME"))
        .version(env!("CARGO_PKG_VERSION"))
        .semantic_version(env!("CARGO_PKG_VERSION"))
        .rules(rules.rules)
        .build();
    let run = Run::builder()
        .tool(Tool::builder().driver(driver).build())
        .column_kind(json!("unicodeCodePoints"))
        .results(results)
        .build();
    let mut run = run;
    run.invocations = (!report.beside.is_empty() || !report.states.is_empty()).then(|| vec![invocation(report)]);
    let document = Sarif::builder().schema(SCHEMA).version(json!("2.1.0")).runs(vec![run]).build();
    // Strings and numbers only: there is nothing that could fail to be written.
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

/// What is to be said of the run itself: what it could not look at, suppressions that cover nothing.
fn invocation(report: &Report<'_>) -> Invocation {
    let of = |level: &'static str, words: &String| {
        Notification::builder().level(json!(level)).message(Message::builder().text(words).build()).build()
    };
    let warnings = report.beside.iter().map(|words| of("warning", words));
    let notifications = warnings.chain(report.states.iter().map(|words| of("note", words)));
    Invocation::builder()
        .execution_successful(true)
        .tool_execution_notifications(notifications.collect::<Vec<_>>())
        .build()
}

struct Rules<'c> {
    catalogue: &'c Catalogue,
    known: BTreeMap<String, i64>,
    rules: Vec<ReportingDescriptor>,
}

impl Rules<'_> {
    fn index(&mut self, slug: &str) -> i64 {
        if let Some(index) = self.known.get(slug) {
            return *index;
        }
        let index = i64::try_from(self.rules.len()).unwrap_or(i64::MAX);
        self.rules.push(self.describe(slug));
        self.known.insert(slug.to_owned(), index);
        index
    }

    fn describe(&self, slug: &str) -> ReportingDescriptor {
        let text = |text: &str| MultiformatMessageString::builder().text(text).build();
        let severity = |severity| {
            let level = match severity {
                Severity::Error => ReportingConfigurationLevel::Error,
                Severity::Warning => ReportingConfigurationLevel::Warning,
                Severity::Info => ReportingConfigurationLevel::Note,
            };
            ReportingConfiguration::builder().level(json!(level)).build()
        };
        if let Some(cause) = self.catalogue.cause(slug) {
            let body = advice(&cause.body);
            let help = MultiformatMessageString::builder().text(&body).markdown(&body).build();
            let mut rule = ReportingDescriptor::builder()
                .id(slug)
                .short_description(text(&cause.title))
                .help(help)
                .default_configuration(severity(cause.severity))
                .build();
            rule.help_uri = cause.sources.first().map(|source| source.url.to_string());
            return rule;
        }
        let (title, help, level) = OWN_RULES
            .iter()
            .find(|(own, ..)| *own == slug)
            .map_or((slug, slug, Severity::Error), |(_, level, title, help)| (*title, *help, *level));
        ReportingDescriptor::builder()
            .id(slug)
            .short_description(text(title))
            .help(text(help))
            .default_configuration(severity(level))
            .build()
    }
}

fn number(value: usize) -> i64 {
    i64::try_from(value.max(1)).unwrap_or(i64::MAX)
}

/// A place with its region; lines and columns count from 1.
fn location(place: &Place) -> PhysicalLocation {
    PhysicalLocation::builder().artifact_location(artifact(&place.file)).region(region(place)).build()
}

fn region(place: &Place) -> Region {
    let mut region = Region::builder().start_line(number(place.line)).start_column(number(place.column)).build();
    if let Some((line, column)) = place.end.filter(|end| *end > (place.line, place.column)) {
        region.end_line = Some(number(line));
        region.end_column = Some(number(column));
    }
    region
}

/// All edits of a result; they are done together or not at all.
fn fix(edits: &[Replacement]) -> Fix {
    let mut files: BTreeMap<&str, Vec<SarifReplacement>> = BTreeMap::new();
    for edit in edits {
        let mut deleted = region(&edit.place);
        // An insertion deletes an empty region, which has an end too.
        let (line, column) = edit.place.end.unwrap_or((edit.place.line, edit.place.column));
        deleted.end_line = Some(number(line));
        deleted.end_column = Some(number(column));
        let content = ArtifactContent::builder().text(&edit.insert).build();
        let one = SarifReplacement::builder().deleted_region(deleted).inserted_content(content).build();
        files.entry(&edit.place.file).or_default().push(one);
    }
    let changes = files.into_iter().map(|(file, replacements)| {
        ArtifactChange::builder().artifact_location(artifact(file)).replacements(replacements).build()
    });
    let words = edits.first().map_or("", |edit| edit.words);
    Fix::builder()
        .description(Message::builder().text(words).build())
        .artifact_changes(changes.collect::<Vec<_>>())
        .build()
}

fn found(rules: &mut Rules<'_>, report: &Report<'_>, one: &Told, finding: &Finding, first: bool) -> Found {
    let mut properties = PropertyBag::builder().build();
    let cells = report.columns.iter().zip(&one.cells);
    properties.additional_properties = order::map(cells.map(|(head, text)| ((*head).to_owned(), json!(text))));
    if let Some(verdict) = one.verdict {
        properties.additional_properties.insert("verdict".to_owned(), json!(verdict.name()));
    }
    // SARIF wants level `none` wherever the kind is not `fail`.
    let (kind, level) = match finding.severity {
        _ if finding.open => (ResultKind::Open, ResultLevel::None),
        Severity::Error => (ResultKind::Fail, ResultLevel::Error),
        Severity::Warning => (ResultKind::Fail, ResultLevel::Warning),
        Severity::Info => (ResultKind::Fail, ResultLevel::Note),
    };
    let rule = finding.rule.as_str();
    let mut found = Found::builder()
        .rule_id(rule)
        .rule_index(rules.index(rule))
        .kind(kind)
        .level(level)
        .message(Message::builder().text(&finding.sentence).build())
        .locations(vec![Location::builder().physical_location(location(&one.place)).build()])
        .partial_fingerprints(BTreeMap::from([("graphwhy/v1".to_owned(), format!("{rule}/{}", one.key))]))
        .properties(properties)
        .build();
    if !finding.related.is_empty() {
        let related = (1..).zip(&finding.related).map(|(id, (place, words))| {
            let message = Message::builder().text(words).build();
            Location::builder().id(id).physical_location(location(place)).message(message).build()
        });
        found.related_locations = Some(related.collect());
    }
    found.suppressions = one.accepted.as_ref().filter(|_| first).map(|accepted| vec![suppression(accepted)]);
    found
}

fn suppression(accepted: &Accepted) -> Suppression {
    let until = accepted.until.as_ref().map_or(String::new(), |until| format!("until {until}, "));
    Suppression::builder()
        .kind(json!(if accepted.in_source { "inSource" } else { "external" }))
        .status(json!("accepted"))
        .justification(format!("{} ({until}{})", accepted.reason, accepted.place))
        .build()
}

/// A relative path is relative to the checkout; an absolute one says so.
fn artifact(file: &str) -> ArtifactLocation {
    let path = file.replace('\\', "/");
    let mut uri = String::new();
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => uri.push(char::from(byte)),
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    let drive = path.as_bytes().get(1) == Some(&b':');
    if path.starts_with('/') {
        ArtifactLocation::builder().uri(format!("file://{uri}")).build()
    } else if drive {
        ArtifactLocation::builder().uri(format!("file:///{}", uri.replacen("%3A", ":", 1))).build()
    } else {
        let relative = uri.strip_prefix("./").unwrap_or(&uri).to_owned();
        ArtifactLocation::builder().uri(relative).uri_base_id("%SRCROOT%").build()
    }
}
