"""A folder that cannot be written to, said in one sentence."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from salesplan.errors import SalesplanError, Sentence

REASONS = {
    errno.EROFS: Sentence("it is read-only"),
    errno.EACCES: Sentence("there is no permission to write"),
    errno.EPERM: Sentence("there is no permission to write"),
    errno.ENOSPC: Sentence("there is no space left"),
    errno.EDQUOT: Sentence("the quota is used up"),
    errno.ENOTDIR: Sentence("a file stands where a folder is needed"),
    errno.EEXIST: Sentence("a file stands where a folder is needed"),
    errno.EISDIR: Sentence("a folder stands where a file is needed"),
    errno.ENAMETOOLONG: Sentence("its path is too long"),
    errno.EIO: Sentence("the disk does not answer as it should"),
}
"""What an error of the system means for the reader."""


class OutputFolderError(SalesplanError, RuntimeError):
    """Files cannot be written where they should be."""


@contextmanager
def written_to(folder: Path) -> Iterator[None]:
    """Say what keeps files from being written into a folder.

    Raises
    ------
    OutputFolderError
        The folder is read-only, full, forbidden or no folder.

    Examples
    --------
    >>> with written_to(Path("/reports")):
    ...     raise OSError(errno.ENOSPC, "No space left on device")
    Traceback (most recent call last):
    salesplan.reporting.output_folder.OutputFolderError: cannot write into the folder of the reviews: there is no space left. Where: ...
    """
    try:
        yield
    except OSError as error:
        reason = REASONS.get(error.errno or 0)
        if reason is None:
            raise
        where = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else str(folder)
        raise OutputFolderError(
            Sentence("cannot write into the folder of the reviews: {reason}", reason=reason), where=where,
            fix=Sentence("Make room or allow writing there, or choose another folder with --output; go on with --resume.")) from error
