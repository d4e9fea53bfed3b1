//! A modelled server: what it is, what is installed, and which definitions it uses.
//!
//! The state file is the one truth: definitions count as installed only once it says so, and
//! it is replaced at once or not at all.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::folder::{make_folder, put_in_place, read_limited, write_aside};
use super::manifest::{self, FORMAT, MAX_DEFINITION_BYTES};
use super::{
    Account, Delivery, Identity, Language, RegistryValue, UpdateError, Version,
    is_filter_update,
};
use crate::ModelFile;

/// Folder of the definitions, beside the state file. Source: specification section 6.3.
pub const DEFINITIONS_FOLDER: &str = "MSCFV2";
/// Name of the custom weighting file. Source: specification section 6.3.
pub const WEIGHTS_FILE: &str = "MSExchange.UceContentFilter.xml";
/// Name of the definitions in their folder.
const MODEL_FILE: &str = "filter.model";

/// What is installed on a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Product {
    /// No Exchange product.
    #[serde(rename = "none")]
    None,
    /// Exchange 2000.
    #[serde(rename = "2000")]
    Exchange2000,
    /// Exchange Server 2003.
    #[serde(rename = "2003")]
    Exchange2003,
    /// Exchange Server 2007.
    #[serde(rename = "2007")]
    Exchange2007,
    /// Exchange Server 2010.
    #[serde(rename = "2010")]
    Exchange2010,
    /// Exchange Server 2013.
    #[serde(rename = "2013")]
    Exchange2013,
    /// Exchange Server 2016.
    #[serde(rename = "2016")]
    Exchange2016,
    /// Exchange Server 2019.
    #[serde(rename = "2019")]
    Exchange2019,
    /// Exchange Server Subscription Edition.
    #[serde(rename = "se")]
    Se,
}

impl Product {
    /// Name for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "no Exchange product",
            Self::Exchange2000 => "Exchange 2000",
            Self::Exchange2003 => "Exchange Server 2003",
            Self::Exchange2007 => "Exchange Server 2007",
            Self::Exchange2010 => "Exchange Server 2010",
            Self::Exchange2013 => "Exchange Server 2013",
            Self::Exchange2016 => "Exchange Server 2016",
            Self::Exchange2019 => "Exchange Server 2019",
            Self::Se => "Exchange Server Subscription Edition",
        }
    }
}

/// One installed update.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Installed {
    /// Who it is.
    pub identity: Identity,
    /// Version of its definitions.
    pub version: Version,
    /// Title in the server's language.
    pub title: String,
    /// SHA-256 of its definitions; absent for an update of something else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Whose rights it was installed with.
    pub account: Account,
    /// Its definitions are used after the next restart only.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub waits_for_restart: bool,
}

impl Installed {
    /// Whether it is an update of the filter.
    pub fn is_filter_update(&self) -> bool {
        is_filter_update(&self.title)
    }
}

/// The state file as written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ServerSpec {
    format: u32,
    edition: Product,
    service_pack: u32,
    clustered: bool,
    delivery: Delivery,
    language: Language,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    active: Option<Version>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    registry: Vec<RegistryValue>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    installed: Vec<Installed>,
}

/// A server's state, read from its file.
#[derive(Debug)]
pub struct Server {
    path: PathBuf,
    spec: ServerSpec,
    /// Held while the state may be changed.
    lock: Option<File>,
}

const MAX_STATE_BYTES: u64 = 1 << 20;

impl Server {
    /// A new state file: Exchange 2003 SP2 without a cluster, updates enabled or not.
    ///
    /// # Errors
    ///
    /// The file is there already or cannot be written.
    pub fn create(
        path: &Path,
        delivery: Delivery,
        language: Language,
        registry: Vec<RegistryValue>,
    ) -> Result<Self, UpdateError> {
        if path.exists() {
            return Err(UpdateError::Invalid {
                place: path.display().to_string(),
                problem: "it is there already; choose another name".to_owned(),
            });
        }
        let spec = ServerSpec {
            format: FORMAT,
            edition: Product::Exchange2003,
            service_pack: 2,
            clustered: false,
            delivery,
            language,
            active: None,
            registry,
            installed: Vec::new(),
        };
        let server = Self { path: path.to_owned(), spec, lock: None };
        if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty()) {
            make_folder(folder)?;
        }
        server.stage()?;
        server.commit()?;
        Ok(server)
    }

    /// Reads a state file.
    ///
    /// # Errors
    ///
    /// It cannot be read, or what it says cannot be.
    pub fn load(path: &Path) -> Result<Self, UpdateError> {
        let place = path.display().to_string();
        let spec: ServerSpec =
            manifest::parse(&place, &read_limited(path, MAX_STATE_BYTES)?)?;
        manifest::check_format(&place, spec.format)?;
        let server = Self { path: path.to_owned(), spec, lock: None };
        match server.problem() {
            None => Ok(server),
            Some(problem) => Err(UpdateError::Invalid { place, problem }),
        }
    }

    /// Reads a state file that is going to be changed, and keeps others from changing it
    /// meanwhile. The lock ends with the process, however that ends.
    ///
    /// # Errors
    ///
    /// As [`Server::load`], and where another process changes the server.
    pub fn load_to_change(path: &Path) -> Result<Self, UpdateError> {
        if !path.exists() {
            return Self::load(path);
        }
        let folder = definitions_folder(path);
        make_folder(&folder)?;
        let lock_path = folder.join(".lock");
        let failed = |source| UpdateError::Write { path: lock_path.clone(), source };
        let lock = File::create(&lock_path).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(UpdateError::Invalid {
                    place: path.display().to_string(),
                    problem: "another update of this server is running; wait for it"
                        .to_owned(),
                });
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        let server = Self::load(path)?;
        Ok(Self { lock: Some(lock), ..server })
    }

    /// The state file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What is installed.
    pub fn edition(&self) -> Product {
        self.spec.edition
    }

    /// Its service pack; 0 is none.
    pub fn service_pack(&self) -> u32 {
        self.spec.service_pack
    }

    /// Whether it is a cluster.
    pub fn clustered(&self) -> bool {
        self.spec.clustered
    }

    /// What it does with offered updates.
    pub fn delivery(&self) -> Delivery {
        self.spec.delivery
    }

    /// The language of titles.
    pub fn language(&self) -> Language {
        self.spec.language
    }

    /// Its registry values.
    pub fn registry(&self) -> &[RegistryValue] {
        &self.spec.registry
    }

    /// Installed updates in the order of installation.
    pub fn installed(&self) -> &[Installed] {
        &self.spec.installed
    }

    /// Version of the definitions in use; `None` is the original ones.
    pub fn active(&self) -> Option<Version> {
        self.spec.active
    }

    /// The folder of the definitions of a version; `None` is the original ones.
    pub fn folder(&self, version: Option<Version>) -> PathBuf {
        let folder = definitions_folder(&self.path);
        match version {
            Some(version) => folder.join(version.to_string()),
            None => folder,
        }
    }

    /// The model file of a version; `None` is the original one, which a server may lack.
    pub fn model_path(&self, version: Option<Version>) -> PathBuf {
        self.folder(version).join(MODEL_FILE)
    }

    /// Reads the definitions in use and compares them with their digest; `None` where the
    /// original ones are in use and there are none.
    ///
    /// # Errors
    ///
    /// They cannot be read or were changed.
    pub fn active_model(&self) -> Result<Option<ModelFile>, UpdateError> {
        let path = self.model_path(self.active());
        if self.active().is_none() && !path.exists() {
            return Ok(None);
        }
        let bytes = read_limited(&path, MAX_DEFINITION_BYTES)?;
        let place = path.display().to_string();
        let stated = self.filter_updates().find(|i| Some(i.version) == self.active());
        if let Some(stated) = stated.and_then(|installed| installed.sha256.as_ref())
            && manifest::hex(&manifest::sha256(&bytes)) != *stated
        {
            return Err(UpdateError::DigestMismatch { place });
        }
        match ModelFile::read(&bytes) {
            Ok(model) => Ok(Some(model)),
            Err(problem) => Err(UpdateError::Model { place, problem }),
        }
    }

    pub(super) fn filter_updates(&self) -> impl Iterator<Item = &Installed> {
        self.spec.installed.iter().filter(|installed| installed.is_filter_update())
    }

    pub(super) fn add(&mut self, installed: Installed) {
        self.spec.installed.push(installed);
        self.spec.active = self.highest();
    }

    pub(super) fn remove(&mut self, version: Version) {
        self.spec
            .installed
            .retain(|other| other.version != version || !other.is_filter_update());
        self.spec.active = self.highest();
    }

    /// Ends all waiting; tells whether anything waited.
    pub(super) fn end_waiting(&mut self) -> bool {
        let mut waited = false;
        for installed in &mut self.spec.installed {
            waited |= std::mem::take(&mut installed.waits_for_restart);
        }
        self.spec.active = self.highest();
        waited
    }

    /// The highest version that waits for nothing: what the filter uses.
    fn highest(&self) -> Option<Version> {
        let ready = self.filter_updates().filter(|update| !update.waits_for_restart);
        ready.map(|update| update.version).max()
    }

    /// Writes the state beside its file.
    pub(super) fn stage(&self) -> Result<(), UpdateError> {
        let text =
            toml::to_string(&self.spec).expect("plain data can be written as TOML");
        write_aside(&self.path, format!("{HEAD}{text}").as_bytes())
    }

    /// Puts the staged state in place: the moment at which everything changes.
    pub(super) fn commit(&self) -> Result<(), UpdateError> {
        put_in_place(&self.path)
    }

    pub(super) fn is_locked(&self) -> bool {
        self.lock.is_some()
    }

    /// What cannot be, with the cure.
    fn problem(&self) -> Option<String> {
        let spec = &self.spec;
        if let Some(problem) = spec.registry.iter().find_map(RegistryValue::problem) {
            return Some(problem);
        }
        for (index, value) in spec.registry.iter().enumerate() {
            if spec.registry[..index].iter().any(|other| other.is_at(value)) {
                return Some(format!(
                    "the registry value `{}` is there twice; remove one",
                    value.name
                ));
            }
        }
        for (index, installed) in spec.installed.iter().enumerate() {
            let before = &spec.installed[..index];
            if before.iter().any(|other| other.identity == installed.identity) {
                return Some(format!(
                    "the update {} is installed twice; remove one",
                    installed.identity
                ));
            }
            if installed.title.chars().any(char::is_control) {
                return Some(format!(
                    "the title of {} has control characters; remove them",
                    installed.identity
                ));
            }
            if installed.is_filter_update() != installed.sha256.is_some() {
                return Some(format!(
                    "{} must state `sha256` exactly where it is a filter update",
                    installed.identity
                ));
            }
        }
        let words = |version: Option<Version>| {
            version.map_or_else(|| "the original one".to_owned(), |v| v.to_string())
        };
        let highest = self.highest();
        (spec.active != highest).then(|| {
            format!(
                "`active` is {} and the highest version installed is {}; make them equal",
                words(spec.active),
                words(highest)
            )
        })
    }
}

/// The folder of all definitions of a server.
fn definitions_folder(state: &Path) -> PathBuf {
    state.with_file_name(DEFINITIONS_FOLDER)
}

/// Removes a file that may not be there.
pub(super) fn remove_file(path: &Path) -> Result<(), UpdateError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            Err(UpdateError::Write { path: path.to_owned(), source })
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Stands at the head of every state file.
const HEAD: &str = "\
# State of a modelled server. `sclbench update` writes it anew; comments do not last.
# edition: none, 2000, 2003, 2007, 2010, 2013, 2016, 2019, se
# delivery: scheduled, download-then-ask, ask-first, manual
# language: en, ko, fr, de, ja, es, it, zh-tw, zh-cn
# Filter updates are offered where the registry holds, at the end of this file:
#   [[registry]]
#   key = 'HKLM\\SOFTWARE\\Microsoft\\Exchange'
#   name = \"ContentFilterState\"
#   type = \"REG_DWORD\"
#   data = 1

";
