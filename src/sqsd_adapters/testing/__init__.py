"""For tests: fakes, virtual time and the conformance suites of the ports, for other people's adapters too."""
