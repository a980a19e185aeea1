"""What is learnt every night from the CRM's own history: who may leave, and what customers choose next."""

import json
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import anyio
import structlog

from integrations.crm.customers import churn, profiles
from integrations.crm.customers.churn_model import ChurnModel, NotEnoughHistory
from integrations.crm.database import Database
from integrations.crm.recommendations import model_file
from integrations.crm.recommendations.errors import BadInteractions
from integrations.crm.recommendations.rebuild import rebuild
from integrations.gateway.logging import configure_logging

CHURN_FILE = "churn.joblib"
log = structlog.get_logger()


async def learn_apart(database: Database, now: datetime, folder: Path) -> None:
    """`learn_all` in a process of its own: what learning takes of memory is given back when it ends."""
    url = database.engine.url.render_as_string(hide_password=False)
    # Through standard input: a command line is read by everybody on the machine, and the URL has a password.
    job = json.dumps({"url": url, "now": now.isoformat(), "folder": str(folder)}).encode()
    command = [sys.executable, "-m", "integrations.gateway.learning"]
    ended = await anyio.run_process(command, input=job, stdout=None, stderr=None, check=False)
    if ended.returncode != 0:
        log.error("learning.failed", what="process", status=ended.returncode)


def learn_all(database: Database, now: datetime, folder: Path) -> None:
    """Make both models anew and score churn. A failure is logged: the models of the night before stay."""
    for step in (learn_churn, learn_recommendations):
        try:
            step(database, now, folder)
        except (NotEnoughHistory, BadInteractions) as error:
            log.info("learning.too_little", what=step.__name__, why=str(error))
        except Exception:
            log.exception("learning.failed", what=step.__name__)


def learn_churn(
    database: Database, now: datetime, folder: Path, progress: Callable[[int], None] = lambda _done: None
) -> ChurnModel:
    """Train the churn model and score all profiles, a transaction a portion; `progress` is told how many.

    Raises NotEnoughHistory.
    """
    with database.reading() as session:
        model = churn.train_churn(session, now, folder / CHURN_FILE)
    log.info("learning.churn", said=model.report.words())
    scored, last_id = 0, 0
    while ids := _next_ids(database, last_id):
        with database.transaction() as session:
            scored += churn.score(session, ids, now, model)
        last_id = ids[-1]
        progress(scored)
    return model


def learn_recommendations(database: Database, now: datetime, folder: Path) -> None:
    """Learn what customers choose next. Raises BadInteractions where they have chosen nothing yet."""
    with database.reading() as session:
        rebuild(session, now, folder / model_file.NAME)


def _next_ids(database: Database, after_id: int) -> Sequence[int]:
    with database.reading() as session:
        return profiles.next_portion(session, after_id)


def _main() -> None:
    configure_logging()
    job = json.load(sys.stdin)
    learn_all(Database(job["url"]), datetime.fromisoformat(job["now"]), Path(job["folder"]))


if __name__ == "__main__":
    _main()
