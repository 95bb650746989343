"""Reads pages as tests do: their elements, links and forms, without a browser."""

from html.parser import HTMLParser

from aiohttp import ClientResponse

HTML = {"Accept": "text/html"}


class Document(HTMLParser):
    """The elements of a page in order, and its visible text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.headings: list[str] = []
        self._open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        if text and "style" not in self._open and "script" not in self._open:
            self.words.append(text)
            if "h1" in self._open:
                self.headings.append(text)

    @property
    def text(self) -> str:
        return " ".join(self.words)

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def links(self) -> list[str]:
        return [link["href"] for link in self.all("a") if "href" in link]

    @property
    def fields(self) -> dict[str, str]:
        """The fields of all forms with their values."""
        return {field["name"]: field.get("value", "") for field in self.all("input") if "name" in field}


async def read(answer: ClientResponse) -> Document:
    assert answer.content_type == "text/html", await answer.text()
    return Document(await answer.text())
