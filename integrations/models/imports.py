import uuid

from django.conf import settings
from django.db import models
from django.db.models import F


class ImportKind(models.TextChoices):
    OBSERVATIONS = "observations", "Observations"
    EVENTS = "events", "Events"


class RateUnit(models.TextChoices):
    """What numbers without a % sign are in a file."""

    TELL = "tell", "As each number tells: 3.1 is percent, 0.031 a fraction, 0.5 is refused as unclear"
    PERCENT = "percent", "Percent: 0.5 is 0.5 %"
    FRACTION = "fraction", "Fractions of 1: 0.5 is 50 %"


class ImportState(models.TextChoices):
    UPLOADED = "uploaded", "Being checked"
    REFUSED = "refused", "Has errors"
    READY = "ready", "Ready to import"
    IMPORTING = "importing", "Being imported"
    IMPORTED = "imported", "Imported"
    UNDOING = "undoing", "Being undone"
    UNDONE = "undone", "Undone"
    DISCARDED = "discarded", "Discarded"


def import_kind_choices() -> list[tuple[str, str]]:
    return ImportKind.choices


def rate_unit_choices() -> list[tuple[str, str]]:
    return RateUnit.choices


def import_state_choices() -> list[tuple[str, str]]:
    return ImportState.choices


class ImportBatch(models.Model):
    """One spreadsheet: uploaded, checked, imported as a whole, and possibly undone as a whole.

    The file is kept here, not on a disk that web and worker would have to share, and only until it has been imported
    or discarded.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=20, choices=import_kind_choices)
    file_name = models.CharField("file", max_length=200)
    content = models.BinaryField(null=True, editable=False)
    rates = models.CharField("numbers without %", max_length=10, choices=rate_unit_choices, default=RateUnit.TELL)
    state = models.CharField(max_length=10, choices=import_state_choices, default=ImportState.UPLOADED)
    rows = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField("new", default=0)
    replaced = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField("there already", default=0)
    errors = models.PositiveIntegerField(default=0)
    report = models.JSONField(default=dict, help_text="The first errors, repeated rows and samples, for the preview.")
    error = models.TextField(blank=True, default="", help_text="Why the last step failed.")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField("uploaded", auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    imported_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "import_batches"
        verbose_name = "spreadsheet import"
        ordering = ["-created_at"]
        indexes = [
            # the admin's list, newest first
            models.Index(F("created_at").desc(), name="imports_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} from {self.file_name}"


class ImportedRow(models.Model):
    """A row that an import created or replaced; `previous` holds the replaced values, null where it was created."""

    id = models.BigAutoField(primary_key=True)
    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="imported")
    row_id = models.UUIDField()
    previous = models.JSONField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "imported_rows"
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.row_id)
