"""Moving festivals are dated for 1950 to 2100."""

import pytest

from salesplan.calendars.lunar import festival_dates
from salesplan.errors import InputError


def test_festivals_of_every_year_fall_in_their_season() -> None:
    for year in range(1950, 2101):
        dates = festival_dates(year)
        assert (1, 21) <= (dates["Spring Festival"].month, dates["Spring Festival"].day) <= (2, 21)
        if year >= 2008:
            assert dates["Tomb-sweeping Day"].month == 4
            assert dates["Dragon Boat Festival"].month in (5, 6)
            assert dates["Mid-autumn Festival"].month in (9, 10)


@pytest.mark.parametrize("year", [1949, 2101])
def test_years_beyond_the_tables_are_refused(year: int) -> None:
    with pytest.raises(InputError, match="between 1950 and 2100"):
        festival_dates(year)
