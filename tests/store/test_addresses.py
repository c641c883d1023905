import pytest

from parlour.store.email_addresses import address_key, deliverable


@pytest.mark.parametrize(
    "other",
    ["ANN@example.org", "ann@EXAMPLE.ORG", " ann@example.org\n"],
)
def test_case_and_blanks_do_not_change_an_address(other: str) -> None:
    assert address_key(other) == address_key("ann@example.org") == "ann@example.org"


def test_a_domain_is_compared_in_its_ascii_form() -> None:
    assert address_key("ann@BÜCHER.example") == address_key("Ann@xn--bcher-kva.example")


def test_composed_and_decomposed_letters_are_one_address() -> None:
    assert address_key("Ame\u0301lie@example.org") == address_key("aM\u00e9lie@example.org")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("\u017fam", "sam"),
        ("stra\u00dfe", "strasse"),
        ("\u212aim", "kim"),
        ("\u212bsa", "asa"),
        ("\ufb01n", "fin"),
        ("\u0130da", "ida"),
        ("\u0131da", "ida"),
        ("\u00c9mile", "\u00e9mile"),
        ("\u03c3", "\u03c2"),
        ("\uff53am", "sam"),
        ("a\u00adnn", "ann"),
        ("a\u1fefb", "a`b"),
    ],
)
def test_letters_beyond_ascii_are_not_folded(one: str, other: str) -> None:
    assert address_key(f"{one}@example.org") != address_key(f"{other}@example.org")
    # Addresses for sending are different as well.
    assert deliverable(f"{one}@example.org") != deliverable(f"{other}@example.org")


@pytest.mark.parametrize("text", ["", "ann", "@", "ann@", "ann@\u0378", "ann@-\u00fc-", "a@b@c.example"])
def test_text_that_is_not_an_address_has_a_key_too(text: str) -> None:
    assert address_key(text) != address_key("ann@example.org")


@pytest.mark.parametrize("text", ["ann\0@example.org", "ann\ud800@example.org"])
def test_the_key_of_any_text_can_be_stored(text: str) -> None:
    assert "\0" not in address_key(text)
    assert address_key(text).encode("utf-8")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("ann@example.org", "ann@example.org"),
        (" Ann.O'Hara+news@Example.org\r\n", "Ann.O'Hara+news@example.org"),
        (f"{'a' * 64}@example.org", f"{'a' * 64}@example.org"),
        ("ann@localhost", "ann@localhost"),
        ("ann@mail.agency.local", "ann@mail.agency.local"),
        ("ann@XN--bcher-kva.example", "ann@b\u00fccher.example"),
        ("jo\u0308rg@B\u00dcCHER.example", "j\u00f6rg@b\u00fccher.example"),
        ("\u9ad8@example.org", "\u9ad8@example.org"),
        ("\u212aim@example.org", "\u212aim@example.org"),
    ],
)
def test_an_address_is_normalised_for_sending(text: str, address: str) -> None:
    assert deliverable(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ann",
        "@example.org",
        "ann@",
        "ann@@example.org",
        "a@b@example.org",
        "=?utf-8?q?bob=0D=0ABcc=3Av=40example.net?=@example.org",
        "bob=?@example.org",
        f"{'a' * 65}@example.org",
        "\u9ad8" * 65 + "@example.org",
        f"a@{'b.' * 126}org",
        '"ann"@example.org',
        '"ann bob"@example.org',
        '"ann@example.net,bob"@example.org',
        "ann(comment)@example.org",
        "ann@example.org(comment)",
        "Ann <ann@example.org>",
        "<ann@example.org>",
        "ann@example.org,bob@example.org",
        "ann@example.org;bob@example.org",
        "ann@[127.0.0.1]",
        "ann@[IPv6:::1]",
        "ann@127.0.0.1",
        "ann@a_b.example",
        "ann@xn--\u00fc.example",
        "ann@xn--a.example",
        "ann@example.org.",
        "ann@.example.org",
        "ann@a..b",
        "ann bob@example.org",
        "ann\\@example.org",
        ".ann@example.org",
        "ann.@example.org",
        "an..n@example.org",
        "ann@exa mple.org",
        "ann@-example-.org",
        "ann\r\nBcc:v@example.org",
        "ann@example.org\r\nBcc: v",
        "ann\0@example.org",
        "ann\x1b@example.org",
        "ann\x7f@example.org",
        "ann\x85@example.org",
        "ann\u2028@example.org",
        "ann\u00a0@example.org",
        "ann\u202e@example.org",
        "ann\u200b@example.org",
        "ann\ud800@example.org",
        # Full-width forms of characters with a meaning in headers.
        "v\uff20example.net\uff0cann@example.org",
        "ann\uff1c@example.org",
        "ann\u037e@example.org",
        "ann\uff20example.org",
    ],
    ids=ascii,
)
def test_an_ambiguous_address_is_refused(text: str) -> None:
    assert deliverable(text) is None
