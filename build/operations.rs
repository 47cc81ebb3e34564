//! `operations.toml`: read, validated, sorted by method and number of segments, written as rows.

use std::fmt::Write as _;

use serde::Deserialize;
use toml::Spanned;

use crate::check::exists;
use crate::format::Place;
use crate::problem::{Problem, RulesError};
use crate::tables::{PermissionNames, Unique};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    operation: Vec<RawOperation>,
    unlisted: Vec<RawUnlisted>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawOperation {
    name: Option<Spanned<String>>,
    call: Spanned<String>,
    #[serde(default)]
    versions: Option<Spanned<String>>,
    #[serde(default)]
    clouds: Option<Spanned<String>>,
    delegated: Option<Spanned<String>>,
    application: Option<Spanned<String>>,
    #[serde(default)]
    rsc: Option<Spanned<String>>,
    policy: Policy,
    subject: Option<Subject>,
    #[serde(default)]
    transcripts: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawUnlisted {
    path: Spanned<String>,
    methods: Spanned<String>,
    versions: Spanned<String>,
    policy: Policy,
    subject: Option<Subject>,
    #[serde(default)]
    transcripts: bool,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Policy {
    Required,
    RequiredByPermission,
    Conflicting,
    NotFound,
    NotMentioned,
    FiltersResults,
    NotSupported,
    NotApplicable,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Subject {
    UserInPath,
    Argument,
    EventCreator,
    Nobody,
}

const METHODS: [&str; 5] = ["GET", "POST", "PATCH", "PUT", "DELETE"];
const VERSIONS: [&str; 2] = ["v1.0", "beta"];

/// One operation, ready to be written.
struct Row {
    method: String,
    segments: usize,
    path: String,
    /// As `Operation::decode` reads it.
    text: String,
}

/// `operations.toml`.
pub(crate) fn operations(
    file: &str,
    text: &str,
    permissions: &PermissionNames,
    clouds: &[String],
    out: &mut String,
) -> Result<(), RulesError> {
    let place = Place::new(file, text);
    let table: Table = place.toml()?;
    let (mut names, mut calls) = (Unique::default(), Unique::default());
    let mut rows = Vec::new();
    let check = Check { file, place, permissions, clouds: clouds.iter().map(String::as_str).collect() };
    for raw in &table.operation {
        if let Some(name) = &raw.name {
            place.name(name)?;
            names.add(place, "operation", name)?;
        }
        calls.add(place, "operation", &canonical(&raw.call))?;
        rows.push(check.operation(raw)?);
    }
    for raw in &table.unlisted {
        for method in raw.methods.get_ref().split_whitespace() {
            let call = Spanned::new(raw.path.span(), format!("{method} {}", raw.path.get_ref()));
            calls.add(place, "operation", &canonical(&call))?;
            rows.push(check.unlisted(raw, &call)?);
        }
    }
    rows.sort_by(|a, b| (&a.method, a.segments, &a.path).cmp(&(&b.method, b.segments, &b.path)));
    let groups: Vec<&[Row]> = rows.chunk_by(|a, b| a.method == b.method && a.segments == b.segments).collect();
    let _ = writeln!(out, "pub(super) static BUCKETS: [Bucket; {}] = [", groups.len());
    for group in groups {
        let text: Vec<&str> = group.iter().map(|row| row.text.as_str()).collect();
        if let Some(row) = group.first() {
            let _ = writeln!(out, "Bucket::new({:?}, {}, {:?}),", row.method, row.segments, text.join("\n"));
        }
    }
    out.push_str("];\n");
    Ok(())
}

/// The call with every placeholder alike, to find two rows for one call.
fn canonical(call: &Spanned<String>) -> Spanned<String> {
    let mut inside = false;
    let text = call
        .get_ref()
        .chars()
        .filter(|&character| {
            inside = (inside || character == '{') && character != '}';
            !inside || character == '{'
        })
        .collect();
    Spanned::new(call.span(), text)
}

struct Check<'a> {
    file: &'a str,
    place: Place<'a>,
    permissions: &'a PermissionNames,
    clouds: Vec<&'a str>,
}

impl Check<'_> {
    fn operation(&self, raw: &RawOperation) -> Result<Row, RulesError> {
        let delegated = self.accepted(raw.delegated.as_ref())?;
        let application = self.accepted(raw.application.as_ref())?;
        let rsc_names: Vec<&str> = self.permissions.rsc.iter().map(String::as_str).collect();
        let rsc = self.words(raw.rsc.as_ref(), "resource-specific permission", &rsc_names)?;
        let versions = self.words(raw.versions.as_ref(), "version", &VERSIONS)?;
        let clouds = self.words(raw.clouds.as_ref(), "cloud", &self.clouds)?;
        let name = raw.name.as_ref().map_or("", |name| name.get_ref().as_str());
        let lists = [name, &versions, &clouds, &delegated, &application, &rsc];
        self.row(&raw.call, lists, raw.policy, raw.subject, raw.transcripts)
    }

    fn unlisted(&self, raw: &RawUnlisted, call: &Spanned<String>) -> Result<Row, RulesError> {
        let versions = self.words(Some(&raw.versions), "version", &VERSIONS)?;
        self.row(call, ["", &versions, "", "", "", ""], raw.policy, raw.subject, raw.transcripts)
    }

    fn row(
        &self,
        call: &Spanned<String>,
        [name, versions, clouds, delegated, application, rsc]: [&str; 6],
        policy: Policy,
        subject: Option<Subject>,
        transcripts: bool,
    ) -> Result<Row, RulesError> {
        let (method, path) = call.get_ref().split_once(' ').unwrap_or_default();
        if !METHODS.contains(&method) || !path.starts_with('/') || path.contains(char::is_whitespace) {
            return Err(self.place.at(
                call,
                Problem::Value {
                    key: "call",
                    value: call.get_ref().clone(),
                    expected: "write `METHOD /path` with GET, POST, PATCH, PUT or DELETE",
                },
            ));
        }
        let subject = subject.unwrap_or(Subject::Nobody);
        let (policy, subject) = (format!("{policy:?}"), format!("{subject:?}"));
        let transcripts = if transcripts { "yes" } else { "" };
        let fields = [path, name, versions, clouds, delegated, application, rsc, &policy, &subject, transcripts];
        Ok(Row {
            method: method.to_owned(),
            segments: path.split('/').skip(1).count(),
            path: path.to_owned(),
            text: fields.join("\t"),
        })
    }

    /// Permissions as they are written, each with one blank between.
    fn accepted(&self, list: Option<&Spanned<String>>) -> Result<String, RulesError> {
        let Some(list) = list else { return Ok(String::new()) };
        if matches!(list.get_ref().as_str(), "no" | "rsc-only") {
            return Ok(list.get_ref().clone());
        }
        let (least, higher) = list.get_ref().split_once(';').unwrap_or((list.get_ref(), ""));
        let [least, higher] = [least, higher].map(|part| part.split_whitespace().collect::<Vec<_>>());
        if least.is_empty() && higher.is_empty() {
            return Err(self.value(list, "write permissions, `no` or `rsc-only`"));
        }
        for name in least.iter().chain(&higher) {
            let slip = self.permissions.all.iter().any(|known| known != name && known.eq_ignore_ascii_case(name));
            if !name.contains('.') || slip {
                return Err(self.value(list, "write the names as in permissions.toml"));
            }
        }
        Ok(format!("{};{}", least.join(" "), higher.join(" ")))
    }

    fn value(&self, at: &Spanned<String>, expected: &'static str) -> RulesError {
        self.place.at(at, Problem::Value { key: "permissions", value: at.get_ref().clone(), expected })
    }

    fn words(&self, list: Option<&Spanned<String>>, kind: &'static str, known: &[&str]) -> Result<String, RulesError> {
        let Some(list) = list else { return Ok(String::new()) };
        let words: Vec<&str> = list.get_ref().split_whitespace().collect();
        for word in &words {
            exists(self.file, self.place.line(list.span().start), kind, word, known)?;
        }
        Ok(words.join(" "))
    }
}
