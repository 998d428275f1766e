"""Product lines across sellers: both margins held at once."""

import numpy as np
import pandas as pd

from salesplan.errors import InfeasibleTargetError, InputError, known_choices
from salesplan.hierarchy import Hierarchy, node_id
from salesplan.money import controlled_rounding, split_exact
from salesplan.targets.margins import fit_margins
from salesplan.targets.parameters import TargetParameters

OWN_MIX = 0.9  # share of a seller's product mix taken from their own forecast; the rest from the colleagues'
COMPANY_MIX = 0.1  # share of the company's mix in the colleagues', where the lines' totals need it


def split_lines(
    hierarchy: Hierarchy, annual: pd.DataFrame, sellers: pd.DataFrame, total: int, parameters: TargetParameters,
    *, unit: int,
) -> pd.DataFrame:
    """Target of each seller and product line: rows add up to the seller, columns to the line.

    The table closest (Kullback-Leibler) to the forecast mix with both margins held (Deming & Stephan
    1940), then rounded with both margins exact. A line that nobody in a unit sells stays at nothing there,
    unless the lines' totals cannot be reached without it.

    Returns
    -------
    DataFrame
        Index ``seller_id``, columns product lines, int64 fen.
    """
    lines = list(hierarchy.lines)
    rows = sellers["target_fen"].to_numpy(np.int64)
    columns = line_totals(hierarchy, annual, total, parameters, unit=unit).to_numpy(np.int64)
    if len(lines) == 1:
        return pd.DataFrame(rows[:, None], index=sellers.index, columns=lines)

    def fit(mix: np.ndarray) -> np.ndarray:
        return fit_margins(mix * rows[:, None], rows.astype(float), columns.astype(float),
                           row_names=list(sellers.index), column_names=lines)

    try:
        fitted = fit(_mix(hierarchy, annual, sellers))
    except InfeasibleTargetError:
        fitted = fit(_mix(hierarchy, annual, sellers, company=COMPANY_MIX))
    rounded = controlled_rounding(fitted, rows, columns, unit=unit)
    return pd.DataFrame(rounded, index=sellers.index, columns=lines)


def line_totals(
    hierarchy: Hierarchy, annual: pd.DataFrame, total: int, parameters: TargetParameters, *, unit: int
) -> pd.Series:
    """Company target of each product line: growth where the analyst holds one, else by forecast."""
    lines = list(hierarchy.lines)
    unknown = [line for line in parameters.line_growth if line not in lines]
    if unknown:
        raise InputError(f"line_growth names {unknown[0]!r}, must be a product line", where="target parameters",
                         fix=known_choices(unknown[0], lines))
    top = hierarchy.units["unit_id"].iloc[0]
    ids = [node_id(top, line) for line in lines]
    forecast = annual["mean"].reindex(ids).clip(lower=0).to_numpy(float)
    held = {line: round(float(annual["last_year"][node_id(top, line)]) * (1 + growth) * 100 / unit) * unit
            for line, growth in parameters.line_growth.items()}
    rest = total - sum(held.values())
    free = np.array([line not in held for line in lines])
    if rest < 0 or (not free.any() and rest != 0):
        raise InfeasibleTargetError(
            f"line_growth holds {sum(held.values()) / 100:,.2f} of a total of {total / 100:,.2f}, "
            "must leave the rest to the other lines", where="target parameters",
            fix="Lower a held growth, raise the total, or free one line.", binding=sorted(held))
    shares = split_exact(rest, np.where(free, forecast, 0.0), unit=unit) if free.any() else np.zeros(len(lines), int)
    return pd.Series([held.get(line, int(share)) for line, share in zip(lines, shares, strict=True)], index=lines)


def _mix(
    hierarchy: Hierarchy, annual: pd.DataFrame, sellers: pd.DataFrame, *, company: float = 0.0
) -> np.ndarray:
    """Seller x line shares: own forecast mix blended with the mix of the unit they work in."""
    lines = list(hierarchy.lines)

    ids = pd.Index(hierarchy.units["unit_id"])
    means = annual["mean"].reindex(hierarchy.nodes["node_id"]).clip(lower=0).fillna(0.0).to_numpy(float)
    by_unit = means.reshape(1 + len(lines), len(ids))[1:].T  # nodes stand line by line, after the block of all lines

    def shares(units: pd.Index) -> np.ndarray:
        amounts = by_unit[ids.get_indexer(units)]
        total = amounts.sum(axis=1, keepdims=True)
        return np.divide(amounts, total, out=np.zeros_like(amounts), where=total > 0)

    top = shares(pd.Index([hierarchy.units["unit_id"].iloc[0]]))
    parent = hierarchy.units.set_index("unit_id")["parent_id"].reindex(sellers.index)
    team = shares(pd.Index(parent))
    team = np.where(team.sum(axis=1, keepdims=True) > 0, team, top)
    own = shares(sellers.index)
    own = np.where(own.sum(axis=1, keepdims=True) > 0, own, team)
    return OWN_MIX * own + (1 - OWN_MIX) * ((1 - company) * team + company * top)
