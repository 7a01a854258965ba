"""Server settings as they are written: what is a number, what is refused, and that they can be read back."""

from __future__ import annotations

import pytest

from bench.model.server import ServerSettings, Setting


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("10", 10),
        ("-1", -1),
        ("0.5", 0.5),
        ("on", True),
        ("1_0", "1_0"),
        ("inf", "inf"),
        ("nan", "nan"),
        ("1e3", "1e3"),
        ("\u0661", "\u0661"),
    ],
)
def test_only_plain_digits_are_a_number_and_each_value_can_be_read_back(word: str, value: Setting) -> None:
    settings = ServerSettings.parse(f"uvicorn own={word}")
    assert settings.settings == {"own": value}
    assert ServerSettings.model_validate_json(settings.model_dump_json()) == settings


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("hypercorn bind=0.0.0.0:9999", "servers under test listen on loopback"),
        ("hypercorn quic_bind=0.0.0.0:1", "servers under test listen on loopback"),
        ("hypercorn insecure_bind=0.0.0.0:1", "servers under test listen on loopback"),
        ("granian address=0.0.0.0", "servers under test listen on loopback"),
        ("granian metrics_address=0.0.0.0", "servers under test listen on loopback"),
        ("granian interface=wsgi", "an app is served as ASGI"),
        ("granian log_access=on", "write access_log=on"),
        ("hypercorn accesslog=x", "write access_log=on"),
        ("hypercorn certfile=x", "write tls=on"),
        ("hypercorn use_reloader=on", "a server that reloads is for development"),
        ("hypercorn pid_path=/tmp/x", "layercake ends the server itself"),
        ("hypercorn keyfile_password=secret", "it would be stored with the results"),
        ("granian ssl_key_password=secret", "it would be stored with the results"),
        ("uvicorn ssl_keyfile_password=secret", "it would be stored with the results"),
    ],
)
def test_what_layercake_sees_to_itself_is_refused_of_every_server(words: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as refused:
        ServerSettings.parse(words)
    assert "secret" not in str(refused.value)
