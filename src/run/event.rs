//! A TensorBoard event and the record that holds it in a file.
//!
//! An event file is a sequence of `TFRecord`s, each of which holds one protobuf `Event`. The
//! messages here and in [`summary`](super::summary) are the few fields of tensorflow's `event.proto`
//! and `summary.proto` that a run needs; the crates that wrap all of it were last released in 2022
//! or bring dozens of dependencies.

use prost::Message;

use super::summary::Summary;

/// One line of an event file: something that happened at a time and a step.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Event {
    #[prost(double, tag = "1")]
    pub(super) wall_time: f64,
    #[prost(int64, tag = "2")]
    pub(super) step: i64,
    #[prost(oneof = "What", tags = "3, 5, 7")]
    pub(super) what: Option<What>,
}

/// What happened.
#[derive(Clone, PartialEq, prost::Oneof)]
pub(super) enum What {
    #[prost(string, tag = "3")]
    FileVersion(String),
    #[prost(message, tag = "5")]
    Summary(Summary),
    #[prost(message, tag = "7")]
    SessionLog(SessionLog),
}

/// A run began or went on.
#[derive(Clone, PartialEq, Message)]
pub(super) struct SessionLog {
    #[prost(int32, tag = "1")]
    pub(super) status: i32,
}

impl SessionLog {
    pub(super) const START: i32 = 1;
}

impl Event {
    /// The event as a `TFRecord`: the length, its checksum, the data, its checksum; all
    /// little-endian.
    pub(super) fn to_record(&self) -> Vec<u8> {
        let data = self.encode_to_vec();
        let length = (data.len() as u64).to_le_bytes();
        [&length[..], &masked_crc(&length), &data, &masked_crc(&data)].concat()
    }
}

/// The format masks its CRC-32C, because the CRC of data that holds its own CRC is a poor checksum.
fn masked_crc(data: &[u8]) -> [u8; 4] {
    crc32c::crc32c(data).rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Parses a file of records, and checks every checksum.
    pub(in crate::run) fn parse(bytes: &[u8]) -> Vec<Event> {
        let mut rest = bytes;
        let mut events = Vec::new();
        while !rest.is_empty() {
            let length = u64::from_le_bytes(rest[..8].try_into().unwrap()) as usize;
            assert_eq!(rest[8..12], masked_crc(&rest[..8]), "checksum of the length");
            let data = &rest[12..12 + length];
            assert_eq!(rest[12 + length..16 + length], masked_crc(data), "checksum of the data");
            events.push(Event::decode(data).unwrap());
            rest = &rest[16 + length..];
        }
        events
    }

    /// The check value that RFC 3720, B.4, gives for 32 bytes of zero.
    #[test]
    fn the_checksum_is_that_of_the_standard() {
        assert_eq!(crc32c::crc32c(&[0; 32]), 0x8a91_36aa);
    }
}
