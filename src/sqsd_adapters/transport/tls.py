"""TLS: trusted CAs and client certificates; verification is always on."""

import ssl
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from sqsd_adapters.errors import ConfigurationError

_RECORD = 16_384  # bytes of a TLS record, RFC 8446


class TlsState(ssl.SSLObject):
    """The state of one connection, to which the bytes can be given that the loop did not read any more."""

    incoming: ssl.MemoryBIO

    @classmethod
    def _create(cls, incoming: ssl.MemoryBIO, *rest: object, **named: object) -> "TlsState":
        made: TlsState = super()._create(incoming, *rest, **named)  # type: ignore[misc] # in no type stub
        made.incoming = incoming
        return made

    def decrypt(self, encrypted: bytes) -> Iterator[bytes]:
        """Yield what can be read with these bytes."""
        self.incoming.write(encrypted)
        with suppress(ssl.SSLWantReadError):
            while data := self.read(_RECORD):
                yield data


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """Paths of PEM files; read when a transport is opened."""

    #: the CAs to trust instead of the system's
    ca_file: str | None = None
    client_cert: str | None = None
    #: None when it stands in the certificate's file
    client_key: str | None = None

    def context(self) -> ssl.SSLContext:
        """Read the files.

        Raises:
            ConfigurationError: a file is missing or is no such PEM file.
        """
        context = self._trusting()
        if self.client_cert is not None:
            self._show_certificate(context, self.client_cert)
        context.set_alpn_protocols(["http/1.1"])
        context.sslobject_class = TlsState
        return context

    def _trusting(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=self.ca_file)
        except OSError as error:
            raise ConfigurationError(f"{self.ca_file} cannot be read as certificates: {error}") from error

    def _show_certificate(self, context: ssl.SSLContext, certificate: str) -> None:
        try:
            # a password, though there is none, so that OpenSSL does not ask for one on the terminal
            context.load_cert_chain(certificate, self.client_key, password="")
        except OSError as error:
            files = f"{certificate} and {self.client_key}" if self.client_key else certificate
            raise ConfigurationError(f"{files} cannot be read as certificate and key: {error}") from error


SYSTEM_TRUST = Tls()
