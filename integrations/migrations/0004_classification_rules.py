"""The classification rules that ship, as data that a QA lead can see and edit."""

from django.db import migrations

from integrations.splunk.rules import DEFAULT_RULES


def create_rules(apps, schema_editor):
    model = apps.get_model("integrations", "ClassificationRule")
    if model.objects.exists():
        return
    model.objects.bulk_create(
        model(
            stage=rule.stage,
            position=number * 10,
            pattern=rule.pattern,
            integration_id=rule.integration,
            area=rule.area,
            masked=rule.masked,
        )
        for number, rule in enumerate(DEFAULT_RULES, start=1)
    )


class Migration(migrations.Migration):
    dependencies = [("integrations", "0003_channels")]
    operations = [migrations.RunPython(create_rules, migrations.RunPython.noop)]
