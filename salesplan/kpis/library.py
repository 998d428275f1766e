"""The KPIs the kit knows, and a company's own: what each measures, from which rows, and how it can be gamed."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import pandas as pd
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from salesplan.errors import InputError, SalesplanError, Sentence, known_choices
from salesplan.text import check_language, mark, say
from salesplan.text.value_rules import broken_rule

KpiType = Literal["result", "process", "support"]
KpiUnit = Literal["money", "count", "percent", "days", "points", "hours"]
Direction = Literal["higher", "lower"]
Grain = Literal["week", "month", "quarter"]
Risk = Literal["low", "medium", "high"]

TYPE_WORDS: dict[str, str] = {"result": mark("Result"), "process": mark("Process"), "support": mark("Support")}
UNIT_WORDS: dict[str, str] = {
    "money": mark("Money"), "count": mark("Count"), "percent": mark("Percent"), "days": mark("Days"),
    "points": mark("Points"), "hours": mark("Hours"),
}  # fmt: skip
DIRECTION_WORDS: dict[str, str] = {"higher": mark("Higher is better"), "lower": mark("Lower is better")}
GRAIN_WORDS: dict[str, str] = {"week": mark("Week"), "month": mark("Month"), "quarter": mark("Quarter")}
RISK_WORDS: dict[str, str] = {"low": mark("Low"), "medium": mark("Medium"), "high": mark("High")}

CODE = re.compile(r"[a-z][a-z0-9_]*")
STRICT = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Words(BaseModel):
    """One text in the languages of the kit."""

    model_config = STRICT
    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def said(self, language: str) -> str:
        """The text in one language."""
        return self.zh if check_language(language) == "zh" else self.en


UNSAID = Words(zh="未说明", en="Not stated")


class Measure(BaseModel):
    """One SQL aggregate over one view, for each person and period.

    Parameters
    ----------
    source
        A derived view (``sale``, ``payment``, ``deal``, ``contact``, ``customer_voice``, ``training``,
        ``owned_customer``) or a canonical table.
    value
        Aggregate expression, such as ``sum(amount)``.
    where
        Condition on the rows; all rows when empty.
    person, date
        Columns that say whose row it is and when it counts; a view without dates is a stock.

    Examples
    --------
    >>> Measure(source="sale", value="sum(amount)").date
    'date'
    """

    model_config = STRICT
    source: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    value: str = Field(min_length=1)
    where: str = ""
    person: str = Field("rep_id", pattern=r"^[a-z][a-z0-9_]*$")
    date: str = Field("date", pattern=r"^[a-z][a-z0-9_]*$")

    @field_validator("value", "where")
    @classmethod
    def _one_expression(cls, text: str) -> str:
        if ";" in text or "--" in text or "/*" in text:
            raise ValueError(Sentence("must be one SQL expression, without ';' and comments"))
        return text


class Kpi(BaseModel):
    """One KPI: ``actual = times * numerator / denominator`` for a person and a period.

    Parameters
    ----------
    code
        Name in every table and file.
    type
        ``result``, ``process`` or ``support``.
    unit
        ``percent`` is held as a fraction.
    direction
        Whether more or less is better.
    grain
        Shortest period for which the KPI says something.
    additive
        Numerator and denominator of single days add up to those of the period.
    tables
        Canonical tables that must hold data.
    gaming_risk, gaming, counter_kpi
        How easily and in which way it is gamed, and the KPIs that show it; only where the risk is low may the way be left out.
    """

    model_config = STRICT
    code: str
    name: Words
    type: KpiType
    unit: KpiUnit
    direction: Direction = "higher"
    grain: Grain = "month"
    additive: bool = False
    tables: tuple[str, ...] = Field(min_length=1)
    numerator: Measure
    denominator: Measure | None = None
    times: float = Field(1.0, gt=0, allow_inf_nan=False)
    formula: Words
    meaning: Words
    gaming_risk: Risk = "low"
    gaming: Words = UNSAID
    counter_kpi: tuple[str, ...] = ()

    @field_validator("code")
    @classmethod
    def _plain_code(cls, code: str) -> str:
        if not CODE.fullmatch(code):
            raise ValueError(Sentence("must be small letters, digits and _, starting with a letter"))
        return code

    @model_validator(mode="after")
    def _can_be_caught(self) -> "Kpi":
        for fault in _gaming_faults(self.code, {field: getattr(self, field) for field in self.model_fields_set}):
            raise ValueError(fault)
        return self

    @property
    def sources(self) -> tuple[str, ...]:
        """Views its measures read."""
        measures = [self.numerator, *([self.denominator] if self.denominator else [])]
        return tuple(dict.fromkeys(m.source for m in measures))

    @property
    def grows_with_time(self) -> bool:
        """Whether twice the time means twice the value: a sum over days that is not a ratio."""
        return self.additive and self.denominator is None

    def title(self, language: str) -> str:
        """Its name in one language."""
        return self.name.said(language)


class KpiLibrary:
    """KPIs by code, in order; look-ups of unknown codes name the nearest one.

    Parameters
    ----------
    unreadable
        Code -> what is wrong, of a company's own KPIs that cannot be used; whoever asks for one gets that error.

    Raises
    ------
    InputError
        A counter-KPI that the library does not hold, or an unknown code.

    Examples
    --------
    >>> library = load_library()
    >>> library["visits"].title("zh"), library["visits"].type
    ('拜访量', 'process')
    >>> library["visit"]
    Traceback (most recent call last):
    ...
    salesplan.errors.InputError: kpi == 'visit', must be a KPI of the library. Fix: did you mean 'visits'? ...
    """

    def __init__(self, kpis: Iterable[Kpi], *, unreadable: Mapping[str, InputError] | None = None) -> None:
        self._kpis = {kpi.code: kpi for kpi in kpis}
        self.unreadable = dict(unreadable or {})
        known = {*self._kpis, *self.unreadable}
        for kpi in self._kpis.values():
            for code in kpi.counter_kpi:
                if code not in known:
                    raise InputError(f"counter_kpi == {code!r}, must be a KPI of the library",
                                     where=f"kpi {kpi.code}", fix=known_choices(code, known))

    def __getitem__(self, code: str) -> Kpi:
        if code in self.unreadable:
            fault = self.unreadable[code]
            raise InputError(fault.what, where=fault.where, fix=fault.fix, **fault.details)
        if code not in self._kpis:
            raise InputError(Sentence("kpi == {code}, must be a KPI of the library", code=repr(code)),
                             fix=known_choices(code, self._kpis))
        return self._kpis[code]

    def __contains__(self, code: object) -> bool:
        return code in self._kpis

    def __iter__(self) -> Iterator[Kpi]:
        return iter(self._kpis.values())

    def __len__(self) -> int:
        return len(self._kpis)

    @property
    def codes(self) -> tuple[str, ...]:
        """All codes, in order."""
        return tuple(self._kpis)

    def without(self, code: str, fault: InputError) -> "KpiLibrary":
        """The library with one KPI put aside as unreadable."""
        return KpiLibrary([kpi for kpi in self if kpi.code != code], unreadable={**self.unreadable, code: fault})

    def pick(self, codes: Iterable[str]) -> list[Kpi]:
        """The KPIs of some codes, each once, in the order given."""
        return [self[code] for code in dict.fromkeys(codes)]

    def types(self, codes: Iterable[str] | None = None) -> dict[str, KpiType]:
        """Code -> result, process or support; of all KPIs when no codes are given."""
        return {kpi.code: kpi.type for kpi in (self if codes is None else self.pick(codes))}

    def title(self, code: str, language: str) -> str:
        """Name of one KPI; a code the library does not hold stands for itself."""
        return self._kpis[code].title(language) if code in self._kpis else code

    def to_frame(self, language: str = "zh") -> pd.DataFrame:
        """One row a KPI in a reader's language.

        Returns
        -------
        DataFrame with kpi, kpi_name, kpi_type, kpi_unit, direction, grain, formula, meaning,
        gaming_risk, gaming, counter_kpi, tables.

        Examples
        --------
        >>> load_library().to_frame("en").loc[0, ["kpi", "kpi_name", "kpi_type"]].tolist()
        ['sales_amount', 'Sales amount', 'Result']
        """
        comma = "、" if check_language(language) == "zh" else ", "
        return pd.DataFrame([
            {
                "kpi": kpi.code,
                "kpi_name": kpi.title(language),
                "kpi_type": say(TYPE_WORDS[kpi.type], language),
                "kpi_unit": say(UNIT_WORDS[kpi.unit], language),
                "direction": say(DIRECTION_WORDS[kpi.direction], language),
                "grain": say(GRAIN_WORDS[kpi.grain], language),
                "formula": kpi.formula.said(language),
                "meaning": kpi.meaning.said(language),
                "gaming_risk": say(RISK_WORDS[kpi.gaming_risk], language),
                "gaming": kpi.gaming.said(language),
                "counter_kpi": comma.join(self.title(code, language) for code in kpi.counter_kpi),
                "tables": comma.join(kpi.tables),
            }
            for kpi in self
        ])


def load_library(
    extra: Mapping[str, Any] | None = None, *, file: str = "kpis.yaml", skip_faulty: bool = False
) -> KpiLibrary:
    """Read the packaged KPIs and a company's own.

    Parameters
    ----------
    extra
        Code -> entry as in ``library.yaml`` (the contents of a workspace's ``kpis.yaml``). A code of
        the package replaces the packaged definition.
    file
        Where the entries stand, for messages.
    skip_faulty
        Put entries that cannot be read aside (``unreadable``) instead of refusing all of them.

    Raises
    ------
    InputError
        An entry lacks a field, has an unknown one, or a value outside its rule; the file, the KPI and the field
        are named.

    Examples
    --------
    >>> own = {"samples": {"name": {"zh": "送样数", "en": "Samples sent"}, "type": "process", "unit": "count",
    ...        "tables": ["activity"], "numerator": {"source": "contact", "value": "count(*)",
    ...        "where": "outcome = 'sample'"}, "formula": {"zh": "送样次数", "en": "Samples sent"},
    ...        "meaning": {"zh": "送了多少样", "en": "How many samples went out"},
    ...        "gaming": {"zh": "乱送样", "en": "Samples for nobody"}}}
    >>> load_library(own)["samples"].title("en")
    'Samples sent'
    """
    if not extra:
        return _packaged()
    if not isinstance(extra, Mapping):
        raise InputError(f"KPIs == {type(extra).__name__}, must be a mapping of code to entry", where=file)
    own: dict[str, Kpi] = {}
    faults: dict[str, InputError] = {}
    codes = {*_packaged().codes, *map(str, extra)}
    for code, entry in extra.items():
        try:
            own[str(code)] = _read_kpi(str(code), entry, file=file, codes=codes)
        except InputError as fault:
            if not skip_faulty:
                raise
            faults[str(code)] = fault
    kpis = {**{kpi.code: kpi for kpi in _packaged()}, **own}
    return KpiLibrary([kpi for kpi in kpis.values() if kpi.code not in faults], unreadable=faults)


@cache
def _packaged() -> KpiLibrary:
    text = files("salesplan.kpis").joinpath("library.yaml").read_text(encoding="utf-8")
    return KpiLibrary(_read_kpi(code, entry) for code, entry in yaml.safe_load(text).items())


def _read_kpi(code: str, entry: Any, *, file: str = "", codes: Collection[str] = ()) -> Kpi:
    """One entry of a file; a counter-KPI must be among the codes, where they are given."""
    where = Sentence("{file}, kpi {code}", file=file, code=code) if file else Sentence("kpi {code}", code=code)
    if not isinstance(entry, Mapping):
        raise InputError(Sentence("entry == {given}, must hold the fields of a KPI", given=repr(entry)), where=where)
    faults: list[Sentence] = []
    fixes: list[str] = []
    kpi = None
    if "code" in entry:
        faults.append(Sentence("code must not stand inside the entry"))
        fixes.append(Sentence("The key of the entry is its code."))
    try:
        kpi = Kpi.model_validate({**entry, "code": code})
    except ValidationError as error:
        faults += [*(_said_fault(one) for one in error.errors() if one["loc"]), *_gaming_faults(code, entry)]
    counters = entry.get("counter_kpi")
    for counter in counters if codes and isinstance(counters, list | tuple) else ():
        if str(counter) not in codes:
            faults.append(Sentence("counter_kpi == {given}, must be a KPI of the library", given=repr(counter)))
            fixes.append(known_choices(counter, codes))
    if kpi is None or faults:
        told = faults[-1]
        for fault in reversed(faults[:-1]):
            told = Sentence("{fault}; {others}", fault=fault, others=told)
        raise InputError(told, where=where, fix=fixes[0] if fixes else "")
    return kpi


def _gaming_faults(code: str, entry: Mapping[str, Any]) -> list[Sentence]:
    """What is wrong with how an entry says that it is gamed and found out, whatever else is wrong with it."""
    risk, counters = entry.get("gaming_risk", "low"), entry.get("counter_kpi") or ()
    faults = []
    if risk in ("medium", "high") and "gaming" not in entry:
        faults.append(Sentence("gaming is missing, must say how the KPI is gamed when gaming_risk == {given}", given=repr(risk)))
    if risk == "high" and not counters:
        faults.append(Sentence("counter_kpi is empty, must name a KPI that shows the gaming when gaming_risk == 'high'"))
    if isinstance(counters, list | tuple) and code in counters:
        faults.append(Sentence("counter_kpi names the KPI itself, must name another"))
    return faults


def fault_of(error: ValidationError, *, within: int = 0) -> Sentence:
    """The first fault of a YAML or JSON entry in one line, with the field's path after its first ``within`` parts."""
    return _said_fault(error.errors()[0], within=within)


def _said_fault(first: Any, *, within: int = 0) -> Sentence:
    path = ".".join(str(part) for part in first["loc"][within:])
    fault = first.get("ctx", {}).get("error")
    said = broken_rule(first)
    if isinstance(fault, ValueError) and not isinstance(fault, SalesplanError) and fault.args:
        said = fault.args[0]
    if first["type"] == "missing":
        return Sentence("{field} is missing, must be given", field=path)
    if first["type"] == "extra_forbidden":
        return Sentence("{field} is not a field the kit knows", field=path)
    if not path:
        return said if isinstance(said, Sentence) else Sentence("{rule}", rule=said)
    shown = first["input"]
    if not isinstance(shown, str | int | float):
        return Sentence("{field}: {rule}", field=path, rule=said)
    if first["type"] == "literal_error":
        return Sentence("{field} == {given}, must be one of {choices}", field=path, given=repr(shown),
                        choices=str(first["ctx"]["expected"]).replace(" or ", ", "))
    return Sentence("{field} == {given}: {rule}", field=path, given=repr(shown), rule=said)
