//! What the directory knows about object classes (SE 2.2).

use dirsim_model::schema::class;
use dirsim_model::{ClassId, Schema};

/// Returns whether objects of the class have a SID and an account name (SE-038).
pub(crate) fn is_principal(id: ClassId) -> bool {
    matches!(id, class::USER | class::INET_ORG_PERSON | class::GROUP | class::COMPUTER)
}

/// Returns whether objects of the class are accounts, with userAccountControl and a primary group.
pub(crate) fn is_account(id: ClassId) -> bool {
    matches!(id, class::USER | class::INET_ORG_PERSON | class::COMPUTER)
}

/// Returns whether the class exists to hold others.
pub(crate) fn is_container(id: ClassId) -> bool {
    matches!(id, class::ORGANIZATIONAL_UNIT | class::CONTAINER | class::DOMAIN)
}

/// Returns whether objects may lie below one of the class.
pub(crate) fn may_hold_others(id: ClassId) -> bool {
    !matches!(
        id,
        class::USER
            | class::INET_ORG_PERSON
            | class::GROUP
            | class::CONTACT
            | class::FOREIGN_SECURITY_PRINCIPAL
    )
}

/// Returns the attribute that the leaf of a name carries (SE-040).
pub(crate) fn naming_attribute(id: ClassId) -> &'static str {
    match id {
        class::ORGANIZATIONAL_UNIT => "OU",
        class::DOMAIN => "DC",
        _ => "CN",
    }
}

/// Returns the values of objectClass, from `top` to the most specific one.
pub(crate) fn lineage(schema: &Schema, id: ClassId) -> Vec<&str> {
    let mut classes = vec!["top"];
    classes.extend_from_slice(match id {
        class::USER | class::CONTACT => &["person", "organizationalPerson"],
        class::INET_ORG_PERSON | class::COMPUTER => &["person", "organizationalPerson", "user"],
        class::DOMAIN => &["domain"],
        _ => &[],
    });
    classes.push(schema.class_name(id));
    classes
}
