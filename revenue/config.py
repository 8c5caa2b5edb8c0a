"""The revenue configuration: what a booking is worth, how much leaks, how many there are. Pure.

`config_from_yaml` and `to_yaml` translate the document that people write; `build` judges plain values from any door
(YAML, JSON, a form) by the same rules and names every problem with its path.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from enum import StrEnum
from typing import Any

import yaml

from revenue.config_yaml import YamlError, read_yaml

ROOT = "revenue"
_CURRENCY = re.compile(r"[A-Z]{3}")
_MISSING = object()


class BookingLossMethod(StrEnum):
    """How lost bookings are valued: by the observed rate, by the events, or by the larger of both."""

    RATE = "rate"
    EVENTS = "events"
    MAX = "max"


@dataclass(frozen=True, slots=True)
class Limits:
    """The numbers that a figure may have: from `low` (itself only where `low_included`) to `high`."""

    low: Decimal
    high: Decimal
    places: int
    low_included: bool = True

    def __str__(self) -> str:
        start = f"{self.low:f} to" if self.low_included else f"above {self.low:f}, at most"
        return f"{start} {self.high:,f}, with at most {self.places} decimals"

    def admit(self, value: Decimal) -> bool:
        if not value.is_finite() or not self.low <= value <= self.high:
            return False
        return (self.low_included or value > self.low) and value == round(value, self.places)


LIMITS = {
    "avg_booking_value": Limits(Decimal(0), Decimal(10_000_000), 4, low_included=False),
    "leakage_percentage": Limits(Decimal("0.03"), Decimal("0.07"), 6),
    "bookings_per_day": Limits(Decimal(0), Decimal(1_000_000), 4),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """What differs for one integration; None falls back to the global figure."""

    avg_booking_value: Decimal | None = None
    leakage_percentage: Decimal | None = None
    bookings_per_day: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The three figures in force for one integration.

    `avg_booking_value` (V) is money per booking, `leakage_percentage` (L) a ratio in 0.03..0.07, `bookings_per_day`
    (B) a count that may be a fraction.
    """

    avg_booking_value: Decimal
    leakage_percentage: Decimal
    bookings_per_day: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class RevenueConfig:
    """One whole configuration; without a document, these defaults are in force."""

    currency: str = "USD"
    avg_booking_value: Decimal = Decimal("250.00")
    leakage_percentage: Decimal = Decimal("0.05")
    bookings_per_day: Decimal = Decimal(10)
    booking_loss_method: BookingLossMethod = BookingLossMethod.MAX
    integrations: Mapping[str, Overrides] = field(default_factory=dict)

    def figures_of(self, integration_id: str) -> Figures:
        """Return the figures of one integration, each its own or the global one."""
        own = self.integrations.get(integration_id, Overrides())
        chosen = {name: getattr(own, name) for name in LIMITS}
        return Figures(
            **{name: getattr(self, name) if value is None else value for name, value in chosen.items()},
        )


@dataclass(frozen=True, slots=True)
class ConfigProblem:
    """What is wrong at one place; `path` are the keys that lead there, `line` counts from 1 where there is a text."""

    path: tuple[str, ...]
    message: str
    line: int | None = None

    def __str__(self) -> str:
        place = f"line {self.line}, " if self.line else ""
        return f"{place}{'.'.join(self.path)}: {self.message}" if self.path else f"{place}{self.message}"


class ConfigError(ValueError):
    """A configuration that breaks a rule; `problems` names each."""

    def __init__(self, problems: list[ConfigProblem]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two configurations, in words."""

    path: str
    before: str
    after: str


def config_from_yaml(text: str, *, known: Collection[str] | None = None) -> RevenueConfig:
    """Return the configuration that a YAML document describes.

    Parameters
    ----------
    text : a document with the one key `revenue`, at most 64 KiB; no aliases, tags or keys that are given twice.
    known : slugs of the integrations that may be named; None admits any, for a document that was checked before.

    Raises
    ------
    ConfigError : with every problem, its path, its line and what is allowed there.

    Examples
    --------
    >>> config_from_yaml("revenue: {currency: EUR}").currency
    'EUR'
    >>> config_from_yaml("revenue: {currency: usd}")
    Traceback (most recent call last):
    revenue.config.ConfigError: line 1, revenue.currency: must be a code of three capital letters, such as USD or EUR
    """
    try:
        document, lines = read_yaml(text)
    except YamlError as problem:
        raise ConfigError([ConfigProblem((), str(problem), problem.line)]) from None
    try:
        if not isinstance(document, dict) or ROOT not in document:
            raise ConfigError([ConfigProblem((), f"the document must have the key {ROOT!r} at its top")])
        unknown = [ConfigProblem((key,), f"unknown key; the only one is {ROOT}") for key in document if key != ROOT]
        if unknown:
            raise ConfigError(unknown)
        return build(document[ROOT], known=known, path=(ROOT,))
    except ConfigError as error:
        found = [ConfigProblem(item.path, item.message, lines.get(item.path)) for item in error.problems]
        raise ConfigError(found) from None


def build(raw: Any, *, known: Collection[str] | None = None, path: tuple[str, ...] = ()) -> RevenueConfig:
    """Return the configuration that plain values describe: a mapping of the field names of `RevenueConfig`.

    A missing key takes its default. Numbers may be int, float or Decimal; a text is no number.

    Raises
    ------
    ConfigError : with every unknown key, wrong type, unknown integration and value out of range.
    """
    problems: list[ConfigProblem] = []
    values = _mapping(raw, path, problems)
    _refuse_unknown(values, [item.name for item in fields(RevenueConfig)], path, problems)
    given: dict[str, Any] = _numbers(values, path, problems)
    if "currency" in values:
        given["currency"] = _currency(values["currency"], (*path, "currency"), problems)
    if "booking_loss_method" in values:
        given["booking_loss_method"] = _method(values["booking_loss_method"], (*path, "booking_loss_method"), problems)
    given["integrations"] = _integrations(values.get("integrations"), known, (*path, "integrations"), problems)
    if problems:
        raise ConfigError(problems)
    return RevenueConfig(**given)


def to_yaml(config: RevenueConfig) -> str:
    """Return the document of a configuration, with every key written out; reading it gives the same configuration.

    >>> config_from_yaml(to_yaml(RevenueConfig())) == RevenueConfig()
    True
    """
    document: dict[str, Any] = {item.name: getattr(config, item.name) for item in fields(RevenueConfig)}
    document["booking_loss_method"] = str(config.booking_loss_method)
    document["integrations"] = {slug: _given(own) for slug, own in sorted(config.integrations.items())}
    return yaml.dump({ROOT: document}, Dumper=_Dumper, sort_keys=False, allow_unicode=True)


def changes(before: RevenueConfig, after: RevenueConfig) -> list[Change]:
    """Return what differs between two configurations, globals first, integrations by slug."""
    old, new = _flat(before), _flat(after)
    return [
        Change(path, old.get(path, "global value"), new.get(path, "global value"))
        for path in sorted(old.keys() | new.keys(), key=lambda path: (path.startswith("integrations."), path))
        if old.get(path) != new.get(path)
    ]


def plain_number(value: Decimal) -> str:
    """Return a number as people write it, without exponent.

    >>> plain_number(Decimal("1E+2"))
    '100'
    """
    return f"{value:f}"


def _flat(config: RevenueConfig) -> dict[str, str]:
    flat = {name: plain_number(getattr(config, name).normalize()) for name in LIMITS}
    flat |= {"currency": config.currency, "booking_loss_method": str(config.booking_loss_method)}
    for slug, own in config.integrations.items():
        flat |= {f"integrations.{slug}.{name}": plain_number(value.normalize()) for name, value in _given(own).items()}
    return flat


def _given(own: Overrides) -> dict[str, Decimal]:
    return {name: value for name in LIMITS if (value := getattr(own, name)) is not None}


def _mapping(raw: Any, path: tuple[str, ...], problems: list[ConfigProblem]) -> Mapping[str, Any]:
    if raw is None:
        return {}
    if isinstance(raw, Mapping):
        return raw
    problems.append(ConfigProblem(path, f"must be a mapping of keys to values, not {_name_of(raw)}"))
    return {}


def _refuse_unknown(
    values: Mapping[str, Any], allowed: list[str], path: tuple[str, ...], problems: list[ConfigProblem]
) -> None:
    for key in values:
        if key not in allowed:
            problems.append(ConfigProblem((*path, str(key)[:100]), f"unknown key; allowed: {', '.join(allowed)}"))


def _numbers(values: Mapping[str, Any], path: tuple[str, ...], problems: list[ConfigProblem]) -> dict[str, Decimal]:
    found = {}
    for name, limits in LIMITS.items():
        if name not in values:
            continue
        number = _number(values[name])
        if number is None:
            given = "empty" if values[name] is None else _name_of(values[name])
            problems.append(ConfigProblem((*path, name), f"must be a number, not {given}; allowed: {limits}"))
        elif not limits.admit(number):
            problems.append(ConfigProblem((*path, name), f"is {_short(number)}; allowed: {limits}"))
        else:
            found[name] = number
    return found


def _number(value: Any) -> Decimal | None:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return Decimal(str(value)) if isinstance(value, float) else Decimal(value)


def _currency(value: Any, path: tuple[str, ...], problems: list[ConfigProblem]) -> str:
    if isinstance(value, str) and _CURRENCY.fullmatch(value):
        return value
    problems.append(ConfigProblem(path, "must be a code of three capital letters, such as USD or EUR"))
    return ""


def _method(value: Any, path: tuple[str, ...], problems: list[ConfigProblem]) -> BookingLossMethod:
    if isinstance(value, str) and value in list(BookingLossMethod):
        return BookingLossMethod(value)
    problems.append(ConfigProblem(path, f"must be one of {', '.join(BookingLossMethod)}"))
    return BookingLossMethod.MAX


def _integrations(
    raw: Any, known: Collection[str] | None, path: tuple[str, ...], problems: list[ConfigProblem]
) -> dict[str, Overrides]:
    found = {}
    for slug, values in _mapping(raw, path, problems).items():
        here = (*path, str(slug)[:100])
        if known is not None and slug not in known:
            allowed = ", ".join(sorted(known)) or "none exists yet"
            problems.append(ConfigProblem(here, f"there is no such integration; known: {allowed}"))
            continue
        own = _mapping(values, here, problems)
        _refuse_unknown(own, list(LIMITS), here, problems)
        overrides = Overrides(**_numbers(own, here, problems))
        if overrides != Overrides():
            found[str(slug)] = overrides
    return found


def _name_of(value: Any) -> str:
    if value is None:
        return "empty"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    return f"{value!r:.40}" if isinstance(value, str | bool) else "a number"


def _short(number: Decimal) -> str:
    return f"{number:f}" if -12 < number.adjusted() < 12 and number.is_finite() else "far out of range"


class _Dumper(yaml.SafeDumper):
    """Writes Decimals as the numbers they are, without exponent or rounding."""


def _represent(dumper: yaml.SafeDumper, value: Decimal) -> yaml.ScalarNode:
    text = plain_number(value)
    return dumper.represent_scalar(f"tag:yaml.org,2002:{'float' if '.' in text else 'int'}", text)


_Dumper.add_representer(Decimal, _represent)
