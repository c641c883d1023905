"""Reads a request into its DTO, from body, query, form and path, and reports all wrong values together.

The rules are those of docs/wire/binding.md.
"""

from collections.abc import Container, Iterable, Sequence
from typing import Any

from parlour.engine.codecs import Codec, Reader
from parlour.engine.codecs.jsv import value_reader
from parlour.engine.codecs.tolerant import shown
from parlour.engine.dto.errors import HIDDEN, BindingError, BodyError, FieldError, FieldErrors
from parlour.engine.dto.metadata import DtoType, Property, TypeRef
from parlour.engine.http.encodings import decompressed
from parlour.engine.http.forms import read_form
from parlour.engine.http.messages import Request
from parlour.engine.http.percent import NotUtf8
from parlour.engine.serving.negotiation import BodyType, Formats, media_type
from parlour.engine.serving.routes import Variable

Values = dict[str, tuple[Property, Any]]
"""Converted values by the attribute they fill."""

MAX_PARAMETERS = 1000
"""More than any query has; reading takes time for each."""

_BODILESS = frozenset({"GET", "HEAD", "OPTIONS"})


class Binder:
    """Binds the requests of one DTO class. `max_bytes` also limits decompressed bodies."""

    def __init__(self, dto: DtoType, formats: Formats, max_bytes: int) -> None:
        self._dto = dto
        self._formats = formats
        self._max_bytes = max_bytes
        self._readers: dict[str, Reader] = {
            name: codec.reader(TypeRef("dto", python=dto.cls)) for name, codec in formats.by_name.items() if codec.reads
        }
        self._list_readers: dict[Codec, Reader] = {}
        self._members = {name: (member, value_reader(member.type)) for name, member in dto.by_name.items()}
        self._in_address = {name for name, member in dto.by_name.items() if member.may_be_in_address}

    def bind_route(self, request: Request, variables: Sequence[Variable], path_values: Sequence[str]) -> Any:
        """The DTO of a request to a declared route. The query overrides the body, the form the query, and the path
        everything.

        Raises BindingError for an unreadable body, or with all values that cannot be converted or contradict the path.
        """
        field_errors = FieldErrors()
        body_type = self._formats.body_type(request)
        dto = self._body(request, body_type.codec, body_type.header, field_errors)
        fixed = self._path_values(variables, path_values, field_errors) if path_values else {}
        values = self._values(_parameters(request), self._in_address, field_errors) if request.query else {}
        if body_type.is_form and (request.body or request.form) and request.method not in _BODILESS:
            values |= self._form(request, body_type, field_errors)
            self._put_files(dto, request)
        for member, value in values.values():
            setattr(dto, member.attribute, value)
        if field_errors:
            raise self._unbound(field_errors)
        for member, value in fixed.values():
            given = getattr(dto, member.attribute)
            if given != value and not _is_default(member, given):
                field_errors.append(_contradiction(member, given))
            setattr(dto, member.attribute, value)
        if fixed and field_errors:
            raise self._unbound(field_errors)
        return dto

    def bind_predefined(self, request: Request, codec: Codec | None) -> Any:
        """The DTO of a request to a predefined route, whose body must be in the route's format.

        The body overrides the query, and form fields override the query too. Without `codec` the Content-Type chooses
        the format. Raises BindingError like `bind_route`.
        """
        field_errors = FieldErrors()
        values = self._values(_parameters(request), self._in_address, field_errors) if request.query else {}
        body_type = self._formats.body_type(request)
        if body_type.is_form and (request.body or request.form):
            dto = self._dto.cls()
            values |= self._form(request, body_type, field_errors)
            self._put_files(dto, request)
        elif codec is not None:
            dto = self._body(request, codec, codec.media_type, field_errors)
        else:
            dto = self._body(request, body_type.codec, body_type.header, field_errors)
        for member, value in values.values():
            if _is_default(member, getattr(dto, member.attribute)):
                setattr(dto, member.attribute, value)
        if field_errors:
            raise self._unbound(field_errors)
        return dto

    def bind_batch(self, request: Request, codec: Codec | None, max_items: int) -> list[Any]:
        """The DTOs in a list body. The query is ignored. Empty without a body.

        Raises BindingError for an unreadable body, for more than `max_items`, or with all values that cannot be
        converted.
        """
        body_type = self._formats.body_type(request)
        codec = codec or body_type.codec
        if not request.body or body_type.is_form or codec is None or not codec.reads:
            return []
        try:
            tuned = codec.for_body(request) if request.query else codec
            read: list[Any] = self._list_reader(tuned, max_items)(self._plain(request))
        except BodyError as error:
            raise self._unreadable(codec.media_type, error, "[]") from None
        except BindingError as error:
            if not error.errors:
                raise
            raise self._unbound(error.field_errors) from None
        return read

    def _list_reader(self, codec: Codec, max_items: int) -> Reader:
        """Created when first needed, since few operations are ever called in batches."""
        if codec not in self._list_readers:
            listed = TypeRef("list", item=TypeRef("dto", python=self._dto.cls))
            self._list_readers[codec] = codec.reader(listed, max_items)
        return self._list_readers[codec]

    def _body(self, request: Request, codec: Codec | None, type_name: str, field_errors: FieldErrors) -> Any:
        """The DTO in a body, or an empty one without a body. `type_name` is the content type in errors."""
        read = self._readers.get(codec.name) if codec is not None else None
        if not request.body or read is None:
            return self._dto.cls()
        assert codec is not None
        if request.query and (tuned := codec.for_body(request)) is not codec:
            read = tuned.reader(TypeRef("dto", python=self._dto.cls))
        try:
            return read(self._plain(request))
        except BodyError as error:
            raise self._unreadable(type_name, error) from None
        except BindingError as error:
            if not error.errors:
                raise
            field_errors.extend(error.field_errors)
            return self._dto.cls()

    def _form(self, request: Request, body_type: BodyType, field_errors: FieldErrors) -> Values:
        """The values of the request's form. A form that was not read while it arrived is read now."""
        if request.form is None:
            keeps_files = self._dto.files is not None
            try:
                request.form = read_form(body_type.header, self._plain(request), keeps_files=keeps_files)
            except BodyError as error:
                raise self._unreadable(media_type(body_type.header), error) from None
        found = self._values(request.form.fields, self._members, field_errors)
        if not request.form.is_utf8 and not field_errors:
            raise self._unreadable(media_type(body_type.header), BodyError("The form is not in UTF-8."))
        return found

    def _put_files(self, dto: Any, request: Request) -> None:
        if self._dto.files is not None and request.form is not None:
            setattr(dto, self._dto.files.attribute, request.form.files)

    def _plain(self, request: Request) -> bytes:
        """The body, decompressed."""
        assert request.body is not None
        encoding = request.header("content-encoding")
        return request.body if encoding is None else decompressed(request.body, encoding, self._max_bytes)

    def _values(self, pairs: Iterable[tuple[str, str]], known: Container[str], field_errors: FieldErrors) -> Values:
        """The values of members whose lower-case names are `known`.

        Names may have any case. Repeated values are joined by commas, blank ones are ignored.
        """
        texts: dict[str, tuple[str, str]] = {}
        for name, text in pairs:
            key = name.lower()
            if not text or key not in known:
                continue
            if isinstance(text, NotUtf8):
                field_errors.append(_invalid(name, _shown_value(self._members[key][0], text)))
            else:
                texts[key] = (name, f"{texts[key][1]},{text}" if key in texts else text)
        found: Values = {}
        for key, (name, text) in texts.items():
            self._convert(key, name, text, found, field_errors)
        return found

    def _path_values(self, variables: Sequence[Variable], texts: Sequence[str], field_errors: FieldErrors) -> Values:
        found: Values = {}
        for variable, text in zip(variables, texts, strict=True):
            if variable.property is None or not text:
                continue
            if isinstance(text, NotUtf8):
                field_errors.append(_invalid(variable.name, text))
            else:
                self._convert(variable.name.lower(), variable.name, text, found, field_errors)
        return found

    def _convert(self, key: str, name: str, text: str, found: Values, field_errors: FieldErrors) -> None:
        member, read = self._members[key]
        try:
            found[member.attribute] = (member, read(text))
        except ValueError:
            field_errors.append(_invalid(name, _shown_value(member, text)))

    def _unbound(self, field_errors: FieldErrors) -> BindingError:
        return BindingError(f"Unable to bind to request '{self._dto.name}'", errors=field_errors)

    def _unreadable(self, type_: str, error: BodyError, suffix: str = "") -> BindingError:
        # The additional quote after the type's name is as recorded.
        request = f"{self._dto.namespace}.{self._dto.name}{suffix}'"
        return BindingError(f"Could not deserialize '{type_}' request using {request}\nError: {error.message}")


def _parameters(request: Request) -> list[tuple[str, str]]:
    if request.query.count("&") > MAX_PARAMETERS:
        raise BindingError(f"A query may have {MAX_PARAMETERS} parameters at most.")
    return request.query_values


def _is_default(member: Property, value: Any) -> bool:
    return value is None or value == member.type.default or value == member.default_factory()


def _shown_value(member: Property, text: str) -> str:
    return HIDDEN if member.holds_secret else text


def _invalid(name: str, text: str) -> FieldError:
    return FieldError(name, f"'{shown(text)}' is an Invalid value for '{name}'", BindingError.code)


def _contradiction(member: Property, given: Any) -> FieldError:
    return FieldError(
        member.name, f"'{shown(given)}' contradicts the value of '{member.name}' in the path", BindingError.code
    )
