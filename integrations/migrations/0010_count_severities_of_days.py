"""Count the stored events of each day by severity, so that days are drawn without reading events."""

from datetime import UTC

from django.db import migrations
from django.db.models import Count
from django.db.models.functions import TruncDate

DAYS_AT_ONCE = 500


def count_severities(apps, schema_editor):
    events = apps.get_model("integrations", "IntegrationEvent").objects.order_by()
    days = apps.get_model("integrations", "IntegrationDay").objects
    counted = (
        events.annotate(day=TruncDate("occurred_at", tzinfo=UTC))
        .values("integration_id", "day", "event_type", "severity")
        .annotate(count=Count("pk"))
    )
    found = {}
    columns = set()
    for row in counted:
        column = f"{row['event_type']}_{row['severity']}_events"
        columns.add(column)
        found.setdefault((row["integration_id"], row["day"]), {})[column] = row["count"]
    changed = []
    for day in days.all():
        counts = found.get((day.integration_id, day.day), {})
        for column, count in counts.items():
            setattr(day, column, count)
        if counts:
            changed.append(day)
    if changed:
        days.bulk_update(changed, sorted(columns), batch_size=DAYS_AT_ONCE)


class Migration(migrations.Migration):
    dependencies = [("integrations", "0009_severities_of_days")]
    operations = [migrations.RunPython(count_severities, migrations.RunPython.noop)]
