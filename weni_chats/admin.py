"""The back office as a whole: its name, its login, and which models of libraries it hides.

Models of libraries contain secrets (second factors, identity provider tokens) or could be edited past the operations
that protect them.
"""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django.models import ProcrastinateJob

for model in (
    Authenticator,
    EmailAddress,
    Group,
    ProcrastinateJob,
    SocialAccount,
    SocialApp,
    SocialToken,
    UserSession,
):
    if admin.site.is_registered(model):
        admin.site.unregister(model)

admin.site.site_header = admin.site.site_title = _("Weni Chats back office")
admin.site.index_title = _("Everything on this installation")
