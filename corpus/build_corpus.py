"""Build the embedded corpus from the sources that the music21 package carries; the same bytes on every run.

    pip install -r requirements.txt
    python build_corpus.py           writes the archives and the two tables beside this file
    python build_corpus.py --check   rebuilds in memory and fails unless what is committed is equal

Writes bach-chorales.zip, ryans-mammoth.zip, index.tsv (one row a piece) and not-converted.tsv (one row a source left
out, with the reason). README.md says where the music comes from and what was left out of it.
"""

import argparse
import io
import re
import sys
import zipfile
from collections import Counter
from pathlib import Path

import music21

import abc_tune
import chorale
import midi_file
from piece import TICKS_PER_QUARTER, NotConverted, Piece

HERE = Path(__file__).parent
SOURCES = Path(music21.__file__).parent / "corpus"
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail unless a rebuild is equal")
    check = parser.parse_args().check

    outputs, index, not_converted = {}, [], []
    for archive, results in (("bach-chorales", _chorales()), ("ryans-mammoth", _tunes())):
        pieces = _sift(results, archive, not_converted)
        outputs[f"{archive}.zip"] = _zip(pieces)
        index += [_index_row(archive, piece) for piece in pieces]
        _report(archive, pieces)
    not_converted.sort()
    header = ("archive", "name", "title", "key", "metre", "bars", "notes", "left out", "source")
    outputs["index.tsv"] = _table(header, index)
    outputs["not-converted.tsv"] = _table(("archive", "name", "reason"), not_converted)

    if not check:
        for name, data in outputs.items():
            (HERE / name).write_bytes(data)
        return 0
    different = [name for name, data in outputs.items() if not _holds(HERE / name, data)]
    for name in different:
        print(f"{name} differs from a rebuild", file=sys.stderr)
    return 1 if different else 0


def _chorales():
    """Yield (name, piece or the reason why there is none) for every source."""
    # Plain numbers before variants such as bwv190.7-inst, so that of two equal pieces the plain name stays.
    for path in sorted((SOURCES / "bach").glob("bwv*"), key=lambda path: ("-" in path.stem, path.name)):
        if path.suffix == ".krn":
            yield path.name, f"the encoding reserves the rights to derived formats; {path.stem}.mxl is the same chorale"
            continue
        yield _attempt(path.stem, chorale.read, path)


def _tunes():
    for path in sorted((SOURCES / "ryansMammoth").glob("*.abc")):
        name = _kebab(path.stem)
        yield _attempt(name, abc_tune.read, name, f"ryansMammoth/{path.name}", path.read_text(encoding="utf-8"))


def _attempt(name, read, *arguments):
    try:
        return name, read(*arguments)
    except NotConverted as reason:
        return name, str(reason)


def _sift(results, archive, not_converted) -> list[Piece]:
    """Part the pieces from the reasons, and drop a piece whose music (all but the title) came before."""
    pieces, seen = [], {}
    for name, result in results:
        if isinstance(result, str):
            not_converted.append((archive, name, result))
            continue
        music = repr((result.keys, result.meters, result.quarters_per_minute, result.voices, result.length))
        if music in seen:
            not_converted.append((archive, name, f"duplicate: the same music as {seen[music]}"))
            continue
        seen[music] = name
        pieces.append(result)
    return sorted(pieces, key=lambda piece: piece.name)


def _kebab(camel: str) -> str:
    """OldZipCoonReel_A -> old-zip-coon-reel-a, MissMcCloudsReel -> miss-mcclouds-reel."""
    words = re.findall(r"\d+[a-z]*|Mc[A-Z][a-z]*|[A-Z][a-z]*", camel)
    return "-".join(words).lower()


def _zip(pieces) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        names = [f"{piece.name}.mid" for piece in pieces]
        assert len(set(names)) == len(names), "two sources share a name"
        for name, piece in zip(names, pieces):
            entry = zipfile.ZipInfo(name, ZIP_EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # else the bytes depend on the machine that builds
            archive.writestr(entry, midi_file.encode(piece), compresslevel=9)
    return buffer.getvalue()


def _index_row(archive, piece):
    meters = " ".join(dict.fromkeys(f"{meter.numerator}/{meter.denominator}" for _, meter in piece.meters))
    notes = sum(len(voice) for voice in piece.voices.values())
    left_out = ", ".join(f"{count} {what}" for what, count in sorted(piece.left_out.items()) if count)
    return archive, piece.name, piece.title, piece.key, meters, _bars(piece), notes, left_out, piece.source


def _bars(piece) -> int:
    ends = [tick for tick, _ in piece.meters[1:]] + [piece.length]
    return sum((end - start) // (meter.bar * TICKS_PER_QUARTER) for (start, meter), end in zip(piece.meters, ends))


def _table(header, rows) -> bytes:
    return "".join("\t".join(str(cell) for cell in row) + "\n" for row in (header, *rows)).encode()


def _report(archive, pieces):
    left_out = sum((piece.left_out for piece in pieces), Counter())
    print(f"{archive}: {len(pieces)} pieces; left out: {dict(sorted(left_out.items()))}")


def _holds(path: Path, data: bytes) -> bool:
    """Archives are compared by what they hold too, because deflate's output may differ between versions of zlib."""
    if not path.exists():
        return False
    if path.read_bytes() == data:
        return True
    if path.suffix != ".zip":
        return False
    return _members(path.read_bytes()) == _members(data)


def _members(data: bytes):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [(entry.filename, entry.date_time, archive.read(entry)) for entry in archive.infolist()]


if __name__ == "__main__":
    sys.exit(main())
