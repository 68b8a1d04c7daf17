//! The kinds of config that there are.

use schemars::{JsonSchema, Schema};
use serde::{Serialize, de::DeserializeOwned};

/// A config as a file of its own.
pub(crate) trait ConfigFile: Serialize + DeserializeOwned + JsonSchema {
    /// Its kind.
    const KIND: Kind;

    /// Its schema, made once.
    fn schema() -> &'static Schema;
}

/// Declares that a type is a config of a kind.
macro_rules! config_file {
    ($config:ty, $kind:ident) => {
        impl $crate::settings::ConfigFile for $config {
            const KIND: $crate::settings::Kind = $crate::settings::Kind::$kind;

            fn schema() -> &'static ::schemars::Schema {
                static SCHEMA: ::std::sync::LazyLock<::schemars::Schema> =
                    ::std::sync::LazyLock::new(::gradus_envs::registry::schema_of::<$config>);
                &SCHEMA
            }
        }
    };
}
pub(crate) use config_file;

/// A kind of config.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Of a training.
    Training,
    /// Of a critic.
    Critic,
    /// Of a sweep.
    Sweep,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Training, Self::Critic, Self::Sweep];

    /// The reason why a table is no config of this kind, if it is one of another.
    pub(super) fn refusal_of(self, table: &toml::Table, origin: &str) -> Option<String> {
        let is = |kind: Self| kind.own_keys().iter().any(|key| table.contains_key(*key));
        let other = Self::ALL.into_iter().find(|kind| is(*kind)).filter(|_| !is(self))?;
        Some(format!("this is {}, and {} is needed; it is for `{} {origin}`", other.one(), self.one(), other.command()))
    }

    fn one(self) -> &'static str {
        match self {
            Self::Training => "a training config",
            Self::Critic => "a critic's config",
            Self::Sweep => "a sweep",
        }
    }

    fn command(self) -> &'static str {
        match self {
            Self::Training => "gradus train",
            Self::Critic => "gradus critic fit",
            Self::Sweep => "gradus sweep",
        }
    }

    /// Keys that only configs of this kind have.
    fn own_keys(self) -> &'static [&'static str] {
        match self {
            Self::Training => &["env", "reward", "agent", "policy", "total-steps"],
            Self::Critic => &["critic", "data"],
            Self::Sweep => &["config", "vary", "set", "random"],
        }
    }
}
