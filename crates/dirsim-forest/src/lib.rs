//! The simulated Active Directory forests: tree, links, change log, recycle bin (SE section 2).

pub mod domain;
pub mod edit;
pub mod feed;
pub mod object;

pub use domain::{Domain, NewForest};
pub use edit::{AttributeEdit, EditOperation, ForestEdit, ForestRefusal};
pub use feed::{FeedLink, FeedRow};
pub use object::{Deletion, ForestObject, NewObject};
