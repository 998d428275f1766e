"""The only place that draws, the same SVG in app, page and print.

Analyses are drawn from a Vega-Lite specification (`Chart`); the review, made for every unit each month, by the kit's own
quick shapes (`Picture`, ``svg_*``).
"""

from salesplan.plots.allocation import plot_allocation
from salesplan.plots.chart import Chart
from salesplan.plots.coaching import plot_budget_curve, plot_diagnosis, plot_drivers, plot_middle
from salesplan.plots.coaching_effect import plot_effect, plot_ramp, plot_retention
from salesplan.plots.forecast import plot_backtest_skill, plot_forecast
from salesplan.plots.frames import carried_months, forecast_frame, node_history
from salesplan.plots.importance_performance import plot_importance_performance
from salesplan.plots.kpi_robustness import plot_stability
from salesplan.plots.kpis import plot_bands, plot_weights
from salesplan.plots.picture import Picture
from salesplan.plots.review_bridge import plot_bridge
from salesplan.plots.review_progress import plot_progress
from salesplan.plots.review_signals import plot_control
from salesplan.plots.review_standing import plot_standing
from salesplan.plots.scenarios import plot_scenarios
from salesplan.plots.seasonality import plot_seasonality
from salesplan.plots.selection import plot_first_places
from salesplan.plots.skill_heatmap import plot_skill_heatmap
from salesplan.plots.targets import plot_attainment_probability, plot_month_targets

__all__ = [
    "Chart",
    "Picture",
    "carried_months",
    "forecast_frame",
    "node_history",
    "plot_allocation",
    "plot_attainment_probability",
    "plot_backtest_skill",
    "plot_bands",
    "plot_bridge",
    "plot_budget_curve",
    "plot_control",
    "plot_diagnosis",
    "plot_drivers",
    "plot_effect",
    "plot_first_places",
    "plot_forecast",
    "plot_importance_performance",
    "plot_middle",
    "plot_month_targets",
    "plot_progress",
    "plot_ramp",
    "plot_retention",
    "plot_scenarios",
    "plot_seasonality",
    "plot_skill_heatmap",
    "plot_stability",
    "plot_standing",
    "plot_weights",
]
