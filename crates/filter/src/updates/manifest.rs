//! Manifests: what an update says of itself.

use std::collections::BTreeMap;

use mail::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{
    Identity, Language, Product, RegistryValue, UpdateError, Version, is_filter_update,
    title,
};

/// An update, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Manifest {
    /// Who it is.
    pub identity: Identity,
    /// Version of its definitions.
    pub version: Version,
    /// When it was released.
    pub released: Timestamp,
    /// Time of the newest message its definitions learnt from, where that is known; before
    /// the release.
    pub trained_until: Option<Timestamp>,
    /// Whether its definitions are used after a restart only.
    pub reboot_required: bool,
    /// Its title in all nine forms.
    pub titles: BTreeMap<Language, String>,
    /// Its definitions; none for an update of something else.
    pub definitions: Option<Definitions>,
    /// What a server must be to be offered it.
    pub requires: Requirements,
}

/// What the definitions of an update must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definitions {
    /// SHA-256 of the model file.
    pub sha256: [u8; 32],
    /// Its length.
    pub bytes: u64,
}

/// What a server must be: the product checks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Requirements {
    /// The product.
    pub edition: Product,
    /// The oldest service pack.
    pub service_pack: u32,
    /// A registry value that must be there, with type and data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registry: Option<RegistryValue>,
}

impl Requirements {
    /// What filter updates require: Exchange 2003 SP2 with `ContentFilterState` a DWORD of 1.
    /// Source: specification section 6.6.
    pub fn filter_update() -> Self {
        Self {
            edition: Product::Exchange2003,
            service_pack: 2,
            registry: Some(RegistryValue::content_filter_state()),
        }
    }
}

/// Definitions are no longer than this. The product's were about 6 MB; a full table of ours
/// is 16 MB and each training message adds 32 bytes.
pub(super) const MAX_DEFINITION_BYTES: u64 = 128 << 20;

/// Version of the format of manifests and feeds.
pub(super) const FORMAT: u32 = 1;

/// A manifest as written.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ManifestSpec {
    format: u32,
    identity: Identity,
    version: Version,
    released: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trained_until: Option<String>,
    reboot_required: bool,
    titles: BTreeMap<Language, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    definitions: Option<DefinitionsSpec>,
    requires: Requirements,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct DefinitionsSpec {
    sha256: String,
    bytes: u64,
}

impl Manifest {
    /// The title in a language.
    pub fn title(&self, language: Language) -> &str {
        self.titles.get(&language).map_or("", String::as_str)
    }

    /// Whether it is an update of the filter, which only its title tells.
    pub fn is_filter_update(&self) -> bool {
        self.titles.values().any(|title| is_filter_update(title))
    }

    /// Reads a manifest; `place` names it in errors.
    pub(super) fn read(place: &str, bytes: &[u8]) -> Result<Self, UpdateError> {
        let spec: ManifestSpec = parse(place, bytes)?;
        let invalid =
            |problem: String| UpdateError::Invalid { place: place.to_owned(), problem };
        check_format(place, spec.format)?;
        let released = time(place, "released", &spec.released)?;
        let trained_until = match &spec.trained_until {
            Some(text) => Some(time(place, "trained-until", text)?),
            None => None,
        };
        if trained_until.is_some_and(|until| until >= released) {
            return Err(invalid(
                "it was trained on mail that came after its release; build it again with a \
                 later release"
                    .to_owned(),
            ));
        }
        title::check(place, &spec.titles)?;
        if let Some(problem) =
            spec.requires.registry.as_ref().and_then(RegistryValue::problem)
        {
            return Err(invalid(problem));
        }
        let definitions = match spec.definitions {
            None => None,
            Some(DefinitionsSpec { sha256, bytes }) if bytes <= MAX_DEFINITION_BYTES => {
                let sha256 = digest(place, &sha256)?;
                Some(Definitions { sha256, bytes })
            }
            Some(_) => {
                let (place, limit) = (place.to_owned(), MAX_DEFINITION_BYTES);
                return Err(UpdateError::TooLarge { place, limit });
            }
        };
        let manifest = Self {
            identity: spec.identity,
            version: spec.version,
            released,
            trained_until,
            reboot_required: spec.reboot_required,
            titles: spec.titles,
            definitions,
            requires: spec.requires,
        };
        if manifest.is_filter_update() != manifest.definitions.is_some() {
            return Err(invalid(
                "a filter update has definitions and other updates have none; build it again"
                    .to_owned(),
            ));
        }
        Ok(manifest)
    }

    /// The manifest as text.
    pub(super) fn write(&self) -> String {
        let spec = ManifestSpec {
            format: FORMAT,
            identity: self.identity,
            version: self.version,
            released: self.released.to_string(),
            trained_until: self.trained_until.map(|time| time.to_string()),
            reboot_required: self.reboot_required,
            titles: self.titles.clone(),
            definitions: self.definitions.as_ref().map(|definitions| DefinitionsSpec {
                sha256: hex(&definitions.sha256),
                bytes: definitions.bytes,
            }),
            requires: self.requires.clone(),
        };
        toml::to_string(&spec).expect("plain data can be written as TOML")
    }
}

/// Parses a small TOML file; errors name the line.
pub(super) fn parse<T: for<'de> Deserialize<'de>>(
    place: &str,
    bytes: &[u8],
) -> Result<T, UpdateError> {
    let invalid =
        |place: String, problem: String| UpdateError::Invalid { place, problem };
    let text = std::str::from_utf8(bytes).map_err(|_| {
        invalid(place.to_owned(), "it is no UTF-8 text; replace it".to_owned())
    })?;
    toml::from_str(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start.min(text.len()));
        let line = text.as_bytes()[..start].iter().filter(|b| **b == b'\n').count() + 1;
        let message: String =
            error.message().replace('\n', "; ").chars().take(200).collect();
        invalid(format!("{place}, line {line}"), format!("{message}; correct the line"))
    })
}

pub(super) fn check_format(place: &str, format: u32) -> Result<(), UpdateError> {
    if format == FORMAT {
        return Ok(());
    }
    Err(UpdateError::Invalid {
        place: place.to_owned(),
        problem: format!("it has format {format} and this program reads format {FORMAT}"),
    })
}

fn time(place: &str, key: &str, text: &str) -> Result<Timestamp, UpdateError> {
    let parsed = Timestamp::parse(text).ok();
    parsed.filter(|time| (Timestamp::MIN..=Timestamp::MAX).contains(time)).ok_or_else(
        || {
            let text: String = text.chars().take(40).collect();
            UpdateError::Invalid {
                place: place.to_owned(),
                problem: format!(
                    "`{key}` is `{text}`; use a time between 1970 and 2100 such as \
                 2005-12-15T00:00:00Z"
                ),
            }
        },
    )
}

/// Reads a digest in lower-case hexadecimal.
pub(super) fn digest(place: &str, text: &str) -> Result<[u8; 32], UpdateError> {
    let invalid = || UpdateError::Invalid {
        place: place.to_owned(),
        problem: "a SHA-256 is not 64 digits of lower-case hexadecimal; build it again"
            .to_owned(),
    };
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        let pair = std::str::from_utf8(pair).map_err(|_| invalid())?;
        *byte = u8::from_str_radix(pair, 16).map_err(|_| invalid())?;
    }
    if hex(&bytes) == text { Ok(bytes) } else { Err(invalid()) }
}

/// Lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8; 32]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// SHA-256 of bytes.
pub(super) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}
