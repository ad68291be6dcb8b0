from core.engine.tests.own import core_redis, own_redis
from sales.tests.fixtures import quick_flush, shop, test_clock
from tests.laws.web import web

__all__ = ["core_redis", "own_redis", "quick_flush", "shop", "test_clock", "web"]
