//! Any tokens as a piece: under every reward term, as MIDI and back.

#![no_main]

use gradus_envs::{
    Judgement, Library, Setting,
    rewards::{RewardConfig, RewardStack},
    tasks::melody,
};
use gradus_music::{MelodyEncoding, Tempo, Token, Vocabulary, midi};
use libfuzzer_sys::fuzz_target;

const SETTINGS: [&str; 4] = [
    "",
    "steps = 64\nsteps-per-beat = 2\nmeter = '3/4'\nkey = 'E minor'",
    "steps = 48\nsteps-per-beat = 3\nmeter = '6/8'\nkey = 'F# major'\nlow = 'C3'\nhigh = 'C5'",
    "steps = 1\nsteps-per-beat = 1\nmeter = '7/2'\nlow = 0\nhigh = 127",
];

thread_local! {
    /// Each setting with all terms that can judge its pieces.
    static STAGES: Vec<(Setting, RewardStack)> = {
        let library = Library::embedded();
        let stage = |text: &&str| {
            let setting = toml::from_str::<melody::Config>(text).expect("a config").setting().expect("a setting");
            let build = |terms: &[RewardConfig]| RewardStack::build(terms, &setting, &library);
            let mut terms = RewardConfig::served_by(setting.aspects);
            // Some ask for more than one step.
            terms.retain(|term| build(std::slice::from_ref(term)).is_ok());
            let rewards = build(&terms).expect("each can be built");
            (setting, rewards)
        };
        SETTINGS.iter().map(stage).collect()
    };
}

fuzz_target!(|bytes: &[u8]| {
    let Some((&first, rest)) = bytes.split_first() else { return };
    let (setting, mut rewards) = STAGES.with(|stages| stages[usize::from(first) % SETTINGS.len()].clone());
    let vocabulary = setting.vocabulary;
    let tokens: Vec<Token> =
        rest.iter().take(setting.steps).map(|byte| Token((usize::from(*byte) % vocabulary.size()) as u8)).collect();

    let judgement = Judgement::of(&tokens, &setting, &mut rewards).expect("finite rewards");
    assert_eq!(judgement.steps.len(), tokens.len());
    assert_eq!(Judgement::of(&tokens, &setting, &mut rewards).expect("the same again"), judgement);

    there_and_back(&tokens, &setting, vocabulary);
});

fn there_and_back(tokens: &[Token], setting: &Setting, vocabulary: Vocabulary) {
    let notes = vocabulary.decode(tokens);
    let encoded = vocabulary.encode(&notes, tokens.len());
    assert_eq!(vocabulary.decode(&encoded.tokens), notes);

    let score = vocabulary.score(tokens, setting.grid, setting.meter, Some(setting.key), Tempo::default());
    let written = midi::to_bytes(&score).expect("a score of tokens can be written");
    let reading = midi::parse(&written, "fuzz").expect("what was written can be read");
    assert_eq!(reading.scores, [score]);
    let encoding = MelodyEncoding { key: None, ..setting.encoding() };
    if let Ok(heard) = encoding.encode(&reading.scores[0]) {
        assert!(heard.tokens.iter().all(|token| usize::from(token.0) < vocabulary.size()));
    }
}
