"""Web Push on a whole server: its key, a browser, and a notification that arrives."""

import asyncio
from typing import Any

from tests.conftest import Store
from tests.support.push_service import PushService, serving
from tests.support.served import Served, served


def settings(store: Store, **more: str) -> dict[str, str]:
    return {"database_url": store.url, "throttles": "off", **more}


def administrator(server: Served) -> str:
    """The administrator that the first start created, with the password that it printed."""
    return f"admin@localhost:{server.said.split()[7]}"


ON = {"push_subject": "mailto:ops@agency.example", "push_private_services": "on"}


def test_a_browser_that_subscribes_is_told_by_the_server(store: Store) -> None:
    service = PushService()

    async def story(server: Served) -> None:
        def call(method: str, path: str, body: Any = None) -> Any:
            status, answer = server.call(method, path, body, caller=administrator(server))
            assert status == 200, answer
            return answer

        async with serving(service):
            browser = service.subscribe()
            keys = {"p256dh": browser.p256dh, "auth": browser.auth}
            key = (await asyncio.to_thread(call, "GET", "/v1/Push/Key"))["publicKey"]
            subscription = {"endpoint": browser.endpoint, "deviceName": "Firefox", **keys}
            saved = await asyncio.to_thread(call, "PUT", "/v1/Push/Subscriptions", subscription)
            id_ = saved["subscription"]["pushSubscriptionId"]
            await asyncio.to_thread(call, "POST", f"/v1/Push/Subscriptions/{id_}/Test")
            async with asyncio.timeout(60):
                await service.has_push.wait()
            [told] = service.told(browser)
            assert told["notification"]["title"] == "Parlour"
            assert service.arrived[0].claims(key)["sub"] == "mailto:ops@agency.example"
            await asyncio.to_thread(call, "DELETE", f"/v1/Push/Subscriptions/{id_}")
            assert (await asyncio.to_thread(call, "GET", "/v1/Push/Subscriptions"))["subscriptions"] == []

    with served(store.data_dir, settings=settings(store, **ON)) as server:
        asyncio.run(story(server))


def test_web_push_is_off_without_an_address_that_services_accept(sqlite_store: Store) -> None:
    with served(sqlite_store.data_dir, settings=settings(sqlite_store)) as server:
        me = administrator(server)
        assert server.call("GET", "/v1/Push/Key", caller=me)[1].get("publicKey") is None
        status, refused = server.call("PUT", "/v1/Push/Subscriptions", {}, caller=me)

    assert (status, refused["responseStatus"]["errorCode"]) == (409, "Conflict")
    assert "push_subject" in refused["responseStatus"]["message"]
