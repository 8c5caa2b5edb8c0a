"""Count the revisions, so that their order is beyond doubt and two writers cannot both follow the same one."""

from django.db import migrations, models


def number(apps, schema_editor):
    revisions = apps.get_model("revenue", "RevenueConfigRevision").objects.using(schema_editor.connection.alias)
    for count, pk in enumerate(revisions.order_by("created_at", "id").values_list("pk", flat=True), 1):
        revisions.filter(pk=pk).update(number=count)


class Migration(migrations.Migration):
    atomic = False  # PostgreSQL does not alter a table in the transaction that has changed its rows
    dependencies = [("revenue", "0002_roles")]
    operations = [
        migrations.AddField("revenueconfigrevision", "number", models.PositiveIntegerField(null=True, editable=False)),
        migrations.RunPython(number, migrations.RunPython.noop),
        migrations.AlterField(
            "revenueconfigrevision",
            "number",
            models.PositiveIntegerField(
                unique=True,
                editable=False,
                help_text="Counts from 1; of two writers at once, one finds its number taken.",
            ),
        ),
        migrations.AlterModelOptions(
            "revenueconfigrevision",
            options={
                "ordering": ["-number"],
                "permissions": [("view_impact", "Can view revenue impact and reports")],
                "verbose_name": "revision of the revenue configuration",
                "verbose_name_plural": "revenue configuration",
            },
        ),
        migrations.RemoveIndex("revenueconfigrevision", "revisions_newest"),
    ]
