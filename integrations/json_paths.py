"""Where a value lies in a JSON document: `components.db.status`, `checks[0].state`, `a["b.c"]`. Pure.

A small language of our own: names and indexes alone. JSONPath and JMESPath can search and filter, which a health
document does not need, and can be made to take long.
"""

import re
from typing import Any

LONGEST = 300
Path = tuple[str | int, ...]
_NAME = r'[^\s.\[\]"][^.\[\]"]*'
_STEP = re.compile(rf'(?P<dot>\.)?(?P<name>{_NAME})|\[(?P<index>[0-9]{{1,4}})\]|\["(?P<quoted>[^"]+)"\]')


class PathError(Exception):
    """Text that is no path, or a path that leads to nothing; the message says where."""


def parse_path(text: str) -> Path:
    """Return the steps of a path.

    Raises
    ------
    PathError : where it is none.

    Examples
    --------
    >>> parse_path('$.checks["db:time"][0].status')
    ('checks', 'db:time', 0, 'status')
    """
    rest = text.strip().removeprefix("$").removeprefix(".") if text.strip().startswith("$") else text.strip()
    if not rest or len(rest) > LONGEST:
        raise PathError("A path is made of names and indexes, such as components.db.status or checks[0].state.")
    steps: list[str | int] = []
    position = 0
    while position < len(rest):
        match = _STEP.match(rest, position)
        if match is None or (match["name"] and bool(match["dot"]) != bool(steps)):
            raise PathError(f"{text.strip()!r} is no path from its character {position + 1} on.")
        steps.append(int(match["index"]) if match["index"] else (match["quoted"] or match["name"].strip()))
        position = match.end()
    return tuple(steps)


def read_path(document: Any, path: Path) -> Any:
    """Return the value at a path.

    Raises
    ------
    PathError : naming the first step that is not there.
    """
    value = document
    for count, step in enumerate(path, 1):
        try:
            if isinstance(step, str) and not isinstance(value, dict):
                raise TypeError
            if isinstance(step, int) and not isinstance(value, list):
                raise TypeError
            value = value[step]
        except (KeyError, IndexError, TypeError):
            raise PathError(f"the answer has no {written(path[:count])}") from None
    return value


def written(path: Path) -> str:
    """Return a path as people write it.

    >>> written(("checks", "a.b", 0))
    'checks["a.b"][0]'
    """
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif re.fullmatch(_NAME, step):
            text += f".{step}" if text else step
        else:
            text += f'["{step}"]'
    return text
