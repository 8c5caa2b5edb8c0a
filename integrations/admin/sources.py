"""Event sources: who may send events by webhook, with which secret, and what came of the last messages."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from integrations.admin.signing import SigningSecretsMixin
from integrations.models import EventSource, EventSourceSecret, SourceDelivery
from qa_observability.admin_lists import RecordedAdmin

SHOWN = 20


@admin.register(EventSource)
class EventSourceAdmin(SigningSecretsMixin, RecordedAdmin):
    list_display = ("name", "slug", "is_active", "allowed", "last_delivery", "last_outcome", "refused_at")
    list_filter = ("is_active", "integrations")
    search_fields = ("name", "slug")
    fields = ("name", "slug", "is_active", "integrations")
    change_form_outer_after_template = "admin/integrations/_event_source.html"
    secret_model = EventSourceSecret
    other_side = "The source"

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        newest = SourceDelivery.objects.filter(source=OuterRef("pk")).newest_first()
        rows: QuerySet[Any] = super().get_queryset(request)
        annotated: QuerySet[Any] = rows.prefetch_related("integrations").annotate(
            newest_at=Subquery(newest.values("received_at")[:1]),
            newest_outcome=Subquery(newest.values("outcome")[:1]),
        )
        return annotated

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("slug",) if obj else ()

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        return {} if obj else {"slug": ("name",)}

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return super().formfield_for_manytomany(
            db_field, request, **{**kwargs, "widget": UnfoldAdminCheckboxSelectMultipleWidget()}
        )

    def save_model(self, request: HttpRequest, obj: EventSource, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change:
            self.issue(request, obj)

    def shown_below(self, request: HttpRequest, obj: EventSource) -> dict[str, Any]:
        return {
            "address": f"{settings.SITE_ADDRESS}{reverse('source-events', args=[obj.slug])}",
            "deliveries": obj.deliveries.newest_first()[:SHOWN],
            "sample_integration": obj.integrations.order_by("position").first(),
        }

    @admin.display(description="May send events of")
    def allowed(self, row: EventSource) -> str:
        return ", ".join(integration.name for integration in row.integrations.all())

    @admin.display(description="Last delivery (UTC)", ordering="newest_at")
    def last_delivery(self, row: Any) -> str:
        return f"{row.newest_at:%Y-%m-%d %H:%M}" if row.newest_at else "never"

    @admin.display(description="Outcome")
    def last_outcome(self, row: Any) -> str:
        return row.newest_outcome or "–"
