"""One skill's model over tiers as it is published: a slope of the baseline, and what other tiers add to it."""

import pandas as pd

from salesplan.coaching.driver_mixed import MixedFit, fit_random_intercept


def fit_with_interaction(frame: pd.DataFrame, *, baseline: str) -> MixedFit:
    """``outcome ~ level x tier + (1 | team)``, coefficients named as R's lme4 names them."""
    tier = frame["tier"].astype(str)
    others = [name for name in sorted(tier.unique()) if name != baseline]
    design = pd.DataFrame({"(Intercept)": 1.0, "level": frame["level"], **{f"tier{o}": (tier == o).astype(float) for o in others},
                           **{f"level:tier{o}": frame["level"] * (tier == o) for o in others}})  # fmt: skip
    return fit_random_intercept(design, frame["outcome"].to_numpy(float), frame["team"].to_numpy())
