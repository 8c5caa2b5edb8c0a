"""YAML text into plain values, bounded, without building any object that the text names. Pure.

The composer of PyYAML's safe loader gives the tree; scalars are read here, because YAML 1.1 reads `010` as 8, `1:30`
as 90 and `NO` as false, which nobody means in a file of figures.
"""

import re
from decimal import Decimal
from typing import Any

import yaml

MAX_CHARACTERS = 64 * 1024
MAX_DEPTH = 8
MAX_NODES = 5000
_NUMBER = re.compile(r"[-+]?(?:(?:0|[1-9][0-9]{0,29})(?:\.[0-9]{0,30})?|\.[0-9]{1,30})")
_NULLS = {"", "~", "null", "Null", "NULL"}

Path = tuple[str, ...]


class YamlError(ValueError):
    """A text that cannot be read; `line` counts from 1."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


def read_yaml(text: str) -> tuple[Any, dict[Path, int]]:
    """Return a document's values, and the line of each by its path.

    Returns
    -------
    Mappings as dict, lists as list, plain decimal numbers as Decimal, nothing as None, all else as str: quoted text
    is never a number.

    Raises
    ------
    YamlError : for a text that is too large, nested too deeply or malformed, and for keys given twice, aliases, and
        tags, each of which has made some YAML file mean something else than its author thought.
    """
    if len(text) > MAX_CHARACTERS:
        raise YamlError(f"the document has {len(text):,} characters; at most {MAX_CHARACTERS:,} are accepted")
    try:
        _refuse_tricks(text)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YamlError(f"not YAML: {error.problem or error.context}", mark.line + 1 if mark else None) from None
    except yaml.YAMLError as error:
        raise YamlError(f"not YAML: {str(error).splitlines()[0]}") from None
    lines: dict[Path, int] = {}
    return (None if node is None else _plain(node, (), lines)), lines


def _refuse_tricks(text: str) -> None:
    """Walk the flat stream of events first, so that a hostile tree is never built."""
    depth = nodes = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = _line(event)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise YamlError("anchors and aliases are not accepted; write the value out", line)
        if isinstance(event, yaml.NodeEvent):
            nodes += 1
            if getattr(event, "tag", None):
                raise YamlError("tags are not accepted; write the plain value", line)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise YamlError(f"nested deeper than {MAX_DEPTH} levels", line)
        if nodes > MAX_NODES:
            raise YamlError(f"more than {MAX_NODES:,} values", line)


def _line(place: yaml.Node | yaml.Event) -> int:
    return place.start_mark.line + 1 if place.start_mark else 1


def _plain(node: yaml.Node, path: Path, lines: dict[Path, int]) -> Any:
    lines[path] = _line(node)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, lines)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*path, str(index)), lines) for index, item in enumerate(node.value)]
    text = str(node.value)
    if getattr(node, "style", None) is not None:  # quoted
        return text
    if text in _NULLS:
        return None
    return Decimal(text) if _NUMBER.fullmatch(text) else text


def _mapping(node: yaml.MappingNode, path: Path, lines: dict[Path, int]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = _line(key_node)
        if not isinstance(key_node, yaml.ScalarNode):
            raise YamlError("a key must be plain text", line)
        key = str(key_node.value)
        if key in values:
            raise YamlError(f"{'.'.join((*path, key))} is given twice", line)
        values[key] = _plain(value_node, (*path, key), lines)
        lines[(*path, key)] = line
    return values
