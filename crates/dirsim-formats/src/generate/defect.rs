//! What is planted in a population, and what should come of it.

use dirsim_forest::NewObject;
use dirsim_model::anchor::connector_space_name;
use dirsim_model::{Dn, Guid, SourceAnchor};
use serde::Serialize;

use super::Population;

/// Declares the closed list of defects: variant, name, outcome, rules, story.
macro_rules! defects {
    ($($variant:ident = $name:literal, $expected:literal, [$($rule:literal),*], $about:literal;)*) => {
        /// The kinds of planted defects.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum DefectKind { $(#[doc = $about] $variant,)* }

        impl DefectKind {
            /// All kinds, in the order they are planted.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Returns the name of the kind.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Returns what the tenant should do: a kind of match, an outcome, or the name of an
            /// error.
            pub const fn expected(self) -> &'static str {
                match self { $(Self::$variant => $expected,)* }
            }

            /// Returns the rules of the specification that decide.
            pub const fn rules(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &[$($rule),*],)* }
            }

            /// Tells what is planted and what should come of it.
            pub const fn about(self) -> &'static str {
                match self { $(Self::$variant => $about,)* }
            }
        }
    };
}

defects! {
    SoftMatchSmtp = "soft-match-smtp", "soft-smtp", ["ET-039"],
        "A cloud user has the primary address of the AD user and another UPN: it is taken over.";
    SoftMatchUpn = "soft-match-upn", "soft-upn", ["ET-040"],
        "A cloud user has the UPN of the AD user and no address: it is taken over.";
    HardMatchStamped = "hard-match-stamped", "hard", ["ET-031", "ET-034"],
        "A cloud user was stamped with the anchor of the AD user and has another UPN and address: it is taken over.";
    LowerCaseSmtp = "lower-case-smtp", "created-address-quarantined", ["ET-039", "ET-072"],
        "The AD user has the primary address of a cloud user as `smtp:` in small letters: no match; a second user without the address.";
    SmtpAndUpnAtTwoUsers = "smtp-and-upn-at-two-users", "soft-smtp-upn-quarantined", ["ET-041", "ET-074"],
        "One cloud user has the primary address of the AD user, another one its UPN: the first is taken over, the UPN is quarantined.";
    AdminRoleHolder = "admin-role-holder", "created-quarantined", ["ET-043", "ET-047"],
        "The cloud user with address and UPN of the AD user holds an admin role: a second user, all of it quarantined.";
    OtherAnchorSameSmtp = "other-anchor-same-smtp", "AttributeValueMustBeUnique", ["ET-042"],
        "The cloud user with the primary address of the AD user carries the anchor of another object: the export fails.";
    DuplicateUpn = "duplicate-upn", "second-created-upn-quarantined", ["ET-042", "ET-072", "ET-075"],
        "An AD user without UPN gets the UPN of another one from its account name: whichever comes second is created with a placeholder.";
    DuplicateProxyAddress = "duplicate-proxy-address", "second-created-address-quarantined", ["ET-072"],
        "Two AD users have the same secondary address: whichever comes second is created without it.";
    UnverifiedSuffix = "unverified-suffix", "created-moera", ["ET-095"],
        "The UPN of the AD user ends in a suffix that the tenant has not verified: a user in the initial domain.";
    SecondaryAddressCollision = "secondary-address-collision", "created-address-quarantined", ["ET-042", "ET-072"],
        "A secondary address of the AD user belongs to an unrelated cloud user: a user without the address.";
    UserAgainstGroup = "user-against-group", "ObjectTypeMismatch", ["ET-044"],
        "A cloud group has the primary address of the AD user: the export fails.";
    ContactAgainstUser = "contact-against-user", "ObjectTypeMismatch", ["ET-044"],
        "A cloud user has the primary address of an AD contact: the export fails.";
    GroupAgainstGroup = "group-against-group", "second-fails-once-then-quarantined", ["ET-079"],
        "Two AD groups have the same primary address: the second fails once and is then created without it.";
    AnchorOfOtherType = "anchor-of-other-type", "ObjectTypeMismatch", ["ET-037"],
        "A cloud group carries the anchor of the AD user: the export fails.";
    RecycleBinSameAnchor = "recycle-bin-same-anchor", "restored", ["ET-035"],
        "A deleted cloud user carries the anchor of the AD user: it is restored and taken over.";
    InvalidUpnCharacters = "invalid-upn-characters", "IdentityDataValidationFailed", ["ET-161"],
        "The UPN of the AD user holds a `+`: the export fails.";
    UpnOutsideAscii = "upn-outside-ascii", "created-moera", ["ET-096"],
        "The UPN of the AD user holds a letter outside ASCII: a user in the initial domain, without an error.";
}

/// One planted defect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Label {
    /// Its kind.
    pub kind: DefectKind,
    /// The AD object whose row decides; of two AD objects, the one whose row is sent second.
    pub distinguished_name: String,
    /// The anchor of that object.
    pub source_anchor: String,
    /// UPN or primary address of the tenant object that the row meets; `None` when it meets none.
    pub tenant: Option<String>,
    /// What the tenant should do: a kind of match, an outcome, or the name of an error.
    pub expected: &'static str,
    /// The rules of the specification that decide.
    pub rules: &'static [&'static str],
}

impl Population {
    /// Returns how many defects there are and how many users lie between two of them; at least
    /// two, as some defects need a second user.
    fn spacing(&self) -> (u64, u64) {
        let users = u64::from(self.options.users);
        let wanted = u64::from(self.options.defects_each) * DefectKind::ALL.len() as u64;
        let planted = wanted.min(users / 2);
        (planted, users.checked_div(planted).unwrap_or(users))
    }

    /// Returns the defect that a user carries.
    pub(super) fn defect_of(&self, user: u32) -> Option<DefectKind> {
        let (planted, spacing) = self.spacing();
        let number = u64::from(user).checked_div(spacing)?;
        if !u64::from(user).is_multiple_of(spacing) || number >= planted {
            return None;
        }
        let at = usize::try_from(number).ok()? % DefectKind::ALL.len();
        DefectKind::ALL.get(at).copied()
    }

    /// Returns the defect of the user before, when it needs this user as well.
    pub(super) fn partner_defect_of(&self, user: u32) -> Option<DefectKind> {
        let kind = self.defect_of(user.checked_sub(1)?)?;
        matches!(kind, DefectKind::DuplicateUpn | DefectKind::DuplicateProxyAddress).then_some(kind)
    }

    /// Walks over the users that carry defects.
    pub(super) fn carriers(&self) -> impl Iterator<Item = (u32, DefectKind)> {
        let (planted, spacing) = self.spacing();
        (0..planted).filter_map(move |number| {
            let user = u32::try_from(number * spacing).ok()?;
            Some((user, self.defect_of(user)?))
        })
    }

    /// Walks over what is planted.
    pub fn labels(&self) -> impl Iterator<Item = Label> {
        self.carriers().map(|(user, kind)| {
            let of_clash = |clash: NewObject| {
                (clash.dn, clash.guid.expect("made-up objects have an objectGUID"))
            };
            let of_user = |user: u32| (self.user_dn(user), self.user_guid(user));
            let candidates: Vec<(Dn, Guid)> = match kind {
                DefectKind::ContactAgainstUser | DefectKind::GroupAgainstGroup => {
                    self.clash_objects(user, kind).into_iter().map(of_clash).collect()
                }
                DefectKind::DuplicateUpn | DefectKind::DuplicateProxyAddress => {
                    vec![of_user(user), of_user(user + 1)]
                }
                _ => vec![of_user(user)],
            };
            // Rows with equally many references are sent in the order of their names, which the
            // anchors make (SE-209).
            let (dn, anchor) = candidates
                .into_iter()
                .map(|(dn, guid)| (dn, SourceAnchor::from_guid(guid)))
                .max_by_key(|(_, anchor)| connector_space_name(anchor.as_str()))
                .expect("every defect has an object");
            Label {
                kind,
                distinguished_name: dn.to_string(),
                source_anchor: anchor.as_str().to_owned(),
                tenant: self.met_in_tenant(user, kind),
                expected: kind.expected(),
                rules: kind.rules(),
            }
        })
    }
}
