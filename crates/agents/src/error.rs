//! What can be wrong with a policy.

/// A setting that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{key}`: {problem}; {cure}")]
pub struct SpecError {
    /// The setting, as a dotted key of the policy file.
    pub key: String,
    /// What is wrong, with the value in backticks.
    pub problem: String,
    /// What to write instead.
    pub cure: String,
}

impl SpecError {
    /// An error about `key`.
    pub fn new(
        key: impl Into<String>,
        problem: impl Into<String>,
        cure: impl Into<String>,
    ) -> Self {
        Self { key: key.into(), problem: problem.into(), cure: cure.into() }
    }

    /// An error where `key` holds more than `limit` entries.
    pub(crate) fn check_count(key: &str, count: usize, limit: usize) -> Result<(), Self> {
        if count <= limit {
            return Ok(());
        }
        let problem = format!("{count} entries, the product takes at most {limit}");
        Err(Self::new(key, problem, "remove some"))
    }

    /// An error where a text of `key` is longer than `limit` characters.
    pub(crate) fn check_length(key: &str, text: &str, limit: usize) -> Result<(), Self> {
        let length = text.chars().count();
        if length <= limit {
            return Ok(());
        }
        let problem = format!("{length} characters, the product takes at most {limit}");
        Err(Self::new(key, problem, "shorten it"))
    }
}
