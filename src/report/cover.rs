//! What of a source may be shown beside a redacted report: the words that were understood, and nothing else.
//!
//! A character that is covered keeps its bytes, so that every span, line and column holds.

use crate::diagnose::Diagnosis;
use crate::input::{Fact, Span};

/// The text with everything covered that no label and no fact of a diagnosis stands on; lines without any are blank.
pub(super) fn cover(text: &str, diagnoses: &[Diagnosis]) -> String {
    let mut kept: Vec<Span> = diagnoses.iter().flat_map(understood).collect();
    kept.sort_unstable();
    let mut kept = kept.into_iter().peekable();
    // How far what is kept reaches.
    let mut until = 0;
    let mut covered = String::with_capacity(text.len());
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let end = start + line.len();
        let blank = until <= start && kept.peek().is_none_or(|next| next.start >= end);
        for (offset, c) in line.char_indices() {
            while let Some(next) = kept.next_if(|next| next.start <= start + offset) {
                until = until.max(next.end);
            }
            let shown = start + offset < until || c.is_whitespace();
            match c.len_utf8() {
                _ if shown => covered.push(c),
                bytes if blank => covered.extend(std::iter::repeat_n(' ', bytes)),
                1 => covered.push('.'),
                2 => covered.push('·'),
                3 => covered.push('…'),
                _ => covered.push('\u{10100}'),
            }
        }
        start = end;
    }
    covered
}

/// Where what was understood stands.
fn understood(diagnosis: &Diagnosis) -> Vec<Span> {
    let facts = &diagnosis.facts;
    let labels = diagnosis.findings.iter().flat_map(|finding| &finding.labels);
    let labels = labels.chain(diagnosis.symptoms.iter().map(|(_, label)| label));
    let mut spans: Vec<Span> = labels.map(|label| label.span).collect();
    let texts = [
        &facts.code,
        &facts.inner_code,
        &facts.user,
        &facts.method,
        &facts.path,
        &facts.version,
        &facts.request_id,
        &facts.client_request_id,
        &facts.part,
        &facts.date,
        &facts.other_date,
    ];
    let ids = [&facts.app_id, &facts.user_id, &facts.organizer_id, &facts.tenant_id];
    spans.extend(texts.into_iter().flatten().filter_map(place));
    spans.extend(ids.into_iter().flatten().filter_map(place));
    spans.extend(facts.status.iter().filter_map(place));
    spans
}

fn place<T>(fact: &Fact<T>) -> Option<Span> {
    fact.span
}
