//! `$a ? $b : $c` and `$a ?? $b` of PowerShell 7, which the grammar does not know: before the parser they become chains of
//! `-or`, the loosest operator that it has, and are told from it by their places.

use tree_sitter::Node;

use super::flow::Condition;
use super::mask::Masked;
use super::value::Value;
use super::walk::{Walker, children};

/// What an operator of three bytes in the masked text was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    /// `?`
    If,
    /// `:`
    Else,
    /// `??`
    Default,
}

/// As many bytes around an operator are looked at.
const NEAR: usize = 8 << 10;

/// What takes the place of an operator.
const STAND_IN: &[u8] = b"-or";

/// Makes every choice an operator of the grammar, as long as there is room for it.
pub(super) fn mask_choices(masked: &mut Masked) {
    let marks: Vec<usize> = memchr::memchr_iter(b'?', &masked.text).collect();
    for at in marks {
        let byte = |place: usize| masked.text.get(place).copied().unwrap_or(b'\n');
        // The second of `??`, or of a choice that was taken with the one around it.
        if byte(at) != b'?' || !ends_operand(&masked.text, at) || !begins_as_expression(&masked.text, at) {
            continue;
        }
        match (byte(at + 1), byte(at + 2)) {
            (b'?', b'=') => {
                blank(masked, at, at + 2);
                masked.defaults.insert(at + 2);
            }
            (b'?', _) => put(masked, at, at + 2, Choice::Default),
            _ => {
                let Some(colon) = colon(&masked.text, at + 1) else { continue };
                if room(&masked.text, at, at + 1).is_some() && room(&masked.text, colon, colon + 1).is_some() {
                    put(masked, at, at + 1, Choice::If);
                    put(masked, colon, colon + 1, Choice::Else);
                }
            }
        }
    }
}

fn blank(masked: &mut Masked, start: usize, end: usize) {
    if let Some(text) = masked.text.get_mut(start..end) {
        text.fill(b' ');
    }
}

/// Where the stand-in can be put: over the operator and the blanks beside it, or the end of the text before it.
fn room(text: &[u8], start: usize, end: usize) -> Option<usize> {
    let is_blank = |at: usize| text.get(at).is_some_and(u8::is_ascii_whitespace);
    let missing = STAND_IN.len() - (end - start);
    let after = (end..).take_while(|at| is_blank(*at)).take(missing).count();
    let before = (0..start).rev().take_while(|at| is_blank(*at)).take(missing - after).count();
    let short = missing - after - before;
    // `'text':`, where the quoted text gives up its last characters.
    let left = text.get(..start - before)?;
    let length = left.iter().rev().skip(1).take_while(|b| **b == b'x').count();
    (short == 0 || left.ends_with(b"'") && length >= short).then_some(start - before - short)
}

fn put(masked: &mut Masked, start: usize, end: usize, choice: Choice) {
    let Some(place) = room(&masked.text, start, end) else { return };
    let quote = masked.text.get(..start).is_some_and(|left| left.trim_ascii_end().len() > place);
    if quote && let Some(before) = place.checked_sub(1).and_then(|before| masked.text.get_mut(before)) {
        *before = b'\'';
    }
    // Line ends are allowed after the signs and before the colon, and the grammar knows none there.
    let blanks = |byte: &u8| byte.is_ascii_whitespace();
    let after = masked.text.get(end..).unwrap_or_default().iter().take_while(|b| blanks(b)).count();
    let before = masked.text.get(..place).unwrap_or_default().iter().rev().take_while(|b| blanks(b)).count();
    blank(masked, place - before, place);
    blank(masked, place, end + after);
    if let Some(text) = masked.text.get_mut(place..place + STAND_IN.len()) {
        text.copy_from_slice(STAND_IN);
    }
    masked.choices.insert(place, choice);
}

/// Whether what stands before `at` on its line ends a value. A `?` that begins a command is `Where-Object`.
fn ends_operand(text: &[u8], at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    let blanks = before.iter().rev().take_while(|b| matches!(b, b' ' | b'\t')).count();
    let before = before.get(..at - blanks).unwrap_or_default();
    match before.last() {
        Some(b')' | b']' | b'}' | b'\'') => true,
        // `$name?` would be a name with a question mark.
        Some(byte) => blanks > 0 && (byte.is_ascii_alphanumeric() || *byte == b'_'),
        None => false,
    }
}

/// Whether the statement around `at` is an expression rather than a command with arguments.
fn begins_as_expression(text: &[u8], at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    let mut depth = 0_usize;
    let mut start = 0;
    let mut quoted = false;
    for (place, byte) in before.iter().enumerate().rev().take(NEAR) {
        match byte {
            b'\'' => quoted = !quoted,
            _ if quoted => {}
            b')' | b'}' | b']' => depth += 1,
            b'(' | b'{' | b'[' if depth > 0 => depth -= 1,
            b'(' | b'{' | b'[' | b';' | b'=' | b'|' | b'&' | b',' if depth == 0 => {
                start = place + 1;
                break;
            }
            b'\n' if depth == 0 => {
                start = place + 1;
                break;
            }
            _ => {}
        }
    }
    let statement = before.get(start..).unwrap_or_default().trim_ascii_start();
    let left = ["return ", "throw ", "exit "].iter().find_map(|word| {
        let first = statement.get(..word.len())?;
        first.eq_ignore_ascii_case(word.as_bytes()).then(|| statement.get(word.len()..)).flatten()
    });
    let first = left.unwrap_or(statement).trim_ascii_start().first();
    first.is_some_and(|byte| {
        matches!(byte, b'$' | b'(' | b'\'' | b'[' | b'@' | b'-' | b'!' | b'+') || byte.is_ascii_digit()
    })
}

/// The colon that belongs to a `?` before `at`.
fn colon(text: &[u8], at: usize) -> Option<usize> {
    let (mut depth, mut inner) = (0_usize, 0_usize);
    let mut quoted = false;
    let mut last = b'?';
    let mut place = at;
    while let Some(byte) = text.get(place).filter(|_| place < at + NEAR) {
        match byte {
            b'\'' => quoted = !quoted,
            _ if quoted => {}
            b'(' | b'{' | b'[' => depth += 1,
            b')' | b'}' | b']' => depth = depth.checked_sub(1)?,
            _ if depth > 0 => {}
            b'\n' => {
                let next = text.get(place..)?.trim_ascii_start().first();
                if !matches!(last, b'?' | b':') && next != Some(&b':') {
                    return None;
                }
            }
            b';' | b'|' | b'&' | b'=' | b',' => return None,
            b'?' => inner += 1,
            // `[Type]::Member`
            b':' if text.get(place + 1) == Some(&b':') => place += 1,
            // `$env:NAME`
            b':' if text.get(place + 1).is_some_and(u8::is_ascii_alphanumeric) && last != b'\'' => {}
            b':' => match inner.checked_sub(1) {
                Some(less) => inner = less,
                None => return Some(place),
            },
            _ => {}
        }
        if !byte.is_ascii_whitespace() {
            last = *byte;
        }
        place += 1;
    }
    None
}

/// What stands between two operands of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    Choice(Choice),
    And,
    Or,
    /// Another logical operator.
    Other,
}

impl<'a> Walker<'a> {
    /// A chain of logical operators: a choice has the value of one of its sides, anything else is a condition.
    pub(super) fn logical(&mut self, node: Node<'a>) -> Value {
        let (mut operands, mut signs) = (Vec::new(), Vec::new());
        let mut left = node;
        loop {
            let parts: Vec<Node<'a>> = children(left).into_iter().filter(|part| part.kind() != "comment").collect();
            match parts.as_slice() {
                [first, operator, last] if left.kind() == node.kind() => {
                    operands.push(*last);
                    signs.push(self.sign(*operator));
                    left = *first;
                }
                _ => break,
            }
        }
        if operands.is_empty() {
            self.all(node);
            return Value::UNKNOWN;
        }
        operands.push(left);
        operands.reverse();
        signs.reverse();
        self.choice(&operands, &signs)
    }

    fn sign(&self, operator: Node<'a>) -> Sign {
        if let Some(choice) = self.piece.masked.choices.get(&operator.start_byte()) {
            return Sign::Choice(*choice);
        }
        match self.piece.text(operator).to_ascii_lowercase().as_str() {
            "-and" => Sign::And,
            "-or" => Sign::Or,
            _ => Sign::Other,
        }
    }

    /// Operands with the operators between them, choices from the right.
    fn choice(&mut self, operands: &[Node<'a>], signs: &[Sign]) -> Value {
        let is = |sign: &Sign, choice: Choice| *sign == Sign::Choice(choice);
        let Some(question) = signs.iter().position(|sign| is(sign, Choice::If)) else {
            return self.default(operands, signs);
        };
        let mut inner = 0_usize;
        let colon = signs.iter().enumerate().skip(question + 1).find_map(|(at, sign)| match sign {
            Sign::Choice(Choice::If) => {
                inner += 1;
                None
            }
            Sign::Choice(Choice::Else) if inner == 0 => Some(at),
            Sign::Choice(Choice::Else) => {
                inner -= 1;
                None
            }
            _ => None,
        });
        let (Some(condition), Some(colon)) = (operands.get(..=question), colon) else { return Value::UNKNOWN };
        let guards = self.context.guards.len();
        let mut values = Vec::new();
        for operand in condition {
            self.guard(*operand);
            values.push(self.eval(*operand));
        }
        let condition = self.holds(&values, signs.get(..question).unwrap_or_default());
        let sides = [question + 1..colon + 1, colon + 1..operands.len()].map(|side| {
            let between = side.start..side.end.saturating_sub(1).max(side.start);
            (operands.get(side).unwrap_or_default(), signs.get(between).unwrap_or_default())
        });
        let branch = self.branch();
        let arms = (0..)
            .zip(sides)
            .map(|(arm, (operands, signs))| self.arm(branch, arm, |walker| walker.deeper_choice(operands, signs)));
        let arms = arms.collect();
        let value = self.join(branch, arms, true);
        self.decide(branch, vec![condition, Condition::Is(true)]);
        self.context.guards.truncate(guards);
        value
    }

    fn deeper_choice(&mut self, operands: &[Node<'a>], signs: &[Sign]) -> Value {
        let Some(first) = operands.first() else { return Value::UNKNOWN };
        self.deeper(*first, |walker| walker.choice(operands, signs))
    }

    /// What values with logical operators between them come to.
    fn holds(&self, values: &[Value], signs: &[Sign]) -> Condition {
        let mut truths = values.iter().map(|value| self.env.truth(value));
        let Some(first) = truths.next() else { return Condition::Unknown };
        // Both bind alike, from the left.
        signs.iter().zip(truths).fold(first, |left, (sign, right)| match sign {
            Sign::And => left.and(right),
            Sign::Or => left.or(right),
            Sign::Choice(_) | Sign::Other => Condition::Unknown,
        })
    }

    /// `$a ?? $b`: the second where the first is nothing.
    fn default(&mut self, operands: &[Node<'a>], signs: &[Sign]) -> Value {
        if signs.iter().any(|sign| *sign != Sign::Choice(Choice::Default)) {
            let values: Vec<Value> = operands.iter().map(|operand| self.eval(*operand)).collect();
            let condition = self.holds(&values, signs);
            return self.env.condition(condition);
        }
        let Some((first, rest)) = operands.split_first() else { return Value::UNKNOWN };
        let mut value = self.eval(*first);
        for operand in rest {
            let branch = self.branch();
            let guards = self.context.guards.len();
            self.guard(*first);
            let nothing = self.env.equal(&value, &Value::Null);
            let other = self.arm(branch, 0, |walker| walker.eval(*operand));
            self.context.guards.truncate(guards);
            let given = other.value.clone();
            self.join(branch, vec![other], false);
            self.decide(branch, vec![nothing]);
            value = self.first_of(value, given);
        }
        value
    }

    /// What a default gives that stands behind a value.
    pub(super) fn first_of(&mut self, value: Value, default: Value) -> Value {
        match value {
            Value::Null => default,
            Value::Unknown(_) if value == Value::UNKNOWN || default == Value::UNKNOWN => Value::UNKNOWN,
            Value::Unknown(_) => self.env.merged("default", &[value, default]),
            known => known,
        }
    }
}
