//! Settings of the server around the agents.

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

#[cfg(test)]
mod tests {
    use super::*;

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
