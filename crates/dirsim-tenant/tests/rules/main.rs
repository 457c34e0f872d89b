//! The rules of the tenant, each with its worked examples (ET numbers in names and comments).

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may stop at a surprise")]
#![expect(clippy::needless_pass_by_value, reason = "commands read better by value")]

mod addresses;
mod anchors;
mod appendix;
mod authority;
mod deletes;
mod examples;
mod examples_life;
mod examples_rows;
mod features;
mod feed;
mod groups;
mod laws;
mod matching;
mod objects;
mod passwords;
mod service;
mod stage;
mod stories;
mod takeover;
mod timers;
mod uniqueness;
mod validation;
