from sales.tests.fixtures import quick_flush, shop, test_clock

__all__ = ["quick_flush", "shop", "test_clock"]
