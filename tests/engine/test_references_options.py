"""The effect of options on the code of languages with classes, structures and modules."""

import pytest

from tests.engine.referenced import awkward_services, reference

EFFECTS = [
    ("python", "AddDescriptionAsComments", "false", "class Paged:\n    page_number: int = 0\n"),
    ("python", "AddResponseStatus", "true", "    response_status: Optional[ResponseStatus] = None\n"),
    ("python", "AddImplicitVersion", "3", "    version: int = 3\n"),
    ("python", "InitializeCollections", "true", "    nodes: List[Node] = field(default_factory=list)\n"),
    ("python", "DefaultImports", "typing:*,mine:One/Two", "from typing import *\nfrom mine import One, Two\nObject"),
    ("python", "DataClass", "@dataclass(slots=True)", "\n@dataclass(slots=True)\nclass Paged"),
    ("python", "DataClassJson", "@mine", "\n@mine\n@dataclass\n"),
    ("java", "Package", "com.example", "package com.example;\n\nimport java.math.*;\n"),
    ("java", "GlobalNamespace", "Api", "public class Api\n{\n"),
    ("java", "AddPropertyAccessors", "false", "        public Date made = null;\n    }\n"),
    ("java", "SettersReturnThis", "false", "        public void setMade(Date value) { this.made = value; }\n"),
    ("java", "TreatTypesAsStrings", "DateTime,Node", "public HashMap<String,ArrayList<String>> places = null;"),
    ("java", "DefaultImports", "java.util.*", "import java.util.*;\n\npublic class dtos"),
    ("java", "InitializeCollections", "true", "public ArrayList<Node> children = new ArrayList<Node>();"),
    ("java", "AddImplicitVersion", "3", "public Integer version = 3;"),
    ("kotlin", "Package", "com.example", "package com.example\n\nimport java.math.*\n"),
    ("kotlin", "TreatTypesAsStrings", "DateTime", "open var made:String? = null"),
    ("kotlin", "InitializeCollections", "true", "open var children:ArrayList<Node> = ArrayList<Node>()"),
    ("swift", "MakePropertiesOptional", "false", "public var made:Date\n"),
    ("swift", "BaseClass", "Mine", "public class Node : Mine, Codable\n"),
    ("swift", "TreatTypesAsStrings", "DateTime", "public var made:String?\n"),
    ("swift", "InitializeCollections", "true", "public var children:[Node] = []\n"),
    ("dart", "BaseUrl", "https://other.example:8443", "TypeContext(library: 'other.example', types:"),
    ("dart", "GlobalNamespace", "mine", "library mine;\nimport 'package:servicestack/servicestack.dart';\n"),
    ("dart", "InitializeCollections", "true", "    List<Node> children = [];\n"),
    ("php", "GlobalNamespace", "mine", "<?php namespace mine;\n"),
    ("php", "MakePropertiesOptional", "true", "public ?DateTime $made=null"),
    ("php", "InitializeCollections", "true", "public array $children=[]"),
    ("ruby", "AddResponseStatus", "true", "response_status: { name: 'responseStatus', type: ServiceStack::"),
    ("ruby", "AddNamespaces", "mine,other", "require 'servicestack'\nrequire 'mine'\nrequire 'other'\n"),
    ("ruby", "AddReturnMarker", "false", "    end\n\n    def get_type_name() = 'FindNodes'\n"),
    ("go", "GlobalNamespace", "mine", "\npackage mine\n"),
    ("go", "MakePropertiesOptional", "true", '*time.Time      `json:"made,omitempty"`'),
    ("rust", "MakePropertiesOptional", "true", "    pub made: Option<String>,\n"),
    ("rust", "GlobalNamespace", "mine", "\npub mod mine {\n    use serde::{"),
    ("rust", "InitializeCollections", "true", "    pub children: Vec<Node>,\n"),
    ("zig", "GlobalNamespace", "mine", "\npub const mine = struct {\n\n    "),
    ("zig", "InitializeCollections", "true", "    children: []Node = &.{},\n"),
    ("zig", "MakePropertiesOptional", "true", "    pageNumber: ?i32 = null,\n"),
]


@pytest.mark.parametrize(("language", "option", "value", "printed"), EFFECTS)
def test_an_option_changes_the_code(language: str, option: str, value: str, printed: str) -> None:
    assert printed in reference(awkward_services(), language, **{option: value})
    assert printed not in reference(awkward_services(), language)


def test_a_class_with_a_base_reads_and_writes_it_too() -> None:
    swift = reference(awkward_services(), "swift")
    dart = reference(awkward_services(), "dart")
    php = reference(awkward_services(), "php")

    assert "        orders = try container.decodeIfPresent([SortOrder].self, forKey: .orders) ?? []\n" in swift
    assert "        type = try container.decodeIfPresent(Int.self, forKey: .type)\n" in swift
    assert "Map<String, dynamic> toJson() => super.toJson()..addAll({" in dart
    assert "        parent::__construct($pageNumber, $sortOrder);\n" in php


def test_a_response_that_is_not_an_object_is_created_as_in_its_language() -> None:
    assert "createResponse() => false;\n" in reference(awkward_services(), "dart")
    assert "new TypeToken<HashMap<String,Integer>>(){}.getType();" in reference(awkward_services(), "java")
