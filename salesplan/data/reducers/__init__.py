"""Facts to small frames: each reducer is one SQL file of its own name."""

from salesplan.data.reducers.reduce import REDUCERS, reduce

__all__ = ["REDUCERS", "reduce"]
