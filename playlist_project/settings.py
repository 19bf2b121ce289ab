"""Every setting of the service; the only module that reads the environment.

Each variable is explained in ``.env.example``. A checkout in which neither SECRET_KEY nor
DATABASE_URL is set counts as a developer's: it runs with DEBUG on and an embedded PostgreSQL.
"""

import logging
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
import pgtrigger
import structlog
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from playlist_project import embedded_postgres, logs

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
env_file = env.str("ENV_FILE", str(BASE_DIR / ".env"))
if env_file and Path(env_file).exists():
    env.read_env(env_file)

# --- The two things that a server in production cannot do without.
SECRET_KEY = env.str("SECRET_KEY", "")
DATABASE_URL = env.str("DATABASE_URL", "")
DEBUG = env.bool("DEBUG", not (SECRET_KEY or DATABASE_URL))
if not DEBUG:
    for name, value, example in (
        ("SECRET_KEY", SECRET_KEY, "50 or more random letters"),
        ("DATABASE_URL", DATABASE_URL, "postgres://user:password@host:5432/name"),
    ):
        if not value:
            raise ImproperlyConfigured(f"{name} is not set: set {name} to {example} (or DEBUG=true to develop).")
SECRET_KEY = SECRET_KEY or "development-only-" + "0" * 40

# --- Where the service is found.
API_HOST = env.str("API_HOST", "0.0.0.0")
API_PORT = env.int("API_PORT", 8080)
PUBLIC_URL = env.str("PUBLIC_URL", f"http://localhost:{API_PORT}").rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[urlsplit(PUBLIC_URL).hostname or "localhost"])
ALLOWED_HOSTS += ["localhost", "127.0.0.1"]  # health checks come from inside
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=["127.0.0.1"])
WEB_PROCESSES = env.int("WEB_PROCESSES", 2)
WEB_THREADS = env.int("WEB_THREADS", 8)
METRICS_TOKEN = env.str("METRICS_TOKEN", "")
METRICS_DIR = env.str("PROMETHEUS_MULTIPROC_DIR", "")

# --- Flussonic: where the channels come from.
FLUSSONIC_URL = env.str("FLUSSONIC_URL", "").rstrip("/")
FLUSSONIC_API_KEY = env.str("FLUSSONIC_API_KEY", "")
FLUSSONIC_API = env.str("FLUSSONIC_API", "auto")
FLUSSONIC_STREAM_URL = env.str("FLUSSONIC_STREAM_URL", "").rstrip("/")
FLUSSONIC_TOKEN_KEY = env.str("FLUSSONIC_TOKEN_KEY", "token")
FLUSSONIC_INCLUDE_TRANSIENT = env.bool("FLUSSONIC_INCLUDE_TRANSIENT", False)
FLUSSONIC_TIMEOUT = env.float("FLUSSONIC_TIMEOUT", 10.0)
FLUSSONIC_DEADLINE = env.float("FLUSSONIC_DEADLINE", 120.0)
FLUSSONIC_MAX_MEGABYTES = env.int("FLUSSONIC_MAX_MEGABYTES", 200)
FLUSSONIC_MAX_ORPHAN_PERCENT = env.int("FLUSSONIC_MAX_ORPHAN_PERCENT", 20)
FLUSSONIC_SYNC_MINUTES = env.int("FLUSSONIC_SYNC_MINUTES", 0)
FLUSSONIC_PUSH_CONNECTIONS = env.int("FLUSSONIC_PUSH_CONNECTIONS", 20)
# Flussonic as it asks this service who may watch, and what it holds of running sessions.
FLUSSONIC_AUTH_SECRET = env.str("FLUSSONIC_AUTH_SECRET", "")
FLUSSONIC_AUTH_ADDRESSES = env.list("FLUSSONIC_AUTH_ADDRESSES", default=[])
FLUSSONIC_AUTH_SECONDS = env.int("FLUSSONIC_AUTH_SECONDS", 45)
AUTH_DECISIONS_SAMPLE = env.float("AUTH_DECISIONS_SAMPLE", 1.0)
AUTH_DECISIONS_KEEP = env.int("AUTH_DECISIONS_KEEP", 10_000)
SYNC_RUNS_KEEP_DAYS = env.int("SYNC_RUNS_KEEP_DAYS", 90)

# --- Auth Service: where the tokens go.
AUTH_SERVICE_URL = env.str("AUTH_SERVICE_URL", "").rstrip("/")
AUTH_SERVICE_API_KEY = env.str("AUTH_SERVICE_API_KEY", "")
AUTH_SERVICE_TIMEOUT = env.float("AUTH_SERVICE_TIMEOUT", 10.0)
AUTH_SERVICE_REQUEST_DEADLINE = env.float("AUTH_SERVICE_REQUEST_DEADLINE", 2.0)
AUTH_SERVICE_CONNECTIONS = env.int("AUTH_SERVICE_CONNECTIONS", 20)
AUTH_SERVICE_DATES = env.str("AUTH_SERVICE_DATES", "z")
RECONCILE_MINUTES = env.int("RECONCILE_MINUTES", 60)
STALE_TOKEN_LIMIT_MINUTES = env.int("STALE_TOKEN_LIMIT_MINUTES", 90)

# --- Subscribers and playlists.
DEFAULT_EXPIRY_DAYS = env.int("DEFAULT_EXPIRY_DAYS", 0)
DEFAULT_MAX_SESSIONS = env.int("DEFAULT_MAX_SESSIONS", 1)
TOKEN_BYTES = env.int("TOKEN_BYTES", 16)
PLAYLIST_LOGOS = env.str("PLAYLIST_LOGOS", "url")
PLAYLIST_HIDE_ORPHANS = env.bool("PLAYLIST_HIDE_ORPHANS", False)

# --- What subscribers do: kept in memory for a moment, written together, and forgotten after a while.
BUFFER_SECONDS = env.float("BUFFER_SECONDS", 5.0)
ACTIVITY_DAYS = env.int("ACTIVITY_DAYS", 14)
STATISTICS_DAYS = env.int("STATISTICS_DAYS", 400)
CONTENT_CACHE_MEGABYTES = env.int("CONTENT_CACHE_MEGABYTES", 128)

# --- The guide (EPG): what is kept of the feeds, and how they are fetched.
EPG_DAYS_BACK = env.int("EPG_DAYS_BACK", 7)
EPG_DAYS_AHEAD = env.int("EPG_DAYS_AHEAD", 7)
EPG_LANGUAGES = env.list("EPG_LANGUAGES", default=[])
EPG_MAX_DOWNLOAD_MEGABYTES = env.int("EPG_MAX_DOWNLOAD_MEGABYTES", 500)
EPG_MAX_MEGABYTES = env.int("EPG_MAX_MEGABYTES", 2_000)
EPG_TIMEOUT = env.float("EPG_TIMEOUT", 20.0)
EPG_DEADLINE = env.float("EPG_DEADLINE", 600.0)

# --- Lists of channels (M3U): how they are fetched.
M3U_MAX_MEGABYTES = env.int("M3U_MAX_MEGABYTES", 200)
M3U_TIMEOUT = env.float("M3U_TIMEOUT", 30.0)
M3U_DEADLINE = env.float("M3U_DEADLINE", 600.0)
# Addresses that staff type in lead out of the operator's network, unless it is said otherwise.
ALLOW_PRIVATE_ADDRESSES = env.bool("ALLOW_PRIVATE_ADDRESSES", False)

# --- Wrong passwords of players, counted by address and by user name.
PLAYER_FAILURES_OF_ADDRESS = env.int("PLAYER_FAILURES_OF_ADDRESS", 30)
PLAYER_FAILURES_OF_USERNAME = env.int("PLAYER_FAILURES_OF_USERNAME", 20)
PLAYER_COOLOFF_MINUTES = env.int("PLAYER_COOLOFF_MINUTES", 15)
XTREAM_LOGIN_ERRORS = env.int("XTREAM_LOGIN_ERRORS", 401)

# --- Applications.
INSTALLED_APPS = [
    "playlist_project.apps.PlaylistAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "adminsortable2",
    "csp",
    "django_structlog",
    "axes",
    "knox",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "pgtrigger",
    "pghistory",
    "procrastinate.contrib.django",
    "playlist_project",
    "channels",
    "catalog",
    "subscribers",
    "integrations",
    "playlists",
]
MIDDLEWARE = [
    "playlist_project.logs.RouteLogMiddleware",
    "playlist_project.metrics.RequestTimeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "playlists.players.PlayerMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "playlist_project.languages.StaffLanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "playlist_project.history.HistoryMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "playlist_project.urls"
WSGI_APPLICATION = "playlist_project.wsgi.application"
APPEND_SLASH = True
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
            ],
        },
    },
]

# --- Database.
DB_POOL_SIZE = env.int("DB_POOL_SIZE", 5)
DB_MAX_OVERFLOW = env.int("DB_MAX_OVERFLOW", 10)
DB_POOL_TIMEOUT = env.float("DB_POOL_TIMEOUT", 30.0)
DB_ECHO = env.bool("DB_ECHO", False)

database: dict[str, Any] = env.db_url("DATABASE_URL") if DATABASE_URL else embedded_postgres.start(BASE_DIR)
database["ENGINE"] = "playlist_project.postgres"
database["CONN_HEALTH_CHECKS"] = True  # a restart of PostgreSQL leaves dead connections in the pool
options = database.setdefault("OPTIONS", {})
# PostgreSQL would compile what it takes for long queries, as triggers' are to it while its statistics are old: half
# a second for one that takes a millisecond. What DATABASE_URL says for itself comes after and wins.
options["options"] = f"-c jit=off {options.get('options', '')}".strip()
options.setdefault(
    "prepare_threshold", 5
)  # for the statements of channels/statements.py; Django's own do not take part
if DB_POOL_SIZE:
    options["pool"] = {
        "min_size": DB_POOL_SIZE,
        "max_size": DB_POOL_SIZE + DB_MAX_OVERFLOW,
        "timeout": DB_POOL_TIMEOUT,
    }
DATABASES = {"default": database}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Staff accounts.
AUTH_USER_MODEL = "playlist_project.User"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "admin:login"
CSRF_FAILURE_VIEW = "playlist_project.error_pages.csrf_failure"
SESSION_COOKIE_NAME = "session_id"
SESSION_COOKIE_AGE = env.int("SESSION_TIMEOUT", 86400)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"

# --- Failed logins of staff, counted by address and by account: a lock ends by itself, however often it is tried.
LOGIN_FAILURE_LIMIT = env.int("LOGIN_FAILURE_LIMIT", 10)
LOGIN_COOLOFF_MINUTES = env.int("LOGIN_COOLOFF_MINUTES", 15)
AXES_FAILURE_LIMIT = LOGIN_FAILURE_LIMIT
AXES_COOLOFF_TIME = timedelta(minutes=LOGIN_COOLOFF_MINUTES)
AXES_LOCKOUT_PARAMETERS = ["ip_address", "username"]
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_LOCKOUT_CALLABLE = "playlist_project.login_attempts.locked_out"
AXES_CLIENT_IP_CALLABLE = "playlist_project.login_attempts.client_address"

# --- The REST API.
API_RATE_LIMIT = env.str("API_RATE_LIMIT", "600/min")
IDEMPOTENCY_HOURS = env.int("IDEMPOTENCY_HOURS", 24)
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "playlist_project.api.authentication.BearerAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["playlist_project.api.permissions.StaffPermission"],
    "DEFAULT_PARSER_CLASSES": ["playlist_project.api.envelope.StrictJsonParser"],
    "DEFAULT_RENDERER_CLASSES": ["playlist_project.api.envelope.EnvelopeRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "playlist_project.api.envelope.JsonWhateverIsAccepted",
    "DEFAULT_PAGINATION_CLASS": "playlist_project.api.paging.Pages",
    "DEFAULT_FILTER_BACKENDS": ["playlist_project.api.filters.StrictFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "playlist_project.api.schema.EnvelopeSchema",
    "EXCEPTION_HANDLER": "playlist_project.api.errors.answer",
    "DEFAULT_METADATA_CLASS": None,
    "URL_FORMAT_OVERRIDE": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "TEST_REQUEST_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Playlist Service",
    "DESCRIPTION": "Who may watch what: channels, groups, packages, tariffs and users of an IPTV operator.\n\n"
    "Every answer is JSON in an envelope. Programs send an API token as `Authorization: Bearer ...`; browsers log in "
    "and send the cookie `csrftoken` back in the header `X-CSRFToken` with what changes something.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,  # requests refuse what answers have, such as an id
    "SWAGGER_UI_DIST": "SIDECAR",
    "SERVE_AUTHENTICATION": [],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "playlist_project.api.schema.add_error_component",
        "playlist_project.api.schema_examples.add_examples",
    ],
}
REST_KNOX = {"AUTH_HEADER_PREFIX": "Bearer"}
KNOX_TOKEN_MODEL = "playlist_project.ApiToken"
MIGRATION_MODULES = {"knox": None}  # they would make the table of knox's own tokens, which ours replace

# --- HTTPS. Staff pages demand it in production; players may stay on plain HTTP, as many boxes know no TLS.
STAFF_HTTPS = env.bool("STAFF_HTTPS", not DEBUG)
PLAYERS_HTTP = env.bool("PLAYERS_HTTP", True)
SECURE_SSL_REDIRECT = STAFF_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
if PLAYERS_HTTP:
    SECURE_REDIRECT_EXEMPT += [
        r"^(playlist|logos|epg|flussonic|live|movie|series|timeshift|streaming)/",
        r"^(get|player_api|panel_api|xmltv|epg|update/epg|timeshift)\.php$",
        r"^(?!(admin|api|static)/)[^/]+/[^/]+/\d+(\.\w+)?$",  # /user/password/7.ts
    ]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = STAFF_HTTPS
# HSTS would make web players refuse the plain HTTP that PLAYERS_HTTP allows, on every port of this host.
SILENCED_SYSTEM_CHECKS = ["security.W004"]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "http:", "https:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# --- Static files: served by whitenoise, with names that carry a hash of the content.
STATIC_URL = "static/"
STATIC_ROOT = env.str("STATIC_ROOT", str(BASE_DIR / "staticfiles"))
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG  # in development, from where they are written
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# --- Language and time.
LANGUAGE_CODE = env.str("LANGUAGE_CODE", "en")
LANGUAGES = [("en", "English"), ("ru", "Русский")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "playlist_project.formats"
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
TIME_ZONE = env.str("TIME_ZONE", "UTC")
USE_I18N = True
USE_TZ = True

# --- History, kept by the database. Row-level triggers are quadratic under COPY, statement-level ones are not.
PGHISTORY_LEVEL = pgtrigger.Statement
HISTORY_DAYS = env.int("HISTORY_DAYS", 365)

# --- Logs.
LOG_LEVEL = env.str("LOG_LEVEL", "INFO")
LOG_FORMAT = env.str("LOG_FORMAT", "console" if DEBUG else "json")
logging.raiseExceptions = DEBUG  # a handler that fails would print the event unmasked
LOGGING = logs.logging_config(level=LOG_LEVEL, form=LOG_FORMAT, echo_sql=DB_ECHO, token_key=FLUSSONIC_TOKEN_KEY)
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG  # one line a request: its end
DJANGO_STRUCTLOG_STATUS_4XX_LOG_LEVEL = logging.INFO  # boxes ask on for what lapsed or is gone: nobody's fault here
structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *logs.SHARED_PROCESSORS,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)
