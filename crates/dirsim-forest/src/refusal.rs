//! The refusals of the directory: error names and the texts that people search for
//! (`interfaces.md` 5.1).

use std::fmt::Display;

use dirsim_store::StoreError;

use crate::ForestRefusal;

/// Why an edit ended: the directory said no, or the store failed.
#[derive(Debug)]
pub(crate) enum Fail {
    /// The simulated product refused.
    Refused(ForestRefusal),
    /// The store cannot be read or written.
    Store(StoreError),
}

/// The result of a part of an edit.
pub(crate) type Step<T> = Result<T, Fail>;

impl From<ForestRefusal> for Fail {
    fn from(refusal: ForestRefusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<StoreError> for Fail {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

const NOT_FOUND: &str = "ADIdentityNotFoundException";
const EXISTS: &str = "ADIdentityAlreadyExistsException";
const INVALID: &str = "ADInvalidOperationException";
const PLAIN: &str = "ADException";
const DENIED: &str = "UnauthorizedAccessException";

fn refuse(name: &'static str, rule: &'static str, message: String) -> ForestRefusal {
    ForestRefusal { name, message, rule }
}

pub(crate) fn not_found(identity: impl Display, under: impl Display) -> ForestRefusal {
    let message = format!("Cannot find an object with identity: '{identity}' under: '{under}'.");
    refuse(NOT_FOUND, "SE-037", message)
}

pub(crate) fn no_forest(forest: &str) -> ForestRefusal {
    refuse(NOT_FOUND, "SE-035", format!("Cannot find a forest with identity: '{forest}'."))
}

pub(crate) fn forest_exists(fqdn: &str, holder: &str) -> ForestRefusal {
    let message = format!("A domain named '{fqdn}' is there already, in the forest '{holder}'.");
    refuse(EXISTS, "SE-035", message)
}

pub(crate) fn no_container(dn: impl Display) -> ForestRefusal {
    refuse(NOT_FOUND, "SE-041", format!("Directory object not found: there is no '{dn}'."))
}

pub(crate) fn no_partition(dn: impl Display, partitions: &[String]) -> ForestRefusal {
    let partitions = partitions.join(" , ");
    let message = format!(
        "The supplied distinguishedName must belong to one of the following partition(s): '{partitions}'. The name is '{dn}'."
    );
    refuse(PLAIN, "SE-035", message)
}

pub(crate) fn access_denied(dn: impl Display) -> ForestRefusal {
    let message = format!("Access is denied: '{dn}' is protected from accidental deletion.");
    refuse(DENIED, "interfaces 5.1", message)
}

pub(crate) fn bad_name(name: impl Display, why: &str) -> ForestRefusal {
    let message = format!("The object name has bad syntax: '{name}' {why}.");
    refuse(PLAIN, "SE-040", message)
}

pub(crate) fn name_in_use(dn: impl Display) -> ForestRefusal {
    let message = format!(
        "An attempt was made to add an object to the directory with a name that is already in use: '{dn}'."
    );
    refuse(PLAIN, "SE-041", message)
}

pub(crate) fn account_exists(
    name: &str,
    newcomer: impl Display,
    holder: impl Display,
) -> ForestRefusal {
    let message = format!(
        "The specified account already exists: the sAMAccountName '{name}' of '{newcomer}' is taken by '{holder}'."
    );
    refuse(EXISTS, "SE-041", message)
}

pub(crate) fn upn_taken(upn: &str, newcomer: impl Display, holder: impl Display) -> ForestRefusal {
    let message = format!(
        "The operation failed because UPN value provided for addition/modification is not unique forest-wide (8648): '{upn}' of '{newcomer}' is taken by '{holder}'."
    );
    refuse(PLAIN, "SE-041", message)
}

pub(crate) fn identifier_taken(
    attribute: &str,
    value: impl Display,
    newcomer: impl Display,
    holder: impl Display,
) -> ForestRefusal {
    let message = format!(
        "The specified object already exists: the {attribute} {value} of '{newcomer}' is taken by '{holder}'."
    );
    refuse(EXISTS, "SE-037", message)
}

pub(crate) fn one_value_only(attribute: &str) -> ForestRefusal {
    let message = format!(
        "Multiple values were specified for an attribute that can have only one value: '{attribute}'."
    );
    refuse(PLAIN, "SE-041", message)
}

pub(crate) fn no_such_value(attribute: &str) -> ForestRefusal {
    let message = format!(
        "The specified directory service attribute or value does not exist: '{attribute}'."
    );
    refuse(PLAIN, "interfaces 5.1", message)
}

pub(crate) fn not_a_member(account: impl Display, group: impl Display) -> ForestRefusal {
    let message = format!(
        "The specified account name is not a member of the group: '{account}' in '{group}'."
    );
    refuse(PLAIN, "SE-048", message)
}

pub(crate) fn not_a_member_for_primary(
    account: impl Display,
    group: impl Display,
) -> ForestRefusal {
    let message = format!(
        "The specified user account is not a member of the specified group account: '{account}' cannot have '{group}' as its primary group."
    );
    refuse(PLAIN, "SE-052", message)
}

pub(crate) fn already_a_member(account: impl Display, group: impl Display) -> ForestRefusal {
    let message = format!(
        "The specified account name is already a member of the group: '{group}' is the primary group of '{account}'."
    );
    refuse(PLAIN, "SE-052", message)
}

pub(crate) fn owned_by_system(attribute: &str) -> ForestRefusal {
    let message = format!(
        "The attribute cannot be modified because it is owned by the system: '{attribute}'."
    );
    refuse(PLAIN, "SE-047", message)
}

pub(crate) fn naming_attribute(attribute: &str) -> ForestRefusal {
    let message = format!(
        "The directory service cannot perform the requested operation on the RDN attribute of an object: '{attribute}'. Rename the object instead."
    );
    refuse(PLAIN, "SE-040", message)
}

pub(crate) fn bad_value(attribute: &str, value: impl Display) -> ForestRefusal {
    let message = format!(
        "The attribute syntax specified to the directory service is invalid: '{value}' for '{attribute}'."
    );
    refuse(PLAIN, "interfaces 2.1", message)
}

pub(crate) fn out_of_range(attribute: &str, limit: usize) -> ForestRefusal {
    let message = format!(
        "A value for the attribute was not in the acceptable range of values: '{attribute}' holds at most {limit} characters."
    );
    refuse(PLAIN, "interfaces 5.1", message)
}

pub(crate) fn illegal_modify(rule: &'static str, why: impl Display) -> ForestRefusal {
    let message = format!(
        "Illegal modify operation. Some aspect of the modification is not permitted: {why}."
    );
    refuse(INVALID, rule, message)
}

pub(crate) fn parent_gone(parent: impl Display) -> ForestRefusal {
    let message = format!(
        "The operation could not be performed because the object's parent is either uninstantiated or deleted: '{parent}'."
    );
    refuse(PLAIN, "SE-062", message)
}

pub(crate) fn not_a_leaf(dn: impl Display) -> ForestRefusal {
    let message = format!(
        "The directory service can perform the requested operation only on a leaf object: '{dn}' has objects below it."
    );
    refuse(PLAIN, "SE-041", message)
}

pub(crate) fn illegal_superior(dn: impl Display, parent: impl Display) -> ForestRefusal {
    let message = format!(
        "The object cannot be added because the parent is not on the list of possible superiors: '{dn}' below '{parent}'."
    );
    refuse(PLAIN, "SE-041", message)
}

pub(crate) fn built_in(dn: impl Display) -> ForestRefusal {
    let message = format!("Cannot perform this operation on built-in accounts: '{dn}'.");
    refuse(PLAIN, "SE-042", message)
}

pub(crate) fn unwilling(rule: &'static str, why: impl Display) -> ForestRefusal {
    let message = format!("The server is unwilling to process the request: {why}.");
    refuse(INVALID, rule, message)
}

pub(crate) fn nesting(why: &str) -> ForestRefusal {
    refuse(PLAIN, "SE-046", format!("{why}."))
}

pub(crate) fn group_type(value: i64) -> ForestRefusal {
    let message =
        format!("The specified group type is invalid: {value} must have exactly one scope bit.");
    refuse(PLAIN, "SE-045", message)
}
