//! How alike two sets of pieces are, by how far apart their pieces lie.
//!
//! Source: Yang and Lerch, "On the evaluation of generative models in music", 2020, and their
//! program `mgeval`. Of one set, the distances between its own pieces say how varied it is; the
//! distances from its pieces to another set's say how far off the other is. Where the two kinds of
//! distance are spread alike, the sets are alike.

use super::density::Density;
use super::{METRICS, Metrics};

/// The overlap area of each metric, from a reference (such as a corpus) to other pieces (such as a
/// model's): that of the reference's [`intra_set_distances`] with the [`inter_set_distances`]
/// between the two. None where fewer than two distances differ.
///
/// Pieces without a value of a metric are left out of that metric. The time taken grows with the
/// number of pairs of pieces: give it a sample of a large corpus.
pub fn overlap_areas(reference: &[Metrics], others: &[Metrics]) -> [(&'static str, Option<f64>); METRICS.len()] {
    std::array::from_fn(|metric| {
        let values = |set: &[Metrics]| -> Vec<[f64; 1]> {
            set.iter().filter_map(|metrics| metrics.values()[metric]).map(|value| [value]).collect()
        };
        let (reference, others) = (values(reference), values(others));
        let area = overlap_area(&intra_set_distances(&reference), &inter_set_distances(&reference, &others));
        (METRICS[metric].name, area)
    })
}

/// The area below both of two densities: 0 (nothing in common) to 1.
///
/// `integral of min(p, q)` from the smallest to the largest of all samples, p and q being
/// [`Density`]s of the two sets. Kernels reach beyond the samples, so that even equal sets stay
/// below 1: small ones overlap less with themselves than large ones. None if one of the sets has no
/// density: fewer than two samples, or all equal.
pub fn overlap_area(left: &[f64], right: &[f64]) -> Option<f64> {
    let (left, right) = (Density::of(left)?, Density::of(right)?);
    let (lows, highs) = ([left.range().0, right.range().0], [left.range().1, right.range().1]);
    let reaches = [left.bandwidth() * REACH, right.bandwidth() * REACH];
    // Beyond the reach of one density there is nothing below both.
    let low = lows[0].min(lows[1]).max(lows[0] - reaches[0]).max(lows[1] - reaches[1]);
    let high = highs[0].max(highs[1]).min(highs[0] + reaches[0]).min(highs[1] + reaches[1]);
    if low >= high {
        return Some(0.0);
    }
    // Parts narrower than a kernel, so that no peak lies unseen between two looks.
    let parts = (2.0 * (high - low) / left.bandwidth().min(right.bandwidth())).ceil();
    let lesser = |number: f64| left.at(number).min(right.at(number));
    let end = |part: f64| low + (high - low) * part / parts;
    let area = |part: usize| integral(&lesser, end(part as f64), end(part as f64 + 1.0), TOLERANCE / parts);
    Some((0..parts as usize).map(area).sum())
}

/// The Euclidean distances between the pieces of one set, each given by a vector of features; a
/// single number is a vector of one.
///
/// Every ordered pair counts, as in `mgeval`, so that each distance stands twice and n pieces have
/// n (n - 1).
pub fn intra_set_distances<V: AsRef<[f64]>>(set: &[V]) -> Vec<f64> {
    let from = |(index, piece)| {
        let others = set.iter().enumerate().filter(move |&(other, _)| other != index);
        others.map(move |(_, other)| distance(piece, other))
    };
    set.iter().enumerate().flat_map(from).collect()
}

/// The Euclidean distances from every piece of one set to every piece of another, each given by a
/// vector of the same features.
pub fn inter_set_distances<V: AsRef<[f64]>>(left: &[V], right: &[V]) -> Vec<f64> {
    left.iter().flat_map(|piece| right.iter().map(move |other| distance(piece, other))).collect()
}

/// So many bandwidths from its samples a density is below 1e-21 of its height.
const REACH: f64 = 10.0;
/// By how much the whole area may be off.
const TOLERANCE: f64 = 1e-11;
/// How often a part may be halved. Where two densities cross, that is what ends it.
const MOST_HALVINGS: u32 = 40;

fn distance<V: AsRef<[f64]>>(left: &V, right: &V) -> f64 {
    let squares = left.as_ref().iter().zip(right.as_ref()).map(|(left, right)| (left - right).powi(2));
    squares.sum::<f64>().sqrt()
}

/// The integral of a function by Simpson's rule, on parts that are halved until halving makes no
/// difference. Source: Lyness, "Notes on the adaptive Simpson quadrature routine", 1969.
fn integral(function: &impl Fn(f64) -> f64, low: f64, high: f64, tolerance: f64) -> f64 {
    let ends = [low, f64::midpoint(low, high), high];
    let part = Part { ends, values: ends.map(function) };
    part.refined(function, tolerance, MOST_HALVINGS)
}

/// A part of the axis: its low end, its middle and its high end, and a function there.
struct Part {
    ends: [f64; 3],
    values: [f64; 3],
}

impl Part {
    fn simpson(&self) -> f64 {
        let [low, middle, high] = self.values;
        (self.ends[2] - self.ends[0]) / 6.0 * (low + 4.0 * middle + high)
    }

    fn refined(&self, function: &impl Fn(f64) -> f64, tolerance: f64, halvings: u32) -> f64 {
        let halves = [0, 1].map(|half| {
            let (low, high) = (self.ends[half], self.ends[half + 1]);
            let middle = f64::midpoint(low, high);
            let values = [self.values[half], function(middle), self.values[half + 1]];
            Part { ends: [low, middle, high], values }
        });
        let both = halves[0].simpson() + halves[1].simpson();
        let difference = both - self.simpson();
        if difference.abs() <= 15.0 * tolerance || halvings == 0 {
            return both + difference / 15.0;
        }
        halves.map(|half| half.refined(function, tolerance / 2.0, halvings - 1)).iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::testing::score;

    #[test]
    fn sets_far_apart_have_nothing_in_common() {
        assert_eq!(overlap_area(&[0.0, 1.0], &[1000.0, 1001.0]), Some(0.0));
    }

    #[test]
    fn the_order_of_the_sets_does_not_matter() {
        let (left, right) = ([1.0, 2.0, 2.5], [2.0, 4.0, 9.0, 1.0]);
        let (there, back) = (overlap_area(&left, &right).unwrap(), overlap_area(&right, &left).unwrap());
        assert!((there - back).abs() < 1e-10 && there > 0.1, "{there} {back}");
    }

    #[test]
    fn a_narrow_peak_is_not_passed_over() {
        let narrow: Vec<_> = (0..20).map(|step| 500.0 + f64::from(step) * 1e-4).collect();
        let wide: Vec<_> = (0..20).map(|step| f64::from(step) * 50.0).collect();
        let doubled = overlap_area(&narrow, &narrow.repeat(2)).unwrap();
        let area = overlap_area(&narrow, &wide).unwrap();
        assert!(doubled > 0.8 && area > 0.0 && area < 1e-4, "{doubled} {area}");
    }

    #[test]
    fn what_does_not_vary_has_no_overlap() {
        assert_eq!(overlap_area(&[1.0, 1.0], &[1.0, 2.0]), None);
        assert_eq!(overlap_area(&[1.0, 2.0], &[]), None);
    }

    #[test]
    fn distances_are_euclidean_and_count_ordered_pairs() {
        let set = [[0.0, 0.0], [3.0, 4.0], [0.0, 1.0]];
        assert_eq!(intra_set_distances(&set), [5.0, 1.0, 5.0, 18_f64.sqrt(), 1.0, 18_f64.sqrt()]);
        assert_eq!(inter_set_distances(&set[..2], &set[2..]), [1.0, 18_f64.sqrt()]);
    }

    #[test]
    fn each_metric_has_its_overlap_and_pieces_without_a_value_are_left_out() {
        let piece = |top: u8| Metrics::of(&score(&[(0, 60, 4), (4, 60 + top, 4)]));
        let reference = [piece(2), piece(4), piece(7), Metrics::of(&score(&[]))];
        let others = [piece(3), piece(12)];
        let areas = overlap_areas(&reference, &others);
        let area = |name| areas.iter().find(|(each, _)| *each == name).unwrap().1;
        let expected = overlap_area(&[2.0, 5.0, 2.0, 3.0, 5.0, 3.0, 2.0], &[1.0]);
        assert_eq!(expected, None);
        assert!(area("pitch_range").is_some_and(|area| area > 0.0 && area < 1.0));
        assert_eq!(area("polyphony"), None, "it does not vary");
    }
}
