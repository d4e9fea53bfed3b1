//! How an update reaches a server, and what comes out of it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What the server does with an update that is offered. Source: specification section 6.6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Delivery {
    /// Downloaded and installed on schedule, nobody is asked.
    #[default]
    Scheduled,
    /// Downloaded, then the local user is asked whether to install.
    DownloadThenAsk,
    /// The local user is asked before anything is downloaded.
    AskFirst,
    /// Nothing happens by itself; a user chooses updates on the site.
    Manual,
}

impl Delivery {
    /// All four.
    pub const ALL: [Self; 4] =
        [Self::Scheduled, Self::DownloadThenAsk, Self::AskFirst, Self::Manual];

    /// Name as in files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::DownloadThenAsk => "download-then-ask",
            Self::AskFirst => "ask-first",
            Self::Manual => "manual",
        }
    }

    /// Who installs.
    pub const fn account(self) -> Account {
        match self {
            Self::Scheduled => Account::LocalSystem,
            Self::DownloadThenAsk | Self::AskFirst | Self::Manual => Account::LocalUser,
        }
    }

    /// What happens to an offered update, in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Scheduled => "is downloaded and installed on schedule, nobody is asked",
            Self::DownloadThenAsk => {
                "is downloaded, then the local user is asked whether to install"
            }
            Self::AskFirst => "waits: the local user is asked before it is downloaded",
            Self::Manual => "waits until a user chooses it",
        }
    }
}

impl fmt::Display for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Whose rights an installation runs with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Account {
    /// The system's own account.
    LocalSystem,
    /// The user who is logged on.
    LocalUser,
}

impl Account {
    /// `LocalSystem` or `local user`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LocalSystem => "LocalSystem",
            Self::LocalUser => "local user",
        }
    }
}

/// Result of an installation as the update agent's interface numbers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ResultCode {
    /// Nothing was started.
    NotStarted,
    /// Still running; never a final result.
    InProgress,
    /// Every update was installed.
    Succeeded,
    /// Some updates were installed and some were not.
    SucceededWithErrors,
    /// None was installed.
    Failed,
    /// The user said no.
    Aborted,
}

impl ResultCode {
    /// The number: 2 is success.
    pub const fn number(self) -> u8 {
        match self {
            Self::NotStarted => 0,
            Self::InProgress => 1,
            Self::Succeeded => 2,
            Self::SucceededWithErrors => 3,
            Self::Failed => 4,
            Self::Aborted => 5,
        }
    }

    /// The number's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotStarted => "not started",
            Self::InProgress => "in progress",
            Self::Succeeded => "succeeded",
            Self::SucceededWithErrors => "succeeded with errors",
            Self::Failed => "failed",
            Self::Aborted => "aborted",
        }
    }

    /// The result of several installations.
    pub const fn of(installed: usize, failed: usize) -> Self {
        match (installed, failed) {
            (0, 0) => Self::NotStarted,
            (_, 0) => Self::Succeeded,
            (0, _) => Self::Failed,
            (_, _) => Self::SucceededWithErrors,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_all_installed_is_two() {
        assert_eq!(ResultCode::of(2, 0).number(), 2);
        assert_eq!(ResultCode::of(2, 1).number(), 3);
        assert_eq!(ResultCode::of(0, 1).number(), 4);
        assert_eq!(ResultCode::of(0, 0).number(), 0);
    }

    #[test]
    fn only_schedules_run_as_the_system() {
        for delivery in Delivery::ALL {
            let system = delivery.account() == Account::LocalSystem;
            assert_eq!(system, delivery == Delivery::Scheduled);
        }
    }
}
