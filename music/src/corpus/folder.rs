//! Folders of MIDI files.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::MusicError;

/// A file of a corpus folder.
pub(super) struct MidiFile {
    /// Its path below the folder, with `/` on every system.
    pub(super) name: String,
    /// The subfolder it is in, or the folder itself.
    pub(super) collection: String,
    path: PathBuf,
}

impl MidiFile {
    pub(super) fn read(&self) -> io::Result<Vec<u8>> {
        fs::read(&self.path)
    }
}

/// The MIDI files of a folder and its subfolders, in the order of their names.
pub(super) fn midi_files(folder: &Path) -> Result<Vec<MidiFile>, MusicError> {
    let mut paths = Vec::new();
    walk(folder, &mut paths)?;
    if paths.is_empty() {
        return Err(MusicError::EmptyFolder { path: folder.to_owned() });
    }
    let mut files: Vec<_> = paths.into_iter().map(|path| describe(folder, path)).collect();
    files.sort_by(|left, right| left.name.cmp(&right.name));
    Ok(files)
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), MusicError> {
    let unreadable = |source| MusicError::Read { path: folder.to_owned(), source };
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        // The entry's own type: a link to a folder is not followed, for it might lead in a circle.
        if entry.file_type().map_err(unreadable)?.is_dir() {
            walk(&entry.path(), found)?;
        } else if is_midi(&entry.path()) {
            found.push(entry.path());
        }
    }
    Ok(())
}

fn is_midi(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default();
    ["mid", "midi", "smf"].iter().any(|known| extension.eq_ignore_ascii_case(known))
}

fn describe(folder: &Path, path: PathBuf) -> MidiFile {
    let below = path.strip_prefix(folder).unwrap_or(&path);
    let parts: Vec<_> = below.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    let collection = match parts.as_slice() {
        [subfolder, .., _] => subfolder.to_string(),
        _ => folder.file_name().unwrap_or_default().to_string_lossy().into_owned(),
    };
    MidiFile { name: parts.join("/"), collection, path }
}
