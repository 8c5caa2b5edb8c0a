"""Tell PostgreSQL how few integrations there are.

So small a table is never analysed by itself; taken for hundreds of rows, it makes the newest observation of each look
dearer than reading all observations.
"""

from django.db import migrations


def analyze(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ANALYZE integrations")


class Migration(migrations.Migration):
    dependencies = [("integrations", "0017_metrics")]
    operations = [migrations.RunPython(analyze, migrations.RunPython.noop)]
