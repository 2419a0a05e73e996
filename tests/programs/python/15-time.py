"""Dates, time zones without a table of them, and a clock that only goes on."""

import time
from datetime import UTC, datetime, timedelta, timezone

leap = datetime(2024, 2, 28, 23, 30, tzinfo=UTC) + timedelta(hours=1)
print(leap.isoformat(), leap.strftime("%A %j"))
print(leap.astimezone(timezone(timedelta(hours=5, minutes=45))).isoformat())
print((datetime(2025, 1, 1) - datetime(2024, 1, 1)).days)
before = time.monotonic()
time.sleep(0.05)
print(0.05 <= time.monotonic() - before < 10)
print(time.tzname, datetime.now(UTC).year >= 2024)
