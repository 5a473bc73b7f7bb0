"""Small drawings, by hand, as the inside of an `<svg>`."""

from urllib.parse import quote

# On a 48 × 48 grid: what one sees at each step of the guide, in its order. `on` is filled with the accent colour.
GUIDE = {
    "fuel": (
        "<rect x='4' y='17' width='18' height='14' rx='7' class='on'/>"
        "<rect x='26' y='17' width='18' height='14' rx='7'/>"
    ),
    "place": (
        "<path d='M24 42c9-11 13-17 13-23a13 13 0 1 0-26 0c0 6 4 12 13 23Z'/><circle cx='24' cy='19' r='5' class='on'/>"
    ),
    "card": "<rect x='4' y='8' width='40' height='14' rx='3' class='on'/><path d='M4 31h40M4 40h40'/>",
    "age": "<circle cx='24' cy='24' r='18'/><path d='M24 13v11l8 5'/><circle cx='40' cy='9' r='5' class='on'/>",
    "go": (
        "<path d='M10 40c0-16 28-10 28-26'/><circle cx='38' cy='10' r='5' class='on'/><circle cx='10' cy='41' r='4'/>"
    ),
}

# Streamlit takes `<svg>` out of HTML but shows it as an image, which cannot inherit the colours of the theme:
# these two stand out on white and on near black alike.
LINE = "#7d8f86"
FILL = "#1d9a6c"


def image(inside: str) -> str:
    """An `<img>` of a drawing; it says nothing that the text beside it does not."""
    drawing = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 48 48' fill='none' stroke='{LINE}' stroke-width='2.4' "
        f"stroke-linecap='round' stroke-linejoin='round'><style>.on{{fill:{FILL};stroke:{FILL}}}</style>{inside}</svg>"
    )
    return f"<img alt='' width='48' height='48' src=\"data:image/svg+xml,{quote(drawing)}\">"


def line(path: str, *, wide: int, tall: int, width: float, dashes: str = "") -> str:
    """The style of an element that shows a line: a mask, so that the element's background gives it the theme's colour.

    The line stretches to the element; its width, in pixels of the page, does not.
    """
    drawing = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {wide} {tall}' preserveAspectRatio='none'>"
        f"<path d='{path}' fill='none' stroke='#000' stroke-width='{width}' stroke-linejoin='round'"
        f" stroke-dasharray='{dashes}' vector-effect='non-scaling-stroke'/></svg>"
    )
    url = f"url(data:image/svg+xml,{quote(drawing, safe='=:/,')})"
    return f"mask-image:{url}"


# On a 24 × 24 grid.
LOCATE = "<circle cx='12' cy='12' r='6'/><path d='M12 1v5M12 18v5M1 12h5M18 12h5'/>"
