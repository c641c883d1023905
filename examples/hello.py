"""The smallest application: one operation, in every format, with its pages. `python examples/hello.py` serves it."""

from dataclasses import dataclass

import uvicorn

from parlour.engine import AsgiApp, Services, namespace, returns, route, standard_engine


@namespace("Hello")
@dataclass
class HelloResponse:
    result: str | None = None


@route("/hello")
@route("/hello/{Name}")
@returns(HelloResponse)
@namespace("Hello")
@dataclass
class Hello:
    """Greets somebody."""

    name: str | None = None


def hello(request: Hello, tx: object, caller: object) -> HelloResponse:
    return HelloResponse(f"Hello, {request.name or 'World'}!")


services = Services()
services.add(Hello, any=hello)
app = AsgiApp(standard_engine(services))

if __name__ == "__main__":
    uvicorn.run(app, port=8080)
