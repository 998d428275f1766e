"""Who goes to which course, as a sheet to change by hand: seats, hours and money follow."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from salesplan.errors import InputError
from salesplan.reporting.kpi_sheet import KpiSheet, text_width
from salesplan.reporting.neutral import neutral_text
from salesplan.reporting.workbook_style import BAD, GOOD, HEAD, Book
from salesplan.text import mark, say
from salesplan.text.numbers import money_unit

MONEY, WHOLE, HOURS = "#,##0", "0", "0.0"
BUDGET, COST, LEFT, LIMIT = 4, 5, 6, 7
HEADER, DURATION, SEAT_COST, FIXED_COST, SEATS, PEOPLE, RUNS, COURSE_COST = range(9, 17)
"""Rows of the sheet: the budget above, what is known of each course, then the people."""
FIRST = 17
WHO, NAME, UNIT, TIER, N_COURSES, OWN_HOURS, OWN_COST = range(1, 8)
FIRST_COURSE = 8
FIGURES = UNIT
"""Column of the figures of the budget."""
MOST_ACROSS = 14
"""Courses beside the people on one printed page; more would be too small to read."""
TURNED = 5.6
"""Height of a turned letter, in points."""
OWN_CAPTIONS = (
    mark("Seller id"), mark("Name"), mark("Unit"), mark("Tier"), mark("Courses"), mark("Hours"), mark("Cost of seats"),
)  # fmt: skip
COURSE_CAPTIONS = {
    DURATION: mark("Hours"), SEAT_COST: mark("Cost a seat"), FIXED_COST: mark("Fixed cost a run"), SEATS: mark("Seats a run"),
    PEOPLE: mark("People"), RUNS: mark("Runs"), COURSE_COST: mark("Cost"),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class BookedCourse:
    """A course: ``seats`` of a run, nan where there is no limit; money in currency units."""

    course: str
    name: str
    hours: float
    cost: float
    fixed_cost: float
    seats: float

    def runs(self, people: int) -> int:
        """Runs that so many people fill.

        Examples
        --------
        >>> course = BookedCourse(course="C1", name="Closing", hours=8, cost=500, fixed_cost=2000, seats=12)
        >>> course.runs(0), course.runs(12), course.runs(13)
        (0, 1, 2)
        """
        if people == 0:
            return 0
        return 1 if math.isnan(self.seats) else math.ceil(people / self.seats)

    def spending(self, people: int) -> float:
        """What so many people in it cost."""
        return people * self.cost + self.runs(people) * self.fixed_cost


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class BookedPerson:
    """A person and the ids of the courses they go to."""

    seller_id: str
    name: str
    unit: str
    tier: str
    courses: Sequence[str]


class CourseSheet:
    """The sheet of people x courses.

    Parameters
    ----------
    people
        In the order of the rows.
    courses
        In the order of the columns.
    budget
        Currency units.
    hours_per_person
        Hours one person can take.

    Raises
    ------
    InputError
        Somebody goes to a course that is not among the courses.
    """

    def __init__(
        self, book: Book, name: str, language: str, *, people: Sequence[BookedPerson], courses: Sequence[BookedCourse],
        budget: float, hours_per_person: float, currency: str = "CNY",
    ) -> None:  # fmt: skip
        known = {c.course for c in courses}
        for person in people:
            if odd := [c for c in person.courses if c not in known]:
                raise InputError(f"course == {odd[0]!r}, must be one of the courses", where=f"plan of {person.seller_id}")
        self.sheet = KpiSheet(book, name)
        self.language, self.people, self.courses = language, people, courses
        self.budget, self.hours, self.unit = budget, hours_per_person, money_unit("one", language, currency=currency)
        self.last = max(FIRST, FIRST + len(people) - 1)
        self.last_column = FIRST_COURSE + max(len(courses), 1) - 1

    @property
    def cost(self) -> float:
        """What the plan costs."""
        taken = self._taken()
        return sum(c.spending(taken[c.course]) for c in self.courses)

    def _taken(self) -> dict[str, int]:
        return {c.course: sum(c.course in p.courses for p in self.people) for c in self.courses}

    def write(self, *, title: str, note: str) -> None:
        """Write it all."""
        sheet = self.sheet
        sheet.title(title, note)
        self._write_courses()
        self._write_people()
        self._write_budget()
        sheet.set_widths((12, 16, 18, 10, 9, 9, 11, *([8.5] * len(self.courses))))
        sheet.sheet.freeze_panes(FIRST - 1, TIER)
        sheet.sheet.repeat_rows(HEADER - 1, HEADER - 1)
        sheet.sheet.repeat_columns(0, NAME - 1)
        sheet.print_on_one_page()
        held, going = self._held(), sum(bool(p.courses) for p in self.people)
        sheet.sheet.print_area(0, 0, FIRST - 2 + max(going, 1), FIRST_COURSE - 2 + max(held, 1))
        sheet.sheet.fit_to_pages(math.ceil(max(held, 1) / MOST_ACROSS), 0)

    def _held(self) -> int:
        """Courses up to the last one that anybody goes to: what is printed, like the people who go anywhere."""
        taken = self._taken()
        return max((at for at, c in enumerate(self.courses, start=1) if taken[c.course]), default=0)

    def _span(self, column: int) -> str:
        return f"{self.sheet.at(FIRST, column)}:{self.sheet.at(self.last, column)}"

    def _row(self, row: int, *, fixed: bool = True) -> str:
        name = self.sheet.fixed if fixed else self.sheet.at
        return f"{name(row, FIRST_COURSE)}:{name(row, self.last_column)}"

    def _write_courses(self) -> None:
        sheet, lang = self.sheet, self.language
        captions = [say(word, lang) for word in OWN_CAPTIONS]
        sheet.header(captions, row=HEADER)
        turned = sheet.book.look(bold=True, font_color="#FFFFFF", bg_color=HEAD, rotation=90, valign="bottom", align="center",
                                 text_wrap=False)
        taken = self._taken()
        for column, course in enumerate(self.courses, start=FIRST_COURSE):
            sheet.sheet.write_string(HEADER - 1, column - 1, neutral_text(course.name), turned)
            sheet.given(DURATION, column, course.hours, HOURS)
            sheet.given(SEAT_COST, column, course.cost, MONEY)
            sheet.given(FIXED_COST, column, course.fixed_cost, MONEY)
            sheet.given(SEATS, column, course.seats, WHOLE)
            n, runs = taken[course.course], course.runs(taken[course.course])
            people, seats = sheet.at(PEOPLE, column), sheet.at(SEATS, column)
            sheet.formula(PEOPLE, column, f"=COUNT({self._span(column)})", n, WHOLE, kind="strong")
            sheet.formula(RUNS, column, f'=IF({people}=0,0,IF({seats}="",1,ROUNDUP({people}/{seats},0)))', runs, WHOLE)
            formula = f"={people}*{sheet.at(SEAT_COST, column)}+{sheet.at(RUNS, column)}*{sheet.at(FIXED_COST, column)}"
            sheet.formula(COURSE_COST, column, formula, course.spending(n), MONEY, kind="strong")
        longest = max((text_width(course.name) for course in self.courses), default=0.0)
        sheet.sheet.set_row(HEADER - 1, min(max(TURNED * longest, 40), 260))
        for row, word in COURSE_CAPTIONS.items():
            money = row in (SEAT_COST, FIXED_COST, COURSE_COST)
            caption = say(word, lang)
            sheet.text(row, NAME, f"{caption} ({self.unit})" if money else caption, kind="muted")

    def _write_people(self) -> None:
        sheet = self.sheet
        place = {c.course: (column, c) for column, c in enumerate(self.courses, start=FIRST_COURSE)}
        tick = sheet.book.look(font_color="#1D4ED8", align="center", bold=True)
        for row, person in enumerate(self.people, start=FIRST):
            for column, text in enumerate((person.seller_id, person.name, person.unit, person.tier), start=1):
                sheet.text(row, column, neutral_text(text))
            taken = [place[c] for c in person.courses]
            for column, _ in taken:
                sheet.sheet.write_number(row - 1, column - 1, 1, tick)
            if not self.courses:
                continue
            own = f"{sheet.at(row, FIRST_COURSE)}:{sheet.at(row, self.last_column)}"
            sheet.formula(row, N_COURSES, f"=COUNT({own})", len(taken), WHOLE)
            hours, cost = sum(c.hours for _, c in taken), sum(c.cost for _, c in taken)
            sheet.formula(row, OWN_HOURS, f"=SUMPRODUCT({own},{self._row(DURATION)})", hours, HOURS)
            sheet.formula(row, OWN_COST, f"=SUMPRODUCT({own},{self._row(SEAT_COST)})", cost, MONEY)
        if self.people and self.courses:
            matrix = f"{sheet.at(FIRST, FIRST_COURSE)}:{sheet.at(self.last, self.last_column)}"
            sheet.sheet.data_validation(matrix, {
                "validate": "integer", "criteria": "==", "value": 1, "error_type": "stop",
                "error_message": say(mark("1 for a seat in the course, or empty"), self.language)})
            sheet.sheet.conditional_format(matrix, {"type": "cell", "criteria": "==", "value": 1,
                                                    "format": sheet.book.fill("#DBEAFE")})
            sheet.sheet.conditional_format(self._span(OWN_HOURS), {
                "type": "cell", "criteria": ">", "value": f"={sheet.fixed(LIMIT, UNIT)}", "format": sheet.book.fill(BAD)})

    def _write_budget(self) -> None:
        sheet, lang = self.sheet, self.language
        captions: Mapping[int, str] = {BUDGET: mark("Budget"), COST: mark("Cost of the plan"), LEFT: mark("Left of the budget"),
                                       LIMIT: mark("Hours one person can take")}
        for row, word in captions.items():
            caption = say(word, lang)
            sheet.text(row, 1, caption if row == LIMIT else f"{caption} ({self.unit})", kind="muted")
        sheet.given(BUDGET, UNIT, self.budget, MONEY)
        sheet.given(LIMIT, UNIT, self.hours, HOURS)
        cost = self.cost
        costs = f"=SUM({self._row(COURSE_COST, fixed=False)})" if self.courses else "=0"
        sheet.formula(COST, UNIT, costs, cost, MONEY, kind="strong")
        left = sheet.at(LEFT, UNIT)
        sheet.formula(LEFT, UNIT, f"={sheet.at(BUDGET, UNIT)}-{sheet.at(COST, UNIT)}", self.budget - cost, MONEY, kind="strong")
        for criterion, colour in ((">=", GOOD), ("<", BAD)):
            sheet.sheet.conditional_format(left, {"type": "cell", "criteria": criterion, "value": 0,
                                                  "format": sheet.book.fill(colour)})
        words = say(mark("Blue figures may be changed: write 1 where somebody goes to a course."), lang)
        sheet.text(BUDGET, N_COURSES, words, kind="given")
