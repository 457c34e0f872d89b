//! Proxy addresses: `PREFIX:value`, where upper-case `SMTP:` marks the primary one (ET-005).

use std::fmt;

/// A proxy address split at its first colon; borrows the text it was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProxyAddress<'a> {
    /// The protocol as written, without the colon.
    pub protocol: &'a str,
    /// The address behind the colon, as written.
    pub address: &'a str,
}

impl<'a> ProxyAddress<'a> {
    /// Splits a value; `None` when it has no protocol prefix.
    pub fn parse(text: &'a str) -> Option<Self> {
        let (protocol, address) = text.split_once(':')?;
        (!protocol.is_empty()).then_some(Self { protocol, address })
    }

    /// Returns whether the protocol is SMTP in any casing.
    pub fn is_smtp(self) -> bool {
        self.protocol.eq_ignore_ascii_case("smtp")
    }

    /// Returns whether this is a primary address: the prefix is `SMTP` in capitals (ET-039).
    pub fn is_primary_smtp(self) -> bool {
        self.protocol == "SMTP"
    }

    /// Returns whether the protocol is SIP in any casing.
    pub fn is_sip(self) -> bool {
        self.protocol.eq_ignore_ascii_case("sip")
    }

    /// Returns the key under which the address is unique: ASCII lower case, prefix included
    /// (ET-005).
    pub fn key(self) -> String {
        self.to_string().to_ascii_lowercase()
    }
}

impl fmt::Display for ProxyAddress<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.protocol, self.address)
    }
}

/// Splits `user@domain` at its only `@`; `None` when there is none or more than one, or a side is
/// empty.
pub fn split_mailbox(text: &str) -> Option<(&str, &str)> {
    let (user, domain) = text.split_once('@')?;
    (!user.is_empty() && !domain.is_empty() && !domain.contains('@')).then_some((user, domain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_prefix_casing_marks_the_primary() {
        let primary = ProxyAddress::parse("SMTP:Ann@contoso.com").unwrap();
        let secondary = ProxyAddress::parse("smtp:ann@CONTOSO.com").unwrap();
        assert!(primary.is_primary_smtp() && !secondary.is_primary_smtp());
        assert_eq!(primary.key(), secondary.key());
        assert_eq!(ProxyAddress::parse("ann@contoso.com"), None);
        assert_eq!(split_mailbox("a@b@c"), None);
        assert_eq!(split_mailbox("ann@contoso.com"), Some(("ann", "contoso.com")));
    }
}
