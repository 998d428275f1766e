"""Who turns a specification into a picture: this process, or one that is warm already."""

from collections.abc import Callable

_drawer: Callable[[str], str] | None = None


def draw(spec: str) -> str:
    """The SVG of a Vega-Lite specification."""
    return draw_here(spec) if _drawer is None else _drawer(spec)


def draw_here(spec: str) -> str:
    """The SVG, drawn in this process, which takes half a second for the first."""
    import vl_convert

    return str(vl_convert.vegalite_to_svg(spec, allowed_base_urls=[]))


def draw_with(drawer: Callable[[str], str] | None) -> None:
    """Have pictures drawn by something else from now on; None for this process."""
    global _drawer
    _drawer = drawer
