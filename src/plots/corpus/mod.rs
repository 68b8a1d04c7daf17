//! Plots of a corpus: how its quantities are spread, and what is played in which key.
//!
//! They draw a [`Summary`](gradus_music::summary::Summary), not a run, so they stand in no list of plots of runs.
//! They are narrow enough to be read on a telephone, and tell all they tell without colour.

mod box_plot;
mod heat_map;
mod histogram;

pub use box_plot::draw as box_plot;
pub use heat_map::draw as heat_map;
pub use histogram::draw as histogram;

/// The width of every plot of a corpus, in pixels.
const WIDTH: f64 = 440.0;

#[cfg(test)]
mod tests {
    use gradus_music::Corpus;
    use gradus_music::summary::{PitchClassesOfKey, Quantity, Statistics, Summary};

    use super::*;

    /// Every quantity of the embedded corpus, and one of a single value.
    fn quantities(summary: &Summary) -> Vec<Quantity> {
        let mut quantities: Vec<_> =
            summary.quantities.by_name().into_iter().filter_map(|(_, quantity)| quantity.cloned()).collect();
        let mut single = quantities[1].clone();
        single.statistics = Statistics::of([60.0].into_iter()).unwrap();
        single.outliers.statistics = single.statistics;
        (single.outliers.lower_fence, single.outliers.upper_fence) = (60.0, 60.0);
        (single.outliers.lower_whisker, single.outliers.upper_whisker) = (60.0, 60.0);
        single.outliers.pieces.clear();
        (single.histogram.edges, single.histogram.counts) = (vec![60.0, 61.0], vec![1]);
        quantities.push(single);
        quantities
    }

    fn is_whole(svg: &str) {
        assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"), "{svg}");
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    }

    #[test]
    fn every_quantity_is_drawn_whole() {
        for quantity in quantities(&Summary::of(&Corpus::embedded().unwrap())) {
            is_whole(&histogram(&quantity).unwrap());
            is_whole(&box_plot(&quantity).unwrap());
        }
    }

    #[test]
    fn a_histogram_has_a_bar_for_every_bin_with_something_in_it() {
        let mut quantity = quantities(&Summary::of(&Corpus::embedded().unwrap())).swap_remove(0);
        let bars = |quantity: &Quantity| histogram(quantity).unwrap().matches("<polygon").count();
        (quantity.histogram.edges, quantity.histogram.counts) = (vec![0.0, 1.0, 2.0, 3.0], vec![2, 0, 5]);
        assert_eq!(bars(&quantity), 2);
    }

    #[test]
    fn a_box_plot_has_a_ring_for_every_outlier_and_a_box_for_the_pieces_and_for_their_values_where_these_differ() {
        for quantity in quantities(&Summary::of(&Corpus::embedded().unwrap())) {
            let svg = box_plot(&quantity).unwrap();
            assert_eq!(svg.matches("<circle").count(), quantity.outliers.pieces.len(), "{}", quantity.outliers.by);
            assert!(svg.contains(&format!("pieces by {} ({})", quantity.outliers.by, quantity.unit)), "{svg}");
            let has_values = svg.contains(&format!("all values ({})", quantity.unit));
            assert_eq!(has_values, quantity.statistics != quantity.outliers.statistics, "{}", quantity.outliers.by);
        }
    }

    #[test]
    fn a_heat_map_writes_the_share_of_every_pitch_class_in_its_key() {
        let mut notes = [0; 12];
        (notes[0], notes[7]) = (75, 25);
        let row = PitchClassesOfKey { key: "C major".parse().unwrap(), pieces: 3, notes };
        let silent = PitchClassesOfKey { key: "A minor".parse().unwrap(), pieces: 1, notes: [0; 12] };
        let svg = heat_map(&[row, silent]).unwrap();
        is_whole(&svg);
        let words: Vec<_> = svg.lines().map(str::trim).filter(|line| !line.starts_with('<')).collect();
        assert_eq!(words.iter().filter(|word| **word == "75").count(), 1, "{words:?}");
        assert!(words.contains(&"25") && words.contains(&"C major") && words.contains(&"A minor"), "{words:?}");
        is_whole(&heat_map(&[]).unwrap());
    }
}
