//! Pictures in pixels, for those who cannot take SVG.

use resvg::{tiny_skia, usvg};

use super::PlotError;

/// Pixels of the picture for each of the drawing.
const SCALE: f32 = 2.0;

/// What the drawings' sans-serif may be, the best known first.
const FONTS: [&str; 6] = ["Arial", "Helvetica", "DejaVu Sans", "Liberation Sans", "Noto Sans", "Segoe UI"];

/// A drawing as a PNG file, twice as large; its words in a font of this machine.
pub fn png(svg: &str) -> Result<Vec<u8>, PlotError> {
    let mut options = usvg::Options::default();
    let fonts = options.fontdb_mut();
    fonts.load_system_fonts();
    let families = || fonts.faces().flat_map(|face| &face.families).map(|(name, _)| name.as_str());
    let known = FONTS.iter().copied().find(|font| families().any(|name| name == *font));
    let family = known.or_else(|| families().next()).ok_or(PlotError::NoFont)?.to_owned();
    fonts.set_sans_serif_family(family);
    let problem = |problem: String| PlotError::Draw(problem);
    let tree = usvg::Tree::from_str(svg, &options).map_err(|error| problem(error.to_string()))?;
    let size = tree.size();
    let (width, height) = ((size.width() * SCALE).ceil() as u32, (size.height() * SCALE).ceil() as u32);
    let mut picture = tiny_skia::Pixmap::new(width, height).ok_or_else(|| problem("it has no size".to_owned()))?;
    resvg::render(&tree, tiny_skia::Transform::from_scale(SCALE, SCALE), &mut picture.as_mut());
    picture.encode_png().map_err(|error| problem(error.to_string()))
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
