//! The word lists that made-up people are named from.

use std::collections::BTreeSet;

use serde::Deserialize;

/// The word lists, as `config/generate/names.yaml` holds them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Names {
    /// Given names; they differ after accents are removed.
    pub given_names: Vec<String>,
    /// Surnames; they differ after accents are removed.
    pub surnames: Vec<String>,
    /// Departments with the titles of their people.
    pub departments: Vec<Department>,
    /// Cities.
    pub cities: Vec<City>,
    /// Streets, which every city has.
    pub streets: Vec<String>,
    /// Words that groups are named with.
    pub group_words: Vec<String>,
    /// Domains of contacts.
    pub partners: Vec<String>,
    /// Directory roles that administrators hold.
    pub roles: Vec<String>,
}

/// A department.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Department {
    /// Its name.
    pub name: String,
    /// The titles of its people.
    pub titles: Vec<String>,
}

/// A city.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct City {
    /// Its name.
    pub name: String,
    /// The two letters of its country.
    pub country: String,
    /// The name of its country.
    pub country_name: String,
    /// The number of its country in ISO 3166.
    pub country_code: i64,
    /// Its state; empty where nobody writes one.
    pub state: String,
    /// A postal code.
    pub postal_code: String,
    /// The prefix of its telephone numbers.
    pub dial: String,
}

/// Why word lists are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NamesError {
    /// The file is not of the expected form.
    #[error("{0}")]
    Syntax(String),
    /// A list has no words.
    #[error("the list `{0}` is empty; give it at least one entry")]
    Empty(&'static str),
    /// Two names make the same mail address.
    #[error("`{0}` stands twice in `{1}` once accents are removed; keep one of them")]
    Twice(String, &'static str),
}

impl Names {
    /// Reads word lists.
    pub fn from_yaml(text: &str) -> Result<Self, NamesError> {
        let names: Self =
            serde_saphyr::from_str(text).map_err(|error| NamesError::Syntax(error.to_string()))?;
        for (list, empty) in [
            ("givenNames", names.given_names.is_empty()),
            ("surnames", names.surnames.is_empty()),
            ("departments", names.departments.iter().all(|d| d.titles.is_empty())),
            ("cities", names.cities.is_empty()),
            ("streets", names.streets.is_empty()),
            ("groupWords", names.group_words.is_empty()),
            ("partners", names.partners.is_empty()),
            ("roles", names.roles.is_empty()),
        ] {
            if empty {
                return Err(NamesError::Empty(list));
            }
        }
        for (list, words) in [("givenNames", &names.given_names), ("surnames", &names.surnames)] {
            let mut seen = BTreeSet::new();
            for word in words {
                if !seen.insert(mailbox_form(word)) {
                    return Err(NamesError::Twice(word.clone(), list));
                }
            }
        }
        Ok(names)
    }

    /// Returns the word lists that dirsim ships with.
    pub fn built_in() -> Self {
        Self::from_yaml(include_str!("../../../../config/generate/names.yaml"))
            .expect("the shipped word lists are well-formed")
    }
}

/// Returns a name as it stands in a mail address: lower-case ASCII letters, digits and hyphens.
pub fn mailbox_form(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars().flat_map(char::to_lowercase) {
        match c {
            'a'..='z' | '0'..='9' | '-' => out.push(c),
            'à'..='å' | 'ā' | 'ă' | 'ą' => out.push('a'),
            'æ' => out.push_str("ae"),
            'ç' | 'ć' | 'č' => out.push('c'),
            'ð' | 'ď' => out.push('d'),
            'è'..='ë' | 'ē' | 'ę' | 'ě' => out.push('e'),
            'ğ' => out.push('g'),
            'ì'..='ï' | 'ı' | 'ī' => out.push('i'),
            'ł' => out.push('l'),
            'ñ' | 'ń' | 'ň' => out.push('n'),
            'ò'..='ö' | 'ø' | 'ō' | 'ő' => out.push('o'),
            'œ' => out.push_str("oe"),
            'ř' => out.push('r'),
            'ś' | 'š' | 'ş' | 'ș' => out.push('s'),
            'ß' => out.push_str("ss"),
            'ţ' | 'ť' | 'ț' => out.push('t'),
            'ù'..='ü' | 'ū' | 'ů' | 'ű' => out.push('u'),
            'ý' | 'ÿ' => out.push('y'),
            'ź' | 'ż' | 'ž' => out.push('z'),
            _ => {}
        }
    }
    out
}

/// Returns an entry of a list that is not empty; any number will do.
pub(super) fn pick<T>(list: &[T], number: u64) -> &T {
    let at = number % (list.len() as u64).max(1);
    list.get(usize::try_from(at).unwrap_or_default())
        .or_else(|| list.first())
        .expect("word lists are checked not to be empty")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_lists_make_a_million_different_names() {
        let names = Names::built_in();
        assert!(names.given_names.len() * names.surnames.len() * 27 > 1_200_000);
        for name in names.given_names.iter().chain(&names.surnames) {
            let plain = mailbox_form(name);
            assert_eq!(plain.chars().count(), name.chars().count(), "{name} loses letters");
        }
    }

    #[test]
    fn accents_do_not_reach_addresses() {
        assert_eq!(mailbox_form("Søren O'Çelik-Łukasz"), "sorenocelik-lukasz");
    }

    #[test]
    fn bad_lists_are_named() {
        let text = include_str!("../../../../config/generate/names.yaml");
        let twice = text.replace("[Ada,", "[Ada, Ádá,").replace("    Ada,", "    Ada, Ádá,");
        assert_eq!(
            Names::from_yaml(&twice).unwrap_err().to_string(),
            "`Ádá` stands twice in `givenNames` once accents are removed; keep one of them"
        );
        assert!(matches!(Names::from_yaml("givenNames: []"), Err(NamesError::Syntax(_))));
    }
}
