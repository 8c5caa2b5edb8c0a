"""From the URL of an access log to the channel it belongs to and the kind of work it does; pure.

The rules are data that a QA lead edits. Two spellings of a path exist: the *matched* one of `normalise`, which only
rules see, and the *stored* one of `Classification.path`, in which identifiers, tokens and e-mail addresses are
masked. The query string decides about the integration where the path does not, and is then forgotten.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote_plus

import regex

from integrations.splunk.rules import DEFAULT_RULES, STAGES, Rule, RuleError, check_pattern, compile_pattern

__all__ = [
    "DEFAULT_RULES",
    "Area",
    "Classification",
    "Classifier",
    "Rule",
    "RuleError",
    "check_pattern",
    "normalise",
    "stored_path",
]

MATCHED_PATH_MAX = 2_000  # characters
STORED_PATH_MAX = 500  # characters
MATCH_SECONDS = 0.25  # processor time that one pattern may spend on one path
_QUERY_MAX = 64_000  # characters of a query string that are searched for a channel
_CACHE_SIZE = 16_384  # paths
_CACHED_PATH_MAX = 512  # characters; longer ones are rare, and a cache of them would be large
_CHANNEL_MASK = "~"

_ORIGIN = re.compile(r"/?https?:/+[^/]*")
_SLASHES = re.compile(r"/{2,}")
_UUID = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|(?<![0-9a-z])[0-9a-f]{32}(?![0-9a-z])"
)
_AT_SIGNS = ("@", "%40", "%2540")
_TOKEN = re.compile(r"(?<![a-z0-9_-])(?=(?:[a-z_-]*[0-9]){4})[a-z0-9_-]{24,}(?![a-z0-9_-])")
_DIGITS = re.compile(r"[0-9]{6,}")
_PARAMETER = re.compile(r"(?:^|[&;])(?:channel|type|source|channelType)=([^&;#]{0,64})(?=[&;#]|$)")


class Area(StrEnum):
    """What a URL is for; `static` and `noise` are excluded from every figure."""

    PRICING = "pricing"
    FEES = "fees"
    BOOKING = "booking"
    OTHER = "other"
    STATIC = "static"
    NOISE = "noise"

    @property
    def excluded(self) -> bool:
        return self in (Area.STATIC, Area.NOISE)


@dataclass(frozen=True, slots=True)
class Classification:
    """What the rules decided about one URL.

    `integration` is a slug, or None for the system itself; `path` is safe to store and show, at most 500
    characters; the two rules are those that decided, None where no rule matched.
    """

    integration: str | None
    area: Area
    path: str
    rule_integration: Rule | None
    rule_area: Rule | None


def normalise(endpoint: str) -> tuple[str, str]:
    """Return the path that rules are matched on, and the query string, which must not be stored.

    The path starts with exactly one slash and ends without one (the root is "/"), is in lower case, without scheme
    and host, with uuids as `{id}`, at most 2,000 characters long; characters that cannot be printed or stored
    become U+FFFD.
    """
    located, _, query = endpoint.partition("#")[0].partition("?")
    path = _cut(located.partition(";")[0], 2 * MATCHED_PATH_MAX).strip().lower()
    if not path.isprintable():
        path = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in path)
    path = _SLASHES.sub("/", path)
    path = _ORIGIN.sub("", path, count=1) if _ORIGIN.match(path) else path
    path = "/" + _UUID.sub("{id}", path).strip("/")
    return _cut(path, MATCHED_PATH_MAX), query[:_QUERY_MAX]


def _cut(path: str, length: int) -> str:
    if len(path) <= length:
        return path
    # A cut through a segment could leave half an e-mail address, which no mask recognises.
    return path[:length].rpartition("/")[0] or path[:length]


def stored_path(path: str) -> str:
    """Return a matched path as it may be stored: e-mail addresses as `{email}`, tokens and long numbers as `{id}`.

    Masked after matching, never before: guest addresses such as `@guest.booking.com` name the channel.
    """
    if any(sign in path for sign in _AT_SIGNS):
        segments = path.split("/")
        path = "/".join("{email}" if any(sign in segment for sign in _AT_SIGNS) else segment for segment in segments)
    path = _TOKEN.sub("{id}", path)
    return _DIGITS.sub("{id}", path)[:STORED_PATH_MAX]


class Classifier:
    """Apply rules to URLs, in their order; the first match of a stage decides.

    Remembers up to 16,384 paths, so that a log that repeats itself costs one dictionary look-up per row. One instance
    serves one import: it is not meant to be shared between threads.
    """

    def __init__(self, rules: Sequence[Rule] = DEFAULT_RULES) -> None:
        """Compile `rules`.

        Raises RuleError, naming the pattern, for an unknown stage or area, a stage without its result, or an invalid
        pattern.
        """
        areas = {area.value for area in Area}
        self._stages: dict[str, list[tuple[Rule, regex.Pattern[str]]]] = {stage: [] for stage in STAGES}
        for rule in rules:
            if rule.stage not in self._stages:
                raise RuleError(f"Unknown stage {rule.stage!r} of the pattern {rule.pattern!r}.")
            if rule.stage == "area" and rule.area not in areas:
                raise RuleError(f"Unknown area {rule.area!r} of the pattern {rule.pattern!r}.")
            if rule.stage != "area" and not rule.integration:
                raise RuleError(f"The pattern {rule.pattern!r} leads to no integration.")
            self._stages[rule.stage].append((rule, compile_pattern(rule.pattern)))
        self._parameters: dict[str, Rule | None] = {}
        self._paths: dict[tuple[str, str | None], Classification] = {}

    def classify(self, endpoint: str) -> Classification:
        """Return what `endpoint`, a URL or a path with or without query string, belongs to.

        Raises RuleError when a pattern takes longer than 0.25 s of processor time on this path.
        """
        located, mark, query = endpoint.partition("?")
        by_parameter = self._parameter_rule(query) if mark and "#" not in located else None
        key = (located, by_parameter.pattern if by_parameter else None)
        found = self._paths.get(key)
        if found is None:
            found = self._decide(normalise(located)[0], by_parameter)
            if len(located) <= _CACHED_PATH_MAX:
                if len(self._paths) >= _CACHE_SIZE:
                    self._paths.clear()
                self._paths[key] = found
        return found

    def _decide(self, path: str, by_parameter: Rule | None) -> Classification:
        by_path = next((rule for rule, pattern in self._stages["integration"] if _search(rule, pattern, path)), None)
        rule_integration = by_path or by_parameter
        integration = rule_integration.integration if rule_integration else None
        rule_area = self._area_rule(path, integration)
        return Classification(
            integration=integration,
            area=Area(rule_area.area) if rule_area and rule_area.area else Area.OTHER,
            path=stored_path(path),
            rule_integration=rule_integration,
            rule_area=rule_area,
        )

    def _area_rule(self, path: str, integration: str | None) -> Rule | None:
        without_channels: str | None = None
        for rule, pattern in self._stages["area"]:
            if rule.integration and rule.integration != integration:
                continue
            if rule.masked and without_channels is None:
                without_channels = self._mask_channels(path)
            if _search(rule, pattern, without_channels if rule.masked and without_channels is not None else path):
                return rule
        return None

    def _mask_channels(self, path: str) -> str:
        for rule, pattern in self._stages["integration"]:
            try:
                path = pattern.sub(_CHANNEL_MASK, path, timeout=MATCH_SECONDS)
            except TimeoutError:
                raise _too_slow(rule) from None
        return path[: 2 * MATCHED_PATH_MAX]

    def _parameter_rule(self, query: str) -> Rule | None:
        """Return the rule of the first parameter that names a channel; `type=rental&channel=airbnb` is airbnb."""
        for value in _PARAMETER.findall(query.partition("#")[0][:_QUERY_MAX]):
            if value not in self._parameters:
                if len(self._parameters) >= _CACHE_SIZE:
                    self._parameters.clear()
                self._parameters[value] = self._match_parameter(unquote_plus(value))
            found = self._parameters[value]
            if found is not None:
                return found
        return None

    def _match_parameter(self, value: str) -> Rule | None:
        for rule, pattern in self._stages["parameter"]:
            try:
                if pattern.fullmatch(value, timeout=MATCH_SECONDS):
                    return rule
            except TimeoutError:
                raise _too_slow(rule) from None
        return None


def _search(rule: Rule, pattern: regex.Pattern[str], path: str) -> bool:
    try:
        return pattern.search(path, timeout=MATCH_SECONDS) is not None
    except TimeoutError:
        raise _too_slow(rule) from None


def _too_slow(rule: Rule) -> RuleError:
    return RuleError(f"The pattern {rule.pattern!r} takes too long: simplify repetitions inside repetitions.")
