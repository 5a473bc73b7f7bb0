"""Every error this project raises on purpose.

* CarburoamError
  x SourceError
    + SourceUnreachable    no usable answer; try again at the next tick
    + SourceMalformed      an answer this version cannot read; a person has to look
    + SourceRefused        well-formed, but not believable: the base stays as it is
  x LeaseLost              another process works on this source now; nothing of ours was written
  x Stopped                a run was told to end before it was done; nothing of it was written
  x SettingsInvalid        a variable is misspelt or has a value that cannot be
  x DatabaseUnavailable    the base cannot be opened or prepared
"""


class CarburoamError(Exception):
    """Base of the tree above: what a page may answer to, and what the ETL loop survives."""


class SettingsInvalid(CarburoamError):
    """The environment asks for something that does not exist."""


class SourceError(CarburoamError):
    """A source did not give what it promises."""

    def __init__(self, source: str, detail: str) -> None:
        self.source = source
        self.detail = detail
        super().__init__(f"{source}: {detail}")


class SourceUnreachable(SourceError):
    """No usable answer came; the next tick may fare better."""


class SourceMalformed(SourceError):
    """An answer came that this version cannot read; waiting will not help."""


class SourceRefused(SourceError):
    """A readable answer that cannot be true (a third of the stations gone, no plausible price)."""


class LeaseLost(CarburoamError):
    """The lease passed to another holder while we worked; the transaction must roll back."""


class Stopped(CarburoamError):
    """The run was told to end, by a person or with its process; the transaction must roll back."""


class DatabaseUnavailable(CarburoamError):
    """The database cannot be opened, created or migrated."""
