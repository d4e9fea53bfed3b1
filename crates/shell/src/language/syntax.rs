//! What a script says.

use super::Span;

/// One statement.
#[derive(Debug, Clone, PartialEq)]
pub enum Statement {
    /// `$name = …`.
    Assign {
        /// Place of the name.
        span: Span,
        /// Name without the dollar sign.
        name: String,
        /// Whether it is added to what the variable holds: `+=`.
        adds: bool,
        /// What it becomes.
        value: Pipeline,
    },
    /// `exit`: nothing behind it runs.
    Exit(Span),
    /// Commands whose output is shown.
    Run(Pipeline),
}

/// A value or command, and the commands its output goes through.
#[derive(Debug, Clone, PartialEq)]
pub struct Pipeline {
    /// The whole text.
    pub span: Span,
    /// A value that opens the pipeline; else the first command does.
    pub head: Option<Node>,
    /// Commands, in order.
    pub commands: Vec<Command>,
}

/// One command with its arguments.
#[derive(Debug, Clone, PartialEq)]
pub struct Command {
    /// Place of the name.
    pub span: Span,
    /// Name as written.
    pub name: String,
    /// Arguments, in order.
    pub arguments: Vec<Argument>,
}

/// One argument.
#[derive(Debug, Clone, PartialEq)]
pub struct Argument {
    /// Where.
    pub span: Span,
    /// What.
    pub kind: ArgumentKind,
}

/// Kinds of arguments.
#[derive(Debug, Clone, PartialEq)]
pub enum ArgumentKind {
    /// `-Name` or `-Name:value`.
    Parameter {
        /// Name without the dash.
        name: String,
        /// The value after a colon.
        value: Option<Node>,
    },
    /// A value.
    Value(Node),
}

/// An expression with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Where.
    pub span: Span,
    /// What.
    pub expression: Expression,
}

/// Expressions.
#[derive(Debug, Clone, PartialEq)]
pub enum Expression {
    /// `$null`.
    Null,
    /// `$true` or `$false`.
    Bool(bool),
    /// A whole number.
    Number(i64),
    /// Text without anything to expand.
    Text(String),
    /// Text with variables in it.
    Expand(Vec<Piece>),
    /// `$name`, `$_` or `$name.Property`.
    Variable {
        /// Name without the dollar sign.
        name: String,
        /// Properties asked for.
        path: Vec<String>,
    },
    /// `a, b` or `@(…)`.
    List(Vec<Node>),
    /// `@{ Name = value; … }`.
    Table(Vec<(String, Node)>),
    /// `( … )`, perhaps with properties asked for.
    Nested {
        /// What stands in the brackets.
        pipeline: Box<Pipeline>,
        /// Properties asked for.
        path: Vec<String>,
    },
    /// `{ … }`.
    Block(Box<Block>),
}

/// A piece of text in double quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Text as it is.
    Text(String),
    /// `$name`.
    Variable(String),
}

/// What stands in braces.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// A condition or value about `$_`.
    Condition(Condition),
    /// Commands.
    Commands(Vec<Statement>),
}

/// A condition.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// The value counts as true.
    Truth(Node),
    /// A comparison.
    Compare {
        /// Left side.
        left: Node,
        /// How.
        operator: Operator,
        /// Whether letter case counts.
        case: LetterCase,
        /// Right side.
        right: Node,
    },
    /// Not.
    Not(Box<Self>),
    /// All of them.
    And(Vec<Self>),
    /// Any of them.
    Or(Vec<Self>),
}

/// Whether letter case counts in a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LetterCase {
    /// It does not: `-eq`, `-ieq`.
    Ignored,
    /// It does: `-ceq`.
    Minded,
}

/// Comparisons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are the language's own operators")]
pub enum Operator {
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
    Like,
    NotLike,
    Contains,
    NotContains,
    In,
    NotIn,
    Match,
    NotMatch,
}

impl Operator {
    /// All operators, each with its word.
    pub const ALL: [(&'static str, Self); 14] = [
        ("eq", Self::Eq),
        ("ne", Self::Ne),
        ("gt", Self::Gt),
        ("ge", Self::Ge),
        ("lt", Self::Lt),
        ("le", Self::Le),
        ("like", Self::Like),
        ("notlike", Self::NotLike),
        ("contains", Self::Contains),
        ("notcontains", Self::NotContains),
        ("in", Self::In),
        ("notin", Self::NotIn),
        ("match", Self::Match),
        ("notmatch", Self::NotMatch),
    ];

    /// The operator of a word, in any letter case. A leading `i` says that letter case does
    /// not count, as it does not without one; a leading `c` says that it does.
    pub fn find(word: &str) -> Option<(Self, LetterCase)> {
        let lower = word.to_ascii_lowercase();
        let named = |word: &str| {
            let found = Self::ALL.iter().find(|(name, _)| *name == word);
            found.map(|(_, operator)| *operator)
        };
        let behind = |letter: char| lower.strip_prefix(letter).and_then(named);
        let plain = named(&lower).or_else(|| behind('i'));
        let plain = plain.map(|operator| (operator, LetterCase::Ignored));
        plain.or_else(|| Some((behind('c')?, LetterCase::Minded)))
    }
}
