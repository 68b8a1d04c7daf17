//! A reward term with its weight and its role, as one table of a config.

use std::{borrow::Cow, fmt, marker::PhantomData};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{
        DeserializeSeed, Error, IntoDeserializer, MapAccess, Visitor,
        value::{MapAccessDeserializer, StrDeserializer},
    },
};

use super::{Aspect, RewardTerm, TermConfig};
use crate::{
    critic::WeightedCritic,
    error::EnvError,
    library::Library,
    range::{self, Range},
    registry::Registered,
    schedule::Schedule,
    setting::Setting,
};

/// A term's settings together with its weight, in one table: `leap = { weight = 0.5, semitones = 5 }`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Weighted<T> {
    /// How much the term counts; 1 if not given.
    pub weight: Schedule,
    /// Whether the term is only measured: it stands in the metrics and adds nothing to the reward, so that one sees what an
    /// agent does to what it is not paid for.
    pub eval_only: bool,
    /// The term's own settings.
    #[serde(flatten)]
    pub settings: T,
}

const ONE: Schedule = Schedule::Constant(1.0);

impl<T: Default> Default for Weighted<T> {
    fn default() -> Self {
        Self { weight: ONE, eval_only: false, settings: T::default() }
    }
}

/// What every row of the registry of reward terms offers.
pub trait WeightedConfig {
    /// How much the term counts.
    fn weight(&self) -> Schedule;

    /// Whether the term is only measured.
    fn is_eval_only(&self) -> bool;

    /// What the term needs of a piece beyond its notes.
    fn needs(&self) -> &'static [Aspect];

    /// Whether the term can be made with its default settings.
    fn is_ready(&self) -> bool;

    /// Whether the term allocates as it judges.
    fn allocates(&self) -> bool;

    /// What the term is called, where a config says.
    fn label(&self) -> Option<&str>;

    /// Makes the term, unless pieces within `setting` lack what it needs.
    fn build(&self, setting: &Setting, library: &Library) -> Result<Box<dyn RewardTerm>, EnvError>;

    /// The critic that judges in the term's name, the term being number `term`, if one does.
    fn critic(&self, term: usize, setting: &Setting, library: &Library) -> Result<Option<WeightedCritic>, EnvError>;
}

impl<T: Registered> Registered for Weighted<T> {
    const NAME: &'static str = T::NAME;
    const SUMMARY: &'static str = T::SUMMARY;
}

impl<T: TermConfig + Registered + Serialize + JsonSchema> WeightedConfig for Weighted<T> {
    fn weight(&self) -> Schedule {
        self.weight
    }

    fn is_eval_only(&self) -> bool {
        self.eval_only
    }

    fn needs(&self) -> &'static [Aspect] {
        T::NEEDS
    }

    fn build(&self, setting: &Setting, library: &Library) -> Result<Box<dyn RewardTerm>, EnvError> {
        if let Some(missing) = T::NEEDS.iter().find(|need| !setting.aspects.contains(need)) {
            return Err(missing.missing(T::NAME, setting));
        }
        range::check(&format!("reward.{}", T::NAME), self)?;
        self.settings.build(setting, library)
    }

    fn is_ready(&self) -> bool {
        T::READY
    }

    fn allocates(&self) -> bool {
        T::ALLOCATES
    }

    fn label(&self) -> Option<&str> {
        self.settings.label()
    }

    fn critic(&self, term: usize, setting: &Setting, library: &Library) -> Result<Option<WeightedCritic>, EnvError> {
        let (weight, eval_only, normalise) = (self.weight, self.eval_only, self.settings.normalises());
        let critic = self.settings.critic(setting, library).transpose()?;
        Ok(critic.map(|critic| WeightedCritic { term, weight, eval_only, normalise, critic }))
    }
}

/// The settings' schema with the two keys that stand beside them.
impl<T: JsonSchema> JsonSchema for Weighted<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("Weighted{}", T::schema_name()).into()
    }

    fn schema_id() -> Cow<'static, str> {
        format!("{}::Weighted<{}>", module_path!(), T::schema_id()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        /// The keys that every term has.
        #[derive(Serialize, Deserialize, JsonSchema)]
        #[serde(default, rename_all = "kebab-case")]
        struct Role {
            /// How much the term counts; a schedule is followed over the training.
            #[schemars(transform = Range::at_least(-1e6).at_most(1e6))]
            weight: Schedule,
            /// Whether the term is only measured: it stands in the metrics and adds nothing to the reward.
            eval_only: bool,
        }

        impl Default for Role {
            fn default() -> Self {
                Self { weight: ONE, eval_only: false }
            }
        }

        let mut schema = T::json_schema(generator);
        let keys =
            |schema: &Schema| schema.get("properties").and_then(|keys| keys.as_object().cloned()).unwrap_or_default();
        let mut properties = keys(&schema);
        properties.extend(keys(&Role::json_schema(generator)));
        schema.insert("properties".into(), properties.into());
        schema
    }
}

/// Takes `weight` and `eval-only` out of the table as it streams by and hands the rest to `T`, so that `T` still refuses
/// unknown keys and every error keeps its place in the file; `#[serde(flatten)]` would lose both.
impl<'de, T: Deserialize<'de>> Deserialize<'de> for Weighted<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TableVisitor<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for TableVisitor<T> {
            type Value = Weighted<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table of settings, {} for the defaults")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Weighted<T>, A::Error> {
                let (mut weight, mut eval_only) = (None, None);
                let rest = WithoutRole { map, weight: &mut weight, eval_only: &mut eval_only };
                let settings = T::deserialize(MapAccessDeserializer::new(rest))?;
                Ok(Weighted { weight: weight.unwrap_or(ONE), eval_only: eval_only.unwrap_or(false), settings })
            }
        }

        deserializer.deserialize_map(TableVisitor(PhantomData))
    }
}

struct WithoutRole<'a, A> {
    map: A,
    weight: &'a mut Option<Schedule>,
    eval_only: &'a mut Option<bool>,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for WithoutRole<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, mut seed: K) -> Result<Option<K::Value>, A::Error> {
        loop {
            match self.map.next_key_seed(RoleOr(seed))? {
                None => return Ok(None),
                Some(Key::Other(key)) => return Ok(Some(key)),
                Some(Key::Weight(unused)) => {
                    *self.weight = Some(self.map.next_value()?);
                    seed = unused;
                }
                Some(Key::EvalOnly(unused)) => {
                    *self.eval_only = Some(self.map.next_value()?);
                    seed = unused;
                }
            }
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}

/// Reads a key: `weight`, `eval-only`, or whatever the inner seed takes.
struct RoleOr<K>(K);

enum Key<K, V> {
    Weight(K),
    EvalOnly(K),
    Other(V),
}

impl<'de, K: DeserializeSeed<'de>> DeserializeSeed<'de> for RoleOr<K> {
    type Value = Key<K, K::Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de, K: DeserializeSeed<'de>> Visitor<'de> for RoleOr<K> {
    type Value = Key<K, K::Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Self::Value, E> {
        match key {
            "weight" => return Ok(Key::Weight(self.0)),
            "eval-only" => return Ok(Key::EvalOnly(self.0)),
            _ => {}
        }
        let inner: StrDeserializer<'_, E> = key.into_deserializer();
        self.0.deserialize(inner).map(Key::Other).map_err(|error| {
            let message = error.to_string();
            let message = message.trim_end();
            E::custom(match message.strip_suffix("there are no fields") {
                Some(start) => format!("{start}expected `weight` or `eval-only`"),
                None => format!("{message}, `weight`, `eval-only`"),
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
    #[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
    struct Settings {
        max_size: u8,
    }

    #[test]
    fn a_table_holds_the_weight_beside_the_settings() {
        let weighted: Weighted<Settings> = toml::from_str("eval-only = true\nmax-size = 3\nweight = 2").unwrap();
        assert!(weighted.weight == Schedule::Constant(2.0) && weighted.eval_only);
        assert_eq!(weighted.settings.max_size, 3);
        let plain: Weighted<Settings> = toml::from_str("").unwrap();
        assert_eq!(plain, Weighted::default());
    }

    #[test]
    fn a_misspelt_setting_is_refused_with_its_place_and_the_names_there_are() {
        let error = toml::from_str::<Weighted<Settings>>("weight = 1\nmax-sise = 3").unwrap_err();
        let text = error.to_string();
        assert!(text.contains("line 2"), "{text}");
        assert!(text.contains("unknown field `max-sise`, expected `max-size`, `weight`, `eval-only`"), "{text}");
    }

    #[test]
    fn what_is_written_reads_back_equal() {
        let weighted =
            Weighted { weight: Schedule::annealed(0.5), eval_only: true, settings: Settings { max_size: 7 } };
        let text = toml::to_string(&weighted).unwrap();
        assert_eq!(toml::from_str::<Weighted<Settings>>(&text).unwrap(), weighted);
    }
}
