"""What a language is to the references: a name, the options it knows, and a function that writes the code.

A language is added as one module of this folder that makes a `Language` called `LANGUAGE`, and by its place in
`LANGUAGES` of `parlour.engine.references`. What is served, chosen, ordered and printed above the code is there for
all: `code` gets a `Source` and gives the text below the header, with the empty line that ends it.
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
    """How a language writes the block of options.

    `line` stands before the lines of facts, `unset` before the options that were not given and `given` before the
    others. `separator` stands in lists that were given, `gap` are the lines between facts and options, `extra` facts
    of the language's own. `strips` takes away the blank after a name without a value.
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
    """What code is written from. `title` is the application's; `is_page` says that it is shown on a page."""

    model: Model
    options: Options
    profile: Profile
    title: str = ""
    is_page: bool = False


@dataclass(frozen=True, eq=False)
class Language:
    """`path` is its name in addresses (`/types/python`), `title` the one people read, `key` the one in the index.

    `options` are printed in the head, in this order; `defaults` are those that differ from other languages',
    `defaults_of` those of them that depend on the code. `preamble` stands above the head, with that option in the place
    of `{GlobalNamespace}`. Without `is_listed` the pages of the operations do not lead to it.
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
        """The types of an operation for its page, without head, routes and answers."""
        options = options_of((), "", self.defaults)
        model = model_of_operation(api, operation, options)
        return self.code(Source(model, options, api.profile, api.title, is_page=True))


def head_of(language: Language, options: Options, made: str) -> str:
    """The block of options and what parts it from the code. `made` is when, as `2024-06-14 12:34:56`."""
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
