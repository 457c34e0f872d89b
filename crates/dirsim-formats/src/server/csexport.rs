//! Documents of `csexport`, and the tables that verification makes of them (SE-285, SE-286).

use crate::SourceFile;
use crate::error::{FormatError, FormatErrors};

use super::config::Limits;
use super::xml::{self, Element};

/// The columns of `CSExportAnalyzer`.
pub const CHANGE_COLUMNS: [&str; 8] = [
    "DN",
    "ObjectType",
    "OMODT",
    "AttributeName",
    "AMODT",
    "OldValue",
    "NewValue",
    "MultiValueIndex",
];

/// The columns of the identifier helper.
pub const BATCH_COLUMNS: [&str; 11] = [
    "ID",
    "Type",
    "DN",
    "operation",
    "UPN",
    "displayName",
    "sourceAnchor",
    "alias",
    "primarySMTP",
    "onPremisesSamAccountName",
    "mail",
];

/// Objects in one file of the identifier helper.
pub const BATCH_MAX: usize = 1_000;

/// What to do about a file that is none.
const AGAIN: &str = "write one with csexport \"<connector>\" <file> /f:x; its root is cs-objects";

/// A document of `csexport`.
#[derive(Debug, Clone)]
pub struct CsExport {
    root: Element,
}

/// Reads a document.
pub fn read(file: SourceFile<'_>) -> Result<CsExport, FormatErrors> {
    let refuse = |line: u32, reason: String, help: String| {
        let error =
            FormatError { file: file.name.into(), line, column: 1, reason, help, other: None };
        FormatErrors { errors: vec![error] }
    };
    let root = xml::read(file.bytes, &Limits::shipped())
        .map_err(|error| refuse(error.line, error.reason, AGAIN.to_owned()))?;
    if &*root.name != "cs-objects" {
        return Err(refuse(
            root.line,
            format!("`{}` is no document of csexport", root.name),
            AGAIN.to_owned(),
        ));
    }
    Ok(CsExport { root })
}

impl CsExport {
    /// Returns one line per value that waits for export (SE-285).
    ///
    /// An added value has a new value only, a removed one an old value only; the index counts the
    /// lines of one attribute from 0. A deletion is one line without attribute.
    pub fn changes(&self) -> Vec<[String; 8]> {
        let mut lines = Vec::new();
        for object in self.root.all("cs-object") {
            let Some(delta) = object.at(&["unapplied-export", "delta"]) else { continue };
            let dn = attribute(object, "cs-dn");
            let class = attribute(object, "object-type");
            let operation = capital(&attribute(delta, "operation"));
            let mut line = |name: &str, kind: &str, old: &str, new: &str, index: &str| {
                lines.push(
                    [&*dn, &*class, &*operation, name, kind, old, new, index].map(str::to_owned),
                );
            };
            if operation == "Delete" {
                line("", "", "", "", "");
                continue;
            }
            for changed in &delta.children {
                let (values, is_reference) = match &*changed.name {
                    "attr" => ("value", false),
                    "dn-attr" => ("dn-value", true),
                    _ => continue,
                };
                let name = attribute(changed, "name");
                let values: Vec<(String, &str)> = changed
                    .all(values)
                    .map(|value| {
                        let gone = attribute(value, "operation") == "delete";
                        let text =
                            if is_reference { value.text_of("dn") } else { value.text.as_str() };
                        (text.trim().to_owned(), if gone { "delete" } else { "add" })
                    })
                    .collect();
                // On a new object everything is new, whatever its deltas say.
                let kind = match (&*operation, &*attribute(changed, "operation")) {
                    ("Add", _) | (_, "add") => "add",
                    (_, "delete") => "delete",
                    _ => "update",
                };
                if attribute(changed, "operation") == "replace" {
                    let of = |word: &str| {
                        let found = values.iter().find(|(_, operation)| *operation == word);
                        found.map_or("", |(text, _)| text.as_str())
                    };
                    line(&name, kind, of("delete"), of("add"), "0");
                    continue;
                }
                for (index, (text, operation)) in values.iter().enumerate() {
                    let index = index.to_string();
                    if *operation == "delete" {
                        line(&name, kind, text, "", &index);
                    } else {
                        line(&name, kind, "", text, &index);
                    }
                }
            }
        }
        lines
    }

    /// Returns the objects that wait for export in batches of a thousand (SE-286).
    ///
    /// Identifier, type, name and operation stand on the object and its delta, everything else in
    /// the image that the tenant is to hold.
    pub fn batches(&self) -> Vec<Vec<[String; 11]>> {
        let rows: Vec<[String; 11]> = self
            .root
            .all("cs-object")
            .filter_map(|object| {
                let delta = object.at(&["unapplied-export", "delta"])?;
                let image = object.at(&["unapplied-export-hologram", "entry"]);
                let value = |name: &str| {
                    let found = image.and_then(|image| {
                        image.all("attr").find(|known| known.attribute("name") == Some(name))
                    });
                    found.and_then(|found| found.child("value")).map_or("", Element::trimmed)
                };
                let primary = image
                    .into_iter()
                    .flat_map(|image| image.all("attr"))
                    .filter(|known| known.attribute("name") == Some("proxyAddresses"))
                    .flat_map(|known| known.all("value"))
                    .find_map(|value| value.trimmed().strip_prefix("SMTP:"));
                let id = attribute(object, "id");
                Some(
                    [
                        &*id,
                        &*attribute(object, "object-type"),
                        &*attribute(delta, "dn"),
                        &*attribute(delta, "operation"),
                        value("userPrincipalName"),
                        value("displayName"),
                        value("sourceAnchor"),
                        value("alias"),
                        primary.unwrap_or_default(),
                        value("onPremisesSamAccountName"),
                        value("mail"),
                    ]
                    .map(str::to_owned),
                )
            })
            .collect();
        rows.chunks(BATCH_MAX).map(<[_]>::to_vec).collect()
    }
}

/// Writes a table with its header as CSV.
pub fn csv<const N: usize>(columns: &[&str; N], rows: &[[String; N]]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Memory takes everything, and every row has as many fields as the header.
    let _ = writer.write_record(columns);
    for row in rows {
        let _ = writer.write_record(row);
    }
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}

fn attribute(element: &Element, name: &str) -> String {
    element.attribute(name).unwrap_or_default().to_owned()
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|c| c.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<cs-objects>
 <cs-object cs-dn="CN={61}" id="{1}" object-type="user">
  <unapplied-export><delta operation="update" dn="CN={61}">
   <attr name="displayName" operation="replace" type="string" multivalued="false">
    <value operation="delete">Ann</value><value operation="add">Ann, Lee</value></attr>
   <attr name="proxyAddresses" operation="update" type="string" multivalued="true">
    <value operation="delete">smtp:a@x</value><value operation="add">smtp:b@x</value></attr>
   <attr name="title" operation="delete" type="string" multivalued="false">
    <value operation="delete">Boss</value></attr>
   <dn-attr name="manager" operation="update" multivalued="false">
    <dn-value operation="add"><dn>CN={62}</dn></dn-value></dn-attr>
  </delta></unapplied-export>
  <unapplied-export-hologram><entry dn="CN={61}">
   <attr name="userPrincipalName"><value>ann@x</value></attr>
   <attr name="proxyAddresses"><value>smtp:b@x</value><value>SMTP:ann@x</value></attr>
  </entry></unapplied-export-hologram>
 </cs-object>
 <cs-object cs-dn="CN={63}" id="{3}" object-type="group">
  <unapplied-export><delta operation="delete" dn="CN={63}"/></unapplied-export>
 </cs-object>
 <cs-object cs-dn="CN={64}" id="{4}" object-type="user"/>
</cs-objects>"#;

    fn document() -> CsExport {
        read(SourceFile { name: "a.xml", bytes: DOCUMENT.as_bytes() }).unwrap()
    }

    /// SE-285: the shape of each kind of change.
    #[test]
    fn one_line_per_changed_value() {
        let lines = csv(&CHANGE_COLUMNS, &document().changes());
        assert_eq!(
            lines,
            "DN,ObjectType,OMODT,AttributeName,AMODT,OldValue,NewValue,MultiValueIndex\n\
             CN={61},user,Update,displayName,update,Ann,\"Ann, Lee\",0\n\
             CN={61},user,Update,proxyAddresses,update,smtp:a@x,,0\n\
             CN={61},user,Update,proxyAddresses,update,,smtp:b@x,1\n\
             CN={61},user,Update,title,delete,Boss,,0\n\
             CN={61},user,Update,manager,update,,CN={62},0\n\
             CN={63},group,Delete,,,,,\n"
        );
    }

    /// SE-286: values come from the image that the tenant is to hold, a thousand objects a file.
    #[test]
    fn batches_hold_a_thousand_objects() {
        let batches = document().batches();
        assert_eq!(batches.len(), 1);
        assert_eq!(
            csv(&BATCH_COLUMNS, &batches[0]),
            "ID,Type,DN,operation,UPN,displayName,sourceAnchor,alias,primarySMTP,\
             onPremisesSamAccountName,mail\n\
             {1},user,CN={61},update,ann@x,,,,ann@x,,\n\
             {3},group,CN={63},delete,,,,,,,\n"
        );
        let one = "<cs-object cs-dn=\"a\" id=\"i\" object-type=\"user\"><unapplied-export>\
                   <delta operation=\"delete\" dn=\"a\"/></unapplied-export></cs-object>";
        let many = format!("<cs-objects>{}</cs-objects>", one.repeat(2_001));
        let many = read(SourceFile { name: "a.xml", bytes: many.as_bytes() }).unwrap();
        let sizes: Vec<usize> = many.batches().iter().map(Vec::len).collect();
        assert_eq!(sizes, [1_000, 1_000, 1]);
    }

    #[test]
    fn another_document_is_refused() {
        let error = read(SourceFile { name: "a.xml", bytes: b"<run-history/>" }).unwrap_err();
        assert!(error.to_string().contains("`run-history` is no document of csexport"));
        assert!(read(SourceFile { name: "a.xml", bytes: b"<cs-objects>" }).is_err());
    }
}
