"""What to call a browser in the list of sessions: `Firefox, Android`."""

import re

# The first that matches: most browsers also name those that they want to be taken for.
BROWSERS = (
    (r"Edg(e|A|iOS)?/", "Edge"),
    (r"OPR/|Opera", "Opera"),
    (r"SamsungBrowser/", "Samsung Internet"),
    (r"Firefox/|FxiOS/", "Firefox"),
    (r"Chrome/|CriOS/|Chromium/", "Chrome"),
    (r"Safari/", "Safari"),
)
SYSTEMS = (
    (r"iPhone", "iPhone"),
    (r"iPad", "iPad"),
    (r"Android", "Android"),
    (r"CrOS", "ChromeOS"),
    (r"Windows", "Windows"),
    (r"Mac OS X|Macintosh", "macOS"),
    (r"Linux|X11", "Linux"),
)
LONGEST_AGENT = 500


def device(user_agent: str) -> str:
    """Browser and system in words; one of them, or nothing, where the other is not told."""
    agent = user_agent[:LONGEST_AGENT]
    named = (next((name for sign, name in table if re.search(sign, agent)), "") for table in (BROWSERS, SYSTEMS))
    return ", ".join(name for name in named if name)
