//! Objects to LDIF.

use std::io::{self, Write};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use dirsim_forest::NewObject;
use dirsim_model::schema::class;
use dirsim_model::{ClassId, Schema, Value};

/// Longest line written, in bytes, the space of a continuation included.
pub const COLUMNS: usize = 76;

/// The kind of records to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RecordForm {
    /// With `changetype: add`, as `ldifde` writes and reads them.
    #[default]
    Add,
    /// Without changetype, as `ldapsearch` writes them.
    Content,
}

/// Writes objects as records.
#[derive(Debug)]
pub struct LdifWriter<W> {
    out: W,
    form: RecordForm,
    line: Vec<u8>,
}

impl<W: Write> LdifWriter<W> {
    /// Starts a file.
    pub const fn new(out: W, form: RecordForm) -> Self {
        Self { out, form, line: Vec::new() }
    }

    /// Writes one object and the empty line behind it. Line ends are those of Windows.
    ///
    /// objectGUID and objectSid come from their own fields; an empty value is not written, as a
    /// directory has none.
    pub fn object(&mut self, schema: &Schema, object: &NewObject) -> io::Result<()> {
        self.text("dn", &object.dn.to_string())?;
        if self.form == RecordForm::Add {
            self.text("changetype", "add")?;
        }
        for name in class_chain(object.class) {
            self.text("objectClass", name)?;
        }
        if class_chain(object.class).is_empty() {
            self.text("objectClass", schema.class_name(object.class))?;
        }
        if let Some(guid) = &object.guid {
            self.bytes("objectGUID", guid.as_bytes())?;
        }
        if let Some(sid) = &object.sid {
            self.bytes("objectSid", sid.as_bytes())?;
        }
        for (attribute, values) in &object.attributes {
            let name = schema.name(*attribute);
            for value in values {
                match value {
                    Value::Text(text) => self.text(name, text)?,
                    Value::Integer(number) => self.text(name, &number.to_string())?,
                    Value::Boolean(true) => self.text(name, "TRUE")?,
                    Value::Boolean(false) => self.text(name, "FALSE")?,
                    Value::Bytes(bytes) => self.bytes(name, bytes)?,
                    Value::Time(time) => self.text(name, &time.to_generalized())?,
                    // References stand in a list of their own.
                    Value::Reference(_) => {}
                }
            }
        }
        for (attribute, targets) in &object.references {
            let name = schema.name(*attribute);
            for target in targets {
                self.text(name, &target.to_string())?;
            }
        }
        self.out.write_all(b"\r\n")
    }

    /// Writes a comment; each line of it becomes one of the file.
    pub fn comment(&mut self, text: &str) -> io::Result<()> {
        for line in text.lines() {
            self.line.clear();
            self.line.extend_from_slice(b"# ");
            self.line.extend_from_slice(line.as_bytes());
            self.fold()?;
        }
        Ok(())
    }

    /// Ends the file and gives the sink back.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }

    fn text(&mut self, name: &str, text: &str) -> io::Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        if !is_safe(text) {
            return self.bytes(name, text.as_bytes());
        }
        self.line.clear();
        self.line.extend_from_slice(name.as_bytes());
        self.line.extend_from_slice(b": ");
        self.line.extend_from_slice(text.as_bytes());
        self.fold()
    }

    fn bytes(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        self.line.clear();
        self.line.extend_from_slice(name.as_bytes());
        self.line.extend_from_slice(b":: ");
        self.line.extend_from_slice(BASE64_STANDARD.encode(bytes).as_bytes());
        self.fold()
    }

    /// Writes the line, continued behind every [`COLUMNS`] bytes.
    fn fold(&mut self) -> io::Result<()> {
        let mut rest = self.line.as_slice();
        let mut room = COLUMNS;
        while rest.len() > room {
            // Comments may hold letters of several bytes, which stay together.
            let cut = (1..=room)
                .rev()
                .find(|at| rest.get(*at).is_none_or(|byte| !matches!(byte, 0x80..=0xBF)))
                .unwrap_or(room);
            let (line, more) = rest.split_at(cut);
            self.out.write_all(line)?;
            self.out.write_all(b"\r\n ")?;
            (rest, room) = (more, COLUMNS - 1);
        }
        self.out.write_all(rest)?;
        self.out.write_all(b"\r\n")
    }
}

/// Whether a text may stand behind one colon (RFC 2849, SAFE-STRING; and no trailing space).
fn is_safe(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, 0x01..=0x7F) && byte != b'\n' && byte != b'\r')
        && !text.starts_with([' ', ':', '<'])
        && !text.ends_with(' ')
}

/// Returns the classes of an object from `top` to the most specific one.
const fn class_chain(class: ClassId) -> &'static [&'static str] {
    match class {
        class::USER => &["top", "person", "organizationalPerson", "user"],
        class::INET_ORG_PERSON => {
            &["top", "person", "organizationalPerson", "user", "inetOrgPerson"]
        }
        class::COMPUTER => &["top", "person", "organizationalPerson", "user", "computer"],
        class::GROUP => &["top", "group"],
        class::CONTACT => &["top", "person", "organizationalPerson", "contact"],
        class::ORGANIZATIONAL_UNIT => &["top", "organizationalUnit"],
        class::CONTAINER => &["top", "container"],
        class::DOMAIN => &["top", "domain", "domainDNS"],
        class::FOREIGN_SECURITY_PRINCIPAL => &["top", "foreignSecurityPrincipal"],
        class::MSDS_DEVICE => &["top", "msDS-Device"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dirsim_model::attribute::well_known;

    #[test]
    fn values_that_are_not_safe_text_are_base64() {
        let schema = Schema::built_in();
        let object = NewObject {
            dn: r"CN=Zoë M\, Müller,OU=Corp,DC=contoso,DC=com".parse().unwrap(),
            class: class::CONTACT,
            guid: None,
            sid: None,
            attributes: vec![
                (well_known::DISPLAY_NAME, vec!["Zoë Müller".into()]),
                (well_known::DESCRIPTION, vec![format!("a{}", " long line".repeat(9)).into()]),
                (well_known::MAIL, vec![":colon".into()]),
            ],
            references: vec![(
                well_known::MANAGER,
                vec!["CN=Ann,DC=contoso,DC=com".parse().unwrap()],
            )],
        };
        let mut writer = LdifWriter::new(Vec::new(), RecordForm::Add);
        writer.object(&schema, &object).unwrap();
        let text = String::from_utf8(writer.finish().unwrap()).unwrap();
        assert!(text.lines().all(|line| line.len() <= COLUMNS));
        insta::assert_snapshot!(text.replace("\r\n", "\n"), @r"
        dn:: Q049Wm/DqyBNXCwgTcO8bGxlcixPVT1Db3JwLERDPWNvbnRvc28sREM9Y29t
        changetype: add
        objectClass: top
        objectClass: person
        objectClass: organizationalPerson
        objectClass: contact
        displayName:: Wm/DqyBNw7xsbGVy
        description: a long line long line long line long line long line long line l
         ong line long line long line
        mail:: OmNvbG9u
        manager: CN=Ann,DC=contoso,DC=com
        ");
    }
}
