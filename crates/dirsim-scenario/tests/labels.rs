//! A made-up population is planned and synchronized, and every planted defect comes out as its
//! label says, through the same readers that read real exports.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};

use dirsim_formats::generate::{DefectKind, GenerateOptions, Generated, Label, generate};
use dirsim_formats::graph::GraphOptions;
use dirsim_formats::keys::{DirectoryKeys, DirectoryRow, of_tenant};
use dirsim_formats::ldif::LdifOptions;
use dirsim_formats::{SourceFile, read_forest, read_tenant};
use dirsim_model::anchor::connector_space_name;
use dirsim_model::{Schema, SourceAnchor};
use dirsim_rules::RuleOptions;
use dirsim_sync::{Counter, Policy, Profile, RunRecord, StepResult};
use dirsim_tenant::features::{ChangeSet, Feature, FeatureSet};
use dirsim_tenant::forecast::{Forecast, Outcome, Tenancy};
use dirsim_world::plan::{Detail, Plan, PlanItem, PlanOutcome, plan};
use dirsim_world::{Event, Input, Setup, World};

/// Two thousand users, a hundred groups and forty contacts with every kind of defect.
fn options() -> GenerateOptions {
    GenerateOptions { users: 2000, groups: 100, contacts: 40, ..GenerateOptions::default() }
}

/// A world with both exports loaded and nothing synchronized yet.
fn world(made: &Generated) -> World {
    let mut schema = Schema::built_in();
    let ldif = SourceFile { name: "ad.ldf", bytes: &made.ldif };
    let forest = read_forest(&[ldif], &mut schema, &LdifOptions::default()).unwrap();
    let files = [
        &made.graph_users,
        &made.graph_groups,
        &made.graph_deleted,
        &made.roles_json,
        &made.domains_json,
        &made.features_json,
    ]
    .map(|bytes| SourceFile { name: "tenant.json", bytes });
    let tenant = read_tenant(&files, &mut schema, &GraphOptions::default()).unwrap();
    let names: Vec<String> = forest.names.into_iter().chain(tenant.names).collect();
    let clock = GenerateOptions::default().as_of;
    let setup = Setup { seed: 7, clock, rules: RuleOptions::default(), rule_files: None };
    let mut world = World::in_memory(setup).unwrap();
    let inputs = [
        Input::AddNames(names),
        Input::LoadForest { forest: forest.new, objects: forest.objects },
        Input::LoadTenant { tenant: tenant.new, objects: tenant.objects },
    ];
    for input in inputs {
        let stepped = world.step(input).unwrap();
        assert_eq!(stepped.refusal, None);
    }
    world
}

/// Runs a cycle to its end.
fn cycle(world: &mut World, policy: Policy) -> Vec<RunRecord> {
    assert_eq!(world.step(Input::StartCycle(Some(policy))).unwrap().refusal, None);
    let mut runs = Vec::new();
    while dirsim_sync::cycle::next(world.tables()).unwrap().is_some() {
        for event in world.step(Input::RunNext).unwrap().events {
            if let Event::Run(run) = event {
                runs.push(*run);
            }
        }
    }
    runs
}

/// What the laws of the forest, the server and the tenant say to the world.
fn assert_lawful(world: &mut World) {
    let now = world.now().unwrap();
    let rules = world.rules().unwrap();
    let context =
        dirsim_sync::Context::new(world.tables(), world.schema(), &rules, now, 0).unwrap();
    assert_eq!(dirsim_sync::invariants::check(&context, world.tables()).unwrap(), vec![]);
    let broken = dirsim_tenant::invariants::violations(world.tables(), now).unwrap();
    assert_eq!(broken, Vec::<String>::new());
}

/// The items of a plan that tell what the tenant does, by the name in its connector space.
fn by_name(plan: &Plan) -> BTreeMap<&str, &PlanItem> {
    plan.items
        .iter()
        .filter(|item| item.dn.starts_with("CN={"))
        .map(|item| (item.dn.as_str(), item))
        .collect()
}

/// Tells an outcome in the words of labels.
fn outcome(item: &PlanItem) -> String {
    if let Some(refusal) = &item.refusal {
        return refusal.name.clone();
    }
    let held: BTreeSet<&str> = item.quarantined.iter().map(|held| held.property.as_str()).collect();
    let base = match item.outcome {
        PlanOutcome::Create => "created",
        PlanOutcome::HardMatch => "hard",
        PlanOutcome::SoftMatchSmtp => "soft-smtp",
        PlanOutcome::SoftMatchUpn => "soft-upn",
        PlanOutcome::Restore => "restored",
        other => return other.words().to_owned(),
    };
    match (held.contains("UserPrincipalName"), held.contains("ProxyAddresses")) {
        (true, true) => format!("{base}-quarantined"),
        (true, false) => format!("{base}-upn-quarantined"),
        (false, true) => format!("{base}-address-quarantined"),
        (false, false) => base.to_owned(),
    }
}

/// What a plan shows where the label also tells of things that a plan does not show.
fn planned(label: &Label) -> &'static str {
    match label.kind {
        DefectKind::UnverifiedSuffix | DefectKind::UpnOutsideAscii => "created",
        DefectKind::DuplicateUpn => "created-upn-quarantined",
        DefectKind::DuplicateProxyAddress => "created-address-quarantined",
        DefectKind::GroupAgainstGroup => "AttributeValueMustBeUnique",
        _ => label.expected,
    }
}

/// Errors of the exports to the tenant, by the name of the object.
fn export_errors(runs: &[RunRecord]) -> BTreeMap<String, String> {
    runs.iter()
        .filter(|run| run.profile == Profile::Export)
        .flat_map(RunRecord::errors)
        .map(|error| (error.dn.clone(), error.error.error_type.clone()))
        .collect()
}

#[test]
fn every_planted_defect_comes_out_as_labelled() {
    let made = generate(options()).unwrap();
    let mut world = world(&made);
    let kinds: BTreeSet<DefectKind> = made.labels.iter().map(|label| label.kind).collect();
    assert_eq!(kinds.len(), DefectKind::ALL.len());

    let before = world.digest();
    let plan = plan(&mut world, Some(Policy::Initial), Detail::Noteworthy, &mut |_, _| ()).unwrap();
    assert_eq!(world.digest(), before, "a plan changes nothing");
    let items = by_name(&plan);
    let mut wrong = Vec::new();
    let mut labelled = BTreeSet::new();
    for label in &made.labels {
        let name = connector_space_name(&label.source_anchor);
        let found = items.get(name.as_str()).map_or("absent".to_owned(), |item| outcome(item));
        if found != planned(label) {
            wrong.push(format!("{label:?}: {found} {:?}", items.get(name.as_str())));
        }
        labelled.insert(name);
    }
    for item in &plan.items {
        let ordinary = match item.outcome {
            PlanOutcome::Create | PlanOutcome::SoftMatchSmtp | PlanOutcome::WriteBack => {
                item.quarantined.is_empty()
            }
            _ => false,
        };
        if !ordinary && !labelled.contains(&item.dn) {
            wrong.push(format!("not labelled: {item:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}

/// `dirsim match` looks at keys alone and comes to the outcomes of the plan.
#[test]
fn a_forecast_from_keys_tells_what_the_plan_tells() {
    let made = generate(GenerateOptions { users: 600, ..options() }).unwrap();
    let mut world = world(&made);
    let plan = plan(&mut world, Some(Policy::Initial), Detail::Noteworthy, &mut |_, _| ()).unwrap();
    let (directory, mut forecast) = exports(&made);
    let rows: BTreeMap<String, DirectoryRow<'_>> = directory
        .iter()
        .filter_map(|row| Some((connector_space_name(row.keys.anchor?), row)))
        .collect();
    let (mut told, mut wrong) = (0, Vec::new());
    // In the order of the plan: of two that want one value the first gets it (ET-006).
    for item in &plan.items {
        let Some(row) = rows.get(&item.dn) else { continue };
        let verdict = forecast.answer(&row.keys);
        let expected = match (&item.refusal, item.outcome) {
            (Some(refusal), _) => refusal.name.clone(),
            (None, PlanOutcome::Create) if !item.quarantined.is_empty() => {
                Outcome::Quarantined.text().to_owned()
            }
            (None, PlanOutcome::Create) => Outcome::Created.text().to_owned(),
            (None, PlanOutcome::Restore) => Outcome::Restored.text().to_owned(),
            (None, outcome) => outcome.words().to_owned(),
        };
        told += 1;
        if verdict.outcome.text() != expected {
            wrong.push(format!("{}: {verdict:?} is not {expected}", row.name));
        }
    }
    assert!(told > 600, "{told} of the objects are in the plan");
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}

/// The keys of both exports.
fn exports(made: &Generated) -> (DirectoryKeys, Forecast) {
    let mut schema = Schema::built_in();
    let ldif = SourceFile { name: "ad.ldf", bytes: &made.ldif };
    let forest = read_forest(&[ldif], &mut schema, &LdifOptions::default()).unwrap();
    let files = [
        &made.graph_users,
        &made.graph_groups,
        &made.graph_deleted,
        &made.roles_json,
        &made.domains_json,
        &made.features_json,
    ]
    .map(|bytes| SourceFile { name: "tenant.json", bytes });
    let tenant = read_tenant(&files, &mut schema, &GraphOptions::default()).unwrap();
    let changes = ChangeSet::as_of(None);
    let mut features = FeatureSet::preset(&tenant.new.preset, changes).unwrap();
    for (name, on) in &tenant.new.features {
        features.set(Feature::find(name).unwrap(), *on);
    }
    let verified = tenant.new.domains.iter().filter(|domain| domain.verified);
    let mut forecast = Forecast::new(Tenancy {
        initial_domain: tenant.new.initial_domain.clone(),
        verified: Some(verified.map(|domain| domain.name.clone()).collect()),
        features,
        changes,
        tells_addresses: true,
    });
    of_tenant(&tenant, &schema, &mut |holding| forecast.add(holding));
    (DirectoryKeys::from(&forest), forecast)
}

#[test]
fn cycles_after_the_first_repeat_the_labelled_errors_and_nothing_else() {
    let made = generate(options()).unwrap();
    let mut world = world(&made);
    let of_kind = |kinds: &[DefectKind]| -> BTreeMap<String, String> {
        made.labels
            .iter()
            .filter(|label| kinds.contains(&label.kind))
            .map(|label| (connector_space_name(&label.source_anchor), planned(label).to_owned()))
            .collect()
    };
    let standing = of_kind(&[
        DefectKind::OtherAnchorSameSmtp,
        DefectKind::UserAgainstGroup,
        DefectKind::ContactAgainstUser,
        DefectKind::AnchorOfOtherType,
        DefectKind::InvalidUpnCharacters,
    ]);
    let once = of_kind(&[DefectKind::GroupAgainstGroup]);

    let first = cycle(&mut world, Policy::Initial);
    assert_lawful(&mut world);
    let mut expected = standing.clone();
    expected.extend(once.clone());
    let once = once.len() as u64;
    assert_eq!(export_errors(&first), expected);

    // ET-079: the second group of a pair fails once; ET-042, ET-044, ET-037, ET-161: every cycle.
    let second = cycle(&mut world, Policy::Delta);
    assert_lawful(&mut world);
    assert_eq!(export_errors(&second), standing);

    // ET-095, ET-096: a user in the initial domain.
    for label in &made.labels {
        if matches!(label.kind, DefectKind::UnverifiedSuffix | DefectKind::UpnOutsideAscii) {
            let anchor = SourceAnchor::new(label.source_anchor.clone());
            let number = dirsim_tenant::lookup::by_anchor(world.tables(), &anchor).unwrap();
            let user = dirsim_tenant::lookup::object(world.tables(), number.unwrap()).unwrap();
            let upn = user.unwrap().upn.unwrap();
            assert!(upn.ends_with("@contoso.onmicrosoft.com"), "{label:?}: {upn}");
        }
    }

    // The third cycle confirms what the second one exported: the second groups of the pairs.
    let third = cycle(&mut world, Policy::Delta);
    assert_eq!(export_errors(&third), standing);
    let confirmed: u64 = third.iter().map(|run| run.count(Counter::StageUpdate)).sum();
    assert_eq!(confirmed, once);

    // SE-371: without outside change, a cycle stages nothing and sends what failed once more.
    let quiet = cycle(&mut world, Policy::Delta);
    assert_lawful(&mut world);
    assert_eq!(export_errors(&quiet), standing);
    for run in &quiet {
        for counter in [
            Counter::StageAdd,
            Counter::StageUpdate,
            Counter::StageRename,
            Counter::StageDelete,
            Counter::StageDeleteAdd,
            Counter::StageFailure,
            Counter::ConnectorFlow,
            Counter::FlowFailure,
            Counter::ExportAdd,
            Counter::ExportUpdate,
            Counter::ExportRename,
            Counter::ExportDelete,
            Counter::ExportDeleteAdd,
        ] {
            assert_eq!(run.count(counter), 0, "{} {counter:?}", run.profile);
        }
        if run.profile != Profile::Export {
            assert_eq!(run.result, StepResult::Success, "{}", run.profile);
        }
    }
    // ET-077: what waits in quarantine is what the labels say.
    let held = made
        .labels
        .iter()
        .map(|label| match label.kind {
            DefectKind::AdminRoleHolder => 2,
            DefectKind::GroupAgainstGroup => 1,
            _ => usize::from(label.expected.contains("quarantined")),
        })
        .sum::<usize>();
    assert_eq!(dirsim_tenant::lookup::quarantine(world.tables()).unwrap().len(), held);
}
