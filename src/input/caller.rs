//! The app that a pair names beside a failure: in its own record, in the lines of its own writer, or in a record that may be
//! another call's.

use uuid::Uuid;

use super::assemble::Around;
use super::fields::{Field, Key};
use super::lane::{Lane, Relation};
use super::territory::Territory;
use super::{Fact, Facts, Span, beside, facts, neighbour, writers};
use crate::source::{has_blank_line, slice};

/// Microsoft Graph's own application id, named in every challenge; never the caller.
pub(super) const GRAPH_APP: Uuid = Uuid::from_u128(0x0000_0003_0000_0000_c000_0000_0000_0000);
/// No more pairs than this are asked whose they are, on either side of a failure.
const MANY: usize = 64;
/// What a writer tells of its app is not further from its failure.
const REACH: usize = 16 << 10;

/// What is known of a failure when its app is looked for.
pub(super) struct Search<'a> {
    pub(super) text: &'a str,
    pub(super) territory: Territory,
    pub(super) around: &'a Around,
    pub(super) lane: &'a Lane,
    /// The words of the failure.
    pub(super) said: Span,
}

/// How a pair stands to a failure, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Bond {
    /// Within it.
    Inside,
    /// On its lines.
    OnLines,
    /// In its record.
    InRecord,
    /// In another record of its writer.
    OfWriter,
    /// In another record.
    Beside,
}

impl Search<'_> {
    /// The app that pairs around a failure name.
    pub(super) fn app(&self, facts: &Facts, is_of_success: impl Fn(usize) -> bool) -> Option<Fact<Uuid>> {
        let Self { text, territory, around, lane, .. } = *self;
        let id = |field: &Field| Some((field.value, facts::uuid_of(text, field)?)).filter(|(_, id)| *id != GRAPH_APP);
        let apps = |field: &Field| match field.key {
            Key::AppId if !is_of_success(field.start) => id(field),
            _ => None,
        };
        let fields = territory.part(&around.fields, |field| field.start);
        let from = fields.partition_point(|field| field.start < territory.start);
        let (above, below) = fields.split_at_checked(from).unwrap_or_default();
        let above = || above.iter().rev().filter_map(apps).take(MANY);
        let below = || below.iter().filter_map(apps).take(MANY);
        let own = |found: &(Span, Uuid)| self.is_of_writer(found.0.start);
        let near = [above().next(), below().next(), above().find(own), below().find(own)];
        let near = near.into_iter().flatten().map(|found| (self.bond(found.0), found));
        let near = near.min_by_key(|(bond, (span, _))| (*bond, span.start >= territory.end));
        let of_writer = || self.cut_off().iter().rev().filter_map(apps).take(MANY).find(own);
        let near = match near {
            Some((bond, found)) if bond < Bond::Beside => Some(found),
            near => of_writer().or(near.map(|(_, found)| found).filter(|(span, _)| !self.is_of_rival(span.start))),
        };
        let named = near.filter(|(span, _)| lane.may_hold(text, *span));
        // Other records may be of calls of other apps.
        let of_lane = |at: usize| lane.is_known() && lane.relation(text, at) == Relation::Same;
        let named = named.filter(|(span, _)| !self.is_of_other_object(span.start) || of_lane(span.start));
        // The body of a call names the calling app as the identity it comes from.
        let of_call = || {
            let places_call = facts.path.as_ref().is_some_and(|path| path.value.starts_with("/communications/calls"));
            places_call.then(|| territory.nearest(facts::inner_ids(text, fields, Key::Application))).flatten()
        };
        named.or_else(of_call).map(|(span, id)| Fact::text(id, span))
    }

    fn failure(&self) -> Span {
        Span::new(self.territory.start, self.territory.end)
    }

    fn is_of_other_object(&self, at: usize) -> bool {
        beside::is_of_other_object(self.text, self.failure(), at)
    }

    fn bond(&self, app: Span) -> Bond {
        let (text, failure) = (self.text, self.failure());
        if failure.start <= app.start && app.start < failure.end {
            return Bond::Inside;
        }
        let gap = neighbour::gap(app, failure);
        let left = neighbour::leaves_element(text, app, self.said);
        let lines = beside::lines_of(text, failure);
        if !left && lines.start <= app.start && app.end <= lines.end {
            return Bond::OnLines;
        }
        let parted = left
            || beside::is_parted(text, gap.start, gap.end)
            || self.is_of_other_object(app.start)
            || beside::is_of_other_row(text, failure, app.start);
        // An empty line ends what a failure is told with.
        let ended = failure.end <= app.start && has_blank_line(slice(text, gap.start..gap.end));
        match parted || ended {
            false => Bond::InRecord,
            true if self.is_of_writer(app.start) => Bond::OfWriter,
            true => Bond::Beside,
        }
    }

    /// Whether a line is of the writer of the failure.
    fn is_of_writer(&self, at: usize) -> bool {
        let named = || writers::component(self.text, at);
        self.lane.is_known() && self.lane.relation(self.text, at) == Relation::Same
            || self.component().is_some_and(|own| named() == Some(own))
    }

    fn component(&self) -> Option<&str> {
        writers::component(self.text, self.territory.start)
    }

    /// What stands above the failure of another writer that is next above this one.
    fn cut_off(&self) -> &[Field] {
        let at = self.territory.before;
        let other = at.checked_sub(1).and_then(|at| writers::component(self.text, at));
        if other.is_none() || self.component().is_none_or(|own| other == Some(own)) {
            return &[];
        }
        let fields = &self.around.fields;
        let from = fields.partition_point(|field| field.start + REACH < self.territory.start);
        let to = fields.partition_point(|field| field.start < at).max(from);
        fields.get(from..to).unwrap_or_default()
    }

    /// Whether a line is of another part of the program, and both make calls of their own.
    fn is_of_rival(&self, at: usize) -> bool {
        let pair = self.component().zip(writers::component(self.text, at)).filter(|(own, other)| own != other);
        let Some((own, other)) = pair else { return false };
        let requests = &self.around.requests;
        let from = requests.partition_point(|request| request.span.start + REACH < self.territory.start);
        let near = requests.get(from..).unwrap_or_default().iter().take(MANY);
        let near = near.take_while(|request| request.span.start < self.territory.end + REACH);
        let mut callers = near.filter_map(|request| writers::component(self.text, request.span.start));
        callers.clone().any(|name| name == own) && callers.any(|name| name == other)
    }
}
