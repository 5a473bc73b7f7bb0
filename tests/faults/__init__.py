"""What others do to us: publishers, clocks, stores and databases at their worst. The table: docs/faults.md."""
