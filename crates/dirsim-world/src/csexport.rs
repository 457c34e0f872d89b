//! The export document of a connector space, as `csexport` writes it (SE-034, SE-284).
//!
//! One `cs-object` per object: what waits and what is on its way as deltas, the five images as
//! holograms. Binary values are base64; the names of elements are those of the product.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use dirsim_model::{AttributeId, Schema, Side, Syntax, Value, Values};
use dirsim_store::{StoreResult, Tables};
use dirsim_sync::connector::{Connector, Partition};
use dirsim_sync::cs::{
    self, CsObject, DisconnectCause, ErrorRecord, ExportOp, Flags, ImportOp, State,
};
use dirsim_sync::cs_links::{self, LinkViews};
use dirsim_sync::images::{Change, Delta, View};
use dirsim_sync::mv::{self, LinkAction};
use dirsim_sync::{connector, lookup};

/// Which objects a document holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filter {
    /// All of them.
    All,
    /// Those that wait for export, `/f:x`.
    PendingExport,
    /// Those whose last export failed, `/f:e`.
    ExportErrors,
    /// Those whose last synchronization failed, `/f:i`.
    ImportErrors,
}

/// Objects read at once.
const PAGE: usize = 1_000;

/// Writes the document of a connector.
pub fn document(
    tables: &dyn Tables,
    schema: &Schema,
    connector: &Connector,
    filter: Filter,
) -> StoreResult<String> {
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<cs-objects>\n");
    let mut after = None;
    loop {
        let page = lookup::objects(tables, connector.id, after, PAGE)?;
        let Some((last, _)) = page.last() else { break };
        after = Some(*last);
        for (id, object) in &page {
            let wanted = match filter {
                Filter::All => true,
                Filter::PendingExport => object.export != ExportOp::None,
                Filter::ExportErrors => object.export_error.is_some(),
                Filter::ImportErrors => object.import_error.is_some(),
            };
            if wanted {
                Writer { tables, schema, connector, id: *id, object, text: &mut text }.object()?;
            }
        }
    }
    text.push_str("</cs-objects>\n");
    Ok(text)
}

/// Writes the element of one object.
pub fn element(
    tables: &dyn Tables,
    schema: &Schema,
    id: u64,
    object: &CsObject,
) -> StoreResult<String> {
    let mut text = String::new();
    if let Some(connector) = connector::get(tables, cs::connector_of(id))? {
        Writer { tables, schema, connector: &connector, id, object, text: &mut text }.object()?;
    }
    Ok(text)
}

/// Writes the element of a metaverse object: values with the rule and the object behind each, and the
/// objects linked to it.
pub fn mv_element(
    tables: &dyn Tables,
    schema: &Schema,
    id: u64,
    object: &mv::MvObject,
) -> StoreResult<String> {
    let book = dirsim_sync::RuleBook::read(tables)?;
    let class = schema.class_name(object.class);
    let mut text = String::new();
    let _ = writeln!(text, "<mv-object id=\"{{{}}}\" object-type=\"{class}\">", mv::guid(id));
    for attribute in object.attributes() {
        let syntax = schema.syntax(Side::Metaverse, attribute);
        let _ = write!(text, " <attr name=\"{}\"", escape(schema.name(attribute)));
        if let Some(lineage) = object.lineage(&book, attribute) {
            let _ = write!(
                text,
                " rule=\"{}\" cs-object=\"{{{}}}\" time=\"{}\"",
                escape(book.name(lineage.rule)),
                cs::guid(lineage.cs),
                lineage.at
            );
        }
        text.push('>');
        for value in object.get(&book, attribute).values().to_vec() {
            let shown = dirsim_model::typed::display(syntax, &value);
            let _ = write!(text, "<value>{}</value>", escape(&shown));
        }
        text.push_str("</attr>\n");
    }
    let references: BTreeSet<AttributeId> =
        object.parts.iter().flat_map(|part| part.references.iter().copied()).collect();
    for attribute in references {
        let _ = write!(text, " <dn-attr name=\"{}\">", escape(schema.name(attribute)));
        for to in mv::targets(tables, &book, id, object, attribute)? {
            let _ = write!(text, "<mv-ref>{{{}}}</mv-ref>", mv::guid(to));
        }
        text.push_str("</dn-attr>\n");
    }
    for link in &object.links {
        let _ = writeln!(
            text,
            " <cs-link id=\"{{{}}}\" ma-name=\"{}\" cs-dn=\"{}\" />",
            cs::guid(*link),
            escape(&lookup::connector_name(tables, *link)?),
            escape(&lookup::dn(tables, *link)?)
        );
    }
    text.push_str("</mv-object>\n");
    Ok(text)
}

/// Writes text with the characters that XML reserves written as entities.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // No XML holds these; names of tombstones and transients do.
            c if c.is_control() && !matches!(c, '\t' | '\n' | '\r') => {
                let _ = write!(out, "\\{:02X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

/// One layer of exports: the delta and the marks of its references.
struct Layer<'a> {
    name: &'static str,
    delta: &'a Delta,
    add: u8,
    remove: u8,
    /// The image below.
    base: View,
}

struct Writer<'a> {
    tables: &'a dyn Tables,
    schema: &'a Schema,
    connector: &'a Connector,
    id: u64,
    object: &'a CsObject,
    text: &'a mut String,
}

impl Writer<'_> {
    fn line(&mut self, depth: usize, line: &str) {
        for _ in 0..depth {
            self.text.push(' ');
        }
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn field(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            self.line(2, &format!("<{name}>{}</{name}>", escape(value)));
        }
    }

    fn flag(&mut self, name: &str, on: bool) {
        self.line(2, &format!("<{name}>{}</{name}>", u8::from(on)));
    }

    const fn side(&self) -> Side {
        match self.connector.kind {
            dirsim_rules::ConnectorKind::Forest => Side::Forest,
            dirsim_rules::ConnectorKind::Entra => Side::Entra,
        }
    }

    fn class(&self) -> &str {
        if self.object.is_placeholder() { "" } else { self.schema.class_name(self.object.class) }
    }

    fn object(mut self) -> StoreResult<()> {
        let dn = lookup::dn(self.tables, self.id)?;
        let head = format!(
            "<cs-object cs-dn=\"{}\" id=\"{{{}}}\" object-type=\"{}\" transient=\"{}\">",
            escape(&dn),
            cs::guid(self.id).to_string().to_uppercase(),
            self.class(),
            u8::from(self.object.flags.has(Flags::TRANSIENT))
        );
        self.line(1, &head);
        self.state()?;
        self.images(&dn)?;
        for (name, error) in [
            ("import-errordetail", &self.object.import_error),
            ("export-errordetail", &self.object.export_error),
        ] {
            if let Some(error) = error {
                self.error(name, error);
            }
        }
        self.line(1, "</cs-object>");
        Ok(())
    }

    /// Connector, marks, pending kinds, times and the link.
    fn state(&mut self) -> StoreResult<()> {
        let (object, connector) = (self.object, self.connector);
        let partition: Option<&Partition> =
            connector.partitions.iter().find(|partition| partition.domain == object.partition);
        self.field("ma-id", &format!("{{{}}}", connector.guid.to_string().to_uppercase()));
        self.field("ma-name", &connector.name);
        self.field("partition-name", partition.map_or("", |partition| &partition.name));
        self.flag("connector", object.mv != 0);
        self.field(
            "connector-state",
            match object.state {
                State::Normal => "normal",
                State::Explicit => "explicit",
            },
        );
        self.flag("seen-by-import", object.has_image());
        let flags = object.flags;
        for (name, mark) in [
            ("rebuild-in-progress", Flags::REBUILD_IN_PROGRESS),
            ("need-full-sync", Flags::NEED_FULL_SYNC),
            ("placeholder-parent", Flags::PH_PARENT),
            ("placeholder-link", Flags::PH_LINK),
            ("placeholder-delete", Flags::PH_DELETE),
            ("ref-retry", Flags::REF_RETRY),
            ("rename-retry", Flags::RENAME_RETRY),
            ("pending-ref-delete", Flags::PENDING_REF_DELETE),
        ] {
            self.flag(name, flags.has(mark));
        }
        self.flag("pending", object.import != ImportOp::None);
        self.field("import-delta-operation", import_word(object.import));
        self.field("export-delta-operation", export_word(object.export));
        if object.imported_at.0 != 0 {
            self.field("last-import-delta-time", &time(object.imported_at));
        }
        if object.exported_at.0 != 0 {
            self.field("last-export-delta-time", &time(object.exported_at));
        }
        if let Some((at, cause)) = object.disconnected {
            let cause = match cause {
                DisconnectCause::ScopeLost => "scope-lost",
                DisconnectCause::MvDeleted => "mv-deletion",
                DisconnectCause::Deprovisioned => "deprovisioning",
                DisconnectCause::Expiring => "soft-delete-expiry",
            };
            self.field("disconnection-type", cause);
            self.field("disconnection-time", &time(at));
        }
        if let Some(person) = mv::get(self.tables, object.mv)? {
            let part = person.part(self.id);
            let action = part.map_or(LinkAction::Joined, |part| part.action);
            let kind = match action {
                LinkAction::Projected => "projection-rule",
                LinkAction::Provisioned => "provisioning-rule",
                LinkAction::Joined | LinkAction::OutboundJoined => "join-rule",
            };
            let since = part.map_or_else(String::new, |part| time(part.linked));
            let link = format!(
                "<mv-link lineage-type=\"{kind}\" lineage-time=\"{since}\">{{{}}}</mv-link>",
                mv::guid(object.mv).to_string().to_uppercase()
            );
            self.line(2, &link);
        }
        self.field("anchor", &object.anchor.map(|anchor| anchor.to_string()).unwrap_or_default());
        Ok(())
    }

    fn images(&mut self, dn: &str) -> StoreResult<()> {
        let object = self.object;
        if object.synchronized.is_some() {
            self.hologram("synchronized-hologram", dn, View::Synchronized)?;
        }
        if object.import != ImportOp::None {
            self.pending_import(dn)?;
        }
        if object.imported.is_some() {
            self.hologram("pending-import-hologram", dn, View::Imported)?;
        }
        let layers = [
            Layer {
                name: "unconfirmed-export",
                delta: &object.unconfirmed,
                add: LinkViews::UNCONFIRMED_ADD,
                remove: LinkViews::UNCONFIRMED_REMOVE,
                base: View::Imported,
            },
            Layer {
                name: "escrowed-export",
                delta: &object.escrowed,
                add: LinkViews::ESCROWED_ADD,
                remove: LinkViews::ESCROWED_REMOVE,
                base: View::Unconfirmed,
            },
            Layer {
                name: "unapplied-export",
                delta: &object.unapplied,
                add: LinkViews::UNAPPLIED_ADD,
                remove: LinkViews::UNAPPLIED_REMOVE,
                base: View::Escrowed,
            },
        ];
        for layer in layers {
            self.layer(dn, &layer)?;
        }
        Ok(())
    }

    fn entry_head(element: &str, operation: &str, dn: &str) -> String {
        let operation = if operation.is_empty() {
            String::new()
        } else {
            format!(" operation=\"{operation}\"")
        };
        format!("<{element}{operation} dn=\"{}\">", escape(dn))
    }

    fn classes(&mut self) {
        let class = self.class().to_owned();
        self.line(4, &format!("<primary-objectclass>{class}</primary-objectclass>"));
        self.line(4, &format!("<objectclass><oc-value>{class}</oc-value></objectclass>"));
    }

    /// Writes an image.
    fn hologram(&mut self, name: &str, dn: &str, view: View) -> StoreResult<()> {
        self.line(2, &format!("<{name}>"));
        let head = Self::entry_head("entry", "", dn);
        self.line(3, &head);
        self.classes();
        for (attribute, values) in self.object.view(view).to_entry().iter() {
            self.attribute(attribute, "", &values.to_vec(), &[]);
        }
        let links = cs_links::targets(self.tables, self.id, None, view)?;
        for group in links.chunk_by(|a, b| a.0 == b.0) {
            let Some((attribute, _)) = group.first() else { continue };
            let targets: Vec<u64> = group.iter().map(|(_, to)| *to).collect();
            self.references(*attribute, "", &targets, &[])?;
        }
        self.line(3, "</entry>");
        self.line(2, &format!("</{name}>"));
        Ok(())
    }

    /// Writes what an import staged: the difference between H and I.
    fn pending_import(&mut self, dn: &str) -> StoreResult<()> {
        let object = self.object;
        self.line(2, "<pending-import>");
        let head = Self::entry_head("delta", import_word(object.import), dn);
        self.line(3, &head);
        if object.import != ImportOp::Delete {
            self.classes();
            let (old, new) = (
                object.view(View::Synchronized).to_entry(),
                object.view(View::Imported).to_entry(),
            );
            for attribute in new.changed_from(&old) {
                self.change(attribute, old.get(attribute), new.get(attribute));
            }
            let all = cs_links::all(self.tables, self.id, None)?;
            self.link_changes(&all, |views| {
                let (h, i) = (views.is_in(View::Synchronized), views.is_in(View::Imported));
                (h != i).then_some(i)
            })?;
        }
        self.line(3, "</delta>");
        self.line(2, "</pending-import>");
        Ok(())
    }

    /// Writes a delta of exports and the image with it; nothing for an empty one.
    fn layer(&mut self, dn: &str, layer: &Layer<'_>) -> StoreResult<()> {
        let links = cs_links::all(self.tables, self.id, None)?;
        let with_links = links.iter().any(|(_, views)| views.has(layer.add | layer.remove));
        let last = layer.name == "unapplied-export";
        let deletion = last && self.object.export == ExportOp::Delete;
        if layer.delta.is_empty() && !with_links && !deletion {
            return Ok(());
        }
        let operation = match self.object.export {
            ExportOp::Delete if last => "delete",
            ExportOp::Add if last => "add",
            _ => "update",
        };
        self.line(2, &format!("<{}>", layer.name));
        let head = Self::entry_head("delta", operation, dn);
        self.line(3, &head);
        if !deletion {
            self.classes();
            let base = self.object.view(layer.base).to_entry();
            for (attribute, change) in layer.delta.iter() {
                match change {
                    Change::Replace(values) => self.change(attribute, base.get(attribute), values),
                    Change::Values(change) => {
                        self.attribute(attribute, "update", &change.add, &change.remove);
                    }
                }
            }
            self.link_changes(&links, |views| {
                if views.has(layer.add) {
                    Some(true)
                } else {
                    views.has(layer.remove).then_some(false)
                }
            })?;
        }
        self.line(3, "</delta>");
        self.line(2, &format!("</{}>", layer.name));
        if !deletion {
            let view = match layer.base {
                View::Imported => View::Unconfirmed,
                View::Unconfirmed => View::Escrowed,
                _ => View::Unapplied,
            };
            self.hologram(&format!("{}-hologram", layer.name), dn, view)?;
        }
        Ok(())
    }

    /// Writes the references that `change` says come (`true`) or go.
    fn link_changes(
        &mut self,
        links: &[(dirsim_store::links::Link, LinkViews)],
        change: impl Fn(&LinkViews) -> Option<bool>,
    ) -> StoreResult<()> {
        let attributes: BTreeSet<AttributeId> =
            links.iter().map(|(link, _)| link.attribute).collect();
        for attribute in attributes {
            let of = |wanted: bool| -> Vec<u64> {
                links
                    .iter()
                    .filter(|(link, views)| {
                        link.attribute == attribute && change(views) == Some(wanted)
                    })
                    .map(|(link, _)| link.to)
                    .collect()
            };
            let (add, remove) = (of(true), of(false));
            if !add.is_empty() || !remove.is_empty() {
                self.references(attribute, "update", &add, &remove)?;
            }
        }
        Ok(())
    }

    /// Writes the change of an attribute from `old` to `new`.
    fn change(&mut self, attribute: AttributeId, old: Values<'_>, new: Values<'_>) {
        let (old, new) = (old.to_vec(), new.to_vec());
        if old.is_empty() {
            self.attribute(attribute, "add", &new, &[]);
        } else if new.is_empty() {
            self.attribute(attribute, "delete", &[], &old);
        } else if self.schema.is_multi_valued(self.side(), attribute) {
            let only = |a: &[Value], b: &[Value]| -> Vec<Value> {
                a.iter().filter(|value| !b.contains(value)).cloned().collect()
            };
            self.attribute(attribute, "update", &only(&new, &old), &only(&old, &new));
        } else {
            self.attribute(attribute, "replace", &new, &old);
        }
    }

    /// Writes an attribute: values without an operation, or those that come and go.
    fn attribute(
        &mut self,
        attribute: AttributeId,
        operation: &str,
        add: &[Value],
        remove: &[Value],
    ) {
        let kind = match self.schema.syntax(self.side(), attribute) {
            Syntax::Integer => "integer",
            Syntax::Boolean => "boolean",
            Syntax::Bytes | Syntax::Guid | Syntax::Sid => "binary",
            Syntax::Text | Syntax::Time | Syntax::Reference => "string",
        };
        let many = self.schema.is_multi_valued(self.side(), attribute);
        let name = escape(self.schema.name(attribute));
        let said = if operation.is_empty() {
            String::new()
        } else {
            format!(" operation=\"{operation}\"")
        };
        let head = format!("<attr name=\"{name}\"{said} type=\"{kind}\" multivalued=\"{many}\">");
        self.line(4, &head);
        let encoding = if kind == "binary" { " encoding=\"base64\"" } else { "" };
        for (values, word) in [(remove, "delete"), (add, "add")] {
            let word = match operation {
                "update" | "replace" | "delete" => format!(" operation=\"{word}\""),
                _ => String::new(),
            };
            for value in values {
                let shown = escape(&value.to_string());
                self.line(5, &format!("<value{word}{encoding}>{shown}</value>"));
            }
        }
        self.line(4, "</attr>");
    }

    fn references(
        &mut self,
        attribute: AttributeId,
        operation: &str,
        add: &[u64],
        remove: &[u64],
    ) -> StoreResult<()> {
        let many = self.schema.is_multi_valued(self.side(), attribute);
        let name = escape(self.schema.name(attribute));
        let said = if operation.is_empty() {
            String::new()
        } else {
            format!(" operation=\"{operation}\"")
        };
        self.line(4, &format!("<dn-attr name=\"{name}\"{said} multivalued=\"{many}\">"));
        for (targets, word) in [(remove, "delete"), (add, "add")] {
            let word =
                if operation.is_empty() { String::new() } else { format!(" operation=\"{word}\"") };
            for to in targets {
                let dn = escape(&lookup::dn(self.tables, *to)?);
                let anchor = cs::get(self.tables, *to)?.and_then(|target| target.anchor);
                let anchor = anchor.map_or_else(String::new, |anchor| {
                    format!("<anchor>{}</anchor>", escape(&anchor.to_string()))
                });
                self.line(5, &format!("<dn-value{word}><dn>{dn}</dn>{anchor}</dn-value>"));
            }
        }
        self.line(4, "</dn-attr>");
        Ok(())
    }

    fn error(&mut self, name: &str, error: &ErrorRecord) {
        let head = format!("<{name} error-type=\"{}\">", escape(&error.error_type));
        self.line(2, &head);
        let lines = [
            ("first-occurred", time(error.first)),
            ("date-occurred", time(error.last)),
            ("retry-count", error.retries.to_string()),
            ("algorithm-step", error.step.clone()),
        ];
        for (name, value) in lines {
            self.line(3, &format!("<{name}>{}</{name}>", escape(&value)));
        }
        let detail = format!(
            "<cd-error><error-code>{}</error-code><error-literal>{}</error-literal></cd-error>",
            escape(&error.code),
            escape(&error.text)
        );
        self.line(3, &detail);
        self.line(2, &format!("</{name}>"));
    }
}

const fn import_word(operation: ImportOp) -> &'static str {
    match operation {
        ImportOp::None => "none",
        ImportOp::Add => "add",
        ImportOp::Update => "update",
        ImportOp::Delete => "delete",
        ImportOp::DeleteAdd => "delete-add",
    }
}

const fn export_word(operation: ExportOp) -> &'static str {
    match operation {
        ExportOp::None => "none",
        ExportOp::Add => "add",
        ExportOp::Update => "update",
        ExportOp::Delete => "delete",
    }
}

/// Writes a time as run history does: `yyyy-mm-dd hh:mm:ss.fff` (SE 7.1).
fn time(at: dirsim_model::Timestamp) -> String {
    let text = at.to_string();
    let text = text.trim_end_matches('Z').replace('T', " ");
    if text.contains('.') { text } else { format!("{text}.000") }
}
