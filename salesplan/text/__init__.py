"""Words in zh and en, and the one place where numbers become text."""

from typing import Any

from salesplan.errors import ParameterError, known_choices
from salesplan.text.catalogues import LANGUAGES, translations

__all__ = ["LANGUAGES", "check_language", "mark", "say"]


def check_language(lang: str) -> str:
    """Give the language back when the kit speaks it.

    Raises
    ------
    ParameterError
        The language is not one of ``LANGUAGES``.

    Examples
    --------
    >>> check_language("zh")
    'zh'
    >>> check_language("cn")
    Traceback (most recent call last):
    salesplan.errors.ParameterError: language == 'cn', must be a language of the kit. Fix: Known: en, zh.
    """
    if lang not in LANGUAGES:
        raise ParameterError(
            f"language == {lang!r}, must be a language of the kit", fix=known_choices(lang, LANGUAGES)
        )
    return lang


def mark(msgid: str) -> str:
    """Mark a sentence for translation where it is computed; it is said later, by who shows it.

    Examples
    --------
    >>> mark("Target")
    'Target'
    """
    return msgid


def say(msgid: str, lang: str, /, **values: Any) -> str:
    """Say an English sentence in a reader's language, with its values filled in.

    Values are put in after translation by ``str.format``, so a translation may order them freely.
    A sentence without a translation is said in English.

    Examples
    --------
    >>> say("Target", "zh"), say("Target", "en")
    ('目标', 'Target')
    >>> say("{n} rows", "en", n=3)
    '3 rows'
    """
    text = msgid if check_language(lang) == "en" else translations(lang).get(msgid, msgid)
    return text.format(**values) if values else text
