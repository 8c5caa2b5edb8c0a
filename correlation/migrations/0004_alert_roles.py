"""What each role may do with incidents, mutes and uploaded reports."""

from django.db import migrations

from qa_observability import roles

VIEW = ["view_incident", "view_incidentwarning", "view_alertmute", "view_alertdelivery"]
GRANTS = {
    roles.VIEWERS: VIEW,
    roles.QA_LEADS: [
        *VIEW,
        "add_alertmute",
        "change_alertmute",
        "delete_alertmute",
        "view_correlationrefresh",
        "view_importedfile",
    ],
}


def grant(apps, schema_editor):
    roles.grant(apps, "correlation", GRANTS)


class Migration(migrations.Migration):
    dependencies = [("correlation", "0003_alerts_and_incidents")]
    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
