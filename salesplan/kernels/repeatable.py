"""What makes a run give the same bytes every time: one thread for linear algebra, the same seeds."""

import os
import random
import sys
from collections.abc import Mapping, MutableMapping

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
SEED = 0


def one_thread(environment: Mapping[str, str]) -> dict[str, str]:
    """One thread for linear algebra, unless somebody has said otherwise.

    A company's matrices are small: more threads wait for one another, and for those of other kernels; and how they
    share the work decides the last digit of a sum.

    Examples
    --------
    >>> one_thread({"OMP_NUM_THREADS": "4"})["OMP_NUM_THREADS"], one_thread({})["OPENBLAS_NUM_THREADS"]
    ('4', '1')
    """
    return {name: environment.get(name, "1") for name in THREADS}


def limit_threads(environment: MutableMapping[str, str] | None = None) -> None:
    """Settle on one thread for this program and all it starts; to be called before numpy is imported.

    Examples
    --------
    >>> environment = {"OMP_NUM_THREADS": "4"}
    >>> limit_threads(environment)
    >>> environment["OMP_NUM_THREADS"], environment["MKL_NUM_THREADS"]
    ('4', '1')
    """
    environment = os.environ if environment is None else environment
    environment.update(one_thread(environment))


def reseed(seed: int = SEED) -> None:
    """Start the common generators of random numbers anew, so that a run does not depend on what ran before it."""
    random.seed(seed)
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed(seed)


def skip_iri_grammar() -> None:
    """Spare the grammar of international addresses, which takes a second to build and which no notebook needs.

    To be called before the first import of jsonschema, which then checks every other format as before.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
