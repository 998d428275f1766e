"""Errors in the reader's language, as far as they keep their sentences."""

from typing import Any

from salesplan.errors import SalesplanError, Sentence
from salesplan.text import check_language, mark, say

WHERE = mark("Where: {where}")
FIX = mark("Fix: {fix}")


def say_error(error: SalesplanError, lang: str) -> str:
    """What is wrong, where, and what to do; parts that are plain text stay in English.

    Examples
    --------
    >>> from salesplan.errors import InputError, known_choices
    >>> wrong = InputError(Sentence("set == {given}, must be a set", given="'x'"), fix=known_choices("x", ["all"]))
    >>> say_error(wrong, "en"), say_error(wrong, "zh")
    ("set == 'x', must be a set. Fix: Known: all.", "set == 'x', must be a set。处理：已知：all。")
    """
    if check_language(lang) == "en":
        return str(error)
    parts = [_said(error.what, lang)]
    parts += [say(text, lang, **{name: _said(part, lang)})
              for text, name, part in ((WHERE, "where", error.where), (FIX, "fix", error.fix)) if part]
    return "。".join(parts) + "。"


def _said(part: Any, lang: str) -> str:
    text = part
    if isinstance(part, Sentence):
        text = say(part.msgid, lang, **{name: _said(value, lang) for name, value in part.values.items()})
    return str(text).rstrip(".。")
