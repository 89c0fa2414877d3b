"""The peer of shared/bench/peers/http with two more reads, the way its other two are written: a province's and a ward's
counters. On PostgreSQL (DB=postgresql+psycopg://…) SQLite's settings are left out, and nothing else."""
import os

import sqlalchemy
from sqlalchemy import event, text

ON_POSTGRES = os.environ["DB"].startswith("postgresql")
if ON_POSTGRES:
    make = sqlalchemy.create_engine
    sqlalchemy.create_engine = lambda url, connect_args, **rest: make(url, **rest)

import app as peer  # noqa: E402

app, engine = peer.app, peer.engine
if ON_POSTGRES:
    event.remove(engine, "connect", peer.on_connect)
    event.remove(engine, "begin", peer.on_begin)


def one(sql, **values):
    with engine.connect() as conn:
        r = conn.execute(text(sql), values).one()
    return dict(markets=r[0], total=int(r[1] or 0), enrolled=int(r[2] or 0))


@app.get("/provinces/{province_id}")
def province(province_id: int):
    return one("SELECT COUNT(*), SUM(total), SUM(st3) FROM market_stats WHERE province_id=:p", p=province_id)


@app.get("/provinces/{province_id}/wards/{ward_id}")
def ward(province_id: int, ward_id: int):
    return one("SELECT COUNT(*), SUM(total), SUM(st3) FROM market_stats WHERE province_id=:p AND ward_id=:w", p=province_id, w=ward_id)
