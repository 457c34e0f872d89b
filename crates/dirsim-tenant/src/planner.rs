//! What a decision is made with: the tenant to read, and the list of what was found.

use dirsim_model::{Dice, Guid, Schema, SourceAnchor, Timestamp};
use dirsim_store::{StoreError, StoreResult, Tables};

use crate::answer::{Check, MatchKind, Note, Overwritten, Quarantined, Refusal};
use crate::catalogue::{Catalogue, catalogue};
use crate::directory::{self, Key};
use crate::features::{Change, Feature};
use crate::object::TenantObject;
use crate::options::{self, Options};
use crate::row::CloudAnchor;
use crate::settings::{self, Domain, Settings};

/// A stored object with its number.
pub(crate) type Numbered = (u64, TenantObject);

/// Why a decision ends early.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The row is refused.
    Refused(Box<Refusal>),
    /// The store failed.
    Store(StoreError),
}

/// The result of a step of the decision.
pub(crate) type Decided<T> = Result<T, Stop>;

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// The facts of a refusal; the catalogue adds code, category and text.
#[derive(Debug, Default)]
pub(crate) struct Facts<'a> {
    /// The object in the way.
    pub(crate) conflict: Option<&'a TenantObject>,
    /// The object the row was for.
    pub(crate) object: Option<&'a TenantObject>,
    /// The attribute it is about.
    pub(crate) attribute: Option<&'a str>,
    /// The values it is about.
    pub(crate) values: Vec<String>,
    /// What was found.
    pub(crate) reason: String,
    /// A category that replaces that of the catalogue.
    pub(crate) category: Option<&'a str>,
}

/// Reads the tenant and notes what it finds.
pub(crate) struct Planner<'a> {
    pub(crate) tables: &'a dyn Tables,
    pub(crate) schema: &'a Schema,
    pub(crate) now: Timestamp,
    pub(crate) settings: Settings,
    pub(crate) options: Options,
    pub(crate) catalogue: &'static Catalogue,
    pub(crate) dice: Dice,
    /// Whether a delay of the calculation holds; the job that calculates later does not wait again
    /// (ET-113).
    pub(crate) postpones: bool,
    /// Whether `settings` changed: pinned digits were used up.
    pub(crate) settings_changed: bool,
    /// Failed first attempts to remember even when the row is refused (ET-079).
    pub(crate) failed_once: Vec<String>,
    pub(crate) checks: Vec<Check>,
    pub(crate) notes: Vec<Note>,
    pub(crate) quarantined: Vec<Quarantined>,
    pub(crate) overwritten: Vec<Overwritten>,
    pub(crate) matched: MatchKind,
    pub(crate) object: Option<CloudAnchor>,
    domains: Vec<(String, Option<Domain>)>,
}

impl<'a> Planner<'a> {
    /// Starts a decision.
    pub(crate) fn new(
        tables: &'a dyn Tables,
        schema: &'a Schema,
        now: Timestamp,
    ) -> StoreResult<Self> {
        Ok(Self {
            tables,
            schema,
            now,
            settings: settings::settings(tables)?,
            options: options::options(tables)?,
            postpones: true,
            catalogue: catalogue(),
            dice: settings::dice(tables)?,
            settings_changed: false,
            failed_once: Vec::new(),
            checks: Vec::new(),
            notes: Vec::new(),
            quarantined: Vec::new(),
            overwritten: Vec::new(),
            matched: MatchKind::None,
            object: None,
            domains: Vec::new(),
        })
    }

    /// Notes what a rule found.
    pub(crate) fn check(&mut self, rule: &str, fact: impl Into<String>) {
        self.checks.push(Check { rule: rule.to_owned(), fact: fact.into() });
    }

    /// Adds a remark of dirsim.
    pub(crate) fn note(&mut self, code: &str, rule: &str, text: impl Into<String>) {
        self.notes.push(Note { code: code.to_owned(), text: text.into(), rule: rule.to_owned() });
    }

    /// Builds a refusal from the catalogue; the check of the rule is noted, too.
    pub(crate) fn refuse(&mut self, name: &str, rule: &str, facts: Facts<'_>) -> Stop {
        let entry = self.catalogue.errors.get(name).expect("a test names every error of the code");
        let describe = |object: Option<&TenantObject>| {
            object.map_or_else(|| "another object".to_owned(), TenantObject::describe)
        };
        let values = facts.values.join(", ");
        let text = entry
            .text
            .replace("{object}", &describe(facts.object.or(facts.conflict)))
            .replace("{conflict}", &describe(facts.conflict))
            .replace("{attribute}", facts.attribute.unwrap_or("None"))
            .replace("{values}", &values)
            .replace("{reason}", &facts.reason);
        self.check(rule, format!("refused with {name}: {}", facts.reason));
        Stop::Refused(Box::new(Refusal {
            name: name.to_owned(),
            code: entry.code,
            category: facts.category.unwrap_or(&entry.category).to_owned(),
            text: format!("{name}: {}; {}", text.trim_end(), entry.fix),
            conflicting: facts.conflict.map(|object| object.id),
            attribute: facts.attribute.map(str::to_owned),
            values: facts.values,
            tracking_id: self.dice.guid(),
            rule: rule.to_owned(),
            retry_in_run: name == "ServerBusy",
        }))
    }

    /// Returns whether a feature is on.
    pub(crate) const fn has(&self, feature: Feature) -> bool {
        self.settings.features.has(feature)
    }

    /// Returns whether a dated change applies.
    pub(crate) const fn applies(&self, change: Change) -> bool {
        self.settings.changes.has(change)
    }

    /// Returns what the tenant knows of a domain.
    pub(crate) fn domain(&mut self, name: &str) -> StoreResult<Option<Domain>> {
        if let Some((_, known)) = self.domains.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)) {
            return Ok(known.clone());
        }
        let found = settings::domain(self.tables, name)?;
        self.domains.push((name.to_owned(), found.clone()));
        Ok(found)
    }

    /// Returns whether a domain is verified.
    pub(crate) fn is_verified(&mut self, name: &str) -> StoreResult<bool> {
        Ok(self.domain(name)?.is_some_and(|domain| domain.verified))
    }

    /// Returns whether a domain is verified and federated.
    pub(crate) fn is_federated(&mut self, name: &str) -> StoreResult<bool> {
        Ok(self.domain(name)?.is_some_and(|domain| domain.verified && domain.federated))
    }

    /// Draws four digits: the pinned ones first (ET-004).
    pub(crate) fn digits(&mut self) -> u16 {
        if self.settings.next_placeholder_digits.is_empty() {
            self.dice.four_digits()
        } else {
            self.settings_changed = true;
            self.settings.next_placeholder_digits.remove(0)
        }
    }

    /// Returns the objects that hold an anchor.
    pub(crate) fn holders_of(&self, anchor: &SourceAnchor) -> StoreResult<Vec<Numbered>> {
        directory::find(self.tables, &Key::Anchor(anchor.clone()))
    }

    /// Returns the active object with an id.
    pub(crate) fn active(&self, id: Guid) -> StoreResult<Option<Numbered>> {
        let found = directory::find(self.tables, &Key::Id(id))?;
        Ok(found.into_iter().find(|(_, object)| object.is_active()))
    }

    /// Returns another active user with a UPN.
    pub(crate) fn owner_of_upn(
        &self,
        upn: &str,
        except: Option<u64>,
    ) -> StoreResult<Option<Numbered>> {
        directory::find_other(self.tables, &Key::Upn(upn.to_ascii_lowercase()), except)
    }

    /// Returns another active object with an address, prefix included.
    pub(crate) fn owner_of_address(
        &self,
        address: &str,
        except: Option<u64>,
    ) -> StoreResult<Option<Numbered>> {
        directory::find_other(self.tables, &Key::Address(address.to_ascii_lowercase()), except)
    }
}
