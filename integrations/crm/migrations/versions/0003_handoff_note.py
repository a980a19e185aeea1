"""What an agent should know of a conversation in which the bot was no help.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the note."""
    op.add_column("conversations", sa.Column("handoff_note", sa.Text(), nullable=True))


def downgrade() -> None:
    """Forget it."""
    op.drop_column("conversations", "handoff_note")
