"""What the containers are told: every setting of .env, but for what only holds outside of them."""

import re

import pytest
import yaml
from django.conf import settings as django_settings

SERVICES = yaml.safe_load((django_settings.BASE_DIR / "compose.yaml").read_text())["services"]
OURS = ("web", "worker", "migrate")
# What is set for the containers whatever .env says, or passed on from it.
FIXED = {"DATABASE_URL", "REDIS_URL", "SPLUNK_DROP_FOLDER"}


@pytest.mark.parametrize("name", OURS)
def test_every_setting_of_the_env_file_reaches_each_container(name):
    service = SERVICES[name]
    assert service["env_file"] == [{"path": ".env", "required": False}]
    described = set(re.findall(r"^#?([A-Z_]+)=", (django_settings.BASE_DIR / ".env.example").read_text(), re.MULTILINE))
    assert {"TESTMO_TOKEN", "JIRA_TOKEN", "SPLUNK_TOKEN", "OUTGOING_ALLOW", "NOTIFY_URLS"} <= described
    for setting, value in service["environment"].items():
        assert setting in described
        assert setting in FIXED or f"${{{setting}" in value, "an own value would hide that of .env"


@pytest.mark.parametrize("name", OURS)
def test_the_drop_folder_is_where_the_container_looks_for_it(name):
    assert SERVICES[name]["environment"]["SPLUNK_DROP_FOLDER"] == "${SPLUNK_DROP_FOLDER:+/drop}"
    assert SERVICES[name]["volumes"] == ["${SPLUNK_DROP_FOLDER:-drop}:/drop"]
