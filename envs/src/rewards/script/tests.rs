//! Scripts in cases of note: what they see, what they may not do, and what is said of those that try.

use gradus_music::Token;
use rand::RngExt;

use crate::{
    Env, EnvConfig, EnvError, EnvironmentConfig, Judgement, Library, Setting,
    rewards::{RewardConfig, RewardStack},
    seeding::{Role, stream},
    space::ActionBuffer,
    tasks::{melody, phrase},
};

const EXAMPLES: [(&str, &str); 4] = [
    ("leap", include_str!("../../../../configs/rewards/leap.rhai")),
    ("syncopation", include_str!("../../../../configs/rewards/syncopation.rhai")),
    ("question-and-answer", include_str!("../../../../configs/rewards/question-and-answer.rhai")),
    ("gap-fill", include_str!("../../../../configs/rewards/gap-fill.rhai")),
];

fn setting() -> Setting {
    melody::Config::default().setting().unwrap()
}

/// A `[[reward]]` of a script with its `params` as TOML.
fn reward(source: &str, params: &str) -> RewardConfig {
    let source = toml::Value::from(source);
    toml::from_str(&format!("script = {{ name = 'sample', params = {params}, source = {source} }}")).unwrap()
}

fn stack(config: &RewardConfig) -> Result<RewardStack, EnvError> {
    RewardStack::build(std::slice::from_ref(config), &setting(), &Library::embedded())
}

fn judge(source: &str, tokens: &[u8]) -> Result<Vec<f32>, String> {
    let tokens: Vec<_> = tokens.iter().copied().map(Token).collect();
    let mut stack = stack(&reward(source, "{}")).map_err(|error| error.to_string())?;
    let judgement = Judgement::of(&tokens, &setting(), &mut stack).map_err(|error| error.to_string())?;
    Ok(judgement.steps.iter().map(|step| step.total).collect())
}

/// What each step gives where `on_step` is `expression`.
fn values(expression: &str, tokens: &[u8]) -> Vec<f32> {
    judge(&format!("let range = [-999, 999];\nfn on_step(now) {{ {expression} }}"), tokens).unwrap()
}

/// The error of a script whose `on_step` is `body`, in line 2.
fn error(body: &str) -> String {
    judge(&format!("let range = [-1, 1]; let kept = 0;\nfn on_step(now) {{ {body} }}"), &[14, 1, 16]).unwrap_err()
}

#[test]
fn a_script_gives_what_the_compiled_term_gives_over_random_pieces() {
    let setting = setting();
    let mut generator = stream(7, Role::Environment, 0);
    for (settings, params) in [
        ("{}", "{}"),
        ("{ semitones = 5, amount = -2.5, patience = 2 }", "{ semitones = 5, amount = -2.5, patience = 2 }"),
    ] {
        let compiled: RewardConfig = toml::from_str(&format!("leap = {settings}")).unwrap();
        let (mut compiled, mut script) = (stack(&compiled).unwrap(), stack(&reward(EXAMPLES[0].1, params)).unwrap());
        let mut fired = 0;
        for _ in 0..300 {
            let mut token = || Token(generator.random_range(0..setting.vocabulary.size() as u8));
            let piece: Vec<_> = (0..setting.steps).map(|_| token()).collect();
            let expected = Judgement::of(&piece, &setting, &mut compiled).unwrap();
            let found = Judgement::of(&piece, &setting, &mut script).unwrap();
            for (expected, found) in expected.steps.iter().zip(&found.steps) {
                assert_eq!(expected.total, found.total, "{piece:?}");
                fired += usize::from(expected.total != 0.0);
            }
        }
        assert!(fired > 500, "{fired}");
    }
}

#[test]
fn every_example_judges_random_pieces_of_every_environment_within_its_range() {
    let environments = [
        EnvironmentConfig::default(),
        toml::from_str("melody = { steps = 24, steps-per-beat = 3, meter = '6/8', key = 'B minor' }").unwrap(),
        toml::from_str("phrase = { duration = 'free', pitch = 'chromatic', beats = 9, key = 'D minor' }").unwrap(),
    ];
    for (name, source) in EXAMPLES {
        let reward = reward(source, "{}");
        for config in &environments {
            let mut env = config.config().build(std::slice::from_ref(&reward), &Library::embedded()).unwrap();
            let mut paid = 0;
            for piece in 0..60 {
                paid += usize::from(play(env.as_mut(), piece).iter().any(|&reward| reward != 0.0));
            }
            assert!(paid > 0, "{name} pays nothing in `{}`", config.name());
        }
    }
}

/// The rewards of a random piece.
fn play(env: &mut dyn Env, seed: u64) -> Vec<f32> {
    env.reset(Some(seed));
    let space = env.spec().action_space.clone();
    let mut generator = stream(seed, Role::Policy, 0);
    let mask = vec![true; space.mask_size()];
    let mut action = ActionBuffer::for_space(&space);
    let mut rewards = Vec::new();
    loop {
        space.sample(&mask, &mut generator, &mut action);
        let step = env.step(action.as_action()).unwrap();
        rewards.push(step.reward);
        if step.terminated {
            return rewards;
        }
    }
}

#[test]
fn a_copy_in_the_middle_of_a_piece_goes_on_as_the_original() {
    // Keeps all that it sees, and pays for how it has changed.
    let source = "let range = [-999, 999]; let seen = []; let first = ();
        fn on_step(now) {
            if this.first == () { this.first = now; }
            this.seen.push(now.note(0));
            let sum = this.first.count;
            for note in this.seen { if note != () { sum += note.duration; } }
            sum
        }";
    let config = reward(source, "{}");
    let mut env = phrase::Config::default().build(std::slice::from_ref(&config), &Library::embedded()).unwrap();
    env.reset(None);
    for step in [-0.5, 0.3, 0.1] {
        env.step(crate::Action::Box(&[step, 0.0, 0.0, -1.0])).unwrap();
    }
    let mut copy = env.clone();
    let mut restored = phrase::Config::default().build(&[config], &Library::embedded()).unwrap();
    restored.restore(&env.snapshot()).unwrap();
    for step in [0.9, -0.9, 0.2] {
        let action = [step, -0.5, 0.0, -1.0];
        let expected = env.step(crate::Action::Box(&action)).unwrap();
        assert_eq!(copy.step(crate::Action::Box(&action)).unwrap(), expected);
        assert_eq!(restored.step(crate::Action::Box(&action)).unwrap(), expected);
    }
}

/// What each step of two bars in eighths gives; a token is a semitone, 2 is C3 and 14 C4.
fn example(name: &str, tokens: &[u8]) -> Vec<f32> {
    let (_, source) = EXAMPLES.into_iter().find(|(example, _)| *example == name).unwrap();
    let setting = melody::Config { steps: 16, steps_per_beat: 2, ..melody::Config::default() }.setting().unwrap();
    let mut stack = RewardStack::build(&[reward(source, "{}")], &setting, &Library::embedded()).unwrap();
    let tokens: Vec<_> = tokens.iter().copied().map(Token).collect();
    Judgement::of(&tokens, &setting, &mut stack).unwrap().steps.iter().map(|step| step.total).collect()
}

#[test]
fn syncopation_pays_the_wanted_notes_that_last_over_a_stronger_beat_and_charges_for_more() {
    // One on an eighth, held over the beat: in two bars one is wanted.
    assert_eq!(example("syncopation", &[14, 16, 1, 18, 1, 16, 1, 14]), [0.0, 0.0, 1.0, 0.0, -1.0, 0.0, -1.0, 0.0]);
    assert_eq!(example("syncopation", &[14, 1, 16, 1, 18, 1, 1, 1]), [0.0; 8]);
    assert_eq!(example("syncopation", &[14, 16, 0, 18]), [0.0; 4], "what a rest cuts off is none");
}

#[test]
fn a_question_ends_open_and_its_answer_begins_alike_and_ends_on_the_tonic() {
    let question = [14, 16, 18, 19, 21, 1, 1, 1];
    let answer = [14, 16, 18, 16, 14, 1, 1, 1];
    let rewards = example("question-and-answer", &[question, answer].concat());
    assert_eq!(rewards[7], 2.0);
    assert_eq!(rewards[8..], [0.0, 0.5, 0.5, 0.0, 0.0, 0.0, 0.0, 2.0]);
    let closed = example("question-and-answer", &[answer, question].concat());
    assert_eq!((closed[7], closed[15]), (-1.0, -1.0));
}

#[test]
fn a_gap_earns_as_it_is_filled_and_costs_what_is_left_open() {
    // C G leaves D E F open; F D are heard, E is not.
    let piece = [14, 21, 19, 16, 14, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1];
    let rewards = example("gap-fill", &piece);
    assert_eq!(rewards[..5], [0.0, 0.0, 2.0 / 3.0, 2.0 / 3.0, 0.0]);
    assert_eq!(rewards[15], -1.0);
    assert!(example("gap-fill", &[14, 16, 18, 19, 21]).iter().all(|&reward| reward == 0.0), "steps leave no gap");
}

// Tokens of `melody`: 14 is C4, 16 D4, 21 G4; sixteenths, 4 a beat, 16 a bar.

#[test]
fn a_script_sees_what_the_step_writes() {
    let piece = [14, 1, 0, 21, 15];
    assert_eq!(values("now.step", &piece), [0.0, 1.0, 2.0, 3.0, 4.0]);
    let event = "switch now.event { \"note\" => 1, \"hold\" => 2, \"rest\" => 3 }";
    assert_eq!(values(event, &piece), [1.0, 2.0, 3.0, 1.0, 1.0]);
    assert_eq!(values("now.pitch ?? -1", &piece), [60.0, -1.0, -1.0, 67.0, 61.0]);
    assert_eq!(values("now.interval ?? -99", &piece), [-99.0, -99.0, -99.0, 7.0, -6.0]);
    assert_eq!(values("now.degree ?? 0", &piece), [1.0, 0.0, 0.0, 5.0, 0.0]);
    assert_eq!(values("if now.in_key { 1 } else { 0 }", &piece), [1.0, 1.0, 1.0, 1.0, 0.0]);
    assert_eq!(values("now.sounding ?? 0", &piece), [60.0, 60.0, 0.0, 67.0, 61.0]);
    assert_eq!(values("now.held", &piece), [0.25, 0.5, 0.0, 0.25, 0.25]);
    assert_eq!(values("now.chord.len()", &piece), [1.0, 1.0, 0.0, 1.0, 1.0]);
    assert_eq!(values("now.velocity ?? 0", &piece), [80.0, 0.0, 0.0, 80.0, 80.0]);
}

#[test]
fn a_script_sees_where_it_is_and_what_was_before() {
    let piece = [14, 1, 0, 21, 15];
    assert_eq!(values("now.start", &piece), [0.0, 0.25, 0.5, 0.75, 1.0]);
    assert_eq!(values("now.end - now.duration", &piece), values("now.start", &piece));
    assert_eq!(values("now.strength", &piece), [1.0, -1.0, -0.5, -1.0, 0.0]);
    assert_eq!(values("now.strength_at(2.0)", &piece), [0.5; 5]);
    let long = [14; 18];
    assert_eq!(values("now.bar + now.beat / 10.0", &long)[15..], [0.375, 1.0, 1.025]);
    assert_eq!(values("now.bars * now.beats_per_bar - now.beats + now.steps", &piece), [32.0; 5]);
    assert_eq!(values("if now.last { 1 } else { 0 }", &[14; 32])[30..], [0.0, 1.0]);
    assert_eq!(values("now.count", &piece), [1.0, 1.0, 1.0, 2.0, 3.0]);
    assert_eq!(values("now.pitches(2)[0] - now.pitches(99)[0]", &piece), [0.0, 0.0, 0.0, 0.0, 7.0]);
    let before = "let note = now.note(1); if note == () { -1 } else { note.duration + note.degree }";
    assert_eq!(values(before, &piece), [-1.0, -1.0, -1.0, 1.5, 5.25]);
    assert_eq!(values("now.tonic + now.low + now.high + now.degree_of(-5)", &piece), [48.0 + 83.0 + 5.0; 5]);
    assert_eq!(values("if now.mode == \"major\" { 1 } else { 0 }", &piece), [1.0; 5]);
}

#[test]
fn on_end_adds_to_the_last_step() {
    let source = "let range = [0, 3]; let seen = 0;
        fn on_step(now) { this.seen += 1; 1 }
        fn on_end(now) { if this.seen == now.steps { 2 } else { 0 } }";
    let rewards = judge(source, &[14; 32]).unwrap();
    assert_eq!(rewards[30..], [1.0, 3.0]);
}

#[test]
fn params_reach_the_script_and_those_it_does_not_ask_for_are_refused() {
    let source = "let amount = param(\"amount\", 1.0); let range = [-9, 9];\nfn on_step(now) { this.amount }";
    let judged = |params: &str| {
        let mut stack = stack(&reward(source, params)).map_err(|error| error.to_string())?;
        Ok::<_, String>(Judgement::of(&[Token(14)], &setting(), &mut stack).unwrap().total())
    };
    assert_eq!(judged("{}"), Ok(1.0));
    assert_eq!(judged("{ amount = 3 }"), Ok(3.0));
    let error = judged("{ amuont = 3 }").unwrap_err();
    assert!(error.contains("reward.script.params.amuont") && error.contains("asks for amount"), "{error}");
    let error = judged("{ amount = 'much' }").unwrap_err();
    assert!(error.contains("line 1, column 14") && error.contains("params.amount is to be a number"), "{error}");
}

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

#[test]
fn a_script_is_called_by_its_name_and_others_of_that_name_are_numbered() {
    let scripts = [reward(EXAMPLES[0].1, "{}"), reward(EXAMPLES[1].1, "{}"), toml::from_str("key = {}").unwrap()];
    let stack = RewardStack::build(&scripts, &setting(), &Library::embedded()).unwrap();
    assert_eq!(stack.names().collect::<Vec<_>>(), ["sample", "sample-2", "key"]);
}

#[test]
fn a_config_names_one_script() {
    for (table, said) in [
        ("{}", "needs its `file`"),
        ("{ file = 'a.rhai', source = '' }", "leave out one"),
        ("{ file = 'a.rhai', sauce = '' }", "unknown field `sauce`"),
        ("{ file = 'a.rhai', params = { when = 1979-05-27 } }", "a number, a text"),
    ] {
        let error = toml::from_str::<RewardConfig>(&format!("\nscript = {table}")).unwrap_err().to_string();
        assert!(error.contains("line 2") && error.contains(said), "{table}: {error}");
    }
    let unread: RewardConfig = toml::from_str("script = { file = 'a.rhai' }").unwrap();
    assert!(stack(&unread).err().unwrap().to_string().contains("a.rhai has not been read"));
    let spaced: RewardConfig = toml::from_str("script = { name = 'my reward', source = '' }").unwrap();
    assert!(stack(&spaced).err().unwrap().to_string().contains("letters, digits"));
}
