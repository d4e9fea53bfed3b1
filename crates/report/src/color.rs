//! Colours that people with any colour vision can tell apart, and marker shapes beside them.

/// A colour with its opacity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Color {
    pub(crate) rgb: (u8, u8, u8),
    pub(crate) alpha: f64,
}

impl Color {
    const fn new(r: u8, g: u8, b: u8) -> Self {
        Self { rgb: (r, g, b), alpha: 1.0 }
    }

    /// The same colour, see-through.
    pub(crate) const fn fade(self, alpha: f64) -> Self {
        Self { rgb: self.rgb, alpha }
    }
}

/// Text and axes.
pub(crate) const INK: Color = Color::new(0x22, 0x26, 0x2B);
/// Secondary text.
pub(crate) const GREY: Color = Color::new(0x5F, 0x66, 0x70);
/// Frame of a panel.
pub(crate) const EDGE: Color = Color::new(0x9A, 0xA1, 0xAA);
/// Main grid.
pub(crate) const GRID: Color = Color::new(0xE1, 0xE4, 0xE8);
/// Fine grid and quiet backgrounds.
pub(crate) const FAINT: Color = Color::new(0xF1, 0xF3, 0xF5);
/// Paper.
pub(crate) const PAPER: Color = Color::new(0xFF, 0xFF, 0xFF);

/// Blue of the Okabe–Ito palette.
pub(crate) const BLUE: Color = Color::new(0x00, 0x72, 0xB2);
/// Vermilion of the Okabe–Ito palette.
pub(crate) const VERMILION: Color = Color::new(0xD5, 0x5E, 0x00);

/// Series in order: Okabe and Ito, "Color Universal Design" (2008), without black, which is
/// for text, and yellow, which is too light on paper.
pub(crate) const SERIES: [Color; 6] = [
    BLUE,
    VERMILION,
    Color::new(0x00, 0x9E, 0x73),
    Color::new(0xE6, 0x9F, 0x00),
    Color::new(0xCC, 0x79, 0xA7),
    Color::new(0x56, 0xB4, 0xE9),
];

/// Shape of a mark; a series has a colour and a shape of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Disc,
    Square,
    Diamond,
    Up,
    Down,
    Right,
}

/// Shapes in the order of [`SERIES`].
pub(crate) const SHAPES: [Shape; 6] =
    [Shape::Disc, Shape::Square, Shape::Diamond, Shape::Up, Shape::Down, Shape::Right];
