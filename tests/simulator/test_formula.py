"""The six gateways and the formula of their success."""

from math import sqrt

import pytest

from adapters.simulator.chance import draws_for, latency_ms
from adapters.simulator.declines import DECLINES, decline_for
from adapters.simulator.ordinary import FAULT_SHARES, ordinary_plan
from adapters.simulator.plans import PLAIN, Fate
from adapters.simulator.profiles import BANKS, METHODS, PROFILES, success_probability

DRAWS = 4_000
SUITED = [
    ("razorpay", "upi", "HDFC"),
    ("stripe", "card", "HDFC"),
    ("paytm", "wallet", "SBI"),
    ("phonepe", "upi", "SBI"),
    ("hdfc", "netbanking", "HDFC"),
    ("sbi", "netbanking", "SBI"),
]


@pytest.mark.parametrize(
    ("gateway", "method", "bank", "expected"),
    [
        ("stripe", "card", "HDFC", 0.98 * (0.7 + 0.3 * sqrt(0.98 * 0.92))),
        ("hdfc", "card", "KOTAK", 0.95 * (0.7 + 0.3 * sqrt(0.94 * 0.57))),
        ("sbi", "upi", None, 0.88 * (0.7 + 0.3 * sqrt(0.82 * 0.592))),
        ("sbi", "upi", "OTHER", 0.88 * (0.7 + 0.3 * sqrt(0.82 * 0.592))),
    ],
)
def test_the_documented_formula(
    gateway: str, method: str, bank: str | None, expected: float
) -> None:
    found = success_probability(PROFILES[gateway], method=method, bank=bank)
    assert found == pytest.approx(expected)


@pytest.mark.parametrize(("gateway", "method", "bank"), SUITED)
def test_suited_traffic_mostly_succeeds(gateway: str, method: str, bank: str) -> None:
    assert 0.85 <= success_probability(PROFILES[gateway], method=method, bank=bank) <= 0.97


def test_no_supported_pair_falls_below_what_the_document_says() -> None:
    lowest = min(
        success_probability(profile, method=method, bank=bank)
        for profile in PROFILES.values()
        for method in profile.methods
        for bank in BANKS
    )
    assert 0.76 < lowest < 0.78


def test_a_control_may_stand_in_for_the_success_rate() -> None:
    assert success_probability(PROFILES["stripe"], method="card", bank=None, success=0.0) == 0.0


@pytest.mark.parametrize(("gateway", "method", "bank"), SUITED)
def test_drawn_traffic_follows_the_formula(gateway: str, method: str, bank: str) -> None:
    profile = PROFILES[gateway]
    plans = [
        ordinary_plan(
            profile, draws_for(7, gateway, f"key-{n}"), method=method, bank=bank, success=None
        )
        for n in range(DRAWS)
    ]
    expected = success_probability(profile, method=method, bank=bank)
    assert plans.count(PLAIN) / DRAWS == pytest.approx(expected, abs=0.02)
    failed = [plan for plan in plans if plan is not PLAIN]
    declined = sum(plan.fate is Fate.DECLINED for plan in failed) / len(failed)
    assert declined == pytest.approx(1 - sum(share for share, _ in FAULT_SHARES), abs=0.1)


def test_the_same_seed_and_key_draw_the_same_and_others_do_not() -> None:
    assert draws_for(1, "stripe", "k") == draws_for(1, "stripe", "k")
    others = [
        draws_for(2, "stripe", "k"),
        draws_for(1, "sbi", "k"),
        draws_for(1, "stripe", "l"),
        draws_for(1, "stripe", "k", 1),
    ]
    assert len({draws_for(1, "stripe", "k"), *others}) == 5


def test_answer_times_have_the_base_as_median_and_a_bound() -> None:
    assert latency_ms(280, 0.5) == pytest.approx(280)
    assert latency_ms(280, 0.95) == pytest.approx(280 * 1.78, rel=0.01)
    assert 0 < latency_ms(280, 0.0) < latency_ms(280, 1.0) <= 2_800


def test_every_decline_can_be_drawn_and_fits_its_method() -> None:
    for method in METHODS:
        drawn = {decline_for(method, n / 1000) for n in range(1000)}
        assert drawn == {decline for decline in DECLINES if method in decline.methods}
