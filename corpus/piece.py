"""One piece of the corpus: what every reader yields and the MIDI writer takes. Times are ticks."""

from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise

TICKS_PER_QUARTER = 480


class NotConverted(Exception):
    """A source that cannot be converted; the message is the reason listed in not-converted.tsv."""


@dataclass(frozen=True)
class KeySignature:
    sharps: int  # flats are negative
    minor: bool


@dataclass(frozen=True)
class Meter:
    numerator: int
    denominator: int

    @property
    def bar(self) -> Fraction:
        """Quarters in a bar."""
        return Fraction(4 * self.numerator, self.denominator)


@dataclass(frozen=True)
class Note:
    start: int
    end: int
    pitch: int


@dataclass
class Piece:
    name: str
    title: str
    source: str
    key: str  # as a reader would say it, such as "A dorian"
    quarters_per_minute: Fraction
    keys: list[tuple[int, KeySignature]]
    meters: list[tuple[int, Meter]]
    voices: dict[str, list[Note]]
    length: int  # a whole number of bars
    left_out: Counter = field(default_factory=Counter)

    def __post_init__(self):
        if not any(self.voices.values()):
            raise NotConverted("it holds no notes")
        for name, notes in self.voices.items():
            for before, after in pairwise(notes):
                if after.start < before.end:
                    raise NotConverted(f"two notes sound at once in the {name} at tick {after.start}")


def to_ticks(quarters: Fraction) -> int:
    """Nearest tick. Exact but for divisions by five and seven, whose notes still meet without gap or overlap."""
    return round(quarters * TICKS_PER_QUARTER)


def changes(timeline):
    """Keep of (time, value) pairs the first and those whose value differs from the one before."""
    kept = []
    for time, value in timeline:
        if not kept or kept[-1][1] != value:
            kept.append((time, value))
    return kept
