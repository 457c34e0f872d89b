//! LDIF as `ldifde` and `ldapsearch` write it (`interfaces.md` 2.1, RFC 2849).
//!
//! Read the modules in the order of the work: `lines`, `record`, `typed`, `facts`. [`mod@write`] is the
//! way back.

mod facts;
mod lines;
mod record;
mod typed;
pub mod write;

use std::collections::{BTreeMap, BTreeSet};

use dirsim_forest::{NewForest, NewObject};
use dirsim_model::attribute::well_known;
use dirsim_model::schema::class;
use dirsim_model::{AttributeId, ClassId, Dn, Schema, Timestamp, Value};
use xxhash_rust::xxh3::xxh3_64;

use crate::SourceFile;
use crate::encoding::{TextEncoding, decode};
use crate::error::{FormatErrors, Place, Problems};
use crate::identity::Claims;
use crate::lint::{Lint, LintCode, Tally};

use facts::Facts;
use lines::Records;
use record::Columns;

/// Largest value in bytes.
pub const VALUE_MAX: usize = 16 << 20;

/// Classes of a forest that dirsim models, the more specific of two related ones first (SR-003).
pub const CLASSES: &[ClassId] = &[
    class::INET_ORG_PERSON,
    class::COMPUTER,
    class::USER,
    class::GROUP,
    class::CONTACT,
    class::FOREIGN_SECURITY_PRINCIPAL,
    class::MSDS_DEVICE,
    class::DOMAIN,
    class::ORGANIZATIONAL_UNIT,
    class::CONTAINER,
];

/// How to read LDIF files.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LdifOptions {
    /// How the files were written.
    pub encoding: TextEncoding,
    /// Errors that are remarks instead: [`LintCode::LdifUrl`] leaves such values out.
    pub allow: BTreeSet<LintCode>,
}

/// A forest as its exports describe it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadedForest {
    /// The forest itself: root domain, SID, UPN suffixes, further domains.
    pub new: NewForest,
    /// The objects, in the order of the files.
    pub objects: Vec<NewObject>,
    /// Where each object of `objects` stands.
    pub places: Vec<Place>,
    /// Attribute names that were new to the schema, in the order they were added to it.
    pub names: Vec<String>,
    /// Objects that are not in `objects`, counted by class or reason.
    pub left_out: BTreeMap<String, u64>,
    /// Values of back-links that were ignored: they follow from the forward links (SE-047).
    pub back_links: u64,
    /// The newest whenChanged; `None` when no object has one.
    pub newest: Option<Timestamp>,
    /// Remarks.
    pub lints: Vec<Lint>,
}

/// Reads the exports of one forest, one file or several.
///
/// `schema` learns the attribute names that the files bring; it stays as it is when the files are
/// refused.
pub fn read_forest(
    files: &[SourceFile<'_>],
    schema: &mut Schema,
    options: &LdifOptions,
) -> Result<LoadedForest, FormatErrors> {
    let mut learning = schema.clone();
    let known_names = learning.added_names().len();
    let mut reader = Reader::new(&mut learning, options);
    for file in files {
        reader.read(file);
    }
    let (mut loaded, problems) = reader.finish(files);
    problems.finish()?;
    let added = learning.added_names().get(known_names..).unwrap_or_default();
    loaded.names = added.iter().map(ToString::to_string).collect();
    *schema = learning;
    Ok(loaded)
}

/// The state of a load.
struct Reader<'s> {
    schema: &'s mut Schema,
    options: &'s LdifOptions,
    columns: Columns,
    problems: Problems,
    tally: Tally,
    facts: Facts,
    objects: Vec<NewObject>,
    places: Vec<Place>,
    left_out: BTreeMap<String, u64>,
    first_left_out: Option<Place>,
    back_links: u64,
    newest: Option<String>,
    lossy: Option<(u32, String)>,
    not_ascii: bool,
}

impl<'s> Reader<'s> {
    fn new(schema: &'s mut Schema, options: &'s LdifOptions) -> Self {
        Self {
            schema,
            options,
            columns: Columns::default(),
            problems: Problems::new(),
            tally: Tally::default(),
            facts: Facts::default(),
            objects: Vec::new(),
            places: Vec::new(),
            left_out: BTreeMap::new(),
            first_left_out: None,
            back_links: 0,
            newest: None,
            lossy: None,
            not_ascii: false,
        }
    }

    fn read(&mut self, file: &SourceFile<'_>) {
        self.problems.open(file.name);
        let text = match decode(file.bytes, self.options.encoding) {
            Ok(text) => text,
            Err(error) => {
                self.problems.note(error.line, 1, error.reason, error.help);
                return;
            }
        };
        self.lossy = None;
        self.not_ascii = !text.is_ascii();
        let mut records = Records::new(&text);
        let mut lines = Vec::new();
        let mut first = true;
        while !self.problems.is_full() && records.next_into(&mut lines) {
            self.record(&lines, first);
            first = false;
        }
        if let Some((line, name)) = self.lossy.take()
            && !self.not_ascii
        {
            let file = self.problems.file();
            self.tally.count(LintCode::EncLossy, &file, line, Some(&name), || {
                "a name holds `?` and the file has no letter outside ASCII: such letters were lost when it was written; export again with ldifde -u".to_owned()
            });
        }
    }

    /// Counts an object that is not loaded.
    fn leave_out(&mut self, line: u32, what: &str) {
        let place = Place { file: self.problems.file(), line };
        self.first_left_out.get_or_insert(place);
        if let Some(count) = self.left_out.get_mut(what) {
            *count += 1;
        } else {
            self.left_out.insert(what.to_owned(), 1);
        }
    }

    fn finish(mut self, files: &[SourceFile<'_>]) -> (LoadedForest, Problems) {
        self.report_contradictions();
        let mut lints = std::mem::take(&mut self.tally).finish();
        if !self.left_out.is_empty() {
            let parts: Vec<String> =
                self.left_out.iter().map(|(what, count)| format!("{what} {count}")).collect();
            lints.push(Lint {
                code: LintCode::NotModelled,
                place: self.first_left_out,
                count: self.left_out.values().sum(),
                message: format!(
                    "objects that dirsim does not model were left out: {}",
                    parts.join(", ")
                ),
                attributes: Vec::new(),
            });
        }
        let forest = self.facts.forest();
        if forest.is_none() && self.problems.is_empty() {
            self.problems.open(files.first().map_or("", |file| file.name));
            self.problems.note(
                1,
                1,
                "no object that dirsim models",
                "export users, groups, contacts, computers and organizational units of a domain, for instance with ldifde -f ad.ldf -u",
            );
        }
        let loaded = LoadedForest {
            new: forest.unwrap_or_else(|| NewForest {
                name: String::new(),
                netbios: None,
                sid: None,
                recycle_bin: true,
                tombstone_lifetime_days: 180,
                upn_suffixes: Vec::new(),
                child_domains: Vec::new(),
            }),
            objects: self.objects,
            places: self.places,
            names: Vec::new(),
            left_out: self.left_out,
            back_links: self.back_links,
            newest: self.newest.as_deref().and_then(Timestamp::from_generalized),
            lints,
        };
        (loaded, self.problems)
    }

    /// Reports objects with one name or one identifier (SE-041).
    fn report_contradictions(&mut self) {
        let objects = &self.objects;
        for identity in Identity::ALL {
            let mut claims = Claims::default();
            for (at, object) in objects.iter().enumerate() {
                if let Some(key) = identity.key(object) {
                    claims.add(&key, at);
                }
            }
            let key = |at: usize| objects.get(at).and_then(|object| identity.key(object));
            for (first, second) in claims.contested(|a, b| key(a) == key(b)) {
                let (Some(one), Some(two)) = (objects.get(first), objects.get(second)) else {
                    continue;
                };
                // An object that stands twice is one mistake, not five.
                if identity != Identity::Name && one.dn.key() == two.dn.key() {
                    continue;
                }
                let (Some(at), Some(again)) = (self.places.get(first), self.places.get(second))
                else {
                    continue;
                };
                let (reason, help) = identity.contradiction(one, two, at);
                self.problems.clash(at, again, reason, help);
            }
        }
    }
}

/// What no two objects of a forest share (SE-041).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Identity {
    Name,
    Guid,
    Sid,
    AccountName,
    UserPrincipalName,
}

impl Identity {
    const ALL: [Self; 5] =
        [Self::Name, Self::Guid, Self::Sid, Self::AccountName, Self::UserPrincipalName];

    /// Returns what an object claims, in the form to compare.
    fn key(self, object: &NewObject) -> Option<Vec<u8>> {
        let text = |attribute| text_of(object, attribute).map(str::to_lowercase);
        match self {
            Self::Name => Some(object.dn.key().into_bytes()),
            Self::Guid => object.guid.map(|guid| guid.as_bytes().to_vec()),
            // A foreign security principal carries the SID of the object it stands for.
            Self::Sid => (object.class != class::FOREIGN_SECURITY_PRINCIPAL)
                .then(|| object.sid.as_ref().map(|sid| sid.as_bytes().to_vec()))?,
            _ if is_deleted(object) => None,
            Self::AccountName => {
                let name = text(well_known::SAM_ACCOUNT_NAME)?;
                Some(format!("{}\\{name}", object.dn.domain_fqdn().to_lowercase()).into_bytes())
            }
            Self::UserPrincipalName => Some(text(well_known::USER_PRINCIPAL_NAME)?.into_bytes()),
        }
    }

    /// Returns what is wrong and what to do about it.
    fn contradiction(self, one: &NewObject, two: &NewObject, at: &Place) -> (String, &'static str) {
        let overlap = "an object stands twice in a file, or two files overlap; keep one of them";
        let refused = "the directory refuses a second object with it; the export mixes two forests or two times";
        let (what, value, help) = match self {
            Self::Name => return (format!("`{}` is already at {at}", two.dn), overlap),
            Self::Guid => ("objectGUID", two.guid.map(|guid| guid.to_string()), overlap),
            Self::Sid => ("objectSid", two.sid.as_ref().map(ToString::to_string), refused),
            Self::AccountName => {
                let name = text_of(two, well_known::SAM_ACCOUNT_NAME).map(str::to_owned);
                ("sAMAccountName", name, refused)
            }
            Self::UserPrincipalName => {
                let name = text_of(two, well_known::USER_PRINCIPAL_NAME).map(str::to_owned);
                ("userPrincipalName", name, refused)
            }
        };
        let value = value.unwrap_or_default();
        (format!("{what} `{value}` of `{}` belongs to `{}` at {at}", two.dn, one.dn), help)
    }
}

/// Returns the first value of an attribute when it is text.
fn text_of(object: &NewObject, attribute: AttributeId) -> Option<&str> {
    let (_, values) = object.attributes.iter().find(|(id, _)| *id == attribute)?;
    match values.first()? {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

/// Whether the object lies in the recycle bin.
fn is_deleted(object: &NewObject) -> bool {
    let deleted = Value::Boolean(true);
    object.attributes.iter().any(|(id, v)| *id == well_known::IS_DELETED && v.contains(&deleted))
}

impl LoadedForest {
    /// Returns the references whose targets are not among the objects: the place of the object in
    /// `objects`, the attribute, and the name that leads nowhere.
    ///
    /// Some of them may be there all the same, as every domain is born with some objects.
    pub fn unknown_targets(&self) -> Vec<(usize, AttributeId, Dn)> {
        let mut known: Vec<u64> =
            self.objects.iter().map(|object| xxh3_64(object.dn.key().as_bytes())).collect();
        known.sort_unstable();
        let mut unknown = Vec::new();
        for (at, object) in self.objects.iter().enumerate() {
            for (attribute, targets) in &object.references {
                for target in targets {
                    if known.binary_search(&xxh3_64(target.key().as_bytes())).is_err() {
                        unknown.push((at, *attribute, target.clone()));
                    }
                }
            }
        }
        unknown
    }

    /// Removes references, such as those to objects that nobody exported, and remarks on it.
    pub fn drop_references(&mut self, schema: &Schema, lost: &[(usize, AttributeId, Dn)]) {
        let Some((first, _, _)) = lost.first() else { return };
        for (at, attribute, target) in lost {
            let Some(object) = self.objects.get_mut(*at) else { continue };
            for (id, targets) in &mut object.references {
                if id == attribute {
                    targets.retain(|known| known != target);
                }
            }
            object.references.retain(|(_, targets)| !targets.is_empty());
        }
        let names: BTreeSet<&str> = lost.iter().map(|(_, id, _)| schema.name(*id)).collect();
        self.lints.push(Lint {
            code: LintCode::UnknownTarget,
            place: self.places.get(*first).cloned(),
            count: lost.len() as u64,
            message:
                "references to objects that no file holds were left out; export the whole domain"
                    .to_owned(),
            attributes: names.into_iter().map(str::to_owned).collect(),
        });
    }
}
