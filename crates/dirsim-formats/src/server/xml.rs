//! XML as a tree of elements with the line of each, read one event at a time.
//!
//! Only what a configuration export uses is read: elements, attributes, text. Document types and
//! entities are refused (CE-002), so that a small file cannot become a large one; depth, size and
//! number of elements have limits. Names are kept without their prefix: the files write one
//! vocabulary with different prefixes.

use quick_xml::XmlVersion;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};

use super::config::Limits;
use crate::encoding::{TextEncoding, decode};

/// One element.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Element {
    /// The name without prefix.
    pub(super) name: Box<str>,
    /// Attributes without prefix, namespaces left out.
    pub(super) attributes: Vec<(Box<str>, Box<str>)>,
    /// The text directly inside, as it is.
    pub(super) text: String,
    /// The elements directly inside.
    pub(super) children: Vec<Element>,
    /// The line of its start tag, from 1.
    pub(super) line: u32,
}

/// Why a file is no XML that dirsim reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct XmlError {
    /// The line, from 1.
    pub(super) line: u32,
    /// What is wrong.
    pub(super) reason: String,
    /// What to do.
    pub(super) help: String,
}

impl Element {
    /// Returns the first element of a name directly inside.
    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| *child.name == *name)
    }

    /// Walks over the elements of a name directly inside.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| *child.name == *name)
    }

    /// Returns the element at the end of a path.
    pub(super) fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |element, name| element.child(name))
    }

    /// Returns the text without white space around it.
    pub(super) fn trimmed(&self) -> &str {
        self.text.trim()
    }

    /// Returns the trimmed text of an element directly inside; empty when it is missing (CE-003).
    pub(super) fn text_of(&self, name: &str) -> &str {
        self.child(name).map_or("", Self::trimmed)
    }

    /// Returns an attribute.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| **known == *name).map(|(_, value)| &**value)
    }

    /// Whether there is nothing in it.
    pub(super) fn is_empty(&self) -> bool {
        self.children.is_empty() && self.trimmed().is_empty()
    }
}

/// Reads a file.
pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Element, XmlError> {
    if bytes.len() > limits.xml_bytes {
        return Err(XmlError {
            line: 1,
            reason: format!("the file has {} bytes, more than {}", bytes.len(), limits.xml_bytes),
            help: "an exported configuration has a few megabytes; is it the right file?".into(),
        });
    }
    let text = decode(bytes, TextEncoding::Detect).map_err(|error| XmlError {
        line: error.line,
        reason: error.reason,
        help: "write the file as UTF-8, or as UTF-16 with a byte order mark".into(),
    })?;
    if text.trim().is_empty() {
        return Err(XmlError {
            line: 1,
            reason: "the file is empty".into(),
            help: EXPORT_AGAIN.into(),
        });
    }
    Reader {
        xml: quick_xml::Reader::from_str(&text),
        text: &text,
        limits,
        line: 1,
        counted: 0,
        elements: 0,
    }
    .read()
}

const EXPORT_AGAIN: &str =
    "copy the folder again, or run Get-ADSyncServerConfiguration -Path once more";

struct Reader<'a> {
    xml: quick_xml::Reader<&'a [u8]>,
    text: &'a str,
    limits: &'a Limits,
    /// The line of `counted`.
    line: u32,
    /// The byte up to which lines are counted.
    counted: usize,
    elements: usize,
}

impl Reader<'_> {
    fn read(mut self) -> Result<Element, XmlError> {
        let mut open: Vec<Element> = Vec::new();
        let mut root = None;
        loop {
            let start = usize::try_from(self.xml.buffer_position()).unwrap_or(usize::MAX);
            let event = match self.xml.read_event() {
                Ok(event) => event,
                Err(error) => {
                    let at = usize::try_from(self.xml.error_position()).unwrap_or(start);
                    return self.fail(at, format!("not well-formed: {error}"), EXPORT_AGAIN);
                }
            };
            match event {
                Event::Start(tag) => {
                    if open.is_empty() && root.is_some() {
                        return self.fail(start, "a second root element", EXPORT_AGAIN);
                    }
                    if open.len() >= self.limits.xml_depth {
                        let reason = format!(
                            "more than {} elements inside each other",
                            self.limits.xml_depth
                        );
                        return self.fail(start, reason, EXPORT_AGAIN);
                    }
                    let element = self.element(&tag, start)?;
                    open.push(element);
                }
                Event::Empty(tag) => {
                    let element = self.element(&tag, start)?;
                    self.close(element, &mut open, &mut root, start)?;
                }
                Event::End(_) => {
                    let Some(element) = open.pop() else {
                        return self.fail(start, "an end tag without its start", EXPORT_AGAIN);
                    };
                    self.close(element, &mut open, &mut root, start)?;
                }
                Event::Text(text) => {
                    let content = text.xml10_content();
                    match open.last_mut() {
                        Some(element) => element.text.push_str(&content),
                        None if content
                            .trim_matches(['\u{feff}', ' ', '\t', '\r', '\n'])
                            .is_empty() => {}
                        None => {
                            return self.fail(
                                start,
                                "text outside of the root element",
                                EXPORT_AGAIN,
                            );
                        }
                    }
                }
                Event::CData(text) => {
                    if let Some(element) = open.last_mut() {
                        element.text.push_str(&text.xml10_content());
                    }
                }
                Event::GeneralRef(reference) => {
                    let named = match reference.resolve_char_ref() {
                        Ok(Some(character)) => Some(character.to_string()),
                        Ok(None) => {
                            resolve_predefined_entity(&reference.xml10_content()).map(str::to_owned)
                        }
                        Err(_) => None,
                    };
                    let Some(named) = named else {
                        let reason = format!("the entity `&{};`", reference.xml10_content());
                        let help = "entities of one's own are never read; write the text itself";
                        return self.fail(start, reason, help);
                    };
                    if let Some(element) = open.last_mut() {
                        element.text.push_str(&named);
                    }
                }
                Event::DocType(_) => {
                    let help = "an exported configuration has none; remove it";
                    return self.fail(start, "a document type (`<!DOCTYPE`)", help);
                }
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
                Event::Eof => break,
            }
        }
        if let Some(element) = open.last() {
            let reason = format!(
                "the file ends inside of `{}`, which begins in line {}",
                element.name, element.line
            );
            return self.fail(self.text.len(), reason, EXPORT_AGAIN);
        }
        root.ok_or_else(|| XmlError {
            line: 1,
            reason: "there is no element in the file".into(),
            help: EXPORT_AGAIN.into(),
        })
    }

    fn close(
        &mut self,
        element: Element,
        open: &mut [Element],
        root: &mut Option<Element>,
        at: usize,
    ) -> Result<(), XmlError> {
        match open.last_mut() {
            Some(parent) => parent.children.push(element),
            None if root.is_none() => *root = Some(element),
            None => return self.fail(at, "a second root element", EXPORT_AGAIN),
        }
        Ok(())
    }

    fn element(&mut self, tag: &BytesStart<'_>, at: usize) -> Result<Element, XmlError> {
        self.elements += 1;
        if self.elements > self.limits.xml_elements {
            let reason = format!("more than {} elements", self.limits.xml_elements);
            return self.fail(at, reason, "is it the right file?");
        }
        let line = self.line_of(at);
        let mut attributes = Vec::new();
        let mut found = tag.attributes();
        // The check for doubled names compares each with each.
        found.with_checks(false);
        for attribute in found {
            let attribute = match attribute {
                Ok(attribute) => attribute,
                Err(error) => {
                    return self.fail(at, format!("not well-formed: {error}"), EXPORT_AGAIN);
                }
            };
            if attributes.len() >= self.limits.xml_attributes {
                let reason = format!("more than {} attributes", self.limits.xml_attributes);
                return self.fail(at, reason, EXPORT_AGAIN);
            }
            let name: &str = attribute.key.as_ref();
            if name == "xmlns" || name.starts_with("xmlns:") {
                continue;
            }
            let value = match attribute.normalized_value(XmlVersion::Implicit1_0) {
                Ok(value) => value.into(),
                Err(error) => {
                    let help = "entities of one's own are never read; write the text itself";
                    return self.fail(at, format!("not well-formed: {error}"), help);
                }
            };
            attributes.push((local(name).into(), value));
        }
        let name: &str = tag.name().0;
        Ok(Element {
            name: local(name).into(),
            attributes,
            text: String::new(),
            children: Vec::new(),
            line,
        })
    }

    /// Returns the line of a byte; bytes are asked for in order.
    fn line_of(&mut self, at: usize) -> u32 {
        let between = self.text.as_bytes().get(self.counted..at).unwrap_or_default();
        let lines = memchr::memchr_iter(b'\n', between).count();
        self.line = self.line.saturating_add(u32::try_from(lines).unwrap_or(u32::MAX));
        self.counted = self.counted.max(at.min(self.text.len()));
        self.line
    }

    fn fail<T>(&mut self, at: usize, reason: impl Into<String>, help: &str) -> Result<T, XmlError> {
        Err(XmlError { line: self.line_of(at), reason: reason.into(), help: help.to_owned() })
    }
}

/// Returns a name without its prefix.
fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

/// Writes text so that it stands for itself inside an element.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            // A line end written as it is would come back as a plain one.
            '\r' => escaped.push_str("&#13;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> Limits {
        Limits {
            xml_bytes: 10_000,
            xml_elements: 100,
            xml_depth: 8,
            xml_attributes: 4,
            ..Limits::shipped()
        }
    }

    fn error(text: &str) -> String {
        let error = read(text.as_bytes(), &limits()).unwrap_err();
        format!("{}: {}", error.line, error.reason)
    }

    #[test]
    fn elements_have_names_without_prefix_their_text_and_their_line() {
        let text = "\u{feff}<?xml version='1.0'?>\r\n<!-- WARNING> -->\n<m:a xmlns:m='urn:x' m:k='1 &amp; 2'>\n  x &lt;&#65;\n  <b/>\n  <b>two</b><![CDATA[<z>]]></m:a>";
        let root = read(text.as_bytes(), &limits()).unwrap();
        assert_eq!((&*root.name, root.line), ("a", 3));
        assert_eq!(root.attribute("k"), Some("1 & 2"));
        assert_eq!(root.attributes.len(), 1, "namespaces are no attributes");
        assert!(root.trimmed().starts_with("x <A") && root.trimmed().ends_with("<z>"));
        let lines: Vec<u32> = root.all("b").map(|b| b.line).collect();
        assert_eq!((lines, root.text_of("b")), (vec![5, 6], ""));
    }

    /// CE-002: UTF-8 and UTF-16 with a byte order mark.
    #[test]
    fn utf_16_is_read() {
        let bytes: Vec<u8> =
            "\u{feff}<a>Zoë</a>".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(read(&bytes, &limits()).unwrap().text, "Zoë");
    }

    #[test]
    fn what_is_cut_or_crossed_is_told_with_its_line() {
        assert_eq!(error(""), "1: the file is empty");
        assert_eq!(error(" \n "), "1: the file is empty");
        assert_eq!(
            error("<a>\n<b>x</b>\n<c"),
            "3: not well-formed: syntax error: tag not closed: `>` not found before end of input"
        );
        assert_eq!(error("<a>\n<b>\n"), "3: the file ends inside of `b`, which begins in line 2");
        assert!(
            error("<a>\n<b></a></b>").starts_with("2: not well-formed"),
            "{}",
            error("<a>\n<b></a></b>")
        );
        assert_eq!(error("<a/>\n<b/>"), "2: a second root element");
        assert_eq!(error("<a/>\ntext"), "1: text outside of the root element");
        assert_eq!(error("no xml"), "1: text outside of the root element");
        assert!(error("<a k='1' k2>x</a>").starts_with("1: not well-formed"));
        assert!(read(b"<a>\xff</a>", &limits()).unwrap_err().reason.contains("not UTF-8"));
    }

    /// CE-002: document types and entities are refused, so that nothing is expanded.
    #[test]
    fn entity_bombs_are_refused() {
        let bomb = "<!DOCTYPE a [<!ENTITY x \"lol\"><!ENTITY y \"&x;&x;&x;\">]>\n<a>&y;</a>";
        assert_eq!(error(bomb), "1: a document type (`<!DOCTYPE`)");
        assert_eq!(error("<a>\n&y;</a>"), "2: the entity `&y;`");
        assert!(error("<a k='&y;'/>").starts_with("1: not well-formed"));
        assert_eq!(error("<a>&#x110000;</a>"), "1: the entity `&#x110000;`");
    }

    #[test]
    fn depth_size_and_numbers_have_limits() {
        assert_eq!(
            error(&"<a>\n".repeat(50_000)[..9_000]),
            "9: more than 8 elements inside each other"
        );
        assert_eq!(error(&format!("<a>{}</a>", "<b/>".repeat(200))), "1: more than 100 elements");
        assert_eq!(error("<a b='1' c='1' d='1' e='1' f='1'/>"), "1: more than 4 attributes");
        assert!(error(&" ".repeat(10_001)).contains("more than 10000"));
    }

    #[test]
    fn what_is_escaped_reads_back() {
        let text = "a & b < c > d \"e\" 'f'\r\n g";
        let root = read(format!("<a>{}</a>", escape(text)).as_bytes(), &limits()).unwrap();
        assert_eq!(root.text, text);
    }
}
