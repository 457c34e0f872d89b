//! Remarks about files that can be read but do not say everything (`interfaces.md` 14).

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use crate::error::Place;

/// How much a remark matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Good to know.
    Info,
    /// Some verdicts become undecidable.
    Warning,
    /// Stops the load unless the user allows the code.
    Error,
}

/// Declares the closed list of codes: variant, code, level, and the question that stays open.
macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $code:literal, $level:ident, $open:expr;)*) => {
        /// The kinds of remarks that readers make.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum LintCode { $($(#[doc = $doc])+ $variant,)* }

        impl LintCode {
            /// All codes.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Returns the code as users write it, `graph-truncated` for instance.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// Returns how much it matters.
            pub const fn level(self) -> Level {
                match self { $(Self::$variant => Level::$level,)* }
            }

            /// Returns the question that the file leaves open.
            pub const fn open_question(self) -> Option<&'static str> {
                match self { $(Self::$variant => $open,)* }
            }
        }
    };
}

codes! {
    /// A literal `?` where a name looks as if it had held a letter outside ASCII.
    EncLossy = "enc-lossy", Warning, Some("what the names really are");
    /// Day and month of a date cannot be told apart.
    DateCulture = "date-culture", Warning, Some("when it happened");
    /// Text such as a type name or a joined list where a structure is expected.
    JsonDepth = "json-depth", Warning, Some("what the collapsed values were");
    /// A list was cut by `;range=`.
    LdifRange = "ldif-range", Error, Some("who else is in the list");
    /// Lines in an odd order.
    LdifOrder = "ldif-order", Info, None;
    /// A value lies outside the file.
    LdifUrl = "ldif-url", Error, Some("what the value is");
    /// Values under a language option.
    LdifLanguage = "ldif-language", Info, None;
    /// Objects of classes that dirsim does not model.
    NotModelled = "not-modelled", Info, None;
    /// References to objects that no file holds.
    UnknownTarget = "unknown-target", Warning, Some("who the missing members and managers are");
    /// AD objects with neither objectGUID nor mS-DS-ConsistencyGuid.
    NoObjectGuid = "no-objectguid", Error, Some("which cloud object is matched by anchor");
    /// A type name where a list of an AD object should stand.
    CsvCollectionTypename = "csv-collection-typename", Error, Some("which addresses an object has");
    /// A type name where bytes should stand.
    CsvBytesTypename = "csv-bytes-typename", Error, Some("which cloud object is matched by anchor");
    /// A type name where a list of a cloud object should stand.
    CsvArrayTypename = "csv-array-typename", Error, Some("which addresses an object has");
    /// A column that a verdict needs and that is not there.
    CsvMissingColumn = "csv-missing-column", Warning, Some("who is matched by address");
    /// A list that ends with a link to its next page.
    GraphTruncated = "graph-truncated", Error, Some("whether an object exists in the tenant");
    /// Users without onPremisesImmutableId in the whole file: it was not asked for.
    GraphDefaultSelect = "graph-default-select", Error, Some("which users carry an anchor");
    /// Properties that are null in every record: they were not asked for.
    MgNullEverywhere = "mg-null-everywhere", Error, Some("which users carry an anchor");
    /// Properties that the schema does not list.
    GraphUnknownProperty = "graph-unknown-property", Info, None;
    /// Nested properties that dirsim does not keep.
    GraphIgnoredProperty = "graph-ignored-property", Info, None;
    /// Records of kinds that dirsim does not model.
    GraphIgnoredRecord = "graph-ignored-record", Info, None;
    /// No file names the role holders.
    NoRoles = "no-roles", Warning, Some("whether a match is blocked by an admin role");
    /// No file lists deleted objects.
    NoDeleted = "no-deleted", Warning, Some("whether an anchor waits in the recycle bin");
    /// No file lists the domains.
    NoDomains = "no-domains", Warning, Some("which UPN suffixes are verified");
    /// No file gives the synchronization features.
    NoFeatures = "no-features", Warning, Some("whether soft match and resiliency are on");
    /// AD export and tenant export are far apart in time.
    Stale = "stale", Warning, Some("what changed in between");
}

impl fmt::Display for LintCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for LintCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl std::str::FromStr for LintCode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.iter().copied().find(|code| code.code() == text).ok_or_else(|| {
            let known: Vec<&str> = Self::ALL.iter().map(|code| code.code()).collect();
            format!("unknown lint code `{text}`; known are {}", known.join(", "))
        })
    }
}

/// A remark about a file, or about all of them together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lint {
    /// What kind of remark.
    pub code: LintCode,
    /// The first place it is about; `None` when it is about what no file says.
    pub place: Option<Place>,
    /// How often it was met.
    pub count: u64,
    /// What was found, and what to do about it.
    pub message: String,
    /// The attributes concerned, sorted.
    pub attributes: Vec<String>,
}

impl Lint {
    /// Returns how much it matters.
    pub const fn level(&self) -> Level {
        self.code.level()
    }
}

impl fmt::Display for Lint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = match self.level() {
            Level::Info => "info",
            Level::Warning => "warning",
            Level::Error => "error",
        };
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        write!(f, "{level} {}: {}", self.code, self.message)?;
        if self.count > 1 {
            write!(f, " ({} times)", self.count)?;
        }
        if !self.attributes.is_empty() {
            write!(f, "; attributes: {}", self.attributes.join(", "))?;
        }
        if let Some(question) = self.code.open_question() {
            write!(f, "; leaves open {question}")?;
        }
        Ok(())
    }
}

/// Returns the remarks that stop a load: those of level error whose code is not allowed.
pub fn refused<'a>(lints: &'a [Lint], allowed: &BTreeSet<LintCode>) -> Vec<&'a Lint> {
    lints
        .iter()
        .filter(|lint| lint.level() == Level::Error && !allowed.contains(&lint.code))
        .collect()
}

/// Returns the remark that two exports lie more than `hours` apart; both are the newest change
/// that the exports hold.
pub fn stale(
    forest: dirsim_model::Timestamp,
    tenant: dirsim_model::Timestamp,
    hours: u32,
) -> Option<Lint> {
    let apart_ms = (forest - tenant).unsigned_abs();
    (apart_ms > u64::from(hours) * dirsim_model::time::HOUR_MS.unsigned_abs()).then(|| Lint {
        code: LintCode::Stale,
        place: None,
        count: 1,
        message: format!(
            "the newest change of the AD export is {forest}, of the tenant export {tenant}; export both again, close together"
        ),
        attributes: vec!["onPremisesLastSyncDateTime".into(), "whenChanged".into()],
    })
}

/// Counts remarks of one kind and remembers the first place.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    entries: Vec<TallyEntry>,
}

#[derive(Debug)]
struct TallyEntry {
    code: LintCode,
    file: Arc<str>,
    line: u32,
    count: u64,
    attributes: BTreeSet<String>,
    message: String,
}

/// Most attribute names that one remark lists.
const NAMES_MAX: usize = 50;

impl Tally {
    /// Counts one more; the message of the first one stays.
    pub(crate) fn count(
        &mut self,
        code: LintCode,
        file: &Arc<str>,
        line: u32,
        attribute: Option<&str>,
        message: impl FnOnce() -> String,
    ) {
        let known = self.entries.iter_mut().find(|e| e.code == code && Arc::ptr_eq(&e.file, file));
        let entry = if let Some(entry) = known {
            entry.count += 1;
            entry
        } else {
            self.entries.push(TallyEntry {
                code,
                file: Arc::clone(file),
                line,
                count: 1,
                attributes: BTreeSet::new(),
                message: message(),
            });
            self.entries.last_mut().expect("an entry was just added")
        };
        if let Some(name) = attribute
            && entry.attributes.len() < NAMES_MAX
            && !entry.attributes.contains(name)
        {
            entry.attributes.insert(name.to_owned());
        }
    }

    /// Returns the remarks in the order they were first met.
    pub(crate) fn finish(self) -> Vec<Lint> {
        self.entries
            .into_iter()
            .map(|entry| Lint {
                code: entry.code,
                place: Some(Place { file: entry.file, line: entry.line }),
                count: entry.count,
                message: entry.message,
                attributes: entry.attributes.into_iter().collect(),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dirsim_model::Timestamp;

    #[test]
    fn codes_read_back() {
        for code in LintCode::ALL {
            assert_eq!(code.code().parse(), Ok(*code));
        }
        assert!("nonsense".parse::<LintCode>().unwrap_err().contains("graph-truncated"));
    }

    #[test]
    fn exports_of_different_days_are_stale() {
        let monday = Timestamp(0);
        assert_eq!(stale(monday, monday + dirsim_model::time::HOUR_MS, 24), None);
        assert!(stale(monday, monday + 2 * dirsim_model::time::DAY_MS, 24).is_some());
    }

    #[test]
    fn an_allowed_code_does_not_stop_a_load() {
        let lint = Lint {
            code: LintCode::LdifRange,
            place: None,
            count: 2,
            message: "the list was cut".into(),
            attributes: vec!["member".into()],
        };
        assert_eq!(refused(std::slice::from_ref(&lint), &BTreeSet::new()), [&lint]);
        assert!(refused(std::slice::from_ref(&lint), &[LintCode::LdifRange].into()).is_empty());
        assert_eq!(
            lint.to_string(),
            "error ldif-range: the list was cut (2 times); attributes: member; leaves open who else is in the list"
        );
    }
}
