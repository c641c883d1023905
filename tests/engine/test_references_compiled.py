"""Compiles the references with the compilers and interpreters of their languages.

Stubs declare the imported names of the client libraries. The machines that run the tests have no compiler for Kotlin,
Swift, Dart and Zig, so these references are only compared.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from examples.stubs.services import open_services
from parlour.engine.serving.handlers import Services
from tests.engine.referenced import awkward_services, reference

Judge = Callable[[str, Path], None]

_JAVA_STUBS = {
    "net/servicestack/client": """
interface IReturn<T> { Object getResponseType(); }
interface IReturnVoid { }
@interface ApiResponse { String Description() default ""; }
@interface ApiMember { String Name() default ""; String DataType() default ""; String ParameterType() default ""; \
String Description() default ""; boolean IsRequired() default false; }
@interface Route { String Path(); String Verbs() default ""; }
@interface DataContract { String Namespace() default ""; }
@interface DataMember { String Name() default ""; int Order() default 0; }
@interface Flags { }
class ResponseStatus { }
class TimeSpan { }
""",
    "com/google/gson/annotations": "@interface SerializedName { String value(); }",
    "com/google/gson/reflect": """
class TypeToken<T> { protected TypeToken() { } public java.lang.reflect.Type getType() { return null; } }
""",
}
"""By package, one declaration per line."""

_GO_STUBS = {
    "go.mod": """
module dtos
require github.com/ServiceStack/servicestack-go v0.0.0
replace github.com/ServiceStack/servicestack-go => ./client
""",
    "client/go.mod": "module github.com/ServiceStack/servicestack-go\n",
    "client/client.go": "package servicestack\n\ntype ResponseStatus struct{}\n",
}

_RUST_STUBS = {
    "serde_derive": """
extern crate proc_macro;
use proc_macro::TokenStream;
#[proc_macro_derive(Serialize, attributes(serde))]
pub fn serialize(_: TokenStream) -> TokenStream { TokenStream::new() }
#[proc_macro_derive(Deserialize, attributes(serde))]
pub fn deserialize(_: TokenStream) -> TokenStream { TokenStream::new() }
""",
    "serde": "pub use serde_derive::{Deserialize, Serialize};",
    "serde_json": "#[derive(Debug, Clone, PartialEq, Default)] pub struct Value {}",
    "servicestack": """
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ResponseStatus {}
pub trait IRequest { const NAME: &'static str; const VERB: &'static str; }
pub trait IReturn { type Response; }
pub trait IReturnVoid {}
""",
}


def java(source: str, folder: Path) -> None:
    for package, declarations in _JAVA_STUBS.items():
        (folder / package).mkdir(parents=True)
        for declaration in declarations.strip().splitlines():
            name = declaration.split()[1].partition("<")[0]
            stub = f"package {package.replace('/', '.')};\npublic {declaration}\n"
            (folder / package / f"{name}.java").write_text(stub)
    (folder / "dtos.java").write_text(source)
    accepted(["javac", "-proc:none", "-d", "classes", "-sourcepath", ".", "dtos.java"], folder)


def go(source: str, folder: Path) -> None:
    (folder / "client").mkdir()
    for path, text in _GO_STUBS.items():
        (folder / path).write_text(text)
    (folder / "dtos.go").write_text(source)
    accepted(["go", "vet", "."], folder, GOFLAGS="-mod=mod", GOPROXY="off", GOCACHE=str(folder / "cache"))
    assert accepted(["gofmt", "-l", "dtos.go"], folder) == "", "gofmt would lay it out otherwise"


def rust(source: str, folder: Path) -> None:
    for crate, text in _RUST_STUBS.items():
        (folder / f"{crate}.rs").write_text(text)
        kind = "proc-macro" if crate == "serde_derive" else "lib"
        derive = ["--extern", "serde_derive=libserde_derive.so"] if crate == "serde" else []
        accepted(["rustc", "--edition", "2021", "--crate-type", kind, *derive, f"{crate}.rs"], folder)
    (folder / "dtos.rs").write_text(source)
    known = [f"--extern={crate}=lib{crate}.rlib" for crate in ("serde", "serde_json", "servicestack")]
    accepted(
        ["rustc", "--edition", "2021", "--crate-type", "lib", "--emit", "metadata", "-L", ".", *known, "dtos.rs"],
        folder,
    )


def php(source: str, folder: Path) -> None:
    (folder / "dtos.php").write_text(source)
    accepted(["php", "-l", "dtos.php"], folder)


def ruby(source: str, folder: Path) -> None:
    (folder / "dtos.rb").write_text(source)
    assert accepted(["ruby", "-wc", "dtos.rb"], folder) == "Syntax OK\n"


def python(source: str, folder: Path) -> None:
    (folder / "dtos.py").write_text(source)
    accepted([sys.executable, "-W", "error::SyntaxWarning", "-c", "import dtos"], folder)


def accepted(command: list[str], folder: Path, **environment: str) -> str:
    """The output of the program. A failure shows its errors."""
    run = subprocess.run(command, cwd=folder, env=os.environ | environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


PROGRAMS: dict[Judge, str] = {java: "javac", go: "go", rust: "rustc", php: "php", ruby: "ruby", python: sys.executable}


@pytest.mark.parametrize("services", [open_services, awkward_services])
@pytest.mark.parametrize("judge", [java, go, rust, php, ruby, python])
def test_the_languages_compiler_accepts_the_code(
    judge: Judge, services: Callable[[], Services], tmp_path: Path
) -> None:
    if shutil.which(PROGRAMS[judge]) is None:
        pytest.skip(f"{PROGRAMS[judge]} is not on this machine")

    judge(reference(services(), judge.__name__), tmp_path)
