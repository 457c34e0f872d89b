//! A second, naive implementation of the synchronization of one object, over plain maps: no parts,
//! no deltas, no indexes, no views. It takes the joins that were made as they are, looks for those
//! that were missed, and computes what the metaverse and every connector space must hold, references
//! included; the engine must agree on random worlds (SE-141, SE-142, SE-144, SE-146, SE-149, SE-150,
//! SE-166, SE-172, SE-179, SE-180, SR-021, SR-022, SR-030 to SR-032, SR-100 to SR-105).
//!
//! Flows of single expressions are not its business: `dirsim-expr` has vectors of its own.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use dirsim_model::attribute::well_known;
use dirsim_model::{AttributeId, Side, Timestamp, Value, Values};
use dirsim_rules::rule::RuleIx;
use dirsim_rules::scope::{Clause, Operator};
use dirsim_rules::{Contribution, Direction, LinkType, MergeType, Outcome, Rule, RuleSet, Subject};
use dirsim_simulate::acts::Diet;
use dirsim_simulate::start::Plan;
use dirsim_store::{Tables, rows};
use dirsim_sync::{
    ExportOp, Flags, ImportOp, Policy, RuleBook, State, View, cs, cs_links, lookup, mv,
};

use crate::agreement::{has_sync_errors, rounds};
use crate::story::{Player, Story, Verdict, tell};

/// The values of one object.
type Image = BTreeMap<AttributeId, Vec<Value>>;

/// An object as rules see it.
struct Plain {
    staged: Image,
    expected: Image,
    parameters: BTreeMap<String, String>,
    now: Timestamp,
}

impl Subject for Plain {
    fn staged(&self, attribute: AttributeId) -> Values<'_> {
        Values::Slice(self.staged.get(&attribute).map_or(&[], Vec::as_slice))
    }

    fn expected(&self, attribute: AttributeId) -> Values<'_> {
        Values::Slice(self.expected.get(&attribute).map_or(&[], Vec::as_slice))
    }

    fn parameter(&self, name: &str) -> Option<Cow<'_, str>> {
        self.parameters.get(&name.to_lowercase()).map(|text| Cow::Borrowed(text.as_str()))
    }

    fn is_member_of(&self, group: &str) -> bool {
        panic!("no default rule asks for members of {group}")
    }

    fn now(&self) -> Timestamp {
        self.now
    }

    fn random(&self) -> u64 {
        0
    }
}

/// SR-032, the operators that the default rules use.
fn clause_holds(clause: &Clause, image: &Image) -> bool {
    let values = image.get(&clause.attribute).map_or(&[][..], Vec::as_slice);
    let texts: Vec<String> = values.iter().map(|value| value.to_string().to_lowercase()).collect();
    let operand = clause.text.to_lowercase();
    let single = if let [only] = texts.as_slice() { Some(only.as_str()) } else { None };
    let number = |text: &str| text.parse::<i64>().ok();
    let bits = || {
        let (value, mask) = (number(single?)?, number(&operand)?);
        Some(value & mask == mask)
    };
    match clause.operator {
        Operator::Equal => single == Some(operand.as_str()),
        Operator::NotEqual => single != Some(operand.as_str()),
        Operator::IsNull => texts.is_empty(),
        Operator::IsNotNull => !texts.is_empty(),
        Operator::StartsWith => texts.iter().any(|text| text.starts_with(&operand)),
        Operator::NotStartsWith => !texts.iter().any(|text| text.starts_with(&operand)),
        Operator::LessThan => {
            single.and_then(number).zip(number(&operand)).is_some_and(|(value, than)| value < than)
        }
        Operator::IsBitSet => bits() == Some(true),
        Operator::IsBitNotSet => bits() != Some(true),
        other => panic!("no default rule uses {other:?}"),
    }
}

/// SR-030: groups are alternatives, clauses are requirements.
fn in_scope(rule: &Rule, image: &Image) -> bool {
    rule.scope.is_empty()
        || rule.scope.iter().any(|group| group.clauses.iter().all(|c| clause_holds(c, image)))
}

/// Chooses the rules of one direction that apply to an object, by precedence.
fn chosen(set: &RuleSet, image: &Image, wanted: impl Fn(&Rule) -> bool) -> Vec<RuleIx> {
    let rules = set.rules().iter().enumerate();
    let mut all: Vec<(u32, RuleIx)> = rules
        .filter(|(_, rule)| !rule.disabled && wanted(rule) && in_scope(rule, image))
        .map(|(at, rule)| (rule.precedence, RuleIx(u16::try_from(at).unwrap())))
        .collect();
    all.sort_unstable();
    all.into_iter().map(|(_, rule)| rule).collect()
}

/// What a resolution comes to; `Undecided` when the past decides, or a flow failed.
#[derive(Debug, PartialEq)]
enum Winner {
    Undecided,
    Nothing,
    Values(Vec<Value>),
}

/// SR-100 to SR-105: the lowest precedence number with something to say.
fn resolve(mut all: Vec<&Contribution>) -> Winner {
    all.sort_by_key(|contribution| contribution.precedence);
    let mut silent = false;
    let mut united: Vec<Value> = Vec::new();
    for contribution in all {
        match &contribution.outcome {
            Outcome::Failed(_) => return Winner::Undecided,
            Outcome::AuthoritativeNull => {
                silent = true;
                break;
            }
            Outcome::Null => silent = true,
            Outcome::IgnoreThisFlow => {}
            Outcome::Values(values) if contribution.merge.unites() => {
                for value in values {
                    let fold = |value: &Value| match contribution.merge {
                        MergeType::MergeCaseInsensitive => value.to_string().to_lowercase(),
                        _ => value.to_string(),
                    };
                    if !united.iter().any(|known| fold(known) == fold(value)) {
                        united.push(value.clone());
                    }
                }
            }
            Outcome::Values(values) => return Winner::Values(values.clone()),
        }
    }
    match (united.is_empty(), silent) {
        (false, _) => Winner::Values(united),
        (true, true) => Winner::Nothing,
        (true, false) => Winner::Undecided,
    }
}

fn sorted(values: &[Value]) -> Vec<Value> {
    let mut all = values.to_vec();
    all.sort();
    all
}

fn image(entry: &dirsim_model::Entry, dn: &str) -> Image {
    let mut image: Image = entry.iter().map(|(id, values)| (id, values.to_vec())).collect();
    image.insert(well_known::DN, vec![Value::text(dn)]);
    image
}

/// Compares what the engine holds of every metaverse object with what the naive one computes.
fn compare(player: &mut Player<'_>) -> Result<usize, String> {
    let set = player.world.rules().map_err(|error| error.to_string())?;
    let world = &player.world;
    let (tables, schema) = (world.tables(), world.schema());
    let book = RuleBook::read(tables).unwrap();
    let now = world.now().unwrap();
    let domains: BTreeMap<u64, BTreeMap<String, String>> = dirsim_forest::lookup::domains(tables)
        .unwrap()
        .into_iter()
        .map(|(id, domain)| {
            let names = [("domain.fqdn", domain.fqdn), ("domain.netbios", domain.netbios)];
            (id, names.into_iter().map(|(name, text)| (name.to_owned(), text)).collect())
        })
        .collect();
    let mut judged = 0;
    for (id, object) in rows::after::<mv::MvObject>(tables, None, usize::MAX).unwrap() {
        // What every linked object says, by attribute.
        let mut said: BTreeMap<AttributeId, Vec<Contribution>> = BTreeMap::new();
        for link in &object.links {
            let staged = cs::get(tables, *link).unwrap().unwrap();
            let (connector, dn) = (cs::connector_of(*link), lookup::dn(tables, *link).unwrap());
            let looked = |view: View| {
                let mut image = image(&staged.view(view).to_entry(), &dn);
                for (attribute, to) in cs_links::targets(tables, *link, None, view).unwrap() {
                    image.entry(attribute).or_default().push(Value::Reference(to));
                }
                image
            };
            let subject = Plain {
                staged: looked(View::Imported),
                expected: looked(View::Unapplied),
                parameters: domains.get(&staged.partition).cloned().unwrap_or_default(),
                now,
            };
            if !staged.has_image() {
                continue;
            }
            let rules = chosen(&set, &subject.staged, |rule| {
                rule.direction == Direction::Inbound
                    && rule.connector == connector
                    && rule.cs_class == staged.class
                    && rule.link != LinkType::JoinNoFlow
            });
            for contribution in set.all_contributions(&rules, &subject, false) {
                said.entry(contribution.attribute).or_default().push(contribution);
            }
        }
        let mut metaverse = Image::new();
        for (attribute, all) in &said {
            if schema.is_reference(Side::Metaverse, *attribute) {
                let wanted = partners(tables, all);
                let held: BTreeSet<u64> = mv::targets(tables, &book, id, &object, *attribute)
                    .unwrap()
                    .into_iter()
                    .collect();
                judged += 1;
                if held != wanted {
                    return Err(format!(
                        "metaverse object {id}, {}: the engine refers to {held:?}, the rules to {wanted:?}",
                        schema.name(*attribute)
                    ));
                }
                metaverse.insert(*attribute, wanted.into_iter().map(Value::Reference).collect());
                continue;
            }
            let held = object.get(&book, *attribute).values().to_vec();
            metaverse.insert(*attribute, held.clone());
            let wanted = match resolve(all.iter().collect()) {
                Winner::Undecided => continue,
                Winner::Nothing => Vec::new(),
                Winner::Values(values) => values,
            };
            judged += 1;
            if sorted(&held) != sorted(&wanted) {
                return Err(format!(
                    "metaverse object {id}, {}: the engine holds {held:?}, the rules say {wanted:?}",
                    schema.name(*attribute)
                ));
            }
        }
        metaverse.retain(|_, values| !values.is_empty());
        for link in &object.links {
            judged += outbound(player, &set, &object, &metaverse, *link)?;
        }
    }
    judged += free_objects(player, &set)?;
    Ok(judged)
}

/// SE-179, SR-100: the references of the rule that comes first count, as far as they lead to
/// somebody in the metaverse; a rule whose references all lead nowhere says nothing.
fn partners(tables: &dyn Tables, all: &[Contribution]) -> BTreeSet<u64> {
    let mut by_precedence: Vec<&Contribution> = all.iter().collect();
    by_precedence.sort_by_key(|contribution| contribution.precedence);
    let mut found = BTreeSet::new();
    for contribution in by_precedence {
        let Outcome::Values(values) = &contribution.outcome else { continue };
        let targets = values.iter().filter_map(|value| match value {
            Value::Reference(cs) => cs::head(tables, *cs).unwrap(),
            _ => None,
        });
        found.extend(targets.map(|head| head.mv).filter(|mv| *mv != 0));
        if !found.is_empty() && !contribution.merge.unites() {
            break;
        }
    }
    found
}

/// SE-142, SE-144, SE-146: an object of a forest that is joined to nobody has no rule in scope that
/// could project it, and its criteria find nobody, or several.
fn free_objects(player: &Player<'_>, set: &RuleSet) -> Result<usize, String> {
    let (world, tables) = (&player.world, player.world.tables());
    let book = RuleBook::read(tables).unwrap();
    let people = rows::after::<mv::MvObject>(tables, None, usize::MAX).unwrap();
    let mut judged = 0;
    for connector in dirsim_sync::connector::all(tables).unwrap() {
        let objects = lookup::objects(tables, connector.id, None, usize::MAX).unwrap();
        for (id, staged) in objects {
            let waits = staged.import != ImportOp::None || staged.state != State::Normal;
            let here = !staged.is_placeholder() && !staged.flags.has(Flags::TRANSIENT);
            if staged.mv != 0 || waits || !here || !staged.has_image() {
                continue;
            }
            let dn = lookup::dn(tables, id).unwrap();
            let mut looked = image(&staged.view(View::Imported).to_entry(), &dn);
            for (attribute, to) in cs_links::targets(tables, id, None, View::Imported).unwrap() {
                looked.entry(attribute).or_default().push(Value::Reference(to));
            }
            let rules = chosen(set, &looked, |rule| {
                rule.direction == Direction::Inbound
                    && rule.connector == connector.id
                    && rule.cs_class == staged.class
            });
            let rules: Vec<&Rule> = rules.into_iter().map(|ix| set.rule(ix)).collect();
            let criteria = rules.iter().find(|rule| !rule.join.is_empty());
            let provisions = rules.iter().any(|rule| rule.link == LinkType::Provision);
            let has = |attribute: AttributeId| {
                staged.anchor.is_some() && is_anchor(world.schema().name(attribute))
                    || looked.get(&attribute).is_some_and(|values| !values.is_empty())
            };
            let attributes = criteria.iter().flat_map(|rule| &rule.join);
            let able = criteria.is_none()
                || attributes.flat_map(|group| &group.criteria).any(|one| has(one.cs_attribute));
            judged += 1;
            if provisions && able {
                return Err(format!("{dn} is joined to nobody although a rule projects it"));
            }
            for group in criteria.iter().flat_map(|rule| &rule.join) {
                let hits = people.iter().filter(|(_, person)| {
                    criteria.is_some_and(|rule| rule.mv_class == Some(person.class))
                        && group.criteria.iter().all(|one| {
                            let theirs = person.get(&book, one.mv_attribute).values().to_vec();
                            let mine = looked.get(&one.cs_attribute).cloned().unwrap_or_default();
                            let text = |value: &Value| {
                                let text = value.to_string();
                                if one.case_sensitive { text } else { text.to_lowercase() }
                            };
                            mine.iter().any(|mine| {
                                !text(mine).is_empty()
                                    && theirs.iter().any(|theirs| text(theirs) == text(mine))
                            })
                        })
                });
                if hits.count() == 1 {
                    return Err(format!("{dn} is joined to nobody although one person fits"));
                }
            }
        }
    }
    Ok(judged)
}

/// Attributes that stand for the anchor of an object and are in no image.
fn is_anchor(name: &str) -> bool {
    name.eq_ignore_ascii_case("objectGUID") || name.eq_ignore_ascii_case("cloudAnchor")
}

/// SE-172: what the engine wants the tenant to hold of an object is what the outbound rules say of
/// the metaverse object.
fn outbound(
    player: &Player<'_>,
    set: &RuleSet,
    object: &mv::MvObject,
    metaverse: &Image,
    link: u64,
) -> Result<usize, String> {
    let (world, connector) = (&player.world, cs::connector_of(link));
    let (tables, schema) = (world.tables(), world.schema());
    let staged = cs::get(tables, link).unwrap().unwrap();
    let attribute = |name: &str| schema.attribute(name).unwrap();
    let in_cloud =
        staged.image().is_some_and(|image| !image.get(attribute("blockOnPremisesSync")).is_empty());
    if staged.export == ExportOp::Delete || in_cloud {
        return Ok(0);
    }
    let forest = dirsim_sync::connector::get(tables, connector).unwrap().unwrap().is_forest();
    let side = if forest { Side::Forest } else { Side::Entra };
    let subject = Plain {
        staged: metaverse.clone(),
        expected: metaverse.clone(),
        parameters: BTreeMap::new(),
        now: world.now().unwrap(),
    };
    let rules = chosen(set, metaverse, |rule| {
        rule.direction == Direction::Outbound
            && rule.connector == connector
            && rule.cs_class == staged.class
            && rule.mv_class.is_none_or(|class| class == object.class)
    });
    let mut said: BTreeMap<AttributeId, Vec<Contribution>> = BTreeMap::new();
    for contribution in set.all_contributions(&rules, &subject, false) {
        said.entry(contribution.attribute).or_default().push(contribution);
    }
    let mut judged = 0;
    for (attribute, all) in said {
        let wanted = match resolve(all.iter().collect()) {
            Winner::Undecided => continue,
            Winner::Nothing => Vec::new(),
            Winner::Values(values) => values,
        };
        if attribute == well_known::DN {
            // SE-014, SE-174: the name follows from the anchor, and stays once it is there.
            continue;
        }
        if schema.is_reference(side, attribute) {
            judged += 1;
            let wanted = objects_in(tables, connector, &wanted);
            let held: BTreeSet<u64> =
                cs_links::targets(tables, link, Some(attribute), View::Unapplied)
                    .unwrap()
                    .into_iter()
                    .map(|(_, to)| to)
                    .collect();
            if held != wanted {
                return Err(format!(
                    "{}, {}: the engine wants references to {held:?}, the rules to {wanted:?}",
                    lookup::dn(tables, link).unwrap(),
                    schema.name(attribute)
                ));
            }
            continue;
        }
        if all.iter().any(|contribution| contribution.merge.unites()) {
            // What others wrote stays beside it (SR-092).
            let held = staged.view(View::Unapplied).to_vec(attribute);
            let missing = wanted.iter().find(|value| !held.contains(value));
            judged += 1;
            if let Some(missing) = missing {
                return Err(format!(
                    "{}, {}: the engine wants {held:?} without {missing:?}",
                    lookup::dn(tables, link).unwrap(),
                    schema.name(attribute)
                ));
            }
            continue;
        }
        let held = staged.view(View::Unapplied).to_vec(attribute);
        judged += 1;
        if sorted(&held) != sorted(&wanted) {
            return Err(format!(
                "{}, {}: the engine wants {held:?}, the rules say {wanted:?}",
                lookup::dn(tables, link).unwrap(),
                schema.name(attribute)
            ));
        }
    }
    Ok(judged)
}

/// SE-180: metaverse references become those objects of the connector that stand for their targets.
fn objects_in(tables: &dyn Tables, connector: u32, people: &[Value]) -> BTreeSet<u64> {
    people
        .iter()
        .filter_map(|value| match value {
            Value::Reference(person) => mv::head(tables, *person).unwrap(),
            _ => None,
        })
        .filter_map(|person| {
            person.links.into_iter().find(|object| cs::connector_of(*object) == connector)
        })
        .collect()
}

#[test]
fn a_naive_synchronization_agrees() {
    tell("naive", 4, 12, Plan::default(), naive);
}

fn naive(story: &Story, log: &mut Vec<String>) -> Verdict {
    let mut player = Player::in_memory(story, log);
    rounds(&mut player, story, Diet::Edits)?;
    for _ in 0..2 {
        player.cycle(Policy::Delta)?;
    }
    if has_sync_errors(&player.world) {
        return player.leave();
    }
    let judged = compare(&mut player)?;
    if judged == 0 { player.leave() } else { Ok(()) }
}
