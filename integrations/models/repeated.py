from datetime import timedelta

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

SHORTEST = 1
LONGEST = 24 * 60


class Repeated(models.Model):
    """What asks somebody else again and again, and how that went."""

    is_active = models.BooleanField("active", default=True, help_text="An inactive one asks nothing.")
    interval = models.PositiveIntegerField(
        default=5,
        validators=[MinValueValidator(SHORTEST), MaxValueValidator(LONGEST)],
        help_text="Minutes from one run to the next, 1 to 1440.",
    )
    next_run_at = models.DateTimeField(null=True, editable=False)
    succeeded_at = models.DateTimeField(null=True, editable=False)
    failing_since = models.DateTimeField(null=True, editable=False)
    failures = models.PositiveIntegerField(default=0, editable=False)
    error = models.TextField(blank=True, default="", editable=False)

    class Meta:
        abstract = True

    @staticmethod
    def interval_constraint(name: str) -> models.CheckConstraint:
        return models.CheckConstraint(condition=Q(interval__gte=SHORTEST, interval__lte=LONGEST), name=name)

    @property
    def every(self) -> timedelta:
        return timedelta(minutes=self.interval)
