"""Settings of the Official Account, validated at start. Every one is explained in `.env.example`."""

from functools import cached_property
from typing import Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from integrations.crm.settings import PROJECT
from integrations.wechat.crypto import Cipher, EncodingKey

Mode = Literal["plain", "compat", "safe"]


class WeChatSettings(BaseSettings):
    """What the operator enters from 微信公众平台, 基本配置. Without an appid the channel is off."""

    model_config = SettingsConfigDict(
        env_prefix="QIANTAI_WECHAT_",
        env_file=(PROJECT / "var/secrets.env", PROJECT / ".env"),
        extra="ignore",
    )

    appid: str = ""
    secret: SecretStr = SecretStr("")
    token: SecretStr = SecretStr("")
    mode: Mode = "safe"
    aes_key: SecretStr | None = None
    previous_aes_key: SecretStr | None = None
    passive_only: bool = False  # the account may not use custom/send: late answers wait for the customer
    passive_seconds: float = Field(4.5, gt=0, lt=5)  # WeChat drops the connection after 5
    api_url: str = "https://api.weixin.qq.com"
    api_seconds: float = Field(5, gt=0, le=20)

    @field_validator("aes_key", "previous_aes_key")
    @classmethod
    def _is_a_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and value.get_secret_value():
            EncodingKey(value.get_secret_value())
        return value

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if not self.appid:
            return self
        for name in ("secret", "token"):
            if not getattr(self, name).get_secret_value():
                raise ValueError(f"QIANTAI_WECHAT_{name.upper()} is missing")
        if self.mode != "plain" and not (self.aes_key and self.aes_key.get_secret_value()):
            raise ValueError(f"QIANTAI_WECHAT_AES_KEY is missing, which the {self.mode} mode needs")
        return self

    @cached_property
    def cipher(self) -> Cipher | None:
        """The cryptography of the account; None where no key is set (plain mode)."""
        if not self.aes_key or not self.aes_key.get_secret_value():
            return None
        previous = self.previous_aes_key.get_secret_value() if self.previous_aes_key else ""
        return Cipher(
            self.appid,
            EncodingKey(self.aes_key.get_secret_value()),
            EncodingKey(previous) if previous else None,
        )


def wechat_settings() -> WeChatSettings | None:
    """The account's settings; None where there is no account. Raises pydantic.ValidationError."""
    settings = WeChatSettings()  # type: ignore[call-arg]  # from the environment
    return settings if settings.appid else None
