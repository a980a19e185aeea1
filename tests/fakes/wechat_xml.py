"""The XML of WeChat's pushes, written as WeChat writes it and read strictly."""

from collections.abc import Mapping
from typing import TypeAlias
from xml.etree import ElementTree

XmlValue: TypeAlias = "str | int | float | Mapping[str, XmlValue]"
Message: TypeAlias = Mapping[str, XmlValue]
"""One push: tag to text, number or nested tags. Text goes into CDATA, numbers stand bare."""


def to_xml(message: Message) -> str:
    """The message as an `<xml>` element."""
    return f"<xml>{_tags(message)}</xml>"


def read_xml(text: str) -> ElementTree.Element:
    """The root `<xml>` of a reply.

    Raises ValueError for what is not well-formed, has another root or repeats a tag.
    """
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise ValueError(f"not XML: {error}") from error
    if root.tag != "xml":
        raise ValueError(f"the root is <{root.tag}>, not <xml>")
    names = [child.tag for child in root]
    repeated = {name for name in names if names.count(name) > 1}
    if repeated:
        raise ValueError(f"repeated: {', '.join(sorted(repeated))}")
    return root


def _tags(message: Message) -> str:
    return "".join(f"<{name}>{_value(value)}</{name}>" for name, value in message.items())


def _value(value: XmlValue) -> str:
    if isinstance(value, Mapping):
        return _tags(value)
    if isinstance(value, str):
        return "<![CDATA[" + value.replace("]]>", "]]]]><![CDATA[>") + "]]>"
    return str(value)
