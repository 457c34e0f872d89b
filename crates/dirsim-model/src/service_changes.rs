//! Dated changes of the service and of the sync client (D3, ET-001): what holds on which date.
//!
//! The list is `config/service-changes.yaml`. A world is asked through [`AsOf`]: a date, and single
//! changes that are switched whatever the date says. The simulated clock never selects.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::time::DAY_MS;
use crate::{Timestamp, nearest};

/// One dated change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceChange {
    /// Its name in scenarios and on the command line.
    pub id: String,
    /// What people call it.
    pub title: String,
    /// The first instant at which it holds; `None` for a reading on which public sources differ,
    /// which holds on every date.
    pub from: Option<Timestamp>,
    /// The instant at which its roll-out is complete: until then a tenant may still show the older
    /// behavior. `None` when it came everywhere at once.
    pub complete: Option<Timestamp>,
    /// What holds without it.
    pub before: String,
    /// What holds with it.
    pub effect: String,
    /// The page, bulletin or version history that says so.
    pub source: String,
    /// The rules of the specification that it decides.
    pub rules: Vec<String>,
    /// What asks for it.
    pub decides: Decides,
}

/// The part of the world that asks for a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decides {
    /// The tenant: answers to export rows and to administrators.
    Tenant,
    /// The default rule set and the choices of its wizard.
    Rules,
}

/// Every dated change, and names for dates.
#[derive(Debug)]
pub struct ServiceChanges {
    /// The changes in the order of the file.
    pub changes: Vec<ServiceChange>,
    /// Names for dates: `p2018` and its like.
    pub profiles: BTreeMap<String, Timestamp>,
}

/// Which dated changes a world has: those that had taken effect by a date, and single ones that are
/// switched. The default has all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AsOf {
    /// The date; every change holds without one.
    pub date: Option<Timestamp>,
    /// Changes by id that hold, or do not, whatever the date says; a later one wins.
    pub switched: Vec<(String, bool)>,
}

/// Why a date or a switch cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AsOfError {
    /// Neither a date nor a profile.
    #[error("`{text}` is neither a date nor a profile; write 2026-11-01, or one of {profiles}")]
    NoDate {
        /// As written.
        text: String,
        /// The profiles that there are.
        profiles: String,
    },
    /// No change of this name.
    #[error("no service change is called `{id}`; {help}")]
    NoChange {
        /// As written.
        id: String,
        /// The id that was probably meant, else all of them.
        help: String,
    },
    /// Neither on nor off.
    #[error("`{text}` does not say on or off; write {id}=on or {id}=off")]
    NoSwitch {
        /// As written.
        text: String,
        /// The id in it.
        id: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileText {
    profiles: BTreeMap<String, String>,
    changes: Vec<ChangeText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangeText {
    id: String,
    title: String,
    #[serde(default)]
    from: Option<String>,
    #[serde(default)]
    complete: Option<String>,
    before: String,
    effect: String,
    source: String,
    rules: Vec<String>,
    decides: Decides,
}

/// Returns the changes that dirsim knows.
pub fn service_changes() -> &'static ServiceChanges {
    static CHANGES: OnceLock<ServiceChanges> = OnceLock::new();
    CHANGES.get_or_init(|| {
        let file: FileText =
            serde_saphyr::from_str(include_str!("../../../config/service-changes.yaml"))
                .unwrap_or_else(|error| panic!("the shipped list of changes is readable: {error}"));
        let date = |text: String| -> Timestamp {
            text.parse().unwrap_or_else(|error| panic!("the shipped list of changes: {error}"))
        };
        ServiceChanges {
            profiles: file.profiles.into_iter().map(|(name, text)| (name, date(text))).collect(),
            changes: file
                .changes
                .into_iter()
                .map(|change| ServiceChange {
                    id: change.id,
                    title: change.title,
                    from: change.from.map(date),
                    // The last day belongs to the roll-out.
                    complete: change.complete.map(|text| date(text) + DAY_MS),
                    before: change.before,
                    effect: change.effect,
                    source: change.source,
                    rules: change.rules,
                    decides: change.decides,
                })
                .collect(),
        }
    })
}

impl ServiceChange {
    /// Returns whether the change had begun to take effect by a date.
    pub fn holds_by(&self, date: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= date)
    }

    /// Returns whether a date lies within the roll-out: some tenants have the change, others wait.
    pub fn is_rolling_out(&self, date: Timestamp) -> bool {
        self.holds_by(date) && self.complete.is_some_and(|complete| date < complete)
    }

    /// Says since when the change holds, as lists show it.
    pub fn since(&self) -> String {
        let day = |at: Timestamp| at.chrono().format("%Y-%m-%d").to_string();
        match (self.from, self.complete) {
            (None, _) => "always".to_owned(),
            (Some(from), None) => day(from),
            (Some(from), Some(complete)) => format!("{} to {}", day(from), day(complete + -DAY_MS)),
        }
    }
}

impl ServiceChanges {
    /// Finds a change by its id, in any letter case.
    pub fn find(&self, id: &str) -> Option<&ServiceChange> {
        self.changes.iter().find(|change| change.id.eq_ignore_ascii_case(id.trim()))
    }

    /// Reads a date, or the name of a profile.
    pub fn date(&self, text: &str) -> Result<Timestamp, AsOfError> {
        let text = text.trim();
        let profile = self.profiles.get(&text.to_lowercase()).copied();
        profile.or_else(|| text.parse().ok()).ok_or_else(|| AsOfError::NoDate {
            text: text.to_owned(),
            profiles: self.profiles.keys().map(String::as_str).collect::<Vec<_>>().join(", "),
        })
    }

    /// Returns the change that an id names, for a switch.
    pub fn named(&self, id: &str) -> Result<&ServiceChange, AsOfError> {
        self.find(id).ok_or_else(|| {
            let known = || self.changes.iter().map(|change| change.id.as_str());
            let help = match nearest(id, known()) {
                Some(nearest) => format!("did you mean `{nearest}`?"),
                None => format!("there are {}", known().collect::<Vec<_>>().join(", ")),
            };
            AsOfError::NoChange { id: id.to_owned(), help }
        })
    }

    /// Returns the page of documentation that lists every change.
    pub fn page(&self) -> String {
        let mut page = String::from(PAGE_HEAD);
        page.push_str("\n| Profile | Stands for |\n|---|---|\n");
        for (name, date) in &self.profiles {
            let day = date.chrono().format("%Y-%m-%d");
            writeln!(page, "| `{name}` | {day} |").expect("a text takes every line");
        }
        let mut sorted: Vec<&ServiceChange> = self.changes.iter().collect();
        sorted.sort_by_key(|change| (change.from, &change.id));
        page.push_str("\n| Since | Change | Rules |\n|---|---|---|\n");
        for change in &sorted {
            let (since, id, title) = (change.since(), &change.id, &change.title);
            let rules = change.rules.join(", ");
            writeln!(page, "| {since} | [{title}](#{id}) | {rules} |")
                .expect("a text takes every line");
        }
        for change in sorted {
            let since = match change.from {
                Some(_) => format!("Since {}", change.since()),
                None => {
                    "A reading on which public sources differ; it holds on every date".to_owned()
                }
            };
            let decides = match change.decides {
                Decides::Tenant => "the tenant's answers",
                Decides::Rules => "the default rule set",
            };
            write!(
                page,
                "\n## {}\n\n{}. {since}. Decides {decides} ({}).\n\n* Without it: {}.\n* With it: {}.\n* \
                 Source: {}.\n",
                change.id,
                change.title,
                change.rules.join(", "),
                change.before,
                change.effect,
                change.source,
            )
            .expect("a text takes every line");
        }
        page
    }
}

/// What the page of documentation begins with.
const PAGE_HEAD: &str = "\
# Dated service changes

What Entra ID does with a row, and what the default rules of the sync client are, depends on the date.
dirsim knows the changes below. `asOf` of a scenario, or `--as-of` of `dirsim init` and `dirsim run`,
selects those that had taken effect by a date; without it all of them hold. The simulated clock never
selects. Single changes are switched with `serviceChanges: {id: off}` in a scenario and `--change id=off`
on the command line.

    dirsim run my.yaml --as-of 2026-05-01,2026-11-01

plays a scenario on both dates, shows the first step at which the results part, and names the change
behind it. On a date within a roll-out a tenant may show either behavior; `dirsim run --as-of` plays both.

This page is made from `config/service-changes.yaml`.
";

impl AsOf {
    /// The changes that had taken effect by a date.
    pub const fn date(date: Timestamp) -> Self {
        Self { date: Some(date), switched: Vec::new() }
    }

    /// Returns whether a change holds, by its id.
    ///
    /// This is the question to ask before behavior that has a date: `as_of.holds("sync-api-v2")`. An
    /// id that the list does not have does not hold.
    pub fn holds(&self, id: &str) -> bool {
        let switched = self.switched.iter().rev().find(|(name, _)| name.eq_ignore_ascii_case(id));
        match (switched, service_changes().find(id)) {
            (Some((_, on)), Some(_)) => *on,
            (None, Some(change)) => self.date.is_none_or(|date| change.holds_by(date)),
            (_, None) => false,
        }
    }

    /// Switches a change, whatever the date says.
    #[must_use]
    pub fn with(mut self, id: &str, on: bool) -> Self {
        self.switched.retain(|(name, _)| !name.eq_ignore_ascii_case(id));
        self.switched.push((id.to_owned(), on));
        self
    }

    /// Reads a switch as the command line writes it: `id=on` or `id=off`.
    pub fn parse_switch(text: &str) -> Result<(String, bool), AsOfError> {
        let (id, value) = text.split_once('=').unwrap_or((text, ""));
        let change = service_changes().named(id)?;
        let on = match value.trim().to_lowercase().as_str() {
            "on" | "true" => true,
            "off" | "false" => false,
            _ => {
                let id = change.id.clone();
                return Err(AsOfError::NoSwitch { text: text.to_owned(), id });
            }
        };
        Ok((change.id.clone(), on))
    }

    /// Returns the ids of the changes that hold, in the order of the list.
    pub fn held(&self) -> Vec<&'static str> {
        let ids = service_changes().changes.iter().map(|change| change.id.as_str());
        ids.filter(|id| self.holds(id)).collect()
    }
}

impl std::fmt::Display for AsOf {
    /// Writes the date and the switches: `2026-05-01 with sync-api-v2 off`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.date {
            Some(date) if date.0 % DAY_MS == 0 => {
                write!(f, "{}", date.chrono().format("%Y-%m-%d"))?;
            }
            Some(date) => write!(f, "{date}")?,
            None => f.write_str("today")?,
        }
        for (number, (id, on)) in self.switched.iter().enumerate() {
            let join = if number == 0 { " with" } else { "," };
            write!(f, "{join} {id} {}", if *on { "on" } else { "off" })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn as_of(text: &str) -> AsOf {
        AsOf::date(service_changes().date(text).unwrap())
    }

    /// ET-001, D3: a date selects, a switch overrides it, the default has everything.
    #[test]
    fn a_date_selects_and_a_switch_overrides() {
        let id = "hard-match-privileged-role";
        assert!(AsOf::default().holds(id));
        assert!(!as_of("2026-05-31").holds(id));
        assert!(as_of("2026-06-01").holds(id));
        assert!(as_of("p2018").with(id, true).holds(id));
        assert!(!AsOf::default().with(id, true).with(id, false).holds(id));
        assert!(!AsOf::default().holds("no-such-change"));
        let text = as_of("p2018").with(id, true).to_string();
        assert_eq!(text, "2018-06-01 with hard-match-privileged-role on");
    }

    /// ET-176: a reading without a date holds always, and can be switched.
    #[test]
    fn a_reading_holds_on_every_date() {
        assert!(as_of("p2015").holds("orphan-proxy-check"));
        assert!(!as_of("p2015").with("orphan-proxy-check", false).holds("orphan-proxy-check"));
    }

    /// The dates of section 9.5 of the interfaces: a window begins with the change and ends behind
    /// its last day.
    #[test]
    fn a_roll_out_ends_behind_its_last_day() {
        let change = service_changes().find("object-identifier-locked").unwrap();
        let rolling = |text: &str| change.is_rolling_out(text.parse().unwrap());
        assert!(!rolling("2026-06-30") && rolling("2026-07-01"));
        assert!(rolling("2026-09-30") && !rolling("2026-10-01"));
        assert_eq!(change.since(), "2026-07-01 to 2026-09-30");
    }

    #[test]
    fn mistakes_name_what_was_meant() {
        let text = |error: AsOfError| error.to_string();
        assert_eq!(
            text(service_changes().date("p2017").unwrap_err()),
            "`p2017` is neither a date nor a profile; write 2026-11-01, or one of p2015, p2018, p2025, p2026"
        );
        assert_eq!(
            text(AsOf::parse_switch("sync-api-v3=on").unwrap_err()),
            "no service change is called `sync-api-v3`; did you mean `sync-api-v2`?"
        );
        assert_eq!(
            text(AsOf::parse_switch("sync-api-v2").unwrap_err()),
            "`sync-api-v2` does not say on or off; write sync-api-v2=on or sync-api-v2=off"
        );
        assert_eq!(AsOf::parse_switch("Sync-Api-V2=OFF"), Ok(("sync-api-v2".to_owned(), false)));
    }

    /// Ids are unique, rules are cited, windows do not end before they begin.
    #[test]
    fn the_list_is_well_formed() {
        let changes = &service_changes().changes;
        let ids: std::collections::BTreeSet<&str> = changes.iter().map(|c| c.id.as_str()).collect();
        assert_eq!(ids.len(), changes.len());
        for change in changes {
            assert!(!change.rules.is_empty(), "{} cites no rule", change.id);
            assert!(change.complete.is_none_or(|end| change.from.is_some_and(|from| from < end)));
            for text in [&change.title, &change.before, &change.effect, &change.source] {
                assert!(!text.is_empty() && !text.ends_with('.'), "{}: {text}", change.id);
            }
        }
    }
}
