"""What a customer can do on the phone, as the fields of the push it causes.

The push adds ToUserName, CreateTime and MsgId where they are missing.
"""

from tests.fakes.wechat_xml import Message


def text(openid: str, content: str, menu_id: str | None = None) -> Message:
    """A written message; `menu_id` is the item of a msgmenu whose tap wrote it."""
    tapped: Message = {} if menu_id is None else {"bizmsgmenuid": int(menu_id)}
    return {"FromUserName": openid, "MsgType": "text", "Content": content, **tapped}


def image(openid: str, media_id: str, picture_url: str) -> Message:
    """A picture."""
    return {"FromUserName": openid, "MsgType": "image", "PicUrl": picture_url, "MediaId": media_id}


def voice(openid: str, media_id: str, recognition: str | None = None) -> Message:
    """A voice message; without `recognition` the tag is absent, with "" it is there and empty."""
    heard: Message = {} if recognition is None else {"Recognition": recognition}
    return {"FromUserName": openid, "MsgType": "voice", "MediaId": media_id, "Format": "amr", **heard}


def video(openid: str, media_id: str, thumb_id: str) -> Message:
    """A video."""
    return {"FromUserName": openid, "MsgType": "video", "MediaId": media_id, "ThumbMediaId": thumb_id}


def shortvideo(openid: str, media_id: str, thumb_id: str) -> Message:
    """A short video."""
    return {**video(openid, media_id, thumb_id), "MsgType": "shortvideo"}


def location(openid: str, latitude: float, longitude: float, label: str, scale: int = 15) -> Message:
    """A place sent in the chat; degrees."""
    place: Message = {"Location_X": latitude, "Location_Y": longitude, "Scale": scale, "Label": label}
    return {"FromUserName": openid, "MsgType": "location", **place}


def link(openid: str, title: str, description: str, url: str) -> Message:
    """A shared page."""
    page: Message = {"Title": title, "Description": description, "Url": url}
    return {"FromUserName": openid, "MsgType": "link", **page}


def subscribe(openid: str, scene: str | None = None, ticket: str = "") -> Message:
    """The customer follows, by a QR code with `scene` or without."""
    if scene is None:
        return _event(openid, "subscribe", EventKey="")
    return _event(openid, "subscribe", EventKey=f"qrscene_{scene}", Ticket=ticket or "gQH47joAAAAAAAAAASxod")


def unsubscribe(openid: str) -> Message:
    """The customer leaves."""
    return _event(openid, "unsubscribe", EventKey="")


def scan(openid: str, scene: str, ticket: str = "") -> Message:
    """A follower scans a QR code."""
    return _event(openid, "SCAN", EventKey=scene, Ticket=ticket or "gQH47joAAAAAAAAAASxod")


def click(openid: str, key: str) -> Message:
    """A tap on a button of the account's menu."""
    return _event(openid, "CLICK", EventKey=key)


def view(openid: str, url: str) -> Message:
    """A tap on a button that opens a page."""
    return _event(openid, "VIEW", EventKey=url)


def reported_location(openid: str, latitude: float, longitude: float, precision: float = 65.0) -> Message:
    """Where the phone is, reported on its own; degrees and metres."""
    return _event(openid, "LOCATION", Latitude=latitude, Longitude=longitude, Precision=precision)


def _event(openid: str, event: str, **fields: str | float) -> Message:
    return {"FromUserName": openid, "MsgType": "event", "Event": event, **fields}
