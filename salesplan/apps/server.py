"""Serve a notebook as an app: Voilà alone, shut to everything the app does not need."""

import ipaddress
import logging
import os
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from salesplan.apps.context import LANGUAGE, LOG, USER, WORKSPACE, language_of_query
from salesplan.errors import InputError, MissingWorkspaceError
from salesplan.text import LANGUAGES, check_language, say

TEMPLATE = Path(__file__).parent / "template"
LABEXTENSIONS = ["@jupyter-widgets/jupyterlab-manager", "@voila-dashboards/widgets-manager8"]
LANGUAGE_NAMES = {"zh": "中文", "en": "English"}
LARGEST_LOG = 5_000_000
SHORTEST_PASSWORD = 8
PATIENCE = 3600
"""Seconds; a kernel that died ends the wait at once."""
REPORT_ONLY = "report-only"


def check_address(ip: str, *, password: str | None, token: str | None) -> None:
    """Refuse to open an app to other machines without a password or token.

    Raises
    ------
    InputError
        The address is not of this machine alone and there is neither, or the secret is too short.

    Examples
    --------
    >>> check_address("127.0.0.1", password=None, token=None)
    >>> check_address("0.0.0.0", password=None, token=None)
    Traceback (most recent call last):
    salesplan.errors.InputError: ip == '0.0.0.0' lets other machines in, must come with a password or token...
    """
    for name, secret in (("password", password), ("token", token)):
        if secret is not None and len(secret) < SHORTEST_PASSWORD:
            raise InputError(
                f"{name} has {len(secret)} characters, must have at least {SHORTEST_PASSWORD}", where="app"
            )
    if not _is_loopback(ip) and not password and not token:
        raise InputError(
            f"ip == {ip!r} lets other machines in, must come with a password or token",
            where="app",
            fix="Give --password or --token, or leave the address at 127.0.0.1",
        )


def _is_loopback(ip: str) -> bool:
    if ip == "localhost":
        return True
    try:
        return ipaddress.ip_address(ip).is_loopback
    except ValueError:
        return False


def app_config(
    notebook: Path,
    *,
    ip: str,
    port: int,
    open_browser: bool,
    password: str | None,
    token: str | None,
    language: str,
    idle_seconds: int,
) -> Any:
    """Settings of the server; the reason of each stands beside it."""
    from traitlets.config import Config

    from salesplan.apps.kernels import OwnedKernels, OwnerAuthorizer
    from salesplan.kernels.own_kernel import OwnKernelSpecs, kernel_transport

    config = Config()
    config.Voila.update(
        ip=ip,
        port=port,
        port_retries=0,
        open_browser=open_browser,
        notebook_path=str(notebook),
        authorizer_class=OwnerAuthorizer,  # a kernel answers to its owner alone
        config_file_paths=[],
    )  # no settings from the folder the command is called in
    config.VoilaConfiguration.update(
        template="salesplan",
        theme="light",
        allow_template_override="NO",
        allow_theme_override="NO",
        file_allowlist=["public/.*"],
        file_denylist=[r".*\.(ipynb|py|yaml|db|parquet|csv|xlsx)", r"(.*/)?\..*"],
        extension_allowlist=LABEXTENSIONS,
        strip_sources=True,
        show_tracebacks=False,
        multi_kernel_manager_class=OwnedKernels,
        kernel_spec_manager_class=OwnKernelSpecs,
        prelaunch_hook=_prelaunch(notebook, language),
        preheat_kernel=False,
        http_header_envs=[],
    )
    config.MappingKernelManager.update(
        cull_idle_timeout=idle_seconds, cull_interval=max(1, min(60, idle_seconds // 2)), cull_connected=False
    )  # an open page keeps its kernel
    config.VoilaExecutor.iopub_timeout = PATIENCE  # what a busy machine sends late is shown late, not left out
    config.KernelManager.transport = kernel_transport()
    if password:
        from jupyter_server.auth import passwd

        config.PasswordIdentityProvider.hashed_password = passwd(password)
    config.PasswordIdentityProvider.allow_password_change = False
    config.Voila.token = token or ""
    return config


def _prelaunch(notebook: Path, language: str) -> Callable[..., None]:
    """Before a page is made: whose it is, its language, and the words around it."""

    def prelaunch(request: Any, notebook: Any, cwd: str) -> None:
        from nbformat.v4 import new_code_cell

        from salesplan.apps.kernels import language_of_request, session_of_request
        from salesplan.apps.warming import CELL
        from salesplan.reporting.html import HTML_LANGUAGE

        session_of_request.set(request.current_user.username)
        chosen = language_of_query(request.request.query, language)
        language_of_request.set(chosen)
        request.xsrf_token  # noqa: B018  sets the cookie with which the page may close its kernel
        notebook.cells = [new_code_cell(CELL), *app_cells(notebook.cells, chosen)]
        title = _heading(notebook) or str(notebook.metadata.get("title", path.stem))
        notebook.metadata["salesplan"] = {
            "title": title,
            "app_name": say("Sales planning", chosen),
            "html_language": HTML_LANGUAGE[chosen],
            "source_word": say("Source", chosen),
            "period_word": say("Data period", chosen),
            "language_word": say("Language", chosen),
            "loading": say("Preparing the page …", chosen),
            "progress": say("Computing {cell} of {cells} …", chosen),
            "languages": [
                {"code": code, "name": LANGUAGE_NAMES[code], "href": f"?lang={code}", "current": code == chosen}
                for code in LANGUAGES
            ],
        }

    path = notebook
    return prelaunch


def app_cells(cells: list[Any], language: str) -> list[Any]:
    """Cells the app runs: of the reader's language, without those tagged ``report-only``.

    A report leaves out cells tagged ``app-only``; the app leaves out ``report-only`` ones, such as a
    table that would go on showing the start parameters beside a moved slider.

    Examples
    --------
    >>> kept = app_cells([{"metadata": {"tags": ["report-only"]}}, {"metadata": {"tags": ["en"]}}, {"metadata": {}}], "en")
    >>> [cell["metadata"].get("tags") for cell in kept]
    [['en'], None]
    """
    from salesplan.reporting.html import cells_for

    return [c for c in cells_for(cells, language) if REPORT_ONLY not in c.get("metadata", {}).get("tags", [])]


def _heading(notebook: Any) -> str:
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and cell.source.startswith("# "):
            return str(cell.source.splitlines()[0][2:].strip())
    return ""


def run_app(
    notebook: str | Path,
    *,
    workspace: str | Path,
    language: str = "zh",
    port: int = 8866,
    ip: str = "127.0.0.1",
    password: str | None = None,
    token: str | None = None,
    user: str | None = None,
    open_browser: bool = True,
    idle_minutes: float = 15,
    log_file: str | Path | None = None,
    announce: Callable[[str], None] | None = None,
) -> None:
    """Serve a notebook as an app until it is interrupted.

    Parameters
    ----------
    workspace
        Folder of the imported data; the kernels find it in ``SALESPLAN_WORKSPACE``.
    language
        Language of the page unless its address says ``?lang=zh`` or ``?lang=en``.
    ip, port
        This machine alone by default. Any other address needs ``password`` or ``token`` (at least
        eight characters), best behind a proxy that adds TLS.
    user
        Serve only what this person may see; None serves whom ``SALESPLAN_USER`` names, the whole workspace where it is not set.
    idle_minutes
        A kernel without an open page is closed after so long; pages that are left close theirs at once.
    log_file
        ``<workspace>/logs/app.log`` by default; error ids shown to people are found there.
    announce
        Called once with the address when the app answers.

    Raises
    ------
    InputError
        The notebook or port cannot be used, or the address is open to others without a secret.
    MissingWorkspaceError
        The workspace is not a folder.
    """
    from salesplan.kernels.preload import LOADED_LATER, notebook_modules

    path, folder = Path(notebook).resolve(), Path(workspace).resolve()
    check_language(language)
    check_address(ip, password=password, token=token)
    if not path.is_file() or path.suffix != ".ipynb":
        raise InputError(f"notebook == {str(notebook)!r}, must be an .ipynb file", where="app", fix="Check the path")
    if not folder.is_dir():
        raise MissingWorkspaceError(
            f"workspace == {str(workspace)!r}, must be a folder", fix="Run salesplan import or salesplan demo first"
        )
    _check_port(ip, port)
    log = _open_log(Path(log_file) if log_file else folder / "logs" / "app.log")
    os.environ.update({WORKSPACE: str(folder), LOG: str(log), USER: user or os.environ.get(USER, "")})
    os.environ.pop(LANGUAGE, None)
    os.environ["JUPYTER_PATH"] = os.pathsep.join(p for p in (str(TEMPLATE), os.environ.get("JUPYTER_PATH", "")) if p)
    config = app_config(
        path,
        ip=ip,
        port=port,
        open_browser=open_browser,
        password=password,
        token=token,
        language=language,
        idle_seconds=max(1, round(idle_minutes * 60)),
    )
    # the warm process holds modules only, nobody's data; a fork of it works the page out as the user of this app sees it
    config.OwnKernelSpecs.preload = [*LOADED_LATER, *notebook_modules(path)]
    rehearsal = {"call": "salesplan.apps.rehearsal:rehearse", "options": {"notebook": str(path)}}
    _serve(config, log, language=language, rehearsal=rehearsal, announce=announce)


def _check_port(ip: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        if os.name != "nt":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ip, port))
        except (OSError, OverflowError) as error:
            raise InputError(
                f"port == {port} cannot be used at {ip} ({error})",
                where="app",
                fix="Choose another with --port, or stop the app that uses it",
            ) from error


def _open_log(path: Path) -> Path:
    """A log file that starts anew when it has grown large; the one before is kept."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > LARGEST_LOG:
        path.replace(path.with_suffix(".log.1"))
    path.touch()
    return path


def _serve(
    config: Any, log_file: Path, *, language: str, rehearsal: Mapping[str, Any], announce: Callable[[str], None] | None
) -> None:
    import jinja2
    from voila.app import Voila
    from voila.shutdown_kernel_handler import VoilaShutdownKernelHandler

    from salesplan.apps.kernels import OwnedShutdown, kernel_environment
    from salesplan.apps.page_exporter import keep_templates
    from salesplan.kernels.own_kernel import start_warm_process, stop_warm_process

    class App(Voila):
        """Voilà with a shutdown route that asks who is asking, and a log in a file."""

        def init_handlers(self) -> list[Any]:
            """Put the owner's shutdown route in the place of the open one."""
            return [
                (h[0], OwnedShutdown, *h[2:]) if h[1] is VoilaShutdownKernelHandler else h
                for h in super().init_handlers()
            ]

        def init_settings(self) -> dict[str, Any]:
            """The login page in the kit's own words and colours."""
            settings: dict[str, Any] = super().init_settings()
            pages = settings["jinja2_env"]
            pages.loader = jinja2.ChoiceLoader([jinja2.FileSystemLoader(str(TEMPLATE / "server")), pages.loader])
            return settings

        def load_config_file(self, *args: Any, **options: Any) -> None:
            """No settings but the kit's: a file on the machine cannot open what is shut here."""

        def listen(self) -> None:
            """Say the address once the app answers."""
            import tornado.ioloop

            if announce is not None:
                secret = f"?token={self.token}" if self.token else ""
                tornado.ioloop.IOLoop.current().add_callback(announce, f"{self.connection_url}{secret}")
            super().listen()

    handler = logging.FileHandler(log_file, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    keep_templates()
    app = App.instance(config=config)
    app.log.setLevel(logging.INFO)
    app.log.handlers[:] = [handler]
    app.log.propagate = False
    for name in ("tornado.access", "tornado.application", "tornado.general", "traitlets", "ServerApp"):
        logger = logging.getLogger(name)
        logger.handlers[:] = [handler]
        logger.propagate = False
    modules = config.OwnKernelSpecs.preload
    start_warm_process(modules, environment=kernel_environment(os.environ, language=language), rehearsal=rehearsal)
    try:
        app.initialize(argv=[])
        app.start()
    finally:
        stop_warm_process(modules)
        App.clear_instance()
        handler.close()
