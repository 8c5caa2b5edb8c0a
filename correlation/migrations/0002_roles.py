"""What each role may do with test executions, correlations and alerts."""

from django.db import migrations

from qa_observability import roles

VIEW = ["view_testcase", "view_testexecution", "view_testintegrationcorrelation", "view_alert", "dismiss_alert"]
GRANTS = {
    roles.VIEWERS: VIEW,
    roles.QA_LEADS: [
        *VIEW,
        "refresh_correlations",
        "add_testcase",
        "change_testcase",
        "add_testexecution",
        "change_testexecution",
        "delete_testexecution",
    ],
    roles.INGEST: ["add_testexecution"],
}


def grant(apps, schema_editor):
    roles.grant(apps, "correlation", GRANTS)


class Migration(migrations.Migration):
    dependencies = [
        ("correlation", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
