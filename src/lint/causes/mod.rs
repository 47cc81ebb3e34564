//! One file per cause: what it looks for in the commands of a source.

mod alone;
mod app_ids_in_one_string;
pub(super) mod app_ids_replaced;
mod cmdlet_unavailable;
mod conflicting_targets;
mod direct_read_as_proof;
mod exchange_policy_instead;
mod grant_before_policy;
pub(super) mod grant_replaces_policy;
pub(super) mod identity_names_app;
pub(super) mod identity_names_policy;
mod identity_names_user;
mod known;
mod malformed_id;
mod object_id_in_app_ids;
mod placeholder_left;
mod policy_never_granted;
mod policy_recreated;
mod repeated_add_aborts;
mod retired_module;
mod tenant_wide_grant;
mod unknown_parameter;
mod user_principal_name_as_identity;

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use crate::diagnose::{Evidence, Label};
use crate::input::Span;
use crate::knowledge::{Confidence, Severity};
use crate::script::Kind;
use crate::script::place::Listing;
use crate::script::subject::{self, Policy, Verb};
use crate::script::{Argument, Command, Flow, Held, Literal};

/// A source that is to be judged.
pub(super) struct Script<'a> {
    pub(super) text: &'a str,
    pub(super) kind: Kind,
    pub(super) commands: &'a [Command],
    /// How a list is written in place of each text that holds several ids.
    pub(super) listings: &'a HashMap<Span, Listing>,
    /// The variables that hold what commands of the policy use and do not have in themselves.
    pub(super) held: &'a HashMap<Span, Held>,
    /// Places of arguments that are made of what a parameter was given.
    pub(super) given: &'a HashSet<Span>,
    /// The keys, lower case, that an assignment gives a table, by the place of the variable in it.
    pub(super) writes: &'a HashMap<usize, Vec<String>>,
    /// Places of functions, by their beginnings.
    pub(super) bodies: &'a [Span],
    pub(super) comments: &'a [Span],
    /// Places of the pieces of PowerShell.
    pub(super) regions: &'a [Span],
    pub(super) unread: &'a [Span],
    /// Functions that the source defines, lower case.
    pub(super) functions: &'a HashSet<String>,
    /// Which commands are run.
    pub(super) flow: &'a Flow,
    /// Texts of which a value is one, by the symbol of the value.
    pub(super) one_of: &'a HashMap<String, Vec<Literal>>,
    /// Where policies are spoken of.
    pub(super) policies: Policies,
    /// Policies that the tenant has granted already, as far as that is known.
    pub(super) granted: HashSet<String>,
    /// What few causes ask for, and then for many places.
    pub(super) asked: Asked,
}

/// What is made of the source once it is asked for.
#[derive(Default)]
pub(super) struct Asked {
    variables: OnceCell<HashMap<String, Vec<usize>>>,
    words: OnceCell<HashMap<String, usize>>,
    known: OnceCell<known::Known>,
    looking: OnceCell<HashSet<String>>,
}

/// Places in the order of commands, by policy.
#[derive(Default)]
pub(super) struct Policies {
    /// Those that make or remove it.
    made: HashMap<Policy, Vec<usize>>,
    /// The first that is no grant of it.
    first: HashMap<Policy, usize>,
    /// Grants, of whatever policy.
    grants: Vec<usize>,
}

/// A finding before it is reported.
pub(super) struct Raised {
    pub(super) cause: &'static str,
    pub(super) confidence: Confidence,
    /// A lower severity than the catalogue's, where the context asks for it.
    pub(super) lowered: Option<Severity>,
    pub(super) explanation: String,
    pub(super) evidence: Vec<Evidence>,
    /// The first is what is wrong, the others prove it.
    pub(super) labels: Vec<Label>,
    pub(super) edits: Vec<(Span, String)>,
    /// Whether the edits are certainly right.
    pub(super) safe: bool,
    /// Users who lose an app by it.
    pub(super) losing: Vec<Uuid>,
    /// Users who may lose one.
    pub(super) may_lose: Vec<Uuid>,
    /// The command that it is about.
    pub(super) command: Span,
}

impl Raised {
    pub(super) fn new(
        cause: &'static str,
        confidence: Confidence,
        command: &Command,
        span: Span,
        label: impl Into<String>,
    ) -> Self {
        Self {
            cause,
            confidence,
            lowered: None,
            explanation: String::new(),
            evidence: Vec::new(),
            labels: vec![Label { span, text: label.into() }],
            edits: Vec::new(),
            safe: false,
            losing: Vec::new(),
            may_lose: Vec::new(),
            command: command.span,
        }
    }

    pub(super) fn explained(mut self, explanation: impl Into<String>) -> Self {
        self.explanation = explanation.into();
        self
    }

    pub(super) fn proved(mut self, span: Span, label: impl Into<String>) -> Self {
        if !self.labels.iter().any(|other| other.span == span) {
            self.labels.push(Label { span, text: label.into() });
        }
        self
    }

    /// The place of what is wrong.
    pub(super) fn place(&self) -> Span {
        self.labels.first().map_or(self.command, |label| label.span)
    }
}

impl Script<'_> {
    fn at(&self, span: Span) -> &str {
        self.text.get(span.start..span.end).unwrap_or_default()
    }

    /// Where the source names each variable, lower case.
    fn variables(&self) -> &HashMap<String, Vec<usize>> {
        self.asked.variables.get_or_init(|| alone::variables(self.text))
    }

    /// How often each word is there, where variables may be named without their sign.
    fn words(&self) -> &HashMap<String, usize> {
        self.asked.words.get_or_init(|| alone::words(self.text))
    }

    /// Whose the ids of the source are.
    fn known(&self) -> &known::Known {
        self.asked.known.get_or_init(|| known::Known::new(self))
    }

    /// Functions of the source that look into a list, lower case.
    fn looking(&self) -> &HashSet<String> {
        self.asked.looking.get_or_init(|| repeated_add_aborts::looking(self))
    }

    /// The text that a parameter of the function around a command was given, where it stands in the call.
    fn given_text<'v>(&self, argument: &'v Argument) -> Option<&'v Literal> {
        let literal = argument.value.as_ref()?.text()?;
        (self.given.contains(&argument.span) && !subject::inline(argument, literal)).then_some(literal)
    }

    /// The commands with this name that change or read something, with their place in the order.
    fn named(&self, name: &'static str) -> impl Iterator<Item = (usize, &Command)> {
        self.commands.iter().enumerate().filter(move |(_, command)| command.is(name))
    }

    /// The commands that make or remove a policy from the place `from` on, with their places.
    pub(super) fn made(&self, policy: &Policy, from: usize) -> impl Iterator<Item = (usize, &Command)> {
        self.from(self.policies.made.get(policy).map(Vec::as_slice).unwrap_or_default(), from)
    }

    /// The grants from the place `from` on, with their places.
    fn grants_from(&self, from: usize) -> impl Iterator<Item = (usize, &Command)> {
        self.from(&self.policies.grants, from)
    }

    fn from<'s>(&'s self, places: &'s [usize], from: usize) -> impl Iterator<Item = (usize, &'s Command)> {
        let start = places.partition_point(|place| *place < from);
        places.iter().skip(start).filter_map(|place| Some((*place, self.commands.get(*place)?)))
    }

    /// The place of the first command besides grants that is about a policy.
    fn first_use(&self, policy: &Policy) -> Option<usize> {
        self.policies.first.get(policy).copied()
    }

    fn grants(&self) -> impl Iterator<Item = (usize, &Command)> {
        self.named("Grant-CsApplicationAccessPolicy")
    }

    /// Whether each of two commands stands under a condition of its own that keeps the other from being run.
    fn exclude(&self, first: &Command, second: &Command) -> bool {
        let of = |command: &Command| match command.context.arms.as_slice() {
            [arm] if arm.arm == 0 => {
                command.context.guards.iter().map(|guard| self.at(*guard).to_lowercase()).collect()
            }
            _ => Vec::new(),
        };
        let (first, second): (Vec<String>, Vec<String>) = (of(first), of(second));
        first.iter().take(MOST_GUARDS).any(|one| second.iter().take(MOST_GUARDS).any(|two| excluded(one, two)))
    }

    /// How the argument is written, as a label would quote it.
    pub(super) fn written(&self, argument: &Argument) -> &str {
        self.at(argument.span)
    }
}

/// As many conditions on the way to a command are compared.
const MOST_GUARDS: usize = 16;

/// Whether two conditions, lower case, never hold both: `$x -eq 'a'` and `$x -eq 'b'` or `$x -ne 'a'`, `$x` and `-not $x`.
fn excluded(one: &str, two: &str) -> bool {
    let plain = |text: &str| text.trim().trim_matches(['(', ')']).split_whitespace().collect::<Vec<_>>().join(" ");
    let (one, two) = (plain(one), plain(two));
    if [" -and ", " -or ", " -xor "].iter().any(|operator| one.contains(operator) || two.contains(operator)) {
        return false;
    }
    let denied = |text: &str| text.strip_prefix("-not").or_else(|| text.strip_prefix('!')).map(plain);
    let compared = |text: &str| {
        [" -eq ", " -ne "].iter().find_map(|operator| {
            let (left, right) = text.split_once(operator)?;
            let constant = right.starts_with(['\'', '"']) && !right.contains('$') || right.parse::<u64>().is_ok();
            let right = right.trim_matches(['\'', '"']).to_owned();
            constant.then(|| (left.trim().to_owned(), *operator == " -eq ", right))
        })
    };
    match (compared(&one), compared(&two)) {
        (Some((left, equal, value)), Some((other, same, text))) if left == other => match (equal, same) {
            (true, true) => value != text,
            (false, false) => false,
            _ => value == text,
        },
        _ => denied(&one).is_some_and(|denied| denied == two) || denied(&two).is_some_and(|denied| denied == one),
    }
}

/// Where policies are spoken of.
pub(super) fn policies(commands: &[Command]) -> Policies {
    let mut found = Policies::default();
    for (place, command) in commands.iter().enumerate() {
        let Some(verb) = subject::verb(command) else { continue };
        if verb == Verb::Grant {
            found.grants.push(place);
            continue;
        }
        let Some(policy) = subject::policy(command) else { continue };
        if matches!(verb, Verb::New | Verb::Remove) {
            found.made.entry(policy.clone()).or_default().push(place);
        }
        found.first.entry(policy).or_insert(place);
    }
    found
}

type Find = fn(&Script<'_>, &mut Vec<Raised>);

/// Slug and function of each cause that scripts can have.
const CAUSES: [(&str, Find); 21] = [
    (identity_names_policy::SLUG, identity_names_policy::find),
    (identity_names_user::SLUG, identity_names_user::find),
    (identity_names_app::SLUG, identity_names_app::find),
    (unknown_parameter::SLUG, unknown_parameter::find),
    (app_ids_in_one_string::SLUG, app_ids_in_one_string::find),
    (app_ids_replaced::SLUG, app_ids_replaced::find),
    (policy_never_granted::SLUG, policy_never_granted::find),
    (grant_before_policy::SLUG, grant_before_policy::find),
    (conflicting_targets::SLUG, conflicting_targets::find),
    (grant_replaces_policy::SLUG, grant_replaces_policy::find),
    (tenant_wide_grant::SLUG, tenant_wide_grant::find),
    (repeated_add_aborts::SLUG, repeated_add_aborts::find),
    (retired_module::SLUG, retired_module::find),
    (exchange_policy_instead::SLUG, exchange_policy_instead::find),
    (placeholder_left::SLUG, placeholder_left::find),
    (malformed_id::SLUG, malformed_id::find),
    (object_id_in_app_ids::SLUG, object_id_in_app_ids::find),
    (user_principal_name_as_identity::SLUG, user_principal_name_as_identity::find),
    (direct_read_as_proof::SLUG, direct_read_as_proof::find),
    (policy_recreated::SLUG, policy_recreated::find),
    (cmdlet_unavailable::SLUG, cmdlet_unavailable::find),
];

/// Whether a script can have this cause.
pub(super) fn is_script_cause(slug: &str) -> bool {
    CAUSES.iter().any(|(name, _)| *name == slug)
}

/// What all causes find.
pub(super) fn find(script: &Script<'_>) -> Vec<Raised> {
    let mut raised = Vec::new();
    for (_, find) in CAUSES {
        find(script, &mut raised);
    }
    rename_with_swaps(&mut raised);
    keep_sure_edits(script, &mut raised);
    alone::keep_sure_edits(script, &mut raised);
    raised
}

/// A name that is mended beside a value of the wrong kind is right once the values are swapped: both go in one run.
fn rename_with_swaps(raised: &mut [Raised]) {
    let swapped: HashSet<Span> = raised
        .iter()
        .filter(|one| one.cause == identity_names_policy::SLUG && one.safe && !one.edits.is_empty())
        .map(|one| one.command)
        .collect();
    for one in raised.iter_mut() {
        one.safe |= one.cause == unknown_parameter::SLUG && !one.edits.is_empty() && swapped.contains(&one.command);
    }
}

/// A command in a function is run by every call of it: an edit that is right for one call may break another, and is
/// certain only where all calls raise it.
fn keep_sure_edits(script: &Script<'_>, raised: &mut [Raised]) {
    let mut runs: HashMap<(usize, usize), usize> = HashMap::new();
    for command in script.commands {
        *runs.entry((command.span.start, command.span.end)).or_default() += 1;
    }
    let key = |one: &Raised| (one.cause, one.command.start, one.command.end);
    let mut found: HashMap<_, usize> = HashMap::new();
    for one in raised.iter().filter(|one| !one.edits.is_empty()) {
        *found.entry(key(one)).or_default() += 1;
    }
    for one in raised.iter_mut().filter(|one| one.safe) {
        let runs = runs.get(&(one.command.start, one.command.end)).copied().unwrap_or(1);
        if runs > 1 && found.get(&key(one)).is_some_and(|found| *found < runs) {
            one.safe = false;
            one.edits.clear();
        }
    }
}
