"""The roles that ship, as Django groups. Each app's migration grants its own permissions, once."""

from collections.abc import Mapping, Sequence
from typing import Any

VIEWERS = "Viewers"
QA_LEADS = "QA leads"
INGEST = "Ingest"
REVENUE_ADMINS = "Revenue admins"
ROLES = (VIEWERS, QA_LEADS, INGEST, REVENUE_ADMINS)


def grant(apps: Any, app_label: str, grants: Mapping[str, Sequence[str]]) -> None:
    """Give the roles permissions of one app, from inside a migration.

    Parameters
    ----------
    apps : the migration's state of the apps.
    app_label : the app that owns the permissions.
    grants : for each role, codenames such as `view_integrationhealth`; `Viewers` and the others are created where
        they are missing.

    Notes
    -----
    Django creates permissions only after all migrations have run, so they are created here where they are missing,
    with the names that it would give them.
    """
    group_model = apps.get_model("auth", "Group")
    permission_model = apps.get_model("auth", "Permission")
    content_type_model = apps.get_model("contenttypes", "ContentType")
    declared: dict[str, tuple[Any, str]] = {}
    for model in apps.get_app_config(app_label).get_models():
        options = model._meta
        content_type, _ = content_type_model.objects.get_or_create(app_label=app_label, model=options.model_name)
        for action in options.default_permissions:
            declared[f"{action}_{options.model_name}"] = (content_type, f"Can {action} {options.verbose_name_raw}")
        for codename, name in options.permissions:
            declared[codename] = (content_type, name)
    for role, codenames in grants.items():
        group, _ = group_model.objects.get_or_create(name=role)
        for codename in codenames:
            content_type, name = declared[codename]
            permission, _ = permission_model.objects.get_or_create(
                content_type=content_type, codename=codename, defaults={"name": name}
            )
            group.permissions.add(permission)
