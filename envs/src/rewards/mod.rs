//! Reward terms: what a piece is judged by, one file a term.
//!
//! To add one, write a file with a `Config` (its settings, [`Registered`](crate::registry::Registered),
//! [`TermConfig`]) and a type that implements [`RewardTerm`]; then add its `mod` line and its row in the table below.

mod arch;
mod aspect;
mod autocorrelation;
mod contour;
mod critic;
mod dynamics;
mod interval;
mod key;
mod leap;
mod motif;
mod ngram;
mod pitch_range;
mod placement;
mod quantization;
mod repeat;
mod repeated_motif;
pub(crate) mod rhythm;
mod script;
mod stack;
mod term;
mod tonic;
mod typicality;
mod unique_extremes;
mod weighted;

#[cfg(test)]
mod tests;

pub use aspect::Aspect;
pub use autocorrelation::lag_correlation;
pub use critic::{Adversarial, Config as CriticSettings, Score as CriticScore};
pub use script::{Config as ScriptSettings, Fault, Param};
pub use stack::{RewardStack, WeightedTerm};
pub use term::{Context, Event, RewardTerm, TermConfig};
pub use unique_extremes::{highest_is_unique, lowest_is_unique};
pub use weighted::{Weighted, WeightedConfig};

crate::registry! {
    /// A reward term with its settings, as in a config's `[[reward]]`.
    pub enum RewardConfig: dyn WeightedConfig {
        Key(Weighted<key::Config>),
        Tonic(Weighted<tonic::Config>),
        Repeat(Weighted<repeat::Config>),
        Autocorrelation(Weighted<autocorrelation::Config>),
        Motif(Weighted<motif::Config>),
        RepeatedMotif(Weighted<repeated_motif::Config>),
        Interval(Weighted<interval::Config>),
        Leap(Weighted<leap::Config>),
        UniqueExtremes(Weighted<unique_extremes::Config>),
        Ngram(Weighted<ngram::Config>),
        PitchRange(Weighted<pitch_range::Config>),
        Rhythm(Weighted<rhythm::Config>),
        Arch(Weighted<arch::Config>),
        Placement(Weighted<placement::Config>),
        Dynamics(Weighted<dynamics::Config>),
        Quantization(Weighted<quantization::Config>),
        Typicality(Weighted<typicality::Config>),
        Script(Weighted<script::Config>),
        Critic(Weighted<critic::Config>),
    }
}

impl RewardConfig {
    /// Every registered term that pieces with these aspects can be judged by as it is, with its default settings.
    pub fn served_by(aspects: &[Aspect]) -> Vec<Self> {
        let mut terms = Self::defaults();
        terms
            .retain(|term| term.config().is_ready() && term.config().needs().iter().all(|need| aspects.contains(need)));
        terms
    }

    /// What terms are called together. A name that occurs again gets a number: `ngram`, `ngram-2`.
    pub fn names(terms: &[Self]) -> Vec<String> {
        let mut names: Vec<String> = Vec::with_capacity(terms.len());
        for term in terms {
            let label = term.config().label().unwrap_or(term.name());
            let numbered = (2..).map(|number| format!("{label}-{number}"));
            names.extend(std::iter::once(label.to_owned()).chain(numbered).find(|name| !names.contains(name)));
        }
        names
    }
}
