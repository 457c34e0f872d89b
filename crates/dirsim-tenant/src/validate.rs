//! Step 1 of the decision: limits and formats of the values of a row (ET-016, ET-160 to ET-164).

use dirsim_model::attribute::well_known as a;
use dirsim_model::{AttributeId, SourceAnchor, Value};

use crate::catalogue::RowRole;
use crate::catalogue::UpnLimits;
use crate::planner::{Decided, Facts, Planner};
use crate::row::{ExportRow, Operation, TenantType};

/// Checks the values of a row; what they collide with comes later.
pub(crate) fn row(planner: &mut Planner<'_>, row: &ExportRow) -> Decided<()> {
    if let Some(anchor) = &row.source_anchor
        && let Err(reason) = anchor_problem(anchor)
    {
        return Err(invalid(planner, "DataValidationFailed", "ET-016", "SourceAnchor", reason));
    }
    let mut extensions = 0;
    for (attribute, values) in &row.attributes {
        let role = planner.catalogue.role(planner.schema, *attribute);
        if role == RowRole::Extension {
            extensions += values.len();
        }
        if matches!(role, RowRole::Bookkeeping | RowRole::Unknown) {
            continue;
        }
        attribute_values(planner, row, *attribute, values)?;
    }
    let most = planner.catalogue.limits.extension_values;
    if extensions > most {
        let reason = format!("{extensions} directory extension values, {most} are allowed");
        return Err(invalid(planner, "LargeObject", "ET-160", "extensions", reason));
    }
    planner.check("ET-160", "the values of the row are within the limits");
    Ok(())
}

fn attribute_values(
    planner: &mut Planner<'_>,
    row: &ExportRow,
    attribute: AttributeId,
    values: &[Value],
) -> Decided<()> {
    let limits = &planner.catalogue.limits;
    match attribute {
        a::USER_PRINCIPAL_NAME if row.object_type == TenantType::User => {
            if let Some(upn) = values.first().and_then(|value| value.as_ref().as_text())
                && let Err(reason) = upn_problem(planner, upn)
            {
                return Err(invalid_value(
                    planner,
                    "IdentityDataValidationFailed",
                    "ET-161",
                    "userPrincipalName",
                    upn,
                    reason,
                ));
            }
        }
        a::PROXY_ADDRESSES => {
            let max = limits.proxy_address;
            let long = values
                .iter()
                .filter_map(|value| value.as_ref().as_text())
                .find(|text| text.chars().count() > max);
            if let Some(text) = long {
                let reason = format!("a value has {} characters, {max} fit", text.chars().count());
                return Err(invalid(
                    planner,
                    "ExceededAllowedLength",
                    "ET-160",
                    "proxyAddresses",
                    reason,
                ));
            }
        }
        a::USER_CERTIFICATE | a::USER_SMIME_CERTIFICATE if values.len() > limits.certificates => {
            let name = planner.schema.name(attribute).to_owned();
            let (count, most) = (values.len(), limits.certificates);
            let reason = format!("{count} certificates, {most} are allowed");
            return Err(invalid(planner, "LargeObject", "ET-164", &name, reason));
        }
        a::THUMBNAIL_PHOTO => {
            let size = values.iter().filter_map(|v| v.as_ref().as_bytes()).map(<[u8]>::len).max();
            if let Some(size) = size.filter(|size| *size > limits.thumbnail_photo_bytes) {
                let reason = format!("the photo has {size} bytes");
                return Err(invalid(planner, "LargeObject", "ET-164", "thumbnailPhoto", reason));
            }
        }
        a::DISPLAY_NAME if row.object_type == TenantType::Group => {
            let blank = values
                .first()
                .and_then(|value| value.as_ref().as_text())
                .is_some_and(|text| text.trim().is_empty());
            if blank || (values.is_empty() && row.operation == Operation::Set) {
                let reason = "the display name of a group is blank".to_owned();
                return Err(invalid(
                    planner,
                    "DataValidationFailed",
                    "ET-160",
                    "displayName",
                    reason,
                ));
            }
        }
        _ => {}
    }
    if let Some(max) = planner.catalogue.max_chars(planner.schema, attribute) {
        let longest = values
            .iter()
            .filter_map(|value| value.as_ref().as_text())
            .map(|text| {
                // Only the display name is trimmed.
                let text = if attribute == a::DISPLAY_NAME { text.trim() } else { text };
                text.chars().count()
            })
            .max();
        if let Some(longest) = longest.filter(|longest| *longest > max) {
            let name = planner.schema.name(attribute).to_owned();
            let reason = format!("{longest} characters, {max} fit");
            return Err(invalid(planner, "ExceededAllowedLength", "ET-160", &name, reason));
        }
    }
    Ok(())
}

fn invalid(
    planner: &mut Planner<'_>,
    name: &str,
    rule: &str,
    attribute: &str,
    reason: String,
) -> crate::planner::Stop {
    planner.refuse(name, rule, Facts { attribute: Some(attribute), reason, ..Facts::default() })
}

fn invalid_value(
    planner: &mut Planner<'_>,
    name: &str,
    rule: &str,
    attribute: &str,
    value: &str,
    reason: String,
) -> crate::planner::Stop {
    planner.refuse(
        name,
        rule,
        Facts {
            attribute: Some(attribute),
            values: vec![value.to_owned()],
            reason,
            ..Facts::default()
        },
    )
}

/// Says what is wrong with an anchor (ET-016). Anything that looks like base64 comes from a binary
/// attribute, and a text that does not decode is still an opaque anchor (ET-014).
pub(crate) fn anchor_problem(anchor: &SourceAnchor) -> Result<(), String> {
    const FORBIDDEN: &str = "\\!#$%&*+/=?^`{}|~<>()';:,[]\"@_";
    let text = anchor.as_str();
    let base64 = text.len() >= 16
        && text
            .trim_end_matches('=')
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"+/".contains(&b))
        && (text.ends_with('=') || text.len().is_multiple_of(4));
    if text.is_empty() {
        return Err("the anchor is empty".to_owned());
    }
    if base64 {
        return Ok(());
    }
    if let Some(c) = text.chars().find(|c| FORBIDDEN.contains(*c)) {
        return Err(format!("the anchor {text} contains `{c}`"));
    }
    let length = anchor.weighted_len();
    if length >= 60 {
        return Err(format!("the anchor {text} counts {length} characters, fewer than 60 fit"));
    }
    Ok(())
}

/// Says what is wrong with a sAMAccountName that is to stand in for a UPN (ET-115, ET-160).
pub(crate) fn account_name_problem(name: &str) -> Result<(), String> {
    const FORBIDDEN: &str = "[\\\"|,/:<>+=;?*]";
    let length = name.chars().count();
    if length > 20 {
        return Err(format!("the sAMAccountName has {length} characters, 20 fit"));
    }
    match name.chars().find(|c| FORBIDDEN.contains(*c)) {
        Some(c) => Err(format!("the sAMAccountName contains `{c}`")),
        None => Ok(()),
    }
}

/// Says what is wrong with the structure of a UPN (ET-161). Blanks, control, invisible and
/// non-ASCII characters are no error: they lead to the address at the initial domain (ET-096).
pub(crate) fn upn_problem(planner: &Planner<'_>, upn: &str) -> Result<(), String> {
    upn_structure(planner.catalogue.limits.user_principal_name, upn)
}

/// Checks the structure of a UPN against limits (ET-160, ET-161).
pub(crate) fn upn_structure(limits: UpnLimits, upn: &str) -> Result<(), String> {
    let (user, suffix) = upn.split_once('@').ok_or_else(|| "there is no `@`".to_owned())?;
    if user.is_empty() {
        return Err("nothing stands in front of `@`".to_owned());
    }
    if suffix.contains('@') {
        return Err("there is more than one `@`".to_owned());
    }
    let (user_len, suffix_len) = (user.chars().count(), suffix.chars().count());
    if user_len > limits.user || suffix_len > limits.suffix || user_len + suffix_len >= limits.total
    {
        return Err(format!("{user_len} characters before and {suffix_len} behind `@`"));
    }
    if user.ends_with(['.', '&']) {
        return Err("the user part ends in `.` or `&`".to_owned());
    }
    let odd = user
        .chars()
        .find(|c| c.is_ascii_graphic() && !c.is_ascii_alphanumeric() && !"'.-_!#^~".contains(*c));
    odd.map_or(Ok(()), |c| Err(format!("`{c}` is not allowed")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ET-014, ET-016: which anchors are accepted.
    #[test]
    fn anchors_follow_et_016() {
        for (anchor, accepted) in [
            ("emp_0042", false),
            ("emp0042", true),
            ("emp-0042", true),
            ("/////////////////////w==", true),
            ("xMf1FXx9RIcbcAbDlqeOA==", true),
            ("", false),
            ("ann@contoso.com", false),
        ] {
            assert_eq!(anchor_problem(&SourceAnchor::new(anchor)).is_ok(), accepted, "{anchor}");
        }
        assert!(anchor_problem(&SourceAnchor::new("a".repeat(59))).is_ok());
        let long = format!("{}-", "a".repeat(57));
        assert!(anchor_problem(&SourceAnchor::new(long)).is_err());
    }
}
