import uuid
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from integrations.models.channels import Integration


class Repeat(models.TextChoices):
    ONCE = "once", "Once"
    WEEKLY = "weekly", "Every week"


def repeat_choices() -> list[tuple[str, str]]:
    return Repeat.choices


WEEK = timedelta(days=7)


class MaintenanceWindowQuerySet(models.QuerySet["MaintenanceWindow"]):
    def touching(self, start: datetime, end: datetime) -> Self:
        """Windows that may have an occurrence between two moments; of a weekly one only its ends are looked at."""
        begun = Q(starts_at__lt=end)
        once = Q(repeats=Repeat.ONCE, ends_at__gt=start)
        weekly = Q(repeats=Repeat.WEEKLY) & (Q(repeat_until=None) | Q(repeat_until__gt=start - WEEK))
        return self.filter(begun & (once | weekly))


class MaintenanceWindow(models.Model):
    """A planned interruption: what happens in it is measured, but raises no alert and is nobody's loss."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    integration = models.ForeignKey(
        Integration,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="maintenance_windows",
        help_text="Empty: all integrations.",
    )
    starts_at = models.DateTimeField("start")
    ends_at = models.DateTimeField("end", help_text="Of the first occurrence, where it repeats.")
    repeats = models.CharField(
        max_length=10,
        choices=repeat_choices,
        default=Repeat.ONCE,
        help_text="Weekly windows keep their time in UTC when clocks change.",
    )
    repeat_until = models.DateTimeField(null=True, blank=True, help_text="No occurrence starts after this moment.")
    reason = models.CharField(max_length=300, blank=True, default="")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = MaintenanceWindowQuerySet.as_manager()

    class Meta:
        db_table = "maintenance_windows"
        ordering = ["-starts_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="maintenance_ends_after_start",
                violation_error_message="The end must be after the start.",
            ),
            models.CheckConstraint(condition=Q(repeats__in=Repeat.values), name="maintenance_repeats_valid"),
        ]

    def __str__(self) -> str:
        return f"{self.integration_id or 'all integrations'} from {self.starts_at:%Y-%m-%d %H:%M} UTC"

    def clean(self) -> None:
        if self.repeats == Repeat.WEEKLY and self.starts_at and self.ends_at and self.ends_at - self.starts_at > WEEK:
            raise ValidationError({"ends_at": "A weekly window lasts a week at most."})
        if self.repeats == Repeat.ONCE:
            self.repeat_until = None
