"""Errors in the reader's language, as far as they keep their sentences."""

from typing import Any

from salesplan.errors import SalesplanError, Sentence, Title
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


def sentence_detail(part: Any) -> Any:
    """Part of an error as a detail of a note, which `salesplan.text.wording.say_details` says in the reader's language.

    Examples
    --------
    >>> sentence_detail(Sentence("{field} is missing", field="name"))
    {'msgid': '{field} is missing', 'details': {'field': 'name'}}
    >>> sentence_detail("plain")
    'plain'
    """
    if isinstance(part, Sentence):
        return {"msgid": part.msgid, "details": {name: sentence_detail(v if isinstance(v, str | list | tuple) else str(v))
                                                 for name, v in part.values.items()}}
    if isinstance(part, list | tuple):
        return [sentence_detail(one) for one in part]
    return {"en": str(part), **part.others} if isinstance(part, Title) else part


def _said(part: Any, lang: str) -> str:
    if isinstance(part, list | tuple):
        return ("、" if lang == "zh" else ", ").join(_said(one, lang) for one in part)
    text = part.others.get(lang, part) if isinstance(part, Title) else part
    if isinstance(part, Sentence):
        text = say(part.msgid, lang, **{name: _said(value, lang) for name, value in part.values.items()})
    return str(text).rstrip(".。")
