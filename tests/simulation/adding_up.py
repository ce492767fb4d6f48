"""Parts from files as one run: refuses what would count a history twice or leave a file out, and
says which seeds were judged, and by which commit.
"""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

from tests.simulation.campaign import Part


class CannotAddUp(Exception):
    """A file is missing or cannot be read, or a seed comes twice. The text is for a person."""


def kept_parts(file: Path) -> list[Part]:
    """Of a run that goes on, by seed; [] where the file does not exist yet. Raises ValueError,
    TypeError for what is not a part."""
    lines = file.read_text().splitlines() if file.exists() else ()
    return sorted((Part(**json.loads(line)) for line in lines), key=lambda one: one.first)


def parts_of(files: list[Path]) -> list[Part]:
    """Of all files, by seed. Raises CannotAddUp."""
    parts = sorted((part for file in files for part in _read(file)), key=lambda one: one.first)
    for before, after in pairwise(parts):
        if after.first < before.first + before.count:
            last = min(before.first + before.count, after.first + after.count) - 1
            raise CannotAddUp(f"seeds {after.first}-{last} come twice")
    return parts


def _read(file: Path) -> list[Part]:
    if not file.is_file():
        raise CannotAddUp(f"there is no file {file}")
    try:
        return kept_parts(file)
    except (ValueError, TypeError) as failure:
        raise CannotAddUp(f"{file} cannot be read: {failure}") from failure


def gaps(first: int, count: int, parts: list[Part]) -> list[tuple[int, int]]:
    """(first, count) of the seeds that are asked for and that no part holds; parts by seed."""
    found, until = [], first + count
    for part in parts:
        if first < min(part.first, until):
            found.append((first, min(part.first, until) - first))
        first = max(first, part.first + part.count)
    return [*found, *([(first, until - first)] if first < until else [])]


def seed_ranges(parts: list[Part]) -> str:
    """Of parts in the order of their seeds: "0-9999, 20000-20499"."""
    ranges: list[list[int]] = []
    for part in parts:
        if ranges and ranges[-1][1] + 1 == part.first:
            ranges[-1][1] += part.count
        elif part.count:
            ranges.append([part.first, part.first + part.count - 1])
    return ", ".join(f"{first}-{last}" for first, last in ranges)


def judged_by_commit(parts: list[Part]) -> dict[str, int]:
    """Histories that got a verdict, planted ones included."""
    judged: dict[str, int] = {}
    for part in parts:
        planted_only = part.planted if part.judged + part.planted == part.count else 0
        judged[part.commit] = judged.get(part.commit, 0) + part.judged + planted_only
    return judged
