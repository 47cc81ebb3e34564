//! What a plan without a fix says: that no gate fails which a change repairs, or what is not known, and which reads tell it.

use super::human::{BOLD, CYAN, DIM, Page};
use crate::diagnose::{GateResult, Outcome, Verdict};
use crate::fix::Plan;
use crate::fix::template::Slots;
use crate::knowledge::read;
use crate::source::sanitise::{one_line, visible};

/// Why there is no fix, where no time has to pass.
pub(super) fn row(page: &mut Page<'_>, plan: &Plan, slots: &Slots) {
    let open: Vec<&GateResult> = plan
        .answers
        .iter()
        .flat_map(|answer| &answer.judgement.gates)
        .filter(|gate| gate.outcome == Outcome::Unknown)
        .collect();
    if plan.verdict != Verdict::Unknown || open.is_empty() {
        page.row("no fix", DIM, "no gate fails that a change of roles, policies or switches repairs");
        return;
    }
    let mut asked: Vec<&str> = Vec::new();
    for gate in open.iter().filter(|gate| !gate.is_left_open()) {
        let Some(needs) = gate.needs.as_deref().filter(|needs| !asked.contains(needs)) else { continue };
        asked.push(needs);
        // One user's stand above.
        if plan.answers.len() > 1 {
            tell(page, gate, needs, slots);
        }
    }
    let mut gates: Vec<&str> = Vec::new();
    for gate in &open {
        if !gates.contains(&gate.gate.name()) {
            gates.push(gate.gate.name());
        }
    }
    let (gate, is) = if gates.len() == 1 { ("gate", "is") } else { ("gates", "are") };
    let reads = match asked.len() {
        0 => "",
        1 => "; what is to be read stands above",
        _ => "; what is to be read, in this order, stands above",
    };
    let names = gates.join(", ");
    let words =
        format!("nothing is known to fail, and the {gate} {names} {is} unknown: what is missing cannot be told{reads}");
    page.row("no fix", DIM, &words);
}

/// The read that decides a gate, with its command.
pub(super) fn tell(page: &mut Page<'_>, gate: &GateResult, needs: &str, slots: &Slots) {
    match read(needs) {
        Some(read) => {
            let what = format!("{} (decides the {} gate; {})", read.what, gate.gate.name(), read.right);
            page.row("read", CYAN, &what);
            let command = visible(&slots.fill(&read.command));
            let command = page.paint(BOLD, &command);
            page.line(&command);
        }
        None => page.row("decides", CYAN, &one_line(needs)),
    }
}
