"""Filters of the admin's lists."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils import timezone

from integrations.models import Integration, IntegrationHealth


class StaleFilter(admin.SimpleListFilter):
    """The newest observation of each integration: all of them, or those that nobody has followed up."""

    title = "newest"
    parameter_name = "newest"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("any", "Newest of each integration"), ("stale", "Newest, and stale")]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        if self.value() not in {"any", "stale"}:
            return queryset
        newest = queryset.filter(pk__in=IntegrationHealth.objects.latest_per_integration().values("pk"))
        return newest.filter(last_checked__lt=stale_before()) if self.value() == "stale" else newest


class StaleIntegrationFilter(admin.SimpleListFilter):
    """Integrations that nobody has looked at lately, or ever."""

    title = "stale"
    parameter_name = "stale"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Stale or never observed"), ("no", "Looked at lately")]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        fresh = with_last_checked(queryset).filter(newest__gte=stale_before())
        if self.value() == "yes":
            return queryset.exclude(pk__in=fresh.values("pk"))
        return fresh if self.value() == "no" else queryset


def stale_before() -> datetime:
    """Return the moment before which an observation is stale."""
    before: datetime = timezone.now() - settings.HEALTH_STALE_AFTER
    return before


def with_last_checked(rows: "QuerySet[Integration]") -> "QuerySet[Any]":
    """Annotate `newest`, the time of each integration's newest observation."""
    seen = IntegrationHealth.objects.filter(integration=OuterRef("pk")).order_by("-last_checked")
    return rows.annotate(newest=Subquery(seen.values("last_checked")[:1]))
