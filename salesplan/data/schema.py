"""The canonical tables: which columns a fact has, what they mean, how they are stored."""

from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Final, Literal

import pandas as pd
import pyarrow as pa

from salesplan.errors import InputError, known_choices
from salesplan.text import say

Kind = Literal["id", "text", "date", "money", "decimal", "int", "bool", "enum"]

ARROW_TYPES: Final[dict[str, pa.DataType]] = {
    "id": pa.string(),
    "text": pa.string(),
    "enum": pa.string(),
    "date": pa.date32(),
    "money": pa.decimal128(18, 4),
    "decimal": pa.float64(),
    "int": pa.int64(),
    "bool": pa.bool_(),
}


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a canonical table.

    Parameters
    ----------
    name
        Column name in frames, Parquet and SQL.
    kind
        ``id`` and ``text`` and ``enum`` are strings, ``date`` a calendar day, ``money`` an exact
        decimal(18,4) in currency units, ``decimal`` a float, ``int`` and ``bool`` as they say.
    required
        A row without it is quarantined.
    choices
        The words an ``enum`` may hold.
    refers_to
        Table whose key the id points to; an unknown id is quarantined or noted (see quality).
    zh, en
        Captions for people.
    meaning
        One sentence in English (msgid).
    """

    name: str
    kind: Kind = "text"
    required: bool = False
    choices: tuple[str, ...] = ()
    refers_to: str | None = None
    zh: str = ""
    en: str = ""
    meaning: str = ""

    @property
    def arrow_type(self) -> pa.DataType:
        """Storage type of the column."""
        return ARROW_TYPES[self.kind]


TECHNICAL: Final[tuple[Column, ...]] = (
    Column(name="load_id", kind="id", zh="导入批次", en="Load", meaning="The import that brought the row in."),
    Column(name="source_file", kind="text", zh="来源文件", en="Source file",
           meaning="File (and sheet) the row was read from."),
    Column(name="src_row", kind="int", zh="来源行", en="Source row",
           meaning="Row number in the source file, header included, counted from 1."),
)


@dataclass(frozen=True, kw_only=True)
class Table:
    """One canonical table.

    Parameters
    ----------
    name
        Table name; also the folder under ``canonical/`` and the SQL view.
    key
        Columns that name a row.
    columns
        The business columns, in order; the technical columns follow them in storage.
    amount
        Column whose money is reconciled per load, if any.
    date
        The column a row is dated by, if any.

    Examples
    --------
    >>> TABLES["order_line"].key, TABLES["order_line"].amount
    (('order_line_id',), 'amount')
    >>> TABLES["rep"].empty_frame().shape
    (0, 10)
    """

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    zh: str
    en: str
    meaning: str
    amount: str | None = None
    date: str | None = None
    names: tuple[str, ...] = field(default=(), init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(c.name for c in self.columns))

    @cached_property
    def stored_columns(self) -> tuple[Column, ...]:
        """Business columns followed by the technical ones."""
        return (*self.columns, *TECHNICAL)

    @cached_property
    def arrow_schema(self) -> pa.Schema:
        """Schema of the Parquet files."""
        return pa.schema([(c.name, c.arrow_type) for c in self.stored_columns])

    def column(self, name: str) -> Column:
        """Look a column up by name; unknown names raise InputError with the nearest match."""
        for column in self.stored_columns:
            if column.name == name:
                return column
        raise InputError(f"column == {name!r}, must be a column of {self.name}",
                         fix=known_choices(name, [c.name for c in self.columns]))

    def empty_frame(self) -> pd.DataFrame:
        """No rows, every stored column, storage types."""
        return self.typed_frame(pd.DataFrame(columns=list(self.names)))

    def typed_frame(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Every stored column in order, with the storage (pyarrow) types; absent columns are empty.

        Raises
        ------
        InputError
            A column the table does not have, or a value that does not fit its kind.

        Examples
        --------
        >>> TABLES["rep"].typed_frame(pd.DataFrame({"rep_id": ["007"], "name": ["王芳"]}))["rep_id"].tolist()
        ['007']
        """
        for name in frame.columns:
            self.column(str(name))
        out = {}
        for column in self.stored_columns:
            dtype = pd.ArrowDtype(column.arrow_type)
            if column.name not in frame.columns:
                out[column.name] = pd.Series([pd.NA] * len(frame), index=frame.index, dtype=dtype)
                continue
            series = frame[column.name]
            out[column.name] = series if series.dtype == dtype else _cast(self, column, series)
        return pd.DataFrame(out, index=frame.index)


def _cast(table: Table, column: Column, series: pd.Series) -> pd.Series:
    try:
        if column.kind == "date":
            series = pd.to_datetime(series)
            array = pa.array(series, from_pandas=True).cast(pa.timestamp("s"), safe=False).cast(pa.date32())
        elif column.kind == "money":
            quantum = Decimal("0.0001")
            values = [None if pd.isna(v) else Decimal(str(v)).quantize(quantum) for v in series]
            array = pa.array(values, type=column.arrow_type)
        elif column.arrow_type == pa.string():
            array = pa.array([None if pd.isna(v) else str(v) for v in series], type=pa.string())
        else:
            array = pa.array(series, from_pandas=True).cast(column.arrow_type)
    except (ValueError, TypeError, ArithmeticError, pa.ArrowException) as error:
        raise InputError(f"{column.name} holds a value that is not of kind {column.kind}: {error}",
                         where=f"table {table.name}") from error
    return pd.Series(pd.arrays.ArrowExtensionArray(array), index=series.index, name=column.name)


def _table(name: str, key: str, zh: str, en: str, meaning: str, columns: list[Column], *,
           amount: str | None = None, date: str | None = None) -> Table:
    return Table(name=name, key=tuple(key.split()), columns=tuple(columns), zh=zh, en=en, meaning=meaning,
                 amount=amount, date=date)


def _column(name: str, kind: Kind, zh: str, en: str, meaning: str, *, required: bool = False,
            choices: str = "", refers_to: str | None = None) -> Column:
    return Column(name=name, kind=kind, zh=zh, en=en, meaning=meaning, required=required,
                  choices=tuple(choices.split()), refers_to=refers_to)


_VALID = [
    _column("valid_from", "date", "生效日期", "Valid from", "First day the row is in force; empty means always."),
    _column("valid_to", "date", "失效日期", "Valid to", "Last day the row is in force; empty means still."),
]
_CURRENCY = _column("currency", "id", "币种", "Currency", "ISO code of the currency.")

TABLES: Final[dict[str, Table]] = {table.name: table for table in [
    _table("org_unit", "org_id valid_from", "组织", "Organisation", "Units of the company with validity dates.", [
        _column("org_id", "id", "组织编号", "Unit ID", "Name of the unit in every other table.", required=True),
        _column("parent_org_id", "id", "上级组织", "Parent unit", "Unit it belongs to; empty for the top.",
                refers_to="org_unit"),
        _column("code", "text", "组织代码", "Code", "Short code people use."),
        _column("name", "text", "组织名称", "Unit name", "Name people read.", required=True),
        _column("level", "enum", "层级", "Level", "Depth of the unit.",
                choices="company bu region branch department team"),
        _column("region", "text", "区域", "Region", "Market region, for indices and filters."),
        _column("sort", "int", "排序", "Sort order", "Order on pages."),
        *_VALID]),
    _table("rep", "rep_id", "销售人员", "Sales people", "People who sell or lead people who sell.", [
        _column("rep_id", "id", "人员编号", "Person ID", "Name of the person in every other table.", required=True),
        _column("employee_no", "id", "工号", "Employee number", "Number given by the personnel department."),
        _column("name", "text", "姓名", "Name", "Name people read.", required=True),
        _column("email", "text", "邮箱", "E-mail", "Work e-mail, used to match people."),
        _column("status", "enum", "状态", "Status", "Whether the person sells today.",
                choices="active left leave unconfirmed"),
        _column("hire_date", "date", "入职日期", "Hire date", "First working day."),
        _column("leave_date", "date", "离职日期", "Leave date", "Last working day.")]),
    _table("rep_assignment", "rep_id valid_from", "岗位任职", "Assignments", "Who worked in which unit, and when.", [
        _column("rep_id", "id", "人员编号", "Person ID", "The person.", required=True, refers_to="rep"),
        _column("org_id", "id", "组织编号", "Unit ID", "The unit.", required=True, refers_to="org_unit"),
        _column("role", "enum", "角色", "Role", "What the person does there.",
                choices="rep senior manager director presales cs other"),
        _column("tier", "text", "职级", "Tier", "Grade that sets expected productivity."),
        _column("manager_rep_id", "id", "上级", "Manager", "Person reported to.", refers_to="rep"),
        _column("fte", "decimal", "工作量", "FTE", "Share of a full position, 0 to 1."),
        _column("quota_bearing", "bool", "承担目标", "Carries quota", "Whether the person carries a target."),
        *_VALID]),
    _table("rep_leave", "rep_id start_date", "休假", "Leave", "Longer absences that lower capacity.", [
        _column("rep_id", "id", "人员编号", "Person ID", "The person.", required=True, refers_to="rep"),
        _column("leave_type", "text", "假别", "Kind of leave", "Parental, sick, unpaid and so on."),
        _column("start_date", "date", "开始日期", "Start", "First day away.", required=True),
        _column("end_date", "date", "结束日期", "End", "Last day away; empty means still away.")]),
    _table("customer", "customer_id", "客户", "Customers", "Who buys.", [
        _column("customer_id", "id", "客户编号", "Customer ID", "Name of the customer in orders.", required=True),
        _column("name", "text", "客户名称", "Customer", "Name people read.", required=True),
        _column("tier", "text", "客户级别", "Customer tier", "Importance given by the company."),
        _column("industry", "text", "行业", "Industry", "Line of business."),
        _column("province", "text", "省份", "Province", "Province or state."),
        _column("city", "text", "城市", "City", "City; unique only within its province."),
        _column("owner_rep_id", "id", "负责人", "Owner", "Seller who looks after the customer.", refers_to="rep"),
        _column("channel", "text", "渠道", "Channel", "How the customer is reached."),
        _column("segment", "text", "细分", "Segment", "Market segment."),
        _column("potential", "money", "客户潜力", "Potential", "Market potential a year, in currency units."),
        _column("first_order_date", "date", "首单日期", "First order", "Day of the first order.")]),
    _table("product", "product_id", "产品", "Products", "What is sold.", [
        _column("product_id", "id", "产品编号", "Product ID", "Name of the product in orders.", required=True),
        _column("code", "text", "产品代码", "Code", "Code people use."),
        _column("name", "text", "产品名称", "Product", "Name people read.", required=True),
        _column("category_l1", "text", "产品线", "Product line", "First level of the products; targets split by it."),
        _column("category_l2", "text", "产品类别", "Category", "Second level of the product tree."),
        _column("unit", "text", "计量单位", "Unit", "Unit of quantity."),
        _column("list_price", "money", "标价", "List price", "Price before discount."),
        _column("unit_cost", "money", "成本", "Unit cost", "Cost of one unit."),
        _column("is_active", "bool", "在售", "On sale", "Whether it is still sold.")]),
    _table("order_line", "order_line_id", "订单明细", "Order lines", "One product in one order.", [
        _column("order_line_id", "id", "订单行编号", "Order line ID", "Name of the line.", required=True),
        _column("order_id", "id", "订单", "Order ID", "The order the line belongs to.", required=True),
        _column("order_no", "text", "订单编号", "Order number", "Number people use."),
        _column("line_no", "int", "行号", "Line number", "Place in the order."),
        _column("order_date", "date", "订单日期", "Order date", "Local day of the order.", required=True),
        _column("customer_id", "id", "客户编号", "Customer ID", "Who bought.", refers_to="customer"),
        _column("product_id", "id", "产品编号", "Product ID", "What was bought.", refers_to="product"),
        _column("rep_id", "id", "销售人员", "Seller", "Who sold.", refers_to="rep"),
        _column("org_id", "id", "组织编号", "Unit ID", "Unit the order is booked on, where the source says so.",
                refers_to="org_unit"),
        _column("qty", "decimal", "数量", "Quantity", "Units sold; returns are negative."),
        _column("unit_price", "money", "单价", "Unit price", "Price of one unit, currency units."),
        _column("amount", "money", "金额", "Amount", "Line total in currency units; returns are negative.",
                required=True),
        _CURRENCY,
        _column("status", "enum", "单据状态", "Status", "Only approved and closed lines count.",
                choices="draft submitted approved closed void"),
        _column("is_return", "bool", "退货", "Return", "Whether the line gives goods back.")],
           amount="amount", date="order_date"),
    _table("receipt", "receipt_id", "回款", "Receipts", "Money received.", [
        _column("receipt_id", "id", "回款", "Receipt ID", "Name of the receipt.", required=True),
        _column("receipt_no", "text", "回款编号", "Receipt number", "Number people use."),
        _column("receipt_date", "date", "回款日期", "Receipt date", "Local day the money came in.", required=True),
        _column("customer_id", "id", "客户编号", "Customer ID", "Who paid.", refers_to="customer"),
        _column("order_id", "id", "订单", "Order ID", "Order it pays for, where known."),
        _column("rep_id", "id", "销售人员", "Seller", "Who is credited.", refers_to="rep"),
        _column("amount", "money", "回款金额", "Amount", "Currency units; refunds are negative.", required=True),
        _CURRENCY,
        _column("is_refund", "bool", "退款", "Refund", "Whether money was given back.")],
           amount="amount", date="receipt_date"),
    _table("target", "target_set version metric scope_type scope_id product_category period_start", "目标",
           "Targets", "Targets that were in force, by version.", [
        _column("target_set", "id", "目标方案", "Target set", "Name of the set, such as quota.", required=True),
        _column("version", "int", "版本", "Version", "Version of the set, from 1.", required=True),
        _column("metric", "enum", "指标", "Metric", "What is measured.", required=True,
                choices="sales_amount receipt new_customers gross_profit activity custom"),
        _column("scope_type", "enum", "对象类型", "Scope", "Whose target it is.", required=True,
                choices="org rep customer company"),
        _column("scope_id", "id", "对象", "Scope ID", "Unit, person or customer.", required=True),
        _column("product_category", "text", "产品线", "Product line", "Product line; * stands for all.", required=True),
        _column("period_type", "enum", "期间类型", "Period type", "Length of the period.", required=True,
                choices="year quarter month week"),
        _column("period_start", "date", "期间开始", "Period start", "First day of the period.", required=True),
        _column("period_end", "date", "期间结束", "Period end", "Last day of the period."),
        _column("value", "money", "目标值", "Target", "Amount or count, in ``unit``.", required=True),
        _column("unit", "id", "单位", "Unit", "ISO currency code, or count, or pct."),
        _column("status", "enum", "状态", "Status", "State of the version.",
                choices="draft approved frozen superseded")], amount="value", date="period_start"),
    _table("market_index", "index_code period_start region vintage", "市场指数", "Market indices",
           "Series from outside, with the day they were published.", [
        _column("index_code", "id", "指数", "Index", "Name of the series.", required=True),
        _column("period_start", "date", "期间开始", "Period start", "First day of the period.", required=True),
        _column("freq", "enum", "频率", "Frequency", "Length of the period.", choices="D W M Q Y", required=True),
        _column("region", "text", "区域", "Region", "Region it describes."),
        _column("value", "decimal", "数值", "Value", "Value, in ``unit``.", required=True),
        _column("unit", "text", "单位", "Unit", "Unit of the value."),
        _column("vintage", "date", "发布日期", "Published", "Day of publication; no forecast may see it earlier."),
        _column("provider", "text", "提供方", "Provider", "Who publishes it.")], date="period_start"),
    _table("calendar", "date", "日历", "Calendar", "Days with fiscal period and working day.", [
        _column("date", "date", "日期", "Date", "The day.", required=True),
        _column("fiscal_year", "int", "财年", "Fiscal year", "Named for the year in which it ends."),
        _column("fiscal_period", "int", "财年期间", "Fiscal period", "1 to 12."),
        _column("iso_year", "int", "ISO年", "ISO year", "Year of the ISO week."),
        _column("iso_week", "int", "ISO周", "ISO week", "1 to 53."),
        _column("is_workday", "bool", "工作日", "Working day", "Moved working days counted."),
        _column("is_estimated", "bool", "推定", "Estimated", "True where the year is not announced yet.")],
           date="date"),
]}


def table_named(name: str) -> Table:
    """Look a table up by name.

    Raises
    ------
    InputError
        Unknown name; the message names the nearest one.

    Examples
    --------
    >>> table_named("order_line").zh
    '订单明细'
    """
    if name not in TABLES:
        raise InputError(f"table == {name!r}, must be a canonical table", fix=known_choices(name, TABLES))
    return TABLES[name]


def schema_frame(table: str | None = None, *, language: str = "en") -> pd.DataFrame:
    """What the canonical tables hold, one row a column.

    Parameters
    ----------
    table
        Only this table; all by default.
    language
        Language of ``meaning``; the captions come in both.

    Returns
    -------
    DataFrame with ``table, column, kind, required, in_key, choices, refers_to, zh, en, meaning``.

    Examples
    --------
    >>> schema_frame("product")["column"].tolist()[:3]
    ['product_id', 'code', 'name']
    """
    tables = TABLES.values() if table is None else [table_named(table)]
    rows = [
        {"table": t.name, "column": c.name, "kind": c.kind, "required": c.required, "in_key": c.name in t.key,
         "choices": ", ".join(c.choices), "refers_to": c.refers_to or "", "zh": c.zh, "en": c.en,
         "meaning": say(c.meaning, language)}
        for t in tables for c in t.columns
    ]
    return pd.DataFrame(rows)
