"""The mails that a server has in its outbox, with the links and codes of invitations."""

import json
import re
import subprocess

from tests.support.served import PARLOUR, Served


def invitation_mail(server: Served, address: str) -> tuple[str, str]:
    """The link and the code of the newest mail to an address."""
    mails = json.loads(_outbox(server, "--json"))
    text = _outbox(server, next(mail["mailId"] for mail in mails if mail["to"] == address))
    (link,) = re.findall(r"http\S+/invite#\S+", text)
    (code,) = re.findall(r"enter this code: (\S{5}-\S{5})", text)
    return link, code


def _outbox(server: Served, *arguments: str) -> str:
    command = [str(PARLOUR), "outbox", *arguments, "--data-dir", str(server.data_dir), "--base-url", server.url]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout
