"""Database tables of KPI scheme versions: rows are added and never changed."""

from sqlalchemy import Column, ForeignKey, Integer, MetaData, String, Table, Text, UniqueConstraint

from salesplan.data.store_engine import forbid_changes

METADATA = MetaData()

SCHEME_VERSION = Table(
    "scheme_version", METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", String(200), nullable=False),
    Column("version", Integer, nullable=False),
    Column("status", String(20), nullable=False),
    Column("valid_from", String(7), nullable=False),
    Column("scheme", Text, nullable=False),
    Column("rule_version", String(12), nullable=False),
    Column("author", String(200), nullable=False),
    Column("reason", Text, nullable=False),
    Column("saved_at", String(40), nullable=False),
    UniqueConstraint("name", "version"),
)  # fmt: skip

SCHEME_DECISION = Table(
    "scheme_decision", METADATA,
    Column("id", Integer, primary_key=True),
    Column("version_id", Integer, ForeignKey("scheme_version.id"), nullable=False, index=True),
    Column("decision", String(20), nullable=False),
    Column("who", String(200), nullable=False),
    Column("why", Text, nullable=False),
    Column("decided_at", String(40), nullable=False),
)  # fmt: skip

forbid_changes(METADATA, "scheme versions are kept for ever; save a new version")
