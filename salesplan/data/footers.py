"""The total at the foot of a sheet against the sum of its rows."""

import json
import re
from decimal import Decimal

from salesplan.data.batch import Batch
from salesplan.data.mapping_apply import Extract, find_column
from salesplan.data.parsers import money_sum
from salesplan.data.parsers_amount import header_unit, parse_amount

_WHOLE = re.compile(r"^\s*(合\s*计|总\s*计|共\s*计|grand total|totals?)\s*[:：]?\s*$", re.I)


def footer_mismatches(part: Extract, batch: Batch) -> list[dict[str, object]]:
    """Remarks on totals that differ from the sum of all rows read (taken, quarantined, repeated or set aside)."""
    name = batch.table.amount
    rule = part.rule.columns.get(name or "")
    if name is None or rule is None or part.rule.unpivot is not None or len(rule.sources) != 1:
        return []
    header = find_column(part.sheet, rule.sources[0])
    if header is None:
        return []
    unit = rule.unit_value or max(header_unit(header), part.sheet.unit)
    total = money_sum(part.columns[name])
    if part.aside_amount is not None:
        total += money_sum(part.aside_amount)
    found = []
    for row, raw in zip(part.sheet.set_apart["src_row"], part.sheet.set_apart["raw"], strict=True):
        cells = json.loads(raw)
        if not any(_WHOLE.match(str(c or "")) for c in cells.values()):
            continue
        stated = parse_amount(cells.get(header), unit=unit).value
        if stated is not None and abs(stated - total) > Decimal("0.01"):
            found.append(
                {
                    "file": part.sheet.label,
                    "table": batch.table.name,
                    "column": name,
                    "reason": "amount_sum_mismatch",
                    "rows": 1,
                    "src_rows": str(row),
                    "detail": f"{stated:,.2f} / {total:,.2f}",
                }
            )
    return found
