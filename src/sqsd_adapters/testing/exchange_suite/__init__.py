"""The conformance suite of the Exchange port: subclass it, and provide a transport."""

from sqsd_adapters.testing.exchange_suite.answers import Answers
from sqsd_adapters.testing.exchange_suite.connections import Connections
from sqsd_adapters.testing.exchange_suite.hooks import Transport
from sqsd_adapters.testing.exchange_suite.requests import Requests

__all__ = ["ExchangeSuite", "Transport"]


class ExchangeSuite(Requests, Answers, Connections):
    """Every promise of the Exchange port, against a worker on a raw socket.

    A subclass provides the fixture ``transport``, which makes an exchange for a URL::

        class TestMine(ExchangeSuite):
            @pytest.fixture
            def transport(self):
                return MyExchange
    """
