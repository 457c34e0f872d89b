//! What the installation wizard was told about identity (SE-187, SE-288, SE-312).

use dirsim_model::Side;
use dirsim_world::{IdentityChoice, Input, ServerEdit};

use super::Builder;
use crate::file::{AnchorGiven, Scenario};

impl Builder<'_> {
    /// Adds the choices, behind the forests and the tenant that the wizard looks at.
    pub(super) fn installation(&mut self, scenario: &Scenario, inputs: &mut Vec<Input>) {
        let server = &scenario.given.server;
        let mut choices = Vec::new();
        let tenant = scenario.given.tenant.as_ref();
        if let Some(name) = tenant.and_then(|tenant| tenant.remembers_anchor.as_ref()) {
            choices.push(IdentityChoice::Remembered(name.value.clone()));
        }
        if server.source_anchor == Some(AnchorGiven::Automatic) {
            choices.push(IdentityChoice::AutomaticAnchor);
        }
        for (name, choice) in [
            (&server.anchor_attribute, IdentityChoice::Anchor as fn(_) -> _),
            (&server.alternate_id, IdentityChoice::UserName),
            (&server.matching_attribute, IdentityChoice::Matching),
        ] {
            if let Some(name) = name {
                choices.extend(self.attribute(name, Side::Forest, &[]).map(choice));
            }
        }
        let edits = choices.into_iter().map(|choice| Input::Server(ServerEdit::Identity(choice)));
        inputs.extend(edits);
    }
}
