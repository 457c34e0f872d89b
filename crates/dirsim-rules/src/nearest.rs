//! The name that was probably meant.

/// Returns the known name with the fewest edits, when it is near enough to suggest.
pub(crate) fn suggest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = name.to_lowercase();
    let limit = (wanted.chars().count() / 3).max(1);
    known
        .map(|candidate| (edits(&wanted, &candidate.to_lowercase(), limit), candidate))
        .filter(|(edits, _)| *edits <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Counts insertions, deletions and replacements between two texts; more than `limit` when their
/// lengths alone exceed it.
fn edits(a: &str, b: &str, limit: usize) -> usize {
    let b: Vec<char> = b.chars().collect();
    if a.chars().count().abs_diff(b.len()) > limit {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, cb) in row.iter_mut().skip(1).zip(&b) {
            let replaced = diagonal + usize::from(ca != *cb);
            diagonal = *cell;
            left = replaced.min(*cell + 1).min(left + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_suggested_and_far_ones_are_not() {
        let known = ["mail", "mailNickname", "manager"];
        assert_eq!(suggest("mialNickname", known.into_iter()), Some("mailNickname"));
        assert_eq!(suggest("managr", known.into_iter()), Some("manager"));
        assert_eq!(suggest("telephone", known.into_iter()), None);
        assert_eq!(edits("kitten", "sitting", 9), 3);
    }
}
