//! The reference: 300 flows of the usual mix, evaluated by a tree walker that does nothing else.
//!
//! 65 % of the flows take an attribute over, 15 % ask whether it is there, and the rest trim, cut,
//! join, take a word or write Base64. The tree knows the place of each attribute among 120, values
//! are borrowed as long as nobody changes them, and what comes out is dropped. There is no scope,
//! no precedence, no type, no error: the least that evaluating 300 flows can cost in this form.

use std::borrow::Cow;
use std::hint::black_box;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use dirsim_model::{AttributeId, Entry, EntryBuilder, ValueRef};

const FLOWS: u16 = 300;
const ATTRIBUTES: u16 = 120;

enum Node {
    Attribute(AttributeId),
    Text(&'static str),
    IfPresent(Box<[Node; 3]>),
    Trim(Box<Node>),
    Left(Box<Node>, usize),
    Concat(Box<[Node; 2]>),
    Word(Box<Node>, usize),
    Base64(Box<Node>),
}

/// The flows and one object.
pub(crate) struct Reference {
    flows: Vec<Node>,
    object: Entry,
}

impl Reference {
    /// Makes the flows, and an object with every fourth attribute filled.
    pub(crate) fn new() -> Self {
        let mut object = EntryBuilder::new();
        for id in (0..ATTRIBUTES).step_by(4) {
            object.put(AttributeId(id), format!("some value {id}"));
        }
        Self { flows: (0..FLOWS).map(flow).collect(), object: object.build() }
    }

    /// Returns the number of flows.
    pub(crate) fn flows(&self) -> usize {
        self.flows.len()
    }

    /// Evaluates every flow; returns how many gave a value.
    pub(crate) fn run(&self) -> usize {
        let values = self.flows.iter().map(|flow| black_box(self.eval(flow)));
        values.flatten().count()
    }

    fn eval<'a>(&'a self, node: &'a Node) -> Option<Cow<'a, str>> {
        Some(match node {
            Node::Attribute(id) => {
                Cow::Borrowed(self.object.get(*id).first().and_then(ValueRef::as_text)?)
            }
            Node::Text(text) => Cow::Borrowed(text),
            Node::IfPresent(parts) => {
                let [test, yes, no] = &**parts;
                return if self.eval(test).is_some() { self.eval(yes) } else { self.eval(no) };
            }
            Node::Trim(inner) => match self.eval(inner)? {
                Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
                Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
            },
            Node::Left(inner, count) => match self.eval(inner)? {
                Cow::Borrowed(text) => Cow::Borrowed(text.get(..*count).unwrap_or(text)),
                Cow::Owned(text) => Cow::Owned(text.get(..*count).unwrap_or(&text).to_owned()),
            },
            Node::Concat(parts) => {
                let [left, right] = &**parts;
                let (left, right) = (self.eval(left), self.eval(right)?);
                Cow::Owned([&*left?, &*right].concat())
            }
            Node::Word(inner, at) => match self.eval(inner)? {
                Cow::Borrowed(text) => Cow::Borrowed(text.split(' ').nth(*at)?),
                Cow::Owned(text) => Cow::Owned(text.split(' ').nth(*at)?.to_owned()),
            },
            Node::Base64(inner) => Cow::Owned(BASE64_STANDARD.encode(self.eval(inner)?.as_bytes())),
        })
    }
}

/// Makes flow number `n`: of twenty in a row 13 direct, 3 conditional and one of four others.
fn flow(n: u16) -> Node {
    let source = || Node::Attribute(AttributeId(n * 7 % ATTRIBUTES));
    let other = || Node::Attribute(AttributeId((n * 7 + 13) % ATTRIBUTES));
    match n % 20 {
        0..13 => source(),
        13..16 => Node::IfPresent(Box::new([source(), source(), other()])),
        16 => Node::Trim(Box::new(source())),
        17 => Node::Left(Box::new(source()), 10),
        18 => Node::Concat(Box::new([source(), Node::Text("@contoso.com")])),
        _ if n % 40 < 20 => Node::Word(Box::new(source()), 1),
        _ => Node::Base64(Box::new(source())),
    }
}
