//! From bytes to text: which encoding a file was written in (`interfaces.md` 1).

use std::borrow::Cow;

/// How a file was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TextEncoding {
    /// By byte order mark, then by the pattern of zero bytes, then UTF-8.
    #[default]
    Detect,
    /// UTF-8, with or without byte order mark.
    Utf8,
    /// UTF-16, low byte first.
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
    /// The Western European code page of Windows; never detected, only asked for.
    Windows1252,
}

impl std::str::FromStr for TextEncoding {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "detect" | "auto" => Ok(Self::Detect),
            "utf-8" | "utf8" => Ok(Self::Utf8),
            "utf-16le" | "utf-16" | "utf16" | "unicode" => Ok(Self::Utf16Le),
            "utf-16be" => Ok(Self::Utf16Be),
            "windows-1252" | "cp1252" | "ansi" => Ok(Self::Windows1252),
            _ => Err(format!(
                "unknown encoding `{text}`; use utf-8, utf-16le, utf-16be or windows-1252"
            )),
        }
    }
}

/// Bytes that are not text in the expected encoding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodingError {
    /// The line of the first bad byte, from 1.
    pub line: u32,
    /// What is wrong.
    pub reason: String,
    /// What to do.
    pub help: String,
}

/// Decodes a file; borrows when it is UTF-8 already. The byte order mark is left out.
pub fn decode(bytes: &[u8], encoding: TextEncoding) -> Result<Cow<'_, str>, EncodingError> {
    let encoding = if encoding == TextEncoding::Detect { detect(bytes) } else { encoding };
    match encoding {
        TextEncoding::Utf16Le => utf16(bytes, [0xFF, 0xFE], u16::from_le_bytes),
        TextEncoding::Utf16Be => utf16(bytes, [0xFE, 0xFF], u16::from_be_bytes),
        TextEncoding::Windows1252 => {
            Ok(Cow::Owned(bytes.iter().map(|byte| from_windows_1252(*byte)).collect()))
        }
        TextEncoding::Utf8 | TextEncoding::Detect => {
            let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
            match std::str::from_utf8(bytes) {
                Ok(text) => Ok(Cow::Borrowed(text)),
                Err(error) => Err(not_utf8(bytes, error.valid_up_to())),
            }
        }
    }
}

/// Names the encoding that byte order mark or zero bytes show; UTF-8 otherwise.
fn detect(bytes: &[u8]) -> TextEncoding {
    match bytes {
        [0xFF, 0xFE, ..] => return TextEncoding::Utf16Le,
        [0xFE, 0xFF, ..] => return TextEncoding::Utf16Be,
        _ => {}
    }
    // Exports begin with names and keywords in ASCII, so that every other byte of UTF-16 is zero.
    let head = bytes.get(..bytes.len().min(64)).unwrap_or_default();
    let zeros = |offset: usize| head.iter().skip(offset).step_by(2).filter(|b| **b == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let most = head.len() / 4;
    if head.len() >= 2 && odd > most && even == 0 {
        TextEncoding::Utf16Le
    } else if head.len() >= 2 && even > most && odd == 0 {
        TextEncoding::Utf16Be
    } else {
        TextEncoding::Utf8
    }
}

fn not_utf8(bytes: &[u8], at: usize) -> EncodingError {
    let before = bytes.get(..at).unwrap_or_default();
    let byte = bytes.get(at).copied().unwrap_or_default();
    EncodingError {
        line: line_of(before),
        reason: format!("byte 0x{byte:02X} is not UTF-8 text"),
        help: format!(
            "a file that ldifde wrote without -u, or Windows PowerShell in its default encoding, is read as windows-1252, where the byte stands for `{}`; say so with --encoding windows-1252, or export again in Unicode",
            from_windows_1252(byte)
        ),
    }
}

fn utf16(
    bytes: &[u8],
    mark: [u8; 2],
    unit: fn([u8; 2]) -> u16,
) -> Result<Cow<'_, str>, EncodingError> {
    let bytes = bytes.strip_prefix(&mark).unwrap_or(bytes);
    let (units, rest) = bytes.as_chunks::<2>();
    let mut text = Vec::with_capacity(units.len());
    let help = "the file was cut or changed in transfer; copy it again in binary mode";
    let refuse = |text: &[u8], reason: String| {
        Err(EncodingError { line: line_of(text), reason, help: help.to_owned() })
    };
    // Exports are ASCII for long stretches, which are copied at once.
    for run in units.chunk_by(|a, b| (unit(*a) < 0x80) == (unit(*b) < 0x80)) {
        if run.first().is_some_and(|first| unit(*first) < 0x80) {
            text.extend(run.iter().map(|pair| (unit(*pair) & 0x7F) as u8));
            continue;
        }
        for decoded in char::decode_utf16(run.iter().map(|pair| unit(*pair))) {
            match decoded {
                Ok(c) => text.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
                Err(lone) => {
                    let half = lone.unpaired_surrogate();
                    return refuse(&text, format!("0x{half:04X} is half a character of UTF-16"));
                }
            }
        }
    }
    if !rest.is_empty() {
        return refuse(&text, "the file ends in half a unit of UTF-16".to_owned());
    }
    Ok(Cow::Owned(String::from_utf8(text).expect("made of ASCII and encoded characters")))
}

fn line_of(before: &[u8]) -> u32 {
    u32::try_from(memchr::memchr_iter(b'\n', before).count() + 1).unwrap_or(u32::MAX)
}

/// The characters of 0x80 to 0x9F, where windows-1252 differs from Latin-1; unassigned bytes stand
/// for the control characters of the same number, as browsers read them.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

fn from_windows_1252(byte: u8) -> char {
    byte.checked_sub(0x80)
        .and_then(|at| WINDOWS_1252.get(usize::from(at)).copied())
        .unwrap_or(char::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encode(text: &str, mark: bool, little: bool) -> Vec<u8> {
        let mark = mark.then_some('\u{FEFF}');
        mark.into_iter()
            .chain(text.chars())
            .collect::<String>()
            .encode_utf16()
            .flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() })
            .collect()
    }

    #[test]
    fn every_unicode_form_gives_the_same_text() {
        let text = "dn: CN=Zoë Müller,DC=contoso,DC=com\r\n";
        assert_eq!(decode(text.as_bytes(), TextEncoding::Detect).unwrap(), text);
        assert_eq!(
            decode(format!("\u{FEFF}{text}").as_bytes(), TextEncoding::Detect).unwrap(),
            text
        );
        for mark in [true, false] {
            for little in [true, false] {
                let bytes = encode(text, mark, little);
                assert_eq!(decode(&bytes, TextEncoding::Detect).unwrap(), text, "{mark} {little}");
            }
        }
    }

    #[test]
    fn windows_1252_is_suggested_and_read_when_asked_for() {
        let bytes = b"cn: x\ncn: Zo\xEB \x80";
        let error = decode(bytes, TextEncoding::Detect).unwrap_err();
        assert_eq!((error.line, error.reason.as_str()), (2, "byte 0xEB is not UTF-8 text"));
        assert!(error.help.contains("stands for `ë`"));
        assert_eq!(decode(bytes, TextEncoding::Windows1252).unwrap(), "cn: x\ncn: Zoë €");
    }

    #[test]
    fn cut_utf_16_is_refused() {
        let bytes = encode("dn: x", true, true);
        assert!(decode(bytes.get(..bytes.len() - 1).unwrap(), TextEncoding::Detect).is_err());
        assert!(decode(&[0xFF, 0xFE, 0x00, 0xD8, 0x41, 0x00], TextEncoding::Detect).is_err());
    }
}
