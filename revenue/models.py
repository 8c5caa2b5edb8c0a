"""The encrypted revenue figures, one append-only row per change."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F


class RevenueConfigRevision(models.Model):
    """One version of the revenue configuration; the newest is in force, every earlier one can be restored."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    document = models.BinaryField(help_text="AES-256-GCM ciphertext of the YAML document.")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    comment = models.CharField(max_length=500, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "revenue_config_revisions"
        ordering = ["-created_at", "-id"]
        permissions = [("view_impact", "Can view revenue impact and reports")]
        indexes = [
            # the revision in force
            models.Index(F("created_at").desc(), F("id").desc(), name="revisions_newest"),
        ]

    def __str__(self) -> str:
        return f"Revision of {self.created_at:%Y-%m-%d %H:%M} UTC"
