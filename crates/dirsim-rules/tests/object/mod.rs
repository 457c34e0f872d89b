//! An object as lines of text, for tests.
#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use dirsim_model::attribute::well_known;
use dirsim_model::{
    AttributeId, AttributeSet, AttributeTable, ClassId, Guid, Schema, Sid, Side, Syntax, Timestamp,
    Value, Values,
};
use dirsim_rules::{
    ConnectorInfo, ConnectorKind, Resolved, RuleFailure, RuleFile, RuleIx, RuleOptions, RuleSet,
    Subject,
};

/// An object of any side.
#[derive(Debug, Clone, Default)]
pub(crate) struct Object {
    pub(crate) attributes: BTreeMap<AttributeId, Vec<Value>>,
    pub(crate) groups: BTreeSet<String>,
    pub(crate) parameters: BTreeMap<String, String>,
}

impl Object {
    /// Reads `name: value` lines; values are typed by the schema of the side.
    pub(crate) fn new(schema: &Schema, side: Side, lines: &str) -> Self {
        let mut object = Self::default();
        for line in lines.lines().map(str::trim_start).filter(|line| !line.is_empty()) {
            let (name, text) = line.split_once(": ").unwrap_or_else(|| panic!("line `{line}`"));
            let id = schema.attribute(name).unwrap_or_else(|| panic!("attribute `{name}`"));
            object.attributes.entry(id).or_default().push(value(schema.syntax(side, id), text));
        }
        object
    }

    /// A user, group or contact of the forest contoso.com.
    pub(crate) fn of_forest(schema: &Schema, lines: &str) -> Self {
        let mut object = Self::new(schema, Side::Forest, lines);
        for (name, value) in [
            ("domain.fqdn", "contoso.com"),
            ("domain.netbios", "CONTOSO"),
            ("domain.ldap", "DC=contoso,DC=com"),
        ] {
            object.parameters.insert(name.into(), value.into());
        }
        object
    }

    /// Changes one attribute.
    pub(crate) fn with(mut self, schema: &Schema, side: Side, lines: &str) -> Self {
        let other = Self::new(schema, side, lines);
        self.attributes.extend(other.attributes);
        self
    }

    /// Removes one attribute.
    pub(crate) fn without(mut self, schema: &Schema, name: &str) -> Self {
        self.attributes.remove(&schema.attribute(name).unwrap());
        self
    }

    /// Prints an attribute, its values joined by ` | `.
    pub(crate) fn get(&self, schema: &Schema, name: &str) -> String {
        let id = schema.attribute(name).unwrap_or_else(|| panic!("attribute `{name}`"));
        self.attributes.get(&id).map_or_else(|| "-".into(), |values| print(values))
    }

    /// Prints all attributes by name.
    pub(crate) fn print(&self, schema: &Schema) -> String {
        let mut lines: Vec<String> = self
            .attributes
            .iter()
            .map(|(id, values)| format!("{}: {}", schema.name(*id), print(values)))
            .collect();
        lines.sort_by_key(|line| line.to_lowercase());
        lines.join("\n")
    }
}

fn print(values: &[Value]) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join(" | ")
}

/// Reads one value.
pub(crate) fn value(syntax: Syntax, text: &str) -> Value {
    match syntax {
        Syntax::Text => Value::from(text),
        Syntax::Integer => Value::Integer(text.parse().unwrap()),
        Syntax::Boolean => Value::Boolean(text.eq_ignore_ascii_case("true")),
        Syntax::Bytes if !text.contains('-') => Value::bytes(BASE64_STANDARD.decode(text).unwrap()),
        Syntax::Guid | Syntax::Bytes => {
            Value::bytes(text.parse::<Guid>().unwrap().as_bytes().as_slice())
        }
        Syntax::Sid => Value::bytes(text.parse::<Sid>().unwrap().as_bytes()),
        Syntax::Time => Value::Time(text.parse().unwrap()),
        Syntax::Reference => Value::Reference(text.trim_start_matches('#').parse().unwrap()),
    }
}

impl Subject for Object {
    fn present(&self) -> Option<AttributeSet> {
        Some(self.attributes.keys().copied().collect())
    }

    fn tabulate<'t>(&'t self, table: &mut AttributeTable<'t>) -> bool {
        table.extend(self.attributes.iter().map(|(id, values)| (*id, Values::Slice(values))));
        true
    }

    fn staged(&self, attribute: AttributeId) -> Values<'_> {
        self.attributes.get(&attribute).map_or(Values::NONE, |values| Values::Slice(values))
    }

    fn expected(&self, attribute: AttributeId) -> Values<'_> {
        self.staged(attribute)
    }

    fn parameter(&self, name: &str) -> Option<Cow<'_, str>> {
        self.parameters.get(&name.to_lowercase()).map(|value| Cow::Borrowed(value.as_str()))
    }

    fn is_member_of(&self, group_dn: &str) -> bool {
        self.groups.contains(group_dn)
    }

    fn now(&self) -> Timestamp {
        "2026-01-05T08:00:00Z".parse().unwrap()
    }

    fn random(&self) -> u64 {
        7
    }
}

/// The connectors of the example world: AD forests 1, 2 … and the tenant as number 9.
pub(crate) fn connectors(forests: &[&str]) -> Vec<ConnectorInfo> {
    let forest = |(at, fqdn): (usize, &&str)| ConnectorInfo {
        id: u32::try_from(at).unwrap() + 1,
        name: (*fqdn).to_owned(),
        guid: format!("11111111-0000-0000-0000-{:012}", at + 1).parse().unwrap(),
        kind: ConnectorKind::Forest,
        forest_fqdn: (*fqdn).to_owned(),
        forest_netbios: fqdn.split('.').next().unwrap().to_uppercase(),
        parameters: Vec::new(),
    };
    let mut all: Vec<ConnectorInfo> = forests.iter().enumerate().map(forest).collect();
    all.push(ConnectorInfo {
        id: 9,
        name: "contoso.onmicrosoft.com - AAD".into(),
        guid: "22222222-0000-0000-0000-000000000009".parse().unwrap(),
        kind: ConnectorKind::Entra,
        forest_fqdn: String::new(),
        forest_netbios: String::new(),
        parameters: Vec::new(),
    });
    all
}

/// A rule set with the schema it was built for.
pub(crate) struct World {
    pub(crate) schema: Schema,
    pub(crate) set: RuleSet,
}

impl World {
    /// The default set for one forest, contoso.com.
    pub(crate) fn standard() -> Self {
        Self::with(&["contoso.com"], &RuleOptions::default())
    }

    /// The default set.
    pub(crate) fn with(forests: &[&str], options: &RuleOptions) -> Self {
        Self::build(&RuleSet::default_files(), forests, options)
    }

    /// A set of these files alone.
    pub(crate) fn of(text: &str, forests: &[&str]) -> Self {
        Self::build(&[file(text)], forests, &RuleOptions::default())
    }

    pub(crate) fn build(files: &[RuleFile], forests: &[&str], options: &RuleOptions) -> Self {
        let mut schema = Schema::built_in();
        let set = RuleSet::build(files, &connectors(forests), options, &mut schema);
        let set = set.unwrap_or_else(|problems| panic!("{}", lines(&problems)));
        Self { schema, set }
    }

    pub(crate) fn user(&self, lines: &str) -> Object {
        Object::of_forest(&self.schema, lines)
    }

    /// The names of rules.
    pub(crate) fn names(&self, rules: &[RuleIx]) -> String {
        rules.iter().map(|ix| self.set.rule(*ix).name.clone()).collect::<Vec<_>>().join("\n")
    }

    /// Runs all inbound rules of a connector on an object that projects a new metaverse object.
    pub(crate) fn inbound(
        &self,
        connector: u32,
        class: ClassId,
        object: &Object,
    ) -> Result<Object, RuleFailure> {
        let rules = self.set.inbound_scope(connector, class, object);
        self.resolve(&rules, Side::Metaverse, object, true)
    }

    /// Runs the outbound rules of the tenant's connector for one class of its objects.
    pub(crate) fn outbound(
        &self,
        connector: u32,
        side: Side,
        mv_class: ClassId,
        cs_class: ClassId,
        object: &Object,
    ) -> Result<Object, RuleFailure> {
        let rules = self.set.outbound_scope(connector, mv_class, object);
        let classes = self.set.by_class(&rules);
        let rules = classes.into_iter().find(|(class, _)| *class == cs_class);
        self.resolve(&rules.map_or_else(Vec::new, |(_, rules)| rules), side, object, true)
    }

    fn resolve(
        &self,
        rules: &[RuleIx],
        side: Side,
        object: &Object,
        created: bool,
    ) -> Result<Object, RuleFailure> {
        let mut target = Object::new(&self.schema, side, "");
        self.set.resolve_each(rules, object, created, &mut |attribute, resolved| {
            if let Resolved::Values { values, .. } = resolved {
                target.attributes.insert(attribute, values.to_vec());
            }
        })?;
        self.agrees_with_contributions(rules, object, created, &target);
        Ok(target)
    }

    /// Both ways to resolve give the same values.
    fn agrees_with_contributions(
        &self,
        rules: &[RuleIx],
        object: &Object,
        created: bool,
        target: &Object,
    ) {
        let deciding = self.set.contributions(rules, object, created).unwrap();
        let all = self.set.all_contributions(rules, object, created);
        let attributes: BTreeSet<AttributeId> = all.iter().map(|c| c.attribute).collect();
        for attribute in attributes {
            for contributions in [&deciding, &all] {
                let of_it = contributions.iter().filter(|c| c.attribute == attribute);
                let values = match dirsim_rules::precedence::resolve(of_it) {
                    dirsim_rules::Resolution::Values { values, .. } => Some(values.into_owned()),
                    _ => None,
                };
                let name = self.schema.name(attribute);
                assert_eq!(target.attributes.get(&attribute), values.as_ref(), "{name}");
            }
        }
    }
}

/// A rule file of a test.
pub(crate) fn file(text: &str) -> RuleFile {
    RuleFile { path: "custom.yaml".into(), text: text.into() }
}

/// Problems, a line each.
pub(crate) fn lines<T: std::fmt::Display>(items: &[T]) -> String {
    let mut text = String::new();
    for item in items {
        writeln!(text, "{item}").unwrap();
    }
    text.trim_end().to_owned()
}

/// The DN attribute, for readers of the tests.
pub(crate) const DN: AttributeId = well_known::DN;
