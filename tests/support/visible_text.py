"""The visible text of a page, in order."""

from html.parser import HTMLParser

_VOID = frozenset({"meta", "input", "br", "link", "img", "path"})
_UNSEEN = frozenset({"head", "svg"})


class _Reader(HTMLParser):
    def __init__(self, left_out: str | None) -> None:
        super().__init__()
        self._left_out = left_out
        self._open: list[tuple[str, bool]] = []
        self.nodes: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            return
        classes = (dict(attrs).get("class") or "").split()
        is_unseen = tag in _UNSEEN or self._left_out in classes or (bool(self._open) and self._open[-1][1])
        self._open.append((tag, is_unseen))

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        assert self._open[-1][0] == tag, f"</{tag}> ends <{self._open[-1][0]}>"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        if data.strip() and self._open and not self._open[-1][1]:
            self.nodes.append(data)


def text_nodes(page: bytes, *, left_out: str | None = None) -> list[str]:
    """The texts that are not blank, except in elements of the class `left_out`.

    Fails if the page's elements are not properly nested.
    """
    reader = _Reader(left_out)
    reader.feed(page.decode())
    reader.close()
    assert reader._open == []
    return reader.nodes


def words(page: bytes, *, left_out: str | None = None) -> list[str]:
    """The same as one list of words."""
    return " ".join(text_nodes(page, left_out=left_out)).split()
