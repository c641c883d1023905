"""Settings: the sources of values, errors that stop the start, and secrets that are never shown."""

import os
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from parlour.config import SECRET_FILE, Settings, SettingsError, describe, load, make_folder, secret_key


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def refusal(**given: Any) -> str:
    with pytest.raises(SettingsError) as refused:
        load(**given)
    return str(refused.value)


def test_command_line_overrides_environment_overrides_file_overrides_default(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('listen = "0.0.0.0:1"\nmail_from = "file@x.org"\nagency_name = "File"\n')
    environment = {"PARLOUR_LISTEN": "0.0.0.0:2", "PARLOUR_MAIL_FROM": "environment@x.org", "HOME": "/root"}

    loaded = load({"listen": "0.0.0.0:3", "base_url": None}, environment, file)

    assert loaded.settings.listen == "0.0.0.0:3"
    assert loaded.settings.mail_from == "environment@x.org"
    assert loaded.settings.agency_name == "File"
    assert loaded.settings.base_url == ""
    assert [loaded.origin(name) for name in ("listen", "mail_from", "agency_name", "base_url")] == [
        "command line",
        "PARLOUR_MAIL_FROM",
        str(file),
        "default",
    ]


def test_the_file_may_be_named_by_the_environment_or_lie_in_the_working_directory(tmp_path: Path) -> None:
    Path("parlour.toml").write_text('agency_name = "Here"\n')
    named = tmp_path / "named.toml"
    named.write_text('agency_name = "Named"\n')

    assert load(environment={}).settings.agency_name == "Here"
    assert load(environment={"PARLOUR_CONFIG": str(named)}).settings.agency_name == "Named"


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("debug", "on", True),
        ("debug", "FALSE", False),
        ("throttles", "off", False),
        ("max_headers", "50", 50),
        ("grace_time", "90s", timedelta(seconds=90)),
        ("access_token_life", "1.5h", timedelta(minutes=90)),
        ("session_life", "2d", timedelta(days=2)),
        ("data_dir", "/srv/parlour", Path("/srv/parlour")),
        ("json_case", "pascal", "pascal"),
        ("base_url", "https://chat.example.org/", "https://chat.example.org"),
        ("cors_origins", "https://A.example, http://b.example:81,", ("https://a.example", "http://b.example:81")),
        ("cors_origins", "*", ("*",)),
        ("trusted_proxies", "127.0.0.1, 10.0.0.0/8, fd00::/8", ("127.0.0.1", "10.0.0.0/8", "fd00::/8")),
    ],
)
def test_text_becomes_the_type_of_the_setting(name: str, text: str, value: object) -> None:
    assert getattr(load(environment={f"PARLOUR_{name.upper()}": text}).settings, name) == value


def test_a_file_may_use_the_types_of_toml(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('debug = true\nmax_headers = 50\ngrace_time = "5s"\ntrusted_proxies = ["::1", "10.0.0.1"]\n')

    settings = load(environment={}, file=file).settings

    assert (settings.debug, settings.max_headers, settings.grace_time) == (True, 50, timedelta(seconds=5))
    assert settings.trusted_proxies == ("::1", "10.0.0.1")


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("listen", "8080", "The setting listen must be HOST:PORT, such as 127.0.0.1:8080; it is 8080"),
        ("listen", "x:99999", "The setting listen must be HOST:PORT, such as 127.0.0.1:8080; it is x:99999"),
        ("listen", "", "The setting listen must be HOST:PORT, such as 127.0.0.1:8080; it is empty"),
        ("debug", "perhaps", "The setting debug must be on or off; it is perhaps"),
        ("json_case", "snake", "The setting json_case must be camel or pascal; it is snake"),
        ("max_headers", "many", "The setting max_headers must be a whole number; it is many"),
        ("max_headers", "3", "The setting max_headers must be 10 or more; it is 3"),
        ("grace_time", "10", "The setting grace_time must be a time such as 30s, 15m, 2h or 14d; it is 10"),
        ("session_life", "0s", "The setting session_life must be longer than nothing; it is 0s"),
        ("base_url", "chat.example.org", "The setting base_url must be http://... or https://...; it is chat.example."),
        ("admin_email", "a\x1b@example.org", "The setting admin_email must be an e-mail address; it is a"),
        (
            "agency_name",
            "",
            "The setting agency_name must be a name of 1 to 200 visible characters on one line",
        ),
        ("agency_name", "a\x1b[2J", "The setting agency_name must be a name of 1 to 200 visible characters"),
        ("agency_name", "\u3164", "The setting agency_name must be a name of 1 to 200 visible characters"),
        ("agency_name", "x" * 201, "The setting agency_name must be a name of 1 to 200 visible characters"),
        ("agency_name", "😀" * 201, "The setting agency_name must be a name of 1 to 200 visible characters"),
        ("admin_email", "ann", "The setting admin_email must be an e-mail address; it is ann"),
        ("secret_key", "short", "The setting secret_key must be at least 16 characters; it is ********"),
        ("data_dir", "", "The setting data_dir must be a path; it is empty"),
        ("cors_origins", "*,https://a.example", "The setting cors_origins must be origins, such as"),
        ("cors_origins", "https://a.example/", "The setting cors_origins must be origins, such as"),
        ("trusted_proxies", "proxy", "The setting trusted_proxies must be addresses or networks, such as 127.0.0.1,"),
    ],
)
def test_a_wrong_value_stops_the_start_with_one_sentence(name: str, text: str, sentence: str) -> None:
    message = refusal(environment={f"PARLOUR_{name.upper()}": text})

    assert message.startswith(sentence)
    assert message.endswith(f" (from PARLOUR_{name.upper()}).")
    assert "\n" not in message


def test_an_unknown_setting_stops_the_start(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("listn = 1\n")

    assert refusal(environment={"PARLOUR_LISTN": "x"}).startswith("There is no setting listn (from PARLOUR_LISTN)")
    assert refusal(environment={}, file=file).startswith(f"There is no setting listn (in {file})")


def test_a_settings_file_that_cannot_be_read_stops_the_start(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("listen = \n")

    assert refusal(environment={}, file=file).startswith(f"The settings file {file} cannot be read: ")
    assert refusal(environment={}, file=tmp_path / "none.toml").endswith("none.toml does not exist.")


@pytest.mark.parametrize(
    ("name", "given", "shown"),
    [
        ("database_url", "postgresql://ann:hunter22@db/parlour", "postgresql://ann:********@db/parlour"),
        ("database_url", "postgresql://ann:hunter22@a:1,b:2/parlour", "postgresql://ann:********@a:1,b:2/parlour"),
        ("database_url", "postgresql://svc@tenant:hunter22@db/x", "postgresql://svc%40tenant:********@db/x"),
        ("database_url", "postgres://ann:hunter%4022@[::1]:5432/x", "postgres://ann:********@[::1]:5432/x"),
        ("database_url", "postgresql://ann@db/x?password=hunter22", "postgresql://ann@db/x?password=********"),
        (
            "database_url",
            "postgresql:///x?pass%77ord=hunter22&host=/run",
            "postgresql:///x?pass%77ord=********&host=/run",
        ),
        ("database_url", "postgresql://db/x?sslpassword=hunter22", "postgresql://db/x?sslpassword=********"),
        ("smtp_url", "smtp://me@example.org:hunter22@host", "smtp://me@example.org:********@host"),
        ("smtp_url", "SMTPS://ann:hunter:22@host:465", "smtps://ann:********@host:465"),
        ("smtp_url", "smtp://host:25?starttls=off", "smtp://host:25?starttls=off"),
    ],
)
def test_a_password_in_a_url_is_masked_up_to_the_last_at(name: str, given: str, shown: str) -> None:
    loaded = load(environment={f"PARLOUR_{name.upper()}": given})

    assert loaded.shown(name) == shown
    assert "hunter" not in repr(loaded)


UNENCODED = [
    "postgresql://ann:hunt@er22@db/parlour",
    "postgresql://ann:hunter22/@db/parlour",
    "postgresql://ann:hunter#22@db/parlour",
    "postgresql://ann:hunter?22@db/parlour",
    "postgresql://ann:hunter%22x@db/parlour%",
    "postgresql://ann:hunter%0022@db/parlour",
    "postgresql://ann:hunter 22@db/parlour",
    "postgresql://ann:hunter[22@db/parlour",
    "postgresql://ann@db/parlour?password=hunter#22",
    "postgresql://ann@db/parlour?password=hunt@er22",
    "smtp://ann:hunter#22@host",
    "smtp://ann:12345/hunter22@host",
    "smtp://ann:hunt@er22@host",
    "smtp://ann:hunter\n22@host",
    "postgresql://ann:hunter%C322@db/parlour",
    "smtp://ann:hunter%C322@host",
]


@pytest.mark.parametrize("url", UNENCODED)
def test_a_password_that_is_not_encoded_is_refused_with_how_to_encode_it(url: str) -> None:
    name = "smtp_url" if url.startswith("smtp") else "database_url"
    message = refusal(environment={f"PARLOUR_{name.upper()}": url})

    assert message == (
        f"The setting {name} must be a URL whose user name and password are percent-encoded: @ is written %40, "
        f"# %23, / %2F, ? %3F, % %25, [ %5B, ] %5D and a blank %20 (from PARLOUR_{name.upper()})."
    )


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("database_url", "mysql://ann:hunter22@db/parlour"),
        ("database_url", "host=db user=ann password = 'hunter22 x'"),
        ("database_url", "ann:hunter22@db/parlour"),
        ("database_url", "postgresql://ann:hunter22"),
        ("database_url", "postgresql://db:1x/hunter22"),
        ("database_url", "postgresql://ann@db/parlour?hunter22"),
        ("database_url", "postgresql://ann@db/parlour?password=hunter&22"),
        ("smtp_url", "smtp://ann:12345/hunter22"),
        ("smtp_url", "smtp://ann:hunter22"),
        ("smtp_url", "smtp://ann@host?password=hunter22"),
        ("smtp_url", "http://ann:hunter22@host"),
    ],
)
def test_the_password_of_an_invalid_url_is_not_repeated(name: str, url: str, tmp_path: Path) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text(f'{name} = "{url}"\n')

    assert "hunter" not in refusal(environment={f"PARLOUR_{name.upper()}": url})
    assert "hunter" not in refusal(environment={}, file=file)
    assert "hunter" not in refusal(options={name: url}, environment={})


@pytest.mark.parametrize(
    "text",
    ['smtp_url = ["smtp://ann:hunter22@host"]\n', 'smtp_url = "hunter22\n', "database_url = {password = 'hunter22'}"],
)
def test_an_invalid_settings_file_is_refused_without_quoting_it(text: str, tmp_path: Path) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text(text)

    assert "hunter" not in refusal(environment={}, file=file)


def test_a_base_url_with_a_password_is_refused() -> None:
    assert "hunter22" not in refusal(environment={"PARLOUR_BASE_URL": "https://ann:hunter22@chat.example.org"})


def test_every_setting_is_shown_as_it_would_be_written() -> None:
    loaded = load(environment={})
    written = {f"PARLOUR_{each.name.upper()}": loaded.shown(each.name) for each in describe() if not each.is_secret}

    assert load(environment=written).settings == Settings()
    assert {each.name: each.default for each in describe()} == {
        each.name: loaded.shown(each.name) for each in describe()
    }


def test_the_first_start_creates_a_secret_key_for_its_owner_only(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "new" / "data")

    first = secret_key(settings)

    assert len(first) >= 32
    assert secret_key(settings) == first
    assert secret_key(Settings(data_dir=tmp_path / "other")) != first
    assert stat.S_IMODE((settings.data_dir / SECRET_FILE).stat().st_mode) == 0o600
    assert [path.name for path in settings.data_dir.iterdir()] == [SECRET_FILE]


def test_a_secret_key_that_others_could_read_is_made_private(tmp_path: Path) -> None:
    secret_key(Settings(data_dir=tmp_path))
    (tmp_path / SECRET_FILE).chmod(0o644)

    secret_key(Settings(data_dir=tmp_path))

    assert stat.S_IMODE((tmp_path / SECRET_FILE).stat().st_mode) == 0o600


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_created_folders_are_for_their_owner_only(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        make_folder(tmp_path / "new" / "data")
    finally:
        os.umask(before)

    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*")} == {0o700}


def test_a_folder_that_cannot_be_created_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(SettingsError, match=r"The folder .*/file/data cannot be made: "):
        make_folder(tmp_path / "file" / "data")


def test_a_secret_key_that_is_set_needs_no_file(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data", secret_key="of sixteen bytes")

    assert secret_key(settings) == b"of sixteen bytes"
    assert not settings.data_dir.exists()


def test_an_empty_secret_key_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / SECRET_FILE).touch()

    with pytest.raises(SettingsError, match="holds no key"):
        secret_key(Settings(data_dir=tmp_path))


@pytest.mark.parametrize(
    ("listen", "public"),
    [
        ("127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("0.0.0.0:80", "http://localhost:80"),
        ("[::]:80", "http://localhost:80"),
        ("[::1]:8080", "http://[::1]:8080"),
        ("chat.example.org:8080", "http://chat.example.org:8080"),
    ],
)
def test_without_a_base_url_the_listen_address_is_used(listen: str, public: str) -> None:
    assert Settings(listen=listen).public_url == public
    assert Settings(listen=listen, base_url="https://x.org").public_url == "https://x.org"


@pytest.mark.parametrize(
    "subject", ["mailto:ops@agency.example", "https://agency.example", "https://chat.agency.example/contact"]
)
def test_a_subject_of_pushes_is_an_address_on_the_internet(subject: str) -> None:
    loaded = load(environment={"PARLOUR_PUSH_SUBJECT": subject})

    assert loaded.settings.push_contact == subject


@pytest.mark.parametrize(
    "subject",
    [
        "ops@agency.example",
        "mailto:ops@localhost",
        "mailto: ops@agency.example",
        "mailto:<ops@agency.example>",
        "mailto:ops@10.0.0.1",
        "mailto:ops@office.local",
        "http://agency.example",
        "https://localhost",
        "https://127.0.0.1",
        "https://[::1]/",
        "https://user@agency.example",
    ],
)
def test_a_subject_that_push_services_refuse_stops_the_start(subject: str) -> None:
    said = refusal(environment={"PARLOUR_PUSH_SUBJECT": subject})

    assert said.startswith("The setting push_subject must be mailto:NAME@HOST or https://HOST, with a host on the")


@pytest.mark.parametrize(
    ("settings", "contact"),
    [
        ({}, None),
        ({"base_url": "https://chat.agency.example"}, "https://chat.agency.example"),
        ({"base_url": "http://chat.agency.example", "mail_from": "chat@agency.example"}, "mailto:chat@agency.example"),
        ({"base_url": "https://10.0.0.1", "mail_from": "chat@localhost"}, None),
        ({"base_url": "https://a.example", "push_subject": "mailto:ops@b.example"}, "mailto:ops@b.example"),
    ],
)
def test_the_subject_of_pushes_follows_from_other_settings(settings: dict[str, Any], contact: str | None) -> None:
    assert Settings(**settings).push_contact == contact
