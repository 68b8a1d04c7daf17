"""Read one four-part chorale from music21's MusicXML: Soprano, Alto, Tenor and Bass, whatever plays beside them."""

from collections import Counter
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from music21 import converter, corpus, spanner, stream

import barring
from piece import KeySignature, Meter, Note, NotConverted, Piece, changes, to_ticks

VOICES = ("Soprano", "Alto", "Tenor", "Bass")
QUARTERS_PER_MINUTE = Fraction(80)  # for every chorale: the sources state none but their notation program's default

# The last bass note, in semitones above the tonic of the signature read as major, decides the mode. The mode that the
# files state does not serve: it differs between the voices of one chorale in half of them.
MAJOR_FINALS = {0, 5, 7}  # ionian, lydian, mixolydian (or an open ending on the dominant)
DORIAN_FINAL = 2  # also how Bach writes minor, with one flat fewer than today
MINOR_FINALS = {DORIAN_FINAL, 4, 9}  # dorian, phrygian (or an open ending on the dominant of minor), aeolian
TONICS = "C C# D Eb E F F# G Ab A Bb B".split()


def read(path: Path) -> Piece:
    score = converter.parse(path, forceSource=True)
    parts = _vocal_parts(score)
    left_out = Counter({"instrumental parts": len(score.parts) - len(parts)})
    columns = list(zip(*(part.getElementsByClass(stream.Measure) for part in parts), strict=True))
    columns = _last_endings(parts[0], columns, left_out)
    measures = _measures(columns)
    layout = barring.lay_out(measures)
    voices = {
        name: _notes([column[index] for column in columns], layout.starts, left_out)
        for index, name in enumerate(VOICES)
    }
    key_name, signature = _key(parts, columns, final=voices["Bass"][-1].pitch)
    return Piece(
        name=path.stem,
        title=_title(path.stem),
        source=f"bach/{path.name}",
        key=key_name,
        quarters_per_minute=QUARTERS_PER_MINUTE,
        keys=[(0, signature)],
        meters=[(to_ticks(t), m) for t, m in changes((t, m.meter) for t, m in zip(layout.opens, measures))],
        voices=voices,
        length=to_ticks(layout.length),
        left_out=left_out,
    )


def _measures(columns) -> list[barring.Measure]:
    """One measure for each column of four: as long as its longest voice."""
    meter, measures = None, []
    for index, column in enumerate(columns):
        stated = next((m.timeSignature for m in column if m.timeSignature), None)
        if stated:
            meter = Meter(stated.numerator, stated.denominator)
        if meter is None:
            raise NotConverted("it states no metre")
        length = max(Fraction(m.highestTime) for m in column)
        starts = index == 0 or measures[-1].ends_strain or any(m.leftBarline for m in column)
        if starts and measures:
            measures[-1].ends_strain = True
        ends = any(m.rightBarline for m in column)
        measures.append(barring.Measure(column[0].number, length, meter, starts, ends))
    return measures


def _key(parts, columns, final) -> tuple[str, KeySignature]:
    """The signature that most voices open with, and the mode by the last bass note; by music21's analysis in doubt."""
    opening, *later = [[m.keySignature.sharps for m in column if m.keySignature is not None] for column in columns]
    sharps = Counter(opening).most_common(1)[0][0]
    if any(set(stated) - {sharps} for stated in later):
        raise NotConverted("its key signature changes")
    above = (final - 7 * sharps) % 12
    if above in MAJOR_FINALS | MINOR_FINALS:
        minor = above in MINOR_FINALS
    else:
        minor = stream.Score(parts).analyze("key").mode == "minor"
    mode, degree = ("dorian", DORIAN_FINAL) if above == DORIAN_FINAL else ("minor", 9) if minor else ("major", 0)
    return f"{TONICS[(7 * sharps + degree) % 12]} {mode}", KeySignature(sharps, minor)


def _title(stem: str) -> str:
    """`BWV 269 Aus meines Herzens Grunde`; music21 knows the titles of BWV 250 to 438 only."""
    number = stem.removeprefix("bwv")
    known = corpus.chorales.ChoraleList().byBWV.get(int(number)) if number.isdigit() else None
    return f"BWV {number} {known['title']}" if known else f"BWV {number}"


def _vocal_parts(score):
    named = {}
    for part in score.parts:
        # Where instruments double the voices the name goes on: "Soprano\rOboe 1,2\rViolin1".
        words = (part.partName or "").split()
        if words and words[0] in VOICES:
            named.setdefault(words[0], []).append(part)
    names = ", ".join((part.partName or "unnamed").replace("\r", " ") for part in score.parts)
    if sorted(named) != sorted(VOICES) or any(len(parts) > 1 for parts in named.values()):
        raise NotConverted(f"not four voices named soprano, alto, tenor and bass: {names}")
    return [named[name][0] for name in VOICES]


def _last_endings(part, columns, left_out):
    """Drop each ending that a later-numbered ending follows."""
    brackets = list(part.recurse().getElementsByClass(spanner.RepeatBracket))
    dropped = set()
    for bracket, following in pairwise(brackets):
        if int(following.number) > int(bracket.number):
            dropped |= {measure.number for measure in bracket.getSpannedElements()}
            left_out["earlier endings"] += 1
    return [column for column in columns if column[0].number not in dropped]


def _notes(measures, starts, left_out):
    notes, tied = [], False
    for measure, start in zip(measures, starts):
        for element in measure.flatten().notesAndRests:
            if element.duration.isGrace:
                left_out["grace notes"] += 1
                continue
            at = start + Fraction(element.offset)
            span = to_ticks(at), to_ticks(at + Fraction(element.duration.quarterLength))
            if element.isRest:
                tied = False
                continue
            if element.isChord:
                left_out["lower chord notes"] += len(element.pitches) - 1
            pitch = max(p.midi for p in element.pitches)
            if element.expressions:
                left_out["ornaments"] += sum("Ornament" in e.classes for e in element.expressions)
            if tied and notes[-1].pitch == pitch and notes[-1].end == span[0]:
                notes[-1] = Note(notes[-1].start, span[1], pitch)
            else:
                notes.append(Note(*span, pitch))
            tied = element.tie is not None and element.tie.type in ("start", "continue")
    return notes
