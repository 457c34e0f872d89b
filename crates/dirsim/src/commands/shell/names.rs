//! Names that complete: people, groups and units of the world, variables and functions of the shell.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use dirsim_forest::ForestObject;
use dirsim_model::attribute::well_known as a;
use dirsim_runbook::complete::Surroundings;
use dirsim_store::{StoreResult, Tables, rows};
use dirsim_world::World;

/// Objects of each side whose names are read; typing is no search engine.
const OBJECTS_MAX: usize = 20_000;
/// Names that one completion offers.
const NAMES_MAX: usize = 200;

/// The names of a world at one step.
#[derive(Default)]
struct Known {
    step: Option<u64>,
    /// What a name is, by the name in lower case.
    names: BTreeMap<String, (String, &'static str)>,
}

/// Names for the shell; read when somebody asks for them, and again when the world moved.
pub(super) struct Names {
    world: Rc<RefCell<World>>,
    known: RefCell<Known>,
    variables: RefCell<Vec<String>>,
    functions: RefCell<Vec<String>>,
}

impl Names {
    pub(super) fn new(world: Rc<RefCell<World>>) -> Self {
        Self {
            world,
            known: RefCell::default(),
            variables: RefCell::default(),
            functions: RefCell::default(),
        }
    }

    /// Takes the variables and functions that the session has now.
    pub(super) fn set(&self, variables: Vec<String>, functions: Vec<String>) {
        self.variables.replace(variables);
        self.functions.replace(functions);
    }

    fn refresh(&self) -> StoreResult<()> {
        let Ok(world) = self.world.try_borrow() else { return Ok(()) };
        let mut known = self.known.borrow_mut();
        if known.step == Some(world.head()) {
            return Ok(());
        }
        known.names = read(world.tables(), &world)?;
        known.step = Some(world.head());
        Ok(())
    }
}

fn read(
    tables: &dyn Tables,
    world: &World,
) -> StoreResult<BTreeMap<String, (String, &'static str)>> {
    let mut names = BTreeMap::new();
    let mut add = |name: &str, what: &'static str| {
        if !name.is_empty() {
            names.entry(name.to_lowercase()).or_insert_with(|| (name.to_owned(), what));
        }
    };
    for connector in dirsim_sync::connector::all(tables)? {
        add(&connector.name, "connector");
    }
    for (number, object) in rows::after::<ForestObject>(tables, None, OBJECTS_MAX)? {
        if object.deleted.is_some() {
            continue;
        }
        let what = match world.schema().class_name(object.class) {
            "organizationalUnit" => "unit",
            "group" => "group",
            "contact" => "contact",
            "computer" => "computer",
            "user" | "inetOrgPerson" => "user",
            _ => "object",
        };
        for attribute in [a::SAM_ACCOUNT_NAME, a::USER_PRINCIPAL_NAME] {
            add(object.entry.text(attribute).unwrap_or_default(), what);
        }
        add(&dirsim_forest::lookup::dn(tables, number)?.to_string(), what);
    }
    for (_, object) in dirsim_tenant::lookup::objects_after(tables, None, OBJECTS_MAX)? {
        if object.is_active() {
            add(object.upn.as_deref().unwrap_or_default(), "cloud user");
        }
    }
    Ok(names)
}

impl Surroundings for Names {
    fn identities(&self, start: &str) -> Vec<(String, String)> {
        if self.refresh().is_err() {
            return Vec::new();
        }
        let (known, lower) = (self.known.borrow(), start.to_lowercase());
        known
            .names
            .range(lower.clone()..)
            .take_while(|(name, _)| name.starts_with(&lower))
            .take(NAMES_MAX)
            .map(|(_, (name, what))| (name.clone(), (*what).to_owned()))
            .collect()
    }

    fn variables(&self) -> Vec<String> {
        self.variables.borrow().clone()
    }

    fn functions(&self) -> Vec<String> {
        self.functions.borrow().clone()
    }
}
