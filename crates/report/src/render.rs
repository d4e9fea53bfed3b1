//! From marks to files, through one plotters backend per format.

use std::fs;
use std::path::Path;

use plotters::backend::{BitMapBackend, DrawingBackend, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontTransform, RGBAColor, ShapeStyle, TextStyle};

use crate::color::Color;
use crate::error::Error;
use crate::picture::{Anchor, Label, Mark, Picture, Point, Turn};
use crate::text;

/// File format of a chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Lines and text.
    Svg,
    /// Pixels, several per unit of the plane, for sharp screens and paper.
    Png,
}

impl Format {
    /// Both, SVG first.
    pub const ALL: [Self; 2] = [Self::Svg, Self::Png];

    /// `svg` or `png`.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            Self::Png => "png",
        }
    }
}

/// Units per plane pixel in SVG files: plotters counts in whole units.
const SVG_UNITS: u32 = 10;
/// Samples per pixel side; averaging them smooths every edge.
const SAMPLES: u32 = 2;

impl Picture {
    /// Writes the picture to `path`: first under a temporary name beside it, then renamed.
    ///
    /// # Errors
    ///
    /// [`Error::Draw`] where the drawing library fails, [`Error::Write`] where the file
    /// cannot be written; the final name then stays as it was.
    pub fn save(&self, format: Format, path: &Path) -> Result<(), Error> {
        match format {
            Format::Svg => replace_file(path, self.svg()?.as_bytes()),
            Format::Png => {
                rename_after(path, ".png", |temporary| self.write_png(temporary, path))
            }
        }
    }

    /// The picture as an SVG document.
    ///
    /// # Errors
    ///
    /// [`Error::Draw`] where the drawing library fails.
    pub fn svg(&self) -> Result<String, Error> {
        let (width, height) = self.size();
        let mut drawn = String::new();
        {
            let size = (width * SVG_UNITS, height * SVG_UNITS);
            let backend = SVGBackend::with_string(&mut drawn, size);
            let em = 1.24; // plotters divides by this.
            let baseline = 0.76; // plotters' `dy` for text anchored at its top.
            let unit = f64::from(SVG_UNITS);
            let pen = Pen { backend, unit, em, baseline, strokes: Strokes::Native };
            self.draw(pen)
                .map_err(|reason| Error::Draw { path: "svg".into(), reason })?;
        }
        let body = drawn.split_once('\n').map_or("", |(_, body)| body);
        let title = self.title.replace('&', "&amp;").replace('<', "&lt;");
        let title = title.replace('>', "&gt;");
        let (w, h) = (width * SVG_UNITS, height * SVG_UNITS);
        let [wide, high] = [self.width, self.height].map(|at| self.size.length(at));
        Ok(format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{wide}\" \
             height=\"{high}\" viewBox=\"0 0 {w} {h}\" role=\"img\" \
             stroke-linejoin=\"round\">\n\
             <title>{title}</title>\n{body}"
        ))
    }

    fn write_png(&self, temporary: &Path, path: &Path) -> Result<(), Error> {
        let fail = |reason| Error::Draw { path: path.to_owned(), reason };
        let (width, height) = self.size();
        let pixels = self.size.pixels();
        let (width, height) = (width * pixels, height * pixels);
        let (fine_width, fine_height) = (width * SAMPLES, height * SAMPLES);
        let mut fine = vec![0; fine_width as usize * fine_height as usize * 3];
        let backend = BitMapBackend::with_buffer(&mut fine, (fine_width, fine_height));
        let unit = f64::from(pixels * SAMPLES);
        let em = text::HEIGHT_PER_EM; // The rasteriser's size is ascent to descent.
        let baseline = em / 2.0; // And it puts the baseline half of that below the top.
        let strokes = Strokes::Filled;
        self.draw(Pen { backend, unit, em, baseline, strokes }).map_err(fail)?;
        let averaged = average(&fine, width as usize, height as usize);
        let mut file = BitMapBackend::new(temporary, (width, height));
        file.blit_bitmap((0, 0), (width, height), &averaged)
            .and_then(|()| file.present())
            .map_err(|error| fail(error.to_string()))
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "pictures are a few hundred pixels wide"
    )]
    fn size(&self) -> (u32, u32) {
        (self.width as u32, self.height as u32)
    }

    fn draw<B: DrawingBackend>(&self, mut pen: Pen<B>) -> Result<(), String> {
        let paper = [(0.0, 0.0), (self.width, 0.0), (self.width, self.height)];
        let paper = [&paper[..], &[(0.0, self.height)]].concat();
        let paper = Mark::Area { points: paper, color: crate::color::PAPER };
        std::iter::once(&paper)
            .chain(&self.marks)
            .try_for_each(|mark| pen.mark(mark))
            .and_then(|()| pen.backend.present().map_err(said))
    }
}

/// Writes a file under a temporary name beside it, then renames it.
pub(crate) fn replace_file(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    rename_after(path, "", |temporary| {
        let write = |source| Error::Write { path: path.to_owned(), source };
        fs::write(temporary, bytes).map_err(write)
    })
}

/// Lets `write` fill a temporary name beside `path`, then renames it; the bitmap encoder goes
/// by the name's `end`.
fn rename_after(
    path: &Path,
    end: &str,
    write: impl FnOnce(&Path) -> Result<(), Error>,
) -> Result<(), Error> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = path.with_file_name(format!(".{name}.part{end}"));
    let renamed = write(&temporary).and_then(|()| {
        let error = |source| Error::Write { path: path.to_owned(), source };
        fs::rename(&temporary, path).map_err(error)
    });
    if renamed.is_err() {
        // The first error says more than a failing clean-up would.
        let _ = fs::remove_file(&temporary);
    }
    renamed
}

/// The mean of each block of samples.
fn average(fine: &[u8], width: usize, height: usize) -> Vec<u8> {
    let side = SAMPLES as usize;
    let stride = width * side * 3;
    let blocks = u32::from(u16::try_from(side * side).unwrap_or(1));
    let mut out = Vec::with_capacity(width * height * 3);
    for y in 0..height {
        let rows = &fine[y * side * stride..(y + 1) * side * stride];
        for x in 0..width {
            for channel in 0..3 {
                let sum: u32 = (0..side * side)
                    .map(|i| (i / side) * stride + (x * side + i % side) * 3 + channel)
                    .map(|index| u32::from(rows[index]))
                    .sum();
                let mean = (sum + blocks / 2) / blocks;
                out.push(u8::try_from(mean).unwrap_or(u8::MAX));
            }
        }
    }
    out
}

/// What the backend says when it refuses; its error type cannot be named from outside.
type Drawn = Result<(), String>;

/// A backend with its measures.
struct Pen<B> {
    backend: B,
    /// Backend units per plane pixel.
    unit: f64,
    /// Backend font size per em.
    em: f64,
    /// Distance from where the backend takes a text's top to its baseline, in em.
    baseline: f64,
    strokes: Strokes,
}

/// How lines of some thickness are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Strokes {
    /// By the backend.
    Native,
    /// As filled boxes with round joints: the bitmap backend's own thick lines have spikes.
    Filled,
}

impl<B: DrawingBackend> Pen<B> {
    fn mark(&mut self, mark: &Mark) -> Drawn {
        match mark {
            Mark::Path { points, color, width } => self.path(points, *color, *width),
            Mark::Area { points, color } => self.area(points, *color),
            Mark::Disc { center, radius, color } => {
                let radius = length(radius * self.unit);
                let style = style(*color, 1);
                self.backend
                    .draw_circle(self.place(*center), radius, &style, true)
                    .map_err(said)
            }
            Mark::Ring { center, radius, color, width } => {
                self.ring(*center, *radius, *color, *width)
            }
            Mark::Text(label) => self.label(label),
        }
    }

    fn place(&self, (x, y): Point) -> (i32, i32) {
        (whole(x * self.unit), whole(y * self.unit))
    }

    fn area(&mut self, points: &[Point], color: Color) -> Drawn {
        if let [a, b, c, d] = points
            && same(a.1, b.1)
            && same(b.0, c.0)
            && same(c.1, d.1)
            && same(d.0, a.0)
        {
            let ((x0, y0), (x1, y1)) = (self.place(*a), self.place(*c));
            let (from, to) = ((x0.min(x1), y0.min(y1)), (x0.max(x1), y0.max(y1)));
            return self
                .backend
                .draw_rect(from, to, &style(color, 0), true)
                .map_err(said);
        }
        let corners: Vec<_> = points.iter().map(|point| self.place(*point)).collect();
        self.backend.fill_polygon(corners, &style(color, 0)).map_err(said)
    }

    fn path(&mut self, points: &[Point], color: Color, width: f64) -> Drawn {
        match self.strokes {
            Strokes::Native => {
                let places: Vec<_> = points.iter().map(|p| self.place(*p)).collect();
                let style = style(color, length(width * self.unit));
                self.backend.draw_path(places, &style).map_err(said)
            }
            Strokes::Filled => self.filled_path(points, color, width),
        }
    }

    fn filled_path(&mut self, points: &[Point], color: Color, width: f64) -> Drawn {
        let half = width / 2.0;
        for pair in points.windows(2) {
            let [(x0, y0), (x1, y1)] = [pair[0], pair[1]];
            let (dx, dy) = (x1 - x0, y1 - y0);
            let length = dx.hypot(dy);
            if length <= 0.0 {
                continue;
            }
            let (nx, ny) = (-dy / length * half, dx / length * half);
            if same(dx, 0.0) || same(dy, 0.0) {
                let (nx, ny) = (nx.abs(), ny.abs());
                let (left, right) = (x0.min(x1) - nx, x0.max(x1) + nx);
                let (top, bottom) = (y0.min(y1) - ny, y0.max(y1) + ny);
                let corners =
                    [(left, top), (right, top), (right, bottom), (left, bottom)];
                self.area(&corners, color)?;
            } else {
                let corners = [
                    (x0 + nx, y0 + ny),
                    (x1 + nx, y1 + ny),
                    (x1 - nx, y1 - ny),
                    (x0 - nx, y0 - ny),
                ];
                self.area(&corners, color)?;
            }
        }
        // Upright and level boxes reach half a width beyond their ends and meet without help.
        let slanted = |a: Point, b: Point| !same(a.0, b.0) && !same(a.1, b.1);
        let joints =
            points.windows(3).filter(|p| slanted(p[0], p[1]) || slanted(p[1], p[2]));
        joints.map(|points| points[1]).try_for_each(|joint| {
            let radius = length(half * self.unit);
            let style = style(color, 1);
            self.backend
                .draw_circle(self.place(joint), radius, &style, true)
                .map_err(said)
        })
    }

    fn ring(&mut self, at: Point, radius: f64, color: Color, width: f64) -> Drawn {
        if self.strokes == Strokes::Native {
            let (place, radius) = (self.place(at), length(radius * self.unit));
            let style = style(color, length(width * self.unit));
            return self.backend.draw_circle(place, radius, &style, false).map_err(said);
        }
        const CORNERS: u32 = 72;
        let points: Vec<Point> = (0..=CORNERS)
            .map(|corner| {
                let turn = f64::from(corner) / f64::from(CORNERS) * std::f64::consts::TAU;
                (at.0 + radius * turn.cos(), at.1 + radius * turn.sin())
            })
            .collect();
        self.path(&points, color, width)
    }

    fn label(&mut self, label: &Label) -> Drawn {
        let h_pos = match label.anchor {
            Anchor::Start => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::End => HPos::Right,
        };
        let em = label.size * self.unit;
        let font = text::font(em * self.em, label.weight);
        let drop = self.baseline * label.size;
        let (x, y) = label.at;
        let (font, at) = match label.turn {
            Turn::Level => (font, (x, y - drop)),
            Turn::Upwards => (font.transform(FontTransform::Rotate270), (x - drop, y)),
        };
        let color = rgba(label.color);
        let style = TextStyle::from(font).color(&color).pos(Pos::new(h_pos, VPos::Top));
        self.backend.draw_text(&label.text, &style, self.place(at)).map_err(said)
    }
}

fn said(error: impl std::error::Error) -> String {
    error.to_string()
}

fn style(color: Color, stroke_width: u32) -> ShapeStyle {
    ShapeStyle { color: rgba(color), filled: true, stroke_width }
}

fn rgba(color: Color) -> RGBAColor {
    let (r, g, b) = color.rgb;
    RGBAColor(r, g, b, color.alpha)
}

/// Equal to far less than a pixel.
fn same(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-6
}

#[expect(clippy::cast_possible_truncation, reason = "clamped to the plane")]
fn whole(value: f64) -> i32 {
    value.round().clamp(-1e6, 1e6) as i32
}

fn length(value: f64) -> u32 {
    whole(value).max(1).unsigned_abs()
}
