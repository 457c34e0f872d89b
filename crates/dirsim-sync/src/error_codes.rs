//! The codes that the engine puts beside the names of its own errors.

/// Names of errors and their codes, as run history and event log show them (SE-148, SE-153, SE-154,
/// SE-168, SE-175, SE-182). Errors of rules that call `Error` have none.
const CODES: &[(&str, &str)] = &[
    ("ambiguous-export-flow-to-single-valued-attribute", "0x80230514"),
    ("ambiguous-import-flow-from-multiple-connectors", "0x80230521"),
    (PROVISIONING_LIMIT, "0x8023022e"),
    ("flow-multi-values-to-single-value", "0x80230523"),
    ("mv-constraint-violation", "0x8023042a"),
];

/// The error of provisioning that asks for itself again and again (SE-175).
pub(crate) const PROVISIONING_LIMIT: &str = "extension-provisioning-call-limit-reached";

/// Returns the code of an error; empty for one without.
pub(crate) fn code(error_type: &str) -> &'static str {
    CODES.iter().find(|(name, _)| *name == error_type).map_or("", |(_, code)| code)
}
