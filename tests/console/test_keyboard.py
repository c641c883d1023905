"""What a person does by the keyboard alone."""

from playwright.sync_api import Page, expect

from tests.support.console import Desk


def test_a_list_under_a_field_is_walked_by_the_arrows(people: Desk) -> None:
    page = people.sign_in("ada")
    page.wait_for_selector(".entry")
    page.keyboard.press("Control+k")
    options = page.get_by_role("option")
    field = page.get_by_role("combobox")
    expect(options.first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowUp")
    expect_active(page, options.last.inner_text())
    page.keyboard.press("ArrowDown")
    expect_active(page, options.first.inner_text())
    page.keyboard.press("End")
    expect_active(page, options.last.inner_text())
    page.keyboard.press("Home")
    expect_active(page, options.first.inner_text())

    # After a letter they are for the text again.
    page.keyboard.type("xyz")
    expect(options).to_have_text(["Search messages for “xyz”"])
    page.keyboard.press("Home")
    page.keyboard.type("w")
    expect(field).to_have_value("wxyz")
    page.keyboard.press("Escape")

    # In the choice of people nobody is chosen by Enter alone, since it is also for the form.
    page.keyboard.press("Control+k")
    page.keyboard.type("new chat")
    page.keyboard.press("Enter")
    expect(options.first).to_be_visible()
    expect(field).to_have_attribute("aria-expanded", "true")
    expect(page.locator("[aria-selected=true]")).to_have_count(0)
    page.keyboard.press("ArrowDown")
    expect_active(page, options.first.inner_text())
    page.keyboard.press("Enter")
    expect(page.locator(".chip")).to_have_text("Ben Frost")
    expect(field).to_be_focused()
    page.keyboard.type("nobody at all")
    expect(options).to_have_count(0)
    expect(field).to_have_attribute("aria-expanded", "false")


def expect_active(page: Page, words: str) -> None:
    """Waits until the field with the focus names the option with these words as its active one."""
    active = page.locator("[aria-selected=true]")
    expect(active).to_have_text(words, use_inner_text=True)
    expect(page.locator(":focus")).to_have_attribute("aria-activedescendant", active.get_attribute("id") or "")
