"""The two routes of the example API as a Flask application, to be measured against.

GET /                   the page in the file that ROOT_PAGE names
GET /time?timezone=...  {"time": ..., "timezone": ...}; UTC when none is given

It comes in two variants, for gunicorn: flask_app:with_database asks PostgreSQL for the
time (reached by libpq's PG* variables, one connection for each worker), and
flask_app:without_database asks the clock.
"""

import os
from datetime import datetime, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import psycopg2
from flask import Flask, jsonify, request


class DatabaseClock:
    """The database's time; its connection is made in the worker, after the fork."""

    def __init__(self):
        self.connection = None

    def now(self):
        if self.connection is None:
            self.connection = psycopg2.connect("")
            self.connection.autocommit = True  # one round trip, not three
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT now()")
            return cursor.fetchone()[0]


class MachineClock:
    """The time of the machine."""

    def now(self):
        return datetime.now(timezone.utc)


def create_app(clock):
    app = Flask(__name__)
    with open(os.environ["ROOT_PAGE"], encoding="utf-8") as file:
        page = file.read()  # once, so that no template's cost is measured

    @app.get("/")
    def root():
        return page

    @app.get("/time")
    def time():
        name = request.args.get("timezone", "UTC")
        try:
            zone = ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return jsonify(message="unknown time zone"), 400
        return jsonify(time=str(clock.now().astimezone(zone)), timezone=name)

    return app


with_database = create_app(DatabaseClock())
without_database = create_app(MachineClock())
