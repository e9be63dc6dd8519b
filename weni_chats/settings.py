"""Settings, from the environment (docs/operations.md lists the variables)."""

import os
import secrets
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import environ
from django.utils.translation import gettext_lazy as _

from weni_chats import logs
from weni_chats.serving import embedded_postgres

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

DATA_DIR = Path(env.str("WENI_DATA_DIR", default=str(BASE_DIR / ".data"))).resolve()
DEBUG = env.bool("DEBUG", default=False)
TESTING = env.bool("WENI_TESTING", default=False)


def _secret_key() -> str:
    """Return SECRET_KEY, or one generated on the first start and kept in the data folder."""
    given = env.str("SECRET_KEY", default="")
    if given:
        return given
    path = DATA_DIR / "secret_key"
    if path.exists():
        return path.read_text().strip()
    DATA_DIR.mkdir(parents=True, exist_ok=True)
    key = secrets.token_urlsafe(48)
    try:
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(key)
    except FileExistsError:
        return path.read_text().strip()
    return key


try:
    SECRET_KEY = _secret_key()
except PermissionError:
    sys.exit(embedded_postgres.closed_folder(DATA_DIR))
# Earlier keys: what was signed or encrypted with them can still be read.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ORIGIN = env.str("ORIGIN", default="").rstrip("/")
# With a public URL only its host is allowed, so that no e-mail links to another host.
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[urlsplit(ORIGIN).hostname] if ORIGIN else ["*"])
CSRF_TRUSTED_ORIGINS = [ORIGIN] if ORIGIN else []
# Number of proxies in front that append to X-Forwarded-For; with 0 the header is ignored.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
# Set by `serve` and `make run` for web processes behind their front, which counts as one of these proxies.
FRONT_RUN = env.str("WENI_FRONT", default="")
OWN_PROXIES = 1 if FRONT_RUN else 0
# Secret for reading /metrics; without one the page doesn't exist.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
CALLBACK_ALLOWED_HOSTS = env.list("CALLBACK_ALLOWED_HOSTS", default=[])

LOCAL_APPS = [
    "live",
    "orgs",
    "sectors",
    "queues",
    "tags",
    "tickets",
    "reports",
    "active_messages",
    "setup",
    "guide",
    "demo",
    "weni_chats",
]
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "rest_framework",
    "drf_spectacular",
    "django_htmx",
    "lucide",
    "procrastinate.contrib.django",
    *LOCAL_APPS,
]

MIDDLEWARE = [
    "weni_chats.middleware.RequestIdMiddleware",
    "csp.middleware.CSPMiddleware",
    "weni_chats.middleware.HealthMiddleware",
    "core.api.errors.JsonErrorsMiddleware",
    "weni_chats.middleware.HostMiddleware",
    "weni_chats.middleware.ProxyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "core.body_size.BodySizeMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "weni_chats.middleware.PrivacyMiddleware",
    "orgs.preferences.PreferencesMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "orgs.accounts.sessions.SeenMiddleware",
    "core.http.RefusalMiddleware",
]

# core.icons takes the place of the library of the same name on purpose.
SILENCED_SYSTEM_CHECKS = ["templates.W003"]

ROOT_URLCONF = "weni_chats.urls"
WSGI_APPLICATION = "weni_chats.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "libraries": {
                "lucide": "core.icons",
                "numbers": "core.number_tags",
                "rich_text": "core.rich_text",
                "zones": "core.zone_tags",
            },
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "orgs.context_processors.shell",
            ],
        },
    }
]

# Statement timeout in milliseconds; management commands have none (manage.py).
STATEMENT_TIMEOUT = env.int("STATEMENT_TIMEOUT_MS", default=15_000)


#: How soon a connection notices that the database's host has vanished without a word, where requests would hang for
#: minutes. Sockets in the file system need none of it and ignore it.
_DATABASE_GONE = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    # What was sent and not acknowledged for so long, in milliseconds, ends the connection.
    "tcp_user_timeout": 10_000,
}


def _database() -> dict:
    """Return the database of DATABASE_URL, else the embedded server's socket in the data folder."""
    if env.str("DATABASE_URL", default=""):
        config = env.db("DATABASE_URL")
        config["ENGINE"] = "django.db.backends.postgresql"
        # A socket's folder is percent-encoded in place of the host, as in libpq.
        config["HOST"] = unquote(config["HOST"])
    else:
        config = embedded_postgres.connection_settings(DATA_DIR)
    options = config.setdefault("OPTIONS", {})
    options.setdefault("options", f"-c statement_timeout={STATEMENT_TIMEOUT}")
    for option, value in _DATABASE_GONE.items():
        options.setdefault(option, value)
    if env.bool("DATABASE_POOL", default=not TESTING):
        options["pool"] = {
            "min_size": 1,
            "max_size": env.int("DATABASE_POOL_SIZE", default=12),
            # Seconds a request waits for a connection: then it is answered with 503, instead of hanging.
            "timeout": env.int("DATABASE_POOL_TIMEOUT", default=5),
        }
    config["CONN_MAX_AGE"] = 0
    return config


DATABASES = {"default": _database()}
# The event stream's connection, direct if DATABASE_URL goes through a pooler; and its transport.
LISTEN_DATABASE_URL = env.str("LISTEN_DATABASE_URL", default="")
LIVE_URL = env.str("LIVE_URL", default="")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Shared by all processes, for rate limits: `createcachetable` creates it.
CACHES = {
    "default": {
        "BACKEND": "core.throttling.CountingCache",
        "LOCATION": "weni_cache",
        # Above this number, expired entries are deleted at each write.
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    }
}

AUTH_USER_MODEL = "orgs.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "orgs.accounts.password_rules.UserAttributeSimilarityValidator"},
    {
        "NAME": "orgs.accounts.password_rules.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "orgs.accounts.password_rules.CommonPasswordValidator"},
]
if TESTING:
    # Tests create hundreds of people; a slow hash gains nothing there.
    PASSWORD_HASHERS = ["tests.hashers.QuickPBKDF2"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = True
# How often within what time, by IP address (ip), requested account (key), signed-in user (user).
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "20/5m/ip,5/5m/key",
    "reset_password": "20/h/ip,5/h/key",
    "reset_password_from_key": "20/m/ip",
    "change_password": "5/m/user",
    "manage_email": "10/m/user",
    "reauthenticate": "10/m/user",
    # By account and session: nobody without that session can use these up.
    "reauthentication_failed": "5/5m/key",
    "confirm_email": "1/3m/key",
    "mail_code": "5/h/user",
}
MFA_RATE_LIMITS = {"webauthn_login": "20/m/ip"}
# Forms of the second step; those of a person who is signed in count wrong tries by session.
MFA_FORMS = {
    "login_webauthn": "orgs.accounts.second_step_forms.LoginForm",
    "authenticate_webauthn": "orgs.accounts.second_step_forms.AuthenticateForm",
    "authenticate": "orgs.accounts.second_step_forms.CodeForm",
    "reauthenticate": "orgs.accounts.second_step_forms.ReauthenticateForm",
    "reauthenticate_webauthn": "orgs.accounts.second_step_forms.ReauthenticateKeyForm",
    "activate_totp": "orgs.accounts.second_step_forms.ActivateAppForm",
}
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "orgs.accounts.reset_links.ResetTokens"
ACCOUNT_FORMS = {
    "login": "orgs.accounts.forms.LoginForm",
    "add_email": "orgs.accounts.forms.AddEmailForm",
    "reset_password": "orgs.accounts.forms.ResetPasswordForm",
    "change_password": "orgs.accounts.forms.ChangePasswordForm",
    "set_password": "orgs.accounts.forms.SetPasswordForm",
    "reset_password_from_key": "orgs.accounts.forms.ResetPasswordKeyForm",
}
ACCOUNT_ADAPTER = "orgs.accounts.adapters.AccountAdapter"
# One address per person; a new one takes effect once it is confirmed by e-mail (docs/rules.md, Signing in).
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
# An address without an account gets no e-mail: the page looks the same either way.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
# One identity provider (OpenID Connect), if its issuer is set.
OIDC_ISSUER = env.str("OIDC_ISSUER", default="").rstrip("/")
SOCIALACCOUNT_ADAPTER = "orgs.accounts.adapters.SocialAccountAdapter"
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {
    "openid_connect": {
        "provider_class": "orgs.accounts.oidc.Provider",
        "APPS": [
            {
                "provider_id": "oidc",
                "name": env.str("OIDC_NAME", default="OpenID Connect"),
                "client_id": env.str("OIDC_CLIENT_ID", default=""),
                "secret": env.str("OIDC_CLIENT_SECRET", default=""),
                "settings": {"server_url": OIDC_ISSUER},
            }
        ]
        if OIDC_ISSUER
        else [],
    }
}
# The adapter matches accounts: the library would also match unconfirmed addresses.
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
# Whether signing in through the identity provider satisfies an organization's two-factor requirement.
OIDC_TWO_FACTORS = env.bool("OIDC_TWO_FACTORS", default=False)
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = "Weni Chats"
# Accounts come from invitations, so nobody can claim another person's address first; otherwise two-factor
# authentication and changing the address would exclude each other.
MFA_ALLOW_UNVERIFIED_EMAIL = True

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = ORIGIN.startswith("https://")
CSRF_COOKIE_SECURE = SESSION_COOKIE_SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SESSION_COOKIE_SECURE else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "connect-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],
        "font-src": ["'self'"],
        "media-src": ["'self'", "blob:"],
        "manifest-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("es", _("Spanish")), ("pt-br", _("Brazilian Portuguese"))]
FORMAT_MODULE_PATH = "weni_chats.formats"
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = DATA_DIR / "static"
# `manage.py serve` runs collectstatic first; otherwise files are served from their source folders.
STATIC_HASHED = env.bool("STATIC_HASHED", default=False)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if STATIC_HASHED
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not STATIC_HASHED
# In tests each client loads the middleware anew; with autorefresh it doesn't scan all files.
WHITENOISE_AUTOREFRESH = DEBUG or TESTING
MEDIA_ROOT = DATA_DIR / "media"
# Attachments: bytes per file, files per message, and for how many days the flow engine can download them.
FILE_MAX_BYTES = env.int("FILE_MAX_MB", default=16) * 1024 * 1024
FILES_PER_MESSAGE = env.int("FILES_PER_MESSAGE", default=10)
FILE_LINK_DAYS = env.int("FILE_LINK_DAYS", default=7)
# Files of channels: bytes per file, and how many one worker fetches at the same time (fewer than WORKER_CONCURRENCY).
MEDIA_MAX_BYTES = env.int("MEDIA_MAX_MB", default=100) * 1024 * 1024
MEDIA_CONCURRENCY = env.int("MEDIA_CONCURRENCY", default=6)
# The base of addresses if ORIGIN isn't set: where `make run` listens.
LOCAL_ORIGIN = f"http://localhost:{env.str('PORT', default='8000')}"

if env.str("EMAIL_URL", default=""):
    vars().update(env.email_url("EMAIL_URL"))
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = str(DATA_DIR / "mail")
# Seconds: an unresponsive mail server must not block a page.
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("FROM_EMAIL", default="Weni Chats <no-reply@localhost>")

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "orgs.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_SCHEMA_CLASS": "core.api.schema.Schema",
    "EXCEPTION_HANDLER": "core.api.errors.handle",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Weni Chats",
    "DESCRIPTION": "The API of people's programs (/api/v1) and the surface of the flow engine (/v1/external).",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/(api/v1|v1/external)",
    "SORT_OPERATIONS": True,
    "COMPONENT_SPLIT_PATCH": False,
    "ENUM_NAME_OVERRIDES": {
        "TicketStatus": "tickets.models.TicketStatus",
        "AgentStatus": "queues.models.Status",
        "OrganizationRole": "orgs.models.OrganizationRole",
        "FileKind": "tickets.files.kinds.Kind",
        "FetchState": "tickets.models.FetchState",
        "FetchError": "tickets.models.FetchError",
        "ProjectRole": "orgs.models.ProjectRole",
        "ContactStatus": ["online", "offline"],
        "KindEnum": "tickets.api.rest.serializers.LINE_KINDS",
    },
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "core.api.schema.add_refusals",
    ],
}

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"
# Callbacks mostly wait for other servers, so concurrency is cheap.
PROCRASTINATE_WORKER_DEFAULTS = {
    "concurrency": env.int("WORKER_CONCURRENCY", default=40),
    # Jobs for a certain moment, such as the first callback of a ticket, wait at most this much longer (seconds).
    "fetch_job_polling_interval": 1.0,
    "delete_jobs": "successful",
    "shutdown_graceful_timeout": 5.0,
}

LOGGING = logs.configuration(as_json=env.bool("LOG_JSON", default=None), level=env.str("LOG_LEVEL", default="INFO"))
