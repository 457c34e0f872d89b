//! dirsim's remark when an administrator stamps an anchor that the server will never send (ET-194).

use dirsim_model::Schema;
use dirsim_rules::AnchorMode;
use dirsim_store::{Tables, rows};
use dirsim_tenant::TenantEdit;
use dirsim_tenant::answer::Note;

use crate::error::WorldError;
use crate::find;
use crate::input::Setup;
use crate::world::SETUP;

/// Returns a note when the stamped onPremisesImmutableId is the objectGUID of an account whose
/// mS-DS-ConsistencyGuid is another one and the server takes its anchors from there.
pub(crate) fn note(
    tables: &dyn Tables,
    schema: &Schema,
    edit: &TenantEdit,
) -> Result<Option<Note>, WorldError> {
    let TenantEdit::Update { changes, .. } = edit else { return Ok(None) };
    let stamped = changes.iter().find_map(|(property, values)| {
        let text = values.first()?.as_ref().as_text()?.to_owned();
        schema.name(*property).eq_ignore_ascii_case("onPremisesImmutableId").then_some(text)
    });
    let Some(stamped) = stamped.map(dirsim_model::SourceAnchor::new) else { return Ok(None) };
    let mode = rows::meta::<Setup>(tables, SETUP)?.map(|setup| setup.rules.anchor_mode);
    if mode != Some(AnchorMode::ConsistencyGuid) {
        return Ok(None);
    }
    let Ok(decoded) = stamped.decode() else { return Ok(None) };
    let Some(id) = dirsim_forest::lookup::by_guid(tables, decoded.guid)? else { return Ok(None) };
    let Some(account) = dirsim_forest::lookup::object(tables, id)? else { return Ok(None) };
    let sent = find::source_anchor(&account);
    if sent == stamped {
        return Ok(None);
    }
    let dn = dirsim_forest::lookup::dn(tables, id)?;
    Ok(Some(Note {
        code: "ANCHOR-SOURCE-MISMATCH".to_owned(),
        text: format!(
            "{stamped} is the objectGUID of {dn}, but the server sends its mS-DS-ConsistencyGuid, {sent}; the stamped value will not match"
        ),
        rule: "ET-194".to_owned(),
    }))
}
