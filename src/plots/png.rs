//! Pictures in pixels, for those who cannot take SVG.

use std::sync::LazyLock;

use resvg::{tiny_skia, usvg};

use super::PlotError;

/// Pixels of the picture for each of the drawing.
const SCALE: f32 = 2.0;

/// What the drawings' sans-serif may be, the best known first.
const FONTS: [&str; 6] = ["Arial", "Helvetica", "DejaVu Sans", "Liberation Sans", "Noto Sans", "Segoe UI"];

/// How drawings are read, and whether there is a font for their words; the fonts of a machine are looked through once.
static OPTIONS: LazyLock<(usvg::Options<'static>, bool)> = LazyLock::new(|| {
    let mut options = usvg::Options::default();
    let fonts = options.fontdb_mut();
    fonts.load_system_fonts();
    let families = || fonts.faces().flat_map(|face| &face.families).map(|(name, _)| name.as_str());
    let known = FONTS.iter().copied().find(|font| families().any(|name| name == *font));
    let family = known.or_else(|| families().next()).map(str::to_owned);
    let found = family.is_some();
    if let Some(family) = family {
        fonts.set_sans_serif_family(family);
    }
    (options, found)
});

/// A picture as a PNG file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
    /// The file.
    pub png: Vec<u8>,
}

/// A drawing as a PNG file, twice as large; its words in a font of this machine.
pub fn png(svg: &str) -> Result<Vec<u8>, PlotError> {
    if OPTIONS.1 { Ok(picture(svg)?.png) } else { Err(PlotError::NoFont) }
}

/// A drawing as a picture of twice its size, without its words on a machine that has no font.
pub fn picture(svg: &str) -> Result<Picture, PlotError> {
    let problem = |problem: String| PlotError::Draw(problem);
    let tree = usvg::Tree::from_str(svg, &OPTIONS.0).map_err(|error| problem(error.to_string()))?;
    let size = tree.size();
    let (width, height) = ((size.width() * SCALE).ceil() as u32, (size.height() * SCALE).ceil() as u32);
    let mut pixels = tiny_skia::Pixmap::new(width, height).ok_or_else(|| problem("it has no size".to_owned()))?;
    resvg::render(&tree, tiny_skia::Transform::from_scale(SCALE, SCALE), &mut pixels.as_mut());
    let png = pixels.encode_png().map_err(|error| problem(error.to_string()))?;
    Ok(Picture { width, height, png })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawing_becomes_a_picture_of_twice_its_size() {
        let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"30\" height=\"20\">\
                   <rect width=\"30\" height=\"20\" fill=\"#0072b2\"/></svg>";
        let bytes = match png(svg) {
            // A machine without fonts says so.
            Err(PlotError::NoFont) => return,
            other => other.unwrap(),
        };
        let picture = tiny_skia::Pixmap::decode_png(&bytes).unwrap();
        assert_eq!((picture.width(), picture.height()), (60, 40));
        let pixel = picture.pixel(59, 39).unwrap();
        assert_eq!((pixel.red(), pixel.green(), pixel.blue()), (0x00, 0x72, 0xb2));
    }

    #[test]
    fn what_is_no_drawing_is_refused() {
        assert!(matches!(png("no drawing"), Err(PlotError::Draw(_) | PlotError::NoFont)));
    }
}
