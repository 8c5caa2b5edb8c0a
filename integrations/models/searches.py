import uuid
from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q

from integrations.models.repeated import Repeated


class Basis(models.TextChoices):
    TOTAL = "total", "4xx, 5xx and keyword hits"
    SERVER = "server", "5xx only"


def basis_choices() -> list[tuple[str, str]]:
    return Basis.choices


class SplunkSearchQuerySet(models.QuerySet["SplunkSearch"]):
    def in_use(self) -> Self:
        return self.filter(is_active=True)

    def due(self, moment: datetime) -> Self:
        """Searches to run at `moment`, those that wait for longest first; a new one is due at once."""
        waiting = Q(next_run_at=None) | Q(next_run_at__lte=moment)
        return self.in_use().filter(waiting).order_by(models.F("next_run_at").asc(nulls_first=True), "name")


class SplunkSearch(Repeated):
    """A search whose statistics per endpoint are fetched from Splunk, window by window."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=60, unique=True)
    search = models.TextField(
        max_length=10_000,
        help_text='SPL that ends in statistics per endpoint, or | savedsearch "Name of a saved search".',
    )
    earliest = models.CharField(
        max_length=40, default="-1h@h", help_text="Start of the window, such as -1h@h or -15m; snapped in UTC."
    )
    latest = models.CharField(
        max_length=40, default="@h", help_text="End of the window, such as @h or now; rows without a time stand for it."
    )
    basis = models.CharField("count as errors", max_length=10, choices=basis_choices, default=Basis.TOTAL)
    # The moment that the window of the next run is reckoned from. It moves on with the rows of a window alone, so that
    # a window that could not be fetched is fetched later.
    reckoned_from = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = SplunkSearchQuerySet.as_manager()

    class Meta:
        db_table = "splunk_searches"
        verbose_name = "Splunk search"
        verbose_name_plural = "Splunk searches"
        ordering = ["name"]
        constraints = [
            Repeated.interval_constraint("splunk_searches_interval_valid"),
            models.CheckConstraint(condition=Q(basis__in=Basis.values), name="splunk_searches_basis_valid"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def job(self) -> str:
        """Name of its job runs."""
        return f"Splunk search: {self.name}"
