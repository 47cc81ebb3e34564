//! What a cause of the call itself is told from: the facts around a failure, and what its message says.

use crate::diagnose::{Context, Finding, Label, RuledOut, finding};
use crate::input::{Facts, Span, TokenKind};
use crate::knowledge::{Cause, Confidence, Symptom};

/// A failed call.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// What is known around the failure.
    pub facts: &'a Facts,
    /// What its message says, with the places.
    pub symptoms: &'a [(&'a Symptom, Span)],
    /// Catalogue, snapshot and text.
    pub context: Context<'a>,
}

impl Call<'_> {
    /// Whether the message says one of these.
    pub(super) fn says(&self, names: &[&str]) -> bool {
        self.symptoms.iter().any(|(symptom, _)| names.contains(&symptom.name.as_ref()))
    }

    /// Whether the sign-in did not find the app in the directory that it asked.
    #[must_use]
    pub fn says_app_unknown(&self) -> bool {
        self.says(&["app-not-in-directory"])
    }

    /// Whether the service did not take the token's audience.
    #[must_use]
    pub fn says_wrong_audience(&self) -> bool {
        self.says(&["invalid-audience", "invalid-audience-paraphrased"])
    }

    /// Whether Graph answered behind the sign-in: what it refuses or does not find, it was asked with a token that it took.
    pub(crate) fn was_let_in(&self) -> bool {
        let code = |known: &[&str]| {
            self.facts.code.as_ref().is_some_and(|code| known.iter().any(|it| it.eq_ignore_ascii_case(&code.value)))
        };
        if self.says_app_unknown() || self.facts.other_host.is_some() {
            return false;
        }
        match self.facts.status.as_ref().map(|status| status.value) {
            Some(403) => true,
            Some(404) => self.facts.operation.is_some() || code(&["UnknownError", "NotFound"]),
            Some(_) => false,
            None => code(&["Forbidden", "Authorization_RequestDenied", "AccessDenied", "UnknownError"]),
        }
    }

    /// The texts under a symptom, each to the end of its line.
    pub(super) fn words<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s str> {
        let spans = self.symptoms.iter().filter(move |(symptom, _)| symptom.name == name).map(|(_, span)| span);
        spans.filter_map(|span| {
            let rest = self.context.text.get(span.start..)?;
            let more = rest.get(span.end - span.start..)?;
            rest.get(..span.end - span.start + more.find('\n').unwrap_or(more.len()).min(1_000))
        })
    }

    /// The message is about the policy, whatever its wording.
    pub(crate) fn says_policy(&self) -> bool {
        self.says(&POLICY_MESSAGES)
    }

    /// The message is about the policy, and none of its words is the service's to the letter.
    pub(crate) fn only_paraphrases_policy(&self) -> bool {
        let mut policy = self.symptoms.iter().filter(|(symptom, _)| POLICY_MESSAGES.contains(&symptom.name.as_ref()));
        self.says(&["no-policy-paraphrased"]) && policy.all(|(symptom, _)| symptom.name == "no-policy-paraphrased")
    }

    /// Whether the service's own words say that the roles of the call lack what it takes, while the token at hand has
    /// it: then that token may be a newer one than the call's.
    pub(crate) fn speaks_of_missing_roles(&self, cause: &str) -> bool {
        let causes = ["permission-not-granted", "permission-too-narrow", "token-older-than-grant"];
        let told = self.facts.roles.as_ref().is_some_and(|roles| !roles.value.is_empty());
        causes.contains(&cause)
            && told
            && self.says(&["missing-roles"])
            && self.facts.token.is_some()
            && self.context.snapshot.is_none()
    }

    /// Whether the message refuses the call for want of a role, and says nothing of the policy: the service had not come
    /// to it.
    pub(crate) fn states_missing_role(&self) -> bool {
        self.says(&["missing-roles", "permissions-missing"]) && !self.says_policy()
    }

    /// Whether the service refuses the call without a word of why.
    pub(crate) fn is_refused_silently(&self) -> bool {
        let status = self.facts.status.as_ref().map(|status| status.value);
        let refuses = status.map_or_else(|| self.says(&["empty-forbidden"]), |status| status == 403);
        refuses && self.says(&["unknown-error", "empty-forbidden"]) && !self.says_policy()
    }

    /// Whether the service refuses the call, and causes that its words have are ruled out.
    pub(crate) fn is_excluded(&self, ruled_out: &[RuledOut]) -> bool {
        // An answer without words has been one for want of a policy with either status.
        let silent = || self.says(&["unknown-error"]);
        let refuses = |status: u16| matches!(status, 401 | 403) || status == 404 && silent();
        let refuses = self.facts.status.as_ref().is_none_or(|status| refuses(status.value));
        let is_out = |cause: &Cause| ruled_out.iter().any(|out| out.cause == cause.slug);
        let causes = || self.context.catalogue.causes().iter().filter(|cause| is_out(cause));
        let raises = |symptom: &Symptom| {
            causes().any(|cause| cause.raised_by.iter().any(|raised| raised.symptom == symptom.name))
        };
        refuses && self.symptoms.iter().any(|(symptom, _)| raises(symptom))
    }

    /// Whether the message says nothing that names a cause: such calls are open to hints.
    pub(super) fn is_silent(&self) -> bool {
        self.symptoms.is_empty()
            || self.says(&[
                "unknown-error",
                "empty-forbidden",
                "permissions-missing",
                "permissions-missing-paraphrased",
                "server-error",
            ])
    }

    /// Whether the token is delegated, as far as the text or the token tells.
    pub(super) fn is_delegated(&self) -> bool {
        self.facts.token_kind.as_ref().is_some_and(|kind| kind.value == TokenKind::Delegated)
    }

    /// The path below the version, and its query, both lower case.
    pub(super) fn path(&self) -> Option<(String, String)> {
        let path = self.facts.path.as_ref()?.value.to_ascii_lowercase();
        let (route, query) = path.split_once('?').unwrap_or((&path, ""));
        Some((route.to_owned(), query.to_owned()))
    }

    /// A finding of a cause that the catalogue has, with an explanation and a label.
    pub(super) fn finding(
        &self,
        cause: &str,
        confidence: Confidence,
        explanation: impl Into<String>,
        label: Option<(Span, &str)>,
    ) -> Option<Finding> {
        let mut found = finding(self.context.catalogue.cause(cause)?, confidence);
        found.explanation = explanation.into();
        found.labels.extend(label.map(|(span, text)| Label { span, text: text.to_owned() }));
        Some(found)
    }

    /// The place of the path, with a label.
    pub(super) fn at_path<'t>(&self, text: &'t str) -> Option<(Span, &'t str)> {
        self.facts.path.as_ref().and_then(|path| path.span).map(|span| (span, text))
    }
}

/// Symptoms that say: no effective policy lists the app.
pub const POLICY_MESSAGES: [&str; 4] =
    ["no-policy-for-app", "no-policy-paraphrased", "app-not-allowed-on-user", "app-not-authorized-for-user"];
