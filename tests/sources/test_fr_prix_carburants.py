"""The French feed: what its quirks cost, and what a file that is no feed is called."""

import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from errors import SourceMalformed
from records import Amenity, Fuel, OutageKind, OutageRecord, PriceRecord, Reject, RoadKind, StationRecord
from settings import settings
from sources.base import Declarations
from sources.fr_prix_carburants import FrPrixCarburants
from tests.builders import DAY, NOON
from tests.feeds import PROLOG, element, feed, many, pdv, prix, rupture, zipped


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., tuple[list[StationRecord], list[Reject]]]:
    """Reads a feed of these stations: what was usable, and what was not."""

    def transform(*stations: str) -> tuple[list[StationRecord], list[Reject]]:
        rows = list(FrPrixCarburants().transform(zipped(tmp_path / "feed.zip", feed(*stations))))
        return [r for r in rows if isinstance(r, StationRecord)], [r for r in rows if isinstance(r, Reject)]

    return transform


def test_a_sound_station_is_read_whole(read):
    """Every fact of the feed arrives under its own name."""
    [station], rejects = read(
        pdv(
            element("services", element("service", "Laverie"), element("service", "Carburant additivé")),
            prix(),
            prix(nom="SP98", id="6", valeur="1.919"),
            address="16 BD DES MARTYRS",
            town="SAINT-BRICE-SOUS-FORÊT",
            pop="A",
        )
    )

    assert rejects == []
    assert station.source_ref == "1000001"
    assert (station.latitude, station.longitude) == (46.20114, 5.19791)
    assert (station.address, station.zip_code, station.town) == ("16 BD DES MARTYRS", "01000", "SAINT-BRICE-SOUS-FORÊT")
    assert (station.area, station.road_kind) == ("FR-01", RoadKind.MOTORWAY)
    assert station.amenities == Amenity.LAUNDRY | Amenity.ADDITIVE_FUEL
    assert station.prices == ((Fuel.DIESEL, 1749, NOON), (Fuel.SP98, 1919, NOON))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"valeur": "0"}, "price_out_of_range"),
        ({"valeur": "abc"}, "price_malformed"),
        ({"valeur": "-1"}, "price_out_of_range"),
        ({"valeur": "99"}, "price_out_of_range"),
        ({"valeur": "drop"}, "price_malformed"),
        ({"maj": "drop"}, "date_malformed"),
        ({"maj": "2025-13-01 00:00:00"}, "date_malformed"),
        ({"maj": "2199-01-01 00:00:00"}, "date_in_future"),
        ({"nom": "H2", "id": "9"}, "fuel_unknown"),
        ({"nom": "drop", "id": "drop"}, "fuel_unknown"),
    ],
)
def test_a_bad_price_costs_that_price(read, changes, reason):
    """The station and its other price stay; the reason is counted with an example."""
    [station], [reject] = read(pdv(prix(**changes), prix(nom="E10", id="5")))

    assert [price.fuel for price in station.prices] == [Fuel.E10]
    assert (reject.source_ref, reject.reason) == ("1000001", reason)


def test_a_price_in_thousandths_is_divided(read):
    """`1328` is 1.328 €."""
    [station], [] = read(pdv(prix(valeur="1328")))

    assert station.prices[0].price == 1328


@pytest.mark.parametrize(
    "written",
    [
        element("prix", valeur="1.749", maj="2025-02-07 12:00:00", id="1", nom="Gazole"),
        element("prix", fuel="Gazole", maj="2025-02-07T12:00:00", valeur="1.749"),
        element("prix", id="1", valeur="1,749", maj="2025-02-07 12:00:00"),
        element("prix", nom="Gazole", id="1", maj="2025-02-07 12:00:00", valeur="1.749", extra="x"),
    ],
)
def test_attributes_are_read_by_name(read, written):
    """Any order, `fuel` for `nom`, no `id`, and attributes that nobody announced."""
    [station], [] = read(pdv(written))

    assert station.prices == ((Fuel.DIESEL, 1749, NOON),)


def test_an_empty_price_is_no_loss(read):
    """Archives write `<prix/>` where a station declared none."""
    [station], rejects = read(pdv("<prix/>"))

    assert station.prices == ()
    assert rejects == []


def test_of_several_prices_of_a_fuel_the_newest_counts(read):
    """A day's file holds the whole day."""
    [station], [] = read(
        pdv(
            prix(maj="2025-02-07 08:00:00", valeur="1.700"),
            prix(maj="2025-02-07 12:00:00", valeur="1.749"),
            prix(maj="2025-02-07 10:00:00", valeur="1.720"),
        )
    )

    assert station.prices == ((Fuel.DIESEL, 1749, NOON),)


def test_a_declaration_a_little_ahead_of_our_clock_counts(read, monkeypatch):
    """Clocks differ by minutes, never by more than an hour."""
    monkeypatch.setenv("CARBUROAM_CLOCK", "2025-02-07T12:00:00+01:00")
    settings.cache_clear()

    [station], [reject] = read(pdv(prix(maj="2025-02-07 12:59:00"), prix(nom="E10", id="5", maj="2025-02-07 13:01:00")))

    assert [price.fuel for price in station.prices] == [Fuel.DIESEL]
    assert reject.reason == "date_in_future"


@pytest.mark.parametrize(
    "changes",
    [{"latitude": "", "longitude": ""}, {"latitude": "0", "longitude": "0"}, {"latitude": "drop"}, {"latitude": "x"}],
)
def test_a_bad_position_costs_the_position(read, changes):
    """The station stays, without a place on the map."""
    [station], [reject] = read(pdv(prix(), **changes))

    assert (station.latitude, station.longitude) == (None, None)
    assert reject.reason.startswith("position_")
    assert len(station.prices) == 1


def test_a_station_with_nothing_but_an_id_is_kept(read):
    """331 real stations have no price, one has no address."""
    [station], _ = read(element("pdv", id="7"))

    assert (station.source_ref, station.address, station.town, station.zip_code, station.area) == ("7", "", "", "", "")
    assert (station.prices, station.outages, station.opening_hours) == ((), (), None)
    assert station.road_kind is RoadKind.OTHER


def test_a_station_without_an_id_is_rejected_and_the_rest_goes_on(read):
    """One bad row costs one row."""
    stations, [reject] = read(pdv(prix(), id="drop"), pdv(prix()))

    assert [station.source_ref for station in stations] == ["1000001"]
    assert (reject.source_ref, reject.reason) == ("?", "station_without_id")


def test_a_station_with_an_endless_id_is_rejected(read):
    """What the base could not hold is no id."""
    stations, rejects = read(pdv(id="9" * 50))

    assert stations == []
    assert [reject.reason for reject in rejects] == ["station_invalid"]


def test_endless_texts_are_cut(read):
    """A megabyte of address is not worth losing a station."""
    [station], [] = read(pdv(address="A" * 10_000, town="B" * 10_000))

    assert (len(station.address), len(station.town)) == (400, 120)


def test_an_amenity_we_do_not_know_is_counted(read):
    """The list of 27 may grow."""
    [station], [reject] = read(pdv(element("services", element("service", "Bar"), element("service", "Héliport"))))

    assert station.amenities == Amenity.BAR
    assert (reject.reason, reject.example) == ("amenity_unknown", "Héliport")


def _jour(day: int, *hours: tuple[str, str], ferme: str = "") -> str:
    spans = (element("horaire", ouverture=opening, fermeture=closing) for opening, closing in hours)
    return element("jour", *spans, id=str(day), nom="x", ferme=ferme)


def test_opening_hours_are_read_day_by_day(read):
    """Spans, a break at noon, a closed day, all day, over midnight, nonsense, and days not declared."""
    [station], [] = read(
        pdv(
            element(
                "horaires",
                _jour(1, ("07.00", "21.00")),
                _jour(2, ("14.00", "19.30"), ("08.00", "12.00")),
                _jour(3, ferme="1"),
                _jour(4, ("00.00", "00.00")),
                _jour(5, ("06.20", "01.00")),
                _jour(6, ("01.00", "01.00")),
                _jour(7),
                automate_24_24="",
            )
        )
    )

    assert station.opening_hours == (
        ((420, 1260),),
        ((480, 720), (840, 1170)),
        (),
        ((0, 1440),),
        ((380, 60),),
        None,
        None,
    )
    assert not station.is_open_24h


def test_a_week_that_is_all_shut_is_no_declaration(read):
    """A station that sells is not closed all week; beside a card machine the shop may be."""
    shut = [_jour(day, ("01.00", "01.00"), ferme="1") for day in range(1, 8)]
    [manned, automat], [] = read(
        pdv(element("horaires", *shut, automate_24_24="")),
        pdv(element("horaires", *shut, automate_24_24="1"), id="2"),
    )

    assert (manned.is_open_24h, manned.opening_hours) == (False, None)
    assert (automat.is_open_24h, automat.opening_hours) == (True, ((),) * 7)


def test_hours_that_cannot_be_read_cost_that_span(read):
    """The other span of the day stays, also for the next station with the same week."""
    week = element("horaires", _jour(1, ("07.00", "12.00"), ("quatorze", "19.00")), _jour(9), automate_24_24="")

    stations, rejects = read(pdv(week), pdv(week, id="2"))

    assert [station.opening_hours[0] for station in stations] == [((420, 720),)] * 2
    assert Counter((reject.source_ref, reject.reason) for reject in rejects) == {
        ("1000001", "hours_malformed"): 1,
        ("1000001", "hours_day_unknown"): 1,
        ("2", "hours_malformed"): 1,
        ("2", "hours_day_unknown"): 1,
    }


def test_a_card_machine_named_among_the_services_counts(read):
    """21 real stations name it there and not in their hours."""
    [station], [] = read(pdv(element("services", element("service", "Automate CB 24/24"))))

    assert station.is_open_24h


def test_an_outage_that_goes_on_beats_a_price_and_gives_way_to_none(read):
    """Out of stock now: both are kept, the page decides what to show first."""
    [station], [] = read(pdv(prix(), rupture()))

    assert station.outages == (OutageRecord(Fuel.DIESEL, OutageKind.TEMPORARY, NOON - DAY, None),)
    assert len(station.prices) == 1


def test_a_price_beats_a_fuel_said_to_be_no_longer_sold(read):
    """Only where no price is declared is a fuel gone for good."""
    [station], [] = read(pdv(prix(), rupture(type="definitive"), rupture(type="definitive", nom="E10", id="5")))

    assert station.outages == (OutageRecord(Fuel.E10, OutageKind.PERMANENT, NOON - DAY, None),)


def test_an_outage_that_is_over_has_its_end(read):
    """`fin` set: an episode of the past."""
    [station], [] = read(pdv(rupture(fin="2025-02-07T12:00:00")))

    assert station.outages == (OutageRecord(Fuel.DIESEL, OutageKind.TEMPORARY, NOON - DAY, NOON),)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"type": "estivale"}, "outage_kind_unknown"),
        ({"debut": ""}, "date_malformed"),
        ({"debut": "2199-01-01 00:00:00"}, "date_in_future"),
        ({"fin": "2025-01-01 00:00:00"}, "outage_ends_before_it_starts"),
        ({"fin": "bientôt"}, "date_malformed"),
        ({"nom": "H2", "id": "9"}, "fuel_unknown"),
    ],
)
def test_a_bad_outage_costs_that_outage(read, changes, reason):
    """The station and its price stay."""
    [station], [reject] = read(pdv(prix(), rupture(**changes)))

    assert (len(station.prices), station.outages) == (1, ())
    assert reject.reason == reason


def test_utf_8_under_a_latin_1_prolog_is_read_as_meant(tmp_path):
    """A wrong declaration costs no name its accents."""
    document = feed(pdv(element("services", element("service", "Espace bébé")), town="Forêt")).encode()

    [station] = FrPrixCarburants().transform(zipped(tmp_path / "feed.zip", document))

    assert isinstance(station, StationRecord)
    assert (station.town, station.amenities) == ("Forêt", Amenity.BABY_AREA)


def test_of_two_xml_files_the_first_is_read_and_the_other_reported(tmp_path):
    """And a name that climbs out of its folder is only a label: nothing is unpacked."""
    extract = zipped(
        tmp_path / "feed.zip",
        feed(pdv(id="1")),
        name="../../../etc/evil.xml",
        more=[("other.xml", feed(pdv(id="2")).encode())],
    )

    reject, station = FrPrixCarburants().transform(extract)

    assert reject == Reject("?", "xml_surplus", "other.xml")
    assert isinstance(station, StationRecord)
    assert station.source_ref == "1"
    assert list(tmp_path.iterdir()) == [extract]


def _raw(tmp_path: Path, content: bytes) -> Path:
    (tmp_path / "feed.zip").write_bytes(content)
    return tmp_path / "feed.zip"


def _truncated(tmp_path: Path) -> Path:
    whole = zipped(tmp_path / "whole.zip", feed(*many(500, prix())))
    return _raw(tmp_path, whole.read_bytes()[: whole.stat().st_size // 2])


def _damaged(tmp_path: Path) -> Path:
    whole = bytearray(zipped(tmp_path / "whole.zip", feed(*many(500, prix()))).read_bytes())
    whole[len(whole) // 3] ^= 0xFF
    return _raw(tmp_path, bytes(whole))


def _bomb(tmp_path: Path) -> Path:
    file = tmp_path / "feed.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("feed.xml", "w") as xml:
        xml.write(f"{PROLOG}<pdv_liste>".encode())
        for _ in range(64):
            xml.write(b"<x/>" * (1 << 18))
        xml.write(b"</pdv_liste>")
    return file


def _with_dtd(declarations: str, used: str) -> Callable[[Path], Path]:
    document = (
        feed(pdv(address="@")).replace(PROLOG, f"{PROLOG}<!DOCTYPE pdv_liste [{declarations}]>").replace("@", used)
    )
    return lambda tmp_path: zipped(tmp_path / "feed.zip", document)


LAUGHS = '<!ENTITY a "ha">' + "".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(12))


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda path: _raw(path, b"<html>Maintenance</html>"), id="html"),
        pytest.param(lambda path: _raw(path, b""), id="empty"),
        pytest.param(_truncated, id="truncated"),
        pytest.param(_damaged, id="damaged"),
        pytest.param(lambda path: zipped(path / "feed.zip", "hello", name="readme.txt"), id="no xml"),
        pytest.param(lambda path: zipped(path / "feed.zip", ""), id="empty xml"),
        pytest.param(lambda path: zipped(path / "feed.zip", feed(pdv())[:-20]), id="cut xml"),
        pytest.param(lambda path: zipped(path / "feed.zip", f"{PROLOG}<html/>"), id="another xml"),
        pytest.param(
            lambda path: zipped(path / "feed.zip", feed(pdv(town="Forêt")).replace("ISO-8859-1", "UTF-8")),
            id="wrong encoding",
        ),
        pytest.param(
            lambda path: zipped(path / "feed.zip", feed(pdv()).replace("ISO-8859-1", "klingon")),
            id="unknown encoding",
        ),
        pytest.param(_bomb, id="zip bomb"),
        pytest.param(_with_dtd(LAUGHS, "&m;"), id="entity bomb"),
        pytest.param(_with_dtd('<!ENTITY x SYSTEM "file:///etc/hostname">', "&x;"), id="xxe"),
        pytest.param(_with_dtd('<!ENTITY % x SYSTEM "file:///etc/hostname"> %x;', ""), id="xxe by parameter"),
        pytest.param(_with_dtd('<!ENTITY x "Bourg">', "&x;"), id="harmless entity"),
    ],
)
def test_a_file_that_is_no_feed_is_malformed(tmp_path, make):
    """Whatever came instead, it has one name and a sentence for the log, and it ends soon."""
    with pytest.raises(SourceMalformed, match=r"^fr_prix_carburants: the \w+"):
        list(FrPrixCarburants().transform(make(tmp_path)))


def test_an_empty_list_is_read_as_what_it_is(read):
    """Well-formed: whether to believe it is for the pipeline."""
    assert read() == ([], [])


def test_an_archive_gives_every_declaration(tmp_path):
    """All prices of a fuel, in order, with the same checks as the current file's."""
    extract = zipped(
        tmp_path / "year.zip",
        feed(
            pdv(
                prix(maj="2025-02-07T11:00:00", valeur="1700"),
                prix(maj="2025-02-07T12:00:00"),
                prix(valeur="0"),
                "<prix/>",
            ),
            pdv("<prix/>", id="2"),
        ),
    )

    reject, declared = FrPrixCarburants().history(extract)

    assert isinstance(reject, Reject)
    assert reject.reason == "price_out_of_range"
    assert declared == Declarations("1000001", [PriceRecord(1, 1700, NOON - 3_600), PriceRecord(1, 1749, NOON)])


@pytest.mark.parametrize("moment", ["2025-02-03T2305", "2025-02-06T1840", "2025-02-07T0830"])
def test_the_real_feed_is_read_without_loss(real_feed, moment):
    """Not one value of the real snapshots is rejected, all lie in France, and most facts are there."""
    rows = list(FrPrixCarburants().transform(real_feed(moment)))

    stations = [row for row in rows if isinstance(row, StationRecord)]
    assert len(stations) == len(rows) > 10_000
    assert all(station.latitude and station.longitude is not None and station.area for station in stations)
    assert Counter(station.road_kind for station in stations)[RoadKind.MOTORWAY] > 400
    assert sum(station.is_open_24h for station in stations) > 5_000
    assert sum(station.opening_hours is not None for station in stations) > 3_000
