"""How the address of a mail server is read."""

import pytest

from parlour.delivery.mail import SmtpServer, smtp_server


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example", SmtpServer("mail.example", 25)),
        ("smtp://[::1]:2525", SmtpServer("::1", 2525)),
        ("smtps://mail.example", SmtpServer("mail.example", 465, is_tls=True)),
        ("smtp://u:p%40ss@mail.example", SmtpServer("mail.example", 587, "u", "p@ss", starttls="required")),
        ("smtp://u:p@localhost:26", SmtpServer("localhost", 26, "u", "p")),
        ("smtp://u:p@mail.example:26?starttls=auto", SmtpServer("mail.example", 26, "u", "p")),
        ("smtp://mail.example?starttls=off", SmtpServer("mail.example", 25, starttls="off")),
    ],
)
def test_the_address_of_a_server_says_how_to_reach_it(url: str, server: SmtpServer) -> None:
    assert smtp_server(url) == server


@pytest.mark.parametrize(
    "url",
    [
        "mail.example",
        "http://u:hidden@mail.example",
        "smtp://",
        "smtp://u:hidden@mail.example?starttls=maybe",
        "smtp://u:hidden@mail.example?tls=1",
        "smtp://u:hidden@mail.example:port",
        "smtp://u:hidden#2@mail.example",
        "smtp://mail.example?hidden=1",
    ],
)
def test_an_address_that_cannot_be_used_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ValueError, match=r"SMTP|[Pp]ort") as refused:
        smtp_server(url)

    assert "hidden" not in str(refused.value)


def test_a_server_shown_in_a_log_shows_no_password() -> None:
    assert "hidden" not in repr(smtp_server("smtp://u:hidden@mail.example"))
