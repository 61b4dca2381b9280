"""Every file under tests/broken/checks is refused, and the message says what its first lines say it must."""

from pathlib import Path

import pytest

from simcounty.errors import ScenarioError
from simcounty.validation import load_suite

BROKEN = Path(__file__).parents[1] / "broken" / "checks"


@pytest.mark.parametrize("path", sorted(BROKEN.glob("*.toml")), ids=lambda path: path.stem)
def test_a_broken_check_file_is_refused_with_its_message(path: Path) -> None:
    said = [
        line.removeprefix("# says: ") for line in path.read_text("utf-8").splitlines() if "# says: " in line
    ]
    assert said
    with pytest.raises(ScenarioError) as refused:
        load_suite(path)
    message = str(refused.value)
    assert path.name in message
    for fragment in said:
        assert fragment in message, message
    findings = [line for line in message.splitlines() if line.startswith("  - ")]
    assert len(findings) == len(set(findings)) > 0
