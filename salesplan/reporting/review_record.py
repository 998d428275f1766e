"""What a review run came to, for programs: one record a unit, one for the run; no clock time in either."""

import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import nbformat

from salesplan.errors import DataError, Sentence
from salesplan.findings import STATUSES
from salesplan.reporting.review_units import ReviewUnit
from salesplan.reporting.statements import write_whole

MIME = "application/vnd.salesplan.review+json"
"""Output of a review notebook that carries its unit's figures for the index."""
UNIT_FILE = "review.json"
RUN_FILE = "run.json"
RUN_FORMAT = 1
State = Literal["done", "failed", "not_run"]
_BLOCK = 1 << 20


@dataclass(frozen=True, kw_only=True)
class UnitRecord:
    """What became of one unit.

    Parameters
    ----------
    state
        ``done``, ``failed``, or ``not_run`` where the run was stopped before.
    key
        Changes with everything that decides the unit's files; ``base`` with what all units share.
    files
        By format: name, sha256 and bytes; a failed unit has its half-run notebook here.
    error
        In the language of the run: what went wrong; empty when done.
    review
        The figures and actions the notebook shows for the index.
    """

    unit_id: str
    name: str
    level: str
    parent_id: str
    path: tuple[str, ...]
    folder: str
    state: State
    key: str = ""
    base: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    error: str = ""
    review: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, unit: ReviewUnit, **values: Any) -> "UnitRecord":
        """A record of a unit of the organisation."""
        return cls(unit_id=unit.unit_id, name=unit.name, level=unit.level, parent_id=unit.parent_id, path=unit.path,
                   folder=unit.folder, **values)

    def write(self, folder: Path) -> None:
        """Write it; it comes last of a unit's files and says that they are complete."""
        write_whole(folder / UNIT_FILE, _json(asdict(self)))

    def is_finished(self, folder: Path, key: str) -> bool:
        """Whether the unit is done with this key and its files are as they were written."""
        return self.state == "done" and self.key == key and all(
            _is_as_written(folder / str(file["name"]), file) for file in self.files.values())


def read_record(folder: Path) -> UnitRecord | None:
    """The record in a unit's folder; None where there is none that can be read."""
    try:
        said = json.loads((folder / UNIT_FILE).read_text(encoding="utf-8"))
        return UnitRecord(**{**said, "path": tuple(said["path"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def unit_key(base: str, values: Mapping[str, Any], formats: Iterable[str]) -> str:
    """Key of a unit: its parameters without the workspace's place, and its formats.

    Examples
    --------
    >>> unit_key("b", {"unit": "e", "workspace": "/x"}, ["html"]) == unit_key("b", {"unit": "e", "workspace": "/y"}, ["html"])
    True
    """
    return digest([base, own_parameters(values), sorted(formats)])


def own_parameters(values: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters that decide a page: all but where the data lie."""
    return {name: values[name] for name in sorted(values) if name != "workspace"}


def digest(content: Any) -> str:
    """Sixteen hex digits of anything that JSON can hold."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:16]


def described(path: Path) -> dict[str, Any]:
    """Name, sha256 and size of a file."""
    told = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            told.update(block)
    return {"name": path.name, "sha256": told.hexdigest(), "bytes": path.stat().st_size}


def _is_as_written(path: Path, file: Mapping[str, Any]) -> bool:
    return path.is_file() and path.stat().st_size == file["bytes"] and described(path)["sha256"] == file["sha256"]


def read_review(notebook: Path, unit_id: str) -> dict[str, Any]:
    """The figures for the index out of a notebook that has run.

    Raises
    ------
    DataError
        The notebook shows none, or those of another unit.
    """
    book = nbformat.read(str(notebook), as_version=4)
    shown = [output["data"][MIME] for cell in book.cells for output in cell.get("outputs", []) if MIME in output.get("data", {})]
    if len(shown) != 1:
        raise DataError(Sentence("the notebook shows {n} review records, must be exactly one", n=len(shown)), where=notebook.name)
    review = dict(shown[0])
    if review.get("unit_id") != unit_id:
        raise DataError(Sentence("the notebook shows unit {shown}, must be {unit}", shown=repr(review.get("unit_id")),
                                 unit=repr(unit_id)), where=notebook.name)
    if review.get("status") not in STATUSES:
        raise DataError(f"status == {review.get('status')!r}, must be one of {', '.join(STATUSES)}", where=notebook.name)
    clean: dict[str, Any] = _finite(review)
    return clean


def _finite(value: Any) -> Any:
    """The same value with every number that is none as None."""
    if isinstance(value, Mapping):
        return {str(name): _finite(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def write_run(path: Path, head: Mapping[str, Any], records: Iterable[UnitRecord]) -> None:
    """Write the record of a run, unit after unit, without holding them all.

    Parameters
    ----------
    head
        What is said of the run as a whole.
    records
        The units, in the order of the tree; actions and figures stay in the units' own records.
    """
    part = path.with_name(f".{path.name}.part")
    with part.open("w", encoding="utf-8", newline="\n") as out:
        text = json.dumps({"format": RUN_FORMAT, **head}, ensure_ascii=False, indent=1)
        out.write(text[:-2].rstrip() + ',\n "units": [')
        out.writelines((",\n  " if at else "\n  ") + json.dumps(_line(one), ensure_ascii=False) for at, one in enumerate(records))
        out.write("\n ]\n}\n")
    part.replace(path)


def _line(record: UnitRecord) -> dict[str, Any]:
    said = asdict(record)
    review = said.pop("review")
    files = {form: {**file, "name": f"{record.folder}/{file['name']}"} for form, file in said.pop("files").items()}
    figures = {name: review[name] for name in ("status", "attainment", "p_quarter", "p_hit", "n_act", "n_watch") if name in review}
    return {**said, **figures, "files": files}


def read_run(path: Path) -> dict[str, Any]:
    """The record of a run."""
    said: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return said


def records_of(units: Iterable[ReviewUnit], folder: Path, *, asked: set[str], base: str) -> Iterator[UnitRecord]:
    """Records of the units of a run, and of earlier runs on the same data in the same folder.

    A unit that was asked for and has no record was not run.
    """
    for unit in units:
        record = read_record(folder / unit.folder)
        if record is not None and record.base == base:
            yield record
        elif unit.unit_id in asked:
            yield UnitRecord.of(unit, state="not_run", base=base)


def _json(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()
