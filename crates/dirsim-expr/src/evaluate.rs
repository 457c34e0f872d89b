//! Walks over the tree for one object.
//!
//! Values are borrowed from the tree and the environment until something changes them. Lists are
//! walked here, element by element, so that functions and operators see single values (EX-030).

use std::borrow::Cow;

use dirsim_model::{Values, value};

use crate::call::{Args, Context, Fault, VISIT, WholeArgs};
use crate::environment::Environment;
use crate::error::{Code, EvalError, Span};
use crate::expression::Given;
use crate::functions::{Call, Each, Function, Unchanged, Whole};
use crate::operators::{Level, Operator, negate};
use crate::predicate;
use crate::trace::{self, Record, TraceResult};
use crate::tree::{Kind, Name, Node};
use crate::value::{Flow, Item, Val};

/// The end of an evaluation without a result; boxed because it is rare and large.
pub(crate) type Failed = Box<EvalError>;

/// Most arguments of a function that is applied element by element.
const EACH_MAX: usize = 4;
/// Most arguments of a function that takes lists as one value.
const WHOLE_MAX: usize = 3;

/// Most results that a trace keeps; a group has more members than anybody reads.
const RECORDED_MAX: usize = 10_000;

/// The evaluation for one object.
pub(crate) struct Evaluator<'a> {
    pub(crate) context: Context<'a>,
    /// What the variables around the current place are bound to, outermost first.
    bound: Vec<Val<'a>>,
    /// What every part gave, when somebody wants to know.
    record: Option<Record>,
}

impl<'a> Evaluator<'a> {
    /// Starts an evaluation.
    pub(crate) const fn new(env: &'a dyn Environment) -> Self {
        Self { context: Context::new(env), bound: Vec::new(), record: None }
    }

    /// Evaluates a tree and returns what every part gave beside the result.
    pub(crate) fn recording(
        env: &'a dyn Environment,
        node: &'a Node,
    ) -> (Result<Val<'a>, Failed>, Record) {
        let mut evaluator = Self { record: Some(Record::new()), ..Self::new(env) };
        let result = evaluator.eval(node);
        (result, evaluator.record.unwrap_or_default())
    }

    /// Evaluates a sub-expression.
    pub(crate) fn eval(&mut self, node: &'a Node) -> Result<Val<'a>, Failed> {
        if self.record.is_some() {
            return self.eval_recorded(node);
        }
        self.eval_unrecorded(node)
    }

    #[cold]
    fn eval_recorded(&mut self, node: &'a Node) -> Result<Val<'a>, Failed> {
        let result = self.eval_unrecorded(node);
        if let Some(record) = &mut self.record
            && record.len() < RECORDED_MAX
        {
            record.push((trace::address(node), TraceResult::of(&result)));
        }
        result
    }

    /// Reads what has no parts; the rest has functions of its own, so that this one, which is
    /// called for every part, needs little of the stack.
    #[inline]
    fn eval_unrecorded(&mut self, node: &'a Node) -> Result<Val<'a>, Failed> {
        self.context.spend(VISIT).map_err(|fault| self.fail(node.at, fault))?;
        match &node.kind {
            Kind::Attribute(name) => Ok(self.attribute(name)),
            Kind::Call(function, arguments) => self.call(node, *function, arguments),
            Kind::Text(text) => Ok(Val::Single(Item::text(&**text))),
            Kind::Number(number) => Ok(Val::Single(Item::Number(*number))),
            Kind::Boolean(truth) => Ok(Val::boolean(*truth)),
            Kind::Null => Ok(Val::Null),
            Kind::Flow(flow) => Ok(Val::Flow(*flow)),
            Kind::Option(option) => Ok(Val::Single(Item::Option(*option))),
            Kind::Chain { level, first, rest } => self.chain(*level, first, rest),
            Kind::Variable { slot, .. } => self.variable(node, *slot),
            Kind::Parameter(name) => self.parameter(node, name),
            Kind::Negate(operand) => self.negate(node, operand),
            Kind::AttributeName(_) | Kind::Invalid => {
                unreachable!("functions read attribute names themselves; invalid trees are refused")
            }
        }
    }

    /// Reads an attribute (EX-016).
    fn attribute(&self, name: &Name) -> Val<'a> {
        let Some(id) = name.id else { return Val::Null };
        Val::stored(self.context.env.attribute(id), name.multi_valued)
    }

    /// Evaluates `body` with one more variable bound.
    pub(crate) fn with(&mut self, value: Val<'a>, body: &'a Node) -> Result<Val<'a>, Failed> {
        self.bound.push(value);
        let result = self.eval(body)?;
        self.bound.pop();
        Ok(result)
    }

    #[inline(never)]
    fn variable(&self, node: &Node, slot: usize) -> Result<Val<'a>, Failed> {
        let value = self.bound.get(slot).expect("the parser resolved the variable");
        self.context.spend(value.weight()).map_err(|fault| self.fail(node.at, fault))?;
        Ok(value.clone())
    }

    /// Reads a parameter (SR-010): a value of the form `0x…` is a number, others are text.
    #[inline(never)]
    fn parameter(&self, node: &Node, name: &str) -> Result<Val<'a>, Failed> {
        let Some(value) = self.context.env.parameter(name) else {
            let fault = Fault::new(
                Code::UnknownParameter,
                format!("the parameter `%{name}%` has no value for this object"),
            );
            return Err(self.fail(node.at, fault));
        };
        let digits = value.strip_prefix("0x").or_else(|| value.strip_prefix("0X"));
        let number = digits
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .and_then(|digits| u64::from_str_radix(digits, 16).ok());
        Ok(Val::Single(match number {
            Some(number) => Item::Number(number.cast_signed()),
            None => Item::Text(value),
        }))
    }

    #[inline(never)]
    fn negate(&mut self, node: &'a Node, operand: &'a Node) -> Result<Val<'a>, Failed> {
        let value = self.argument(operand)?;
        self.map(node.at, value, negate)
    }

    /// Evaluates a sub-expression whose value something works on: flow literals are refused.
    #[inline]
    pub(crate) fn argument(&mut self, node: &'a Node) -> Result<Val<'a>, Failed> {
        // One place for the result from here to the caller: it is not copied on the way.
        let mut result = self.eval(node);
        if let Ok(Val::Flow(flow)) = result {
            result = Err(self.fail(node.at, not_a_value(flow)));
        }
        result
    }

    /// Applies `work` to a single value, or to every element of a list.
    fn map(
        &self,
        at: Span,
        value: Val<'a>,
        work: impl Fn(Option<&Item<'a>>) -> Result<Option<Item<'a>>, Fault>,
    ) -> Result<Val<'a>, Failed> {
        let result = if value.is_list() {
            let elements = value.into_elements();
            self.context
                .spend(elements.len().saturating_mul(VISIT))
                .and_then(|()| {
                    elements.iter().map(|item| work(item.as_ref())).collect::<Result<_, _>>()
                })
                .map(Val::list)
        } else {
            let item = match value {
                Val::Single(item) => Some(item),
                _ => None,
            };
            work(item.as_ref()).map(Val::optional)
        };
        result.map_err(|fault| self.fail(at, fault))
    }

    /// Decides a condition without building values; `None` when it must be evaluated. A trace wants
    /// every part evaluated.
    #[inline]
    pub(crate) fn decide(&self, node: &'a Node) -> Option<bool> {
        if self.record.is_some() { None } else { predicate::decide(&self.context, node) }
    }

    /// Evaluates operators of one level from the left (EX-020).
    #[inline(never)]
    fn chain(
        &mut self,
        level: Level,
        first: &'a Node,
        rest: &'a [(Operator, Node)],
    ) -> Result<Val<'a>, Failed> {
        let mut left = match level {
            Level::Logical => self.condition(first)?,
            _ => self.argument(first)?,
        };
        for (operator, operand) in rest {
            let at = first.at.to(operand.at);
            if level == Level::Logical && !left.is_list() {
                let truth = match &left {
                    Val::Single(item) => operator.truth(Some(item)),
                    _ => operator.truth(None),
                }
                .map_err(|fault| self.fail(at, fault))?;
                left = Val::boolean(truth);
                // The right operand is not evaluated when the left one decides (EX-021).
                if truth == (*operator == Operator::Or) {
                    continue;
                }
            }
            let right = match level {
                Level::Logical => self.condition(operand)?,
                _ => self.argument(operand)?,
            };
            left = self.operate(at, *operator, left, right)?;
        }
        Ok(left)
    }

    /// Evaluates an operand of `&&` and `||`.
    fn condition(&mut self, node: &'a Node) -> Result<Val<'a>, Failed> {
        match self.decide(node) {
            Some(truth) => Ok(Val::boolean(truth)),
            None => self.argument(node),
        }
    }

    /// Applies an operator to two values, element by element when one is a list.
    fn operate(
        &self,
        at: Span,
        operator: Operator,
        left: Val<'a>,
        right: Val<'a>,
    ) -> Result<Val<'a>, Failed> {
        let result = if left.is_list() || right.is_list() {
            self.operate_on_lists(operator, left, right).map(Val::list)
        } else if operator.level() == Level::Comparison {
            operator.compare(left.single(), right.single(), &self.context).map(Val::boolean)
        } else {
            operator.apply(single(left), single(right), &self.context).map(Val::optional)
        };
        result.map_err(|fault| self.fail(at, fault))
    }

    fn operate_on_lists(
        &self,
        operator: Operator,
        left: Val<'a>,
        right: Val<'a>,
    ) -> Result<Vec<Option<Item<'a>>>, Fault> {
        let (many_left, many_right) = (left.is_list(), right.is_list());
        let places = if many_left { left.places() } else { right.places() };
        if many_left && many_right && right.places() != places {
            return Err(uneven(places, right.places()));
        }
        // A single value is copied for every place.
        let single = |value: &Val<'a>| if value.is_list() { 0 } else { value.weight() };
        let each = VISIT + single(&left) + single(&right);
        self.context.spend(places.saturating_mul(each))?;
        let (left, right) = (left.into_elements(), right.into_elements());
        // A single value is repeated for every place of the list beside it.
        let repeat = |many: bool, elements: Vec<Option<Item<'a>>>| {
            let single = if many { None } else { Some(elements.first().cloned().flatten()) };
            let mut walk = elements.into_iter();
            move || single.clone().unwrap_or_else(|| walk.next().flatten())
        };
        let (mut left, mut right) = (repeat(many_left, left), repeat(many_right, right));
        (0..places).map(|_| operator.apply(left(), right(), &self.context)).collect()
    }

    #[inline(never)]
    fn call(
        &mut self,
        node: &'a Node,
        function: Function,
        arguments: &'a [Node],
    ) -> Result<Val<'a>, Failed> {
        match function.definition().call {
            Call::Each(work) => self.each(node, work, arguments),
            Call::EachUnless(is_unchanged, work) => {
                self.each_unless(node, is_unchanged, work, arguments)
            }
            Call::Whole(work) => self.whole(node, work, arguments),
            Call::Lazy(work) => work(self, node, arguments),
        }
    }

    /// Calls a function of single values; lists among the arguments are walked in parallel
    /// (EX-030).
    fn each(&mut self, node: &Node, work: Each, nodes: &'a [Node]) -> Result<Val<'a>, Failed> {
        // Most calls have one or two arguments, and an array of that size is cheaper to fill and
        // to drop than one of the greatest.
        match nodes.len() {
            0 | 1 => self.each_of::<1>(node, work, nodes),
            2 => self.each_of::<2>(node, work, nodes),
            _ => self.each_of::<EACH_MAX>(node, work, nodes),
        }
    }

    /// Calls a function of one value that leaves most values as they are: a stored list in which
    /// none changes stays what it is.
    fn each_unless(
        &mut self,
        node: &Node,
        is_unchanged: Unchanged,
        work: Each,
        nodes: &'a [Node],
    ) -> Result<Val<'a>, Failed> {
        if let [only] = nodes {
            let value = self.argument(only)?;
            if let Val::Many(values) = value
                && values.iter().all(is_unchanged)
            {
                let size = values.unread().map(|(_, content)| VISIT + content.len()).sum();
                self.context.spend(size).map_err(|fault| self.fail(node.at, fault))?;
                return Ok(value);
            }
            return match value {
                Val::Single(item) => self.one(node.at, work, &[Some(item)]).map(Val::optional),
                Val::Null | Val::Flow(_) => self.one(node.at, work, &[None]).map(Val::optional),
                list => {
                    self.each_of_lists(node.at, work, &mut [None], vec![(0, list.into_elements())])
                }
            };
        }
        self.each(node, work, nodes)
    }

    #[inline]
    fn each_of<const N: usize>(
        &mut self,
        node: &Node,
        work: Each,
        nodes: &'a [Node],
    ) -> Result<Val<'a>, Failed> {
        let mut items: [Option<Item<'a>>; N] = [const { None }; N];
        let mut lists = Vec::new();
        for (at, (place, node)) in items.iter_mut().zip(nodes).enumerate() {
            match self.argument(node)? {
                Val::Single(item) => *place = Some(item),
                Val::Null | Val::Flow(_) => {}
                list => lists.push((at, list.into_elements())),
            }
        }
        let items = items.get_mut(..nodes.len()).expect("no such function has more arguments");
        if lists.is_empty() {
            self.one(node.at, work, items).map(Val::optional)
        } else {
            self.each_of_lists(node.at, work, items, lists)
        }
    }

    fn each_of_lists(
        &self,
        at: Span,
        work: Each,
        items: &mut [Option<Item<'a>>],
        mut lists: Vec<(usize, Vec<Option<Item<'a>>>)>,
    ) -> Result<Val<'a>, Failed> {
        let places = lists.first().map_or(0, |(_, list)| list.len());
        if let Some((_, other)) = lists.iter().find(|(_, list)| list.len() != places) {
            return Err(self.fail(at, uneven(places, other.len())));
        }
        let mut results = Vec::with_capacity(places);
        for place in 0..places {
            for (argument, list) in &mut lists {
                let element = list.get_mut(place).and_then(Option::take);
                if let Some(item) = items.get_mut(*argument) {
                    *item = element;
                }
            }
            results.push(self.one(at, work, items)?);
        }
        Ok(Val::list(results))
    }

    /// Calls a function once.
    #[inline]
    fn one(
        &self,
        at: Span,
        work: Each,
        items: &[Option<Item<'a>>],
    ) -> Result<Option<Item<'a>>, Failed> {
        let size: usize = items.iter().flatten().map(Item::size).sum();
        self.context
            .spend(VISIT + size)
            .and_then(|()| work(&Args { items, context: &self.context }))
            .map_err(|fault| self.fail_call(at, fault, items))
    }

    #[cold]
    #[expect(clippy::unnecessary_box_returns, reason = "every caller wraps it in `Err`")]
    fn fail_call(&self, at: Span, fault: Fault, items: &[Option<Item<'a>>]) -> Failed {
        let shown =
            items.iter().map(|item| item.as_ref().map_or_else(|| "NULL".to_owned(), Item::display));
        self.fail(at, fault.about(shown))
    }

    /// Calls a function that takes lists as one value (EX-031).
    fn whole(&mut self, node: &Node, work: Whole, nodes: &'a [Node]) -> Result<Val<'a>, Failed> {
        if let [only] = nodes {
            let value = self.argument(only)?;
            return self.finish(node, work, std::slice::from_ref(&value));
        }
        let mut values: [Val<'a>; WHOLE_MAX] = [const { Val::Null }; WHOLE_MAX];
        for (place, node) in values.iter_mut().zip(nodes) {
            *place = self.argument(node)?;
        }
        let values = values.get(..nodes.len()).expect("no such function has more arguments");
        self.finish(node, work, values)
    }

    fn finish(&self, node: &Node, work: Whole, values: &[Val<'a>]) -> Result<Val<'a>, Failed> {
        work(&WholeArgs { values, context: &self.context })
            .map_err(|fault| self.fail(node.at, fault.about(values.iter().map(Val::display))))
    }

    /// Adds the place to a fault.
    #[cold]
    #[expect(clippy::unused_self, reason = "reads as what the evaluator does")]
    #[expect(clippy::unnecessary_box_returns, reason = "every caller wraps it in `Err`")]
    pub(crate) fn fail(&self, at: Span, fault: Fault) -> Failed {
        let Fault { code, message, arguments } = fault;
        Box::new(EvalError { code, message, at, arguments })
    }
}

/// Turns a value into the result of the expression; holes are dropped (EX-030, EX-033).
pub(crate) fn given(value: Val<'_>) -> Given<'_> {
    let values = match value {
        Val::Null => return Given::Null,
        Val::Flow(Flow::Ignore) => return Given::IgnoreThisFlow,
        Val::Flow(Flow::AuthoritativeNull) => return Given::AuthoritativeNull,
        Val::Single(Item::Text(Cow::Owned(text))) => return Given::Text(text),
        Val::Single(item) => match item.as_stored() {
            Some(value) => return Given::Borrowed(Values::One(value)),
            None => vec![item.into_value()],
        },
        // An instant that an expression reads is text (EX-016).
        Val::Many(values) if values.unread().any(|(kind, _)| kind == value::Kind::Time) => {
            values.iter().map(|value| Item::borrowed(value).into_value()).collect()
        }
        Val::Many(values) if values.is_empty() => return Given::Null,
        Val::Many(values) => return Given::Borrowed(values),
        Val::List(elements) => elements.into_iter().flatten().map(Item::into_value).collect(),
    };
    if values.is_empty() { Given::Null } else { Given::Computed(values) }
}

/// Reads a condition: NULL is False, a number is False when zero.
pub(crate) fn condition(item: Option<&Item<'_>>) -> Result<bool, Fault> {
    match item {
        None => Ok(false),
        Some(Item::Boolean(truth)) => Ok(*truth),
        Some(Item::Number(number)) => Ok(*number != 0),
        Some(other) => Err(Fault::new(
            Code::TypeMismatch,
            format!("the condition is {}, not a boolean", other.type_name()),
        )
        .about([other.display()])),
    }
}

/// Refuses a flow literal where a value is needed (EX-022).
pub(crate) fn not_a_value(flow: Flow) -> Fault {
    Fault::new(
        Code::TypeMismatch,
        format!("`{}` is no value; it can only be the result of the flow", flow.as_str()),
    )
}

/// Refuses lists of different lengths (EX-030).
pub(crate) fn uneven(one: usize, other: usize) -> Fault {
    Fault::new(
        Code::LengthMismatch,
        format!("lists of {one} and {other} elements cannot be walked together"),
    )
}

fn single(value: Val<'_>) -> Option<Item<'_>> {
    match value {
        Val::Single(item) => Some(item),
        _ => None,
    }
}
