//! Zip archives of MIDI files, held in memory.

use std::io::{Cursor, Read};

use zip::ZipArchive;
use zip::result::ZipError;

use crate::error::MusicError;

/// Calls `take` with the name and the bytes of every file of an archive, in the archive's order.
pub(super) fn for_each_file(archive: &str, bytes: &[u8], mut take: impl FnMut(&str, &[u8])) -> Result<(), MusicError> {
    let failed = |source: ZipError| MusicError::Archive { name: archive.to_owned(), source };
    let mut files = ZipArchive::new(Cursor::new(bytes)).map_err(failed)?;
    let mut contents = Vec::new();
    for index in 0..files.len() {
        let mut file = files.by_index(index).map_err(failed)?;
        contents.clear();
        file.read_to_end(&mut contents).map_err(|error| failed(error.into()))?;
        let name = file.name().map_err(failed)?;
        take(&name, &contents);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_archive_are_refused_by_name() {
        let error = for_each_file("tunes", b"not a zip", |_, _| {}).unwrap_err().to_string();
        assert!(error.contains("`tunes`"), "{error}");
    }
}
