//! Changing attributes and references of one object (SE-041, SE-047, SE-048, SE-056).

use std::collections::BTreeMap;

use dirsim_model::attribute::well_known;
use dirsim_model::schema::class as schema_class;
use dirsim_model::{AttributeId, ClassId, Entry, Guid, Side, Value};

use crate::link::{self, LinkRecord};
use crate::refusal::{self, Step};
use crate::writer::Writer;
use crate::{AttributeEdit, EditOperation, ForestObject, class, conform, lookup, naming};

/// Link values that an edit wants there or not there, by attribute and target.
type WantedLinks = BTreeMap<(AttributeId, u64), bool>;

impl Writer<'_> {
    pub(crate) fn modify(&mut self, target: Guid, changes: &[AttributeEdit]) -> Step<u64> {
        let (id, old) = self.live(target)?;
        let mut entry = old.entry.clone();
        let mut wanted = WantedLinks::new();
        let mut class = old.class;
        for change in changes {
            if change.attribute == well_known::OBJECT_CLASS {
                class = self.converted(&old, change)?;
                let names = class::lineage(self.schema, class);
                let names = names.into_iter().map(Value::text).collect();
                entry = entry.with([(well_known::OBJECT_CLASS, names)]);
                continue;
            }
            self.check_writable(&old, change.attribute)?;
            if self.schema.is_reference(Side::Forest, change.attribute) {
                self.edit_links(id, &old, change, &mut wanted)?;
            } else {
                entry = self.edit_values(&entry, change)?;
            }
        }
        let mut links = Vec::new();
        for ((attribute, to), present) in wanted {
            if self.has_link(id, attribute, to)? != present {
                links.push((attribute, to, present));
            }
        }
        let written = entry.changed_from(&old.entry);
        // SE-056: writing what is there already is no write.
        if written.is_empty() && links.is_empty() {
            return Ok(id);
        }
        self.check_changed(id, &old, &entry, &written)?;
        let mut new = ForestObject { class, entry, ..old.clone() };
        let usn = self.commit(id, &old, &mut new)?;
        for (attribute, to, present) in links {
            let record = LinkRecord { usn, present };
            link::put(self.tables, new.domain, (id, attribute, to), record)?;
        }
        if written.contains(&well_known::PRIMARY_GROUP_ID) {
            self.change_primary_group(id, &old, &new)?;
        }
        Ok(id)
    }

    fn has_link(&self, from: u64, attribute: AttributeId, to: u64) -> Step<bool> {
        let record = link::get(self.tables, from, attribute, to)?;
        Ok(record.is_some_and(|record| record.present))
    }

    /// Returns the class that an edit of objectClass wants. The directory turns users into
    /// inetOrgPersons and back; every other class is for life (SE-096).
    fn converted(&self, old: &ForestObject, change: &AttributeEdit) -> Step<ClassId> {
        const BOTH: [ClassId; 2] = [schema_class::USER, schema_class::INET_ORG_PERSON];
        let named = change.values.iter().filter_map(|value| value.as_ref().as_text());
        let wanted = named
            .filter_map(|name| self.schema.class(name))
            .filter(|class| BOTH.contains(class))
            .max_by_key(|class| *class == schema_class::INET_ORG_PERSON);
        match wanted {
            Some(class)
                if change.operation == EditOperation::Replace && BOTH.contains(&old.class) =>
            {
                Ok(class)
            }
            _ => {
                let why = "the class of an object does not change, but for user and inetOrgPerson";
                Err(refusal::illegal_modify("SE-096", why).into())
            }
        }
    }

    /// Refuses attributes that nobody, or not this edit, may write.
    fn check_writable(&self, object: &ForestObject, attribute: AttributeId) -> Step<()> {
        let name = self.schema.name(attribute);
        let identifier = matches!(attribute, well_known::OBJECT_GUID | well_known::OBJECT_SID);
        if identifier || conform::computed(self.schema).contains(&attribute) {
            return Err(refusal::owned_by_system(name).into());
        }
        if naming::attributes(self.schema, &object.rdn).iter().any(|(id, _)| *id == attribute) {
            return Err(refusal::naming_attribute(name).into());
        }
        if conform::is_foreign(self.schema, attribute) {
            return Err(refusal::no_such_value(name).into());
        }
        Ok(())
    }

    /// Refuses final states that the directory does not take (SE-041, SE-045, SE-052).
    fn check_changed(
        &self,
        id: u64,
        old: &ForestObject,
        entry: &Entry,
        changed: &[AttributeId],
    ) -> Step<()> {
        if changed.contains(&well_known::SAM_ACCOUNT_NAME) {
            let name = entry.text(well_known::SAM_ACCOUNT_NAME);
            if class::is_principal(old.class) && name.is_none() {
                let why = "a security principal has a sAMAccountName";
                return Err(refusal::illegal_modify("SE-041", why).into());
            }
            self.check_account_length(old.class, name)?;
        }
        if changed.contains(&well_known::SAM_ACCOUNT_NAME)
            || changed.contains(&well_known::USER_PRINCIPAL_NAME)
        {
            let dn = lookup::dn(self.tables, id)?;
            self.check_names(Some(id), &dn, old.domain, entry)?;
        }
        if changed.contains(&well_known::GROUP_TYPE) {
            self.check_group_type(id, old, entry)?;
        }
        if changed.contains(&well_known::PRIMARY_GROUP_ID) {
            self.check_primary_group(id, old, entry)?;
        }
        Ok(())
    }

    fn edit_values(&self, entry: &Entry, change: &AttributeEdit) -> Step<Entry> {
        let attribute = change.attribute;
        let name = self.schema.name(attribute);
        let mut given = Vec::new();
        for value in &change.values {
            let value = conform::value(self.schema, attribute, value)?;
            if !given.iter().any(|other| is_same(other, &value)) {
                given.push(value);
            }
        }
        let mut values = entry.get(attribute).to_vec();
        match change.operation {
            EditOperation::Add => {
                for value in given {
                    if !values.iter().any(|old| is_same(old, &value)) {
                        values.push(value);
                    }
                }
            }
            EditOperation::Remove => {
                for value in given {
                    let Some(at) = values.iter().position(|old| is_same(old, &value)) else {
                        return Err(refusal::no_such_value(name).into());
                    };
                    values.remove(at);
                }
            }
            EditOperation::Replace => values = given,
        }
        if values.len() > 1 && !self.schema.is_multi_valued(Side::Forest, attribute) {
            return Err(refusal::one_value_only(name).into());
        }
        if change.operation != EditOperation::Remove {
            conform::check_length(self.schema, attribute, &values)?;
        }
        Ok(entry.with([(attribute, values)]))
    }

    fn edit_links(
        &mut self,
        id: u64,
        object: &ForestObject,
        change: &AttributeEdit,
        wanted: &mut WantedLinks,
    ) -> Step<()> {
        let attribute = change.attribute;
        let name = self.schema.name(attribute);
        let mut targets = Vec::new();
        for value in &change.values {
            let text = value.as_ref().as_text();
            let text = text.ok_or_else(|| refusal::bad_value(name, value))?;
            targets.push(self.resolve(id, attribute, text)?);
        }
        match change.operation {
            EditOperation::Remove => {
                for to in targets {
                    let key = (attribute, to);
                    let there = match wanted.get(&key) {
                        Some(present) => *present,
                        None => self.has_link(id, attribute, to)?,
                    };
                    if !there && attribute == well_known::MEMBER {
                        let account = lookup::dn(self.tables, to)?;
                        let group = lookup::dn(self.tables, id)?;
                        return Err(refusal::not_a_member(account, group).into());
                    }
                    if !there {
                        return Err(refusal::no_such_value(name).into());
                    }
                    wanted.insert(key, false);
                }
                return Ok(());
            }
            EditOperation::Replace => {
                for (_, to) in link::held(self.tables, id, Some(attribute))? {
                    wanted.insert((attribute, to), false);
                }
                for ((_, _), present) in wanted.iter_mut().filter(|((a, _), _)| *a == attribute) {
                    *present = false;
                }
            }
            EditOperation::Add => {}
        }
        for to in targets {
            if attribute == well_known::MEMBER {
                self.check_not_primary(id, object, to)?;
            }
            wanted.insert((attribute, to), true);
        }
        if !self.schema.is_multi_valued(Side::Forest, attribute)
            && self.visible_after(id, attribute, wanted)? > 1
        {
            return Err(refusal::one_value_only(name).into());
        }
        Ok(())
    }

    /// Counts the values that people would see once the wanted links are written.
    fn visible_after(&self, id: u64, attribute: AttributeId, wanted: &WantedLinks) -> Step<usize> {
        let mut after: BTreeMap<u64, bool> = BTreeMap::new();
        for (_, to) in link::held(self.tables, id, Some(attribute))? {
            after.insert(to, link::live_end(self.tables, to)?.is_some());
        }
        for ((_, to), present) in wanted.iter().filter(|((a, _), _)| *a == attribute) {
            after.insert(*to, *present);
        }
        Ok(after.values().filter(|there| **there).count())
    }
}

/// Returns whether the directory takes two values for one: texts compare without case.
fn is_same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Text(a), Value::Text(b)) => a.to_lowercase() == b.to_lowercase(),
        _ => a == b,
    }
}
