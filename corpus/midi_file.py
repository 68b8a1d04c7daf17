"""Standard MIDI File, format 1: a conductor track, then one track a voice; notes, key, metre and tempo alone."""

import struct

from piece import TICKS_PER_QUARTER, Piece

VELOCITY = 80
TEXT_NAME, END_OF_TRACK, TEMPO, TIME_SIGNATURE, KEY_SIGNATURE = 0x03, 0x2F, 0x51, 0x58, 0x59


def encode(piece: Piece) -> bytes:
    tracks = [_conductor(piece)]
    tracks += [_voice(name, channel, notes, piece.length) for channel, (name, notes) in enumerate(piece.voices.items())]
    header = b"MThd" + struct.pack(">IHHH", 6, 1, len(tracks), TICKS_PER_QUARTER)
    return header + b"".join(b"MTrk" + struct.pack(">I", len(track)) + track for track in tracks)


def _conductor(piece: Piece) -> bytes:
    events = [(0, _meta(TEXT_NAME, piece.title.encode()))]
    events += [
        (tick, _meta(TIME_SIGNATURE, bytes((meter.numerator, meter.denominator.bit_length() - 1, 24, 8))))
        for tick, meter in piece.meters
    ]
    events += [(tick, _meta(KEY_SIGNATURE, struct.pack("bB", key.sharps, key.minor))) for tick, key in piece.keys]
    microseconds = round(60_000_000 / piece.quarters_per_minute)
    events.append((0, _meta(TEMPO, microseconds.to_bytes(3, "big"))))
    return _track(sorted(events, key=lambda event: event[0]), piece.length)


def _voice(name, channel, notes, length) -> bytes:
    """Note-offs are note-ons of velocity zero, so that one running status serves the whole track."""
    status = bytes((0x90 | channel,))
    timed = []
    for note in notes:
        timed.append((note.start, bytes((note.pitch, VELOCITY))))
        timed.append((note.end, bytes((note.pitch, 0))))
    events = [(0, _meta(TEXT_NAME, name.encode()))]
    events += [(tick, data if index else status + data) for index, (tick, data) in enumerate(timed)]
    return _track(events, length)


def _track(events, length) -> bytes:
    out, now = bytearray(), 0
    for tick, data in [*events, (length, _meta(END_OF_TRACK, b""))]:
        out += _variable_length(tick - now) + data
        now = tick
    return bytes(out)


def _meta(kind: int, data: bytes) -> bytes:
    return bytes((0xFF, kind)) + _variable_length(len(data)) + data


def _variable_length(value: int) -> bytes:
    out = [value & 0x7F]
    while value := value >> 7:
        out.append(value & 0x7F | 0x80)
    return bytes(reversed(out))
