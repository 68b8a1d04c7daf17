//! What actions mean, what is refused, and that the reward terms together ask for a good phrase and not for a habit.

use gradus_music::{Pitch, Token, midi};

use super::{Config, DurationAxis, PitchAxis};
use crate::{
    Action, ActionBuffer, Env, EnvConfig, Judgement, Library,
    rewards::{RewardConfig, RewardStack},
    seeding::{Generator, Role, stream},
    tasks::melody,
};

/// A note as (name, beats, velocity); a rest has no name.
type Note<'a> = (&'a str, f64, f32);

fn rewards(toml: &str) -> Vec<RewardConfig> {
    #[derive(serde::Deserialize)]
    struct Rewards {
        reward: Vec<RewardConfig>,
    }
    toml::from_str::<Rewards>(toml).unwrap().reward
}

fn build(config: &Config, rewards: &[RewardConfig]) -> Box<dyn Env> {
    let mut env = config.build(rewards, &Library::embedded()).unwrap();
    env.reset(None);
    env
}

/// The action that writes a note.
fn action(config: &Config, (name, beats, velocity): Note<'_>) -> [f32; 4] {
    let axis = |unit: f32| 2.0 * unit - 1.0;
    let duration = axis(((beats / config.shortest).log2() / (config.longest / config.shortest).log2()) as f32);
    if name.is_empty() {
        return [0.0, duration, 0.0, 1.0];
    }
    let number = |pitch: Pitch| f32::from(pitch.number());
    let (low, high) = (number(config.low), number(config.high));
    let (softest, loudest) = (f32::from(config.softest.number()), f32::from(config.loudest.number()));
    let pitch = axis((number(name.parse().unwrap()) - low + 0.5) / (high - low + 1.0));
    [pitch, duration, axis((velocity - softest) / (loudest - softest)), -1.0]
}

/// The sum of each term's shares over a piece, and whether the piece was finished.
fn play(config: &Config, rewards: &[RewardConfig], piece: &[Note<'_>]) -> (Vec<f32>, bool) {
    let mut env = build(config, rewards);
    let mut totals = vec![0.0; rewards.len()];
    let mut finished = false;
    for &note in piece {
        finished = env.step(Action::Box(&action(config, note))).unwrap().terminated;
        for (total, share) in totals.iter_mut().zip(env.shares()) {
            *total += share;
        }
    }
    (totals, finished)
}

/// What the terms of `toml` say of a finished piece in C major of four bars.
fn judge(toml: &str, piece: &[Note<'_>]) -> f32 {
    let (totals, finished) = play(&Config::default(), &rewards(toml), piece);
    assert!(finished, "{piece:?} fills four bars");
    totals.iter().sum()
}

/// The velocity that `dynamics` asks for half a beat after a beat.
fn swell(beat: f64) -> f32 {
    let place = (beat as f32 + 0.5) / 16.0;
    50.0 + 50.0 * if place < 0.625 { place / 0.625 } else { (1.0 - place) / 0.375 }
}

/// A piece of these notes, as loud as `dynamics` wants them.
fn swelling<'a>(notes: &[(&'a str, f64)]) -> Vec<Note<'a>> {
    let mut beat = 0.0;
    let with_velocity = |&(name, beats): &(&'a str, f64)| {
        let note = (name, beats, swell(beat).clamp(30.0, 120.0));
        beat += beats;
        note
    };
    notes.iter().map(with_velocity).collect()
}

/// Rises by steps to C5 in the third bar, falls to a long tonic; lengths vary, long ones stand on strong beats.
const GOOD: [(&str, f64); 19] = [
    ("C4", 1.0),
    ("D4", 0.5),
    ("E4", 0.5),
    ("D4", 1.0),
    ("E4", 1.0),
    ("F4", 1.0),
    ("E4", 0.5),
    ("F4", 0.5),
    ("G4", 1.5),
    ("F4", 0.5),
    ("A4", 1.0),
    ("G4", 0.5),
    ("B4", 0.5),
    ("C5", 1.5),
    ("B4", 0.5),
    ("G4", 1.0),
    ("F4", 0.5),
    ("E4", 0.5),
    ("C4", 2.0),
];

fn good() -> Vec<Note<'static>> {
    swelling(&GOOD)
}

/// The mean return of a random agent.
fn random(config: &Config, rewards: &[RewardConfig], episodes: usize) -> f32 {
    let mut env = build(config, rewards);
    let mut generator: Generator = stream(4, Role::Policy, 0);
    let space = env.spec().action_space.clone();
    let mut action = ActionBuffer::for_space(&space);
    let mut total = 0.0;
    for _ in 0..episodes {
        env.reset(None);
        loop {
            space.sample(&[], &mut generator, &mut action);
            let step = env.step(action.as_action()).unwrap();
            total += step.reward;
            if step.terminated {
                break;
            }
        }
    }
    total / episodes as f32
}

#[test]
fn a_good_phrase_earns_more_than_any_habit_and_a_random_agent_little() {
    let config = Config::default();
    let rewards = config.sample_rewards();
    let total = |piece: &[Note<'_>]| {
        let (totals, finished) = play(&config, &rewards, piece);
        assert!(finished, "{piece:?} fills the piece");
        (totals.iter().sum::<f32>(), totals)
    };
    let up_and_down = ["C4", "D4", "E4", "F4", "G4", "A4", "B4", "C5", "B4", "A4", "G4", "F4", "E4", "D4"];
    let scale: Vec<_> = up_and_down.iter().map(|&name| (name, 1.0)).chain([("C4", 2.0)]).collect();
    let climbing: Vec<_> = scale.iter().flat_map(|&(name, beats)| [(name, beats / 2.0); 2]).collect();
    let whole = [("C4", 4.0), ("F4", 4.0), ("C5", 4.0), ("E4", 4.0)];
    let leaping: Vec<_> = ["C4", "G4"].iter().cycle().take(8).map(|&name| (name, 2.0)).collect();
    let trill: Vec<_> = ["C4", "E4"].iter().cycle().take(32).map(|&name| (name, 0.5)).collect();
    let flat =
        |notes: &[(&'static str, f64)]| notes.iter().map(|&(name, beats)| (name, beats, 75.0)).collect::<Vec<_>>();
    let habits = [
        ("one repeated note", swelling(&[("C4", 1.0); 16])),
        ("one long note, struck each bar", swelling(&[("C4", 4.0); 4])),
        ("long notes along the arch", swelling(&whole)),
        ("all rests", flat(&[("", 1.0); 16])),
        ("the scale up and down", flat(&scale)),
        ("the scale up and down, swelling", swelling(&scale)),
        ("the scale in repeated notes, swelling", swelling(&climbing)),
        ("leaps to and fro", swelling(&leaping)),
        ("a trill of thirds", swelling(&trill)),
        ("the shortest note only", swelling(&[("C4", 0.5); 32])),
    ];
    let (best, shares) = total(&good());
    let chance = random(&config, &rewards, 300);
    let mut table = format!("good {best:.2} {shares:.2?}\nrandom {chance:.2}\n");
    for (name, piece) in &habits {
        let (sum, shares) = total(piece);
        table += &format!("{name} {sum:.2} {shares:.2?}\n");
    }
    for (name, piece) in &habits {
        assert!(total(piece).0 < best - 2.0, "{name}\n{table}");
    }
    assert!(chance < 0.1 * best, "\n{table}");
}

#[test]
fn every_term_served_stays_within_its_range() {
    let config = Config { duration: DurationAxis::Free, pitch: PitchAxis::Chromatic, ..Config::default() };
    let setting = config.setting().unwrap();
    let terms = RewardConfig::served_by(setting.aspects);
    assert_eq!(terms.len(), RewardConfig::ENTRIES.len() - 5, "all but those of tokens and of models");
    for term in terms {
        let range = term.config().build(&setting, &Library::embedded()).unwrap().range();
        let mut env = build(&config, std::slice::from_ref(&term));
        let mut generator = stream(5, Role::Policy, 0);
        let space = env.spec().action_space.clone();
        let mut action = ActionBuffer::for_space(&space);
        for _ in 0..200 {
            env.reset(None);
            loop {
                space.sample(&[], &mut generator, &mut action);
                let step = env.step(action.as_action()).unwrap();
                assert!(range.contains(&step.reward), "`{}` leaves {range:?}: {}", term.name(), step.reward);
                if step.terminated {
                    break;
                }
            }
        }
    }
}

#[test]
fn an_action_is_a_note_of_the_key_within_the_bounds() {
    let config = Config { pitch: PitchAxis::Scale, ..Config::default() };
    let mut env = build(&config, &[]);
    for action in [[-7.0, -7.0, -7.0, -7.0], [9.0, 9.0, 9.0, 0.5], [0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 2.0]] {
        env.step(Action::Box(&action)).unwrap();
    }
    let score = env.score().unwrap();
    let written: Vec<_> = score
        .notes()
        .map(|note| {
            (
                note.pitch.to_string(),
                note.start.beats(score.resolution),
                note.duration.beats(score.resolution),
                note.velocity.number(),
            )
        })
        .collect();
    let note = |name: &str, start, beats, velocity| (name.to_owned(), start, beats, velocity);
    assert_eq!(written, [note("G3", 0.0, 0.5, 30), note("G5", 0.5, 4.0, 120), note("G4", 4.5, 1.5, 75)]);
}

#[test]
fn pitches_between_two_degrees_go_to_the_nearest_or_stay_where_there_are_all() {
    let pitch = |axis, semitones: f32| {
        let config = Config { pitch: axis, ..Config::default() };
        let mut env = build(&config, &[]);
        env.step(Action::Box(&[2.0 * (semitones + 0.5) / 25.0 - 1.0, 0.0, 0.0, 0.0])).unwrap();
        env.score().unwrap().voices[0].notes[0].pitch.to_string()
    };
    assert_eq!([pitch(PitchAxis::Scale, 0.9), pitch(PitchAxis::Scale, 1.1)], ["G3", "A3"]);
    assert_eq!(pitch(PitchAxis::Chromatic, 1.1), "G#3");
}

#[test]
fn the_last_event_fills_the_piece_and_none_is_shorter_than_the_shortest() {
    for duration in [DurationAxis::Grid, DurationAxis::Free] {
        let config = Config { duration, ..Config::default() };
        let mut env = build(&config, &[]);
        let mut generator = stream(2, Role::Policy, 0);
        let space = env.spec().action_space.clone();
        let mut action = ActionBuffer::for_space(&space);
        for _ in 0..50 {
            env.reset(None);
            loop {
                space.sample(&[], &mut generator, &mut action);
                let ActionBuffer::Box(values) = &mut action else { unreachable!() };
                values[3] = -1.0;
                if env.step(action.as_action()).unwrap().terminated {
                    break;
                }
            }
            let score = env.score().unwrap();
            assert_eq!(score.beats(), 16.0);
            assert!(score.notes().all(|note| note.duration.beats(score.resolution) >= 0.5));
        }
    }
    let (_, finished) = play(&Config::default(), &[], &[("C4", 0.5, 75.0); 32]);
    assert!(finished && build(&Config::default(), &[]).spec().max_episode_steps == 32);
}

#[test]
fn a_finished_phrase_is_a_midi_file_with_its_velocities() {
    let config = Config::default();
    let mut env = build(&config, &[]);
    for note in good() {
        env.step(Action::Box(&action(&config, note))).unwrap();
    }
    let score = env.score().unwrap();
    let read = midi::parse(&midi::to_bytes(&score).unwrap(), "phrase.mid").unwrap().scores.remove(0);
    assert_eq!(read.voices[0].notes, score.voices[0].notes);
    let velocities: Vec<_> = read.notes().map(|note| note.velocity.number()).collect();
    assert!(velocities[0] < 60 && velocities.iter().max() > Some(&95), "{velocities:?}");
}

#[test]
fn what_is_no_vector_of_four_numbers_is_refused() {
    let mut env = build(&Config::default(), &[]);
    for action in [Action::Box(&[0.0; 3]), Action::Box(&[0.0, f32::NAN, 0.0, 0.0]), Action::Discrete(1)] {
        assert!(env.step(action).unwrap_err().to_string().contains("Box(-1, 1, [4])"));
    }
}

#[test]
fn terms_of_the_grid_are_refused_with_the_reason() {
    let error = |config: &Config, term: &str| {
        let rewards = rewards(&format!("[[reward]]\n{term} = {{}}"));
        config.build(&rewards, &Library::embedded()).err().map(|error| error.to_string())
    };
    let grid = Config::default();
    for term in ["autocorrelation", "motif", "repeated-motif", "ngram"] {
        assert_eq!(
            error(&grid, term).unwrap(),
            format!(
                "reward.0.{term}: it is computed on tokens of a fixed grid, and `phrase` writes events of many lengths; \
                 leave it out or compose with `melody`"
            )
        );
    }
    assert!(error(&grid, "quantization").unwrap().contains("duration = \"free\""));
    assert_eq!(error(&Config { duration: DurationAxis::Free, ..grid }, "quantization"), None);
    let melody = melody::Config::default().build(&rewards("[[reward]]\ndynamics = {}"), &Library::embedded());
    assert!(melody.err().unwrap().to_string().contains("`melody` strikes all notes alike"));
}

#[test]
fn impossible_settings_are_refused_with_their_key() {
    for (key, settings) in [
        ("beats", "beats = 0"),
        ("beats", "beats = 100000"),
        ("steps-per-beat", "steps-per-beat = 0"),
        ("low", "low = 'C5'\nhigh = 'C4'"),
        ("pitch", "low = 'C#4'\nhigh = 'C#4'"),
        ("shortest", "shortest = 0.3"),
        ("shortest", "shortest = 4.0\nlongest = 1.0"),
        ("shortest", "shortest = nan"),
        ("longest", "longest = inf"),
        ("softest", "softest = 90\nloudest = 40"),
        ("rest-above", "rest-above = 2.0"),
        ("tempo", "tempo = 0.0"),
        ("observation.history", "observation = { history = 1000 }"),
    ] {
        let config: Config = toml::from_str(settings).unwrap();
        let error = config.build(&[], &Library::embedded()).err().unwrap().to_string();
        assert!(error.starts_with(&format!("env.phrase.{key}: ")), "{settings}: {error}");
    }
    assert!(toml::from_str::<Config>("lowest = 'C4'").is_err());
}

#[test]
fn the_same_piece_is_worth_the_same_whichever_environment_writes_it() {
    let config = Config::default();
    let melody = melody::Config { low: config.low, high: config.high, steps_per_beat: 2, ..melody::Config::default() };
    let setting = melody.setting().unwrap();
    let terms = ["key", "tonic", "leap", "unique-extremes", "pitch-range", "rhythm", "arch", "placement"];
    let rewards = rewards(&terms.map(|term| format!("[[reward]]\n{term} = {{}}\n")).concat());
    let mut stack = RewardStack::build(&rewards, &setting, &Library::embedded()).unwrap();
    let syncopated =
        [("A3", 0.5), ("G5", 4.0), ("C4", 1.5), ("", 1.0), ("A4", 2.0), ("A4", 3.0), ("", 2.0), ("C4", 2.0)];
    for piece in [good(), swelling(&syncopated)] {
        let mut tokens = Vec::new();
        for &(name, beats, _) in &piece {
            let pitch = name.parse().ok().and_then(|pitch| setting.vocabulary.token(pitch));
            tokens.push(pitch.unwrap_or(Token::NOTE_OFF));
            tokens.resize(tokens.len() + (2.0 * beats) as usize - 1, Token::HOLD);
        }
        let in_melody = Judgement::of(&tokens, &setting, &mut stack).unwrap().totals().to_vec();
        let (in_phrase, finished) = play(&config, &rewards, &piece);
        assert!(finished);
        for ((term, a), b) in terms.iter().zip(in_melody).zip(in_phrase) {
            assert!((a as f32 - b).abs() < 1e-4, "`{term}`: {a} in melody, {b} in phrase, of {piece:?}");
        }
    }
}

#[test]
fn a_piece_of_other_pitches_is_not_restored() {
    let narrow = Config { high: "C4".parse().unwrap(), ..Config::default() };
    let mut wide = build(&Config::default(), &[]);
    wide.step(Action::Box(&[1.0, 0.0, 0.0, 0.0])).unwrap();
    let mut narrow = build(&narrow, &[]);
    let before = narrow.snapshot();
    assert!(narrow.restore(&wide.snapshot()).unwrap_err().to_string().contains("another range"));
    assert_eq!(narrow.snapshot(), before);
}

#[test]
fn the_dynamics_should_swell_and_fade() {
    let rule = "[[reward]]\ndynamics = {}";
    let constant: Vec<_> = good().into_iter().map(|(name, beats, _)| (name, beats, 75.0)).collect();
    let upside_down: Vec<_> =
        good().into_iter().map(|(name, beats, velocity)| (name, beats, 150.0 - velocity)).collect();
    assert!(judge(rule, &good()) > 0.7);
    assert!(judge(rule, &constant) < 0.1);
    assert!(judge(rule, &upside_down) < judge(rule, &constant));
    let crescendo = "[[reward]]\ndynamics = { climax = 1.0, start = 40, peak = 110 }";
    let growing: Vec<_> = (0..16).map(|beat| ("C4", 1.0, 42.0 + 4.4 * beat as f32)).collect();
    assert!(judge(crescendo, &growing) > 0.7);
}

#[test]
fn the_line_should_rise_to_the_climax_and_fall() {
    let rule = "[[reward]]\narch = {}";
    let fallen: Vec<_> = good().into_iter().rev().collect();
    assert!(judge(rule, &good()) > 0.6);
    assert!(judge(rule, &fallen) < judge(rule, &good()) - 0.3);
    assert!(judge(rule, &[("C4", 4.0, 75.0); 4]) < 0.0);
    assert!(judge("[[reward]]\narch = { height = -5, climax = 0.5 }", &good()) < 0.0);
}

#[test]
fn long_notes_belong_on_strong_beats() {
    let rule = "[[reward]]\nplacement = {}";
    let bars = |bar: &[(&'static str, f64)]| swelling(&bar.repeat(4));
    assert_eq!(judge(rule, &bars(&[("C4", 4.0)])), 1.0);
    assert_eq!(judge(rule, &bars(&[("C4", 2.0), ("D4", 2.0)])), 0.75);
    assert_eq!(judge(rule, &bars(&[("C4", 1.0); 4])), 0.375);
    let long_short = judge(rule, &bars(&[("C4", 1.5), ("D4", 0.5), ("E4", 1.5), ("D4", 0.5)]));
    let short_long = judge(rule, &bars(&[("C4", 0.5), ("D4", 1.5), ("E4", 0.5), ("D4", 1.5)]));
    assert!(long_short > 0.375 && short_long < 0.0, "{long_short} {short_long}");
    let over_the_bar = swelling(&[("C4", 3.0), ("D4", 4.0), ("E4", 4.0), ("D4", 4.0), ("C4", 1.0)]);
    assert!(judge(rule, &over_the_bar) < 0.0);
}

#[test]
fn notes_beside_the_grid_cost_by_their_distance() {
    let config = Config { duration: DurationAxis::Free, ..Config::default() };
    let rewards = rewards("[[reward]]\nquantization = {}");
    let total = |piece: &[Note<'_>]| play(&config, &rewards, piece).0[0];
    assert_eq!(total(&[("C4", 0.5, 75.0), ("C4", 1.0, 75.0), ("C4", 1.0, 75.0)]), 0.0);
    assert_eq!(total(&[("C4", 0.75, 75.0), ("C4", 1.0, 75.0)]), -1.0);
    assert_eq!(total(&[("", 0.625, 0.0), ("C4", 1.0, 75.0)]), -0.5);
}

#[test]
fn a_melody_is_written_by_its_actions() {
    let tokens = |numbers: &[u8]| numbers.iter().copied().map(Token).collect::<Vec<_>>();
    // G3 is token 2; a step is an eighth.
    let melody = tokens(&[1, 7, 1, 9, 0, 11, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1]);
    let config = Config { beats: 8, ..Config::default() };
    let written = |config: &Config| {
        let mut env = build(config, &[]);
        let actions = config.actions(&melody).unwrap().unwrap();
        let ended: Vec<_> = actions.iter().map(|action| env.step(Action::Box(action)).unwrap().terminated).collect();
        assert_eq!(ended.iter().position(|ended| *ended), Some(actions.len() - 1));
        let score = env.score().unwrap();
        let step = config.setting().unwrap().tick(1).0;
        let notes = score.notes().map(|note| (note.pitch.to_string(), note.start.0 / step, note.duration.0 / step));
        notes.collect::<Vec<_>>()
    };
    let note = |name: &str, start, length| (name.to_owned(), start, length);
    let expected = [note("C4", 1, 2), note("D4", 3, 1), note("E4", 5, 8), note("E4", 13, 1)];
    assert_eq!(written(&config), expected);
    let legato = Config { rest_above: 1.0, ..config.clone() };
    let expected = [note("C4", 0, 3), note("D4", 3, 2), note("E4", 5, 8), note("E4", 13, 3)];
    assert_eq!(written(&legato), expected);
    let silence = tokens(&[1; 16]);
    assert_eq!(legato.actions(&silence).unwrap(), None);
    assert_eq!(config.actions(&silence).unwrap().unwrap().len(), 2);
}
