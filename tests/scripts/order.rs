//! What is run in which order, and what never is in one go: nothing that needs an order is raised between the latter.

use super::{causes, run};

const USER: &str = "748d2cbb-3b55-40ed-8c34-2eae5932b22a";
const REMOVE: &str = "Remove-CsApplicationAccessPolicy -Identity M";
const NEW: &str = "New-CsApplicationAccessPolicy -Identity M -AppIds 9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20";
const RECREATED: &str = "policy-recreated";
const REPLACES: &str = "grant-replaces-policy";
const BEFORE: &str = "grant-before-policy";

fn grant(policy: &str) -> String {
    format!("Grant-CsApplicationAccessPolicy -PolicyName {policy} -Identity {USER}")
}

fn raises(text: &str, name: &str, cause: &str) -> bool {
    causes(&run(text, name)).contains(cause)
}

#[test]
fn bodies_that_nothing_calls_have_no_order() {
    let make = format!("{NEW}; {}", grant("M"));
    for (text, name) in [
        (format!("function Remove-It {{ {REMOVE} }}\nfunction New-It {{ {make} }}\n"), "a.psm1"),
        (format!("class P {{\n [void] Drop() {{ {REMOVE} }}\n [void] Make() {{ {make} }}\n}}\n"), "a.psm1"),
        (format!("$drop = {{ {REMOVE} }}\n$make = {{ {make} }}\nif ($x) {{ & $drop }} else {{ & $make }}\n"), "a.ps1"),
        (format!("Describe x {{\n AfterAll {{ {REMOVE} }}\n BeforeAll {{ {make} }}\n}}\n"), "a.Tests.ps1"),
        (format!("Task Uninstall {{ {REMOVE} }}\nTask Install {{ {make} }}\n"), "psakefile.ps1"),
        (format!("$a.Add_Click({{ {REMOVE} }})\n$b.Add_Click({{ {make} }})\n"), "a.ps1"),
    ] {
        assert!(!raises(&text, name, RECREATED), "{text}");
        let replaced = text.replace(REMOVE, &grant("A")).replace(&make, &grant("B"));
        assert!(!raises(&replaced, name, REPLACES), "{replaced}");
    }
    // In one body, and where the file calls one after the other, there is an order.
    for text in [
        format!("function Reset-It {{ {REMOVE}; {make} }}\n"),
        format!("class P {{\n [void] Reset() {{ {REMOVE}; {make} }}\n}}\n"),
        format!("$reset = {{ {REMOVE}; {make} }}\n"),
        format!("function Remove-It {{ {REMOVE} }}\nfunction New-It {{ {make} }}\nRemove-It\nNew-It\n"),
        format!(
            "function Remove-It {{ {REMOVE} }}\nfunction New-It {{ {make} }}\nfunction Reset-It {{ Remove-It; New-It }}\n"
        ),
        format!("& {{ {REMOVE} }}\n& {{ {make} }}\n"),
    ] {
        assert!(raises(&text, "a.ps1", RECREATED), "{text}");
    }
    // `return` leaves the method, and the file goes on.
    let text = format!("class P {{\n [void] A() {{ return }}\n}}\n{REMOVE}\n{make}\n");
    assert!(raises(&text, "a.ps1", RECREATED), "{text}");
}

#[test]
fn jobs_and_steps_that_exclude_each_other() {
    let github = |one: &str, two: &str| {
        format!(
            "jobs:\n  a:\n{one}    steps:\n      - shell: pwsh\n        run: {}\n  b:\n{two}    steps:\n      - shell: pwsh\n        run: {}\n",
            grant("Prod"),
            grant("Test")
        )
    };
    assert!(!raises(&github("", ""), "ci.yml", REPLACES), "they are run at once");
    assert!(raises(&github("", "    needs: a\n"), "ci.yml", REPLACES));
    let (main, other) = ("    if: github.ref == 'x'\n", "    if: github.ref != 'x'\n    needs: a\n");
    assert!(!raises(&github(main, other), "ci.yml", REPLACES));
    let steps = |one: &str, two: &str| {
        format!(
            "jobs:\n  a:\n    steps:\n      - shell: pwsh\n{one}        run: {}\n      - shell: pwsh\n{two}        run: {}\n",
            grant("Prod"),
            grant("Test")
        )
    };
    assert!(raises(&steps("", ""), "ci.yml", REPLACES));
    assert!(raises(&steps("        if: always()\n", "        if: inputs.b\n"), "ci.yml", REPLACES));
    assert!(!raises(&steps("        if: inputs.a\n", "        if: inputs.b\n"), "ci.yml", REPLACES));
    let azure = |one: &str, two: &str| {
        format!(
            "stages:\n- stage: remove\n{one}  jobs:\n  - job: a\n    steps:\n    - pwsh: {REMOVE}\n- stage: create\n{two}  jobs:\n  - job: b\n    steps:\n    - pwsh: |\n        {NEW}\n        {}\n",
            grant("M")
        )
    };
    assert!(raises(&azure("", ""), "azure-pipelines.yml", RECREATED), "one stage after the other");
    let text = azure("  condition: eq(variables.m,'a')\n", "  condition: eq(variables.m,'b')\n");
    assert!(!raises(&text, "azure-pipelines.yml", RECREATED));
}

#[test]
fn jobs_come_after_those_that_they_wait_for() {
    let jobs = |needs: &str| {
        format!(
            "jobs:\n  z-grant:\n{needs}    steps:\n      - shell: pwsh\n        run: {}\n  a-create:\n    steps:\n      - shell: pwsh\n        run: {NEW}\n",
            grant("M")
        )
    };
    for needs in ["", "    needs: a-create\n", "    needs: [a-create]\n", "    needs:\n      - a-create\n"] {
        assert_eq!(causes(&run(&jobs(needs), "ci.yml")).len(), 0, "{needs}");
    }
    let swapped = jobs("").replace("a-create:\n", "a-create:\n    needs: z-grant\n");
    assert!(raises(&swapped, "ci.yml", BEFORE), "{swapped}");
}

#[test]
fn a_script_that_is_handed_on_is_run_where_it_stands() {
    let nested = format!("pwsh -Command \"{NEW}\"");
    for text in [
        format!("jobs:\n  a:\n    steps:\n      - run: |\n          {nested}\n          {}\n", grant("M")),
        format!("apply:\n  script:\n    - {nested}\n    - {}\n", grant("M")),
    ] {
        assert_eq!(causes(&run(&text, "ci.yml")).len(), 0, "{text}");
    }
    let text = format!("jobs:\n  a:\n    steps:\n      - run: |\n          {}\n          {nested}\n", grant("M"));
    assert!(raises(&text, "ci.yml", BEFORE), "{text}");
}

#[test]
fn what_begin_sets_is_there_in_process_and_end() {
    let wrong = "Grant-CsApplicationAccessPolicy -PolicyName $n -Identity $n";
    let new = NEW.replace(" M ", " $n ");
    for text in [
        format!("begin {{ $n = 'M' }}\nprocess {{ {new}\n{wrong} }}\n"),
        format!("begin {{ $n = 'M' }} process {{ {new} }} end {{ {wrong} }}\n"),
        format!("param($x)\nbegin {{ $n = 'M' }}\nprocess {{ {new} }}\nend {{ {wrong} }}\n"),
    ] {
        assert!(raises(&text, "a.ps1", "identity-names-policy"), "{text}");
    }
}
