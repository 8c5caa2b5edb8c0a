"""Who may test connections."""

from django.db import migrations

from qa_observability import roles

GRANTS = {roles.QA_LEADS: ["test_connection"]}


def grant(apps, schema_editor):
    roles.grant(apps, "integrations", GRANTS)


class Migration(migrations.Migration):
    dependencies = [("integrations", "0011_connections")]
    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
