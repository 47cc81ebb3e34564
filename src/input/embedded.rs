//! Answers that an archive (HAR) holds as base64: they are read like the rest, and every place in them is
//! the place of the encoded text.

use base64::Engine as _;

use super::assemble::{is_no_refusal, plain, says_nothing};
use super::meeting::BASE64;
use super::{Fact, Facts, Incident, Span, SymptomHit, date};
use crate::both::{holds_any, is_long};
use crate::knowledge::Catalogue;
use crate::source::slice;

/// Longer bodies hold no error.
const MAX_BODY: usize = 1 << 20;
/// `"statusText"` is not further from its status.
const STATUS_TEXT: usize = 64;
/// More of them are not read.
const MAX_BODIES: usize = 4096;

/// Finds failures in encoded bodies; each joins the incident that was found for its status, if one was.
pub(crate) fn unpack(bodies: Vec<(Span, String)>, catalogue: &Catalogue, found: &mut Vec<Incident>) {
    for (span, body) in bodies {
        for inner in plain(&body, &[], catalogue).incidents {
            // Of the entry, only the status and the request are known outside.
            let outer = found
                .iter_mut()
                .filter(|incident| is_head(incident))
                .filter(|incident| incident.span.start < span.start && span.start - incident.span.start < 64 << 10)
                .max_by_key(|incident| incident.span.start);
            let mut symptoms: Vec<SymptomHit> =
                inner.symptoms.iter().map(|hit| SymptomHit { span, ..hit.clone() }).collect();
            match outer {
                Some(outer) => {
                    if outer.facts.status.as_ref().is_some_and(|status| is_no_refusal(status.value)) {
                        symptoms.retain(|hit| !says_nothing(&hit.symptom));
                    }
                    // What the status says counts where the body says nothing.
                    if !symptoms.is_empty() {
                        outer.symptoms = symptoms;
                    }
                    outer.span.end = span.end;
                    overlay(&mut outer.facts, inner.facts, span);
                }
                None => {
                    let mut facts = Facts::default();
                    overlay(&mut facts, inner.facts, span);
                    found.push(Incident { span, symptoms, facts });
                }
            }
        }
    }
    crate::order::sort_by_key(found, |incident| incident.span);
}

/// Whether an incident is the status of an answer, whose body is elsewhere: it says no more than that.
fn is_head(incident: &Incident) -> bool {
    let facts = &incident.facts;
    let of_status = |hit: &SymptomHit| {
        facts.status.as_ref().and_then(|status| status.span).is_some_and(|status| {
            hit.span == status || status.end <= hit.span.start && hit.span.start <= status.end + STATUS_TEXT
        })
    };
    facts.code.is_none() && incident.symptoms.iter().all(of_status)
}

fn overlay(outer: &mut Facts, inner: Facts, span: Span) {
    fn place<T>(slot: &mut Option<Fact<T>>, inner: Option<Fact<T>>, span: Span) {
        if let Some(fact) = inner {
            *slot = Some(Fact { span: fact.span.map(|_| span), ..fact });
        }
    }
    place(&mut outer.code, inner.code, span);
    place(&mut outer.inner_code, inner.inner_code, span);
    place(&mut outer.message, inner.message, span);
    place(&mut outer.app_id, inner.app_id, span);
    place(&mut outer.roles, inner.roles, span);
    place(&mut outer.required, inner.required, span);
    if outer.user_id.is_none() {
        place(&mut outer.user_id, inner.user_id, span);
    }
    if outer.request_id.is_none() {
        place(&mut outer.request_id, inner.request_id, span);
    }
    if outer.client_request_id.is_none() {
        place(&mut outer.client_request_id, inner.client_request_id, span);
    }
    if outer.token_kind.is_none() {
        place(&mut outer.token_kind, inner.token_kind, span);
    }
    if let Some((own, moment)) = inner.date.zip(inner.moment) {
        date::add_own(outer, Fact { span: own.span.map(|_| span), ..own }, moment);
    }
}

/// Base64 in quotes that starts like a JSON object, decoded.
pub(crate) fn bodies(text: &str) -> Vec<(Span, String)> {
    // `{"er`, and `{` before a line break.
    let starts = ["eyJlcn", "ewog", "ewoJ", "ew0K"];
    if is_long(text.len()) && !holds_any(text, &starts) {
        return Vec::new();
    }
    let mut places: Vec<usize> = starts
        .iter()
        .flat_map(|start| memchr::memmem::find_iter(text.as_bytes(), start.as_bytes()).take(MAX_BODIES))
        .filter(|at| {
            at.checked_sub(1)
                .and_then(|before| text.as_bytes().get(before))
                .is_some_and(|byte| !byte.is_ascii_alphanumeric())
        })
        .collect();
    places.sort_unstable();
    let mut done = 0;
    places
        .into_iter()
        .filter_map(|start| {
            if start < done {
                return None;
            }
            let rest = slice(text, start..start + MAX_BODY);
            let end = base64_end(rest);
            done = start + end;
            let joined = rest.get(..end)?.replace(['\r', '\n'], "");
            let encoded = joined.trim_end_matches('=');
            let whole = encoded.len() / 4 * 4;
            let body =
                BASE64.decode(encoded).or_else(|_| BASE64.decode(encoded.get(..whole).unwrap_or_default())).ok()?;
            Some((Span::new(start, start + end), String::from_utf8(body).ok()?))
        })
        .collect()
}

/// Where base64 ends; a mail breaks it into lines of one length.
fn base64_end(text: &str) -> usize {
    let run = |from: usize| {
        let rest = slice(text, from..text.len());
        rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '='))).unwrap_or(rest.len())
    };
    let width = run(0);
    let mut end = width;
    // Shorter ones are no lines of a mail.
    while width >= 60 && width.is_multiple_of(4) {
        let rest = slice(text, end..text.len());
        let Some(below) = rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix('\n')) else { break };
        let next = text.len() - below.len();
        let length = run(next);
        let whole = slice(text, next + length..text.len());
        if length == 0 || length > width || !(whole.is_empty() || whole.starts_with(['\r', '\n'])) {
            break;
        }
        end = next + length;
        if length < width {
            break;
        }
    }
    end
}
