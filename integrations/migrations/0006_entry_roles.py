"""What QA leads may do with spreadsheets, history and personal data."""

from django.db import migrations

from qa_observability import roles

GRANTS = {roles.QA_LEADS: ["view_importbatch", "add_importbatch", "change_importbatch", "redact_integrationevent"]}
HISTORY = {roles.QA_LEADS: ["view_logentry"]}


def grant(apps, schema_editor):
    roles.grant(apps, "integrations", GRANTS)
    roles.grant(apps, "auditlog", HISTORY)


class Migration(migrations.Migration):
    dependencies = [
        ("integrations", "0005_spreadsheet_imports"),
        ("auditlog", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
