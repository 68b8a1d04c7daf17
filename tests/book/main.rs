//! The book in `docs/`: its links lead somewhere, its configs load, its commands run, its reference is what the code says.
//!
//! `UPDATE_BOOK=1 cargo test --test book` writes the generated pages anew.

#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;

mod block;
mod links;
mod metrics;
mod page;
mod reference;
mod scenes;
