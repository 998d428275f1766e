"""A page as PDF, printed by the machine's Chromium; the same page gives the same bytes."""

import base64
import contextlib
import html as markup
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from salesplan.errors import InputError, Sentence
from salesplan.reporting.chromium import OPTIONS, PROFILE, Chromium, PrinterError, can_use_pipe, find_chromium
from salesplan.reporting.statements import write_whole

A4 = {"paperWidth": 8.27, "paperHeight": 11.69}
_DATE = re.compile(rb"(/(?:CreationDate|ModDate) \(D:)(\d{14})")
_TRAILER_ID = re.compile(rb"(?<=/ID) *\[ *<[0-9A-Fa-f]*> *<[0-9A-Fa-f]*> *\]")
_FOOTER = (
    "<div style=\"width:100%;margin:0 14mm;display:flex;justify-content:space-between;color:#64748b;"
    "font:7pt 'Noto Sans CJK SC','PingFang SC','Microsoft YaHei',sans-serif\">"
    "<span>{words}</span><span><span class='pageNumber'></span> / <span class='totalPages'></span></span></div>"
)


class PdfPrinter:
    """Prints page after page with one browser, started when the first is asked for; use it as a context.

    Scripts of a page do not run, nothing is fetched, and links to other files are not taken over, so that the result
    does not depend on the folder.
    """

    def __init__(self, *, timeout: float = 60.0) -> None:
        self.timeout = timeout
        self._browser: Chromium | None = None

    def print(self, page: str | Path, pdf: str | Path, *, footer: str = "") -> Path:
        """Print a page.

        Parameters
        ----------
        page
            HTML file that carries all it needs.
        pdf
            The file to write, as a whole or not at all.
        footer
            Words at the foot of each sheet, beside the number of the sheet.

        Raises
        ------
        PrinterError
            No Chromium, or it failed twice.
        """
        source = Path(page)
        if not source.is_file():
            raise InputError(Sentence("page == {name}, must be an existing file", name=repr(str(page))))
        content = self._printed(source, footer)
        return write_whole(Path(pdf), with_fixed_dates(content))

    def _printed(self, source: Path, footer: str) -> bytes:
        if not can_use_pipe():
            return _print_alone(source, timeout=self.timeout)
        for attempt in (1, 2):
            try:
                if self._browser is None:
                    self._browser = Chromium(timeout=self.timeout)
                return _print_in(self._browser, source.read_text(encoding="utf-8"), footer)
            except PrinterError:
                self.close()
                if attempt == 2:
                    raise
        raise PrinterError("nothing was printed")

    def close(self) -> None:
        """End the browser."""
        if self._browser is not None:
            self._browser.close()
            self._browser = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def print_pdf(page: str | Path, pdf: str | Path, *, footer: str = "") -> Path:
    """Print one page; see `PdfPrinter.print`."""
    with PdfPrinter() as printer:
        return printer.print(page, pdf, footer=footer)


def _print_in(browser: Chromium, text: str, footer: str) -> bytes:
    """Print in a context of its own, so that no page leaves a trace in the next."""
    context = browser.call("Target.createBrowserContext")["browserContextId"]
    try:
        target = browser.call("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        tab = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        browser.call("Emulation.setScriptExecutionDisabled", tab, value=True)
        frame = browser.call("Page.getFrameTree", tab)["frameTree"]["frame"]["id"]
        browser.call("Page.setDocumentContent", tab, frameId=frame, html=text)
        shown: dict[str, Any] = {"displayHeaderFooter": False}
        if footer:
            shown = {"displayHeaderFooter": True, "headerTemplate": "<span></span>",
                     "footerTemplate": _FOOTER.format(words=markup.escape(footer))}
        answer = browser.call("Page.printToPDF", tab, printBackground=True, preferCSSPageSize=True, generateTaggedPDF=True,
                              generateDocumentOutline=True, **A4, **shown)
        return base64.b64decode(answer["data"])
    finally:
        with contextlib.suppress(PrinterError):
            browser.call("Target.disposeBrowserContext", browserContextId=context)


def _print_alone(source: Path, *, timeout: float) -> bytes:
    """Print with a browser that does only this, where one cannot be spoken to."""
    program = find_chromium()
    folder = Path(tempfile.mkdtemp(prefix=f"{PROFILE}{os.getpid()}-"))
    try:
        copy = folder / "page.html"
        shutil.copyfile(source, copy)
        pdf = folder / "page.pdf"
        root = hasattr(os, "geteuid") and os.geteuid() == 0
        subprocess.run([str(program), *OPTIONS, *(["--no-sandbox"] if root else []), "--no-pdf-header-footer",
                        f"--user-data-dir={folder / 'profile'}", f"--print-to-pdf={pdf}", copy.as_uri()],
                       stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout, check=False)
        if not pdf.is_file():
            raise PrinterError(Sentence("Chromium ended on its own"))
        return pdf.read_bytes()
    except subprocess.TimeoutExpired as error:
        raise PrinterError(Sentence("Chromium did not answer in {n} seconds", n=f"{timeout:g}")) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def with_fixed_dates(pdf: bytes) -> bytes:
    """The same PDF with the dates and the id that change from run to run set to fixed ones of the same length.

    Examples
    --------
    >>> with_fixed_dates(b"/CreationDate (D:20261122132537+00'00')")
    b"/CreationDate (D:20000101000000+00'00')"
    """
    dated = _DATE.sub(rb"\g<1>20000101000000", pdf)
    start = dated.rfind(b"trailer")
    if start < 0:
        return dated
    return dated[:start] + _TRAILER_ID.sub(lambda m: re.sub(rb"[0-9A-Fa-f]", b"0", m.group(0)), dated[start:])
