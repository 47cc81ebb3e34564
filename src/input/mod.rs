//! Text becomes incidents: failures with the facts around them.

mod incident;

pub use incident::{
    Fact, Facts, Incident, MeetingIdForm, MeetingRef, Moment, Origin, Span, SymptomHit, Token, TokenKind,
};
