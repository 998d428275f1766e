"""``import salesplan`` against ``import pandas``: fresh processes, taken in turn, median of several."""

import statistics
import subprocess
import sys
import time

ROUNDS = 9
LIMIT = 1.2


def _seconds(statement: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True)
    return time.perf_counter() - start


def main() -> None:
    ours, peer = [], []
    for _ in range(ROUNDS):
        ours.append(_seconds("import salesplan"))
        peer.append(_seconds("import pandas"))
    ratio = statistics.median(ours) / statistics.median(peer)
    print(f"import salesplan {statistics.median(ours):.2f} s, import pandas {statistics.median(peer):.2f} s, "
          f"ratio {ratio:.2f} (must be at most {LIMIT})")


if __name__ == "__main__":
    main()
