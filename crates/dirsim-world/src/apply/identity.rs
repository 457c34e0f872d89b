//! The choices of the installation wizard about identity: source anchor, user name, how accounts of
//! one person are found (SE-187, SE-288 to SE-297, SE-312, SE-320).
//!
//! The tenant remembers the anchor, so that a second installation takes the same one.

use std::collections::BTreeMap;

use dirsim_forest::ForestObject;
use dirsim_model::attribute::well_known as a;
use dirsim_model::{AttributeId, Schema, Side, Syntax};
use dirsim_rules::{AnchorMode, RuleFile, RuleSet, UserMatching};
use dirsim_store::{StoreResult, Tables, rows};
use dirsim_sync::server;
use serde::Deserialize;

use super::{Effect, Scene};
use crate::error::WorldError;
use crate::event::Refusal;
use crate::input::{IdentityChoice, Setup};
use crate::rules;
use crate::world::SETUP;

/// Name of the meta record in which the tenant remembers the attribute of the source anchor.
const REMEMBERED: &str = "tenant-source-anchor";
/// Name of the meta record that says that the next forest is taken without a look at its anchors.
const SKIP: &str = "sync-skip-anchor-check";
/// Objects read at once.
const PAGE: usize = 1_000;

/// The rules that a choice adds.
const CUSTOM_ANCHOR: (&str, &str) = (
    "config/installation/custom-anchor.yaml",
    include_str!("../../../../config/installation/custom-anchor.yaml"),
);
const ALTERNATE_ID: (&str, &str) = (
    "config/installation/alternate-id.yaml",
    include_str!("../../../../config/installation/alternate-id.yaml"),
);

/// What the wizard refuses, from `config/installation/identity.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Limits {
    not_as_anchor: Vec<String>,
    anchor_length_max: usize,
    other_character_counts: usize,
    anchor_forbids: String,
}

impl Limits {
    fn shipped() -> Self {
        let text = include_str!("../../../../config/installation/identity.yaml");
        serde_saphyr::from_str(text).expect("the shipped file is read by a test")
    }
}

fn refused(message: impl Into<String>, rule: &'static str) -> Effect {
    Effect::refused(Refusal::Server { message: message.into(), rule })
}

/// Applies a choice to the server in use.
pub(super) fn choose(scene: &mut Scene<'_>, choice: &IdentityChoice) -> Result<Effect, WorldError> {
    match choice {
        IdentityChoice::AutomaticAnchor => automatic(scene),
        IdentityChoice::Anchor(attribute) => anchor(scene, *attribute),
        IdentityChoice::SwitchToConsistencyGuid { skip_check } => switch(scene, *skip_check),
        IdentityChoice::UserName(attribute) => user_name(scene, *attribute),
        IdentityChoice::Matching(attribute) => matching(scene, *attribute),
        IdentityChoice::Remembered(name) => {
            rows::put_meta(scene.tables, REMEMBERED, name)?;
            Ok(Effect::default())
        }
        IdentityChoice::SkipForestCheck => {
            rows::put_meta(scene.tables, SKIP, &true)?;
            Ok(Effect::default())
        }
    }
}

/// The choice of the wizard: what the tenant remembers, else ConsistencyGuid while no object uses
/// it, else objectGUID (SE-288). A memory that nobody knows stops express settings (SE-289).
fn automatic(scene: &mut Scene<'_>) -> Result<Effect, WorldError> {
    let remembered: Option<String> = rows::meta(scene.tables, REMEMBERED)?;
    let attribute = match remembered {
        Some(name) => match scene.schema.attribute(&name) {
            Some(known) => known,
            None => {
                let message = "The source anchor of an earlier installation could not be read from \
                               the tenant. Express settings cannot continue; customize the \
                               installation and choose the attribute by hand.";
                return Ok(refused(message, "SE-289"));
            }
        },
        None if in_use(scene.tables, None)?.is_some() => a::OBJECT_GUID,
        None => a::CONSISTENCY_GUID,
    };
    anchor(scene, attribute)
}

/// Takes an attribute as source anchor and has the tenant remember it.
fn anchor(scene: &mut Scene<'_>, attribute: AttributeId) -> Result<Effect, WorldError> {
    let name = scene.schema.name(attribute).to_owned();
    if !matches!(attribute, a::CONSISTENCY_GUID | a::OBJECT_GUID)
        && let Some((reason, rule)) = unfit(scene.tables, scene.schema, attribute)?
    {
        let message = format!("'{name}' cannot be the source anchor: {reason}.");
        return Ok(refused(message, rule));
    }
    let effect = change(scene, |setup| {
        setup.rules.anchor_mode = match attribute {
            a::CONSISTENCY_GUID => AnchorMode::ConsistencyGuid,
            _ => AnchorMode::ObjectGuid,
        };
        let own = !matches!(attribute, a::CONSISTENCY_GUID | a::OBJECT_GUID);
        on_top(setup, CUSTOM_ANCHOR, own.then_some(&name));
    })?;
    rows::put_meta(scene.tables, REMEMBERED, &name)?;
    let own = !matches!(attribute, a::CONSISTENCY_GUID | a::OBJECT_GUID);
    keep(scene, |identity| identity.anchor = own.then_some(name))?;
    Ok(effect)
}

/// Why an attribute cannot be the source anchor, with the rule that says so.
fn unfit(
    tables: &dyn Tables,
    schema: &Schema,
    attribute: AttributeId,
) -> StoreResult<Option<(String, &'static str)>> {
    let limits = Limits::shipped();
    let name = schema.name(attribute);
    if limits.not_as_anchor.iter().any(|known| known.eq_ignore_ascii_case(name)) {
        let reason = "attributes that hold an @ or a name are not in the list".to_owned();
        return Ok(Some((reason, "SE-293")));
    }
    if schema.is_multi_valued(Side::Forest, attribute) {
        return Ok(Some(("it holds several values".to_owned(), "SE-292")));
    }
    if schema.syntax(Side::Forest, attribute) != Syntax::Text {
        return Ok(None);
    }
    let mut seen: BTreeMap<String, u64> = BTreeMap::new();
    let mut found = None;
    each(tables, |id, object| {
        let Some(value) = object.entry.text(attribute) else { return };
        let length: usize = value
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { 1 } else { limits.other_character_counts })
            .sum();
        let forbidden = value.chars().find(|c| limits.anchor_forbids.contains(*c));
        let reason = if value.contains('@') {
            Some((format!("`{value}` holds an @"), "SE-293"))
        } else if let Some(c) = forbidden {
            Some((format!("`{value}` holds `{c}`"), "SE-292"))
        } else if length >= limits.anchor_length_max {
            let max = limits.anchor_length_max;
            Some((format!("`{value}` counts {length} characters, fewer than {max} fit"), "SE-292"))
        } else if seen.insert(value.to_owned(), id).is_some() {
            Some((format!("`{value}` stands on two objects"), "SE-292"))
        } else {
            None
        };
        if found.is_none() {
            found = reason;
        }
    })?;
    Ok(found)
}

/// The task that takes an installation from objectGUID to ConsistencyGuid, once (SE-296). Values do
/// not change: what is written is the objectGUID.
fn switch(scene: &mut Scene<'_>, skip_check: bool) -> Result<Effect, WorldError> {
    let setup: Setup =
        rows::meta(scene.tables, SETUP)?.ok_or(WorldError::NothingLoaded("setup"))?;
    let own = setup.rule_files.iter().flatten().any(|file| file.path == CUSTOM_ANCHOR.0);
    if setup.rules.anchor_mode != AnchorMode::ObjectGuid || own {
        let message =
            "The task is offered to installations with objectGUID as source anchor, once.";
        return Ok(refused(message, "SE-296"));
    }
    if !skip_check && let Some(user) = in_use(scene.tables, None)? {
        return Ok(refused(in_use_text(&user), "SE-296"));
    }
    anchor(scene, a::CONSISTENCY_GUID)
}

fn in_use_text(user: &str) -> String {
    format!(
        "mS-DS-ConsistencyGuid is in use already, on {user} for one. Another application may write \
         it; continue with the skip switch when its values are yours."
    )
}

/// The attribute that becomes the cloud user name (SE-312).
fn user_name(scene: &mut Scene<'_>, attribute: AttributeId) -> Result<Effect, WorldError> {
    let name = scene.schema.name(attribute).to_owned();
    let single = !scene.schema.is_multi_valued(Side::Forest, attribute)
        && scene.schema.syntax(Side::Forest, attribute) == Syntax::Text;
    if !single {
        let message =
            format!("'{name}' cannot be the user name: it is no text with a single value.");
        return Ok(refused(message, "SE-312"));
    }
    let own = attribute != a::USER_PRINCIPAL_NAME;
    let effect = change(scene, |setup| on_top(setup, ALTERNATE_ID, own.then_some(&name)))?;
    keep(scene, |identity| identity.user_name = own.then_some(name))?;
    Ok(effect)
}

/// Keeps what was chosen, for those who ask the server later.
fn keep(scene: &mut Scene<'_>, edit: impl FnOnce(&mut server::Identity)) -> StoreResult<()> {
    let mut identity = server::identity(scene.tables)?;
    edit(&mut identity);
    server::put_identity(scene.tables, &identity)
}

/// The attribute by which accounts of one person are found (SE-187, option 5): it stands where the
/// option of the mail address has its own.
fn matching(scene: &mut Scene<'_>, attribute: AttributeId) -> Result<Effect, WorldError> {
    let name = scene.schema.name(attribute).to_owned();
    let effect = change(scene, |setup| {
        setup.rules.user_matching = UserMatching::Mail;
        let files = setup.rule_files.get_or_insert_with(RuleSet::default_files);
        for file in files {
            file.text = file
                .text
                .replace("[mail = mail]", &format!("[{name} = {name}]"))
                .replace("mail ISNOTNULL", &format!("{name} ISNOTNULL"));
        }
    })?;
    keep(scene, |identity| identity.matching = Some(name))?;
    Ok(effect)
}

/// Puts the rules of a choice on top of the set, or takes them away.
fn on_top(setup: &mut Setup, (path, text): (&str, &str), attribute: Option<&String>) {
    if attribute.is_none() && setup.rule_files.is_none() {
        return;
    }
    let files = setup.rule_files.get_or_insert_with(RuleSet::default_files);
    files.retain(|file| file.path != path);
    if let Some(attribute) = attribute {
        let text = text.replace("{attribute}", attribute);
        files.push(RuleFile { path: path.to_owned(), text });
    }
}

/// Changes how the server was set up and marks the connectors whose rules change with it.
fn change(scene: &mut Scene<'_>, edit: impl FnOnce(&mut Setup)) -> Result<Effect, WorldError> {
    let events = rules::set_up_anew(scene.tables, scene.schema, edit)?;
    Ok(Effect::events(events).stale())
}

/// Returns an object of a forest, of all forests for `None`, that has mS-DS-ConsistencyGuid.
fn in_use(tables: &dyn Tables, domains: Option<&[u64]>) -> StoreResult<Option<String>> {
    let mut found = None;
    each(tables, |id, object| {
        let here = domains.is_none_or(|domains| domains.contains(&object.domain));
        if found.is_none() && here && !object.entry.get(a::CONSISTENCY_GUID).is_empty() {
            found = Some(id);
        }
    })?;
    found.map(|id| Ok(dirsim_forest::lookup::dn(tables, id)?.to_string())).transpose()
}

fn each(tables: &dyn Tables, mut visit: impl FnMut(u64, &ForestObject)) -> StoreResult<()> {
    let mut after = None;
    loop {
        let page: Vec<(u64, ForestObject)> = rows::after(tables, after, PAGE)?;
        let Some((last, _)) = page.last() else { return Ok(()) };
        after = Some(*last);
        for (id, object) in &page {
            if object.deleted.is_none() {
                visit(*id, object);
            }
        }
    }
}

/// Refuses a forest that is added to a deployment with ConsistencyGuid and uses the attribute
/// already (SE-297).
pub(super) fn check_forest(
    tables: &mut dyn Tables,
    domains: &[u64],
) -> Result<Option<Refusal>, WorldError> {
    let remembered: Option<String> = rows::meta(tables, REMEMBERED)?;
    let skip = rows::meta::<bool>(tables, SKIP)?.unwrap_or(false);
    rows::put_meta(tables, SKIP, &false)?;
    if skip || remembered.as_deref() != Some("mS-DS-ConsistencyGuid") {
        return Ok(None);
    }
    let found = in_use(tables, Some(domains))?;
    Ok(found.map(|user| Refusal::Server { message: in_use_text(&user), rule: "SE-297" }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_limits_are_read() {
        let limits = Limits::shipped();
        assert_eq!((limits.anchor_length_max, limits.other_character_counts), (60, 3));
        assert!(limits.not_as_anchor.contains(&"userPrincipalName".to_owned()));
        for c in "\\!#$%&*+/=?^{}~<>()';:,[]\"@_`|".chars() {
            assert!(limits.anchor_forbids.contains(c), "{c}");
        }
    }
}
