"""Hebrew and Arabic for a program that writes every line from the left. Pure."""

import regex

# From the first letter that reads from the right to the last one before a letter that reads from the left.
_PASSAGE = regex.compile(r"[\p{bc=R}\p{bc=AL}](?:[^\p{bc=L}]*[\p{bc=R}\p{bc=AL}])?\p{M}*")
# Numbers read from the left in the midst of it; marks stay on their letter.
_PARTS = regex.compile(r"\d+(?:[.,:/]\d+)*|\X")
_MIRRORED = str.maketrans("()[]{}<>«»", ")(][}{><»«")


def in_visual_order(text: str) -> str:
    """Return a text with every passage that reads from the right turned round.

    It fits passages of one line: one that is wrapped starts on its last line. Arabic letters are not joined.

    >>> in_visual_order("fee אבג 12 דה, ok")
    'fee הד 12 גבא, ok'
    """
    if text.isascii():
        return text
    return _PASSAGE.sub(lambda match: "".join(_turned(match[0])), text)


def _turned(passage: str) -> list[str]:
    return [part.translate(_MIRRORED) for part in reversed(_PARTS.findall(passage))]
