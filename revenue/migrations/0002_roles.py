"""What each role may do with the revenue figures."""

from django.db import migrations

from qa_observability import roles

GRANTS = {
    roles.VIEWERS: ["view_impact"],
    roles.QA_LEADS: ["view_impact"],
    roles.REVENUE_ADMINS: ["view_impact", "view_revenueconfigrevision", "add_revenueconfigrevision"],
}


def grant(apps, schema_editor):
    roles.grant(apps, "revenue", GRANTS)


class Migration(migrations.Migration):
    dependencies = [
        ("revenue", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
