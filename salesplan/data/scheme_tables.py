"""Database tables of KPI scheme versions: rows are added and never changed."""

from sqlalchemy import Column, MetaData, String, Text

from salesplan.data.store_engine import forbid_changes
from salesplan.data.version_store import decision_table, version_table

METADATA = MetaData()

SCHEME_VERSION = version_table(
    "scheme_version", METADATA,
    Column("valid_from", String(7), nullable=False),
    Column("scheme", Text, nullable=False),
    Column("rule_version", String(12), nullable=False),
)  # fmt: skip
SCHEME_DECISION = decision_table("scheme_decision", METADATA, of="scheme_version")

forbid_changes(METADATA, "scheme versions are kept for ever; save a new version")
