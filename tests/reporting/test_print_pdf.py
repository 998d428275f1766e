"""Pages as PDF: the same bytes, nothing fetched or run, a clear word where no browser is."""

import contextlib
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from salesplan.reporting import chromium, print_pdf
from salesplan.reporting.chromium import VARIABLE, Chromium, PrinterError, find_chromium, sweep_profiles
from salesplan.reporting.print_pdf import PdfPrinter

PAGE = """<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8"><title>月度复盘</title></head><body><h1>月度复盘</h1>
<p>华东 <a href="../index.html">zurück</a></p><p id="t">unchanged</p><script>document.getElementById("t").textContent = "RAN"</script>
<img alt="" src="http://example.invalid/a.png"></body></html>"""

needs_browser = pytest.mark.skipif(not any(shutil.which(name) for name in chromium.NAMES), reason="no Chromium on this machine")


@pytest.fixture
def page(tmp_path: Path) -> Path:
    (tmp_path / "page.html").write_text(PAGE, encoding="utf-8")
    return tmp_path / "page.html"


@needs_browser
@pytest.mark.browser
def test_the_same_page_gives_the_same_bytes_in_any_folder_and_after_any_other(page: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    copy = shutil.copy(page, tmp_path / "other")
    with PdfPrinter() as printer:
        first = printer.print(page, tmp_path / "1.pdf", footer="华东 · 2026-10").read_bytes()
        (tmp_path / "q.html").write_text("<h1>another</h1>" * 50)
        printer.print(tmp_path / "q.html", tmp_path / "q.pdf")
        second = printer.print(copy, tmp_path / "2.pdf", footer="华东 · 2026-10").read_bytes()
    assert first == second and first.startswith(b"%PDF") and b"2000010100" in first
    assert str(tmp_path).encode() not in first and not list(tmp_path.glob(".*"))
    if shutil.which("pdftotext"):
        text = subprocess.run(["pdftotext", str(tmp_path / "1.pdf"), "-"], capture_output=True, text=True, check=True).stdout
        assert "月度复盘" in text and "unchanged" in text and "RAN" not in text
        assert "华东 · 2026-10" in text and re.search(r"1 ?/ ?1", text)


@needs_browser
@pytest.mark.browser
def test_a_browser_that_dies_is_started_anew(page: Path, tmp_path: Path) -> None:
    with PdfPrinter() as printer:
        printer.print(page, tmp_path / "1.pdf")
        printer._browser._process.kill()
        printer._browser._process.wait()
        assert printer.print(page, tmp_path / "2.pdf").read_bytes() == (tmp_path / "1.pdf").read_bytes()


@needs_browser
@pytest.mark.browser
def test_a_page_can_be_printed_by_a_browser_of_its_own(page: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(print_pdf, "can_use_pipe", lambda: False)
    made = [print_pdf.print_pdf(page, tmp_path / f"{n}.pdf").read_bytes() for n in range(2)]
    assert made[0] == made[1] and made[0].startswith(b"%PDF")


@needs_browser
@pytest.mark.browser
def test_nothing_is_left_running_or_lying_about() -> None:
    with Chromium() as browser:
        assert "Chrome" in browser.version
        pid, profile = browser._process.pid, browser._profile
        assert profile.is_dir()
        with pytest.raises(PrinterError, match="refused No.Such"):
            browser.call("No.Such")
    assert not profile.exists()
    end = time.monotonic() + 10
    while living(pid) and time.monotonic() < end:
        time.sleep(0.05)
    assert not living(pid)


def living(group: int) -> list[int]:
    """Processes of a group that still run; those that have ended may wait for somebody to take note of it."""
    found = []
    for process in psutil.process_iter(["pid", "status"]):
        with contextlib.suppress(ProcessLookupError):
            if process.info["status"] != psutil.STATUS_ZOMBIE and os.getpgid(process.pid) == group:
                found.append(process.pid)
    return found


def test_profiles_of_dead_programs_are_removed(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setattr(chromium.tempfile, "gettempdir", lambda: str(tmp_path))
    dead = subprocess.Popen(["true"])
    dead.wait()
    for name in (dead.pid, os.getpid()):
        (tmp_path / f"{chromium.PROFILE}{name}-x").mkdir()
    sweep_profiles()
    assert [path.name for path in tmp_path.iterdir()] == [f"{chromium.PROFILE}{os.getpid()}-x"]


def test_a_missing_browser_is_said_with_what_to_install(monkeypatch, page: Path, tmp_path: Path) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(chromium.shutil, "which", lambda name: None)
    with pytest.raises(PrinterError, match="no Chromium") as caught:
        print_pdf.print_pdf(page, tmp_path / "1.pdf")
    assert "fonts-noto-cjk" in caught.value.fix and VARIABLE in caught.value.fix


def test_an_own_browser_that_is_no_program_is_refused(monkeypatch) -> None:
    monkeypatch.setenv(VARIABLE, "/nowhere/chrome")
    with pytest.raises(PrinterError, match="must be a program"):
        find_chromium()


def test_a_program_that_is_no_browser_is_refused(monkeypatch) -> None:
    monkeypatch.setenv(VARIABLE, shutil.which("true") or "true")
    with pytest.raises(PrinterError, match="ended on its own"):
        Chromium(timeout=5)
