//! `Export-Clixml` and `Import-Clixml`: values with their types, in the XML that PowerShell writes.

use std::fmt::Write as _;
use std::rc::Rc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::bind::Bound;
use crate::commands::pipe::{INPUT, inputs};
use crate::error::CommandError;
use crate::live::{Live, LiveObject, SeqKind, TICKS_MS, Table, TableKind};
use crate::operators;
use crate::session::Session;
use crate::spec::{CommandSpec, Parameter as P};
use crate::stop::{Run, Stop};
use crate::value::Object;

type Done = Result<Vec<Object>, CommandError>;

const UTILITY: &str = "Microsoft.PowerShell.Utility";
/// How deep values nest in a file that is read.
const DEPTH_MAX: usize = 64;

/// `Import-Clixml`.
pub(super) static IMPORT: CommandSpec = CommandSpec {
    name: "Import-Clixml",
    aliases: &["ipcliXml"],
    module: UTILITY,
    summary: "Reads what Export-Clixml wrote",
    example: "$before = Import-Clixml C:\\Temp\\before.xml",
    parameters: &[P::text("Path").at(0).or(&["LiteralPath"]).required().piped()],
    sets: &[],
    run: import,
};

/// `Export-Clixml`.
pub(super) static EXPORT: CommandSpec = CommandSpec {
    name: "Export-Clixml",
    aliases: &["epcliXml"],
    module: UTILITY,
    summary: "Writes values with their types to an XML file",
    example: "Get-ADUser -Filter * -Properties * | Export-Clixml C:\\Temp\\before.xml",
    parameters: &[
        P::text("Path").at(0).or(&["LiteralPath"]).required(),
        P::integer("Depth"),
        P::text("Encoding").ignored(),
        P::switch("Force").ignored(),
        P::switch("NoClobber"),
        INPUT,
    ],
    sets: &[],
    run: export,
};

fn export(session: &mut Session<'_>, bound: &Bound) -> Done {
    let path = bound.required("Path").to_owned();
    if bound.switch("NoClobber") && super::data::exists(session, &path)? {
        return Err(Stop::error(
            "System.IO.IOException",
            "NoClobber,Microsoft.PowerShell.Commands.ExportClixmlCommand",
            format!("The file '{path}' already exists."),
        )
        .into());
    }
    let depth = bound.integer("Depth").and_then(|depth| usize::try_from(depth).ok()).unwrap_or(2);
    let mut writer = Writer { text: String::new(), objects: 0 };
    writer.text.push_str(
        "<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\">\n",
    );
    for item in inputs(bound) {
        session.state.budget.step()?;
        writer.value(&item, None, depth.min(DEPTH_MAX), 1);
    }
    writer.text.push_str("</Objs>\n");
    session.write_file(&path, &writer.text, false)?;
    Ok(Vec::new())
}

struct Writer {
    text: String,
    objects: usize,
}

impl Writer {
    /// Writes a value; below `depth` only its text.
    fn value(&mut self, value: &Live, name: Option<&str>, depth: usize, indent: usize) {
        let (tag, text) = match value {
            Live::Nothing | Live::Null => ("Nil", String::new()),
            Live::Bool(truth) => ("B", truth.to_string()),
            Live::Int(number) => ("I32", number.to_string()),
            Live::Long(number) => ("I64", number.to_string()),
            Live::Byte(number) => ("By", number.to_string()),
            Live::Double(number) => ("Db", number.to_string()),
            Live::Decimal(number) => ("D", number.to_string()),
            Live::Char(c) => ("C", u32::from(*c).to_string()),
            Live::Time(ticks) => ("DT", operators::format::time(*ticks, "yyyy-MM-ddTHH:mm:ssZ")),
            Live::Span(ticks) => ("TS", span(*ticks)),
            Live::Guid(guid) => ("G", guid.to_string()),
            Live::Seq(seq) if seq.kind == SeqKind::Bytes => {
                let bytes: Vec<u8> = seq
                    .items
                    .borrow()
                    .iter()
                    .filter_map(|item| match item {
                        Live::Byte(byte) => Some(*byte),
                        _ => None,
                    })
                    .collect();
                ("BA", STANDARD.encode(bytes))
            }
            Live::Seq(_) | Live::Table(_) | Live::Object(_) if depth > 0 => {
                self.compound(value, name, depth, indent);
                return;
            }
            other => ("S", other.to_text()),
        };
        let name = named(name);
        let pad = "  ".repeat(indent);
        if text.is_empty() {
            let _ = writeln!(self.text, "{pad}<{tag}{name} />");
        } else {
            let _ = writeln!(self.text, "{pad}<{tag}{name}>{}</{tag}>", escaped(&text));
        }
    }

    fn compound(&mut self, value: &Live, name: Option<&str>, depth: usize, indent: usize) {
        let (pad, inner) = ("  ".repeat(indent), "  ".repeat(indent + 1));
        let reference = self.objects;
        self.objects += 1;
        let name = named(name);
        let _ = writeln!(self.text, "{pad}<Obj{name} RefId=\"{reference}\">");
        let _ = writeln!(
            self.text,
            "{inner}<TN RefId=\"{reference}\"><T>{}</T><T>System.Object</T></TN>",
            escaped(&value.type_name())
        );
        match value {
            Live::Seq(seq) => {
                let _ = writeln!(self.text, "{inner}<LST>");
                for item in seq.items.borrow().iter() {
                    self.value(item, None, depth - 1, indent + 2);
                }
                let _ = writeln!(self.text, "{inner}</LST>");
            }
            Live::Table(table) => {
                let _ = writeln!(self.text, "{inner}<DCT>");
                for (key, value) in table.pairs() {
                    let _ = writeln!(self.text, "{inner}  <En>");
                    self.value(&key, Some("Key"), depth - 1, indent + 3);
                    self.value(&value, Some("Value"), depth - 1, indent + 3);
                    let _ = writeln!(self.text, "{inner}  </En>");
                }
                let _ = writeln!(self.text, "{inner}</DCT>");
            }
            Live::Object(object) => {
                let _ = writeln!(self.text, "{inner}<MS>");
                for (name, value) in object.properties() {
                    self.value(&value, Some(&name), depth - 1, indent + 2);
                }
                let _ = writeln!(self.text, "{inner}</MS>");
            }
            _ => {}
        }
        let _ = writeln!(self.text, "{pad}</Obj>");
    }
}

fn named(name: Option<&str>) -> String {
    name.map_or_else(String::new, |name| format!(" N=\"{}\"", escaped(name)))
}

/// Escapes what XML cannot hold; control characters as PowerShell writes them, `_x000A_`.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() => {
                let _ = write!(out, "_x{:04X}_", u32::from(c));
            }
            '_' if text.get(at + 1..).is_some_and(|rest| rest.starts_with('x')) => {
                out.push_str("_x005F_");
            }
            c => out.push(c),
        }
    }
    out
}

/// Takes the escapes of control characters back.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("_x") {
        let code = rest.get(at + 2..at + 6).filter(|_| rest.get(at + 6..at + 7) == Some("_"));
        let c = code.and_then(|hex| u32::from_str_radix(hex, 16).ok()).and_then(char::from_u32);
        out.push_str(rest.get(..at).unwrap_or_default());
        let taken = if let Some(c) = c {
            out.push(c);
            7
        } else {
            out.push_str("_x");
            2
        };
        rest = rest.get(at + taken..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// Writes a span of time as XML does, in seconds.
fn span(ticks: i64) -> String {
    let sign = if ticks < 0 { "-" } else { "" };
    let ms = ticks.unsigned_abs() / TICKS_MS.unsigned_abs();
    format!("{sign}PT{}.{:03}S", ms / 1000, ms % 1000)
}

fn import(session: &mut Session<'_>, bound: &Bound) -> Done {
    let path = bound.required("Path").to_owned();
    let text = session.read_file(&path)?;
    let tree = parse(&text).map_err(|why| {
        Stop::error(
            "System.Xml.XmlException",
            "System.Xml.XmlException,Microsoft.PowerShell.Commands.ImportClixmlCommand",
            format!("{path} is no Clixml file: {why}"),
        )
    })?;
    for node in &tree.children {
        session.state.budget.charge(64)?;
        let value = value_of(node)?;
        session.emit(value);
    }
    Ok(Vec::new())
}

/// An element of the file.
#[derive(Default)]
struct Node {
    tag: String,
    name: Option<String>,
    text: String,
    children: Vec<Node>,
}

/// Reads the elements of a file.
fn parse(text: &str) -> Result<Node, String> {
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Node> = vec![Node::default()];
    loop {
        let event = reader.read_event().map_err(|error| error.to_string())?;
        match event {
            Event::Start(start) => {
                if open.len() > 3 * DEPTH_MAX {
                    return Err("elements nest too deep".to_owned());
                }
                open.push(node(&start)?);
            }
            Event::Empty(start) => {
                let node = node(&start)?;
                open.last_mut().ok_or("no element is open")?.children.push(node);
            }
            Event::End(_) => {
                let done = open.pop().ok_or("an element ends that never began")?;
                open.last_mut().ok_or("an element ends that never began")?.children.push(done);
            }
            Event::Text(text) => {
                if let Some(node) = open.last_mut() {
                    node.text.push_str(&text);
                }
            }
            Event::GeneralRef(reference) => {
                let name: &str = &reference;
                let number = name.strip_prefix('#').and_then(|code| match code.strip_prefix('x') {
                    Some(hex) => u32::from_str_radix(hex, 16).ok(),
                    None => code.parse().ok(),
                });
                let c = match name {
                    "lt" => Some('<'),
                    "gt" => Some('>'),
                    "amp" => Some('&'),
                    "quot" => Some('"'),
                    "apos" => Some('\''),
                    _ => number.and_then(char::from_u32),
                };
                let c = c.ok_or_else(|| format!("the unknown entity `&{name};`"))?;
                if let Some(node) = open.last_mut() {
                    node.text.push(c);
                }
            }
            Event::DocType(_) => return Err("document types are not read".to_owned()),
            Event::Eof => break,
            _ => {}
        }
    }
    let mut root = open.pop().ok_or("nothing is open at the end")?;
    if !open.is_empty() {
        return Err("an element is never closed".to_owned());
    }
    match root.children.pop() {
        Some(objects) if objects.tag == "Objs" && root.children.is_empty() => Ok(objects),
        _ => Err("its root is no `Objs`".to_owned()),
    }
}

fn node(start: &BytesStart<'_>) -> Result<Node, String> {
    let tag = start.local_name().as_ref().to_owned();
    let name = start.try_get_attribute("N").map_err(|error| error.to_string())?;
    let name = name.map(|name| {
        let raw = name.value.into_owned();
        let plain = raw.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
        unescaped(&plain.replace("&amp;", "&"))
    });
    Ok(Node { tag, name, ..Node::default() })
}

/// Returns the value of an element.
fn value_of(node: &Node) -> Run<Live> {
    let text = || unescaped(&node.text);
    let as_type = |name: &'static str| operators::cast::to(name, &Live::text(node.text.as_str()));
    match node.tag.as_str() {
        "Nil" => Ok(Live::Null),
        "B" => Ok(Live::Bool(node.text.eq_ignore_ascii_case("true"))),
        "I32" | "I16" | "U16" | "SB" => as_type("System.Int32"),
        "I64" | "U32" | "U64" => as_type("System.Int64"),
        "By" => as_type("System.Byte"),
        "Db" | "Sg" => as_type("System.Double"),
        "D" => as_type("System.Decimal"),
        "C" => {
            let code = node.text.parse().ok().and_then(char::from_u32);
            Ok(Live::Char(code.unwrap_or('\u{FFFD}')))
        }
        "DT" => as_type("System.DateTime"),
        "TS" => Ok(span_of(&node.text).map_or(Live::Null, Live::Span)),
        "G" => as_type("System.Guid"),
        "BA" => Ok(STANDARD.decode(node.text.trim()).map_or(Live::Null, |b| Live::bytes(&b))),
        "Obj" => object_of(node),
        _ => Ok(Live::text(text())),
    }
}

fn object_of(node: &Node) -> Run<Live> {
    let part =
        |names: &[&str]| node.children.iter().find(|child| names.contains(&child.tag.as_str()));
    if let Some(list) = part(&["LST", "IE", "QUE", "STK"]) {
        return Ok(Live::array(list.children.iter().map(value_of).collect::<Run<_>>()?));
    }
    if let Some(entries) = part(&["DCT"]) {
        let table = Table::new(TableKind::Hash);
        for entry in &entries.children {
            let of = |name: &str| {
                entry.children.iter().find(|child| child.name.as_deref() == Some(name))
            };
            if let (Some(key), Some(value)) = (of("Key"), of("Value")) {
                table.set(value_of(key)?, value_of(value)?);
            }
        }
        return Ok(Live::Table(Rc::new(table)));
    }
    let object = LiveObject::custom();
    for properties in node.children.iter().filter(|child| ["MS", "Props"].contains(&&*child.tag)) {
        for property in &properties.children {
            object.put(property.name.as_deref().unwrap_or_default(), value_of(property)?);
        }
    }
    Ok(Live::Object(Rc::new(object)))
}

/// Reads a span of time as XML writes it: `PT1H30M`, `P1DT0.5S`.
fn span_of(text: &str) -> Option<i64> {
    let (sign, rest) = match text.trim().strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.trim()),
    };
    let rest = rest.strip_prefix('P')?;
    let (mut seconds, mut number, mut of_time) = (0.0, String::new(), false);
    for c in rest.chars() {
        let factor = match c {
            'T' => {
                of_time = true;
                continue;
            }
            '0'..='9' | '.' => {
                number.push(c);
                continue;
            }
            'D' => 86_400.0,
            'H' => 3_600.0,
            'M' if of_time => 60.0,
            'S' => 1.0,
            _ => return None,
        };
        seconds += number.parse::<f64>().ok()? * factor;
        number.clear();
    }
    operators::number::whole_of(sign * seconds * 10_000_000.0)
}
