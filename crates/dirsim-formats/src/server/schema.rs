//! The schema of a connector or of the metaverse, as DSML (CE-037, CE-038).

use std::collections::{BTreeMap, BTreeSet};

use dirsim_model::Syntax;
use dirsim_model::schema::AttributeDefinition;

use super::finding::{Findings, Level};
use super::xml::Element;

/// What an export says about the objects of one side.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExportedSchema {
    /// Attributes by name, as they are spelled there.
    pub attributes: BTreeMap<String, ExportedAttribute>,
    /// Classes by name.
    pub classes: BTreeMap<String, ExportedClass>,
}

/// One attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportedAttribute {
    /// The object identifier of the syntax.
    pub oid: String,
    /// What dirsim takes it for.
    pub definition: AttributeDefinition,
    /// Whether the metaverse keeps an index of it.
    pub indexable: bool,
    /// Whether nobody but the directory writes it.
    pub read_only: bool,
}

/// One class.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExportedClass {
    /// The class above; empty when there is none.
    pub superior: String,
    /// Its own attributes.
    pub attributes: BTreeSet<String>,
}

impl ExportedSchema {
    /// Returns how the schema spells an attribute whose name is right but for letter case.
    pub fn spelling(&self, name: &str) -> Option<&str> {
        if let Some((known, _)) = self.attributes.get_key_value(name) {
            return Some(known);
        }
        self.attributes.keys().find(|known| known.eq_ignore_ascii_case(name)).map(String::as_str)
    }

    /// Returns the attributes of a class with those of the classes above.
    pub fn attributes_of(&self, class: &str) -> BTreeSet<&str> {
        let mut all = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut at = class;
        while seen.insert(at) {
            let Some(found) = self.classes.get(at) else { break };
            all.extend(found.attributes.iter().map(String::as_str));
            at = &found.superior;
        }
        all
    }
}

/// How dirsim takes a syntax; the flag says that values of it are opaque to the simulation.
const SYNTAXES: &[(&str, Syntax, bool)] = &[
    ("1.3.6.1.4.1.1466.115.121.1.27", Syntax::Integer, false),
    ("1.2.840.113556.1.4.906", Syntax::Integer, false),
    ("1.3.6.1.4.1.1466.115.121.1.7", Syntax::Boolean, false),
    ("1.3.6.1.4.1.1466.115.121.1.5", Syntax::Bytes, false),
    ("1.3.6.1.4.1.1466.115.121.1.40", Syntax::Bytes, false),
    ("1.3.6.1.4.1.1466.115.121.1.15", Syntax::Text, false),
    ("1.3.6.1.4.1.1466.115.121.1.26", Syntax::Text, false),
    ("1.3.6.1.4.1.1466.115.121.1.36", Syntax::Text, false),
    ("1.3.6.1.4.1.1466.115.121.1.38", Syntax::Text, false),
    ("1.3.6.1.4.1.1466.115.121.1.44", Syntax::Text, false),
    ("1.2.840.113556.1.4.905", Syntax::Text, false),
    ("1.2.840.113556.1.4.1362", Syntax::Text, false),
    ("1.3.6.1.4.1.1466.115.121.1.24", Syntax::Text, false),
    ("1.3.6.1.4.1.1466.115.121.1.53", Syntax::Text, false),
    ("1.3.6.1.4.1.1466.115.121.1.12", Syntax::Reference, false),
    ("1.2.840.113556.1.4.1221", Syntax::Reference, false),
    ("1.2.840.113556.1.4.903", Syntax::Text, true),
    ("1.2.840.113556.1.4.904", Syntax::Text, true),
    ("1.2.840.113556.1.4.907", Syntax::Bytes, true),
    ("1.3.6.1.4.1.1466.115.121.1.43", Syntax::Text, true),
];

/// Whether values of a syntax are opaque to the simulation.
pub(super) fn is_opaque(oid: &str) -> bool {
    SYNTAXES.iter().any(|(known, _, opaque)| *known == oid && *opaque)
}

/// Reads the schema of a connector or of the metaverse; empty when there is none.
pub(super) fn read(owner: &Element, file: &str, findings: &mut Findings) -> ExportedSchema {
    let mut schema = ExportedSchema::default();
    let Some(root) = owner.at(&["schema", "dsml", "directory-schema"]) else { return schema };
    let mut attributes: BTreeMap<&str, &str> = BTreeMap::new();
    let mut classes: BTreeMap<&str, &str> = BTreeMap::new();
    for found in root.all("attribute-type") {
        let name = found.text_of("name");
        attributes.insert(found.attribute("id").unwrap_or(name), name);
        let oid = found.text_of("syntax");
        let syntax =
            SYNTAXES.iter().find(|(known, ..)| *known == oid).map(|(_, syntax, _)| *syntax);
        if syntax.is_none() {
            let text = format!("`{name}` has the syntax `{oid}`, taken as text");
            findings.add(Level::Warning, "unknown-syntax", file, found.line, name, text, "");
        }
        let is = |attribute: &str, word: &str| {
            found.attribute(attribute).is_some_and(|text| text.eq_ignore_ascii_case(word))
        };
        schema.attributes.insert(
            name.to_owned(),
            ExportedAttribute {
                oid: oid.to_owned(),
                definition: AttributeDefinition {
                    syntax: syntax.unwrap_or(Syntax::Text),
                    multi_valued: !is("single-value", "true"),
                },
                indexable: is("indexable", "true"),
                read_only: is("user-modification", "false"),
            },
        );
    }
    for found in root.all("class") {
        let name = found.text_of("name");
        classes.insert(found.attribute("id").unwrap_or(name), name);
    }
    for found in root.all("class") {
        let referred = |names: &BTreeMap<&str, &str>, reference: &str| {
            let id = reference.strip_prefix('#').unwrap_or(reference);
            names.get(id).map(|name| (*name).to_owned())
        };
        let class = ExportedClass {
            superior: found
                .attribute("superior")
                .and_then(|reference| referred(&classes, reference))
                .unwrap_or_default(),
            attributes: found
                .all("attribute")
                .filter_map(|attribute| referred(&attributes, attribute.attribute("ref")?))
                .collect(),
        };
        schema.classes.insert(found.text_of("name").to_owned(), class);
    }
    schema
}
