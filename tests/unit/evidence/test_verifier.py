"""What an auditor would lose: a verdict on a bundle by a program alone, and the reason when it is no."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.sxsh.evidence import verifier
from deploy.sxsh.evidence.bundle import Asked, write
from deploy.sxsh.trouble import Trouble
from services.eventkit.proof.notes import Signer
from services.kpi.domain.official import OfficialReading
from services.kpi.domain.rules import RuleSet
from tests.damage import damaged
from tests.examples import examples
from tests.integration.past.history import History
from tests.unit.evidence.forgeries import FORGERIES, MANIFEST, Forged
from tests.unit.evidence.made import MadeSource, Quiet

DAY = "2018-12-31"


@pytest.fixture(scope="module")
def history() -> History:
    return History(3)


@pytest.fixture(scope="module")
def moment(history: History) -> str:
    """At which some of what is known at the end was not recorded."""
    recorded = history.recorded()
    return recorded[len(recorded) * 3 // 4].isoformat()


@pytest.fixture(scope="module")
def source(history: History, moment: str) -> MadeSource:
    """The day was made official some time before that moment, another day after it."""
    recorded = history.recorded()
    return MadeSource(history, ((DAY, recorded[len(recorded) * 2 // 3]), ("2017-12-31", recorded[-1])))


@pytest.fixture(scope="module")
def bundle(source: MadeSource, moment: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bundle") / "k2.zip"
    write(source, Asked("K2", DAY, moment), source.keys, path, Quiet())
    return path


@pytest.fixture(scope="module")
def keys(source: MadeSource, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("keys") / "keys.txt"
    path.write_text(source.keys)
    return path


@pytest.fixture(scope="module")
def program(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The verifier as it is shipped, taken out of a bundle."""
    folder = tmp_path_factory.mktemp("program")
    with zipfile.ZipFile(bundle) as file:
        return Path(file.extract("verify.py", folder))


@given(data=st.data())
@settings(max_examples=examples(15))
def test_a_damaged_file_is_never_a_crash_and_no_changed_part_is_accepted(
    bundle: Path, tmp_path: Path, data: st.DataObject
) -> None:
    whole, path = bundle.read_bytes(), tmp_path / "damaged.zip"
    path.write_bytes(data.draw(damaged(whole)))
    verifier.check(path)
    with zipfile.ZipFile(bundle) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = data.draw(st.sampled_from(sorted(parts)))
    changed = data.draw(damaged(parts[name]))
    with zipfile.ZipFile(path, "w") as archive:
        for each, content in parts.items():
            archive.writestr(each, changed if each == name else content)
    assert verifier.check(path).problems or changed == parts[name]


def verified(program: Path, *arguments: Path | str) -> subprocess.CompletedProcess[str]:
    """By the program alone: no environment, no path to this project, nothing of it imported."""
    return subprocess.run(
        [sys.executable, "-I", program, *arguments],
        capture_output=True,
        text=True,
        env={},
        cwd=program.parent,
        timeout=60,
        check=False,
    )


def test_a_true_bundle_is_accepted(program: Path, bundle: Path, keys: Path) -> None:
    done = verified(program, bundle, "--keys", keys)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("ACCEPTED\n  K2a = ")
    assert "not confirmed" not in done.stdout
    without = verified(program, bundle)
    assert without.returncode == 0 and "compare them with some from elsewhere" in without.stdout


def test_a_folder_it_was_unpacked_into_is_accepted(
    program: Path, bundle: Path, keys: Path, tmp_path: Path
) -> None:
    with zipfile.ZipFile(bundle) as file:
        file.extractall(tmp_path)
    assert verified(program, tmp_path, "--keys", keys).returncode == 0


@pytest.mark.parametrize("name", FORGERIES)
def test_an_altered_bundle_is_rejected_with_the_reason(
    program: Path, bundle: Path, keys: Path, source: MadeSource, tmp_path: Path, name: str
) -> None:
    forgery, forged = FORGERIES[name], Forged(bundle, source)
    forgery.act(forged)
    if not forgery.clumsy:
        forged.renamed()
    done = verified(program, forged.write(tmp_path / "forged.zip"), "--keys", keys)
    assert done.returncode == 1, done.stdout + done.stderr
    reasons = [line for line in done.stdout.splitlines() if line.startswith(f"REJECTED {forgery.what}: ")]
    assert any(forgery.detail in reason for reason in reasons), done.stdout
    assert "Traceback" not in done.stderr


def test_only_what_was_altered_is_named(
    program: Path, bundle: Path, keys: Path, source: MadeSource, tmp_path: Path
) -> None:
    """Putting the hashes of the files right is not enough to be taken for another alteration."""
    forged = Forged(bundle, source)
    forged.renamed()
    assert verified(program, forged.write(tmp_path / "same.zip"), "--keys", keys).returncode == 0
    FORGERIES["a numerator changed"].act(forged)
    done = verified(program, forged.write(tmp_path / "forged.zip"), "--keys", keys)
    assert len(done.stdout.splitlines()) == 1, done.stdout


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("target", verifier.TARGETS)
def test_any_value_at_any_moment_is_what_a_plain_reading_gives(
    seed: int, target: str, tmp_path: Path
) -> None:
    """The bundle is only written when the verifier's value is the one read, here by the fold of the tests."""
    source = MadeSource(History(seed))
    recorded = source.history.recorded()
    for number, known_at in enumerate([*source.history.random.sample(recorded, 4), recorded[0]]):
        for day in ("2016-12-31", "2018-12-31", "2020-12-31"):
            path = tmp_path / f"{number}-{day}.zip"
            verdict = write(source, Asked(target, day, known_at.isoformat()), source.keys, path, Quiet())
            assert not verdict.problems and path.exists()


class Wrong(MadeSource):
    def reading(self, on: str, known_at: str, plan: str | None) -> dict[str, object]:
        answer = super().reading(on, known_at, plan)
        answer["targets"][1]["numerator"] += 1
        return answer


def test_a_bundle_is_not_written_when_the_system_reads_another_value(tmp_path: Path, moment: str) -> None:
    source = Wrong(History(3))
    with pytest.raises(Trouble, match="K2a: the numerator"):
        write(source, Asked("K2", DAY, moment), source.keys, tmp_path / "k2.zip", Quiet())
    assert list(tmp_path.iterdir()) == []


class Liar(MadeSource):
    """Freezes another value than it reads, or of other commits than it has."""

    def reading(self, on: str, known_at: str, plan: str | None) -> dict[str, Any]:
        answer = super().reading(on, known_at, plan)
        if not hasattr(self, "bodies"):
            self.lie(answer)
        return answer

    def lie(self, answer: dict[str, Any]) -> None:
        answer["targets"][1]["numerator"] += 1


class LiarAboutCommits(Liar):
    """Names the head of fewer commits for more."""

    def lie(self, answer: dict[str, Any]) -> None:
        answer["position"]["audits"] -= 1

    def official(self, reading: OfficialReading) -> OfficialReading:
        positions = {**reading.position, "audits": reading.position["audits"] + 1}
        return msgspec.structs.replace(reading, position=positions)


@pytest.mark.parametrize(
    ("liar", "said"), [(Liar, "official-differs"), (LiarAboutCommits, "official-of-others")]
)
def test_an_official_value_that_the_commits_do_not_bear_out_is_told(
    tmp_path: Path, liar: type[Liar], said: str
) -> None:
    history = History(3)
    at = history.recorded()[-1]
    source = liar(history, ((DAY, at),))
    with pytest.raises(Trouble, match=said):
        write(source, Asked("K2", DAY, at.isoformat()), source.keys, tmp_path / "k2.zip", Quiet())


def test_what_was_official_then_is_in_the_report(bundle: Path, source: MadeSource) -> None:
    report = Forged(bundle, source).files["report.md"].decode()
    assert "frozen by oanh at" in report and "oanh chốt lúc" in report


def test_what_no_signature_confirms_is_said(tmp_path: Path, keys: Path) -> None:
    source = MadeSource(History(3))
    path = tmp_path / "k1.zip"
    verdict = write(source, Asked("K1", DAY, "2031-01-01T00:00:00+07:00"), source.keys, path, Quiet())
    assert [limit[1].partition(":")[0] for limit in verdict.limits] == ["kpi", "registry", "training"]
    assert "never signed" in verdict.limits[0][1] and not verdict.complete
    with zipfile.ZipFile(path) as file:
        report = file.read("report.md").decode()
    assert "no signature confirms" in report and "không chữ ký nào xác nhận" in report


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(-1, "from then to the moment"), (60, "still being written"), (61, "still 265 commits")],
)
def test_what_shows_that_nothing_followed_is_said_and_what_does_not(
    tmp_path: Path, seconds: int, said: str
) -> None:
    """Of a log that was quiet since: by how much later it was signed again that there is nothing new."""
    source, path, known_at = MadeSource(History(3)), tmp_path / "k2.zip", datetime(2031, 1, 1, tzinfo=UTC)
    signed = known_at + timedelta(seconds=seconds)
    for log, notes in source.notes.items():
        notes.append(source.note(log, len(source.bodies[log]), signed))
    verdict = write(source, Asked("K2", DAY, known_at.isoformat()), source.keys, path, Quiet())
    shown, other = verdict.complete, verdict.limits
    told, untold = (shown, other) if seconds > 60 else (other, shown)
    assert [one[1].partition(":")[0] for one in told] == ["kpi", "registry", "audits"] and not untold
    assert said in told[-1][1] and signed.isoformat() in told[-1][1]
    with zipfile.ZipFile(path) as file:
        report = file.read("report.md").decode()
    part = report.partition("### What shows that no commit is left out")[2].partition("### What no signature")
    assert said in part[0 if seconds > 60 else 2] and said not in part[2 if seconds > 60 else 0]


def test_what_had_been_signed_by_then_is_in_the_bundle(bundle: Path, source: MadeSource, moment: str) -> None:
    proof = Forged(bundle, source).json("proofs/registry.json")
    before = proof["checkpoint_before"].splitlines()
    assert datetime.fromisoformat(before[3].removeprefix("at ")) <= datetime.fromisoformat(moment)
    assert int(before[1]) < int(proof["checkpoint"].splitlines()[1])


def test_the_bundle_has_a_report_for_people(bundle: Path, source: MadeSource) -> None:
    files = Forged(bundle, source).files
    report, said = files["report.md"].decode(), Forged(bundle, source).json(MANIFEST)
    assert f"| K2a | {said['values']['K2a']['value']} |" in report
    assert "Báo cáo bằng chứng" in report and "Report on the evidence" in report


def test_the_rules_that_come_with_the_system_are_known() -> None:
    source = MadeSource(History(0))
    rules = source.rules()
    name = f"rules {rules['id']}@{rules['version']}"
    assert verifier.KNOWN[name] == rules["sha256"], "add the new version to the verifier; keep the old"


def test_months_end_where_the_rules_end_them() -> None:
    assert verifier.months_later(date(2016, 2, 29), 12) == date(2017, 2, 28)
    assert verifier.months_later(date(2016, 12, 31), 36) == date(2019, 12, 31)
    assert RuleSet.load().certificate_months == 36


class Rotated(MadeSource):
    """What was signed before a moment was signed with another key."""

    def note(self, source: str, size: int, at: datetime) -> dict[str, Any]:
        found = super().note(source, size, at)
        if at < self.rotated:
            text = found["note"].rpartition("\n\n")[0] + "\n"
            found["note"] = Signer(f"sxsh/{source}/2018", self.older).sign(text)
        return found

    older = Ed25519PrivateKey.generate()

    @property
    def rotated(self) -> datetime:
        recorded = self.history.recorded()
        return recorded[len(recorded) * 4 // 5]


def test_what_an_earlier_key_signed_stays_verifiable_and_needs_it(tmp_path: Path, moment: str) -> None:
    source, path = Rotated(History(3)), tmp_path / "k2.zip"
    older = "".join(f"{Signer(f'sxsh/{log}/2018', source.older).verifier}\n" for log in source.logs)
    write(source, Asked("K2", DAY, moment), source.keys + older, path, Quiet())
    assert "2018" in Forged(path, source).json("proofs/registry.json")["checkpoint_before"]
    (problem, *_) = verifier.check(path, source.keys).problems
    assert problem.what == "key-unknown" and "signed before" in problem.detail
