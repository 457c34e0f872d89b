//! Files of `Export-ADSyncToolsObjects`: a metaverse object and the connector space objects linked to
//! it.

use crate::SourceFile;
use crate::error::{FormatError, FormatErrors};

use super::config::Limits;
use super::xml::{self, Element};

/// What to do about a file that is none.
const AGAIN: &str = "write one with Export-ADSyncToolsObjects; its root is objects";

/// The images of a connector space object, the one on top first.
const IMAGES: &[&str] = &[
    "unapplied-export-hologram",
    "escrowed-export-hologram",
    "unconfirmed-export-hologram",
    "pending-import-hologram",
    "synchronized-hologram",
];

/// One object of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportedObject {
    /// Whether it is the metaverse object.
    pub is_metaverse: bool,
    /// Its identity, without braces.
    pub id: String,
    /// Its object type.
    pub object_type: String,
    /// Its name in its connector space; empty for the metaverse object.
    pub dn: String,
    /// The name of its connector; empty for the metaverse object.
    pub connector: String,
    /// Attributes with their values: of a connector space object, those that the engine wants the
    /// directory to hold.
    pub attributes: Vec<(String, Vec<String>)>,
}

/// Reads a file.
pub fn read(file: SourceFile<'_>) -> Result<Vec<ExportedObject>, FormatErrors> {
    let refuse = |line: u32, reason: String| {
        let help = AGAIN.to_owned();
        let error =
            FormatError { file: file.name.into(), line, column: 1, reason, help, other: None };
        FormatErrors { errors: vec![error] }
    };
    let root = xml::read(file.bytes, &Limits::shipped())
        .map_err(|error| refuse(error.line, error.reason))?;
    if &*root.name != "objects" {
        let reason = format!("`{}` is no file of Export-ADSyncToolsObjects", root.name);
        return Err(refuse(root.line, reason));
    }
    Ok(root.children.iter().filter_map(object).collect())
}

fn object(element: &Element) -> Option<ExportedObject> {
    let is_metaverse = match &*element.name {
        "mv-object" => true,
        "cs-object" => false,
        _ => return None,
    };
    let word = |name: &str| element.attribute(name).unwrap_or_default().to_owned();
    let owner = if is_metaverse {
        Some(element)
    } else {
        // An image is written where it differs from the one below.
        IMAGES.iter().find_map(|image| element.at(&[image, "entry"]))
    };
    Some(ExportedObject {
        is_metaverse,
        id: word("id").trim_matches(['{', '}']).to_lowercase(),
        object_type: word("object-type"),
        dn: word("cs-dn"),
        connector: element.text_of("ma-name").to_owned(),
        attributes: owner.map(attributes).unwrap_or_default(),
    })
}

fn attributes(owner: &Element) -> Vec<(String, Vec<String>)> {
    owner
        .children
        .iter()
        .filter(|child| matches!(&*child.name, "attr" | "dn-attr"))
        .map(|child| {
            let name = child.attribute("name").unwrap_or_default().to_owned();
            let values = child.children.iter().map(|value| {
                let dn = value.text_of("dn");
                if dn.is_empty() { value.trimmed().to_owned() } else { dn.to_owned() }
            });
            (name, values.collect())
        })
        .collect()
}
