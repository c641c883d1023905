"""The HTTP interface of signing in, with accounts in memory instead of Parlour's tables."""

import asyncio
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from parlour.engine.accounts.authentication import AccountsAuthentication
from parlour.engine.accounts.credentials import MalformedCredentials, Presented, presented
from parlour.engine.accounts.jwt import JwtSigner
from parlour.engine.accounts.sessions import Lifetimes
from parlour.engine.accounts.sign_in import Authenticate, AuthenticateLogout, AuthenticateResponse, register
from parlour.engine.accounts.token_exchange import GetAccessToken, GetAccessTokenResponse
from parlour.engine.dto.errors import ApiError, Unauthorized
from parlour.engine.dto.metadata import dto_type, operation_of
from parlour.engine.http.messages import HttpResult, Request
from parlour.engine.serving.handlers import DirectHandler, Exchange, InlineUnits, Services
from parlour.engine.testing.memory_accounts import MemoryAccounts
from parlour.engine.testing.memory_store import MemoryUser
from tests.support.costs import Affordable

NOW = datetime(2026, 11, 22, 18, tzinfo=UTC)
LIVES = Lifetimes(access_token=timedelta(days=1), refresh_token=timedelta(days=9))


def accounts_of_ann(ended: list[str] | None = None) -> MemoryAccounts:
    """One user, `ann`, with the password `p`. Ended sessions are collected in `ended`."""

    async def keep(session_id: str) -> None:
        if ended is not None:
            ended.append(session_id)

    accounts = MemoryAccounts(JwtSigner(b"k" * 32), lifetimes=LIVES, on_session_end=keep, clock=lambda: NOW)
    accounts.add(MemoryUser(user_id="1", user_name="ann", email="ann@example.org", roles={"Agent"}), "p")
    return accounts


def call(
    dto: Any,
    method: str = "POST",
    target: str = "/",
    headers: Mapping[str, str] | None = None,
    *,
    format_name: str = "json",
    in_cookies: bool = True,
    accounts: MemoryAccounts | None = None,
) -> Any:
    services, known = Services(), accounts or accounts_of_ann()
    authentication = AccountsAuthentication(known)
    register(services, known, authentication, tokens_in_cookies=in_cookies, known_roles=["Agent", "Boss"])
    handlers = services.handlers[type(dto)]
    handler = handlers.get(method) or handlers["ANY"]
    assert isinstance(handler, DirectHandler)
    path, _, query = target.partition("?")
    given = [("host", "parlour.test"), *(headers or {}).items()]
    request = Request(method=method, path=path, query=query, headers=given)
    return asyncio.run(_answered(handler, dto, Exchange(request, InlineUnits(), format_name)))


async def _answered(handler: DirectHandler, dto: Any, exchange: Exchange) -> Any:
    return await handler.function(dto, exchange)


def signing_in(**changes: Any) -> Authenticate:
    return Authenticate(**({"provider": "credentials", "user_name": "ann", "password": "p"} | changes))


def set_cookies(result: HttpResult) -> list[str]:
    return [value for name, value in result.headers if name == "Set-Cookie"]


def test_members_are_in_the_recorded_order() -> None:
    names = [member.wire_name for member in dto_type(Authenticate).xml_properties]

    assert names[:4] == ["provider", "UserName", "Password", "RememberMe"]
    assert [member.wire_name for member in dto_type(AuthenticateResponse).xml_properties] == [
        *("UserId", "SessionId", "UserName", "DisplayName", "ReferrerUrl", "BearerToken", "RefreshToken"),
        *("RefreshTokenExpiry", "ProfileUrl", "Roles", "Permissions", "AuthProvider", "ResponseStatus", "Meta"),
    ]


def test_signing_out_has_its_own_route_besides_the_providers_route() -> None:
    assert [route.path for route in operation_of(AuthenticateLogout).routes] == ["/auth/logout"]
    assert "/auth/{provider}" in [route.path for route in operation_of(Authenticate).routes]


def test_cookies_are_written_as_clients_know_them() -> None:
    first, second, *others = set_cookies(call(signing_in()))

    assert re.fullmatch(r"ss-id=\w{20}; path=/; samesite=lax; httponly", first)
    assert re.fullmatch(r"ss-pid=\w{20}; expires=\w{3}, [^;]+ GMT; max-age=630720000; path=/; [^;]+; httponly", second)
    assert others[0].startswith("ss-opt=temp; expires=")
    assert [value.partition("; ")[2] for value in others[-2:]] == [
        "expires=Mon, 23 Nov 2026 18:00:00 GMT; max-age=86400; path=/; samesite=lax; httponly",
        "expires=Tue, 01 Dec 2026 18:00:00 GMT; max-age=777600; path=/; samesite=lax; httponly",
    ]


@pytest.mark.parametrize(("is_permanent", "counting"), [(False, "ss-id"), (True, "ss-pid")])
def test_only_the_session_cookie_that_counts_opens_the_session(is_permanent: bool, counting: str) -> None:
    accounts = accounts_of_ann()
    given = set_cookies(call(signing_in(remember_me=is_permanent), accounts=accounts))
    ids = dict(value.partition(";")[0].split("=", 1) for value in given[:2])

    opening = [name for name, value in ids.items() if accounts.of_session(value, None) is not None]
    assert opening == [counting]


def test_tokens_in_the_body_are_not_also_in_cookies() -> None:
    result = call(signing_in(), in_cookies=False)

    assert result.body.bearer_token.count(".") == result.body.refresh_token.count(".") == 2
    assert result.body.refresh_token_expiry == NOW + LIVES.refresh_token
    assert not any("ss-tok" in value for value in set_cookies(result))


def test_a_user_name_needs_no_provider_but_a_provider_needs_a_user_name() -> None:
    assert call(signing_in(provider=None)).body.user_id == "1"
    with pytest.raises(Unauthorized, match="Not Authenticated"):
        call(Authenticate())
    with pytest.raises(ApiError, match="must not be empty"):
        call(Authenticate(provider="credentials"))


def test_asking_who_is_signed_in_returns_no_tokens() -> None:
    accounts = accounts_of_ann()
    token = call(signing_in(), in_cookies=False, accounts=accounts).body.bearer_token

    result = call(Authenticate(), "GET", headers={"authorization": f"Bearer {token}"}, accounts=accounts)

    assert (result.body.user_id, result.body.auth_provider, result.body.roles) == ("1", "jwt", ["Agent"])
    assert result.headers == []


def test_a_refresh_answers_in_the_body_or_by_cookie_as_requested() -> None:
    accounts = accounts_of_ann()
    token = call(signing_in(), in_cookies=False, accounts=accounts).body.refresh_token

    in_body = call(GetAccessToken(refresh_token=token), in_cookies=False, accounts=accounts)
    by_cookie = call(GetAccessToken(), headers={"cookie": f"ss-reftok={token}"}, in_cookies=False, accounts=accounts)

    assert in_body.access_token.count(".") == 2
    assert by_cookie.body == GetAccessTokenResponse()
    assert set_cookies(by_cookie)[0].startswith("ss-tok=ey")


# Browsers


@pytest.mark.parametrize(
    ("target", "headers", "location"),
    [
        ("/auth/credentials?continue=/x", {}, "/x"),
        ("/auth/credentials?redirect=/y", {}, "/y"),
        ("/auth/credentials?continue=http://parlour.test/z", {}, "http://parlour.test/z"),
        ("/auth/credentials?continue=HTTPS://parlour.test?z", {}, "HTTPS://parlour.test?z"),
        ("/auth/credentials", {"referer": "http://parlour.test/login?a=b"}, "http://parlour.test/login?a=b"),
        ("/auth/credentials?continue=/%D0%B6", {}, "/%D0%B6"),
    ],
)
def test_a_form_redirects_to_its_return_address(target: str, headers: dict[str, str], location: str) -> None:
    result = call(signing_in(), target=target, headers=headers, format_name="html")

    assert (result.status, ("Location", location) in result.headers) == (302, True)
    assert len(set_cookies(result)) == 7


def test_a_failed_form_redirects_back_with_the_reason() -> None:
    result = call(signing_in(password="x"), target="/auth/credentials?continue=/x", format_name="html")

    assert ("Location", "/x?f=Invalid+Username+or+Password") in result.headers
    assert [value.partition(";")[0] for value in set_cookies(result)] == ["ss-opt=temp"]


@pytest.mark.parametrize(
    "address",
    [
        "http://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "https://[",
        "http://parlour.test@evil.example/",
        "http://evil.example/?http://parlour.test/",
        "http:/parlour.test",
        "/x%0aSet-Cookie:a",
        "x",
    ],
)
def test_a_form_does_not_redirect_to_other_sites(address: str) -> None:
    with pytest.raises(ApiError, match="External Redirects are not permitted"):
        call(signing_in(), target=f"/auth/credentials?continue={address}", format_name="html")


def test_a_return_address_is_checked_in_linear_time(affordable: Affordable) -> None:
    accents = "%CC%81" * 20_000 + "%CC%96" * 20_000

    def refused() -> None:
        with pytest.raises(ApiError, match="External Redirects are not permitted"):
            call(signing_in(), target=f"/auth/credentials?continue=http://a{accents}/", format_name="html")

    affordable(refused)


@pytest.mark.parametrize(
    ("target", "headers"),
    [
        ("/auth/credentials", {}),
        ("/auth/credentials?noredirect&continue=/x", {}),
        ("/auth/credentials", {"referer": "http://evil.example/"}),
    ],
)
def test_without_a_return_address_the_response_is_sent(target: str, headers: dict[str, str]) -> None:
    assert call(signing_in(), target=target, headers=headers, format_name="html").status == 200


def test_programs_are_never_redirected() -> None:
    assert call(signing_in(), target="/auth/credentials?continue=/x").status == 200


def test_signing_out_redirects_back_too() -> None:
    result = call(AuthenticateLogout(), target="/auth/logout?continue=/bye", format_name="html")

    assert (result.status, ("Location", "/bye") in result.headers) == (302, True)


# Credentials


def presented_by(**headers: str) -> Presented | None:
    given = [(name.replace("_", "-").lower(), value) for name, value in headers.items()]
    return presented(Request(method="GET", path="/", headers=given))


def test_the_option_cookie_chooses_the_session_cookie() -> None:
    ids = "ss-id=a; ss-pid=b"

    assert presented_by(cookie=ids) == Presented(session="a")
    assert presented_by(cookie=f"{ids}; ss-opt=temp") == Presented(session="a")
    assert presented_by(cookie=f"{ids}; ss-opt=perm") == Presented(session="b")
    assert presented_by(cookie=ids, x_ss_pid="c", x_ss_opt="perm") == Presented(session="c")


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic", "Basic YW5u", "Basic Og==", "Foo x"])
def test_an_incomplete_header_contains_no_credentials(header: str) -> None:
    assert presented_by(authorization=header) is None
    assert presented_by(authorization=header, cookie="ss-tok=t") == Presented(token_cookie="t")


def test_a_password_may_contain_colons_and_any_letters() -> None:
    assert presented_by(authorization="Basic YW5uOnA6w6k=") == Presented(basic=("ann", "p:é"))


def test_with_an_empty_password_the_name_is_an_api_key() -> None:
    assert presented_by(authorization="Basic YWsteDo=") == Presented(basic_key="ak-x")


def test_an_api_key_comes_in_its_own_header_or_as_bearer() -> None:
    assert presented_by(x_api_key="ak-1") == Presented(api_key="ak-1")
    assert presented_by(authorization="Bearer ak-1") == Presented(bearer="ak-1", api_key="ak-1")


def test_basic_credentials_not_in_base64_are_reported_as_such() -> None:
    with pytest.raises(MalformedCredentials, match="not a valid Base-64 string"):
        presented_by(authorization="Basic !!!")


def test_credentials_are_not_in_their_repr() -> None:
    shown = presented_by(authorization="Basic YW5uOnA6w6k=", cookie="ss-tok=hush; ss-reftok=hush; ss-id=hush")

    assert "hush" not in repr(shown) and "ann" not in repr(shown)


def test_a_signed_out_or_replaced_session_is_reported_as_ended() -> None:
    ended: list[str] = []
    accounts = accounts_of_ann(ended)
    sessions: list[str] = []
    shown: dict[str, str] = {}
    for _ in range(2):
        signed_in = call(signing_in(), headers=shown, accounts=accounts)
        sessions.append(signed_in.body.session_id)
        shown = {"cookie": set_cookies(signed_in)[0].partition(";")[0]}
    call(AuthenticateLogout(), headers=shown, accounts=accounts)

    assert ended == sessions
