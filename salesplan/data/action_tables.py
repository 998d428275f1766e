"""Database tables of what reviews proposed and what people decided about it: rows are added and never changed."""

from sqlalchemy import Column, Float, Integer, MetaData, String, Table, Text, UniqueConstraint

from salesplan.data.store_engine import forbid_changes

METADATA = MetaData()

REVIEW_ACTION = Table(
    "review_action", METADATA,
    Column("id", Integer, primary_key=True),
    Column("action_id", String(40), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("period", String(10), nullable=False, index=True),
    *(Column(name, String(200), nullable=False) for name in ("unit_id", "node_id", "finding_key")),
    *(Column(name, Text, nullable=False) for name in ("message", "action", "details")),
    Column("owner", String(200)),
    Column("due", String(10)),
    Column("measure", String(200)),
    Column("measure_value", Float),
    Column("better", String(10)),
    Column("proposed_at", String(40), nullable=False),
    UniqueConstraint("action_id", "revision"),
)  # fmt: skip

REVIEW_DECISION = Table(
    "review_decision", METADATA,
    Column("id", Integer, primary_key=True),
    Column("action_id", String(40), nullable=False, index=True),
    Column("decision", String(20), nullable=False),
    Column("who", String(200), nullable=False),
    Column("why", Text, nullable=False),
    Column("owner", String(200)),
    Column("due", String(10)),
    Column("decided_at", String(40), nullable=False),
)  # fmt: skip

forbid_changes(METADATA, "actions and decisions are kept for ever; record a new decision")
