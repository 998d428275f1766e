"""What goes where: from the columns of a file to the columns of a canonical table, written as YAML."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal, Self

import pandas as pd
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from salesplan.data.parsers import PARSERS
from salesplan.data.schema import TABLES
from salesplan.errors import ParameterError, Sentence, known_choices
from salesplan.text.value_rules import broken_rule

UNITS = {
    **{"元": 1, "千": 1_000, "千元": 1_000, "万": 10_000, "万元": 10_000, "百万": 1_000_000},
    **{"亿": 100_000_000, "亿元": 100_000_000, "k": 1_000, "thousand": 1_000, "m": 1_000_000, "million": 1_000_000},
}
"""Units a mapping may give a column of money."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True, coerce_numbers_to_str=True)


class Lookup(_Part):
    """A value found in another file: the row whose ``match`` equals ours gives ``value``."""

    file: str
    sheet: str | None = None
    match: str
    value: str


class PersonColumns(_Part):
    """The source columns that say who a person is; any of them may be absent."""

    employee_no: str | None = None
    email: str | None = None
    name: str | None = None
    org: str | None = None


class ColumnRule(_Part):
    """How one canonical column is filled. Exactly one of from, const, join and person starts it.

    ``from`` names a source column, or several of which the first filled one counts; ``lookup`` then carries
    the value through other files; ``map`` replaces words (others stay, or become empty with
    ``otherwise: empty``); ``prefix`` is put before; ``default`` stands in for empty; ``parse`` and
    ``unit`` say how text becomes a value; ``refer`` turns a code or name into the id of another table;
    ``shift_months`` and ``snap`` move dates to another calendar.
    """

    from_: str | list[str] | None = Field(default=None, alias="from")
    const: str | None = None
    join: list[str] | None = None
    sep: str = "-"
    lookup: list[Lookup] = Field(default_factory=list)
    person: PersonColumns | None = None
    refer: Literal["org_unit", "customer", "product", "rep", "skill", "course"] | None = None
    map: dict[str, str] | None = None
    otherwise: Literal["keep", "empty"] = "keep"
    prefix: str = ""
    default: str | None = None
    parse: str | None = None
    unit: int | str | None = None
    shift_months: int = 0
    snap: Literal["month_start", "month_end"] | None = None

    @model_validator(mode="before")
    @classmethod
    def _short_forms(cls, value: Any) -> Any:
        if isinstance(value, (str, int)):
            return {"from": str(value)}
        if isinstance(value, dict) and isinstance(value.get("lookup"), dict):
            value = {**value, "lookup": [value["lookup"]]}
        return value

    @model_validator(mode="after")
    def _one_start(self) -> Self:
        starts = [self.from_, self.const, self.join, self.person]
        if sum(s is not None for s in starts) != 1:
            raise ValueError("give exactly one of from, const, join, person")
        if self.parse is not None and self.parse not in PARSERS:
            raise ValueError(f"parse == {self.parse!r}, must be known; {known_choices(self.parse, PARSERS)}")
        if isinstance(self.unit, str) and self.unit not in UNITS:
            raise ValueError(f"unit == {self.unit!r}, must be known; {known_choices(self.unit, UNITS)}")
        return self

    @property
    def sources(self) -> list[str]:
        """Source columns the rule reads."""
        named = [self.from_] if isinstance(self.from_, str) else list(self.from_ or [])
        people = [v for v in (self.person.model_dump().values() if self.person else []) if v]
        return [*named, *(self.join or []), *people]

    @property
    def unit_value(self) -> int | None:
        """What one stands for, where the mapping says so."""
        return UNITS[self.unit] if isinstance(self.unit, str) else self.unit


class Unpivot(_Part):
    """Columns to rows: headers that match ``columns`` go to ``name`` (first group), their cells to ``value``."""

    columns: str
    name: str = "period"
    value: str = "value"


class TableRule(_Part):
    """How rows of a sheet become rows of one canonical table.

    ``where``/``where_not`` keep or drop rows by the words in a source column; the rows left out are set aside
    and counted. ``distinct`` takes one row a key (tables read off repeated columns). ``rows`` are
    constant rows written in the mapping itself.
    """

    table: str
    columns: dict[str, ColumnRule] = Field(default_factory=dict)
    where: dict[str, list[str]] = Field(default_factory=dict)
    where_not: dict[str, list[str]] = Field(default_factory=dict)
    distinct: bool = False
    unpivot: Unpivot | None = None
    rows: list[dict[str, str]] = Field(default_factory=list)
    score: float | None = None
    note: str = ""

    @model_validator(mode="after")
    def _known_columns(self) -> Self:
        if self.table not in TABLES:
            raise ValueError(f"table == {self.table!r}, must be known; {known_choices(self.table, TABLES)}")
        names = TABLES[self.table].names
        for name in [*self.columns, *(c for row in self.rows for c in row)]:
            if name not in names:
                raise ValueError(f"{self.table}.{name} must be a known column; {known_choices(name, names)}")
        return self


class FileRule(_Part):
    """Which file and sheet, how to read it, the tables it feeds, and (for the reader) the columns it passes over."""

    match: str
    sheet: str | None = None
    tables: list[TableRule] = Field(default_factory=list)
    replaces: list[str] = Field(default_factory=list)
    encoding: str | None = None
    delimiter: str | None = None
    header_row: int | None = None
    not_used: list[str] = Field(default_factory=list)

    def fits(self, name: str) -> bool:
        """Whether the rule is for a file of that name."""
        return fnmatchcase(name.casefold(), self.match.casefold())


class Ignored(_Part):
    """Files left out on purpose, with the reason."""

    match: str
    why: str


class Mapping(_Part):
    """A whole import: files, tables and columns, and what the workspace should know about the source.

    Examples
    --------
    >>> mapping = Mapping.from_yaml('''
    ... source: shop
    ... files:
    ...   - match: orders*.csv
    ...     tables:
    ...       - table: order_line
    ...         columns: {order_line_id: No, order_id: No, order_date: Date, amount: {from: Total, unit: 万元}}
    ... ''')
    >>> mapping.files[0].tables[0].columns["amount"].unit_value
    10000
    >>> Mapping.from_yaml(mapping.to_yaml()) == mapping
    True
    """

    version: int = 1
    source: str
    title: str = ""
    settings: dict[str, str | int] = Field(default_factory=dict)
    timezone: str = "Asia/Shanghai"
    date_order: Literal["ymd", "mdy", "dmy"] = "ymd"
    files: list[FileRule] = Field(default_factory=list)
    ignore: list[Ignored] = Field(default_factory=list)
    recognised_by: list[list[str]] = Field(default_factory=list)
    identities: dict[str, str] = Field(default_factory=dict)

    @classmethod
    def from_yaml(cls, text: str, *, where: str = "mapping") -> "Mapping":
        """Read a mapping; a fault names its place.

        Raises
        ------
        ParameterError
            No YAML, or a key, table, column or parser that is not known.
        """
        try:
            return cls.model_validate(yaml.safe_load(text) or {})
        except yaml.YAMLError as error:
            raise ParameterError(f"mapping is not YAML: {error}", where=where) from error
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(p) for p in first["loc"])
            raise ParameterError(
                Sentence("mapping: {place}: {rule}", place=place, rule=broken_rule(first)), where=where,
                fix=Sentence("Correct that entry of the mapping."),
            ) from error

    def to_yaml(self) -> str:
        """The mapping as YAML; reading it again gives an equal mapping."""
        body = self.model_dump(by_alias=True, exclude_defaults=True)
        for file in body.get("files", []):
            for table in file.get("tables", []):
                for name, rule in table.get("columns", {}).items():
                    if isinstance(rule, dict) and set(rule) == {"from"} and isinstance(rule["from"], str):
                        table["columns"][name] = rule["from"]
        return yaml.safe_dump({"version": self.version, **body}, allow_unicode=True, sort_keys=False, width=110)

    def save(self, path: str | Path) -> Path:
        """Write the mapping as YAML."""
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.to_yaml(), encoding="utf-8")
        return path

    def to_frame(self) -> pd.DataFrame:
        """One row a mapped column, to be shown for confirmation: file, sheet, table, column, source, how, score."""
        rows = []
        for file in self.files:
            for table in file.tables:
                for name, rule in table.columns.items():
                    how = rule.model_dump(by_alias=True, exclude_defaults=True, exclude={"from_"})
                    rows.append(
                        {
                            "file": file.match,
                            "sheet": file.sheet or "",
                            "table": table.table,
                            "column": name,
                            "source": ", ".join(rule.sources),
                            "how": "; ".join(f"{k}={v}" for k, v in how.items()),
                            "score": table.score,
                        }
                    )
        columns = ["file", "sheet", "table", "column", "source", "how", "score"]
        return pd.DataFrame(rows, columns=columns)

    def ignored(self, name: str) -> str | None:
        """Why a file is left out; ``None`` when it is not."""
        return next((i.why for i in self.ignore if fnmatchcase(name.casefold(), i.match.casefold())), None)


@cache
def packaged_mappings() -> tuple[str, ...]:
    """Names of the mappings that come with the kit.

    Examples
    --------
    >>> "adventureworks" in packaged_mappings()
    True
    """
    folder = resources.files("salesplan.data") / "mappings"
    return tuple(
        sorted(p.name[:-5] for p in folder.iterdir() if p.name.endswith(".yaml") and p.name != "synonyms.yaml")
    )


def load_mapping(source: str | Path | Mapping) -> Mapping:
    """A mapping from an object, a YAML file, or the name of one that comes with the kit.

    Raises
    ------
    ParameterError
        Neither a file nor a known name.

    Examples
    --------
    >>> load_mapping("maven_crm").source
    'maven_crm'
    """
    if isinstance(source, Mapping):
        return source
    if str(source) in packaged_mappings():
        text = (resources.files("salesplan.data") / "mappings" / f"{source}.yaml").read_text(encoding="utf-8")
        return Mapping.from_yaml(text, where=f"{source}.yaml")
    path = Path(source)
    if not path.is_file():
        raise ParameterError(
            f"mapping == {str(source)!r}, must be a YAML file or a mapping of the kit",
            fix=known_choices(source, packaged_mappings()),
        )
    return Mapping.from_yaml(path.read_text(encoding="utf-8"), where=str(path))


def recognise(names: Sequence[str]) -> Mapping | None:
    """The kit's own mapping whose files are all among ``names``, if one is.

    A mapping says under ``recognised_by`` which file names belong together.

    Examples
    --------
    >>> recognise(["sales_pipeline.csv", "sales_teams.csv", "accounts.csv", "products.csv"]).source
    'maven_crm'
    >>> recognise(["orders.csv"]) is None
    True
    """
    lowered = [n.casefold() for n in names]
    for candidate in packaged_mappings():
        mapping = load_mapping(candidate)
        for group in mapping.recognised_by:
            if all(any(fnmatchcase(n, g.casefold()) for n in lowered) for g in group):
                return mapping
    return None
