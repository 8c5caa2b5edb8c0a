"""Who may set up collectors and Splunk searches."""

from django.db import migrations

from qa_observability import roles

GRANTS = {
    roles.QA_LEADS: [
        f"{action}_{model}" for model in ("collector", "splunksearch") for action in ("view", "add", "change", "delete")
    ]
}


def grant(apps, schema_editor):
    roles.grant(apps, "integrations", GRANTS)


class Migration(migrations.Migration):
    dependencies = [("integrations", "0013_collectors")]
    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
