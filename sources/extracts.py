"""Reading a publisher's zipped XML: one element after another, in flat memory, whatever the file holds."""

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile, ZipInfo

from lxml import etree

from errors import SourceMalformed

CHUNK = 1 << 17
# The French feed compresses 12 to 1. A bomb does 1,000 to 1; the allowance is for small files.
MOST_RATIO = 100
SMALL = 4 << 20


def xml_members(extract: Path, *, source: str) -> list[ZipInfo]:
    """The XML files in a zip, in its own order. Nothing is ever unpacked to disk: their names are only labels."""
    try:
        with ZipFile(extract) as archive:
            found = [member for member in archive.infolist() if member.filename.lower().endswith(".xml")]
    except (BadZipFile, OSError, NotImplementedError, ValueError) as error:
        raise SourceMalformed(source, f"the download is not a readable zip archive ({error})") from error
    if not found:
        raise SourceMalformed(source, "the zip archive holds no XML file")
    return found


def elements(
    extract: Path, member: ZipInfo, *, root: str, tag: str, source: str, most_bytes: int
) -> Iterator[etree._Element]:
    """Each `tag` below the element `root`, whole; one is good until the next is asked for.

    Raises SourceMalformed for what is no such file, is cut short, unpacks to more than `most_bytes`, or declares
    entities: no publisher needs them, and they are how an XML file reads other files or fills a memory.
    """
    allowed = min(most_bytes, SMALL + MOST_RATIO * member.compress_size)
    # lxml's own shields stay up (no network, no huge trees); the refusal of a DTD below comes on top.
    parser: Any = etree.XMLPullParser(
        events=("end",),
        tag=tag,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    read = 0
    top: etree._Element | None = None
    try:
        with ZipFile(extract) as archive, archive.open(member) as xml:
            while chunk := xml.read(CHUNK):
                read += len(chunk)
                if read > allowed:
                    raise SourceMalformed(source, f"the XML unpacks to more than {allowed >> 20} MB")
                parser.feed(chunk)
                for _, element in parser.read_events():
                    if top is None:
                        top = _checked_top(element, root=root, source=source)
                    yield element
                if top is not None:
                    # All but the last, which the parser may still be filling.
                    del top[:-1]
            _checked_top(parser.close(), root=root, source=source)
    except (BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError) as error:
        # RuntimeError is zipfile's word for a password.
        raise SourceMalformed(source, f"the zip archive is damaged or cut short ({error})") from error
    except etree.XMLSyntaxError as error:
        raise SourceMalformed(source, f"the XML is damaged, cut short or wrongly encoded ({error})") from error


def _checked_top(element: etree._Element, *, root: str, source: str) -> etree._Element:
    tree = element.getroottree()
    if tree.docinfo.internalDTD is not None:
        raise SourceMalformed(source, "the XML declares a document type, which no extract needs")
    top = tree.getroot()
    if top.tag != root:
        raise SourceMalformed(source, f"the XML is a <{str(top.tag)[:40]}>, not a <{root}>")
    return top
