//! `Enable-` and `Disable-ADAccount` (SE-044).

use crate::spec::{CommandSpec, Parameter as P, ParameterKind as K};

use super::ad_user;

const PARAMETERS: &[P] = &[
    P::text("Identity").at(0).required(),
    P::switch("PassThru"),
    P::text("Server"),
    P::new("Credential", K::Any).ignored(),
];

/// `Enable-ADAccount`.
pub(super) static ENABLE: CommandSpec = CommandSpec {
    name: "Enable-ADAccount",
    aliases: &[],
    module: "ActiveDirectory",
    summary: "Enables an account",
    example: "Enable-ADAccount ann",
    parameters: PARAMETERS,
    sets: &[],
    run: |session, bound| ad_user::set_enabled(session, bound, true),
};

/// `Disable-ADAccount`.
pub(super) static DISABLE: CommandSpec = CommandSpec {
    name: "Disable-ADAccount",
    aliases: &[],
    module: "ActiveDirectory",
    summary: "Disables an account",
    example: "Disable-ADAccount ann",
    parameters: PARAMETERS,
    sets: &[],
    run: |session, bound| ad_user::set_enabled(session, bound, false),
};
