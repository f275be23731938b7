"""Patterns of peers match as Python's would, but never take long."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kafkacompat.transactions.patterns import MAX_PATTERN_CHARS, Pattern, PatternError

ATOMS = st.sampled_from(["a", "b", ".", "[ab]", "[^a]", r"\d", r"\w", "1", "^", "$", r"\."])


def _wrapped(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    group = inner.map("({})".format)
    return (
        st.lists(inner, min_size=1, max_size=3).map("".join)
        | st.tuples(group, st.sampled_from(["*", "+", "?", "*?", "{2}", "{1,2}", "{0,}"])).map("".join)
        | st.lists(inner, min_size=2, max_size=3).map("|".join).map("(?:{})".format)
    )


@given(st.recursive(ATOMS, _wrapped, max_leaves=6), st.text("ab1.", max_size=6))
def test_it_matches_what_pythons_matches(pattern: str, text: str) -> None:
    assert Pattern(pattern).fullmatch(text) == (re.fullmatch(pattern, text) is not None)


@pytest.mark.parametrize(
    "pattern", ["(", "[", "*", "a{2,1}", r"(a)\1", "(?=a)", "(?<!a)b", "(?>a)", "a++", "(?P<x>a)(?(x)b|c)", r"a\b"]
)
def test_what_is_no_pattern_or_cannot_be_bounded_is_refused(pattern: str) -> None:
    with pytest.raises(PatternError):
        Pattern(pattern)


def test_a_pattern_has_a_length_and_a_size() -> None:
    assert Pattern("a" * MAX_PATTERN_CHARS).fullmatch("a" * MAX_PATTERN_CHARS)
    for pattern in ("a" * (MAX_PATTERN_CHARS + 1), "((((a{9}){9}){9}){9}){9}", "a{4000000000}", "(" * 900 + ")" * 900):
        with pytest.raises(PatternError):
            Pattern(pattern)


@pytest.mark.parametrize("pattern", ["(a+)+b", "(a|a)*b", "(a*)*", ".*.*.*.*.*.*b", "(?:a?){30}a{30}"])
def test_what_would_keep_a_backtracking_matcher_busy_for_years_is_nothing(pattern: str) -> None:
    assert Pattern(pattern).fullmatch("a" * 40 + "c") is False


@pytest.mark.parametrize(("pattern", "text"), [("(?i)APP", "app"), ("(?s).", "\n"), (r"\p", "p"), ("é+", "éé")])
def test_flags_and_characters(pattern: str, text: str) -> None:
    if pattern == r"\p":
        with pytest.raises(PatternError):
            Pattern(pattern)
    else:
        assert Pattern(pattern).fullmatch(text)
