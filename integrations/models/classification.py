import uuid

from django.core.exceptions import ValidationError
from django.db import models

from integrations.models.channels import Integration
from integrations.splunk.rules import check_pattern


class RuleStage(models.TextChoices):
    """The questions that are asked of an endpoint, in this order."""

    INTEGRATION = "integration", "1. Integration, by path"
    PARAMETER = "parameter", "2. Integration, by query parameter"
    AREA = "area", "3. Area, by path"


class RuleArea(models.TextChoices):
    PRICING = "pricing", "Pricing"
    FEES = "fees", "Fees"
    BOOKING = "booking", "Booking"
    OTHER = "other", "Other"
    STATIC = "static", "Static file (excluded)"
    NOISE = "noise", "Noise (excluded)"


def rule_stage_choices() -> list[tuple[str, str]]:
    return RuleStage.choices


def rule_area_choices() -> list[tuple[str, str]]:
    return RuleArea.choices


class ClassificationRule(models.Model):
    """Tells which integration and area an endpoint of a Splunk export belongs to; the first match of a stage wins."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    stage = models.CharField(max_length=20, choices=rule_stage_choices)
    position = models.PositiveSmallIntegerField(default=100, help_text="Lowest first, within the stage.")
    pattern = models.CharField(
        max_length=500,
        help_text=(
            "Regular expression. Paths are compared in lower case, without query string, with ids written as {id}. "
            "A query parameter's value must match as a whole."
        ),
    )
    integration = models.ForeignKey(
        Integration,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="classification_rules",
        help_text="Stages 1 and 2: what a match means. Stage 3: the rule holds only for this integration's endpoints.",
    )
    area = models.CharField(max_length=10, choices=rule_area_choices, null=True, blank=True)
    masked = models.BooleanField(
        "without channel names",
        default=False,
        help_text="Compare with the path in which channel names are written ~, so that `bookingdotcom` is no booking.",
    )
    is_active = models.BooleanField("active", default=True)
    note = models.CharField(max_length=200, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "splunk_classification_rules"
        ordering = [
            models.Case(
                *(models.When(stage=stage, then=models.Value(number)) for number, stage in enumerate(RuleStage))
            ),
            "position",
            "created_at",
        ]

    def __str__(self) -> str:
        return f"{self.get_stage_display()} #{self.position}"

    def clean(self) -> None:
        try:
            check_pattern(self.pattern)
        except ValueError as error:
            raise ValidationError({"pattern": str(error)}) from error
        if self.stage == RuleStage.AREA and not self.area:
            raise ValidationError({"area": "A rule of this stage must name an area."})
        if self.stage in {RuleStage.INTEGRATION, RuleStage.PARAMETER} and not self.integration_id:
            raise ValidationError({"integration": "A rule of this stage must name an integration."})
