"""The admin's site: open to those whose role says so."""

from django.http import HttpRequest
from unfold.sites import UnfoldAdminSite

ACCESS_ADMIN = "integrations.access_admin"


class ProductAdminSite(UnfoldAdminSite):
    """Unfold's admin, for everyone who holds `access_admin` through a group, or is staff."""

    def has_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and (request.user.is_staff or request.user.has_perm(ACCESS_ADMIN))
