"""The language in which a command tells its errors: the one asked for, or the workspace's once that is known."""

from contextvars import ContextVar

from salesplan.text import check_language

_SPOKEN: ContextVar[str] = ContextVar("language of a command's errors", default="en")


def speak(language: str | None) -> None:
    """Tell errors in this language from now on; nothing changes where none is given."""
    if language is not None:
        _SPOKEN.set(check_language(language))


def spoken() -> str:
    """Language of the errors."""
    return _SPOKEN.get()
