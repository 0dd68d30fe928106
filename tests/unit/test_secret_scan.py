"""What a province would lose: a key that stands in the repository is everybody's who reads it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

pytest.importorskip("detect_secrets", reason="detect-secrets is not installed: make install")

from tests import secret_scan

#: Put together here, so that the scan of this file finds none.
SECRETS = {
    "a.py": "KEY = '" + "AKIA" + "QWERTYUIOPASDFGH" + "'\n",
    "b.pem": "-----BEGIN " + "PRIVATE KEY-----\n",
    "c.yaml": "password" + ": 'kR8wq2ZtLm'\n",
    "d.txt": "postgres://u:" + "pw8Tq@db.example.vn/x\n",
}


def test_a_new_secret_is_found_and_one_that_is_none_needs_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    known = tmp_path / "known.yaml"
    known.write_text("[]")
    for name, text in SECRETS.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "e.py").write_text("password = os.environ['PASSWORD']\n")
    monkeypatch.setattr(secret_scan, "ROOT", tmp_path)
    monkeypatch.setattr(secret_scan, "KNOWN", known)
    monkeypatch.setattr(secret_scan, "files", lambda: [*SECRETS, "e.py"])

    assert secret_scan.main() == 1
    said = capsys.readouterr().out
    assert {line.split(":")[0] for line in said.splitlines() if " (" in line and ":1:" in line} == set(
        SECRETS
    )
    assert "AKIA" not in said and "kR8wq2ZtLm" not in said and "pw8Tq" not in said

    found = secret_scan.in_files(secret_scan.files())
    listed = [{"file": each.file, "why": "made up for this test", "hashes": [each.hash]} for each in found]
    known.write_text(yaml.safe_dump(listed))
    assert secret_scan.main() == 0
    (tmp_path / "a.py").write_text("KEY = None\n")
    assert secret_scan.main() == 1
    assert "a.py has no" in capsys.readouterr().out
    known.write_text(yaml.safe_dump([{**listed[0], "why": "no"}]))
    with pytest.raises(ValueError, match="has no reason"):
        secret_scan.main()
