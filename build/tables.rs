//! The smaller tables and the operations: read, validated, written as Rust constants.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Deserialize;
use toml::Spanned;

use crate::check::exists;
use crate::emit;
use crate::format::{COMMAND_SLOTS, Place};
use crate::problem::{Problem, RulesError};

type Out = Result<(), RulesError>;

/// Names seen so far, to refuse a second one.
#[derive(Default)]
pub(crate) struct Unique(BTreeMap<String, ()>);

impl Unique {
    pub(crate) fn add(&mut self, place: Place<'_>, kind: &'static str, name: &Spanned<String>) -> Out {
        match self.0.insert(name.get_ref().to_ascii_lowercase(), ()) {
            None => Ok(()),
            Some(()) => Err(place.at(name, Problem::Duplicate { kind, name: name.get_ref().clone() })),
        }
    }
}

fn value<T>(place: Place<'_>, at: &Spanned<T>, key: &'static str, value: &str, expected: &'static str) -> RulesError {
    place.at(at, Problem::Value { key, value: value.to_owned(), expected })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reads {
    read: Vec<RawRead>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRead {
    name: Spanned<String>,
    what: Spanned<String>,
    right: Spanned<String>,
    command: Spanned<String>,
}

/// `reads.toml`; returns the names.
pub(crate) fn reads(file: &str, text: &str, out: &mut String) -> Result<Vec<String>, RulesError> {
    let place = Place::new(file, text);
    let table: Reads = place.toml()?;
    let mut unique = Unique::default();
    out.push_str("pub(super) static READS: &[Read] = &[\n");
    for read in &table.read {
        place.name(&read.name)?;
        unique.add(place, "read", &read.name)?;
        place.phrase(&read.what)?;
        place.phrase(&read.right)?;
        place.slots(&read.command, &COMMAND_SLOTS)?;
        let [name, what, right, command] =
            [&read.name, &read.what, &read.right, &read.command].map(|field| emit::text(field.get_ref()));
        let _ = writeln!(out, "Read {{ name: {name}, what: {what}, right: {right}, command: {command} }},");
    }
    out.push_str("];\n");
    Ok(table.read.into_iter().map(|read| read.name.into_inner()).collect())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Windows {
    window: Vec<RawWindow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawWindow {
    name: Spanned<String>,
    seconds: Option<u32>,
    bound: Spanned<bool>,
    text: Spanned<String>,
    url: Spanned<String>,
    checked: Spanned<String>,
}

/// `windows.toml`; returns the names.
pub(crate) fn windows(file: &str, text: &str, out: &mut String) -> Result<Vec<String>, RulesError> {
    let place = Place::new(file, text);
    let table: Windows = place.toml()?;
    let mut unique = Unique::default();
    out.push_str("pub(super) static WINDOWS: &[Window] = &[\n");
    for window in &table.window {
        place.name(&window.name)?;
        unique.add(place, "window", &window.name)?;
        place.phrase(&window.text)?;
        place.address(&window.url)?;
        place.day(&window.checked)?;
        if *window.bound.get_ref() && window.seconds.is_none() {
            return Err(value(place, &window.bound, "bound", "true", "an upper bound needs `seconds`"));
        }
        let _ = writeln!(
            out,
            "Window {{ name: {:?}, seconds: {:?}, bound: {}, text: {:?}, url: {:?}, checked: {:?} }},",
            window.name.get_ref(),
            window.seconds,
            window.bound.get_ref(),
            window.text.get_ref(),
            window.url.get_ref(),
            window.checked.get_ref(),
        );
    }
    out.push_str("];\n");
    Ok(table.window.into_iter().map(|window| window.name.into_inner()).collect())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignIn {
    error: Vec<RawSignInError>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSignInError {
    codes: Spanned<Vec<u32>>,
    means: Spanned<String>,
    help: Spanned<String>,
}

/// `sign-in.toml`: one row a number, sorted for the search.
pub(crate) fn sign_in(file: &str, text: &str, out: &mut String) -> Out {
    let place = Place::new(file, text);
    let table: SignIn = place.toml()?;
    let mut rows: BTreeMap<u32, &RawSignInError> = BTreeMap::new();
    for error in &table.error {
        place.phrase(&error.means)?;
        place.phrase(&error.help)?;
        for code in error.codes.get_ref() {
            if rows.insert(*code, error).is_some() {
                let problem = Problem::Duplicate { kind: "code", name: code.to_string() };
                return Err(place.at(&error.codes, problem));
            }
        }
    }
    out.push_str("pub(super) static SIGN_IN: &[SignInAnswer] = &[\n");
    for (code, error) in rows {
        let (means, help) = (error.means.get_ref(), error.help.get_ref());
        let _ = writeln!(out, "SignInAnswer {{ code: {code}, means: {means:?}, help: {help:?} }},");
    }
    out.push_str("];\n");
    Ok(())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Clouds {
    cloud: Vec<RawCloud>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCloud {
    name: Spanned<String>,
    title: String,
    graph: Spanned<String>,
    login: Spanned<String>,
    teams: Option<Spanned<String>>,
}

/// `clouds.toml`; returns the names.
pub(crate) fn clouds(file: &str, text: &str, out: &mut String) -> Result<Vec<String>, RulesError> {
    let place = Place::new(file, text);
    let table: Clouds = place.toml()?;
    let (mut unique, mut hosts) = (Unique::default(), Unique::default());
    out.push_str("pub(super) static CLOUDS: &[Cloud] = &[\n");
    for cloud in &table.cloud {
        place.name(&cloud.name)?;
        unique.add(place, "cloud", &cloud.name)?;
        hosts.add(place, "Graph host", &cloud.graph)?;
        for host in [Some(&cloud.graph), Some(&cloud.login), cloud.teams.as_ref()].into_iter().flatten() {
            let good = host.get_ref().bytes().all(|byte| byte.is_ascii_lowercase() || b".-0123456789".contains(&byte));
            if !good {
                return Err(value(place, host, "host", host.get_ref(), "write the bare host in lower case"));
            }
        }
        let _ = writeln!(
            out,
            "Cloud {{ name: {:?}, title: {:?}, graph: {:?}, login: {:?}, teams: {:?} }},",
            cloud.name.get_ref(),
            cloud.title,
            cloud.graph.get_ref(),
            cloud.login.get_ref(),
            cloud.teams.as_ref().map(Spanned::get_ref),
        );
    }
    out.push_str("];\n");
    Ok(table.cloud.into_iter().map(|cloud| cloud.name.into_inner()).collect())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Permissions {
    role: Vec<RawPermission>,
    scope: Vec<RawPermission>,
    rsc: Vec<RawPermission>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPermission {
    name: Spanned<String>,
    id: Option<Spanned<String>>,
    governed: Option<Governed>,
    #[serde(default)]
    basis: String,
    rsc: Option<Spanned<String>>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Governed {
    Yes,
    ByDescription,
    ByPage,
    Conflicting,
    No,
}

/// Names of permissions by kind.
pub(crate) struct PermissionNames {
    pub(crate) all: Vec<String>,
    pub(crate) rsc: Vec<String>,
}

/// `permissions.toml`; returns the names.
pub(crate) fn permissions(file: &str, text: &str, out: &mut String) -> Result<PermissionNames, RulesError> {
    let place = Place::new(file, text);
    let table: Permissions = place.toml()?;
    let rsc: Vec<String> = table.rsc.iter().map(|permission| permission.name.get_ref().clone()).collect();
    let rsc_names: Vec<&str> = rsc.iter().map(String::as_str).collect();
    let mut ids = Unique::default();
    let mut all = Vec::new();
    out.push_str("pub(super) static PERMISSIONS: &[Permission] = &[\n");
    for (kind, rows) in [("Application", &table.role), ("Delegated", &table.scope), ("ResourceSpecific", &table.rsc)] {
        let mut unique = Unique::default();
        for permission in rows {
            unique.add(place, "permission", &permission.name)?;
            let id = match &permission.id {
                Some(id) => {
                    ids.add(place, "permission id", id)?;
                    let number = uuid_number(id.get_ref())
                        .ok_or_else(|| value(place, id, "id", id.get_ref(), "write a UUID in lower case"))?;
                    format!("Some(Uuid::from_u128({number:#034x}))")
                }
                None => "None".to_owned(),
            };
            if let Some(alternative) = &permission.rsc {
                let line = place.line(alternative.span().start);
                exists(file, line, "resource-specific permission", alternative.get_ref(), &rsc_names)?;
            }
            let governed = permission.governed.unwrap_or(Governed::No);
            let _ = writeln!(
                out,
                "Permission {{ name: {:?}, kind: PermissionKind::{kind}, id: {id}, governed: Governed::{governed:?}, \
                 basis: {:?}, rsc: {:?} }},",
                permission.name.get_ref(),
                permission.basis,
                permission.rsc.as_ref().map(Spanned::get_ref),
            );
            all.push(permission.name.get_ref().clone());
        }
    }
    out.push_str("];\n");
    Ok(PermissionNames { all, rsc })
}

fn uuid_number(id: &str) -> Option<u128> {
    let hyphens = [8, 13, 18, 23];
    let shape = id.len() == 36
        && id.bytes().enumerate().all(|(at, byte)| match byte {
            b'-' => hyphens.contains(&at),
            b'0'..=b'9' | b'a'..=b'f' => !hyphens.contains(&at),
            _ => false,
        });
    shape.then(|| u128::from_str_radix(&id.replace('-', ""), 16).ok()).flatten()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cmdlets {
    cmdlet: Vec<RawCmdlet>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum CmdletKind {
    Policy,
    Read,
    Connect,
    Lookalike,
    Retired,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Holds {
    PolicyName,
    UserId,
    AppIds,
    GroupId,
    Rank,
    Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCmdlet {
    name: Spanned<String>,
    kind: CmdletKind,
    module: String,
    #[serde(default)]
    complete: bool,
    #[serde(default)]
    sets: Vec<String>,
    default_set: Option<Spanned<String>>,
    #[serde(default)]
    parameters: Vec<RawParameter>,
    instead: Option<String>,
    #[serde(default)]
    note: String,
    url: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawParameter {
    name: Spanned<String>,
    #[serde(default)]
    aliases: Vec<String>,
    #[serde(default)]
    sets: Vec<Spanned<String>>,
    position: Option<u8>,
    #[serde(default)]
    mandatory: bool,
    #[serde(default)]
    switch: bool,
    holds: Option<Holds>,
}

/// `cmdlets.toml`.
pub(crate) fn cmdlets(file: &str, text: &str, out: &mut String) -> Out {
    let place = Place::new(file, text);
    let table: Cmdlets = place.toml()?;
    let mut unique = Unique::default();
    out.push_str("pub(super) static CMDLETS: &[Cmdlet] = &[\n");
    for cmdlet in &table.cmdlet {
        unique.add(place, "cmdlet", &cmdlet.name)?;
        place.address(&cmdlet.url)?;
        let sets: Vec<&str> = cmdlet.sets.iter().map(String::as_str).collect();
        if let Some(set) = &cmdlet.default_set {
            exists(file, place.line(set.span().start), "parameter set", set.get_ref(), &sets)?;
        }
        let _ = writeln!(
            out,
            "Cmdlet {{ name: {:?}, kind: CmdletKind::{:?}, module: {:?}, complete: {}, sets: &{:?}, \
             default_set: {:?}, instead: {:?}, note: {:?}, url: {:?}, parameters: &[",
            cmdlet.name.get_ref(),
            cmdlet.kind,
            cmdlet.module,
            cmdlet.complete,
            cmdlet.sets,
            cmdlet.default_set.as_ref().map(Spanned::get_ref),
            cmdlet.instead,
            cmdlet.note,
            cmdlet.url.get_ref(),
        );
        let mut names = Unique::default();
        for parameter in &cmdlet.parameters {
            names.add(place, "parameter", &parameter.name)?;
            for set in &parameter.sets {
                exists(file, place.line(set.span().start), "parameter set", set.get_ref(), &sets)?;
            }
            if parameter.switch == parameter.holds.is_some() {
                let expected = "give it either `switch = true` or `holds`";
                return Err(value(place, &parameter.name, "parameter", parameter.name.get_ref(), expected));
            }
            let holds = parameter.holds.map_or("None".to_owned(), |holds| format!("Some(Holds::{holds:?})"));
            let _ = writeln!(
                out,
                "Parameter {{ name: {:?}, aliases: &{:?}, sets: &{:?}, position: {:?}, mandatory: {}, holds: {holds} }},",
                parameter.name.get_ref(),
                parameter.aliases,
                parameter.sets.iter().map(Spanned::get_ref).collect::<Vec<_>>(),
                parameter.position,
                parameter.mandatory,
            );
        }
        out.push_str("] },\n");
    }
    out.push_str("];\n");
    Ok(())
}
