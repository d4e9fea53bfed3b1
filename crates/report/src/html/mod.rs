//! The report: one HTML file that works from disk, without a network.
//!
//! [`Page`] is what it shows, as plain data; [`Page::html`] puts it into the template with
//! its style and scripts. The page counts for itself, from where every case ends under every
//! threshold setting, so that each number it shows is exact.

mod page;
mod write;

pub use page::{
    Axes, Cases, Choice, Curve, Facts, Fate, FrontierPoint, Input, Journeys, Page,
    PriorityChange, Run, Scripts, Setting, Update,
};
