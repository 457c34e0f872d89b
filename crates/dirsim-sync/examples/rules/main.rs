//! Measures the rules: the complete default set for one typical user, inbound and outbound.
//!
//! `cargo xtask bench rules`. Beside it, in the same run: the encoding of what came out, as the
//! records that a synchronization writes, and the reference, 300 plain flows over a borrowed tree.
//! Every figure is the best of many rounds, because what a round takes longer is other programs.

#![expect(clippy::print_stdout, clippy::disallowed_methods, reason = "prints what it measures")]

mod reference;
mod subjects;

use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

use dirsim_model::schema::class;
use dirsim_model::{AttributeId, Entry, Guid, Schema, Timestamp, Value, Values};
use dirsim_rules::{ConnectorInfo, ConnectorKind, Resolved, RuleIx, RuleOptions, RuleSet, Subject};
use dirsim_store::rows;
use dirsim_sync::cs::CsName;
use dirsim_sync::images::Delta;
use dirsim_sync::mv::Part;
use dirsim_sync::{CsObject, MvObject, RuleNumber};
use subjects::{Person, User};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The forest's connector and the tenant's.
const FOREST: u32 = 1;
const ENTRA: u32 = 2;

/// Users per round.
const USERS: u32 = 200;

/// Resolved values with the rule behind each.
type Resolution = Vec<(AttributeId, Vec<Value>, RuleIx)>;

fn connectors() -> Result<Vec<ConnectorInfo>, Box<dyn Error>> {
    let of = |id, kind, fqdn: &str, netbios: &str| -> Result<ConnectorInfo, Box<dyn Error>> {
        Ok(ConnectorInfo {
            id,
            name: format!("connector {id}"),
            guid: format!("11111111-0000-0000-0000-{id:012}").parse::<Guid>()?,
            kind,
            forest_fqdn: fqdn.to_owned(),
            forest_netbios: netbios.to_owned(),
            parameters: Vec::new(),
        })
    };
    Ok(vec![
        of(FOREST, ConnectorKind::Forest, "contoso.com", "CONTOSO")?,
        of(ENTRA, ConnectorKind::Entra, "", "")?,
    ])
}

/// Returns the nanoseconds of one `work`, the best of `rounds`.
fn best(rounds: u32, mut work: impl FnMut()) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..rounds {
        let start = Instant::now();
        for _ in 0..USERS {
            work();
        }
        best = best.min(start.elapsed().as_secs_f64() * 1e9 / f64::from(USERS));
    }
    best
}

/// Asks all that one synchronization asks: scope, link and flows.
fn ask(rules: &RuleSet, scope: &[RuleIx], subject: &dyn Subject) -> Result<usize, Box<dyn Error>> {
    black_box(rules.join_of(scope).map_err(|failure| failure.text)?);
    let mut heard = 0;
    rules
        .resolve_each(scope, subject, true, &mut |_, resolved| {
            if let Resolved::Values { values, .. } = resolved {
                heard += 1;
                black_box(values);
            }
        })
        .map_err(|failure| failure.text)?;
    Ok(heard)
}

fn inbound(rules: &RuleSet, user: &User<'_>) -> Result<usize, Box<dyn Error>> {
    let scope = rules.inbound_scope(FOREST, class::USER, user);
    ask(rules, &scope, user)
}

fn outbound(rules: &RuleSet, person: &Person<'_>) -> Result<usize, Box<dyn Error>> {
    let scope = rules.outbound_scope(ENTRA, class::PERSON, person);
    let mut heard = 0;
    for (_, rules_of_class) in rules.by_class(&scope) {
        heard += ask(rules, &rules_of_class, person)?;
    }
    Ok(heard)
}

fn resolution(
    rules: &RuleSet,
    scope: &[RuleIx],
    subject: &dyn Subject,
) -> Result<Resolution, Box<dyn Error>> {
    let mut all = Vec::new();
    rules
        .resolve_each(scope, subject, true, &mut |attribute, resolved| {
            if let Resolved::Values { values, rule, .. } = resolved {
                all.push((attribute, values.to_vec(), rule));
            }
        })
        .map_err(|failure| failure.text)?;
    Ok(all)
}

fn entry(resolution: &Resolution) -> Entry {
    let stored = resolution.iter().filter(|(attribute, values, _)| {
        // References are rows of their own, and the name is a field.
        *attribute != dirsim_model::attribute::well_known::DN
            && !values.iter().any(|value| matches!(value, Value::Reference(_)))
    });
    Entry::from_sorted(stored.map(|(attribute, values, _)| (*attribute, Values::Slice(values))))
}

/// Encodes the metaverse object that an inbound synchronization writes.
fn encode_person(scope: &[RuleIx], resolution: &Resolution, now: Timestamp) -> usize {
    let mut person = MvObject::new(class::PERSON, now);
    let number = |ix: RuleIx| RuleNumber(u32::from(ix.0));
    let part = Part {
        rules: scope.iter().map(|ix| number(*ix)).collect(),
        values: entry(resolution),
        sources: resolution
            .iter()
            .map(|(attribute, _, rule)| (*attribute, number(*rule)))
            .collect(),
        linked: now,
        changed: now,
        ..Part::default()
    };
    person.set_part(4711, part);
    rows::encode(&person).len()
}

/// Encodes the object of the tenant's connector that an outbound synchronization writes.
fn encode_export(scope: &[RuleIx], resolution: &Resolution) -> usize {
    let mut object = CsObject::new(CsName::Flat("AAECAwQFBgcICQoLDA0ODw==".into()), class::USER);
    object.unapplied = Delta { set: entry(resolution), ..Delta::default() };
    object.outbound_rules = scope.iter().map(|ix| RuleNumber(u32::from(ix.0))).collect();
    rows::encode(&object).len()
}

fn main() -> Result<(), Box<dyn Error>> {
    let rounds = std::env::args().nth(1).map_or(Ok(300), |text| text.parse())?;
    let mut schema = Schema::built_in();
    let rules = RuleSet::build(
        &RuleSet::default_files(),
        &connectors()?,
        &RuleOptions::default(),
        &mut schema,
    )
    .map_err(|problems| problems.first().map(ToString::to_string).unwrap_or_default())?;

    let user = User::typical(&schema)?;
    let in_scope = rules.inbound_scope(FOREST, class::USER, &user);
    let contributed = resolution(&rules, &in_scope, &user)?;
    let person = Person::of(&schema, &contributed);
    let out_scope = rules.outbound_scope(ENTRA, class::PERSON, &person);
    let wanted = resolution(&rules, &out_scope, &person)?;
    let flows =
        |scope: &[RuleIx]| -> usize { scope.iter().map(|ix| rules.rule(*ix).flows.len()).sum() };
    println!("{} filled attributes", user.len());
    for (name, scope, resolution) in
        [("inbound", &in_scope, &contributed), ("outbound", &out_scope, &wanted)]
    {
        println!(
            "{name:>9}: {} rules in scope with {} flows fill {} attributes",
            scope.len(),
            flows(scope),
            resolution.len()
        );
    }
    let now: Timestamp = "2026-03-01T09:00:00Z".parse()?;
    let reference = reference::Reference::new();
    println!("reference: {} values of {} flows\n", reference.run(), reference.flows());

    let scope_in = best(rounds, || {
        black_box(rules.inbound_scope(FOREST, class::USER, black_box(&user)));
    });
    let scope_out = best(rounds, || {
        black_box(rules.outbound_scope(ENTRA, class::PERSON, black_box(&person)));
    });
    let asked_in = best(rounds, || {
        black_box(inbound(&rules, black_box(&user)).ok());
    });
    let asked_out = best(rounds, || {
        black_box(outbound(&rules, black_box(&person)).ok());
    });
    let kept_in = best(rounds, || {
        black_box(rules.contributions(&in_scope, black_box(&user), true).ok());
    });
    let kept_out = best(rounds, || {
        black_box(rules.contributions(&out_scope, black_box(&person), true).ok());
    });
    let coded_in = best(rounds, || {
        black_box(encode_person(&in_scope, black_box(&contributed), now));
    });
    let coded_out = best(rounds, || {
        black_box(encode_export(&out_scope, black_box(&wanted)));
    });
    let plain = best(rounds, || {
        black_box(black_box(&reference).run());
    });

    let line = |name: &str, one: f64, other: f64| {
        let sum = one + other;
        println!("{name:<28}{one:>8.0}{other:>10.0}{sum:>8.0}");
    };
    println!("{:<28}{:>8}{:>10}{:>8}", "ns per user", "inbound", "outbound", "both");
    line("scope alone", scope_in, scope_out);
    line("rules: scope, link, flows", asked_in, asked_out);
    line("flows with copied values", kept_in, kept_out);
    line("encoding the results", coded_in, coded_out);
    println!("{:<28}{plain:>26.0}\n", "reference");
    let asked = asked_in + asked_out;
    println!("rules to reference: {:.2} (goal 2.00)", asked / plain);
    println!("rules to encoding:  {:.2} (goal 3.00)", asked / (coded_in + coded_out));
    Ok(())
}
