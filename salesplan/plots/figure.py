"""A picture on a page: drawn wide for a screen and paper, and narrow for a telephone."""

WIDE, NARROW, NARROW_BELOW = 720, 330, 600
_MEDIA = (
    "<style>.sp-chart{margin:0;max-width:860px}.sp-chart svg{display:block;width:100%;height:auto}"
    ".sp-chart .sp-narrow{display:none}@media (max-width:600px){.sp-chart .sp-wide{display:none}"
    ".sp-chart .sp-narrow{display:block}}@media print{.sp-chart{break-inside:avoid}"
    ".sp-chart .sp-wide{display:block}.sp-chart .sp-narrow{display:none}}</style>"
)


def figure_html(wide: str, narrow: str) -> str:
    """Both drawings, of which the page shows the one that fits."""
    return (
        f'{_MEDIA}<figure class="sp-chart"><div class="sp-wide">{wide}</div>'
        f'<div class="sp-narrow">{narrow}</div></figure>'
    )
