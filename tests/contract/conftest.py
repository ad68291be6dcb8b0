from sales.tests.fixtures import committed, shop, test_clock

__all__ = ["committed", "shop", "test_clock"]
