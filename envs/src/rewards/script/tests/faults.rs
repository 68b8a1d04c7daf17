//! What is said of a script that fails.

use super::*;

#[test]
fn a_script_that_cannot_be_read_is_answered_with_line_and_column() {
    let failing = |source: &str| stack(&reward(source, "{}")).err().unwrap().to_string();
    let error = failing("let range = [0, 1];\nfn on_step(now) { now.pitch + }");
    assert!(error.contains("`sample`, line 2, column 31"), "{error}");
    let error = failing("let range = [0, 1];\nfn on_step(now) { pitsch }");
    assert!(error.contains("line 2, column 19") && error.contains("pitsch"), "{error}");
    assert!(failing("let range = [0, 1];").contains("no `fn on_step(now)`"));
    assert!(failing("fn on_step(now) { 0 }").contains("no `range`"));
    let error = failing("\n  let range = [1, 0];\nfn on_step(now) { 0 }");
    assert!(error.contains("line 2, column 3") && error.contains("[LEAST, GREATEST]"), "{error}");
    assert!(failing("let range = [0, 1]; loop { }\nfn on_step(now) { 0 }").contains("more than 50,000 operations"));
}

#[test]
fn a_reward_that_is_none_or_out_of_range_is_named_with_the_line_of_its_function() {
    let error_of = error;
    let error = error_of("now.step");
    assert!(error.contains("line 2, column 1: `on_step` gives 2, outside the declared range -1 to 1"), "{error}");
    assert!(error.contains("at step 2 of the piece [14, 1, 16]"), "{error}");
    let error = error_of("\"much\"");
    assert!(error.contains("`on_step` gives a text"), "{error}");
    let error = error_of("0.0 / 0.0");
    assert!(error.contains("reward term `sample` gave NaN at step 0"), "{error}");
    let error = error_of("1.0 / 0.0");
    assert!(error.contains("reward term `sample` gave inf at step 0"), "{error}");
}

#[test]
fn what_fails_while_it_runs_is_told_with_its_place() {
    for (body, said) in [
        ("now.pich", "pich"),
        ("this.lost", "lost"),
        ("this.other = 1; 0", "`this.other` is new"),
        ("this.remove(\"kept\"); 0", "was removed"),
        ("1 / 0", "ivision by zero"),
        ("now.note(0) + 1", "+"),
        ("[1][3]", "index"),
        ("9223372036854775807 + 1", "verflow"),
        ("throw \"enough\"", "enough"),
    ] {
        let error = error(body);
        assert!(error.contains("line 2, column") && error.contains(said), "{body}: {error}");
    }
}
