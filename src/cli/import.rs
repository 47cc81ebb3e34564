//! `graphwhy import`: output of cmdlets and answers of Graph become a snapshot.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::builder::PossibleValuesParser;
use clap::builder::TypedValueParser as _;
use graphwhy::report::wrapped::wrap_whole;
use graphwhy::tenant::import::{Imported, Options, Part, SCRIPT};
use graphwhy::tenant::{self, Status};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::Common;
use super::files::{keep_inputs, named};
use super::output::{Failure, columns, note, note_command, print};
use super::state::{Raw, import_texts, status_word, supplement, tell_notes, tenant_id, write_private};

/// Notes that are shown without `--verbose`.
const NOTES: usize = 10;

/// Arguments of `import`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Reads what Get-CsApplicationAccessPolicy, Get-CsOnlineUser, Get-CsUserPolicyAssignment, \
Get-CsGroupPolicyAssignment, Get-CsTeamsMeetingConfiguration, Get-MgUser, Get-MgGroupMember, Get-MgServicePrincipal, \
Get-MgServicePrincipalAppRoleAssignment and the same reads of Microsoft Graph print: ConvertTo-Json, Export-Csv, \
Format-List, Format-Table, in UTF-8 or UTF-16. What each file holds is recognised.\n\n\
Exit codes: 0 read, also where a part is missing or not whole; 2 usage; 3 a file has no reading, or files contradict each other (nothing is written then).")]
pub(crate) struct Import {
    /// Files to read; `-` is standard input. All of one tenant; one may be a snapshot, to which the others are added
    #[arg(value_name = "FILE", required_unless_present = "script", help_heading = "Input")]
    files: Vec<PathBuf>,
    /// Parts of which the files hold everything, so that what is not listed does not exist; with `roles`, an app without
    /// one has none
    #[arg(long, value_name = "PARTS", value_delimiter = ',', value_parser = part_parser(), help_heading = "Input")]
    complete: Vec<Part>,
    /// The tenant that the files are of
    #[arg(long, value_name = "ID", value_parser = tenant_id, help_heading = "Input")]
    tenant: Option<Uuid>,
    /// When the files were read, as RFC 3339 (`2026-11-20T10:00:00Z`): pasted output does not say it, and without it the
    /// age of the state is unknown. An export of `--script` has its own times
    #[arg(long, value_name = "TIME", value_parser = moment, help_heading = "Input")]
    taken_at: Option<Timestamp>,
    /// Print a read-only PowerShell script that exports everything into one file
    #[arg(long, conflicts_with_all = ["files", "complete", "tenant", "taken_at", "output"], help_heading = "Input")]
    script: bool,
    /// The snapshot to write (readable by you alone); without it, standard output
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    output: Option<PathBuf>,
}

/// A moment that has been.
fn moment(text: &str) -> Result<Timestamp, String> {
    let time: Timestamp = text.trim().parse().map_err(|_| "write it as 2026-11-20T10:00:00Z".to_owned())?;
    // Clocks differ a little.
    let latest = Timestamp::now().checked_add(SignedDuration::from_mins(5)).unwrap_or(Timestamp::MAX);
    if time > latest { Err("it is in the future".to_owned()) } else { Ok(time) }
}

fn part_parser() -> impl clap::builder::TypedValueParser<Value = Part> {
    let names = Part::ALL.iter().filter(|part| **part != Part::Settings).map(|part| part.name());
    PossibleValuesParser::new(names).map(|name| Part::named(&name).unwrap_or(Part::Policies))
}

impl Import {
    pub(crate) fn run(self, common: &Common) -> Result<ExitCode, Failure> {
        if self.script {
            print(SCRIPT)?;
            return Ok(ExitCode::SUCCESS);
        }
        let mut files = Vec::new();
        for path in &self.files {
            files.push(Raw::read(path)?);
        }
        // A snapshot is added to; what was pasted is kept.
        let pasted = self.files.iter().zip(&files).filter(|(_, file)| !file.is_snapshot()).map(|(path, _)| path);
        keep_inputs(named("--output", &self.output), named("the import", pasted))?;
        let options = Options { complete: self.complete.clone(), tenant: self.tenant, taken_at: self.taken_at };
        let (snapshots, others): (Vec<Raw>, Vec<Raw>) = files.into_iter().partition(Raw::is_snapshot);
        let imported = match (snapshots.as_slice(), others.as_slice()) {
            ([], _) => import_texts(&others, &options)?,
            ([one], [_, ..]) => {
                let base = one.snapshot()?;
                if let Some((said, known)) = self.tenant.zip(base.tenant_id).filter(|(said, known)| said != known) {
                    let message = format!("`--tenant` says {said}, and `{}` is of {known}", one.name);
                    return Err(Failure::usage(message, "leave `--tenant` out, or give the snapshot of that tenant"));
                }
                supplement(&base, &others, &options)?
            }
            ([one], []) => {
                return Err(Failure::usage(
                    format!("`{}` is a snapshot already, and nothing is given to add to it", one.name),
                    "use it as it is: `--state FILE`; or name the files to add, too",
                ));
            }
            ([first, second, ..], _) => {
                return Err(Failure::usage(
                    format!("`{}` and `{}` are two snapshots: files are added to one", first.name, second.name),
                    "name one of them; `graphwhy diff` compares two",
                ));
            }
        };
        let text = tenant::write(&imported.snapshot);
        match self.output.as_deref().filter(|path| path.as_os_str() != "-") {
            Some(path) => write_private(path, &text)?,
            None => print(&text)?,
        }
        if !common.quiet {
            tell_notes(&imported, if common.verbose { usize::MAX } else { NOTES });
            tell_parts(&imported);
            if imported.snapshot.taken_at.is_none() {
                note("when this was read is not known, and so neither is its age: say it with --taken-at");
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// What each part holds, and which command would complete it.
fn tell_parts(imported: &Imported) {
    let width = columns().unwrap_or(80).clamp(40, 120);
    let below = |indent: usize, lines: Vec<String>| lines.into_iter().map(move |line| format!("{:indent$}{line}", ""));
    note(&format!("{:<10} {:<9} {:>7}  what is missing", "part", "known", "items"));
    for part in &imported.summary {
        let count = if part.status == Status::Missing { String::new() } else { part.count.to_string() };
        let head = format!("{:<10} {:<9} {count:>7}", part.part.name(), status_word(part.status));
        let mut why = wrap_whole(part.why.as_deref().unwrap_or_default(), width.saturating_sub(WHY)).into_iter();
        note(format!("{head}  {}", why.next().unwrap_or_default()).trim_end());
        below(WHY, why.collect()).for_each(|line| note(&line));
        if part.status != Status::Complete {
            note_command(&format!("{:COMMAND$}{}", "", part.part.command()));
        }
    }
    let partial = || imported.summary.iter().filter(|part| part.status == Status::Partial);
    // What was left out is lacking, whatever somebody says.
    let unsaid: Vec<&str> = partial().filter(|part| part.may_be_complete()).map(|part| part.part.name()).collect();
    let say = match unsaid.as_slice() {
        [] => String::new(),
        parts => format!("If the files hold all of a part, say so: `--complete {}`. ", parts.join(",")),
    };
    if partial().any(|part| !matches!(part.part, Part::Settings | Part::Effective)) {
        let text = format!("{say}`graphwhy import --script` prints a script that reads everything at once.");
        wrap_whole(&text, width).iter().for_each(|line| note(line));
    }
}

/// Columns to the left of why a part is not complete, and of the command that completes it.
const WHY: usize = 30;
const COMMAND: usize = 4;
