//! The organization. Source: specification 3.7.

use agents::PolicySpec;
use mail::Threshold;

use super::{Config, Place};
use crate::Value;
use crate::row::{Kind, Row};

/// The threshold that stands for a store test that is off: no SCL lies above it.
const OFF: i64 = 9;

pub(super) const CONFIG: Config = Config {
    noun: "OrganizationConfig",
    place: Place::Organization,
    about: "the junk threshold of the organization",
    rows: &[Row {
        name: "SCLJunkThreshold",
        kind: Kind::Number(0, 9),
        about: "the store moves mail above this SCL to Junk",
        get: |policy: &PolicySpec| {
            let organization = &policy.organization;
            let number = i64::from(organization.scl_junk_threshold.get());
            Value::Number(if organization.scl_junk_enabled { number } else { OFF })
        },
        set: |policy, value| {
            let number = value.number().unwrap_or(OFF);
            let threshold = Threshold::new(number).map_err(|error| error.to_string())?;
            policy.organization.scl_junk_threshold = threshold;
            policy.organization.scl_junk_enabled = true;
            Ok(())
        },
    }],
};
