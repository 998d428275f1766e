"""Facts to small frames: each reducer is one SQL file of its own name."""

from salesplan.data.reducers.reduce import KPI_VIEWS, REDUCERS, fetch_rows, keep_rows, kpi_view, reduce

__all__ = ["KPI_VIEWS", "REDUCERS", "fetch_rows", "keep_rows", "kpi_view", "reduce"]
