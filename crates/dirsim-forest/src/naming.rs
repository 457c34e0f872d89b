//! Names: the leaf of a DN, and the name that a deleted object takes (SE-040, SE-058).

use dirsim_model::attribute::well_known;
use dirsim_model::dn::Rdn;
use dirsim_model::{AttributeId, ClassId, Guid, Schema, Value};

use crate::{ForestRefusal, class, refusal};

/// Characters that a leaf may have (SE-040).
const LONGEST_NAME: usize = 64;
/// Characters that a leaf may have once the directory itself has written into it.
const LONGEST_MANGLED_NAME: usize = 255;

/// Checks the leaf of a name that an administrator gives to an object (SE-040).
pub(crate) fn check(rdn: &Rdn, class: ClassId) -> Result<(), ForestRefusal> {
    let expected = class::naming_attribute(class);
    if !rdn.attribute.eq_ignore_ascii_case(expected) {
        return Err(refusal::bad_name(rdn, &format!("must begin with {expected}=")));
    }
    check_length(rdn)
}

/// Checks the length of a leaf; names that a conflict or a deletion made are longer (SE-043).
pub(crate) fn check_length(rdn: &Rdn) -> Result<(), ForestRefusal> {
    let longest = if rdn.value.contains('\n') { LONGEST_MANGLED_NAME } else { LONGEST_NAME };
    let length = rdn.value.chars().count();
    if length == 0 || length > longest {
        return Err(refusal::bad_name(
            rdn,
            &format!("has {length} characters, the directory takes 1 to {longest}"),
        ));
    }
    Ok(())
}

/// Returns the leaf of a deleted object: old name, line feed, `DEL:` and the GUID (SE-058).
pub(crate) fn of_deleted(rdn: &Rdn, guid: Guid) -> Rdn {
    Rdn::new(rdn.attribute.clone(), format!("{}\nDEL:{guid}", rdn.value))
}

/// Returns the leaf that a mangled one was made from.
pub(crate) fn before_deletion(rdn: &Rdn) -> Rdn {
    let value = rdn.value.split('\n').next().unwrap_or_default();
    Rdn::new(rdn.attribute.clone(), value)
}

/// Returns the attributes that repeat the leaf: `name`, and the naming attribute itself.
pub(crate) fn attributes(schema: &Schema, rdn: &Rdn) -> Vec<(AttributeId, Vec<Value>)> {
    let value = || vec![Value::text(rdn.value.clone())];
    let mut attributes = vec![(well_known::NAME, value())];
    attributes.extend(schema.attribute(&rdn.attribute).map(|id| (id, value())));
    attributes
}
