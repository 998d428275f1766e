"""Facts to small frames: each reducer is one SQL file of its own name."""

from salesplan.data.reducers.reduce import KPI_VIEWS, REDUCERS, kpi_view, reduce

__all__ = ["KPI_VIEWS", "REDUCERS", "kpi_view", "reduce"]
