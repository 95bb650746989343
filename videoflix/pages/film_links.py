"""The links to films in rows and grids, with picture, title and progress.

A home page has hundreds of them, of which most are the same for all viewers, so they are rendered once.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache

from markupsafe import Markup

from videoflix import translations
from videoflix.watching.models import ViewerCard

# About 1.5 kB each.
MAX_CACHED = 4096

FilmLink = Callable[[ViewerCard, bool, str, bool], Markup]


def rendered_once(link: FilmLink) -> FilmLink:
    """The macro `film_link(film, lazy, about, play)`, whose results are kept for each language.

    `lazy` loads the picture when it comes into view, `about` is a line below the title, and `play` leads to the
    player instead of the page of the film.
    """

    @lru_cache(MAX_CACHED)
    def render(film: ViewerCard, lazy: bool, about: str, play: bool, _language: str) -> Markup:
        return link(film, lazy, about, play)

    def film_link(film: ViewerCard, lazy: bool, about: str, play: bool) -> Markup:
        return render(film, lazy, about, play, translations.CURRENT.get())

    return film_link


def links_of(link: FilmLink) -> Callable[[Iterable[ViewerCard], bool], list[Markup]]:
    """A function for the links of several films."""
    return lambda films, lazy: [link(film, lazy, "", False) for film in films]
