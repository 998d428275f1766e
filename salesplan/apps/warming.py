"""What a page needs soon is loaded beside what it needs now."""

from threading import Thread

CELL = "from salesplan.apps.warming import warm_up\nwarm_up()"
"""The first cell of every page of the app."""


def warm_up() -> None:
    """Start the drawing library in the background, so that the first picture takes no longer than the next."""
    Thread(target=_draw_nothing, name="salesplan-warming", daemon=True).start()


def _draw_nothing() -> None:
    import vl_convert

    vl_convert.vegalite_to_svg('{"data":{"values":[]},"mark":"point"}', allowed_base_urls=[])
