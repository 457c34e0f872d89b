//! Finding objects that claim the same identity.

use xxhash_rust::xxh3::xxh3_64;

/// The identities of one kind, by number of object.
#[derive(Debug, Default)]
pub(crate) struct Claims {
    claims: Vec<(u64, u32)>,
}

impl Claims {
    /// Notes that an object claims an identity.
    pub(crate) fn add(&mut self, identity: &[u8], object: usize) {
        if let Ok(object) = u32::try_from(object) {
            self.claims.push((xxh3_64(identity), object));
        }
    }

    /// Returns each object that claims what an earlier one claimed, with that one: first and
    /// second, in the order of the second. `same` compares the identities themselves, as two of
    /// them may share a hash.
    pub(crate) fn contested(
        mut self,
        mut same: impl FnMut(usize, usize) -> bool,
    ) -> Vec<(usize, usize)> {
        self.claims.sort_unstable();
        let mut found = Vec::new();
        for run in self.claims.chunk_by(|a, b| a.0 == b.0) {
            for (at, (_, second)) in run.iter().enumerate().skip(1) {
                let earlier = run.iter().take(at).map(|(_, first)| *first as usize);
                let second = *second as usize;
                if let Some(first) = earlier.into_iter().find(|first| same(*first, second)) {
                    found.push((first, second));
                }
            }
        }
        found.sort_unstable_by_key(|(first, second)| (*second, *first));
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_claim_names_the_first() {
        let names = ["a", "b", "a", "c", "b", "a"];
        let mut claims = Claims::default();
        for (at, name) in names.iter().enumerate() {
            claims.add(name.as_bytes(), at);
        }
        assert_eq!(claims.contested(|a, b| names[a] == names[b]), [(0, 2), (1, 4), (0, 5)]);
    }
}
