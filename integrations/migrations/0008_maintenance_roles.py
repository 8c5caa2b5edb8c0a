"""Who may see and plan maintenance."""

from django.db import migrations

from qa_observability import roles

VIEW = ["view_maintenancewindow"]
GRANTS = {
    roles.VIEWERS: VIEW,
    roles.QA_LEADS: [
        *VIEW,
        "add_maintenancewindow",
        "change_maintenancewindow",
        "delete_maintenancewindow",
    ],
}


def grant(apps, schema_editor):
    roles.grant(apps, "integrations", GRANTS)


class Migration(migrations.Migration):
    dependencies = [("integrations", "0007_maintenance")]
    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
