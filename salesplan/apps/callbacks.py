"""No error in an app is lost: the person sees a sentence with an id, the log has the rest under it."""

import html
import logging
import os
import secrets
from collections.abc import Callable
from functools import partial, wraps
from typing import Any, TypeVar, cast

from salesplan.apps.context import LOG
from salesplan.errors import SalesplanError
from salesplan.text import check_language, say
from salesplan.text.spoken_errors import say_error

F = TypeVar("F", bound=Callable[..., Any])
ShowsErrors = Callable[[str], None]


def app_log() -> logging.Logger:
    """The log of the apps; written to the server's file when there is one."""
    log = logging.getLogger("salesplan.apps")
    path = os.environ.get(LOG)
    if path and not any(getattr(h, "baseFilename", None) == os.path.abspath(path) for h in log.handlers):
        handler = logging.FileHandler(path, encoding="utf-8", delay=True)
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
        log.addHandler(handler)
    return log


def error_banner(error: BaseException, *, error_id: str, language: str) -> str:
    """What the person sees: the kit's own errors in full, others only by their id; escaped.

    Examples
    --------
    >>> from salesplan.errors import InputError
    >>> error_banner(InputError("growth == <b>"), error_id="ab12", language="en")
    '<div class="sp-banner" role="alert"><b>This did not work.</b> growth == &lt;b&gt; <span>Error id: ab12</span></div>'
    """
    check_language(language)
    unknown = say("The error is in the log; give the id to whoever runs the app.", language)
    told = say_error(error, language) if isinstance(error, SalesplanError) else unknown
    return (
        f'<div class="sp-banner" role="alert"><b>{html.escape(say("This did not work.", language))}</b> '
        f"{html.escape(told)} <span>{html.escape(say('Error id: {id}', language, id=error_id))}</span></div>"
    )


def _called(callback: Callable[..., Any]) -> str:
    """Name of a callback for the log, without what it holds."""
    while isinstance(callback, partial):
        callback = callback.func
    return str(getattr(callback, "__qualname__", type(callback).__qualname__))


def reported(show: ShowsErrors, *, language: str) -> Callable[[F], F]:
    """Decorate a widget callback: an error goes to the person and to the log, and stops there.

    Parameters
    ----------
    show
        Called with the banner's HTML when the callback fails, and with "" when it succeeds.

    Examples
    --------
    >>> shown = []
    >>> @reported(shown.append, language="en")
    ... def move(change):
    ...     return 1 / change
    >>> move(2), shown
    (0.5, [''])
    """

    def decorate(callback: F) -> F:
        @wraps(callback)
        def safe(*args: Any, **kwargs: Any) -> Any:
            try:
                result = callback(*args, **kwargs)
            except Exception as error:
                error_id = secrets.token_hex(4)
                app_log().exception("error %s in %s", error_id, _called(callback))
                show(error_banner(error, error_id=error_id, language=language))
                return None
            show("")
            return result

        return cast(F, safe)

    return decorate
