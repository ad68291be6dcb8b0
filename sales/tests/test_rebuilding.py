"""A rebuild of a large sale keeps PostgreSQL's attention."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.engine import guardian, recorder
from sales import limits
from sales.tests.shop import ALICE, Shop, hold


def test_postgresql_hears_of_every_chunk(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """It ends a transaction that is silent for 5 s, and a rebuild of many holds takes longer than that."""
    monkeypatch.setattr(limits, "REBUILD_ROWS_A_CHUNK", 1)
    sale = shop.open(limit=5)
    for item in range(1, 6):
        hold(sale, ALICE, item)
    recorder.record(sale.topic)
    shop.flush()
    with CaptureQueriesContext(connection) as spoken:
        guardian.guard()
    assert sum(query["sql"] == "SELECT 1" for query in spoken) >= 6
