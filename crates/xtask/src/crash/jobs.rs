//! What is killed: everything that writes to a workspace, each with what must be left and how it is
//! finished.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Step, copy, digest, dirsim, journal, text, timed};

/// Users of the generated population; large enough that every run of a cycle lasts a while.
const USERS: &str = "500";
/// Groups of the generated population.
const GROUPS: &str = "25";
/// Users of the forest that is loaded beside the first one.
const MORE_USERS: &str = "300";
/// Steps that stay when the workspace is compacted.
const KEPT: &str = "3";

/// How a job that was killed is finished.
#[derive(Debug, Clone)]
enum Finish {
    /// The steps that were not made are made by these arguments; other ones when none was made.
    Rest { resumed: Vec<String>, anew: Vec<String> },
    /// The workspace goes back to this step, and the job is done again.
    Again(usize),
    /// It only moved the place in the journal: the job is done again when it was not done.
    Moved,
    /// It only rewrote what is there: the job is done again.
    Rewritten,
}

/// One job.
pub(super) struct Job {
    pub(super) name: &'static str,
    /// The workspace that it starts from.
    pub(super) start: PathBuf,
    /// How long it takes when nobody kills it.
    pub(super) whole: Duration,
    arguments: Vec<String>,
    /// Steps before it.
    before: Vec<Step>,
    /// Steps after it, when nobody kills it.
    expected: Vec<Step>,
    /// The digests before and after it.
    digests: [String; 2],
    finish: Finish,
}

/// Where a kill landed.
pub(super) enum Landed {
    /// Nothing was written yet.
    Early,
    /// In the middle, at this place.
    Inside(String),
    /// Everything was done.
    Late,
}

/// Makes workspaces in every state that a job starts from, and does each job once.
pub(super) fn prepare(folder: &Path) -> Result<Vec<Job>, String> {
    let population = text(&folder.join("population"));
    dirsim(&["generate", "--users", USERS, "--groups", GROUPS, "--out", &population])?;
    let more = text(&folder.join("more"));
    let domain = "fabrikam.com";
    // Another seed: objects of two forests must not have the same objectGUIDs.
    dirsim(&[
        "generate", "--users", MORE_USERS, "--groups", "5", "--seed", "2", "--domain", domain,
        "--out", &more,
    ])?;
    let (ad, tenant) = (format!("{population}/contoso.com.ldif"), format!("{population}/tenant"));
    let fresh = folder.join("fresh");
    dirsim(&["init", &text(&fresh), "--ad", &ad, "--tenant", &tenant])?;

    let cycled = copy(&fresh, &folder.join("cycled"))?;
    dirsim(&["cycle", "initial", "-w", &text(&cycled)])?;
    let changed = copy(&cycled, &folder.join("changed"))?;
    let edit = "Get-ADUser -Filter * -ResultSetSize 120 | Set-ADUser -Office 'Room 7'";
    dirsim(&["runbook", "-c", edit, "-w", &text(&changed)])?;

    let words = |arguments: &[&str]| arguments.iter().map(|word| (*word).to_owned()).collect();
    let rest = |policy: &str| Finish::Rest {
        resumed: words(&["cycle", "--resume"]),
        anew: words(&["cycle", policy]),
    };
    let load = format!("{more}/{domain}.ldif");
    let loaded = journal(&fresh)?.len();
    let jobs = [
        ("initial cycle", &fresh, words(&["cycle", "initial"]), rest("initial")),
        ("delta cycle", &changed, words(&["cycle", "delta"]), rest("delta")),
        ("load", &fresh, words(&["load", "--ad", &load]), Finish::Again(loaded)),
        ("way back", &cycled, words(&["back", "5"]), Finish::Moved),
        ("compaction", &cycled, words(&["compact", "--keep-steps", KEPT]), Finish::Rewritten),
    ];
    jobs.into_iter()
        .map(|(name, start, arguments, finish)| {
            let calm = copy(start, &folder.join(format!("calm {name}")))?;
            let mut job = Job {
                name,
                start: start.clone(),
                whole: Duration::ZERO,
                arguments,
                before: journal(start)?,
                expected: Vec::new(),
                digests: [digest(start)?, String::new()],
                finish,
            };
            job.whole = timed(&job.arguments(&calm))?;
            job.expected = journal(&calm)?;
            job.digests[1] = digest(&calm)?;
            Ok(job)
        })
        .collect()
}

impl Job {
    /// Returns what to call the program with.
    pub(super) fn arguments(&self, workspace: &Path) -> Vec<String> {
        in_workspace(&self.arguments, workspace)
    }

    /// Checks what a kill left, finishes the job, and checks again.
    pub(super) fn heal(&self, victim: &Path) -> Result<Landed, String> {
        let left = journal(victim)?;
        let landed = self.judge(victim, &left)?;
        match &self.finish {
            _ if matches!(landed, Landed::Late) => {}
            Finish::Rest { resumed, anew } => {
                // The first step only says that a cycle begins: without it there is none.
                let how = if left.len() > self.before.len() { resumed } else { anew };
                timed(&in_workspace(how, victim))?;
            }
            Finish::Again(step) => {
                dirsim(&["goto", &step.to_string(), "-w", &text(victim)])?;
                timed(&self.arguments(victim))?;
            }
            Finish::Moved | Finish::Rewritten => drop(timed(&self.arguments(victim))?),
        }
        let healed = journal(victim)?;
        if healed != self.expected {
            return Err(format!("finished, it is {healed:?} instead of {:?}", self.expected));
        }
        match digest(victim)? {
            found if found == self.digests[1] => Ok(landed),
            found => Err(format!("finished, it has digest {found} instead of {}", self.digests[1])),
        }
    }

    /// Tells where a kill landed; an error when something is there that nobody committed.
    fn judge(&self, victim: &Path, left: &[Step]) -> Result<Landed, String> {
        let unknown = || Err(format!("the journal holds {left:?}, which nobody committed"));
        match self.finish {
            Finish::Rest { .. } | Finish::Again(_) => {
                if !self.expected.starts_with(left) {
                    return unknown();
                }
                Ok(match self.expected.get(left.len()) {
                    None => Landed::Late,
                    Some(_) if left.len() <= self.before.len() => match self.finish {
                        Finish::Again(_) => Landed::Inside("its first step".to_owned()),
                        _ => Landed::Early,
                    },
                    Some(step) => Landed::Inside(step.what.clone()),
                })
            }
            Finish::Moved => {
                let [before, after] = &self.digests;
                match digest(victim)? {
                    found if left != self.before => Err(format!("{found}: the journal changed")),
                    found if found == *before => Ok(Landed::Inside("before it moved".to_owned())),
                    found if found == *after => Ok(Landed::Late),
                    found => Err(format!("digest {found} belongs to no step")),
                }
            }
            Finish::Rewritten => {
                if digest(victim)? != self.digests[0] || !self.before.ends_with(left) {
                    return unknown();
                }
                let forgot = left.len() < self.before.len();
                let place = if forgot { "steps forgotten" } else { "nothing forgotten yet" };
                Ok(Landed::Inside(place.to_owned()))
            }
        }
    }
}

fn in_workspace(arguments: &[String], workspace: &Path) -> Vec<String> {
    let place = ["-w".to_owned(), text(workspace)];
    arguments.iter().cloned().chain(place).collect()
}
