//! Random small worlds: one or two forests and a tenant that already knows some of their people.

use dirsim_forest::{NewForest, NewObject};
use dirsim_model::{AttributeId, Dice, Guid, Schema, Sid, SourceAnchor, Value};
use dirsim_rules::{AnchorMode, RuleOptions, UserMatching};
use dirsim_store::Workspace;
use dirsim_tenant::{NewDomain, NewTenant, NewTenantObject, TenantType};
use dirsim_world::{Input, ServerEdit, Setup, World};

/// The forests, in the order of their connectors.
pub const FORESTS: [&str; 2] = ["contoso.com", "fabrikam.com"];
/// The Entra connector.
pub const ENTRA: &str = "contoso.onmicrosoft.com - AAD";
/// Containers of every forest; the last is outside the filter.
pub const OUS: [&str; 4] = ["OU=Corp", "OU=Sub,OU=Corp", "OU=Deep,OU=Sub,OU=Corp", "OU=NoSync"];
/// Addresses that several objects fight for.
pub const ADDRESSES: u64 = 8;
/// Most users of a forest.
pub const USERS: u64 = 9;

/// Kinds of generated objects; part of their GUIDs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A user.
    User = 1,
    /// A group.
    Group = 2,
    /// A contact.
    Contact = 3,
    /// An organizational unit.
    Ou = 4,
}

/// Returns the GUID of a generated object.
pub fn guid(kind: Kind, forest: usize, number: u64) -> Guid {
    format!("{:08x}-{forest:04x}-4000-8000-{number:012x}", kind as u32)
        .parse()
        .expect("a GUID as generated")
}

/// Returns the root of a forest.
pub fn root(forest: usize) -> &'static str {
    if forest == 0 { "DC=contoso,DC=com" } else { "DC=fabrikam,DC=com" }
}

/// Returns the name of a container.
pub fn place(forest: usize, number: u64) -> String {
    format!("{},{}", one_of(&OUS, number), root(forest))
}

/// Returns an element of a list, whatever the number.
pub fn one_of<T: Copy, const N: usize>(all: &[T; N], number: u64) -> T {
    let at = usize::try_from(number % N as u64).unwrap_or(0);
    *all.get(at).expect("a remainder is a place")
}

/// Returns an address of the pool, or one that only this object has.
pub fn address(dice: &mut Dice, own: &str) -> String {
    let domain = ["contoso.com", "contoso.com", "fabrikam.com", "elsewhere.net"];
    let domain = one_of(&domain, dice.below(4));
    if dice.below(2) == 0 {
        format!("shared{}@{domain}", dice.below(ADDRESSES))
    } else {
        format!("{own}@{domain}")
    }
}

/// Values of `proxyAddresses`: a primary address and perhaps others.
pub fn addresses(dice: &mut Dice, own: &str) -> Vec<Value> {
    let mut all = vec![format!("SMTP:{}", address(dice, own))];
    for _ in 0..dice.below(3) {
        let next = format!("smtp:{}", address(dice, own));
        if !all.iter().any(|known| known.eq_ignore_ascii_case(&next)) {
            all.push(next);
        }
    }
    all.into_iter().map(Value::text).collect()
}

/// Returns the primary address of `proxyAddresses`, without its prefix.
fn primary(addresses: &[Value]) -> String {
    let first = addresses.first().and_then(|value| value.as_ref().as_text()).unwrap_or_default();
    first.strip_prefix("SMTP:").unwrap_or(first).to_owned()
}

/// Finds an attribute of the shipped schema.
pub fn attribute(schema: &Schema, name: &str) -> AttributeId {
    schema.attribute(name).unwrap_or_else(|| panic!("the schema has no {name}"))
}

/// What may differ between the worlds of one seed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Plan {
    /// Two forests whatever the dice say, in which the anchors of several accounts are either the
    /// same or have nothing to do with each other. An account whose mS-DS-ConsistencyGuid is the
    /// objectGUID of another one that has its own, or that is found by its mail as all contacts
    /// are, is joined by whoever comes first: the ties of creation order that SE-365 leaves out.
    pub two_forests: bool,
    /// Everything that a simulation may meet: more kinds of rule sets, a resource forest with linked
    /// mailboxes, custom rules. Laws that compare two ways to the same end leave them out.
    pub wide: bool,
}

/// Returns the setup and the first inputs of the world of a seed.
pub fn inputs(seed: u64, plan: Plan) -> (Setup, Vec<Input>) {
    let mut dice = Dice::new(seed);
    let schema = Schema::built_in();
    let forests = if plan.two_forests { 2 } else { 1 + usize::from(dice.below(3) == 0) };
    let rules = RuleOptions {
        exchange: dice.below(2) == 0,
        exchange_hybrid: dice.below(3) == 0,
        user_matching: if !plan.two_forests && dice.below(3) == 0 {
            UserMatching::Mail
        } else {
            UserMatching::Once
        },
        ..RuleOptions::default()
    };
    let rules = if plan.wide { wider(rules, &mut dice) } else { rules };
    let resource = rules.user_matching == UserMatching::Sid;
    let clock = "2026-01-05T08:00:00Z".parse().expect("a time");
    let setup = Setup { seed, clock, rules, rule_files: None };
    let mut inputs = Vec::new();
    for forest in 0..forests {
        inputs.push(load_forest(&schema, forest, plan, resource && forest > 0, &mut dice));
    }
    // The tenant sometimes comes first: connectors are numbered as they are made.
    let at = if dice.below(4) == 0 { 0 } else { inputs.len() };
    inputs.insert(at, load_tenant(&schema, &mut dice));
    for (forest, name) in FORESTS.iter().enumerate().take(forests) {
        inputs.push(Input::Server(ServerEdit::ContainerFilter {
            connector: (*name).to_owned(),
            include: vec![root(forest).parse().expect("a name")],
            exclude: vec![place(forest, 3).parse().expect("a name")],
        }));
    }
    (setup, inputs)
}

/// Makes the world of a seed in a workspace.
pub fn world(seed: u64, plan: Plan, workspace: Workspace) -> World {
    let (setup, inputs) = inputs(seed, plan);
    let mut world = World::create(workspace, setup).expect("a new world");
    for input in inputs {
        let stepped = world.step(input).expect("a start that can be loaded");
        assert_eq!(stepped.refusal, None, "the start of seed {seed} is refused");
    }
    world
}

/// Turns on more of what an installation may choose.
fn wider(mut rules: RuleOptions, dice: &mut Dice) -> RuleOptions {
    match dice.below(4) {
        0 => rules.user_matching = UserMatching::Sid,
        1 => rules.user_matching = UserMatching::AccountName,
        _ => {}
    }
    if dice.below(5) == 0 {
        rules.anchor_mode = AnchorMode::ObjectGuid;
    }
    rules.exchange |= dice.below(2) == 0;
    rules
}

/// Makes a forest; a resource forest holds the mailboxes of accounts of the first one (SE-187).
fn load_forest(
    schema: &Schema,
    forest: usize,
    plan: Plan,
    resource: bool,
    dice: &mut Dice,
) -> Input {
    let mut objects = Vec::new();
    for (number, ou) in OUS.iter().enumerate() {
        let dn = format!("{ou},{}", root(forest));
        let mut new = object(schema, &dn, "organizationalUnit");
        new.guid = Some(guid(Kind::Ou, forest, number as u64));
        objects.push(new);
    }
    let users = 4 + dice.below(USERS - 3);
    for number in 0..users {
        let mut new = user(schema, forest, number, plan, dice);
        if resource && dice.below(3) != 0 {
            link_mailbox(schema, &mut new, number);
        }
        objects.push(new);
    }
    for number in 0..3 {
        objects.push(group(schema, forest, number, dice));
    }
    for number in 0..2 {
        objects.push(contact(schema, forest, number, plan, dice));
    }
    let forest = NewForest {
        name: one_of(&FORESTS, forest as u64).to_owned(),
        netbios: None,
        sid: plan.wide.then(|| domain_sid(forest)),
        recycle_bin: dice.below(4) != 0,
        tombstone_lifetime_days: 180,
        upn_suffixes: Vec::new(),
        child_domains: Vec::new(),
    };
    Input::LoadForest { forest, objects }
}

fn object(schema: &Schema, dn: &str, class: &str) -> NewObject {
    NewObject {
        dn: dn.parse().expect("a name"),
        class: schema.class(class).expect("a class of the schema"),
        guid: None,
        sid: None,
        attributes: Vec::new(),
        references: Vec::new(),
    }
}

fn domain_sid(forest: usize) -> Sid {
    let text = if forest == 0 { "S-1-5-21-1000-2000-3000" } else { "S-1-5-21-1000-2000-4000" };
    text.parse().expect("a SID")
}

/// Turns a user of the resource forest into the linked mailbox of the account with its number.
fn link_mailbox(schema: &Schema, new: &mut NewObject, number: u64) {
    let rid = 1101 + u32::try_from(number).unwrap_or(0);
    let disabled = attribute(schema, "userAccountControl");
    new.attributes.retain(|(attribute, _)| *attribute != disabled);
    new.attributes.extend([
        (disabled, vec![Value::Integer(514)]),
        (attribute(schema, "msExchRecipientTypeDetails"), vec![Value::Integer(2)]),
        (
            attribute(schema, "msExchMasterAccountSid"),
            vec![Value::bytes(domain_sid(0).with_rid(rid).as_bytes())],
        ),
    ]);
}

/// Returns what somebody writes to mS-DS-ConsistencyGuid: mostly the objectGUID of another account.
pub fn twin(plan: Plan, dice: &mut Dice) -> Guid {
    let forest = dice.below(2);
    let forest = if plan.two_forests { 9 } else { usize::try_from(forest).unwrap_or(0) };
    guid(Kind::User, forest, dice.below(USERS))
}

/// Makes a user.
pub fn user(schema: &Schema, forest: usize, number: u64, plan: Plan, dice: &mut Dice) -> NewObject {
    let account = format!("u{number}f{forest}");
    let dn = format!("CN=User {number},{}", place(forest, dice.next()));
    let mut new = object(schema, &dn, "user");
    new.guid = Some(guid(Kind::User, forest, number));
    if plan.wide {
        let rid = 1101 + u32::try_from(number).unwrap_or(0);
        new.sid = Some(domain_sid(forest).with_rid(rid));
    }
    let mut put = |name: &str, values: Vec<Value>| {
        new.attributes.push((attribute(schema, name), values));
    };
    let suffix = if dice.below(6) == 0 { "local.test" } else { "contoso.com" };
    put("sAMAccountName", vec![Value::text(account.as_str())]);
    put("userPrincipalName", vec![Value::text(format!("{account}@{suffix}"))]);
    put("userAccountControl", vec![Value::Integer(if dice.below(5) == 0 { 514 } else { 512 })]);
    put("displayName", vec![Value::text(format!("User {number}"))]);
    if dice.below(3) != 0 {
        let all = addresses(dice, &account);
        let primary = primary(&all);
        put("mail", vec![Value::text(primary)]);
        put("mailNickname", vec![Value::text(account.as_str())]);
        put("proxyAddresses", all);
    }
    if dice.below(6) == 0 {
        let twin = twin(plan, dice);
        put("mS-DS-ConsistencyGuid", vec![Value::bytes(twin.as_bytes().to_vec())]);
    }
    new
}

fn group(schema: &Schema, forest: usize, number: u64, dice: &mut Dice) -> NewObject {
    let account = format!("g{number}f{forest}");
    let dn = format!("CN=Group {number},{}", place(forest, dice.next()));
    let mut new = object(schema, &dn, "group");
    new.guid = Some(guid(Kind::Group, forest, number));
    let mut put = |name: &str, values: Vec<Value>| {
        new.attributes.push((attribute(schema, name), values));
    };
    put("sAMAccountName", vec![Value::text(account.as_str())]);
    put("displayName", vec![Value::text(account.as_str())]);
    put("groupType", vec![Value::Integer(-2_147_483_646)]);
    if dice.below(2) == 0 {
        let all = addresses(dice, &account);
        let primary = primary(&all);
        put("mail", vec![Value::text(primary)]);
        put("mailNickname", vec![Value::text(account.as_str())]);
        put("proxyAddresses", all);
    }

    new
}

fn contact(schema: &Schema, forest: usize, number: u64, plan: Plan, dice: &mut Dice) -> NewObject {
    let name = format!("c{number}f{forest}");
    let dn = format!("CN=Contact {number},{}", place(forest, dice.next()));
    let mut new = object(schema, &dn, "contact");
    new.guid = Some(guid(Kind::Contact, forest, number));
    let shared = address(dice, &name);
    let target = if plan.two_forests { format!("{name}@elsewhere.net") } else { shared };
    let mut put = |name: &str, text: String| {
        new.attributes.push((attribute(schema, name), vec![Value::text(text)]));
    };
    put("mail", target.clone());
    put("mailNickname", name.clone());
    put("displayName", name);
    put("proxyAddresses", format!("SMTP:{target}"));
    put("targetAddress", format!("SMTP:{target}"));
    new
}

fn load_tenant(schema: &Schema, dice: &mut Dice) -> Input {
    let mut objects = Vec::new();
    let mut taken = Vec::new();
    for number in 0..2 + dice.below(3) {
        let new = cloud_user(schema, number, dice);
        // The export of a tenant never holds one value twice.
        let mine: Vec<String> = new
            .attributes
            .iter()
            .flat_map(|(_, values)| values)
            .filter_map(|value| value.as_ref().as_text())
            .map(|text| text.trim_start_matches("SMTP:").trim_start_matches("smtp:").to_lowercase())
            .collect();
        if mine.iter().any(|text| taken.contains(text)) {
            continue;
        }
        taken.extend(mine);
        objects.push(new);
    }
    let domain = |name: &str| NewDomain { name: name.to_owned(), verified: true, federated: false };
    let tenant = NewTenant {
        initial_domain: "contoso.onmicrosoft.com".to_owned(),
        domains: vec![domain("contoso.com"), domain("fabrikam.com")],
        features: Vec::new(),
        preset: if dice.below(3) == 0 { "seed-sample" } else { "new-tenant" }.to_owned(),
        as_of: None,
        next_placeholder_digits: Vec::new(),
    };
    Input::LoadTenant { tenant, objects }
}

/// Makes a user of the tenant: a match for somebody of a forest, an obstacle, or a stranger.
pub fn cloud_user(schema: &Schema, number: u64, dice: &mut Dice) -> NewTenantObject {
    let mut attributes = Vec::new();
    let mut put = |name: &str, values: Vec<Value>| {
        attributes.push((attribute(schema, name), values));
    };
    let somebody = dice.below(USERS);
    let upn = if dice.below(2) == 0 {
        format!("u{somebody}f0@contoso.com")
    } else {
        format!("cloud{number}@contoso.com")
    };
    put("userPrincipalName", vec![Value::text(upn)]);
    put("displayName", vec![Value::text(format!("Cloud {number}"))]);
    put("city", vec!["Oslo".into()]);
    if dice.below(2) == 0 {
        put("proxyAddresses", addresses(dice, &format!("cloud{number}")));
    }
    if dice.below(4) == 0 {
        let anchor = SourceAnchor::from_guid(guid(Kind::User, 0, dice.below(USERS)));
        put("onPremisesImmutableId", vec![Value::text(anchor.as_str())]);
    }
    if dice.below(4) == 0 {
        put("assignedLicenses", vec!["E3".into()]);
    }
    let roles =
        if dice.below(6) == 0 { vec!["Global Administrator".to_owned()] } else { Vec::new() };
    NewTenantObject {
        kind: TenantType::User,
        id: None,
        attributes,
        roles,
        eligible_roles: Vec::new(),
        references: Vec::new(),
        deleted: None,
    }
}
