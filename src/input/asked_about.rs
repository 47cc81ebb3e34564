//! A failure that a text tells by its status alone, of the request that somebody asks about: `HTTP 403`,
//! `Invoke-RestMethod: Response status code does not indicate success: 403 (Forbidden).`

use super::{Fact, Facts, Incident, Span, SymptomHit, find, view};
use crate::knowledge::{Catalogue, Text};
use crate::source::Source;

/// A longer text tells more than a status.
const SHORT: usize = 4 << 10;
/// What Graph answers without a word.
const SILENT: &str = "empty-forbidden";

/// The failure of a request to Graph that is known beside its text, which names no request and holds no other failure.
#[must_use]
pub fn find_asked(source: &Source, request: &Facts, catalogue: &Catalogue) -> Option<Incident> {
    let (text, path) = (source.text(), request.path.as_ref()?);
    request.operation?;
    // What is told as over is asked about by nobody.
    let over = [" gone", " no longer ", " fixed", " solved"].iter().any(|word| text.contains(word));
    if text.len() > SHORT || over {
        return None;
    }
    let method = request.method.as_ref().map_or("GET", |method| method.value.as_str());
    let line = format!("{method} https://graph.microsoft.com/v1.0{}\n", path.value);
    let lead = line.len();
    let mut found = find(&Source::from_text(source.name(), line + text), catalogue).incidents;
    let mut incident = found.pop().filter(|_| found.is_empty())?;
    let status = incident.facts.status.as_ref()?;
    let own = |span: Option<Span>| span.is_some_and(|span| span.start >= lead);
    let bare = incident.facts.code.is_none() && incident.facts.message.is_none();
    if status.value < 400 || !own(status.span) || !bare {
        return None;
    }
    if status.value == 403
        && incident.symptoms.is_empty()
        && let Some(span) = status.span
    {
        let symptom = Text::Borrowed(SILENT);
        incident.symptoms.push(SymptomHit { symptom, span, loose: true, spoken: false, more: false, over: false });
    }
    let facts = &mut incident.facts;
    // The request is the option's.
    for fact in [&mut facts.method, &mut facts.path, &mut facts.version, &mut facts.host, &mut facts.user] {
        fact.take_if(|fact| !own(fact.span));
    }
    for fact in [&mut facts.user_id, &mut facts.organizer_id] {
        fact.take_if(|fact: &mut Fact<_>| !own(fact.span));
    }
    facts.meeting.take_if(|fact| !own(fact.span));
    facts.token_kind.take_if(|fact| !own(fact.span));
    facts.operation = None;
    let place = |at: usize| at.saturating_sub(lead);
    view::move_places(&mut incident, |span| Span::new(place(span.start), place(span.end)));
    Some(incident)
}
