"""How work says how far it is, wherever it runs."""

import threading
from collections.abc import Callable
from typing import Any

_HERE = threading.local()


def tell(value: Any) -> None:
    """Say something to whoever started this task; nobody hears it outside a task.

    Examples
    --------
    >>> tell("half done")
    """
    speak = getattr(_HERE, "speak", None)
    if speak is not None:
        speak(value)


def speak_by(speak: Callable[[Any], None] | None, *, alone: bool = False) -> None:
    """Set who hears this thread; ``alone``: its process was made for this one task."""
    _HERE.speak, _HERE.alone = speak, alone


def has_own_process() -> bool:
    """Whether this process was forked for one task and ends with it.

    Examples
    --------
    >>> has_own_process()
    False
    """
    return bool(getattr(_HERE, "alone", False))
