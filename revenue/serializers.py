"""The cost of ill health and its configuration as JSON."""

from typing import Any

from rest_framework import serializers

from integrations.choices import EventType, Trend
from qa_observability.api.serializers import PeriodQuery, Serializer
from qa_observability.periods import PERIOD_DAYS
from revenue.config import LIMITS, BookingLossMethod
from revenue.impact import ImpactLevel
from revenue.outcome import DayPoint


def money_field(**kwargs: Any) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=20, decimal_places=2, **kwargs)


def change_field() -> serializers.DecimalField:
    return serializers.DecimalField(
        max_digits=20,
        decimal_places=1,
        allow_null=True,
        help_text="Percent against the previous period; null where the previous figure is 0.",
    )


def trend_field() -> serializers.ChoiceField:
    return serializers.ChoiceField(choices=Trend.choices)


class RevenueFigureSerializer(Serializer):
    value = money_field()
    change = change_field()
    trend = trend_field()


class ImpactLineSerializer(Serializer):
    """The loss of one integration by one type of event."""

    integration_id = serializers.CharField()
    integration_name = serializers.CharField()
    impact = serializers.ChoiceField(
        choices=[level.value for level in ImpactLevel],
        help_text="Share of the revenue at risk: high from 30 %, medium from 10 %.",
    )
    impact_type = serializers.ChoiceField(choices=EventType.choices)
    estimated_loss = money_field()
    affected_bookings = serializers.IntegerField()
    event_count = serializers.IntegerField()
    change = change_field()
    trend = trend_field()


class ImpactDaySerializer(Serializer):
    date = serializers.DateField()
    at_risk = money_field()
    protected = money_field()
    benchmark = money_field()

    def to_representation(self, instance: DayPoint) -> dict[str, Any]:
        """Return the day as it is: its amounts are rounded already, and a year of fields takes a third of a request.

        As floats, which the encoder would make of each amount, but far more slowly.
        """
        return {
            "date": instance.date.isoformat(),
            "atRisk": float(instance.at_risk),
            "protected": float(instance.protected),
            "benchmark": float(instance.benchmark),
        }


class RevenueImpactSerializer(Serializer):
    """Each breakdown line is rounded to cents and the totals are their sums; each day of the series is rounded by
    itself, so that days need not add up to the totals to the cent."""

    revenue_at_risk = RevenueFigureSerializer(source="at_risk")
    revenue_protected = RevenueFigureSerializer(source="protected")
    benchmark_leakage = RevenueFigureSerializer(source="benchmark")
    breakdown = ImpactLineSerializer(many=True)
    series = ImpactDaySerializer(many=True)
    currency = serializers.CharField()
    period = serializers.ChoiceField(choices=list(PERIOD_DAYS), source="period.name")


class ImpactQuery(PeriodQuery):
    integration = serializers.SlugField(max_length=50, required=False, help_text="Only this integration.")


def _figure(name: str, **kwargs: Any) -> serializers.DecimalField:
    return serializers.DecimalField(
        max_digits=20, decimal_places=LIMITS[name].places, help_text=f"Allowed: {LIMITS[name]}.", **kwargs
    )


class OverridesSerializer(Serializer):
    """What differs for one integration; a missing field falls back to the global one."""

    avg_booking_value = _figure("avg_booking_value", required=False)
    leakage_percentage = _figure("leakage_percentage", required=False)
    bookings_per_day = _figure("bookings_per_day", required=False)


class RevenueConfigSerializer(Serializer):
    """The document as the API describes it; `build` of `revenue.config` judges the values."""

    revision = serializers.UUIDField(
        allow_null=True, help_text="The revision that was read; a PUT with an older one is refused with 409."
    )
    currency = serializers.RegexField(r"^[A-Z]{3}$", required=False, help_text="Default USD.")
    avg_booking_value = _figure("avg_booking_value", required=False)
    leakage_percentage = _figure("leakage_percentage", required=False)
    bookings_per_day = _figure("bookings_per_day", required=False)
    booking_loss_method = serializers.ChoiceField(
        choices=[method.value for method in BookingLossMethod], required=False
    )
    integrations = serializers.DictField(
        child=OverridesSerializer(), required=False, help_text="By id of the integration, unchanged."
    )


class RevenueConfigInputSerializer(RevenueConfigSerializer):
    comment = serializers.CharField(max_length=500, required=False, allow_blank=True, help_text="Why it changes.")
