"""Translation catalogues: English sentences are the keys, one .po file for each room."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

LANGUAGES = ("zh", "en")
"""Languages the kit speaks; English needs no catalogue, since it is the key."""


def catalogue_files(lang: str) -> list[Traversable]:
    """The .po files of a language, in name order."""
    folder = files("salesplan.text").joinpath(lang)
    if not folder.is_dir():
        return []
    return sorted((f for f in folder.iterdir() if f.name.endswith(".po")), key=lambda f: f.name)


@cache
def translations(lang: str) -> Mapping[str, str]:
    """All translations of a language, merged over its files and read once.

    Examples
    --------
    >>> translations("zh")["Target"]
    '目标'
    >>> dict(translations("en"))
    {}
    """
    from babel.messages.pofile import read_po

    merged: dict[str, str] = {}
    for source in catalogue_files(lang):
        with source.open("rb") as handle:
            for message in read_po(handle, locale=lang):
                if message.id and isinstance(message.string, str) and message.string and not message.fuzzy:
                    merged[str(message.id)] = message.string
    return merged
