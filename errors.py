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
  x BackupRefused          a backup that is corrupt, cut short, foreign or of a newer version; `reason` says which
  x AccountError
    + FieldRefused         a username, mail, name or figure of a car that cannot be
    + WeakPassword         a password that cannot be
    + UsernameTaken, MailTaken
    + SignInRefused        the same for every reason
    + CredentialsCorrupt   this person's object cannot be read: a reset writes it anew
    + AccountGone          there is no such account any more
    + TryLater             too many tries of late; `until` says when the next one is looked at
    + TooManyStations      fifty are followed already
    + StationUnknown       there is no such station (any more)
    + CodeRefused          not the code that was sent, or too late, or once too often
    + LastAdmin            nobody would be left to administer: make somebody else an admin first
  x MailError
    + MailServerDown       no mail can go now: all of them wait
    + MailPostponed        this one cannot go now; the others may
    + MailRefused          this one will never be taken
  x NoticeNotSent          no service of the owner's took a notice: `CARBUROAM_NOTIFY_URLS` is wrong, or all are down
  x ConsoleError
    + LogUnknown           there is no such log file, or none any more
    + QueryRefused         a query of the console that failed, took too long, or would do more than read
    + ShellRefused         the shell is off, or the password was wrong
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


class BackupRefused(CarburoamError):
    """A file that cannot be trusted as a backup. Nothing of it was restored."""

    def __init__(self, reason: str, detail: str = "") -> None:
        self.reason = reason
        """`missing`, `foreign`, `newer`, `cut`, `corrupt` or `none`: a page has a text for each."""
        super().__init__(f"{reason}: {detail}" if detail else reason)


class AccountError(CarburoamError):
    """What a person asked of their account cannot be; a page has words for each."""


class FieldRefused(AccountError):
    """A username, mail, name, position or figure of a car that cannot be."""

    def __init__(self, field: str, reason: str) -> None:
        self.field = field
        """`username`, `mail` or `name`; `position`, or a field of services.cars.BOUNDS."""
        self.reason = reason
        """`empty`, `short`, `long`, `characters`, `scripts`, `lookalike` or `form`: a page has a text for each.

        Of figures `form`, `low`, `high` or `above_tank`, of a position `form` or `outside`.
        """
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


class TooManyStations(AccountError):
    """As many stations are followed as can be; one must leave before another comes."""


class StationUnknown(AccountError):
    """There is no such station, or none any more: the examples leave when the first feed comes."""


class TryLater(AccountError):
    """Too many tries of late; before `until` none is looked at."""

    def __init__(self, until: datetime) -> None:
        self.until = until
        super().__init__(f"not before {until:%Y-%m-%d %H:%M:%S %Z}")


class ClaimRefused(AccountError):
    """Not the one-time secret that makes an admin; or it is spent, or none is set."""


class CodeRefused(AccountError):
    """Not the code that was sent to this person for this purpose and browser, or too late, or once too often."""


class LastAdmin(AccountError):
    """Nobody would be left to administer: somebody else has to be made an admin first."""


class MailError(CarburoamError):
    """A mail could not be handed over."""


class MailServerDown(MailError):
    """The mail server cannot be reached, or will not work with us at all; every mail waits."""


class MailPostponed(MailError):
    """The mail server cannot take this mail now; it may later."""


class MailRefused(MailError):
    """The mail server will never take this mail, or it cannot be written."""


class NoticeNotSent(CarburoamError):
    """Not one of the services that the owner is told through took the notice. Says nothing of their addresses."""


class ConsoleError(CarburoamError):
    """What an admin asked of the console cannot be; the message is for them to read."""


class LogUnknown(ConsoleError):
    """There is no log file of this name, or none any more."""


class QueryRefused(ConsoleError):
    """A query that failed, took too long, or would do more than read."""


class ShellRefused(ConsoleError):
    """The shell is off, or who asked did not prove to be the admin."""
