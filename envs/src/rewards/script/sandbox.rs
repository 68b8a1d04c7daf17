//! The interpreter that scripts run in: what they may call, and how much they may use.

use std::{
    cell::Cell,
    sync::{Arc, LazyLock},
};

use rhai::{
    Dynamic, Engine, Module,
    packages::{
        ArithmeticPackage, BasicArrayPackage, BasicIteratorPackage, BasicMapPackage, BasicMathPackage,
        BasicStringPackage, LogicPackage, MoreStringPackage, Package,
    },
};

/// Operations in one call of a script, of about a tenth of a microsecond each: so they bound its time, by the same bound on
/// every machine, which a clock would not.
pub(super) const MAX_OPERATIONS: u32 = 50_000;
/// Functions that may call each other.
pub(super) const MAX_CALLS: usize = 16;
/// Expressions within expressions, at the top level and in a function.
const MAX_EXPRESSIONS: usize = 32;
/// Functions of a script.
const MAX_FUNCTIONS: usize = 64;
/// Variables alive at a time.
const MAX_VARIABLES: usize = 128;
/// Values in an array, all that it holds within counted. An operation copies one at most, so this and the number of
/// operations bound what a call can take: some hundred megabytes, should it try.
const MAX_ARRAY: usize = 1_024;
/// Entries of a map, the same way.
const MAX_MAP: usize = 256;
/// Bytes of a text, and of all texts that a value holds.
const MAX_STRING: usize = 4_096;

/// What is said of a script that does not end in time.
pub(super) fn too_long() -> String {
    "more than 50,000 operations in one call; is there a loop without an end?".to_owned()
}

thread_local! {
    /// What the current call of a script has left. The interpreter's own count misses what functions do that are handed to
    /// `map`, `filter` and their like.
    static LEFT: Cell<u32> = const { Cell::new(0) };
}

/// Runs `work` with a full allowance of operations; true beside its result if that did not last.
pub(super) fn metered<T>(work: impl FnOnce() -> T) -> (T, bool) {
    LEFT.set(MAX_OPERATIONS);
    let result = work();
    (result, LEFT.get() == 0)
}

/// An interpreter that reaches nothing but the values handed to it: no files, no network, no clock, no chance, no printing,
/// no other scripts.
pub(super) fn engine() -> Engine {
    static LIBRARY: LazyLock<Vec<Arc<Module>>> = LazyLock::new(|| {
        vec![
            ArithmeticPackage::new().as_shared_module(),
            LogicPackage::new().as_shared_module(),
            BasicMathPackage::new().as_shared_module(),
            BasicArrayPackage::new().as_shared_module(),
            BasicIteratorPackage::new().as_shared_module(),
            BasicMapPackage::new().as_shared_module(),
            BasicStringPackage::new().as_shared_module(),
            MoreStringPackage::new().as_shared_module(),
        ]
    });
    let mut engine = Engine::new_raw();
    for module in LIBRARY.iter() {
        engine.register_global_module(module.clone());
    }
    for symbol in ["eval", "print", "debug"] {
        engine.disable_symbol(symbol);
    }
    engine
        .set_max_call_levels(MAX_CALLS)
        .set_max_expr_depths(MAX_EXPRESSIONS, MAX_EXPRESSIONS)
        .set_max_functions(MAX_FUNCTIONS)
        .set_max_variables(MAX_VARIABLES)
        .set_max_array_size(MAX_ARRAY)
        .set_max_map_size(MAX_MAP)
        .set_max_string_size(MAX_STRING)
        .set_fail_on_invalid_map_property(true)
        .set_strict_variables(true)
        .on_progress(|_| {
            let left = LEFT.get().saturating_sub(1);
            LEFT.set(left);
            (left == 0).then_some(Dynamic::UNIT)
        });
    super::now::register(&mut engine);
    engine
}
