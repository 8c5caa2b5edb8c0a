"""Settings of the test run, in place before Django reads them; `.env` is left out, DATABASE_URL is taken as given."""

import os
import tempfile

os.environ["ENV_FILE"] = ""
os.environ["SECRET_KEY"] = "only-for-tests-" + "x" * 50
os.environ["DEBUG"] = "false"
os.environ["HTTPS_ONLY"] = "false"
os.environ["ALLOWED_HOSTS"] = "testserver,localhost,127.0.0.1"
os.environ["STATIC_FROM_SOURCE"] = "true"
os.environ["API_RATE"] = "0"
os.environ["LOG_LEVEL"] = "ERROR"
os.environ["CACHE_DIR"] = tempfile.mkdtemp(prefix="qa-observability-cache-")
os.environ.pop("REDIS_URL", None)
os.environ.pop("FEATURES", None)
# A test database outlives no crash: PostgreSQL need not wait for the disk at each of thousands of commits.
os.environ.setdefault("PGOPTIONS", "-c synchronous_commit=off")
