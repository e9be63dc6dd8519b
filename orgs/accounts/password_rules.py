"""The rules of passwords as Django has them, said the way the other pages speak to people."""

from django.contrib.auth import password_validation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext


class UserAttributeSimilarityValidator(password_validation.UserAttributeSimilarityValidator):
    """Refuse a password like what is known of its person."""

    def get_help_text(self) -> str:
        return _("Not like your name or your e-mail address.")


class MinimumLengthValidator(password_validation.MinimumLengthValidator):
    """Refuse a short password."""

    def get_help_text(self) -> str:
        text = ngettext("At least %(count)d character.", "At least %(count)d characters.", self.min_length)
        return text % {"count": self.min_length}


class CommonPasswordValidator(password_validation.CommonPasswordValidator):
    """Refuse a password that many people use."""

    def get_help_text(self) -> str:
        return _("None that many people use.")
