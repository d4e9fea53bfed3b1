//! `sheet.parquet` and `fates.parquet`: where every case of a sweep ends under every order.
//!
//! `sheet.parquet`: `fate` and `campaign` (the number of its campaign; the column is missing
//! where campaigns are not known), one row per case in the order of the trace. Metadata
//! `sclbench.profiles`: distinct profiles as texts, one per recipient. `fates.parquet`:
//! `profile`, for each fate its profile under each outcome. Metadata `sclbench.outcomes`:
//! how many outcomes.

use std::path::Path;

use mail::Provenance;
use polars::prelude::DataFrame;
use sweep::{RecipientProfile, Sheet};

use super::sweep_write::column;
use super::table::{Table, json, write_table};
use crate::Error;

/// Writes both tables into a run folder.
///
/// # Errors
///
/// [`Error::Io`], [`Error::Parquet`].
pub fn write_sheet(
    folder: &Path,
    sheet: &Sheet,
    provenance: &Provenance,
) -> Result<(), Error> {
    let texts = |profile: &Vec<RecipientProfile>| -> Vec<String> {
        profile.iter().map(RecipientProfile::text).collect()
    };
    let profiles: Vec<_> = sheet.profiles.iter().map(texts).collect();
    let profiles = ("sclbench.profiles", json(folder, &profiles)?);
    let outcomes = sheet.fates.first().map_or(0, Vec::len);
    let outcomes = ("sclbench.outcomes", outcomes.to_string());
    let frame =
        DataFrame::new_infer_height(vec![column("profile", sheet.fates.concat())]);
    write_table(folder, "fates", provenance, &[outcomes], [frame])?;
    let mut columns = vec![column("fate", sheet.cases.clone())];
    if !sheet.campaigns.is_empty() {
        columns.push(column("campaign", sheet.campaigns.clone()));
    }
    let frame = DataFrame::new_infer_height(columns);
    write_table(folder, "sheet", provenance, &[profiles], [frame])
}

/// Reads both tables back.
///
/// # Errors
///
/// [`Error::Io`], [`Error::Parquet`], [`Error::Table`], [`Error::Version`],
/// [`Error::MixedRuns`].
pub fn read_sheet(folder: &Path) -> Result<Sheet, Error> {
    let sheet = Table::read(folder, "sheet")?;
    let fates = Table::read(folder, "fates")?;
    fates.same_run(&sheet, "sheet.parquet")?;
    let texts: Vec<Vec<String>> = sheet.meta("sclbench.profiles")?;
    let profiles = texts
        .iter()
        .map(|profile| profile.iter().map(|text| RecipientProfile::parse(text)).collect())
        .collect::<Option<Vec<_>>>()
        .ok_or_else(|| sheet.wrong("sclbench.profiles", "a profile cannot be read"))?;
    let outcomes: usize = fates.meta("sclbench.outcomes")?;
    let flat = fates.u32s("profile")?;
    let fates: Vec<Vec<u32>> =
        flat.chunks(outcomes.max(1)).map(<[u32]>::to_vec).collect();
    let cases = sheet.u32s("fate")?;
    let whole = fates.iter().all(|fate| fate.len() == outcomes)
        && fates.iter().flatten().all(|profile| (*profile as usize) < texts.len())
        && cases.iter().all(|fate| (*fate as usize) < fates.len());
    if !whole {
        return Err(sheet.wrong("fate", "a number leads nowhere"));
    }
    let campaigns = match sheet.has("campaign") {
        true => sheet.u32s("campaign")?,
        false => Vec::new(),
    };
    Ok(Sheet { profiles, fates, cases, campaigns })
}
