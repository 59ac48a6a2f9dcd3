import pytest

pytest.register_assert_rewrite("tests.parity.comparing")
