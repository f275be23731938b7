"""FINDINGS.md: what an entry must say, and what entries make of results."""

from __future__ import annotations

from dataclasses import replace

import pytest

from suite.findings import Finding, MalformedFindingsError, columns_agree, judge, parse_findings
from suite.results import Outcome, Result, Status

GOOD = """# Findings of fake

Some words.

## transactions/*
- date: 2026-11-24
- symptom: a transaction cannot begin,
  in any way
- cause: it is not served
- fix: serve it

## basics/one
- date: 2026-11-24
- symptom: s
- cause: c
- fix: f
"""


def result(scenario: str, status: Status, target: str = "ours", client: str = "fake") -> Result:
    return Result(scenario, client, target, status, "it broke")


def unsupported(scenario: str, target: str = "ours") -> Result:
    return replace(result(scenario, Status.SKIP, target), unsupported=True)


def always(_scenario: str) -> bool:
    return True


TRANSACTIONS = Finding("fake", "transactions/*", "no transactions")


def test_entries_are_read() -> None:
    first, second = parse_findings(GOOD, "fake")
    assert (first.pattern, first.symptom) == ("transactions/*", "a transaction cannot begin, in any way")
    assert second.matches("basics/one")
    assert not second.matches("basics/one_more")


@pytest.mark.parametrize("point", ["date", "symptom", "cause", "fix"])
def test_every_point_is_required(point: str) -> None:
    for broken in (GOOD.replace(f"- {point}:", "- note:"), f"## a/b\n- {point}:\n"):
        with pytest.raises(MalformedFindingsError, match=r"clients/fake/FINDINGS\.md"):
            parse_findings(broken, "fake")


def test_other_lines_and_dates_that_are_none_are_refused() -> None:
    with pytest.raises(MalformedFindingsError, match="yesterday"):
        parse_findings(GOOD.replace("2026-11-24", "yesterday", 1), "fake")
    with pytest.raises(MalformedFindingsError, match="what is 'Free text'"):
        parse_findings(f"{GOOD}Free text\n", "fake")


def test_a_failure_with_an_entry_is_an_expected_one() -> None:
    results = [result("transactions/a", Status.FAIL), result("basics/a", Status.FAIL)]
    judged, errors = judge(results, [TRANSACTIONS], always, whole=True)
    assert [each.status for each in judged] == [Status.EXPECTED, Status.FAIL]
    assert judged[0].reason == "no transactions (it broke)"
    assert errors == []


def test_an_expected_failure_that_passes_is_a_failure_until_its_entry_is_gone() -> None:
    [judged], errors = judge([result("transactions/a", Status.PASS)], [TRANSACTIONS], always, whole=True)
    assert judged.status is Status.STALE
    assert judged.bad
    assert errors == []
    assert not Outcome([judged]).good


def test_the_real_kafka_and_other_clients_have_no_expected_failures() -> None:
    results = [result("transactions/a", Status.FAIL, "kafka"), result("transactions/a", Status.FAIL, client="other")]
    judged, _ = judge(results, [TRANSACTIONS], always, whole=False)
    assert [each.status for each in judged] == [Status.FAIL, Status.FAIL]


def test_an_entry_about_nothing_is_a_mistake_in_a_whole_run_only() -> None:
    skipped = [result("transactions/a", Status.SKIP)]
    assert judge(skipped, [TRANSACTIONS], always, whole=False) == (skipped, [])
    _, errors = judge(skipped, [TRANSACTIONS], always, whole=True)
    assert errors == ["clients/fake/FINDINGS.md, transactions/*: it is about no cell that was run"]


def test_no_failure_is_expected_of_a_feature_that_is_served() -> None:
    [judged], errors = judge([result("transactions/a", Status.FAIL)], [TRANSACTIONS], lambda _: False, whole=True)
    assert judged.status is Status.FAIL
    assert len(errors) == 1
    assert "served in full" in errors[0]


def test_what_a_client_calls_unsupported_on_one_side_only_is_a_failure() -> None:
    ours = unsupported("a/b")
    assert columns_agree([ours, result("a/b", Status.PASS, "kafka")])[0].status is Status.FAIL
    assert columns_agree([ours, unsupported("a/b", "kafka")])[0].status is Status.SKIP
    [judged], _ = judge([unsupported("transactions/a")], [TRANSACTIONS], always, whole=True)
    assert judged.status is Status.EXPECTED
