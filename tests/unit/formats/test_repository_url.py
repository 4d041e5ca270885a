import pytest

from immich_backup_exporter.formats import repository_url
from immich_backup_exporter.formats.repository_url import RepositoryUrlError, mask, parse, with_credentials
from immich_backup_exporter.words import ENGLISH


@pytest.mark.parametrize(
    ("url", "backend", "location"),
    [
        ("/backups/immich", "local", "local:/backups/immich"),
        ("/backups/immich/", "local", "local:/backups/immich"),
        ("local:/backups/immich", "local", "local:/backups/immich"),
        ("local:C:odd name", "local", "local:C:odd name"),
        ("backups/immich", "local", "local:backups/immich"),
        ("./with:colon", "local", "local:./with:colon"),
        ("/", "local", "local:/"),
        ("rest:https://backup.example/immich", "rest", "rest:https://backup.example/immich/"),
        ("rest:HTTPS://me:s3cret@Backup.Example:443/immich/", "rest", "rest:https://backup.example/immich/"),
        ("rest:http://backup.example:8000", "rest", "rest:http://backup.example:8000/"),
        ("rest:http://[2001:db8::1]:8000/", "rest", "rest:http://[2001:db8::1]:8000/"),
        ("rest:http+unix:///run/rest.sock:/immich/", "rest", "rest:unix:/run/rest.sock:http://localhost/immich/"),
        ("s3:s3.amazonaws.com/bucket/immich/", "s3", "s3:s3.amazonaws.com/bucket/immich"),
        ("s3:https://key:s3cret@minio.example:9000/bucket", "s3", "s3:https://minio.example:9000/bucket"),
        ("b2:bucket:immich", "b2", "b2:bucket:immich"),
        ("sftp:me@nas:/srv/immich", "sftp", "sftp:me@nas:/srv/immich"),
        ("sftp://me@nas:2222//srv/immich", "sftp", "sftp://me@nas:2222//srv/immich"),
        ("sftp://me:s3cret@nas:2222//srv/immich", "sftp", "sftp://me@nas:2222//srv/immich"),
        ("rclone:cloud:immich", "rclone", "rclone:cloud:immich"),
        ('rclone::s3,key="a:b",secret=s3cret:bucket', "rclone", "rclone::s3,***:bucket"),
        ("azure:container:/immich", "azure", "azure:container:/immich"),
        ("gs:bucket:/immich", "gs", "gs:bucket:/immich"),
        ("swift:container:/immich", "swift", "swift:container:/immich"),
    ],
)
def test_every_form_has_its_backend_and_a_location_without_credentials(url: str, backend: str, location: str) -> None:
    parsed = parse(url)
    assert parsed.backend == backend
    assert parsed.location == location
    assert "s3cret" not in repr(parsed)


def test_a_local_path_is_what_restic_would_open() -> None:
    assert parse("local:/backups/immich").local_path == "/backups/immich"
    assert parse("backups").local_path == "backups"
    assert parse("b2:bucket:immich").local_path is None


def test_a_rest_server_is_taken_apart_with_its_credentials_decoded() -> None:
    server = parse("rest:https://me%40home:s3%2Fcret@backup.example:8443/immich").rest
    assert server is not None
    assert server.base_url == "https://backup.example:8443/immich/"
    assert (server.username, server.password) == ("me@home", "s3/cret")
    assert server.unix_socket is None


def test_a_unix_socket_is_told_from_the_path_behind_it() -> None:
    server = parse("rest:http+unix:///run/rest.sock:/immich/").rest
    assert server is not None
    assert server.unix_socket == "/run/rest.sock"
    assert server.base_url == "http://localhost/immich/"


def test_the_fingerprint_is_the_same_for_other_credentials_and_another_for_another_place() -> None:
    first = parse("rest:https://me:old@backup.example/immich").fingerprint
    assert parse("rest:https://you:new@backup.example/immich/").fingerprint == first
    assert parse("rest:https://me:old@backup.example/other").fingerprint != first
    assert parse("/backups").fingerprint == "19114804811b61e8333f4800a563041e4fcc8590cdff52c5b184b91de00e495d"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "  ",
        "foo:s3cret",
        "https://me:s3cret@host/",
        "rest:",
        "rest:ftp://me:s3cret@host/",
        "rest:host:8000/s3cret",
        "rest:http:///s3cret",
        "rest:http://me:s3cret@host:port/",
        "rest:http://me:s3cret@[::1/",
        "rest:http+unix://",
        "rest:https+unix:///s3cret.sock:/",
        "s3:",
        "/backups\ns3cret",
        "/backups\0s3cret",
    ],
)
def test_what_restic_would_not_take_is_refused_without_a_word_of_it(url: str) -> None:
    with pytest.raises(RepositoryUrlError) as raised:
        parse(url)
    assert "s3cret" not in ENGLISH.render(raised.value.problem)
    assert "s3cret" not in repr(raised.value.problem) + repr(raised.value)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("rest:https://user:s3cret@host/immich", "rest:https://user:***@host/immich"),
        ("rest:https://user:s3c@ret@host/immich", "rest:https://user:***@host/immich"),
        ("rest:https://user:s3c/ret@host/immich", "rest:https://user:***@host/immich"),
        ("rest:https://s3cret@host/immich", "rest:https://***@host/immich"),
        ("rest:https://host:8000/a@b", "rest:https://host:8000/a@b"),
        ("rest:http://user:s3cret@host:port/", "rest:http://user:***@host:port/"),
        ("rest:user:s3cret@host", "rest:user:***@host"),
        ("s3:https://key:s3cret@minio/bucket", "s3:https://key:***@minio/bucket"),
        ("s3:s3.amazonaws.com/bucket", "s3:s3.amazonaws.com/bucket"),
        ("sftp:me@nas:/srv", "sftp:me@nas:/srv"),
        ("sftp://me:s3cret@nas//srv", "sftp://me:***@nas//srv"),
        ("rclone::s3,secret_access_key=s3cret:bucket", "rclone::s3,***:bucket"),
        ("rclone:cloud:immich", "rclone:cloud:immich"),
        ("/srv/@backups/immich", "/srv/@backups/immich"),
        ("local:/srv/user:x@backups", "local:/srv/user:x@backups"),
        ("https://user:s3cret@host/", "https:***"),
        ("relative/folder", "relative/folder"),
    ],
)
def test_a_shown_url_has_no_secret(url: str, shown: str) -> None:
    assert mask(url) == shown


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("rest:https://host/immich", "rest:https://me:s%2Fc%40ret@host/immich"),
        ("rest:http+unix:///run/rest.sock:/immich/", "rest:http+unix://me:s%2Fc%40ret@/run/rest.sock:/immich/"),
        ("rest:https://you:other@host/immich", "rest:https://you:other@host/immich"),
        ("sftp://host/immich", "sftp://host/immich"),
        ("/backups", "/backups"),
    ],
)
def test_credentials_go_into_a_rest_url_that_has_none(url: str, expected: str) -> None:
    assert with_credentials(url, "me", "s/c@ret") == expected


def test_every_backend_that_the_contract_names_is_known() -> None:
    assert repository_url.BACKENDS == ("local", "rest", "s3", "b2", "sftp", "rclone", "azure", "gs", "swift")
