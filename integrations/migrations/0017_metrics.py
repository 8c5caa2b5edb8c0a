"""The right to read /metrics, for everyone who sees the same figures on pages."""

from django.db import migrations

from qa_observability import roles

GRANTS = {roles.VIEWERS: ["view_metrics"], roles.QA_LEADS: ["view_metrics"]}


def grant(apps, schema_editor):
    roles.grant(apps, "integrations", GRANTS)


class Migration(migrations.Migration):
    dependencies = [("integrations", "0016_event_source_roles")]

    operations = [
        migrations.AlterModelOptions(
            name="integration",
            options={
                "ordering": ["position", "slug"],
                "permissions": [
                    ("access_admin", "Can use the admin"),
                    ("view_metrics", "Can read /metrics, which hold the revenue at risk as well"),
                ],
            },
        ),
        migrations.RunPython(grant, migrations.RunPython.noop),
    ]
