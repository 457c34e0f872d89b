//! JSON with the place of every value, one record in memory at a time.
//!
//! The usual parsers keep no places, and a tenant export is one array of a gigabyte.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Deepest nesting of arrays and objects.
pub(super) const DEPTH_MAX: usize = 64;
/// Largest text in bytes.
const TEXT_MAX: usize = 16 << 20;

/// A value and the byte offset it begins at.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node<'a> {
    pub(super) at: usize,
    pub(super) value: Json<'a>,
}

/// A JSON value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Json<'a> {
    Null,
    Boolean(bool),
    /// The number as it is written.
    Number(&'a str),
    Text(Cow<'a, str>),
    List(Vec<Node<'a>>),
    Object(Vec<(Cow<'a, str>, Node<'a>)>),
}

/// Text that is not JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct JsonError {
    /// The byte offset.
    pub(super) at: usize,
    pub(super) reason: String,
    pub(super) help: &'static str,
}

/// Takes what [`Parser::walk`] finds: records, and the pages around them.
pub(super) trait Visitor<'a> {
    /// A record: any value that is no array and no page; with the context of its page.
    fn record(&mut self, node: Node<'a>, page: Option<&str>);
    /// The end of the page that begins at `at`: its members without the records.
    fn page_end(&mut self, at: usize, members: &[(Cow<'a, str>, Node<'a>)]);
    /// Whether to go on.
    fn go_on(&self) -> bool;
}

impl Node<'_> {
    /// Returns a member of an object by its name, compared without case.
    pub(super) fn member(&self, name: &str) -> Option<&Self> {
        let Json::Object(members) = &self.value else { return None };
        members.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, node)| node)
    }

    /// Returns a member that is text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.member(name)?.as_text()
    }

    /// Returns a member that is true or false.
    pub(super) fn boolean(&self, name: &str) -> Option<bool> {
        match self.member(name)?.value {
            Json::Boolean(truth) => Some(truth),
            _ => None,
        }
    }

    pub(super) fn as_text(&self) -> Option<&str> {
        if let Json::Text(text) = &self.value { Some(text) } else { None }
    }

    /// Returns the elements of a list; a single object stands for a list of one, as
    /// `ConvertTo-Json` writes it; 5.1 wraps lists into `{"value": [...], "Count": n}`.
    pub(super) fn elements(&self) -> &[Self] {
        match &self.value {
            Json::List(elements) => elements,
            Json::Object(_) => match self.member("value") {
                Some(Self { value: Json::List(elements), .. })
                    if self.member("Count").is_some() =>
                {
                    elements
                }
                _ => std::slice::from_ref(self),
            },
            _ => &[],
        }
    }
}

/// Reads JSON text.
#[derive(Debug)]
pub(super) struct Parser<'a> {
    text: &'a str,
    at: usize,
}

type Parsed<T> = Result<T, JsonError>;

impl<'a> Parser<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// Reads the first value of the text.
    #[cfg(test)]
    pub(super) fn only(&mut self) -> Parsed<Node<'a>> {
        self.node(0)
    }

    /// Walks over all records of the text: values one after the other, arrays, pages, and any mix
    /// of them.
    ///
    /// After an error on a line that holds one whole object, the walk goes on with the next line;
    /// all errors are returned.
    pub(super) fn walk(
        &mut self,
        visitor: &mut dyn Visitor<'a>,
        errors_max: usize,
    ) -> Vec<JsonError> {
        let mut errors = Vec::new();
        loop {
            self.skip_space();
            let start = self.at;
            if start >= self.text.len() || !visitor.go_on() {
                return errors;
            }
            if let Err(error) = self.element(visitor, 0) {
                let line_end = self.line_end(start);
                let next = self.text.get(line_end..).unwrap_or_default().trim_start();
                let by_line = error.at <= line_end && next.starts_with('{');
                errors.push(error);
                if !by_line || errors.len() >= errors_max {
                    return errors;
                }
                self.at = line_end;
            }
        }
    }

    fn line_end(&self, from: usize) -> usize {
        let rest = self.text.as_bytes().get(from..).unwrap_or_default();
        memchr::memchr(b'\n', rest).map_or(self.text.len(), |at| from + at)
    }

    fn element(&mut self, visitor: &mut dyn Visitor<'a>, depth: usize) -> Parsed<()> {
        self.skip_space();
        match self.peek() {
            Some(b'[') => self.array(visitor, None, depth),
            Some(b'{') => self.page_or_record(visitor, None, depth),
            _ => {
                let node = self.node(depth)?;
                visitor.record(node, None);
                Ok(())
            }
        }
    }

    /// Reads an array whose elements are records, pages or arrays of them.
    fn array(
        &mut self,
        visitor: &mut dyn Visitor<'a>,
        page: Option<&str>,
        depth: usize,
    ) -> Parsed<()> {
        self.deepen(depth)?;
        self.at += 1;
        self.skip_space();
        if self.eat(b']') {
            return Ok(());
        }
        loop {
            if !visitor.go_on() {
                self.at = self.text.len();
                return Ok(());
            }
            self.skip_space();
            match self.peek() {
                Some(b'[') => self.array(visitor, page, depth + 1)?,
                Some(b'{') => self.page_or_record(visitor, page, depth + 1)?,
                _ => {
                    let node = self.node(depth + 1)?;
                    visitor.record(node, page);
                }
            }
            self.skip_space();
            if self.eat(b']') {
                return Ok(());
            }
            self.expect(b',', "`,` or `]`")?;
        }
    }

    /// Reads an object: a page when it has an array `value` and no property in front of it, a record
    /// otherwise.
    fn page_or_record(
        &mut self,
        visitor: &mut dyn Visitor<'a>,
        outer: Option<&str>,
        depth: usize,
    ) -> Parsed<()> {
        self.deepen(depth)?;
        let at = self.at;
        self.at += 1;
        let mut members: Vec<(Cow<'a, str>, Node<'a>)> = Vec::new();
        let mut is_page = false;
        self.skip_space();
        if !self.eat(b'}') {
            loop {
                let key = self.key()?;
                // A page says things about itself only; a record has properties, or its type.
                let about_page = |(key, _): &(Cow<'a, str>, Node<'a>)| {
                    (key.contains('@') && !key.eq_ignore_ascii_case("@odata.type"))
                        || key.eq_ignore_ascii_case("Count")
                };
                if key.eq_ignore_ascii_case("value")
                    && self.peek() == Some(b'[')
                    && members.iter().all(about_page)
                {
                    is_page = true;
                    let context = members
                        .iter()
                        .find(|(key, _)| key.eq_ignore_ascii_case("@odata.context"))
                        .and_then(|(_, node)| node.as_text().map(str::to_owned));
                    self.array(visitor, context.as_deref().or(outer), depth + 1)?;
                } else {
                    let node = self.node(depth + 1)?;
                    members.push((key, node));
                }
                self.skip_space();
                if self.eat(b'}') {
                    break;
                }
                self.expect(b',', "`,` or `}`")?;
            }
        }
        if is_page {
            visitor.page_end(at, &members);
        } else {
            visitor.record(Node { at, value: Json::Object(members) }, outer);
        }
        Ok(())
    }

    fn node(&mut self, depth: usize) -> Parsed<Node<'a>> {
        self.skip_space();
        let at = self.at;
        let value = match self.peek() {
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.list(depth)?,
            Some(b'"') => Json::Text(self.string()?),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(_) => self.word()?,
            None => return Err(self.error("the text ends in the middle", "the file was cut")),
        };
        Ok(Node { at, value })
    }

    fn object(&mut self, depth: usize) -> Parsed<Json<'a>> {
        self.deepen(depth)?;
        self.at += 1;
        let mut members = Vec::new();
        self.skip_space();
        if self.eat(b'}') {
            return Ok(Json::Object(members));
        }
        loop {
            let key = self.key()?;
            members.push((key, self.node(depth + 1)?));
            self.skip_space();
            if self.eat(b'}') {
                return Ok(Json::Object(members));
            }
            self.expect(b',', "`,` or `}`")?;
        }
    }

    fn list(&mut self, depth: usize) -> Parsed<Json<'a>> {
        self.deepen(depth)?;
        self.at += 1;
        let mut elements = Vec::new();
        self.skip_space();
        if self.eat(b']') {
            return Ok(Json::List(elements));
        }
        loop {
            elements.push(self.node(depth + 1)?);
            self.skip_space();
            if self.eat(b']') {
                return Ok(Json::List(elements));
            }
            self.expect(b',', "`,` or `]`")?;
        }
    }

    /// Reads the name of a member and the colon behind it, up to its value.
    fn key(&mut self) -> Parsed<Cow<'a, str>> {
        self.skip_space();
        if self.peek() != Some(b'"') {
            return Err(self.expected("a property name in double quotes"));
        }
        let key = self.string()?;
        self.skip_space();
        self.expect(b':', "`:`")?;
        self.skip_space();
        Ok(key)
    }

    fn number(&mut self) -> Parsed<Json<'a>> {
        let start = self.at;
        self.eat(b'-');
        let digits = |parser: &mut Self| {
            let from = parser.at;
            while matches!(parser.peek(), Some(b'0'..=b'9')) {
                parser.at += 1;
            }
            parser.at > from
        };
        let mut good = digits(self);
        if self.eat(b'.') {
            good &= digits(self);
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            good &= digits(self);
        }
        if good {
            Ok(Json::Number(self.text.get(start..self.at).unwrap_or_default()))
        } else {
            Err(self.error("the number is not complete", "numbers look like -12.5"))
        }
    }

    fn word(&mut self) -> Parsed<Json<'a>> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        for (word, value) in
            [("null", Json::Null), ("true", Json::Boolean(true)), ("false", Json::Boolean(false))]
        {
            if rest.starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
        }
        Err(self.expected("a value"))
    }

    fn string(&mut self) -> Parsed<Cow<'a, str>> {
        let opening = self.at;
        self.at += 1;
        let mut built: Option<String> = None;
        loop {
            let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
            let Some(length) = memchr::memchr2(b'"', b'\\', rest) else {
                self.at = opening;
                return Err(self.error(
                    "the text in quotes has no end",
                    "the file was cut, or a quote inside lacks its backslash",
                ));
            };
            let run = self.text.get(self.at..self.at + length).unwrap_or_default();
            if run.len() + built.as_ref().map_or(0, String::len) > TEXT_MAX {
                self.at = opening;
                return Err(self.error(
                    "the text is larger than 16 MiB",
                    "no property holds as much; leave it out",
                ));
            }
            let quote = rest.get(length) == Some(&b'"');
            self.at += length + 1;
            match (&mut built, quote) {
                (None, true) => return Ok(Cow::Borrowed(run)),
                (Some(text), true) => {
                    text.push_str(run);
                    return Ok(Cow::Owned(std::mem::take(text)));
                }
                (text, false) => {
                    let text = text.get_or_insert_default();
                    text.push_str(run);
                    let c = self.escape()?;
                    built.get_or_insert_default().push(c);
                }
            }
        }
    }

    /// Reads what stands behind a backslash.
    fn escape(&mut self) -> Parsed<char> {
        let byte = self.peek();
        self.at += 1;
        Ok(match byte {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                let first = self.hex()?;
                if !(0xD800..0xE000).contains(&first) {
                    return Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
                }
                // Two halves make one character; a half alone is kept as a replacement.
                if !self.text.get(self.at..).is_some_and(|rest| rest.starts_with("\\u")) {
                    return Ok(char::REPLACEMENT_CHARACTER);
                }
                let back = self.at;
                self.at += 2;
                let second = self.hex()?;
                if first < 0xDC00 && (0xDC00..0xE000).contains(&second) {
                    let joined = 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00);
                    char::from_u32(joined).unwrap_or(char::REPLACEMENT_CHARACTER)
                } else {
                    self.at = back;
                    char::REPLACEMENT_CHARACTER
                }
            }
            _ => {
                self.at = self.at.saturating_sub(2);
                return Err(self.error(
                    "the backslash stands in front of nothing that can be escaped",
                    "write a backslash as `\\\\`",
                ));
            }
        })
    }

    fn hex(&mut self) -> Parsed<u32> {
        let digits = self.text.as_bytes().get(self.at..self.at + 4);
        let code = digits
            .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))
            .and_then(|digits| u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        match code {
            Some(code) => {
                self.at += 4;
                Ok(code)
            }
            None => Err(self.error("`\\u` needs four hexadecimal digits", "`\\u00eb` is ë")),
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    fn expect(&mut self, byte: u8, what: &str) -> Parsed<()> {
        if self.eat(byte) { Ok(()) } else { Err(self.expected(what)) }
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn deepen(&self, depth: usize) -> Parsed<()> {
        if depth < DEPTH_MAX {
            Ok(())
        } else {
            Err(self.error("nested deeper than 64 levels", "no export of a tenant is as deep"))
        }
    }

    fn error(&self, reason: impl Into<String>, help: &'static str) -> JsonError {
        JsonError { at: self.at, reason: reason.into(), help }
    }

    fn expected(&self, what: &str) -> JsonError {
        let found = self.text.get(self.at..).unwrap_or_default().chars().next();
        let mut reason = format!("expected {what}");
        match found {
            Some(c) => {
                let _ = write!(reason, ", found `{}`", c.escape_debug());
            }
            None => reason.push_str(", but the text ends"),
        }
        self.error(reason, "the file is not JSON, or was cut; write it with `ConvertTo-Json` or save the answer of Graph unchanged")
    }
}

/// Adds a text in quotes to `out`, escaped.
pub(super) fn push_text(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Found(Vec<String>);

    impl<'a> Visitor<'a> for Found {
        fn record(&mut self, node: Node<'a>, page: Option<&str>) {
            let id = node.text("id").unwrap_or("-").to_owned();
            self.0.push(format!("{id}@{} {}", node.at, page.unwrap_or_default()));
        }
        fn page_end(&mut self, _: usize, members: &[(Cow<'a, str>, Node<'a>)]) {
            let names: Vec<&str> = members.iter().map(|(key, _)| &**key).collect();
            self.0.push(format!("end {}", names.join(" ")));
        }
        fn go_on(&self) -> bool {
            true
        }
    }

    fn walk(text: &str) -> (Vec<String>, Vec<String>) {
        let mut found = Found::default();
        let errors = Parser::new(text).walk(&mut found, 100);
        (found.0, errors.into_iter().map(|e| format!("{}: {}", e.at, e.reason)).collect())
    }

    #[test]
    fn pages_arrays_and_lines_all_give_records() {
        assert_eq!(walk(r#"{"id":"a"}"#).0, ["a@0 "]);
        assert_eq!(walk(r#"[{"id":"a"}, {"id":"b"}]"#).0, ["a@1 ", "b@13 "]);
        assert_eq!(walk("{\"id\":\"a\"}\r\n{\"id\":\"b\"}\n").0, ["a@0 ", "b@12 "]);
        assert_eq!(
            walk(r##"[{"@odata.context":"#users","value":[{"id":"a"}],"@odata.nextLink":"x"}]"##).0,
            ["a@37 #users", "end @odata.context @odata.nextLink"]
        );
    }

    #[test]
    fn escapes_and_surrogates_are_read() {
        let mut parser = Parser::new(r#""\u005a\u006f\u00eb \ud83d\ude00 \/Date(1)\/ \ud83d""#);
        let text = parser.node(0).unwrap();
        assert_eq!(text.as_text(), Some("Zoë 😀 /Date(1)/ \u{FFFD}"));
        let mut out = String::new();
        push_text(&mut out, "a\"b\\\n\u{1}ë");
        assert_eq!(out, "\"a\\\"b\\\\\\n\\u0001ë\"");
    }

    #[test]
    fn a_bad_line_does_not_hide_the_next_one() {
        let (records, errors) = walk("{\"id\":\"a\"}\n{\"id\":}\n{\"id\":\"b\"}\n");
        assert_eq!(records, ["a@0 ", "b@19 "]);
        assert_eq!(errors, ["17: expected a value, found `}`"]);
    }

    #[test]
    fn depth_is_limited() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(walk(&deep).1, ["64: nested deeper than 64 levels"]);
        let deep = format!("{{\"a\":{}", "[".repeat(100_000));
        assert_eq!(walk(&deep).1.len(), 1);
    }
}
