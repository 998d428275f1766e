"""Who gets the monthly digest, on which channel, as the workspace's ``recipients.yaml`` says."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import yaml

from salesplan.data.workspace import Workspace
from salesplan.errors import InputError, Sentence, known_choices

RECIPIENT_FILE = "recipients.yaml"
ENVIRONMENT = "env:"
"""Before the name of a variable that holds an address."""
_KNOWN = ("user", "to", "units", "language", "attach")
_FORMATS = ("html", "pdf", "xlsx")


@dataclass(frozen=True, kw_only=True)
class Recipient:
    """One who is written to.

    Attributes
    ----------
    user
        Person id, employee number or e-mail; whose scope it is.
    to
        Addresses of channels as apprise writes them; ``env:NAME`` is read from the environment when sent, so that no
        key stands in a file.
    units
        Units wanted, by id or name; empty for everything the person leads.
    language
        Language of the digest; the workspace's by default.
    attach
        Formats of the reviews put beside it, where the channel carries files.
    entry
        Place in the file, from 1.
    """

    user: str
    to: tuple[str, ...]
    units: tuple[str, ...] = ()
    language: Literal["zh", "en"] | None = None
    attach: tuple[str, ...] = ()
    entry: int = field(default=0, repr=False)

    def addresses(self, environment: Mapping[str, str] | None = None) -> list[str]:
        """The channels' addresses with those kept in the environment filled in.

        Raises
        ------
        InputError
            A name the environment does not hold.

        Examples
        --------
        >>> Recipient(user="E0001", to=("env:SALES_BOT",)).addresses({"SALES_BOT": "wecombot://key"})
        ['wecombot://key']
        """
        known = os.environ if environment is None else environment
        found = []
        for address in self.to:
            name = address.removeprefix(ENVIRONMENT)
            if name != address and not known.get(name):
                raise InputError(Sentence("{name} is not set in the environment, must hold the address of a channel", name=name),
                                 where=Sentence("{file}, recipient {user}", file=RECIPIENT_FILE, user=self.user),
                                 fix=Sentence("Set {name} before sending.", name=name))
            found.append(address if name == address else known[name])
        return found


def read_recipients(workspace: Workspace | str | Path) -> list[Recipient]:
    """Read ``recipients.yaml``: a list of entries with ``user``, ``to`` and, if wanted, ``units, language, attach``.

    Raises
    ------
    InputError
        No such file, no YAML, an entry without ``user`` or ``to``, an unknown name, language or format; the entry is named.

    Examples
    --------
    >>> import tempfile
    >>> shop = Workspace(tempfile.mkdtemp()).create()
    >>> _ = (shop.path / "recipients.yaml").write_text("- {user: E0001, to: 'env:SALES_BOT', attach: [pdf]}", encoding="utf-8")
    >>> read_recipients(shop)
    [Recipient(user='E0001', to=('env:SALES_BOT',), units=(), language=None, attach=('pdf',))]
    """
    space = workspace if isinstance(workspace, Workspace) else Workspace(workspace)
    file = space.path / RECIPIENT_FILE
    form = Sentence("Write entries such as '- {user: E0001, to: env:SALES_BOT, attach: [pdf]}'.")
    if not file.is_file():
        raise InputError(Sentence("{file} is missing, must say who gets the digest", file=RECIPIENT_FILE), where=str(space.path),
                         fix=form)
    try:
        read = yaml.safe_load(file.read_text(encoding="utf-8-sig"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(Sentence("{file} cannot be read as YAML", file=RECIPIENT_FILE), where=_place(file, error),
                         fix=form) from error
    if not isinstance(read, list) or not read:
        raise InputError(Sentence("{file} holds no list of recipients", file=RECIPIENT_FILE), where=str(file), fix=form)
    return [_recipient(entry, place) for place, entry in enumerate(read, start=1)]


def _place(file: Path, error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    return f"{file}:{mark.line + 1}:{mark.column + 1}" if mark is not None else str(file)


def _recipient(entry: Any, place: int) -> Recipient:
    where = Sentence("{file}, entry {n}", file=RECIPIENT_FILE, n=place)
    if not isinstance(entry, dict) or not entry.get("user") or not entry.get("to"):
        raise InputError(Sentence("an entry must say user and to"), where=where,
                         fix=Sentence("Write entries such as '- {user: E0001, to: env:SALES_BOT, attach: [pdf]}'."))
    for name in entry:
        if name not in _KNOWN:
            raise InputError(Sentence("{name} is not known in an entry", name=repr(name)), where=where,
                             fix=known_choices(str(name), _KNOWN))
    language, attach = entry.get("language"), _texts(entry.get("attach"))
    if language not in (None, "zh", "en"):
        raise InputError(Sentence("language == {given}, must be zh or en", given=repr(language)), where=where)
    for kind in attach:
        if kind not in _FORMATS:
            raise InputError(Sentence("attach == {given}, must be html, pdf or xlsx", given=repr(kind)), where=where)
    return Recipient(user=str(entry["user"]), to=_texts(entry["to"]), units=_texts(entry.get("units")), language=language,
                     attach=attach, entry=place)


def _texts(given: Any) -> tuple[str, ...]:
    if given is None:
        return ()
    return tuple(str(item) for item in given) if isinstance(given, list) else (str(given),)
