//! The settings of a run, for TensorBoard's table of hyperparameters.

use std::collections::BTreeMap;

use prost::Message;

use super::summary::Value;

/// The settings of a config under their whole keys: `agent.ppo.clip`, `reward.2.leap.amount`. `start` is when the run
/// began, in seconds since 1970.
pub(super) fn value(settings: &toml::Table, start: f64) -> Value {
    let mut found = BTreeMap::new();
    for (key, value) in settings {
        collect(key, value, &mut found);
    }
    let data = Data { session: Some(Session { settings: found, start }) };
    Value::for_plugin("_hparams_/session_start_info", "hparams", data.encode_to_vec())
}

/// Puts a setting, or all that are below it, under its key.
fn collect(key: &str, value: &toml::Value, found: &mut BTreeMap<String, Setting>) {
    let kind = match value {
        toml::Value::Table(table) => {
            return table.iter().for_each(|(part, value)| collect(&format!("{key}.{part}"), value, found));
        }
        toml::Value::Array(array) => {
            return (0..)
                .zip(array)
                .for_each(|(index, value): (usize, _)| collect(&format!("{key}.{index}"), value, found));
        }
        // A script is no setting to compare runs by; the config's text has it.
        toml::Value::String(text) if text.contains('\n') => return,
        toml::Value::String(text) => Kind::Text(text.clone()),
        toml::Value::Integer(number) => Kind::Number(*number as f64),
        toml::Value::Float(number) => Kind::Number(*number),
        toml::Value::Boolean(truth) => Kind::Truth(*truth),
        toml::Value::Datetime(time) => Kind::Text(time.to_string()),
    };
    found.insert(key.to_owned(), Setting { kind: Some(kind) });
}

/// `HParamsPluginData`.
#[derive(Clone, PartialEq, Message)]
struct Data {
    #[prost(message, optional, tag = "3")]
    session: Option<Session>,
}

/// `SessionStartInfo`. Without a name of its group, a run is a row of its own.
#[derive(Clone, PartialEq, Message)]
struct Session {
    #[prost(btree_map = "string, message", tag = "1")]
    settings: BTreeMap<String, Setting>,
    #[prost(double, tag = "5")]
    start: f64,
}

/// `google.protobuf.Value`.
#[derive(Clone, PartialEq, Message)]
struct Setting {
    #[prost(oneof = "Kind", tags = "2, 3, 4")]
    kind: Option<Kind>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
enum Kind {
    #[prost(double, tag = "2")]
    Number(f64),
    #[prost(string, tag = "3")]
    Text(String),
    #[prost(bool, tag = "4")]
    Truth(bool),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_has_its_whole_key_and_its_kind() {
        let config = "seed = 3\n[agent.ppo]\nclip = 0.2\nnormalize = true\n[env.melody]\nkey = \"C major\"\n\
                      [[reward]]\nkey = {}\n[[reward]]\nscript = { weight = 2.0, source = \"a\\nb\" }\n[policy.mlp]\nhidden = [16, 8]\n";
        let mut found = BTreeMap::new();
        collect("config", &toml::Value::Table(config.parse().unwrap()), &mut found);

        let setting = |key: &str, kind| (format!("config.{key}"), Setting { kind: Some(kind) });
        let expected = [
            setting("agent.ppo.clip", Kind::Number(0.2)),
            setting("agent.ppo.normalize", Kind::Truth(true)),
            setting("env.melody.key", Kind::Text("C major".to_owned())),
            setting("policy.mlp.hidden.0", Kind::Number(16.0)),
            setting("policy.mlp.hidden.1", Kind::Number(8.0)),
            setting("reward.1.script.weight", Kind::Number(2.0)),
            setting("seed", Kind::Number(3.0)),
        ];
        assert_eq!(found.into_iter().collect::<Vec<_>>(), expected);
    }
}
