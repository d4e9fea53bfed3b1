//! Settings of the server around the agents.

use mail::Edition;
use serde::{Deserialize, Serialize};

use crate::SpecError;

/// Settings of transport: `Set-TransportConfig`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct TransportSpec {
    /// `InternalSMTPServers`: addresses, networks or ranges of servers that pass mail on.
    /// Mail that they bring is judged by the first address outside in its Received fields.
    pub internal_smtp_servers: Vec<String>,
}

/// The receive connector that replayed mail arrives on: `Set-ReceiveConnector`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ReceiveConnectorSpec {
    /// Name or GUID, as `exception-connectors` of the attachment filter names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// How long refusals of recipients are held back, `hh:mm:ss` (default `00:00:05`).
    pub tarpit_interval: String,
}

impl Default for ReceiveConnectorSpec {
    fn default() -> Self {
        Self { identity: None, tarpit_interval: "00:00:05".to_owned() }
    }
}

impl ReceiveConnectorSpec {
    /// The tarpit interval in seconds.
    ///
    /// # Errors
    ///
    /// [`SpecError`] where it is no time of the form `hh:mm:ss`.
    pub fn tarpit_seconds(&self) -> Result<u32, SpecError> {
        let text = &self.tarpit_interval;
        let part = |part: &str| {
            let digits = part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
            digits.then(|| part.parse::<u32>().ok()).flatten()
        };
        let parts: Option<Vec<u32>> = text.split(':').map(part).collect();
        match parts.as_deref() {
            Some([hours, minutes @ 0..60, seconds @ 0..60]) => {
                Ok(hours * 3600 + minutes * 60 + seconds)
            }
            Some(_) | None => Err(SpecError::new(
                "receive-connector.tarpit-interval",
                format!("`{text}` is no time"),
                "write `hh:mm:ss`, as `00:00:05`",
            )),
        }
    }
}

/// The server's anti-spam agent log: `Set-TransportService` since 2013, a configuration file
/// before. A replay's own log is written whole, whatever is set here. Source: specification
/// section 7.1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct TransportServiceSpec {
    /// Name of the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// Whether the server writes the log (default true).
    pub agent_log_enabled: bool,
    /// Folder of the log, where `Get-AgentLog` looks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_log_path: Option<String>,
    /// How long files are kept, `d.hh:mm:ss`; absent is the edition's own: 30 days in 2007 and
    /// 2010, 7 days since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_log_max_age: Option<String>,
    /// Most bytes of one file (default 10 MB).
    pub agent_log_max_file_size: u64,
    /// Most bytes of the folder (default 250 MB); the oldest files go first.
    pub agent_log_max_directory_size: u64,
}

/// Bytes of a megabyte, as the product counts.
const MEGABYTE: u64 = 1 << 20;

impl Default for TransportServiceSpec {
    fn default() -> Self {
        Self {
            identity: None,
            agent_log_enabled: true,
            agent_log_path: None,
            agent_log_max_age: None,
            agent_log_max_file_size: 10 * MEGABYTE,
            agent_log_max_directory_size: 250 * MEGABYTE,
        }
    }
}

impl TransportServiceSpec {
    /// Whether nothing is set.
    pub(crate) fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// How long files are kept, as text: what is set, or the edition's own.
    pub fn max_age(&self, edition: Edition) -> &str {
        let own = match edition {
            Edition::E2003Sp2 | Edition::E2007 | Edition::E2010 => "30.00:00:00",
            Edition::E2013 | Edition::E2016 | Edition::E2019 | Edition::Se => {
                "7.00:00:00"
            }
        };
        self.agent_log_max_age.as_deref().unwrap_or(own)
    }

    /// How long files are kept, in seconds.
    ///
    /// # Errors
    ///
    /// [`SpecError`] where it is no time of the form `d.hh:mm:ss`.
    pub fn max_age_seconds(&self, edition: Edition) -> Result<u64, SpecError> {
        let text = self.max_age(edition);
        seconds(text).ok_or_else(|| {
            SpecError::new(
                "transport-service.agent-log-max-age",
                format!("`{text}` is no span of time"),
                "write `d.hh:mm:ss`, as `7.00:00:00`",
            )
        })
    }

    /// An error where a value cannot be.
    pub(crate) fn check(&self, edition: Edition) -> Result<(), SpecError> {
        self.max_age_seconds(edition)?;
        for (key, bytes) in [
            ("transport-service.agent-log-max-file-size", self.agent_log_max_file_size),
            (
                "transport-service.agent-log-max-directory-size",
                self.agent_log_max_directory_size,
            ),
        ] {
            if bytes == 0 {
                let cure = "state at least 1; to write no log, set `agent-log-enabled`";
                return Err(SpecError::new(key, "a log of no bytes".to_owned(), cure));
            }
        }
        Ok(())
    }
}

/// Seconds of `d.hh:mm:ss` or `hh:mm:ss`.
fn seconds(text: &str) -> Option<u64> {
    let (days, rest) = text.split_once('.').unwrap_or(("0", text));
    let number = |part: &str, most: usize| {
        let digits = (1..=most).contains(&part.len())
            && part.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| part.parse::<u64>().ok()).flatten()
    };
    let mut parts = rest.split(':').map(|part| number(part, 2));
    let [hours, minutes, seconds] = [parts.next()??, parts.next()??, parts.next()??];
    let fits = parts.next().is_none() && hours < 24 && minutes < 60 && seconds < 60;
    let days = number(days, 5)?;
    fits.then_some(days * 86_400 + hours * 3_600 + minutes * 60 + seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_age_of_a_log_is_days_and_time() {
        for (text, wanted) in [
            ("7.00:00:00", Some(604_800)),
            ("00:00:01", Some(1)),
            ("1.23:59:59", Some(172_799)),
            ("30", None),
            ("1.24:00:00", None),
            ("1.00:60:00", None),
            ("1.00:00:00:00", None),
            ("-1.00:00:00", None),
            ("", None),
        ] {
            let spec = TransportServiceSpec {
                agent_log_max_age: Some(text.to_owned()),
                ..TransportServiceSpec::default()
            };
            assert_eq!(spec.max_age_seconds(Edition::Se).ok(), wanted, "{text}");
        }
        let own = TransportServiceSpec::default();
        assert_eq!(own.max_age_seconds(Edition::Se), Ok(7 * 86_400));
        assert_eq!(own.max_age_seconds(Edition::E2007), Ok(30 * 86_400));
        let none = TransportServiceSpec { agent_log_max_file_size: 0, ..own };
        assert!(none.check(Edition::Se).is_err());
    }

    #[test]
    fn an_interval_is_read_in_hours_minutes_and_seconds() {
        let seconds = |text: &str| {
            let tarpit_interval = text.to_owned();
            ReceiveConnectorSpec { tarpit_interval, ..ReceiveConnectorSpec::default() }
                .tarpit_seconds()
        };
        assert_eq!(seconds("00:00:05"), Ok(5));
        assert_eq!(seconds("01:02:03"), Ok(3723));
        for wrong in ["5", "00:05", "00:60:00", "0:00:05", "00:00:-5", ""] {
            assert!(seconds(wrong).unwrap_err().to_string().contains(wrong));
        }
    }
}
