"""Read one tune in ABC notation, as far as Ryan's Mammoth Collection uses it.

Our own reader, not music21's, because the corpus needs what that one loses: where each written measure ends, which
measures belong to a first ending, and what was left out. verify_corpus.py compares the two.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction

import barring
from piece import KeySignature, Meter, Note, NotConverted, Piece, changes, to_ticks

# Quarters a minute where the source states no tempo: half-note, quarter-note and dotted-quarter beats at dance speed.
DEFAULT_TEMPO = {
    Meter(2, 2): Fraction(208),
    Meter(4, 4): Fraction(160),
    Meter(2, 4): Fraction(104),
    Meter(6, 8): Fraction(168),
    Meter(9, 8): Fraction(168),
    Meter(12, 8): Fraction(168),
}

# Fifths from the major scale on the same tonic, and whether the third above the tonic is minor.
MODES = {
    "maj": ("major", 0, False),
    "ion": ("major", 0, False),
    "lyd": ("lydian", 1, False),
    "mix": ("mixolydian", -1, False),
    "dor": ("dorian", -2, True),
    "min": ("minor", -3, True),
    "aeo": ("minor", -3, True),
    "phr": ("phrygian", -4, True),
    "loc": ("locrian", -5, True),
}
FIFTHS = {"F": -1, "C": 0, "G": 1, "D": 2, "A": 3, "E": 4, "B": 5}
SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
ACCIDENTALS = {"^": 1, "_": -1, "=": 0, "^^": 2, "__": -2}

LENGTH = r"(?P<{0}times>\d*)(?P<{0}slashes>/*)(?P<{0}over>\d*)"
TOKEN = re.compile(
    r"(?P<space>\s+|\\|`)"
    r"|(?P<text>\"[^\"]*\"|![^!\n]*!)"
    r"|(?P<grace>\{[^}]*\})"
    r"|\[(?P<field>[KLM]):(?P<value>[^\]]*)\]"
    r"|(?P<bar>:*\[?[:|]*\|[:|\]]*|:+\]?)(?:[\s\\]*\[?(?P<bar_ending>[1-9]))?"
    r"|\[(?P<ending>[1-9])"
    r"|\((?P<tuplet>[2-9])(?::(?P<tuplet_in>\d*))?(?::(?P<tuplet_count>\d*))?"
    r"|(?P<slur>[()])"
    r"|\[(?P<chord>[^\]|]*)\]"
    + LENGTH.format("chord_")
    + r"|(?P<accidental>\^{1,2}|_{1,2}|=)?(?P<letter>[A-Ga-g])(?P<octaves>[,']*)"
    + LENGTH.format("note_")
    + r"|(?P<rest>[zx])"
    + LENGTH.format("rest_")
    + r"|(?P<broken>>+|<+)"
    r"|(?P<tie>-)"
    r"|(?P<decoration>[.~H-Yh-wy])"
)
CHORD_NOTE = re.compile(
    r"[.~uv]*(?P<accidental>\^{1,2}|_{1,2}|=)?(?P<letter>[A-Ga-g])(?P<octaves>[,']*)"
    + LENGTH.format("note_")
    + r"(?P<tie>-?)\s*"
)
GRACE_NOTE = re.compile(r"[A-Ga-g]")
SMALL_WORDS = {"a", "an", "and", "at", "by", "for", "from", "in", "of", "on", "or", "o'", "the", "to", "with", "de"}
ORNAMENTS = "~TMP"  # roll, trill, mordent, pralltriller


@dataclass
class Key:
    name: str
    signature: KeySignature
    alterations: dict[str, int]


@dataclass
class Event:
    """A note, or a rest where the pitch is None."""

    pitch: int | None
    length: Fraction  # quarters
    written: Fraction = Fraction(0)  # as a multiple of the unit length, before broken rhythms
    tied: bool = False
    staccato: bool = False
    spelling: tuple[str, int, int] | None = None


@dataclass
class WrittenMeasure:
    number: int
    key: Key
    meter: Meter
    starts_strain: bool
    ending: int | None
    ends_strain: bool = False
    events: list[Event] = field(default_factory=list)

    @property
    def length(self) -> Fraction:
        return sum((event.length for event in self.events), Fraction(0))


def read(name: str, source: str, text: str) -> Piece:
    tune = _Reader(text)
    measures = _last_endings(tune.measures, tune.left_out)
    layout = barring.lay_out(
        [barring.Measure(m.number, m.length, m.meter, m.starts_strain, m.ends_strain) for m in measures]
    )
    first_key, first_meter = measures[0].key, measures[0].meter
    tempo = tune.quarters_per_minute or DEFAULT_TEMPO.get(first_meter)
    if tempo is None:
        raise NotConverted(f"no default tempo for {first_meter}")
    return Piece(
        name=name,
        title=tune.title,
        source=source,
        key=first_key.name,
        quarters_per_minute=tempo,
        keys=[(to_ticks(t), k) for t, k in changes((t, m.key.signature) for t, m in zip(layout.opens, measures))],
        meters=[(to_ticks(t), m) for t, m in changes((t, m.meter) for t, m in zip(layout.opens, measures))],
        voices={"Melody": _notes(measures, layout.starts)},
        length=to_ticks(layout.length),
        left_out=tune.left_out,
    )


def parse_key(value: str) -> Key:
    match = re.match(r"\s*([A-G])([#b]?)\s*([A-Za-z]*)\s*((?:[=^_][a-g])*)\s*$", value)
    if not match:
        raise NotConverted(f"key {value.strip()!r} is not understood")
    tonic, accidental, mode, explicit = match.groups()
    mode = mode.lower()[:3] or "maj"
    mode = "min" if mode == "m" else mode
    if mode not in MODES:
        raise NotConverted(f"mode {mode!r} is not understood")
    mode_name, shift, minor = MODES[mode]
    sharps = FIFTHS[tonic] + {"#": 7, "b": -7, "": 0}[accidental] + shift
    letters = "FCGDAEB" if sharps > 0 else "BEADGCF"
    alterations = {letter: 1 if sharps > 0 else -1 for letter in letters[: abs(sharps)]}
    for sign, letter in re.findall(r"([=^_])([a-g])", explicit):
        if alterations.get(letter.upper(), 0) != ACCIDENTALS[sign]:
            raise NotConverted(f"key {value.strip()!r} alters a note outside its mode")
    return Key(f"{tonic}{accidental} {mode_name}", KeySignature(sharps, minor), alterations)


def parse_meter(value: str) -> Meter:
    value = value.strip()
    if value in ("C", "C|"):
        return Meter(4, 4) if value == "C" else Meter(2, 2)
    match = re.fullmatch(r"(\d+)/(\d+)", value)
    if not match:
        raise NotConverted(f"metre {value!r} is not understood")
    return Meter(int(match[1]), int(match[2]))


def clean_title(title: str) -> str:
    """FISHER'S -- HORNPIPE -> Fisher's Hornpipe. The encoders' mail filter also made "at:" of "at"."""
    title = title.strip().replace("at:", "at").replace('"', "")
    words = re.sub(r"\s+-{1,2}\s+", " ", title).rstrip(". ").split()
    if sum(letter.isupper() for letter in title) > sum(letter.islower() for letter in title):
        words = [re.sub(r"[A-Za-z']+", lambda word: word[0].capitalize(), word) for word in words]
        words = [word.lower() if index and word.lower() in SMALL_WORDS else word for index, word in enumerate(words)]
    shouted = [len(word) > 2 and word.isalpha() and word.isupper() for word in words]
    return " ".join(word.capitalize() if shout else word for word, shout in zip(words, shouted))


class _Reader:
    """Walks the text once; afterwards `measures` holds every measure as written, repeats and all endings included."""

    def __init__(self, text: str):
        self.left_out = Counter()
        self.measures: list[WrittenMeasure] = []
        self.title = None
        self.quarters_per_minute = None
        self.key = self.meter = self.unit = None
        # As in the print that was encoded, an accidental holds in its own octave, to the bar line.
        self.measure_accidentals: dict[tuple[str, int], int] = {}
        self.tuplet_left, self.tuplet_factor = 0, Fraction(1)
        self.broken_factor = Fraction(1)
        self.tied_spelling = None
        self.staccato = False
        in_body = False
        music = []
        # Some tunes came by quoted-printable mail.
        text = re.sub(r"=20$|=\n", "", text, flags=re.MULTILINE).replace("=3D", "=")
        for line in text.splitlines():
            line = re.sub(r"%.*", "", line)
            match = re.match(r"([A-Za-z]):(?![|:])(.*)", line)
            if match and (not in_body or match[1] in "KLMNPQTWBRZ"):
                if in_body:
                    self._music("\n".join(music))
                    music = []
                self._field(match[1], match[2])
                in_body = in_body or match[1] == "K"
            elif in_body:
                music.append(line)
        if not in_body:
            raise NotConverted("it states no key")
        self._music("\n".join(music))
        self._close_measure(ends_strain=True)

    def _field(self, letter, value):
        if letter == "T" and self.title is None:
            self.title = clean_title(value)
        elif letter == "M":
            self.meter = parse_meter(value)
        elif letter == "L":
            over, under = value.strip().split("/")
            self.unit = Fraction(4 * int(over), int(under))
        elif letter == "Q":
            match = re.fullmatch(r"\s*(\d+)/(\d+)\s*=\s*(\d+)\s*", value)
            if not match:
                raise NotConverted(f"tempo {value.strip()!r} is not understood")
            self.quarters_per_minute = Fraction(4 * int(match[1]), int(match[2])) * int(match[3])
        elif letter == "K":
            self.key = parse_key(value)
            if self.meter is None:
                raise NotConverted("it states no metre")
            if self.unit is None:  # ABC's own default
                self.unit = Fraction(1, 4) if self.meter.bar < 3 else Fraction(1, 2)
            if not self.measures:
                self._open_measure(starts_strain=True)
            self.measure_accidentals = {}
        if letter in "KM" and self.measures and not self.measures[-1].events:
            self.measures[-1].key, self.measures[-1].meter = self.key, self.meter

    def _open_measure(self, starts_strain, ending=None):
        self.measures.append(WrittenMeasure(len(self.measures) + 1, self.key, self.meter, starts_strain, ending))
        self.measure_accidentals = {}

    def _close_measure(self, ends_strain):
        """Drop the current measure if it is empty: bar lines come in groups."""
        current = self.measures[-1]
        if current.events:
            current.ends_strain = current.ends_strain or ends_strain
            return
        self.measures.pop()
        if ends_strain and self.measures:
            self.measures[-1].ends_strain = True

    def _music(self, text):
        at = 0
        while at < len(text):
            match = TOKEN.match(text, at)
            if not match:
                excerpt = " ".join(text[max(0, at - 8) : at + 12].split())
                raise NotConverted(f"{text[at]!r} in {excerpt!r} is not understood")
            at = match.end()
            self._token(match)

    def _token(self, match):
        if match["bar"]:
            self._bar(match["bar"], match["bar_ending"])
        elif match["ending"]:
            self._bar("", match["ending"])
        elif match["field"]:
            self._field(match["field"], match["value"])
        elif match["grace"]:
            self.left_out["grace notes"] += len(GRACE_NOTE.findall(match["grace"]))
        elif match["text"]:
            if re.search(r"\btr\b", match["text"]):
                self.left_out["ornaments"] += 1
        elif match["tuplet"]:
            self._tuplet(match)
        elif match["chord"] is not None:
            self._chord(match)
        elif match["letter"]:
            self._add(self._note(match), _length(match, "note_"))
        elif match["rest"]:
            self._add(Event(None, Fraction(0)), _length(match, "rest_"))
        elif match["broken"]:
            self._broken(match["broken"])
        elif match["tie"]:
            self._tie()
        elif match["decoration"] == ".":
            self.staccato = True
        elif match["decoration"] and match["decoration"] in ORNAMENTS:
            self.left_out["ornaments"] += 1

    def _bar(self, bar, ending):
        strain = ":" in bar or "||" in bar or "]" in bar or "[|" in bar
        previous_ending = self.measures[-1].ending
        starts_strain = strain or (self.measures[-1].starts_strain and not self.measures[-1].events)
        self._close_measure(ends_strain=strain)
        if ending:
            running = int(ending)
        else:
            running = None if strain else previous_ending
        self._open_measure(starts_strain, running)

    def _tuplet(self, match):
        notes = int(match["tuplet"])
        compound = self.meter.denominator == 8 and self.meter.numerator % 3 == 0
        in_time_of = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}.get(notes, 3 if compound else 2)
        if match["tuplet_in"]:
            in_time_of = int(match["tuplet_in"])
        self.tuplet_left = int(match["tuplet_count"] or notes)
        self.tuplet_factor = Fraction(in_time_of, notes)

    def _chord(self, match):
        inner = match["chord"]
        at, notes = 0, []
        while at < len(inner):
            note = CHORD_NOTE.match(inner, at)
            if not note:
                raise NotConverted(f"chord [{inner}] is not understood")
            event = self._note(note)
            event.tied = bool(note["tie"])
            notes.append((event, _length(note, "note_")))
            at = note.end()
        if not notes:
            raise NotConverted("it holds an empty chord")
        top = max((event for event, _ in notes), key=lambda event: event.pitch)
        if len(notes) > 1:
            self.left_out["lower chord notes"] += len(notes) - 1
        self._add(top, notes[0][1] * _length(match, "chord_"))

    def _note(self, match) -> Event:
        letter = match["letter"].upper()
        octave = (5 if match["letter"].islower() else 4) + match["octaves"].count("'") - match["octaves"].count(",")
        if match["accidental"]:
            alteration = self.measure_accidentals[letter, octave] = ACCIDENTALS[match["accidental"]]
        elif self.tied_spelling and self.tied_spelling[:2] == (letter, octave):
            alteration = self.tied_spelling[2]
        else:
            alteration = self.measure_accidentals.get((letter, octave), self.key.alterations.get(letter, 0))
        pitch = 12 * (octave + 1) + SEMITONES[letter] + alteration
        return Event(pitch, Fraction(0), spelling=(letter, octave, alteration))

    def _add(self, event, multiple):
        before = self.measures[-1].events[-1] if self.measures[-1].events else None
        if self.broken_factor != 1 and before.written != multiple:
            raise NotConverted(f"measure {self.measures[-1].number} has a broken rhythm of two unequal notes")
        event.written = multiple
        event.length = multiple * self.unit * self.broken_factor
        event.staccato, self.staccato = self.staccato, False
        self.broken_factor = Fraction(1)
        self.tied_spelling = event.spelling if event.tied else None
        if self.tuplet_left:
            event.length *= self.tuplet_factor
            self.tuplet_left -= 1
        self.measures[-1].events.append(event)

    def _broken(self, signs):
        """`>` dots the note before and halves the note after; `<` the other way round."""
        events = self.measures[-1].events
        if not events:
            raise NotConverted("a broken rhythm has no note before it")
        short = Fraction(1, 2 ** len(signs))
        before, after = (2 - short, short) if signs[0] == ">" else (short, 2 - short)
        events[-1].length *= before
        self.broken_factor = after

    def _tie(self):
        for measure in reversed(self.measures):
            if measure.events:
                measure.events[-1].tied = True
                self.tied_spelling = measure.events[-1].spelling
                return


def _length(match, prefix) -> Fraction:
    times, slashes, over = match[prefix + "times"], match[prefix + "slashes"], match[prefix + "over"]
    under = int(over) if over else 2 ** len(slashes)
    return Fraction(int(times) if times else 1, under)


def _last_endings(measures, left_out):
    """Drop each ending that a later-numbered ending of the same strain follows."""
    kept = []
    for index, measure in enumerate(measures):
        if measure.ending:
            following = next((m for m in measures[index:] if m.ending != measure.ending), None)
            if following and following.ending and following.ending > measure.ending:
                if index == 0 or measures[index - 1].ending != measure.ending:
                    left_out["earlier endings"] += 1
                continue
        kept.append(measure)
    return kept


def _notes(measures, starts):
    """Merge ties. What joins two pitches, or reaches a note with a dot of its own, is a slur and merges nothing."""
    notes, tied = [], False
    for measure, start in zip(measures, starts):
        at = start
        for event in measure.events:
            end = at + event.length
            if event.pitch is None:
                tied = False
            elif tied and notes[-1].pitch == event.pitch and notes[-1].end == to_ticks(at) and not event.staccato:
                notes[-1] = Note(notes[-1].start, to_ticks(end), event.pitch)
                tied = event.tied
            else:
                notes.append(Note(to_ticks(at), to_ticks(end), event.pitch))
                tied = event.tied
            at = end
    return notes
