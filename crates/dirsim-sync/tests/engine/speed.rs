//! How long the steps of an initial cycle and of a small delta cycle take. Run by hand, in release:
//! `cargo test --release -p dirsim-sync --test engine -- --ignored --nocapture speed`.

#![allow(clippy::disallowed_methods, clippy::print_stdout, reason = "measures and prints")]

use dirsim_model::Value;
use dirsim_sync::{Policy, Profile, cycle};

use crate::lab::*;

/// Returns the processor time of this thread in seconds: other work on the machine does not count.
fn cpu() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    text.split(' ').next().unwrap().parse::<f64>().unwrap() / 1e9
}

fn timed(lab: &mut Lab, policy: Policy) {
    cycle::start(&mut lab.tables, Some(policy), lab.now).unwrap().unwrap();
    while let Some((connector, profile)) = cycle::next(&lab.tables).unwrap() {
        let start = cpu();
        let run = lab.run_unchecked(connector, profile);
        let spent = cpu() - start;
        println!("{:7.3} s  {}", spent, lab.describe_run(&run));
        cycle::finish_run(&mut lab.tables, lab.now).unwrap();
    }
    lab.now = lab.now + 30 * 60_000;
}

#[test]
#[ignore = "takes long; measures"]
fn speed() {
    let users = 100_000u64;
    let mut lab = Lab::empty();
    let mut objects = Vec::new();
    let dn = |n: u64| format!("CN=User {n},OU=Unit {},OU=Corp,DC=contoso,DC=com", n % 200);
    let manager = lab.schema.attribute("manager").unwrap();
    for n in 0..users {
        let guid = format!("00000001-0000-4000-8000-{n:012x}");
        let mut new = user(&lab.schema, &dn(n), &guid, &format!("u{n}"), 512);
        for (name, value) in [
            ("mail", format!("u{n}@contoso.com")),
            ("mailNickname", format!("u{n}")),
            ("givenName", format!("Given {n}")),
            ("sn", format!("Surname {n}")),
            ("department", format!("Department {}", n % 50)),
            ("title", "Engineer".to_owned()),
            ("company", "Contoso".to_owned()),
            ("telephoneNumber", format!("+47 {n}")),
            ("l", "Oslo".to_owned()),
            ("streetAddress", "Main street 1".to_owned()),
        ] {
            new.attributes.push((lab.schema.attribute(name).unwrap(), vec![Value::text(value)]));
        }
        let proxies = vec![
            Value::text(format!("SMTP:u{n}@contoso.com")),
            Value::text(format!("smtp:user{n}@contoso.com")),
        ];
        new.attributes.push((lab.schema.attribute("proxyAddresses").unwrap(), proxies));
        if n % 2 == 1 {
            new.references.push((manager, vec![dn(n / 2).parse().unwrap()]));
        }
        objects.push(new);
    }
    for n in 0..users / 50 {
        let members: Vec<String> = (0..50).map(|m| dn((n * 50 + m * 7) % users)).collect();
        let members: Vec<&str> = members.iter().map(String::as_str).collect();
        let name = format!("g{n}");
        objects.push(object(
            &lab.schema,
            &format!("CN=Group {n},OU=Groups,OU=Corp,DC=contoso,DC=com"),
            "group",
            "",
            &[
                ("sAMAccountName", name.as_str().into()),
                ("displayName", name.as_str().into()),
                ("groupType", Value::Integer(-2_147_483_646)),
            ],
            &[("member", &members)],
        ));
    }
    let start = cpu();
    lab.forest("contoso.com", &objects);
    drop(objects);
    println!("{:7.3} s  load", cpu() - start);
    lab.tenant(&[]);
    let mut lab = lab.build();
    timed(&mut lab, Policy::Initial);
    timed(&mut lab, Policy::Delta);
    for n in 0..100 {
        let guid = format!("00000001-0000-4000-8000-{n:012x}");
        lab.set(&guid, "department", &["Changed".into()]);
    }
    timed(&mut lab, Policy::Delta);
    let start = cpu();
    let run = lab.run_unchecked(A, Profile::FullSynchronization);
    println!("{:7.3} s  {}", cpu() - start, lab.describe_run(&run));
}
