"""Somebody who uses a page by the keyboard alone."""

import re

from playwright.sync_api import Locator, Page, expect

# What is wrong with the focus: nothing has it, or it cannot be seen. A field may show it by what is around it. It is
# waited for, since a page may need a moment.
_FOCUS = """
async () => {
    const shows = (element) => {
        const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
        return (outlineStyle !== "none" && parseFloat(outlineWidth) > 0) || boxShadow.includes("inset");
    };
    const problem = () => {
        const active = document.activeElement;
        if (!active || active === document.body) return "Nothing has the focus.";
        const name = active.outerHTML.slice(0, 200);
        if (!active.checkVisibility()) return `What has the focus is hidden: ${name}`;
        return shows(active) || shows(active.parentElement) ? "" : `The focus is not shown: ${name}`;
    };
    const ends = Date.now() + 20_000;
    while (problem() && Date.now() < ends) await new Promise((done) => setTimeout(done, 20));
    return problem();
}
"""


class Hands:
    """After whatever the keys do, something has the focus, and shows it."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @property
    def focus(self) -> Locator:
        return self.page.locator(":focus")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
        self.look()

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)
        self.look()

    def look(self) -> None:
        """Fails unless the focus is somewhere, and is seen there."""
        problem = self.page.evaluate(_FOCUS)
        assert problem == "", problem

    def reach(self, target: Locator, key: str = "Tab", most: int = 80) -> None:
        """Presses a key until the target has the focus."""
        expect(target).to_be_visible()
        for _ in range(most):
            if target.evaluate("element => element === document.activeElement"):
                return self.look()
            self.page.keyboard.press(key)
        raise AssertionError(f"{key} does not lead to {target}.")

    def use(self, target: Locator, key: str = "Enter", by: str = "Tab") -> None:
        """Reaches a control, and presses it."""
        self.reach(target, by)
        self.press(key)

    def choose(self, menu: Locator, action: str, by: str = "Tab") -> None:
        """Opens the menu of a button, and chooses an action."""
        self.reach(menu, by)
        self.page.keyboard.press("Enter")
        item = self.page.get_by_role("menuitem", name=re.compile(f"^{re.escape(action)}$"))
        expect(self.page.locator("[role=menuitem]:focus")).to_have_count(1)
        self.use(item, by="ArrowDown")
