//! The simulated Active Directory forests: tree, links, change log, recycle bin (SE section 2).
//!
//! Writing: [`create`](fn@create) makes a forest, [`load`](fn@load) fills it in bulk, [`edit`](fn@edit) is what an administrator
//! does, [`maintain`](fn@maintain) what the directory does by itself. Reading: [`lookup`] finds objects,
//! [`view`] shows attributes as the directory answers them, [`search`] walks a subtree, and
//! [`read`] answers an import. A refusal of the simulated product is data, a [`ForestRefusal`].

pub mod controller;
pub mod create;
pub mod domain;
pub mod edit;
pub mod feed;
pub mod horizon;
pub mod lifetime;
pub mod load;
pub mod lookup;
pub mod maintain;
pub mod object;
pub mod read;
pub mod search;
pub mod view;

mod class;
mod conform;
mod delete;
mod group;
mod keys;
mod link;
mod modify;
mod naming;
mod place;
mod refusal;
mod relocate;
mod restore;
mod writer;

pub use controller::{Controller, controllers};
pub use create::create;
pub use domain::{Domain, NewForest};
pub use edit::{AttributeEdit, EditOperation, ForestEdit, ForestRefusal, edit};
pub use feed::{FeedLink, FeedRow};
pub use horizon::Horizon;
pub use lifetime::Lifetimes;
pub use load::load;
pub use maintain::maintain;
pub use object::{Deletion, ForestObject, NewObject, ObjectHead};
