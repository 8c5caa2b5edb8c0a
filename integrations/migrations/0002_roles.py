"""What each role may do with the channels' health."""

from django.db import migrations

from qa_observability import roles

VIEW = ["view_integration", "view_integrationhealth", "view_integrationevent", "view_integrationday"]
GRANTS = {
    roles.VIEWERS: VIEW,
    roles.QA_LEADS: [
        *VIEW,
        "access_admin",
        "add_integration",
        "change_integration",
        "add_integrationhealth",
        "change_integrationhealth",
        "delete_integrationhealth",
        "add_integrationevent",
        "change_integrationevent",
        "delete_integrationevent",
        "view_classificationrule",
        "add_classificationrule",
        "change_classificationrule",
        "delete_classificationrule",
        "view_jobrun",
    ],
    roles.INGEST: ["add_integrationhealth", "add_integrationevent"],
    roles.REVENUE_ADMINS: ["access_admin"],
}


def grant(apps, schema_editor):
    roles.grant(apps, "integrations", GRANTS)


class Migration(migrations.Migration):
    dependencies = [
        ("integrations", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
