//! Join definitions: by which values an object finds its partner.

use dirsim_model::{AttributeId, Guid, Sid, ValueRef};

use crate::fold;
use crate::rule::RuleIx;

/// Criteria that must all hold; groups are tried in order (SR-051).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JoinGroup {
    /// The criteria.
    pub criteria: Vec<JoinCriterion>,
}

/// Two attributes that must share a value (SR-053).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JoinCriterion {
    /// The attribute of the `CsObject`, in both directions.
    pub cs_attribute: AttributeId,
    /// The attribute of the `MvObject`, in both directions.
    pub mv_attribute: AttributeId,
    /// Whether text must agree in case too.
    pub case_sensitive: bool,
}

/// How one object may be linked, from all its in-scope rules (SR-054).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JoinDefinition<'a> {
    /// Groups of criteria, tried in order; empty for a projecting rule without criteria.
    pub groups: &'a [JoinGroup],
    /// Whether an object that joins nothing is projected or provisioned (SR-055, SR-061).
    pub provision: bool,
    /// The rule with the smallest number that names the criteria, or provisions without any.
    pub rule: RuleIx,
    /// The rule with the smallest number that has link type Provision; its metaverse or connector
    /// space class is the one to create.
    pub provision_rule: Option<RuleIx>,
}

/// Returns the key under which a value of a join attribute is indexed and compared (SR-053).
///
/// Text is folded unless `case_sensitive`. GUIDs and SIDs give one key as bytes and as text in
/// their string form, so that a binary attribute may join a text one. An empty text has no key that
/// another value could share: callers skip absent values, and empty never equals empty.
pub fn value_key(value: ValueRef<'_>, case_sensitive: bool) -> Vec<u8> {
    match value {
        ValueRef::Text(text) => text_key(text, case_sensitive),
        ValueRef::Bytes(bytes) => tagged(b'b', bytes),
        ValueRef::Integer(number) => tagged(b'i', &number.to_be_bytes()),
        ValueRef::Boolean(truth) => tagged(b'o', &[u8::from(truth)]),
        ValueRef::Time(time) => tagged(b'm', &time.0.to_be_bytes()),
        ValueRef::Reference(id) => tagged(b'r', &id.to_be_bytes()),
    }
}

fn text_key(text: &str, case_sensitive: bool) -> Vec<u8> {
    let is_sid = text.len() > 4 && text.get(..4).is_some_and(|s| s.eq_ignore_ascii_case("S-1-"));
    if is_sid
        && let Ok(sid) = text.parse::<Sid>()
        && (!case_sensitive || sid.to_string() == text)
    {
        return tagged(b'b', sid.as_bytes());
    }
    let bare = text.strip_prefix('{').and_then(|t| t.strip_suffix('}')).unwrap_or(text);
    let is_guid = bare.len() == 36 && bare.as_bytes().get(8) == Some(&b'-');
    if is_guid
        && let Ok(guid) = bare.parse::<Guid>()
        && (!case_sensitive || guid.to_string() == text)
    {
        return tagged(b'b', guid.as_bytes());
    }
    if case_sensitive {
        tagged(b't', text.as_bytes())
    } else {
        tagged(b't', fold::fold(text).as_bytes())
    }
}

fn tagged(tag: u8, bytes: &[u8]) -> Vec<u8> {
    let mut key = Vec::with_capacity(bytes.len() + 1);
    key.push(tag);
    key.extend_from_slice(bytes);
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Vec<u8> {
        value_key(ValueRef::Text(text), false)
    }

    /// SR-053: no case by default, ordinal when the criterion says so.
    #[test]
    fn text_joins_without_case_unless_asked() {
        assert_eq!(key("Ann@Contoso.com"), key("ann@contoso.COM"));
        assert_ne!(
            value_key(ValueRef::Text("abC="), true),
            value_key(ValueRef::Text("ABC="), true)
        );
        assert_ne!(key("ann "), key("ann"), "no trimming");
    }

    /// SR-053: needed for `cn` of a foreign security principal against a SID.
    #[test]
    fn a_guid_or_sid_joins_its_string_form() {
        let sid: Sid = "S-1-5-21-1-2-3-1104".parse().unwrap();
        assert_eq!(value_key(ValueRef::Bytes(sid.as_bytes()), false), key("s-1-5-21-1-2-3-1104"));
        assert_eq!(value_key(ValueRef::Bytes(sid.as_bytes()), true), {
            value_key(ValueRef::Text("S-1-5-21-1-2-3-1104"), true)
        });
        let guid: Guid = "00112233-4455-6677-8899-aabbccddeeff".parse().unwrap();
        let bytes = value_key(ValueRef::Bytes(guid.as_bytes()), false);
        assert_eq!(bytes, key("{00112233-4455-6677-8899-AABBCCDDEEFF}"));
        assert_ne!(bytes, key("00112233445566778899aabbccddeeff"), "only the string form");
    }

    #[test]
    fn values_of_different_types_never_meet() {
        assert_ne!(value_key(ValueRef::Integer(1), false), key("1"));
        assert_ne!(
            value_key(ValueRef::Boolean(true), false),
            value_key(ValueRef::Integer(1), false)
        );
    }
}
