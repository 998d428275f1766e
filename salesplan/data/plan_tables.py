"""Database tables of plan versions: rows are added and never changed."""

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, MetaData, String, Table, Text, UniqueConstraint

from salesplan.data.store_engine import forbid_changes

KEY_COLUMNS = ("node_id", "seller_id", "unit_id", "product_line", "month", "iso_week")
AMOUNT_COLUMNS = ("floor_fen", "target_fen", "stretch_fen")
METADATA = MetaData()

PLAN_VERSION = Table(
    "plan_version", METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", String(200), nullable=False),
    Column("version", Integer, nullable=False),
    Column("status", String(20), nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("parameters", Text, nullable=False),
    Column("author", String(200), nullable=False),
    Column("reason", Text, nullable=False),
    Column("saved_at", String(40), nullable=False),
    UniqueConstraint("name", "version"),
)  # fmt: skip

PLAN_LINE = Table(
    "plan_line", METADATA,
    Column("version_id", Integer, ForeignKey("plan_version.id"), primary_key=True),
    Column("place", Integer, primary_key=True),
    *(Column(name, String(200)) for name in KEY_COLUMNS),
    *(Column(name, BigInteger) for name in AMOUNT_COLUMNS),
    Column("reason", Text),
)  # fmt: skip

PLAN_DECISION = Table(
    "plan_decision", METADATA,
    Column("id", Integer, primary_key=True),
    Column("version_id", Integer, ForeignKey("plan_version.id"), nullable=False, index=True),
    Column("decision", String(20), nullable=False),
    Column("who", String(200), nullable=False),
    Column("why", Text, nullable=False),
    Column("decided_at", String(40), nullable=False),
)  # fmt: skip


forbid_changes(METADATA, "plan versions are kept for ever; save a new version")
