//! The name that was probably meant.

/// Returns the candidate nearest to `name`, when one is near enough to be meant.
///
/// Case counts for nothing here: a name that is wrong in case only is nearest of all.
pub(crate) fn nearest<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let wanted: Vec<char> = name.chars().flat_map(char::to_lowercase).collect();
    let limit = (wanted.len() / 3).clamp(1, 4);
    candidates
        .into_iter()
        .filter(|candidate| candidate.len().abs_diff(name.len()) <= limit * 4)
        .map(|candidate| (distance(&wanted, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Returns how many characters must be put in, taken out or replaced.
fn distance(wanted: &[char], candidate: &str) -> usize {
    let mut row: Vec<usize> = (0..=wanted.len()).collect();
    for (line, c) in candidate.chars().flat_map(char::to_lowercase).enumerate() {
        let (mut corner, mut left) = (line, line + 1);
        let mut next = Vec::with_capacity(row.len());
        next.push(left);
        for (w, above) in wanted.iter().zip(row.iter().skip(1)) {
            left = (corner + usize::from(*w != c)).min(above + 1).min(left + 1);
            corner = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_is_understood() {
        let names = ["Trim", "LTrim", "RTrim", "IsPresent"];
        assert_eq!(nearest("trim", names), Some("Trim"));
        assert_eq!(nearest("Trimm", names), Some("Trim"));
        assert_eq!(nearest("IsPresnt", names), Some("IsPresent"));
        assert_eq!(nearest("Substring", names), None);
    }
}
