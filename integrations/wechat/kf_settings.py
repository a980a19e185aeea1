"""Settings of 微信客服, validated at start. Every one is explained in `.env.example`."""

from functools import cached_property
from typing import Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from integrations.crm.settings import PROJECT
from integrations.wechat.crypto import Cipher, EncodingKey


class KfSettings(BaseSettings):
    """What the operator enters from 企业微信管理后台, 微信客服. Without a corp id the channel is off."""

    model_config = SettingsConfigDict(
        env_prefix="QIANTAI_WECOM_",
        env_file=(PROJECT / "var/secrets.env", PROJECT / ".env"),
        extra="ignore",
    )

    corp_id: str = ""
    secret: SecretStr = SecretStr("")
    token: SecretStr = SecretStr("")
    aes_key: SecretStr = SecretStr("")
    open_kfid: str | None = None  # None: every customer service account that the secret may see
    api_url: str = "https://qyapi.weixin.qq.com"
    api_seconds: float = Field(5, gt=0, le=10)
    poll_seconds: float = Field(60, gt=0)  # a callback may get lost

    @field_validator("open_kfid")
    @classmethod
    def _empty_is_none(cls, value: str | None) -> str | None:
        return value or None

    @field_validator("aes_key")
    @classmethod
    def _is_a_key(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value():
            EncodingKey(value.get_secret_value())
        return value

    @model_validator(mode="after")
    def _complete(self) -> Self:
        for name in ("secret", "token", "aes_key"):
            if self.corp_id and not getattr(self, name).get_secret_value():
                raise ValueError(f"QIANTAI_WECOM_{name.upper()} is missing")
        return self

    @cached_property
    def cipher(self) -> Cipher:
        """The cryptography of the callbacks. After a change of the key the poll bridges the gap."""
        return Cipher(self.corp_id, EncodingKey(self.aes_key.get_secret_value()))


def kf_settings() -> KfSettings | None:
    """The company's settings; None where there is no corp id. Raises pydantic.ValidationError."""
    settings = KfSettings()  # type: ignore[call-arg]  # from the environment
    return settings if settings.corp_id else None
