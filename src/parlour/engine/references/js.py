"""`/types/js`: functions in a CommonJS module, for the oldest browsers."""

from collections.abc import Iterator

from parlour.engine.references.language import Language, Source
from parlour.engine.references.mjs import CONTENT_TYPE, enum_values
from parlour.engine.references.model import Type
from parlour.engine.references.options import Options
from parlour.engine.references.typescript import new_answer
from parlour.engine.references.writing import indented

EXTENDS = """\
var __extends = (this && this.__extends) || (function () {
    var extendStatics = function (d, b) {
        extendStatics = Object.setPrototypeOf ||
            ({ __proto__: [] } instanceof Array && function (d, b) { d.__proto__ = b; }) ||
            function (d, b) { for (var p in b) if (Object.prototype.hasOwnProperty.call(b, p)) d[p] = b[p]; };
        return extendStatics(d, b);
    };
    return function (d, b) {
        if (typeof b !== "function" && b !== null)
            throw new TypeError("Class extends value " + String(b) + " is not a constructor or null");
        extendStatics(d, b);
        function __() { this.constructor = d; }
        d.prototype = b === null ? Object.create(b) : (__.prototype = b.prototype, new __());
    };
})();"""
"""The helper that TypeScript compilers put before classes with a base. Clients' tools search for it."""


def code(source: Source) -> str:
    options = source.options
    types = source.model.dependencies_first(with_framework=options.flag("AddServiceStackTypes"))
    names = " = ".join(f"exports.{type_.name}" for type_ in types)
    lines = ['"use strict";', *_imports(options), EXTENDS, "exports.__esModule = true;"]
    lines += [f"{names} = void 0;"] if types else []
    lines.append("")
    for type_ in types:
        lines += _enum(type_) if type_.is_enum else _class(type_)
    return "\n".join([*lines, "", ""])


def _imports(options: Options) -> Iterator[str]:
    for wanted in options.names("DefaultImports"):
        module, _, names = wanted.partition(":")
        yield f'var {{ {", ".join(names.split("/"))} }} = require("{module}");' if names else f'require("{module}");'


def _enum(type_: Type) -> Iterator[str]:
    name = type_.name
    yield f"var {name};"
    yield f"(function ({name}) {{"
    yield from indented(f"{value};" for value in enum_values(type_))
    yield f"}})({name} = exports.{name} || (exports.{name} = {{}}));"


def _class(type_: Type) -> Iterator[str]:
    name = type_.name
    base = "" if type_.base is None else type_.base.__name__
    yield f"var {name} = /** @class */ (function ({'_super' if base else ''}) {{"
    if base:
        yield f"    __extends({name}, _super);"
    yield f"    function {name}(init) {{"
    if base:
        yield "        var _this = _super.call(this, init) || this;"
        yield "        Object.assign(_this, init);"
        yield "        return _this;"
    else:
        yield "        Object.assign(this, init);"
    yield "    }"
    if type_.operation is not None:
        answer = new_answer(type_.returns)
        yield f"    {name}.prototype.getTypeName = function () {{ return '{name}'; }};"
        yield f"    {name}.prototype.getMethod = function () {{ return '{type_.verb}'; }};"
        yield f"    {name}.prototype.createResponse = function () {{{f' return {answer};' if answer else ''} }};"
    yield f"    return {name};"
    yield f"}}({base}));"
    yield f"exports.{name} = {name};"


LANGUAGE = Language(
    path="js",
    title="JavaScript (CommonJS)",
    key="Js",
    code=code,
    options=("AddServiceStackTypes", "AddDescriptionAsComments", "IncludeTypes", "ExcludeTypes", "DefaultImports"),
    content_type=CONTENT_TYPE,
    is_listed=False,
)
