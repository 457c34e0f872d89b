//! The syntax tree of a script: what is written, before any command is looked up.

use std::rc::Rc;

use crate::diagnostic::Span;

/// One statement, and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Statement {
    /// What it does.
    pub(crate) kind: StatementKind,
    /// Where it stands.
    pub(crate) span: Span,
}

/// The statements between two braces.
pub(crate) type Body = Rc<[Statement]>;

/// The kinds of statements.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum StatementKind {
    /// Commands whose objects pass from one to the next.
    Pipeline(Pipeline),
    /// `a && b`, `a || b`.
    Chain(Box<Statement>, ChainOperator, Box<Statement>),
    /// `$x = …`, `$x.y += …`, `$a, $b = …`.
    Assign {
        /// What is assigned to.
        target: Expression,
        /// `=`, or the operator in front of it.
        operator: Option<BinaryOperator>,
        /// What is assigned.
        value: Box<Statement>,
    },
    /// `if`, `elseif`, `else`.
    If {
        /// Conditions and what follows from them.
        clauses: Vec<(Statement, Body)>,
        /// What happens when none holds.
        otherwise: Option<Body>,
    },
    /// `switch`.
    Switch(Box<Switch>),
    /// `foreach ($x in …) {…}`.
    Foreach {
        /// The label in front.
        label: Option<Rc<str>>,
        /// The variable.
        variable: Variable,
        /// The values.
        over: Box<Statement>,
        /// What is done with each.
        body: Body,
    },
    /// `for (…; …; …) {…}`.
    For {
        /// The label in front.
        label: Option<Rc<str>>,
        /// Done once, first.
        initializer: Option<Box<Statement>>,
        /// Asked before each turn.
        condition: Option<Box<Statement>>,
        /// Done behind each turn.
        iterator: Option<Box<Statement>>,
        /// The turn.
        body: Body,
    },
    /// `while (…) {…}`, `do {…} while (…)`, `do {…} until (…)`.
    Loop {
        /// The label in front.
        label: Option<Rc<str>>,
        /// Asked before each turn, or behind it.
        condition: Box<Statement>,
        /// Whether the turn comes first.
        body_first: bool,
        /// Whether the loop ends when the condition holds.
        until: bool,
        /// The turn.
        body: Body,
    },
    /// `function` and `filter`.
    Function(Rc<Function>),
    /// `enum` and `class`.
    Type(Rc<TypeDefinition>),
    /// `trap`: takes errors of the statements around it.
    Trap(Box<Trap>),
    /// `break`, with a label.
    Break(Option<Expression>),
    /// `continue`, with a label.
    Continue(Option<Expression>),
    /// `return`, with a value.
    Return(Option<Box<Statement>>),
    /// `throw`, with a value.
    Throw(Option<Box<Statement>>),
    /// `exit`, with a code.
    Exit(Option<Box<Statement>>),
    /// `try`, `catch`, `finally`.
    Try {
        /// What is tried.
        body: Body,
        /// Type names, none for all, and what is done.
        catches: Vec<(Vec<TypeName>, Body)>,
        /// What is done in any case.
        finally: Option<Body>,
    },
}

/// A `trap`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Trap {
    /// The exception that it takes; `None` for all.
    pub(crate) exception: Option<TypeName>,
    /// What is done.
    pub(crate) body: Body,
}

/// An `enum` or a `class`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TypeDefinition {
    /// The name.
    pub(crate) name: Rc<str>,
    /// Where the name stands.
    pub(crate) name_span: Span,
    /// What it defines.
    pub(crate) kind: TypeKind,
}

/// What a type definition defines.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum TypeKind {
    /// Words and their numbers, in the order written.
    Enumeration(Vec<(Rc<str>, i64)>),
    /// A class.
    Class {
        /// The class it derives from, and where that name stands.
        base: Option<(Rc<str>, Span)>,
        /// Its properties.
        properties: Vec<Property>,
        /// Its methods and constructors.
        methods: Vec<Method>,
    },
}

/// A property of a class.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Property {
    /// The name without the dollar sign.
    pub(crate) name: Rc<str>,
    /// The type in front.
    pub(crate) type_name: Option<TypeName>,
    /// The value that it begins with.
    pub(crate) default: Option<Expression>,
    /// Whether it belongs to the class and not to each object.
    pub(crate) of_type: bool,
}

/// A method of a class.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Method {
    /// The name; that of the class for a constructor.
    pub(crate) name: Rc<str>,
    /// Where it stands.
    pub(crate) span: Span,
    /// Whether it belongs to the class and not to each object.
    pub(crate) of_type: bool,
    /// Whether it makes objects.
    pub(crate) constructor: bool,
    /// The type of what it returns.
    pub(crate) type_name: Option<TypeName>,
    /// Parameters and body.
    pub(crate) block: Rc<Block>,
    /// What a constructor gives that of its base: `: base(…)`.
    pub(crate) base_arguments: Option<Vec<Expression>>,
}

/// `&&` or `||`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChainOperator {
    /// The second runs when the first succeeded.
    And,
    /// The second runs when the first failed.
    Or,
}

/// A `switch`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Switch {
    /// The label in front.
    pub(crate) label: Option<Rc<str>>,
    /// How texts are compared.
    pub(crate) mode: SwitchMode,
    /// Whether case matters.
    pub(crate) case_sensitive: bool,
    /// The values.
    pub(crate) subject: Statement,
    /// Conditions and what follows; a condition of `None` is `default`.
    pub(crate) clauses: Vec<(Option<Expression>, Body)>,
}

/// How `switch` compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SwitchMode {
    /// As `-eq`.
    Exact,
    /// As `-like`.
    Wildcard,
    /// As `-match`.
    Regex,
}

/// A function with its name.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Function {
    /// The name.
    pub(crate) name: Rc<str>,
    /// Where the name stands.
    pub(crate) name_span: Span,
    /// Parameters and body.
    pub(crate) block: Rc<Block>,
    /// Whether the body runs once per input object.
    pub(crate) filter: bool,
}

/// A script block, the body of a function, or a whole script.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Block {
    /// The parameters; `None` without `param` or a list behind the name.
    pub(crate) parameters: Option<Vec<FunctionParameter>>,
    /// Whether `[CmdletBinding()]` or `[Parameter()]` makes it an advanced function, which takes no unknown arguments.
    pub(crate) advanced: bool,
    /// `begin`.
    pub(crate) begin: Option<Body>,
    /// `process`.
    pub(crate) process: Option<Body>,
    /// `end`, or the statements without a name.
    pub(crate) end: Body,
    /// The text between the braces.
    pub(crate) text: Rc<str>,
    /// Where it stands.
    pub(crate) span: Span,
}

/// A parameter of a function.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FunctionParameter {
    /// The name without the dollar sign.
    pub(crate) name: Rc<str>,
    /// Where it stands.
    pub(crate) span: Span,
    /// The type in front.
    pub(crate) type_name: Option<TypeName>,
    /// The value when none is given.
    pub(crate) default: Option<Expression>,
    /// Whether it must be given.
    pub(crate) mandatory: bool,
    /// Its place, when `Position` says so.
    pub(crate) position: Option<i64>,
    /// Whether pipeline objects are its value.
    pub(crate) from_pipeline: bool,
    /// Whether a property of pipeline objects is its value.
    pub(crate) from_property: bool,
    /// Other names.
    pub(crate) aliases: Vec<Rc<str>>,
    /// What values are allowed.
    pub(crate) checks: Vec<Validation>,
}

/// What a parameter of a function demands of its value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Validation {
    /// `[ValidateSet('a', 'b')]`.
    Set(Vec<Rc<str>>),
    /// `[ValidatePattern('…')]`.
    Pattern(Rc<str>),
    /// `[ValidateRange(1, 5)]`.
    Range(Expression, Expression),
    /// `[ValidateNotNull()]`.
    NotNull,
    /// `[ValidateNotNullOrEmpty()]`.
    NotEmpty,
    /// `[ValidateCount(1, 5)]`, `[ValidateLength(1, 5)]`: of items, or of characters.
    Length(Expression, Expression),
    /// `[ValidateScript({…})]`.
    Script(Rc<Block>),
}

/// The stages of a pipeline, in order; never empty.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pipeline {
    /// The stages.
    pub(crate) stages: Vec<Stage>,
    /// Where it stands.
    pub(crate) span: Span,
}

/// One stage of a pipeline.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Stage {
    /// A command with its arguments.
    Command(Command),
    /// A value; only the first stage.
    Expression(Expression, Vec<Redirection>),
}

/// `2>&1`, `> file`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Redirection {
    /// The number of the stream; 0 stands for `*`.
    pub(crate) stream: u8,
    /// Where it goes: a file and whether it is appended to, or the output.
    pub(crate) target: Option<(Expression, bool)>,
}

/// How a command is called.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Callee {
    /// By a name as written.
    Name(Rc<str>),
    /// `& $block` or, when true, `. $block`.
    Value(Box<Expression>, bool),
}

/// A command as written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Command {
    /// What is called.
    pub(crate) callee: Callee,
    /// Where the name stands.
    pub(crate) name_span: Span,
    /// Names of parameters and values, in the order written. Which value belongs to which
    /// parameter depends on the command, so the binder decides.
    pub(crate) elements: Vec<Element>,
    /// Where the streams go.
    pub(crate) redirections: Vec<Redirection>,
    /// Where the whole command stands.
    pub(crate) span: Span,
    /// The command as written.
    pub(crate) text: Rc<str>,
}

/// A parameter name or a value of a command.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Element {
    /// `-Name`, or `-Name:value`.
    Parameter {
        /// The name without the dash.
        name: Rc<str>,
        /// Where the name stands.
        span: Span,
        /// The value behind a colon.
        attached: Option<Expression>,
    },
    /// A value.
    Value(Expression),
    /// `@name`: a hashtable of parameters or a list of values.
    Splat(Variable, Span),
}

/// A value as written, and where.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Expression {
    /// The value.
    pub(crate) kind: ExpressionKind,
    /// Where it stands.
    pub(crate) span: Span,
}

/// A variable: `$x`, `$script:x`, `$env:x`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Variable {
    /// The scope or drive in front of the colon, in lower case.
    pub(crate) scope: Option<Rc<str>>,
    /// The name in lower case.
    pub(crate) name: Rc<str>,
}

/// A type in brackets: `[guid]`, `[System.Collections.Generic.List[string]]`.
#[derive(Debug, Clone, PartialEq)]
pub struct TypeName {
    /// The name without what stands in inner brackets.
    pub(crate) name: Rc<str>,
    /// What stands in inner brackets.
    pub(crate) arguments: Vec<TypeName>,
    /// Whether `[]` follows.
    pub(crate) array: bool,
    /// Where it stands.
    pub(crate) span: Span,
}

/// A part of an expandable text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Part {
    /// As it is.
    Text(Rc<str>),
    /// The text of a value.
    Value(Expression),
}

/// The kinds of values.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ExpressionKind {
    /// `$null`.
    Null,
    /// `$true` or `$false`.
    Boolean(bool),
    /// A whole number, with its text: an employee number of `007` keeps its zeros.
    Integer(i64, Rc<str>),
    /// A number with a fraction, with its text.
    Real(f64, Rc<str>),
    /// A quoted or bare text, escapes resolved.
    Text(Rc<str>),
    /// `a, b`.
    Array(Vec<Expression>),
    /// `@{…}`: keys and values in the order written.
    Table(Vec<(Expression, Statement)>),
    /// `{…}`.
    ScriptBlock(Rc<Block>),
    /// `"… $x …"`.
    Expandable(Vec<Part>),
    /// `$x`.
    Variable(Variable),
    /// `@(…)`: always a list.
    List(Body),
    /// `$(…)`.
    Sub(Body),
    /// `(…)`.
    Paren(Box<Statement>),
    /// `[type]`.
    Type(TypeName),
    /// `[type]value`.
    Cast(TypeName, Box<Expression>),
    /// `value.name`, `[type]::name`.
    Member {
        /// The value.
        target: Box<Expression>,
        /// The name.
        name: Box<Expression>,
        /// Whether two colons stand in front of the name.
        of_type: bool,
    },
    /// `value.name(…)`, `[type]::name(…)`.
    Call {
        /// The value.
        target: Box<Expression>,
        /// The name.
        name: Box<Expression>,
        /// The arguments.
        arguments: Vec<Expression>,
        /// Whether two colons stand in front of the name.
        of_type: bool,
    },
    /// `a ? b : c`.
    Ternary(Box<[Expression; 3]>),
    /// `value?.name`, `value?.name(…)`, `value?[index]`: the access, which is null when its value is.
    IfPresent(Box<Expression>),
    /// `value[index]`.
    Index(Box<Expression>, Box<Expression>),
    /// `a op b`.
    Binary(BinaryOperator, Box<Expression>, Box<Expression>),
    /// `op a`.
    Unary(UnaryOperator, Box<Expression>),
    /// `++$x`, `$x--`: the step, and whether the old value counts.
    Step {
        /// The variable or property.
        target: Box<Expression>,
        /// 1 or -1.
        by: i8,
        /// Whether the value is the one before the step.
        post: bool,
    },
}

/// Operators between two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BinaryOperator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    And,
    Or,
    Xor,
    BitAnd,
    BitOr,
    BitXor,
    ShiftLeft,
    ShiftRight,
    Range,
    Format,
    Is,
    IsNot,
    As,
    Join,
    /// `??`: the first value unless it is null.
    Coalesce,
    /// A comparison, and whether case matters.
    Compare(Comparison, bool),
}

/// Comparisons that have a form with case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Like,
    NotLike,
    Match,
    NotMatch,
    Contains,
    NotContains,
    In,
    NotIn,
    Replace,
    Split,
}

/// Operators in front of one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UnaryOperator {
    Not,
    BitNot,
    Minus,
    Plus,
    Comma,
    Split,
    Join,
}

impl BinaryOperator {
    /// Returns the operator of a word such as `-eq`, in any letter case.
    pub(crate) fn of(word: &str) -> Option<Self> {
        let lower = word.to_ascii_lowercase();
        Some(match lower.as_str() {
            "+" => Self::Add,
            "-" => Self::Subtract,
            "*" => Self::Multiply,
            "/" => Self::Divide,
            "%" => Self::Remainder,
            "-and" => Self::And,
            "-or" => Self::Or,
            "-xor" => Self::Xor,
            "-band" => Self::BitAnd,
            "-bor" => Self::BitOr,
            "-bxor" => Self::BitXor,
            "-shl" => Self::ShiftLeft,
            "-shr" => Self::ShiftRight,
            ".." => Self::Range,
            "-f" => Self::Format,
            "-is" => Self::Is,
            "-isnot" => Self::IsNot,
            "-as" => Self::As,
            "-join" => Self::Join,
            "??" => Self::Coalesce,
            other => {
                let name = other.strip_prefix('-')?;
                if let Some(plain) = Comparison::of(name) {
                    return Some(Self::Compare(plain, false));
                }
                let (case, rest) = name.split_at_checked(1)?;
                let comparison = Comparison::of(rest)?;
                match case {
                    "c" => Self::Compare(comparison, true),
                    "i" => Self::Compare(comparison, false),
                    _ => return None,
                }
            }
        })
    }
}

impl Comparison {
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "eq" => Self::Equal,
            "ne" => Self::NotEqual,
            "gt" => Self::Greater,
            "ge" => Self::GreaterOrEqual,
            "lt" => Self::Less,
            "le" => Self::LessOrEqual,
            "like" => Self::Like,
            "notlike" => Self::NotLike,
            "match" => Self::Match,
            "notmatch" => Self::NotMatch,
            "contains" => Self::Contains,
            "notcontains" => Self::NotContains,
            "in" => Self::In,
            "notin" => Self::NotIn,
            "replace" => Self::Replace,
            "split" => Self::Split,
            _ => return None,
        })
    }
}
