"""Which files an import reads, which it leaves out, and by which mapping."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

import pandas as pd

from salesplan.data.mapping import FileRule, Mapping, load_mapping, recognise
from salesplan.data.mapping_apply import find_column
from salesplan.data.propose import propose_mapping
from salesplan.data.readers import Sheet, file_sha256, read_sheets
from salesplan.data.workspace import Workspace
from salesplan.errors import DataError
from salesplan.text import mark


@dataclass(kw_only=True)
class FilePlan:
    """The files of an import, sorted by what happens to them.

    Parameters
    ----------
    new, looked_up, unchanged
        To be imported; read only for values other files look up; imported before.
    skipped
        File name and why (msgid or the mapping's own words).
    outdated
        Earlier loads of a new file under another mapping: load id and file name.
    identity
        Fingerprints of content and rules for each file.
    stored_in
        The load that imported a file before.
    """

    new: list[Path] = field(default_factory=list)
    looked_up: list[Path] = field(default_factory=list)
    unchanged: list[Path] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    outdated: list[tuple[str, str]] = field(default_factory=list)
    identity: dict[Path, dict[str, str]] = field(default_factory=dict)
    stored_in: dict[Path, str] = field(default_factory=dict)

    def skipped_dict(self) -> dict[str, str]:
        """Skipped files by name."""
        return dict(self.skipped)


def choose_mapping(
    files: Sequence[Path],
    space: Workspace,
    *,
    mapping: Mapping | str | Path | None,
    confirm: Callable[[Mapping], bool | Mapping] | None,
    tables: dict[str, str],
    read: Callable[[Path], list[Sheet]] = read_sheets,
) -> Mapping:
    """The mapping given, else one saved in the workspace that fits, one of the kit's, or a confirmed proposal.

    Raises
    ------
    DataError
        The proposal was rejected.
    """
    if mapping is not None:
        return load_mapping(mapping)
    names = [f.name for f in files]
    if not tables:
        for saved in sorted((space.path / "mappings").glob("*.yaml")):
            known = load_mapping(saved)
            if all(any(r.fits(n) for r in known.files) or known.ignored(n) is not None for n in names):
                return known
        own = recognise(names)
        if own is not None and _headers_fit(own, files, read):
            return own
    proposal = propose_mapping(files, tables=tables, read=read)
    if confirm is None:
        return proposal
    answer = confirm(proposal)
    if isinstance(answer, Mapping):
        return answer
    if not answer:
        raise DataError(
            "the proposed mapping was not confirmed",
            where=proposal.source,
            fix="Save it, correct it and name it with --mapping.",
        )
    return proposal


def _headers_fit(mapping: Mapping, files: Sequence[Path], read: Callable[[Path], list[Sheet]]) -> bool:
    for rule in mapping.files:
        for file in (f for f in files if rule.fits(f.name)):
            try:
                sheets = [s for s in read(file) if rule.sheet in (None, s.sheet)]
            except DataError:
                return False
            wanted = [c for t in rule.tables if t.unpivot is None for r in t.columns.values() for c in r.sources]
            if not any(all(find_column(s, c) for c in wanted) for s in sheets):
                return False
    return True


def plan_files(files: Sequence[Path], mapping: Mapping, space: Workspace) -> FilePlan:
    """Sort the files by what happens to them."""
    plan = FilePlan()
    before = _imported_before(space)
    replaced = {g: f.name for r in mapping.files for f in files if r.fits(f.name) for g in r.replaces}
    lookups = {
        look.file.casefold() for r in mapping.files for t in r.tables for c in t.columns.values() for look in c.lookup
    }
    for file in files:
        instead = next(
            (by for glob, by in replaced.items() if fnmatchcase(file.name.casefold(), glob.casefold())), None
        )
        if instead is not None and instead != file.name:
            plan.skipped.append((file.name, mark("another file holds the same rows")))
            continue
        rules = [r for r in mapping.files if r.fits(file.name) and r.tables]
        needed = any(fnmatchcase(file.name.casefold(), g) for g in lookups)
        if not rules:
            why = mapping.ignored(file.name)
            plan.skipped.append((file.name, why if why is not None else mark("the mapping has no rule for it")))
            if needed:
                plan.looked_up.append(file)
            continue
        identity = {"sha256": file_sha256(file), "rules": _digest(rules, mapping)}
        plan.identity[file] = identity
        earlier = [(load, rule) for load, name, sha, rule in before if sha == identity["sha256"]]
        if any(rule == identity["rules"] for _, rule in earlier):
            plan.unchanged.append(file)
            plan.stored_in[file] = max(load for load, rule in earlier if rule == identity["rules"])
            if needed:
                plan.looked_up.append(file)
            continue
        plan.outdated += [(load, name) for load, name, sha, _ in before if sha == identity["sha256"]]
        plan.new.append(file)
    for file in _worth_another_try(plan, space):
        plan.unchanged.remove(file)
        plan.new.append(file)
        plan.looked_up = [f for f in plan.looked_up if f != file]
    return plan


def _worth_another_try(plan: FilePlan, space: Workspace) -> list[Path]:
    """Unchanged files with rows whose person, unit, customer or product was not known, once newer lists are there."""
    held = space.read_quarantine() if space.exists else pd.DataFrame()
    if held.empty or not plan.unchanged or "reasons" not in held:
        return []
    waiting = held[held["reasons"].astype(str).str.contains("unknown_(?:rep|org|customer|product)")]
    pairs = set(zip(waiting["load_id"], waiting["file"], strict=True))
    newest = max(space.read_load_logs(), default="")
    return [
        f
        for f in plan.unchanged
        if (plan.stored_in[f], f.name) in pairs and (plan.new or newest > plan.stored_in[f])
    ]


def _digest(rules: list[FileRule], mapping: Mapping) -> str:
    text = "".join(r.model_dump_json(exclude={"replaces", "not_used"}) for r in rules) + mapping.timezone + mapping.date_order
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _imported_before(space: Workspace) -> list[tuple[str, str, str, str]]:
    found: dict[tuple[str, str], tuple[str, str, str, str]] = {}
    for load, log in space.read_load_logs().items():
        for file in log.get("files", []):
            found[file["name"], file["sha256"]] = (load, file["name"], file["sha256"], file["rules"])
    return list(found.values())


def withdraw(space: Workspace, outdated: Sequence[tuple[str, str]]) -> None:
    """Take back the rows that earlier loads read from files now imported under another mapping."""
    for load_id, name in outdated:
        for folder in sorted(p for p in space.canonical.iterdir() if p.is_dir()):
            part = folder / f"{load_id}.parquet"
            if part.exists():
                _without(part, "source_file", name)


def _without(part: Path, column: str, name: str) -> None:
    import pyarrow.compute as pc
    from pyarrow import parquet

    table = parquet.read_table(part)
    mine = pc.fill_null(pc.or_(pc.equal(table[column], name), pc.starts_with(table[column], f"{name}[")), False)
    kept = table.filter(pc.invert(mine))
    if kept.num_rows == table.num_rows:
        return
    if kept.num_rows == 0:
        part.unlink()
        return
    beside = part.with_suffix(".part")
    parquet.write_table(kept, beside, compression="zstd")
    beside.replace(part)
