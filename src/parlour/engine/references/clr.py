"""What C#, F# and Visual Basic share: their client library, its attributes, and what a data contract adds."""

from collections.abc import Iterator, Sequence

from parlour.engine.references.language import Source
from parlour.engine.references.model import Attribute, Type
from parlour.engine.references.options import CONTRACT_VERSION, Options

NAMESPACES = (
    "System,System.IO,System.Collections,System.Collections.Generic,System.Runtime.Serialization,"
    "ServiceStack,ServiceStack.DataAnnotations"
)

DEFAULTS = {"DefaultNamespaces": NAMESPACES}

GENERATED = Attribute("GeneratedCode", (("Tool", "AddServiceStackReference"), ("Version", CONTRACT_VERSION)), True)

EXTENSIBLE = "IExtensibleDataObject"


def opened(options: Options) -> Sequence[str]:
    """The namespaces that any code needs, and those that the caller adds."""
    generated = ["System.CodeDom.Compiler"] if options.flag("AddGeneratedCodeAttributes") else []
    return (*options.names("DefaultNamespaces"), *generated, *options.names("AddNamespaces"))


def namespaces(source: Source) -> Sequence[str]:
    """Those of the types; one for all of them, or none, when the options say so."""
    if source.options.flag("ExcludeNamespace"):
        return ()
    everywhere = source.options.text("GlobalNamespace")
    return (everywhere,) if everywhere else source.model.namespaces


def by_namespace(source: Source) -> Iterator[tuple[str, Sequence[Type]]]:
    """The namespaces in their order, each with its types by name."""
    for namespace in sorted(namespaces(source)):
        is_everywhere = source.options.text("GlobalNamespace") == namespace
        yield namespace, [type_ for type_ in source.model.by_name if is_everywhere or type_.namespace == namespace]


def attributes_of(type_: Type, options: Options) -> Sequence[Attribute]:
    generated = options.flag("AddGeneratedCodeAttributes") and not type_.is_enum
    return (*type_.all_attributes, *((GENERATED,) if generated else ()))


def summary(text: str) -> list[str]:
    """A description above what it describes, in C# and F#; nothing when it is empty."""
    return ["///<summary>", *(f"///{line}" for line in text.splitlines()), "///</summary>"] if text else []


def is_extensible(type_: Type, options: Options) -> bool:
    """Whether a data contract keeps what it does not know."""
    return type_.is_data_contract and options.flag("MakeDataContractsExtensible")


def contract_namespaces(source: Source) -> Sequence[Attribute]:
    """What says in which XML namespace the data contracts of each namespace are."""
    xml_namespace = source.options.text("AddDefaultXmlNamespace")
    if not xml_namespace or not source.options.flag("AddDataContractAttributes"):
        return ()
    return [
        Attribute("assembly: ContractNamespace", (("", xml_namespace), ("ClrNamespace", namespace)))
        for namespace in namespaces(source)
    ]
