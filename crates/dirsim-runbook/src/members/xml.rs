//! `[xml]`: documents to look into. Elements and attributes are properties, as PowerShell shows them;
//! nothing of a document is changed.

use std::rc::Rc;

use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};

use super::text_of;
use crate::limits::Budget;
use crate::live::{Live, LiveObject};
use crate::stop::{Run, Stop};

/// Methods of documents and elements.
pub(super) const METHODS: &[&str] =
    &["selectnodes", "selectsinglenode", "getattribute", "hasattribute", "getelementsbytagname"];

/// How deep elements nest.
const DEPTH_MAX: usize = 64;

const ELEMENT: &str = "System.Xml.XmlElement";
const DOCUMENT: &str = "System.Xml.XmlDocument";

/// An element with its place in the text.
#[derive(Debug, Default, Clone)]
struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    children: Vec<Element>,
    text: String,
    from: usize,
    to: usize,
}

/// Makes a document of a text.
pub(crate) fn document(value: &Live, budget: &mut Budget) -> Run<Live> {
    if let Live::Object(object) = value
        && object.type_name == DOCUMENT
    {
        return Ok(value.clone());
    }
    // Lines of a file make one text.
    let text = match value {
        Live::Seq(_) => {
            let lines = value.clone().into_arguments();
            lines.iter().map(Live::to_text).collect::<Vec<_>>().join("\n")
        }
        other => other.to_text(),
    };
    budget.charge(text.len())?;
    let root = parse(&text).map_err(|why| {
        Stop::cast(
            "InvalidCastToXmlDocument",
            format!("Cannot convert value \"System.String\" to type \"System.Xml.XmlDocument\". Error: \"{why}\""),
        )
    })?;
    let mut document = LiveObject::new(DOCUMENT).with(&root.name, shown(&root, &text, budget)?);
    document.source = Some(text.into());
    Ok(Live::Object(Rc::new(document)))
}

/// Reads the root element of a text.
fn parse(text: &str) -> Result<Element, String> {
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element> = vec![Element::default()];
    loop {
        let from = position(&reader);
        let event = reader.read_event().map_err(|error| error.to_string())?;
        let to = position(&reader);
        match event {
            Event::Start(start) => {
                if open.len() > DEPTH_MAX {
                    return Err("elements nest too deep".to_owned());
                }
                open.push(element(&start, from, to)?);
            }
            Event::Empty(start) => {
                let element = element(&start, from, to)?;
                open.last_mut().ok_or("no element is open")?.children.push(element);
            }
            Event::End(_) => {
                let mut done = open.pop().ok_or("an element ends that never began")?;
                done.to = to;
                open.last_mut().ok_or("an element ends that never began")?.children.push(done);
            }
            Event::Text(piece) => push(&mut open, &piece),
            Event::CData(piece) => push(&mut open, &piece),
            Event::GeneralRef(reference) => {
                let name: &str = &reference;
                let written = format!("&{name};");
                let c = unescape(&written).map_err(|error| error.to_string())?;
                push(&mut open, &c);
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
    let first = root.children.pop().ok_or("Root element is missing.")?;
    if !root.children.is_empty() {
        return Err("There are multiple root elements.".to_owned());
    }
    if !root.text.trim().is_empty() {
        return Err("Data at the root level is invalid.".to_owned());
    }
    Ok(first)
}

fn position(reader: &Reader<&[u8]>) -> usize {
    usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX)
}

fn push(open: &mut [Element], piece: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(piece);
    }
}

fn element(start: &BytesStart<'_>, from: usize, to: usize) -> Result<Element, String> {
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let value = unescape(&attribute.value).map_err(|error| error.to_string())?.into_owned();
        attributes.push((attribute.key.as_ref().to_owned(), value));
    }
    let name = start.name().as_ref().to_owned();
    Ok(Element { name, attributes, from, to, ..Element::default() })
}

impl Element {
    /// Returns the text of the element and of those within.
    fn inner_text(&self) -> String {
        let mut text = if self.children.is_empty() || !self.text.trim().is_empty() {
            self.text.clone()
        } else {
            String::new()
        };
        for child in &self.children {
            text.push_str(&child.inner_text());
        }
        text
    }

    fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Collects the elements of a name below this one, in the order of the document.
    fn below<'e>(&'e self, name: &str, found: &mut Vec<&'e Self>) {
        for child in &self.children {
            if name == "*" || child.name == name {
                found.push(child);
            }
            child.below(name, found);
        }
    }
}

/// Returns an element as a property of another one: its text when it holds nothing else.
fn shown(element: &Element, text: &str, budget: &mut Budget) -> Run<Live> {
    if element.attributes.is_empty() && element.children.is_empty() {
        return Ok(Live::text(element.text.as_str()));
    }
    whole(element, text, budget)
}

/// Returns an element with its attributes and elements as properties.
fn whole(element: &Element, text: &str, budget: &mut Budget) -> Run<Live> {
    let source = text.get(element.from..element.to).unwrap_or_default();
    budget.charge(source.len() + 64)?;
    let mut object = LiveObject::new(ELEMENT);
    for (name, value) in &element.attributes {
        object.put(name, Live::text(value.as_str()));
    }
    for (at, child) in element.children.iter().enumerate() {
        let same: Vec<&Element> =
            element.children.iter().filter(|other| other.name == child.name).collect();
        // Elements of one name are one list, where the first of them stands.
        if element.children.iter().position(|other| other.name == child.name) != Some(at) {
            continue;
        }
        let mut values = Vec::with_capacity(same.len());
        for child in same {
            values.push(shown(child, text, budget)?);
        }
        object.put(&child.name, Live::of_many(values));
    }
    if !element.text.trim().is_empty() && !element.attributes.is_empty() {
        object.put("#text", Live::text(element.text.as_str()));
    }
    object.source = Some(source.into());
    Ok(Live::Object(Rc::new(object)))
}

/// Returns a property that every element and document has; elements and attributes come first.
pub(super) fn property(object: &LiveObject, lower: &str, budget: &mut Budget) -> Option<Live> {
    let source = object.source.as_ref()?;
    let root = parse(source).ok()?;
    let list = |elements: &[Element], budget: &mut Budget| {
        let values: Run<Vec<Live>> =
            elements.iter().map(|child| whole(child, source, budget)).collect();
        values.ok().map(Live::array)
    };
    let document = object.type_name == DOCUMENT;
    match lower {
        "outerxml" => Some(Live::Text(Rc::clone(source))),
        "innerxml" if document => Some(Live::Text(Rc::clone(source))),
        "innerxml" => {
            let first = root.children.first().map(|child| child.from);
            let last = root.children.last().map(|child| child.to);
            let inner = first.zip(last).and_then(|(from, to)| source.get(from..to));
            Some(Live::text(inner.unwrap_or(&root.text)))
        }
        "innertext" | "#text" => Some(Live::text(root.inner_text())),
        "name" | "localname" if document => Some(Live::text("#document")),
        "name" => Some(Live::text(root.name.as_str())),
        "localname" => Some(Live::text(root.name.rsplit(':').next().unwrap_or_default())),
        "documentelement" if document => whole(&root, source, budget).ok(),
        "haschildnodes" => Some(Live::Bool(document || !root.children.is_empty())),
        "childnodes" if document => list(std::slice::from_ref(&root), budget),
        "childnodes" => list(&root.children, budget),
        _ => None,
    }
}

/// Carries out a method of an element or document.
pub(super) fn call(
    object: &LiveObject,
    lower: &str,
    arguments: &[Live],
    budget: &mut Budget,
) -> Option<Run<Live>> {
    let source = object.source.as_ref()?;
    let root = parse(source).ok()?;
    let name = text_of(arguments, 0);
    let top = if object.type_name == DOCUMENT {
        Element { children: vec![root.clone()], ..Element::default() }
    } else {
        root.clone()
    };
    Some(match lower {
        "getattribute" => Ok(Live::text(root.attribute(&name).unwrap_or_default())),
        "hasattribute" => Ok(Live::Bool(root.attribute(&name).is_some())),
        "getelementsbytagname" => {
            let mut found = Vec::new();
            top.below(&name, &mut found);
            let values: Run<Vec<Live>> =
                found.into_iter().map(|element| whole(element, source, budget)).collect();
            values.map(Live::array)
        }
        "selectnodes" => selected(&top, &name, source, budget).map(Live::array),
        "selectsinglenode" => selected(&top, &name, source, budget)
            .map(|found| found.into_iter().next().unwrap_or(Live::Null)),
        _ => return None,
    })
}

/// Returns what an `XPath` of names, `*`, `//`, `@name` and `[@name='value']` finds.
fn selected(top: &Element, path: &str, source: &str, budget: &mut Budget) -> Run<Vec<Live>> {
    let unknown = || {
        Stop::method(
            "SelectNodes",
            format!(
                "dirsim reads XPath of names, *, //, @name and [@name='value'] only, not '{path}'."
            ),
        )
    };
    let mut here: Vec<&Element> = vec![top];
    let mut rest = path.trim();
    while !rest.is_empty() {
        let deep = rest.starts_with("//");
        rest = rest.trim_start_matches('/');
        // A slash within a predicate ends no step.
        let mut within = false;
        let end = rest
            .find(|c| {
                within = (within || c == '[') && c != ']';
                c == '/' && !within
            })
            .unwrap_or(rest.len());
        let (step, behind) = rest.split_at(end);
        rest = behind;
        if let Some(name) = step.strip_prefix('@') {
            if !rest.is_empty() {
                return Err(unknown());
            }
            let values = here.iter().filter_map(|element| element.attribute(name));
            return Ok(values.map(Live::text).collect());
        }
        let (name, predicate) = match step.split_once('[') {
            Some((name, predicate)) => {
                (name, Some(predicate.strip_suffix(']').ok_or_else(unknown)?))
            }
            None => (step, None),
        };
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':');
        if name == "." {
            continue;
        }
        if name.is_empty() || !(name == "*" || name.chars().all(plain)) {
            return Err(unknown());
        }
        let mut next = Vec::new();
        for element in here {
            if deep {
                element.below(name, &mut next);
            } else {
                next.extend(element.children.iter().filter(|c| name == "*" || c.name == name));
            }
        }
        if let Some(predicate) = predicate {
            let (left, right) = predicate.split_once('=').ok_or_else(unknown)?;
            let (left, right) = (left.trim(), right.trim().trim_matches(['\'', '"']));
            next.retain(|element| match left.strip_prefix('@') {
                Some(name) => element.attribute(name) == Some(right),
                None => element.children.iter().any(|c| c.name == left && c.inner_text() == right),
            });
        }
        budget.charge(next.len() * crate::limits::ITEM_BYTES)?;
        here = next;
    }
    here.into_iter().map(|element| whole(element, source, budget)).collect()
}
