//! Discriminators as rewards: which scores suit which critics, and learning on against an agent.

#![allow(clippy::unwrap_used)]

mod common;

use common::{Workplace, files};
use gradus::{
    critic::{CriticDirectory, CriticFile, FittedCritic},
    run::Metrics,
    split::Parts,
};
use gradus_models::critics::Progress;

const GAN: &str = "
[critic.gan]
generator = { lstm = { layers = 1, units = 8 } }
discriminator = { lstm = { layers = 1, units = 8 } }
fit = { epochs = 1, batch = 4, window = 16 }
game = { pretraining-epochs = 1 }
";

const TRAINING: &str = "
total-steps = 1024
compositions = 0
[env.melody]
steps = 8
[[reward]]
critic = { model = 'critic', SETTINGS }
[agent.ppo]
environments = 8
rollout-steps = 32
minibatch = 64
";

/// A place with a critic fitted to two short stretches of melody.
fn place_with(critic: &str) -> Workplace {
    let place = Workplace::new();
    let file = CriticFile::load(&place.write("critic.toml", critic), &[]).unwrap();
    let mut corpus = file.read_data().unwrap();
    for part in [&mut corpus.train, &mut corpus.validation] {
        part.truncate(2);
        for piece in part {
            piece.tokens.truncate(32);
            piece.onsets.truncate(32);
        }
    }
    let model = file.critic.config().fit(&corpus, 0, &mut |_| Progress::Continue).unwrap();
    let directory = CriticDirectory::at(&place.path("critic"));
    let _lock = directory.lock().unwrap();
    directory.begin(&file, &Parts::of_tokens(&corpus)).unwrap();
    directory.save(&FittedCritic { file, parts: None, model }, true).unwrap();
    place
}

fn write_training(place: &Workplace, settings: &str) {
    place.write("train.toml", TRAINING.replace("SETTINGS", settings));
}

#[test]
fn a_critic_is_asked_only_what_it_can_say() {
    let discriminator = "score = { discriminator = { clip = 4.0 } }";
    let cases = [
        ("[critic.markov]", discriminator, "reward.0.critic.score", "says what comes next"),
        (GAN, "score = { log-likelihood = { floor = -5.0 } }", "reward.0.critic.score", "says whether a piece is real"),
        (GAN, "score = { perplexity-band = { low = 2.0, high = 3.0 } }", "reward.0.critic.score", "discriminator"),
        ("[critic.markov]", "adversarial = {}", "reward.0.critic.adversarial", "leave it out"),
    ];
    for (critic, settings, key, reason) in cases {
        let place = place_with(critic);
        write_training(&place, settings);
        let error = place.error("train train.toml");
        assert!(error.contains(key) && error.contains(reason), "{error}");
        assert!(!place.path("results").exists());
    }
    let place = place_with(GAN);
    write_training(&place, &format!("{discriminator}, adversarial = {{ batch = 0 }}"));
    let error = place.error("train train.toml");
    assert!(error.contains("reward.0.critic.adversarial") && error.contains("batch"), "{error}");
}

#[test]
fn a_discriminator_learns_on_the_same_on_any_number_of_threads_and_is_kept() {
    let place = place_with(GAN);
    write_training(
        &place,
        "score = { discriminator = { clip = 4.0 } }, adversarial = { batch = 8, learning-rate = 1e-2 }",
    );
    let rows = |threads: usize| {
        place.output(&format!("train train.toml --threads {threads} --out results/on-{threads}"));
        let metrics = Metrics::read(&place.path(&format!("results/on-{threads}/seed-0/metrics.jsonl"))).unwrap();
        metrics.rows().iter().map(|row| row.without_time().to_json()).collect::<Vec<_>>()
    };
    let (one, two) = (rows(1), rows(2));
    assert_eq!(one, two);
    assert!(one.iter().all(|row| row.contains("critic/discriminator-loss")), "{one:?}");
    assert!(one.iter().all(|row| row.contains("critic/discriminator-accuracy")), "{one:?}");
    let checkpoints = files(&place.path("results/on-1/seed-0/checkpoints"));
    let learned = |(_, bytes): &(_, Vec<u8>)| bytes.windows(16).any(|text| text == b"critic-learned.0");
    assert!(!checkpoints.is_empty() && checkpoints.iter().all(learned));
}
