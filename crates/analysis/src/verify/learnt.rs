//! Mail that what scores it had learnt says nothing about mail that it has not seen.

use crate::{Standing, Verdict, Verification, thousands};

use super::budget_line;

/// How many messages of some mail were in the training mail of what scored them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Learnt {
    /// Messages that were learnt.
    pub count: u64,
    /// All messages.
    pub of: u64,
}

impl Learnt {
    /// `3 of 20 messages of the hold-out mail were in the model's training mail`; `None`
    /// where none were. `mail` names it.
    pub fn words(self, mail: &str) -> Option<String> {
        let (count, of) = (thousands(self.count), thousands(self.of));
        let was = if self.count == 1 { "was" } else { "were" };
        (self.count > 0).then(|| {
            format!(
                "{count} of {of} messages of {mail} {was} in the model's training mail"
            )
        })
    }
}

impl Verification {
    /// Takes the verdict back where mail was learnt, by what [`Learnt::words`] says: it is
    /// unproven, no budget is proven, and neither more mail nor right labels would help.
    #[must_use]
    pub fn taken_back(mut self, learnt: &[String]) -> Self {
        if learnt.is_empty() {
            return self;
        }
        self.verdict = Verdict::Unproven;
        self.survives_wrong_labels = None;
        (self.needed.ham, self.needed.spam) = (None, None);
        for budget in &mut self.budgets {
            if budget.standing == Standing::Proven {
                budget.standing = Standing::Within;
            }
        }
        let head = format!(
            "unproven: {}; use other mail, or train without it",
            learnt.join(", and ")
        );
        self.why =
            std::iter::once(head).chain(self.budgets.iter().map(budget_line)).collect();
        self
    }
}
