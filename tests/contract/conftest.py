from sales.tests.fixtures import quick_flush, shop, test_clock
from tests.laws.web import web

__all__ = ["quick_flush", "shop", "test_clock", "web"]
