"""Every sentence has a translation with the same gaps, and no catalogue holds dead or double entries."""

import ast
import json
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.pofile import denormalize

from salesplan.errors import ParameterError
from salesplan.text import LANGUAGES, check_language, mark, say
from salesplan.text.catalogues import translations
from tests.shared import ROOT

PACKAGE = ROOT / "salesplan"
NOTEBOOKS = ROOT / "notebooks"
CATALOGUES = sorted((PACKAGE / "text" / "zh").glob("*.po"))
PAGE_SUFFIXES = (".j2", ".html", ".yaml", ".yml")


SPEAKERS = ("say", "mark", "Sentence")


@dataclass(frozen=True)
class Call:
    """One ``say``, ``mark`` or ``Sentence`` with a literal sentence."""

    msgid: str
    where: str
    values: frozenset[str] | None


def literals(node: ast.expr) -> list[str]:
    """Sentences that an argument can be: a literal, literals added up, or a choice between literals."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return [a + b for a in literals(node.left) for b in literals(node.right)]
    if isinstance(node, ast.IfExp):
        return literals(node.body) + literals(node.orelse)
    return []


def placeholders(text: str) -> set[str]:
    return {re.split(r"[.\[]", name)[0] for _, name, _, _ in Formatter().parse(text) if name is not None}


def calls_of(tree: ast.AST, where: str) -> list[Call]:
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", None))
        if name not in SPEAKERS:
            continue
        spread = any(k.arg is None for k in node.keywords)
        values = None if spread or name == "mark" else frozenset(k.arg or "" for k in node.keywords)
        spot = f"{where}:{node.lineno}"
        found += [Call(text, spot, values) for text in literals(node.args[0])]
    return found


@cache
def trees() -> list[tuple[ast.AST, str]]:
    parsed: list[tuple[ast.AST, str]] = [
        (ast.parse(path.read_text("utf-8")), str(path.relative_to(ROOT))) for path in sorted(PACKAGE.rglob("*.py"))
    ]
    for path in notebooks():
        for number, cell in enumerate(json.loads(path.read_text("utf-8"))["cells"]):
            if cell["cell_type"] == "code":
                lines = "".join(cell["source"]).splitlines()
                source = "\n".join(line for line in lines if not line.lstrip().startswith(("%", "!")))
                parsed.append((ast.parse(source), f"{path.relative_to(ROOT)}#{number}"))
    return parsed


def notebooks() -> list[Path]:
    return [p for p in sorted(NOTEBOOKS.rglob("*.ipynb")) if ".ipynb_checkpoints" not in p.parts]


@cache
def calls() -> list[Call]:
    found = [call for tree, where in trees() for call in calls_of(tree, where)]
    for path in pages():
        for quote in ('"', "'"):
            said = re.findall(rf"\bsay\(\s*{quote}([^{quote}]+){quote}", path.read_text("utf-8"))
            found += [Call(text, str(path.relative_to(ROOT)), None) for text in said]
    return found


def pages() -> list[Path]:
    return [p for p in sorted(PACKAGE.rglob("*")) if p.suffix in PAGE_SUFFIXES]


def entries(path: Path) -> list[tuple[str, str]]:
    """Raw entries of a .po file in order, doubles included (a parser would merge them)."""
    pairs: list[list[list[str]]] = []
    current: list[str] = []
    for line in path.read_text("utf-8").splitlines():
        keyword, _, rest = line.strip().partition(" ")
        if keyword == "msgid":
            current = [rest]
            pairs.append([current, []])
        elif keyword == "msgstr":
            current = [rest]
            pairs[-1][1] = current
        elif line.startswith('"'):
            current.append(line)
    spoken = [(denormalize("\n".join(a)), denormalize("\n".join(b))) for a, b in pairs]
    return [(msgid, text) for msgid, text in spoken if msgid]


def test_every_sentence_has_a_chinese_translation() -> None:
    known = translations("zh")
    missing = sorted({f"{c.where}: {c.msgid!r}" for c in calls() if c.msgid not in known})
    assert not missing, "no zh translation:\n" + "\n".join(missing)


def test_translations_keep_the_placeholders() -> None:
    wrong = [f"{msgid!r} -> {text!r}" for msgid, text in translations("zh").items()
             if placeholders(msgid) != placeholders(text)]
    assert not wrong, "\n".join(wrong)


def test_callers_fill_every_placeholder() -> None:
    wrong = [f"{c.where}: {c.msgid!r} lacks {sorted(placeholders(c.msgid) - c.values)}" for c in calls()
             if c.values and not placeholders(c.msgid) <= c.values]
    assert not wrong, "\n".join(wrong)


def test_no_sentence_is_pasted_together_from_values() -> None:
    pasted = [
        f"{where}:{node.lineno}" for tree, where in trees() for node in ast.walk(tree)
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.JoinedStr)
        and getattr(node.func, "id", getattr(node.func, "attr", None)) in SPEAKERS
    ]
    assert not pasted, f"f-strings cannot be translated: {pasted}"


def test_no_entry_stands_in_two_places() -> None:
    places: dict[str, list[str]] = {}
    for path in CATALOGUES:
        for msgid, _ in entries(path):
            places.setdefault(msgid, []).append(path.name)
    double = {msgid: names for msgid, names in places.items() if len(names) > 1}
    assert not double, "\n".join(f"{msgid!r}: {names}" for msgid, names in sorted(double.items()))


def test_no_entry_is_unused_or_empty() -> None:
    said = {call.msgid for call in calls()}
    literal = {text for tree, _ in trees() for node in ast.walk(tree) if isinstance(node, ast.expr)
               for text in literals(node)}
    page_text = "\n".join(path.read_text("utf-8") for path in pages())
    dead = [f"{path.name}: {msgid!r}" for path in CATALOGUES for msgid, _ in entries(path)
            if msgid not in said and msgid not in literal and msgid not in page_text]
    assert not dead, "never said:\n" + "\n".join(dead)
    empty = [f"{path.name}: {msgid!r}" for path in CATALOGUES for msgid, text in entries(path) if not text]
    assert not empty, "without translation:\n" + "\n".join(empty)


def test_raw_reading_agrees_with_the_loader() -> None:
    raw = Counter(msgid for path in CATALOGUES for msgid, _ in entries(path))
    assert set(raw) == set(translations("zh"))


def test_walk_finds_sentences_over_several_lines() -> None:
    source = 'say("one "\n    "two", lang)\nmark("a " + "b")\nsay("x" if n else "y {n}", lang, n=n)\n'
    found = calls_of(ast.parse(source), "here")
    assert [c.msgid for c in found] == ["one two", "a b", "x", "y {n}"]


def test_say_falls_back_to_english_and_fills_values() -> None:
    assert say("No such sentence {n}", "zh", n=3) == "No such sentence 3"
    assert say("No braces {here} to fill", "en") == "No braces {here} to fill"
    assert mark("as it is") == "as it is"


def test_say_lets_values_be_called_like_its_own_arguments() -> None:
    assert say("{lang} {msgid}", "en", lang="a", msgid="b") == "a b"


@pytest.mark.parametrize("lang", ["cn", "", "ZH", None])
def test_unknown_language_is_refused_with_the_known_ones(lang: str) -> None:
    with pytest.raises(ParameterError, match="Known: en, zh"):
        check_language(lang)
    with pytest.raises(ParameterError):
        say("Target", lang)


def test_languages() -> None:
    assert LANGUAGES == ("zh", "en")
