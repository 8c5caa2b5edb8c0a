"""API tokens: made by command or here, shown once, revoked but never deleted."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.admin import ModelAdmin

from integrations.models import ApiToken


@admin.register(ApiToken)
class ApiTokenAdmin(ModelAdmin):
    list_display = ("name", "token_key", "user", "scope", "created", "last_used_at", "expiry", "revoked_at")
    list_filter = ("scope", "user")
    list_select_related = ("user",)
    fields = ("user", "name", "scope", "expiry")
    actions = ("revoke",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("user",) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: ApiToken, form: Any, change: bool) -> None:
        if change:
            obj.save(update_fields=["name", "scope", "expiry"])
            return
        assert request.user.is_authenticated  # noqa: S101  the admin admits nobody else
        created, token = ApiToken.objects.create(
            user=obj.user, expiry=None, name=obj.name, scope=obj.scope, created_by=request.user
        )
        if obj.expiry:
            created.expiry = obj.expiry
            created.save(update_fields=["expiry"])
        obj.digest, obj.token_key = created.digest, created.token_key
        messages.warning(request, f"The new token, shown only this once: {token}")

    @admin.action(description="Revoke the selected tokens", permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: "QuerySet[ApiToken]") -> None:
        revoked = queryset.filter(revoked_at=None).update(revoked_at=timezone.now())
        self.message_user(request, f"{revoked} tokens revoked.")
