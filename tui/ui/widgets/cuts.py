"""Cuts names that are longer than their column, so that they still differ."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from rich.cells import cell_len

from tui.ui.text import cut_mark, fit, head_of, shorten, tail_of


class Cuts:
    """The names of one column, cut to its width so that no two look the same if possible.

    Args:
        width: Cells.
        head_only: Whether a name keeps only its beginning while no other looks like it.
    """

    def __init__(self, width: int, *, head_only: bool = False) -> None:
        self._width = width
        self._cut: Callable[[str, int], str] = fit if head_only else shorten
        self._shown: dict[str, str] = {}
        self._alike: defaultdict[str, list[str]] = defaultdict(list)

    def __getitem__(self, name: str) -> str:
        """A name as shown, padded to the width."""
        return fit(self._shown.get(name) or self._cut(name, self._width), self._width)

    def add(self, names: Iterable[str]) -> None:
        """Add names, which may change how others are cut.

        Args:
            names: Safe texts, each once.
        """
        changed = set()
        for name in names:
            cut = self._cut(name, self._width)
            alike = self._alike[cut]
            alike.append(name)
            if len(alike) > 1:
                changed.add(cut)
            else:
                self._shown[name] = cut
        for cut in changed:
            self._shown |= _cut_apart(self._alike[cut], self._width)
        if changed:
            # A new cut may look like another name, which was unique before.
            self._shown |= _cut_again(self._shown, self._width)


def _cut_apart(names: Sequence[str], width: int) -> dict[str, str]:
    """Names that look alike when cut in the middle, cut so that the differing part stays."""
    start = _common_prefix(names)
    end = _common_prefix([name[start:][::-1] for name in names])
    best: dict[str, str] = {}
    most = 0
    for cut in _possible_cuts(names, start, end, width):
        number = len(set(cut.values()))
        if number > most:
            best, most = cut, number
        if number == len(names):
            return best
    # Names that still look alike differ further on.
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for name, shown in best.items():
        groups[shown].append(name)
    if len(groups) > 1:
        for group in groups.values():
            if len(group) > 1:
                best |= _cut_apart(group, width)
    return best


def _common_prefix(names: Sequence[str]) -> int:
    """The length of the common prefix."""
    first, last = min(names), max(names)
    return next((at for at, (left, right) in enumerate(zip(first, last, strict=False)) if left != right), len(first))


def _cut_again(shown: Mapping[str, str], width: int) -> dict[str, str]:
    """Other cuts for names that still look alike, if there are any."""
    alike: defaultdict[str, list[str]] = defaultdict(list)
    for name, cut in shown.items():
        alike[cut].append(name)
    again: dict[str, str] = {}
    for names in alike.values():
        if len(names) > 1:
            again |= {
                name: cut
                for name, cut in _cut_apart(names, width).items()
                if cut not in alike and cut not in again.values()
            }
    return again


def _possible_cuts(names: Sequence[str], start: int, end: int, width: int) -> Iterator[dict[str, str]]:
    """All ways to cut names with a common prefix and suffix, the most readable first."""
    mark = cut_mark()
    prefix, suffix = cell_len(names[0][:start]), cell_len(names[0][len(names[0]) - end :])
    spans = [cell_len(name[start : len(name) - end]) for name in names]
    room = width - 1
    longest = max(spans)
    for head in (prefix + longest, prefix + min(longest, 4)):
        if 0 < head <= room:
            yield {name: head_of(name, head) + mark + tail_of(name, room - head) for name in names}
    for tail in (suffix + longest, suffix + min(longest, 4)):
        if 0 < tail <= room:
            yield {name: head_of(name, room - tail) + mark + tail_of(name, tail) for name in names}
    for around in (width // 5, 0):
        window = width - 2 * (around + 1)
        if window < 1:
            continue
        before = max(0, min(start, (window - min(longest, window)) // 2))
        first = start - before
        while first and any(len(name) > first and cell_len(name[first]) == 0 for name in names):
            first -= 1
        yield {
            name: head_of(name, around) + mark + head_of(name[first:], window) + mark + tail_of(name, around)
            for name in names
        }
        yield {
            name: head_of(name, around) + mark + tail_of(name[: len(name) - end], window) + mark + tail_of(name, around)
            for name in names
        }
