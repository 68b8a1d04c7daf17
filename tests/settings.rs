//! What a config says wrongly is refused in the user's words: where, what, and what to write instead.

#![allow(clippy::unwrap_used)]

mod common;

use common::{TINY, Workplace};

/// The message with which a training of `config` is refused, before anything is made.
fn refusal(config: &str, arguments: &str) -> String {
    let place = Workplace::new();
    place.write("wrong.toml", config);
    let error = place.error(&format!("train wrong.toml {arguments}"));
    assert!(!place.path("results").exists(), "{error}");
    error.trim_end().to_owned()
}

#[test]
fn numbers_that_cannot_be_are_refused_by_key_and_reason() {
    let melody = "[[reward]]\nkey = {}\n[agent.ppo]\n";
    let environments = "total-steps = 64\n[env.identity]\n[agent.ppo]\nenvironments = 9223372036854775807\n";
    for (config, expected) in [
        (
            "clip = -0.2",
            "line 4: agent.ppo.clip: -0.2 is not above 0; give a number above 0 and at most 1, such as 0.2",
        ),
        ("clip = { from = 0.2, to = -0.1 }", "line 4: agent.ppo.clip.to: -0.1 is below 0; give a number from 0 to 1"),
        (
            "value-coefficient = -1",
            "agent.ppo.value-coefficient: -1 is below 0; give a number from 0 to 100, such as 0.5",
        ),
        ("entropy-coefficient = -1", "agent.ppo.entropy-coefficient: -1 is below 0; give a number from 0 to 100"),
        ("target-kl = -1", "agent.ppo.target-kl: -1 is not above 0; give a number above 0 and at most 100"),
        ("target-kl = nan", "agent.ppo.target-kl: nan is not a number; give a number above 0 and at most 100"),
        ("max-gradient-norm = inf", "agent.ppo.max-gradient-norm: inf is not finite; give a number above 0"),
        ("epochs = 1.5", "agent.ppo.epochs: 1.5 is not a whole number; give a whole number from 1 to 1000, such as 4"),
    ] {
        let error = refusal(&format!("{melody}{config}"), "");
        assert!(error.contains(expected), "{error}");
        let set = config.replace(' ', "");
        let error = refusal(melody, &format!("--set agent.ppo.{set}"));
        assert!(error.contains(expected.trim_start_matches("line 4: ")), "{error}");
    }
    for (config, expected) in [
        (
            "total-steps = 0\n[env.identity]\n[agent.random]",
            "line 1: total-steps: 0 is below 1; give a whole number from 1",
        ),
        (environments, "line 4: agent.ppo.environments: 9_223_372_036_854_775_807 is above 4096"),
        ("least-diversity = -1", "least-diversity: -1 is below 0; give a number from 0 to 1, such as 0.5"),
        (
            "[[reward]]\nkey = {}\n[[reward]]\nleap = { weight = nan }",
            "line 4: reward.1.leap.weight: nan is not a number",
        ),
        ("[policy.mlp]\nhidden = [64, 0]", "line 2: policy.mlp.hidden.1: 0 is below 1"),
        (
            "total-steps = 99999999999999999999",
            "99999999999999999999 is too large; whole numbers go up to 9223372036854775807",
        ),
    ] {
        let error = refusal(config, "");
        assert!(error.contains(expected), "{error}");
    }
    let error = refusal("", "--set total-steps=99999999999999999999");
    assert!(error.contains("total-steps: 99999999999999999999 is too large"), "{error}");
}

#[test]
fn a_rollout_beyond_the_memory_is_refused() {
    let config =
        "[env.identity]\nactions = 1024\n[agent.ppo]\nenvironments = 4096\nrollout-steps = 1_000_000\nminibatch = 4096";
    let error = refusal(config, "");
    assert!(error.contains("agent.ppo.rollout-steps: 4096000000 transitions take"), "{error}");
    assert!(error.contains("give fewer steps or fewer `environments`"), "{error}");
}

#[test]
fn the_wrong_kind_of_value_is_named_by_its_whole_key_in_everyday_words() {
    for (config, expected) in [
        (
            "[agent.ppo]\nenvironments = 'many'",
            "agent.ppo.environments: invalid type: string \"many\", expected a whole number",
        ),
        (
            "[agent.dqn.replay]\nreward-scale = 'much'",
            "agent.dqn.replay.reward-scale: invalid type: string \"much\", expected a number",
        ),
        ("[env.identity]\nmasked = 1", "env.identity.masked: invalid type: integer `1`, expected true or false"),
        (
            "[[reward]]\nkey = {}\n[[reward]]\nkey = {}\n[[reward]]\nleap = { amount = 'x' }",
            "reward.2.leap.amount: invalid type",
        ),
        ("[[reward]]\nleap = { amuont = 3 }", "reward.0.leap.amuont: unknown field `amuont`"),
        ("[agent.ppo]\nprior = { model = 'x' }", "agent.ppo.prior: missing field `kl-coefficient`"),
    ] {
        let error = refusal(config, "");
        assert!(error.contains(expected), "{error}");
    }
    let error = refusal(TINY, "--set reward.0.key.weight=much");
    assert!(
        error.contains(
            "--set reward.0.key.weight=much: reward.0.key.weight: invalid type: string \"much\", expected a number"
        ),
        "{error}"
    );
}

#[test]
fn settings_that_do_not_go_together_are_refused_by_their_whole_key_before_anything_is_made() {
    let place = Workplace::new();
    place.write("critic.toml", "[critic.transformer.network]\nheads = 3");
    let error = place.error("critic fit critic.toml");
    assert!(error.contains("critic.transformer.network.heads: 3 heads"), "{error}");
    assert!(!place.path("results").exists());
    let error = refusal("[env.melody]\nlow = 'C5'\nhigh = 'C4'\n[[reward]]\nkey = {}", "");
    assert!(error.contains("env.melody.low: C5 lies above `high` (C4); swap them"), "{error}");
    let error = refusal("[policy.transformer]\nheads = 3\n[[reward]]\nkey = {}", "");
    assert!(error.contains("policy.transformer.heads: 3 heads"), "{error}");
}

#[test]
fn two_things_where_one_is_needed_are_named() {
    for (config, expected) in [
        ("[agent.ppo]\n[agent.dqn]", "agent: two agents: ppo, dqn; keep one"),
        ("[agent.ppo]\n[agent.dqn]\n[agent.random]", "agent: 3 agents: ppo, dqn, random; keep one"),
        ("[env.melody]\n[env.cartpole]", "env: two environments: melody, cartpole; keep one"),
        ("[policy.mlp]\n[policy.lstm]", "policy: two policies: mlp, lstm; keep one"),
        ("[[reward]]\nkey = {}\nleap = {}", "reward.0: two terms: key, leap; give each a [[reward]] of its own"),
    ] {
        let error = refusal(config, "");
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn a_setting_in_the_wrong_place_is_answered_with_its_whole_key() {
    for (config, arguments, expected) in [
        (TINY, "--set learning-rate=1e-3", "hint: did you mean `agent.ppo.learning-rate`?"),
        (TINY, "--set agent.learning-rate=1e-3", "hint: did you mean `agent.ppo.learning-rate`?"),
        (TINY, "--set target-kl=0.1", "hint: did you mean `agent.ppo.target-kl`?"),
        ("learning-rate = 1e-3\n[agent.dqn]", "", "hint: did you mean `agent.dqn.learning-rate`?"),
        ("steps = 64\n[env.cartpole]", "", "hint: did you mean `env.cartpole.steps`?"),
        (TINY, "--set agent.ppo.klip=0.1", "hint: did you mean `clip`?"),
    ] {
        let error = refusal(config, arguments);
        assert!(error.ends_with(expected), "{error}");
    }
}

#[test]
fn a_config_of_another_kind_is_answered_with_its_command() {
    let place = Workplace::new();
    place.write("critic.toml", "seed = 1\n[critic.markov]");
    place.write("sweep.toml", "config = 'tiny.toml'\n[vary]\n\"agent.ppo.clip\" = [0.1]");
    for (command, expected) in [
        (
            "train critic.toml",
            "this is a critic's config, and a training config is needed; it is for `gradus critic fit critic.toml`",
        ),
        ("train sweep.toml", "this is a sweep, and a training config is needed; it is for `gradus sweep sweep.toml`"),
        (
            "critic fit tiny.toml",
            "this is a training config, and a critic's config is needed; it is for `gradus train tiny.toml`",
        ),
        ("sweep tiny.toml", "this is a training config, and a sweep is needed; it is for `gradus train tiny.toml`"),
    ] {
        let error = place.error(command);
        assert!(error.contains(expected), "{error}");
    }
    assert!(!place.path("results").exists());
}

#[test]
fn a_misspelt_path_is_answered_with_the_nearest() {
    let place = Workplace::new();
    place.write("configs/quickstart.toml", "");
    place.write("music/tune.mid", "");
    place.write("scores.json", "{}");
    for (command, expected) in [
        ("train tinny.toml", "hint: did you mean tiny.toml?"),
        ("train quikstart.toml", "hint: did you mean configs/quickstart.toml?"),
        ("train config/quickstart.toml", "hint: did you mean configs/quickstart.toml?"),
        ("corpus inspect musik", "hint: did you mean music?"),
        ("train tiny.toml --corpus musik", "hint: did you mean music?"),
        ("score musik/tune.mid", "hint: did you mean music/tune.mid?"),
        ("score --tokens score.json", "hint: did you mean scores.json?"),
    ] {
        let error = place.error(command);
        assert!(error.trim_end().ends_with(expected), "{command}: {error}");
    }
    let error = place.error("train quite/another.toml");
    assert!(!error.contains("did you mean"), "{error}");
}

#[test]
fn seeds_with_a_dash_are_answered_with_both_ways_to_write_them() {
    let error = Workplace::new().error("train tiny.toml --seeds 0-5");
    assert!(error.contains("write 0..6 or 0..=5"), "{error}");
}

#[test]
fn a_token_that_is_none_is_named_with_its_place() {
    let place = Workplace::new();
    place.write("tokens.json", "[[14,16,1.0]]");
    let error = place.error("score --tokens tokens.json");
    assert!(error.contains("tokens.json: sequence 0, step 2: 1.0 is not a whole number"), "{error}");
}

#[test]
fn a_byte_order_mark_is_passed_over() {
    let place = Workplace::new();
    let mark = "\u{feff}";
    place.write("b.rhai", format!("{mark}fn on_step(now) {{ 1.0 }}\nlet range = [0, 1];\n"));
    place.write(
        "b.toml",
        format!("{mark}[env.melody]\nsteps = 4\nprimer = 'none'\n[[reward]]\nscript = {{ file = 'b.rhai' }}\n"),
    );
    place.write("tokens.json", format!("{mark}[[14,16]]"));
    let pieces = place.json("score --tokens tokens.json --config b.toml --json");
    assert_eq!(pieces[0]["total"], 2.0);
    place.write("wrong.toml", format!("{mark}[env.melody]\nsteps = 0"));
    assert!(place.error("train wrong.toml").contains("wrong.toml: line 2: env.melody.steps: 0 is below 1"));
    place.write("scores.json", format!("{mark}{{\"a\": [[0.5, 0.5], [0.75, 0.5]]}}"));
    place.output("compare --scores scores.json");
}

#[test]
fn advice_fits_the_agent() {
    let warned = |agent: &str| {
        let place = Workplace::new();
        let config =
            format!("total-steps = 64\nleast-diversity = 1\n[env.melody]\nsteps = 4\n[[reward]]\nkey = {{}}\n{agent}");
        place.write("agent.toml", config);
        place.output("train agent.toml")
    };
    let dqn =
        warned("[agent.dqn]\nenvironments = 4\nexploration = 0\nreplay = { warm-up = 8, batch = 8, capacity = 256 }");
    assert!(!dqn.contains("entropy-coefficient"), "{dqn}");
}
