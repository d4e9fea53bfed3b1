//! What an agent log tells: the product's own reports, and scored messages whose thresholds
//! can be swept without their bodies. Source: specification section 7.

mod report;
mod transactions;

pub use report::{AgentLogReport, FilteringReport, NameValue};
pub use transactions::{
    LabelError, LogLabels, LogSummary, LogTier, SettingCounts, Transaction, Transactions,
};
