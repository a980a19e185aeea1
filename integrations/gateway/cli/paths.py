"""Where things lie in a checkout."""

from integrations.crm.settings import PROJECT

VAR = PROJECT / "var"
LOGS = VAR / "log"
MODELS = PROJECT / "models"
BOT_PYTHON = PROJECT / ".venv/bot/bin/python"
APP_PYTHON = PROJECT / ".venv/app/bin/python"
