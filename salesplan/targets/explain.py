"""Why is mine 1,234,500: every target opened into sums that anybody can redo, to the fen."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from salesplan.errors import InputError, known_choices
from salesplan.hierarchy import ALL_LINES, node_id
from salesplan.targets.seller_arithmetic import Part, seller_parts, seller_weight_details
from salesplan.text import mark, say
from salesplan.text.wording import say_details, say_value

if TYPE_CHECKING:
    from salesplan.targets.plan import TargetPlan

LISTED = ("children", "lines", "months", "weeks")
"""Groups whose parts are many: their sum is said, their parts are in the frame."""

COLUMNS = ["step", "group", "role", "text", "formula", "inputs", "value", "value_fen"]

LEVEL_TEXT = {
    "floor": mark("The floor is {amount_fen} with a chance of {p_floor}."),
    "stretch": mark("The stretch target is {amount_fen} with a chance of {p_stretch}."),
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Explanation:
    """The arithmetic behind one target.

    ``steps`` has one row a step: ``step`` (number), ``group`` (steps that make one sum), ``role``
    (``part``, ``total`` or ``info``), ``text`` and ``formula`` (marked sentences), ``inputs`` (their raw
    values), ``value`` (currency units) and ``value_fen`` (missing for ``info``).

    Raises
    ------
    InputError
        The parts of a group do not add up to its total, or a total is not the target.
    """

    node_id: str
    name: str
    total_fen: int
    steps: pd.DataFrame
    currency: str = "CNY"

    def __post_init__(self) -> None:
        steps = self.steps.loc[:, COLUMNS].copy()
        for group, rows in steps[steps["role"] != "info"].groupby("group", sort=False):
            parts = int(rows.loc[rows["role"] == "part", "value_fen"].sum())
            totals = rows.loc[rows["role"] == "total", "value_fen"].tolist()
            if totals != [parts] or parts != self.total_fen:
                raise InputError(
                    f"parts of {group} add up to {parts} fen, must equal {self.total_fen}",
                    where=f"explanation of {self.node_id}",
                )
        object.__setattr__(self, "steps", steps)

    def sentences(self, lang: str) -> list[str]:
        """The explanation in words; long lists are said as one sum. Plain text, escape it for a page."""
        said = self.steps[~(self.steps["group"].isin(LISTED) & (self.steps["role"] == "part"))]
        return [
            say_details(t, i, lang, currency=self.currency) for t, i in zip(said["text"], said["inputs"], strict=True)
        ]

    def to_frame(self, lang: str) -> pd.DataFrame:
        """``step``, ``text``, ``formula``, ``amount`` in words of a language."""
        rows = self.steps
        return pd.DataFrame(
            {
                "step": rows["step"],
                "role": rows["role"],
                "text": [
                    say_details(t, i, lang, currency=self.currency)
                    for t, i in zip(rows["text"], rows["inputs"], strict=True)
                ],
                "formula": [
                    say_details(t, i, lang, currency=self.currency) if t else ""
                    for t, i in zip(rows["formula"], rows["inputs"], strict=True)
                ],
                "amount": [
                    "" if pd.isna(v) else say_value("value_fen", int(v), lang, currency=self.currency)
                    for v in rows["value_fen"]
                ],
            }
        )

    def to_html(self, lang: str) -> str:
        """The steps as an HTML table in which every name is escaped."""
        head = "".join(
            f"<th>{escape(say(h, lang))}</th>" for h in (mark("Step"), mark("What"), mark("Formula"), mark("Amount"))
        )
        rows: Any = self.to_frame(lang).itertuples()
        body = "".join(
            f'<tr class="{escape(row.role)}"><td>{row.step}</td><td>{escape(row.text)}</td>'
            f'<td>{escape(row.formula)}</td><td class="num">{escape(row.amount)}</td></tr>'
            for row in rows
        )
        return f'<table class="sp-table sp-explanation"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'

    def _repr_html_(self) -> str:
        return self.to_html("zh")


def explain_node(plan: "TargetPlan", node: str, *, month: pd.Period | str | None = None) -> Explanation:
    """Open one target into its arithmetic.

    Parameters
    ----------
    plan
        A target plan.
    node
        ``node_id``: the company, a unit, a seller, or one of them crossed with a product line; a bare
        unit or seller id means all product lines.
    month
        A month of the plan year, to explain that month's target of the node instead of the year's.

    Returns
    -------
    Explanation
        For a seller: own forecast, business taken over, anchor, share of the stretch, effect of floors
        and caps, rounding. For every node: last year and growth, forecast and stretch, the units or
        sellers below, product lines, months. For a month: working days, share of the year, weeks.

    Raises
    ------
    InputError
        A node or month that the plan does not have.
    """
    ids = plan.nodes.index
    node = node if node in ids else node_id(node)
    if node not in ids:
        raise InputError(
            f"node == {node!r}, must be a node of the plan", fix=known_choices(node, list(ids[:2000]))[:200]
        )
    row: Any = plan.nodes.loc[node]
    steps = _Steps()
    if month is None:
        total = int(row["target_fen"])
        _explain_year(plan, node, row, steps)
    else:
        total = _explain_month(plan, row, _month_of(plan, month), steps)
    return Explanation(
        node_id=node,
        name=str(row["name"]),
        total_fen=total,
        steps=steps.frame(),
        currency=getattr(plan, "currency", "CNY"),
    )


class _Steps:
    """Collects the steps in order."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []

    def info(self, text: str, **inputs: Any) -> None:
        self._add("", "info", text, "", inputs, None)

    def sum(
        self,
        group: str,
        parts: Sequence[tuple[str, dict[str, Any], int]],
        total: tuple[str, dict[str, Any]],
        formula: str,
    ) -> None:
        """Parts, each with its text, inputs and fen, and the total that they make."""
        for text, inputs, fen in parts:
            self._add(group, "part", text, "", inputs | {"amount_fen": fen}, fen)
        fen = sum(part[2] for part in parts)
        self._add(group, "total", total[0], formula, total[1] | {"amount_fen": fen, "n": len(parts)}, fen)

    def _add(self, group: str, role: str, text: str, formula: str, inputs: dict[str, Any], fen: int | None) -> None:
        value = np.nan if fen is None else fen / 100
        self.rows.append(
            dict(zip(COLUMNS, (len(self.rows) + 1, group, role, text, formula, inputs, value, fen), strict=True))
        )

    def frame(self) -> pd.DataFrame:
        frame = pd.DataFrame(self.rows, columns=COLUMNS)
        frame["value_fen"] = pd.array([row["value_fen"] for row in self.rows], dtype="Int64")
        return frame


def _explain_year(plan: "TargetPlan", node: str, row: Any, steps: _Steps) -> None:
    target, name = int(row["target_fen"]), str(row["name"])
    line, is_top = str(row["product_line"]), pd.isna(row["parent_id"])
    if line == ALL_LINES:
        steps.info(mark("Target of {name}: {target_fen}."), name=name, target_fen=target)
    else:
        steps.info(
            mark("Target of {name} for {product_line}: {target_fen}."), name=name, product_line=line, target_fen=target
        )
    if is_top and line == ALL_LINES:
        how: Any = plan.company.loc["target"]
        steps.info(how["how"], **dict(how["details"]))
    if row["last_year"] > 0:
        last = round(float(row["last_year"]) * 100)
        growth = (mark("Growth of {growth}: {amount_fen}."), {"growth": target / last - 1}, target - last)
        steps.sum(
            "growth",
            [(mark("Last year: {amount_fen}."), {}, last), growth],
            (mark("Last year and growth: {amount_fen}."), {}),
            mark("last year + growth"),
        )
    else:
        steps.info(mark("There were no sales last year to grow from."))
    if row["forecast"] > 0:
        forecast = round(float(row["forecast"]) * 100)
        parts: list[Part] = [
            (mark("Forecast, what is likely without more effort: {amount_fen}."), {}, forecast),
            (mark("Stretch on top of it: {amount_fen}."), {}, target - forecast),
        ]
        steps.sum("forecast", parts, (mark("Forecast and stretch: {amount_fen}."), {}), mark("forecast + stretch"))
    steps.info(
        mark(
            "The year will likely end between {forecast_lower} and {forecast_upper};"
            " the chance to reach the target is {p_target}."
        ),
        forecast_lower=row["forecast_lower"],
        forecast_upper=row["forecast_upper"],
        p_target=row["p_target"],
    )
    for level, text in LEVEL_TEXT.items():
        steps.info(text, **{"amount_fen": int(row[f"{level}_fen"]), f"p_{level}": row[f"p_{level}"]})
    if row["unit_id"] in plan.sellers.index and line == ALL_LINES:
        seller = plan.sellers.loc[row["unit_id"]]
        text, details = seller_weight_details(plan, seller)
        steps.info(text, **details)
        steps.sum(
            "allocation",
            seller_parts(plan, str(row["unit_id"]), target),
            (mark("Together: {amount_fen}."), {}),
            mark("forecast carried + share of the stretch + rules + rounding"),
        )
    if not is_top:
        above = plan.nodes.loc[row["parent_id"]]
        if above["target_fen"]:
            steps.info(
                mark("That is {share} of the target of {parent}, {parent_fen}."),
                share=target / int(above["target_fen"]),
                parent=str(above["name"]),
                parent_fen=int(above["target_fen"]),
            )
    if line != ALL_LINES:
        whole: Any = plan.nodes.loc[node_id(str(row["unit_id"]))]
        if whole["target_fen"] and whole["forecast"] > 0:
            steps.info(
                mark("It is {share} of all product lines, {whole_fen}; in the forecast it is {forecast_share}."),
                share=target / int(whole["target_fen"]),
                whole_fen=int(whole["target_fen"]),
                forecast_share=float(row["forecast"] / whole["forecast"]),
            )
    _explain_below(plan, node, row, steps)
    _explain_periods(plan, row, steps)


def _explain_below(plan: "TargetPlan", node: str, row: Any, steps: _Steps) -> None:
    one = mark("{name}: {amount_fen}.")
    below = plan.nodes[plan.nodes["parent_id"] == node]
    if len(below):
        parts = [(one, {"name": str(n)}, int(fen)) for n, fen in zip(below["name"], below["target_fen"], strict=True)]
        steps.sum(
            "children",
            parts,
            (mark("The {n} targets directly below add up to {amount_fen}."), {}),
            mark("sum of the units or sellers below"),
        )
    if row["product_line"] == ALL_LINES:
        lines = plan.nodes[(plan.nodes["unit_id"] == row["unit_id"]) & (plan.nodes["product_line"] != ALL_LINES)]
        if len(lines):
            parts = [
                (one, {"name": str(n)}, int(fen))
                for n, fen in zip(lines["product_line"], lines["target_fen"], strict=True)
            ]
            steps.sum(
                "lines",
                parts,
                (mark("The {n} product lines add up to {amount_fen}."), {}),
                mark("sum of the product lines"),
            )


def _explain_periods(plan: "TargetPlan", row: Any, steps: _Steps) -> None:
    months = _cells_of(plan, row).groupby("month", observed=True)["target_fen"].sum()
    if len(months):
        parts = [(mark("{month}: {amount_fen}."), {"month": month}, int(fen)) for month, fen in months.items()]
        steps.sum("months", parts, (mark("The {n} months add up to {amount_fen}."), {}), mark("sum of the months"))


def _explain_month(plan: "TargetPlan", row: Any, month: pd.Period, steps: _Steps) -> int:
    cells = _cells_of(plan, row)
    inside = cells[cells["month"] == month]
    total, year = int(inside["target_fen"].sum()), int(row["target_fen"])
    line = str(row["product_line"])
    if line == ALL_LINES:
        text, named = mark("Target of {name} in {month}: {amount_fen}."), {}
    else:
        text = mark("Target of {name} for {product_line} in {month}: {amount_fen}.")
        named = {"product_line": line}
    steps.info(text, name=str(row["name"]), month=month, amount_fen=total, **named)
    if year:
        steps.info(
            mark("That is {share} of the year's {target_fen}; an even split would be {even_share}."),
            share=total / year,
            target_fen=year,
            even_share=1 / 12,
        )
    months: Any = getattr(plan, "months", pd.DataFrame())
    if month in months.index and "working_days" in months:
        text = mark("The month has {n_days} of the year's {n_year_days} working days.")
        if bool(months.loc[month].get("is_estimated", False)):
            text = mark(
                "The month has {n_days} of the year's {n_year_days} working days (estimated, not yet announced)."
            )
        steps.info(text, n_days=int(months.loc[month, "working_days"]), n_year_days=int(months["working_days"].sum()))
    season = getattr(plan.forecast, "seasonal_index", None)
    if season is not None and row["product_line"] in season.index and month in season.columns:
        steps.info(
            mark("A working day of this month sells {factor} times an average one for {product_line}."),
            factor=float(season.loc[row["product_line"], month]),
            product_line=str(row["product_line"]),
        )
    weeks = inside.groupby("iso_week", observed=True)["target_fen"].sum()
    parts = [(mark("{iso_week}: {amount_fen}."), {"iso_week": str(week)}, int(fen)) for week, fen in weeks.items()]
    steps.sum(
        "weeks", parts, (mark("The {n} weeks or pieces of weeks add up to {amount_fen}."), {}), mark("sum of the weeks")
    )
    if row["product_line"] == ALL_LINES and inside["product_line"].drop_duplicates().size > 1:
        lines = inside.groupby("product_line", observed=True)["target_fen"].sum()
        parts = [(mark("{name}: {amount_fen}."), {"name": str(line)}, int(fen)) for line, fen in lines.items()]
        steps.sum(
            "lines",
            parts,
            (mark("The {n} product lines add up to {amount_fen}."), {}),
            mark("sum of the product lines"),
        )
    return total


def _cells_of(plan: "TargetPlan", row: Any) -> pd.DataFrame:
    """Cells below a node; walks the nodes so that it needs nothing but the plan's frames."""
    units = plan.nodes[plan.nodes["product_line"] == ALL_LINES]
    below: dict[Any, list[Any]] = units.groupby("parent_id")["unit_id"].apply(list).to_dict()
    inside, front = {row["unit_id"]}, [row["unit_id"]]
    while front:
        front = [child for unit in front for child in below.get(node_id(unit), [])]
        inside.update(front)
    keep = plan.cells["seller_id"].isin(inside)
    if row["product_line"] != ALL_LINES:
        keep &= plan.cells["product_line"] == row["product_line"]
    return plan.cells[keep]


def _month_of(plan: "TargetPlan", month: pd.Period | str) -> pd.Period:
    known = pd.PeriodIndex(plan.year)
    try:
        wanted = pd.Period(month, freq="M")
    except ValueError:
        wanted = None
    if wanted is None or wanted not in known:
        raise InputError(f"month == {month}, must be a month of the plan year", fix=f"Known: {known[0]} to {known[-1]}")
    return wanted
