//! Sample headers whose loops lie nowhere.
//!
//! Many a SoundFont says nonsense of the loops of samples that nothing loops, and the file is still good. The synthesizer
//! refuses the whole file for one such loop, so loops are mended before it reads them.
//!
//! Layout: SoundFont Technical Specification 2.04 (Creative Technology, 2006), section 7.10.

use super::riff;

/// The size of a sample header.
const HEADER: usize = 46;
/// Where in it the sample's start stands, in frames of the sample data, and its end, and those of its loop.
const START: usize = 20;
const END: usize = 24;
const LOOP_START: usize = 28;
const LOOP_END: usize = 32;

/// Moves loops that lie outside of the sample data into it, and takes away those that are empty after that, so that
/// their samples play once. Of a sample that lies to the last frame, for one more is read ahead, that frame is left out.
pub(super) fn repair(bytes: &mut [u8]) {
    let Some(frames) = riff::find(bytes, *b"sdta", *b"smpl").map(|chunk| chunk.len() / 2) else { return };
    let Some(headers) = riff::find(bytes, *b"pdta", *b"shdr") else { return };
    let last = frames.saturating_sub(1) as u32;
    for header in bytes[headers].chunks_exact_mut(HEADER) {
        let [start, mut end, loop_start, loop_end] = [START, END, LOOP_START, LOOP_END].map(|at| read(header, at));
        if end == last + 1 {
            end = last;
            write(header, END, end);
        }
        if loop_start > last || loop_end > last {
            let first = if (start..end).contains(&loop_start) { loop_start } else { end };
            write(header, LOOP_START, first);
            write(header, LOOP_END, end);
        }
    }
}

fn read(header: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(header[at..at + 4].try_into().expect("four bytes"))
}

fn write(header: &mut [u8], at: usize, frame: u32) {
    header[at..at + 4].copy_from_slice(&frame.to_le_bytes());
}
