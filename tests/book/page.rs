//! The pages of the book.

use std::path::{Path, PathBuf};

use crate::{block::Block, common::files};

/// A page.
pub(crate) struct Page {
    /// Its path from `docs/src`.
    pub(crate) name: String,
    /// Its markdown.
    pub(crate) text: String,
}

/// Where the book's sources are.
pub(crate) fn sources() -> PathBuf {
    root().join("docs/src")
}

/// The repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

impl Page {
    /// Every page, the table of contents included.
    pub(crate) fn all() -> Vec<Self> {
        let markdown =
            files(&sources()).into_iter().filter(|(path, _)| path.extension().is_some_and(|end| end == "md"));
        markdown
            .map(|(path, contents)| Self {
                name: path.strip_prefix(sources()).unwrap().to_str().unwrap().to_owned(),
                text: String::from_utf8(contents).unwrap(),
            })
            .collect()
    }

    /// The blocks of the page.
    pub(crate) fn blocks(&self) -> Vec<Block> {
        Block::all(&self.text)
    }

    /// Whether the page is written by [`crate::reference`].
    pub(crate) fn is_generated(&self) -> bool {
        self.name.starts_with("reference/") && self.name.matches('/').count() == 2
    }
}
