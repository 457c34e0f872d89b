//! Keys of objects from CSV exports, read as a stream: what a forecast of matches needs
//! (`interfaces.md` 2.2, 2.3, 3.3, 3.4, 3.8).
//!
//! [`read_directory`] keeps some hundred bytes of each AD object, [`read_tenant`] hands over one
//! object after the other and keeps nothing.

mod column;
mod file;
mod loaded;

use std::borrow::Cow;
use std::io::Read;

use dirsim_model::{Dn, Guid};
use dirsim_tenant::TenantType;
use dirsim_tenant::forecast::{Holding, Keys};

use crate::error::FormatErrors;
use crate::lint::{Lint, LintCode};

use column::{DirectoryColumn, TenantColumn};
use file::CsvFile;
pub use loaded::of_tenant;

/// The keys of an AD export, in the order of the file.
#[derive(Debug, Default)]
pub struct DirectoryKeys {
    text: String,
    rows: Vec<Row>,
    /// Whether the export tells proxyAddresses; verdicts that need them are undecidable otherwise.
    pub tells_addresses: bool,
}

/// One object; places are in the text.
#[derive(Debug, Clone, Copy)]
struct Row {
    line: u32,
    kind: TenantType,
    guid: Option<Guid>,
    name: Span,
    anchor: Span,
    upn: Span,
    addresses: Span,
    mail: Span,
    nickname: Span,
    sid: Span,
}

#[derive(Debug, Clone, Copy, Default)]
struct Span {
    start: u32,
    length: u32,
}

/// One object of an AD export.
#[derive(Debug, Clone, Copy)]
pub struct DirectoryRow<'a> {
    /// Its line.
    pub line: u32,
    /// Its UPN or DN.
    pub name: &'a str,
    /// Its keys.
    pub keys: Keys<'a>,
}

impl DirectoryKeys {
    /// Returns the objects in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = DirectoryRow<'_>> {
        self.rows.iter().map(|row| {
            let some = |span: Span| Some(self.text(span)).filter(|text| !text.is_empty());
            DirectoryRow {
                line: row.line,
                name: self.text(row.name),
                keys: Keys {
                    kind: row.kind,
                    anchor: some(row.anchor),
                    upn: some(row.upn),
                    addresses: self.text(row.addresses),
                    mail: some(row.mail),
                    nickname: some(row.nickname),
                    sid: some(row.sid),
                    object_guid: row.guid,
                },
            }
        })
    }

    /// Returns how many objects there are.
    pub const fn len(&self) -> usize {
        self.rows.len()
    }

    /// Returns whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    fn text(&self, span: Span) -> &str {
        let start = span.start as usize;
        self.text.get(start..start + span.length as usize).unwrap_or_default()
    }

    /// Writes a value; `None` when the text is full.
    fn write(&mut self, value: &str) -> Option<Span> {
        let span = Span {
            start: u32::try_from(self.text.len()).ok()?,
            length: u32::try_from(value.len()).ok()?,
        };
        self.text.push_str(value);
        Some(span)
    }
}

/// Reads the keys of an AD export.
pub fn read_directory(
    name: &str,
    input: impl Read,
) -> Result<(DirectoryKeys, Vec<Lint>), FormatErrors> {
    let mut file = CsvFile::<DirectoryColumn>::open(name, input)?;
    let mut keys = DirectoryKeys {
        tells_addresses: file.has(DirectoryColumn::ProxyAddresses),
        ..DirectoryKeys::default()
    };
    if !file.has(DirectoryColumn::ProxyAddresses) {
        file.remark(LintCode::CsvMissingColumn, 1, "proxyAddresses", || {
            "no column proxyAddresses: matches by address cannot be told".to_owned()
        });
    }
    let (mut anchor, mut addresses) = (String::new(), String::new());
    while let Some(line) = file.next() {
        let kind = match file.field(DirectoryColumn::ObjectClass).rsplit(';').next().map(str::trim)
        {
            Some(class) if class.eq_ignore_ascii_case("group") => TenantType::Group,
            Some(class) if class.eq_ignore_ascii_case("contact") => TenantType::Contact,
            Some(class) if class.eq_ignore_ascii_case("computer") => TenantType::Device,
            _ => TenantType::User,
        };
        let guid = file.guid(DirectoryColumn::ObjectGuid, line);
        if !file.anchor(guid, line, &mut anchor) {
            continue;
        }
        keys.tells_addresses &=
            file.addresses(DirectoryColumn::ProxyAddresses, line, &mut addresses);
        let (upn, dn) = (
            file.field(DirectoryColumn::UserPrincipalName),
            file.field(DirectoryColumn::DistinguishedName),
        );
        let name = if upn.is_empty() { dn } else { upn };
        let stand_in = || {
            let account = file.field(DirectoryColumn::SamAccountName);
            stand_in_upn(account, &dn.parse().ok()?)
        };
        let upn = (upn.is_empty() && kind == TenantType::User)
            .then(stand_in)
            .flatten()
            .map_or(Cow::Borrowed(upn), Cow::Owned);
        let row = (|| {
            Some(Row {
                line,
                kind,
                guid,
                name: keys.write(name)?,
                anchor: keys.write(&anchor)?,
                upn: keys.write(&upn)?,
                addresses: keys.write(&addresses)?,
                mail: keys.write(file.field(DirectoryColumn::Mail))?,
                nickname: keys.write(file.field(DirectoryColumn::MailNickname))?,
                sid: keys.write(file.field(DirectoryColumn::ObjectSid))?,
            })
        })();
        let Some(row) = row else {
            let help = "split the export by domain or by organizational unit";
            file.mistake(line, "the keys of the export take more than 4 GiB", help);
            break;
        };
        keys.rows.push(row);
    }
    let lints = file.finish()?;
    Ok((keys, lints))
}

/// Returns the UPN that the default rules give a user without one: account name and domain.
fn stand_in_upn(account: &str, dn: &Dn) -> Option<String> {
    let domain = dn.domain_fqdn();
    (!account.is_empty() && !domain.is_empty()).then(|| format!("{account}@{domain}"))
}

/// What a tenant export tells beside its objects.
#[derive(Debug)]
pub struct TenantTold {
    /// Whether it tells proxyAddresses.
    pub addresses: bool,
    /// Remarks.
    pub lints: Vec<Lint>,
}

/// Reads a tenant export and hands over one object after the other.
pub fn read_tenant(
    name: &str,
    input: impl Read,
    each: &mut dyn FnMut(&Holding<'_>),
) -> Result<TenantTold, FormatErrors> {
    let mut file = CsvFile::<TenantColumn>::open(name, input)?;
    let mut addresses = file.has(TenantColumn::ProxyAddresses);
    let missing: &[(TenantColumn, LintCode, &str, &str)] = &[
        (
            TenantColumn::ImmutableId,
            LintCode::GraphDefaultSelect,
            "onPremisesImmutableId",
            "no column onPremisesImmutableId: it was not asked for, so nobody can be matched by anchor; export it with -Property onPremisesImmutableId",
        ),
        (
            TenantColumn::ProxyAddresses,
            LintCode::CsvMissingColumn,
            "proxyAddresses",
            "no column proxyAddresses: matches by address cannot be told",
        ),
        (
            TenantColumn::Roles,
            LintCode::NoRoles,
            "roles",
            "no column roles: nobody is taken to hold a directory role",
        ),
        (
            TenantColumn::Deleted,
            LintCode::NoDeleted,
            "deletedDateTime",
            "no column deletedDateTime: nobody is taken to be in the recycle bin",
        ),
    ];
    for (column, code, attribute, message) in missing {
        if !file.has(*column) {
            file.remark(*code, 1, attribute, || (*message).to_owned());
        }
    }
    let mut told = String::new();
    while let Some(line) = file.next() {
        addresses &= file.addresses(TenantColumn::ProxyAddresses, line, &mut told);
        let some = |column| Some(file.field(column)).filter(|text| !text.is_empty());
        let guid = some(TenantColumn::ObjectIdentifier).and_then(|text| text.parse().ok());
        let holding = Holding {
            id: file.field(TenantColumn::Id),
            keys: Keys {
                kind: kind_of(file.field(TenantColumn::Type)),
                anchor: some(TenantColumn::ImmutableId),
                upn: some(TenantColumn::UserPrincipalName),
                addresses: &told,
                mail: some(TenantColumn::Mail),
                nickname: None,
                sid: some(TenantColumn::SecurityIdentifier),
                object_guid: guid,
            },
            traits: file.traits(),
        };
        each(&holding);
    }
    let lints = file.finish()?;
    Ok(TenantTold { addresses, lints })
}

/// Returns the kind of an object from any of the words that exports use for it.
fn kind_of(text: &str) -> TenantType {
    let text = text.rsplit('.').next().unwrap_or(text).to_ascii_lowercase();
    match text.as_str() {
        text if text.ends_with("contact") => TenantType::Contact,
        text if text.ends_with("group") => TenantType::Group,
        "device" => TenantType::Device,
        _ => TenantType::User,
    }
}
