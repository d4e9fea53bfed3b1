//! What can be wrong with a recipe.

/// A recipe that cannot be followed.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    /// The text is no recipe.
    #[error("`{name}`, line {line}: {what}; correct the recipe")]
    Syntax {
        /// Where the recipe comes from.
        name: String,
        /// Line number, from 1.
        line: usize,
        /// What the reader says.
        what: String,
    },
    /// A key has a value outside its range.
    #[error("`{name}`: `{key}` is {value}; {cure}")]
    Value {
        /// Where the recipe comes from.
        name: String,
        /// The key, with its tables.
        key: &'static str,
        /// The value given.
        value: String,
        /// What is allowed.
        cure: &'static str,
    },
    /// The texts inside the program are broken: a defect of the program, not of the recipe.
    #[error("the built-in texts `{file}` are broken: {what}; report this as a defect")]
    Texts {
        /// The text file.
        file: &'static str,
        /// What is wrong.
        what: String,
    },
}
