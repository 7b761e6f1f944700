"""The address of a server, apart from the secrets that a URL may hold."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit, urlunsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Endpoint", "read_endpoint"]

_NO_ADDRESS = "the base URL is no address of a server; one looks like http://127.0.0.1:8080/v1"


class Endpoint(NamedTuple):
    """Where a server is, and what lets one in there.

    Attributes:
        url: Without user and password.
        headers: What stands for those.
        secrets: Texts that no message may hold.
    """

    url: str
    headers: Mapping[str, str]
    secrets: tuple[str, ...]


def read_endpoint(base_url: str) -> Endpoint:
    """A base URL taken apart: clients write the address into their logs, so that no secret may stay in it.

    Raises:
        ValueError: It is no address of a server, or it has a query; the message holds nothing of it.

    >>> read_endpoint("https://someone:secret@models.example/v1/").url
    'https://models.example/v1'
    """
    try:
        parts = urlsplit(base_url)
        port = parts.port
    except ValueError:
        raise ValueError(_NO_ADDRESS) from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        raise ValueError(_NO_ADDRESS)
    if parts.query or parts.fragment:
        raise ValueError("the base URL may not end in a query or fragment; a key is given as OPENAI_API_KEY")
    user, _, netloc = parts.netloc.rpartition("@")
    url = urlunsplit((parts.scheme, netloc, parts.path.rstrip("/"), "", ""))
    if not user:
        return Endpoint(url, {}, ())
    name, password = unquote(parts.username or ""), unquote(parts.password or "")
    token = base64.b64encode(f"{name}:{password}".encode()).decode()
    secrets = (token, password or name, parts.password or parts.username or "")
    return Endpoint(url, {"Authorization": f"Basic {token}"}, secrets)
