"""`/api`: the operations by tag, for programs, always in JSON."""

from typing import Any

import msgspec

from parlour.engine.dto.metadata import Operation, TypeRef
from parlour.engine.http.messages import VARY, Request, Response
from parlour.engine.http.mount import has_api_routes
from parlour.engine.serving.description import ApiDescription

UNTAGGED = "other"

# As C# writes them, because clients know types by these names.
_TYPE_NAMES = {
    "guid": "Guid",
    "datetime": "DateTime",
    "offset": "DateTimeOffset",
    "span": "TimeSpan",
    "bytes": "byte[]",
    "any": "object",
}


class ApiIndex:
    """Answers `/api` for every verb but OPTIONS."""

    def __init__(self, api: ApiDescription) -> None:
        self._is_served = has_api_routes(api.prefix)
        self._operations = sorted(api.operations, key=lambda operation: operation.name)

    def answer(self, request: Request) -> Response | None:
        if not self._is_served or request.path not in ("/api", "/api/") or request.method == "OPTIONS":
            return None
        base = request.base_url
        tags: dict[str, list[dict[str, Any]]] = {}
        for operation in self._operations:
            for tag in operation.tags or (UNTAGGED,):
                tags.setdefault(tag, []).append(_entry(operation, base))
        return Response(headers=[("Content-Type", "application/json"), VARY], body=msgspec.json.encode(tags))


def _entry(operation: Operation, base: str) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": operation.name}
    if operation.response is not None:
        entry["returns"] = _type_name(operation.response)
    if operation.description:
        entry["description"] = operation.description
    entry["links"] = {"api": f"{base}/api/{operation.name}", "ui": f"{base}/ui/{operation.name}"}
    return entry


def _type_name(type_: TypeRef) -> str:
    if type_.kind == "list":
        assert type_.item is not None
        return f"{_type_name(type_.item)}[]" if type_.is_array else f"List<{_type_name(type_.item)}>"
    if type_.kind == "map":
        assert type_.key is not None and type_.item is not None
        return f"Dictionary<{_type_name(type_.key)},{_type_name(type_.item)}>"
    if type_.python is not None:
        name: str = type_.python.__name__
        return name
    return _TYPE_NAMES.get(type_.kind, type_.kind)
