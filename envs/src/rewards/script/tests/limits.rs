//! What a script may not do.

use super::*;

#[test]
fn a_script_reaches_nothing_outside() {
    for (body, word) in [
        ("import \"other\" as other; 0", "import"),
        ("eval(\"1\")", "eval"),
        ("print(\"1\"); 0", "print"),
        ("debug(1); 0", "debug"),
        ("timestamp(); 0", "timestamp"),
        ("sleep(1); 0", "sleep"),
        ("rand()", "rand"),
        ("open(\"/etc/passwd\"); 0", "open"),
        ("exit(1)", "exit"),
        ("parse_json(\"{}\"); 0", "parse_json"),
        ("param(\"late\", 1)", "param"),
    ] {
        let error = error(body);
        assert!(error.contains("line 2, column") && error.contains(word), "{body}: {error}");
    }
}

#[test]
fn a_script_without_an_end_is_stopped() {
    for body in [
        "loop { }",
        "while true { this.kept += 1; }",
        "let sum = 0; for step in 0..1000000000 { sum += step; } sum",
        // What is handed to a function counts, too, and what swallows errors hides nothing.
        "let a = []; a.pad(1000, 0); a.map(|x| { let b = []; b.pad(1000, 0); b.map(|y| { let z = 0; while z < 40000 { z += 1; } z }); 0 }); 0",
        "let a = []; a.pad(1000, 0); a.sort(|x, y| { let z = 0; while z < 40000 { z += 1; } 0 }); 0",
        "try { loop { } } catch { 0 }",
    ] {
        let error = error(body);
        assert!(error.contains("more than 50,000 operations"), "{body}: {error}");
        assert!(error.contains("line 2, column") && error.contains("at step 0"), "{body}: {error}");
    }
}

#[test]
fn a_script_cannot_take_all_memory() {
    for (body, what) in [
        ("let a = []; loop { a.push(0); }", "array"),
        ("let a = [0]; loop { a += a; }", "array"),
        ("let a = [0]; loop { a = [a, a]; }", "array"),
        ("let a = []; a.pad(1000000000, 0); 0", "array"),
        ("let s = \"note\"; loop { s += s; }", "string"),
        ("let s = \"\"; s.pad(1000000000, \"x\"); 0", "string"),
        ("this.kept = #{}; let n = 0; while n < 999 { this.kept[\"k\" + n] = 0; n += 1; } 0", "map"),
        ("this.kept = [0, 0]; let a = []; a.pad(1000, 0); this.kept[0] = a; this.kept[1] = a; 0", "array"),
        ("now.pitches(1); let a = []; loop { a.push([now.pitches(9), \"text\"]); }", "array"),
    ] {
        let error = error(body);
        assert!(error.contains(what) && error.contains("passes what a script may keep"), "{body}: {error}");
    }
    let whole =
        judge("let a = []; a.pad(600, 0); let b = a; let range = [0, 1];\nfn on_step(now) { 0 }", &[14]).unwrap_err();
    assert!(whole.contains("array") && whole.contains("passes what a script may keep"), "{whole}");
    let hoard = "let a = []; a.pad(1000, 0); let m = #{}; let n = 0; loop { m[n.to_string()] = a; n += 1; }";
    let mut found = String::new();
    let used = allocation_counter::measure(|| found = error(hoard));
    assert!(found.contains("operations in one call"), "{found}");
    assert!(used.bytes_max < 400 << 20, "{} bytes", used.bytes_max);
}

#[test]
fn functions_that_call_each_other_for_ever_are_stopped() {
    let source = "let range = [0, 1];\nfn on_step(now) { deeper(1) }\nfn deeper(n) { 1 + deeper(n + 1) }";
    let error = judge(source, &[14]).unwrap_err();
    assert!(error.contains("line 2") && error.contains("more than 16 deep"), "{error}");
    let nested = format!("{}1{}", "(1 + ".repeat(200), ")".repeat(200));
    let error = self::error(&nested);
    assert!(error.contains("line 2, column"), "{error}");
}
