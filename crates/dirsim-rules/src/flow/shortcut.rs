//! Flows that pass values on, answered without reading the flow or the values.

use dirsim_model::AttributeId;
use dirsim_model::value::Kind;

use super::evaluate::{Answer, Asked};
use super::{Flow, Source};

/// What it takes to pass the values of an attribute on. Lies beside its like, while flows are
/// scattered over memory.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shortcut {
    /// The attribute of the source object.
    attribute: AttributeId,
    /// The kinds of values that need no conversion (SR-083), a bit each.
    kinds: u8,
    /// Whether texts are passed on trimmed.
    trimmed: bool,
    /// Whether the target takes several values (SR-085).
    multi_valued: bool,
    /// How many bytes a value surely may have (SR-087).
    safe_length: usize,
}

impl Shortcut {
    /// Returns the shortcut of a flow that has one.
    pub(crate) fn of(flow: &Flow) -> Option<Self> {
        let (attribute, trimmed) = match &flow.source {
            Source::Direct(attribute) => (*attribute, false),
            Source::Trimmed(attribute) => (*attribute, true),
            _ => return None,
        };
        if flow.apply_once {
            return None;
        }
        let passes =
            |kind: &Kind| flow.conversion.is_identity(*kind) && (!trimmed || *kind == Kind::Text);
        Some(Self {
            attribute,
            kinds: Kind::ALL.into_iter().filter(passes).fold(0, |all, kind| all | bit(kind)),
            trimmed,
            multi_valued: flow.conversion.multi_valued,
            safe_length: flow.conversion.safe_length(),
        })
    }

    /// Returns the attribute whose values are passed on as they are.
    pub(crate) fn direct(self) -> Option<AttributeId> {
        (!self.trimmed).then_some(self.attribute)
    }

    /// Answers for the flow; `None` when a value must be changed or refused.
    #[inline]
    pub(crate) fn answer<'a>(self, asked: &Asked<'a>) -> Option<Answer<'a>> {
        let values = asked.expected(self.attribute);
        let mut count = 0_usize;
        for (kind, content) in values.unread() {
            let passes = self.kinds & bit(kind) != 0 && content.len() <= self.safe_length;
            if !passes || (self.trimmed && !is_tidy(content)) {
                return None;
            }
            count += 1;
        }
        match count {
            0 => Some(Answer::Null),
            1 => Some(Answer::Borrowed(values)),
            _ => self.multi_valued.then_some(Answer::Borrowed(values)),
        }
    }
}

const fn bit(kind: Kind) -> u8 {
    1 << kind as u8
}

/// Whether a text lies between two visible ASCII characters: then nothing is to be trimmed.
fn is_tidy(text: &[u8]) -> bool {
    text.first().is_some_and(u8::is_ascii_graphic) && text.last().is_some_and(u8::is_ascii_graphic)
}
