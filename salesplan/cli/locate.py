"""Where the notebooks lie: in a checkout or in an installation."""

import sys
from pathlib import Path

from salesplan.errors import InputError, Sentence, known_choices

CHECKOUT = Path(__file__).resolve().parents[2]
COMMAND_LINE = Sentence("command line")
INSTALLED = Path(sys.prefix) / "share" / "salesplan"


def find_notebook(name: str) -> Path:
    """Path of a notebook of the kit by name (``target_setting``), or of the reader's own by path."""
    own = Path(name)
    if own.suffix == ".ipynb":
        if own.is_file():
            return own.resolve()
        raise InputError(Sentence("notebook == {name}, must be an existing file", name=repr(name)), where=COMMAND_LINE,
                         fix=Sentence("Check the path, or give the name of one of the kit's notebooks."))
    for root in (CHECKOUT, INSTALLED):
        path = root / "notebooks" / f"{name}.ipynb"
        if path.is_file():
            return path
    known = sorted({p.stem for root in (CHECKOUT, INSTALLED) for p in (root / "notebooks").glob("*.ipynb")})
    raise InputError(Sentence("notebook == {name}, must be one of the kit's or a path", name=repr(name)), where=COMMAND_LINE,
                     fix=known_choices(name, known))
