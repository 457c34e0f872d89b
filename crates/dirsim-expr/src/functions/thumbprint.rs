//! # `Thumbprint`
//!
//! `Thumbprint(bin value): bin`
//!
//! Returns the SHA-256 hash of the bytes. The default rules identify device keys by it. NULL stays NULL.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `Thumbprint([b])` | `b = #616263` | `#ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad` |
//! | `Len(Thumbprint([b]))` | `b = #01` | `32` |
//! | `Thumbprint([x])` |  | `NULL` |
//! | `Thumbprint("abc")` |  | `⚠ type-mismatch` |

use sha2::{Digest as _, Sha256};

use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::value::Item;

pub(super) const DEFINITION: Definition =
    Definition::new("Thumbprint(bin value): bin", 1, &[Parameter::Value], Call::Each(thumbprint));

fn thumbprint<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
    Ok(args.binary(0)?.map(|bytes| Item::binary(Sha256::digest(bytes).to_vec())))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.1
    #[test]
    fn examples() {
        check(&[
            (
                "Thumbprint([b])",
                r#"{"b":{"$hex":"616263"}}"#,
                "#ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            ),
            ("Len(Thumbprint([b]))", r#"{"b":{"$hex":"01"}}"#, "32"),
            ("Thumbprint([x])", "", "NULL"),
            (r#"Thumbprint("abc")"#, "", "⚠ type-mismatch"),
        ]);
    }
}
