"""Send digests through apprise, or show in a dry run what would go to whom."""

import hashlib
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from salesplan.data.recipients import ENVIRONMENT, RECIPIENT_FILE
from salesplan.errors import InputError, Sentence
from salesplan.reporting.digest import Digest
from salesplan.text import mark

OUTCOMES = {
    "would_send": mark("Would be sent"),
    "would_fail": mark("Could not be sent"),
    "sent": mark("Sent"),
    "already_sent": mark("Sent before, left out"),
    "failed": mark("Failed"),
}
"""What became of a message on a channel."""
REFUSED = mark("The channel did not take it: check its address and that this machine may reach it.")
UNSET = mark("{name} is not set in the environment: --send would stop here and send nothing.")
_SENT_FILE = ".sent.jsonl"


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """What became of one message on one channel; the address is masked, keys never stand in it."""

    digest: Digest
    channel: str
    address: str
    outcome: str
    files: tuple[Path, ...]
    files_left_out: tuple[Path, ...]
    reason: str = ""


def deliver(
    digests: Sequence[Digest], *, folder: str | Path, send: bool = False, again: bool = False,
    channel_of: Callable[[str], Any] | None = None,
) -> list[Delivery]:
    """Send each digest on its recipient's channels; without ``send`` only say what would go to whom.

    All addresses are read before the first message goes out. A channel that fails stops no other. What was sent is kept
    by its content (`.sent.jsonl` in the folder), so that a second run sends nothing twice.

    Parameters
    ----------
    digests
        From :func:`~salesplan.reporting.digest.make_digests`.
    folder
        Folder of the month's reviews.
    send
        Really send.
    again
        Send even what was sent before.
    channel_of
        Turns an address into a channel; apprise's by default.

    Returns
    -------
    One delivery a digest and channel.

    Raises
    ------
    InputError
        An address that no channel understands, one that stands twice for the same person, or, when sending, one that the
        environment lacks; nothing has been sent then.
    """
    opened = channel_of or _apprise_channel
    planned = [(digest, _channel(opened, address, digest, place))
               for digest in digests for place, address in enumerate(_addresses(digest, send=send), start=1)]
    _check_once(planned)
    known = set() if again else _sent_before(Path(folder))
    made = []
    for digest, channel in planned:
        key = _key(digest, channel)
        taken, left = (digest.files, ()) if getattr(channel, "attachment_support", False) else ((), digest.files)
        outcome, reason = "would_send", ""
        if isinstance(channel, _Unnamed):
            outcome, left = "would_fail", ()
            reason = Sentence(UNSET, name=channel.service_name.removeprefix(ENVIRONMENT))
        elif key in known:
            outcome = "already_sent"
        elif send:
            outcome, reason = _send(digest, channel, taken)
            if outcome == "sent":
                _remember(Path(folder), key, digest)
        made.append(Delivery(digest=digest, channel=_name(channel), address=_masked(channel), outcome=outcome, files=taken,
                             files_left_out=left, reason=reason))
    return made


def deliveries_frame(deliveries: Sequence[Delivery]) -> pd.DataFrame:
    """Deliveries as a table: ``recipient, delivery, channel, address, units, n_files, n_files_left_out,
    reason``."""
    return pd.DataFrame([
        {"recipient": one.digest.name, "delivery": one.outcome, "channel": one.channel, "address": one.address,
         "units": len(one.digest.units),
         "n_files": len(one.files), "n_files_left_out": len(one.files_left_out), "reason": one.reason}
        for one in deliveries
    ], columns=["recipient", "delivery", "channel", "address", "units", "n_files", "n_files_left_out", "reason"])  # fmt: skip


class _Unnamed:
    """Stands in a dry run for a channel whose address the environment does not hold: what it carries is not known."""

    attachment_support = False

    def __init__(self, name: str) -> None:
        self.service_name = name


def _addresses(digest: Digest, *, send: bool) -> list[str]:
    """The channels' addresses; in a dry run those that only the environment knows may be missing."""
    found = []
    for address in digest.recipient.to:
        try:
            found += replace(digest.recipient, to=(address,)).addresses()
        except InputError:
            if send:
                raise
            found.append(address)
    return found


def _channel(opened: Callable[[str], Any], address: str, digest: Digest, place: int) -> Any:
    if address.startswith(ENVIRONMENT):
        return _Unnamed(address)
    channel = opened(address)
    if channel is None:
        raise InputError(Sentence("address {n} of {user} is no channel apprise knows", n=place, user=digest.recipient.user),
                         where=RECIPIENT_FILE, fix=Sentence("Write it as apprise does, such as wecombot://key."))
    return channel


def _check_once(planned: Sequence[tuple[Digest, Any]]) -> None:
    """Refuse that somebody is sent two messages at one address, however person and address are written."""
    entries: dict[tuple[str, str], int] = {}
    for digest, channel in planned:
        key, entry = (digest.user, _whole_address(channel)), digest.recipient.entry
        if key in entries:
            raise InputError(Sentence("{user} stands twice with the same address, must stand once", user=digest.recipient.user),
                             where=Sentence("{file}, entries {n} and {other}", file=RECIPIENT_FILE, n=entries[key], other=entry),
                             fix=Sentence("Keep one entry; it can name several units."))
        entries[key] = entry


def _whole_address(channel: Any) -> str:
    return str(channel.service_name if isinstance(channel, _Unnamed) else channel.url(privacy=False))


def _apprise_channel(address: str) -> Any:
    import apprise

    return apprise.Apprise.instantiate(address)


def _send(digest: Digest, channel: Any, files: Sequence[Path]) -> tuple[str, str]:
    import apprise

    attached = apprise.AppriseAttachment([str(file) for file in files]) if files else None
    try:
        good = channel.notify(title=digest.title, body=digest.body, body_format=apprise.NotifyFormat.TEXT, attach=attached)
    except Exception as error:  # whatever a channel raises, the others still get theirs; its text may hold the key
        return "failed", type(error).__name__
    return ("sent", "") if good else ("failed", REFUSED)


def _name(channel: Any) -> str:
    return str(getattr(channel, "service_name", type(channel).__name__))


def _masked(channel: Any) -> str:
    return "" if isinstance(channel, _Unnamed) else str(channel.url(privacy=True)).split("?", maxsplit=1)[0]


def _key(digest: Digest, channel: Any) -> str:
    files = [hashlib.sha256(file.read_bytes()).hexdigest() for file in digest.files]
    return hashlib.sha256(json.dumps([digest.user, _whole_address(channel), digest.title, digest.body, files]).encode()).hexdigest()


def _sent_before(folder: Path) -> set[str]:
    file = folder / _SENT_FILE
    if not file.is_file():
        return set()
    found = set()
    for line in file.read_text("utf-8").splitlines():
        with suppress(ValueError, KeyError):  # a line cut off when the machine stopped
            found.add(json.loads(line)["key"])
    return found


def _remember(folder: Path, key: str, digest: Digest) -> None:
    with (folder / _SENT_FILE).open("a", encoding="utf-8") as file:
        file.write(json.dumps({"key": key, "user": digest.user, "title": digest.title}, ensure_ascii=False) + "\n")
