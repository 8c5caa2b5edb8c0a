"""Endpoints that are told of alerts and incidents: defined, tested, and their log with what can be sent again."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, Max, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminPasswordWidget

from correlation.choices import DeliveryState, WebhookEvent
from correlation.models import WebhookDelivery, WebhookEndpoint, WebhookEndpointSecret
from correlation.webhooks import send_again, send_test
from integrations.admin.signing import SigningSecretsMixin
from qa_observability.admin_lists import RecordedAdmin
from qa_observability.outgoing import OutgoingError, check_url
from qa_observability.standard_webhooks import BadSecretError, key_of

SHOWN = 20
SEND = "correlation.send_webhookdelivery"
_TOLD = [(event.value, f"{event.label} ({event.value})") for event in WebhookEvent if event != WebhookEvent.TEST]


class EndpointForm(forms.ModelForm):
    event_types = forms.MultipleChoiceField(
        label="Messages", choices=_TOLD, widget=UnfoldAdminCheckboxSelectMultipleWidget, help_text="What it is told."
    )
    own_secret = forms.CharField(
        label="Secret",
        required=False,
        max_length=200,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text="Only where the other side hands one out (whsec_...). Left empty, a new endpoint gets a fresh one, "
        "shown once, and an existing one keeps what it has.",
    )

    class Meta:
        model = WebhookEndpoint
        fields = ("name", "url", "event_types", "is_active")

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"].strip()
        try:
            check_url(url)
        except OutgoingError as error:
            raise ValidationError(str(error)) from error
        return url

    def clean_own_secret(self) -> str:
        secret: str = self.cleaned_data["own_secret"].strip()
        if secret:
            try:
                key_of(secret)
            except BadSecretError as error:
                raise ValidationError(str(error)) from error
        return secret


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(SigningSecretsMixin, RecordedAdmin):
    form = EndpointForm
    list_display = ("name", "host", "is_active", "told", "last_sent", "waiting", "disabled_because")
    list_filter = ("is_active",)
    search_fields = ("name", "url")
    fields = ("name", "url", "event_types", "is_active", "own_secret")
    change_form_outer_after_template = "admin/correlation/_webhook_endpoint.html"
    secret_model = WebhookEndpointSecret
    other_side = "The receiver"

    def get_queryset(self, request: HttpRequest) -> Any:
        open_ones = Q(deliveries__state__in=[DeliveryState.PENDING, DeliveryState.SENDING])
        return super().get_queryset(request).annotate(
            newest_sent=Max("deliveries__sent_at"), open_deliveries=Count("deliveries", filter=open_ones)
        )  # fmt: skip

    def get_urls(self) -> list[URLPattern]:
        def view(name: str, function: Any) -> URLPattern:
            wrapped: Any = self.admin_site.admin_view(require_POST(function))
            address: URLPattern = path(f"<uuid:pk>/{name}/", wrapped, name=f"correlation_webhookendpoint_{name}")
            return address

        return [view("test", self.test_view), view("again", self.again_view), *super().get_urls()]

    def save_model(self, request: HttpRequest, obj: WebhookEndpoint, form: Any, change: bool) -> None:
        if obj.is_active:
            obj.disabled_because = ""
        super().save_model(request, obj, form, change)
        own = form.cleaned_data.get("own_secret")
        if own or not change:
            self.issue(request, obj, given=own or None)

    def test_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """Send a test message now, and tell what came of it."""
        endpoint = self._endpoint(request, pk)
        delivery = send_test(endpoint, now=timezone.now())
        if delivery.state == DeliveryState.SENT:
            messages.success(request, f"Accepted with {delivery.status} in {delivery.duration_ms} ms.")
        else:
            messages.error(request, f"Not accepted: {delivery.error}")
        return self._back(pk)

    def again_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """Send a message once more that was accepted or given up."""
        endpoint = self._endpoint(request, pk)
        try:
            delivery = get_object_or_404(WebhookDelivery, pk=request.POST.get("delivery"), endpoint=endpoint)
        except (ValidationError, ValueError):
            raise PermissionDenied from None
        if not endpoint.is_active:
            messages.error(request, "The endpoint is switched off: nothing is sent to it.")
        elif send_again(delivery, now=timezone.now()):
            messages.success(request, "It will be sent again within a minute, under the same id.")
        else:
            messages.info(request, "It is on its way already.")
        return self._back(pk)

    def shown_below(self, request: HttpRequest, obj: WebhookEndpoint) -> dict[str, Any]:
        log = WebhookDelivery.objects.filter(endpoint=obj).select_related("message").prefetch_related("log")
        return {
            "deliveries": log.order_by("-created_at")[:SHOWN],
            "may_send": request.user.has_perm(SEND),
            "test_address": reverse("admin:correlation_webhookendpoint_test", args=[obj.pk]),
            "again_address": reverse("admin:correlation_webhookendpoint_again", args=[obj.pk]),
        }

    def _endpoint(self, request: HttpRequest, pk: Any) -> WebhookEndpoint:
        if not request.user.has_perm(SEND):
            raise PermissionDenied
        return get_object_or_404(WebhookEndpoint, pk=pk)

    def _back(self, pk: Any) -> HttpResponse:
        return redirect("admin:correlation_webhookendpoint_change", pk)

    @admin.display(description="Messages")
    def told(self, row: WebhookEndpoint) -> str:
        labels = dict(WebhookEvent.choices)
        return ", ".join(str(labels.get(event, event)) for event in row.event_types)

    @admin.display(description="Last sent (UTC)", ordering="newest_sent")
    def last_sent(self, row: Any) -> str:
        return f"{row.newest_sent:%Y-%m-%d %H:%M}" if row.newest_sent else "never"

    @admin.display(description="Waiting", ordering="open_deliveries")
    def waiting(self, row: Any) -> int:
        return int(row.open_deliveries)
