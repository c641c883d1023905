"""An interface that is hard to print as code, and its references as callers get them."""

import asyncio
import enum
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from urllib.parse import urlencode

from parlour.engine import standard_engine
from parlour.engine.dto.declare import (
    MIN_DATETIME,
    ApiMember,
    DataMember,
    Guid,
    WireName,
    data_contract,
    namespace,
    returns,
    route,
    tag,
)
from parlour.engine.dto.errors import ResponseStatus
from parlour.engine.http.messages import Request
from parlour.engine.serving.handlers import Handler, InlineUnits, Services


class SortOrder(enum.Enum):
    Ascending = 0
    Descending = 1


@namespace("Awkward")
@dataclass(kw_only=True)
class Paged:
    """The parameters of every listing."""

    page_number: int = 0
    sort_order: SortOrder = SortOrder.Ascending


@namespace("Awkward")
@dataclass(kw_only=True)
class Node:
    """A node of a tree, which contains other nodes."""

    parent: "Node | None" = None
    children: "list[Node] | None" = None
    by_name: "dict[str, Node] | None" = None
    made: datetime = MIN_DATETIME


@namespace("Awkward")
@dataclass(kw_only=True)
class FindNodesResponse:
    nodes: list[Node] | None = None
    cost: Decimal = Decimal(0)


@route("/nodes", "GET")
@tag("trees")
@returns(FindNodesResponse)
@namespace("Awkward")
@dataclass(kw_only=True)
class FindNodes(Paged):
    """Finds nodes.

    Says */ and \"\"\" and \\d, which end or spoil comments elsewhere.
    """

    class_: str | None = None
    def_: bool = False
    type_: int = 0
    from_: int | None = None
    func: datetime = MIN_DATETIME
    end: Annotated[str | None, ApiMember('Up to "here"\nor *//there', required=True)] = None
    root: Annotated[Node | None, ApiMember("Where to begin", required=True)] = None
    grid: list[list[int]] | None = None
    sparse: list[int | None] = field(default_factory=list)
    orders: Annotated[list[SortOrder] | None, ApiMember("How", required=True)] = None
    places: dict[str, list[Node]] | None = None
    names: Annotated[dict[str, str] | None, ApiMember("Names", required=True)] = None
    anything: Any = None
    blob: bytes | None = None


@route("/ping", "POST")
@namespace("Awkward")
@dataclass(kw_only=True)
class Ping:
    pass


@route("/tags", "GET")
@returns(dict[str, int])
@namespace("Awkward")
@data_contract()
@dataclass(kw_only=True)
class CountTags:
    ids: Annotated[list[Guid] | None, DataMember("only_these")] = None
    status: Annotated[ResponseStatus | None, DataMember(order=1)] = None


@route("/flag", "PUT")
@returns(bool)
@namespace("Awkward")
@dataclass(kw_only=True)
class IsAwkward:
    i_d: Annotated[str | None, WireName("ID")] = None


class Word(enum.Enum):
    Self = 0
    Class = 5
    End = 10


class Mark(enum.Flag):
    Non = 0
    Self = 1
    End = 2
    Both = 3


@route("/spell", "POST")
@returns(str)
@namespace("Awkward")
@dataclass(kw_only=True)
class Spell:
    """Members whose names are reserved in some language."""

    this: str | None = None
    self_: int = 0
    super_: str | None = None
    crate: str | None = None
    constructor: str | None = None
    prototype: str | None = None
    object_: str | None = None
    hash_code: int = 0
    response_type: str | None = None
    nil: str | None = None
    word: Word = Word.Self
    mark: Mark | None = None
    words: dict[str, dict[str, list[Word | None]]] | None = None


def awkward_services() -> Services:
    services = Services()
    for request in (FindNodes, Ping, CountTags, IsAwkward, Spell):
        services.add(request, any=Handler(lambda request, tx, caller: None))
    return services


def reference(services: Services, language: str, **options: str) -> str:
    """The response of `/types/{language}`."""
    request = Request(
        method="GET", path=f"/types/{language}", query=urlencode(options), headers=[("host", "api.example")]
    )
    response = asyncio.run(standard_engine(services, InlineUnits()).answer(request))
    assert response.status == 200
    return response.body.decode()
