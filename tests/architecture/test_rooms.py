"""Who may import whom: import-linter's contracts in pyproject.toml, run with the tests."""

from importlinter.cli import lint_imports

from tests.architecture.sources import ROOT


def test_the_contracts_hold() -> None:
    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == 0
