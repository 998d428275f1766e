"""Words in zh and en, and the one place where numbers become text."""

from string import Formatter
from typing import Any

from salesplan.errors import ParameterError, Sentence, known_choices
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
            Sentence("language == {given}, must be a language of the kit", given=repr(lang)), fix=known_choices(lang, LANGUAGES)
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
    A sentence without a translation is said in English. ``{n:file|files}`` is the first word where n is 1, else the second.

    Examples
    --------
    >>> say("Target", "zh"), say("Target", "en")
    ('目标', 'Target')
    >>> say("{n} {n:row|rows}", "en", n=3), say("{n} {n:row|rows}", "en", n=1)
    ('3 rows', '1 row')
    """
    text = msgid if check_language(lang) == "en" else translations(lang).get(msgid, msgid)
    if not values:
        return text
    return _WITH_NUMBER.vformat(text, (), values) if "|" in text else text.format(**values)


class _WithNumber(Formatter):
    """Fills in values, and words that go with the number of things."""

    def format_field(self, value: Any, format_spec: str) -> Any:
        one, choice, many = format_spec.partition("|")
        return (one if str(value) == "1" else many) if choice else super().format_field(value, format_spec)


_WITH_NUMBER = _WithNumber()
