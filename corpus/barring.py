"""Lay measures out so that every bar line falls at a multiple of the bar length.

Notation writes a pickup, and a bar split by a repeat sign, as measures shorter than the metre. In a sequence without
repeats they need a place:

- a pickup at the start of the piece or of a strain sits at the end of an otherwise silent bar;
- the short measures on both sides of a repeat sign that fill one bar together become one bar;
- a short measure at the end of a strain, with nothing to fill it, is followed by silence up to the bar line.
"""

from dataclasses import dataclass
from fractions import Fraction

from piece import Meter, NotConverted


@dataclass
class Measure:
    number: int
    length: Fraction  # quarters it really holds
    meter: Meter
    starts_strain: bool = False
    ends_strain: bool = False


@dataclass
class Layout:
    """In quarters. A measure's metre and key hold from where it opens: with a pickup, the bar line before the silence."""

    starts: list[Fraction]
    opens: list[Fraction]
    length: Fraction


def lay_out(measures: list[Measure]) -> Layout:
    starts, opens, now, index = [], [], Fraction(0), 0
    while index < len(measures):
        bar = measures[index].meter.bar
        group = _bar_group(measures, index)
        held = sum(measure.length for measure in group)
        whole = -(-held // bar) * bar
        first, last = group[0], group[-1]
        silence = whole - held
        if index == 0 or silence == 0:
            lead = silence
        elif index + len(group) == len(measures) or last.ends_strain:
            lead = Fraction(0)
        elif first.starts_strain:
            lead = silence
        else:
            raise NotConverted(f"measure {first.number} holds {held} quarters where the metre asks for {bar}")
        if held > bar and silence:
            raise NotConverted(f"measure {first.number} holds {held} quarters where the metre asks for {bar}")
        at = now + lead
        for measure in group:
            starts.append(at)
            opens.append(now if measure is first else at)
            at += measure.length
        now += whole
        index += len(group)
    return Layout(starts, opens, now)


def _bar_group(measures, index):
    """The measure at `index`, or it and its followers where they fill exactly one bar together."""
    bar = measures[index].meter.bar
    held = Fraction(0)
    if index:
        for end in range(index, len(measures)):
            if measures[end].meter.bar != bar:
                break
            held += measures[end].length
            if held == bar:
                return measures[index : end + 1]
            if held > bar:
                break
    return measures[index : index + 1]
