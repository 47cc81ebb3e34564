//! Which pairs, messages and status lines belong to one failure.

use super::fields::{Field, Form, Key, clean};
use super::frame::{self, Mention};
use super::pattern::Hit;
use super::repeats::join_echoes;
use super::{Span, apart, beside, named_value, own_pair, service, silent, spoken, status, whose, wordless};
use crate::knowledge::{Catalogue, Symptom};
use crate::source::slice;

/// What may become an incident.
#[derive(Debug, Default)]
pub(crate) struct Group<'c> {
    pub(crate) span: Option<Span>,
    pub(crate) code: Option<Field>,
    pub(crate) message: Option<Field>,
    /// A message inside the message: `{"errorCode": ..., "message": ...}` as text.
    pub(crate) nested_message: Option<Field>,
    pub(crate) inner_code: Option<Field>,
    pub(crate) inner: Option<Field>,
    pub(crate) request_id: Option<Field>,
    pub(crate) client_request_id: Option<Field>,
    pub(crate) date: Option<Field>,
    pub(crate) status: Option<Field>,
    pub(crate) hits: Vec<Hit<'c>>,
    /// The `error` object that holds it, if one does.
    pub(crate) object: Option<Field>,
    pub(crate) details: Option<Span>,
    /// How often it is told again.
    pub(crate) repeats: usize,
}

/// No failure says more than this.
const MAX_HITS: usize = 16;
/// Unrelated pairs are further apart than this.
const NEAR: usize = 500;
/// A message repeated by its client is not further away than this.
pub(super) const ECHO: usize = 2_500;

impl<'c> Group<'c> {
    pub(crate) fn start(&self) -> usize {
        self.span.map_or(0, |span| span.start)
    }

    pub(crate) fn end(&self) -> usize {
        self.span.map_or(0, |span| span.end)
    }

    fn grow(&mut self, start: usize, end: usize) {
        self.span =
            Some(self.span.map_or(Span::new(start, end), |span| Span::new(span.start.min(start), span.end.max(end))));
    }

    /// Lets it end here.
    pub(crate) fn reach(&mut self, end: usize) {
        self.grow(end, end);
    }

    /// A message that stands by itself.
    pub(crate) fn of_hit(hit: Hit<'c>) -> Self {
        Self { span: Some(hit.span), hits: vec![hit], ..Self::default() }
    }

    fn holds(outer: Option<Field>, at: usize) -> bool {
        outer.is_some_and(|field| field.value.start <= at && at < field.value.end)
    }

    /// The text of the inner error ends before it is closed.
    pub(super) fn is_cut(&self) -> bool {
        self.inner.is_some_and(|inner| !inner.closed)
    }

    fn in_inner(&self, at: usize) -> bool {
        Self::holds(self.inner, at)
    }

    pub(crate) fn add_field(&mut self, text: &str, field: Field) {
        let at = field.start;
        if self.details.is_some_and(|details| details.start <= at && at < details.end) {
            return;
        }
        let in_message = Self::holds(self.message, at);
        let slot = match field.key {
            // The message holds the whole text of an exception: `"Message": "Code: X\r\nMessage: ..."`.
            Key::Code if in_message && !field.quoted_key && self.wraps_exception(text, field) => {
                self.message = None;
                &mut self.code
            }
            Key::Code if in_message && !field.quoted_key => return,
            // Behind an inner error that was cut, a number is the status that a client prints: `(code: 403)`.
            Key::Code if self.in_inner(at) && self.is_cut() && status_in(text, field).is_some() => return,
            Key::Code if self.in_inner(at) || in_message => &mut self.inner_code,
            Key::Code => &mut self.code,
            Key::Message if in_message => &mut self.nested_message,
            // `message: None` leaves the place to what follows.
            Key::Message if is_null(text, field) && self.object.is_none() => return,
            // An inner error repeats or extends the outer message; the outer one is the answer.
            Key::Message if self.in_inner(at) => return,
            Key::Message => {
                if self.waits_for_message(text) {
                    self.message = None;
                }
                &mut self.message
            }
            Key::InnerError => &mut self.inner,
            Key::RequestId => &mut self.request_id,
            Key::ClientRequestId => &mut self.client_request_id,
            Key::Date => &mut self.date,
            Key::Status => &mut self.status,
            Key::Details => {
                self.details.get_or_insert(field.value);
                return;
            }
            _ => return,
        };
        if slot.is_none() {
            *slot = Some(field);
            self.grow(at, field.value.end);
        }
    }

    /// An exception's own text is empty, and its code and message follow: `Message: \nCode: ...\nMessage: ...`.
    fn waits_for_message(&self, text: &str) -> bool {
        let Some((message, code)) = self.message.zip(self.code) else { return false };
        let of_inner = || wordless::is_code_of_inner(text, message, code);
        message.value.is_empty() && message.start < code.start && (message.form == Form::Bare || of_inner())
    }

    fn wraps_exception(&self, text: &str, code: Field) -> bool {
        let head = self.message.map_or("", |message| slice(text, message.value.start..code.start));
        self.code.is_none() && self.object.is_none() && head.trim().is_empty()
    }

    /// The status above a code, and the empty message of a cmdlet above both: `New-MgX:`.
    fn add_frame(&mut self, text: &str, status: Field) {
        let above = slice(text, status.start.saturating_sub(200)..status.start).trim_end();
        let line = above.rsplit(['\n', '\r']).next().unwrap_or_default().trim();
        let silent = line.strip_suffix(':').is_some_and(|name| name.contains('-') && !name.contains(' '));
        if silent && self.message.is_none() {
            let value = Span::new(status.start, status.start);
            self.message = Some(Field { key: Key::Message, value, form: Form::Bare, closed: true, ..status });
        }
        self.status = Some(status);
        self.grow(status.start, status.value.end);
    }

    fn takes(&self, text: &str, field: Field) -> bool {
        let at = field.start;
        let nested = self.in_inner(at) || Self::holds(self.message, at);
        // What is asked of the text comes last: a line may be all keys.
        if !self.has_place(text, field, nested)
            || frame::begins_between(text, self.start(), self.end(), at)
            || self.is_status_of_another(text, at)
        {
            return false;
        }
        let below = !same_line(text, self.end().min(at), at);
        if below && whose::is_of_another(text, self, at, nested) {
            return false;
        }
        let tells_whose = matches!(field.key, Key::RequestId | Key::ClientRequestId | Key::Status | Key::Date);
        let above = slice(text, self.end().min(at)..at);
        if tells_whose && !nested && (frame::opens_object(above, !self.bare()) || is_into_next_object(above)) {
            return false;
        }
        // The next entry of an archive has its own.
        let of_entry = named_value::is_listed(text, field) || field.key == Key::Status && field.quoted_key && !nested;
        if of_entry && own_pair::opens_next_item(above) {
            return false;
        }
        let is_id = matches!(field.key, Key::RequestId | Key::ClientRequestId);
        if is_id && self.span.is_some_and(|own| beside::is_of_success(text, own, at)) {
            return false;
        }
        let tells = matches!(field.key, Key::Message | Key::InnerError | Key::Status)
            || field.key == Key::Code && self.code.is_none();
        let of_next = |own: Span| !beside::is_of_entry(text, own, at);
        if is_id && !nested && self.span.is_some_and(of_next) {
            return false;
        }
        let of_other = |own: Span| of_next(own) || beside::is_of_other_object(text, own, at);
        !(tells && self.near(at) && self.span.is_some_and(of_other))
    }

    /// Whether a pair may still belong to the failure, as far as what it has goes.
    fn has_place(&self, text: &str, field: Field, nested: bool) -> bool {
        let at = field.start;
        if self.object.is_some() {
            // Behind a closed error object only ids and the status may still belong to it.
            return match field.key {
                Key::RequestId => self.request_id.is_none() && self.near(at),
                Key::ClientRequestId => self.client_request_id.is_none() && self.near(at),
                _ => false,
            };
        }
        nested
            || self.near(at)
                && match field.key {
                    Key::Code => self.code.is_none() || self.message.is_none() && self.hits.is_empty(),
                    Key::Message => self.message.is_none() || self.waits_for_message(text),
                    Key::InnerError => self.inner.is_none(),
                    Key::RequestId => self.request_id.is_none(),
                    Key::ClientRequestId => self.client_request_id.is_none(),
                    Key::Date => self.date.is_none() && (self.code.is_some() || self.message.is_some()),
                    Key::Status => self.status.is_none() && self.code.is_some() != self.message.is_some(),
                    Key::Details => true,
                    _ => false,
                }
    }

    /// `code=503` in a record that ends before a place is a status, and none of what stands there.
    fn is_status_of_another(&self, text: &str, at: usize) -> bool {
        let of_other = |code: Field| {
            let Some(value) = status_in(text, code) else { return false };
            beside::is_record_above(text, self.end(), at)
                || !same_line(text, self.end(), at) && beside::names_others(text, code.value, value)
        };
        self.message.is_none() && self.object.is_none() && self.near(at) && self.code.is_some_and(of_other)
    }

    /// Its code is only the name of a status: another record may say the words to it.
    fn names_status(&self, text: &str) -> bool {
        self.code.is_some_and(|code| status::is_reason(&clean(text, code.value)))
    }

    fn near(&self, at: usize) -> bool {
        at <= self.end() + NEAR
    }

    /// Whether there is anything but the client's own words.
    pub(super) fn only_wrapper(&self) -> bool {
        !self.hits.is_empty() && self.hits.iter().all(|hit| hit.symptom.wrapper) && self.object.is_none()
    }

    pub(super) fn mention(&self) -> Mention {
        Mention { start: self.start(), end: self.end(), structured: !self.bare() }
    }

    /// The first mention of what the group says, and the last one.
    pub(super) fn mentions(&self) -> impl Iterator<Item = Mention> {
        let last = self.hits.last().filter(|hit| hit.span.start > self.start());
        let end = self.end_of_words();
        let last = last.map(|hit| Mention { start: hit.span.start, end, structured: !self.bare() });
        std::iter::once(self.mention()).chain(last)
    }

    /// Where the last of its words end. Of a failure that is told a thousand times only the first mentions are kept.
    fn end_of_words(&self) -> usize {
        let last = self.hits.last().filter(|_| self.hits.len() < MAX_HITS);
        last.map_or(self.end(), |hit| hit.span.end)
    }

    pub(super) fn bare(&self) -> bool {
        self.code.is_none() && self.message.is_none() && self.object.is_none()
    }

    pub(super) fn absorb(&mut self, other: Self) {
        if let Some(span) = other.span {
            self.grow(span.start, span.end);
        }
        // The service's own words before those of its client.
        if self.only_wrapper() || self.object.is_none() && other.object.is_some() {
            self.code = other.code.or(self.code);
            self.message = other.message.or(self.message);
        }
        self.code = self.code.or(other.code);
        self.message = self.message.or(other.message);
        self.nested_message = self.nested_message.or(other.nested_message);
        self.inner_code = self.inner_code.or(other.inner_code);
        self.inner = self.inner.or(other.inner);
        self.request_id = self.request_id.or(other.request_id);
        self.client_request_id = self.client_request_id.or(other.client_request_id);
        self.date = self.date.or(other.date);
        self.status = self.status.or(other.status);
        self.object = self.object.or(other.object);
        self.hits.extend(other.hits);
        self.hits.truncate(MAX_HITS);
        self.repeats += 1 + other.repeats;
    }
}

/// What is asked of two groups, one below the other, before they become one.
#[derive(Clone, Copy)]
pub(crate) struct Told<'a, 'c> {
    /// They are of two calls.
    pub(crate) apart: &'a dyn Fn(&Group<'c>, &Group<'c>) -> bool,
    /// The words of a client may be about this answer.
    pub(crate) wrapped: &'a dyn Fn(&Group<'c>, &Group<'c>) -> bool,
}

/// Groups pairs and messages in the order of the text.
pub(crate) fn groups<'c>(
    text: &str,
    fields: &[Field],
    hits: Vec<Hit<'c>>,
    keep: impl Fn(&Group<'c>) -> bool,
    told: Told<'_, 'c>,
) -> Vec<Group<'c>> {
    let mut groups: Vec<Group<'c>> = Vec::new();
    let objects = error_objects(text, fields);
    let mut objects = objects.into_iter().peekable();
    let mut hits = hits.into_iter().peekable();
    let mut previous: Option<Field> = None;
    let mut sure = 0;
    for (index, &field) in fields.iter().enumerate() {
        while let Some(hit) = hits.next_if(|hit| hit.span.start < field.start) {
            add_hit(text, &mut groups, hit, told);
        }
        thin_out(&mut groups, &mut sure, &keep);
        if let Some(object) = objects.next_if(|object| object.start <= field.start) {
            let mut group = Group { object: Some(object), ..Group::default() };
            group.grow(object.start, object.value.end);
            groups.push(group);
        }
        match groups.last_mut() {
            Some(last) if last.object.is_some_and(|object| field.start < object.value.end) => {
                last.add_field(text, field)
            }
            Some(last)
                if last.takes(text, field)
                    && !leads_to(text, last, field, hits.peek())
                    && !apart::begins_another(
                        text,
                        last,
                        field,
                        fields.get(index + 1..).unwrap_or_default(),
                        hits.peek(),
                    ) =>
            {
                last.add_field(text, field)
            }
            _ if matches!(field.key, Key::Code | Key::Message | Key::InnerError) && field.form != Form::Nested
                || field.key == Key::InnerError =>
            {
                let mut group = Group::default();
                group.add_field(text, field);
                group.status = previous.filter(|status| stands_above(text, *status, field));
                if let Some(status) = previous.filter(|status| frames_code(text, *status, field)) {
                    group.add_frame(text, status);
                }
                groups.push(group);
            }
            _ => {}
        }
        previous = Some(field);
    }
    for hit in hits {
        thin_out(&mut groups, &mut sure, &keep);
        add_hit(text, &mut groups, hit, told);
    }
    join_echoes(text, groups, told)
}

/// Whether an id leads to the next message on its own line, below a failure that has its message: `request_id=... err="..."`.
fn leads_to(text: &str, last: &Group<'_>, field: Field, next: Option<&Hit<'_>>) -> bool {
    matches!(field.key, Key::RequestId | Key::ClientRequestId)
        && last.bare()
        && !last.hits.is_empty()
        && !same_line(text, last.end(), field.start)
        && next.is_some_and(|hit| same_line(text, field.value.end, hit.span.start))
}

/// Groups that come to nothing are dropped as soon as no later one can need them; the first `sure` ones have been judged,
/// and where there are enough of these, what follows is not.
fn thin_out<'c>(groups: &mut Vec<Group<'c>>, sure: &mut usize, keep: &impl Fn(&Group<'c>) -> bool) {
    const MANY: usize = 8192;
    /// So many are near at hand for the processor.
    const STEP: usize = 1024;
    const RECENT: usize = 8;
    let full = *sure >= MANY;
    if groups.len() >= if full { 2 * MANY } else { *sure + STEP } {
        let recent = groups.split_off(groups.len() - RECENT);
        let next = groups.split_off(*sure);
        if !full {
            groups.extend(next.into_iter().filter(keep));
            *sure = groups.len();
        }
        groups.extend(recent);
    }
}

/// `status: 403` right above the message of the same record.
fn stands_above(text: &str, status: Field, field: Field) -> bool {
    let between = slice(text, status.value.end..field.start);
    status.key == Key::Status
        && field.key == Key::Message
        && between.len() <= 40
        && between.matches('\n').count() <= 1
        && clean(text, status.value).parse().is_ok_and(|value: u16| (400..600).contains(&value))
}

/// Whether a place is inside an object of another paragraph, whatever leads to it: `Action 'Send' failed: {"statusCode": ...`.
fn is_into_next_object(above: &str) -> bool {
    let Some((_, below)) = above.rsplit_once("\n\n") else { return false };
    let depth = below.bytes().fold(0_i32, |depth, byte| depth + i32::from(byte == b'{') - i32::from(byte == b'}'));
    depth > 0
}

/// `Status: 404 (NotFound)` right above `ErrorCode: UnknownError`.
fn frames_code(text: &str, status: Field, code: Field) -> bool {
    status.key == Key::Status
        && code.key == Key::Code
        && !code.quoted_key
        && status.value.end <= code.start
        && code.start - status.value.end <= 120
        && slice(text, status.start..code.start).trim_end_matches([' ', '\r', '\n']).matches('\n').count() == 0
}

/// A value that is a bare number like a status.
fn status_in(text: &str, field: Field) -> Option<u16> {
    let digits = slice(text, field.value.start..field.value.end);
    let digits = digits.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
    digits.parse().ok().filter(|value| field.form == Form::Bare && (400..600).contains(value))
}

/// `error` keys with an object that is not inside another one.
fn error_objects(text: &str, fields: &[Field]) -> Vec<Field> {
    // `returned an error: (403) Forbidden`
    let is_status =
        |field: &Field| field.value.len() == 5 && slice(text, field.value.start..field.value.end).starts_with('(');
    let mut objects: Vec<Field> = Vec::new();
    // The end of the first message since the last object began.
    let mut said: Option<usize> = None;
    for field in fields {
        match field.key {
            Key::Message => {
                said.get_or_insert(field.value.end);
            }
            Key::Error if field.form == Form::Nested && !is_status(field) => match objects.last_mut() {
                Some(last) if field.start < last.value.end => {
                    // An object that was never closed ends where the next one starts, if it has said its message.
                    if !last.closed && said.is_some_and(|end| end < field.start) {
                        last.value.end = field.start;
                        objects.push(*field);
                        said = None;
                    }
                }
                _ => {
                    objects.push(*field);
                    said = None;
                }
            },
            _ => {}
        }
    }
    objects
}

/// The words of a message that has no quotes may go on where a line was broken.
fn extend_message(group: &mut Group<'_>, hit: Span, goes_on: bool) {
    if let Some(message) = &mut group.message
        && message.form == Form::Bare
        && message.value.start <= hit.start
        && (goes_on || hit.start < message.value.end)
    {
        message.value.end = message.value.end.max(hit.end);
    }
}

/// Whether words begin the next line below a message without quotes whose own line ends with the label of them: `Error
/// message: Exception: [Status Code: Forbidden; Reason:`.
fn is_led_by(text: &str, message: Field, at: usize) -> bool {
    let between = slice(text, message.value.end..at.max(message.value.end));
    message.form == Form::Bare
        && between.matches('\n').count() == 1
        && between.trim().is_empty()
        && slice(text, message.value.start..message.value.end).trim_end().ends_with(':')
}

fn add_hit<'c>(text: &str, groups: &mut Vec<Group<'c>>, hit: Hit<'c>, told: Told<'_, 'c>) {
    if let Some(last) = groups.last_mut() {
        if last.hits.len() >= MAX_HITS && hit.span.start < last.end() {
            return;
        }
        let at = hit.span.start;
        let value_of =
            |field: Option<Field>| field.is_some_and(|field| field.value.start <= at && at <= field.value.end);
        let goes_on =
            last.message.is_some_and(|message| message.value.end == last.end() && is_led_by(text, message, at));
        let inside = value_of(last.message) || value_of(last.code) || at < last.end() || goes_on;
        let same = last.hits.iter().any(|other| says_same(other, &hit));
        let another = last.hits.iter().any(|other| !other.symptom.wrapper && !says_same(other, &hit));
        let waits = last.code.is_some() && last.message.is_none() && last.hits.is_empty();
        let of_next = |own: Span| !beside::is_of_entry(text, own, at) || beside::is_of_other_object(text, own, at);
        let follows_code = waits
            && last.near(at)
            && !last.is_status_of_another(text, at)
            && !whose::is_of_another(text, last, at, false)
            && (!last.span.is_some_and(of_next) || last.names_status(text));
        let mention = Mention { start: at, end: hit.span.end, structured: false };
        let echo = last.bare()
            && same
            && at <= last.end() + ECHO
            && !names_others(text, &last.hits, &hit)
            && !last.mentions().any(|known| frame::separate(text, known, mention))
            && !(told.apart)(last, &Group::of_hit(hit.clone()));
        // One sentence may match two patterns of one symptom; the same words again are another failure.
        let words = |span: Span| slice(text, span.start..span.end);
        let continued = at <= last.end() + 120
            && last.hits.iter().all(|other| words(other.span) != words(hit.span))
            && !names_others(text, &last.hits, &hit);
        let one_line = same_line(text, last.end(), at) && !another && (!same || continued);
        if last.hits.len() < MAX_HITS && (inside || follows_code || echo || one_line && !last.hits.is_empty()) {
            last.grow(hit.span.start, hit.span.end);
            extend_message(last, hit.span, goes_on);
            last.hits.push(hit);
            return;
        }
    }
    let mut group = Group::default();
    group.grow(hit.span.start, hit.span.end);
    group.hits.push(hit);
    groups.push(group);
}

/// Whether a mention has the symptom of an earlier one, or tells it once more in other words.
pub(super) fn says_same(earlier: &Hit<'_>, later: &Hit<'_>) -> bool {
    const AGAIN: [(&str, &str); 2] =
        [("no-policy-for-app", "no-policy-paraphrased"), ("license-missing-begins", "license-missing")];
    let (one, other) = (earlier.symptom.name.as_ref(), later.symptom.name.as_ref());
    one == other || AGAIN.contains(&(one, other))
}

fn same_line(text: &str, from: usize, to: usize) -> bool {
    from <= to && !slice(text, from..to).contains('\n')
}

/// Whether the same slots hold other values: another user, another app. Those of a group say the same: a few tell.
pub(super) fn names_others(text: &str, one: &[Hit<'_>], hit: &Hit<'_>) -> bool {
    let words = |span: Span| clean(text, span).to_ascii_lowercase();
    let same = || one.iter().rev().filter(|other| other.symptom.name == hit.symptom.name).take(4);
    let known = || same().flat_map(|other| &other.captures);
    let subject = frame::subject(text, hit.span.start);
    let of_another = |other: &Hit<'_>| {
        subject.zip(frame::subject(text, other.span.start)).is_some_and(|((own, _), (theirs, _))| own != theirs)
    };
    subject.is_some() && same().any(of_another)
        || hit
            .captures
            .iter()
            .any(|capture| known().any(|other| other.slot == capture.slot && words(other.span) != words(capture.span)))
}

/// The same words once more inside what tells of the first: an inner exception, the object that was thrown, its stack,
/// the answer in the same object.
pub(super) fn is_inside(text: &str, outer: &Group<'_>, inner: &Group<'_>) -> bool {
    const BETWEEN: usize = 1_000;
    let between = slice(text, outer.end().min(inner.start())..inner.start());
    let message = |group: &Group<'_>| group.message.map(|message| clean(text, message.value)).unwrap_or_default();
    let repeats = || inner.hits.iter().any(|hit| outer.hits.iter().any(|other| other.symptom.name == hit.symptom.name));
    let same = || repeats() || !message(outer).is_empty() && message(outer) == message(inner);
    if between.len() > BETWEEN || !same() {
        return false;
    }
    let mut depth = 0_i32;
    let mut closed = false;
    for byte in between.bytes() {
        depth += i32::from(byte == b'{') - i32::from(byte == b'}');
        closed |= depth < 0;
    }
    // `"message": "list failed: …", "error": {…}`
    let of_message = outer.message.is_some_and(|message| message.quoted_key)
        && between.trim_start_matches(['\\', '"', '\'']).trim_start().starts_with(',');
    let of_object = (depth > 0 || of_message) && !closed && outer.object.is_none() && inner.object.is_some();
    // A message without quotes holds the rest of its line.
    let said = if outer.hits.is_empty() { inner.start() } else { outer.end_of_words() };
    let of_exception = between.contains("---> ")
        || between.contains("stack\"")
        || slice(text, said.min(inner.start())..inner.start() + 24).contains("MainError(");
    let id = |group: &Group<'_>| group.request_id.map(|id| clean(text, id.value)).filter(|id| id.len() == 36);
    // The items of a batch have a status each.
    let of_answer = id(outer).is_some() && id(outer) == id(inner) && !between.contains("status\"");
    of_object || of_exception && (id(inner).is_none() || id(outer).is_none() || id(outer) == id(inner)) || of_answer
}

/// `code: 'X', body: { "error": { "code": "X", ...` : the outer code without a message of its own.
pub(super) fn frames(text: &str, outer: &Group<'_>, inner: &Group<'_>) -> bool {
    let code = |group: &Group<'_>| group.code.map(|code| clean(text, code.value));
    let repeats = || inner.hits.iter().any(|hit| outer.hits.iter().any(|other| other.symptom.name == hit.symptom.name));
    let empty = outer.message.is_some_and(|message| message.value.is_empty());
    let of_next = |own: Span| beside::is_of_other_object(text, own, inner.start());
    if outer.is_status_of_another(text, inner.start()) || outer.span.is_some_and(of_next) && !outer.names_status(text) {
        return false;
    }
    // The JavaScript SDK prints its error with the answer once more as text: `"body": "{\"code\": ...`.
    let as_body = || {
        // On one line its date may be read to the beginning of that text.
        let lead = slice(text, inner.start().saturating_sub(48).max(outer.start())..inner.start());
        let near = inner.start() <= outer.end() + 120 && lead.contains("body") && lead.contains('{');
        near && !lead.contains('}') && code(outer) == code(inner)
    };
    if outer.object.is_none() && outer.code.is_some() && inner.message.is_some() && as_body() {
        return true;
    }
    outer.object.is_none()
        && outer.code.is_some()
        && (outer.message.is_none() || empty && inner.object.is_some() && code(outer) == code(inner))
        && (outer.hits.is_empty() || code(outer) == code(inner) && repeats())
        && inner.message.is_some()
        && (outer.near(inner.start()) || empty)
}

pub(crate) fn is_null(text: &str, field: Field) -> bool {
    matches!(slice(text, field.value.start..field.value.end), "null" | "None" | "undefined" | "$null" | "nil" | "NULL")
}

/// Whether a hit says what its symptom means: its words need a code, or a failure around them, where the symptom
/// says so.
pub(crate) fn counts(text: &str, group: &Group<'_>, hit: &Hit<'_>) -> bool {
    let symptom = hit.symptom;
    let coded = || {
        let code = group.code.map(|code| clean(text, code.value)).unwrap_or_default();
        symptom.code.iter().any(|known| known.eq_ignore_ascii_case(&code))
    };
    // A few words that a sentence only supposes are the sentence's own.
    let short = hit.span.len() < service::DISTINCT && symptom.status.is_empty();
    let told = || group.bare() && short && spoken::is_supposed(text, hit.span);
    (!symptom.both || coded()) && (!symptom.weak || in_failure(text, group, hit.span)) && !told()
}

/// Signs of a failure near a weak message.
const FAILURE_WORDS: [&str; 14] = [
    "error",
    "fails",
    "toomanyrequests",
    "exception",
    "forbidden",
    "unauthorized",
    "badrequest",
    "bad request",
    "failed",
    "failure",
    "denied",
    "not found",
    "code",
    "fatal",
];

/// Whether a message that also stands in ordinary prose stands in a failure here.
pub(crate) fn in_failure(text: &str, group: &Group<'_>, hit: Span) -> bool {
    if group.code.is_some() || group.object.is_some() || group.status.is_some() {
        return true;
    }
    let around = slice(text, hit.start.saturating_sub(120)..hit.end + 120).to_ascii_lowercase();
    FAILURE_WORDS.iter().any(|word| around.contains(word)) || has_status(&around) || is_quoted(text, hit)
}

/// Whether these words and no others stand between quotes: then somebody quotes a message.
fn is_quoted(text: &str, hit: Span) -> bool {
    let quote = |c: char| matches!(c, '"' | '\'' | '`' | '*' | '“' | '”' | '„' | '‘' | '’' | '«' | '»');
    let behind = slice(text, hit.end..hit.end + 16).trim_start_matches(['.', '!']);
    let before = slice(text, hit.start.saturating_sub(8)..hit.start);
    before.ends_with(quote) && behind.trim_start_matches('\\').starts_with(quote)
}

fn has_status(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric())
        .any(|word| word.len() == 3 && word.bytes().all(|b| b.is_ascii_digit()) && word.starts_with(['4', '5', '2']))
}

/// Symptoms that the codes of a group say, where no message said more.
pub(crate) fn code_symptoms<'c>(text: &str, group: &Group<'_>, catalogue: &'c Catalogue) -> Vec<(&'c Symptom, Span)> {
    let value = |field: Option<Field>| field.map(|field| (field, status::unbroken(clean(text, field.value))));
    let mut found = Vec::new();
    let has = |list: &[crate::knowledge::Text], code: &str| list.iter().any(|known| known.eq_ignore_ascii_case(code));
    let code = value(group.code).filter(|(field, _)| field.closed || !field.quoted_key);
    let inner = value(group.inner_code).filter(|(field, _)| field.closed);
    let silent = code.as_ref().is_some_and(|(_, code)| is_silent(text, group, code));
    for symptom in catalogue.symptoms() {
        if let Some((field, code)) = code.as_ref().filter(|(_, code)| has(&symptom.code, code)) {
            let said = group.hits.iter().any(|hit| hit.symptom.name == symptom.name);
            let counts = if symptom.message_empty { silent } else { !symptom.both && !said };
            if counts && !code.is_empty() {
                found.push((symptom, field.value));
            }
        }
        if let Some((field, _)) = inner.as_ref().filter(|(_, code)| has(&symptom.inner_code, code)) {
            found.push((symptom, field.value));
        }
    }
    found
}

/// The message is there and empty (or repeats the code), and no inner code can still follow behind a cut.
fn is_silent(text: &str, group: &Group<'_>, code: &str) -> bool {
    let Some(message) = group.message.filter(|message| message.closed) else { return silent::ends_line(text, group) };
    let words = clean(text, message.value);
    // A fragment of JSON may have been cut before its inner error, unless a bracket closes it.
    let ends = !message.quoted_key
        || slice(text, message.value.end..message.value.end + 80)
            .trim_start_matches(|c: char| !c.is_ascii_alphanumeric() && c != '}')
            .starts_with('}');
    let whole = group.object.map_or_else(
        || group.inner.map_or(ends, |inner| inner.closed),
        |object| object.closed || group.inner.is_some_and(|inner| inner.closed),
    );
    // A code that names no status says as little with what a cut took.
    let whole = whole || !status::is_reason(code);
    whole && group.inner_code.is_none() && (words.is_empty() || words.eq_ignore_ascii_case(code))
}
