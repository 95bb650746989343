import psycopg
import pytest

from tests.fixtures.app import Client
from tests.fixtures.commands import Run
from tests.fixtures.services import Services
from videoflix.settings import Settings

EVERYWHERE = "0.0.0.0"  # noqa: S104


async def test_an_admin_is_created_and_can_log_in(run: Run, client: Client) -> None:
    done = run("create-admin", "Grace@Example.ORG", stdin="a long password\n")
    assert (done.returncode, done.stdout) == (0, "created the administrator Grace@example.org\n")
    login = await client.post("/api/login/", json={"email": "grace@example.org", "password": "a long password"})
    assert login.status == 200


def test_a_duplicate_or_invalid_admin_is_refused(run: Run) -> None:
    assert run("create-admin", "grace@example.org", stdin="a long password\n").returncode == 0
    for email, password, reason in (
        ("GRACE@example.org", "a long password", "already exists"),
        ("grace", "a long password", "not an e-mail address"),
        ("ada@example.org", "short", "8 to 128"),
    ):
        done = run("create-admin", email, stdin=f"{password}\n")
        assert done.returncode == 1
        assert reason in done.stderr
        assert "Traceback" not in done.stderr


async def test_migrate_creates_the_configured_admin_once(run: Run, client: Client) -> None:
    admin = {"DJANGO_SUPERUSER_EMAIL": "root@films.local", "DJANGO_SUPERUSER_PASSWORD": "adminpassword"}
    assert "created the administrator root@films.local" in run("migrate", **admin).stdout
    assert (
        run("migrate", **{**admin, "DJANGO_SUPERUSER_PASSWORD": "another one"}).stdout == "the schema is up to date\n"
    )
    login = await client.post("/api/login/", json={"email": "root@films.local", "password": "adminpassword"})
    assert login.status == 200


@pytest.mark.parametrize("command", [["migrate"], ["worker", "mail"], ["serve"], ["serve", "--host", EVERYWHERE]])
def test_a_server_refuses_the_placeholder_password_of_the_template(run: Run, command: list[str]) -> None:
    host = {} if "--host" in command else {"HOST": EVERYWHERE}
    done = run(*command, DEBUG="False", ADMIN_PASSWORD="change-me-please", **host)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "ADMIN_PASSWORD" in done.stderr


def test_an_invalid_variable_is_one_line_with_exit_status_2(run: Run) -> None:
    done = run("migrate", PORT="eighty")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "PORT" in done.stderr


def test_a_database_with_other_tables_is_one_line(run: Run, services: Services, environ: dict[str, str]) -> None:
    services.execute(f"CREATE DATABASE foreign_{environ['DB_NAME']} STRATEGY FILE_COPY OWNER videoflix")
    elsewhere = {**environ, "DB_NAME": f"foreign_{environ['DB_NAME']}"}
    with psycopg.connect(Settings.from_env(elsewhere).database_url) as connection:
        connection.execute("CREATE TABLE videos (id int)")
    done = run("migrate", DB_NAME=elsewhere["DB_NAME"])
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert 'relation "videos" already exists' in done.stderr
    services.execute(f"DROP DATABASE {elsewhere['DB_NAME']}")
