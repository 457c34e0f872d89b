//! Addresses of Microsoft Graph: path segments and query options (`interfaces.md` 6.1).

use std::fmt::Write as _;

/// A request address, split and decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GraphUrl {
    /// `v1.0` or `beta`; `v1.0` when none is written.
    pub(crate) version: String,
    /// The path behind the version.
    pub(crate) segments: Vec<String>,
    /// The query options; names without `$`.
    pub(crate) options: Vec<(String, String)>,
}

impl GraphUrl {
    /// Splits an address, absolute or relative, with or without version.
    pub(crate) fn parse(text: &str) -> Self {
        let path = text
            .split_once("://")
            .map_or(text, |(_, rest)| rest.split_once('/').map_or("", |(_, path)| path));
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut segments: Vec<String> = path
            .split('/')
            .filter(|segment| !segment.is_empty())
            .flat_map(keyed)
            .map(|segment| decode(&segment))
            .collect();
        let mut version = "v1.0".to_owned();
        if let Some(first) = segments.first()
            && ["v1.0", "beta"].iter().any(|known| known.eq_ignore_ascii_case(first))
        {
            version = segments.remove(0).to_ascii_lowercase();
        }
        let options = query
            .split('&')
            .filter_map(|option| option.split_once('='))
            .map(|(name, value)| (decode(name).trim_start_matches('$').to_owned(), decode(value)))
            .collect();
        Self { version, segments, options }
    }

    /// Returns the value of an option.
    pub(crate) fn option(&self, name: &str) -> Option<&str> {
        let found = self.options.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Returns the address of the next page.
    pub(crate) fn next_page(&self, offset: usize) -> String {
        let path = self.segments.join("/");
        let mut address = format!("https://graph.microsoft.com/{}/{path}?", self.version);
        for (name, value) in &self.options {
            if !name.eq_ignore_ascii_case("skiptoken") {
                let _ = write!(address, "${name}={value}&");
            }
        }
        let _ = write!(address, "$skiptoken={offset:x}");
        address
    }

    /// Returns how many objects earlier pages held.
    pub(crate) fn offset(&self) -> usize {
        let token = self.option("skiptoken").unwrap_or_default();
        usize::from_str_radix(token, 16).unwrap_or(0)
    }
}

/// Splits `users('id')` and `directoryRoles(roleTemplateId='id')` into two segments.
fn keyed(segment: &str) -> Vec<String> {
    let Some((name, key)) = segment.strip_suffix(')').and_then(|inner| inner.split_once('('))
    else {
        return vec![segment.to_owned()];
    };
    let key = key.split_once('=').filter(|(name, _)| !name.contains('\'')).map_or(key, |(_, v)| v);
    vec![name.to_owned(), key.trim_matches('\'').to_owned()]
}

/// Decodes `%23`; a plus stays a plus, as it is part of immutable ids.
fn decode(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, behind)) = rest.split_first() {
        let hex = (byte == b'%')
            .then(|| behind.get(..2).and_then(|two| std::str::from_utf8(two).ok()))
            .flatten()
            .and_then(|two| u8::from_str_radix(two, 16).ok());
        out.push(hex.unwrap_or(byte));
        rest = if hex.is_some() { behind.get(2..).unwrap_or_default() } else { behind };
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_split_and_decoded() {
        let url = GraphUrl::parse(
            "https://graph.microsoft.com/beta/Users/a%23EXT%23@x.com?$select=id,mail&%24filter=a eq 'b+c%3D'",
        );
        assert_eq!(url.version, "beta");
        assert_eq!(url.segments, ["Users", "a#EXT#@x.com"]);
        assert_eq!(url.option("SELECT"), Some("id,mail"));
        assert_eq!(url.option("filter"), Some("a eq 'b+c='"));
        let role = GraphUrl::parse("/directoryRoles(roleTemplateId='62e9')/members");
        assert_eq!(role.segments, ["directoryRoles", "62e9", "members"]);
        assert_eq!(GraphUrl::parse("users('ann')").segments, ["users", "ann"]);
        let next = GraphUrl::parse(&GraphUrl::parse("users?$top=5").next_page(10));
        assert_eq!((next.offset(), next.option("top")), (10, Some("5")));
    }
}
