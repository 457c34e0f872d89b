//! One person: names, place, position; a function of the seed and a number.

use dirsim_model::Dn;
use dirsim_model::dn::Rdn;

use super::names::{City, mailbox_form, pick};
use super::{Population, Stream};

/// Letters between given name and surname when a name is used again.
const INITIALS: &[u8; 26] = b"KMLSAJRETBCDFGHNPVWIOUYZQX";
/// People that one manager leads.
const SPAN_OF_CONTROL: u32 = 8;

/// A made-up person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Person<'p> {
    pub(super) given: &'p str,
    pub(super) surname: &'p str,
    /// The name to show, unique: `Ann Berg`, `Ann K. Berg`.
    pub(super) display: String,
    /// The part of addresses in front of the `@`, unique: `ann.berg`, `ann.k.berg`.
    pub(super) alias: String,
    pub(super) city: &'p City,
    pub(super) department: &'p str,
    pub(super) title: &'p str,
    pub(super) street: String,
    pub(super) telephone: String,
    pub(super) mobile: Option<String>,
    /// Whether the account is disabled.
    pub(super) disabled: bool,
    /// Whether the leaf of the name is written surname first, with a comma.
    surname_first: bool,
    /// Whether there is one more address.
    pub(super) second_address: bool,
}

impl Population {
    /// Returns the person with a number; users come first, contacts behind them.
    pub(super) fn person(&self, number: u32) -> Person<'_> {
        let names = &self.names;
        let (given_count, surname_count) =
            (names.given_names.len() as u64, names.surnames.len() as u64);
        let pairs = given_count * surname_count;
        let (round, place) = (u64::from(number) / pairs, u64::from(number) % pairs);
        // Each round walks over all pairs of names once, in an order of its own.
        let start = self.dice(Stream::Person, u64::MAX - round).below(pairs);
        let pair = (place * coprime_step(pairs) + start) % pairs;
        let given = pick(&names.given_names, pair % given_count);
        let surname = pick(&names.surnames, pair / given_count);
        let (first, last) = (mailbox_form(given), mailbox_form(surname));
        let initial = round.checked_sub(1).and_then(|at| {
            INITIALS.get(usize::try_from(at).ok()?).map(|letter| char::from(*letter))
        });
        let (display, alias) = match (round, initial) {
            (0, _) => (format!("{given} {surname}"), format!("{first}.{last}")),
            (_, Some(letter)) => (
                format!("{given} {letter}. {surname}"),
                format!("{first}.{}.{last}", letter.to_ascii_lowercase()),
            ),
            (_, None) => (format!("{given} {surname} {round}"), format!("{first}.{last}{round}")),
        };
        let mut dice = self.dice(Stream::Person, u64::from(number));
        let with_titles: Vec<_> =
            names.departments.iter().filter(|department| !department.titles.is_empty()).collect();
        let department = pick(&with_titles, dice.next());
        let city = pick(&names.cities, dice.next());
        let mut phone =
            || format!("{} {} {:07}", city.dial, 20 + dice.below(80), dice.below(10_000_000));
        let (telephone, mobile) = (phone(), phone());
        Person {
            given,
            surname,
            display,
            alias,
            city,
            department: &department.name,
            title: pick::<String>(&department.titles, dice.next()),
            street: format!("{} {}", pick(&names.streets, dice.next()), 1 + dice.below(120)),
            telephone,
            mobile: (dice.below(2) == 0).then_some(mobile),
            disabled: dice.below(50) == 0,
            surname_first: dice.below(20) == 0,
            second_address: dice.below(3) == 0,
        }
    }

    /// Returns the name of a user of the forest.
    pub(super) fn user_dn(&self, number: u32) -> Dn {
        self.dn_of(&self.person(number))
    }

    /// Returns the name of a user of the forest.
    pub(super) fn dn_of(&self, person: &Person<'_>) -> Dn {
        let leaf = if person.surname_first {
            let (given, _) =
                person.display.split_once(person.surname).unwrap_or((person.given, ""));
            let rest = person.display.get(given.len() + person.surname.len()..).unwrap_or_default();
            format!("{}, {}{rest}", person.surname, given.trim_end())
        } else {
            person.display.clone()
        };
        self.container(&["Corp", &person.city.name, "Users"]).child(Rdn::new("CN", leaf))
    }

    /// Returns the name of an organizational unit, given from the top.
    pub(super) fn container(&self, path: &[&str]) -> Dn {
        let root = Dn::from_domain_fqdn(&self.options.domain);
        path.iter().fold(root, |dn, unit| dn.child(Rdn::new("OU", *unit)))
    }

    /// Returns the manager of a user; the first user has none.
    pub(super) fn manager_of(number: u32) -> Option<u32> {
        number.checked_sub(1).map(|number| number / SPAN_OF_CONTROL)
    }
}

/// Returns a step that visits every number below `count` before it comes back.
pub(super) fn coprime_step(count: u64) -> u64 {
    let gcd = |mut a: u64, mut b: u64| {
        while b > 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    // Near the golden section, so that neighbors look unrelated.
    let mut step = (count * 618 / 1000).max(1);
    while gcd(step, count) != 1 {
        step += 1;
    }
    step
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::{GenerateOptions, Names};
    use dirsim_model::Schema;
    use std::collections::BTreeSet;

    #[test]
    fn names_and_addresses_are_unique() {
        let population =
            Population::new(GenerateOptions::default(), Names::built_in(), &mut Schema::built_in())
                .unwrap();
        let (mut aliases, mut names) = (BTreeSet::new(), BTreeSet::new());
        // Beyond one round of name pairs, and at the far end, where initials ran out.
        for number in (0..130_000).chain(1_900_000..1_900_500) {
            let person = population.person(number);
            assert!(names.insert(population.dn_of(&person).rdn().unwrap().key()), "{person:?}");
            assert!(aliases.insert(person.alias.clone()), "{person:?}");
        }
    }

    #[test]
    fn steps_visit_everything() {
        for count in [1, 2, 3, 10, 61_292] {
            let step = coprime_step(count);
            let seen: BTreeSet<u64> = (0..count).map(|at| at * step % count).collect();
            assert_eq!(seen.len() as u64, count);
        }
    }
}
