"""The pytest plugin: fixtures for tests of jobs and adapters."""
