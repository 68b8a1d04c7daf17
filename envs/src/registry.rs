//! The table from which a kind of thing's config enum, its listing and its conformance tests derive.

use schemars::{JsonSchema, Schema, generate::SchemaSettings};
use serde::Serialize;

/// One row of a registry, as `gradus list` shows it.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Entry {
    /// The name in configs and on the command line.
    pub name: &'static str,
    /// One line about it.
    pub summary: &'static str,
    /// The settings with their documentation, types and defaults, as a JSON schema without references.
    #[serde(skip)]
    pub settings: fn() -> Schema,
    /// The path of the type that holds the settings, which tells where the thing is written down.
    #[serde(skip)]
    pub path: fn() -> &'static str,
}

/// The JSON schema of a config, complete in itself.
pub fn schema_of<C: JsonSchema>() -> Schema {
    let settings = SchemaSettings::default().with(|settings| settings.inline_subschemas = true);
    settings.into_generator().into_root_schema_for::<C>()
}

/// What every registered thing's config says of it.
pub trait Registered: Default {
    /// The name in configs and on the command line: the variant's, in kebab case.
    const NAME: &'static str;
    /// One line about it, for lists.
    const SUMMARY: &'static str;
}

/// Declares a config enum and its table, from one row a thing.
///
/// Each row is `Variant(Config)`, where `Config` is [`Registered`] and implements the trait named
/// behind `dyn`, through which the thing is made. The variant's name in kebab case is the key in a
/// config, externally tagged, so that an error points at the exact key.
#[macro_export]
macro_rules! registry {
    (
        $(#[$meta:meta])*
        pub enum $enum:ident: dyn $trait:ident { $($variant:ident($config:ty)),+ $(,)? }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, ::serde::Serialize, ::serde::Deserialize, ::schemars::JsonSchema)]
        #[serde(rename_all = "kebab-case")]
        pub enum $enum {
            $(
                #[doc = concat!("Settings: [`", stringify!($config), "`].")]
                #[schemars(description = <$config as $crate::registry::Registered>::SUMMARY)]
                $variant($config),
            )+
        }

        impl $enum {
            /// Every registered name with its summary, in the table's order.
            pub const ENTRIES: &'static [$crate::registry::Entry] = &[
                $($crate::registry::Entry {
                    name: <$config as $crate::registry::Registered>::NAME,
                    summary: <$config as $crate::registry::Registered>::SUMMARY,
                    settings: $crate::registry::schema_of::<$config>,
                    path: ::std::any::type_name::<$config>,
                },)+
            ];

            /// Every registered thing with its default settings, in the table's order.
            pub fn defaults() -> Vec<Self> {
                vec![$(Self::$variant(<$config>::default()),)+]
            }

            /// The name in the registry.
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => <$config as $crate::registry::Registered>::NAME,)+
                }
            }

            /// The settings, as what makes the thing.
            pub fn config(&self) -> &dyn $trait {
                match self {
                    $(Self::$variant(config) => config,)+
                }
            }
        }
    };
}
