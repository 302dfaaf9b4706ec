"""The monitor's certificates: files in, gRPC credentials out, or an error that names the variable."""

import ssl
from dataclasses import dataclass
from pathlib import Path

import grpc

from sqsd_adapters.errors import ConfigurationError

CERTIFICATE = b"CERTIFICATE-----"  # the end of a PEM block's first line
PRIVATE_KEY = b"PRIVATE KEY-----"


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorTls:
    """The monitor's own certificate (RSA, P-256 or P-384), and whose clients it accepts. All files are PEM."""

    #: the certificate, then the intermediate ones: MONITORING_TLS_CERT
    cert: Path
    #: without a passphrase: MONITORING_TLS_KEY
    key: Path
    #: mutual TLS: only clients with a certificate of this CA: MONITORING_TLS_CLIENT_CA
    client_ca: Path | None = None

    def credentials(self) -> grpc.ServerCredentials:
        """Read and check the files; raises ConfigurationError."""
        cert = _read(self.cert, "MONITORING_TLS_CERT", kind=CERTIFICATE)
        key = _read(self.key, "MONITORING_TLS_KEY", kind=PRIVATE_KEY)
        _check_pair(self.cert, self.key)
        client_ca = None
        if self.client_ca is not None:
            client_ca = _read(self.client_ca, "MONITORING_TLS_CLIENT_CA", kind=CERTIFICATE)
            _check_authority(self.client_ca)
        return grpc.ssl_server_credentials([(key, cert)], client_ca, client_ca is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientTls:
    """Whom a client of the monitor trusts, and how it shows itself. All files are PEM."""

    #: None trusts the system's CAs
    ca: Path | None = None
    #: mutual TLS: the client's own certificate and key
    cert: Path | None = None
    key: Path | None = None
    #: the name in the monitor's certificate, where it is not the address that is dialled
    server_name: str | None = None

    def credentials(self) -> grpc.ChannelCredentials:
        """Read the files; raises ConfigurationError."""
        ca = None if self.ca is None else _read(self.ca, "the CA", kind=CERTIFICATE)
        cert = None if self.cert is None else _read(self.cert, "the client's certificate", kind=CERTIFICATE)
        key = None if self.key is None else _read(self.key, "the client's key", kind=PRIVATE_KEY)
        return grpc.ssl_channel_credentials(ca, key, cert)


def _read(path: Path, name: str, *, kind: bytes) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{name}: cannot read {path}: {error.strerror}") from error
    if kind not in content:
        raise ConfigurationError(f"{name}: {path} contains no {kind.decode().strip('-').lower()} in PEM format")
    return content


def _check_pair(cert: Path, key: Path) -> None:
    # gRPC would accept any bytes and then fail every handshake without a word.
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(cert, key, password=_no_passphrase)
    except (ssl.SSLError, ValueError) as error:
        raise ConfigurationError(
            f"MONITORING_TLS_CERT, MONITORING_TLS_KEY: {cert} and {key} are no usable pair: {error}"
        ) from error


def _check_authority(client_ca: Path) -> None:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_verify_locations(client_ca)
    except ssl.SSLError as error:
        raise ConfigurationError(f"MONITORING_TLS_CLIENT_CA: {client_ca} is not a certificate: {error}") from error


def _no_passphrase() -> str:
    raise ValueError("the key has a passphrase")
