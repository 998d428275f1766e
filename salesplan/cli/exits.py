"""Exit codes a script can rely on."""

from enum import IntEnum


class Exit(IntEnum):
    """What a command came to."""

    OK = 0
    FAILED = 1  # something is wrong with data, parameters or rules; the message says what to do
    USAGE = 2  # the command line itself is wrong
    QUARANTINED = 3  # done, but rows were set aside in quarantine
    PARTLY_FAILED = 3  # done, but some units failed; the others are there
    INTERRUPTED = 130
