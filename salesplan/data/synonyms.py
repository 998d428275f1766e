"""The words exports use: captions of columns, and words in picklists, in Chinese and English."""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib import resources
from itertools import product
from typing import Any

import yaml

_UNIT_TAIL = re.compile(
    r"[(\[（【]\s*(?:单位[:：]?)?\s*(?:人民币|rmb|cny|usd|¥|￥|\$)?\s*(?:百万|千万|万|千|亿|百)?\s*(?:元|圆|%|cny|rmb|usd)?\s*[)\]）】]\s*$"
)
_TIME_TAIL = re.compile(
    r"[(\[（【]\s*(?:单位[:：]?)?\s*(?:分钟|小时|秒|分|时|天|h|hours?|min(?:ute)?s?|s|sec(?:ond)?s?|days?)\s*[)\]）】]\s*$"
)
_SCALE_TAIL = re.compile(r"[(\[（【]\s*(?:\d+\s*[-–~～至]\s*\d+\s*[分级]?|[百十五]分制|\d+分制|满分\s*\d+\s*分?)\s*[)\]）】]\s*$")
_CHOICE = re.compile(r"\{([^}]*)\}")
_REQUIRED_MARK = re.compile(r"[*＊]|[(（](?:必填|选填|required|optional)[)）]")


def normal_label(label: str) -> str:
    """A caption as it is compared: width folded, unit and "required" marks off, separators and case gone.

    Examples
    --------
    >>> normal_label(" *合同金额（万元）"), normal_label("Order_Date"), normal_label("订单 ID")
    ('合同金额', 'orderdate', '订单id')
    """
    text = unicodedata.normalize("NFKC", label).casefold().strip()
    text = _REQUIRED_MARK.sub("", text)
    text = _SCALE_TAIL.sub("", _TIME_TAIL.sub("", _UNIT_TAIL.sub("", text)))
    return re.sub(r"[\s_\-./#:]+", "", text)


@cache
def _catalogue() -> dict[str, Any]:
    path = resources.files("salesplan.data") / "mappings" / "synonyms.yaml"
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")))


@cache
def column_labels(table: str) -> dict[str, str]:
    """Normalised caption to the column (or named person, customer …) it stands for in a table.

    Examples
    --------
    >>> column_labels("order_line")["签单日期"]
    'order_date'
    """
    found: dict[str, str] = {}
    for column, labels in _catalogue()["columns"].get(table, {}).items():
        for label in [column, *_spelled_out(labels)]:
            found.setdefault(normal_label(str(label)), column)
    return found


@cache
def label_rank(table: str, column: str) -> dict[str, int]:
    """Normalised caption to its place in the list of synonyms (0 means the surest)."""
    labels = _spelled_out(_catalogue()["columns"].get(table, {}).get(column, []))
    return {normal_label(str(label)): place for place, label in reversed(list(enumerate([column, *labels])))}


def usual_label(table: str, column: str, *, chinese: bool) -> str:
    """The caption people would most likely use for a column.

    Examples
    --------
    >>> usual_label("order_line", "order_no", chinese=True), usual_label("order_line", "amount", chinese=False)
    ('订单编号', 'amount')
    """
    labels = list(_spelled_out(_catalogue()["columns"].get(table, {}).get(column, [])))
    return next((label for label in labels if label.isascii() != chinese), labels[0] if labels else column)


def _spelled_out(labels: list[Any]) -> Iterator[str]:
    for label in labels:
        pieces = _CHOICE.split(str(label))
        yield from ("".join(p) for p in product(*(p.split("|") if i % 2 else [p] for i, p in enumerate(pieces))))


def telling_columns(table: str) -> tuple[tuple[str, ...], ...]:
    """Groups of columns of which each needs one caption before a sheet is taken for that table."""
    groups = _catalogue()["needs"].get(table, [])
    return tuple(tuple(str(g).split("|")) for g in groups)


def file_words(table: str) -> tuple[str, ...]:
    """Words in file or sheet names that speak for a table."""
    return tuple(_catalogue()["file_words"].get(table, []))


@cache
def picklist_words(column: str, *, table: str = "") -> dict[str, str]:
    """Words of a picklist and the choice each stands for, where the table has its own, those.

    Examples
    --------
    >>> picklist_words("status")["离职"], picklist_words("status", table="opportunity")["赢单"]
    ('left', 'won')
    """
    words = _catalogue()["words"]
    words = words.get(f"{table}.{column}", words.get(column, {}))
    return {str(word): choice for choice, listed in words.items() for word in listed}
