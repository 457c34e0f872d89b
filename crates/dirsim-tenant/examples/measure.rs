//! Measures the tenant: users exported against users that are there already.
//!
//! `cargo run --release -p dirsim-tenant --example measure -- [ROWS] [EXISTING]`; a million rows
//! against 900,000 users unless told otherwise. Of those that are there 60 % can be soft matched, by
//! address or by name, 20 % carry the anchor of their row, and the rest stand in the way: another
//! anchor, a directory role, a name that is taken; or lie in the recycle bin.

#![expect(clippy::print_stdout, clippy::disallowed_methods, reason = "prints what it measures")]

use std::collections::BTreeMap;
use std::error::Error;
use std::time::{Duration, Instant};

use dirsim_model::{AttributeId, Guid, Schema, SourceAnchor, Timestamp, Value};
use dirsim_store::MemoryTables;
use dirsim_tenant::{
    ExportRow, NewDomain, NewTenant, NewTenantObject, Operation, TenantType, Verdict, lookup,
};

/// Objects loaded, and rows made, at a time.
const PAGE: u64 = 10_000;

/// Profile attributes of a row, beside those that matching looks at.
const PROFILE: [&str; 12] = [
    "displayName",
    "givenName",
    "surname",
    "title",
    "department",
    "company",
    "city",
    "country",
    "telephoneNumber",
    "mobile",
    "onPremisesSamAccountName",
    "onPremisesDistinguishedName",
];

/// What a user that is there is to its row.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    SameAddress,
    SameName,
    SameAnchor,
    OtherAnchor,
    Role,
    NameTaken,
    Deleted,
}

fn part(number: u64) -> Part {
    match number % 20 {
        0..=5 => Part::SameAddress,
        6..=11 => Part::SameName,
        12..=15 => Part::SameAnchor,
        16 => Part::OtherAnchor,
        17 => Part::Role,
        18 => Part::NameTaken,
        _ => Part::Deleted,
    }
}

/// Returns a GUID; `salt` keeps sets of them apart.
fn guid(salt: u64, number: u64) -> Guid {
    let mut bytes = [0; 16];
    let (left, right) = bytes.split_at_mut(8);
    left.copy_from_slice(&number.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_le_bytes());
    right.copy_from_slice(&(salt << 56 | number).to_be_bytes());
    Guid::from_bytes(bytes)
}

fn anchor(number: u64) -> SourceAnchor {
    SourceAnchor::from_guid(guid(1, number))
}

/// Numbers of the attributes, looked up once.
struct Names {
    upn: AttributeId,
    addresses: AttributeId,
    sid: AttributeId,
    identifier: AttributeId,
    profile: Vec<AttributeId>,
    graph: BTreeMap<&'static str, AttributeId>,
}

impl Names {
    fn new(schema: &mut Schema) -> Result<Self, Box<dyn Error>> {
        let mut of = |name: &str| schema.intern(name);
        let mut graph = BTreeMap::new();
        for name in [
            "userPrincipalName",
            "proxyAddresses",
            "onPremisesImmutableId",
            "onPremisesSyncEnabled",
            "displayName",
            "jobTitle",
            "department",
        ] {
            graph.insert(name, of(name)?);
        }
        Ok(Self {
            upn: of("userPrincipalName")?,
            addresses: of("proxyAddresses")?,
            sid: of("onPremiseSecurityIdentifier")?,
            identifier: of("onPremisesObjectIdentifier")?,
            profile: PROFILE.iter().map(|name| of(name)).collect::<Result<_, _>>()?,
            graph,
        })
    }
}

fn existing(names: &Names, number: u64, now: Timestamp) -> NewTenantObject {
    let part = part(number);
    let mut attributes = Vec::new();
    let mut put = |name: &str, value: Value| {
        if let Some(id) = names.graph.get(name) {
            attributes.push((*id, vec![value]));
        }
    };
    let name = match part {
        Part::SameAddress => format!("old{number}@contoso.com"),
        _ => format!("user{number}@contoso.com"),
    };
    put("userPrincipalName", name.into());
    if part != Part::SameName && part != Part::NameTaken {
        put("proxyAddresses", format!("SMTP:first.last{number}@contoso.com").into());
    }
    put("displayName", format!("First Last {number}").into());
    put("jobTitle", "Engineer".into());
    put("department", "Research".into());
    match part {
        Part::SameAnchor => put("onPremisesImmutableId", anchor(number).as_str().into()),
        Part::Deleted => {
            put("onPremisesImmutableId", anchor(number).as_str().into());
            put("onPremisesSyncEnabled", false.into());
        }
        Part::OtherAnchor | Part::NameTaken => {
            let other = SourceAnchor::from_guid(guid(2, number));
            put("onPremisesImmutableId", other.as_str().into());
            put("onPremisesSyncEnabled", true.into());
        }
        Part::SameAddress | Part::SameName | Part::Role => {}
    }
    let roles = if part == Part::Role { vec!["User Administrator".to_owned()] } else { Vec::new() };
    NewTenantObject {
        kind: TenantType::User,
        id: Some(guid(3, number)),
        attributes,
        roles,
        eligible_roles: Vec::new(),
        references: Vec::new(),
        deleted: (part == Part::Deleted).then_some(now),
    }
}

fn row(names: &Names, number: u64) -> ExportRow {
    let mut attributes = vec![
        (names.upn, vec![Value::text(format!("user{number}@contoso.com"))]),
        (
            names.addresses,
            vec![
                Value::text(format!("SMTP:first.last{number}@contoso.com")),
                Value::text(format!("smtp:f.last{number}@contoso.com")),
            ],
        ),
        (names.sid, vec![Value::text(format!("S-1-5-21-1-2-3-{number}"))]),
        (names.identifier, vec![Value::bytes(*guid(1, number).as_bytes())]),
    ];
    for id in &names.profile {
        attributes.push((*id, vec![Value::text(format!("value {number}"))]));
    }
    attributes.sort_by_key(|(id, _)| *id);
    ExportRow {
        operation: Operation::Add,
        object_type: TenantType::User,
        source_anchor: Some(anchor(number)),
        cloud_anchor: None,
        complete: true,
        attributes,
        references: Vec::new(),
    }
}

/// Returns the processor time of this process and its peak of memory in MiB; zeros where the
/// system does not tell.
fn usage() -> (Duration, u64) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    let peak: u64 = line.trim().trim_end_matches(" kB").trim().parse().unwrap_or(0);
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> =
        stat.rsplit(") ").next().unwrap_or_default().split_whitespace().collect();
    let ticks: u64 =
        fields.get(11..13).unwrap_or_default().iter().filter_map(|t| t.parse::<u64>().ok()).sum();
    (Duration::from_millis(ticks * 10), peak / 1024)
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse::<u64>());
    let rows = arguments.next().transpose()?.unwrap_or(1_000_000);
    let users = arguments.next().transpose()?.unwrap_or(900_000);
    let now: Timestamp = "2026-03-01T09:00:00Z".parse()?;
    let mut schema = Schema::built_in();
    let names = Names::new(&mut schema)?;
    let mut tables = MemoryTables::new();
    let new = NewTenant {
        initial_domain: "contoso.onmicrosoft.com".to_owned(),
        domains: vec![NewDomain {
            name: "contoso.com".to_owned(),
            verified: true,
            federated: false,
        }],
        features: Vec::new(),
        preset: "new-tenant".to_owned(),
        as_of: None,
        next_placeholder_digits: Vec::new(),
    };
    dirsim_tenant::create(&mut tables, &new, 1, now)?.map_err(|refusal| refusal.message)?;
    let quota = dirsim_tenant::TenantOption::Quota(Some(10 * (rows + users)));
    let edit = dirsim_tenant::TenantEdit::SetOption(quota);
    dirsim_tenant::edit(&mut tables, &schema, &edit, now)?.map_err(|refusal| refusal.message)?;

    let start = Instant::now();
    for first in (0..users).step_by(usize::try_from(PAGE)?) {
        let page: Vec<NewTenantObject> =
            (first..users.min(first + PAGE)).map(|number| existing(&names, number, now)).collect();
        dirsim_tenant::load(&mut tables, &schema, &page, now)?
            .map_err(|refusal| refusal.message)?;
    }
    println!("{users} users loaded: {:.1?}", start.elapsed());

    let mut answers = BTreeMap::<String, u64>::new();
    let (mut making, mut answering) = (Duration::ZERO, Duration::ZERO);
    let (cpu_before, _) = usage();
    for first in (0..rows).step_by(usize::try_from(PAGE)?) {
        let start = Instant::now();
        let page: Vec<ExportRow> =
            (first..rows.min(first + PAGE)).map(|number| row(&names, number)).collect();
        making += start.elapsed();
        let start = Instant::now();
        for row in &page {
            let answer = dirsim_tenant::export(&mut tables, &schema, row, now)?;
            let name = match &answer.verdict {
                Verdict::Success(applied) => {
                    let held = if answer.quarantined.is_empty() { "" } else { ", quarantined" };
                    format!("{applied:?} {:?}{held}", answer.matched)
                }
                Verdict::Failure(refusal) => refusal.name.clone(),
            };
            *answers.entry(name).or_default() += 1;
        }
        answering += start.elapsed();
    }
    dirsim_tenant::finish_export(&mut tables, &schema, now)?;
    let (cpu, peak) = usage();
    for (name, count) in &answers {
        println!("{count:>10}  {name}");
    }
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    let per_row = answering.as_secs_f64() * 1e6 / rows.max(1) as f64;
    println!("{rows} rows answered: {answering:.1?}, {per_row:.1} µs a row");
    println!("made in {making:.1?}; processor time of both {:.1?}", cpu.saturating_sub(cpu_before));
    println!("peak memory: {peak} MiB");
    println!("in quarantine: {}", lookup::quarantine(&tables)?.len());
    Ok(())
}
