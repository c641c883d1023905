"""An application below a prefix, as the host of the contact interface."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from examples.stubs.services import CANVARA, AddContactResponse, number
from parlour.engine import standard_engine
from parlour.engine.dto.declare import namespace, returns, route
from parlour.engine.dto.metadata import DeclarationError
from parlour.engine.http.cors import Cors
from parlour.engine.serving.handlers import Handler, InlineUnits, Services
from parlour.engine.serving.options import EngineOptions
from parlour.engine.serving.pipeline import Engine
from tests.support.asgi_face import call

ID = number(7)


@route("/contacts/{ContactId}/invite/contact")
@returns(AddContactResponse)
@namespace(CANVARA)
@dataclass(kw_only=True)
class InviteContact:
    contact_id: str | None = None


def engine(prefix: str, **options: Any) -> Engine:
    services = Services()
    services.add(
        InviteContact, any=Handler(lambda request, tx, caller: AddContactResponse(contact_id=request.contact_id))
    )
    return standard_engine(services, InlineUnits(), options=EngineOptions(prefix=prefix, **options))


@pytest.mark.parametrize(
    "path",
    [
        f"/api/contacts/{ID}/invite/contact",
        f"/API/Contacts/{ID}/invite/contact.json",
        f"/api/json/reply/InviteContact?ContactId={ID}",
        f"/Api/json/oneway/invitecontact?ContactId={ID}",
    ],
)
def test_operations_are_below_the_prefix_in_any_case(path: str) -> None:
    answer = call(engine("/api"), "POST", path)

    assert json.loads(answer.body) == {"contactId": ID}


@pytest.mark.parametrize(
    "path", [f"/contacts/{ID}/invite/contact", "/json/reply/InviteContact", "/apis/metadata", "/", "/metadata"]
)
def test_paths_outside_the_prefix_are_not_found(path: str) -> None:
    answer = call(engine("/api", cors=Cors()), "GET", path)
    default_headers = [("x-content-type-options", "nosniff"), ("cross-origin-resource-policy", "cross-origin")]

    assert (answer.status, answer.headers, answer.body) == (404, [("content-length", "0"), *default_headers], b"")


@pytest.mark.parametrize("path", ["/api/api", "/api/api/InviteContact"])
def test_below_a_prefix_of_api_there_is_no_second_api_route(path: str) -> None:
    assert call(engine("/api"), "GET", path).status == 404


def test_below_another_prefix_operations_have_their_api_address_too() -> None:
    served = engine("/office/one")

    assert call(served, "GET", f"/office/one/api/InviteContact?ContactId={ID}").status == 200
    assert b'"http://parlour.test/office/one/api/InviteContact"' in call(served, "GET", "/office/one/api").body


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/metadata/"])
def test_the_prefix_alone_leads_to_the_pages(path: str) -> None:
    answer = call(engine("/api"), "GET", path)

    assert (answer.status, answer.header("location")) == (302, "/api/metadata")


def test_pages_print_the_prefix_with_each_route() -> None:
    page = call(engine("/api"), "GET", "/api/metadata?op=InviteContact").body.decode()

    assert "/api/contacts/{ContactId}/invite/contact" in page
    assert 'href="/metadata' not in page


def test_openapi_is_below_the_prefix_and_names_it() -> None:
    assert json.loads(call(engine("/api"), "GET", "/api/openapi.json").body)["servers"] == [{"url": "/api"}]


def test_a_body_that_is_not_read_is_refused_in_the_format_of_its_operation() -> None:
    answer = call(engine("/api"), "POST", "/api/xml/reply/InviteContact", b" " * 2_000_000)

    assert (answer.status, answer.header("content-type")) == (413, "application/xml")


@pytest.mark.parametrize("prefix", ["api", "/api/", "/", "/a b", "/{api}"])
def test_an_invalid_prefix_stops_the_start(prefix: str) -> None:
    with pytest.raises(DeclarationError, match="must start with /"):
        engine(prefix)
