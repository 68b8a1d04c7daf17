//! How numbers are written for people: two decimals, more where a small number would lose its digits.

/// The decimals of an ordinary number.
const DECIMALS: usize = 2;
/// Digits that a number keeps at least, however small it is.
const DIGITS: i32 = 2;
/// Below it a number is written with an exponent.
const SMALLEST: f64 = 1e-4;

/// Writes a number: `12.35`, `0.00`, `-0.0010`, `3.2e-5`.
pub(crate) fn number(value: f64) -> String {
    fixed(value, DECIMALS)
}

/// Writes a number with so many decimals, or with more where these would leave it fewer than two digits.
pub(crate) fn fixed(value: f64, decimals: usize) -> String {
    let size = value.abs();
    // Nothing is nothing: a sum over no terms is -0.0.
    if size == 0.0 || !size.is_finite() {
        return format!("{:.decimals$}", if size == 0.0 { 0.0 } else { value });
    }
    if size < SMALLEST && (size.log10().floor() as i32) < DIGITS - 1 - decimals as i32 {
        let decimals = DIGITS as usize - 1;
        return format!("{value:.decimals$e}");
    }
    let needed = DIGITS - 1 - size.log10().floor() as i32;
    let decimals = decimals.max(needed.max(0) as usize);
    format!("{value:.decimals$}")
}

/// Writes a number with its sign, unless it is zero.
pub(crate) fn signed(value: f64) -> String {
    let text = number(value);
    if value > 0.0 { format!("+{text}") } else { text }
}

/// Writes a share, 0 to 1, as a percentage with so many decimals.
pub(crate) fn percent(share: f64, decimals: usize) -> String {
    let percent = format!("{:.decimals$}", 100.0 * share);
    let is_zero = percent.trim_start_matches(['-', '0', '.']).is_empty();
    // Minus nothing is nothing.
    format!("{} %", if is_zero { percent.trim_start_matches('-') } else { &percent })
}

/// Writes a setting as it was chosen, or with four digits where it was drawn.
pub(crate) fn setting(value: f64) -> String {
    let (whole, short) = (format!("{value:?}"), format!("{value:.3e}"));
    let rounded = short.parse().map_or_else(|_| short.clone(), |rounded: f64| format!("{rounded:?}"));
    if whole.len() <= rounded.len() { whole } else { rounded }
}

/// The decimals with which numbers up to a size have four digits, for figures that stand side by side.
pub(crate) fn decimals(size: f64) -> usize {
    if size > 0.0 { (3 - size.log10().floor().min(3.0) as i32).clamp(0, 9) as usize } else { DECIMALS }
}

/// Writes a number with so many decimals and no more, for figures that stand side by side.
pub(crate) fn aligned(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    // Minus nothing is nothing.
    if text.trim_start_matches(['-', '0', '.']).is_empty() { text.trim_start_matches('-').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_numbers_have_two_decimals_and_small_ones_keep_two_digits() {
        let written = [-445.714, 12.345, 0.5, 0.012_34, -0.001, 0.000_12, 3.16e-5, -2e-9].map(number);
        assert_eq!(written, ["-445.71", "12.35", "0.50", "0.012", "-0.0010", "0.00012", "3.2e-5", "-2.0e-9"]);
    }

    #[test]
    fn the_sum_of_nothing_is_zero_without_a_sign() {
        assert_eq!(number(std::iter::empty::<f64>().sum()), "0.00");
        assert_eq!((fixed(-0.0, 3).as_str(), aligned(-0.001, 2).as_str()), ("0.000", "0.00"));
        assert_eq!((percent(-0.0, 0).as_str(), percent(-0.5, 0).as_str()), ("0 %", "-50 %"));
    }

    #[test]
    fn a_sign_stands_before_all_but_zero() {
        assert_eq!([1.5, -0.25, 0.0, -0.0, 0.001].map(signed), ["+1.50", "-0.25", "0.00", "0.00", "+0.0010"]);
    }

    #[test]
    fn a_setting_is_written_as_chosen_or_with_four_digits() {
        let written = [3e-4, 0.1, 1e-5, 100_000.0, 0.000_316_227_766, 12.345_678].map(setting);
        assert_eq!(written, ["0.0003", "0.1", "1e-5", "100000.0", "0.0003162", "12.35"]);
    }

    #[test]
    fn figures_side_by_side_have_four_digits() {
        let written = |value: f64| aligned(value, decimals(value.abs()));
        assert_eq!([12345.6, 123.456, 1.23456, 0.012_345].map(written), ["12346", "123.5", "1.235", "0.01235"]);
        assert_eq!(aligned(-0.5, 2), "-0.50");
    }

    #[test]
    fn what_is_no_number_is_written_as_such() {
        assert_eq!([f64::NAN, f64::INFINITY, f64::NEG_INFINITY].map(number), ["NaN", "inf", "-inf"]);
    }
}
