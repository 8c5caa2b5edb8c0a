"""Who may see and define the endpoints that are told of alerts and incidents."""

from django.db import migrations

from qa_observability import roles

GRANTS = {
    roles.QA_LEADS: [
        "view_webhookendpoint",
        "add_webhookendpoint",
        "change_webhookendpoint",
        "delete_webhookendpoint",
        "view_webhookmessage",
        "view_webhookdelivery",
        "send_webhookdelivery",
    ],
}


def grant(apps, schema_editor):
    roles.grant(apps, "correlation", GRANTS)


class Migration(migrations.Migration):
    dependencies = [("correlation", "0006_outgoing_webhooks")]
    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
