//! The group filter of a pilot: who is no direct member is filtered from the cloud (SE-323, SE-331).

use dirsim_model::{Dn, Guid};
use dirsim_rules::{
    ClauseDefinition, Direction, FlowDefinition, FlowKind, LinkType, MergeType, RuleDefinition,
    RuleEdit, RulePlace,
};
use dirsim_store::rows;

use super::{Effect, Scene, find_connector};
use crate::error::WorldError;
use crate::event::Refusal;
use crate::rules;

/// Name of the meta record that remembers the filters that were switched off (SE-331).
const OFF: &str = "sync-pilot-ended";
/// Classes that the filter holds back, and the metaverse class each becomes.
const CLASSES: &[(&str, &str)] =
    &[("user", "person"), ("inetOrgPerson", "person"), ("contact", "person"), ("group", "group")];

/// Returns the identity of the rule for a class: it follows from that of the connector.
fn identity(connector: Guid, at: usize) -> Guid {
    let mut bytes = *connector.as_bytes();
    for (byte, part) in bytes.iter_mut().rev().zip((at as u64 + 1).rotate_left(20).to_le_bytes()) {
        *byte ^= part;
    }
    Guid::from_bytes(bytes)
}

/// Sets or ends the group filter of a forest connector. It is a rule per class, before all others,
/// that contributes `cloudFiltered`.
pub(super) fn set(
    scene: &mut Scene<'_>,
    name: &str,
    group: Option<&Dn>,
) -> Result<Effect, WorldError> {
    let connector = find_connector(scene.tables, name)?;
    let mut ended: Vec<u32> = rows::meta(scene.tables, OFF)?.unwrap_or_default();
    if group.is_some() && ended.contains(&connector.id) {
        return Ok(Effect::refused(Refusal::Server {
            message: "Group filtering was switched off and cannot be switched on again.".to_owned(),
            rule: "SE-331",
        }));
    }
    let mut events = Vec::new();
    for (at, (class, metaverse)) in CLASSES.iter().enumerate() {
        let name = format!("In from AD - {class} Pilot Filter");
        let id = identity(connector.guid, at);
        let edit = match group {
            None => RuleEdit::Remove(id),
            Some(group) => RuleEdit::Put {
                rule: Box::new(RuleDefinition {
                    id,
                    name,
                    description: format!(
                        "Only direct members of {group} reach the cloud (SE-323)."
                    ),
                    tag: String::new(),
                    version: 1,
                    direction: Direction::Inbound,
                    connector: connector.guid,
                    cs_class: (*class).to_owned(),
                    mv_class: (*metaverse).to_owned(),
                    link: LinkType::Join,
                    precedence: u32::try_from(at + 1).unwrap_or(1),
                    disabled: false,
                    password_sync: false,
                    soft_delete_expiry_ms: 0,
                    scope: vec![vec![ClauseDefinition {
                        attribute: "dn".to_owned(),
                        operator: "ISNOTMEMBEROF".to_owned(),
                        value: group.to_string(),
                    }]],
                    join: Vec::new(),
                    flows: vec![FlowDefinition {
                        target: "cloudFiltered".to_owned(),
                        kind: FlowKind::Constant,
                        source: "True".to_owned(),
                        merge: MergeType::Update,
                        apply_once: false,
                    }],
                }),
                place: RulePlace::Kept,
            },
        };
        match rules::edit(scene.tables, scene.schema, &edit)? {
            Ok(made) => events.extend(made),
            Err(refusal) => return Ok(Effect::refused(refusal)),
        }
    }
    if group.is_none() {
        ended.push(connector.id);
        rows::put_meta(scene.tables, OFF, &ended)?;
    }
    Ok(Effect::events(events).stale())
}
