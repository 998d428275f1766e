"""A page's templates are compiled once, and again when they change."""

from pathlib import Path

import pytest

pytest.importorskip("voila")


def test_templates_are_compiled_once_for_all_pages_and_again_when_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from jinja2 import Environment, FileSystemLoader

    from salesplan.apps.page_exporter import KeptTemplates

    compiled: list[str] = []
    compile_one = Environment._compile
    monkeypatch.setattr(Environment, "_compile", lambda self, source, name: compiled.append(name) or compile_one(self, source, name))
    page, kept = tmp_path / "page.html", KeptTemplates()

    def shown() -> str:
        return Environment(loader=FileSystemLoader(tmp_path), bytecode_cache=kept).get_template("page.html").render(x=1)

    page.write_text("a {{ x }}")
    assert [shown(), shown()] == ["a 1", "a 1"] and len(compiled) == 1
    page.write_text("b {{ x }}")
    assert [shown(), shown()] == ["b 1", "b 1"] and len(compiled) == 2


def test_voila_makes_its_pages_with_the_kept_templates(monkeypatch: pytest.MonkeyPatch) -> None:
    import voila.notebook_renderer as renderer

    from salesplan.apps.page_exporter import KEPT, PageExporter, keep_templates

    monkeypatch.setattr(renderer, "VoilaExporter", renderer.VoilaExporter)
    keep_templates()
    assert renderer.VoilaExporter is PageExporter
    assert PageExporter(template_name="lab").environment.bytecode_cache is KEPT
