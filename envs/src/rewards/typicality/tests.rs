use gradus_music::{Note, Split, Tick, Token};

use super::{
    Config, TermConfig,
    measures::{Measure, Measurer},
};
use crate::{
    Judgement, Library, Setting,
    rewards::{RewardStack, Weighted, WeightedConfig, WeightedTerm},
    schedule::Schedule,
    tasks::melody,
};

fn setting(steps: usize) -> Setting {
    melody::Config { steps, ..melody::Config::default() }.setting().unwrap()
}

/// Notes from (step, pitch, steps).
fn notes(setting: &Setting, notes: &[(usize, &str, usize)]) -> Vec<Note> {
    let note = |&(start, pitch, length): &(usize, &str, usize)| {
        Note::new(pitch.parse().unwrap(), setting.tick(start), setting.tick(length))
    };
    notes.iter().map(note).collect()
}

fn stack(setting: &Setting, config: &Config) -> RewardStack {
    let term = config.build(setting, &Library::embedded()).unwrap();
    RewardStack::new(vec![WeightedTerm {
        name: "typicality".to_owned(),
        term,
        weight: Schedule::Constant(1.0),
        eval_only: false,
    }])
}

#[test]
fn measures_are_those_counted_by_hand() {
    let setting = setting(32);
    // A bar and a half of sixteenths: intervals 2 2 3 0 -3 2, the last note beyond the end of the bar.
    let tune = [
        (0, "C4", 2),
        (2, "D4", 2),
        (4, "E4", 1),
        (6, "G4", 2),
        (8, "G4", 4),
        (12, "E4", 2),
        (14, "F#4", 10),
        (24, "C5", 8),
    ];
    let measured = Measurer::for_notes(8).measure(&notes(&setting, &tune), setting.tick(16), &setting);
    let of = |measure: Measure| measured[measure as usize];
    let entropy = |shares: &[f64]| -> f64 { shares.iter().map(|share| -share * share.log2()).sum() };
    let (one, two) = (1.0 / 7.0, 2.0 / 7.0);
    assert_eq!(of(Measure::Density), 7.0 / 4.0);
    assert_eq!(of(Measure::Sounding), 15.0 / 16.0);
    assert_eq!(of(Measure::Range), 7.0);
    assert!((of(Measure::PitchClasses) - entropy(&[one, one, two, two, one])).abs() < 1e-12);
    assert!((of(Measure::Intervals) - entropy(&[0.5, 1.0 / 6.0, 1.0 / 6.0, 1.0 / 6.0])).abs() < 1e-12);
    assert_eq!(of(Measure::Unisons), 1.0 / 6.0);
    assert_eq!(of(Measure::Leaps), 0.0);
    assert_eq!(of(Measure::Turns), 2.0 / 4.0);
    assert_eq!(of(Measure::InKey), 6.0 / 7.0);
    assert!((of(Measure::Rhythm) - entropy(&[6.0 / 7.0, one])).abs() < 1e-12);
    assert_eq!(of(Measure::Repetition), 0.0);
    assert_eq!(of(Measure::OnBeat), 4.0 / 7.0);
}

#[test]
fn a_figure_heard_before_is_repetition() {
    let setting = setting(32);
    let tune: Vec<_> = (0..16).map(|step| (step, ["C4", "E4", "D4"][step % 3], 1)).collect();
    let measured = Measurer::for_notes(16).measure(&notes(&setting, &tune), setting.tick(16), &setting);
    // Of 13 figures three are different.
    assert_eq!(measured[Measure::Repetition as usize], 10.0 / 13.0);
}

#[test]
fn nothing_at_all_is_measured_too() {
    let setting = setting(32);
    let measured = Measurer::for_notes(0).measure(&[], Tick(16), &setting);
    assert!(measured.iter().all(|value| *value == 0.0), "{measured:?}");
}

#[test]
fn the_rewards_of_bars_add_up_to_the_cost_of_the_piece() {
    let setting = setting(64);
    let mut stack = stack(&setting, &Config::default());
    // One note a bar, out of key: far from anything usual.
    let piece: Vec<_> = (0..64).map(|step| if step % 16 == 0 { Token(15) } else { Token::HOLD }).collect();
    let judgement = Judgement::of(&piece, &setting, &mut stack).unwrap();
    let paid: Vec<_> = judgement.steps.iter().enumerate().filter(|(_, step)| step.total != 0.0).collect();
    assert!(paid.iter().all(|(step, _)| step % 16 == 15), "paid where a bar ends: {paid:?}");
    assert!(judgement.total() < -4.0, "{}", judgement.total());
    // What the first bars cost does not depend on what follows.
    let half = Judgement::of(&piece[..32], &setting, &mut stack).unwrap();
    assert_eq!(half.steps, judgement.steps[..32]);
}

#[test]
fn held_out_music_costs_little_and_its_notes_in_another_order_more() {
    let setting = setting(128);
    let mut stack = stack(&setting, &Config::default());
    let library = Library::embedded();
    let tunes = library.corpus().unwrap().melodies(Split::Validation, &setting.encoding()).unwrap();
    let (mut music, mut sorted, mut count) = (0.0, 0.0, 0.0);
    for tune in tunes.iter().filter_map(|tune| tune.encoded.tokens.get(..128)) {
        music += Judgement::of(tune, &setting, &mut stack).unwrap().total();
        let mut pitches: Vec<_> = tune.iter().copied().filter(|token| *token > Token::HOLD).collect();
        pitches.sort_unstable();
        let mut rising = pitches.into_iter();
        let rising: Vec<_> =
            tune.iter().map(|&token| if token > Token::HOLD { rising.next().unwrap() } else { token }).collect();
        sorted += Judgement::of(&rising, &setting, &mut stack).unwrap().total();
        count += 1.0;
    }
    assert!(count > 50.0);
    assert!(music / count > -0.8, "{}", music / count);
    assert!(sorted / count < -2.0, "{}", sorted / count);
}

#[test]
fn what_cannot_be_measured_is_refused() {
    let library = Library::embedded();
    let refused = |config: Config, setting: &Setting| {
        let config = Weighted { settings: config, ..Weighted::default() };
        match config.build(setting, &library) {
            Ok(_) => panic!("taken: {config:?}"),
            Err(error) => error.to_string(),
        }
    };
    let setting = setting(64);
    assert!(refused(Config { tail: 0.5, ..Config::default() }, &setting).contains("tail"));
    assert!(refused(Config { most: f64::NAN, ..Config::default() }, &setting).contains("most"));
    assert!(refused(Config { measures: Vec::new(), ..Config::default() }, &setting).contains("measures"));
    let twice = vec![Measure::Leaps, Measure::Range, Measure::Leaps];
    assert!(refused(Config { measures: twice, ..Config::default() }, &setting).contains("number 2"));
    let short = melody::Config { steps: 8, ..melody::Config::default() }.setting().unwrap();
    assert!(refused(Config::default(), &short).contains("no whole bar"));
    let long = melody::Config { steps: 100_000, ..melody::Config::default() }.setting();
    if let Ok(long) = long {
        assert!(refused(Config::default(), &long).contains("too few"));
    }
}
