"""Database tables of plan versions: rows are added and never changed."""

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, MetaData, String, Table, Text

from salesplan.data.store_engine import forbid_changes
from salesplan.data.version_store import decision_table, version_table

KEY_COLUMNS = ("node_id", "seller_id", "unit_id", "product_line", "month", "iso_week")
AMOUNT_COLUMNS = ("floor_fen", "target_fen", "stretch_fen")
METADATA = MetaData()

PLAN_VERSION = version_table(
    "plan_version", METADATA,
    Column("fingerprint", String(64), nullable=False),
    Column("parameters", Text, nullable=False),
)  # fmt: skip

PLAN_LINE = Table(
    "plan_line", METADATA,
    Column("version_id", Integer, ForeignKey("plan_version.id"), primary_key=True),
    Column("place", Integer, primary_key=True),
    *(Column(name, String(200)) for name in KEY_COLUMNS),
    *(Column(name, BigInteger) for name in AMOUNT_COLUMNS),
    Column("reason", Text),
)  # fmt: skip

PLAN_DECISION = decision_table("plan_decision", METADATA, of="plan_version")

forbid_changes(METADATA, "plan versions are kept for ever; save a new version")
