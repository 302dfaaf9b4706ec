"""TLS and mutual TLS of the monitor: who is let in, and which variable a bad file is blamed on."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.monitor.client import MonitorUnavailable
from sqsd_adapters.monitor.grpc import GrpcMonitor
from sqsd_adapters.monitor.tls import ClientTls, MonitorTls
from tests.support.certificates import Authority
from tests.support.monitor import WatchedDaemon, task, workings

pytestmark = pytest.mark.integration

CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"


def server(authority: Authority, *, client_ca: Path | None = None) -> MonitorTls:
    pair = authority.issue("localhost")
    return MonitorTls(cert=pair, key=pair, client_ca=client_ca)


async def test_a_client_that_trusts_the_authority_is_answered(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    async with GrpcMonitor(monitor=WatchedDaemon(task()), port=0, tls=server(authority)) as monitor:
        assert await workings(monitor.port, tls=ClientTls(ca=authority.ca_file)) == [task()]


async def test_the_certificate_may_be_for_another_name_than_the_one_dialled(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    pair = authority.issue("sqsd.internal")
    async with GrpcMonitor(monitor=WatchedDaemon(), port=0, tls=MonitorTls(cert=pair, key=pair)) as monitor:
        tls = ClientTls(ca=authority.ca_file, server_name="sqsd.internal")
        assert await workings(monitor.port, host="localhost", tls=tls) == []


async def test_a_client_without_tls_is_refused(tmp_path: Path) -> None:
    async with GrpcMonitor(monitor=WatchedDaemon(), port=0, tls=server(Authority(tmp_path))) as monitor:
        with pytest.raises(MonitorUnavailable):
            await workings(monitor.port)


async def test_a_client_refuses_a_monitor_of_another_authority(tmp_path: Path) -> None:
    other = Authority(tmp_path, name="other CA")
    async with GrpcMonitor(monitor=WatchedDaemon(), port=0, tls=server(Authority(tmp_path))) as monitor:
        with pytest.raises(MonitorUnavailable, match=r"(?i)certificate"):
            await workings(monitor.port, tls=ClientTls(ca=other.ca_file))


async def test_mutual_tls_lets_in_a_client_of_its_authority(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    me = authority.issue("operator")
    tls = server(authority, client_ca=authority.ca_file)
    async with GrpcMonitor(monitor=WatchedDaemon(task()), port=0, tls=tls) as monitor:
        mine = ClientTls(ca=authority.ca_file, cert=me, key=me)
        assert await workings(monitor.port, tls=mine) == [task()]


async def test_mutual_tls_refuses_a_client_without_certificate(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    tls = server(authority, client_ca=authority.ca_file)
    async with GrpcMonitor(monitor=WatchedDaemon(), port=0, tls=tls) as monitor:
        with pytest.raises(MonitorUnavailable):
            await workings(monitor.port, tls=ClientTls(ca=authority.ca_file))


async def test_mutual_tls_refuses_a_client_of_another_authority(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    stranger = Authority(tmp_path, name="other CA").issue("stranger")
    tls = server(authority, client_ca=authority.ca_file)
    async with GrpcMonitor(monitor=WatchedDaemon(), port=0, tls=tls) as monitor:
        theirs = ClientTls(ca=authority.ca_file, cert=stranger, key=stranger)
        with pytest.raises(MonitorUnavailable):
            await workings(monitor.port, tls=theirs)


@pytest.mark.parametrize(
    ("wrong", "variable"),
    [
        ("cert", "MONITORING_TLS_CERT"),
        ("key", "MONITORING_TLS_KEY"),
        ("client_ca", "MONITORING_TLS_CLIENT_CA"),
    ],
)
@pytest.mark.parametrize("content", [None, "", "nonsense"])
async def test_a_bad_file_is_blamed_on_its_variable(
    tmp_path: Path, wrong: str, variable: str, content: str | None
) -> None:
    authority = Authority(tmp_path)
    pair = authority.issue("localhost")
    bad = tmp_path / "bad.pem"
    if content is not None:
        bad.write_text(content)
    files = {"cert": pair, "key": pair, "client_ca": authority.ca_file, wrong: bad}
    with pytest.raises(ConfigurationError, match=rf"^{variable}: .*bad\.pem"):
        await GrpcMonitor(monitor=WatchedDaemon(), port=0, tls=MonitorTls(**files)).__aenter__()


@pytest.mark.parametrize("wrong", ["cert", "key", "client_ca"])
async def test_pem_without_meaning_is_blamed_on_its_variable(tmp_path: Path, wrong: str) -> None:
    authority = Authority(tmp_path)
    pair = authority.issue("localhost")
    bad = tmp_path / "bad.pem"
    bad.write_text(CERTIFICATE + CERTIFICATE.replace("CERTIFICATE", "PRIVATE KEY"))
    files = {"cert": pair, "key": pair, "client_ca": authority.ca_file, wrong: bad}
    with pytest.raises(ConfigurationError, match=rf"MONITORING_TLS_{wrong.upper()}"):
        await GrpcMonitor(monitor=WatchedDaemon(), port=0, tls=MonitorTls(**files)).__aenter__()


async def test_a_key_of_another_certificate_is_refused(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    tls = MonitorTls(cert=authority.issue("one"), key=authority.issue("another"))
    with pytest.raises(ConfigurationError, match=r"MONITORING_TLS_CERT, MONITORING_TLS_KEY: .*no usable pair"):
        await GrpcMonitor(monitor=WatchedDaemon(), port=0, tls=tls).__aenter__()


async def test_a_key_with_a_passphrase_is_refused_without_asking_for_it(tmp_path: Path) -> None:
    locked = tmp_path / "locked.pem"
    key = ec.generate_private_key(ec.SECP256R1())
    passphrase = BestAvailableEncryption(b"passphrase")
    locked.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, passphrase))
    tls = MonitorTls(cert=Authority(tmp_path).issue("localhost"), key=locked)
    with pytest.raises(ConfigurationError, match=r"MONITORING_TLS_KEY: .*the key has a passphrase"):
        await GrpcMonitor(monitor=WatchedDaemon(), port=0, tls=tls).__aenter__()


async def test_a_curve_that_grpc_does_not_know_is_blamed_on_the_certificate(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256K1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    certificate = (
        x509.CertificateBuilder(issuer_name=name, subject_name=name, public_key=key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2024, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2124, 1, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pair = tmp_path / "pair.pem"
    pair.write_bytes(certificate.public_bytes(Encoding.PEM) + private)
    with pytest.raises(ConfigurationError, match="cannot use this pair of MONITORING_TLS_CERT"):
        await GrpcMonitor(monitor=WatchedDaemon(), port=0, tls=MonitorTls(cert=pair, key=pair)).__aenter__()


@pytest.mark.parametrize(
    ("tls", "token", "warned"),
    [(False, False, True), (True, False, True), (False, True, True), (True, True, False)],
)
async def test_beyond_loopback_it_warns_unless_calls_are_encrypted_and_authenticated(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, tls: bool, token: bool, warned: bool
) -> None:
    async with GrpcMonitor(
        monitor=WatchedDaemon(),
        host="0.0.0.0",
        port=0,
        tls=server(Authority(tmp_path)) if tls else None,
        token="s3cret" if token else None,
    ):
        pass
    assert bool(caplog.messages) is warned


async def test_mutual_tls_counts_as_authentication(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    authority = Authority(tmp_path)
    tls = server(authority, client_ca=authority.ca_file)
    async with GrpcMonitor(monitor=WatchedDaemon(), host="0.0.0.0", port=0, tls=tls):
        pass
    assert not caplog.messages
