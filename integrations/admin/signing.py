"""What the admin pages of everything that holds signing secrets share: rotate, retire; shown once, never again."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin

from integrations.signing import OVERLAP, issue_secret, retire_old_secret
from qa_observability.sealing import CryptoError


class SigningSecretsMixin(ModelAdmin):
    """Adds to a change page the secrets that are in force, and the buttons that rotate them."""

    secret_model: Any  # a table of SigningSecret whose owner this admin's rows are
    # Whose turn it is to take a new secret over while both are in force.
    other_side = "The other side"

    @property
    def _address(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.secret_view))
        return [path("<uuid:pk>/secret/", view, name=f"{self._address}_secret"), *super().get_urls()]

    def secret_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """Rotate the secret, or retire the old one."""
        owner = get_object_or_404(self.model, pk=pk)
        if not self.has_change_permission(request, owner):
            raise PermissionDenied
        if "retire" in request.POST:
            retire_old_secret(self.secret_model, owner, now=timezone.now())
            messages.success(request, "Only the newest secret is in force now.")
        else:
            self.issue(request, owner)
        return redirect(reverse(f"admin:{self._address}_change", args=[pk]))

    def issue(self, request: HttpRequest, owner: Any, *, given: str | None = None) -> None:
        """Put a new secret in force, and show it, this once, where it was made here."""
        try:
            secret = issue_secret(self.secret_model, owner, now=timezone.now(), given=given)
        except CryptoError as error:
            messages.error(request, f"There is no secret: {error}")
            return
        if given is None:
            text = format_html('The new secret, shown only this once: <code class="qa-code">{}</code>', secret)
            messages.warning(request, text)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, obj: Any = None, **kwargs: Any) -> Any:
        if obj is not None:
            context["signing"] = {
                "secrets": list(self.secret_model._default_manager.filter(owner=obj).live(timezone.now())),
                "action": reverse(f"admin:{self._address}_secret", args=[obj.pk]),
                "may_change": self.has_change_permission(request, obj),
                "hours": int(OVERLAP.total_seconds() // 3600),
                "other_side": self.other_side,
            }
            context.update(self.shown_below(request, obj))
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def shown_below(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        """Return what else the template below the form needs."""
        return {}
