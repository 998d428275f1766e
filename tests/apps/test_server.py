"""What the server refuses, and what a kernel gets to know."""

import logging
import os
from pathlib import Path

import pytest

from salesplan.apps.callbacks import reported
from salesplan.apps.context import LOG, app_language, app_user, app_workspace, language_of_query
from salesplan.apps.kernels import kernel_environment
from salesplan.apps.server import TEMPLATE, app_config, check_address, run_app
from salesplan.errors import InputError, MissingWorkspaceError
from tests.notebook_factory import small_notebook


@pytest.mark.parametrize("ip", ["0.0.0.0", "::", "192.168.1.5", "sales.example", ""])
def test_other_addresses_need_a_secret(ip: str) -> None:
    with pytest.raises(InputError, match="password or token"):
        check_address(ip, password=None, token=None)
    check_address(ip, password="long enough", token=None)


@pytest.mark.parametrize("ip", ["127.0.0.1", "::1", "localhost", "127.8.8.8"])
def test_this_machine_needs_none(ip: str) -> None:
    check_address(ip, password=None, token=None)


def test_short_secrets_are_refused() -> None:
    with pytest.raises(InputError, match="at least 8"):
        check_address("0.0.0.0", password="short", token=None)


def test_what_cannot_be_served_is_named(tmp_path: Path) -> None:
    notebook = small_notebook(tmp_path / "n.ipynb")
    with pytest.raises(InputError, match="ipynb file"):
        run_app(tmp_path / "none.ipynb", workspace=tmp_path)
    with pytest.raises(MissingWorkspaceError, match="must be a folder"):
        run_app(notebook, workspace=tmp_path / "none")
    with pytest.raises(InputError, match="port == 70000"):
        run_app(notebook, workspace=tmp_path, port=70000)


def test_the_settings_shut_what_the_app_does_not_need(tmp_path: Path) -> None:
    config = app_config(
        tmp_path / "n.ipynb",
        ip="127.0.0.1",
        port=1,
        open_browser=False,
        password="open sesame",
        token=None,
        language="zh",
        idle_seconds=60,
    )
    page = config.VoilaConfiguration
    assert page.allow_template_override == page.allow_theme_override == "NO"
    assert page.file_allowlist == ["public/.*"] and page.preheat_kernel is False and page.http_header_envs == []
    assert page.extension_allowlist == ["@jupyter-widgets/jupyterlab-manager", "@voila-dashboards/widgets-manager8"]
    assert config.MappingKernelManager.cull_idle_timeout == 60 and config.MappingKernelManager.cull_connected is False
    assert config.PasswordIdentityProvider.hashed_password.startswith("argon2:")
    assert "sesame" not in str(config)
    assert config.VoilaExecutor.iopub_timeout >= 600  # a panel that comes late on a busy machine is waited for


def test_a_kernel_knows_no_secret() -> None:
    known = kernel_environment(
        {
            "PATH": "/bin",
            "AWS_SECRET_ACCESS_KEY": "x",
            "QUERY_STRING": "token=abc",
            "SALESPLAN_USER": "E1",
            "VOILA_REQUEST_URL": "http://x/?token=abc",
            "SALESPLAN_DATABASE_URL": "postgres://u:p@h",
        },
        language="en",
    )
    assert known == {"PATH": "/bin", "SALESPLAN_USER": "E1", "SALESPLAN_LANGUAGE": "en"}


@pytest.mark.parametrize(
    ("query", "language"),
    [
        ("lang=en", "en"),
        ("lang=fr", "zh"),
        ("", "zh"),
        ("lang=en%27%3Bimport os", "zh"),
        ("language=en&growth=9", "zh"),
    ],
)
def test_only_known_languages_are_taken_from_an_address(query: str, language: str) -> None:
    assert language_of_query(query, "zh") == language


def test_a_notebook_outside_the_app_keeps_its_own_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SALESPLAN_WORKSPACE", "SALESPLAN_LANGUAGE", "SALESPLAN_USER"):
        monkeypatch.delenv(name, raising=False)
    assert (app_language("en"), app_workspace("here"), app_user()) == ("en", "here", None)
    monkeypatch.setenv("SALESPLAN_LANGUAGE", "zh")
    monkeypatch.setenv("SALESPLAN_WORKSPACE", "/w")
    assert (app_language("en"), app_workspace()) == ("zh", "/w")


def test_an_unexpected_error_is_only_shown_by_its_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(LOG, str(tmp_path / "app.log"))
    shown: list[str] = []

    @reported(shown.append, language="en")
    def move() -> None:
        raise RuntimeError("secret path /x")

    assert move() is None
    logged = (tmp_path / "app.log").read_text(encoding="utf-8")
    assert "secret" not in shown[0] and "RuntimeError: secret path /x" in logged
    assert shown[0].split("Error id: ")[1][:8] in logged
    log = logging.getLogger("salesplan.apps")
    for handler in [h for h in log.handlers if getattr(h, "baseFilename", "") == os.path.abspath(tmp_path / "app.log")]:
        log.removeHandler(handler)
        handler.close()


def test_the_template_needs_no_network() -> None:
    static = TEMPLATE / "voila" / "templates" / "salesplan"
    text = "".join(
        p.read_text(encoding="utf-8") for p in static.rglob("*") if p.suffix in (".j2", ".html", ".js", ".css")
    )
    assert "//cdn" not in text and "url(http" not in text and 'src="http' not in text
    fonts = sorted(p.name for p in (static / "static" / "fa" / "webfonts").iterdir())
    assert fonts == ["fa-brands-400.woff2", "fa-regular-400.woff2", "fa-solid-900.woff2"]
    assert (static / "static" / "fa" / "LICENSE.txt").exists()
