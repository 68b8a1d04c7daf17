"""Lay measures out so that every bar line falls at a multiple of the bar length.

Notation writes a pickup, and a bar split by a repeat sign, as measures shorter than the metre. In a sequence without
repeats they need a place:

- a pickup at the start of the piece, or of a strain after a full bar, sits at the end of an otherwise silent bar;
- short measures that fill one bar together, as on both sides of a repeat sign, become one bar;
- the short last measure of a strain and the pickup of the next that do not fill a bar share one, with silence between;
- a short measure at the end of a strain, with nothing to follow it, is followed by silence up to the bar line.

Any other measure that does not hold what its metre asks for is a fault of the source, and the piece is not converted.
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
    """In quarters. A measure's metre and key hold from where it opens: for a pickup, the line before the silence."""

    starts: list[Fraction]
    opens: list[Fraction]
    length: Fraction


def lay_out(measures: list[Measure]) -> Layout:
    layout = Layout([], [], Fraction(0))
    index = 0
    while index < len(measures):
        group, offsets = _next_bar(measures, index)
        for measure, offset in zip(group, offsets):
            layout.starts.append(layout.length + offset)
            layout.opens.append(layout.length if measure is group[0] else layout.length + offset)
        bar = group[0].meter.bar
        held = sum(measure.length for measure in group)
        layout.length += -(-held // bar) * bar
        index += len(group)
    return layout


def _next_bar(measures, index):
    """The measures that make the next bar (or the one that makes several), each with its offset from the bar line."""
    first, rest = measures[index], measures[index + 1 :]
    bar = first.meter.bar
    if first.length % bar == 0:
        return [first], [Fraction(0)]
    if first.length > bar:
        raise _unlike_meter(first)
    if index == 0:
        return [first], [bar - first.length]
    together = _filling(measures, index)
    if together:
        offsets = [sum((m.length for m in together[:count]), Fraction(0)) for count in range(len(together))]
        return together, offsets
    if first.ends_strain and rest and _shares_bar(first, rest[0]):
        return [first, rest[0]], [Fraction(0), bar - rest[0].length]
    if first.ends_strain or not rest:
        return [first], [Fraction(0)]
    if first.starts_strain:
        return [first], [bar - first.length]
    raise _unlike_meter(first)


def _filling(measures, index):
    """The shortest run from `index` that fills one bar exactly, or nothing."""
    bar, held = measures[index].meter.bar, Fraction(0)
    for end in range(index, len(measures)):
        held += measures[end].length
        if held >= bar or measures[end].meter.bar != bar:
            return measures[index : end + 1] if held == bar and measures[end].meter.bar == bar else None
    return None


def _shares_bar(last, pickup):
    fits = pickup.meter == last.meter and last.length + pickup.length <= last.meter.bar
    return fits and pickup.starts_strain and not pickup.ends_strain


def _unlike_meter(measure):
    return NotConverted(
        f"measure {measure.number} holds {measure.length} quarters where the metre asks for {measure.meter.bar}"
    )
