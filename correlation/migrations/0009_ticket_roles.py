"""Who may see tickets, link them, and create them in Jira."""

from django.db import migrations

from qa_observability import roles

VIEW = ["view_ticketlink"]
GRANTS = {
    roles.VIEWERS: VIEW,
    roles.QA_LEADS: [*VIEW, "add_ticketlink", "delete_ticketlink", "create_ticket"],
}


def grant(apps, schema_editor):
    roles.grant(apps, "correlation", GRANTS)


class Migration(migrations.Migration):
    dependencies = [("correlation", "0008_tickets")]
    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
