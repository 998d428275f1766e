"""Writes one workbook to hand out: instructions, forms that check what is typed, and the lists they offer."""

import datetime as dt
import io
import re
from typing import TYPE_CHECKING, Any, Final

from salesplan.data.quarantine import neutralised
from salesplan.data.schema import table_named
from salesplan.data.template_forms import Entry, Form, Template
from salesplan.text import mark, say

if TYPE_CHECKING:
    from salesplan.data.templates import Prepared

LAST_ROW: Final = 3000
"""Rows of a form in which lists and limits hold, or as many as are filled in and half as many again."""
FIXED_TIME: Final = dt.datetime(2000, 1, 1)
FACE: Final = "Microsoft YaHei"
HEAD, NEEDED, MUTED = "#1E3A5F", "#B45309", "#64748B"
_LISTS: Final = "_lists"
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_YES_NO: Final = {"zh": ("是", "否"), "en": ("yes", "no")}
STEPS: Final = (
    mark("Fill in the sheets from the second row on; do not change the headers."),
    mark("Columns marked * must be filled in; their headers are orange."),
    mark("Cells with a list take what the list offers; numbers and dates outside their limits are refused."),
    mark("Save the file and import it: salesplan import FILE --workspace FOLDER. Rows that do not fit are listed with their "
         "row and column and leave the rest untouched."),
)


def template_workbook(template: Template, prepared: "Prepared", *, language: str) -> bytes:
    """The workbook of a template; the same forms give the same bytes. Text in it is never a formula."""
    return _Writer(template, prepared, language).write()


class _Writer:
    def __init__(self, template: Template, prepared: "Prepared", language: str) -> None:
        import xlsxwriter

        self.template, self.prepared, self.language = template, prepared, language
        self._file = io.BytesIO()
        self.book = xlsxwriter.Workbook(
            self._file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
                         "default_date_format": "yyyy-mm-dd"})
        self.book.set_properties({"author": "salesplan", "created": FIXED_TIME})
        self.looks = {name: self.book.add_format({"font_name": FACE, "font_charset": 134, "font_size": 10, **look})
                      for name, look in _LOOKS.items()}
        self.lists: dict[tuple[str, ...], str] = {}

    def write(self) -> bytes:
        guide = self.book.add_worksheet(say(mark("Instructions"), self.language))
        sheets = {form.table: self.book.add_worksheet(form.title(self.language)) for form in self.template.forms}
        self.hidden = self.book.add_worksheet(_LISTS)
        self.hidden.very_hidden()
        for form in self.template.forms:
            self._form(sheets[form.table], form)
        self._guide(guide)
        guide.activate()
        self.book.close()
        return self._file.getvalue()

    def _form(self, sheet: Any, form: Form) -> None:
        rows = self.prepared.rows.get(form.table, ())
        last = max(LAST_ROW, len(rows) * 3 // 2)
        for place, entry in enumerate(form.entries):
            caption = entry.caption(form.table, self.language, currency=self.prepared.currency)
            sheet.write_string(0, place, caption, self.looks["needed" if entry.is_required(form.table) else "head"])
            sheet.set_column(place, place, entry.width, self.looks["day" if entry.kind(form.table) == "date" else "plain"])
            check = self._check(form, entry)
            if check is not None:
                sheet.data_validation(1, place, last, place, check)
        words = {e.column: e.words(form.table, self.language) for e in form.entries if e.choices == "words"}
        for at, row in enumerate(rows, start=1):
            for place, entry in enumerate(form.entries):
                self._cell(sheet, at, place, self._said(entry, row.get(entry.column), words.get(entry.column, {})))
        sheet.set_row(0, 30)
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, max(len(rows), 1), len(form.entries) - 1)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)

    def _said(self, entry: Entry, value: Any, words: dict[str, str]) -> Any:
        if isinstance(value, bool):
            return _YES_NO[self.language][0 if value else 1]
        return words.get(value, value) if isinstance(value, str) else value

    def _cell(self, sheet: Any, row: int, place: int, value: Any) -> None:
        if value is None or (isinstance(value, float) and value != value):
            return
        if isinstance(value, dt.date):
            sheet.write_datetime(row, place, dt.datetime(value.year, value.month, value.day), self.looks["day"])
        elif isinstance(value, int | float):
            sheet.write_number(row, place, value, self.looks["plain"])
        else:
            sheet.write_string(row, place, _harmless(str(value)), self.looks["plain"])

    def _check(self, form: Form, entry: Entry) -> dict[str, Any] | None:
        meaning = say(entry.meaning(form.table), self.language)
        said = {"input_title": entry.caption(form.table, self.language, currency=self.prepared.currency)[:32],
                "input_message": meaning[:255], "error_title": say(mark("Not possible"), self.language)[:32]}
        offered = self._offered(form, entry)
        if offered is not None:
            return {"validate": "list", "source": offered, **said, "error_type": "warning" if entry.is_open else "stop",
                    "error_message": say(mark("Please pick from the list."), self.language)}
        kind = entry.kind(form.table)
        if kind == "date":
            return {"validate": "date", "criteria": "between", "minimum": dt.date(2000, 1, 1), "maximum": dt.date(2099, 12, 31),
                    **said, "error_message": say(mark("Please enter a date such as 2026-10-31."), self.language)}
        if entry.low is None:
            return {"validate": "any", **said} if entry.hint or meaning else None
        check = {"validate": "integer" if entry.is_whole else "decimal", **said}
        if entry.high is None:
            return {**check, "criteria": ">=", "value": entry.low, "error_message": say(
                mark("Please enter a number of {low} or more."), self.language, low=f"{entry.low:g}")}
        return {**check, "criteria": "between", "minimum": entry.low, "maximum": entry.high, "error_message": say(
            mark("Please enter a number from {low} to {high}."), self.language, low=f"{entry.low:g}",
            high=f"{entry.high:g}")}

    def _offered(self, form: Form, entry: Entry) -> str | None:
        """The cells a list is made of: names typed on a sheet before, or words on the hidden sheet."""
        own = {"skills": "skill", "courses": "course"}.get(entry.choices)
        before = next((f for f in self.template.forms if f.table == own), None)
        if before is not None:
            column = [e.column for e in before.entries].index("name")
            return f"='{before.title(self.language)}'!${chr(65 + column)}$2:${chr(65 + column)}${LAST_ROW}"
        if entry.choices == "words":
            return self._list(tuple(entry.words(form.table, self.language).values()))
        if entry.choices == "yes_no":
            return self._list(_YES_NO[self.language])
        words = tuple(getattr(self.prepared, entry.choices)) if entry.choices else ()
        return self._list(words) if words else None

    def _list(self, words: tuple[str, ...]) -> str:
        if words not in self.lists:
            place = len(self.lists)
            for row, word in enumerate(words):
                self.hidden.write_string(row, place, _harmless(word))
            letter = chr(65 + place)
            self.lists[words] = f"={_LISTS}!${letter}$1:${letter}${len(words)}"
        return self.lists[words]

    def _guide(self, sheet: Any) -> None:
        looks, lang = self.looks, self.language
        title = self.template.zh if lang == "zh" else self.template.en.replace("_", " ").capitalize()
        sheet.hide_gridlines(2)
        sheet.set_column(0, 0, 24)
        sheet.set_column(1, 1, 18)
        sheet.set_column(2, 2, 60)
        sheet.set_column(3, 3, 44)
        sheet.write_string(0, 0, title, looks["title"])
        at = 1
        for number, step in enumerate(STEPS, start=1):
            sheet.merge_range(at, 0, at, 3, f"{number}. {say(step, lang)}", looks["wrap"])
            at += 1
        for form in self.template.forms:
            at += 1
            sheet.write_string(at, 0, form.title(lang), looks["part"])
            sheet.merge_range(at + 1, 0, at + 1, 3, say(form.purpose, lang), looks["wrap"])
            at += 2
            for place, caption in enumerate((mark("Column to fill in"), mark("Must be filled in"), mark("What goes in"),
                                             mark("Allowed"))):
                sheet.write_string(at, place, say(caption, lang), looks["head"])
            for entry in form.entries:
                at += 1
                needed = say(mark("Needed"), lang) if entry.is_required(form.table) else ""
                said = (entry.caption(form.table, lang, currency=self.prepared.currency), needed,
                        say(entry.meaning(form.table), lang), self._allowed(form, entry))
                for place, text in enumerate(said):
                    sheet.write_string(at, place, _harmless(text), looks["wrap"])
            at += 1
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)

    def _allowed(self, form: Form, entry: Entry) -> str:
        lang = self.language
        if entry.choices == "words":
            words = list(entry.words(form.table, lang).values())
            return ", ".join(words[:8]) + (" …" if len(words) > 8 else "")
        if entry.choices == "yes_no":
            return ", ".join(_YES_NO[lang])
        if self._offered(form, entry) is not None:
            return say(mark("From the list"), lang)
        if table_named(form.table).column(entry.stored or entry.column).kind == "date":
            return say(mark("A date"), lang)
        if entry.low is None:
            return say(mark("Text"), lang)
        if entry.high is None:
            return say(mark("{low} or more"), lang, low=f"{entry.low:g}")
        return say(mark("{low} to {high}"), lang, low=f"{entry.low:g}", high=f"{entry.high:g}")


_LOOKS: Final[dict[str, dict[str, Any]]] = {
    "plain": {}, "day": {"num_format": "yyyy-mm-dd"}, "wrap": {"text_wrap": True, "valign": "top"},
    "title": {"bold": True, "font_size": 15, "font_color": HEAD}, "part": {"bold": True, "font_size": 12, "font_color": HEAD},
    "head": {"bold": True, "font_color": "#FFFFFF", "bg_color": HEAD, "text_wrap": True, "valign": "vcenter"},
    "needed": {"bold": True, "font_color": "#FFFFFF", "bg_color": NEEDED, "text_wrap": True, "valign": "vcenter"},
}


def _harmless(text: str) -> str:
    return str(neutralised(_CONTROL.sub("", text)))
