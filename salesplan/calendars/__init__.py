"""Fiscal years, working days with 调休, ISO weeks, spring festival and pace."""

from salesplan.calendars.fiscal import FiscalCalendar
from salesplan.calendars.pace import Pace, working_day_pace
from salesplan.calendars.spring_festival import centred_shares, spring_festival_date, spring_festival_shares
from salesplan.calendars.table import make_calendar
from salesplan.calendars.weeks import iso_week, week_pieces
from salesplan.calendars.working_days import monthly_working_days, working_days

__all__ = [
    "FiscalCalendar", "Pace", "centred_shares", "iso_week", "make_calendar", "monthly_working_days",
    "spring_festival_date", "spring_festival_shares", "week_pieces", "working_day_pace", "working_days",
]
