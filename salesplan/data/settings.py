"""What is said once for a whole workspace: language, currency, country, fiscal year."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from salesplan.errors import InputError, known_choices

SETTINGS_FILE = "workspace.yaml"


@dataclass(frozen=True, kw_only=True)
class WorkspaceSettings:
    """What is said once for a whole workspace (kept in ``workspace.yaml``).

    Where the target table holds several sets, ``target_set`` names the one that counts for the metrics it holds.

    Examples
    --------
    >>> WorkspaceSettings(currency="USD", fiscal_start_month=7).fiscal_start_month
    7
    """

    language: str = "zh"
    currency: str = "CNY"
    country: str = "CN"
    fiscal_start_month: int = 1
    source: str = ""
    target_set: str = ""

    def __post_init__(self) -> None:
        if self.language not in ("zh", "en"):
            raise InputError(f"language == {self.language!r}, must be 'zh' or 'en'", where=SETTINGS_FILE)
        if not (isinstance(self.fiscal_start_month, int) and 1 <= self.fiscal_start_month <= 12):
            raise InputError(f"fiscal_start_month == {self.fiscal_start_month!r}, must be 1 to 12",
                             where=SETTINGS_FILE)
        if not (isinstance(self.currency, str) and len(self.currency) == 3 and self.currency.isalpha()):
            raise InputError(f"currency == {self.currency!r}, must be a three-letter ISO code",
                             where=SETTINGS_FILE)
        if not isinstance(self.target_set, str):
            raise InputError(f"target_set == {self.target_set!r}, must be a name", where=SETTINGS_FILE)

    def changed(self, changes: Mapping[str, Any]) -> "WorkspaceSettings":
        """The same settings with some replaced; an unknown name raises InputError with the nearest one."""
        known = [f.name for f in fields(self)]
        for name in changes:
            if name not in known:
                raise InputError(f"setting == {name!r}, must be known", where=SETTINGS_FILE,
                                 fix=known_choices(name, known))
        return replace(self, **changes)

    def to_dict(self) -> dict[str, Any]:
        """The settings as plain values, in file order."""
        return asdict(self)
