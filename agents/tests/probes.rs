//! Every algorithm on tasks whose values are known, in every action space that it serves.

#![allow(clippy::unwrap_used)]

mod common;

use common::{DISCRETE_SAC, DQN, PPO, SAC, agent, environment, mean_return, train};

/// The agents that serve a kind of action space.
const SERVED: [(&str, &[&str]); 3] =
    [("discrete", &[PPO, DISCRETE_SAC, DQN]), ("multi-discrete", &[PPO, DISCRETE_SAC]), ("box", &[PPO, SAC])];

/// The names under which algorithms report how far their values are from the truth, squared.
const VALUE_LOSSES: [&str; 2] = ["loss/value", "loss/q"];

#[test]
fn values_of_a_constant_and_of_what_is_seen_and_done_are_found() {
    for (space, agents) in SERVED {
        for kind in ["constant-value", "one-step"] {
            for toml in agents {
                let env = environment(&format!("[probe]\nkind = '{kind}'\nspace = '{space}'"));
                let (last, _) = train(&agent(toml), env.as_ref(), 0, 4_096);
                let loss = VALUE_LOSSES.iter().find_map(|name| last.get(name)).unwrap();
                assert!(loss < 0.02, "{kind}, {space}: a loss of {loss} is left by {toml}");
                if kind == "constant-value" {
                    assert_eq!(last.get("return/mean"), Some(1.0));
                    if let Some(q) = last.get("sac/q").or(last.get("dqn/target")) {
                        assert!((q - 1.0).abs() < 0.02, "{space}: {q} for 1 by {toml}");
                    }
                }
            }
        }
    }
}

#[test]
fn credit_reaches_the_step_that_earned_it() {
    for (space, agents) in SERVED {
        for toml in agents {
            let env = environment(&format!("[probe]\nkind = 'two-step-credit'\nspace = '{space}'"));
            let agent = agent(toml);
            let (_, checkpoint) = train(&agent, env.as_ref(), 0, 6_000);
            let mean = mean_return(&agent, env.as_ref(), &checkpoint);
            assert!(mean > 0.95, "{space}: {mean} of 1 by {toml}");
        }
    }
}

#[test]
fn what_is_seen_is_said_in_every_space() {
    for (space, agents) in SERVED {
        for toml in agents {
            let env = environment(&format!("[identity]\nspace = '{space}'\nactions = 3"));
            let agent = agent(toml);
            let (_, checkpoint) = train(&agent, env.as_ref(), 0, 5_000);
            let mean = mean_return(&agent, env.as_ref(), &checkpoint);
            assert!(mean > 90.0, "{space}: {mean} of 100 by {toml}");
        }
    }
}
