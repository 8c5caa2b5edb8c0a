"""Who may do what: a view declares the permissions of each method; one that declares nothing is closed."""

from typing import Any

from rest_framework.exceptions import MethodNotAllowed
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request


class HasDeclaredPermissions(BasePermission):
    """Admit users that hold `view.required_permissions[method]`, within the scope of their token.

    A view lists permissions such as `integrations.view_integrationhealth` per method. For a view set, keys are the
    names of its actions. A token of scope `read` may only read; one of scope `ingest` may only use what the view
    declares in `ingest_actions`.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        if not request.user or not request.user.is_authenticated:
            return False
        if request.method == "OPTIONS":
            return True
        method = (request.method or "").lower()
        if getattr(view, method, None) is None:
            # Permissions come before the look-up of the handler, and nobody has one for what is not there.
            raise MethodNotAllowed(request.method or "")
        action = getattr(view, "action", None) or ("get" if method == "head" else method)
        scope = getattr(request.auth, "scope", "all")
        if scope == "read" and request.method not in SAFE_METHODS:
            return False
        if scope == "ingest" and action not in getattr(view, "ingest_actions", ()):
            return False
        required = view.required_permissions.get(action)
        return required is not None and request.user.has_perms(required)
