//! What a script sees and keeps.

use super::*;

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
    assert!(error.contains("reward.0.script.params.amuont") && error.contains("asks for amount"), "{error}");
    let error = judged("{ amount = 'much' }").unwrap_err();
    assert!(error.contains("line 1, column 14") && error.contains("params.amount is to be a number"), "{error}");
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
