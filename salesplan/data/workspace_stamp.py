"""How a workspace stands: it changes with every file a page may show something of."""

from pathlib import Path

SIDE_FOLDERS = frozenset({"raw", "reports", "logs"})
"""What no page is made from: files as they came, what was written for people, logs."""
SIDE_FILES = ("-shm",)
"""How names end of files that a reader of a database makes."""

Stamp = tuple[tuple[str, int, int], ...]
"""Name, time and size of each file."""


def workspace_stamp(folder: str | Path) -> Stamp:
    """Names, times and sizes of a workspace's tables, settings, plan versions, decisions and schemes.

    Two equal stamps mean that nothing was imported, saved, decided or set in between.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     before = workspace_stamp(folder)
    ...     _ = (Path(folder) / "workspace.yaml").write_text("country: CN")
    ...     before == workspace_stamp(folder), [name for name, _time, _size in workspace_stamp(folder)]
    (False, ['workspace.yaml'])
    """
    root = Path(folder)
    found = []
    for file in sorted(root.rglob("*")):
        name = file.relative_to(root)
        if name.parts[0] in SIDE_FOLDERS or file.name.endswith(SIDE_FILES):
            continue
        try:
            known = file.stat()
        except FileNotFoundError:  # gone while the folder was looked through
            continue
        if file.is_file():
            found.append((name.as_posix(), known.st_mtime_ns, known.st_size))
    return tuple(found)
