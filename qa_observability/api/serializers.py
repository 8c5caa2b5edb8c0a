"""camelCase names, and query parameters that are validated like bodies."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request

from qa_observability.api.errors import GivenName, camelize
from qa_observability.periods import DEFAULT_PERIOD, PERIOD_DAYS, Period, parse_period

FORMAT_PARAMETER = "format"


class CamelCaseMixin:
    """Serve fields under camelCase names; a renderer that renamed keys would also rename those inside metadata."""

    def get_fields(self) -> dict[str, Any]:
        fields = {}
        for name, field in super().get_fields().items():  # type: ignore[misc]  # of the serializer it is mixed into
            public = camelize(name)
            if public != name and field.source is None:
                field.source = name
            fields[public] = field
        return fields


class Serializer(CamelCaseMixin, serializers.Serializer[Any]):
    """Base of the product's serializers; refuses fields it does not know, so that a typing error is noticed."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            unknown = sorted(str(key) for key in data.keys() - self.fields.keys())
            if unknown:
                raise serializers.ValidationError({GivenName(name): ["Unknown field."] for name in unknown})
        return super().to_internal_value(data)


def shown(serializer: Callable[[], Any], row: Any) -> Any:
    """Return what `serializer(row).data` would, with fields that are made once instead of for every answer."""
    return _reader(serializer).to_representation(row)


def shown_all(serializer: Callable[[], Any], rows: Iterable[Any]) -> list[Any]:
    """Return what `serializer(rows, many=True).data` would, with fields that are made once."""
    represent = _reader(serializer).to_representation
    return [represent(row) for row in rows]


@cache
def _reader(serializer: Callable[[], Any]) -> Any:
    """Return the one serializer of a class that reads for everybody: it holds no row and no request."""
    return serializer()


def utc_text(moment: datetime) -> str:
    """Return a moment as `DateTimeField` serves it.

    >>> utc_text(datetime(2026, 3, 18, 14, 5, tzinfo=UTC))
    '2026-03-18T14:05:00Z'
    """
    return moment.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"


class Query(CamelCaseMixin, serializers.Serializer[Any]):
    """Query parameters of one endpoint: unknown ones, repeated ones and bad values are refused by name.

    This class itself has none, for endpoints that take no parameters.
    """

    @classmethod
    def of(cls, request: Request) -> dict[str, Any]:
        """Return the validated parameters of `request`, under their snake_case names.

        Raises
        ------
        ValidationError : with every parameter that is unknown, repeated or has a bad value.
        """
        query = _reader(cls)
        errors: Any = {}
        refused: dict[str, Any] = {}
        for name, values in request.query_params.lists():
            if name not in query.fields and name != FORMAT_PARAMETER:
                refused[GivenName(name)] = ["Unknown parameter."]
            elif len(values) > 1:
                refused[name] = ["Given more than once."]
        try:
            found = query.run_validation({name: values[-1] for name, values in request.query_params.lists()})
        except serializers.ValidationError as error:
            errors = error.detail
        if errors or refused:
            raise serializers.ValidationError({**errors, **refused})
        return dict(found)


class PeriodQuery(Query):
    period = serializers.ChoiceField(
        choices=list(PERIOD_DAYS), default=DEFAULT_PERIOD, help_text="That many UTC days, the last of them today."
    )


class PageQuery(Query):
    page_size = serializers.IntegerField(min_value=1, max_value=1000, default=100, help_text="Rows per page.")


class PeriodPageQuery(PageQuery, PeriodQuery):
    """Period and page size."""


def period_of(query: dict[str, Any], now: datetime | None = None) -> Period:
    """Return the period that a validated query names."""
    return parse_period(query["period"], now or timezone.now())
