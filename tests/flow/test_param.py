"""Params: the sources of task arguments."""

import pytest

from swf.flow import param


def test_unknown_param_suggests_static_param():
    with pytest.raises(param.UnknownParamException, match=r"StaticParam\(5\)"):
        param.parametrize(5)


def test_params_have_requirements():
    params = [param.Param("a"), param.StaticParam("b"), param.parametrize("c")]

    assert param.get_all_requirements(params) == ["a", "c"]
    assert list(param.BaseParam().requirements) == []
    with pytest.raises(NotImplementedError):
        param.BaseParam().get_data({})
