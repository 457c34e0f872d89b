//! The known name that was probably meant.

/// Names longer than this are compared by their beginning.
const LENGTH_MAX: usize = 80;

/// Returns the candidate with the fewest edits, compared without case, when it is near enough to be
/// meant.
pub fn nearest<'a>(
    written: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let written: String = written.to_lowercase().chars().take(LENGTH_MAX).collect();
    let limit = (written.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (strsim::osa_distance(&written, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_named_and_nonsense_is_not() {
        let cmdlets = ["Get-ADUser", "Set-ADUser", "Get-ADGroup"];
        assert_eq!(nearest("Set-ADUsre", cmdlets), Some("Set-ADUser"));
        assert_eq!(nearest("get-aduser", cmdlets), Some("Get-ADUser"));
        assert_eq!(nearest("Out-File", cmdlets), None);
        let attributes = ["userPrincipalName", "mail", "displayName"];
        assert_eq!(nearest("userPrincipleName", attributes), Some("userPrincipalName"));
        assert_eq!(nearest("mial", attributes), Some("mail"));
        assert_eq!(nearest("telephone", attributes), None);
    }
}
