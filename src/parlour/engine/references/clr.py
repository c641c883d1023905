"""The common parts of C#, F# and Visual Basic: client library, attributes, and additions of data contracts."""

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
    """The namespaces that all code needs, and those that the caller adds."""
    generated = ["System.CodeDom.Compiler"] if options.flag("AddGeneratedCodeAttributes") else []
    return (*options.names("DefaultNamespaces"), *generated, *options.names("AddNamespaces"))


def namespaces(source: Source) -> Sequence[str]:
    """The namespaces of the types. By the options there is one for all types, or none."""
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
    """A description above what it describes, in C# and F#; no lines if it is empty."""
    return ["///<summary>", *(f"///{line}" for line in text.splitlines()), "///</summary>"] if text else []


def is_extensible(type_: Type, options: Options) -> bool:
    """Whether a data contract keeps members that it does not know."""
    return type_.is_data_contract and options.flag("MakeDataContractsExtensible")


def contract_namespaces(source: Source) -> Sequence[Attribute]:
    """The attributes that name the XML namespace of each namespace's data contracts."""
    xml_namespace = source.options.text("AddDefaultXmlNamespace")
    if not xml_namespace or not source.options.flag("AddDataContractAttributes"):
        return ()
    return [
        Attribute("assembly: ContractNamespace", (("", xml_namespace), ("ClrNamespace", namespace)))
        for namespace in namespaces(source)
    ]
