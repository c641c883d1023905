"""`/openapi.json` and `/openapi.yaml`: all operations as OpenAPI 3.1, made once from the metadata.

Its contents are listed in docs/wire/openapi.md.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import yaml

from parlour.engine.codecs import Codec
from parlour.engine.dto.declare import AccessRule, Route
from parlour.engine.dto.errors import ErrorResponse, ResponseStatus
from parlour.engine.dto.metadata import Operation, Property, TypeRef, dto_type
from parlour.engine.http import cookies
from parlour.engine.http.messages import Request, Response
from parlour.engine.pages.examples import answer_example, refusal_example, request_example
from parlour.engine.pages.json_schema import Schema, Schemas, is_plain
from parlour.engine.rules.constraints import is_required
from parlour.engine.serving.admission import Endpoint
from parlour.engine.serving.description import ApiDescription
from parlour.engine.serving.handlers import DirectHandler
from parlour.engine.serving.principals import API_KEY_HEADER
from parlour.engine.serving.routes import CompiledRoute, Score, compile_route

OPENAPI_VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE")
"""The verbs in the document. HEAD exists beside every GET, and OPTIONS is about addresses only."""

_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_API_KEY = "apiKey"
_VARIABLE = re.compile(r"\{[^{}]*\}")
_YAML = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

_ERRORS: Mapping[int, tuple[str, str]] = {
    400: ("BadRequest", "The request cannot be read or breaks rules. `errors` lists each wrong member."),
    401: (
        "Unauthorized",
        "The caller is not signed in, or the session has ended. Browsers are redirected to the login page.",
    ),
    403: ("Forbidden", "The caller may not do this."),
    404: ("NotFound", "The requested thing does not exist, or this caller may not see it."),
    405: ("MethodNotAllowed", "The verb is not supported here."),
    409: ("Conflict", "The request conflicts with stored data."),
    413: ("PayloadTooLarge", "The body is larger than this server accepts."),
    415: ("UnsupportedMediaType", "The body is compressed with an unsupported method."),
    429: ("TooManyRequests", "Too many tries. Try again later."),
    500: ("InternalServerError", "The server failed. The reason is in its log."),
    503: ("ServiceUnavailable", "The server cannot work at the moment."),
}

_HEADERS: Mapping[int, Mapping[str, str]] = {
    401: {"WWW-Authenticate": "How to sign in."},
    405: {"Allow": "The supported verbs."},
    429: {"Retry-After": "Seconds until the next try."},
    503: {"Retry-After": "Seconds until the next try."},
}


class OpenApi:
    """Answers both addresses. Each form is made when it is first asked for."""

    def __init__(self, api: ApiDescription) -> None:
        self._api = api

    def answer(self, request: Request) -> Response | None:
        is_json, is_yaml = (request.path == f"/openapi.{form}" for form in ("json", "yaml"))
        if not is_json and not is_yaml:
            return None
        if request.method not in ("GET", "HEAD"):
            return Response(status=405, headers=[("Allow", "GET, HEAD")])
        type_, body = ("application/json", self._json) if is_json else ("application/yaml", self._yaml)
        return Response(headers=[("Content-Type", type_)], body=body)

    @cached_property
    def _json(self) -> bytes:
        return json.dumps(document(self._api), ensure_ascii=False, separators=(",", ":")).encode()

    @cached_property
    def _yaml(self) -> bytes:
        # Made from the text, in which no object occurs twice: YAML would write references to such objects.
        text: str = yaml.dump(json.loads(self._json), Dumper=_YAML, sort_keys=False, allow_unicode=True)
        return text.encode()


def document(api: ApiDescription) -> dict[str, Any]:
    """The OpenAPI document of an application."""
    return _Document(api).whole()


class _Document:
    def __init__(self, api: ApiDescription) -> None:
        self._api = api
        self._formats = tuple(api.formats.by_name.values())
        self._json = api.formats.by_name.get("json")
        # The format of operations without a route, whose address names one. JSON, if there is any.
        self._fixed = next(codec for codec in self._formats if codec.reads)
        answered = [operation.response for operation in api.operations if operation.response is not None]
        self._schemas = Schemas(api.profile, [TypeRef("dto", python=ErrorResponse), *answered])
        self._schemes = _security_schemes(api)
        self._operation_ids: set[str] = set()

    def whole(self) -> dict[str, Any]:
        paths = self._paths()
        tags = dict.fromkeys(tag for operation in self._api.operations for tag in operation.tags)
        return {
            "openapi": "3.1.0",
            "info": {"title": self._api.title, "version": "1", "description": self._about()},
            "servers": [{"url": self._api.prefix or "/"}],
            **({"tags": [{"name": tag} for tag in tags]} if tags else {}),
            "paths": paths,
            "components": {
                "schemas": dict(sorted((self._schemas.components | {"ErrorResponse": self._error()}).items())),
                "responses": {name: self._refusal(status) for status, (name, _) in _ERRORS.items()},
                **({"securitySchemes": self._schemes} if self._schemes else {}),
            },
        }

    def _about(self) -> str:
        """The rules for all operations, as Markdown."""
        formats = ", ".join(f"`{name}`" for name in self._api.formats.by_name)
        name = self._fixed.name
        return (
            f"`Accept` chooses the format of the answer, or `?format=` with one of {formats}. HEAD is supported "
            "wherever GET is.\n\n"
            "If an answer has an `ETag` or a `Last-Modified`, send it back in `If-None-Match` or `If-Modified-Since`. "
            "If nothing has changed, the answer is 304 without a body.\n\n"
            f"To send a batch, POST a list of requests to `/{name}/reply/`, followed by the operation's name and `[]`. "
            "The answer is a list of answers. If an item fails, it is the error, with `AutoBatchIndex` in its `meta`."
        )

    # -- addresses

    def _paths(self) -> dict[str, Any]:
        """Path items by template. If two routes have the same addresses, the first names the variables."""
        templates: dict[str, str] = {}
        best: dict[tuple[str, str], tuple[Score, Operation, CompiledRoute]] = {}
        for operation in self._api.operations:
            for route in operation.routes or (Route(f"/{self._fixed.name}/reply/{operation.name}"),):
                compiled = compile_route(operation, route)
                shape = _VARIABLE.sub("{}", compiled.path.lower())
                templates.setdefault(shape, _template(compiled))
                for verb in self._verbs(operation, compiled):
                    key = (shape, verb)
                    if key not in best or best[key][0] < compiled.score():
                        best[key] = (compiled.score(), operation, compiled)
        paths: dict[str, Any] = {}
        for (shape, verb), (_, operation, compiled) in best.items():
            template = templates[shape]
            paths.setdefault(template, {})[verb.lower()] = self._operation(operation, verb, compiled, template)
        return paths

    def _verbs(self, operation: Operation, route: CompiledRoute) -> Iterator[str]:
        endpoints = self._api.endpoints[operation]
        return (verb for verb in OPENAPI_VERBS if verb in endpoints and route.allows(verb))

    def _operation(self, operation: Operation, verb: str, route: CompiledRoute, template: str) -> dict[str, Any]:
        endpoint = self._api.endpoints[operation][verb]
        in_path = [variable.property for variable in route.variables]
        others = [member for member in operation.request.properties if member not in in_path]
        parameters = [
            {"name": name[1:-1], "in": "path", "required": True, "schema": self._path_schema(member, verb)}
            for name, member in zip(_VARIABLE.findall(template), in_path, strict=True)
        ]
        operation_id = self._operation_id(operation, verb, route)
        described: dict[str, Any] = {"operationId": operation_id}
        if operation.tags:
            described["tags"] = list(operation.tags)
        if operation.description:
            described["summary"] = operation.description.partition("\n")[0]
        access = [*map(_rule_text, endpoint.rules), *(f"{each}." for each in self._api.requirements(operation))]
        text = "\n\n".join(filter(None, (operation.description, " ".join(access))))
        if text != described.get("summary", ""):
            described["description"] = text
        codecs = self._formats if operation.routes else (self._fixed,)
        if verb in _WITH_BODY:
            described["requestBody"] = self._body(operation, others, verb, operation_id, codecs)
        else:
            parameters += [self._query_parameter(member, verb) for member in others if member.may_be_in_address]
        if parameters:
            described["parameters"] = parameters
        described["responses"] = self._responses(operation, verb, endpoint, codecs)
        if self._schemes:
            described["security"] = self._security(endpoint)
        return described

    def _security(self, endpoint: Endpoint) -> list[dict[str, list[str]]]:
        """The ways to sign in, any of which is enough. An API key is only for operations that require one."""
        if any(rule.kind == "api_key" for rule in endpoint.rules):
            return [{_API_KEY: []}]
        return [{name: []} for name in self._schemes if name != _API_KEY] if endpoint.needs_caller else []

    def _operation_id(self, operation: Operation, verb: str, route: CompiledRoute) -> str:
        """The operation's name and verb, and the variables in the path if a verb has several routes."""
        plain = f"{operation.name}{verb.capitalize()}"
        by = "And".join(variable.name for variable in route.variables)
        candidates = (plain, f"{plain}By{by}" if by else f"{plain}Plainly")
        found = next((each for each in candidates if each not in self._operation_ids), None)
        name = found or f"{plain}{len(self._operation_ids)}"
        self._operation_ids.add(name)
        return name

    # -- what is sent

    def _path_schema(self, member: Property | None, verb: str) -> Schema:
        schema = {"type": "string"} if member is None else self._schemas.given_member(member, verb)
        return {"minLength": 1, **schema} if schema.get("type") == "string" else schema

    def _query_parameter(self, member: Property, verb: str) -> dict[str, Any]:
        parameter: dict[str, Any] = {"name": self._schemas.name(member), "in": "query"}
        if is_required(member, verb=verb):
            parameter["required"] = True
        if member.type.kind == "list" and is_plain(member.type):
            parameter["explode"] = False
        return parameter | {"schema": self._schemas.text_member(member, verb)}

    def _body(
        self,
        operation: Operation,
        members: Sequence[Property],
        verb: str,
        operation_id: str,
        codecs: Sequence[Codec],
    ) -> dict[str, Any]:
        body = self._schemas.read_members(members, verb)
        # Members in the path are not in the body, and rules depend on the verb. So an operation may have several
        # schemas.
        names = (operation.name, f"{operation.name}Input", operation_id)
        name = next(name for name in names if self._schemas.components.setdefault(name, body) == body)
        schema = {"$ref": f"#/components/schemas/{name}"}
        type_, example = TypeRef("dto", python=operation.request.cls), request_example(operation.request, members)
        read = self._content(type_, schema, example, [codec for codec in codecs if codec.reads])
        if "application/json" in read:
            shown = read["application/json"]["example"]
            read["application/json"]["example"] = {each: shown[each] for each in body["properties"] if each in shown}
        form = {"schema": self._schemas.form_members(members, verb)}
        with_files = {"schema": self._schemas.form_members(members, verb, files=operation.request.files)}
        content = {**read, "application/x-www-form-urlencoded": form, "multipart/form-data": with_files}
        return {"content": content, **({"required": True} if "required" in body else {})}

    # -- what is answered

    def _responses(
        self, operation: Operation, verb: str, endpoint: Endpoint, codecs: Sequence[Codec]
    ) -> dict[str, Any]:
        is_direct = isinstance(endpoint.handler, DirectHandler)
        statuses = [400]
        if endpoint.needs_caller or is_direct:
            statuses += [401, 403]
        if operation.request.properties:
            statuses.append(404)
        statuses.append(405)
        if verb != "GET":
            statuses.append(409)
        if verb in _WITH_BODY:
            statuses += [413, 415]
        statuses += [429, 500, 503]
        refusals = {str(each): {"$ref": f"#/components/responses/{_ERRORS[each][0]}"} for each in statuses}
        return {**self._success(operation, codecs), **refusals}

    def _success(self, operation: Operation, codecs: Sequence[Codec]) -> dict[str, Any]:
        if operation.response is None:
            return {"204": {"description": "Done, without content."}}
        if operation.response.kind == "bytes":
            # They are answered unchanged, with a type of their own, such as that of an image.
            return {"200": {"description": "The answer.", "content": {"*/*": {"schema": {"type": "string"}}}}}
        if operation.response.kind == "string":
            # It is answered unchanged, whatever format was asked for.
            text = {codec.media_type: {"schema": {"type": "string"}} for codec in codecs}
            return {"200": {"description": "The answer.", "content": text}}
        schema = self._schemas.of(operation.response, "written")
        content = self._content(operation.response, schema, answer_example(operation.response), codecs)
        return {"200": {"description": "The answer.", "content": content}}

    def _content(
        self, type_: TypeRef, schema: Schema, example: Any, codecs: Iterable[Codec]
    ) -> dict[str, dict[str, Any]]:
        """The content by format. The schema describes JSON; the other formats are shown by an example."""
        content: dict[str, dict[str, Any]] = {}
        for codec in codecs:
            if codec is self._json:
                content[codec.media_type] = {"schema": schema, "example": self._schemas.json(example, type_)}
            elif codec.reads:
                content[codec.media_type] = {"example": codec.writer(type_)(example).decode()}
            else:
                content[codec.media_type] = {"schema": {"type": "string"}}
        return content

    def _refusal(self, status: int) -> dict[str, Any]:
        headers = {
            name: {"description": text, "schema": {"type": "string"}} for name, text in _HEADERS.get(status, {}).items()
        }
        code, description = _ERRORS[status]
        type_, schema = TypeRef("dto", python=ErrorResponse), {"$ref": "#/components/schemas/ErrorResponse"}
        content = self._content(type_, schema, refusal_example(status, code, description), self._formats)
        return {"description": description, **({"headers": headers} if headers else {}), "content": content}

    def _error(self) -> Schema:
        """The members of every failure. If the operation ran, they are among the members of its answer."""
        envelope, status = dto_type(ErrorResponse), dto_type(ResponseStatus)
        name = self._schemas.name(envelope.by_name["responsestatus"])
        always = [self._schemas.name(status.by_name[each]) for each in ("errorcode", "message", "errors")]
        schema = {"allOf": [{"$ref": "#/components/schemas/ResponseStatus"}], "required": always}
        return {"type": "object", "properties": {name: schema}, "required": [name]}


def _template(route: CompiledRoute) -> str:
    names = iter(route.variables)
    return _VARIABLE.sub(lambda _: "{" + next(names).name + "}", route.path)


def _rule_text(rule: AccessRule) -> str:
    """The access rules, in a sentence."""
    match rule.kind:
        case "any_role":
            return f"Requires any of the roles: {', '.join(rule.roles)}."
        case "all_roles":
            return f"Requires the roles: {', '.join(rule.roles)}."
        case "any_permission":
            return f"Requires any of the permissions: {', '.join(rule.permissions)}."
        case "all_permissions":
            return f"Requires the permissions: {', '.join(rule.permissions)}."
        case "api_key":
            return f"Requires an API key with the scope {rule.scope}." if rule.scope else "Requires an API key."
    return "Requires authentication."


def _security_schemes(api: ApiDescription) -> dict[str, Any]:
    if api.authentication is None:
        return {}
    schemes: dict[str, Any] = {
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
        "session": {"type": "apiKey", "in": "cookie", "name": cookies.TEMPORARY_SESSION},
        "basic": {"type": "http", "scheme": "basic"},
    }
    if any(rule.kind == "api_key" for operation in api.operations for rule in operation.access):
        schemes[_API_KEY] = {"type": "apiKey", "in": "header", "name": API_KEY_HEADER}
    return schemes
