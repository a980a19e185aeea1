"""Settings of the app, validated at start. Every one is explained in `.env.example`."""

from datetime import time
from functools import lru_cache
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT = Path(__file__).resolve().parents[2]
SHANGHAI = ZoneInfo("Asia/Shanghai")


class Settings(BaseSettings):
    """What an operator can choose; read from the environment, `.env` and `var/secrets.env`."""

    model_config = SettingsConfigDict(
        env_prefix="QIANTAI_", env_file=(PROJECT / "var/secrets.env", PROJECT / ".env"), extra="ignore"
    )

    demo: bool = False  # demo pages and codes written to a file: never for real customers
    bank_name: str = "云川银行"
    hotline: str = "95718"

    host: str = "127.0.0.1"
    port: int = Field(8000, ge=1, le=65535)
    bot_port: int = Field(5005, ge=1, le=65535)
    public_url: str | None = None

    database_url: str = f"sqlite:///{PROJECT / 'var/qiantai.db'}"
    database_busy_seconds: float = Field(20, gt=0, le=60)
    tracker_database: Path = PROJECT / "var/tracker.db"  # the bot's dialogue states
    redis_url: str | None = None
    upload_folder: Path = PROJECT / "var/uploads"
    learned_folder: Path = PROJECT / "var"  # churn and recommendation models, made every night
    upload_limit_bytes: int = Field(5 * 1024 * 1024, gt=0)

    customer_token_secret: SecretStr
    bot_secret: SecretStr
    action_secret: SecretStr

    bot_url: str | None = None
    action_url: str | None = None
    turn_seconds: float = Field(30, gt=0)
    action_seconds: float = Field(8, gt=0, le=8)  # a lock in Rasa lives 60 s; see docs/traps.md

    crm_url: str | None = None  # the bank's own CRM (docs/crm-port.md); without it our tables are asked
    crm_token: SecretStr | None = None

    sms_url: str | None = None
    sms_token: SecretStr | None = None
    demo_sms_file: Path = PROJECT / "var/sms.jsonl"
    verification_code_minutes: int = Field(5, gt=0)
    verification_idle_minutes: int = Field(30, gt=0)
    verification_max_wrong: int = Field(3, gt=0)
    verification_lock_minutes: int = Field(30, gt=0)

    service_hours: str = "08:30-12:00,13:00-21:00"
    messages_per_minute: int = Field(40, gt=0)
    totp_required: bool = False
    encoder: str = "bundled"

    @model_validator(mode="after")
    def _refuse_weak_secrets(self) -> Self:
        for name in ("customer_token_secret", "bot_secret", "action_secret"):
            if len(getattr(self, name).get_secret_value()) < 32:
                raise ValueError(f"QIANTAI_{name.upper()} must have at least 32 characters")
        self.service_periods()
        return self

    @field_validator("crm_url")
    @classmethod
    def _encrypted_unless_local(cls, url: str | None) -> str | None:
        """JR/T 0171-2020: personal data crosses a network encrypted only."""
        if url is None:
            return None
        parts = urlsplit(url)
        local = parts.hostname in ("127.0.0.1", "::1", "localhost")
        if not parts.hostname or parts.scheme not in ("https", "http"):
            raise ValueError("must be an address like https://crm.example.com/v1")
        if parts.scheme == "http" and not local:
            raise ValueError("must begin with https:// unless the CRM is on this machine")
        return url

    @property
    def bot_address(self) -> str:
        """Base URL of the bot process."""
        return self.bot_url or f"http://127.0.0.1:{self.bot_port}"

    @property
    def action_address(self) -> str:
        """Where the bot calls custom actions."""
        return self.action_url or f"http://127.0.0.1:{self.port}/actions"

    def as_environment(self) -> dict[str, str]:
        """The environment that gives a child process exactly these settings."""
        plain = self.model_dump(exclude_none=True)
        values = {name: v.get_secret_value() if isinstance(v, SecretStr) else v for name, v in plain.items()}
        return {f"QIANTAI_{name.upper()}": str(value) for name, value in values.items()}

    def service_periods(self) -> list[tuple[time, time]]:
        """Opening periods of the staffed desk, Asia/Shanghai, as (start, end).

        Raises ValueError where the setting is not `HH:MM-HH:MM[,HH:MM-HH:MM…]`.
        """
        periods = []
        for part in self.service_hours.split(","):
            start, _, end = part.strip().partition("-")
            period = (time.fromisoformat(start), time.fromisoformat(end))
            if period[0] >= period[1]:
                raise ValueError(f"QIANTAI_SERVICE_HOURS: {part} ends before it starts")
            periods.append(period)
        return periods


@lru_cache
def get_settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()  # type: ignore[call-arg]  # the secrets come from the environment
