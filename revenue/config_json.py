"""The revenue configuration as the API speaks it: camelCase keys outside, slugs of integrations untouched. Pure."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

from revenue.config import LIMITS, ConfigError, ConfigProblem, Overrides, RevenueConfig, build

_PUBLIC = {
    "currency": "currency",
    "avgBookingValue": "avg_booking_value",
    "leakagePercentage": "leakage_percentage",
    "bookingsPerDay": "bookings_per_day",
    "bookingLossMethod": "booking_loss_method",
    "integrations": "integrations",
}
_CAMEL = {name: public for public, name in _PUBLIC.items()}


def to_json(config: RevenueConfig) -> dict[str, Any]:
    """Return a configuration under its public names; integrations hold only what differs."""
    return {
        "currency": config.currency,
        **{_CAMEL[name]: getattr(config, name) for name in LIMITS},
        "bookingLossMethod": str(config.booking_loss_method),
        "integrations": {slug: _overrides(own) for slug, own in sorted(config.integrations.items())},
    }


def from_json(body: Mapping[str, Any], *, known: Collection[str]) -> RevenueConfig:
    """Return the configuration that a JSON object describes.

    Raises
    ------
    ConfigError : with public names in the paths.
    """
    document = {_PUBLIC.get(key, f"unknown {key}"): value for key, value in body.items()}
    if isinstance(document.get("integrations"), Mapping):
        document["integrations"] = {slug: _snake(own) for slug, own in document["integrations"].items()}
    try:
        return build(document, known=known)
    except ConfigError as error:
        raise ConfigError([_publicly(problem) for problem in error.problems]) from None


def _overrides(own: Overrides) -> dict[str, Decimal]:
    return {_CAMEL[name]: value for name in LIMITS if (value := getattr(own, name)) is not None}


def _snake(own: Any) -> Any:
    if not isinstance(own, Mapping):
        return own
    return {_PUBLIC.get(key, f"unknown {key}"): value for key, value in own.items()}


def _publicly(problem: ConfigProblem) -> ConfigProblem:
    *parents, last = problem.path or ("",)
    if last.startswith("unknown "):
        return ConfigProblem((*parents, last.removeprefix("unknown ")), "Unknown field.")
    return ConfigProblem((*parents, _CAMEL.get(last, last)), problem.message)
