//! The closed list of functions (section 8 of the language's reference).
//!
//! Each function has one file with its code, its user documentation and its tests; adding one is a
//! new file and a line here. The line gives the file, the name as rule authors write it, and the
//! other spellings under which it is known.

use dirsim_model::ValueRef;

use crate::call::{Args, Fault, WholeArgs};
use crate::evaluate::{Evaluator, Failed};
use crate::tree::{Node, OptionWord};
use crate::value::{Item, Val};

/// Declares the files, the names and the table.
macro_rules! functions {
    ($($(#[$attribute:meta])* $file:ident: $name:ident $(| $alias:ident)*,)*) => {
        $(mod $file;)*

        /// A function of the language.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Function {
            $(#[doc = concat!("`", stringify!($name), "`")] $name,)*
        }

        impl Function {
            /// All functions, in the order of the reference.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Returns the name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }

            /// Returns the other spellings that are accepted.
            pub const fn aliases(self) -> &'static [&'static str] {
                match self { $(Self::$name => &[$(stringify!($alias)),*],)* }
            }

            /// Returns the definition.
            pub(crate) const fn definition(self) -> &'static Definition {
                match self { $(Self::$name => &$file::DEFINITION,)* }
            }
        }

        /// The names of the files, for the test that no file is forgotten.
        #[cfg(test)]
        const FILES: &[&str] = &[$(stringify!($file)),*];

        /// The text of each file, for the reference page.
        #[cfg(test)]
        pub(crate) const FILE_TEXTS: &[&str] =
            &[$(include_str!(concat!("functions/", stringify!($file), ".rs"))),*];
    };
}

functions! {
    // Conversion
    cbool: CBool,
    cdate: CDate,
    cguid: CGuid,
    cnum: CNum,
    cref: CRef,
    cstr: CStr,
    cbin: CBin,
    convert_from_base64: ConvertFromBase64,
    convert_to_base64: ConvertToBase64,
    convert_from_utf8_hex: ConvertFromUTF8Hex,
    convert_to_utf8_hex: ConvertToUTF8Hex,
    string_from_guid: StringFromGuid,
    string_from_sid: StringFromSid,
    thumbprint: Thumbprint,
    // Date and time
    date_add: DateAdd,
    date_from_num: DateFromNum,
    num_from_date: NumFromDate,
    format_date_time: FormatDateTime,
    now: Now,
    // Directory
    dn_component: DNComponent,
    dn_component_rev: DNComponentRev,
    escape_dn_component: EscapeDNComponent,
    // Tests
    bit_and: BitAnd,
    bit_or: BitOr,
    is_bit_set: IsBitSet,
    is_date: IsDate,
    is_empty: IsEmpty,
    is_guid: IsGuid,
    is_null: IsNull,
    is_null_or_empty: IsNullOrEmpty,
    is_numeric: IsNumeric,
    is_present: IsPresent,
    is_string: IsString,
    is_cert: IsCert,
    // Flow control
    error: Error,
    iif: IIF,
    switch: Switch,
    imported_value: ImportedValue,
    random_num: RandomNum | Random,
    guid: Guid | GUID,
    // Lists
    contains: Contains,
    count: Count,
    value_count: ValueCount,
    item: Item,
    item_or_null: ItemOrNull,
    join: Join,
    remove_duplicates: RemoveDuplicates,
    split: Split,
    select: Select,
    where_: Where,
    with: With,
    // Text
    in_str: InStr,
    in_str_rev: InStrRev | InstrRev,
    lcase: LCase,
    ucase: UCase,
    pcase: PCase,
    left: Left,
    right: Right,
    mid: Mid,
    len: Len,
    ltrim: LTrim,
    rtrim: RTrim,
    trim: Trim,
    pad_left: PadLeft,
    pad_right: PadRight,
    replace: Replace,
    replace_chars: ReplaceChars,
    word: Word,
    // Certificates
    cert_extension_oids: CertExtensionOids,
    cert_format: CertFormat,
    cert_friendly_name: CertFriendlyName,
    cert_hash_string: CertHashString,
    cert_issuer: CertIssuer,
    cert_issuer_dn: CertIssuerDN,
    cert_issuer_oid: CertIssuerOid,
    cert_key_algorithm: CertKeyAlgorithm,
    cert_key_algorithm_params: CertKeyAlgorithmParams,
    cert_name_info: CertNameInfo,
    cert_not_after: CertNotAfter,
    cert_not_before: CertNotBefore,
    cert_public_key_oid: CertPublicKeyOid,
    cert_public_key_parameters_oid: CertPublicKeyParametersOid,
    cert_serial_number: CertSerialNumber,
    cert_signature_algorithm_oid: CertSignatureAlgorithmOid,
    cert_subject: CertSubject,
    cert_subject_name_dn: CertSubjectNameDN,
    cert_subject_name_oid: CertSubjectNameOid,
    cert_thumbprint: CertThumbprint,
    cert_version: CertVersion,
}

pub(crate) use in_str::find as position;

/// What the parser and the evaluator must know of a function.
#[derive(Debug)]
pub(crate) struct Definition {
    /// The signature as the reference prints it.
    pub(crate) signature: &'static str,
    /// What stands where; the last one repeats in functions that take any number.
    pub(crate) parameters: &'static [Parameter],
    /// How many arguments must be there.
    pub(crate) required: usize,
    /// Whether more pairs of arguments may follow (`Switch`).
    pub(crate) pairs: bool,
    pub(crate) call: Call,
}

/// What may stand in one place of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parameter {
    /// Any expression.
    Value,
    /// One of these words.
    Option(&'static [OptionWord]),
    /// One of these words, or an expression that gives its text.
    OptionOrText(&'static [OptionWord]),
    /// A variable that the call binds.
    Variable,
    /// The quoted name of an attribute.
    AttributeName,
}

/// How a function is applied.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Call {
    /// To single values, element by element over lists (EX-030).
    Each(Each),
    /// The same, for functions of one value that most values pass unchanged.
    EachUnless(Unchanged, Each),
    /// To whole values (EX-031).
    Whole(Whole),
    /// To unevaluated arguments (EX-047).
    Lazy(Lazy),
}

/// A function of single values; `None` is NULL.
pub(crate) type Each = for<'s, 'a> fn(&Args<'s, 'a>) -> Result<Option<Item<'a>>, Fault>;
/// Whether a function leaves a value as it is.
pub(crate) type Unchanged = for<'a> fn(ValueRef<'a>) -> bool;
/// A function of whole values.
pub(crate) type Whole = for<'s, 'a> fn(&WholeArgs<'s, 'a>) -> Result<Val<'a>, Fault>;
/// A function that decides what is evaluated; gets its own node for error places.
pub(crate) type Lazy =
    for<'a> fn(&mut Evaluator<'a>, &'a Node, &'a [Node]) -> Result<Val<'a>, Failed>;

impl Function {
    /// Finds a function by its name or another accepted spelling; case matters (EX-004).
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|function| function.name() == name || function.aliases().contains(&name))
            .copied()
    }

    /// Returns the signature as the reference prints it, `Left(str or bin value, num n): same`.
    pub const fn signature(self) -> &'static str {
        self.definition().signature
    }
}

impl Definition {
    const fn new(
        signature: &'static str,
        required: usize,
        parameters: &'static [Parameter],
        call: Call,
    ) -> Self {
        Self { signature, parameters, required, pairs: false, call }
    }

    /// Returns what may stand in place `at`, counted from 0.
    pub(crate) fn parameter(&self, at: usize) -> Parameter {
        self.parameters.get(at).copied().unwrap_or(Parameter::Value)
    }

    /// Returns whether a call may have this many arguments.
    pub(crate) const fn accepts(&self, arguments: usize) -> bool {
        if self.pairs {
            arguments >= self.required && arguments.is_multiple_of(2)
        } else {
            arguments >= self.required && arguments <= self.parameters.len()
        }
    }

    /// Names the numbers of arguments that a call may have.
    pub(crate) fn expected_arguments(&self) -> String {
        let plural = |n: usize| if n == 1 { "argument" } else { "arguments" };
        match (self.required, self.parameters.len()) {
            _ if self.pairs => "pairs of arguments".to_owned(),
            (0, 0) => "no arguments".to_owned(),
            (least, most) if least == most => format!("{most} {}", plural(most)),
            (least, most) => format!("{least} to {most} arguments"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every file in the folder is listed, and every listed file documents its function.
    #[test]
    #[expect(clippy::disallowed_methods, reason = "the test reads the source tree")]
    fn no_file_is_forgotten() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/functions");
        let mut files: Vec<String> = std::fs::read_dir(&folder)
            .unwrap()
            .map(|file| file.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
            .collect();
        files.sort();
        let mut listed: Vec<&str> = FILES.to_vec();
        listed.sort_unstable();
        assert_eq!(files, listed);
        for (file, function) in FILES.iter().zip(Function::ALL) {
            let text = std::fs::read_to_string(folder.join(format!("{file}.rs"))).unwrap();
            let title =
                format!("//! # `{}`\n//!\n//! `{}`\n", function.name(), function.signature());
            assert!(text.starts_with(&title), "{file}.rs does not begin with\n{title}");
            assert!(text.contains("fn examples()"), "{file}.rs has no examples");
        }
    }

    #[test]
    fn signatures_begin_with_the_name() {
        for function in Function::ALL {
            let start = format!("{}(", function.name());
            assert!(function.signature().starts_with(&start), "{}", function.signature());
            assert_eq!(Function::find(function.name()), Some(*function));
        }
    }
}
