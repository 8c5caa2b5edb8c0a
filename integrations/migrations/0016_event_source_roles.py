"""Who may see and define the sources that send events by webhook."""

from django.db import migrations

from qa_observability import roles

GRANTS = {
    roles.QA_LEADS: [
        "view_eventsource",
        "add_eventsource",
        "change_eventsource",
        "delete_eventsource",
        "view_sourcedelivery",
    ],
}


def grant(apps, schema_editor):
    roles.grant(apps, "integrations", GRANTS)


class Migration(migrations.Migration):
    dependencies = [("integrations", "0015_event_sources")]
    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
