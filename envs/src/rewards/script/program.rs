//! A script that has been read: its functions, its variables as a piece begins, its range.

use std::{
    collections::BTreeMap,
    fmt::{self, Debug, Formatter},
    ops::RangeInclusive,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use rhai::{AST, CallFnOptions, Dynamic, Engine, EvalAltResult, Map, Position, Scope};

use super::{
    Fault, Param,
    now::Now,
    params::{Params, kind},
    sandbox,
};
use crate::error::EnvError;

/// The function that judges a step.
pub(super) const ON_STEP: &str = "on_step";
/// The function that judges a finished piece.
pub(super) const ON_END: &str = "on_end";

/// Runs the functions of every script: it keeps nothing of any.
static PLAYER: LazyLock<Engine> = LazyLock::new(sandbox::engine);

/// A script that has been read and whose top level has been run.
pub(super) struct Program {
    place: String,
    functions: AST,
    /// The variables of the top level, which are `this` as a piece begins.
    start: Map,
    range: RangeInclusive<f32>,
    judges_end: bool,
    /// Where [`ON_STEP`] and [`ON_END`] begin.
    lines: (Option<Place>, Option<Place>),
}

/// A line and a column of a script.
type Place = (usize, usize);

impl Debug for Program {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Program").field("place", &self.place).field("range", &self.range).finish_non_exhaustive()
    }
}

impl Program {
    /// Reads `source`, found at `place`, and runs its top level; `params` are what it may ask for.
    pub(super) fn load(place: &str, source: &str, params: &BTreeMap<String, Param>) -> Result<Self, EnvError> {
        let params = Arc::new(Mutex::new(Params::new(params.clone())));
        let engine = reader(params.clone());
        let fail = |fault: Fault| EnvError::Script(fault);
        let ast = engine.compile(source).map_err(|error| fail(Fault::of_parsing(place, &error)))?;
        let mut scope = Scope::new();
        let (run, spent) = sandbox::metered(|| engine.run_ast_with_scope(&mut scope, &ast));
        run.map_err(|error| fail(Fault::of_running(place, &error)))?;
        let whole = |message: String| Fault { script: place.to_owned(), position: None, message };
        if spent {
            return Err(fail(whole(sandbox::too_long())));
        }
        let start: Map = scope.iter().map(|(name, _, value)| (name.into(), value)).collect();
        let fits = engine.ensure_data_size_within_limits(&Dynamic::from_map(start.clone()));
        fits.map_err(|error| fail(Fault::of_running(place, &error)))?;
        if let Some((unknown, known)) = params.lock().unwrap_or_else(PoisonError::into_inner).unknown() {
            let remedy = match known.as_slice() {
                [] => "leave it out; the script asks for none".to_owned(),
                names => format!("the script asks for {}", names.join(", ")),
            };
            let key = format!("reward.script.params.{unknown}");
            return Err(EnvError::config(&key, format!("{place} does not ask for it"), remedy));
        }
        let place_of = |begins: &str| beginning(source, begins);
        let range =
            range(&start).map_err(|message| fail(Fault { position: place_of("let range"), ..whole(message) }))?;
        let takes_now =
            |name: &str| ast.iter_functions().any(|function| function.name == name && function.params.len() == 1);
        if !takes_now(ON_STEP) {
            return Err(fail(whole("there is no `fn on_step(now)`, which gives a step's reward".to_owned())));
        }
        let judges_end = takes_now(ON_END);
        let lines = (place_of("fn on_step"), place_of("fn on_end"));
        Ok(Self { place: place.to_owned(), functions: ast.clone_functions_only(), start, range, judges_end, lines })
    }

    /// The variables as a piece begins.
    pub(super) fn start(&self) -> Dynamic {
        Dynamic::from_map(self.start.clone())
    }

    /// Between which values a step's reward lies.
    pub(super) fn range(&self) -> RangeInclusive<f32> {
        self.range.clone()
    }

    /// Whether the script judges finished pieces.
    pub(super) fn judges_end(&self) -> bool {
        self.judges_end
    }

    /// Calls a function that judges `now`, with `this` as its variables.
    pub(super) fn call(&self, function: &str, this: &mut Dynamic, now: Now) -> Result<f32, Fault> {
        let (result, spent) = sandbox::metered(|| {
            let options = CallFnOptions::new().eval_ast(false).bind_this_ptr(this);
            PLAYER.call_fn_with_options::<Dynamic>(options, &mut Scope::new(), &self.functions, function, (now,))
        });
        let value = result.map_err(|error| {
            let fault = Fault::of_running(&self.place, &error);
            Fault { position: fault.position.or(self.line(function)), ..fault }
        })?;
        if spent {
            return Err(self.fault(function, sandbox::too_long()));
        }
        // The interpreter looks at a value where it is made, not at the variable that it is put into.
        let fits = PLAYER.ensure_data_size_within_limits(this);
        fits.map_err(|error| Fault { position: self.line(function), ..Fault::of_running(&self.place, &error) })?;
        self.keeps_variables(this).map_err(|problem| self.fault(function, problem))?;
        let number = value.as_float().or_else(|_| value.as_int().map(|whole| whole as f64));
        number
            .map(|number| number as f32)
            .map_err(|_| self.fault(function, format!("`{function}` gives {}, and a reward is a number", kind(&value))))
    }

    /// What is wrong with a function as a whole: at the line where it begins.
    pub(super) fn fault(&self, function: &str, message: String) -> Fault {
        Fault { script: self.place.clone(), position: self.line(function), message }
    }

    fn line(&self, function: &str) -> Option<(usize, usize)> {
        if function == ON_END { self.lines.1 } else { self.lines.0 }
    }

    /// That the variables are those of the top level: a misspelt one would be lost in silence.
    fn keeps_variables(&self, this: &Dynamic) -> Result<(), String> {
        let Ok(map) = this.as_map_ref() else {
            return Err("`this` holds the variables of the top level and cannot become another value".to_owned());
        };
        if map.keys().eq(self.start.keys()) {
            return Ok(());
        }
        Err(match map.keys().find(|&name| !self.start.contains_key(name)) {
            Some(name) => format!("`this.{name}` is new; begin it at the top level with `let {name} = ...`"),
            None => "a variable of the top level was removed from `this`; give it another value".to_owned(),
        })
    }
}

/// The line that begins so, and the column: the interpreter does not tell where a function stands.
fn beginning(source: &str, words: &str) -> Option<(usize, usize)> {
    let mut lines = (1..).zip(source.lines());
    lines.find_map(|(number, line)| {
        Some((number, line.len() - line.trim_start().len() + 1)).filter(|_| line.trim_start().starts_with(words))
    })
}

/// The interpreter in which the top level runs: there `param` tells what the config says.
fn reader(params: Arc<Mutex<Params>>) -> Engine {
    let mut engine = sandbox::engine();
    engine.register_fn("param", move |name: &str, default: Dynamic| -> Result<Dynamic, Box<EvalAltResult>> {
        let mut params = params.lock().unwrap_or_else(PoisonError::into_inner);
        params.ask(name, default).map_err(|problem| EvalAltResult::ErrorRuntime(problem.into(), Position::NONE).into())
    });
    engine
}

/// What the top level declares as `range`.
fn range(start: &Map) -> Result<RangeInclusive<f32>, String> {
    const REMEDY: &str = "write `let range = [LEAST, GREATEST];`, a step's least and greatest reward";
    let declared = start.get("range").ok_or_else(|| format!("there is no `range`; {REMEDY}"))?;
    let number = |value: &Dynamic| value.as_float().or_else(|_| value.as_int().map(|whole| whole as f64)).ok();
    let bounds: Option<Vec<f32>> = declared
        .as_array_ref()
        .ok()
        .and_then(|bounds| bounds.iter().map(|bound| number(bound).map(|bound| bound as f32)).collect());
    match bounds.as_deref() {
        Some(&[low, high]) if low <= high && low.is_finite() && high.is_finite() => Ok(low..=high),
        _ => Err(format!("`range` is {declared}; {REMEDY}")),
    }
}
