"""Leaves out what is a project of its own; tests/integration/examples/test_third_party.py runs its tests."""

collect_ignore = ["acme-locks"]
