//! Look-ups in the catalogue, and its extension at run time.

use std::borrow::Cow;
use std::sync::OnceLock;

use uuid::Uuid;

use super::builtin::{BUCKETS, CAUSES, CLOUDS, CMDLETS, PERMISSIONS, READS, SIGN_IN, SYMPTOMS, WINDOWS};
use super::cause::{Cause, List, Read, Symptom};
use super::check::{self, Names};
use super::format::{self, SymptomEntry};
use super::operation::Operation;
use super::path;
use super::problem::{Problem, RulesError};
use super::tables::{Cloud, Cmdlet, Permission, PermissionKind, SignInAnswer, Window};

/// Causes and symptoms: the built-in ones, and an organisation's own.
#[derive(Clone, Debug)]
pub struct Catalogue {
    causes: List<Cause>,
    symptoms: List<Symptom>,
}

impl Default for Catalogue {
    fn default() -> Self {
        Self::builtin()
    }
}

impl Catalogue {
    /// The built-in catalogue; borrows constants, costs nothing.
    #[must_use]
    pub const fn builtin() -> Self {
        Self { causes: Cow::Borrowed(CAUSES), symptoms: Cow::Borrowed(SYMPTOMS) }
    }

    /// This catalogue and the entries of `files`, pairs of name and text: `symptoms.toml` and `causes/<slug>.md` (any
    /// folder before them; a `README.md` is passed over). Symptoms may have `regex`. Reads no file itself.
    ///
    /// # Errors
    /// The first entry that does not fit, names that exist already, and names that refer to nothing, with file and
    /// line.
    pub fn extend(&self, files: &[(String, String)]) -> Result<Self, RulesError> {
        let mut symptoms = self.symptoms.to_vec();
        let mut causes = self.causes.to_vec();
        let mut texts = Vec::new();
        for (file, text) in files {
            let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
            if name == "symptoms.toml" {
                for entry in format::parse_symptoms(file, text)? {
                    add_symptom(file, entry, &mut symptoms)?;
                }
            } else if let Some(slug) = name.strip_suffix(".md").filter(|slug| *slug != "README") {
                texts.push((file, slug, text));
            } else if name != "README.md" {
                return Err(RulesError::new(file, 1, Problem::UnknownFile));
            }
        }
        let names = Names {
            symptoms: symptoms.iter().map(|symptom| symptom.name.as_ref()).collect(),
            reads: READS.iter().map(|read| read.name.as_ref()).collect(),
            windows: WINDOWS.iter().map(|window| window.name).collect(),
        };
        for (file, slug, text) in texts {
            let entry = format::parse_cause(file, slug, text)?;
            if causes.iter().any(|cause| cause.slug == slug) {
                let problem = Problem::Duplicate { kind: "cause", name: slug.to_owned() };
                return Err(RulesError::new(file, 1, problem));
            }
            check::references(file, &entry, &names)?;
            causes.push(entry.cause);
        }
        crate::order::sort_by(&mut causes, |a, b| a.slug.cmp(&b.slug));
        Ok(Self { causes: Cow::Owned(causes), symptoms: Cow::Owned(symptoms) })
    }

    /// Every cause, by slug.
    #[must_use]
    pub fn causes(&self) -> &[Cause] {
        &self.causes
    }

    /// The cause with this slug.
    #[must_use]
    pub fn cause(&self, slug: &str) -> Option<&Cause> {
        let index = self.causes.binary_search_by(|cause| cause.slug.as_ref().cmp(slug)).ok()?;
        self.causes.get(index)
    }

    /// Every symptom, in the order of the files.
    #[must_use]
    pub fn symptoms(&self) -> &[Symptom] {
        &self.symptoms
    }

    /// The symptom with this name.
    #[must_use]
    pub fn symptom(&self, name: &str) -> Option<&Symptom> {
        self.symptoms.iter().find(|symptom| symptom.name == name)
    }

    /// The read with this name.
    #[must_use]
    pub fn read(&self, name: &str) -> Option<&'static Read> {
        read(name)
    }

    /// The slug that `slug` was most likely meant to be.
    #[must_use]
    pub fn nearest(&self, slug: &str) -> Option<&str> {
        check::nearest(slug, self.causes.iter().map(|cause| cause.slug.as_ref()))
    }
}

fn add_symptom(file: &str, entry: SymptomEntry, symptoms: &mut Vec<Symptom>) -> Result<(), RulesError> {
    if symptoms.iter().any(|symptom| symptom.name == entry.symptom.name) {
        let problem = Problem::Duplicate { kind: "symptom", name: entry.symptom.name.into_owned() };
        return Err(RulesError::new(file, entry.line, problem));
    }
    for (pattern, &line) in entry.symptom.regex.iter().zip(&entry.regex_lines) {
        if let Err(error) = regex::Regex::new(pattern) {
            let reason = error.to_string().lines().last().unwrap_or_default().trim().to_owned();
            return Err(RulesError::new(file, line, Problem::Regex { pattern: pattern.to_string(), reason }));
        }
    }
    symptoms.push(entry.symptom);
    Ok(())
}

/// Every read.
#[must_use]
pub fn reads() -> &'static [Read] {
    READS
}

/// The read with this name.
#[must_use]
pub fn read(name: &str) -> Option<&'static Read> {
    READS.iter().find(|read| read.name == name)
}

/// Every operation.
#[must_use]
pub fn operations() -> &'static [Operation] {
    static ALL: OnceLock<Vec<Operation>> = OnceLock::new();
    ALL.get_or_init(|| BUCKETS.iter().flat_map(|bucket| bucket.operations()).copied().collect())
}

/// The operation with this short name, `read-meeting`.
#[must_use]
pub fn operation_named(name: &str) -> Option<&'static Operation> {
    let bucket = BUCKETS.iter().find(|bucket| !name.is_empty() && bucket.names(name))?;
    bucket.operations().iter().find(|operation| operation.name == Some(name))
}

/// The operation of a request. `path` is a path below the version, one with `/v1.0` or `/beta`, or a whole address; the
/// query is ignored, case too. Function calls (`getAllTranscripts(meetingOrganizerUserId='…')`) and keys in
/// parentheses (`users('…')`) are understood; a literal segment beats a placeholder.
#[must_use]
pub fn operation_for(method: &str, path: &str) -> Option<&'static Operation> {
    path::find(&BUCKETS, method, path)
}

/// Every permission: roles, then scopes, then resource-specific ones.
#[must_use]
pub fn permissions() -> &'static [Permission] {
    PERMISSIONS
}

/// The permission of this name and kind, any case: the permissions table itself spells some names in two ways.
#[must_use]
pub fn permission_named(name: &str, kind: PermissionKind) -> Option<&'static Permission> {
    PERMISSIONS.iter().find(|permission| permission.kind == kind && permission.name.eq_ignore_ascii_case(name))
}

/// The permission with this id.
#[must_use]
pub fn permission_by_id(id: Uuid) -> Option<&'static Permission> {
    PERMISSIONS.iter().find(|permission| permission.id == Some(id))
}

/// Every documented delay.
#[must_use]
pub fn windows() -> &'static [Window] {
    WINDOWS
}

/// The documented delay of this name.
#[must_use]
pub fn window(name: &str) -> Option<&'static Window> {
    WINDOWS.iter().find(|window| window.name == name)
}

/// What an answer of the sign-in authority means, by the number after `AADSTS`.
#[must_use]
pub fn sign_in_answer(code: u32) -> Option<&'static SignInAnswer> {
    let at = SIGN_IN.binary_search_by_key(&code, |answer| answer.code).ok()?;
    SIGN_IN.get(at)
}

/// Every cloud.
#[must_use]
pub fn clouds() -> &'static [Cloud] {
    CLOUDS
}

/// The cloud of this name.
#[must_use]
pub fn cloud(name: &str) -> Option<&'static Cloud> {
    CLOUDS.iter().find(|cloud| cloud.name == name)
}

/// The cloud that a Graph, Teams or sign-in host belongs to (a port is ignored); `None` for a host of several clouds.
#[must_use]
pub fn cloud_of_host(host: &str) -> Option<&'static Cloud> {
    let host = host.split(':').next().unwrap_or(host).trim_end_matches('.');
    let mut own = CLOUDS.iter().filter(|cloud| {
        [Some(cloud.graph), Some(cloud.login), cloud.teams]
            .into_iter()
            .flatten()
            .any(|known| known.eq_ignore_ascii_case(host))
    });
    let found = own.next();
    if own.next().is_some() { None } else { found }
}

/// Every cmdlet.
#[must_use]
pub fn cmdlets() -> &'static [Cmdlet] {
    CMDLETS
}

/// The cmdlet of this name, any case.
#[must_use]
pub fn cmdlet(name: &str) -> Option<&'static Cmdlet> {
    CMDLETS.iter().find(|cmdlet| cmdlet.name.eq_ignore_ascii_case(name))
}
