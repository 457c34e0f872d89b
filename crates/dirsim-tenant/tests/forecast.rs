//! The forecast agrees with the tenant: the same random rows over small value sets, asked of both.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may stop at a surprise")]

use std::collections::BTreeMap;

use dirsim_model::{AsOf, Dice, Schema, SourceAnchor, Timestamp, Value, service_changes};
use dirsim_store::MemoryTables;
use dirsim_tenant::features::{ChangeSet, Feature, FeatureSet};
use dirsim_tenant::forecast::{Forecast, Holding, Keys, Outcome, Tenancy, Trait, Traits};
use dirsim_tenant::{
    Answer, AppliedAs, ExportRow, MatchKind, NewDomain, NewTenant, NewTenantObject, Operation,
    TenantType, Verdict, lookup,
};

const NAMES: [&str; 6] = ["ann", "bo", "cy", "di", "eva", "fin"];
const DOMAINS: [&str; 3] = ["contoso.com", "contoso.com", "contoso.local"];

/// A made-up object: what both sides are told of it.
#[derive(Debug, Clone, Default)]
struct Person {
    kind: TenantType,
    anchor: Option<String>,
    upn: Option<String>,
    addresses: Vec<String>,
    mail: Option<String>,
    sid: Option<String>,
    synced: Option<bool>,
    deleted: bool,
    guest: bool,
    role: Option<&'static str>,
    unified: bool,
}

struct Draw(Dice);

impl Draw {
    fn below(&mut self, limit: u64) -> usize {
        usize::try_from(self.0.next() % limit).unwrap()
    }

    fn one_in(&mut self, chances: u64) -> bool {
        self.below(chances) == 0
    }

    fn mailbox(&mut self) -> String {
        format!("{}@{}", NAMES[self.below(6)], DOMAINS[self.below(3)])
    }

    fn anchor(&mut self) -> String {
        let digit = char::from(b'0' + u8::try_from(self.below(8)).unwrap());
        let guid = "dddddddd-dddd-dddd-dddd-dddddddddddd".replace('d', &digit.to_string());
        SourceAnchor::from_guid(guid.parse().unwrap()).as_str().to_owned()
    }

    fn person(&mut self) -> Person {
        let kind = match self.below(6) {
            0 => TenantType::Group,
            1 => TenantType::Contact,
            _ => TenantType::User,
        };
        let user = kind == TenantType::User;
        let mut addresses = Vec::new();
        for _ in 0..self.below(3) {
            let prefix = ["SMTP", "smtp", "smtp", "SIP"][self.below(4)];
            addresses.push(format!("{prefix}:{}", self.mailbox()));
        }
        Person {
            kind,
            upn: user.then(|| self.mailbox()),
            addresses,
            mail: self.one_in(3).then(|| self.mailbox()),
            sid: (user && self.one_in(3)).then(|| format!("S-1-5-21-1-2-3-{}", self.below(6))),
            ..Person::default()
        }
    }

    fn cloud(&mut self) -> Person {
        let mut person = self.person();
        let user = person.kind == TenantType::User;
        match self.below(5) {
            0 | 1 => {}
            2 if user => person.anchor = Some(self.anchor()),
            3 if user => {
                person.anchor = Some(self.anchor());
                person.synced = Some(false);
            }
            _ => {
                person.anchor = Some(self.anchor());
                person.synced = Some(true);
            }
        }
        if user {
            person.deleted = person.synced == Some(true) && self.one_in(4);
            person.guest = person.synced.is_none() && self.one_in(6);
            person.role = self
                .one_in(4)
                .then(|| ["Global Administrator", "Directory Readers"][self.below(2)]);
        } else {
            person.sid = None;
        }
        // A group without addresses is a security group, one with `Unified` a Microsoft 365 group.
        person.unified =
            person.kind == TenantType::Group && person.synced.is_none() && self.one_in(3);
        person
    }
}

fn list<'a>(values: impl IntoIterator<Item = &'a String>) -> Vec<Value> {
    values.into_iter().map(|value| Value::text(value.as_str())).collect()
}

/// The tenant itself, in memory.
struct Real {
    tables: MemoryTables,
    schema: Schema,
    now: Timestamp,
}

impl Real {
    fn new(new: &NewTenant, seed: u64) -> Self {
        let now = "2026-03-01T09:00:00Z".parse().unwrap();
        let mut tables = MemoryTables::new();
        dirsim_tenant::create(&mut tables, new, seed, now).unwrap().unwrap();
        Self { tables, schema: Schema::built_in(), now }
    }

    /// Loads an object; returns whether the tenant took it.
    fn load(&mut self, person: &Person, id: u64) -> bool {
        let mut attributes = BTreeMap::new();
        let mut set = |schema: &mut Schema, name: &str, values: Vec<Value>| {
            if !values.is_empty() {
                attributes.insert(schema.intern(name).unwrap(), values);
            }
        };
        let schema = &mut self.schema;
        set(schema, "userPrincipalName", list(&person.upn));
        set(schema, "proxyAddresses", list(&person.addresses));
        set(schema, "mail", list(&person.mail));
        set(schema, "onPremisesSecurityIdentifier", list(&person.sid));
        set(schema, "onPremisesImmutableId", list(&person.anchor));
        set(
            schema,
            "onPremisesSyncEnabled",
            person.synced.map(Value::Boolean).into_iter().collect(),
        );
        if person.guest {
            set(schema, "userType", vec![Value::text("Guest")]);
        }
        if person.unified {
            set(schema, "groupTypes", vec![Value::text("Unified")]);
        }
        let new = NewTenantObject {
            kind: person.kind,
            id: Some(format!("{id:032x}").parse().unwrap()),
            attributes: attributes.into_iter().collect(),
            roles: person.role.iter().map(|role| (*role).to_owned()).collect(),
            eligible_roles: Vec::new(),
            references: Vec::new(),
            deleted: person.deleted.then_some(self.now),
        };
        let before = self.tables.clone();
        let loaded =
            dirsim_tenant::load(&mut self.tables, &self.schema, &[new], self.now).unwrap().is_ok();
        if !loaded {
            self.tables = before;
        }
        loaded
    }

    fn send(&mut self, person: &Person) -> Answer {
        let mut attributes = BTreeMap::new();
        let mut set = |schema: &mut Schema, name: &str, values: Vec<Value>| {
            if !values.is_empty() {
                attributes.insert(schema.intern(name).unwrap(), values);
            }
        };
        let schema = &mut self.schema;
        set(schema, "userPrincipalName", list(&person.upn));
        set(schema, "proxyAddresses", list(&person.addresses));
        set(schema, "mail", list(&person.mail));
        set(schema, "onPremiseSecurityIdentifier", list(&person.sid));
        let row = ExportRow {
            operation: Operation::Add,
            object_type: person.kind,
            source_anchor: person.anchor.as_deref().map(SourceAnchor::new),
            cloud_anchor: None,
            complete: true,
            attributes: attributes.into_iter().collect(),
            references: Vec::new(),
        };
        dirsim_tenant::export(&mut self.tables, &self.schema, &row, self.now).unwrap()
    }
}

/// Says what the tenant did in the words of a forecast.
fn outcome_of(answer: &Answer) -> String {
    let applied = match &answer.verdict {
        Verdict::Failure(refusal) => return refusal.name.clone(),
        Verdict::Success(applied) => *applied,
    };
    let outcome = match (applied, answer.matched) {
        (AppliedAs::Ignored, _) => Outcome::Ignored,
        (AppliedAs::Restored, _) => Outcome::Restored,
        (_, MatchKind::Anchor) => Outcome::Synchronized,
        (_, MatchKind::Hard) => Outcome::HardMatch,
        (_, MatchKind::SoftSmtp) => Outcome::SoftMatchSmtp,
        (_, MatchKind::SoftUpn) => Outcome::SoftMatchUpn,
        _ if answer.quarantined.is_empty() => Outcome::Created,
        _ => Outcome::Quarantined,
    };
    outcome.text().to_owned()
}

fn keys<'a>(person: &'a Person, addresses: &'a str) -> Keys<'a> {
    Keys {
        kind: person.kind,
        anchor: person.anchor.as_deref(),
        upn: person.upn.as_deref(),
        addresses,
        mail: person.mail.as_deref(),
        nickname: None,
        sid: person.sid.as_deref(),
        object_guid: None,
    }
}

/// ET-030 to ET-056 and ET-070 to ET-079: verdicts of rows that follow one another.
#[test]
fn a_forecast_says_what_the_tenant_answers() {
    let tenants: [(&str, &[(&str, bool)]); 6] = [
        ("p2026", &[]),
        ("p2026", &[("softMatchOnUpn", false)]),
        ("p2026", &[("blockSoftMatch", true)]),
        ("p2025", &[("blockCloudObjectTakeoverThroughHardMatch", true)]),
        ("p2018", &[]),
        ("p2015", &[]),
    ];
    let mut seen = BTreeMap::<String, u32>::new();
    for world in 0..900u64 {
        let (profile, flags) = tenants[usize::try_from(world % 6).unwrap()];
        let as_of = AsOf::date(service_changes().date(profile).unwrap());
        let new = NewTenant {
            initial_domain: "contoso.onmicrosoft.com".to_owned(),
            domains: vec![NewDomain {
                name: "contoso.com".to_owned(),
                verified: true,
                federated: false,
            }],
            features: flags.iter().map(|(name, on)| ((*name).to_owned(), *on)).collect(),
            preset: "new-tenant".to_owned(),
            as_of: as_of.date,
            next_placeholder_digits: Vec::new(),
        };
        let changes = ChangeSet::of(&as_of);
        let mut features = FeatureSet::preset("new-tenant", changes).unwrap();
        for (name, on) in flags {
            features.set(Feature::find(name).unwrap(), *on);
        }
        let mut forecast = Forecast::new(Tenancy {
            initial_domain: new.initial_domain.clone(),
            verified: Some(vec!["contoso.com".to_owned()]),
            features,
            changes,
            tells_addresses: true,
        });
        let mut real = Real::new(&new, world);
        let mut draw = Draw(Dice::new(world + 1));
        for id in 1..=8 {
            let person = draw.cloud();
            if !real.load(&person, id) {
                continue;
            }
            let addresses = person.addresses.join(";");
            let traits = Traits::default()
                .with(Trait::Deleted, person.deleted)
                .with(Trait::Synchronized, person.synced == Some(true))
                .with(Trait::FormerlySynchronized, person.synced == Some(false))
                .with(Trait::Guest, person.guest)
                .with(Trait::HasRole, person.role.is_some())
                .with(Trait::Privileged, person.role == Some("Global Administrator"))
                .with(Trait::UnifiedOrDynamic, person.unified);
            let id = id.to_string();
            forecast.add(&Holding { id: &id, keys: keys(&person, &addresses), traits });
        }
        for row in 0..6 {
            let mut person = draw.person();
            person.anchor = Some(draw.anchor());
            let answer = real.send(&person);
            let addresses = person.addresses.join(";");
            let verdict = forecast.answer(&keys(&person, &addresses));
            let expected = outcome_of(&answer);
            let held: Vec<String> = lookup::objects_after(&real.tables, None, 99)
                .unwrap()
                .iter()
                .map(|(_, object)| format!("{object:?}"))
                .collect();
            assert_eq!(
                verdict.outcome.text(),
                expected,
                "world {world} ({profile} {flags:?}), row {row}: {person:?}\n{verdict:?}\n{:#?}\n{}",
                answer.checks,
                held.join("\n")
            );
            *seen.entry(expected).or_default() += 1;
            if matches!(answer.verdict, Verdict::Success(_)) && answer.matched != MatchKind::None {
                // What a takeover does to the other values of its target is the tenant's work.
                break;
            }
        }
    }
    for outcome in ["hard match", "soft match by SMTP", "soft match by UPN", "created"] {
        assert!(seen.contains_key(outcome), "{outcome} was never met: {seen:?}");
    }
    for outcome in ["created, quarantined", "restored by anchor", "InvalidHardMatch"] {
        assert!(seen.contains_key(outcome), "{outcome} was never met: {seen:?}");
    }
}
