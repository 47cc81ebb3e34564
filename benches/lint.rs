//! Speed of `lint` over generated scripts: MB/s, how many times the time of a plain search over the same bytes, and what one
//! small script costs as a whole process, as a ratio to `true`.
//!
//! `cargo bench --bench lint`. Ratios of one run compare; absolute numbers depend on the machine.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark prints its result and stops at what is wrong"
)]

mod common;

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::{Duration, Instant};

use common::{Run, in_turn, ratio};
use graphwhy::knowledge::Catalogue;
use graphwhy::lint::lint;

const RUNS: usize = 200;

/// What most people have: a policy, and whom it is for.
const SMALL: &str = "Connect-MicrosoftTeams\n\
    New-CsApplicationAccessPolicy -Identity Meetings -AppIds '9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20'\n\
    Grant-CsApplicationAccessPolicy -PolicyName Meetings -Identity '748d2cbb-3b55-40ed-8c34-2eae5932b22a'\n";

/// The same with the values of the grant swapped: a finding is drawn.
const WRONG: &str = "Connect-MicrosoftTeams\n\
    New-CsApplicationAccessPolicy -Identity Meetings -AppIds '9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20'\n\
    Grant-CsApplicationAccessPolicy -Identity Meetings -PolicyName '748d2cbb-3b55-40ed-8c34-2eae5932b22a'\n";

/// A script of some 3 KB, as administrators write them; `n` makes each one differ.
fn script(n: usize, concerned: bool) -> String {
    let noun = if concerned { "CsApplicationAccessPolicy" } else { "CsTeamsMeetingPolicy" };
    let mut text = format!(
        "<#\n.SYNOPSIS\n  Lets app {n} act for its users.\n.EXAMPLE\n  ./setup-{n}.ps1 -AppId 9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20\n#>\n\
         [CmdletBinding(SupportsShouldProcess)]\nparam(\n    [Parameter(Mandatory)][string] $AppId,\n    [string] $PolicyName = 'Meetings-{n}'\n)\n\
         $ErrorActionPreference = 'Stop'\nConnect-MicrosoftTeams | Out-Null\n\
         $policy = Get-{noun} -Identity $PolicyName -ErrorAction SilentlyContinue\n\
         if (-not $policy) {{\n    New-{noun} -Identity $PolicyName -AppIds $AppId -Description \"made by $env:USERNAME on $(Get-Date)\"\n}}\n\
         elseif ($policy.AppIds -notcontains $AppId) {{\n    Set-{noun} -Identity $PolicyName -AppIds @{{ Add = $AppId }}\n}}\n"
    );
    for user in 0..12 {
        let _ = write!(
            text,
            "\n# user {user}\n$user = Get-MgUser -UserId \"user{user}@contoso.com\" -Property Id, DisplayName\n\
             if ($user.Department -eq 'Sales' -and $user.AccountEnabled) {{\n    try {{\n        \
             Grant-{noun} -PolicyName $PolicyName -Identity $user.Id\n        \
             $done += [pscustomobject]@{{ User = $user.DisplayName; Policy = $PolicyName; At = (Get-Date) }}\n    }}\n    \
             catch {{\n        Write-Warning (\"{{0}}: {{1}}\" -f $user.DisplayName, $_.Exception.Message)\n    }}\n}}\n"
        );
    }
    text
}

fn best(mut run: impl FnMut() -> usize) -> Duration {
    (0..5)
        .map(|_| {
            let started = Instant::now();
            black_box(run());
            started.elapsed()
        })
        .min()
        .unwrap()
}

fn main() {
    let catalogue = Catalogue::builtin();
    for (name, concerned) in [("with the cmdlets", true), ("without them", false)] {
        let scripts: Vec<String> = (0..1000).map(|n| script(n, concerned)).collect();
        let bytes: usize = scripts.iter().map(String::len).sum();
        let search = best(|| scripts.iter().filter(|s| memchr::memmem::find(s.as_bytes(), b"Zz-").is_some()).count());
        let time = best(|| scripts.iter().map(|s| lint(s, "setup.ps1", &catalogue).findings.len()).sum());
        let rate = bytes as f64 / 1e6 / time.as_secs_f64();
        println!(
            "scripts {name}: {:.1} MB in {time:.2?}, {rate:.1} MB/s on one core, {:.0} times a search for one word",
            bytes as f64 / 1e6,
            time.as_secs_f64() / search.as_secs_f64()
        );
        let one = scripts.first().unwrap();
        let time = best(|| (0..100).map(|_| lint(one, "setup.ps1", &catalogue).findings.len()).sum());
        println!("  one script of {:.1} KB: {:.2?}", one.len() as f64 / 1e3, time / 100);
    }
    let large: String = (0..300).map(|n| script(n, true)).collect();
    let time = best(|| lint(&large, "setup.ps1", &catalogue).findings.len());
    println!(
        "one script of {:.1} MB: {:.1} MB/s",
        large.len() as f64 / 1e6,
        large.len() as f64 / 1e6 / time.as_secs_f64()
    );
    whole_process();
}

/// One small script, from the start of the program to its end.
fn whole_process() {
    let binary = env!("CARGO_BIN_EXE_graphwhy");
    let folder = tempfile::tempdir().unwrap();
    let [small, wrong] = [("small.ps1", SMALL), ("wrong.ps1", WRONG)].map(|(name, text)| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    });
    let commands: [Run<'_>; 3] = [
        ("true", "true", vec![]),
        ("lint, right", binary, vec!["lint", "--no-config", &small]),
        ("lint, wrong", binary, vec!["lint", "--no-config", &wrong]),
    ];
    if let [base, right, wrong] = in_turn(&commands, RUNS).as_slice() {
        ratio("right / true", right, base, "");
        ratio("wrong / true", wrong, base, "");
    }
}
