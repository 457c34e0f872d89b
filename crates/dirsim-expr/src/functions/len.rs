//! # `Len`
//!
//! `Len(str or bin value): num`
//!
//! Returns the number of characters, or of bytes of a binary value; 0 for NULL. A character beyond the basic plane counts once.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `Len("Stockholm")` |  | `9` |
//! | `Len("")` |  | `0` |
//! | `Len([x])` |  | `0` |
//! | `Len([b])` | `b = #010203` | `3` |
//! | `Len("a😀b")` |  | `3` |
//! | `Len([m])` | `m = {"a", "bcd"}` | `{1, 3}` |

use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::value::Item;

pub(super) const DEFINITION: Definition =
    Definition::new("Len(str or bin value): num", 1, &[Parameter::Value], Call::Each(len));

fn len<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
    Ok(Some(Item::count(match args.item(0) {
        None => 0,
        Some(Item::Text(text)) => text.chars().count(),
        Some(Item::Binary(bytes)) => bytes.len(),
        Some(other) => return Err(Fault::mismatch(0, "text or binary", other.type_name())),
    })))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.7
    #[test]
    fn examples() {
        check(&[
            (r#"Len("Stockholm")"#, "", "9"),
            (r#"Len("")"#, "", "0"),
            ("Len([x])", "", "0"),
            ("Len([b])", r#"{"b":{"$hex":"010203"}}"#, "3"),
            (r#"Len("a😀b")"#, "", "3"),
            ("Len([m])", r#"{"m":["a","bcd"]}"#, "{1, 3}"),
            ("Len(5)", "", "⚠ type-mismatch"),
        ]);
    }
}
