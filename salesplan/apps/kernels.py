"""Each page has its own kernel, which only the person who opened the page can reach."""

import os
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from jupyter_core.utils import ensure_async
from jupyter_server.auth.authorizer import Authorizer
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from tornado import web
from voila.shutdown_kernel_handler import VoilaShutdownKernelHandler

from salesplan.apps.context import LANGUAGE, LOG, USER, WORKSPACE

PASSED_ON = frozenset(
    {
        "PATH",
        "HOME",
        "LANG",
        "LANGUAGE",
        "LC_ALL",
        "LC_CTYPE",
        "TZ",
        "TMPDIR",
        "TEMP",
        "TMP",
        "PYTHONPATH",
        "PYTHONHOME",
        "PYTHONUTF8",
        "PYTHONIOENCODING",
        "VIRTUAL_ENV",
        "CONDA_PREFIX",
        "LD_LIBRARY_PATH",
        "DYLD_LIBRARY_PATH",
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "NUMEXPR_NUM_THREADS",
        "IPYTHONDIR",
        "JUPYTER_RUNTIME_DIR",
        "MPLCONFIGDIR",
        "XDG_CACHE_HOME",
        "USERPROFILE",
        "APPDATA",
        "LOCALAPPDATA",
        "PROGRAMDATA",
        "SYSTEMROOT",
        "SYSTEMDRIVE",
        "WINDIR",
        "COMSPEC",
        "PATHEXT",
        "NUMBER_OF_PROCESSORS",
        WORKSPACE,
        USER,
        LOG,
    }
)
"""What of the server's environment a kernel may know; passwords, tokens and page addresses are not among it."""

session_of_request: ContextVar[str | None] = ContextVar("session_of_request", default=None)
language_of_request: ContextVar[str] = ContextVar("language_of_request", default="zh")


def kernel_environment(environment: Mapping[str, str], *, language: str) -> dict[str, str]:
    """Environment of a kernel: known names only, and the language of the page.

    Examples
    --------
    >>> kernel_environment({"PATH": "/bin", "DB_PASSWORD": "x", "QUERY_STRING": "token=x"}, language="en")
    {'PATH': '/bin', 'SALESPLAN_LANGUAGE': 'en'}
    """
    passed = {name: value for name, value in environment.items() if name.upper() in PASSED_ON}
    return {**passed, LANGUAGE: language}


class OwnedKernels(AsyncMappingKernelManager):
    """Starts kernels with a clean environment and remembers whose they are."""

    owners: dict[str, str | None]

    def __init__(self, **options: Any) -> None:
        self.owners = {}
        super().__init__(**options)

    async def _async_start_kernel(self, **options: Any) -> str:
        options["env"] = kernel_environment(options.get("env") or os.environ, language=language_of_request.get())
        owner = session_of_request.get()
        kernel_id = str(await super()._async_start_kernel(**options))
        self.owners[kernel_id] = owner
        return kernel_id

    start_kernel = _async_start_kernel  # type: ignore[assignment]

    async def _async_shutdown_kernel(
        self, kernel_id: str, now: bool | None = False, restart: bool | None = False
    ) -> None:
        await ensure_async(super()._async_shutdown_kernel(kernel_id, now=now, restart=restart))
        if not restart:
            self.owners.pop(kernel_id, None)

    shutdown_kernel = _async_shutdown_kernel  # type: ignore[assignment]


class OwnerAuthorizer(Authorizer):
    """Allows a kernel to its owner, and nothing else to anybody."""

    def is_authorized(self, handler: Any, user: Any, action: str, resource: str) -> bool:
        """Whether the person of the request opened the page of this kernel."""
        if resource != "kernels" or user is None:
            return False
        kernel_id = (handler.path_kwargs or {}).get("kernel_id") or (
            handler.path_args[0] if handler.path_args else None
        )
        owner = getattr(handler.kernel_manager, "owners", {}).get(kernel_id)
        return owner is not None and owner == user.username


class OwnedShutdown(VoilaShutdownKernelHandler):
    """Closes a kernel when its page is left; only for its owner."""

    @web.authenticated
    async def post(self, kernel_id: str) -> None:
        """Shut the kernel down; 403 for anybody else's."""
        if self.kernel_manager.owners.get(kernel_id) != self.current_user.username:
            raise web.HTTPError(403)
        await ensure_async(self.kernel_manager.shutdown_kernel(kernel_id))
        self.set_status(204)
        self.finish()
