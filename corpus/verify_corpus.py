"""Read the archives back with independent tools and hold them against the sources.

    python verify_corpus.py            the MIDI files alone, read by mido: structure, bars, overlaps, ranges, keys
    python verify_corpus.py --sources  also every note against music21's own reading of the source

Exits with 1 if a file breaks a rule of the format or if a chorale's notes differ from music21's reading. Tunes that
music21 reads differently are listed, not failed: its ABC reader and ours part where the encoder's notation is loose.
"""

import argparse
import io
import sys
import zipfile
from collections import Counter
from itertools import pairwise
from pathlib import Path

import mido

HERE = Path(__file__).parent
RANGES = {"Soprano": (57, 84), "Alto": (48, 79), "Tenor": (40, 74), "Bass": (33, 67), "Melody": (55, 96)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sources", action="store_true", help="also compare with music21's reading (takes minutes)")
    compare = parser.parse_args().sources
    problems = []
    for archive in ("bach-chorales", "ryans-mammoth"):
        pieces = _load(HERE / f"{archive}.zip")
        keys, ranges, counts = Counter(), {}, Counter()
        for name, midi in pieces.items():
            problems += [f"{archive}/{name}: {problem}" for problem in _check(midi, keys, ranges, counts)]
        print(f"{archive}: {len(pieces)} files, {counts['notes']} notes, {counts['bars']} bars")
        print(
            "  lowest and highest pitch:", ", ".join(f"{voice} {low}-{high}" for voice, (low, high) in ranges.items())
        )
        print("  keys:", ", ".join(f"{key} {count}" for key, count in keys.most_common()))
        if compare:
            problems += _compare(archive, pieces)
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


def _load(path):
    with zipfile.ZipFile(path) as archive:
        return {
            entry.removesuffix(".mid"): mido.MidiFile(file=io.BytesIO(archive.read(entry)))
            for entry in archive.namelist()
        }


def voices(midi):
    """Track name -> [(start, end, pitch)], in ticks."""
    found = {}
    for track in midi.tracks[1:]:
        now, sounding, notes = 0, {}, []
        for message in track:
            now += message.time
            if message.type == "note_on" and message.velocity:
                sounding[message.note] = now
            elif message.type == "note_on":
                notes.append((sounding.pop(message.note), now, message.note))
        found[track.name] = notes
    return found


def _check(midi, keys, ranges, counts):
    lengths = {sum(message.time for message in track) for track in midi.tracks}
    if midi.type != 1 or midi.ticks_per_beat != 480 or len(lengths) != 1:
        yield "not format 1 at 480 ticks with tracks of one length"
        return
    (length,) = lengths
    yield from _check_bars(midi.tracks[0], length, counts)
    kinds = Counter(message.type for message in midi.tracks[0])
    if kinds["set_tempo"] != 1 or not kinds["key_signature"] or not kinds["track_name"]:
        yield "the conductor track lacks tempo, key or name"
    keys[next(message.key for message in midi.tracks[0] if message.type == "key_signature")] += 1
    for name, notes in voices(midi).items():
        counts["notes"] += len(notes)
        if any(after[0] < before[1] for before, after in pairwise(notes)):
            yield f"notes of the {name} overlap"
        if any(end <= start for start, end, _ in notes):
            yield f"the {name} has a note without length"
        low, high = min(note[2] for note in notes), max(note[2] for note in notes)
        if low < RANGES[name][0] or high > RANGES[name][1]:
            yield f"{name} spans {low}-{high}"
        old_low, old_high = ranges.get(name, (low, high))
        ranges[name] = min(low, old_low), max(high, old_high)


def _check_bars(conductor, length, counts):
    now, start, bar = 0, 0, None
    for message in conductor:
        now += message.time
        if message.type in ("time_signature", "end_of_track"):
            if bar is None and now:
                yield "no time signature at the start"
                return
            if bar is not None:
                if (now - start) % bar:
                    yield f"bars do not fill the time to tick {now}"
                counts["bars"] += (now - start) // bar
            if message.type == "time_signature":
                start, bar = now, 4 * 480 * message.numerator // message.denominator
    if now != length:
        yield "the conductor ends early"


def _compare(archive, pieces):
    """Pitches and lengths of every voice, rests left out, against music21's own parser."""
    from music21 import converter

    import build_corpus

    rows = [row.split("\t") for row in (HERE / "index.tsv").read_text(encoding="utf-8").splitlines()[1:]]
    differing = []
    for row in rows:
        if row[0] != archive or "earlier endings" in row[7]:
            continue
        score = converter.parse(build_corpus.SOURCES / row[8], forceSource=True)
        for name, notes in voices(pieces[row[1]]).items():
            part = (
                score if name == "Melody" else next(p for p in score.parts if (p.partName or "").split()[:1] == [name])
            )
            expected = [
                (max(p.midi for p in note.pitches), round(note.quarterLength * 480))
                for note in part.stripTies().flatten().notes
                if not note.duration.isGrace
            ]
            if expected != [(pitch, end - start) for start, end, pitch in notes]:
                differing.append(f"{row[1]} {name}")
    print(f"  voices that music21 reads differently: {len(differing)}", *differing, sep="\n    ")
    return [f"{archive}/{voice}: differs from music21's reading" for voice in differing if archive == "bach-chorales"]


if __name__ == "__main__":
    sys.exit(main())
