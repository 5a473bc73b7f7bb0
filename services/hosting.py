"""What kind of machine this is: whether what is written here is still here tomorrow."""

from pathlib import Path

from settings import ROOT, settings

# Streamlit's own cloud clones into this folder, and throws the machine away with all that was written on it.
STREAMLIT_CLOUD = Path("/mount/src")
# Container engines leave these; what is in no volume goes with the container.
IN_CONTAINER = (Path("/.dockerenv"), Path("/run/.containerenv"))
SYSTEM = Path("/")


def forgets_its_disk() -> bool:
    """Whether the outputs folder is likely gone after the next restart of this host.

    A guess, unless `CARBUROAM_KEEPS_DISK` says it: so it is where Streamlit's cloud puts applications, and in a
    container whose outputs folder lies in no volume. A host that is not known is taken to keep what it is given.
    """
    if settings().keeps_disk is not None:
        return not settings().keeps_disk
    if ROOT.is_relative_to(STREAMLIT_CLOUD):
        return True
    return any(mark.exists() for mark in IN_CONTAINER) and _device(settings().outputs_dir) == _device(SYSTEM)


def forgets_its_people() -> bool:
    """Whether credentials and backups are kept in a folder of a host that forgets it."""
    return forgets_its_disk() and not settings().store.startswith("s3://")


def _device(folder: Path) -> int:
    # The folder itself may not be made yet.
    there = next(path for path in (folder, *folder.parents) if path.exists())
    return there.stat().st_dev
