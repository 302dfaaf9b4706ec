"""For tests: fakes, virtual time and the conformance suites of the ports; other projects can use them too."""
