"""The address of the login page, for browsers that ask for something without being signed in, or sign out."""

from urllib.parse import quote, quote_plus

from parlour.engine.http.cookies import came_securely
from parlour.engine.http.messages import Request


def signed_out_address(request: Request, login_path: str) -> str:
    """The login page for somebody who has signed out, which can say so."""
    return f"{request.root_path}{login_path}?signed-out"


def login_address(request: Request, login_path: str) -> str:
    """The login page with the address to return to. Escapes are lower-case, as recorded."""
    base = f"{'https' if came_securely(request) else 'http'}://{request.header('host') or ''}{request.root_path}"
    asked_for = f"{base}{quote(request.path, safe='/%')}{'?' if request.query else ''}{request.query}"
    # In the escaped address every % begins an escape of two digits.
    head, *escapes = quote_plus(asked_for, safe="!*()").split("%")
    escaped = "".join(f"%{each[:2].lower()}{each[2:]}" for each in escapes)
    return f"{base}{login_path}?redirect={head}{escaped}"
