//! A snapshot from a file of any size, piece by piece: what is in memory is what was read, and never the text as well.
//!
//! The pieces are read by the same types as a whole text is. Whatever is not as a snapshot is written, this reader
//! leaves to [`super::parse()`], which knows how to explain it.

use std::io::Read;

use serde::de::{DeserializeOwned, IgnoredAny};

use super::parse::{RawGroup, RawPart, RawSnapshot};
use super::text::Id;
use super::{Snapshot, SnapshotError};

/// So much is read at once; values that are longer make it more.
const PIECE: usize = 1 << 18;

/// Reads a snapshot; `None` = read the whole text and ask [`super::parse()`]. `source` names it in errors.
///
/// # Errors
/// As [`super::parse()`], where the values contradict each other.
pub fn load(reader: impl Read, source: &str) -> Option<Result<Snapshot, SnapshotError>> {
    let mut pieces = Pieces { reader, text: String::new(), at: 0, rest: Vec::new(), ended: false };
    pieces.fill()?;
    if pieces.text.starts_with('\u{feff}') {
        pieces.at = '\u{feff}'.len_utf8();
    }
    let raw = pieces.snapshot()?;
    pieces.end()?;
    drop(pieces);
    Some(raw.build(source))
}

struct Pieces<R> {
    reader: R,
    /// What has been read and not been used, from `at` on.
    text: String,
    at: usize,
    /// The first bytes of a character whose others were not read.
    rest: Vec<u8>,
    ended: bool,
}

impl<R: Read> Pieces<R> {
    /// Reads more; nothing if there is no more. `None` = no UTF-8, or the reader fails.
    fn fill(&mut self) -> Option<()> {
        self.text.drain(..self.at);
        self.at = 0;
        let wanted = u64::try_from(self.text.len().max(PIECE)).ok()?;
        let mut bytes = std::mem::take(&mut self.rest);
        let read = self.reader.by_ref().take(wanted).read_to_end(&mut bytes).ok()?;
        self.ended = read == 0;
        match std::str::from_utf8(&bytes) {
            Ok(text) => self.text.push_str(text),
            Err(error) if error.error_len().is_none() && !self.ended => {
                let (good, rest) = bytes.split_at_checked(error.valid_up_to())?;
                self.text.push_str(std::str::from_utf8(good).ok()?);
                self.rest = rest.to_vec();
            }
            Err(_) => return None,
        }
        Some(())
    }

    /// The next byte that is no blank, which is not used up.
    fn peek(&mut self) -> Option<u8> {
        loop {
            let rest = self.text.get(self.at..)?.as_bytes();
            if let Some(blanks) = rest.iter().position(|byte| !matches!(byte, b' ' | b'\n' | b'\r' | b'\t')) {
                self.at += blanks;
                return rest.get(blanks).copied();
            }
            self.at = self.text.len();
            if self.ended {
                return None;
            }
            self.fill()?;
        }
    }

    fn eat(&mut self, wanted: u8) -> Option<()> {
        (self.peek()? == wanted).then(|| self.at += 1)
    }

    /// Nothing follows.
    fn end(&mut self) -> Option<()> {
        (self.peek().is_none() && self.ended).then_some(())
    }

    fn value<T: DeserializeOwned>(&mut self) -> Option<T> {
        self.peek()?;
        loop {
            let mut values = serde_json::Deserializer::from_str(self.text.get(self.at..)?).into_iter::<T>();
            match values.next()? {
                // A number that ends where the piece does may go on in the next.
                Ok(value) if self.ended || self.at + values.byte_offset() < self.text.len() => {
                    self.at += values.byte_offset();
                    return Some(value);
                }
                Ok(_) => {}
                Err(error) if error.is_eof() && !self.ended => {}
                Err(_) => return None,
            }
            self.fill()?;
        }
    }

    /// Calls `each` with every key of an object; it reads the value.
    fn object(&mut self, mut each: impl FnMut(&mut Self, &str) -> Option<()>) -> Option<()> {
        self.eat(b'{')?;
        if self.peek()? == b'}' {
            return self.eat(b'}');
        }
        let mut seen: Vec<String> = Vec::new();
        loop {
            let key: String = self.value()?;
            self.eat(b':')?;
            // Which of two values counts is for the other reader to say.
            if seen.contains(&key) {
                return None;
            }
            each(self, &key)?;
            seen.push(key);
            if self.peek()? == b'}' {
                return self.eat(b'}');
            }
            self.eat(b',')?;
        }
    }

    /// All elements of an array, or nothing for null.
    fn array<T>(&mut self, element: fn(&mut Self) -> Option<T>) -> Option<Option<Vec<T>>> {
        if self.peek()? == b'n' {
            return self.value::<Option<IgnoredAny>>().filter(Option::is_none).map(|_| None);
        }
        self.eat(b'[')?;
        let mut elements = Vec::new();
        if self.peek()? != b']' {
            loop {
                elements.push(element(self)?);
                if self.peek()? == b']' {
                    break;
                }
                self.eat(b',')?;
            }
        }
        self.eat(b']')?;
        elements.shrink_to_fit();
        Some(Some(elements))
    }

    fn part<T>(&mut self, item: fn(&mut Self) -> Option<T>) -> Option<Option<RawPart<T>>> {
        if self.peek()? == b'n' {
            return self.value::<Option<IgnoredAny>>().filter(Option::is_none).map(|_| None);
        }
        let mut part = RawPart { status: None, read_at: None, source: None, reason: None, items: None };
        self.object(|pieces, key| {
            match key {
                "status" => part.status = pieces.value()?,
                "read_at" => part.read_at = pieces.value()?,
                "source" => part.source = pieces.value()?,
                "reason" => part.reason = pieces.value()?,
                "items" => part.items = pieces.array(item)?,
                _ => drop(pieces.value::<IgnoredAny>()?),
            }
            Some(())
        })?;
        Some(Some(part))
    }

    fn group(&mut self) -> Option<RawGroup> {
        let (mut id, mut group) = (None, RawGroup::default());
        self.object(|pieces, key| {
            match key {
                "group_id" => id = Some(pieces.value::<Id>()?),
                "name" => group.name = pieces.value()?,
                "policy" => group.policy = pieces.value()?,
                "rank" => group.rank = pieces.value()?,
                "members" => group.members = pieces.part(Self::value::<Id>)?,
                "nested" => group.nested = pieces.value()?,
                _ => drop(pieces.value::<IgnoredAny>()?),
            }
            Some(())
        })?;
        group.group_id = id?;
        Some(group)
    }

    fn snapshot(&mut self) -> Option<RawSnapshot> {
        let mut raw = RawSnapshot::default();
        let mut first = true;
        self.object(|pieces, key| {
            match key {
                "schema" => raw.schema = pieces.value()?,
                "tenant_id" => raw.tenant_id = pieces.value()?,
                // No snapshot has them.
                "results" => return None,
                "cloud" => raw.cloud = pieces.value()?,
                "taken_at" => raw.taken_at = pieces.value()?,
                "policies" => raw.policies = pieces.part(Self::value)?,
                "direct" => raw.direct = pieces.part(Self::value)?,
                "groups" => raw.groups = pieces.part(Self::group)?,
                "nested_groups" => raw.nested_groups = pieces.value()?,
                "effective" => raw.effective = pieces.part(Self::value)?,
                "users" => raw.users = pieces.part(Self::value)?,
                "apps" => raw.apps = pieces.part(Self::value)?,
                "absent" => raw.absent = pieces.array(Self::value)?,
                "settings" => raw.settings = pieces.value()?,
                "rsc" => raw.rsc = pieces.value()?,
                "events" => raw.events = pieces.value()?,
                "history" => raw.history = pieces.array(Self::value)?,
                // No snapshot begins like this.
                _ if first => return None,
                _ => drop(pieces.value::<IgnoredAny>()?),
            }
            first = false;
            Some(())
        })?;
        // Without one there is nothing that this reader could say.
        raw.schema.map(|_| raw)
    }
}
