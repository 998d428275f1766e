"""Forecasts that add up over the organisation, with intervals and their record beside them."""

from salesplan.forecasting.forecast import forecast_hierarchy
from salesplan.forecasting.result import HierarchyForecast

__all__ = ["HierarchyForecast", "forecast_hierarchy"]
