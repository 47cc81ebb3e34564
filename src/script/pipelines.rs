//! Pipelines: assignments, and commands with their arguments.

use std::collections::HashMap;
use std::sync::Arc;

use tree_sitter::Node;

use super::aliases;
use super::command::{Argument, Arm, Bound, Command, Context, Form, Raw, bind, plain_name};
use super::env::{Changes, is_block, plain};
use super::eval::{cast, range, unwrapped};
use super::flow::Condition;
use super::sessions::{self, Taken, gives};
use super::subject;
use super::tenants::SignIn;
use super::value::{Entry, Value};
use super::walk::{Leaving, Walker, children, named};
use crate::input::Span;
use crate::knowledge::cmdlet;

/// As many conditions of one variable are kept in mind.
const MOST_GUARDS: usize = 4;

/// Whether a value is a script block, and nothing else.
fn is_only_block(mut node: Node<'_>) -> bool {
    while node.kind() != "script_block_expression" {
        match (node.named_child_count(), node.named_child(0)) {
            (1, Some(only)) => node = only,
            _ => return false,
        }
    }
    true
}

/// Whether a command stands somewhere below.
fn has_command(node: Node<'_>) -> bool {
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        if matches!(node.kind(), "command" | "invokation_expression" | "ERROR") {
            return true;
        }
        open.extend(named(node));
    }
    false
}

impl<'a> Walker<'a> {
    /// A pipeline: an assignment, or a chain of commands.
    pub(super) fn pipeline(&mut self, node: Node<'a>) -> Value {
        let mut value = Value::UNKNOWN;
        let piped = self.piped.take();
        // Whether a command stands before, which may have failed; `None` = nothing stands there.
        let mut before: Option<bool> = None;
        let arms = self.context.arms.len();
        for part in children(node) {
            if part.is_named() && part.kind() == "pipeline_chain" {
                match before.filter(|_| self.is_alternative(part)) {
                    // What is no command has not failed, so that what is for that case is not run.
                    Some(false) => continue,
                    Some(true) => {
                        let branch = self.branch();
                        self.env.flow.branches.entry(branch).or_default().arms = 1;
                        self.decide(branch, vec![Condition::Unknown]);
                        self.context.arms.push(Arm { branch, arm: 0 });
                    }
                    None => {}
                }
                before = Some(before == Some(true) || has_command(part));
            }
            if !part.is_named() {
                continue;
            }
            match part.kind() {
                "assignment_expression" => {
                    self.assignment(part);
                    value = Value::UNKNOWN;
                }
                "pipeline_chain" => value = self.chain(part),
                "ERROR" => self.torn(part),
                _ => {
                    self.eval(part);
                }
            }
        }
        self.context.arms.truncate(arms);
        self.piped = piped;
        value
    }

    /// Whether a chain comes after `||`.
    fn is_alternative(&self, chain: Node<'a>) -> bool {
        let before = chain.prev_sibling();
        before.is_some_and(|it| self.piece.text(it).trim() == "||")
    }

    /// Whether a name stands in one place of the source only.
    fn stands_once(&mut self, name: &str) -> bool {
        let pieces = self.pieces;
        let counts = self.words.get_or_insert_with(|| {
            let mut counts: HashMap<String, u32> = HashMap::new();
            for piece in pieces.iter().filter(|piece| piece.top) {
                let code = piece.code.to_lowercase();
                for word in code.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|it| !it.is_empty()) {
                    *counts.entry(word.to_owned()).or_default() += 1;
                }
            }
            counts
        });
        counts.get(name) == Some(&1)
    }

    pub(super) fn chain(&mut self, node: Node<'a>) -> Value {
        let mut value = Value::UNKNOWN;
        let mut piped = None;
        for part in named(node) {
            match part.kind() {
                "command" => {
                    self.piped = piped.take();
                    value = self.command(part);
                    self.piped = None;
                    piped = Some(value.clone());
                }
                "redirections" | "verbatim_command_argument" => {}
                "ERROR" => self.torn(part),
                _ => {
                    value = self.eval(part);
                    piped = Some(value.clone());
                }
            }
        }
        value
    }

    pub(super) fn assignment(&mut self, node: Node<'a>) {
        let parts = named(node);
        let target = parts.iter().find(|n| n.kind() == "left_assignment_expression").copied();
        let sign = parts.iter().find(|n| n.kind() == "assignement_operator");
        let operator = match sign {
            Some(sign) if self.piece.masked.defaults.contains(&sign.start_byte()) => "??=",
            sign => sign.map_or("=", |n| self.piece.text(*n)),
        };
        let Some(right) = node.child_by_field_name("value") else { return };
        let from = self.piece.span(right);
        // A block under a name that stands nowhere else is run by nobody.
        let name = target.map(unwrapped).filter(|it| it.kind() == "variable").map(|it| plain(self.piece.text(it)));
        let unused = is_only_block(right) && name.is_some_and(|name| self.stands_once(&name));
        let uncalled = self.context.uncalled;
        self.context.uncalled |= unused;
        let value = self.part_of(right);
        self.context.uncalled = uncalled;
        let given = self.of_given(right);
        if given {
            self.out.given.insert(from);
        }
        let Some(target) = target else { return };
        let target = unwrapped(target);
        self.assigned_to(target, operator, value, from);
        if given {
            let variable = Some(target).filter(|target| target.kind() == "variable");
            variable.iter().for_each(|variable| self.env.mark_given(&plain(self.piece.text(*variable))));
        }
    }

    fn assigned_to(&mut self, target: Node<'a>, operator: &str, value: Value, from: Span) {
        match target.kind() {
            "variable" => {
                let name = plain(self.piece.text(target));
                let value = match operator {
                    "=" => value,
                    "+=" => self.plus(self.env.get(&name), value, from),
                    "??=" => {
                        let before = self.env.get(&name);
                        self.first_of(before, value)
                    }
                    _ => Value::UNKNOWN,
                };
                if let Value::Table(entries, _) = &value
                    && operator == "="
                {
                    let keys = entries.iter().map(|entry| entry.key.to_lowercase()).collect();
                    self.out.writes.insert(self.piece.span(target).start, keys);
                }
                self.give(target, &name, value, from);
            }
            "expression_with_unary_operator" | "cast_expression" => {
                // `[string]$x = ...`
                let mut inside = vec![target];
                let mut names = Vec::new();
                while let Some(node) = inside.pop() {
                    if node.kind() == "variable" {
                        names.push(node);
                    }
                    inside.extend(named(node));
                }
                if let [variable] = names.as_slice() {
                    let name = plain(self.piece.text(*variable));
                    let kind = self.piece.text(target).to_lowercase();
                    let value = if operator == "=" { cast(&kind, value) } else { Value::UNKNOWN };
                    self.give(*variable, &name, value, from);
                }
            }
            // `$table.Key = ...`, `$table['Key'] = ...`
            "member_access" | "element_access" => {
                let parts = named(target);
                let owner = parts.first().filter(|n| n.kind() == "variable").map(|n| (*n, plain(self.piece.text(*n))));
                let key = parts.get(1).and_then(|n| self.key(*n));
                match owner {
                    Some((variable, name)) => {
                        if let Some((key, _)) = key.as_ref().filter(|_| operator == "=") {
                            self.out.writes.insert(self.piece.span(variable).start, vec![key.to_lowercase()]);
                        }
                        let before = self.env.get(&name);
                        self.forget_others(&name, &before);
                        let changed = match (before, key) {
                            (Value::Table(mut entries, span), Some((key, key_span))) if operator == "=" => {
                                entries.retain(|e| !e.key.eq_ignore_ascii_case(&key));
                                entries.push(Entry { key, key_span, value_span: from, value });
                                Value::Table(entries, span)
                            }
                            _ => Value::UNKNOWN,
                        };
                        self.give(variable, &name, changed, from);
                    }
                    None => {
                        self.eval(target);
                    }
                }
            }
            // `$a, $b = ...`
            _ => {
                for name in self.variables_in(target) {
                    self.env.set(&name, Value::UNKNOWN, Some(from));
                }
            }
        }
    }

    /// Tables and lists are references: who else has the one that is changed has a changed one.
    pub(super) fn forget_others(&mut self, name: &str, changed: &Value) {
        let names = self.env.others_with(name, changed);
        for name in names {
            self.env.set(&name, Value::UNKNOWN, None);
            if !self.stack.is_empty() {
                self.outer.push(name);
            }
        }
    }

    pub(super) fn give(&mut self, variable: Node<'a>, name: &str, value: Value, from: Span) {
        if name == "null" {
            return;
        }
        let written = self.piece.text(variable).to_lowercase();
        if !self.stack.is_empty() && (written.starts_with("$script:") || written.starts_with("$global:")) {
            self.outer.push(name.to_owned());
        }
        self.env.set(name, value, Some(from));
        if let Some(guard) = self.context.guards.first() {
            let decided = self.decided.entry(name.to_owned()).or_default();
            let more = self.context.guards.iter().skip(1).chain([guard]).copied();
            let fresh: Vec<Span> = more.filter(|guard| !decided.contains(guard)).take(MOST_GUARDS).collect();
            decided.extend(fresh);
            decided.truncate(MOST_GUARDS);
        }
    }

    /// The variables that a place names, where it is not followed as an expression.
    fn named_in(&self, place: Span) -> Vec<String> {
        let text = self.piece.written(place);
        let names = text.split('$').skip(1).map(|rest| {
            let end = rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | ':'))).unwrap_or(rest.len());
            plain(rest.get(..end).unwrap_or_default())
        });
        names.take(MOST_GUARDS).collect()
    }

    /// Variables that a command assigns by their names: `Set-Variable u ...`, `-OutVariable u`. What they hold is known only
    /// when it is run.
    fn assigned_by_name(&mut self, command: &str, arguments: &[Argument]) {
        const COMMANDS: [&str; 8] =
            ["set-variable", "sv", "new-variable", "nv", "clear-variable", "clv", "remove-variable", "rv"];
        const ITEMS: [&str; 8] = ["set-item", "si", "new-item", "ni", "clear-item", "cli", "set-content", "sc"];
        const COMMON: [&str; 10] = [
            "outvariable",
            "ov",
            "pipelinevariable",
            "pv",
            "errorvariable",
            "ev",
            "warningvariable",
            "wv",
            "informationvariable",
            "iv",
        ];
        let is_written =
            |it: &&Argument, name: &str| it.form != Form::Positional && it.written.eq_ignore_ascii_case(name);
        let by_command = COMMANDS.contains(&command).then(|| {
            let named = arguments.iter().find(|it| is_written(it, "name"));
            named.or_else(|| arguments.iter().find(|it| it.form == Form::Positional))
        });
        let tee = || arguments.iter().find(|it| command == "tee-object" && is_written(it, "variable"));
        let common = arguments.iter().filter(|it| COMMON.iter().any(|name| is_written(it, name)));
        // `Set-Item variable:u ...`
        let items = arguments.iter().filter(|_| ITEMS.contains(&command));
        let on_drive = items.filter_map(|it| it.value.as_ref()?.text()).filter_map(|it| {
            let path = it.text.trim().to_lowercase();
            path.strip_prefix("variable:").map(|name| name.trim_start_matches(['\\', '/']).to_owned())
        });
        let scoped = arguments.iter().any(|it| {
            let written = it.written.to_lowercase();
            by_command.is_some() && written.len() > 1 && "scope".starts_with(&written)
        });
        // Of a name that is known only when it is run, any variable may be meant.
        let named = by_command.flatten();
        if named.is_some_and(|it| it.value.as_ref().is_some_and(|value| !value.is_constant())) {
            let names = self.env.names();
            names.iter().for_each(|name| self.env.set(name, Value::UNKNOWN, None));
            self.outer.extend(names);
        }
        let all = named.into_iter().chain(tee()).chain(common);
        let values = all.filter_map(|it| it.value.as_ref()).flat_map(Value::texts);
        let names: Vec<String> = values.map(|it| plain(it.text.trim_start_matches('+'))).chain(on_drive).collect();
        for name in names {
            self.env.set(&name, Value::UNKNOWN, None);
            if scoped && !self.stack.is_empty() {
                self.outer.push(name);
            }
        }
    }

    pub(super) fn command(&mut self, node: Node<'a>) -> Value {
        if broken(node) {
            self.torn(node);
            return Value::UNKNOWN;
        }
        let piped = self.piped.take();
        let statement = self.statement;
        let mut name = String::new();
        let mut of_module = false;
        let mut name_span = self.piece.span(node);
        let mut end = name_span.start;
        let mut raw = Vec::new();
        let mut blocks = Vec::new();
        for part in children(node) {
            match part.kind() {
                "command_name" => {
                    // A backtick takes the meaning from a character that has none.
                    name = plain_name(self.piece.text(part)).replace('`', "");
                    of_module = is_of_module(self.piece.text(part));
                    name_span = self.piece.span(part);
                    end = name_span.end;
                }
                "command_name_expr" => {
                    name_span = self.piece.span(part);
                    end = name_span.end;
                    name = match named(part).first() {
                        Some(inner) if inner.kind() != "path_command_name" && inner.kind() != "command_name" => {
                            let value = if inner.kind() == "script_block_expression" {
                                blocks.push(*inner);
                                Value::UNKNOWN
                            } else {
                                self.eval(*inner)
                            };
                            if is_block(&value) {
                                self.env.flow.followed.insert(name_span);
                            } else if inner.kind() != "script_block_expression" && aliases::name_of(&value).is_none() {
                                self.unfollowed(name_span, None);
                            }
                            aliases::name_of(&value).map(|name| plain_name(&name)).unwrap_or_default()
                        }
                        Some(path) if path.kind() == "path_command_name" => {
                            if named(*path).iter().any(|it| is_block(&self.env.get(&plain(self.piece.text(*it))))) {
                                self.env.flow.followed.insert(name_span);
                            }
                            self.called_path(*path)
                        }
                        _ => plain_name(self.piece.text(part)),
                    };
                }
                "command_elements" => {
                    let (found, last) = self.elements(part, &mut blocks);
                    raw = found;
                    end = end.max(last);
                }
                _ => {}
            }
        }
        let name = self.behind_aliases(name);
        let lower = name.to_lowercase();
        let function = self.functions.get(&lower).copied().filter(|_| !of_module);
        if let Some(function) = function.filter(|function| self.is_here(*function)) {
            if self.may_be_cmdlet(&lower) {
                self.unfollowed(Span::new(name_span.start, end), None);
            }
            let text = self.piece.text(node);
            self.dotted = text.strip_prefix('.').is_some_and(|rest| rest.starts_with([' ', '\t']));
            self.call(&lower, function, raw, piped);
            for block in blocks {
                self.script_block(block, None);
            }
            // By this name plans ask whether something is as it is to be.
            return if lower == "test-same" { self.env.condition(Condition::Same) } else { Value::UNKNOWN };
        }
        let filters = filters(&lower, &raw);
        blocks.retain(|block| !filters.contains(&self.piece.span(*block)));
        let followed = arguments_followed(&raw);
        self.env.flow.followed.extend(followed);
        let known = cmdlet(&name);
        let run = blocks.is_empty() || !name.is_empty();
        let given = if run { Vec::new() } else { raw.clone() };
        // Nothing is asked of the arguments of other commands but whether they are there.
        let (mut arguments, mut open) = bind(known, raw);
        self.assigned_by_name(&lower, &arguments);
        self.undefine(&lower, &arguments);
        if let Some(cmdlet) = known {
            open |= self.defaults(cmdlet, &mut arguments);
        }
        // `Get-... -Identity X | Remove-...` is about X.
        if lower == "remove-csapplicationaccesspolicy"
            && let Some(Value::Unknown(Some(symbol))) = &piped
            && let Some(name) = self.env.name_of(symbol)
            && let Some(identity) = known.and_then(|cmdlet| cmdlet.parameter("Identity"))
            && !arguments.iter().any(|argument| argument.bound == Bound::Parameter(identity))
        {
            arguments.push(Argument {
                written: String::new(),
                written_span: None,
                bound: Bound::Parameter(identity),
                value: Some(name.clone()),
                span: name_span,
                form: Form::Splat,
            });
        }
        let what_if = self.env.get("whatifpreference") == Value::Bool(true);
        let context = Context { stop: self.stops(), what_if, ..self.context.clone() };
        let span = Span::new(name_span.start, end);
        let each = matches!(lower.as_str(), "foreach-object" | "foreach" | "%");
        // What comes before it in the pipeline may have left out what its body must not meet.
        let filter = piped.as_ref().map(|_| Span::new(statement.start.min(name_span.start), name_span.start));
        let items = if each { piped.clone() } else { None };
        let places: Vec<Span> = blocks.iter().map(|block| self.piece.span(*block)).collect();
        let one_command = aliases::command_named(&lower, &arguments);
        self.alias(&lower, &arguments, open);
        let away = !blocks.is_empty() && sessions::runs_elsewhere(&lower, &arguments, open, &places);
        let given = if run { sessions::arguments(&lower, &arguments) } else { Some(given) };
        let script = matches!(lower.as_str(), "invoke-expression" | "iex").then(|| {
            let mut values = arguments.iter().filter_map(|argument| argument.value.as_ref());
            values.next().or(piped.as_ref()).and_then(Value::text).cloned()
        });
        let taken = piped.as_ref().and_then(|apps| {
            Some(match sessions::of_apps(&lower, &arguments, open, apps)? {
                Taken::All => apps.clone(),
                Taken::Member(member) => self.member_of(apps, &member),
            })
        });
        match lower.as_str() {
            "connect-microsoftteams" if !open => {
                let written = |argument: &Argument| self.piece.written(argument.span).to_owned();
                self.context.sign_in = Some(Arc::new(SignIn::new(&arguments, written)));
            }
            "connect-microsoftteams" | "disconnect-microsoftteams" => self.context.sign_in = None,
            _ => {}
        }
        self.out.commands.push(Command {
            name,
            name_span,
            span,
            statement,
            cmdlet: known,
            arguments,
            open,
            piped,
            context,
        });
        let at = self.out.commands.len().saturating_sub(1);
        let named = self.out.commands.last().and_then(subject::one_policy);
        let guards = self.context.guards.len();
        self.context.guards.extend(filter);
        if !blocks.is_empty() {
            for name in filter.map(|place| self.named_in(place)).unwrap_or_default() {
                self.context.guards.extend(self.env.from(&name));
            }
        }
        let later = runs_later(&lower);
        let named_block = !away && !blocks.is_empty() && is_named_block(&lower) && self.stack.is_empty();
        for block in blocks {
            if named_block {
                // To the grammar the blocks of a script are commands.
                let left = self.left;
                self.inner(block);
                self.left = left;
                continue;
            }
            if later {
                let left = self.left;
                self.apart(|walker| walker.script_block(block, None));
                self.left = left;
                continue;
            }
            match (away, &given) {
                (true, _) => self.script_block_elsewhere(block, items.as_ref(), given.clone()),
                (false, Some(given)) if !each => self.script_block_given(block, given.clone()),
                _ => self.script_block(block, items.as_ref()),
            }
        }
        self.context.guards.truncate(guards);
        if let Some(text) = script.flatten() {
            self.text_as_script(&text);
        }
        if self.is_error(&lower) {
            self.thrown();
        }
        if matches!(lower.strip_suffix(".exe").unwrap_or(&lower), "pwsh" | "powershell") {
            self.handed_script(span);
        }
        self.statement = statement;
        if let Some((first, last)) = lower.split_once("..") {
            // To the grammar `1..3` is the name of a command.
            return range(first, last, name_span);
        }
        self.enters_or_exits(&lower);
        match lower.as_str() {
            _ if taken.is_some() => taken.unwrap_or(Value::UNKNOWN),
            _ if one_command.is_some() => one_command.unwrap_or(Value::UNKNOWN),
            "read-host" => self.env.text("read-host"),
            _ => match (gives(&lower), named) {
                (Some(kind), _) => {
                    let name = self.out.commands.last().and_then(sessions::one_user);
                    self.env.object(kind, name)
                }
                (None, Some(name)) => {
                    let policy = self.env.policy(name);
                    if lower == "get-csapplicationaccesspolicy" {
                        self.env.read_at(&policy, at);
                    }
                    policy
                }
                (None, None) => Value::UNKNOWN,
            },
        }
    }

    pub(super) fn stops(&self) -> bool {
        self.env.get("erroractionpreference").text().is_some_and(|l| l.text.eq_ignore_ascii_case("stop"))
    }

    /// The body of a script block that is handed to a command.
    pub(super) fn script_block(&mut self, node: Node<'a>, items: Option<&Value>) {
        let left = self.left;
        match items {
            Some(items) => self.each(&["_", "psitem"], items, node),
            None => {
                let item = self.env.fresh("_");
                let mark = self.env.mark();
                self.env.set("_", item, None);
                self.inner(node);
                let mut changes = self.env.rewind(mark);
                changes.remove("_");
                self.env.join(&[changes, Changes::new()]);
            }
        }
        // `exit` leaves the script, and so does `break` where no loop is around it.
        let ends = self.left && (self.leaving == Leaving::Exit || items.is_some() && self.leaving == Leaving::Break);
        self.left = left || ends;
    }

    /// The arguments of a command; script blocks are put aside, to be run after the command is known.
    pub(super) fn elements(&mut self, node: Node<'a>, blocks: &mut Vec<Node<'a>>) -> (Vec<Raw>, usize) {
        let mut raw: Vec<Raw> = Vec::new();
        let mut end = 0;
        let mut comma = false;
        for part in children(node) {
            let span = self.piece.span(part);
            match part.kind() {
                "command_argument_sep" => {
                    if self.piece.text(part).starts_with(':')
                        && let Some(Raw::Name { colon, .. }) = raw.last_mut()
                    {
                        *colon = true;
                    }
                    continue;
                }
                "command_parameter" => {
                    let name = plain_name(self.piece.text(part));
                    let name = name.trim_start_matches('-').to_owned();
                    raw.push(Raw::Name { name, span, colon: false });
                    comma = false;
                }
                "," => comma = true,
                "redirection" => continue,
                "stop_parsing" => break,
                "argument_list" => {
                    self.eval(part);
                    if let Some(Raw::Value { value, span: place }) = raw.last_mut() {
                        *value = Value::UNKNOWN;
                        place.end = span.end;
                    }
                }
                _ if !part.is_named() => {}
                _ => {
                    let inner = unwrapped(part);
                    let text = self.piece.text(inner);
                    if inner.kind() == "variable" && text.starts_with('@') {
                        let value = self.env.get(&plain(text));
                        raw.push(Raw::Splat { value, span });
                    } else {
                        let value = if inner.kind() == "script_block_expression" {
                            blocks.push(inner);
                            self.env.block()
                        } else {
                            self.note_given(inner, span);
                            self.eval(part)
                        };
                        match raw.last_mut() {
                            Some(Raw::Value { value: first, span: place }) if comma => {
                                place.end = span.end;
                                let list = std::mem::replace(first, Value::UNKNOWN);
                                *first = match list {
                                    Value::List(mut items, _) => {
                                        items.push(value);
                                        Value::List(items, *place)
                                    }
                                    one => Value::List(vec![one, value], *place),
                                };
                            }
                            _ => raw.push(Raw::Value { value, span }),
                        }
                    }
                    comma = false;
                }
            }
            end = end.max(span.end);
        }
        (raw, end)
    }
}

/// Whether a name has the module of a cmdlet in front, so that no function of the source is meant.
fn is_of_module(written: &str) -> bool {
    let module = written.rsplit_once('\\').map(|(module, _)| module);
    module.is_some_and(|it| !it.is_empty() && it.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-')))
        && !written.starts_with('.')
}

/// Places of blocks that are filters of a read: what stands in them is compared, and nothing is run.
fn filters(lower: &str, raw: &[Raw]) -> Vec<Span> {
    if !["get-", "find-", "search-"].iter().any(|verb| lower.starts_with(verb)) {
        return Vec::new();
    }
    let pairs = raw.iter().zip(raw.iter().skip(1)).filter_map(|pair| match pair {
        (Raw::Name { name, .. }, Raw::Value { value, span }) if is_block(value) => {
            let name = name.to_lowercase();
            (name.len() > 1 && "filter".starts_with(&name)).then_some(*span)
        }
        _ => None,
    });
    pairs.collect()
}

/// Places of arguments that are script blocks of the source.
fn arguments_followed(raw: &[Raw]) -> Vec<Span> {
    let blocks = raw.iter().filter_map(|it| match it {
        Raw::Value { value, span } if is_block(value) => Some(*span),
        _ => None,
    });
    blocks.collect()
}

/// Whether a command keeps its blocks, to be run when something happens, when a task is asked for, or around tests: not in the
/// order in which they stand.
fn runs_later(lower: &str) -> bool {
    matches!(lower, "beforeall" | "beforeeach" | "afterall" | "aftereach" | "task") || lower.starts_with("register-")
}

/// Whether a word names a block of a script.
fn is_named_block(lower: &str) -> bool {
    matches!(lower, "begin" | "process" | "end" | "dynamicparam" | "clean")
}

/// Whether an error is in the command itself rather than in a script block that it is given.
pub(super) fn broken(command: Node<'_>) -> bool {
    let mut open = vec![command];
    while let Some(node) = open.pop() {
        if node.is_error() || node.is_missing() {
            return true;
        }
        if node.has_error() && node.kind() != "script_block_expression" {
            open.extend(children(node));
        }
    }
    false
}
