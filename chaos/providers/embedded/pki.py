"""Keys and certificates: the only module that knows `cryptography`.

Elliptic curves, because making a key takes well under a millisecond. The folder is 0700 and every
file in it 0600: who reads the administrator's key owns the cluster.
"""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from chaos import private
from chaos.clock import wall

LIFE = dt.timedelta(days=365)  # a kept cluster may stand for months
SKEW = dt.timedelta(hours=1)  # a clock set back does not make the certificates "not yet" valid
USAGES = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH])
AUTHORITY = x509.KeyUsage(
    digital_signature=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


@dataclass(frozen=True)
class Identity:
    """Who a certificate says its holder is: user and groups, in Kubernetes' reading."""

    user: str
    groups: Sequence[str] = ()
    reached_as: Sequence[str] = ()


@dataclass(frozen=True)
class Pki:
    """The keys of one cluster, in one folder."""

    folder: Path

    def create(self) -> None:
        """Make the folder, the authority and the key that signs service accounts' tokens."""
        private.folder(self.folder)
        key = ec.generate_private_key(ec.SECP256R1())
        name = _name(Identity("chaos-ca"))
        authority = _begin(name, name, key.public_key(), by=key.public_key())
        authority = authority.add_extension(AUTHORITY, critical=True)
        authority = authority.add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        )
        self._keep("ca", key, authority.sign(key, hashes.SHA256()))
        accounts = ec.generate_private_key(ec.SECP256R1())
        self._write("sa.key", _pem(accounts))
        public = accounts.public_key()
        self._write("sa.pub", public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))

    def issue(self, file: str, identity: Identity) -> None:
        """Write the key and the certificate of an identity."""
        key = ec.generate_private_key(ec.SECP256R1())
        issuer, signer = self._authority()
        leaf = _begin(_name(identity), issuer.subject, key.public_key(), by=signer.public_key())
        leaf = leaf.add_extension(USAGES, critical=False)
        leaf = leaf.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        if identity.reached_as:
            names = x509.SubjectAlternativeName([_reached(name) for name in identity.reached_as])
            leaf = leaf.add_extension(names, critical=False)
        self._keep(file, key, leaf.sign(signer, hashes.SHA256()))

    def kubeconfig(self, path: Path, identity: Identity, *, cluster: str, api: str) -> None:
        """Write the way in for an identity, keys inside, under a context named as the cluster."""
        self.issue(path.stem, identity)
        access = {"server": api, "certificate-authority-data": self._data("ca.crt")}
        keys = {
            "client-certificate-data": self._data(f"{path.stem}.crt"),
            "client-key-data": self._data(f"{path.stem}.key"),
        }
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": cluster,
            "clusters": [{"name": cluster, "cluster": access}],
            "users": [{"name": cluster, "user": keys}],
            "contexts": [{"name": cluster, "context": {"cluster": cluster, "user": cluster}}],
        }
        private.write(path, yaml.safe_dump(config).encode())

    def _authority(self) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
        key = load_pem_private_key((self.folder / "ca.key").read_bytes(), password=None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return x509.load_pem_x509_certificate((self.folder / "ca.crt").read_bytes()), key

    def _keep(self, file: str, key: ec.EllipticCurvePrivateKey, made: x509.Certificate) -> None:
        self._write(f"{file}.crt", made.public_bytes(Encoding.PEM))
        self._write(f"{file}.key", _pem(key))

    def _write(self, file: str, content: bytes) -> None:
        private.write(self.folder / file, content)

    def _data(self, file: str) -> str:
        return base64.b64encode((self.folder / file).read_bytes()).decode()


def _begin(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    *,
    by: ec.EllipticCurvePublicKey,
) -> x509.CertificateBuilder:
    """With what names the two keys: Python from 3.13 on trusts no chain without (RFC 5280, 4.2)."""
    now = wall()
    return (
        x509.CertificateBuilder(subject_name=subject, issuer_name=issuer, public_key=key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - SKEW)
        .not_valid_after(now + LIFE)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by), critical=False)
    )


def _name(identity: Identity) -> x509.Name:
    groups = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in identity.groups]
    return x509.Name([*groups, x509.NameAttribute(NameOID.COMMON_NAME, identity.user)])


def _reached(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
