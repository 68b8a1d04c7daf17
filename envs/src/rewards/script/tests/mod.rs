//! Scripts in cases of note: what they see, what they may not do, and what is said of those that try.

mod context;
mod examples;
mod faults;
mod limits;

use gradus_music::Token;

use crate::{
    Env, EnvConfig, EnvError, EnvironmentConfig, Judgement, Library, Setting,
    rewards::{RewardConfig, RewardStack},
    tasks::{melody, phrase},
};

const EXAMPLES: [(&str, &str); 4] = [
    ("leap", include_str!("../../../../../configs/rewards/leap.rhai")),
    ("syncopation", include_str!("../../../../../configs/rewards/syncopation.rhai")),
    ("question-and-answer", include_str!("../../../../../configs/rewards/question-and-answer.rhai")),
    ("gap-fill", include_str!("../../../../../configs/rewards/gap-fill.rhai")),
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
