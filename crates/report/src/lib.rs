//! Charts and exports: the figures and pages people read.
//!
//! What it is for: drawing counted results as SVG and PNG (one chart per file, one drawing
//! for both formats, a layout for each size, the font carried along), writing a run's Markdown summary, and the
//! interactive report of a sweep.
//!
//! What it must not know: how anything was computed. Every chart and page takes plain
//! structs of counts and bounds; nothing here has a formula for a rate's interval.
//!
//! Main type: [`Picture`], a chart drawn for a [`Size`] that can be saved in either
//! [`Format`].

pub mod charts;
pub mod html;
pub mod markdown;

mod caption;
mod color;
mod error;
mod estimate;
mod labels;
mod panel;
mod picture;
mod render;
mod scale;
mod size;
mod text;
mod tiers;

#[cfg(test)]
mod tests;

pub use caption::Caption;
pub use error::Error;
pub use estimate::Estimate;
pub use picture::Picture;
pub use render::Format;
pub use size::Size;
