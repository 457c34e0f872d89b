//! The known name that is nearest to a mistyped one.

/// Returns the candidate with the smallest edit distance, compared without case, when it is near
/// enough to be meant.
pub(crate) fn nearest<'a>(
    written: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let written: Vec<char> = written.to_lowercase().chars().take(LENGTH_MAX).collect();
    let limit = (written.len() / 3).max(2);
    candidates
        .into_iter()
        .map(|candidate| (distance(&written, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Names longer than this are compared by their beginning.
const LENGTH_MAX: usize = 80;

/// Counts inserted, removed, replaced and swapped characters.
fn distance(a: &[char], b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let at =
                |row: &[usize], index: usize| row.get(index).copied().unwrap_or(usize::MAX / 2);
            let mut best =
                (at(&last, j) + usize::from(x != y)).min(at(&last, j + 1) + 1).min(at(&row, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if swapped {
                best = best.min(at(&before_last, j - 1) + 1);
            }
            row.push(best);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_named_and_nonsense_is_not() {
        let names = ["Get-ADUser", "Set-ADUser", "Get-ADGroup"];
        assert_eq!(nearest("Set-ADUsre", names), Some("Set-ADUser"));
        assert_eq!(nearest("get-aduser", names), Some("Get-ADUser"));
        assert_eq!(nearest("Out-File", names), None);
    }
}
