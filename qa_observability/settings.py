"""Settings of QA Observability: one file, read from the environment or `.env`; the environment wins.

Every setting is described in `.env.example`. Secrets have no default: without them the project refuses to start.
"""

import os
import re
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from qa_observability.durations import parse_duration

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"
VAR_DIR.mkdir(exist_ok=True)

env = environ.Env()
_env_file = os.environ.get("ENV_FILE", str(BASE_DIR / ".env"))
if _env_file and Path(_env_file).is_file():
    env.read_env(_env_file)


def _duration(name: str, default: str) -> Any:
    try:
        return parse_duration(env.str(name, default=default))
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error}") from error


# --- Core ------------------------------------------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", default=False)
try:
    SECRET_KEY = env.str("SECRET_KEY")
except ImproperlyConfigured as error:
    raise ImproperlyConfigured("SECRET_KEY is not set. `make install` writes a fresh one into .env.") from error
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
ROOT_URLCONF = "qa_observability.urls"
WSGI_APPLICATION = "qa_observability.wsgi.application"
ASGI_APPLICATION = "qa_observability.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
FORMAT_MODULE_PATH = ["qa_observability.formats"]

# --- Modules ---------------------------------------------------------------------------------------------------------
# A module that is off has no pages, no API, no schedules and no place in the admin; its tables stay.
ALL_FEATURES = ("integration_health", "revenue_impact", "correlation")
FEATURES = env.list("FEATURES", default=list(ALL_FEATURES))

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "qa_observability.apps.QaObservabilityConfig",
    "integrations",
    "revenue",
    "correlation",
    "qa_observability.apps.ProductAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.forms",
    "auditlog",
    "axes",
    "csp",
    "django_htmx",
    "django_q",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "knox",
    "rest_framework",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "qa_observability.request_metrics.RequestMetricsMiddleware",
    "qa_observability.middleware.PageCompressionMiddleware",
    "qa_observability.middleware.RequestIdMiddleware",
    "qa_observability.middleware.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "qa_observability.middleware.LoginMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "qa_observability.middleware.ActorMiddleware",
    "axes.middleware.AxesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "qa_observability.context_processors.product",
            ],
        },
    },
]

# Widgets' templates are found where all others are.
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- Database --------------------------------------------------------------------------------------------------------
DATABASES: dict[str, dict[str, Any]] = {
    "default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'db.sqlite3'}"),
}
DATABASES["default"]["ATOMIC_REQUESTS"] = False
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Write transactions take their lock at once and wait for it, instead of failing half-way with "database is locked".
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA mmap_size=134217728; PRAGMA cache_size=-20000;"
        ),
    }
    # A file, because the tests' threads need the locking that people's installations have.
    DATABASES["default"]["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}
else:
    # Persistent connections, one per thread. A pool would be shared with the worker's forks and break them.
    DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

# --- Cache and queue -------------------------------------------------------------------------------------------------
REDIS_URL = env.str("REDIS_URL", default="")
if REDIS_URL:
    CACHES: dict[str, dict[str, Any]] = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    }
else:
    # Shared by all processes of one machine, which request throttling needs; several machines need REDIS_URL.
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": env.str("CACHE_DIR", default=str(VAR_DIR / "cache")),
        }
    }

# A killed task runs again after `retry`; check qa_observability.E002 holds retry > timeout * (queue_limit/workers + 1).
Q_CLUSTER: dict[str, Any] = {
    "name": "qa-observability",
    "workers": env.int("WORKERS", default=2),
    "timeout": 300,
    "retry": 1800,
    "max_attempts": 3,
    "queue_limit": 2,
    "bulk": 1,
    "poll": 1,
    "catch_up": False,
    "ack_failures": True,
    "save_limit": 1000,
    "recycle": 500,
    "label": "Background work",
    **({"redis": REDIS_URL} if REDIS_URL else {"orm": "default"}),
}

# --- Security --------------------------------------------------------------------------------------------------------
# False only for plain http on a trusted network, as `make demo` on this machine.
HTTPS_ONLY = env.bool("HTTPS_ONLY", default=True)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS_ONLY
SECURE_SSL_REDIRECT = HTTPS_ONLY
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS_ONLY else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS_ONLY
if env.bool("BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    AXES_IPWARE_PROXY_COUNT = 1
SESSION_COOKIE_AGE = int(_duration("SESSION_AGE", "12h").total_seconds())
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "qa_observability.backends.OneQueryBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "dashboard"
LOGOUT_REDIRECT_URL = "login"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = _duration("LOGIN_COOLOFF", "15min")
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "registration/locked_out.html"
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ACCESS_FAILURE_LOG = False
AXES_VERBOSE = False

# --- Static files and uploads ----------------------------------------------------------------------------------------
STATIC_URL = "/static/"
# Without collectstatic, for development and tests.
STATIC_FROM_SOURCE = env.bool("STATIC_FROM_SOURCE", default=DEBUG)
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = STATIC_FROM_SOURCE
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if STATIC_FROM_SOURCE
        else "qa_observability.storage.ProductStaticFilesStorage"
    },
}
WHITENOISE_MANIFEST_STRICT = False
DATA_UPLOAD_MAX_MEMORY_SIZE = 32 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FILES = 1000  # a folder of JUnit XML holds one file for each class
SPLUNK_UPLOAD_MAX_BYTES = env.int("SPLUNK_UPLOAD_MAX_MB", default=512) * 1024 * 1024

# --- Connections -----------------------------------------------------------------------------------------------------
# Hosts and networks beyond the public internet that addresses typed in the admin may lead to; "*" is every one.
OUTGOING_ALLOW = env.list("OUTGOING_ALLOW", default=[])
# Splunk's REST interface, such as https://splunk.example.com:8089, and a token for it.
SPLUNK_URL = env.str("SPLUNK_URL", default="")
SPLUNK_TOKEN = env.str("SPLUNK_TOKEN", default="")
# A folder whose files are imported as Splunk exports; empty: none.
SPLUNK_DROP_FOLDER = env.str("SPLUNK_DROP_FOLDER", default="")
# Where the time of rows without one comes from: the file's name, or the time of its last change.
SPLUNK_DROP_TIME = env.str("SPLUNK_DROP_TIME", default="name")

# --- API -------------------------------------------------------------------------------------------------------------
API_RATE = env.int("API_RATE", default=600)
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "qa_observability.api.authentication.BearerTokenAuthentication",
        "qa_observability.api.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["qa_observability.api.permissions.HasDeclaredPermissions"],
    "DEFAULT_RENDERER_CLASSES": [
        "rest_framework.renderers.JSONRenderer",
        "qa_observability.api.renderers.CsvRenderer",
    ],
    "DEFAULT_PARSER_CLASSES": ["qa_observability.api.parsers.BoundedJSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "qa_observability.api.negotiation.StrictContentNegotiation",
    "DEFAULT_SCHEMA_CLASS": "qa_observability.api.schema.ProductSchema",
    "DEFAULT_THROTTLE_CLASSES": ["qa_observability.api.throttling.TokenRateThrottle"],
    "EXCEPTION_HANDLER": "qa_observability.api.errors.exception_handler",
    "DEFAULT_PAGINATION_CLASS": None,
    "COERCE_DECIMAL_TO_STRING": False,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "VIEW_NAME_FUNCTION": "qa_observability.api.schema.view_name",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "QA Observability",
    "VERSION": "1",
    "DESCRIPTION": "Health, cost and early warnings of channel integrations. All times are UTC, ISO 8601 with `Z`.",
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "HealthStatus": "integrations.choices.HealthStatus",
        "SyncStatus": "integrations.choices.SyncStatus",
        "EventType": "integrations.choices.EventType",
        "Severity": "integrations.choices.Severity",
        "Source": "integrations.choices.Source",
        "ExecutionStatus": "correlation.choices.ExecutionStatus",
        "CorrelationType": "correlation.choices.CorrelationType",
        "Pattern": "correlation.choices.Pattern",
        "Question": "correlation.choices.Question",
        "Attribution": "correlation.choices.Attribution",
        "AlertType": "correlation.choices.AlertType",
        "AlertSeverity": "correlation.choices.AlertSeverity",
        "RefreshState": "correlation.choices.RefreshState",
        "RootCause": "correlation.choices.RootCause",
        "EntryKind": "correlation.choices.EntryKind",
        "IncidentState": "correlation.choices.IncidentState",
        "Trend": "integrations.choices.Trend",
        "PeriodName": "qa_observability.periods.PERIOD_DAYS",
        "ObservedStatus": "integrations.choices.observed_status_choices",
        "ImpactLevel": ["high", "medium", "low"],
        "BookingLossMethod": ["rate", "events", "max"],
        "AlertState": ["open", "dismissed"],
        "ErrorBasis": ["total", "server"],
        "EndpointArea": ["pricing", "fees", "booking", "other"],
        "FindingStatus": ["insufficient", "healthy", "warning", "critical"],
        "ObservationFate": ["created", "updated", "unchanged"],
    },
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums"],
}
KNOX_TOKEN_MODEL = "integrations.ApiToken"  # noqa: S105  a model, no secret
# Its migrations would create the token table that ours replaces.
MIGRATION_MODULES = {"knox": None}
REST_KNOX = {"TOKEN_TTL": None, "AUTH_HEADER_PREFIX": "Bearer", "TOKEN_PREFIX": "qaobs_"}

# --- Metrics ---------------------------------------------------------------------------------------------------------
# What Prometheus may read /metrics with, beside the tokens of users who may see the metrics; empty: only with those.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")

# --- Health ----------------------------------------------------------------------------------------------------------
HEALTH_WARNING_RATE = env.float("HEALTH_WARNING_RATE", default=0.02)
HEALTH_CRITICAL_RATE = env.float("HEALTH_CRITICAL_RATE", default=0.05)
HEALTH_EVENT_WINDOW = _duration("HEALTH_EVENT_WINDOW", "1h")
HEALTH_STALE_AFTER = _duration("HEALTH_STALE_AFTER", "24h")
HEALTH_RETENTION = _duration("HEALTH_RETENTION", "400d")
EVENT_RETENTION = _duration("EVENT_RETENTION", "90d")
EXECUTION_RETENTION = _duration("EXECUTION_RETENTION", "90d")

# --- Splunk exports --------------------------------------------------------------------------------------------------
SPLUNK_MIN_REQUESTS = env.int("SPLUNK_MIN_REQUESTS", default=20)
SPLUNK_BUCKET = _duration("SPLUNK_BUCKET", "1h")

# --- Revenue ---------------------------------------------------------------------------------------------------------
REVENUE_CONFIG_KEYS = env.list("REVENUE_CONFIG_KEYS", default=[])

# --- E-mail ----------------------------------------------------------------------------------------------------------
# smtp://, smtp+tls:// or smtp+ssl:// with user:password@host:port; consolemail:// prints. Empty: no e-mail is sent.
EMAIL_URL = env.str("EMAIL_URL", default="")
vars().update(env.email_url_config(EMAIL_URL or "dummymail://"))
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("EMAIL_FROM", default="qa-observability@localhost")
# Where links in e-mails lead.
SITE_ADDRESS = env.str("SITE_ADDRESS", default="http://localhost:8000").rstrip("/")

# --- Correlation and alerts ------------------------------------------------------------------------------------------
CORRELATION_WINDOW = _duration("CORRELATION_WINDOW", "1h")
CORRELATION_LOOKBACK = _duration("CORRELATION_LOOKBACK", "90d")
ALERT_ON_MEDIUM = env.bool("ALERT_ON_MEDIUM", default=False)
# A test case fails now when its newest run failed within this time.
ALERT_FRESH_FOR = _duration("ALERT_FRESH_FOR", "24h")
# Addresses such as mailtos://, slack:// or jsons://, separated by blanks or commas; they are secrets.
NOTIFY_URLS = [
    url for url in re.split(r"[\s,]+(?=[a-z][a-z0-9+.-]+://)", env.str("NOTIFY_URLS", default="").strip()) if url
]
NOTIFY_SCHEMES = env.list(
    "NOTIFY_SCHEMES", default=["mailto", "mailtos", "slack", "workflows", "msteams", "json", "jsons", "form", "forms"]
)
# Finds the id of a test management tool in the properties and names of JUnit XML, such as "C([0-9]+)"; empty: off.
JUNIT_ID_PATTERN = env.str("JUNIT_ID_PATTERN", default="")

# --- Testmo ----------------------------------------------------------------------------------------------------------
TESTMO_URL = env.str("TESTMO_URL", default="").rstrip("/")
TESTMO_TOKEN = env.str("TESTMO_TOKEN", default="")
# Address of a test case; {url}, {project_id} and {case_id} are filled in. Empty: no links.
TESTMO_CASE_URL = env.str("TESTMO_CASE_URL", default="{url}/repositories/{project_id}?case_id={case_id}")
# What custom statuses mean, where their flags do not tell, such as 7=failed,8=skipped,9=ignored.
TESTMO_STATUSES = env.list("TESTMO_STATUSES", default=[])

# --- Jira ------------------------------------------------------------------------------------------------------------
# https://SITE.atlassian.net with an e-mail address and an API token, or the address of a Data Center with a personal
# access token and no e-mail address. Empty: keys can be linked, but nobody asks about them.
JIRA_URL = env.str("JIRA_URL", default="").strip().rstrip("/")
JIRA_EMAIL = env.str("JIRA_EMAIL", default="").strip()
JIRA_TOKEN = env.str("JIRA_TOKEN", default="").strip()
JIRA_ISSUE_TYPE = env.str("JIRA_ISSUE_TYPE", default="Bug")

# --- Links out -------------------------------------------------------------------------------------------------------
SPLUNK_SEARCH_URL = env.str("SPLUNK_SEARCH_URL", default="")

# --- Status page -----------------------------------------------------------------------------------------------------
STATUS_PAGE = env.str("STATUS_PAGE", default="off")
STATUS_PAGE_TOKEN = env.str("STATUS_PAGE_TOKEN", default="")

# --- Admin -----------------------------------------------------------------------------------------------------------
UNFOLD = {
    "SITE_TITLE": "QA Observability",
    "SITE_HEADER": "QA Observability",
    "SITE_SUBHEADER": "Data entry and administration",
    "SITE_URL": "/dashboard/",
    "SITE_SYMBOL": "monitor_heart",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": "qa_observability.admin_site.favicon"},
    ],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "BORDER_RADIUS": "8px",
    "STYLES": ["qa_observability.admin_site.stylesheet"],
    "SIDEBAR": {"navigation": "qa_observability.admin_site.sidebar", "show_search": False},
    # The dashboard's blue.
    "COLORS": {
        "primary": {
            "50": "#eff6fd",
            "100": "#dbebfa",
            "200": "#b9d7f4",
            "300": "#8bbdec",
            "400": "#559bdd",
            "500": "#2a7cc7",
            "600": "#0b5fad",
            "700": "#0a4e8f",
            "800": "#0b4275",
            "900": "#0d375f",
            "950": "#09233e",
        },
    },
}

# --- Sample data -----------------------------------------------------------------------------------------------------
# The password of the user `demo`, whom only `make demo` creates.
DEMO_PASSWORD = env.str("DEMO_PASSWORD", default="")

# --- Logging ---------------------------------------------------------------------------------------------------------
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "qa_observability.logs.json_formatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "django.server": {"handlers": ["console"], "level": LOG_LEVEL, "propagate": False},
        "axes": {"level": "ERROR"},
        # It would log addresses of NOTIFY_URLS; what became of a message is kept with the alert.
        "apprise": {"handlers": [], "level": "CRITICAL", "propagate": False},
        # It would log headers of answers, which hold cookies.
        "httpcore": {"level": "WARNING"},
        # The supervisor's own lines; the tasks' outcomes are kept as job runs.
        "django-q": {"level": "WARNING"},
    },
}
