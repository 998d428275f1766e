"""Run all benchmarks, or those named: ``python -m benchmarks cascade tourism``."""

import runpy
import sys

ALL = ("import_time", "cascade", "tourism", "import_rows", "scorecard", "ahp", "objective_weights", "importance",
       "ratings", "statements", "kpi_slider", "course_plan", "mentoring", "training_effect", "survival", "review_projection",
       "review_runs", "review_kills", "warm_pages")


def main() -> None:
    chosen = sys.argv[1:] or list(ALL)
    unknown = [name for name in chosen if name not in ALL]
    if unknown:
        raise SystemExit(f"unknown benchmark {unknown[0]!r}; known: {', '.join(ALL)}")
    missed: list[str] = []
    for name in chosen:
        print(f"\n== {name}", flush=True)
        sys.argv = [name]
        try:
            runpy.run_module(f"benchmarks.{name}", run_name="__main__")
        except SystemExit as stop:
            missed += [name] if stop.code else []
    if missed:
        raise SystemExit(f"not reached: {', '.join(missed)}")


if __name__ == "__main__":
    main()
