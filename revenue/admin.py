"""Admin of the revenue figures: revisions to look at, recipients of the weekly report and what became of it."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.html import format_html
from unfold.admin import ModelAdmin

from qa_observability import features
from qa_observability.admin_lists import HistoryAdmin
from revenue import mail, revisions
from revenue.crypto import CryptoError
from revenue.models import ReportDelivery, ReportRecipient, RevenueConfigRevision


class RevisionAdmin(HistoryAdmin):
    """Append-only: adding leads to the form that shows what would change; nothing is edited or deleted."""

    list_display = ("__str__", "created_at", "author", "comment")
    list_select_related = ("author",)
    search_fields = ("comment", "author__username")
    date_hierarchy = "created_at"
    fields = readonly_fields = ("number", "created_at", "author", "comment", "shown_document")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        return redirect("revenue:config")

    def sides_of(self, entry: Any) -> dict[str, Any]:
        """Return the figures that a revision changed, out of the encrypted documents."""
        row = RevenueConfigRevision.objects.filter(pk=entry.object_pk).first()
        try:
            return {change.path: [change.before, change.after] for change in revisions.changes_of(row)} if row else {}
        except CryptoError as error:
            return {"document": ["", str(error)]}

    @admin.display(description="Document")
    def shown_document(self, row: RevenueConfigRevision) -> str:
        try:
            return format_html("<pre>{}</pre>", revisions.read_text(row))
        except CryptoError as error:
            return format_html("<strong>{}</strong>", error)


class RecipientAdmin(ModelAdmin):
    list_display = ("email", "name", "is_active", "created_at")
    list_filter = ("is_active",)
    search_fields = ("email", "name")
    fields = ("email", "name", "is_active")


class DeliveryAdmin(ModelAdmin):
    """What became of each report; written by the job alone."""

    list_display = ("week", "email", "state", "attempts", "sent_at", "error")
    list_filter = ("state",)
    search_fields = ("email",)
    date_hierarchy = "week"
    actions = ("send_again",)
    empty_hint = "The report of a week is sent on Monday to everybody under Report recipients."
    fields = readonly_fields = ("week", "email", "state", "attempts", "claimed_at", "sent_at", "error")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.action(description="Send again: I have made sure that it did not arrive", permissions=["change"])
    def send_again(self, request: HttpRequest, chosen: "QuerySet[ReportDelivery]") -> None:
        count = mail.send_again(list(chosen.values_list("pk", flat=True)), now=timezone.now())
        self.message_user(
            request,
            f"{count} of the chosen reports will be sent at the next run, within the hour; "
            "those already sent or under way, or of an earlier week, are left alone.",
            messages.SUCCESS if count else messages.WARNING,
        )


if features.is_on(features.REVENUE_IMPACT):
    admin.site.register(RevenueConfigRevision, RevisionAdmin)
    admin.site.register(ReportRecipient, RecipientAdmin)
    admin.site.register(ReportDelivery, DeliveryAdmin)
