"""Revenue admins read the history of the figures that they change."""

from django.db import migrations

from qa_observability import roles


def grant(apps, schema_editor):
    roles.grant(apps, "auditlog", {roles.REVENUE_ADMINS: ["view_logentry"]})


class Migration(migrations.Migration):
    dependencies = [
        ("revenue", "0005_report_roles"),
        ("auditlog", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
