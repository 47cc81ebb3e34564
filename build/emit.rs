//! Causes and symptoms as Rust constants.

use std::fmt::{Debug, Write as _};

use crate::cause::{Cause, Symptom, Text};

/// A borrowed text.
pub(crate) fn text(text: &str) -> String {
    format!("Cow::Borrowed({text:?})")
}

fn option(value: Option<&Text>) -> String {
    value.map_or("None".to_owned(), |value| format!("Some({})", text(value)))
}

fn list<T>(items: &[T], item: impl Fn(&T) -> String) -> String {
    let items: Vec<String> = items.iter().map(item).collect();
    format!("Cow::Borrowed(&[{}])", items.join(", "))
}

fn texts(items: &[Text]) -> String {
    list(items, |item| text(item))
}

fn variant(kind: &str, value: impl Debug) -> String {
    format!("{kind}::{value:?}")
}

/// The built-in causes.
pub(crate) fn causes(causes: &[Cause], out: &mut String) {
    out.push_str("pub(super) static CAUSES: &[Cause] = &[\n");
    for cause in causes {
        let raised_by = list(&cause.raised_by, |by| {
            let confidence = variant("Confidence", by.confidence);
            format!("RaisedBy {{ symptom: {}, confidence: {confidence} }}", text(&by.symptom))
        });
        let sources = list(&cause.sources, |source| {
            format!("Reference {{ url: {}, checked: {} }}", text(&source.url), text(&source.checked))
        });
        let fixes = list(&cause.fixes, |fix| {
            format!(
                "FixTemplate {{ title: {}, gate: {}, token: {}, retry: {}, read: {}, run: {}, verify: {}, undo: {}, prose: {}, note: {} }}",
                text(&fix.title),
                variant("Gate", fix.gate),
                option(fix.token.as_ref()),
                fix.retry,
                texts(&fix.read),
                texts(&fix.run),
                texts(&fix.verify),
                texts(&fix.undo),
                texts(&fix.prose),
                text(&fix.note),
            )
        });
        let _ = writeln!(
            out,
            "Cause {{ slug: {}, title: {}, gates: {}, severity: {}, since: {}, raised_by: {raised_by}, \
             decided_by: {}, retry: {}, sources: {sources}, fixes: {fixes}, body: {} }},",
            text(&cause.slug),
            text(&cause.title),
            list(&cause.gates, |gate| variant("Gate", gate)),
            variant("Severity", cause.severity),
            text(&cause.since),
            option(cause.decided_by.as_ref()),
            option(cause.retry.as_ref()),
            text(&cause.body),
        );
    }
    out.push_str("];\n");
}

/// The built-in symptoms.
pub(crate) fn symptoms<'a>(symptoms: impl Iterator<Item = &'a Symptom>, out: &mut String) {
    out.push_str("pub(super) static SYMPTOMS: &[Symptom] = &[\n");
    for symptom in symptoms {
        let _ = writeln!(
            out,
            "Symptom {{ name: {}, means: {}, message: {}, regex: Cow::Borrowed(&[]), code: {}, inner_code: {}, \
             both: {}, message_empty: {}, status: {}, weak: {}, common: {}, wrapper: {}, token_kind: {}, note: {} }},",
            text(&symptom.name),
            text(&symptom.means),
            texts(&symptom.message),
            texts(&symptom.code),
            texts(&symptom.inner_code),
            symptom.both,
            symptom.message_empty,
            list(&symptom.status, u16::to_string),
            symptom.weak,
            symptom.common,
            symptom.wrapper,
            option(symptom.token_kind.as_ref()),
            text(&symptom.note),
        );
    }
    out.push_str("];\n");
}
