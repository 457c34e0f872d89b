//! The object that a rule reads.

use std::borrow::Cow;

use dirsim_model::{AttributeId, AttributeSet, AttributeTable, Timestamp, Values};

/// The object a rule reads: a `CsObject` inbound, an `MvObject` outbound.
///
/// Reference attributes come as [`Value::Reference`](dirsim_model::Value::Reference) keys; for a flow
/// that takes one over as it is, a subject may answer with one value in place of many, as the flow
/// only asks whether there is any (see [`Resolved`](crate::Resolved)). The distinguished name comes
/// as text under [`well_known::DN`](dirsim_model::attribute::well_known::DN).
pub trait Subject {
    /// The attributes that may have a value in any of the views below; every other attribute has
    /// none. `None` when that is not known: then every flow is asked.
    fn present(&self) -> Option<AttributeSet> {
        None
    }

    /// Adds the values that flows read to an empty table, and returns true; every attribute that has a
    /// value in any of the views below must be in it. Many are asked for, so this pays where it
    /// needs little more than a walk; false leaves them to [`expected`](Self::expected).
    fn tabulate<'a>(&'a self, _table: &mut AttributeTable<'a>) -> bool {
        false
    }

    /// Values that scope, join and `ImportedValue` read: the staged image inbound (SE-029), the
    /// metaverse object outbound.
    fn staged(&self, attribute: AttributeId) -> Values<'_>;

    /// Values that flows read: the staged image with this engine's own pending and unconfirmed
    /// exports inbound (SE-032), the metaverse object outbound.
    fn expected(&self, attribute: AttributeId) -> Values<'_>;

    /// How many values the flow view holds, for `ValueCount`. Override it where counting is cheaper
    /// than listing, as for the members of a group.
    fn value_count(&self, attribute: AttributeId) -> usize {
        self.expected(attribute).len()
    }

    /// Parameters of the object's partition: `Domain.FQDN`, `Domain.Netbios`, `Domain.LDAP`
    /// (SR-010), compared without case. System and connector parameters come from the rule set.
    fn parameter(&self, name: &str) -> Option<Cow<'_, str>>;

    /// Whether the object is a direct member of the group with this DN (SR-037).
    fn is_member_of(&self, group_dn: &str) -> bool;

    /// The simulated time of the step.
    fn now(&self) -> Timestamp;

    /// Sixty-four random bits that depend on the step's seed and the object alone.
    fn random(&self) -> u64;
}
