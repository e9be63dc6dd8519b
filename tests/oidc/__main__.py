"""The provider: django-oauth-toolkit with its own settings, database and sign-in page.

``python -m tests.oidc FOLDER PORT CALLBACK SECRET`` serves at ``http://127.0.0.1:PORT/o`` until it is ended. Who
signs in there: verified@, unverified@, stranger@ and invited@example.org, each with the password
``provider-password``; all addresses but the one called unverified are confirmed. The people of ``faults`` sign in
there too, with tokens that are wrong.
"""

import sys
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import django
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings

from tests.oidc.faults import FALSE_CLAIMS, FALSE_SIGNATURES, ODD

PASSWORD = "provider-password"
PEOPLE = ("verified", "unverified", "stranger", "invited", *FALSE_CLAIMS, *FALSE_SIGNATURES, *ODD)

TEMPLATE = """<!doctype html><title>Provider</title><form method="post">{% csrf_token %}{{ form }}
<input type="hidden" name="next" value="{{ next }}"><button>Enter</button></form>"""


class Server(ThreadingMixIn, WSGIServer):
    """Answers while a browser keeps a connection open that it does not use yet."""

    daemon_threads = True


class Quiet(WSGIRequestHandler):
    """Says nothing of each request."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def configure(folder: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "registration").mkdir(exist_ok=True)
    (folder / "registration" / "login.html").write_text(TEMPLATE)
    settings.configure(
        SECRET_KEY="provider",
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF="tests.oidc.urls",
        USE_TZ=True,
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "provider.sqlite3"}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "oauth2_provider",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "DIRS": [folder],
                "APP_DIRS": True,
                "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
            }
        ],
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        LOGIN_URL="/login/",
        SESSION_COOKIE_NAME="provider_session",
        CSRF_COOKIE_NAME="provider_csrf",
        OAUTH2_PROVIDER={
            "OIDC_ENABLED": True,
            "OIDC_RSA_PRIVATE_KEY": key.decode(),
            "PKCE_REQUIRED": True,
            "SCOPES": {"openid": "OpenID", "profile": "Profile", "email": "Address"},
            "OAUTH2_VALIDATOR_CLASS": "tests.oidc.claims.Claims",
        },
    )
    django.setup()


def main(folder: Path, port: int, callback: str, secret: str) -> None:
    configure(folder)
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application
    from oauth2_provider.models import Application

    call_command("migrate", verbosity=0)
    for name in PEOPLE:
        User.objects.create_user(name, f"{name}@example.org", PASSWORD, first_name=name.capitalize())
    Application.objects.create(
        name="Weni Chats",
        client_id="weni-chats",
        client_secret=secret,
        client_type="confidential",
        authorization_grant_type="authorization-code",
        redirect_uris=callback,
        skip_authorization=True,
        algorithm="RS256",
    )
    make_server("127.0.0.1", port, get_wsgi_application(), Server, Quiet).serve_forever()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4])
