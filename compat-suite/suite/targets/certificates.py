"""Certificates for listeners with TLS: an authority, a server and a client, made by openssl for one run."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from suite.failures import TargetError

if TYPE_CHECKING:
    from pathlib import Path

DAYS = "2"


@dataclass(frozen=True)
class Certificates:
    """Files in PEM: `server` and `client` hold the key (PKCS 8) and the certificate one after the other."""

    authority: Path
    server: Path
    client_certificate: Path
    client_key: Path


def make_certificates(folder: Path) -> Certificates:
    """Make them, unless they are there; TargetError when openssl cannot."""
    made = Certificates(folder / "authority.crt", folder / "server.pem", folder / "client.crt", folder / "client.key")
    if made.server.exists():
        return made
    folder.mkdir(parents=True, exist_ok=True)
    new_key = ["-newkey", "rsa:2048", "-nodes"]
    authority = ["-keyout", "authority.key", "-out", "authority.crt"]
    openssl(folder, "req", "-x509", "-days", DAYS, "-subj", "/CN=suite authority", *new_key, *authority)
    for name, subject in (("server", "/CN=localhost"), ("client", "/CN=alice")):
        openssl(folder, "req", "-subj", subject, *new_key, "-keyout", f"{name}.key", "-out", f"{name}.csr")
        (folder / f"{name}.ext").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        signer = ["-CA", "authority.crt", "-CAkey", "authority.key", "-CAcreateserial", "-days", DAYS]
        openssl(folder, "x509", "-req", "-in", f"{name}.csr", *signer, "-extfile", f"{name}.ext", "-out", f"{name}.crt")
    made.server.write_text((folder / "server.key").read_text() + (folder / "server.crt").read_text())
    return made


def openssl(folder: Path, *arguments: str) -> None:
    """Run openssl in the folder."""
    try:
        command = ["openssl", *arguments]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise TargetError("there is no openssl on this machine to make certificates with") from None
    if done.returncode:
        raise TargetError(f"openssl {arguments[0]} failed: {done.stderr.strip()[-300:]}")
