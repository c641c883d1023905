"""The description of a language for references: its name, its options, and a function that writes the code.

To add a language, add a module to this folder with a `Language` called `LANGUAGE`, and put it into `LANGUAGES` of
`parlour.engine.references`. Serving, choosing, sorting and the header are the same for all languages. `code` takes a
`Source` and returns the text below the header, with the empty line that ends it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from parlour.engine.codecs import Profile
from parlour.engine.dto.metadata import Operation
from parlour.engine.references.model import Model, model_of_operation
from parlour.engine.references.options import CONTRACT_VERSION, LISTS, Options, options_of
from parlour.engine.serving.description import ApiDescription


@dataclass(frozen=True, slots=True)
class Head:
    """How a language writes the header with the options.

    `line` is put before the lines of facts, `unset` before options that were not given, and `given` before the others.
    `separator` is used in lists that were given, `gap` are the lines between facts and options, and `extra` are facts
    of the language's own. `strips` removes the blank after a name without a value.
    """

    opening: Sequence[str] = ("/* Options:",)
    closing: Sequence[str] = ("*/", "")
    line: str = ""
    unset: str = "//"
    given: str = ""
    separator: str = ","
    gap: Sequence[str] = ("",)
    extra: Sequence[str] = ()
    strips: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """The input for writing code. `title` is the application's. `is_page` says that it is shown on a page."""

    model: Model
    options: Options
    profile: Profile
    title: str = ""
    is_page: bool = False


@dataclass(frozen=True, eq=False)
class Language:
    """A language: `path` is its name in addresses (`/types/python`), `title` for people, `key` in the index.

    `options` are printed in the header, in this order. `defaults` are those that differ from other languages,
    `defaults_of` those that depend on the code. `preamble` is printed above the header, with the value of that option
    instead of `{GlobalNamespace}`. If it is not `is_listed`, the pages of the operations do not link to it.
    """

    path: str
    title: str
    code: Callable[[Source], str]
    options: Sequence[str]
    key: str = ""
    defaults: Mapping[str, str] = field(default_factory=dict)
    defaults_of: Callable[[str], Mapping[str, str]] | None = None
    head: Head = field(default_factory=Head)
    preamble: str = ""
    content_type: str = "text/plain; charset=utf-8"
    aliases: Sequence[str] = ()
    is_listed: bool = True

    @property
    def index_key(self) -> str:
        return self.key or self.title

    def code_of(self, api: ApiDescription, operation: Operation) -> str:
        """The code of an operation's types for its page, without the header and routes."""
        options = options_of((), "", self.defaults)
        model = model_of_operation(api, operation, options)
        return self.code(Source(model, options, api.profile, api.title, is_page=True))


def head_of(language: Language, options: Options, made: str) -> str:
    """The header, and the line that separates it from the code. `made` is a time such as `2024-06-14 12:34:56`."""
    style = language.head
    facts = [
        f"Date: {made}",
        *style.extra,
        f"Version: {CONTRACT_VERSION}",
        f'Tip: To override a DTO option, remove "{style.unset.strip()}" prefix before updating',
        f"BaseUrl: {options.text('BaseUrl')}",
    ]
    lines = [*style.opening, *(style.line + fact for fact in facts), *style.gap]
    for name in language.options:
        is_given = name in options.given
        value = style.separator.join(options.names(name)) if is_given and name in LISTS else options.text(name)
        line = f"{style.given if is_given else style.unset}{name}: {value}"
        lines.append(line.rstrip() if style.strips else line)
    return "".join(f"{line}\n" for line in (*lines, *style.closing))
