"""How wide the columns of a table are: wide enough for their words, the rest for those with more to say. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from reportlab.pdfbase.pdfmetrics import stringWidth

from qa_observability.exports.fonts import BOLD, REGULAR

SIZES = (8.0, 7.5, 7.0, 6.5)
PADDING = 9.0
# A longer word is broken, so that one address does not push the other columns together.
_WORD_MAX = 80.0
_TEXT_MAX = 420.0
# What is left beside the words for the columns with sentences, or they become towers.
_ROOM = 0.25
# The first rows tell enough about the others.
SAMPLE = 200


@dataclass(frozen=True, slots=True)
class Layout:
    """Widths in points, and the size of the letters that fits them."""

    widths: list[float]
    size: float


def lay_out(head: Sequence[str], rows: Sequence[Sequence[str]], available: float) -> Layout:
    """Return the widths of the columns and the largest size at which words stay whole and sentences have room.

    Parameters
    ----------
    head : the headings.
    rows : the texts of each row; the first SAMPLE of them are measured.
    available : width in points, which the widths together do not exceed.
    """
    measured = [[_measure(text, BOLD) for text in head]]
    measured += [[_measure(text, REGULAR) for text in row] for row in rows[:SAMPLE]]
    words = [min(max(row[index][0] for row in measured), _WORD_MAX) for index in range(len(head))]
    texts = [min(max(row[index][1] for row in measured), _TEXT_MAX) for index in range(len(head))]
    for size in SIZES:
        least = [word * size / SIZES[0] + PADDING for word in words]
        most = [max(text * size / SIZES[0] + PADDING, low) for text, low in zip(texts, least, strict=True)]
        if sum(most) <= available or sum(least) <= available * (1 - _ROOM):
            break
    return Layout(share(least, most, available), size)


def share(least: Sequence[float], most: Sequence[float], available: float) -> list[float]:
    """Return a width between the least and the most of each column, as near to the most as there is room.

    >>> share([10, 10], [20, 60], 50), share([10, 10], [20, 20], 50), share([30, 30], [40, 40], 40)
    ([15.0, 35.0], [20, 20], [20.0, 20.0])
    """
    if sum(most) <= available:
        return list(most)
    room = available - sum(least)
    if room <= 0:
        return [width * available / sum(least) for width in least]
    wished = sum(most) - sum(least)
    return [low + room * (high - low) / wished for low, high in zip(least, most, strict=True)]


def _measure(text: str, font: str) -> tuple[float, float]:
    """Return the widths of the longest word and of the whole text at the largest size."""
    whole = float(stringWidth(text, font, SIZES[0]))
    words = text.split()
    if len(words) < 2:
        return whole, whole
    return max(float(stringWidth(word, font, SIZES[0])) for word in words), whole
