//! Filling a forest in bulk from an export.
//!
//! Everything is checked in memory first; only then is anything written, and nothing that was
//! written is read back.

mod planned;

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use dirsim_model::attribute::well_known;
use dirsim_model::dn::Rdn;
use dirsim_model::schema::class as classes;
use dirsim_model::{AttributeId, Dice, Dn, Schema, Sid, Side, Timestamp, Value};
use dirsim_store::index::Index;
use dirsim_store::{StoreResult, Tables, rows};

use self::planned::{Context, Given, Names, Place, Planned, given_sid};
use crate::link::{self, LINKS};
use crate::refusal::{self, Fail, Step};
use crate::{
    Deletion, Domain, ForestObject, ForestRefusal, NewObject, class, conform, create, keys, lookup,
    naming, place,
};

/// Loads objects into a forest as one unit.
///
/// Identifiers and times that are given are kept; missing containers are made; objects that a
/// forest is born with (the domain root, `CN=Users`, `Domain Users` …) take the attributes of the
/// loaded ones with the same name, SID or account name. Duplicates of DN, GUID, SID,
/// sAMAccountName and userPrincipalName are refused (SE-041), as are references to objects that are
/// neither in the batch nor in a forest: ask [`unresolved`] first.
pub fn load(
    tables: &mut dyn Tables,
    schema: &Schema,
    forest: &str,
    objects: &[NewObject],
    dice: &mut Dice,
    now: Timestamp,
) -> StoreResult<Result<(), ForestRefusal>> {
    let mut drawn = dice.clone();
    let planned = match Batch::plan(tables, schema, forest, objects, &mut drawn, now) {
        Ok(batch) => batch,
        Err(Fail::Refused(refusal)) => return Ok(Err(refusal)),
        Err(Fail::Store(error)) => return Err(error),
    };
    planned.write(tables)?;
    *dice = drawn;
    Ok(Ok(()))
}

/// Returns the references of a batch that [`load`] would refuse: the place of the object in
/// `objects`, the attribute, and the name that leads nowhere.
pub fn unresolved(
    tables: &dyn Tables,
    schema: &Schema,
    objects: &[NewObject],
) -> StoreResult<Vec<(usize, AttributeId, Dn)>> {
    let names: BTreeSet<String> = objects.iter().map(|object| object.dn.key()).collect();
    let computed = conform::computed(schema);
    let mut lost = Vec::new();
    for (at, object) in objects.iter().enumerate() {
        for (attribute, targets) in &object.references {
            if computed.contains(attribute) {
                continue;
            }
            for target in targets {
                if !names.contains(&target.key()) && lookup::by_dn(tables, target)?.is_none() {
                    lost.push((at, *attribute, target.clone()));
                }
            }
        }
    }
    Ok(lost)
}

/// A batch that has been checked.
struct Batch {
    domains: BTreeMap<u64, Domain>,
    /// Containers before what they hold.
    planned: Vec<Planned>,
    /// Domains whose SID was replaced by a loaded one, with the old SID.
    rebased: BTreeMap<u64, Sid>,
}

impl Batch {
    fn plan(
        tables: &dyn Tables,
        schema: &Schema,
        forest: &str,
        objects: &[NewObject],
        dice: &mut Dice,
        now: Timestamp,
    ) -> Step<Self> {
        let context = Context { tables, schema, computed: conform::computed(schema), now };
        let domains: BTreeMap<u64, Domain> = lookup::domains(tables)?
            .into_iter()
            .filter(|(_, domain)| domain.forest.eq_ignore_ascii_case(forest))
            .collect();
        if domains.is_empty() {
            return Err(refusal::no_forest(forest).into());
        }
        let mut batch = Self { domains, planned: Vec::new(), rebased: BTreeMap::new() };
        let made = batch.missing_containers(tables, objects)?;
        let mut all: Vec<&NewObject> = made.iter().chain(objects).collect();
        all.sort_by_key(|object| object.dn.depth());
        batch.take_domain_sids(&all);
        let mut names = Names::new();
        for object in &all {
            let planned = batch.plan_one(&context, &mut names, object, dice)?;
            let place = Place::Planned(batch.planned.len());
            if let Some(Place::Planned(_)) = names.insert(object.dn.key(), place) {
                return Err(refusal::name_in_use(&object.dn).into());
            }
            batch.planned.push(planned);
        }
        batch.check_unique(tables, dice)?;
        batch.complete(schema);
        batch.resolve(&context, &names, &all)?;
        Ok(batch)
    }

    /// Returns the containers that the batch takes for granted.
    fn missing_containers(
        &self,
        tables: &dyn Tables,
        objects: &[NewObject],
    ) -> Step<Vec<NewObject>> {
        let mut known: BTreeSet<String> = objects.iter().map(|object| object.dn.key()).collect();
        let mut made = Vec::new();
        for object in objects {
            let Some((_, domain)) = self.domain_of(&object.dn) else {
                return Err(self.no_partition(&object.dn).into());
            };
            let context = domain.naming_context().depth();
            let mut at = object.dn.parent();
            while let Some(dn) = at.filter(|dn| dn.depth() > context) {
                if !known.insert(dn.key()) || lookup::by_dn(tables, &dn)?.is_some() {
                    break;
                }
                let attribute = dn.rdn().map_or("", |rdn| &rdn.attribute);
                let class = match attribute.to_ascii_uppercase().as_str() {
                    "OU" => classes::ORGANIZATIONAL_UNIT,
                    // A domain that the forest does not have.
                    "DC" => return Err(self.no_partition(&object.dn).into()),
                    _ => classes::CONTAINER,
                };
                at = dn.parent();
                made.push(NewObject {
                    dn,
                    class,
                    guid: None,
                    sid: None,
                    attributes: Vec::new(),
                    references: Vec::new(),
                });
            }
        }
        Ok(made)
    }

    fn no_partition(&self, dn: &Dn) -> ForestRefusal {
        let partitions: Vec<String> =
            self.domains.values().map(|domain| domain.naming_context().to_string()).collect();
        refusal::no_partition(dn, &partitions)
    }

    fn domain_of(&self, dn: &Dn) -> Option<(u64, &Domain)> {
        self.domains
            .iter()
            .filter(|(_, domain)| dn.is_within(&domain.naming_context()))
            .max_by_key(|(_, domain)| domain.naming_context().depth())
            .map(|(id, domain)| (*id, domain))
    }

    /// Takes over the SIDs of loaded domain roots.
    fn take_domain_sids(&mut self, all: &[&NewObject]) {
        for (id, domain) in &mut self.domains {
            let context = domain.naming_context();
            let sid = all
                .iter()
                .take_while(|object| object.dn.depth() <= context.depth())
                .find(|object| object.dn.key() == context.key())
                .and_then(|root| given_sid(root))
                .filter(|sid| *sid != domain.sid);
            if let Some(sid) = sid {
                self.rebased.insert(*id, std::mem::replace(&mut domain.sid, sid));
            }
        }
    }

    fn plan_one(
        &self,
        context: &Context<'_>,
        names: &mut Names,
        object: &NewObject,
        dice: &mut Dice,
    ) -> Step<Planned> {
        let Some(rdn) = object.dn.rdn() else {
            return Err(refusal::bad_name(&object.dn, "is empty").into());
        };
        naming::check_length(rdn)?;
        let Some((domain_id, domain)) = self.domain_of(&object.dn) else {
            return Err(self.no_partition(&object.dn).into());
        };
        let is_root = object.dn.depth() == domain.naming_context().depth();
        let parent = if is_root { None } else { Some(parent_place(context, names, object)?) };
        let mut given = Given::read(context, object)?;
        let guid = object.guid.or_else(|| given.guid());
        let foreign = object.class == classes::FOREIGN_SECURITY_PRINCIPAL;
        let sid = given_sid(object).or_else(|| rdn.value.parse().ok().filter(|_| foreign));
        if let Some(sid) = sid {
            given.builder.put(well_known::OBJECT_SID, Value::bytes(sid.as_bytes()));
        }
        let created = given.created.unwrap_or(context.now);
        let changed = given.changed.unwrap_or(created);
        // The container CN=Deleted Objects says isDeleted, too, but is no deleted object.
        let container = parent.and_then(|place| self.held(place));
        let lies_deleted = container == Some(domain.deleted_objects);
        let deleted = (given.is_deleted && lies_deleted).then(|| Deletion {
            at: changed,
            last_known_parent: domain.root,
            last_known_rdn: given.last_name.map_or_else(
                || naming::before_deletion(rdn),
                |name| Rdn::new(rdn.attribute.clone(), name),
            ),
            restorable: domain.recycle_bin && !given.is_recycled,
        });
        let held = match container {
            Some(container) => lookup::child(context.tables, container, rdn)?,
            None if is_root => Some(domain.root),
            None => None,
        };
        let mut planned = Planned {
            domain: domain_id,
            dn: object.dn.clone(),
            parent,
            rdn: rdn.clone(),
            class: object.class,
            guid: guid.unwrap_or_else(|| dice.guid()),
            guid_is_given: guid.is_some(),
            builder: given.builder,
            created,
            changed,
            deleted,
            last_parent: given.last_parent,
            replaces: None,
            links: Vec::new(),
        };
        if let Some(id) = held {
            let held: ForestObject = rows::expect(context.tables, id)?;
            if !create::is_untouched(&held) {
                return Err(refusal::name_in_use(&object.dn).into());
            }
            planned.replace(id, held);
        }
        Ok(planned)
    }

    /// Returns the object of the tables at a place, one that the batch replaces included.
    fn held(&self, place: Place) -> Option<u64> {
        match place {
            Place::Held(id) => Some(id),
            Place::Planned(at) => self.planned.get(at)?.replaces.as_ref().map(|(id, _)| *id),
        }
    }

    /// Refuses names and identifiers that stand twice, in the batch or against the tables
    /// (SE-041), and derives account names that are missing.
    fn check_unique(&mut self, tables: &dyn Tables, dice: &mut Dice) -> Step<()> {
        let mut taken: BTreeMap<(u64, Vec<u8>), usize> = BTreeMap::new();
        let mut replaced: BTreeSet<u64> =
            self.planned.iter().filter_map(|p| p.replaces.as_ref()).map(|(id, _)| *id).collect();
        let mut clash = None;
        'all: for (at, planned) in self.planned.iter_mut().enumerate() {
            for (index, content) in planned.keys() {
                if let Some(other) = taken.insert((index.kind, content.clone()), at) {
                    clash = Some((at, index, other));
                    break 'all;
                }
                let old_sid = self.rebased.get(&planned.domain);
                for content in [Some(content.clone()), rebase(&content, index, old_sid)] {
                    let Some(content) = content else { continue };
                    let Some((id, held)) = holder(tables, &self.domains, index, &content)? else {
                        continue;
                    };
                    // A replaced object gives its names up, to its replacement or to others.
                    if replaced.contains(&id) {
                        continue;
                    }
                    let may_replace = matches!(index, keys::SID | keys::ACCOUNT)
                        && planned.replaces.is_none()
                        && held.domain == planned.domain;
                    if !may_replace || !create::is_untouched(&held) {
                        let holder = lookup::dn(tables, id)?;
                        return Err(planned.collision(index, &holder).into());
                    }
                    replaced.insert(id);
                    planned.replace(id, held);
                }
            }
        }
        if let Some((at, index, other)) = clash
            && let (Some(planned), Some(other)) = (self.planned.get(at), self.planned.get(other))
        {
            return Err(planned.collision(index, &other.dn).into());
        }
        for (at, planned) in self.planned.iter_mut().enumerate() {
            if !class::is_principal(planned.class)
                || !planned.builder.get(well_known::SAM_ACCOUNT_NAME).is_empty()
                || planned.replaces.is_some()
                || planned.deleted.is_some()
            {
                continue;
            }
            let mut name = place::account_name(planned.class, &planned.rdn.value);
            loop {
                let content = keys::account(planned.domain, &name);
                let held = holder(tables, &self.domains, keys::ACCOUNT, &content)?;
                let is_held = held.is_some_and(|(id, _)| !replaced.contains(&id));
                let key = (keys::ACCOUNT.kind, content);
                if !is_held && !name.is_empty() && !taken.contains_key(&key) {
                    taken.insert(key, at);
                    break;
                }
                // What the directory itself invents for a principal without an account name.
                name = format!("${:06X}-{:012X}", dice.below(1 << 24), dice.below(1 << 48));
            }
            planned.builder.put(well_known::SAM_ACCOUNT_NAME, name);
        }
        Ok(())
    }

    /// Fills in what the export left open: attributes of replaced objects, defaults, SIDs.
    fn complete(&mut self, schema: &Schema) {
        for planned in &mut self.planned {
            planned.builder.put(well_known::OBJECT_GUID, Value::bytes(*planned.guid.as_bytes()));
            let domain = self.domains.get_mut(&planned.domain).expect("planned in a domain");
            if let Some((_, held)) = &planned.replaces {
                for (attribute, values) in held.entry.iter() {
                    if planned.builder.get(attribute).is_empty() {
                        planned.builder.set(attribute, values.to_vec());
                    }
                }
                let old_sid = self.rebased.get(&planned.domain);
                if let Some(sid) = planned.sid()
                    && let Some(rid) = sid.rid()
                    && old_sid.is_some_and(|old| sid.domain().as_ref() == Some(old))
                {
                    let sid = domain.sid.with_rid(rid);
                    planned.builder.put(well_known::OBJECT_SID, Value::bytes(sid.as_bytes()));
                }
            }
            if planned.deleted.is_none() {
                place::defaults(schema, &mut planned.builder, planned.class, &planned.rdn);
            } else {
                for (attribute, values) in naming::attributes(schema, &planned.rdn) {
                    planned.builder.set(attribute, values);
                }
            }
            if let Some(sid) = planned.sid()
                && sid.domain().as_ref() == Some(&domain.sid)
                && let Some(rid) = sid.rid()
            {
                domain.next_rid = domain.next_rid.max(rid.saturating_add(1));
            }
        }
        for planned in &mut self.planned {
            if class::is_principal(planned.class) && planned.sid().is_none() {
                let domain = self.domains.get_mut(&planned.domain).expect("planned in a domain");
                let sid = domain.sid.with_rid(domain.next_rid);
                domain.next_rid += 1;
                planned.builder.put(well_known::OBJECT_SID, Value::bytes(sid.as_bytes()));
            }
        }
    }

    /// Finds the targets of references.
    fn resolve(&mut self, context: &Context<'_>, names: &Names, all: &[&NewObject]) -> Step<()> {
        for (planned, object) in self.planned.iter_mut().zip(all) {
            for (attribute, targets) in &object.references {
                if context.computed.contains(attribute) {
                    continue;
                }
                let name = context.schema.name(*attribute);
                if !context.schema.is_reference(Side::Forest, *attribute) {
                    return Err(refusal::no_such_value(name).into());
                }
                if targets.len() > 1 && !context.schema.is_multi_valued(Side::Forest, *attribute) {
                    return Err(refusal::one_value_only(name).into());
                }
                for target in targets {
                    let place = match names.get(&target.key()) {
                        Some(place) => Some(*place),
                        None => lookup::by_dn(context.tables, target)?.map(Place::Held),
                    };
                    let Some(place) = place else {
                        let identity = format!("{target} ({name} of {})", object.dn);
                        let under = self.domains.values().next().map(Domain::naming_context);
                        let under = under.map(|dn| dn.to_string()).unwrap_or_default();
                        return Err(refusal::not_found(identity, under).into());
                    };
                    planned.links.push((*attribute, place));
                }
            }
        }
        Ok(())
    }

    /// Writes the batch.
    fn write(mut self, tables: &mut dyn Tables) -> StoreResult<()> {
        let counter = "forest-object";
        let mut last = rows::meta::<u64>(tables, counter)?.unwrap_or(0);
        let mut ids: Vec<u64> = Vec::with_capacity(self.planned.len());
        for planned in &self.planned {
            let replaced = planned.replaces.as_ref().map(|(id, _)| *id);
            ids.push(replaced.unwrap_or_else(|| {
                last += 1;
                last
            }));
        }
        rows::put_meta(tables, counter, &last)?;
        let number = |place: Place| match place {
            Place::Held(id) => id,
            Place::Planned(at) => ids.get(at).copied().unwrap_or_default(),
        };
        self.rebase_built_in(tables)?;
        // Replaced objects leave their places first, so that others can take them.
        for planned in &self.planned {
            if let Some((id, held)) = &planned.replaces {
                keys::erase(tables, *id, held)?;
            }
        }
        let by_name: BTreeMap<String, u64> = if self.planned.iter().any(|p| p.deleted.is_some()) {
            self.planned.iter().zip(&ids).map(|(planned, id)| (planned.dn.key(), *id)).collect()
        } else {
            BTreeMap::new()
        };
        for (planned, id) in self.planned.into_iter().zip(&ids) {
            let domain = self.domains.get_mut(&planned.domain).expect("planned in a domain");
            domain.highest_usn += 1;
            let usn = domain.highest_usn;
            let mut deleted = planned.deleted;
            if let Some((deletion, parent)) = deleted.as_mut().zip(planned.last_parent) {
                let held = || lookup::by_dn(tables, &parent);
                let parent = by_name.get(&parent.key()).copied();
                let parent = parent.map_or_else(held, |id| Ok(Some(id)))?;
                deletion.last_known_parent = parent.unwrap_or(domain.root);
            }
            let object = ForestObject {
                domain: planned.domain,
                parent: planned.parent.map_or(0, number),
                rdn: planned.rdn,
                class: planned.class,
                guid: planned.guid,
                deleted,
                entry: planned.builder.build(),
                usn_created: usn,
                usn_changed: usn,
                usn_named: usn,
                attribute_usns: Vec::new(),
                created: planned.created,
                changed: planned.changed,
                left: Vec::new(),
            };
            keys::insert(tables, *id, &object)?;
            if planned.replaces.is_some() && !planned.links.is_empty() {
                for (attribute, to) in link::held(tables, *id, None)? {
                    LINKS.remove(tables, *id, attribute, to)?;
                }
            }
            for (attribute, place) in planned.links {
                LINKS.put(tables, *id, attribute, number(place), Bytes::new())?;
            }
        }
        for (id, domain) in &self.domains {
            rows::put(tables, *id, domain)?;
        }
        Ok(())
    }

    /// Gives the accounts that were made with a domain the SID that was loaded for it.
    fn rebase_built_in(&mut self, tables: &mut dyn Tables) -> StoreResult<()> {
        let replaced: BTreeSet<u64> =
            self.planned.iter().filter_map(|p| p.replaces.as_ref()).map(|(id, _)| *id).collect();
        for (domain_id, old_sid) in &self.rebased {
            let domain = self.domains.get_mut(domain_id).expect("a rebased domain is one of ours");
            for (id, held) in rows::after::<ForestObject>(tables, None, usize::MAX)? {
                let Some(sid) = lookup::sid(&held) else { continue };
                if held.domain != *domain_id
                    || replaced.contains(&id)
                    || sid.domain().as_ref() != Some(old_sid)
                {
                    continue;
                }
                domain.highest_usn += 1;
                let sid = domain.sid.with_rid(sid.rid().unwrap_or_default());
                let sid = Value::bytes(sid.as_bytes());
                let new = ForestObject {
                    entry: held.entry.with([(well_known::OBJECT_SID, vec![sid])]),
                    usn_created: domain.highest_usn,
                    usn_changed: domain.highest_usn,
                    usn_named: domain.highest_usn,
                    ..held.clone()
                };
                keys::update(tables, id, &held, &new)?;
            }
        }
        Ok(())
    }
}

/// Returns where the container of an object is; containers of the tables are remembered.
fn parent_place(context: &Context<'_>, names: &mut Names, object: &NewObject) -> Step<Place> {
    let parent = object.dn.parent().unwrap_or_else(|| object.dn.clone());
    let key = parent.key();
    if let Some(place) = names.get(&key) {
        return Ok(*place);
    }
    let Some(id) = lookup::by_dn(context.tables, &parent)? else {
        return Err(refusal::no_container(&parent).into());
    };
    names.insert(key, Place::Held(id));
    Ok(Place::Held(id))
}

/// Returns the object of this forest that has what must be unique; of any forest for a GUID, since
/// edits name their targets by it.
fn holder(
    tables: &dyn Tables,
    domains: &BTreeMap<u64, Domain>,
    index: Index,
    content: &[u8],
) -> StoreResult<Option<(u64, ForestObject)>> {
    for id in index.candidates(tables, content)? {
        let held: ForestObject = rows::expect(tables, id)?;
        let is_ours = index == keys::GUID || domains.contains_key(&held.domain);
        if is_ours && keys::of(&held).iter().any(|(i, c)| *i == index && c == content) {
            return Ok(Some((id, held)));
        }
    }
    Ok(None)
}

/// Returns a SID as it was before its domain took over a loaded SID.
fn rebase(content: &[u8], index: Index, old: Option<&Sid>) -> Option<Vec<u8>> {
    if index != keys::SID {
        return None;
    }
    let rid = Sid::from_slice(content)?.rid()?;
    Some(old?.with_rid(rid).as_bytes().to_vec())
}
