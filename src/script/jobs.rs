//! Which scripts of a CI file are run in one go, and in which order: jobs and stages by what they wait for, steps by their
//! conditions.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::document::Line;

/// Where in a CI file a script is run.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// Its stage and its job, by their places in the file, the outer one first.
    units: Vec<usize>,
    /// The stages and jobs that have ended before it.
    after: BTreeSet<usize>,
    /// Its conditions, with the place of what each is for.
    conditions: Vec<(usize, String)>,
    /// What comes before is less.
    order: Vec<usize>,
}

impl Step {
    /// Whether both can be run one after the other. Jobs of which none waits for the other are run at once, and what has
    /// conditions of its own on both sides is as a rule run in place of the other.
    pub(super) fn meets(&self, other: &Self) -> bool {
        let apart = self.units.iter().zip(&other.units).find(|(one, two)| one != two);
        let ordered = apart.is_none_or(|(one, two)| self.after.contains(two) || other.after.contains(one));
        let own = |here: &Self, there: &Self| -> BTreeSet<String> {
            let shared = |place: &usize| there.conditions.iter().any(|(other, _)| other == place);
            here.conditions.iter().filter(|(place, _)| !shared(place)).map(|(_, text)| text.clone()).collect()
        };
        let (one, two) = (own(self, other), own(other, self));
        ordered && (one.is_empty() || two.is_empty() || one == two)
    }

    /// By this the scripts of a file are in the order in which they are run.
    pub(super) fn order(&self) -> &[usize] {
        &self.order
    }

    /// Whether it may be left out.
    pub(crate) fn may_not_run(&self) -> bool {
        !self.conditions.is_empty() || !self.units.is_empty()
    }
}

/// A key or an item of a list.
struct Node<'t> {
    parent: Option<usize>,
    children: Vec<usize>,
    column: usize,
    line: usize,
    item: bool,
    /// As it is written, without quotes; empty for an item.
    name: &'t str,
    /// What stands behind it in its line.
    value: &'t str,
}

/// A file as keys and items, without what is in block scalars.
struct Outline<'l, 't> {
    nodes: Vec<Node<'t>>,
    lines: &'l [Line<'t>],
}

/// The key that a text begins with, and what follows the colon.
fn entry(text: &str) -> Option<(&str, &str)> {
    let end = text.match_indices(':').map(|(at, _)| at).find(|at| {
        let rest = text.get(at + 1..).unwrap_or_default();
        rest.is_empty() || rest.starts_with([' ', '\t'])
    })?;
    let name = text.get(..end)?.trim().trim_matches(['"', '\'']);
    Some((name, text.get(end + 1..)?.trim())).filter(|_| !text.starts_with(['[', '{', '#', '&', '*', '!']))
}

impl<'l, 't> Outline<'l, 't> {
    fn new(lines: &'l [Line<'t>]) -> Self {
        let mut found = Self { nodes: Vec::new(), lines };
        let mut open: Vec<usize> = Vec::new();
        let mut block: Option<usize> = None;
        for (line, written) in lines.iter().enumerate() {
            let mut text = written.text.trim_start_matches(' ');
            let mut column = written.text.len() - text.len();
            if text.trim().is_empty() || block.is_some_and(|around| column > around) {
                continue;
            }
            block = None;
            if text.starts_with('#') || text.trim_end() == "---" {
                continue;
            }
            while let Some(rest) = text.strip_prefix('-').filter(|rest| rest.is_empty() || rest.starts_with(' ')) {
                let inner = rest.trim_start_matches(' ');
                found.add(&mut open, (column, line), (true, "", inner.trim()));
                column += text.len() - inner.len();
                text = inner;
            }
            let value = match entry(text) {
                Some((name, value)) => {
                    found.add(&mut open, (column, line), (false, name, value));
                    value
                }
                None => text,
            };
            if value.starts_with(['|', '>']) {
                block = open.last().and_then(|last| found.nodes.get(*last)).map(|node| node.column);
            }
        }
        found
    }

    fn add(
        &mut self,
        open: &mut Vec<usize>,
        (column, line): (usize, usize),
        (item, name, value): (bool, &'t str, &'t str),
    ) {
        // The items of a list may stand right below its key.
        let closes = |node: &Node<'_>| node.column > column || node.column == column && (node.item || !item);
        while open.last().and_then(|last| self.nodes.get(*last)).is_some_and(closes) {
            open.pop();
        }
        let parent = open.last().copied();
        let index = self.nodes.len();
        if let Some(parent) = parent.and_then(|parent| self.nodes.get_mut(parent)) {
            parent.children.push(index);
        }
        self.nodes.push(Node { parent, children: Vec::new(), column, line, item, name, value });
        open.push(index);
    }

    fn node(&self, index: usize) -> Option<&Node<'t>> {
        self.nodes.get(index)
    }

    /// What a node is called in lower case.
    fn name(&self, index: Option<usize>) -> String {
        index.and_then(|index| self.node(index)).map_or(String::new(), |node| node.name.to_lowercase())
    }

    fn child(&self, index: usize, name: &str) -> Option<usize> {
        let mut children = self.node(index)?.children.iter().copied();
        children.find(|child| self.node(*child).is_some_and(|node| node.name.eq_ignore_ascii_case(name)))
    }

    /// The texts of a list, or of the only one that stands in its place, in lower case.
    fn list(&self, index: usize) -> Vec<String> {
        let Some(node) = self.node(index) else { return Vec::new() };
        let plain = |text: &str| text.trim().trim_matches(['"', '\'']).to_lowercase();
        if !node.value.is_empty() && !node.value.starts_with('#') {
            let inner = node.value.trim_start_matches('[').split([']', '#']).next().unwrap_or_default();
            return inner.split(',').map(plain).filter(|text| !text.is_empty()).collect();
        }
        let of_item = |item: &usize| {
            let job = self.child(*item, "job").and_then(|job| self.node(job));
            job.or_else(|| self.node(*item)).map(|node| plain(node.value))
        };
        node.children.iter().filter_map(of_item).filter(|text| !text.is_empty()).collect()
    }

    /// All that stands in a node, on one line.
    fn text(&self, index: usize) -> String {
        let Some(node) = self.node(index) else { return String::new() };
        let mut text = node.value.to_owned();
        let more = self.lines.get(node.line + 1..).unwrap_or_default();
        for line in more.iter().take(LONGEST) {
            let trimmed = line.text.trim_start_matches(' ');
            let column = line.text.len() - trimmed.len();
            if !trimmed.is_empty() && column <= node.column && !(trimmed.starts_with("- ") && column == node.column) {
                break;
            }
            text.push(' ');
            text.push_str(trimmed);
        }
        text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
    }

    /// The stage or job that a node is: its name, and whether it is a stage.
    fn unit(&self, index: usize) -> Option<(String, bool)> {
        let node = self.node(index)?;
        if node.item {
            return ["stage", "job", "deployment"].into_iter().find_map(|key| {
                let named = self.node(self.child(index, key)?)?;
                let below = ["jobs", "steps", "strategy"].iter().any(|key| self.child(index, key).is_some());
                below.then(|| (named.value.trim_matches(['"', '\'']).to_lowercase(), key == "stage"))
            });
        }
        let parent = node.parent;
        let of_jobs = parent.is_some() && self.name(parent) == "jobs";
        let scripts = ["script", "before_script", "after_script"];
        let of_gitlab = parent.is_none() && scripts.iter().any(|key| self.child(index, key).is_some());
        (of_jobs || of_gitlab).then(|| (node.name.to_lowercase(), false))
    }

    /// The stages and jobs of the file, each with those right before it.
    fn units(&self) -> BTreeMap<usize, BTreeSet<usize>> {
        let found: Vec<(usize, String, bool)> = (0..self.nodes.len())
            .filter_map(|index| self.unit(index).map(|(name, stage)| (index, name, stage)))
            .collect();
        let around =
            |index: usize| self.ancestors(index).into_iter().find(|it| found.iter().any(|(unit, ..)| unit == it));
        let groups: HashMap<usize, Option<usize>> = if found.len() > MOST_UNITS {
            HashMap::new()
        } else {
            found.iter().map(|(index, ..)| (*index, around(*index))).collect()
        };
        let stages = self.stages();
        let required = self.required();
        let mut units = BTreeMap::new();
        let mut previous: HashMap<Option<usize>, usize> = HashMap::new();
        for (index, name, stage) in &found {
            let Some(group) = groups.get(index) else {
                units.insert(*index, BTreeSet::new());
                continue;
            };
            let named: Option<Vec<String>> = ["needs", "dependson"]
                .iter()
                .find_map(|key| self.child(*index, key))
                .map(|key| self.list(key))
                .or_else(|| required.get(name).cloned());
            let sibling = |other: &&(usize, String, bool)| groups.get(&other.0) == Some(group) && other.0 != *index;
            let own = self.place_in(&stages, *index);
            let before: BTreeSet<usize> = match (named, own) {
                (Some(named), _) => {
                    found.iter().filter(sibling).filter(|(_, name, _)| named.contains(name)).map(|it| it.0).collect()
                }
                (None, Some(own)) => found
                    .iter()
                    .filter(sibling)
                    .filter(|(other, ..)| self.place_in(&stages, *other).is_some_and(|place| place < own))
                    .map(|it| it.0)
                    .collect(),
                // A stage of Azure Pipelines waits for the one above it.
                (None, None) if *stage => previous.get(group).copied().into_iter().collect(),
                (None, None) => BTreeSet::new(),
            };
            if *stage {
                previous.insert(*group, *index);
            }
            units.insert(*index, before);
        }
        units
    }

    /// The stages of GitLab in their order; empty in other files.
    fn stages(&self) -> Vec<String> {
        let top = |name: &str| {
            let named = |node: &Node<'_>| node.parent.is_none() && !node.item && node.name == name;
            self.nodes.iter().position(named)
        };
        if top("jobs").is_some() || top("steps").is_some() || top("on").is_some() {
            return Vec::new();
        }
        let own = top("stages").map(|index| self.list(index)).filter(|own| !own.is_empty());
        let own = own.unwrap_or_else(|| ["build", "test", "deploy"].map(str::to_owned).to_vec());
        [".pre".to_owned()].into_iter().chain(own).chain([".post".to_owned()]).collect()
    }

    /// The place of a GitLab job's stage among all.
    fn place_in(&self, stages: &[String], index: usize) -> Option<usize> {
        let of_gitlab = self.node(index).is_some_and(|node| node.parent.is_none() && !node.item);
        let stage = self.child(index, "stage").and_then(|stage| self.node(stage));
        let stage = stage.map_or("test".to_owned(), |stage| stage.value.trim_matches(['"', '\'']).to_lowercase());
        stages.iter().position(|name| of_gitlab && *name == stage)
    }

    /// What the jobs of CircleCI's workflows require.
    fn required(&self) -> HashMap<String, Vec<String>> {
        let mut found = HashMap::new();
        for (index, node) in self.nodes.iter().enumerate().filter(|(_, node)| node.name == "requires") {
            let job = node.parent.and_then(|job| self.node(job)).filter(|job| !job.name.is_empty());
            if let Some(job) =
                job.filter(|_| self.ancestors(index).iter().any(|it| self.name(Some(*it)) == "workflows"))
            {
                found.insert(job.name.to_lowercase(), self.list(index));
            }
        }
        found
    }

    /// What is around a node, from the innermost.
    fn ancestors(&self, index: usize) -> Vec<usize> {
        let mut found = Vec::new();
        let mut at = self.node(index).and_then(|node| node.parent);
        while let Some(parent) = at.filter(|_| found.len() < DEEPEST) {
            found.push(parent);
            at = self.node(parent).and_then(|node| node.parent);
        }
        found
    }

    /// The condition of a node, if it has one of its own.
    fn conditions(&self, index: usize) -> Vec<(usize, String)> {
        const KEYS: [&str; 6] = ["if", "condition", "when", "rules", "only", "except"];
        let own = KEYS.iter().filter_map(|key| self.child(index, key)).map(|key| (index, self.text(key)));
        // `- ${{ if ... }}:`
        let written = self.node(index).map_or("", |node| if node.name.is_empty() { node.value } else { node.name });
        let template = written.strip_prefix("${{").is_some_and(|inside| {
            ["if", "else", "elseif"].iter().any(|word| inside.trim_start().split(' ').next() == Some(word))
        });
        own.chain(template.then(|| (index, written.to_lowercase()))).filter(|(_, text)| !holds(text)).collect()
    }
}

/// As many levels are looked at, and as many stages and jobs put in order.
const DEEPEST: usize = 32;
const MOST_UNITS: usize = 500;

/// As many lines has a condition.
const LONGEST: usize = 40;

/// Whether a condition holds as a rule.
fn holds(text: &str) -> bool {
    let plain: String =
        text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '$' | '{' | '}' | '"' | '\'')).collect();
    let calls = ["always()", "success()", "!cancelled()", "succeeded()", "succeededorfailed()", "not(canceled())"];
    calls.contains(&plain.as_str()) || matches!(plain.as_str(), "" | "true" | "always" | "on_success" | "delayed")
}

/// Where the scripts are run that begin at these places.
pub(super) fn steps(lines: &[Line<'_>], starts: &[usize]) -> Vec<Arc<Step>> {
    if starts.is_empty() {
        return Vec::new();
    }
    let outline = Outline::new(lines);
    let direct = outline.units();
    // Who is before those that are before.
    let mut before: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for unit in direct.keys() {
        let mut all = BTreeSet::new();
        let mut open: Vec<usize> = direct.get(unit).into_iter().flatten().copied().collect();
        while let Some(next) = open.pop() {
            if next != *unit && all.insert(next) {
                open.extend(direct.get(&next).into_iter().flatten());
            }
        }
        before.insert(*unit, all);
    }
    let mut known: HashMap<usize, Arc<Step>> = HashMap::new();
    let mut step = |start: usize| {
        let line = lines.partition_point(|line| line.start <= start).saturating_sub(1);
        let node = outline.nodes.partition_point(|node| node.line <= line).saturating_sub(1);
        let step = known.entry(node).or_insert_with(|| {
            let mut around = outline.ancestors(node);
            around.insert(0, node);
            let mut step = Step::default();
            for index in around.iter().rev() {
                if let Some(waits) = before.get(index) {
                    step.units.push(*index);
                    step.order.push(waits.len());
                    step.after.extend(waits);
                }
                step.conditions.extend(outline.conditions(*index));
            }
            Arc::new(step)
        });
        Arc::clone(step)
    };
    starts.iter().map(|start| step(*start)).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::document::lines;
    use super::{Step, steps};

    /// The steps of the scripts that begin with these words.
    fn of(text: &str, words: &[&str]) -> Vec<Arc<Step>> {
        let starts: Vec<usize> = words.iter().map(|word| text.find(word).unwrap()).collect();
        steps(&lines(text), &starts)
    }

    /// Whether both meet, and whether the first comes first.
    fn both(text: &str) -> (bool, bool) {
        let found = of(text, &["ONE", "TWO"]);
        let [one, two] = found.as_slice() else { panic!("{text}") };
        assert_eq!(one.meets(two), two.meets(one), "{text}");
        (one.meets(two), one.order() < two.order())
    }

    #[test]
    fn jobs_are_run_at_once_unless_one_waits() {
        let github = |needs: &str| {
            format!(
                "jobs:\n  b:\n{needs}    steps:\n      - run: TWO\n  a:\n    steps:\n      - run: |\n          x\n          ONE\n"
            )
        };
        assert_eq!(both(&github("")), (false, false));
        for needs in ["    needs: a\n", "    needs: [x, a]\n", "    needs:\n      - a\n", "    needs:\n    - 'a'\n"] {
            assert_eq!(both(&github(needs)), (true, true), "{needs}");
        }
        let through = "jobs:\n  c:\n    needs: b\n    steps:\n    - run: TWO\n  b:\n    needs: a\n  a:\n    steps:\n    - run: ONE\n";
        assert_eq!(both(through), (true, true));
        let circle = "jobs:\n  b:\n    steps:\n      - run: TWO\n  a:\n    steps:\n      - run: ONE\nworkflows:\n  w:\n    jobs:\n      - a\n      - b:\n          requires: [a]\n";
        assert_eq!(both(circle), (true, true));
        let azure = |depends: &str| {
            format!("jobs:\n- job: b\n{depends}  steps:\n  - pwsh: TWO\n- job: a\n  steps:\n  - pwsh: ONE\n")
        };
        assert_eq!(both(&azure("")), (false, false));
        assert_eq!(both(&azure("  dependsOn: a\n")), (true, true));
        let stages = |depends: &str| {
            format!(
                "stages:\n- stage: x\n  jobs:\n  - job: a\n    steps:\n    - pwsh: ONE\n- stage: y\n{depends}  jobs:\n  - job: a\n    steps:\n    - pwsh: TWO\n"
            )
        };
        assert_eq!(both(&stages("")), (true, true));
        assert_eq!(both(&stages("  dependsOn: []\n")), (false, false));
        let gitlab = |stages: &str| {
            format!(
                "{stages}two job:\n  stage: second\n  script:\n    - TWO\none:\n  stage: first\n  script:\n    - ONE\n"
            )
        };
        assert_eq!(both(&gitlab("stages: [first, second]\n")), (true, true));
        assert_eq!(both(&gitlab("")), (false, false));
        // Jobs that wait for each other are none that run.
        let circle = "jobs:\n  b:\n    needs: a\n    steps:\n      - run: TWO\n  a:\n    needs: b\n    steps:\n      - run: ONE\n";
        assert!(both(circle).0);
    }

    #[test]
    fn conditions_that_exclude() {
        let step =
            |one: &str, two: &str| format!("jobs:\n  a:\n    steps:\n      - run: ONE\n{one}      - run: TWO\n{two}");
        assert!(both(&step("", "")).0);
        assert!(both(&step("        if: inputs.a\n", "")).0);
        assert!(both(&step("        if: inputs.a\n", "        if:   inputs.a\n")).0);
        assert!(both(&step("        if: inputs.a\n", "        if: always()\n")).0);
        assert!(!both(&step("        if: inputs.a == 'x'\n", "        if: inputs.a == 'y'\n")).0);
        // The condition of a job is both steps' own.
        let job = "jobs:\n  a:\n    if: inputs.a\n    steps:\n      - run: ONE\n        if: b\n      - run: TWO\n";
        assert!(both(job).0);
        let template = "steps:\n- ${{ if eq(parameters.a, 'x') }}:\n  - pwsh: ONE\n- ${{ else }}:\n  - pwsh: TWO\n";
        assert!(!both(template).0);
        let rules = "stages: [test]\none:\n  script: [ONE]\n  needs: [two]\n  rules:\n    - if: $A\ntwo:\n  script: [TWO]\n  rules:\n    - if: $B\n";
        assert!(!both(rules).0);
    }
}
