"""Run every bench of this folder, or those named: `python -m bench [load …]`. Exit 1 where a target is missed."""

import importlib
import pkgutil
import sys

import bench
from bench.report import MaterialMissing, Row, table

# A bench is a module with a function `measure() -> list[Row]`; the others here are its tools.
TOOLS = {"__main__", "report", "floor", "child", "archive", "wire", "visitors", "lists"}


def main(wanted: list[str]) -> int:
    """Measure, print the table, and say by the exit code whether all is well."""
    found = [module.name for module in pkgutil.iter_modules(bench.__path__) if module.name not in TOOLS]
    rows: list[Row] = []
    is_complete = True
    for name in sorted(wanted or found):
        print(f"bench.{name} …", flush=True)
        try:
            rows += importlib.import_module(f"bench.{name}").measure()
        except MaterialMissing as error:
            print(f"bench.{name} {error}")
            is_complete = False
    print(table(rows))
    return 0 if is_complete and all(row.is_reached for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
