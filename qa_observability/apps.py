from django.apps import AppConfig, apps
from django.contrib.admin.apps import AdminConfig
from django.db.models.signals import post_migrate


class QaObservabilityConfig(AppConfig):
    name = "qa_observability"
    verbose_name = "QA Observability"

    def ready(self) -> None:
        from qa_observability import checks  # noqa: F401  registers the system checks
        from qa_observability.schedules import ensure_schedules

        queue = apps.get_app_config("django_q")  # migrations are all done when its turn comes
        post_migrate.connect(ensure_schedules, sender=queue, dispatch_uid="ensure_schedules")


class ProductAdminConfig(AdminConfig):
    default_site = "qa_observability.admin_site.ProductAdminSite"
