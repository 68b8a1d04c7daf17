//! Matrix products, with whatever follows them fused in.
//!
//! burn's own product zeroes and copies every result, which at the sizes of a policy network is a third of its time. Here
//! the right-hand side is packed once into panels as wide as two vectors, the left-hand side is read in place (also where
//! it is a transpose), and each block of rows is finished while it is in the nearest cache.
//!
//! Every element of a product is one chain of fused multiply-adds in the order of the inner dimension, so it is the same
//! bit for bit on any machine, for any number of rows at once, and on any number of threads.

#![expect(clippy::inline_always, reason = "a call would leave the loop behind in the baseline instruction set")]

use std::array;
use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};
use rayon::iter::{IndexedParallelIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;

/// Rows of a tile. Six rows of two vectors fill twelve of sixteen registers and leave four to feed them.
const TILE_ROWS: usize = 6;

/// Elements of the right-hand side that stay in the second cache: 256 KiB of them.
const CACHED: usize = 1 << 16;

/// The farthest that the columns of a mirrored left-hand side may lie apart to be read in place; beyond, they would fall
/// on the same few lines of the cache.
const SHORT_STEP: usize = 128;

/// Multiplications from which a product pays for being shared out to threads: some tenths of a millisecond.
const WORTH_THREADS: usize = 1 << 23;

/// A matrix within a slice.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Matrix<'a> {
    pub(crate) elements: &'a [f32],
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    /// From an element to the one below.
    pub(crate) row_step: usize,
    /// From an element to its right neighbour.
    pub(crate) column_step: usize,
}

impl<'a> Matrix<'a> {
    /// A matrix stored row after row.
    pub(crate) fn new(elements: &'a [f32], rows: usize, columns: usize) -> Self {
        Self { elements, rows, columns, row_step: columns, column_step: 1 }
    }

    /// Its rows from `first` on.
    fn rows_from(self, first: usize) -> Self {
        Self { elements: &self.elements[first * self.row_step..], rows: self.rows - first, ..self }
    }

    /// Puts the rows of a tile from `first` on side by side, with zeros for rows beyond the last.
    fn copy_rows(self, first: usize, tile: &mut Vec<f32>) {
        let rows = TILE_ROWS.min(self.rows - first);
        tile.clear();
        tile.resize(TILE_ROWS * self.columns, 0.0);
        for (column, place) in tile.chunks_exact_mut(TILE_ROWS).enumerate() {
            let from = &self.elements[first * self.row_step + column * self.column_step..];
            if rows == TILE_ROWS && self.row_step == 1 {
                place.copy_from_slice(&from[..TILE_ROWS]);
            } else {
                for (row, place) in place[..rows].iter_mut().enumerate() {
                    *place = from[row * self.row_step];
                }
            }
        }
    }
}

/// What becomes of each row of a product.
pub(crate) trait Finish {
    /// Works on one row in place.
    fn finish<S: Simd>(&self, simd: S, row: &mut [f32]);
}

/// Leaves the product as it is.
pub(crate) struct Plain;

impl Finish for Plain {
    #[inline(always)]
    fn finish<S: Simd>(&self, _: S, _: &mut [f32]) {}
}

/// The right-hand side of a product, cut into panels two vectors wide (the last perhaps one), each stored row after row
/// and filled up with zeros.
#[derive(Debug, Clone)]
pub(crate) struct Panels {
    elements: Vec<f32>,
    rows: usize,
    columns: usize,
}

impl Panels {
    /// Copies a matrix into panels.
    pub(crate) fn new(matrix: Matrix<'_>) -> Self {
        struct Pack<'a>(Matrix<'a>);
        impl WithSimd for Pack<'_> {
            type Output = Vec<f32>;

            fn with_simd<S: Simd>(self, _: S) -> Vec<f32> {
                pack(self.0, S::F32_LANES)
            }
        }
        let elements = Arch::new().dispatch(Pack(matrix));
        Self { elements, rows: matrix.rows, columns: matrix.columns }
    }

    /// The height of the matrix.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// The width of the matrix.
    pub(crate) fn columns(&self) -> usize {
        self.columns
    }
}

/// Writes `lhs` times `rhs`, each row `finish`ed, to `out`.
///
/// Large products are shared out to threads by rows.
///
/// # Panics
///
/// Panics if the sizes do not agree.
pub(crate) fn multiply(lhs: Matrix<'_>, rhs: &Panels, out: &mut [f32], finish: &(impl Finish + Sync)) {
    assert_eq!(lhs.columns, rhs.rows, "inner dimensions of a product");
    assert_eq!(out.len(), lhs.rows * rhs.columns, "elements of a product");
    if rhs.columns == 0 {
        return;
    }
    let share = if lhs.rows * lhs.columns * rhs.columns < WORTH_THREADS {
        lhs.rows
    } else {
        lhs.rows.div_ceil(2 * rayon::current_num_threads())
    };
    let share = share.next_multiple_of(TILE_ROWS);
    let multiply_share = |(index, out): (usize, &mut [f32])| {
        let lhs = lhs.rows_from(index * share);
        Arch::new().dispatch(Multiply { lhs, rhs, out, finish });
    };
    if share >= lhs.rows {
        multiply_share((0, out));
    } else {
        out.par_chunks_mut(share * rhs.columns).enumerate().for_each(multiply_share);
    }
}

struct Multiply<'a, F> {
    lhs: Matrix<'a>,
    rhs: &'a Panels,
    out: &'a mut [f32],
    finish: &'a F,
}

impl<F: Finish> WithSimd for Multiply<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { lhs, rhs, out, finish } = self;
        let mut padded = Vec::new();
        // As many columns at a time as leave the panels in the second cache while all rows pass.
        let width = (CACHED / rhs.rows.max(1)).next_multiple_of(2 * S::F32_LANES);
        for start in (0..rhs.columns).step_by(width) {
            let columns = start..rhs.columns.min(start + width);
            for (index, block) in out.chunks_mut(TILE_ROWS * rhs.columns).enumerate() {
                let first = index * TILE_ROWS;
                let whole = lhs.rows - first >= TILE_ROWS;
                if whole && lhs.column_step == 1 {
                    let rows = array::from_fn(|row| &lhs.elements[(first + row) * lhs.row_step..][..lhs.columns]);
                    fill_block(simd, &InPlace(rows), rhs, columns.clone(), block);
                } else if whole && lhs.row_step == 1 && lhs.column_step <= SHORT_STEP {
                    let rows = Mirrored { elements: &lhs.elements[first..], step: lhs.column_step };
                    fill_block(simd, &rows, rhs, columns.clone(), block);
                } else {
                    lhs.copy_rows(first, &mut padded);
                    let rows = Mirrored { elements: &padded, step: TILE_ROWS };
                    fill_block(simd, &rows, rhs, columns.clone(), block);
                }
                if columns.end == rhs.columns {
                    block.chunks_exact_mut(rhs.columns).for_each(|row| finish.finish(simd, row));
                }
            }
        }
    }
}

/// The rows of the left-hand side that make a tile.
trait TileRows {
    /// Their products with a panel of `V` vectors a row, summed in registers.
    fn times<S: Simd, const V: usize>(&self, simd: S, panel: &[[S::f32s; V]]) -> [[S::f32s; V]; TILE_ROWS];
}

/// Rows that are contiguous.
struct InPlace<'a>([&'a [f32]; TILE_ROWS]);

impl TileRows for InPlace<'_> {
    #[inline(always)]
    fn times<S: Simd, const V: usize>(&self, simd: S, panel: &[[S::f32s; V]]) -> [[S::f32s; V]; TILE_ROWS] {
        let mut sums = [[simd.splat_f32s(0.0); V]; TILE_ROWS];
        // Spelled out because a zip, unlike indices, leaves no bounds to check.
        let [a, b, c, d, e, f] = self.0;
        for ((((((right, a), b), c), d), e), f) in panel.iter().zip(a).zip(b).zip(c).zip(d).zip(e).zip(f) {
            add_products(simd, &mut sums, [a, b, c, d, e, f], right);
        }
        sums
    }
}

/// Rows whose elements at one place stand side by side, `step` from place to place.
struct Mirrored<'a> {
    elements: &'a [f32],
    step: usize,
}

impl TileRows for Mirrored<'_> {
    #[inline(always)]
    fn times<S: Simd, const V: usize>(&self, simd: S, panel: &[[S::f32s; V]]) -> [[S::f32s; V]; TILE_ROWS] {
        let mut sums = [[simd.splat_f32s(0.0); V]; TILE_ROWS];
        for (k, right) in panel.iter().enumerate() {
            let left = &self.elements[k * self.step..][..TILE_ROWS];
            add_products(
                simd,
                &mut sums,
                array::from_fn(
                    #[inline(always)]
                    |row| &left[row],
                ),
                right,
            );
        }
        sums
    }
}

/// One step along the inner dimension.
#[inline(always)]
fn add_products<S: Simd, const V: usize>(
    simd: S,
    sums: &mut [[S::f32s; V]; TILE_ROWS],
    left: [&f32; TILE_ROWS],
    right: &[S::f32s; V],
) {
    for (sums, left) in sums.iter_mut().zip(left) {
        let left = simd.splat_f32s(*left);
        for (sum, right) in sums.iter_mut().zip(right) {
            *sum = simd.mul_add_f32s(left, *right, *sum);
        }
    }
}

/// Some rows and columns of the product, panel by panel.
#[inline(always)]
fn fill_block<S: Simd>(simd: S, rows: &impl TileRows, rhs: &Panels, columns: Range<usize>, block: &mut [f32]) {
    for start in columns.clone().step_by(2 * S::F32_LANES) {
        let (panel, _) = S::as_simd_f32s(&rhs.elements[start * rhs.rows..]);
        let panel_columns = start..columns.end.min(start + 2 * S::F32_LANES);
        if panel_columns.len() > S::F32_LANES {
            let (panel, _) = panel[..2 * rhs.rows].as_chunks::<2>();
            store(simd, rows.times(simd, panel), block, rhs.columns, panel_columns);
        } else {
            let (panel, _) = panel[..rhs.rows].as_chunks::<1>();
            store(simd, rows.times(simd, panel), block, rhs.columns, panel_columns);
        }
    }
}

/// Writes a tile to its place, leaving out the rows and columns that only fill it up.
#[inline(always)]
fn store<S: Simd, const V: usize>(
    simd: S,
    sums: [[S::f32s; V]; TILE_ROWS],
    block: &mut [f32],
    width: usize,
    columns: Range<usize>,
) {
    for (row, sums) in block.chunks_exact_mut(width).zip(sums) {
        let (vectors, rest) = S::as_mut_simd_f32s(&mut row[columns.clone()]);
        let mut sums = sums.into_iter();
        for (place, sum) in vectors.iter_mut().zip(&mut sums) {
            *place = sum;
        }
        if !rest.is_empty()
            && let Some(sum) = sums.next()
        {
            simd.partial_store_f32s(rest, sum);
        }
    }
}

/// The elements of [`Panels`] for vectors of so many lanes.
fn pack(matrix: Matrix<'_>, lanes: usize) -> Vec<f32> {
    let mut packed = vec![0.0; matrix.rows * matrix.columns.next_multiple_of(lanes)];
    let mut rest = packed.as_mut_slice();
    for start in (0..matrix.columns).step_by(2 * lanes) {
        let columns = (matrix.columns - start).min(2 * lanes);
        let width = columns.next_multiple_of(lanes);
        let (panel, others) = rest.split_at_mut(matrix.rows * width);
        for (row, place) in panel.chunks_exact_mut(width).enumerate() {
            let from = &matrix.elements[row * matrix.row_step + start * matrix.column_step..];
            if matrix.column_step == 1 {
                place[..columns].copy_from_slice(&from[..columns]);
            } else {
                for (column, place) in place[..columns].iter_mut().enumerate() {
                    *place = from[column * matrix.column_step];
                }
            }
        }
        rest = others;
    }
    packed
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same elements, mirrored at the diagonal.
    fn transposed(matrix: Matrix<'_>) -> Matrix<'_> {
        Matrix {
            rows: matrix.columns,
            columns: matrix.rows,
            row_step: matrix.column_step,
            column_step: matrix.row_step,
            ..matrix
        }
    }

    fn elements(count: usize, seed: usize) -> Vec<f32> {
        (0..count).map(|i| ((i * 7919 + seed * 104_729) % 1009) as f32 / 504.5 - 1.0).collect()
    }

    /// Each element as one chain of fused multiply-adds: what the kernel must equal bit for bit.
    fn reference(lhs: Matrix<'_>, rhs: Matrix<'_>) -> Vec<f32> {
        let at = |m: Matrix<'_>, row: usize, column: usize| m.elements[row * m.row_step + column * m.column_step];
        let element =
            |row, column| (0..lhs.columns).fold(0.0, |sum, k| at(lhs, row, k).mul_add(at(rhs, k, column), sum));
        (0..lhs.rows).flat_map(|row| (0..rhs.columns).map(move |column| element(row, column))).collect()
    }

    fn product(lhs: Matrix<'_>, rhs: Matrix<'_>) -> Vec<f32> {
        let mut out = vec![f32::NAN; lhs.rows * rhs.columns];
        multiply(lhs, &Panels::new(rhs), &mut out, &Plain);
        out
    }

    #[test]
    fn every_size_and_layout_gives_the_chained_sum() {
        for (rows, depth, columns) in
            [(1, 1, 1), (5, 3, 7), (6, 4, 16), (7, 66, 38), (13, 9, 65), (20, 600, 130), (64, 66, 64), (3, 0, 2)]
        {
            let (left, right) = (elements(rows * depth, 1), elements(depth * columns, 2));
            let lhs = [Matrix::new(&left, rows, depth), transposed(Matrix::new(&left, depth, rows))];
            let rhs = [Matrix::new(&right, depth, columns), transposed(Matrix::new(&right, columns, depth))];
            for lhs in lhs {
                for rhs in rhs {
                    assert_eq!(product(lhs, rhs), reference(lhs, rhs), "{rows} x {depth} x {columns}");
                }
            }
        }
    }

    #[test]
    fn a_left_hand_side_without_contiguous_rows_or_columns_is_read_too() {
        let (left, right) = (elements(40, 3), elements(6, 4));
        let lhs = Matrix { elements: &left, rows: 4, columns: 3, row_step: 10, column_step: 2 };
        let rhs = Matrix::new(&right, 3, 2);
        assert_eq!(product(lhs, rhs), reference(lhs, rhs));
    }

    #[test]
    fn a_row_is_the_same_alone_and_in_a_batch() {
        let (left, right) = (elements(64 * 66, 5), elements(66 * 38, 6));
        let rhs = Matrix::new(&right, 66, 38);
        let batch = product(Matrix::new(&left, 64, 66), rhs);
        for (row, expected) in left.chunks_exact(66).zip(batch.chunks_exact(38)) {
            assert_eq!(product(Matrix::new(row, 1, 66), rhs), expected);
        }
    }
}
