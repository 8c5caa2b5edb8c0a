"""What each collector said last, so that several of one integration can be read together."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("integrations", "0018_analyze_integrations")]

    operations = [
        migrations.AddField(
            model_name="collector",
            name="said",
            field=models.JSONField(blank=True, default=dict, editable=False),
        ),
    ]
