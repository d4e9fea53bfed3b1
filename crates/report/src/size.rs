//! Sizes of a chart: where it will be looked at.
//!
//! Letters have the same size in every plane; a plane is as large as leaves them readable
//! where it is shown. A smaller sheet therefore is another layout, not a smaller picture.

/// Where a chart will be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Size {
    /// A page on a screen: 900 × 560, twice that in pixels.
    #[default]
    Screen,
    /// A column of a paper: 86 mm wide, tick labels of 7.4 points, as high as it needs.
    Column,
    /// A slide of 16:9: 13⅓ × 7½ inches, tick labels of 15.7 points, 1920 × 1080 pixels.
    Slide,
}

impl Size {
    /// All of them, the usual one first.
    pub const ALL: [Self; 3] = [Self::Screen, Self::Column, Self::Slide];

    /// `screen`, `column` or `slide`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Screen => "screen",
            Self::Column => "column",
            Self::Slide => "slide",
        }
    }

    /// What a file's name ends with before its extension.
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::Screen => "",
            Self::Column => "-column",
            Self::Slide => "-slide",
        }
    }

    /// Width and height of the plane; a column's height is its chart's to choose.
    pub(crate) const fn plane(self) -> (f64, f64) {
        match self {
            Self::Screen => (900.0, 560.0),
            Self::Column => (344.0, 344.0),
            Self::Slide => (640.0, 360.0),
        }
    }

    /// Distance of everything from the left and right edges: a column's page has its own.
    pub(crate) const fn margin(self) -> f64 {
        match self {
            Self::Screen => 22.0,
            Self::Column => 5.0,
            Self::Slide => 18.0,
        }
    }

    /// Pixels per unit of the plane in PNG files.
    pub(crate) const fn pixels(self) -> u32 {
        match self {
            Self::Screen => 2,
            Self::Column => 4,
            Self::Slide => 3,
        }
    }

    /// A length of the plane with its unit as SVG files state it.
    pub(crate) fn length(self, plane: f64) -> String {
        match self {
            Self::Screen => format!("{plane}"),
            Self::Column => format!("{}mm", plane / 4.0),
            Self::Slide => format!("{}pt", plane * 1.5),
        }
    }
}
