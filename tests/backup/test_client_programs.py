"""Which pg_dump and pg_restore fit which server."""

from pathlib import Path

import pytest

from videoflix.backup.client_programs import ClientProgram, choose_dump, choose_restore
from videoflix.errors import BackupError


def _programs(*majors: int) -> list[ClientProgram]:
    return [ClientProgram(Path(f"/opt/{major}/bin/pg"), major) for major in majors]


@pytest.mark.parametrize(
    ("found", "server", "chosen"),
    [
        ((18, 16, 15), 15, 15),
        ((18, 16), 15, 16),
        ((16, 18), 17, 18),
        ((18,), 18, 18),
        ((18, 16), 19, None),
        ((), 15, None),
    ],
)
def test_pg_dump_is_as_new_as_the_server_or_newer(found: tuple[int, ...], server: int, chosen: int | None) -> None:
    if chosen:
        assert choose_dump(_programs(*found), server).major == chosen
        return
    with pytest.raises(BackupError, match=f"Install the client programs of PostgreSQL {server}"):
        choose_dump(_programs(*found), server)


@pytest.mark.parametrize(
    ("found", "server", "program", "chosen"),
    [
        ((18, 16, 15), 15, 15, 15),
        ((18, 16), 15, 15, 16),  # 18 would set a parameter that 15 does not know
        ((18, 16), 18, 15, 18),
        ((18, 16), 18, 16, 18),
        ((18,), 15, 15, None),
        ((16,), 18, 18, None),
    ],
)
def test_pg_restore_reads_the_dump_and_knows_the_server(
    found: tuple[int, ...], server: int, program: int, chosen: int | None
) -> None:
    if chosen:
        assert choose_restore(_programs(*found), server, program).major == chosen
        return
    with pytest.raises(BackupError, match=rf"found: {found[0]} \(/opt/{found[0]}/bin/pg\)\)\. Install the client"):
        choose_restore(_programs(*found), server, program)
