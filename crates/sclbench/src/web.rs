//! Files at an address: plain HTTP, nothing followed, everything limited.

use std::io::Read as _;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use filter::updates::{FeedPath, FolderShelf, Shelf, UpdateError};

/// A feed as written on the command line: a folder, or an `http://` address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FeedArg {
    /// A folder.
    Folder(PathBuf),
    /// An address without a slash at its end.
    Address(String),
}

impl FromStr for FeedArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let lower = text.to_ascii_lowercase();
        if lower.starts_with("https://") {
            return Err(
                "TLS is not built in; copy the feed to a folder and name that, or \
                        use an `http://` address: every file is checked by its digest"
                    .to_owned(),
            );
        }
        if lower.starts_with("http://") {
            return Ok(Self::Address(text.trim_end_matches('/').to_owned()));
        }
        Ok(Self::Folder(text.into()))
    }
}

impl FeedArg {
    /// The feed, which is not asked yet.
    pub(crate) fn shelf(&self) -> Box<dyn Shelf> {
        match self {
            Self::Folder(folder) => Box::new(FolderShelf::new(folder)),
            Self::Address(address) => Box::new(WebShelf::new(address.clone())),
        }
    }
}

/// A feed at an address.
struct WebShelf {
    address: String,
    agent: ureq::Agent,
}

/// An answer that takes longer is given up.
const PATIENCE: Duration = Duration::from_secs(120);

impl WebShelf {
    fn new(address: String) -> Self {
        Self { address, agent: agent() }
    }
}

/// What asks servers.
pub(crate) fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        .timeout_connect(Some(Duration::from_secs(10)))
        // A feed that sends its readers elsewhere is not the feed they named.
        .max_redirects(0)
        .max_response_header_size(16 << 10)
        .proxy(None)
        .user_agent(concat!("sclbench/", env!("CARGO_PKG_VERSION")))
        .build();
    config.into()
}

/// Why a file was not got.
pub(crate) enum Failure {
    /// No answer, or not the one wanted, in words.
    Answer(String),
    /// It is longer than allowed.
    TooLarge,
}

/// The file at an address, of at most `limit` bytes.
pub(crate) fn get(
    agent: &ureq::Agent,
    place: &str,
    limit: u64,
) -> Result<Vec<u8>, Failure> {
    let told = |error: &dyn std::error::Error| Failure::Answer(error.to_string());
    let mut response = agent.get(place).call().map_err(|error| told(&error))?;
    let status = response.status();
    if status.is_redirection() {
        let to = response.headers().get("location").and_then(|to| to.to_str().ok());
        let to: String = to.unwrap_or("elsewhere").chars().take(200).collect();
        let to: String = to.chars().filter(|c| c.is_ascii_graphic()).collect();
        return Err(Failure::Answer(format!(
            "the server answers {status}, to {to}, which is not followed (TLS is not \
             built in)"
        )));
    }
    if !status.is_success() {
        return Err(Failure::Answer(format!("the server answers {status}")));
    }
    // The stated length is not believed; reading stops one byte past the limit.
    let mut bytes = Vec::new();
    response
        .body_mut()
        .as_reader()
        .take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|error| told(&error))?;
    if bytes.len() as u64 > limit {
        return Err(Failure::TooLarge);
    }
    Ok(bytes)
}

impl Shelf for WebShelf {
    fn name(&self) -> String {
        self.address.clone()
    }

    fn fetch(&self, path: FeedPath, limit: u64) -> Result<Vec<u8>, UpdateError> {
        let place = format!("{}/{path}", self.address);
        get(&self.agent, &place, limit).map_err(|failure| match failure {
            Failure::Answer(problem) => UpdateError::Fetch {
                place: place.clone(),
                problem: format!(
                    "{problem}; check the address and that the feed is served"
                ),
            },
            Failure::TooLarge => UpdateError::TooLarge { place: place.clone(), limit },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn feeds_are_folders_or_plain_addresses() {
        let parsed = "http://127.0.0.1:8000/feed/".parse::<FeedArg>().unwrap();
        assert_eq!(parsed, FeedArg::Address("http://127.0.0.1:8000/feed".to_owned()));
        assert_eq!("a/b".parse::<FeedArg>().unwrap(), FeedArg::Folder("a/b".into()));
        assert!("https://updates.example".parse::<FeedArg>().is_err());
    }
}
