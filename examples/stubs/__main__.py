"""Serves a host of the recordings: `python -m examples.stubs` is `open`, `python -m examples.stubs auth` has users."""

import sys

import uvicorn

from examples.stubs.auth import auth_accounts, auth_events, auth_services
from examples.stubs.services import open_services
from parlour.engine import AsgiApp, EngineOptions, standard_engine
from parlour.engine.codecs import Profile

if sys.argv[1:] == ["auth"]:
    services, authentication = auth_services(auth_accounts(), tokens_in_cookies=True)
    events = auth_events(authentication, Profile())
    events.register(services)
    engine = standard_engine(
        services, authentication=authentication, events=events, options=EngineOptions(session_cookies=True)
    )
else:
    engine = standard_engine(open_services())
uvicorn.run(AsgiApp(engine), port=8080)
