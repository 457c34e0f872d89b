//! A second, naive answer to export rows, over plain maps, written from the decision procedure and
//! the rules of the specification; the tenant must agree with it on a hundred thousand random rows.
//!
//! Verdict, error, match, values in quarantine and the state of every object are compared after
//! each row, with resiliency on, off and half on, for every profile, with and without the blocks of
//! matching.
//! Values come from small sets so that nearly every row collides with something.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may stop at a surprise")]
#![expect(clippy::option_option, reason = "a row names an attribute, removes it, or says nothing")]
#![expect(clippy::struct_excessive_bools, reason = "the directory's own independent flags")]
#![expect(clippy::similar_names, reason = "lost and list are what they are")]

mod calculate;
mod decide;
mod object;
mod random;

use bytes::Bytes;
use dirsim_model::{Schema, Timestamp};
use dirsim_store::{MemoryTables, Table, Tables, rows};
use dirsim_tenant::{Answer, NewDomain, NewTenant, TenantEdit, TenantObject, Verdict, invariants};

use crate::decide::{Outcome, World};
use crate::object::{Object, snapshot};
use crate::random::Random;

/// Rows in one world.
const ROWS: usize = 40;
/// Worlds of each of the four profiles: a hundred thousand rows in all.
const WORLDS: u64 = 625;

/// A tenant in memory that starts with random objects.
struct Stage<'a> {
    tables: MemoryTables,
    schema: &'a Schema,
    now: Timestamp,
    /// The stored objects by number, and as the naive implementation sees them.
    stored: Vec<Bytes>,
    objects: Vec<Object>,
}

impl<'a> Stage<'a> {
    fn new(schema: &'a Schema, seed: u64, profile: &str, switches: &[(&str, bool)]) -> Self {
        let domain = |name: &str, verified, federated| NewDomain {
            name: name.to_owned(),
            verified,
            federated,
        };
        let new = NewTenant {
            initial_domain: random::INITIAL.to_owned(),
            domains: vec![
                domain("contoso.com", true, false),
                domain("fabrikam.com", true, true),
                domain("wingtip.com", true, true),
            ],
            features: switches.iter().map(|(name, on)| ((*name).to_owned(), *on)).collect(),
            preset: "new-tenant".to_owned(),
            as_of: Some(dirsim_model::service_changes().date(profile).unwrap()),
            next_placeholder_digits: Vec::new(),
        };
        let now = "2026-03-01T09:10:00Z".parse().unwrap();
        let tables = MemoryTables::new();
        let mut stage = Self { tables, schema, now, stored: Vec::new(), objects: Vec::new() };
        dirsim_tenant::create(&mut stage.tables, &new, seed, now).unwrap().unwrap();
        stage
    }

    /// Returns all objects by number as the naive implementation sees them.
    fn objects(&mut self) -> Vec<Object> {
        let rows = self.tables.scan(Table::TenantObject, &[], None, usize::MAX).unwrap();
        for (at, (key, bytes)) in rows.into_iter().enumerate() {
            // Most rows change one object; the others need not be read again.
            if self.stored.get(at) == Some(&bytes) {
                continue;
            }
            let object: TenantObject = rows::expect(&self.tables, rows::id_of(&key)).unwrap();
            let object = snapshot(self.schema, &object);
            if at < self.stored.len() {
                (self.stored[at], self.objects[at]) = (bytes, object);
            } else {
                self.stored.push(bytes);
                self.objects.push(object);
            }
        }
        self.objects.clone()
    }
}

/// Says what the tenant did in the words of the naive implementation.
fn told(answer: &Answer) -> Outcome {
    match &answer.verdict {
        Verdict::Success(applied) => {
            let mut quarantined: Vec<String> =
                answer.quarantined.iter().map(|held| held.value.clone()).collect();
            quarantined.sort();
            let matched = format!("{:?}", answer.matched);
            Outcome::Done { applied: format!("{applied:?}"), matched, quarantined }
        }
        Verdict::Failure(refusal) => Outcome::Refused {
            name: refusal.name.clone(),
            code: refusal.code,
            attribute: refusal.attribute.clone(),
        },
    }
}

/// Plays one world; returns what happened, counted by outcome.
fn play(
    schema: &Schema,
    profile: &str,
    seed: u64,
    counts: &mut std::collections::BTreeMap<String, usize>,
) {
    let mut random = Random::new(seed);
    // Both kinds of resiliency, each alone, and none, in turn.
    let (names, addresses) = (seed & 1 == 0, seed & 2 == 0);
    let switches = [
        ("quarantineUponUpnConflict", names),
        ("quarantineUponProxyAddressesConflict", addresses),
        ("softMatchOnUpn", !random.one_in(5)),
        ("blockSoftMatch", random.one_in(6)),
        ("blockCloudObjectTakeoverThroughHardMatch", random.one_in(6)),
        ("synchronizeUpnForManagedUsers", random.one_in(2)),
    ];
    let mut stage = Stage::new(schema, seed, profile, &switches);
    for number in 0..6 {
        // A load that would break uniqueness is refused and leaves the tenant as it is.
        let new = random.cloud_object(stage.schema, stage.now);
        let before = stage.tables.clone();
        if dirsim_tenant::load(&mut stage.tables, stage.schema, &[new], stage.now).unwrap().is_err()
        {
            assert!(number > 0, "the first object cannot collide");
            stage.tables = before;
        }
    }
    let mut world = World::new(&switches, profile, stage.objects());
    for step in 0..ROWS {
        if random.one_in(12) {
            let edit = random.edit(&world);
            if let Some(edit) = edit {
                let done = dirsim_tenant::edit(&mut stage.tables, stage.schema, &edit, stage.now);
                if done.unwrap().is_ok() {
                    let (TenantEdit::Delete { target } | TenantEdit::Purge { target }) = edit
                    else {
                        unreachable!("no other edits are drawn")
                    };
                    world.edited(target);
                }
                assert_eq!(world.objects, stage.objects(), "seed {seed}, step {step}: {edit:?}");
            }
        }
        let row = random.row(&world);
        let sent = row.to_row(stage.schema);
        let answer =
            dirsim_tenant::export(&mut stage.tables, stage.schema, &sent, stage.now).unwrap();
        let after = stage.objects();
        // Identifiers and digits are drawn by the tenant; what they stand for is decided here.
        let found = world.process(&row, &after);
        let context = || format!("seed {seed}, step {step}, {profile}: {row:?}\n{answer:#?}");
        assert_eq!(found, told(&answer), "{}", context());
        assert_eq!(world.objects, after, "{}", context());
        *counts.entry(found.name()).or_default() += 1;
        *counts.entry(format!("resiliency: names {names}, addresses {addresses}")).or_default() +=
            1;
    }
    let broken = invariants::violations(&stage.tables, stage.now).unwrap();
    assert!(broken.is_empty(), "seed {seed}: {broken:#?}");
}

/// Plays the worlds of a profile; `also` are answers that only some profiles give.
fn agree(profile: &str, also: &[&str]) {
    let schema = Schema::built_in();
    let mut counts = std::collections::BTreeMap::new();
    for seed in 0..WORLDS {
        play(&schema, profile, seed, &mut counts);
    }
    // 25,000 rows, a quarter of them with each setting of resiliency.
    for names in [true, false] {
        for addresses in [true, false] {
            let played = format!("resiliency: names {names}, addresses {addresses}");
            assert!(counts.get(&played).is_some_and(|rows| *rows >= 6_240), "{played}");
        }
    }
    // The draw reaches every answer that matching and uniqueness can give.
    let all = [
        "Created None",
        "Updated Anchor",
        "Updated Hard",
        "Updated SoftSmtp",
        "Updated SoftUpn",
        "Restored Hard",
        "SoftDeleted Anchor",
        "HardDeleted Anchor",
        "NoChange None",
        "Ignored Anchor",
        "AttributeValueMustBeUnique",
        "InvalidSoftMatch",
        "InvalidHardMatch",
        "ObjectTypeMismatch",
        "DeletingCloudOnlyObjectNotAllowed",
        "IdentityDataValidationFailed",
        "ObjectNotFound",
    ];
    for name in all.iter().chain(also) {
        assert!(counts.get(*name).is_some_and(|count| *count >= 5), "{name}: {counts:#?}");
    }
}

/// ET-030 to ET-056, ET-060 to ET-062, ET-070 to ET-079, ET-095 to ET-112, ET-170, ET-171, ET-176,
/// ET-181, appendix A, in the service of 2015.
#[test]
fn the_tenant_agrees_with_the_naive_implementation_in_p2015() {
    agree("p2015", &["FederatedDomainChangeError"]);
}

/// The same in the service of 2018.
#[test]
fn the_tenant_agrees_with_the_naive_implementation_in_p2018() {
    agree("p2018", &["FederatedDomainChangeError"]);
}

/// The same in the service of 2025: UPN changes of federated users flow (ET-106).
#[test]
fn the_tenant_agrees_with_the_naive_implementation_in_p2025() {
    agree("p2025", &[]);
}

/// The same in the service of 2026: hard matches are hardened (ET-050, ET-051).
#[test]
fn the_tenant_agrees_with_the_naive_implementation_in_p2026() {
    agree("p2026", &["AttributeUpdateNotAllowed"]);
}
