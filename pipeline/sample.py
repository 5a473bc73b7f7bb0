"""Example stations for a base that has none, so that the app is alive without a network."""

from dataclasses import asdict
from datetime import UTC, datetime

from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError

from models import EtlRun, Station
from pipeline import names
from pipeline.gather import gather
from pipeline.harvest import Harvest
from pipeline.load import SAMPLE, load
from session import writing
from settings import now
from sources.sample import Sample


def fill_with_sample(on: Engine) -> bool:
    """Load the sample if the base has no station at all; whether it did. The first real load removes it whole."""
    moment = now()
    source = Sample()
    try:
        with writing(on) as session:
            if session.execute(select(Station.id).limit(1)).first() is not None:
                return False
            harvest = Harvest()
            gather(source.stations(moment), source=SAMPLE, into=harvest)
            # A run like any other: pages tell the state of the data by the runs on record.
            run = EtlRun(source=SAMPLE, started_at=moment, outcome="loaded")
            session.add(run)
            session.flush()
            counts = load(session, harvest, source=SAMPLE, area=source.area, now=int(moment.timestamp()), run_id=run.id)
            called = names.Names()
            names.gather(source.names(), source=SAMPLE, into=called)
            names.load(session, called, source=SAMPLE, of=SAMPLE)
            for name, value in asdict(counts).items():
                setattr(run, name, value)
            run.extract_at = None if harvest.extract_at is None else datetime.fromtimestamp(harvest.extract_at, UTC)
            run.ended_at = now()
    except IntegrityError:
        # Another process filled it between our look and our write (PostgreSQL lets both begin).
        return False
    return True
