//! A reader for the distinguished encoding of certificates.
//!
//! Bytes come from directory attributes, so nothing here trusts a length.

/// Reads one element after the other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a>(&'a [u8]);

/// One element: its tag, its content, and all its bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Element<'a> {
    pub(crate) tag: u8,
    pub(crate) content: &'a [u8],
    pub(crate) whole: &'a [u8],
}

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(crate) const UTF8_STRING: u8 = 0x0C;
pub(crate) const PRINTABLE_STRING: u8 = 0x13;
pub(crate) const TELETEX_STRING: u8 = 0x14;
pub(crate) const IA5_STRING: u8 = 0x16;
pub(crate) const UTC_TIME: u8 = 0x17;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;
pub(crate) const VISIBLE_STRING: u8 = 0x1A;
pub(crate) const BMP_STRING: u8 = 0x1E;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;

impl<'a> Reader<'a> {
    /// Starts at the first byte.
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Returns whether everything was read.
    pub(crate) const fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// Reads the next element; `None` at the end and at damage.
    pub(crate) fn element(&mut self) -> Option<Element<'a>> {
        let bytes = self.0;
        let (&tag, rest) = bytes.split_first()?;
        // Tags of several bytes do not occur in certificates.
        (tag & 0x1F != 0x1F).then_some(())?;
        let (&first, mut rest) = rest.split_first()?;
        let mut length = usize::from(first);
        if first & 0x80 != 0 {
            let digits = usize::from(first & 0x7F);
            (1..=4).contains(&digits).then_some(())?;
            let (head, tail) = rest.split_at_checked(digits)?;
            length = head.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
            rest = tail;
        }
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        let whole = bytes.get(..bytes.len() - rest.len())?;
        Some(Element { tag, content, whole })
    }

    /// Reads the next element, which must have this tag.
    pub(crate) fn expect(&mut self, tag: u8) -> Option<Element<'a>> {
        self.element().filter(|element| element.tag == tag)
    }

    /// Reads the next element when it has this tag, and leaves it when not.
    pub(crate) fn optional(&mut self, tag: u8) -> Option<Element<'a>> {
        let mut ahead = *self;
        let element = ahead.expect(tag)?;
        *self = ahead;
        Some(element)
    }
}

impl<'a> Element<'a> {
    /// Reads what is inside.
    pub(crate) const fn inside(self) -> Reader<'a> {
        Reader(self.content)
    }

    /// Reads the elements inside; `None` when one is damaged.
    pub(crate) fn elements(self) -> Option<Vec<Element<'a>>> {
        let mut reader = self.inside();
        let mut elements = Vec::new();
        while !reader.is_empty() {
            elements.push(reader.element()?);
        }
        Some(elements)
    }

    /// Reads an object identifier in its dotted form.
    pub(crate) fn dotted(self) -> Option<String> {
        (self.tag == OBJECT_IDENTIFIER && !self.content.is_empty()).then_some(())?;
        let mut arcs: Vec<u64> = Vec::new();
        let (mut arc, mut open) = (0u64, false);
        for byte in self.content {
            (arc <= u64::MAX >> 7).then_some(())?;
            arc = arc << 7 | u64::from(byte & 0x7F);
            open = byte & 0x80 != 0;
            if !open {
                arcs.push(std::mem::take(&mut arc));
            }
        }
        (!open).then_some(())?;
        let (first, rest) = arcs.split_first()?;
        let root = (first / 40).min(2);
        let mut dotted = format!("{root}.{}", first - root * 40);
        for arc in rest {
            dotted.push('.');
            dotted.push_str(&arc.to_string());
        }
        Some(dotted)
    }

    /// Reads a string of any kind; other elements and damage give `None`.
    pub(crate) fn text(self) -> Option<String> {
        match self.tag {
            UTF8_STRING | PRINTABLE_STRING | IA5_STRING | VISIBLE_STRING => {
                String::from_utf8(self.content.to_vec()).ok()
            }
            TELETEX_STRING => Some(self.content.iter().map(|byte| char::from(*byte)).collect()),
            BMP_STRING => {
                let (pairs, rest) = self.content.as_chunks::<2>();
                let units = pairs.iter().map(|pair| u16::from_be_bytes(*pair));
                rest.is_empty().then(|| char::decode_utf16(units).collect::<Result<_, _>>().ok())?
            }
            _ => None,
        }
    }
}
