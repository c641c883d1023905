"""`/types/{language}`: the operations' types as code, which clients of that language copy beside their programs."""

from collections.abc import Mapping

from parlour.contract.references.language import Language

# In the order of the language bar on pages.
LANGUAGES: Mapping[str, Language] = {language.path: language for language in ()}
"""The languages by their names in addresses."""
