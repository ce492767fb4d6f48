"""Every projection is found under its own name."""

import pytest

from projections.catalogue import PROJECTIONS, UnknownProjection, projector_named
from tests.projections.fake_log import CODEC, FakeLog


@pytest.mark.parametrize("name", PROJECTIONS)
def test_a_projection_is_found_by_its_name(name: str) -> None:
    assert projector_named(name, log=FakeLog(), codec=CODEC).name == name


def test_a_name_of_none_is_refused_with_those_that_are() -> None:
    with pytest.raises(UnknownProjection, match="no projection 'x'; there are payment_status, "):
        projector_named("x", log=FakeLog(), codec=CODEC)
