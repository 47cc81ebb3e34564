//! `METHOD /path` where an operation is named: the operation, and the user and the meeting that the path names, if it is
//! the path of one request.

use super::operation;
use crate::input::MeetingRef;
use crate::input::meeting::is_placeholder;
use crate::input::request::named;
use crate::knowledge::{Operation, PolicySubject};
use crate::tenant::subject::Subject;

/// What a text names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The operation.
    pub operation: &'static Operation,
    /// The user in the path.
    pub user: Option<Subject>,
    /// The meeting in the path, or in its filter.
    pub meeting: Option<Box<MeetingRef>>,
}

impl Request {
    /// An operation of any user and meeting.
    #[must_use]
    pub const fn of(operation: &'static Operation) -> Self {
        Self { operation, user: None, meeting: None }
    }
}

/// Reads the name of an operation, or a method and a path; ids in the path are whom the question is about.
///
/// # Errors
/// Says that there is no such operation.
pub fn request(text: &str) -> Result<Request, String> {
    let operation = operation(text)?;
    let Some((_, path)) = text.trim().split_once(char::is_whitespace) else { return Ok(Request::of(operation)) };
    let path = path.trim();
    // Where the identifier does not say who organizes it, it may as well stand for any meeting.
    let of_event = operation.subject == PolicySubject::EventCreator;
    let meeting = named(path, None).meeting.map(|fact| fact.value);
    let meeting = meeting.filter(|meeting| of_event || meeting.organizer.is_some());
    let meeting = meeting.map(Box::new);
    Ok(Request { operation, user: user(path), meeting })
}

/// The operation alone.
///
/// # Errors
/// Says that there is no such operation, or that the text names one request.
pub fn operation_only(text: &str) -> Result<&'static Operation, String> {
    let request = request(text)?;
    match request.user {
        Some(user) => {
            Err(format!("the path names the user `{user}`: here an operation is meant, for whomever it is called"))
        }
        None => Ok(request.operation),
    }
}

/// The user whom a path names: by its segment, or as an argument of a function.
fn user(path: &str) -> Option<Subject> {
    let named = named(path, None);
    if let Some(id) = named.user_id {
        return Some(Subject::Id(id.value));
    }
    if let Some(name) = named.user {
        return Some(Subject::of(&name.value));
    }
    // `getByUserIdAndRole(userId='…')`; anything but an id or an address stands for whomever it is called.
    let lower = path.to_ascii_lowercase();
    let rest = path.get(lower.find("userid='")? + "userid='".len()..)?;
    let written = Subject::of(rest.split('\'').next()?);
    let meant = match &written {
        Subject::Id(_) => true,
        Subject::Name(name) => name.contains('@') && !is_placeholder(name),
    };
    meant.then_some(written)
}

/// Whether two texts name different users for certain.
#[must_use]
pub fn differ(one: &Subject, other: &Subject) -> bool {
    match (one, other) {
        (Subject::Id(a), Subject::Id(b)) => a != b,
        (Subject::Name(a), Subject::Name(b)) => !a.eq_ignore_ascii_case(b),
        (Subject::Id(_), Subject::Name(_)) | (Subject::Name(_), Subject::Id(_)) => false,
    }
}
