//! The names by which people know objects.

use dirsim_model::AttributeId;
use dirsim_model::attribute::well_known;
use dirsim_store::{StoreResult, Tables, rows};
use dirsim_sync::CsObject;
use dirsim_sync::images::View;

/// Attributes that name an object, the most telling one first.
const NAMING: [AttributeId; 6] = [
    well_known::USER_PRINCIPAL_NAME,
    well_known::MAIL,
    well_known::DISPLAY_NAME,
    well_known::CN,
    well_known::NAME,
    well_known::SAM_ACCOUNT_NAME,
];

/// Returns the name of a connector space object: its UPN, else its mail, else its display name;
/// `None` when it has none of these, or does not exist.
pub fn of_cs(tables: &dyn Tables, cs: u64) -> StoreResult<Option<String>> {
    let Some(object) = rows::get::<CsObject>(tables, cs)? else { return Ok(None) };
    let view = object.view(View::Unapplied);
    Ok(NAMING.iter().find_map(|attribute| view.text(*attribute)))
}
