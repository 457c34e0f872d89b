//! `dirsim match`: who matches whom, from two exports.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use dirsim_formats::graph::GraphOptions;
use dirsim_formats::keys::{self, DirectoryKeys, DirectoryRow};
use dirsim_formats::ldif::LdifOptions;
use dirsim_formats::{FormatErrors, Lint, LintCode, lint, read_forest};
use dirsim_model::Schema;
use dirsim_tenant::NewTenant;
use dirsim_tenant::features::{ChangeSet, Feature, FeatureSet};
use dirsim_tenant::forecast::{Forecast, Holding, Outcome, Tenancy, Verdict};
use serde_json::json;

use crate::cli::{Format, Match};
use crate::failure::Failure;
use crate::files::{borrow, read_all, unreadable};
use crate::report::{Rows, csv_field};

/// Rows of the table for people that are listed of those that deserve a look.
const LISTED_MAX: usize = 20;
/// Bytes that are written at a time.
const BUFFER_BYTES: usize = 1 << 20;

/// Reads both exports, side by side, and reports a verdict for every AD object.
pub(crate) fn matches(arguments: &Match) -> Result<(), Failure> {
    let (directory, tenant) = std::thread::scope(|scope| {
        let tenant = scope.spawn(|| read_tenant(arguments));
        let directory = read_directory(arguments);
        (directory, tenant.join())
    });
    let tenant = tenant.map_err(|_| Failure::internal("the tenant reader stopped".to_owned()))?;
    let ((directory, mut lints), (mut forecast, more)) = (directory?, tenant?);
    lints.extend(more);
    let allowed: BTreeSet<LintCode> = arguments.allow.iter().copied().collect();
    let refused: Vec<String> = lint::refused(&lints, &allowed)
        .iter()
        .map(|lint| format!("{lint}\n  help: match all the same with --allow {}", lint.code))
        .collect();
    if !refused.is_empty() {
        return Err(Failure::unreadable(refused));
    }
    for lint in &lints {
        anstream::eprintln!("note: {lint}");
    }
    forecast.tells_addresses(directory.tells_addresses);
    match arguments.report.format {
        Format::Text => summary(&directory, &mut forecast)?,
        format => every(&directory, &mut forecast, format)?,
    }
    Ok(())
}

/// Reads the AD export, of whatever format.
fn read_directory(arguments: &Match) -> Result<(DirectoryKeys, Vec<Lint>), Failure> {
    let path = &arguments.directory;
    if has_extension(path, "csv") {
        return keys::read_directory(&path.display().to_string(), open(path)?)
            .map_err(|errors| unreadable(&errors));
    }
    let texts = read_all(std::slice::from_ref(path), &["ldif", "ldf"])?;
    let mut schema = Schema::built_in();
    let options =
        LdifOptions { allow: arguments.allow.iter().copied().collect(), ..LdifOptions::default() };
    let forest = read_forest(&borrow(&texts), &mut schema, &options)
        .map_err(|errors| unreadable(&errors))?;
    Ok((DirectoryKeys::from(&forest), forest.lints))
}

/// Reads the tenant export, of whatever format.
fn read_tenant(arguments: &Match) -> Result<(Forecast, Vec<Lint>), Failure> {
    let path = &arguments.tenant;
    if has_extension(path, "csv") {
        let mut forecast = Forecast::new(tenancy(arguments, None)?);
        let mut each = |holding: &Holding<'_>| forecast.add(holding);
        let told = keys::read_tenant(&path.display().to_string(), open(path)?, &mut each)
            .map_err(|errors| unreadable(&errors))?;
        forecast.tells_addresses(told.addresses);
        return Ok((forecast, told.lints));
    }
    let texts = read_all(std::slice::from_ref(path), &["json"])?;
    let mut schema = Schema::built_in();
    let loaded =
        dirsim_formats::read_tenant(&borrow(&texts), &mut schema, &GraphOptions::default())
            .map_err(|errors: FormatErrors| unreadable(&errors))?;
    let mut forecast = Forecast::new(tenancy(arguments, Some(&loaded.new))?);
    keys::of_tenant(&loaded, &schema, &mut |holding| forecast.add(holding));
    Ok((forecast, loaded.lints))
}

/// Works out how the tenant is set up, from its export and the command line.
fn tenancy(arguments: &Match, told: Option<&NewTenant>) -> Result<Tenancy, Failure> {
    let dates: Vec<String> = arguments.as_of.iter().cloned().collect();
    let as_of = super::run_dated::choices(&dates, &arguments.change)?.remove(0);
    let changes = ChangeSet::of(&as_of);
    let preset = told.map_or("", |told| &told.preset);
    let mut features = FeatureSet::preset(preset, changes).unwrap_or_default();
    for (name, on) in told.iter().flat_map(|told| &told.features) {
        if let Some(feature) = Feature::find(name) {
            features.set(feature, *on);
        }
    }
    for text in &arguments.feature {
        let (feature, on) = feature(text)?;
        features.set(feature, on);
    }
    let initial_domain = arguments
        .initial_domain
        .clone()
        .or_else(|| told.map(|told| told.initial_domain.clone()))
        .filter(|domain| !domain.is_empty())
        .ok_or_else(|| {
            Failure::usage(
                "the export does not tell the initial domain of the tenant; name it with \
                 --initial-domain contoso.onmicrosoft.com",
            )
        })?;
    let told: Vec<String> = told
        .iter()
        .flat_map(|told| &told.domains)
        .filter(|domain| domain.verified)
        .map(|domain| domain.name.clone())
        .collect();
    let verified: Vec<String> = told.into_iter().chain(arguments.verified_domain.clone()).collect();
    let verified = (!verified.is_empty()).then_some(verified);
    Ok(Tenancy { initial_domain, verified, features, changes, tells_addresses: true })
}

/// Reads `BlockSoftMatch=on`.
fn feature(text: &str) -> Result<(Feature, bool), Failure> {
    let (name, value) = text.split_once('=').unwrap_or((text, "on"));
    let on = match value.to_ascii_lowercase().as_str() {
        "on" | "true" => true,
        "off" | "false" => false,
        _ => return Err(Failure::usage(format!("`{text}` should end in =on or =off"))),
    };
    let feature = Feature::find(name).ok_or_else(|| {
        let names: Vec<&str> = Feature::ALL.iter().map(|feature| feature.name()).collect();
        let near = dirsim_model::nearest(name, names.iter().copied());
        let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        Failure::usage(format!("the tenant has no feature `{name}`{near}"))
    })?;
    Ok((feature, on))
}

/// Writes a table of verdicts with their counts, and the first of those that deserve a look.
fn summary(directory: &DirectoryKeys, forecast: &mut Forecast) -> Result<(), Failure> {
    let held = forecast.len();
    let mut counts = BTreeMap::<Outcome, u64>::new();
    let mut rows = Rows::new(&["Object", "Verdict", "Other object", "Values", "Because", "Rule"]);
    let mut left_out = 0;
    for row in directory.iter() {
        let verdict = forecast.answer(&row.keys);
        *counts.entry(verdict.outcome).or_default() += 1;
        if deserves_a_look(&verdict) {
            if rows.len() < LISTED_MAX {
                let (_, other) = verdict.other.map_or(("", ""), |other| forecast.name(other));
                rows.push(vec![
                    json!(row.name),
                    json!(verdict.outcome.text()),
                    json!(other),
                    json!(verdict.lost),
                    json!(verdict.why),
                    json!(verdict.rule),
                ]);
            } else {
                left_out += 1;
            }
        }
    }
    let mut out = anstream::stdout().lock();
    writeln!(out, "{} AD objects against {held} objects of the tenant", directory.len())?;
    let mut table = Rows::new(&["Verdict", "Objects"]);
    for (outcome, count) in counts {
        let text = match outcome {
            Outcome::Undecidable(missing) => format!("undecidable without {missing}"),
            outcome => outcome.text().to_owned(),
        };
        table.push(vec![json!(text), json!(count)]);
    }
    writeln!(out, "{table}")?;
    if !rows.is_empty() {
        writeln!(out, "\nThese deserve a look:\n{rows}")?;
    }
    if left_out > 0 {
        writeln!(out, "and {left_out} more: --format csv lists every object")?;
    }
    Ok(())
}

/// Writes a line for every AD object.
fn every(
    directory: &DirectoryKeys,
    forecast: &mut Forecast,
    format: Format,
) -> Result<(), Failure> {
    let mut out = BufWriter::with_capacity(BUFFER_BYTES, io::stdout().lock());
    if format == Format::Csv {
        writeln!(out, "line,object,anchor,verdict,cloudId,cloudName,rule,values,why")?;
    }
    for row in directory.iter() {
        let verdict = forecast.answer(&row.keys);
        let (id, name) = verdict.other.map_or(("", ""), |other| forecast.name(other));
        match format {
            Format::Csv => csv_line(&mut out, &row, &verdict, (id, name))?,
            _ => writeln!(
                out,
                "{}",
                json!({
                    "line": row.line,
                    "object": row.name,
                    "anchor": row.keys.anchor,
                    "verdict": verdict.outcome.text(),
                    "cloudId": id,
                    "cloudName": name,
                    "rule": verdict.rule,
                    "values": verdict.lost,
                    "why": verdict.why,
                })
            )?,
        }
    }
    out.flush()?;
    Ok(())
}

fn csv_line(
    out: &mut impl Write,
    row: &DirectoryRow<'_>,
    verdict: &Verdict,
    (id, name): (&str, &str),
) -> io::Result<()> {
    write!(out, "{},", row.line)?;
    let lost = if verdict.lost.is_empty() { String::new() } else { verdict.lost.join(";") };
    let fields = [
        row.name,
        row.keys.anchor.unwrap_or_default(),
        verdict.outcome.text(),
        id,
        name,
        verdict.rule,
        &lost,
        verdict.why,
    ];
    for (place, field) in fields.into_iter().enumerate() {
        if place > 0 {
            out.write_all(b",")?;
        }
        // Most fields need no care; those that do are few.
        if field.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"@._- :/".contains(&byte))
            && !field.starts_with(['-', '@'])
        {
            out.write_all(field.as_bytes())?;
        } else {
            out.write_all(csv_field(field).as_bytes())?;
        }
    }
    out.write_all(b"\n")
}

/// Returns whether somebody should look at a verdict before the migration.
const fn deserves_a_look(verdict: &Verdict) -> bool {
    matches!(
        verdict.outcome,
        Outcome::Refused(_) | Outcome::Quarantined | Outcome::Undecidable(_) | Outcome::Ignored
    ) || !verdict.lost.is_empty()
}

fn open(path: &Path) -> Result<File, Failure> {
    File::open(path).map_err(|error| {
        Failure::unreadable([format!("{} cannot be read: {error}", path.display())])
    })
}

fn has_extension(path: &Path, wanted: &str) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(wanted))
}
