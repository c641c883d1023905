"""`/types/{language}`: the operations' types as code, which people copy into their programs."""

from collections.abc import Mapping

from parlour.engine.references import (
    csharp,
    dart,
    fsharp,
    go,
    java,
    js,
    kotlin,
    mjs,
    php,
    python,
    ruby,
    rust,
    swift,
    typescript,
    vbnet,
    zig,
)
from parlour.engine.references.language import Language

LANGUAGES: Mapping[str, Language] = {
    language.path: language
    for language in (
        csharp.LANGUAGE,
        mjs.LANGUAGE,
        typescript.LANGUAGE,
        dart.LANGUAGE,
        java.LANGUAGE,
        kotlin.LANGUAGE,
        python.LANGUAGE,
        php.LANGUAGE,
        swift.LANGUAGE,
        vbnet.LANGUAGE,
        fsharp.LANGUAGE,
        go.LANGUAGE,
        rust.LANGUAGE,
        ruby.LANGUAGE,
        zig.LANGUAGE,
        js.LANGUAGE,
        typescript.DECLARATIONS,
    )
}
"""The languages by their names in addresses, in the order of the pages."""
