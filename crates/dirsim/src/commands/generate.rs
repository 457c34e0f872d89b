//! `dirsim generate`: a population with planted, labelled defects.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::Path;

use dirsim_formats::generate::{
    GenerateOptions, Label, Names, Population, Sinks, write_population,
};
use dirsim_model::Schema;

use crate::cli::Generate;
use crate::failure::Failure;
use crate::report::csv_field;

/// Writes the files of a population.
pub(crate) fn generate(arguments: &Generate) -> Result<(), Failure> {
    let options = GenerateOptions {
        users: arguments.users,
        groups: arguments.groups,
        contacts: arguments.contacts,
        seed: arguments.seed,
        domain: arguments.domain.clone(),
        cloud_share: arguments.cloud_share,
        stamped_share: arguments.stamped_share,
        largest_group: arguments.largest_group,
        defects_each: arguments.defects,
        ..GenerateOptions::default()
    };
    let mut schema = Schema::built_in();
    let population = Population::new(options, Names::built_in(), &mut schema)
        .map_err(|error| Failure::usage(error.to_string()))?;
    let tenant = arguments.out.join("tenant");
    fs::create_dir_all(&tenant).map_err(|error| {
        Failure::unreadable([format!("{} cannot be made: {error}", tenant.display())])
    })?;
    let ldif = arguments.out.join(format!("{}.ldif", arguments.domain));
    let labels = write_population(
        &population,
        &schema,
        Sinks {
            ldif: &mut create(&ldif)?,
            graph_users: &mut create(&tenant.join("users.json"))?,
            graph_groups: &mut create(&tenant.join("groups.json"))?,
            graph_deleted: &mut create(&tenant.join("deleted-users.json"))?,
            roles: &mut create(&tenant.join("roles.json"))?,
            domains: &mut create(&tenant.join("domains.json"))?,
            features: &mut create(&tenant.join("features.json"))?,
        },
    )?;
    let labelled = arguments.out.join("labels.csv");
    write_labels(&labelled, &labels)?;
    println!(
        "{}: {} users, {} groups, {} contacts",
        ldif.display(),
        arguments.users,
        arguments.groups,
        arguments.contacts
    );
    println!("{}: what the tenant holds already", tenant.display());
    println!(
        "{}: {} planted defects, and what should happen to each",
        labelled.display(),
        labels.len()
    );
    if arguments.csv {
        let (directory, users) = (arguments.out.join("ad.csv"), tenant.with_extension("csv"));
        population.write_directory_csv(&mut create(&directory)?)?;
        population.write_tenant_csv(&mut create(&users)?)?;
        println!("{}, {}: the users of both sides", directory.display(), users.display());
    }
    println!("next: dirsim init ws --ad {} --tenant {}", ldif.display(), tenant.display());
    Ok(())
}

fn create(path: &Path) -> Result<BufWriter<File>, Failure> {
    let file = File::create(path).map_err(|error| {
        Failure::unreadable([format!("{} cannot be written: {error}", path.display())])
    })?;
    Ok(BufWriter::new(file))
}

fn write_labels(path: &Path, labels: &[Label]) -> Result<(), Failure> {
    let mut out = create(path)?;
    writeln!(out, "defect,distinguishedName,sourceAnchor,tenantObject,expected,rules")?;
    for label in labels {
        let fields = [
            label.kind.name().to_owned(),
            label.distinguished_name.clone(),
            label.source_anchor.clone(),
            label.tenant.clone().unwrap_or_default(),
            label.expected.to_owned(),
            label.rules.join(" "),
        ];
        let fields: Vec<String> = fields.iter().map(|field| csv_field(field)).collect();
        writeln!(out, "{}", fields.join(","))?;
    }
    out.flush()?;
    Ok(())
}
