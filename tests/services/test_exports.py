"""Files to take away: they open in a spreadsheet, and nothing in them is run by it."""

import csv
import io
import json
import zipfile

import pytest

from services.exports import csv_archive, csv_bytes, json_bytes


def _read(body: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), delimiter=";"))


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝"])
def test_no_text_is_run_as_a_formula(start: str):
    """An apostrophe stands before it, in the head as in a cell; numbers stay numbers."""
    hostile = f'{start}HYPERLINK("http://x";1)'

    head, line = _read(csv_bytes([hostile], [[hostile]]))

    assert (head, line) == ([f"'{hostile}"], [f"'{hostile}"])
    assert _read(csv_bytes(["n"], [[-1.5], [-2]]))[1:] == [["-1,5"], ["-2"]]


def test_every_text_comes_back():
    """Separators, quotes, line ends, accents and broken characters do not shift a cell."""
    cells = ['a;b"c', "two\nlines", "Œuvre", "", "\ud800"]

    body = csv_bytes(list("abcde"), [cells, [None, True, 3, 1.5, ["x", "y"]]])

    assert body.startswith(b"\xef\xbb\xbf")
    assert _read(body)[1:] == [[*cells[:4], "?"], ["", "True", "3", "1,5", "x, y"]]


def test_a_persons_data_as_one_file_and_as_a_zip():
    """A table each; those that hold nothing are left out of the zip, not of the JSON."""
    data = {"account": {"name": "=Ada", "roles": []}, "stations": [{"name": "A"}, {"name": "B"}], "empty": []}

    with zipfile.ZipFile(io.BytesIO(csv_archive(data))) as archive:
        assert archive.namelist() == ["account.csv", "stations.csv"]
        assert _read(archive.read("account.csv")) == [["name", "roles"], ["'=Ada", ""]]
        assert _read(archive.read("stations.csv")) == [["name"], ["A"], ["B"]]
    assert json.loads(json_bytes(data)) == data
