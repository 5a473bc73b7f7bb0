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
  x StoreUnavailable       the credentials store does not answer; nothing half-written, try again
  x StoreConflict          someone else wrote first: read again, then decide
  x AccountError
    + FieldRefused         a username, mail or name that cannot be
    + WeakPassword         a password that cannot be
    + UsernameTaken, MailTaken
    + SignInRefused        the same for every reason
    + CredentialsCorrupt   this person's object cannot be read: a reset writes it anew
    + AccountGone          there is no such account any more
    + TryLater             too many tries of late; `until` says when the next one is looked at
    + CodeRefused          not the code that was sent, or too late, or once too often
  x MailError
    + MailServerDown       no mail can go now: all of them wait
    + MailPostponed        this one cannot go now; the others may
    + MailRefused          this one will never be taken
"""

from datetime import datetime


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


class StoreUnavailable(CarburoamError):
    """The credentials store cannot be reached or used now. What was asked is done whole or not at all."""


class StoreConflict(CarburoamError):
    """The object is not what it was when it was read: another tab, server or person wrote first."""


class AccountError(CarburoamError):
    """What a person asked of their account cannot be; a page has words for each."""


class FieldRefused(AccountError):
    """A username, mail or name that cannot be."""

    def __init__(self, field: str, reason: str) -> None:
        self.field = field
        """`username`, `mail` or `name`."""
        self.reason = reason
        """`empty`, `short`, `long`, `characters`, `scripts`, `lookalike` or `form`: a page has a text for each."""
        super().__init__(f"{field}: {reason}")


class WeakPassword(AccountError):
    """A password that cannot be."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        """`short`, `long` (more than 72 bytes of UTF-8), `characters` or `common`."""
        super().__init__(reason)


class UsernameTaken(AccountError):
    """Someone else has this username, or one that cannot be told from it."""


class MailTaken(AccountError):
    """Another account has this mail."""


class SignInRefused(AccountError):
    """Name, password or both are wrong; nobody is told which."""


class CredentialsCorrupt(AccountError):
    """The credentials object of this person cannot be read. A reset writes a new one."""

    version: str | None = None
    """Of the object as it is: what a reset replaces."""


class AccountGone(AccountError):
    """There is no such account any more."""


class TryLater(AccountError):
    """Too many tries of late; before `until` none is looked at."""

    def __init__(self, until: datetime) -> None:
        self.until = until
        super().__init__(f"not before {until:%Y-%m-%d %H:%M:%S %Z}")


class CodeRefused(AccountError):
    """Not the code that was sent to this person for this purpose and browser, or too late, or once too often."""


class MailError(CarburoamError):
    """A mail could not be handed over."""


class MailServerDown(MailError):
    """The mail server cannot be reached, or will not work with us at all; every mail waits."""


class MailPostponed(MailError):
    """The mail server cannot take this mail now; it may later."""


class MailRefused(MailError):
    """The mail server will never take this mail, or it cannot be written."""
