"""The only place that draws: one Vega-Lite specification gives the same SVG in app, page and print."""

from salesplan.plots.allocation import plot_allocation
from salesplan.plots.chart import Chart
from salesplan.plots.forecast import plot_backtest_skill, plot_forecast
from salesplan.plots.frames import carried_months, forecast_frame, node_history
from salesplan.plots.kpi_robustness import plot_acceptability, plot_stability
from salesplan.plots.kpis import plot_bands, plot_weights
from salesplan.plots.scenarios import plot_scenarios
from salesplan.plots.seasonality import plot_seasonality
from salesplan.plots.selection import plot_first_places
from salesplan.plots.targets import plot_attainment_probability, plot_month_targets

__all__ = [
    "Chart",
    "carried_months",
    "forecast_frame",
    "node_history",
    "plot_acceptability",
    "plot_allocation",
    "plot_attainment_probability",
    "plot_backtest_skill",
    "plot_bands",
    "plot_first_places",
    "plot_forecast",
    "plot_month_targets",
    "plot_scenarios",
    "plot_seasonality",
    "plot_stability",
    "plot_weights",
]
