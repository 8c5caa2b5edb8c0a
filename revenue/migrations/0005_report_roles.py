"""Who chooses the recipients of the weekly report."""

from django.db import migrations

from qa_observability import roles

CHOOSE = [
    "view_reportrecipient",
    "add_reportrecipient",
    "change_reportrecipient",
    "delete_reportrecipient",
    "view_reportdelivery",
    "change_reportdelivery",
]
GRANTS = {roles.QA_LEADS: CHOOSE, roles.REVENUE_ADMINS: CHOOSE}


def grant(apps, schema_editor):
    roles.grant(apps, "revenue", GRANTS)


class Migration(migrations.Migration):
    dependencies = [("revenue", "0004_weekly_report")]
    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
