//! Any text as a reward script: it judges a piece, or is refused, and leaves time and memory to others.

#![no_main]

use std::sync::LazyLock;

use gradus_envs::{
    Judgement, Library, Setting,
    rewards::{RewardConfig, RewardStack},
    tasks::melody,
};
use gradus_music::Token;
use libfuzzer_sys::fuzz_target;

static SETTING: LazyLock<Setting> = LazyLock::new(|| melody::Config::default().setting().expect("the default"));

const PIECE: [u8; 12] = [14, 1, 16, 0, 21, 1, 1, 15, 37, 2, 1, 0];

fuzz_target!(|source: &str| {
    let table = toml::Table::from_iter([("source".to_owned(), source.into())]);
    let table = toml::Table::from_iter([("script".to_owned(), table.into())]);
    let reward: RewardConfig = table.try_into().expect("a script of any text");
    let Ok(mut rewards) = RewardStack::build(&[reward], &SETTING, &Library::embedded()) else { return };
    let tokens = PIECE.map(Token);
    let first = Judgement::of(&tokens, &SETTING, &mut rewards).map_err(|error| error.to_string());
    let second = Judgement::of(&tokens, &SETTING, &mut rewards).map_err(|error| error.to_string());
    assert_eq!(first, second, "a function of the piece");
});
