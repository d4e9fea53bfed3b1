//! Errors of the filter engine.

use std::io;
use std::path::PathBuf;

use mail::Label;

/// A name that is no trainer.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no trainer; use `fast` or `accurate`")]
pub struct UnknownTrainer(pub(crate) String);

/// Why a model file cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum ModelFileError {
    /// The file cannot be read.
    #[error("read model `{}`: check the path and its permissions", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file cannot be written.
    #[error("write model `{}`: check that the folder exists and has room", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is no model that this version can use.
    #[error("use model `{}`: {problem}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong with its content.
        #[source]
        problem: ModelProblem,
    },
}

/// What is wrong with the bytes of a model file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelProblem {
    /// The magic bytes are missing.
    #[error("it is not a model file; make one with `sclbench train`")]
    NotAModel,
    /// Another version of the format.
    #[error(
        "it has model format {found} and this program reads format {supported}; \
         train it again, or use the program that wrote it"
    )]
    OtherVersion {
        /// Version in the file.
        found: u32,
        /// Version of this program.
        supported: u32,
    },
    /// Bytes are missing at the end.
    #[error(
        "it is cut short at {found} of {expected} bytes; copy it again or train it again"
    )]
    Truncated {
        /// Bytes there are.
        found: u64,
        /// Bytes there must be.
        expected: u64,
    },
    /// The content does not match the digest at its end.
    #[error(
        "its content does not match its SHA-256; it was changed after it was written: \
         copy it again or train it again"
    )]
    DigestMismatch,
    /// The content is not what its format says.
    #[error("its {part} are not valid; train it again")]
    Damaged {
        /// What cannot be read.
        part: &'static str,
    },
}

/// Why scores cannot be calibrated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CalibrationError {
    /// One label is missing.
    #[error("calibrate: there is no {missing} among {messages} messages; add some")]
    OneLabel {
        /// The label nobody has.
        missing: Label,
        /// All messages.
        messages: usize,
    },
    /// A score is not a number or too large.
    #[error("calibrate: score {index} is not a number from -1e12 to 1e12")]
    NotAScore {
        /// Its place, from 0.
        index: usize,
    },
}

/// Why quality cannot be measured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QualityError {
    /// One label is missing.
    #[error("measure quality: there is no {missing} among {messages} messages; add some")]
    OneLabel {
        /// The label nobody has.
        missing: Label,
        /// All messages.
        messages: usize,
    },
    /// A score is not a number.
    #[error("measure quality: score {index} is not a number")]
    NotANumber {
        /// Its place, from 0.
        index: usize,
    },
}

/// Why messages cannot be trained on in folds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrainError {
    /// Fewer than two folds.
    #[error("split into {folds} folds: use at least 2")]
    TooFewFolds {
        /// As asked for.
        folds: usize,
    },
    /// A fold that does not exist.
    #[error("score fold {index} of {folds}: folds are numbered from 0")]
    NoSuchFold {
        /// As asked for.
        index: usize,
        /// How many there are.
        folds: usize,
    },
    /// One label has too few groups, so that a fold would train without it.
    #[error(
        "train in folds: {label} has {groups} groups of alike messages and at least 2 are \
         needed; add {label} that differs"
    )]
    TooFewGroups {
        /// The label.
        label: Label,
        /// Its groups.
        groups: usize,
    },
    /// Scores of another set of messages.
    #[error("build a model: {scores} out-of-fold scores for {messages} messages")]
    OtherScores {
        /// Scores given.
        scores: usize,
        /// Messages given.
        messages: usize,
    },
    /// The scores cannot be calibrated.
    #[error(transparent)]
    Calibration(#[from] CalibrationError),
}

/// Why a list of custom phrases is refused. Source of the limits: specification 3.8.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PhraseError {
    /// More phrases than the product takes.
    #[error("use {found} custom phrases: at most {limit} are allowed; remove some")]
    TooMany {
        /// Phrases given.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// A phrase without text.
    #[error("use custom phrase {number}: it is empty; write a text or remove it")]
    Empty {
        /// Its place, from 1.
        number: usize,
    },
    /// A phrase that is too long.
    #[error(
        "use custom phrase {number} (`{start}…`): it has {found} characters and must have \
         fewer than {limit}; shorten it"
    )]
    TooLong {
        /// Its place, from 1.
        number: usize,
        /// Its first characters.
        start: String,
        /// Its length in characters.
        found: usize,
        /// It must have fewer.
        limit: usize,
    },
    /// The phrases cannot be made into one matcher.
    #[error("use custom phrases: {0}")]
    Matcher(String),
}

/// Why custom weights are refused. Source of the limit: specification 6.3.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WeightError {
    /// An entry without text.
    #[error("use custom weight {number}: its text is empty; write a text or remove it")]
    Empty {
        /// Its place, from 1.
        number: usize,
    },
    /// An entry that is too long.
    #[error(
        "use custom weight {number} (`{start}…`): its text has {found} characters and may \
         have {limit}; shorten it"
    )]
    TooLong {
        /// Its place, from 1.
        number: usize,
        /// Its first characters.
        start: String,
        /// Its length in characters.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// The texts cannot be made into one matcher.
    #[error("use custom weights: {0}")]
    Matcher(String),
}

/// Why a custom weighting file is refused. Source of its form: specification 6.3.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WeightFileError {
    /// More bytes than any list of weights needs.
    #[error("it has {found} bytes and may have {limit}; remove entries")]
    TooLarge {
        /// Its bytes.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// It is not UTF-16 with a byte order mark.
    #[error(
        "it is not UTF-16 with a byte order mark, which the product asks for; save it as \
         Unicode"
    )]
    NotUnicode,
    /// It is no XML.
    #[error("{0}; correct the XML")]
    Xml(String),
    /// An element that does not belong there.
    #[error("line {line}: {problem}; {cure}")]
    Entry {
        /// From 1.
        line: u32,
        /// What is wrong.
        problem: String,
        /// What to write instead.
        cure: &'static str,
    },
}

/// Why cuts from score to SCL are refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("use SCL cut {scl} at {value}: cuts are numbers that never fall from SCL 1 to 9")]
pub struct CutsError {
    /// The SCL the cut leads to.
    pub scl: usize,
    /// The offending score.
    pub value: f64,
}

/// Why a score table is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// A line that is no row.
    #[error("read score table line {line}: {problem}")]
    BadLine {
        /// From 1.
        line: usize,
        /// What is wrong and what is right.
        problem: String,
    },
    /// A message with two scores.
    #[error(
        "read score table line {line}: message `{id}` has a score already; keep one line"
    )]
    Twice {
        /// From 1.
        line: usize,
        /// First digits of the message's digest.
        id: String,
    },
    /// A table without rows.
    #[error("read score table: it has no rows; write one line per message")]
    Empty,
}
