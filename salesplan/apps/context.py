"""What the server tells a kernel: workspace, language, user, log file. Nothing else gets in."""

import os
from urllib.parse import parse_qs

from salesplan.text import LANGUAGES, check_language

WORKSPACE, LANGUAGE, USER, LOG = "SALESPLAN_WORKSPACE", "SALESPLAN_LANGUAGE", "SALESPLAN_USER", "SALESPLAN_LOG"


def language_of_query(query: str, otherwise: str) -> str:
    """Language a page address asks for; anything but a language of the kit is passed over.

    Examples
    --------
    >>> language_of_query("lang=en&x=1", "zh"), language_of_query("lang=__import__('os')", "zh")
    ('en', 'zh')
    """
    asked = parse_qs(query).get("lang", [""])[0]
    return asked if asked in LANGUAGES else otherwise


def app_language(otherwise: str) -> str:
    """Language of the reader of this app; the notebook's own when it does not run in the app."""
    asked = os.environ.get(LANGUAGE, "")
    return asked if asked in LANGUAGES else check_language(otherwise)


def app_workspace(otherwise: str = "") -> str:
    """Workspace the app serves; the notebook's own when it names one."""
    return otherwise or os.environ.get(WORKSPACE, "")


def in_app() -> bool:
    """Whether this kernel was started by the app's server."""
    return os.environ.get(LANGUAGE, "") in LANGUAGES


def app_user() -> str | None:
    """Whom the app serves; None sees everything in the workspace."""
    return os.environ.get(USER) or None
