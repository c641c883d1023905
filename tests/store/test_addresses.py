import pytest

from parlour.store.addresses import address_key


@pytest.mark.parametrize(
    "other",
    ["ANN@example.org", "ann@EXAMPLE.ORG", " ann@example.org\n"],
)
def test_case_and_blanks_do_not_make_another_address(other: str) -> None:
    assert address_key(other) == address_key("ann@example.org") == "ann@example.org"


def test_a_domain_is_compared_in_its_ascii_form() -> None:
    assert address_key("ann@BÜCHER.example") == address_key("Ann@xn--bcher-kva.example")


def test_composed_and_decomposed_letters_are_one_address() -> None:
    assert address_key("ame\u0301lie@example.org") == address_key("AM\u00c9LIE@example.org")


@pytest.mark.parametrize("text", ["", "ann", "@", "ann@", "ann@\u0378", "ann@-\u00fc-", "a@b@c.example"])
def test_text_that_is_no_address_has_a_key_too(text: str) -> None:
    assert address_key(text) != address_key("ann@example.org")


@pytest.mark.parametrize("text", ["ann\0@example.org", "ann\ud800@example.org"])
def test_a_key_can_be_stored_whatever_was_typed(text: str) -> None:
    assert "\0" not in address_key(text)
    assert address_key(text).encode("utf-8")
