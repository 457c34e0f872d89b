//! What Microsoft Graph and its PowerShell modules export, as JSON (`interfaces.md` 3).
//!
//! A file may hold pages, arrays, single records or one record per line, of any kind; each record
//! tells its kind by its content. Read the modules in the order of the work: `json`, `kind`,
//! `object`, `typed`, `tenant`. [`mod@write`] is the way back.

mod json;
mod kind;
mod object;
mod tenant;
mod typed;
pub mod write;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use dirsim_model::attribute::well_known;
use dirsim_model::{AttributeId, Guid, Schema, Timestamp, Value};
use dirsim_tenant::{NewTenant, NewTenantObject, TenantType};

use crate::SourceFile;
use crate::encoding::{TextEncoding, decode};
use crate::error::{ERRORS_MAX, FormatErrors, Place, Problems, line_and_column};
use crate::identity::Claims;
use crate::lint::{Lint, LintCode, Tally};

use json::{Json, Node, Parser, Visitor};
use kind::RecordKind;
use object::Properties;
use tenant::Aspect;

/// How to read tenant exports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GraphOptions {
    /// How the files were written.
    pub encoding: TextEncoding,
}

/// A tenant as its exports describe it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadedTenant {
    /// The tenant itself: domains and features.
    pub new: NewTenant,
    /// The objects, in the order of the files. A deleted user has the UPN it had before (ET-174).
    pub objects: Vec<NewTenantObject>,
    /// Where each object of `objects` stands.
    pub places: Vec<Place>,
    /// Attribute names that were new to the schema, in the order they were added to it.
    pub names: Vec<String>,
    /// Records that are not in `objects`, counted by kind; domains, roles and features are not
    /// among them.
    pub left_out: BTreeMap<String, u64>,
    /// The newest onPremisesLastSyncDateTime; `None` when no object has one.
    pub newest: Option<Timestamp>,
    /// Remarks.
    pub lints: Vec<Lint>,
}

/// Reads the exports of one tenant, in any number of files and any order.
///
/// `schema` learns the property names that the files bring; it stays as it is when the files are
/// refused.
pub fn read_tenant(
    files: &[SourceFile<'_>],
    schema: &mut Schema,
    options: &GraphOptions,
) -> Result<LoadedTenant, FormatErrors> {
    let mut learning = schema.clone();
    let known_names = learning.added_names().len();
    let mut reader = Reader::new(&mut learning);
    for file in files {
        reader.read(file, *options);
    }
    let (mut loaded, problems) = reader.finish(files);
    problems.finish()?;
    let added = learning.added_names().get(known_names..).unwrap_or_default();
    loaded.names = added.iter().map(ToString::to_string).collect();
    *schema = learning;
    Ok(loaded)
}

/// Properties without which no verdict on users can be had.
const ON_PREMISES: [&str; 3] = ["onPremisesImmutableId", "onPremisesSyncEnabled", "proxyAddresses"];

/// What the users of one file say about [`ON_PREMISES`].
#[derive(Debug, Default)]
struct Asked {
    users: u64,
    first_line: u32,
    pascal_case: bool,
    present: [bool; ON_PREMISES.len()],
    with_value: [bool; ON_PREMISES.len()],
}

/// The state of a load.
struct Reader<'s> {
    schema: &'s mut Schema,
    properties: Properties,
    problems: Problems,
    tally: Tally,
    facts: tenant::Facts,
    objects: Vec<NewTenantObject>,
    places: Vec<Place>,
    left_out: BTreeMap<String, u64>,
    asked: Asked,
    newest: Option<Timestamp>,
}

/// Hands the records of one text to a [`Reader`], with their lines.
struct FileReader<'r, 's, 'a> {
    reader: &'r mut Reader<'s>,
    text: &'a str,
    counted_to: usize,
    line: u32,
}

impl<'a> Visitor<'a> for FileReader<'_, '_, 'a> {
    fn record(&mut self, node: Node<'a>, page: Option<&str>) {
        let line = self.line_of(node.at);
        if matches!(node.value, Json::Object(_)) {
            self.reader.record(&node, page, line, self.text);
        } else {
            let (line, column) = line_and_column(self.text, node.at);
            self.reader.problems.note(
                line,
                column,
                "the record is no object in braces",
                "a tenant export is a list of objects, a page of Graph, or one object per line",
            );
        }
    }

    fn page_end(&mut self, at: usize, members: &[(Cow<'a, str>, Node<'a>)]) {
        // Pages may lie in a list; their lines are counted from the beginning.
        let (line, _) = line_and_column(self.text, at);
        for (key, node) in members {
            let Some(text) = node.as_text() else { continue };
            if key.eq_ignore_ascii_case("@odata.nextLink") {
                let file = self.reader.problems.file();
                self.reader.tally.count(LintCode::GraphTruncated, &file, line, None, || {
                    "the list goes on at `@odata.nextLink`; follow the link to the end and put all pages into the export".to_owned()
                });
            } else if key.eq_ignore_ascii_case("@odata.context") {
                let spoken_of = &mut self.reader.facts.spoken_of;
                if text.contains("deletedItems") {
                    spoken_of.insert(Aspect::Deleted);
                }
                if text.contains("irectoryRoles") || text.contains("roleAssignment") {
                    spoken_of.insert(Aspect::Roles);
                }
            }
        }
    }

    fn go_on(&self) -> bool {
        !self.reader.problems.is_full()
    }
}

impl FileReader<'_, '_, '_> {
    /// Returns the line of an offset; cheap when offsets come in order.
    fn line_of(&mut self, at: usize) -> u32 {
        if let Some(between) = self.text.as_bytes().get(self.counted_to..at) {
            let more = memchr::memchr_iter(b'\n', between).count();
            self.line = self.line.saturating_add(u32::try_from(more).unwrap_or(u32::MAX));
            self.counted_to = at;
        }
        self.line
    }
}

impl<'s> Reader<'s> {
    fn new(schema: &'s mut Schema) -> Self {
        Self {
            schema,
            properties: Properties::default(),
            problems: Problems::new(),
            tally: Tally::default(),
            facts: tenant::Facts::default(),
            objects: Vec::new(),
            places: Vec::new(),
            left_out: BTreeMap::new(),
            asked: Asked::default(),
            newest: None,
        }
    }

    fn read(&mut self, file: &SourceFile<'_>, options: GraphOptions) {
        self.problems.open(file.name);
        let text = match decode(file.bytes, options.encoding) {
            Ok(text) => text,
            Err(error) => {
                self.problems.note(error.line, 1, error.reason, error.help);
                return;
            }
        };
        if text.trim_ascii().is_empty() {
            let help = "save the answer of Graph, or the output of `ConvertTo-Json`";
            self.problems.note(1, 1, "the file is empty", help);
            return;
        }
        self.asked = Asked::default();
        let mut visitor = FileReader { reader: self, text: &text, counted_to: 0, line: 1 };
        let errors = Parser::new(&text).walk(&mut visitor, ERRORS_MAX);
        for error in errors {
            let (line, column) = line_and_column(&text, error.at);
            self.problems.note(line, column, error.reason, error.help);
        }
        self.report_unasked();
    }

    fn record(&mut self, node: &Node<'_>, page: Option<&str>, line: u32, text: &str) {
        match RecordKind::of(node, page) {
            RecordKind::Object(kind) => self.object(kind, node, line, text),
            RecordKind::Domain => self.facts.domain(node),
            RecordKind::Organization => self.facts.organization(node),
            RecordKind::Features => self.facts.features(node),
            RecordKind::Role => self.facts.role(node),
            RecordKind::Assignment(eligible) => self.facts.assignment(node, eligible),
            RecordKind::Other(name) => {
                let file = self.problems.file();
                self.tally.count(LintCode::GraphIgnoredRecord, &file, line, None, || {
                    format!("records that dirsim does not model were left out, the first of kind `{name}`")
                });
                *self.left_out.entry(name).or_default() += 1;
            }
        }
    }

    /// Notes what a user says about the properties that matter most.
    fn note_asked(&mut self, node: &Node<'_>, line: u32) {
        let Json::Object(members) = &node.value else { return };
        let asked = &mut self.asked;
        if asked.users == 0 {
            asked.first_line = line;
        }
        asked.users += 1;
        for (key, member) in members {
            asked.pascal_case |= key == "UserPrincipalName";
            if let Some(at) = ON_PREMISES.iter().position(|name| key.eq_ignore_ascii_case(name)) {
                // Both arrays have one place for each name of the list.
                if let Some(present) = asked.present.get_mut(at) {
                    *present = true;
                }
                if let Some(with_value) = asked.with_value.get_mut(at) {
                    *with_value |= member.value != Json::Null;
                }
            }
        }
    }

    /// Reports the properties that the export of users did not ask for.
    fn report_unasked(&mut self) {
        let asked = std::mem::take(&mut self.asked);
        if asked.users == 0 {
            return;
        }
        let file: Arc<str> = self.problems.file();
        for ((name, present), with_value) in
            ON_PREMISES.iter().zip(asked.present).zip(asked.with_value)
        {
            let line = asked.first_line;
            if !present {
                self.tally.count(LintCode::GraphDefaultSelect, &file, line, Some(name), || {
                    "no user has these properties: they were not asked for; export with $select, or with -Property".to_owned()
                });
            } else if !with_value && asked.pascal_case {
                self.tally.count(LintCode::MgNullEverywhere, &file, line, Some(name), || {
                    "these properties are null in every user, as they are when Get-MgUser was not asked for them; export with -Property".to_owned()
                });
            }
        }
    }

    fn finish(mut self, files: &[SourceFile<'_>]) -> (LoadedTenant, Problems) {
        self.report_contradictions();
        for object in &mut self.objects {
            let upn = upn_of(object).map(str::to_owned);
            self.facts.assign(object, upn.as_deref());
        }
        if self.problems.is_empty()
            && self.objects.is_empty()
            && !self.facts.spoken_of.contains(&Aspect::Domains)
        {
            self.problems.open(files.first().map_or("", |file| file.name));
            self.problems.note(
                1,
                1,
                "no object and no domain of a tenant",
                "export users and groups, for instance with `Get-MgUser -All -Property … | ConvertTo-Json -Depth 4`",
            );
        }
        let mut lints = self.tally.finish();
        let spoken_of = self.facts.spoken_of.clone();
        let (new, assumed) = self.facts.tenant();
        for (aspect, code, message) in [
            (Aspect::Domains, LintCode::NoDomains, "no file lists the domains; add `GET /domains`"),
            (
                Aspect::Features,
                LintCode::NoFeatures,
                "no file gives the synchronization features; add `GET /directory/onPremisesSynchronization`",
            ),
            (
                Aspect::Roles,
                LintCode::NoRoles,
                "no file names the role holders; add `GET /directoryRoles?$expand=members`",
            ),
            (
                Aspect::Deleted,
                LintCode::NoDeleted,
                "no file lists deleted users; add `GET /directory/deletedItems/microsoft.graph.user`",
            ),
        ] {
            if !spoken_of.contains(&aspect) {
                let mut message = message.to_owned();
                if code == LintCode::NoDomains && assumed {
                    let _ = write!(
                        message,
                        "; `{}` is assumed to be the initial domain",
                        new.initial_domain
                    );
                }
                lints.push(Lint { code, place: None, count: 1, message, attributes: Vec::new() });
            }
        }
        let loaded = LoadedTenant {
            new,
            objects: self.objects,
            places: self.places,
            names: Vec::new(),
            left_out: self.left_out,
            newest: self.newest,
            lints,
        };
        (loaded, self.problems)
    }

    /// Reports objects with one id, and active users with one UPN.
    fn report_contradictions(&mut self) {
        let (mut ids, mut upns) = (Claims::default(), Claims::default());
        for (at, object) in self.objects.iter().enumerate() {
            if let Some(id) = object.id {
                ids.add(id.as_bytes(), at);
            }
            if let Some(upn) = upn_of(object)
                && object.deleted.is_none()
            {
                upns.add(upn.to_ascii_lowercase().as_bytes(), at);
            }
        }
        let objects = &self.objects;
        let id = |at: usize| -> Option<Guid> { objects.get(at)?.id };
        let upn = |at: usize| objects.get(at).and_then(upn_of);
        let same_upn = |a: usize, b: usize| match (upn(a), upn(b)) {
            (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
            _ => false,
        };
        let place = |at: usize| self.places.get(at).cloned();
        let twice = ids.contested(|a, b| id(a) == id(b));
        for &(first, second) in &twice {
            let (Some(one), Some(two)) = (place(first), place(second)) else { continue };
            let text = id(second).map(|id| id.to_string()).unwrap_or_default();
            let reason = format!("the object {text} is already at {one}");
            let help = "an object stands twice in a file, or two files overlap; keep one of them";
            self.problems.clash(&one, &two, reason, help);
        }
        for (first, second) in upns.contested(same_upn) {
            // One object twice is one mistake.
            if twice.iter().any(|(_, again)| *again == second) {
                continue;
            }
            let (Some(one), Some(two)) = (place(first), place(second)) else { continue };
            let text = upn(second).unwrap_or_default();
            let reason = format!("userPrincipalName `{text}` belongs to another user at {one}");
            let help = "a tenant gives a name to one active user only; the export mixes two tenants or two times";
            self.problems.clash(&one, &two, reason, help);
        }
    }
}

/// Returns the UPN of a user.
fn upn_of(object: &NewTenantObject) -> Option<&str> {
    (object.kind == TenantType::User)
        .then(|| text_of(object, well_known::USER_PRINCIPAL_NAME))
        .flatten()
}

/// Returns the first value of an attribute when it is text.
fn text_of(object: &NewTenantObject, attribute: AttributeId) -> Option<&str> {
    let (_, values) = object.attributes.iter().find(|(id, _)| *id == attribute)?;
    match values.first()? {
        Value::Text(text) => Some(text),
        _ => None,
    }
}
