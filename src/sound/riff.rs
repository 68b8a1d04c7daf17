//! The outline of a SoundFont file: chunks within chunks.
//!
//! A damaged size would have a reader allocate whatever it says, so sizes are held against the file first.

use std::ops::Range;

/// Refuses bytes whose chunks do not fit into each other; says what is wrong.
pub(super) fn check(bytes: &[u8]) -> Result<(), String> {
    let Some((b"RIFF", size, rest)) = header(bytes) else {
        return Err("it does not begin with `RIFF`".to_owned());
    };
    if size > rest.len() {
        return Err(format!("it is cut short: it has {} bytes of {}", bytes.len(), size + HEADER));
    }
    if !rest[..size].starts_with(b"sfbk") {
        return Err("it is a RIFF file of another kind".to_owned());
    }
    for (name, list) in chunks(bytes, HEADER + NAME..HEADER + size)? {
        if name == *b"LIST" {
            if list.len() < NAME {
                return Err("it has a list without a name".to_owned());
            }
            chunks(bytes, list.start + NAME..list.end)?;
        }
    }
    Ok(())
}

/// Where the contents of a chunk lie that is in a list; none in bytes that [`check`] refuses.
pub(super) fn find(bytes: &[u8], list: [u8; NAME], chunk: [u8; NAME]) -> Option<Range<usize>> {
    let (_, size, _) = header(bytes)?;
    let lists = chunks(bytes, HEADER + NAME..HEADER + size).ok()?;
    let named = |at: &Range<usize>| bytes[at.clone()].starts_with(&list);
    let (_, inner) = lists.into_iter().find(|(name, at)| *name == *b"LIST" && named(at))?;
    let (_, found) = chunks(bytes, inner.start + NAME..inner.end).ok()?.into_iter().find(|(name, _)| *name == chunk)?;
    Some(found)
}

const NAME: usize = 4;
/// A name and a size of as many bytes.
const HEADER: usize = 8;

fn header(bytes: &[u8]) -> Option<(&[u8; NAME], usize, &[u8])> {
    let (name, rest) = bytes.split_first_chunk()?;
    let (size, rest) = rest.split_first_chunk()?;
    Some((name, u32::from_le_bytes(*size) as usize, rest))
}

/// The name of a chunk, and where its contents lie.
type Chunk = ([u8; NAME], Range<usize>);

/// The chunks that lie one after another in a stretch of `bytes`.
fn chunks(bytes: &[u8], mut stretch: Range<usize>) -> Result<Vec<Chunk>, String> {
    let mut found = Vec::new();
    while !stretch.is_empty() {
        let Some((name, size, rest)) = header(&bytes[stretch.clone()]) else {
            return Err("it ends within the name of a chunk".to_owned());
        };
        if size > rest.len() {
            let name = name.escape_ascii();
            return Err(format!("its chunk `{name}` says it has {size} bytes where {} are left", rest.len()));
        }
        let start = stretch.start + HEADER;
        found.push((*name, start..start + size));
        stretch.start = start + size;
    }
    Ok(found)
}
