//! What an environment has composed is judged as it was, by way of a MIDI file.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

use gradus_envs::{
    ActionBuffer, CriticScales, Env, EnvConfig, EnvironmentConfig, Episode, Fit, Judgement, Library, Setting,
    Transcript,
    rewards::{RewardConfig, RewardStack},
    seeding::{Generator, Role, stream},
};
use gradus_music::{MelodySource, Score, midi};

/// Every composing environment with its default settings, and with others that may come between a piece and its judgement.
const CONFIGS: [&str; 11] = [
    "[melody]",
    "[melody]\nlow = 36\nhigh = 60\nsteps = 24",
    "[melody]\nkey = 'G major'\nsteps-per-beat = 7\nmeter = '3/4'",
    "[melody]\nkey = 'A minor'\nlow = 'C2'\nhigh = 'C7'\nprimer = 'none'",
    "[melody]\nmask = { out-of-key = true, idle-note-off = true }\nprimer = { corpus = 16 }\nsteps = 40",
    "[melody]\nsteps-per-beat = 32\nsteps = 100\ntempo = 33.3",
    "[phrase]",
    "[phrase]\nduration = 'free'\npitch = 'chromatic'",
    "[phrase]\nkey = 'F# minor'\nsteps-per-beat = 6\nrest-above = 1.0\nmeter = '6/8'",
    "[phrase]\nbeats = 5\nshortest = 1.0\nlongest = 3.0",
    "[phrase]\nduration = 'free'\nsteps-per-beat = 7\nshortest = 0.1\nlongest = 2.5\nrest-above = -0.5",
];

const PIECES: u64 = 20;

/// What an agent that draws its actions has done, and earned.
struct Played {
    actions: Vec<ActionBuffer>,
    shares: Vec<Vec<f32>>,
    rewards: Vec<f32>,
    episode: Episode,
    score: Score,
}

fn play(env: &mut dyn Env, seed: u64, generator: &mut Generator) -> Played {
    env.set_progress(1.0);
    env.reset(Some(seed));
    let spec = env.spec().clone();
    let mut mask = vec![true; spec.action_space.mask_size()];
    let mut action = ActionBuffer::for_space(&spec.action_space);
    let (mut actions, mut shares, mut rewards) = (Vec::new(), Vec::new(), Vec::new());
    let mut episode = Episode::new(spec.terms.len());
    loop {
        env.action_mask(&mut mask);
        spec.action_space.sample(&mask, generator, &mut action);
        let step = env.step(action.as_action()).unwrap();
        actions.push(action.clone());
        shares.push(env.shares().to_vec());
        rewards.push(step.reward);
        episode.add(step.reward, env.shares());
        if step.terminated {
            return Played { actions, shares, rewards, episode, score: env.score().unwrap() };
        }
    }
}

/// A score by way of the bytes of a file.
fn reread(score: &Score) -> Score {
    midi::parse(&midi::to_bytes(score).unwrap(), "composed.mid").unwrap().scores.remove(0)
}

fn judge(
    config: &dyn EnvConfig,
    rewards: &[RewardConfig],
    score: &Score,
    library: &Library,
) -> (Transcript, Judgement) {
    let composing = config.composing().unwrap();
    let transcript = composing.transcribe(score, &MelodySource::Auto).unwrap();
    let setting = Setting { steps: transcript.length, ..composing.setting().unwrap() };
    let rewards = RewardStack::build(rewards, &setting, library).unwrap();
    let mut env = composing.stage(&transcript, rewards).unwrap();
    let judgement = Judgement::of_transcript(&transcript, env.as_mut(), CriticScales::default()).unwrap();
    (transcript, judgement)
}

#[test]
fn a_composed_piece_is_judged_as_it_was_composed() {
    let library = Library::embedded();
    for text in CONFIGS {
        let config: EnvironmentConfig = toml::from_str(text).unwrap();
        let config = config.config();
        let mut rewards = config.sample_rewards();
        rewards.retain(|reward| reward.name() != "ngram" && reward.name() != "typicality");
        let mut env = config.build(&rewards, &library).unwrap();
        let mut generator = stream(7, Role::Policy, 0);
        for seed in 0..PIECES {
            let played = play(env.as_mut(), seed, &mut generator);
            let (transcript, judgement) = judge(config, &rewards, &reread(&played.score), &library);
            let place = format!("{text}, seed {seed}");
            assert_eq!(transcript.fit, Fit::default(), "{place}");
            assert_eq!(transcript.primer, env.primer(), "{place}");
            assert_eq!(transcript.steps.len(), played.actions.len(), "{place}");
            if let ActionBuffer::Discrete(_) = played.actions[0] {
                let actions: Vec<_> = transcript.steps.iter().map(|step| step.action.clone()).collect();
                assert_eq!(actions, played.actions, "{place}");
            }
            let shares: Vec<_> = judgement.steps.iter().map(|step| step.shares.clone()).collect();
            assert_eq!(shares, played.shares, "{place}");
            assert_eq!(judgement.steps.iter().map(|step| step.total).collect::<Vec<_>>(), played.rewards, "{place}");
            assert_eq!((judgement.total(), judgement.totals()), (played.episode.reward, &played.episode.shares[..]));
        }
    }
}

#[test]
fn a_piece_that_another_program_has_saved_is_heard_by_its_notes_where_they_are() {
    let library = Library::embedded();
    for text in &CONFIGS[..7] {
        let config: EnvironmentConfig = toml::from_str(text).unwrap();
        let config = config.config();
        let mut env = config.build(&[], &library).unwrap();
        let mut generator = stream(8, Role::Policy, 0);
        for seed in 0..PIECES {
            let played = play(env.as_mut(), seed, &mut generator);
            let foreign = Score { origin: None, ..reread(&played.score) };
            let Ok(transcript) = config.composing().unwrap().transcribe(&foreign, &MelodySource::Auto) else {
                continue;
            };
            let mut env = config.composing().unwrap().stage(&transcript, RewardStack::default()).unwrap();
            for step in &transcript.steps {
                env.step(step.action.as_action()).unwrap();
            }
            let again = env.score().unwrap();
            let notes = |score: &Score| score.notes().map(|note| (note.pitch, note.start)).collect::<Vec<_>>();
            assert_eq!(notes(&again), notes(&foreign), "{text}, seed {seed}");
            assert_eq!(again.duration(), foreign.duration(), "{text}, seed {seed}");
            assert_eq!((transcript.fit.transposition, transcript.fit.shifted), (0, 0), "{text}, seed {seed}");
        }
    }
}

#[test]
fn a_piece_whose_notes_were_changed_is_judged_as_it_is_now() {
    let config = EnvironmentConfig::default();
    let config = config.config();
    let mut env = config.build(&[], &Library::embedded()).unwrap();
    let mut score = play(env.as_mut(), 1, &mut stream(9, Role::Policy, 0)).score;
    score.voices[0].notes.truncate(3);
    let transcript = config.composing().unwrap().transcribe(&reread(&score), &MelodySource::Auto).unwrap();
    assert!(transcript.fit.edited);
    let onsets = |step: &&gradus_envs::Transcribed| matches!(step.event, gradus_envs::rewards::Event::Onset(_));
    assert_eq!(transcript.steps.iter().filter(onsets).count(), 3);
}
