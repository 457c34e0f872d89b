//! One record to one object.

use std::borrow::Cow;
use std::collections::BTreeMap;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use dirsim_forest::NewObject;
use dirsim_model::attribute::well_known;
use dirsim_model::schema::class;
use dirsim_model::{AttributeId, ClassId, Dn, Guid, Schema, Sid, Side, Syntax, Value};

use super::facts::{Partition, partition};
use super::lines::Line;
use super::{CLASSES, Reader, VALUE_MAX, typed};
use crate::error::Place;
use crate::lint::LintCode;

/// Base64 with or without padding, as exports and hand-written files have it.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);
/// Most bytes of values of one object.
const OBJECT_MAX: usize = 1 << 30;

/// What the attribute descriptions met so far mean.
#[derive(Debug, Default)]
pub(super) struct Columns(BTreeMap<Box<str>, Column>);

/// What one attribute description, options included, means.
#[derive(Debug, Clone, Copy)]
struct Column {
    purpose: Purpose,
    /// The end of a `;range=` option: `Some(true)` when it is `*`.
    range_complete: Option<bool>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// The objectGUID.
    Guid,
    /// The objectSid.
    Sid,
    /// The list of object classes.
    Class,
    /// A value that follows from elsewhere.
    Derived,
    /// A back-link (SE-047).
    BackLink,
    /// A value in one language.
    Language,
    /// A reference to other objects.
    Reference(AttributeId, bool),
    /// An attribute: syntax, whether the schema lists it, whether it may have several values.
    Value(AttributeId, Syntax, bool, bool),
}

/// A line split at its colon.
struct Pair<'l> {
    line: u32,
    name: &'l str,
    value: Written<'l>,
}

/// A value as it is written.
#[derive(Clone, Copy)]
enum Written<'l> {
    Text(&'l str),
    Base64(&'l str),
    Url(&'l str),
}

/// An object while its lines are read.
#[derive(Default)]
struct Draft {
    guid: Option<Guid>,
    sid: Option<Sid>,
    class: Option<usize>,
    class_names: u32,
    last_class: String,
    attributes: Vec<(AttributeId, Vec<Value>)>,
    references: Vec<(AttributeId, Vec<Dn>)>,
    cut_lists: Vec<(u32, String)>,
    completed_lists: Vec<String>,
    size: usize,
}

impl Columns {
    /// Returns what a description means; `Err` when the schema has no room for its name.
    fn get(&mut self, description: &str, schema: &mut Schema) -> Result<Column, String> {
        if let Some(column) = self.0.get(description) {
            return Ok(*column);
        }
        let column = Column::new(description, schema)?;
        self.0.insert(description.into(), column);
        Ok(column)
    }
}

impl Column {
    fn new(description: &str, schema: &mut Schema) -> Result<Self, String> {
        let mut parts = description.split(';');
        let name = parts.next().unwrap_or_default().trim();
        let (mut language, mut range_complete) = (false, None);
        for option in parts {
            let option = option.trim().to_ascii_lowercase();
            language |= option.starts_with("lang-");
            if let Some(range) = option.strip_prefix("range=") {
                range_complete = Some(range.ends_with("-*"));
            }
        }
        let purpose = if language {
            Purpose::Language
        } else {
            Purpose::of(name, schema).map_err(|error| error.to_string())?
        };
        Ok(Self { purpose, range_complete })
    }
}

impl Purpose {
    fn of(name: &str, schema: &mut Schema) -> Result<Self, dirsim_model::schema::SchemaError> {
        let lower = name.to_ascii_lowercase();
        Ok(match lower.as_str() {
            "objectguid" => Self::Guid,
            "objectsid" => Self::Sid,
            "objectclass" => Self::Class,
            "distinguishedname" | "structuralobjectclass" => Self::Derived,
            "memberof" | "directreports" | "managedobjects" => Self::BackLink,
            // Back-links of the directory are named so by convention.
            _ if schema.attribute(name).map_or(name, |id| schema.name(id)).ends_with("BL") => {
                Self::BackLink
            }
            _ => {
                let attribute = schema.intern(name)?;
                let definition = schema.definition(Side::Forest, attribute);
                let multi = definition.is_none_or(|definition| definition.multi_valued);
                match definition.map(|definition| definition.syntax) {
                    Some(Syntax::Reference) => Self::Reference(attribute, multi),
                    Some(syntax) => Self::Value(attribute, syntax, true, multi),
                    None => Self::Value(attribute, Syntax::Text, false, true),
                }
            }
        })
    }
}

impl Written<'_> {
    /// Returns the bytes of the value.
    fn bytes(&self) -> Result<Cow<'_, [u8]>, typed::Refused> {
        match self {
            Self::Text(text) if text.len() <= VALUE_MAX => Ok(Cow::Borrowed(text.as_bytes())),
            Self::Base64(text) if text.len() / 4 * 3 <= VALUE_MAX => {
                BASE64.decode(text.as_bytes()).map(Cow::Owned).map_err(|error| {
                    let reason = format!("`{}` is not base64: {error}", typed::shown(text));
                    (reason, "two colons announce base64; use one colon in front of plain text")
                })
            }
            Self::Url(url) => Err((
                format!("`{}` lies outside the file", typed::shown(url)),
                "values behind `:<` are not read; put the value itself into the file, or leave it out with --allow ldif-url",
            )),
            Self::Text(_) | Self::Base64(_) => Err((
                "the value is larger than 16 MiB".to_owned(),
                "no attribute of a directory holds as much; leave it out",
            )),
        }
    }
}

impl Reader<'_> {
    /// Reads one record; `first` marks that of the beginning of a file.
    pub(super) fn record(&mut self, lines: &[Line<'_>], first: bool) {
        let mut pairs = Vec::with_capacity(lines.len());
        for line in lines {
            if let Some(pair) = self.split(line) {
                pairs.push(pair);
            }
        }
        let mut pairs = pairs.as_slice();
        if first
            && let Some((head, rest)) = pairs.split_first()
            && head.name.eq_ignore_ascii_case("version")
        {
            pairs = rest;
        }
        let Some((head, body)) = pairs.split_first() else { return };
        if !head.name.eq_ignore_ascii_case("dn") {
            // What ldapsearch writes behind the last entry, and instead of one for a referral.
            let trailers = ["search", "result", "ref", "control", "matchedDN", "text"];
            if !trailers.iter().any(|name| name.eq_ignore_ascii_case(head.name)) {
                self.problems.note(
                    head.line,
                    1,
                    format!("the record begins with `{}` instead of `dn`", typed::shown(head.name)),
                    "a record is a block of lines between empty lines; its first line is the name, `dn: CN=…`",
                );
            }
            return;
        }
        let Some(dn) = self.dn(head) else { return };
        let Some(body) = self.change_type(head, body) else { return };
        let partition = partition(&dn);
        match &partition {
            Partition::Domain(_) => {}
            Partition::Configuration(root) => {
                self.facts.configuration(root);
                self.configuration(&body);
                self.leave_out(head.line, "(configuration partition)");
                return;
            }
            Partition::Application => {
                self.leave_out(head.line, "(application partition)");
                return;
            }
            Partition::None => {
                self.problems.note(
                    head.line,
                    5,
                    format!("`{dn}` does not end in the name of a domain"),
                    "names of Active Directory end in parts like DC=contoso,DC=com",
                );
                return;
            }
        }
        let Partition::Domain(fqdn) = partition else { return };
        let mut draft = Draft::default();
        for pair in body {
            self.attribute(pair, &mut draft);
        }
        self.complete(head.line, dn, &fqdn, draft);
    }

    fn split<'l>(&mut self, line: &'l Line<'_>) -> Option<Pair<'l>> {
        let text: &'l str = &line.text;
        if line.cut {
            self.problems.note(
                line.number,
                1,
                "the line is longer than 23 MiB",
                "no attribute of a directory holds as much; leave it out",
            );
            return None;
        }
        if text == "-" {
            return Some(Pair { line: line.number, name: "-", value: Written::Text("") });
        }
        let split = memchr::memchr(b':', text.as_bytes()).filter(|at| *at > 0);
        let Some((name, value)) = split.and_then(|at| Some((text.get(..at)?, text.get(at + 1..)?)))
        else {
            self.problems.note(
                line.number,
                1,
                format!("`{}` is neither `name: value` nor a continuation", typed::shown(text)),
                "a continued line begins with one space; an empty line ends a record",
            );
            return None;
        };
        let value = if let Some(base64) = value.strip_prefix(':') {
            Written::Base64(base64.trim_matches(' '))
        } else if let Some(url) = value.strip_prefix('<') {
            Written::Url(url.trim_matches(' '))
        } else {
            Written::Text(value.strip_prefix(' ').unwrap_or(value))
        };
        let name = name.trim();
        if name.is_empty() || name.starts_with([';', '#']) {
            self.problems.note(
                line.number,
                1,
                "the line has no attribute name in front of its colon",
                "a line looks like `name: value`",
            );
            return None;
        }
        Some(Pair { line: line.number, name, value })
    }

    fn dn(&mut self, head: &Pair<'_>) -> Option<Dn> {
        let parsed = head.value.bytes().and_then(|bytes| {
            let help = "write a name like CN=Ann Lee,OU=Corp,DC=contoso,DC=com, or its base64 behind `dn::`";
            let text = std::str::from_utf8(&bytes)
                .map_err(|_| ("the name is not UTF-8 text".to_owned(), help))?;
            text.parse::<Dn>().map_err(|error| (error.to_string(), help))
        });
        match parsed {
            Ok(dn) => Some(dn),
            Err((reason, help)) => {
                self.problems.note(head.line, 5, reason, help);
                None
            }
        }
    }

    /// Takes off what stands between the name and the attributes; `None` when the record is no
    /// new object.
    fn change_type<'p, 'l>(
        &mut self,
        head: &Pair<'l>,
        body: &'p [Pair<'l>],
    ) -> Option<Vec<&'p Pair<'l>>> {
        let mut rest = Vec::with_capacity(body.len());
        for pair in body {
            let name = pair.name.split(';').next().unwrap_or_default().trim();
            if name.eq_ignore_ascii_case("changetype") {
                let Written::Text(kind) = pair.value else { return None };
                if !kind.trim().eq_ignore_ascii_case("add") {
                    self.problems.note(
                        pair.line,
                        1,
                        format!("a `{}` record changes an object and cannot be loaded", typed::shown(kind.trim())),
                        "a forest is made of records without changetype or with `changetype: add`; apply changes as steps of a scenario or runbook",
                    );
                    return None;
                }
                if !rest.is_empty() {
                    let file = self.problems.file();
                    self.tally.count(LintCode::LdifOrder, &file, head.line, None, || {
                        "lines stand between dn and changetype".to_owned()
                    });
                }
            } else if !name.eq_ignore_ascii_case("control") {
                rest.push(pair);
            }
        }
        Some(rest)
    }

    /// Takes facts of the forest from an object of the configuration partition.
    fn configuration(&mut self, body: &[&Pair<'_>]) {
        let text = |pair: &Pair<'_>| {
            pair.value.bytes().ok().and_then(|bytes| String::from_utf8(bytes.into_owned()).ok())
        };
        let (mut context, mut netbios) = (None, None);
        for pair in body {
            let Some(value) = text(pair) else { continue };
            self.facts.setting(pair.name, &value);
            if pair.name.eq_ignore_ascii_case("nCName") {
                context = Some(value);
            } else if pair.name.eq_ignore_ascii_case("nETBIOSName") {
                netbios = Some(value);
            }
        }
        if let (Some(context), Some(netbios)) = (context, netbios) {
            self.facts.netbios(&context, &netbios);
        }
    }

    fn attribute(&mut self, pair: &Pair<'_>, draft: &mut Draft) {
        let column = match self.columns.get(pair.name, self.schema) {
            Ok(column) => column,
            Err(reason) => {
                self.problems.note(pair.line, 1, reason, "export fewer attributes with ldifde -l");
                return;
            }
        };
        if let Some(complete) = column.range_complete {
            let name = pair.name.split(';').next().unwrap_or_default().to_owned();
            if complete {
                if !draft.completed_lists.contains(&name) {
                    draft.completed_lists.push(name);
                }
            } else if !draft.cut_lists.iter().any(|(_, known)| *known == name) {
                draft.cut_lists.push((pair.line, name));
            }
        }
        match column.purpose {
            Purpose::Derived => return,
            Purpose::BackLink => {
                self.back_links += 1;
                return;
            }
            Purpose::Language => {
                let file = self.problems.file();
                self.tally.count(LintCode::LdifLanguage, &file, pair.line, Some(pair.name), || {
                    "values with a language option were left out; the value without one counts"
                        .to_owned()
                });
                return;
            }
            _ => {}
        }
        if let Err((reason, help)) = self.value(pair, column.purpose, draft) {
            if matches!(pair.value, Written::Url(_))
                && self.options.allow.contains(&LintCode::LdifUrl)
            {
                let file = self.problems.file();
                self.tally.count(LintCode::LdifUrl, &file, pair.line, Some(pair.name), || reason);
                return;
            }
            let column = u32::try_from(pair.name.chars().count() + 3).unwrap_or(u32::MAX);
            let reason = format!("`{}`: {reason}", typed::shown(pair.name));
            self.problems.note(pair.line, column, reason, help);
        }
    }

    fn value(
        &mut self,
        pair: &Pair<'_>,
        purpose: Purpose,
        draft: &mut Draft,
    ) -> Result<(), typed::Refused> {
        let bytes = pair.value.bytes()?;
        // The directory has no empty values; exports of other directories write them for absent ones.
        if bytes.is_empty() {
            return Ok(());
        }
        draft.size += bytes.len();
        if draft.size > OBJECT_MAX {
            let reason = "the object is larger than 1 GiB".to_owned();
            return Err((reason, "no object of a directory is as large; leave values out"));
        }
        let one = "the directory allows one value; keep one of the lines";
        match purpose {
            Purpose::Guid => draft.guid = Some(typed::guid(&bytes)?),
            Purpose::Sid => draft.sid = Some(typed::sid(&bytes)?),
            Purpose::Class => draft.class_name(&String::from_utf8_lossy(&bytes), self.schema),
            Purpose::Reference(attribute, multi) => {
                let help = "the attribute holds names of objects, like CN=Ann Lee,OU=Corp,DC=contoso,DC=com";
                let dn = std::str::from_utf8(&bytes)
                    .map_err(|_| ("the name is not UTF-8 text".to_owned(), help))?
                    .parse::<Dn>()
                    .map_err(|error| (error.to_string(), help))?;
                let targets = values_of(&mut draft.references, attribute);
                if !multi && !targets.is_empty() {
                    return Err(("there is a value already".to_owned(), one));
                }
                targets.push(dn);
            }
            Purpose::Value(attribute, syntax, known, multi) => {
                let value = typed::value(syntax, known, &bytes)?;
                if let Value::Text(text) = &value {
                    self.look_at(pair, attribute, text);
                }
                let values = values_of(&mut draft.attributes, attribute);
                if !multi && !values.is_empty() {
                    return Err(("there is a value already".to_owned(), one));
                }
                values.push(value);
            }
            Purpose::Derived | Purpose::BackLink | Purpose::Language => {}
        }
        Ok(())
    }

    /// Looks at a text for signs of a lossy export and for the newest change.
    fn look_at(&mut self, pair: &Pair<'_>, attribute: AttributeId, text: &str) {
        match attribute {
            well_known::DISPLAY_NAME | well_known::GIVEN_NAME | well_known::SN | well_known::CN => {
                self.not_ascii |= !text.is_ascii();
                if self.lossy.is_none() && holds_a_lost_letter(text) {
                    self.lossy = Some((pair.line, pair.name.to_owned()));
                }
            }
            well_known::WHEN_CHANGED
                if self.newest.as_deref().is_none_or(|newest| newest < text) =>
            {
                self.newest = Some(text.to_owned());
            }
            _ => {}
        }
    }

    fn complete(&mut self, line: u32, dn: Dn, fqdn: &str, mut draft: Draft) {
        let file = self.problems.file();
        for (line, name) in &draft.cut_lists {
            if !draft.completed_lists.contains(name) {
                self.tally.count(LintCode::LdifRange, &file, *line, Some(name), || {
                    format!("the list of `{dn}` was cut by `;range=`; ask for it in full, or page by page to the end")
                });
            }
        }
        let Some(class) = draft.class.and_then(|at| CLASSES.get(at).copied()) else {
            if draft.class_names == 0 {
                self.problems.note(
                    line,
                    1,
                    format!("`{dn}` has no objectClass"),
                    "ask for objectClass when exporting; it tells users from groups and contacts",
                );
            } else {
                self.leave_out(line, &draft.last_class);
            }
            return;
        };
        let wants_anchor = [class::USER, class::INET_ORG_PERSON, class::GROUP, class::CONTACT];
        let anchored = draft.guid.is_some()
            || draft.attributes.iter().any(|(id, _)| *id == well_known::CONSISTENCY_GUID);
        if wants_anchor.contains(&class) && !anchored {
            self.tally.count(LintCode::NoObjectGuid, &file, line, Some("objectGUID"), || {
                "objects have neither objectGUID nor mS-DS-ConsistencyGuid; export without -m and -n".to_owned()
            });
        }
        self.facts.object(fqdn, is_root(&dn, class), draft.sid.as_ref());
        draft.attributes.shrink_to_fit();
        self.places.push(Place { file, line });
        self.objects.push(NewObject {
            dn,
            class,
            guid: draft.guid,
            sid: draft.sid,
            attributes: draft.attributes,
            references: draft.references,
        });
    }
}

impl Draft {
    /// Takes one value of objectClass; the most specific known one stays (SR-003).
    fn class_name(&mut self, name: &str, schema: &Schema) {
        self.class_names += 1;
        name.clone_into(&mut self.last_class);
        let known = schema.class(name).and_then(|id| CLASSES.iter().position(|c| *c == id));
        self.class = match (self.class, known) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
    }
}

fn is_root(dn: &Dn, class: ClassId) -> bool {
    class == class::DOMAIN && dn.parts().iter().all(|p| p.attribute.eq_ignore_ascii_case("DC"))
}

/// Whether a `?` stands between letters, where no name has one.
fn holds_a_lost_letter(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes
        .windows(3)
        .any(|w| matches!(w, [a, b'?', b] if a.is_ascii_alphabetic() && b.is_ascii_alphabetic()))
}

/// Returns the values of an attribute, which usually is the last one met.
fn values_of<T>(list: &mut Vec<(AttributeId, Vec<T>)>, attribute: AttributeId) -> &mut Vec<T> {
    let at = list.iter().rposition(|(id, _)| *id == attribute).unwrap_or_else(|| {
        // Most attributes have one value; room for four would triple the memory of a forest.
        list.push((attribute, Vec::with_capacity(1)));
        list.len() - 1
    });
    &mut list.get_mut(at).expect("the place was just found or made").1
}
