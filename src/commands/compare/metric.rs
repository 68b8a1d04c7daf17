//! The column that runs are compared on.

use anyhow::bail;

/// What is measured along, and nothing to compare on.
const ALONG: [&str; 2] = ["steps", "iteration"];

/// The column that is meant by `wanted`: its whole name, or the part before or after the slash where that is clear.
pub(super) fn resolve(wanted: &str, columns: &[&str]) -> anyhow::Result<String> {
    let mean = format!("{wanted}/mean");
    if let Some(column) =
        columns.iter().find(|column| **column == wanted).or(columns.iter().find(|column| **column == mean))
    {
        return Ok((*column).to_owned());
    }
    let ends: Vec<_> =
        columns.iter().filter(|column| column.split_once('/').is_some_and(|(_, end)| end == wanted)).collect();
    match ends.as_slice() {
        [column] => Ok((**column).to_owned()),
        [] => bail!("no run has the metric `{wanted}`: {}", instead(wanted, columns)),
        several => {
            let names: Vec<_> = several.iter().map(|column| format!("`{column}`")).collect();
            bail!("`{wanted}` may be {}; give the whole name", names.join(" or "))
        }
    }
}

/// The nearest name, and those that there are.
pub(super) fn instead(wanted: &str, columns: &[&str]) -> String {
    let columns: Vec<_> = columns.iter().copied().filter(|column| !ALONG.contains(column)).collect();
    let likeness = |column: &&&str| {
        let (start, end) = column.split_once('/').unwrap_or((column, column));
        [**column, start, end].map(|name| strsim::jaro_winkler(wanted, name)).into_iter().fold(0.0, f64::max)
    };
    // Of equally near ones the first: `max_by` alone would take the last.
    let nearest = columns.iter().rev().max_by(|left, right| likeness(left).total_cmp(&likeness(right)));
    match nearest {
        Some(nearest) => format!("the nearest is `{nearest}`; there are {}", columns.join(", ")),
        None => "there are none".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [&str; 6] = ["steps", "return/mean", "return/std", "reward/leap", "held-out/key", "reward/key"];

    #[test]
    fn a_column_is_called_by_its_name_or_by_a_clear_part_of_it() {
        for (wanted, column) in
            [("reward/leap", "reward/leap"), ("return", "return/mean"), ("leap", "reward/leap"), ("std", "return/std")]
        {
            assert_eq!(resolve(wanted, &COLUMNS).unwrap(), column);
        }
    }

    #[test]
    fn an_unclear_or_unknown_column_is_answered_with_those_that_may_be_meant() {
        let error = |wanted| resolve(wanted, &COLUMNS).unwrap_err().to_string();
        assert_eq!(error("key"), "`key` may be `held-out/key` or `reward/key`; give the whole name");
        assert!(error("retrun").contains("the nearest is `return/mean`; there are return/mean, return/std,"));
        assert!(error("leep").contains("the nearest is `reward/leap`"));
    }
}
