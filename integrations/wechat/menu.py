"""The custom menu: read from menu.yml, checked against WeChat's limits, published as a whole."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Self

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    HttpUrl,
    StringConstraints,
    ValidationError,
    model_validator,
)

from integrations.wechat.api import WeChatApi

MENU_FILE = Path(__file__).parent / "menu.yml"
# Rule (自定义菜单): 3 entries, 5 below each; titles of 16 and 60 bytes, keys of 128, addresses of 1024.
_MOST, _MOST_BELOW = 3, 5
_TITLE_BYTES, _TITLE_BELOW_BYTES, _KEY_BYTES, _URL_BYTES = 16, 60, 128, 1024

_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class MenuError(ValueError):
    """The menu can't be used; the message names the entry."""


class Entry(BaseModel):
    """A line of the menu: something to say, a page, or lines below it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: _Text
    say: _Text | None = None
    url: HttpUrl | None = None
    items: list[Entry] = Field(default=[], max_length=_MOST_BELOW)

    @model_validator(mode="after")
    def _does_one_thing(self) -> Self:
        if sum((self.say is not None, self.url is not None, bool(self.items))) != 1:
            raise ValueError("has to have exactly one of say, url and items")
        if any(below.items for below in self.items):
            raise ValueError("has lines below lines")
        if len(self.title.encode()) > (_TITLE_BYTES if self.items else _TITLE_BELOW_BYTES):
            raise ValueError("has too long a title")
        if len((self.say or "").encode()) > _KEY_BYTES or len(str(self.url or "").encode()) > _URL_BYTES:
            raise ValueError("has too long a say or url")
        return self

    def button(self) -> dict[str, Any]:
        """As WeChat wants it."""
        if self.items:
            return {"name": self.title, "sub_button": [below.button() for below in self.items]}
        if self.url is not None:
            return {"type": "view", "name": self.title, "url": str(self.url)}
        return {"type": "click", "name": self.title, "key": self.say}


class Menu(BaseModel):
    """The file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    menu: list[Entry] = Field(min_length=1, max_length=_MOST)

    @model_validator(mode="after")
    def _titles_fit(self) -> Self:
        for entry in self.menu:
            if len(entry.title.encode()) > _TITLE_BYTES:
                raise ValueError(f"{entry.title!r} has too long a title")
        return self


def read_menu(path: Path = MENU_FILE) -> Menu:
    """The menu of the file. Raises MenuError."""
    try:
        return Menu.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "file"
        raise MenuError(f"{path.name}: {place}: {first['msg']}") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise MenuError(f"{path.name}: cannot be read: {error}") from error


async def publish(api: WeChatApi, menu: Menu) -> None:
    """Replace the account's menu; phones show it within a day. Raises ApiError and Unreachable."""
    await api.call("/cgi-bin/menu/create", {"button": [entry.button() for entry in menu.menu]})
