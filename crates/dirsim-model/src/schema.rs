//! Names, classes and syntaxes of every side.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::attribute::{AttributeId, well_known};

/// A place where attributes live. One name may have another syntax on each side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Side {
    /// Active Directory and its connector spaces.
    Forest,
    /// The metaverse.
    Metaverse,
    /// The Entra connector space: what a row to the tenant carries.
    Entra,
    /// The tenant itself, with the names of Microsoft Graph.
    Tenant,
}

impl Side {
    /// How many sides there are.
    const COUNT: usize = Self::Tenant as usize + 1;
}

/// How the values of an attribute are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Syntax {
    /// Unicode text.
    Text,
    /// Signed 64-bit numbers, FILETIMEs among them (EX-016).
    Integer,
    /// True or false.
    Boolean,
    /// Bytes without further meaning.
    Bytes,
    /// Sixteen bytes that read as a GUID.
    Guid,
    /// Bytes that read as a SID.
    Sid,
    /// An instant.
    Time,
    /// Other objects.
    Reference,
}

/// What a side says about one attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttributeDefinition {
    /// How values are written.
    pub syntax: Syntax,
    /// Whether there may be more than one value.
    pub multi_valued: bool,
}

/// The number of an object class in the schema's table of names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ClassId(pub u16);

/// Object classes that code refers to, in the order of their numbers.
pub mod class {
    use super::ClassId;

    /// The names, in the order of their numbers.
    pub const NAMES: &[&str] = &[
        "user",
        "inetOrgPerson",
        "group",
        "contact",
        "computer",
        "organizationalUnit",
        "container",
        "domainDNS",
        "foreignSecurityPrincipal",
        "device",
        "person",
        "msDS-Device",
        "msExchDynamicDistributionList",
    ];
    /// A user, on-premises or in the cloud.
    pub const USER: ClassId = ClassId(0);
    /// A user of the class `inetOrgPerson`.
    pub const INET_ORG_PERSON: ClassId = ClassId(1);
    /// A group, on any side.
    pub const GROUP: ClassId = ClassId(2);
    /// A contact.
    pub const CONTACT: ClassId = ClassId(3);
    /// A computer account.
    pub const COMPUTER: ClassId = ClassId(4);
    /// An organizational unit.
    pub const ORGANIZATIONAL_UNIT: ClassId = ClassId(5);
    /// A container that is no organizational unit.
    pub const CONTAINER: ClassId = ClassId(6);
    /// The root of a domain.
    pub const DOMAIN: ClassId = ClassId(7);
    /// The stand-in for a principal of another forest.
    pub const FOREIGN_SECURITY_PRINCIPAL: ClassId = ClassId(8);
    /// A device of the metaverse or the tenant.
    pub const DEVICE: ClassId = ClassId(9);
    /// A person of the metaverse: users, inetOrgPersons and contacts.
    pub const PERSON: ClassId = ClassId(10);
    /// A device object written back to the forest.
    pub const MSDS_DEVICE: ClassId = ClassId(11);
    /// A distribution group whose members are a query; no connector imports it.
    pub const DYNAMIC_DISTRIBUTION_GROUP: ClassId = ClassId(12);
}

/// All names of a world with their meaning on each side.
///
/// Names that the schema files list come first and in a fixed order; a name met later, in an export
/// or a rule, is added at the end and kept with the world.
#[derive(Debug, Clone)]
pub struct Schema {
    names: Vec<Box<str>>,
    numbers: BTreeMap<Box<str>, AttributeId>,
    classes: Vec<Box<str>>,
    /// By number of an attribute, and then by side: asked for every value that a rule reads.
    definitions: Vec<[Option<AttributeDefinition>; Side::COUNT]>,
    built_in: usize,
}

/// Why a schema file was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// The file is not of the expected form.
    #[error("{0}")]
    Syntax(String),
    /// An attribute has a syntax that does not exist.
    #[error(
        "attribute `{attribute}` has the unknown syntax `{syntax}`; use text, integer, boolean, bytes, guid, sid, time or reference, with `*` behind it when there may be several values"
    )]
    UnknownSyntax {
        /// The attribute.
        attribute: String,
        /// The syntax as written.
        syntax: String,
    },
    /// There are more names than numbers.
    #[error("more than 65,535 attribute names")]
    TooManyNames,
}

/// The form of a schema file: attribute name to syntax, `*` marking several values.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SchemaFile {
    attributes: BTreeMap<String, String>,
}

impl Schema {
    /// Builds the schema from the text of one file per side.
    pub fn from_files(files: &[(Side, &str)]) -> Result<Self, SchemaError> {
        let mut schema = Self {
            names: Vec::new(),
            numbers: BTreeMap::new(),
            classes: class::NAMES.iter().map(|name| (*name).into()).collect(),
            definitions: Vec::new(),
            built_in: 0,
        };
        for name in well_known::NAMES {
            schema.intern(name)?;
        }
        for (side, text) in files {
            let file: SchemaFile =
                serde_saphyr::from_str(text).map_err(|e| SchemaError::Syntax(e.to_string()))?;
            for (name, syntax) in file.attributes {
                let definition = parse_definition(&syntax).ok_or_else(|| {
                    SchemaError::UnknownSyntax { attribute: name.clone(), syntax: syntax.clone() }
                })?;
                let id = schema.intern(&name)?;
                schema.define(*side, id, definition);
            }
        }
        schema.built_in = schema.names.len();
        Ok(schema)
    }

    /// Returns the schema that dirsim ships with.
    pub fn built_in() -> Self {
        Self::from_files(&[
            (Side::Forest, include_str!("../../../config/schema/forest.yaml")),
            (Side::Metaverse, include_str!("../../../config/schema/metaverse.yaml")),
            (Side::Entra, include_str!("../../../config/schema/entra.yaml")),
            (Side::Tenant, include_str!("../../../config/schema/tenant.yaml")),
        ])
        .expect("the shipped schema files are well-formed")
    }

    /// Returns the number of a name, adding it when it is new.
    pub fn intern(&mut self, name: &str) -> Result<AttributeId, SchemaError> {
        if let Some(id) = self.attribute(name) {
            return Ok(id);
        }
        let id = u16::try_from(self.names.len())
            .ok()
            .filter(|id| *id < u16::MAX)
            .map(AttributeId)
            .ok_or(SchemaError::TooManyNames)?;
        self.names.push(name.into());
        self.numbers.insert(name.to_lowercase().into(), id);
        Ok(id)
    }

    /// Returns the number of a name, compared without case.
    pub fn attribute(&self, name: &str) -> Option<AttributeId> {
        self.numbers.get(&*name.to_lowercase()).copied()
    }

    /// Returns a name as the schema spells it.
    pub fn name(&self, attribute: AttributeId) -> &str {
        self.names.get(usize::from(attribute.0)).map_or("?", |name| name)
    }

    /// Returns what a side says about an attribute; `None` when the side does not know it.
    pub fn definition(&self, side: Side, attribute: AttributeId) -> Option<AttributeDefinition> {
        *self.definitions.get(usize::from(attribute.0))?.get(side as usize)?
    }

    /// Returns the syntax of an attribute on a side; text when the side does not know it.
    pub fn syntax(&self, side: Side, attribute: AttributeId) -> Syntax {
        self.definition(side, attribute).map_or(Syntax::Text, |definition| definition.syntax)
    }

    /// Returns whether an attribute may have several values on a side; true when it is unknown.
    pub fn is_multi_valued(&self, side: Side, attribute: AttributeId) -> bool {
        self.definition(side, attribute).is_none_or(|definition| definition.multi_valued)
    }

    /// Returns whether an attribute holds references on a side.
    pub fn is_reference(&self, side: Side, attribute: AttributeId) -> bool {
        self.syntax(side, attribute) == Syntax::Reference
    }

    /// Adds or replaces what a side says about an attribute.
    pub fn define(&mut self, side: Side, attribute: AttributeId, definition: AttributeDefinition) {
        let at = usize::from(attribute.0);
        if self.definitions.len() <= at {
            self.definitions.resize(at + 1, [None; Side::COUNT]);
        }
        if let Some(slot) =
            self.definitions.get_mut(at).and_then(|sides| sides.get_mut(side as usize))
        {
            *slot = Some(definition);
        }
    }

    /// Walks over the attributes that a side knows, in the order of their numbers.
    pub fn attributes_of(
        &self,
        side: Side,
    ) -> impl Iterator<Item = (AttributeId, AttributeDefinition)> {
        (0..=u16::MAX)
            .map(AttributeId)
            .zip(&self.definitions)
            .filter_map(move |(id, sides)| Some((id, (*sides.get(side as usize)?)?)))
    }

    /// Returns the names added after the schema files, in the order of their numbers.
    pub fn added_names(&self) -> &[Box<str>] {
        self.names.get(self.built_in..).unwrap_or_default()
    }

    /// Returns the number of a class, compared without case.
    pub fn class(&self, name: &str) -> Option<ClassId> {
        let at = self.classes.iter().position(|class| class.eq_ignore_ascii_case(name))?;
        u16::try_from(at).ok().map(ClassId)
    }

    /// Returns the name of a class.
    pub fn class_name(&self, class: ClassId) -> &str {
        self.classes.get(usize::from(class.0)).map_or("?", |name| name)
    }
}

fn parse_definition(text: &str) -> Option<AttributeDefinition> {
    let (name, multi_valued) = match text.strip_suffix('*') {
        Some(name) => (name, true),
        None => (text, false),
    };
    let syntax = match name {
        "text" => Syntax::Text,
        "integer" => Syntax::Integer,
        "boolean" => Syntax::Boolean,
        "bytes" => Syntax::Bytes,
        "guid" => Syntax::Guid,
        "sid" => Syntax::Sid,
        "time" => Syntax::Time,
        "reference" => Syntax::Reference,
        _ => return None,
    };
    Some(AttributeDefinition { syntax, multi_valued })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_files_describe_every_side() {
        let schema = Schema::built_in();
        assert_eq!(schema.name(well_known::MAIL), "mail");
        assert_eq!(schema.attribute("PROXYaddresses"), Some(well_known::PROXY_ADDRESSES));
        assert!(schema.is_reference(Side::Forest, well_known::MEMBER));
        assert_eq!(schema.syntax(Side::Forest, well_known::OBJECT_SID), Syntax::Sid);
        assert_eq!(schema.class("Contact"), Some(class::CONTACT));
        assert_eq!(schema.class_name(class::PERSON), "person");
    }

    #[test]
    fn a_new_name_is_added_once() {
        let mut schema = Schema::built_in();
        let id = schema.intern("extensionAttributeOfMine").unwrap();
        assert_eq!(schema.intern("EXTENSIONattributeofmine"), Ok(id));
        assert_eq!(schema.added_names(), ["extensionAttributeOfMine".into()]);
    }

    #[test]
    fn an_unknown_syntax_is_named() {
        let error = Schema::from_files(&[(Side::Forest, "attributes: {mail: string}")]);
        assert!(
            error.unwrap_err().to_string().starts_with("attribute `mail` has the unknown syntax")
        );
    }
}
