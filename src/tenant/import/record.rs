//! One printed object, whatever the form: names and values, and how values are read.

use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::tenant::parse_id;

/// Where something was printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// Index of the file.
    pub(super) file: usize,
    /// 1-based.
    pub(super) line: usize,
    /// 1-based item of a JSON list; 0 = none.
    pub(super) item: usize,
}

/// A value with its name.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) value: Value,
    /// The console cut it.
    pub(super) cut: bool,
}

/// A printed object.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Record {
    pub(super) fields: Vec<Field>,
    pub(super) place: Place,
    /// Copied from a console, which shows an empty list as `{}`, and nothing where a copy was cut.
    pub(super) console: bool,
}

/// One value as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Text {
    /// The name is not there.
    Absent,
    /// The name is there, without a value.
    Null,
    /// A value.
    Is(String),
    /// A value that was cut, or printed as the name of its type.
    Cut,
}

impl Text {
    /// The value, if it is whole.
    pub(super) fn known(self) -> Option<String> {
        match self {
            Self::Is(text) => Some(text),
            Self::Absent | Self::Null | Self::Cut => None,
        }
    }
}

/// A list, and whether more was in it than was printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct List {
    pub(super) items: Vec<String>,
    pub(super) cut: bool,
}

impl Record {
    pub(super) fn from_map(map: Map<String, Value>, place: Place) -> Self {
        let fields = map.into_iter().map(|(name, value)| Field { name, value, cut: false }).collect();
        Self { fields, place, console: false }
    }

    /// The first field of this name, without regard to case.
    pub(super) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name.eq_ignore_ascii_case(name))
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.field(name).is_some()
    }

    pub(super) fn value(&self, name: &str) -> Option<&Value> {
        self.field(name).map(|field| &field.value)
    }

    pub(super) fn text(&self, name: &str) -> Text {
        match self.field(name) {
            None => Text::Absent,
            Some(Field { cut: true, .. }) => Text::Cut,
            Some(field) => text_of(&field.value),
        }
    }

    /// The first of several names whose value is a UUID.
    pub(super) fn id(&self, names: &[&str]) -> Option<Uuid> {
        names.iter().find_map(|name| parse_id(self.text(name).known()?.trim()))
    }

    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        match &self.field(name).filter(|field| !field.cut)?.value {
            Value::Bool(flag) => Some(*flag),
            Value::String(text) if text.trim().eq_ignore_ascii_case("true") => Some(true),
            Value::String(text) if text.trim().eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }
    }

    /// A moment whose zone is printed with it; without one it is known to no more than a day.
    pub(super) fn moment(&self, name: &str) -> Option<Timestamp> {
        self.text(name).known()?.trim().parse().ok()
    }

    /// A list in any of its forms; `None`: the name is not there. Nothing where a list should stand is no empty list.
    pub(super) fn list(&self, name: &str) -> Option<List> {
        let field = self.field(name)?;
        let mut list = list_of(&field.value);
        let blank = match &field.value {
            Value::Null => true,
            Value::String(text) => self.console && text.trim().is_empty(),
            _ => false,
        };
        // A console shows a list in braces, or a single value; other words are of another column.
        let bare = self.console && field.value.as_str().is_some_and(|text| !text.trim_start().starts_with('{'));
        let goes_on = field.value.as_str().is_some_and(|text| text.trim_end().ends_with(','));
        let odd = bare && (goes_on || list.items.iter().any(|item| parse_id(item).is_none()));
        // A piece of an id is the rest of one that was cut.
        let torn = self.console && list.items.iter().any(|item| is_torn_id(item));
        list.cut |= field.cut || blank || odd || torn;
        Some(list)
    }
}

/// Whether a text is a piece of a UUID, or several in a row.
fn is_torn_id(text: &str) -> bool {
    text.len() >= 4 && parse_id(text).is_none() && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// Objects and `@{Name=...; ...}` texts: the member of this name, without regard to case.
pub(super) fn member(value: &Value, name: &str) -> Option<Value> {
    match value {
        Value::Object(map) => {
            map.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.clone())
        }
        Value::String(text) => {
            let inner = text.trim().strip_prefix("@{")?.trim_end();
            // What stands last in a text that was cut may go on.
            let whole = match inner.strip_suffix('}') {
                Some(whole) => whole,
                None => inner.rsplit_once(';').map_or("", |(whole, _)| whole),
            };
            whole.split(';').find_map(|pair| {
                let (key, value) = pair.split_once('=')?;
                key.trim().eq_ignore_ascii_case(name).then(|| Value::String(value.trim().to_owned()))
            })
        }
        _ => None,
    }
}

pub(super) fn text_of(value: &Value) -> Text {
    match value {
        Value::Null => Text::Null,
        Value::String(text) => match text.trim() {
            "" => Text::Null,
            // A replaced character is a lost one.
            text if is_type_name(text) || text.contains('\u{fffd}') => Text::Cut,
            text => Text::Is(text.to_owned()),
        },
        Value::Bool(flag) => Text::Is(flag.to_string()),
        Value::Number(number) => Text::Is(number.to_string()),
        Value::Array(items) => match items.as_slice() {
            [] => Text::Null,
            [only] => text_of(only),
            _ => Text::Cut,
        },
        Value::Object(_) => Text::Cut,
    }
}

/// What .NET prints for an object that has no text of its own.
fn is_type_name(text: &str) -> bool {
    let named = |text: &str| text.starts_with("System.") || text.starts_with("Microsoft.");
    named(text) && !text.contains(char::is_whitespace)
}

/// Two forms of an ellipsis: three dots in Windows PowerShell, one character since PowerShell 6.
pub(super) fn strip_ellipsis(text: &str) -> Option<&str> {
    text.strip_suffix('\u{2026}').or_else(|| text.strip_suffix("..."))
}

fn list_of(value: &Value) -> List {
    match value {
        Value::Null => List::default(),
        Value::Array(items) => {
            let mut list = List::default();
            for item in items {
                match text_of(item) {
                    Text::Is(text) if text.starts_with("@{") => list.cut = true,
                    Text::Is(text) => list.items.push(text),
                    Text::Null => {}
                    Text::Cut | Text::Absent => list.cut = true,
                }
            }
            list
        }
        Value::String(text) => list_in(text.trim()),
        // Windows PowerShell wraps some lists as `{"value":[...],"Count":2}`.
        Value::Object(map) => match map.iter().find(|(key, _)| key.eq_ignore_ascii_case("value")) {
            Some((_, inner @ Value::Array(_))) => list_of(inner),
            _ => List { items: Vec::new(), cut: true },
        },
        Value::Bool(_) | Value::Number(_) => List { items: Vec::new(), cut: true },
    }
}

/// `{a, b}`, `{a, b...}`, `a,b`, `a b`.
fn list_in(text: &str) -> List {
    let mut list = List::default();
    if text.is_empty() {
        return list;
    }
    // `ConvertTo-Json` prints what lies below its depth as a type or as `@{Name=...}`.
    if is_type_name(text) || text.starts_with("@{") {
        list.cut = true;
        return list;
    }
    if let Some(inner) = text.strip_prefix('{') {
        let inner = match inner.strip_suffix('}') {
            Some(inner) => inner,
            None => {
                list.cut = true;
                inner
            }
        };
        for item in inner.split(',') {
            push_item(&mut list, item.trim());
        }
        // Where the brace is not closed, nothing says that the last item is whole.
        if !text.ends_with('}') && list.items.last().is_some_and(|last| parse_id(last).is_none()) {
            list.items.pop();
        }
    } else {
        for item in text.split(|c: char| c == ',' || c == ';' || c.is_whitespace()) {
            push_item(&mut list, item.trim_matches(['"', '\'']));
        }
    }
    list
}

fn push_item(list: &mut List, item: &str) {
    let (item, cut) = match strip_ellipsis(item) {
        Some(rest) => (rest.trim(), true),
        None => (item, false),
    };
    list.cut |= cut;
    // A console breaks lines inside of values.
    let joined: String = item.split_whitespace().collect();
    if parse_id(&joined).is_some() {
        list.items.push(joined);
    } else if !cut && !item.is_empty() {
        list.items.push(item.to_owned());
    }
}
