"""Settings: each is documented, secrets have no default, and the environment wins over the file."""

import os
import re
import stat
import subprocess
import sys

import pytest
from django.conf import settings

from qa_observability.first_run import write_env

SOURCE = (settings.BASE_DIR / "qa_observability" / "settings.py").read_text()
EXAMPLE = (settings.BASE_DIR / ".env.example").read_text()
READ = re.compile(r"""(?:env\.[a-z_]+|_duration|environ\.get)\(\s*"([A-Z][A-Z0-9_]*)\"""")
LISTED = re.compile(r"^#?([A-Z][A-Z0-9_]*)=", re.MULTILINE)


def run_with(code, **environment):
    """Run Python with the project's settings and nothing else of this process's environment."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(  # noqa: S603  our own interpreter and text
        [sys.executable, "-c", code],
        cwd=settings.BASE_DIR,
        env=kept | {"DJANGO_SETTINGS_MODULE": "qa_observability.settings"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_setting_that_is_read_is_in_the_example_and_the_other_way_round():
    read = set(READ.findall(SOURCE))
    assert len(read) > 25
    assert read == set(LISTED.findall(EXAMPLE))


def test_every_setting_of_the_example_has_a_comment():
    blocks = [block.splitlines() for block in EXAMPLE.split("\n\n")[1:]]
    for block in blocks:
        assert block[0].startswith("# --- ")
        explained = False
        for line in block[1:]:
            if line.startswith("# "):
                explained = True
            else:
                assert LISTED.match(line), line
                assert explained, line


def test_the_example_is_grouped_like_the_settings():
    groups = re.findall(r"^# --- (.+?) -*$", EXAMPLE, re.MULTILINE)
    order = re.findall(r"^# --- (.+?) -*$", SOURCE, re.MULTILINE)
    assert groups == [group for group in order if group in groups]


def test_no_setting_is_listed_twice_and_no_secret_has_a_value():
    names = LISTED.findall(EXAMPLE)
    assert len(names) == len(set(names))
    for name in ("SECRET_KEY", "REVENUE_CONFIG_KEYS", "DEMO_PASSWORD"):
        assert re.search(rf"^{name}=$", EXAMPLE, re.MULTILINE)


def test_the_values_of_the_example_are_the_defaults(tmp_path):
    """A copy of the example with a secret filled in behaves as no file at all."""
    filled = tmp_path / "env"
    filled.write_text(EXAMPLE.replace("SECRET_KEY=\n", f"SECRET_KEY={'k' * 60}\n"))
    show = (
        "from django.conf import settings as s; print([s.DEBUG, s.ALLOWED_HOSTS, s.CSRF_TRUSTED_ORIGINS, s.FEATURES,"
        "s.Q_CLUSTER, s.CACHES, s.DATABASES['default']['NAME'], s.HTTPS_ONLY, s.SESSION_COOKIE_AGE,"
        "s.AXES_COOLOFF_TIME, s.API_RATE, s.HEALTH_WARNING_RATE, s.HEALTH_CRITICAL_RATE, s.HEALTH_EVENT_WINDOW,"
        "s.HEALTH_STALE_AFTER, s.HEALTH_RETENTION, s.EVENT_RETENTION, s.EXECUTION_RETENTION, s.SPLUNK_MIN_REQUESTS,"
        "s.SPLUNK_BUCKET, s.SPLUNK_UPLOAD_MAX_BYTES, s.REVENUE_CONFIG_KEYS, s.DEMO_PASSWORD, s.LOG_LEVEL,"
        "s.STATIC_FROM_SOURCE])"
    )
    from_example = run_with(show, ENV_FILE=str(filled))
    from_nothing = run_with(show, ENV_FILE="", SECRET_KEY="k" * 60)
    assert from_example.returncode == from_nothing.returncode == 0, from_example.stderr + from_nothing.stderr
    assert from_example.stdout == from_nothing.stdout


def test_without_a_secret_key_nothing_starts():
    result = run_with("import django; django.setup()", ENV_FILE="")
    assert result.returncode != 0
    assert "SECRET_KEY is not set. `make install` writes a fresh one into .env." in result.stderr


def test_the_environment_wins_over_the_file(tmp_path):
    filled = tmp_path / "env"
    filled.write_text(f"SECRET_KEY={'f' * 60}\nAPI_RATE=5\nEVENT_RETENTION=7d\n")
    show = "from django.conf import settings as s; print(s.SECRET_KEY[0], s.API_RATE, s.EVENT_RETENTION.days)"
    assert run_with(show, ENV_FILE=str(filled), API_RATE="9").stdout == "f 9 7\n"


def test_a_fresh_env_file_has_its_own_secrets_and_belongs_to_its_owner_alone(tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    assert write_env(one)
    assert write_env(other)
    assert stat.S_IMODE(one.stat().st_mode) == 0o600
    assert one.read_text() != other.read_text()
    assert set(LISTED.findall(one.read_text())) <= set(LISTED.findall(EXAMPLE))


def test_an_env_file_that_is_there_is_never_overwritten(tmp_path):
    path = tmp_path / "env"
    path.write_text("mine")
    assert not write_env(path)
    assert path.read_text() == "mine"


@pytest.mark.parametrize("name", ["SESSION_COOKIE_HTTPONLY", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE"])
def test_cookies_are_safe_where_https_is_on(name):
    show = f"from django.conf import settings as s; print(s.{name}, s.SECURE_SSL_REDIRECT, s.SECURE_HSTS_SECONDS > 0)"
    assert run_with(show, ENV_FILE="", SECRET_KEY="k" * 60).stdout == "True True True\n"
