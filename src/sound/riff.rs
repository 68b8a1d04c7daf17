//! The outline of a SoundFont file: chunks within chunks.
//!
//! A damaged size would have a reader allocate whatever it says, so sizes are held against the file first.

/// Refuses bytes whose chunks do not fit into each other; says what is wrong.
pub(super) fn check(bytes: &[u8]) -> Result<(), String> {
    let Some((b"RIFF", size, rest)) = header(bytes) else {
        return Err("it does not begin with `RIFF`".to_owned());
    };
    if size > rest.len() {
        return Err(format!("it is cut short: it has {} bytes of {}", bytes.len(), size + HEADER));
    }
    let Some((b"sfbk", lists)) = rest[..size].split_first_chunk() else {
        return Err("it is a RIFF file of another kind".to_owned());
    };
    for (name, list) in chunks(lists)? {
        if name == b"LIST" {
            let Some((_, inner)) = list.split_first_chunk::<4>() else {
                return Err("it has a list without a name".to_owned());
            };
            chunks(inner)?;
        }
    }
    Ok(())
}

/// A name and a size, of four bytes each.
const HEADER: usize = 8;

fn header(bytes: &[u8]) -> Option<(&[u8; 4], usize, &[u8])> {
    let (name, rest) = bytes.split_first_chunk()?;
    let (size, rest) = rest.split_first_chunk()?;
    Some((name, u32::from_le_bytes(*size) as usize, rest))
}

/// The name and the contents of a chunk.
type Chunk<'a> = (&'a [u8; 4], &'a [u8]);

/// The chunks that lie one after another in `bytes`.
fn chunks(mut bytes: &[u8]) -> Result<Vec<Chunk<'_>>, String> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let Some((name, size, rest)) = header(bytes) else {
            return Err("it ends within the name of a chunk".to_owned());
        };
        if size > rest.len() {
            let name = name.escape_ascii();
            return Err(format!("its chunk `{name}` says it has {size} bytes where {} are left", rest.len()));
        }
        let (chunk, rest) = rest.split_at(size);
        found.push((name, chunk));
        bytes = rest;
    }
    Ok(found)
}
